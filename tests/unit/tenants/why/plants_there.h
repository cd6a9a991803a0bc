#pragma once

#include "plants.h"

/* More causes: on the way to the other system, and there. */

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
    struct uuid job;

    sql("update connection set status = 'paused', status_reason = 'stocktaking' where connection_id = '%s'",
        id(&yard.wms));
    job = comes("x", "x");
    ask_job(&job);
}

static void flows_connection_is_paused(void)
{
    struct uuid flow = given_flow("Goods out", BY_API, SEND_STEP("keyed", "{}")), job;

    sql("update connection set status = 'paused' where connection_id = '%s'", id(&yard.wms));
    job = given_run(&flow, "{\"order\":\"A-1\"}", false);
    ask_job(&job);
}

static void destination_is_revoked(void)
{
    destination_is("revoked");
}

static void destination_was_paused(void)
{
    destination_is("revoked");
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

static void step_asks(void)
{
    struct uuid job = flowed("[{\"approve\":{\"question\":\"\\\"is it all right?\\\"\"}},{\"drop\":\"no\"}]", "{}");

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

/* Of a set of EDI that a job sent, as its partner's acknowledgement left it. */
static struct uuid document_is_in(const char *state, const char *said)
{
    struct uuid job = flowed(SEND_STEP("keyed", "{}"), "{\"order\":\"A-1\"}");

    sql("delete from edi_sent;"
        "insert into edi_sent (partner_id, customer_id, connection_id, control, set_control, group_code, code, name, "
        "job_id,"
        " state, said, answered_at) select partner_id, customer_id, '%s', 31, '1', 'SH', '856', '856-31.edi', job_id, "
        "'%s',"
        " nullif('%s', ''), case when '%s' <> 'sent' then now() end from job where job_id = '%s'",
        id(&yard.wms), state, said, state, id(&job));
    return job;
}

static void document_is_rejected(void)
{
    struct uuid job = document_is_in("rejected", "error 5: segments are in error");

    ask_job(&job);
}

static void document_waits(void)
{
    struct uuid job = document_is_in("sent", "");

    ask_job(&job);
}

static void document_has_errors(void)
{
    struct uuid job = document_is_in("errors", "error 5: segments are in error");

    ask_job(&job);
}

static void document_is_accepted(void)
{
    struct uuid job = document_is_in("accepted", "");

    ask_job(&job);
}

static void document_stops(const char *reason)
{
    struct uuid job = document_is_in("sent", "");

    sql("update job set state = 'held', ended_at = null, reason = $r$%s$r$ where job_id = '%s'", reason, id(&job));
    ask_job(&job);
}

static void document_is_refused(void)
{
    document_stops("the trading partner rejected \"856-31.edi\": set 1 (856) of 31: error 5: segments are in error");
}

static void document_is_late(void)
{
    document_stops("the trading partner has not acknowledged \"856-31.edi\" within 24 hours");
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
