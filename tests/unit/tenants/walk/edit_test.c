#include "flows/jobs.h"
#include "unit/tenants/walk/walk_kit.h"

/* Stopped jobs whose input a person edits. */

#define SEND "[{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"order\",\"with\":\"$\"}}]"
#define LINES                                                                                                          \
    "[{\"split\":{\"each\":\"lines\",\"as\":\"line\",\"steps\":[{\"effect\":{\"connection\":\"wms\",\"operation\":"    \
    "\"put\",\"key\":\"$line.sku\",\"with\":\"$line\"}}]}},"                                                           \
    "{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"order\",\"with\":\"{}\"}}]"

/* *changed as the room says it; the error of who is refused. */
static enum err edited(const struct uuid *job, int seen, const char *input, const char **why, bool *changed)
{
    struct db *api = pool_as("tenon_api");
    struct scope *sc = scope_in(api, &yard.t);
    struct walk_edited e = {.seen = seen, .who = "usr_one"};
    struct flows_job j;
    enum err result;

    *changed = false;
    CHECK_OK(flows_job_get(sc, job, &j));
    CHECK_OK(doc_parse(sc, str_of(input), &e.input));
    result = walk_edit(sc, &j, &e, changed);
    *why = result == OK ? "" : arena_strdup(test_scope()->arena, scope_fault(sc)->message);
    if (result == OK)
        CHECK_OK(db_commit(sc));
    db_rollback(sc);
    scope_free(sc);
    db_close(api);
    return result;
}

static void is_edited(const struct uuid *job, int seen, const char *input)
{
    const char *why;
    bool changed;

    CHECK_OK(edited(job, seen, input, &why, &changed));
    CHECK(changed);
}

static struct uuid given_refused(const char *steps, const char *input)
{
    sink_is_told("{\"refuse\":100}");
    CHECK_ERR(runs(steps, input), ERR_UPSTREAM_NO);
    sink_is_told("{}");
    return yard.job;
}

YARD_TEST(the_next_try_reads_what_was_edited_and_the_original_stays)
{
    struct uuid job = given_refused(SEND, "{\"order\":\"A-1\",\"qty\":-1}");

    is_edited(&job, 0, "{\"order\":\"A-1\",\"qty\":1}");
    is_edited(&job, 1, "{\"order\":\"A-1\",\"qty\":2}");
    CHECK_OK(tries(&job));
    CHECK_STR(effects(), "keyed A-1 confirmed 2");
    CHECK_INT(sink_count("acted"), 1);
    CHECK_STR(sql("select convert_from(body, 'UTF8') from flow_input"), "{\"order\":\"A-1\",\"qty\":-1}");
    CHECK_STR(sql("select string_agg(number || convert_from(body, 'UTF8'), ' ' order by number) from job_edit"),
              "1{\"order\":\"A-1\",\"qty\":1} 2{\"order\":\"A-1\",\"qty\":2}");
    CHECK_STR(sql("select bool_and(body_hash = sha256(body)) from job_edit"), "t");
}

YARD_TEST(two_who_edit_at_once_do_not_overwrite_each_other)
{
    struct uuid job = given_refused(SEND, "{\"order\":\"A-1\"}");
    const char *why;
    bool changed;

    is_edited(&job, 0, "{\"order\":\"A-1\",\"by\":1}");
    CHECK_OK(edited(&job, 0, "{\"order\":\"A-1\",\"by\":2}", &why, &changed));
    CHECK(!changed);
    CHECK_STR(sql("select count(*) from job_edit"), "1");
}

YARD_TEST(what_does_not_stand_still_is_not_edited)
{
    const char *why;
    bool changed;

    CHECK_OK(runs(SEND, "{\"order\":\"A-1\"}"));
    CHECK_ERR(edited(&yard.job, 0, "{\"order\":\"A-1\"}", &why, &changed), ERR_CONFLICT);
    CHECK_STR(sql("select count(*) from job_edit"), "0");
}

YARD_TEST(an_edit_that_gives_a_sent_change_another_key_is_held)
{
    struct uuid job = given_refused(SEND, "{\"order\":\"A-1\"}");

    is_edited(&job, 0, "{\"order\":\"A-2\"}");
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK_STR(yard.why,
              "the edit gives keyed the key \"A-2\", and before it was \"A-1\": it would be made a second time");
    CHECK_STR(effects(), "keyed A-1 rejected 1");
    CHECK_INT(sink_count("acted"), 0);
    is_edited(&job, 1, "{\"order\":\"A-1\"}");
    CHECK_OK(tries(&job));
    CHECK_STR(effects(), "keyed A-1 confirmed 2");
}

YARD_TEST(a_line_may_come_behind_those_that_were_sent)
{
    struct uuid job;

    sink_is_told("{\"refuse\":100}");
    CHECK_ERR(runs(LINES, "{\"order\":\"A-1\",\"lines\":[{\"sku\":\"M\"}]}"), ERR_UPSTREAM_NO);
    job = yard.job;
    sink_is_told("{}");
    is_edited(&job, 0, "{\"order\":\"A-1\",\"lines\":[{\"sku\":\"M\"},{\"sku\":\"T\"}]}");
    CHECK_OK(tries(&job));
    CHECK_STR(effects(), "put M confirmed 1, keyed A-1 confirmed 2, put T confirmed 1");
}

YARD_TEST(a_change_of_which_nobody_knows_is_not_left_behind)
{
    struct uuid job;

    sink_is_told("{\"drop_after\":100}");
    CHECK_ERR(
        runs("[{\"branch\":[{\"when\":\"send\",\"steps\":[{\"effect\":{\"connection\":\"wms\",\"operation\":\"blind\","
             "\"key\":\"'k'\",\"with\":\"{}\"}}]},{\"steps\":[{\"drop\":\"no\"}]}]}]",
             "{\"send\":true}"),
        ERR_HOLD);
    job = yard.job;
    is_edited(&job, 0, "{\"send\":false}");
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK(strstr(yard.why, "blind of \"k\" was sent and no answer told what became of it") == yard.why);
}

YARD_TEST(an_input_of_another_key_is_another_run)
{
    struct uuid flow = given_flow("f", BY_API ",\"key\":\"order\"", "[{\"hold\":\"look\"}]");
    struct uuid job = given_run(&flow, "{\"order\":\"A-1\"}", false);
    const char *why;
    bool changed;

    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK_ERR(edited(&job, 0, "{\"order\":\"A-2\"}", &why, &changed), ERR_INVALID);
    CHECK_STR(why, "the run has its turn among those of \"A-1\", and this is of \"A-2\"");
    is_edited(&job, 0, "{\"order\":\"A-1\",\"more\":1}");
}

YARD_TEST(a_word_for_what_it_was_about_before_is_not_taken_for_what_it_is_now)
{
    struct uuid flow = given_flow(
        "f", BY_API, "[{\"approve\":{\"question\":\"'Pay ' & $string(sum)\",\"four_eyes\":true}},{\"drop\":\"paid\"}]");
    struct uuid job = given_run(&flow, "{\"sum\":1}", false);

    CHECK_ERR(tries(&job), ERR_HOLD);
    is_edited(&job, 0, "{\"sum\":1000}");
    CHECK_STR(sql("select state || ' ' || note from approval"), "rejected what it is about was edited");
    sql("update approval set state = 'approved'"); /* as if it had been before the edit */
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK_STR(yard.why, "waits for somebody to approve: Pay 1000");
}

YARD_TEST(in_shadow_what_was_edited_is_what_would_be_sent)
{
    struct uuid flow = given_flow("f", BY_API,
                                  "[{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"order\","
                                  "\"with\":\"$\"}},{\"hold\":\"look\"}]");
    struct uuid job = given_run(&flow, "{\"order\":\"A-1\",\"qty\":1}", true);

    CHECK_ERR(tries(&job), ERR_HOLD);
    is_edited(&job, 0, "{\"order\":\"A-1\",\"qty\":7}");
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK_STR(sql("select split_part(request, chr(10), 4) from flow_plan"), "{\"order\":\"A-1\",\"qty\":7}");
}

YARD_TEST(a_delivery_is_edited_beside_what_was_delivered)
{
    struct uuid flow =
        given_flow("f", "\"trigger\":{\"message\":{\"system\":\"shopify\",\"object\":\"order\"}}",
                   "[{\"filter\":{\"when\":\"$exists(said)\",\"drop\":\"nothing\"}},{\"drop\":{\"expr\":\"said\"}}]");
    struct uuid m = given_message(&yard.t, &yard.source, "{\"id\":1}"), j = uuid_new();

    sql("insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key,"
        " lane, state, run_at, deadline_at, created_at, flow_id, flow_version) values ('%s', '%s', '%s', '%s', '%s', "
        "'%s', "
        "'flow',"
        " 'order:1', 0, 'dead', now(), now() + interval '7 days', now(), '%s', 1)",
        id(&yard.t.partner_id), id(&yard.t.customer_id), id(&j), id(&m), id(&yard.source), id(&j), id(&flow));
    is_edited(&j, 0, "{\"id\":1,\"said\":\"edited\"}");
    CHECK_OK(tries(&j));
    CHECK_STR(yard.said, "dropped: edited");
    CHECK_STR(sql("select convert_from(body, 'UTF8') from inbound_message"), "{\"id\":1}");
}
