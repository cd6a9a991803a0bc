#include "backtest_kit.h"

static const char *folded(const char *pointer, const char *before, const char *after)
{
    const struct doc *b = NULL, *a = NULL;
    struct str s;

    CHECK_OK(doc_parse(test_scope(), kit_json(before), &b));
    CHECK_OK(doc_parse(test_scope(), kit_json(after), &a));
    s = bt_fold(test_scope()->arena, pointer, b, a);
    return arena_strndup(test_scope()->arena, s.n ? s.p : "", s.n);
}

TEST(only_places_in_lists_are_folded)
{
    CHECK_STR(folded("/lines/3/sku", "{'lines': [1, 2, 3, {'sku': 1}]}", "{}"), "/lines/*/sku");
    CHECK_STR(folded("/lines/0/taxes/10", "{}", "{'lines': [{'taxes': []}]}"), "/lines/*/taxes/*");
    CHECK_STR(folded("/by/3/sku", "{'by': {'3': {'sku': 1}}}", "{}"), "/by/3/sku");
    CHECK_STR(folded("/a~1b/0", "{'a/b': [1]}", "{}"), "/a~1b/*");
    CHECK_STR(folded("", "{}", "[]"), "");
}

TEST(examples_are_few_and_their_values_short)
{
    struct backtest_record v[12];
    struct backtest *b;
    const char *shown;

    for (uint8_t i = 0; i < 12; i++)
        v[i] = kit_order(i, "USD", "10.00");
    b = kit_run("{'to': '/note', 'expr': '$pad(\\'\\u00e4\\', 900, \\'\\u00e4\\')'}", "", v, 12, NULL);
    CHECK_STR(kit_at(b, "/changes/0/records"), "12");
    CHECK_STR(kit_at(b, "/changes/0/examples/5"), "(none)");
    shown = kit_at(b, "/changes/0/examples/4/after");
    CHECK(strlen(shown) < BACKTEST_VALUE_MAX && strstr(shown, "…"));
}

TEST(beyond_the_limit_paths_are_counted_and_not_told)
{
    struct backtest *b = kit_run("", "", NULL, 0, NULL);
    struct uuid id = {{0}};

    b->step = test_scope();
    b->counts.records = 1;
    for (int i = 0; i < BACKTEST_PATHS_MAX + 7; i++) {
        struct doc_change c = {.path = arena_f(test_scope()->arena, "/p%d", i)};

        bt_tally_change(b, &id, NULL, NULL, &c);
    }
    b->step = NULL;
    CHECK_STR(kit_at(b, "/changes/499/records"), "1");
    CHECK_STR(kit_at(b, "/changes/500"), "(none)");
    CHECK_STR(kit_at(b, "/values_at_further_paths"), "7");
}
