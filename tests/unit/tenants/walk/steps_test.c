#include "unit/tenants/walk/walk_kit.h"

/* What each kind of step does. */

YARD_TEST(what_a_step_gives_has_its_name_in_the_steps_behind_it)
{
    CHECK_OK(runs("[{\"set\":\"a + 1\",\"id\":\"b\"},{\"set\":\"$b * 2\",\"id\":\"c\"},"
                  "{\"drop\":{\"expr\":\"$string($c) & ' of ' & $string($$.a)\"}}]",
                  "{\"a\":20}"));
    CHECK_STR(yard.said, "dropped: 42 of 20");
}

YARD_TEST(amounts_are_exact)
{
    CHECK_OK(runs("[{\"drop\":{\"expr\":\"$total(lines.amount)\"}}]",
                  "{\"lines\":[{\"amount\":\"0.10\"},{\"amount\":\"0.20\"}]}"));
    CHECK_STR(yard.said, "dropped: 0.30");
}

YARD_TEST(the_first_way_of_a_branch_whose_condition_holds_is_taken)
{
    const char *steps = "[{\"branch\":[{\"when\":\"n > 10\",\"steps\":[{\"drop\":\"large\"}]},"
                        "{\"when\":\"n > 5\",\"steps\":[{\"drop\":\"middle\"}]},{\"steps\":[{\"drop\":\"small\"}]}]}]";

    CHECK_OK(runs(steps, "{\"n\":7}"));
    CHECK_STR(yard.said, "dropped: middle");
    CHECK_OK(runs(steps, "{\"n\":70}"));
    CHECK_STR(yard.said, "dropped: large");
    CHECK_OK(runs(steps, "{}"));
    CHECK_STR(yard.said, "dropped: small");
}

YARD_TEST(a_filter_lets_through_what_is_true_and_drops_the_rest)
{
    const char *steps = "[{\"filter\":{\"when\":\"paid\",\"drop\":\"it is not paid\"}},{\"hold\":\"paid\"}]";

    CHECK_OK(runs(steps, "{\"paid\":\"\"}"));
    CHECK_STR(yard.said, "dropped: it is not paid");
    CHECK_OK(runs(steps, "{\"paid\":0}"));
    CHECK_ERR(runs(steps, "{\"paid\":\"0\"}"), ERR_HOLD);
    CHECK_STR(yard.why, "paid");
}

YARD_TEST(a_split_goes_through_every_item_and_gathers_what_is_not_dropped)
{
    CHECK_OK(runs("[{\"split\":{\"each\":\"items\",\"as\":\"i\",\"gather\":\"$i.n * 10\",\"steps\":["
                  "{\"filter\":{\"when\":\"$i.n > 1\",\"drop\":\"too small\"}}]},\"id\":\"all\"},"
                  "{\"drop\":{\"expr\":\"$join($map($all, $string), ' ')\"}}]",
                  "{\"items\":[{\"n\":1},{\"n\":2},{\"n\":3}]}"));
    CHECK_STR(yard.said, "dropped: 20 30");
}

YARD_TEST(what_one_item_was_called_is_unknown_to_the_next)
{
    CHECK_OK(
        runs("[{\"split\":{\"each\":\"items\",\"as\":\"i\",\"gather\":\"$got\",\"steps\":["
             "{\"set\":\"$i.n\",\"id\":\"got\"}]},\"id\":\"all\"},{\"drop\":{\"expr\":\"$string($count($all))\"}}]",
             "{\"items\":[{\"n\":1},{},{\"n\":3}]}"));
    CHECK_STR(yard.said, "dropped: 2");
}

YARD_TEST(a_split_of_more_than_a_thousand_is_held_and_nothing_done)
{
    CHECK_ERR(runs("[{\"split\":{\"each\":\"[1..1001]\",\"as\":\"i\",\"steps\":["
                   "{\"effect\":{\"connection\":\"wms\",\"operation\":\"put\",\"key\":\"$i\",\"with\":\"$i\"}}]}},"
                   "{\"drop\":\"all\"}]",
                   "{}"),
              ERR_HOLD);
    CHECK_STR(yard.why, "the flow's step /steps/0 has 1001 items, and at most 1000 are walked through");
    CHECK_INT(sink_count("acted"), 0);
}

YARD_TEST(an_object_that_is_not_in_order_is_held_with_the_first_fault)
{
    CHECK_ERR(runs("[{\"validate\":{\"value\":\"$\",\"schema\":\"sales_order/1\"}},{\"drop\":\"fine\"}]",
                   "{\"schema\":\"sales_order/1\"}"),
              ERR_HOLD);
    CHECK(strstr(yard.why, "of the sales_order") != NULL);
}

YARD_TEST(an_expression_that_fails_says_which_step_and_where)
{
    CHECK_ERR(runs("[{\"set\":\"1\",\"id\":\"a\"},{\"set\":\"$number(word)\",\"id\":\"b\"},{\"drop\":\"x\"}]",
                   "{\"word\":\"seven\"}"),
              ERR_HOLD);
    CHECK(strncmp(yard.why, "the flow's step /steps/1 failed in line 1, column ", 50) == 0);
}

YARD_TEST(a_look_up_finds_by_the_tables_rules_and_says_what_it_misses)
{
    struct uuid table = given_xref(&yard.t, "sku");
    const char *steps = "[{\"look_up\":{\"table\":\"sku\",\"key\":\"sku\",\"miss\":\"hold\"},\"id\":\"ours\"},"
                        "{\"drop\":{\"expr\":\"$ours\"}}]";

    given_xref_entry(&table, "MUG", "mug", "M-1");
    CHECK_OK(runs(steps, "{\"sku\":\"Mug\"}"));
    CHECK_STR(yard.said, "dropped: M-1");
    CHECK_ERR(runs(steps, "{\"sku\":\"CUP\"}"), ERR_HOLD);
    CHECK_STR(yard.why, "sku has no entry for \"CUP\"");
    CHECK_STR(sql("select w.kind, w.waiting_id = '%s' from xref_waiting w join xref_miss m using (miss_id)"
                  " where m.key = 'CUP'",
                  id(&yard.job)),
              "job|t");
}

YARD_TEST(a_job_that_waits_for_a_word_goes_on_when_it_comes)
{
    struct uuid table = given_xref(&yard.t, "sku");
    struct db *api = pool_as("tenon_api");
    struct scope *sc;
    size_t released;

    CHECK_ERR(runs("[{\"look_up\":{\"table\":\"sku\",\"key\":\"sku\",\"miss\":\"hold\"},\"id\":\"ours\"},"
                   "{\"drop\":{\"expr\":\"$ours\"}}]",
                   "{\"sku\":\"CUP\"}"),
              ERR_HOLD);
    given_xref_entry(&table, "CUP", "cup", "C-1");
    sc = scope_in(api, &yard.t);
    CHECK_OK(flow_answered(sc, &yard.t.customer_id, &table, "somebody", &released));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    db_close(api);
    CHECK_STR(sql("select state from job"), "ready");
    CHECK_OK(tries(&yard.job));
    CHECK_STR(yard.said, "dropped: C-1");
}

YARD_TEST(a_look_up_may_have_a_default)
{
    (void)given_xref(&yard.t, "sku");
    CHECK_OK(runs("[{\"look_up\":{\"table\":\"sku\",\"key\":\"sku\",\"miss\":{\"default\":\"NONE\"}},\"id\":\"ours\"},"
                  "{\"drop\":{\"expr\":\"$ours\"}}]",
                  "{\"sku\":\"CUP\"}"));
    CHECK_STR(yard.said, "dropped: NONE");
}

YARD_TEST(a_call_gives_the_answer_and_null_for_what_is_not_there)
{
    const char *steps = "[{\"call\":{\"connection\":\"wms\",\"operation\":\"find\",\"with\":\"{'name': 'a b'}\"},"
                        "\"id\":\"got\"},{\"drop\":{\"expr\":\"$string($got)\"}}]";

    CHECK_OK(runs(steps, "{}"));
    CHECK_STR(yard.said, "dropped: null");
    CHECK_OK(runs(
        "[{\"effect\":{\"connection\":\"wms\",\"operation\":\"put\",\"key\":\"'a b'\",\"with\":\"{'n': 1}\"}}]", "{}"));
    CHECK_OK(runs(steps, "{}"));
    CHECK_STR(yard.said, "dropped: {\"n\":1}");
}

YARD_TEST(what_changes_is_no_call_and_what_asks_no_effect)
{
    CHECK_ERR(runs("[{\"call\":{\"connection\":\"wms\",\"operation\":\"put\"}},{\"drop\":\"x\"}]", "{}"), ERR_HOLD);
    CHECK_STR(yard.why, "put of \"Warehouse\" changes something: it is for a step of kind effect");
    CHECK_ERR(
        runs("[{\"effect\":{\"connection\":\"wms\",\"operation\":\"find\",\"key\":\"'k'\",\"with\":\"{}\"}}]", "{}"),
        ERR_HOLD);
    CHECK_STR(yard.why, "find of \"Warehouse\" changes nothing: it is for a step of kind call");
    CHECK_ERR(
        runs("[{\"effect\":{\"connection\":\"wms\",\"operation\":\"pot\",\"key\":\"'k'\",\"with\":\"{}\"}}]", "{}"),
        ERR_HOLD);
    CHECK_STR(yard.why, "\"Warehouse\" has no operation \"pot\"");
}
