#include "mapping_kit.h"

/* What each gives on its input, or "CODE: what is wrong". */
struct given {
    const char *expr, *input, *want;
};

static void check_all(const struct given *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = kit_value(all[i].expr, all[i].input);

        if (strcmp(got, all[i].want) != 0)
            test_failed(__FILE__, __LINE__, "%s of %s is %s, not %s", all[i].expr, all[i].input, got, all[i].want);
    }
}
#define CHECK_ALL(...)                                                                                                 \
    do {                                                                                                               \
        static const struct given all_[] = {__VA_ARGS__};                                                              \
        check_all(all_, ARRAY_LEN(all_));                                                                              \
    } while (0)

TEST(money_has_the_decimals_of_its_currency_and_no_others)
{
    CHECK_ALL({"$money(a, \\'USD\\')", "{'a': '1.5'}", "'1.50'"}, {"$money(a, \\'USD\\')", "{'a': 19.900}", "'19.90'"},
              {"$money(a, \\'JPY\\')", "{'a': '3300.00'}", "'3300'"},
              {"$money(a, \\'KWD\\')", "{'a': '1.5'}", "'1.500'"}, {"$money(a, \\'USD\\')", "{'a': -0.01}", "'-0.01'"},
              {"$money(a, \\'USD\\')", "{}", "(none)"}, {"$money(a, \\'USD\\')", "{'a': null}", "(none)"},
              {"$money(a, \\'USD\\')", "{'a': '1.005'}", "M0003: \"1.005\" has more decimals than USD has"},
              {"$money(a, \\'EURO\\')", "{'a': 1}", "M0002: \"EURO\" is not a currency of ISO 4217"},
              {"$money(a, \\'USD\\')", "{'a': '1,50'}", "M0001: \"1,50\" is not an exact decimal"});
}

TEST(round_money_rounds_half_to_even)
{
    CHECK_ALL({"$round_money(a, \\'USD\\')", "{'a': '1.005'}", "'1.00'"},
              {"$round_money(a, \\'USD\\')", "{'a': '1.015'}", "'1.02'"},
              {"$round_money(a, \\'USD\\')", "{'a': 42.876675}", "'42.88'"},
              {"$round_money(a, \\'USD\\')", "{'a': '-1.005'}", "'-1.00'"},
              {"$round_money(a, \\'JPY\\')", "{'a': '0.5'}", "'0'"}, {"$round_money(a, \\'USD\\')", "{}", "(none)"},
              {"$round_money(a, \\'USD\\')", "{'a': '999999999999999999999'}",
               "M0004: \"999999999999999999999\" is too large an amount"});
}

TEST(minor_reads_amounts_of_the_smallest_unit)
{
    CHECK_ALL(
        {"$minor(a, \\'USD\\')", "{'a': 1999}", "'19.99'"}, {"$minor(a, \\'USD\\')", "{'a': -5}", "'-0.05'"},
        {"$minor(a, \\'USD\\')", "{'a': 0}", "'0.00'"}, {"$minor(a, \\'JPY\\')", "{'a': 1999}", "'1999'"},
        {"$minor(a, \\'KWD\\')", "{'a': '1999'}", "'1.999'"}, {"$minor(a, \\'USD\\')", "{'a': '7.0'}", "'0.07'"},
        {"$minor(a, \\'USD\\')", "{'a': 9007199254740993}", "'90071992547409.93'"},
        {"$minor(a, \\'USD\\')", "{'a': null}", "(none)"},
        {"$minor(a, \\'USD\\')", "{'a': 19.99}", "M0011: 19.99 is not a whole number of the smallest unit of USD"});
}

TEST(total_adds_exactly_and_skips_what_is_not_there)
{
    CHECK_ALL({"$total(a)", "{'a': [0.1, 0.2, '0.30']}", "'0.60'"},
              {"$total(a.b)", "{'a': [{'b': '1.10'}, {}]}", "'1.10'"}, {"$total(a)", "{'a': [null, '2']}", "'2'"},
              {"$total(a)", "{}", "'0'"}, {"$total([])", "{}", "'0'"}, {"$total(a)", "{'a': '5.00'}", "'5.00'"},
              {"$total([a, 1])", "{'a': [2, 3]}", "'6'"},
              {"$total(a)", "{'a': [1, 'x']}", "M0001: \"x\" is not an exact decimal"},
              {"$total(a)", "{'a': ['99999999999999999999999999999999999999', 1]}",
               "M0004: the result has more digits than an exact decimal can have"});
}

TEST(plus_minus_times_and_over_are_exact)
{
    CHECK_ALL({"$plus(a, b)", "{'a': 0.1, 'b': '0.2'}", "'0.3'"}, {"$minus(a, b)", "{'a': '1.00', 'b': 1}", "'0.00'"},
              {"$times(a, b)", "{'a': '19.99', 'b': 3}", "'59.97'"}, {"$times(a, b)", "{'a': 1, 'b': null}", "(none)"},
              {"$plus(a, b)", "{'a': 1}", "(none)"}, {"$over(a, b, 2)", "{'a': 10, 'b': 3}", "'3.33'"},
              {"$over(a, b, 2)", "{'a': '0.125', 'b': 1}", "'0.12'"}, {"$over(a, b, 4)", "{'a': 10, 'b': 4}", "'2.5'"},
              {"$over(a, b, 0)", "{'a': -7, 'b': 2}", "'-4'"},
              {"$over(a, b, 2)", "{'a': 1, 'b': '0.00'}", "M0006: nothing can be divided by 0"},
              {"$over(a, b, 19)", "{'a': 1, 'b': 2}", "M0005: decimals are from 0 to 18"},
              {"$over(a, b, 1.5)", "{'a': 1, 'b': 2}", "M0005: decimals are from 0 to 18"},
              {"$times(a, a)", "{'a': '99999999999999999999999999'}",
               "M0004: the result has more digits than an exact decimal can have"},
              {"$plus(a, 1)", "{'a': 'one'}", "M0001: \"one\" is not an exact decimal"});
}

TEST(sign_tells_below_at_and_above_zero_of_texts_and_numbers)
{
    CHECK_ALL({"$string($sign(a))", "{'a': '-0.00000000000000001'}", "'-1'"},
              {"$string($sign(a))", "{'a': '0.00'}", "'0'"}, {"$string($sign(a))", "{'a': 9007199254740993}", "'1'"},
              {"$string($sign(a) != 0)", "{}", "'false'"}, {"$sign(a)", "{'a': null}", "(none)"},
              {"$sign(a)", "{'a': 'x'}", "M0001: \"x\" is not an exact decimal"});
}

TEST(an_empty_text_is_nothing_to_every_function)
{
    CHECK_ALL({"$money(a, \\'USD\\')", "{'a': ''}", "(none)"}, {"$minor(5, a)", "{'a': ''}", "(none)"},
              {"$minor(5, a)", "{'a': null}", "(none)"}, {"$round_money(5, a)", "{}", "(none)"},
              {"$total(a)", "{'a': ['', '2']}", "'2'"}, {"$plus(a, 1)", "{'a': ''}", "(none)"},
              {"$sign(a)", "{'a': ''}", "(none)"}, {"$date(a)", "{'a': ''}", "(none)"},
              {"$unit(a, \\'g\\', \\'kg\\')", "{'a': ''}", "(none)"});
}

TEST(date_reads_the_forms_that_sources_tell_moments_in)
{
    CHECK_ALL({"$date(a)", "{'a': '2026-11-23T10:00:00Z'}", "'2026-11-23T10:00:00Z'"},
              {"$date(a)", "{'a': '2026-11-23T10:00:00.123456+01:00'}", "'2026-11-23T09:00:00.123456Z'"},
              {"$date(a)", "{'a': '2026-11-23T10:00:00-0530'}", "'2026-11-23T15:30:00Z'"},
              {"$date(a)", "{'a': '2026-11-23 10:00:00'}", "'2026-11-23T10:00:00Z'"},
              {"$date(a, \\'+02:00\\')", "{'a': '2026-11-23T10:00:00'}", "'2026-11-23T08:00:00Z'"},
              {"$date(a, \\'+02:00\\')", "{'a': '2026-11-23T10:00:00Z'}", "'2026-11-23T10:00:00Z'"},
              {"$date(a)", "{'a': '2026-11-23'}", "'2026-11-23T00:00:00Z'"},
              {"$date(a)", "{'a': 'Thu, 20 Jun 2019 16:07:08 +0000'}", "'2019-06-20T16:07:08Z'"},
              {"$date(a)", "{'a': '5 Mar 2019 22:40:11 +0100'}", "'2019-03-05T21:40:11Z'"},
              {"$date(a)", "{'a': 'Sun, 06 Nov 1994 08:49:37 GMT'}", "'1994-11-06T08:49:37Z'"},
              {"$date(a)", "{'a': 1568466571000}", "'2019-09-14T13:09:31Z'"},
              {"$date(a)", "{'a': 1}", "'1970-01-01T00:00:00.001000Z'"}, {"$date(a)", "{'a': null}", "(none)"},
              {"$date(a)", "{}", "(none)"});
}

TEST(date_refuses_what_is_no_moment)
{
    CHECK_ALL({"$date(a)", "{'a': '23.11.2026'}", "M0007: \"23.11.2026\" is not a moment"},
              {"$date(a)", "{'a': '2026-02-30'}", "M0007: \"2026-02-30\" is not a moment"},
              {"$date(a)", "{'a': '2026-11-23T25:00:00'}", "M0007: \"2026-11-23T25:00:00\" is not a moment"},
              {"$date(a)", "{'a': 'Thu, 20 Jux 2019 16:07:08 +0000'}",
               "M0007: \"Thu, 20 Jux 2019 16:07:08 +0000\" is not a moment"},
              {"$date(a)", "{'a': 'Thu, 20 Jun 2019 16:07:08 CEST'}",
               "M0007: \"Thu, 20 Jun 2019 16:07:08 CEST\" is not a moment"},
              {"$date(a)", "{'a': 999999999999999}", "M0007: 999999999999999 is not a moment"},
              {"$date(a, \\'CET\\')", "{'a': '2026-11-23'}", "M0007: \"2026-11-23\" is not a moment"});
}

TEST(unit_converts_exactly_within_a_kind)
{
    CHECK_ALL(
        {"$unit(a, \\'lb\\', \\'g\\')", "{'a': 1}", "'453.59237'"},
        {"$unit(a, \\'oz\\', \\'g\\')", "{'a': '16'}", "'453.59237'"},
        {"$unit(a, \\'g\\', \\'kg\\')", "{'a': 567}", "'0.567'"},
        {"$unit(a, \\'in\\', \\'cm\\')", "{'a': '2.5'}", "'6.35'"},
        {"$unit(a, \\'ft\\', \\'in\\')", "{'a': 3}", "'36'"}, {"$unit(a, \\'l\\', \\'ml\\')", "{'a': '0.75'}", "'750'"},
        {"$unit(a, \\'g\\', \\'lb\\')", "{'a': 1000}", "'2.204623'"}, {"$unit(a, \\'g\\', \\'lb\\')", "{}", "(none)"},
        {"$unit(a, \\'g\\', \\'m\\')", "{'a': 1}", "M0009: g cannot be told in m"},
        {"$unit(a, \\'st\\', \\'g\\')", "{'a': 1}",
         "M0008: \"st\" is not a unit that is known (g kg mg lb oz t mm cm m in ft yd ml cl dl l)"});
}

TEST(a_quotient_by_0_is_no_amount_and_no_moment)
{
    CHECK_ALL({"$money(1/0, \\'USD\\')", "{}", "M0001: null is not an exact decimal"},
              {"$total([1, 1/0])", "{}", "M0001: null is not an exact decimal"},
              {"$date(0/0)", "{}", "M0007: null is not a moment"},
              {"$xref(\\'sku\\', 1/0)", "{}", "M0010: a key of a cross reference is a text or an integer"});
}

TEST(what_a_function_is_given_counts_as_work)
{
    CHECK_ALL({"($x := [1..30000]; $string($map($x, function($i) { $total($x) })))", "{}",
               "D1012: the evaluation takes too many steps"});
}

/* Nothing is loaded of it, so that to say it has no entry would be wrong, and would be so for ever. */
TEST(what_only_an_eval_names_is_a_fault_and_no_miss)
{
    struct mapping_result out =
        kit_run("{'to': '/note', 'expr': '$eval(a)'}", NULL, "{'a': '$xref(\\'sku\\', \\'A\\', 1)'}");

    CHECK_INT(out.faults.n > 0, 1);
    CHECK(strstr(out.faults.v[0].detail, "the cross reference \"sku\" is named by no call of $xref outside of $eval"));
    CHECK_INT(out.miss_count, 0);
    CHECK_ALL({"$eval(a) & $xref(\\'sku\\', \\'A\\')", "{'a': '$xref(\\'sku\\', \\'A\\')'}", "'BB'"});
}

TEST(xref_gives_what_the_table_has_and_holds_the_record_when_it_has_nothing)
{
    struct mapping_result held = kit_run("{'to': '/note', 'expr': '$xref(\\'sku\\', k)'}", NULL, "{'k': 'Z'}");
    struct mapping_result other = kit_run("{'to': '/note', 'expr': '$xref(\\'sku\\', k, \\'D\\')'}", NULL, "{'k': 5}");

    CHECK_ALL({"$xref(\\'sku\\', a)", "{'a': 'A'}", "'B'"}, {"$xref(\\'sku\\', a)", "{}", "(none)"},
              {"$xref(\\'sku\\', a)", "{'a': ''}", "(none)"}, {"$xref(\\'sku\\', a, null)", "{'a': 'Z'}", "null"},
              {"$xref(\\'sku\\', a)", "{'a': 1.5}", "M0010: a key of a cross reference is a text or an integer"});
    CHECK(held.held);
    CHECK_STR(held.misses[0].key, "Z");
    CHECK_STR(held.misses[0].rule, "/note");
    CHECK(!other.held);
    CHECK_STR(other.misses[0].key, "5");
    CHECK_INT(other.misses[0].then, MISS_DEFAULT);
    CHECK_STR(kit_text(doc_get(&other.value, "note")), "'D'");
}
