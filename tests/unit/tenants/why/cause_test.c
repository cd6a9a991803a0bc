#include "kit/test.h"
#include "why/why.h"

static struct why_cause cause(const char *reason, const char *outcome)
{
    struct why_cause c;

    why_cause_of(test_scope()->arena, reason, outcome, true, &c);
    return c;
}

TEST(two_orders_that_lack_the_same_word_have_one_cause_and_two_tables_have_two)
{
    CHECK_STR(cause("sku has no entry for \"A\"", "hold").code, "word_missing");
    CHECK_STR(cause("sku has no entry for \"A\"", "hold").path, "sku");
    CHECK_STR(cause("sku has no entry for \"B\", and 3 more words are in no cross reference", "hold").path, "sku");
    CHECK_STR(cause("tax has no entry for \"A\"", "hold").path, "tax");
}

TEST(where_a_rule_failed_is_part_of_its_cause_and_on_what_is_not)
{
    struct why_cause one =
        cause("the rule for /placed_at failed in line 1, column 6: \"x\" is not a moment", "invalid");
    struct why_cause two =
        cause("the rule for /placed_at failed in line 1, column 6: \"y\" is not a moment", "invalid");

    CHECK_STR(one.code, "rule_failed");
    CHECK_STR(one.path, "/placed_at");
    CHECK_STR(two.path, one.path);
    CHECK(!one.theirs);
}

TEST(amounts_and_names_of_one_order_are_no_part_of_a_cause)
{
    CHECK_STR(cause("the sale in \"ERP\" comes to 21.00 EUR, and the order to 20.00 EUR", "hold").code,
              "totals_differ");
    CHECK_STR(cause("the sale in \"ERP\" comes to 21.00 EUR, and the order to 20.00 EUR", "hold").path, "");
}

TEST(what_the_other_system_refused_is_theirs_and_what_nobody_knows_is_other)
{
    CHECK_STR(cause("answered 422: it does not please", "upstream_no").code, "refused_there");
    CHECK(cause("answered 422: it does not please", "upstream_no").theirs);
    CHECK_STR(cause("never said before", "hold").code, "other");
}

TEST(what_waits_is_told_by_how_its_last_try_ended)
{
    struct why_cause c;

    why_cause_of(test_scope()->arena, "the outside system could not be reached", "unavailable", false, &c);
    CHECK_STR(c.code, "destination_down");
    CHECK(c.theirs);
}
