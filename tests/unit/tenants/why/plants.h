#pragma once

#include "why_kit.h"

/* Causes, each planted by itself into what yard_cleared() leaves; then somebody asks. Most are planted by what the
 * worker does. What only an ERP says is planted in its words, which rules_test.c compares with the program. */

/* ---- it did not come ---- */

static void never_sent(void)
{
    ask_number("#1009", "");
}

static void another_came(void)
{
    (void)given_message(&yard.t, &yard.source, "{}");
    ask_number("#1009", "");
}

static void source_is(const char *status)
{
    sql("update connection set status = '%s', status_reason = 'as it was said' where connection_id = '%s'", status,
        id(&yard.source));
    ask_number("#1009", "");
}

static void source_is_revoked(void)
{
    source_is("revoked");
}

static void source_is_broken(void)
{
    source_is("broken");
}

static void source_is_paused(void)
{
    source_is("paused");
}

/* ---- who is served ---- */

static void partner_is_suspended(void)
{
    (void)comes("x", "x");
    sql("update partner set status = 'suspended'");
    ask_number("", "1");
}

static void customer_is_suspended(void)
{
    (void)comes("x", "x");
    sql("update customer set status = 'suspended'");
    ask_number("", "1");
}

static void customer_is_erased(void)
{
    (void)comes("x", "x");
    sql("update customer set status = 'closing'");
    ask_number("", "1");
}

static struct uuid run_of(const char *steps)
{
    struct uuid flow = given_flow("Goods out", BY_API, steps);

    return given_run(&flow, "{\"order\":\"A-1\"}", false);
}

static void flow_is_paused(void)
{
    struct uuid job = run_of("[{\"drop\":\"x\"}]");

    sql("update flow set state = 'paused'");
    ask_job(&job);
}

/* The first came before the flow was drained, and goes on. */
static void flow_is_drained(void)
{
    struct uuid first = run_of("[{\"drop\":\"x\"}]"), flow, later;

    sql("update flow set state = 'draining'");
    ask_job(&first);
    CHECK_STR(told.code, "in_turn");
    CHECK(uuid_parse(sql("select flow_id from flow"), UUID_TEXT_LEN, &flow));
    later = given_run(&flow, "{\"order\":\"A-2\"}", false);
    ask_job(&later);
}

/* ---- its turn ---- */

static void job_becomes(const struct uuid *job, const char *change)
{
    sql("update job set %s where job_id = '%s'", change, id(job));
}

static void leased_by(const struct uuid *job, const struct uuid *dispatcher)
{
    sql("update job set state = 'leased', lease_owner = '%s', attempts = 1 where job_id = '%s'", id(dispatcher),
        id(job));
}

static void earlier_runs(void)
{
    struct uuid first = comes("x", "x"), second = comes("x", "x");

    leased_by(&first, &yard.dispatcher);
    ask_job(&second);
}

static void tried(const struct uuid *job, const char *outcome, const char *reason)
{
    sql("update job set run_at = now() + interval '1 minute', attempts = 1, reason = $r$%s$r$ where job_id = '%s';"
        "insert into attempt (partner_id, customer_id, job_id, n, lease_epoch, started_at, ended_at, outcome, reason)"
        " select partner_id, customer_id, job_id, 1, 1, now(), now(), '%s', reason from job where job_id = '%s'",
        reason, id(job), outcome, id(job));
}

static void earlier_waits(void)
{
    struct uuid first = comes("x", "x"), second = comes("x", "x");

    tried(&first, "unavailable", "the outside system could not be reached");
    ask_job(&second);
}

/* Two of one key that its flow gives; the first is held. */
static void earlier_is_held(void)
{
    struct uuid flow = given_flow("Goods out", BY_API ",\"key\":\"order\"", "[{\"hold\":\"above what one may ship\"}]");
    struct uuid first = given_run(&flow, "{\"order\":\"A-1\"}", false), second;

    second = given_run(&flow, "{\"order\":\"A-1\"}", false);
    (void)worked(&first);
    ask_job(&second);
}

#define WAIT_STEP(more)                                                                                                \
    "[{\"wait\":{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"order\"}" more "}},"             \
    "{\"drop\":\"x\"}]"
#define SEND_STEP(operation, with)                                                                                     \
    "[{\"effect\":{\"connection\":\"wms\",\"operation\":\"" operation "\",\"key\":\"order\",\"with\":\"" with "\"}}]"

static void waits_for_nothing_yet(void)
{
    struct uuid job = flowed(WAIT_STEP(""), "{\"order\":\"A-1\"}");

    ask_job(&job);
}

static void waits_for_what_was_refused(void)
{
    struct uuid flow, other, job;

    sink_is_told("{\"refuse\":100}");
    flow = given_flow("Orders", BY_API, SEND_STEP("keyed", "{}"));
    other = given_run(&flow, "{\"order\":\"A-1\"}", false);
    (void)worked(&other);
    job = flowed(WAIT_STEP(""), "{\"order\":\"A-1\"}");
    ask_job(&job);
}

static void waits_no_longer(void)
{
    struct uuid job = run_of(WAIT_STEP(",\"most\":\"PT1S\""));

    sql("update flow_input set received_at = now() - interval '2 seconds'");
    (void)worked(&job);
    ask_job(&job);
}

/* ---- its time ---- */

static void there_is_a_fault(void)
{
    sink_is_told("{\"error_after\":100}");
    struct uuid job = flowed(SEND_STEP("keyed", "{}"), "{\"order\":\"A-1\"}");

    ask_job(&job);
}

static void no_answer(void)
{
    sink_is_told("{\"drop_after\":100}");
    struct uuid job = flowed(SEND_STEP("keyed", "{}"), "{\"order\":\"A-1\"}");

    ask_job(&job);
}

static void answer_was_lost(void)
{
    struct uuid job = comes("x", "x");

    tried(&job, "upstream_unknown", "the outside system did not answer in time");
    ask_job(&job);
}

static void destination_is_broken(void)
{
    struct uuid job = comes("x", "x");

    tried(&job, "upstream_auth", "\"Warehouse\" does not accept the credentials");
    sql("update connection set status = 'broken', status_reason = 'the password was changed' where connection_id = "
        "'%s'",
        id(&yard.wms));
    ask_job(&job);
}

static void comes_back_after(const char *outcome, const char *reason)
{
    struct uuid job = comes("x", "x");

    tried(&job, outcome, reason);
    ask_job(&job);
}

static void credentials_are_refused(void)
{
    comes_back_after("upstream_auth", "\"Warehouse\" does not accept the credentials");
}

static void is_busy(void)
{
    comes_back_after("upstream_busy", "the ERP asks to come back later");
}

static void is_slow(void)
{
    comes_back_after("timeout", "its turn at the outside system did not come in time");
}

static void cannot_be_reached(void)
{
    sql("update connection set settings = jsonb_set(settings, '{url}', '\"http://127.0.0.1:1/\"') where connection_id ="
        " '%s'",
        id(&yard.wms));
    struct uuid job = flowed(SEND_STEP("keyed", "{}"), "{\"order\":\"A-1\"}");

    sql("update connection set settings = jsonb_set(settings, '{url}', '\"http://127.0.0.1:%d/\"') where connection_id "
        "="
        " '%s'",
        yard.port, id(&yard.wms));
    ask_job(&job);
}

static void is_crowded(void)
{
    comes_back_after("limit", "too much work at once");
}

static void is_our_fault(void)
{
    comes_back_after("internal", "internal error");
}

static void begins_later(void)
{
    struct uuid job = comes("x", "x");

    job_becomes(&job, "run_at = now() + interval '1 hour'");
    ask_job(&job);
}

static void is_given_up(void)
{
    struct uuid job = came("EUR", "XXQ");

    sql("update job set state = 'dead', ended_at = now(), attempts = 41; update sales_order set held_reason ="
        " 'given up after 41 tries: the outside system could not be reached'");
    (void)job;
    ask_order();
}

/* ---- somebody to work on it ---- */

static void no_worker_lives(void)
{
    struct uuid job = comes("x", "x");

    sql("update dispatcher set beat_at = now() - interval '1 minute'");
    ask_job(&job);
}

static void is_a_suspect(void)
{
    struct uuid job = comes("x", "x");

    job_becomes(&job, "suspect = true, reason = 'the process that worked on it ended'");
    ask_job(&job);
}

static void is_due(void)
{
    struct uuid job = comes("x", "x");

    ask_job(&job);
}

static void worker_is_silent(void)
{
    struct uuid job = comes("x", "x"), gone = uuid_new();

    leased_by(&job, &gone);
    ask_job(&job);
}

static void is_set_aside(void)
{
    (void)came("EUR", "XXQ");
    sql("update job set crashes = 3, reason = 'set aside: the process ended 3 times while working on it';"
        "update sales_order set held_reason = 'set aside: the process ended 3 times while working on it'");
    ask_order();
}

static void is_worked_on(void)
{
    struct uuid job = comes("x", "x");

    leased_by(&job, &yard.dispatcher);
    ask_job(&job);
}

static void answer_is_awaited(void)
{
    struct uuid job = run_of(SEND_STEP("keyed", "{}"));

    leased_by(&job, &yard.dispatcher);
    sql("insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id,"
        " lease_epoch, state, sends, sent_at) select partner_id, customer_id, gen_random_uuid(), '%s', 'keyed', 'A-1',"
        " job_id, 1, 'sent', 1, now() from job where job_id = '%s'",
        id(&yard.wms), id(&job));
    ask_job(&job);
}

static void key_was_used(void)
{
    struct uuid flow = given_flow("Orders", BY_API, SEND_STEP("keyed", "{}"));
    struct uuid first = given_run(&flow, "{\"order\":\"A-1\"}", false), second;

    second = given_run(&flow, "{\"order\":\"A-1\",\"lines\":[1]}", false);
    (void)worked(&first);
    (void)worked(&second);
    ask_job(&second);
}

static void nobody_can_do_it(void)
{
    struct uuid job = given_job(&yard.t, &yard.source, "banana", "banana:1");

    (void)worked(&job);
    ask_job(&job);
}

/* ---- reading it ---- */

static void mapping_is_a_draft(void)
{
    mapped_by(MAPPED("{\"to\":\"/natural_key\",\"expr\":\"id\"},"));
    sql("update mapping set current_version = null; update mapping_version set status = 'draft'");
    (void)came("x", "x");
    ask_order();
}

static void mapping_came_since(void)
{
    mapped_by(MAPPED("{\"to\":\"/natural_key\",\"expr\":\"id\"},"));
    sql("update mapping set current_version = null");
    (void)came("x", "x");
    sql("update mapping set current_version = 1");
    ask_order();
}

static void mapping_is_no_good(void)
{
    mapped_by("{\"format\":\"mapping/1\"}");
    (void)came("x", "x");
    ask_order();
}

static void rule_fails(void)
{
    mapped_by(MAPPED("{\"to\":\"/natural_key\",\"expr\":\"$number(name)\"},"));
    (void)came("x", "x");
    ask_order();
}

static void key_is_another(void)
{
    mapped_by(MAPPED("{\"to\":\"/natural_key\",\"expr\":\"'k' & id\"},"));
    (void)came("x", "x");
    ask_order();
}

#define LOOKED_UP                                                                                                      \
    MAPPED("{\"to\":\"/natural_key\",\"expr\":\"id\"},{\"to\":\"/lines/*/sku\",\"lookup\":{\"table\":\"sku\","         \
           "\"key\":\"sku\",\"miss\":\"hold\"}},")

static void word_is_missing(void)
{
    (void)given_xref(&yard.t, "sku");
    mapped_by(LOOKED_UP);
    (void)came("SKU", "MUG-9");
    ask_order();
}

static void word_is_for_later(void)
{
    struct uuid table = given_xref(&yard.t, "sku");

    given_xref_entry(&table, "MUG-9", "mug-9", "A");
    sql("update xref_entry set valid_from = now() + interval '1 day'");
    mapped_by(LOOKED_UP);
    (void)came("SKU", "MUG-9");
    ask_order();
}

static void job_lacks_a_word(void)
{
    (void)given_xref(&yard.t, "carrier");
    struct uuid job = flowed("[{\"look_up\":{\"table\":\"carrier\",\"key\":\"order\",\"miss\":\"hold\"},\"id\":\"c\"},"
                             "{\"drop\":\"x\"}]",
                             "{\"order\":\"A-1\"}");

    ask_job(&job);
}

static void case_is_open(void)
{
    (void)came("EUR", "XXQ");
    sql("insert into source_shape (partner_id, customer_id, shape_id, connection_id, object, version)"
        " select partner_id, customer_id, gen_random_uuid(), connection_id, 'order', '' from sales_order;"
        "insert into drift_case (partner_id, customer_id, case_id, shape_id, connection_id, path, what, expected, got,"
        " bearing, action, message_id, sample) select s.partner_id, s.customer_id, gen_random_uuid(), s.shape_id,"
        " s.connection_id, 'line_items.sku', 'type_changed', 'a word', 'an object', true, 'hold', o.message_id, 'x'"
        " from source_shape s, sales_order o;"
        "insert into drift_waiting (partner_id, customer_id, case_id, kind, waiting_id, message_id)"
        " select c.partner_id, c.customer_id, c.case_id, 'order', o.order_id, o.message_id from drift_case c,"
        " sales_order o;"
        "update sales_order set held_reason = 'drift: line_items.sku was a word and is an object'");
    ask_order();
}

static void flow_is_no_good(void)
{
    struct uuid job = run_of("[{\"drop\":\"x\"}]");

    sql("set session_replication_role = replica; update flow_version set document = '{}'");
    flows_thread_end();
    (void)worked(&job);
    ask_job(&job);
}

static void step_fails(void)
{
    struct uuid job = flowed("[{\"set\":\"$number(order)\",\"id\":\"n\"},{\"drop\":\"x\"}]", "{\"order\":\"A-1\"}");

    ask_job(&job);
}

/* ---- whether it is a sale ---- */

static void held_for(const char *pattern, const char *in_place)
{
    (void)came(pattern, in_place);
    ask_order();
}

static void is_a_trial(void)
{
    held_for("\"id\":1,\"name\"", "\"test\":true,\"id\":1,\"name\"");
}

static void was_cancelled(void)
{
    held_for("\"id\":1,\"name\"", "\"cancelled_at\":\"2026-11-20T11:00:00Z\",\"id\":1,\"name\"");
}

static void currency_is_unknown(void)
{
    held_for("EUR", "XXQ");
}

static void sums_differ(void)
{
    held_for("\"20.00\"", "\"25.00\"");
}

static void has_no_lines(void)
{
    held_for("\"line_items\":.*", "\"line_items\":[]}");
}

static void quantity_is_nothing(void)
{
    held_for("\"quantity\":2", "\"quantity\":0");
}

static void has_no_date(void)
{
    held_for("\"created_at\":\"2026-11-20T10:00:00Z\",", "");
}

static void date_is_no_date(void)
{
    held_for("2026-11-20T10:00:00Z", "yesterday");
}

static void has_too_many_decimals(void)
{
    held_for("\"20.00\"", "\"20.001\"");
}

/* In the words of what stopped it. */
static void held_saying(const char *reason)
{
    (void)came("EUR", "XXQ");
    sql("update sales_order set held_reason = $r$%s$r$; update job set reason = $r$%s$r$", reason, reason);
    ask_order();
}

static void line_has_no_sku(void)
{
    held_saying("line 2 (Gift wrap) has no SKU, so that nobody can tell which product it is");
}
