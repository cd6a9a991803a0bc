#include <stdio.h>

#include "why_kit.h"

/* Causes are planted one at a time, most of them by what the worker itself does, and the first answer must name each.
 * What only an ERP says is planted in its words, which rules_test.c compares with the program. */

/* ---- it did not come ---- */

static void never_sent(void)
{
    ask_number("#1009", NULL);
}

static void another_came(void)
{
    (void)given_message(&yard.t, &yard.source, "{}");
    ask_number("#1009", NULL);
}

static void source_is(const char *status)
{
    sql("update connection set status = '%s', status_reason = 'as it was said' where connection_id = '%s'", status,
        id(&yard.source));
    ask_number("#1009", NULL);
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
    ask_number(NULL, "1");
}

static void customer_is_suspended(void)
{
    (void)comes("x", "x");
    sql("update customer set status = 'suspended'");
    ask_number(NULL, "1");
}

static void customer_is_erased(void)
{
    (void)comes("x", "x");
    sql("update customer set status = 'closing'");
    ask_number(NULL, "1");
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

/* ---- where it goes ---- */

static void goes_nowhere(void)
{
    sql("update connection set destination_id = null");
    held_for("x", "x");
}

static void destination_is(const char *status)
{
    sql("update connection set status = '%s' where connection_id = '%s'", status, id(&yard.wms));
    held_for("x", "x");
}

static void destination_is_paused(void)
{
    destination_is("paused");
}

static void destination_is_revoked(void)
{
    destination_is("revoked");
}

static void destination_was_paused(void)
{
    destination_is("paused");
    sql("update connection set status = 'active'");
    ask_order();
}

static void takes_flows_only(void)
{
    held_for("x", "x");
}

static void cannot_be_asked(void)
{
    sql("update connection set destination_id = connection_id where connection_id = '%s'", id(&yard.source));
    held_for("x", "x");
}

static void name_means_nothing(void)
{
    struct uuid job = flowed("[{\"effect\":{\"connection\":\"ledger\",\"operation\":\"keyed\",\"key\":\"order\","
                             "\"with\":\"{}\"}}]",
                             "{\"order\":\"A-1\"}");

    ask_job(&job);
}

static void operation_is_unknown(void)
{
    struct uuid job = flowed(SEND_STEP("teleport", "{}"), "{\"order\":\"A-1\"}");

    ask_job(&job);
}

static void called_flow_is_missing(void)
{
    struct uuid job =
        flowed("[{\"flow\":{\"name\":\"Invoices\",\"with\":\"{}\"}},{\"drop\":\"x\"}]", "{\"order\":\"A-1\"}");

    ask_job(&job);
}

/* ---- the other system ---- */

static void no_currency_there(void)
{
    held_saying("\"Warehouse\" has no currency EUR");
}

static void no_product_there(void)
{
    held_saying("the SKU \"MUG-9\" is not a product there");
}

static void no_tax_there(void)
{
    held_saying("the tax \"VAT 19%\" has no tax code that gives its amount");
}

static void product_is_gone(void)
{
    held_saying("the product \"MUG-9\" was made in \"Warehouse\" once and is not there any more");
}

static void no_address_there(void)
{
    held_saying("the customer \"C701\" in \"Warehouse\" has no address");
}

static void sale_was_cancelled(void)
{
    held_saying("the sale was cancelled in \"Warehouse\"");
}

static void totals_differ(void)
{
    held_saying("the sale in \"Warehouse\" comes to 21.00 EUR, and the order to 20.00 EUR");
}

static void was_changed_since(void)
{
    held_saying("the order was changed after its sale was made in \"Warehouse\"");
}

static void may_not_there(void)
{
    held_saying("the ERP's user may not do that");
}

static void place_is_taken(void)
{
    held_saying("something else took the place of this change");
}

static void is_refused(void)
{
    sink_is_told("{\"refuse\":100}");
    struct uuid job = flowed(SEND_STEP("keyed", "{}"), "{\"order\":\"A-1\"}");

    ask_job(&job);
}

static void may_not_be_asked(void)
{
    struct uuid job;

    sink_is_told("{\"drop_after\":100}");
    job = flowed(SEND_STEP("blind", "{}"), "{\"order\":\"A-1\"}");
    for (int i = 0; i < 20 && strcmp(sql("select state from job"), "held") != 0; i++) {
        fiber_sleep_us(100000);
        (void)worked(&job);
    }
    ask_job(&job);
}

static void step_holds(void)
{
    struct uuid job = flowed("[{\"hold\":\"above what one may ship alone\"}]", "{}");

    ask_job(&job);
}

/* ---- it is there, or has ended ---- */

static void is_there(void)
{
    (void)came("EUR", "XXQ");
    sql("update sales_order set state = 'delivered', held_reason = null, external_number = 'SO-77', delivered_at = "
        "now();"
        "update job set state = 'done'");
    ask_order();
}

static void is_dropped(void)
{
    struct uuid job = flowed("[{\"drop\":\"nothing is ordered\"}]", "{}");

    ask_job(&job);
}

static void ran_in_shadow(void)
{
    struct uuid flow = given_flow("Goods out", BY_API, SEND_STEP("keyed", "{}"));
    struct uuid job = given_run(&flow, "{\"order\":\"A-1\"}", true);

    (void)worked(&job);
    ask_job(&job);
}

static void is_done(void)
{
    struct uuid job = flowed(SEND_STEP("keyed", "{}"), "{\"order\":\"A-1\"}");

    ask_job(&job);
}

static void is_superseded(void)
{
    struct uuid job = comes("x", "x");

    job_becomes(&job,
                "state = 'cancelled', ended_at = now(), reason = 'a newer version of the record is known already'");
    ask_job(&job);
}

static void is_cancelled(void)
{
    struct uuid job = run_of("[{\"drop\":\"x\"}]");

    job_becomes(&job, "state = 'cancelled', ended_at = now(), reason = 'cancelled by a person'");
    ask_job(&job);
}

static void is_forgotten(void)
{
    (void)came("EUR", "XXQ");
    sql("update sales_order set state = 'received', held_reason = null; set session_replication_role = replica;"
        "delete from attempt; delete from job");
    ask_order();
}

static const struct plant {
    const char *code, *culprit;
    enum why_owner owner;
    void (*in)(void);
} plants[] = {
    {"never_heard", "\"Web shop\" has never sent anything", WHY_ADMIN, never_sent},
    {"no_delivery", "no delivery of order \"#1009\" was received", WHY_SHOP, another_came},
    {"source_revoked", "\"Web shop\" was revoked: as it was said", WHY_ADMIN, source_is_revoked},
    {"source_broken", "\"Web shop\" is broken: as it was said", WHY_ADMIN, source_is_broken},
    {"source_paused", "\"Web shop\" is paused", WHY_ADMIN, source_is_paused},
    {"partner_suspended", "suspended as a whole", WHY_PLATFORM, partner_is_suspended},
    {"customer_suspended", "\"Shop\" is suspended", WHY_PARTNER, customer_is_suspended},
    {"customer_ends", "\"Shop\" is being erased", WHY_PARTNER, customer_is_erased},
    {"flow_paused", "the flow \"Goods out\" is paused", WHY_ADMIN, flow_is_paused},
    {"earlier_runs", "of that: order 1 is being worked on", WHY_NOBODY, earlier_runs},
    {"earlier_waits", "of that: order 1 waits for \"Warehouse\": the outside system could not be reached", WHY_SYSTEM,
     earlier_waits},
    {"waits_for_effect", "waits for keyed of \"A-1\": it has not begun", WHY_NOBODY, waits_for_nothing_yet},
    {"waits_for_effect", "was refused by \"Warehouse\": answered 422: it does not please", WHY_SYSTEM,
     waits_for_what_was_refused},
    {"waited_too_long", "waited for keyed of \"A-1\" as long as the flow \"Goods out\" allows", WHY_ADMIN,
     waits_no_longer},
    {"outcome_unknown", "was sent to \"Warehouse\"", WHY_NOBODY, no_answer},
    {"answer_lost", "asked of \"Warehouse\" again", WHY_NOBODY, answer_was_lost},
    {"destination_broken", "\"Warehouse\" is broken: the password was changed", WHY_ADMIN, destination_is_broken},
    {"credentials_refused", "\"Warehouse\" did not let us in", WHY_ADMIN, credentials_are_refused},
    {"destination_busy", "\"Warehouse\" is busy", WHY_SYSTEM, is_busy},
    {"destination_slow", "\"Warehouse\" took too long", WHY_SYSTEM, is_slow},
    {"destination_down", "the outside system could not be reached", WHY_SYSTEM, cannot_be_reached},
    {"crowded", "too much work at once", WHY_PLATFORM, is_crowded},
    {"our_fault", "by a fault of the platform", WHY_PLATFORM, is_our_fault},
    {"planned", "order 1 begins at", WHY_NOBODY, begins_later},
    {"given_up", "at its deadline, after 41 tries: the outside system could not be reached", WHY_ADMIN, is_given_up},
    {"no_worker", "no worker is alive", WHY_PLATFORM, no_worker_lives},
    {"suspect", "a process ended while it worked on order 1", WHY_PLATFORM, is_a_suspect},
    {"in_turn", "waits for a worker to be free", WHY_NOBODY, is_due},
    {"worker_silent", "the worker that had order 1 is silent", WHY_PLATFORM, worker_is_silent},
    {"set_aside", "the process ended 3 times", WHY_PLATFORM, is_set_aside},
    {"working", "is being worked on now", WHY_NOBODY, is_worked_on},
    {"answer_awaited", "keyed of the job of", WHY_NOBODY, answer_is_awaited},
    {"unknown_kind", "nothing here knows how to do \"banana\"", WHY_PLATFORM, nobody_can_do_it},
    {"mapping_unpublished", "no version of the mapping \"Orders\" for order of shopify", WHY_ADMIN, mapping_is_a_draft},
    {"cause_is_over", "that is so no more", WHY_ADMIN, mapping_came_since},
    {"mapping_broken", "the mapping cannot be used", WHY_ADMIN, mapping_is_no_good},
    {"rule_failed", "rule for /natural_key failed in line 1, column", WHY_ADMIN, rule_fails},
    {"key_differs", "the mapping calls it \"k1\", and the shop calls it 1", WHY_ADMIN, key_is_another},
    {"word_missing", "the cross reference sku has no entry for \"MUG-9\"", WHY_ADMIN, word_is_missing},
    {"word_too_late", "sku has an entry for \"MUG-9\", but none that is valid", WHY_ADMIN, word_is_for_later},
    {"word_missing", "the cross reference carrier has no entry for \"A-1\"", WHY_ADMIN, job_lacks_a_word},
    {"drift", "at line_items.sku is no longer as it was", WHY_ADMIN, case_is_open},
    {"flow_broken", "version 1 of the flow \"Goods out\" cannot be used", WHY_ADMIN, flow_is_no_good},
    {"step_failed", "the flow \"Goods out\": its step /steps/0 failed", WHY_ADMIN, step_fails},
    {"trial", "is a trial of the shop", WHY_SHOP, is_a_trial},
    {"cancelled_in_shop", "order \"#1001\" was cancelled in the shop", WHY_SHOP, was_cancelled},
    {"currency_unknown", "\"XXQ\"", WHY_SHOP, currency_is_unknown},
    {"sums_differ", "add up to 20.00 EUR, and its total says 25.00 EUR", WHY_SHOP, sums_differ},
    {"no_lines", "it has no lines", WHY_SHOP, has_no_lines},
    {"line_wrong", "line 1 (SKU) has quantity 0", WHY_SHOP, quantity_is_nothing},
    {"field_wrong", "its field /placed_at", WHY_ADMIN, has_no_date},
    {"rule_failed", "rule for /placed_at failed in line 1", WHY_ADMIN, date_is_no_date},
    {"amount_wrong", "20.001", WHY_SHOP, has_too_many_decimals},
    {"no_sku", "line 2 (Gift wrap) has no SKU", WHY_SHOP, line_has_no_sku},
    {"no_destination", "\"Web shop\" has no destination", WHY_ADMIN, goes_nowhere},
    {"destination_paused", "the connection \"Warehouse\" is paused", WHY_ADMIN, destination_is_paused},
    {"destination_revoked", "the connection \"Warehouse\" was revoked", WHY_ADMIN, destination_is_revoked},
    {"cause_is_over", "since the connection \"Warehouse\" is paused; that is so no more", WHY_ADMIN,
     destination_was_paused},
    {"flow_only", "\"Warehouse\" takes orders by way of a flow only", WHY_ADMIN, takes_flows_only},
    {"no_calls", "nothing can be asked of \"Web shop\"", WHY_ADMIN, cannot_be_asked},
    {"role_not_set", "calls \"ledger\", and no connection is set", WHY_ADMIN, name_means_nothing},
    {"operation_missing", "\"Warehouse\" has no operation \"teleport\"", WHY_ADMIN, operation_is_unknown},
    {"flow_missing", "calls the flow \"Invoices\"", WHY_ADMIN, called_flow_is_missing},
    {"currency_missing_there", "\"Warehouse\" has no currency EUR", WHY_SYSTEM, no_currency_there},
    {"product_missing_there", "the SKU \"MUG-9\" is no product in \"Warehouse\"", WHY_SYSTEM, no_product_there},
    {"tax_missing_there", "the tax \"VAT 19%\"", WHY_SYSTEM, no_tax_there},
    {"gone_there", "the product \"MUG-9\" was made in \"Warehouse\" once", WHY_SYSTEM, product_is_gone},
    {"address_missing_there", "the customer \"C701\" in \"Warehouse\"", WHY_SYSTEM, no_address_there},
    {"cancelled_there", "its sale was cancelled in \"Warehouse\"", WHY_SYSTEM, sale_was_cancelled},
    {"totals_differ", "comes to 21.00 EUR, and the order to 20.00 EUR", WHY_SYSTEM, totals_differ},
    {"changed_after_sale", "changed after its sale was made in \"Warehouse\"", WHY_ADMIN, was_changed_since},
    {"not_permitted_there", "the user we have in \"Warehouse\" may not do that", WHY_SYSTEM, may_not_there},
    {"place_taken", "something else took the place", WHY_ADMIN, place_is_taken},
    {"refused_there", "refused by \"Warehouse\": answered 422: it does not please", WHY_SYSTEM, is_refused},
    {"not_to_be_asked", "was sent to \"Warehouse\", no answer came", WHY_SYSTEM, may_not_be_asked},
    {"held_by_step", "the flow \"Goods out\" holds it: above what one may ship alone", WHY_ADMIN, step_holds},
    {"delivered", "it is SO-77 in \"Warehouse\"", WHY_NOBODY, is_there},
    {"dropped", "the flow \"Goods out\" dropped it, as it says: nothing is ordered", WHY_ADMIN, is_dropped},
    {"shadow", "the flow \"Goods out\" ran in shadow", WHY_ADMIN, ran_in_shadow},
    {"done", "has ended", WHY_NOBODY, is_done},
    {"superseded", "a newer version of the record", WHY_NOBODY, is_superseded},
    {"cancelled", "cancelled by a person", WHY_ADMIN, is_cancelled},
    {"nothing_under_way", "nothing is under way for order \"#1001\"", WHY_PLATFORM, is_forgotten},
};

static bool named(const struct plant *p)
{
    bool right =
        told.code && strcmp(told.code, p->code) == 0 && strstr(told.sentence, p->culprit) && told.owner == p->owner;

    if (!right)
        test_failed(__FILE__, __LINE__, "%s, \"%s\": %s, %s: \"%s\" (%s)", p->code, p->culprit,
                    told.code ? told.code : "no answer", told.owner_words ? told.owner_words : "nobody",
                    told.sentence ? told.sentence : "", told.reason ? told.reason : "nothing was said");
    return right;
}

static void every_plant(void)
{
    size_t right = 0, n = sizeof(plants) / sizeof(*plants);

    yard_open();
    for (size_t i = 0; i < n; i++) {
        yard_cleared();
        plants[i].in();
        right += named(&plants[i]);
    }
    printf("# %zu causes planted, %zu named\n", n, right);
    CHECK(n >= 50);
    CHECK_INT(right, n);
    yard_close();
}

TEST_LIMIT(each_planted_cause_is_the_first_answer_and_its_culprit_is_named, 240)
{
    const char *const argv[] = {"fake-sink", "--listen", "127.0.0.1:0", NULL};

    yard.port = test_stand_in(argv);
    if (!yard.port)
        test_skip("the stand-in that takes JSON is not built");
    test_in_loop(every_plant);
}
