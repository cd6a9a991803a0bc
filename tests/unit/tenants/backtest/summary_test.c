#include "backtest_kit.h"

TEST(a_summary_tells_paths_and_counts_and_not_one_value)
{
    const struct backtest_record v[] = {kit_order(1, "USD", "10.00"), kit_order(2, "USD", "11.00")};
    struct backtest *b =
        kit_run("{'to': '/note', 'expr': 'id = 2 ? $error(\\'secret\\') : \\'secret\\''}", "", v, 2, NULL);
    struct str s = {0};
    const char *text;

    CHECK_OK(backtest_summary(test_scope(), backtest_result(test_scope(), b), &s));
    text = str_dup(test_scope()->arena, s);
    CHECK(!strstr(text, "secret"));
    CHECK_STR(text,
              "{\"money\":[{\"currency\":\"USD\",\"before\":\"10.00\",\"after\":\"10.00\",\"difference\":\"0.00\"}],"
              "\"changes\":[{\"path\":\"/note\",\"records\":1,\"values\":1,\"added\":1,\"removed\":0}],"
              "\"newly_failing_by\":[{\"code\":\"D3137\",\"path\":\"/note\",\"rule\":\"/note\",\"records\":1}],"
              "\"newly_passing_by\":[],\"still_failing_by\":[]}");
}
