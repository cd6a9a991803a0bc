#include "unit/tenants/walk/walk_kit.h"

/* A run works in one environment, whatever was set: what is live and what is a try stay apart. */

#define SEND "[{\"effect\":{\"connection\":\"wms\",\"operation\":\"keyed\",\"key\":\"'k'\",\"with\":\"{}\"}}]"

static const char why_held[] =
    " and works in another environment than this run: what is live and what is a try stay apart";

/* The warehouse once more, in the sandbox. */
static struct uuid given_trial(void)
{
    struct uuid made = uuid_new();

    sql("insert into connection (partner_id, customer_id, connection_id, environment_id, connector, name, settings)"
        " select c.partner_id, c.customer_id, '%s', e.environment_id, c.connector, 'Trial', c.settings from connection "
        "c"
        " join environment e on e.customer_id = c.customer_id and e.kind = 'sandbox' where c.connection_id = '%s'",
        id(&made), id(&yard.wms));
    return made;
}

static void set_role(const struct uuid *flow, const char *role, const struct uuid *connection)
{
    sql("insert into flow_connection (partner_id, customer_id, flow_id, role, connection_id)"
        " values ('%s', '%s', '%s', '%s', '%s') on conflict (partner_id, customer_id, flow_id, role)"
        " do update set connection_id = excluded.connection_id",
        id(&yard.t.partner_id), id(&yard.t.customer_id), id(flow), role, id(connection));
}

YARD_TEST(a_flow_of_the_sandbox_calls_nothing_live)
{
    struct uuid trial = given_trial(), flow = given_flow("f", BY_API, SEND), job;

    set_role(&flow, "first", &trial);
    job = given_run(&flow, "{}", false);
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK(strstr(yard.why, why_held) != NULL);
    CHECK_INT(sink_count("acted"), 0);
    job = given_run(&flow, "{}", true); /* in shadow neither: what it would send is no plan for anybody */
    CHECK_ERR(tries(&job), ERR_HOLD);
}

YARD_TEST(a_live_flow_calls_nothing_of_the_sandbox)
{
    struct uuid trial = given_trial(), flow = given_flow("f", BY_API, SEND), job;

    set_role(&flow, "first", &yard.wms);
    set_role(&flow, "wms", &trial);
    job = given_run(&flow, "{}", false);
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK(strstr(yard.why, "which is \"Trial\" and works in another environment") != NULL);
    CHECK_INT(sink_count("acted"), 0);
}

YARD_TEST(what_a_message_began_works_where_its_connection_does)
{
    struct uuid trial = given_trial(), j = uuid_new(), m,
                flow = given_flow("f", "\"trigger\":{\"message\":{\"system\":\"http\",\"object\":\"order\"}}", SEND);

    m = given_message(&yard.t, &trial, "{\"id\":1}");
    sql("insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key,"
        " lane, run_at, deadline_at, created_at, flow_id, flow_version) values ('%s', '%s', '%s', '%s', '%s', '%s', "
        "'flow', 'order:1', 0, now(), now() + interval '7 days', now(), '%s', 1)",
        id(&yard.t.partner_id), id(&yard.t.customer_id), id(&j), id(&m), id(&trial), id(&j), id(&flow));
    CHECK_ERR(tries(&j), ERR_HOLD);
    CHECK(strstr(yard.why, why_held) != NULL);
    CHECK_INT(sink_count("acted"), 0);
}

YARD_TEST(what_a_run_begins_works_where_it_does_however_many_are_between)
{
    struct uuid trial = given_trial(), first, second, job;

    (void)given_flow("third", BY_API, SEND);
    second = given_flow("second", BY_API, "[{\"flow\":{\"name\":\"third\",\"with\":\"{}\"}}]");
    sql("delete from flow_connection where flow_id = '%s'", id(&second));
    first = given_flow("first", BY_API, "[{\"flow\":{\"name\":\"second\",\"with\":\"{}\"}}]");
    set_role(&first, "wms", &trial);
    job = given_run(&first, "{}", false);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(tries(&job));
        CHECK(uuid_parse(sql("select job_id from flow_input order by job_id desc limit 1"), UUID_TEXT_LEN, &job));
    }
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK(strstr(yard.why, why_held) != NULL);
    CHECK_INT(sink_count("acted"), 0);
}

YARD_TEST(a_flow_whose_connections_are_all_of_the_sandbox_goes_on)
{
    struct uuid trial = given_trial(), flow = given_flow("f", BY_API, SEND), job;

    set_role(&flow, "first", &trial);
    set_role(&flow, "wms", &trial);
    job = given_run(&flow, "{}", false);
    (void)tries(&job);
    CHECK(strstr(yard.why, "environment") == NULL);
}
