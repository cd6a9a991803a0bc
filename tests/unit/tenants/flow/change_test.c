#include "passage_kit.h"

/* Flows that a new version of an order begins. */

#define BY_CHANGE "\"trigger\":{\"change\":{\"object\":\"sales_order\"}}"

/* A flow whose published version waits for changes of orders; head: of its document. */
static struct uuid given_waiting(const struct tenant *t, const char *name, const char *head)
{
    struct uuid f = uuid_new();

    sql("insert into flow (partner_id, customer_id, flow_id, name, versions, current_version, on_change)"
        " values ('%s', '%s', '%s', '%s', 1, 1, 'sales_order');"
        "insert into flow_version (partner_id, customer_id, flow_id, number, status, document, document_hash, author,"
        " published_at) values ('%s', '%s', '%s', 1, 'published', $d${\"format\":\"flow/1\",%s,\"steps\":"
        "[{\"drop\":\"seen\"}]}$d$, sha256('x'), 'system', now())",
        id(&t->partner_id), id(&t->customer_id), id(&f), name, id(&t->partner_id), id(&t->customer_id), id(&f), head);
    return f;
}

/* A delivery, stored and delivered. */
static struct uuid order_comes(int number, int quantity, int version)
{
    struct uuid job = shop_sends(number, quantity, version);

    CHECK_ERR(tries(&job), OK);
    return job;
}

/* "version:state" of runs, in the order in which they are done. */
static const char *begun(const struct uuid *flow)
{
    return sql("select coalesce(string_agg((convert_from(i.body, 'utf8')::json ->> 'version') || ':' || j.state, ' '"
               " order by j.job_id), '') from job j join flow_input i using (partner_id, customer_id, job_id)"
               " where j.flow_id = '%s'",
               id(flow));
}

SHOP_TEST(each_version_begins_one_run_in_the_order_of_the_versions)
{
    struct uuid flow = given_waiting(&shop.t, "f", BY_CHANGE);

    order_comes(1, 2, 1);
    order_comes(1, 3, 2);
    CHECK_STR(begun(&flow), "1:ready 2:ready");
    CHECK_STR(sql("select count(distinct business_key), bool_and(kind = 'flow' and flow_version = 1 and not shadow)"
                  " from job where flow_id is not null"),
              "1|t");
    CHECK_STR(sql("select string_agg(distinct given_by, ','), bool_and(origin_key like 'sales_order ord_%%')"
                  " from flow_input"),
              "change|t");
    CHECK_STR(sql("select bool_and(i.environment_id = c.environment_id) from flow_input i join sales_order o on"
                  " o.order_id = i.object_id join connection c on c.connection_id = o.connection_id"),
              "t"); /* it works where the order's connection does */
}

SHOP_TEST(a_run_is_given_the_object_as_it_is_stored_and_the_version_before)
{
    given_waiting(&shop.t, "f", BY_CHANGE);
    order_comes(1, 2, 1);
    order_comes(1, 3, 2);
    CHECK_STR(sql("select string_agg((g.given -> 'object' = r.body::jsonb)::text || ' ' ||"
                  "                  coalesce((g.given -> 'previous' = f.body::jsonb)::text, g.given ->> 'previous',"
                  "                           'none'), ', ' order by r.version_no)"
                  "  from (select convert_from(body, 'utf8')::jsonb as given from flow_input) g"
                  "  join canonical_record r on r.version_no = (g.given ->> 'version')::int"
                  "  left join canonical_record f on f.version_no = r.version_no - 1"),
              "true none, true true");
}

SHOP_TEST(an_order_that_comes_again_unchanged_begins_nothing)
{
    struct uuid flow = given_waiting(&shop.t, "f", BY_CHANGE), job;

    job = order_comes(1, 2, 1);
    order_comes(1, 2, 1);
    CHECK_ERR(tries(&job), OK); /* nor its job that is run again */
    CHECK_STR(begun(&flow), "1:ready");
}

SHOP_TEST(two_flows_that_wait_begin_a_run_each)
{
    struct uuid one = given_waiting(&shop.t, "one", BY_CHANGE), two = given_waiting(&shop.t, "two", BY_CHANGE);

    order_comes(1, 2, 1);
    CHECK_STR(begun(&one), "1:ready");
    CHECK_STR(begun(&two), "1:ready");
    CHECK_STR(sql("select count(distinct business_key) from job where flow_id is not null"), "2");
    CHECK_STR(sql("select string_agg(detail, ', ' order by detail) from order_event where hop = 'flow'"),
              "\"one\" begins for version 1, \"two\" begins for version 1");
}

SHOP_TEST(another_customers_flow_begins_nothing)
{
    struct tenant other = given_tenant("globex"), sister = {true, true, shop.t.partner_id, uuid_new()};
    struct uuid theirs, hers;

    sql("insert into customer (partner_id, customer_id, name) values ('%s', '%s', 'Sister')", id(&sister.partner_id),
        id(&sister.customer_id));
    theirs = given_waiting(&other, "f", BY_CHANGE);
    hers = given_waiting(&sister, "f", BY_CHANGE);
    order_comes(1, 2, 1);
    CHECK_STR(begun(&theirs), "");
    CHECK_STR(begun(&hers), "");
}

SHOP_TEST(what_is_not_published_or_waits_for_another_object_begins_nothing)
{
    struct uuid draft = given_waiting(&shop.t, "draft", BY_CHANGE), other = given_waiting(&shop.t, "other", BY_CHANGE);

    sql("update flow set current_version = null where flow_id = '%s'", id(&draft));
    sql("update flow set on_change = 'product' where flow_id = '%s'", id(&other));
    order_comes(1, 2, 1);
    CHECK_STR(begun(&draft), "");
    CHECK_STR(begun(&other), "");
}

/* How many of the flow's oldest run can be claimed: one, or none. */
static size_t claimed(const struct uuid *flow)
{
    const char *first = sql("select job_id from job where flow_id = '%s' order by job_id limit 1", id(flow));
    struct flow_ticket ticket = {shop.t.partner_id, shop.t.customer_id, {{0}}, 0};
    struct scope *sc = scope_in(shop.dispatch, NULL);
    struct flow_job *v;
    size_t n = 0;

    CHECK(uuid_parse(first, strlen(first), &ticket.job_id));
    CHECK_OK(ledger_claim(sc, &shop.dispatcher, &ticket, 1, false, &v, &n));
    scope_free(sc);
    return n;
}

SHOP_TEST(of_a_flow_that_stands_still_runs_wait_and_hold_up_nothing_else)
{
    struct uuid paused = given_waiting(&shop.t, "paused", BY_CHANGE), drained = given_waiting(&shop.t, "d", BY_CHANGE),
                works = given_waiting(&shop.t, "works", BY_CHANGE);

    sql("update flow set state = 'paused' where flow_id = '%s'", id(&paused));
    sql("update flow set state = 'draining' where flow_id = '%s'", id(&drained));
    order_comes(1, 2, 1);
    order_comes(1, 3, 2); /* the order itself goes on */
    CHECK_STR(begun(&paused), "1:ready 2:ready");
    CHECK_INT(claimed(&paused), 0);
    CHECK_INT(claimed(&drained), 0);
    CHECK_INT(claimed(&works), 1);
    sql("update flow set state = 'active'");
    CHECK_INT(claimed(&paused), 1);
    CHECK_INT(claimed(&drained), 1);
}

SHOP_TEST(a_flow_in_shadow_begins_runs_in_shadow)
{
    given_waiting(&shop.t, "f", BY_CHANGE);
    sql("update flow set shadow = true");
    order_comes(1, 2, 1);
    CHECK_STR(sql("select shadow from job where flow_id is not null"), "t");
}

SHOP_TEST(a_run_has_the_documents_key_lane_and_deadline)
{
    given_waiting(&shop.t, "f",
                  BY_CHANGE ",\"key\":\"'to ' & object.number\",\"lane\":\"stock\",\"deadline\":\"PT1H\"");
    order_comes(1, 2, 1);
    CHECK_STR(sql("select business_key, lane, deadline_at - created_at from job where flow_id is not null"),
              "to #1|1|01:00:00");
}

SHOP_TEST(a_key_that_cannot_be_made_holds_the_run_and_not_the_order)
{
    struct uuid flow = given_waiting(&shop.t, "f", BY_CHANGE ",\"key\":\"$number(object.number)\"");

    order_comes(1, 2, 1);
    CHECK_STR(begun(&flow), "1:held");
    CHECK_STR(order_is(), "delivered||3998");
    CHECK_STR(sql("select starts_with(reason, 'the flow''s key cannot be made of this version: ') from job"
                  " where flow_id is not null"),
              "t");
}

SHOP_TEST(a_flow_that_cannot_be_read_still_has_its_run_which_tells)
{
    struct uuid flow = given_waiting(&shop.t, "f", "\"trigger\":{}");

    order_comes(1, 2, 1);
    CHECK_STR(begun(&flow), "1:ready");
    CHECK_STR(order_is(), "delivered||3998");
}

/* ---- a flow that answers itself ---- */

/* The flow's newest run changes something elsewhere. */
static void run_acts(const struct uuid *flow, const char *when)
{
    struct uuid effect = uuid_new();

    sql("insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id,"
        " lease_epoch, state, sent_at, sends)"
        " select partner_id, customer_id, '%s', '%s', 'x', '%s', job_id, 1, 'sent', %s, 1 from job"
        "  where flow_id = '%s' order by job_id desc limit 1",
        id(&effect), id(&shop.erp_connection), id(&effect), when, id(flow));
}

SHOP_TEST(a_flow_that_answers_itself_is_held_after_eight_rounds)
{
    struct uuid flow = given_waiting(&shop.t, "f", BY_CHANGE);

    for (int i = 1; i <= 9; i++) {
        order_comes(1, 1 + i % 2, i);
        run_acts(&flow, "now()");
    }
    CHECK_STR(begun(&flow), "1:ready 2:ready 3:ready 4:ready 5:ready 6:ready 7:ready 8:ready 9:ready");
    order_comes(1, 1, 10);
    CHECK_STR(
        sql("select state, reason from job where flow_id is not null order by job_id desc limit 1"),
        "held|9 changes in a row each came within a minute after a run about the one before had changed something "
        "elsewhere; the flow may be answering itself");
}

SHOP_TEST(a_change_long_after_what_a_run_did_begins_a_chain_anew)
{
    struct uuid flow = given_waiting(&shop.t, "f", BY_CHANGE);

    for (int i = 1; i <= 10; i++) {
        order_comes(1, 1 + i % 2, i);
        run_acts(&flow, i == 5 ? "now() - interval '1 hour'" : "now()");
        if (i == 5)
            sql("update effect set sent_at = now() - interval '1 hour'");
    }
    CHECK_STR(sql("select string_agg(chain::text, ' ' order by job_id) from flow_input"), "0 1 2 3 4 0 1 2 3 4");
}

/* As after an outage: each had come long before the first run did anything. */
SHOP_TEST(changes_that_came_before_what_runs_did_are_not_held)
{
    struct uuid flow = given_waiting(&shop.t, "f", BY_CHANGE);

    for (int i = 1; i <= 12; i++) {
        struct uuid job = shop_sends(1, 1 + i % 2, i);

        sql("update inbound_message set received_at = now() - interval '10 minutes'");
        CHECK_ERR(tries(&job), OK);
        run_acts(&flow, "now()");
    }
    CHECK_STR(sql("select count(*), max(chain) from flow_input where flow_id = '%s'", id(&flow)), "12|0");
}

SHOP_TEST(changes_that_follow_from_nothing_are_not_held)
{
    struct uuid flow = given_waiting(&shop.t, "f", BY_CHANGE);

    for (int i = 1; i <= 12; i++)
        order_comes(1, 1 + i % 2, i);
    CHECK_STR(sql("select count(*), max(chain) from flow_input where flow_id = '%s'", id(&flow)), "12|0");
    CHECK_STR(sql("select count(*) from job where state = 'held'"), "0");
}

/* So many more runs of a flow about the order, begun just now by changes of it. */
static void given_more(const struct uuid *flow, int n)
{
    sql("with made as (insert into job (partner_id, customer_id, job_id, origin_key, kind, business_key, lane, state,"
        " run_at, deadline_at, created_at, flow_id, flow_version) select partner_id, customer_id, job_id_new(0),"
        " 'more ' || i, 'flow', 'more ' || i, 0, 'cancelled', now(), now(), now(), flow_id, 1"
        " from flow, generate_series(1, %d) i where flow_id = '%s' returning *)"
        " insert into flow_input (partner_id, customer_id, job_id, body, body_hash, given_by, received_at, flow_id,"
        " origin_key, object_id) select m.partner_id, m.customer_id, m.job_id, '{}', sha256('x'), 'change', now(),"
        " m.flow_id, m.origin_key, o.order_id from made m, sales_order o",
        n, id(flow));
}

SHOP_TEST(of_one_flow_a_hundred_runs_about_an_object_begin_in_a_day)
{
    struct uuid flow = given_waiting(&shop.t, "f", BY_CHANGE);

    order_comes(1, 1, 1);
    given_more(&flow, 99);
    order_comes(1, 2, 2);
    CHECK_STR(sql("select reason from job where flow_id is not null and state = 'held'"),
              "the flow has begun 100 runs about this object within a day; it may be answering itself");
    sql("update flow_input set received_at = now() - interval '2 days'");
    order_comes(1, 1, 3);
    CHECK_STR(sql("select count(*) from job where flow_id is not null and state = 'ready'"), "2");
}

/* The newest thousand runs about the object are others'. */
SHOP_TEST(the_bound_of_a_flow_counts_its_own_runs_however_many_flows_there_are)
{
    struct uuid busy = given_waiting(&shop.t, "busy", BY_CHANGE), calm = given_waiting(&shop.t, "calm", BY_CHANGE);

    order_comes(1, 1, 1);
    given_more(&busy, 98);
    for (int i = 0; i < 12; i++) {
        struct uuid other = given_waiting(&shop.t, arena_f(test_scope()->arena, "other %d", i), BY_CHANGE);

        given_more(&other, 99);
        sql("update flow set current_version = null where flow_id = '%s'", id(&other));
    }
    order_comes(1, 2, 2); /* the busy one's hundredth */
    CHECK_STR(sql("select count(*) from job where state = 'held'"), "0");
    order_comes(1, 1, 3);
    CHECK_STR(sql("select f.name, j.reason from job j join flow f using (flow_id) where j.state = 'held'"),
              "busy|the flow has begun 100 runs about this object within a day; it may be answering itself");
    CHECK_STR(begun(&calm), "1:ready 2:ready 3:ready");
}
