#include "unit/tenants/walk/walk_kit.h"

/* Connections that people pause: what would call them is not begun. */

#define SEND "[{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"order\",\"with\":\"$\"}}]"
#define ROUTED                                                                                                         \
    "[{\"effect\":{\"connection\":\"destination\",\"operation\":\"keyed\",\"key\":\"$string(id)\",\"with\":\"{}\"}}]"
#define BY_MESSAGE "\"trigger\":{\"message\":{\"system\":\"shopify\",\"object\":\"order\"}}"

static bool paused(const struct uuid *connection, const char *reason)
{
    struct db *api = pool_as("tenon_api");
    struct scope *sc = scope_in(api, &yard.t);
    struct connection c;
    bool changed = false;

    CHECK_OK(connection_get(sc, connection, &c));
    CHECK_OK(reason ? connection_pause(sc, &c, reason, "usr_one", &changed) : connection_resume(sc, &c, &changed));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    db_close(api);
    return changed;
}

/* Whether a worker would begin it now; if so it is as if it had not. */
static bool begins(const struct uuid *job)
{
    struct scope *sc = scope_in(yard.dispatch, NULL);
    struct flow_ticket ticket = {yard.t.partner_id, yard.t.customer_id, *job, 0};
    struct flow_job *claimed;
    size_t n = 0;

    CHECK_OK(ledger_claim(sc, &yard.dispatcher, &ticket, 1, false, &claimed, &n));
    scope_free(sc);
    sql("update job set state = 'ready', lease_owner = null where job_id = '%s'", id(job));
    return n == 1;
}

static struct uuid given_delivery(const char *kind, const struct uuid *flow)
{
    struct uuid m = given_message(&yard.t, &yard.source, "{\"id\":1}"), j = uuid_new();

    sql("insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key,"
        " lane, run_at, deadline_at, created_at, flow_id, flow_version) values ('%s', '%s', '%s', '%s', '%s', '%s', "
        "'%s', '%s',"
        " 0, now(), now() + interval '7 days', now(), nullif('%s', '00000000-0000-0000-0000-000000000000')::uuid, %s)",
        id(&yard.t.partner_id), id(&yard.t.customer_id), id(&j), id(&m), id(&yard.source), id(&j), kind, id(&j),
        id(flow), uuid_is_nil(flow) ? "null" : "1");
    return j;
}

YARD_TEST(what_calls_a_paused_connection_by_a_flows_name_is_not_begun)
{
    struct uuid flow = given_flow("f", BY_API, SEND), other = given_flow("g", BY_API, "[{\"drop\":\"x\"}]");
    struct uuid job = given_run(&flow, "{\"order\":\"A-1\"}", false), beside = given_run(&other, "{}", false);

    CHECK(paused(&yard.wms, "stocktaking"));
    CHECK(!paused(&yard.wms, "once more"));
    CHECK_STR(
        sql("select status, status_reason, paused_by, paused_at is not null from connection where connection_id = "
            "'%s'",
            id(&yard.wms)),
        "paused|stocktaking|usr_one|t");
    CHECK(!begins(&job));
    CHECK(begins(&beside)); /* its flow has the name, and no step that calls it */
    CHECK(paused(&yard.wms, NULL));
    CHECK(!paused(&yard.wms, NULL));
    CHECK(begins(&job));
    CHECK_STR(sql("select status, status_reason is null, paused_by is null, paused_at is null from connection where "
                  "connection_id = '%s'",
                  id(&yard.wms)),
              "active|t|t|t");
    CHECK_STR(sql("select count(*) from halted"), "0");
}

YARD_TEST(what_leads_to_a_paused_connection_is_not_begun_unless_a_flow_leads_elsewhere)
{
    struct uuid elsewhere = given_flow("f", BY_MESSAGE, "[{\"drop\":\"x\"}]");
    struct uuid order = given_delivery("order", &(struct uuid){{0}}), flowed = given_delivery("flow", &elsewhere);
    struct uuid there;

    CHECK(paused(&yard.wms, "stocktaking"));
    CHECK(!begins(&order));
    CHECK(begins(&flowed));
    there = given_flow("g", BY_MESSAGE, ROUTED);
    sql("insert into connection_flow (partner_id, customer_id, connection_id, object, flow_id) values ('%s', '%s', "
        "'%s',"
        " 'order', '%s')",
        id(&yard.t.partner_id), id(&yard.t.customer_id), id(&yard.source), id(&there));
    CHECK(!begins(&flowed)); /* of this source, of which a flow leads there */
    sql("update connection set destination_id = null where connection_id = '%s'", id(&yard.source));
    CHECK(begins(&order));
}

YARD_TEST(what_waited_for_a_paused_connection_gets_the_time_that_it_waited)
{
    struct uuid flow = given_flow("f", BY_API, SEND), job = given_run(&flow, "{\"order\":\"A-1\"}", false);

    CHECK(paused(&yard.wms, "stocktaking"));
    sql("update halted set since = now() - interval '3 days'; update job set created_at = now() - interval '2 days',"
        " deadline_at = now() + interval '1 hour' where job_id = '%s'",
        id(&job));
    CHECK(paused(&yard.wms, NULL));
    CHECK_STR(sql("select extract(day from deadline_at - now()) from job"), "2");
}

YARD_TEST(a_pause_of_two_connections_ends_with_the_last)
{
    struct uuid flow =
        given_flow("f", BY_API,
                   "[{\"call\":{\"connection\":\"shop\",\"operation\":\"x\"}},{\"effect\":{\"connection\":"
                   "\"wms\",\"operation\":\"keyed\",\"key\":\"'k'\",\"with\":\"{}\"}}]");
    struct uuid job = given_run(&flow, "{}", false);

    CHECK(paused(&yard.wms, "one"));
    CHECK(paused(&yard.source, "two"));
    sql("insert into flow_connection (partner_id, customer_id, flow_id, role, connection_id) values ('%s', '%s', '%s',"
        " 'shop', '%s')",
        id(&yard.t.partner_id), id(&yard.t.customer_id), id(&flow), id(&yard.source));
    CHECK(paused(&yard.wms, NULL));
    CHECK(!begins(&job));
    CHECK(paused(&yard.source, NULL));
    CHECK(begins(&job));
}

YARD_TEST(a_paused_flow_stays_so_when_its_connection_works_again)
{
    struct uuid flow = given_flow("f", BY_API, SEND), job = given_run(&flow, "{\"order\":\"A-1\"}", false);

    CHECK(paused(&yard.wms, "stocktaking"));
    sql("update flow set state = 'paused'");
    CHECK(paused(&yard.wms, NULL));
    CHECK(!begins(&job));
    sql("update flow set state = 'active'");
    CHECK(begins(&job));
}

YARD_TEST(what_is_under_way_when_its_connection_is_paused_comes_back_and_asks_nobody)
{
    struct uuid flow = given_flow("f", BY_API, SEND), job = given_run(&flow, "{\"order\":\"A-1\"}", false);
    int64_t again_us;

    CHECK(paused(&yard.wms, "stocktaking"));
    sql("delete from halted"); /* it began before */
    CHECK_ERR(try_once(&job, &again_us), ERR_UNAVAILABLE);
    CHECK_STR(yard.why, "the connection \"Warehouse\" is paused");
    CHECK_INT(sink_count("acted"), 0);
}
