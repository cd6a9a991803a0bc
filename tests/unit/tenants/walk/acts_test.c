#include "unit/tenants/walk/walk_kit.h"

/* Changes in somebody else's system: once, whatever becomes of requests and answers. */

#define SEND(operation, key)                                                                                           \
    "[{\"effect\":{\"connection\":\"wms\",\"operation\":\"" operation "\",\"key\":\"" key "\",\"with\":"               \
    "\"{'reference': " key "}\"},\"id\":\"made\"},{\"drop\":{\"expr\":\"'made ' & $made\"}}]"

YARD_TEST(a_change_is_made_once_and_gives_its_name_there)
{
    CHECK_OK(runs(SEND("keyed", "order"), "{\"order\":\"A-1\"}"));
    CHECK_STR(yard.said, "dropped: made 1");
    CHECK_STR(effects(), "keyed A-1 confirmed 1");
    CHECK_OK(tries(&yard.job)); /* as after a crash between the change and the job's end */
    CHECK_STR(yard.said, "dropped: made 1");
    CHECK_INT(sink_count("acted"), 1);
}

YARD_TEST(two_runs_that_mean_the_same_fact_make_one_change)
{
    CHECK_OK(runs(SEND("probed", "order"), "{\"order\":\"A-1\"}"));
    CHECK_OK(runs(SEND("probed", "order"), "{\"order\":\"A-1\"}"));
    CHECK(strstr(yard.said, "dropped: made 1; probed of \"A-1\" was made already by ") == yard.said);
    CHECK_INT(sink_count("acted"), 1);
}

#define SENDS(key)                                                                                                     \
    "[{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"" key "\",\"with\":\"{'n': n}\"}}]"

static const char *made_by(const struct uuid *job)
{
    char text[TYPEID_TEXT_MAX + 1];

    typeid_format("job", job, text);
    return arena_f(test_scope()->arena, " was made already by %s at 20", text);
}

YARD_TEST(a_run_that_comes_to_a_used_key_says_whose_the_change_is)
{
    struct uuid first, met;

    CHECK_OK(runs(SENDS("order"), "{\"order\":\"A-1\",\"n\":1}"));
    CHECK_STR(yard.said, "");
    first = yard.job;
    CHECK_OK(runs(SENDS("order"), "{\"order\":\"A-1\",\"n\":2}"));
    met = yard.job;
    CHECK(strstr(yard.said, "keyed of \"A-1\" ") == yard.said);
    CHECK(strstr(yard.said, made_by(&first)) != NULL);
    CHECK(strstr(yard.said, "; this run did not send it") != NULL);
    CHECK_INT(sink_count("acted"), 1);
    CHECK_STR(sql("select job_id = '%s', effects_met = array(select effect_id from effect) from job"
                  " where effects_met is not null",
                  id(&met)),
              "t|t");
    CHECK_OK(tries(&first)); /* what is its own it says nothing of */
    CHECK_STR(yard.said, "");
    CHECK_OK(tries(&met)); /* and what is known is kept once */
    CHECK_STR(sql("select cardinality(effects_met) from job where job_id = '%s'", id(&met)), "1");
}

YARD_TEST(a_run_that_comes_to_many_used_keys_says_how_many)
{
    const char *two =
        "[{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"'A'\",\"with\":\"{'n': n}\"}},"
        "{\"effect\":{\"connection\":\"wms\",\"operation\":\"put\",\"key\":\"'B'\",\"with\":\"{'n': n}\"}},"
        "{\"effect\":{\"connection\":\"wms\",\"operation\":\"put\",\"key\":\"$string(n)\",\"with\":\"{'n': n}\"}},"
        "{\"drop\":\"it is there\"}]";

    CHECK_OK(runs(two, "{\"n\":1}"));
    CHECK_OK(runs(two, "{\"n\":2}"));
    CHECK(strstr(yard.said, "dropped: it is there; keyed of \"A\" was made already by ") == yard.said);
    CHECK(strstr(yard.said, ", and 1 more by others; this run sent none of these") != NULL);
    CHECK_INT(sink_count("acted"), 4);
}

YARD_TEST(a_lost_answer_is_asked_about_and_nothing_is_sent_again)
{
    sink_is_told("{\"drop_after\":100}");
    CHECK(runs(SEND("probed", "order"), "{\"order\":\"A-1\"}") == OK);
    CHECK_STR(effects(), "probed A-1 confirmed 1");
    CHECK_INT(sink_count("acted"), 1);
}

YARD_TEST(a_lost_answer_where_the_key_is_known_is_sent_again)
{
    int64_t again_us;

    sink_is_told("{\"drop_after\":100}");
    struct uuid flow = given_flow("f", BY_API, SEND("keyed", "order"));
    struct uuid job = given_run(&flow, "{\"order\":\"A-1\"}", false);
    CHECK_ERR(try_once(&job, &again_us), ERR_UPSTREAM_UNKNOWN);
    sink_is_told("{}");
    CHECK_OK(tries(&job));
    CHECK_STR(effects(), "keyed A-1 confirmed 2");
    CHECK_INT(sink_count("acted"), 1);
    CHECK_INT(sink_count("repeats"), 1);
}

YARD_TEST(a_lost_answer_of_a_system_that_cannot_be_asked_is_for_a_person)
{
    sink_is_told("{\"drop_after\":100}");
    CHECK_ERR(runs(SEND("blind", "order"), "{\"order\":\"A-1\"}"), ERR_HOLD);
    CHECK(strstr(yard.why, "cannot be asked whether it was done") != NULL);
    CHECK_INT(sink_count("acted"), 1);
    CHECK_STR(effects(), "blind A-1 unknown 1");
}

YARD_TEST(an_error_after_the_change_is_no_reason_to_make_it_twice)
{
    sink_is_told("{\"error_after\":100}");
    CHECK_OK(runs(SEND("probed", "order"), "{\"order\":\"A-1\"}"));
    CHECK_INT(sink_count("acted"), 1);
    CHECK_INT(sink_count("doubled"), 0);
}

/* What a run of a flow with this in its head comes back after, when its change was answered 500 or not at all. */
static int64_t comes_back(const char *head, const char *faults)
{
    struct uuid flow = given_flow(head, head, SEND("keyed", "order")),
                job = given_run(&flow, "{\"order\":\"A-1\"}", false);
    int64_t again_us;

    sink_is_told(faults);
    CHECK_ERR(try_once(&job, &again_us), ERR_UPSTREAM_UNKNOWN);
    sink_is_told("{}");
    yard.job = job;
    return again_us;
}
#define PACED(first) BY_API ",\"retry\":{\"first\":\"" first "\",\"most\":\"PT10M\"}"

YARD_TEST(an_answer_that_says_nothing_is_tried_again_by_the_flows_pace)
{
    int64_t us = comes_back(PACED("PT4M"), "{\"error_after\":100}"), again_us;

    CHECK(us >= 180000000 && us <= 240000000); /* less a quarter at random */
    CHECK_STR(sql("select state, answered from effect"), "unknown|t");
    CHECK(strncmp(yard.why, "answered 50", 11) == 0);
    CHECK_OK(try_once(&yard.job, &again_us)); /* the settle time is 300 ms, and nothing of it is waited for */
    CHECK_STR(effects(), "keyed A-1 confirmed 2");
    CHECK_STR(sql("select answered is null from effect"), "t");
    CHECK_INT(sink_count("acted"), 1);
}

YARD_TEST(a_quick_pace_is_kept_where_an_answer_came)
{
    int64_t us = comes_back(PACED("PT1S"), "{\"error_after\":100}");

    CHECK(us >= 750000 && us <= 1000000);
}

YARD_TEST(a_slower_pace_is_kept_where_no_answer_came)
{
    int64_t us = comes_back(PACED("PT4M"), "{\"drop_after\":100}");

    CHECK(us >= 180000000);
    CHECK_STR(sql("select state, answered is null from effect"), "unknown|t");
}

YARD_TEST(a_quick_pace_waits_for_what_may_still_arrive)
{
    sql("update connection set settings = replace(settings::text, '300', '5000')::jsonb");
    CHECK_INT(comes_back(PACED("PT1S"), "{\"drop_after\":100}"), 5001000);
}

YARD_TEST(a_flow_that_says_no_pace_comes_back_when_nothing_can_arrive_any_more)
{
    CHECK_INT(comes_back(BY_API, "{\"error_after\":100}"), 301000);
}

YARD_TEST(a_refusal_is_held_with_the_systems_own_words)
{
    sink_is_told("{\"refuse\":100}");
    CHECK_ERR(runs(SEND("keyed", "order"), "{\"order\":\"A-1\"}"), ERR_UPSTREAM_NO);
    CHECK_STR(yard.why, "answered 422: it does not please");
    sink_is_told("{}");
    CHECK_OK(tries(&yard.job));
    CHECK_INT(sink_count("acted"), 1);
}

YARD_TEST(what_comes_behind_a_failed_step_finds_what_came_before_it_done)
{
    sink_is_told("{\"refuse\":100}");
    CHECK_ERR(runs("[{\"effect\":{\"connection\":\"wms\",\"operation\":\"put\",\"key\":\"'a'\",\"with\":\"{}\"}},"
                   "{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"'b'\",\"with\":\"{}\"}}]",
                   "{}"),
              ERR_UPSTREAM_NO);
    sink_is_told("{}");
    CHECK_OK(tries(&yard.job));
    CHECK_OK(tries(&yard.job));
    CHECK_STR(effects(), "put a confirmed 1, keyed b confirmed 2");
    CHECK_INT(sink_count("acted"), 2);
}

YARD_TEST(in_shadow_nothing_leaves_and_what_would_is_kept)
{
    struct uuid flow = given_flow("f", BY_API, SEND("keyed", "order"));
    struct uuid job = given_run(&flow, "{\"order\":\"A-1\"}", true);

    CHECK_OK(tries(&job));
    CHECK_OK(tries(&job));
    CHECK_INT(sink_count("acted"), 0);
    CHECK_STR(sql("select operation, effect_key, split_part(request, chr(10), 2), split_part(request, chr(10), 4) from "
                  "flow_plan"),
              "keyed|A-1|Idempotency-Key: A-1|{\"reference\":\"A-1\"}");
    CHECK_STR(sql("select count(*) from effect"), "0");
}

YARD_TEST(a_wait_says_what_it_waits_for_and_ends_with_it)
{
    const char *steps = "[{\"wait\":{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"order\"},"
                        "\"most\":\"P1D\"},\"id\":\"there\"},{\"drop\":{\"expr\":\"'there as ' & $there\"}}]";
    struct uuid flow = given_flow("w", BY_API, steps), job = given_run(&flow, "{\"order\":\"A-1\"}", false);
    int64_t again_us;

    CHECK_ERR(try_once(&job, &again_us), ERR_UPSTREAM_BUSY);
    CHECK_STR(yard.why, "waits for keyed of \"A-1\": it has not begun");
    CHECK_OK(runs(SEND("keyed", "order"), "{\"order\":\"A-1\"}"));
    CHECK_OK(try_once(&job, &again_us));
    CHECK_STR(yard.said, "dropped: there as 1");
}

YARD_TEST(a_wait_that_takes_too_long_is_held)
{
    const char *steps = "[{\"wait\":{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"order\"},"
                        "\"most\":\"PT1S\"}},{\"drop\":\"x\"}]";
    struct uuid flow = given_flow("w", BY_API, steps), job = given_run(&flow, "{\"order\":\"A-1\"}", false);

    sql("update flow_input set received_at = now() - interval '2 seconds'");
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK_STR(yard.why, "waited for keyed of \"A-1\" as long as the flow allows: it has not begun");
}

YARD_TEST(another_flow_is_begun_once_however_often_it_is_asked_for)
{
    struct uuid inner =
        given_flow("inner", "\"trigger\":{\"api\":{}},\"key\":\"order\",\"lane\":\"stock\"", SEND("keyed", "order"));
    struct uuid outer =
        given_flow("outer", BY_API,
                   "[{\"split\":{\"each\":\"orders\",\"as\":\"o\",\"steps\":["
                   "{\"flow\":{\"name\":\"inner\",\"with\":\"{'order': $o}\"}}]}},{\"drop\":\"begun\"}]");
    struct uuid job = given_run(&outer, "{\"orders\":[\"A\",\"B\"]}", false);

    (void)inner;
    CHECK_OK(tries(&job));
    CHECK_OK(tries(&job));
    CHECK_STR(sql("select string_agg(business_key || ' ' || lane, ',' order by business_key) from job j join flow f "
                  "using (flow_id)"
                  " where f.name = 'inner'"),
              "A 1,B 1");
    CHECK_STR(sql("select count(*) from flow_input"), "3");
}

/* So that a flow that answers itself by way of another is seen. */
YARD_TEST(what_a_run_about_an_object_begins_is_about_it_too)
{
    struct uuid inner = given_flow("inner", BY_API, SEND("keyed", "'a'"));
    struct uuid outer = given_flow("outer", BY_API, "[{\"flow\":{\"name\":\"inner\",\"with\":\"{}\"}}]");
    struct uuid job = given_run(&outer, "{}", false);

    (void)inner;
    sql("update flow_input set object_id = '%s', chain = 3", id(&yard.source));
    CHECK_OK(tries(&job));
    CHECK_STR(sql("select count(*), count(distinct object_id), min(chain) from flow_input"), "2|1|3");
}

YARD_TEST(a_name_that_stands_for_no_connection_is_told)
{
    CHECK_ERR(
        runs("[{\"effect\":{\"connection\":\"erp\",\"operation\":\"put\",\"key\":\"'a'\",\"with\":\"{}\"}}]", "{}"),
        ERR_HOLD);
    CHECK_STR(yard.why, "the flow calls \"erp\", and no connection is set for that name");
}

YARD_TEST(an_effects_key_must_be_a_text_that_fits)
{
    CHECK_ERR(
        runs("[{\"effect\":{\"connection\":\"wms\",\"operation\":\"put\",\"key\":\"nothing\",\"with\":\"{}\"}}]", "{}"),
        ERR_HOLD);
    CHECK_STR(yard.why, "the flow's step /steps/0: its key is no text of 1 to 300 octets");
}
