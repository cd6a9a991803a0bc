#include "unit/tenants/flowdef/flowdef_kit.h"

/* Every way through a document ends in an effect, a hold or a drop. */

#define EFFECT "{'effect': {'connection': 'erp', 'operation': 'post', 'key': 'id', 'with': '$'}}"

static const char *steps(const char *text)
{
    return kit_faults(kit_flow(text), NULL);
}

TEST(a_flow_that_ends_in_an_effect_a_flow_a_hold_or_a_drop_is_whole)
{
    CHECK_STR(steps(EFFECT), "");
    CHECK_STR(steps("{'hold': 'a person looks at it'}"), "");
    CHECK_STR(steps("{'drop': {'expr': '`not for us: ` & id'}}"), "");
    CHECK_STR(steps("{'flow': {'name': 'Other', 'with': '$'}}"), "");
    CHECK_STR(steps(EFFECT ", {'notify': {'subject': '`done`', 'text': '`done`'}}"), "");
}

TEST(a_way_that_ends_in_nothing_is_told_where_it_does)
{
    static const char end[] =
        " open_end: must end in an effect, a flow, a hold or a drop with its reason, whatever way a job takes";

    CHECK_STR(steps("{'set': '1'}"), arena_f(test_scope()->arena, "/steps%s", end));
    CHECK_STR(steps("{'branch': [{'when': 'a', 'steps': [" EFFECT "]}, {'steps': [{'set': '1'}]}]}"),
              arena_f(test_scope()->arena, "/steps/0/branch/1/steps%s", end));
    CHECK_STR(
        steps("{'branch': [{'when': 'a', 'steps': [" EFFECT "]}]}"),
        "/steps/0/branch open_end: a job that fits none of the conditions would end without a word: add a last part "
        "without \"when\", or steps behind the branch");
    /* there may be nothing to split */
    CHECK_STR(steps("{'split': {'each': 'lines', 'as': 'line', 'steps': [" EFFECT "]}}"),
              arena_f(test_scope()->arena, "/steps%s", end));
}

TEST(what_follows_a_branch_ends_its_open_ways)
{
    CHECK_STR(steps("{'branch': [{'when': 'a', 'steps': [{'set': '1'}]}]}, {'drop': 'nothing to do'}"), "");
    CHECK_STR(steps("{'split': {'each': 'lines', 'as': 'line', 'steps': [" EFFECT "]}}, {'drop': 'all are done'}"), "");
    CHECK_STR(steps(EFFECT ", {'branch': [{'when': 'a', 'steps': [{'set': '1'}]}]}"), "");
}

TEST(a_step_that_nothing_reaches_is_told)
{
    CHECK_STR(steps("{'drop': 'no'}, " EFFECT), "/steps/1 not_reached: every way ends before this step");
    CHECK_STR(steps("{'branch': [{'when': 'a', 'steps': [{'drop': 'a'}]}, {'steps': [{'hold': 'b'}]}]}, " EFFECT),
              "/steps/1 not_reached: every way ends before this step");
}
