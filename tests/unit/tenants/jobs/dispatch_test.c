#include "jobs/jobs.h"

#include "connect/connect.h"
#include "connect/connector.h"

#include "flow/flow.h"
#include "kit/redis.h"
#include "queue/queue.h"
#include "redis/redis.h"
#include "sys/fiber.h"
#include "unit/tenants/tenant_kit.h"

#define SECOND INT64_C(1000000)

static struct test_redis server; /* ended with the process */

struct world {
    struct tenant t;
    struct uuid connection;
    struct redis *redis;
    struct jobs_conf conf;
};

static void world_make(struct world *w, bool with_redis)
{
    given_schema();
    w->t = given_tenant("acme");
    w->connection = given_connection(&w->t, "acme");
    if (with_redis)
        test_redis_start(&server);
    w->redis = redis_open(with_redis ? server.url : "unix:/nonexistent/redis.sock");
    w->conf = (struct jobs_conf){.dispatch = pool_as("tenon_dispatch"),
                                 .work = pool_as("tenon_worker"),
                                 .queue = queue_open(w->redis, "test"),
                                 .most = 4,
                                 .lease_us = 5 * SECOND};
    fiber_yield();
}

static void world_end(struct world *w)
{
    queue_close(w->conf.queue);
    redis_close(w->redis);
    db_close(w->conf.dispatch);
    db_close(w->conf.work);
}

static void wait_for(const char *question, const char *answer)
{
    for (int i = 0; i < 400 && strcmp(sql("%s", question), answer) != 0; i++)
        fiber_sleep_us(10000);
    CHECK_STR(sql("%s", question), answer);
}

static void stop(struct jobs *j)
{
    jobs_stop(j);
    while (jobs_running(j))
        fiber_sleep_us(5000);
    jobs_close(j);
}

/* The kind is one that nobody knows, so a try ends with a hold: what is shown is the way there and back. */
static void run_all(bool with_redis)
{
    struct world w;
    struct jobs *j;
    struct jobs_clock *c;

    world_make(&w, with_redis);
    for (int i = 0; i < 20; i++)
        given_job(&w.t, &w.connection, "riddle", i % 2 ? "order:1" : "order:2");
    c = jobs_clock_open(&w.conf);
    j = jobs_open(&w.conf);
    wait_for("select count(*) from job where state = 'held'", "20");
    CHECK_STR(sql("select distinct reason from job"), "nothing here knows how to do \"riddle\"");
    CHECK_STR(sql("select count(*), max(n) from attempt where outcome = 'hold'"), "20|1");
    jobs_clock_stop(c);
    while (jobs_clock_running(c))
        fiber_sleep_us(5000);
    jobs_clock_close(c);
    stop(j);
    CHECK_STR(sql("select count(*) from dispatcher"), "0");
    world_end(&w);
}

static void with_redis(void)
{
    run_all(true);
}

static void without_redis(void)
{
    run_all(false);
}

TEST(jobs_that_redis_was_never_told_of_are_found_and_run)
{
    test_in_loop(with_redis);
}

TEST(jobs_run_while_redis_is_away)
{
    test_in_loop(without_redis);
}

/* Nothing of the halted is begun, by way of Redis, of PostgreSQL or of the clock; then everything is, in its order. */
static void run_halted(const char *halted)
{
    struct world w;
    struct jobs *j;
    struct tenant other;
    struct uuid connection;

    world_make(&w, false);
    other = given_tenant("globex");
    connection = given_connection(&other, "acme");
    sql("insert into halted (tenant_id) select %s from customer where customer_id = '%s'", halted,
        id(&w.t.customer_id));
    for (int i = 0; i < 6; i++)
        given_job(&w.t, &w.connection, "riddle", "order:1");
    given_job(&other, &connection, "riddle", "order:1");
    j = jobs_open(&w.conf);
    wait_for("select count(*) from job where state = 'held'", "1");
    fiber_sleep_us(300000);
    CHECK_STR(sql("select count(*), max(attempts) from job where state = 'ready'"), "6|0");
    sql("delete from halted");
    wait_for("select count(*) from job where state = 'held'", "7");
    CHECK_STR(sql("select count(*), max(n) from attempt where outcome = 'hold'"), "7|1");
    stop(j);
    world_end(&w);
}

TEST_IN_LOOP(a_suspended_customers_jobs_wait_and_then_go_on_once)
{
    run_halted("customer_id");
}

TEST_IN_LOOP(a_suspended_partners_jobs_wait_and_then_go_on_once)
{
    run_halted("partner_id");
}

TEST_IN_LOOP(what_a_dead_dispatcher_held_is_run_by_another)
{
    struct jobs_clock *c;
    struct jobs *j;
    struct uuid job;
    struct world w;

    world_make(&w, true);
    job = given_job(&w.t, &w.connection, "riddle", "order:1");
    sql("update job set state = 'leased', lease_owner = gen_random_uuid(), lease_epoch = 1, attempts = 1");
    c = jobs_clock_open(&w.conf);
    j = jobs_open(&w.conf);
    wait_for("select state, attempts, crashes, lease_epoch from job", "held|2|0|2");
    jobs_clock_stop(c);
    while (jobs_clock_running(c))
        fiber_sleep_us(5000);
    jobs_clock_close(c);
    stop(j);
    CHECK_STR(sql("select job_id from attempt"), id(&job));
    world_end(&w);
}

static const struct connector_source shop_source = {.reference_prefix = "SHOP-"};
static const struct connector shop = {.name = "shopify", .title = "Shop", .source = &shop_source};
static const struct connector *const registry[] = {&shop, NULL};

/* Whatever is kept of an order is kept late. */
static void given_slow_orders(double seconds)
{
    sql("create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(%g); return new; end';"
        " create trigger slow before insert on sales_order for each row execute function slow()",
        seconds);
}

static const char *order_is(void)
{
    return "select state, number, natural_key, held_reason, (select string_agg(hop || ': ' || detail, ', ')"
           " from order_event) from sales_order";
}

/* `how`: SQL that makes it end so. */
static void ends_as(const char *body, const char *how, const char *state, const char *order)
{
    struct uuid job;
    struct jobs *j;
    struct world w;

    connect_registry = registry;
    world_make(&w, false);
    job = given_job(&w.t, &w.connection, "order", "order:1");
    given_body(&job, body);
    sql("%s", how);
    j = jobs_open(&w.conf);
    wait_for("select state from job", state);
    CHECK_STR(sql("%s", order_is()), order);
    stop(j);
    world_end(&w);
}

TEST_IN_LOOP(an_order_that_cannot_be_read_is_held_and_says_why)
{
    ends_as("{\"id\":1,\"name\":\"#1001\"}", "select 1", "held",
            "held|#1001|1|/lines of the order must not be empty; and 4 more faults|"
            "held: /lines of the order must not be empty; and 4 more faults");
}

TEST_IN_LOOP(an_order_whose_job_is_given_up_says_so)
{
    ends_as(ORDER_BODY,
            "create function away() returns trigger language plpgsql as"
            " $f$ begin raise exception 'away' using errcode = '40001'; end $f$;"
            "create trigger away before insert on canonical_record for each row execute function away();"
            "update job set deadline_at = now() - interval '1 second'",
            "dead",
            "held|#1001|1|given up after 1 tries: the database could not do this now, repeating it can help|"
            "held: given up after 1 tries: the database could not do this now, repeating it can help");
    sql("drop function away() cascade");
}

TEST_IN_LOOP(an_order_that_ends_its_process_three_times_is_set_aside_unread)
{
    ends_as(ORDER_BODY, "update job set crashes = 3", "held",
            "held|1|1|set aside: the process ended 3 times while working on it|"
            "held: set aside: the process ended 3 times while working on it");
}

/* The oldest waits for its time, so that hundreds of its key cannot run; another order is younger than all of them. */
TEST_IN_LOOP(without_redis_one_blocked_key_keeps_nobody_waiting)
{
    struct jobs *j;
    struct world w;

    world_make(&w, false);
    given_job(&w.t, &w.connection, "riddle", "order:1");
    sql("insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, body,"
        " body_hash, received_at) select partner_id, customer_id, ('ffffffff-ffff-7fff-8fff-' || lpad(to_hex(n), 12, "
        "'0'))"
        "::uuid, connection_id, topic, n::text, body, body_hash, received_at from inbound_message,"
        " generate_series(1, 2500) n;"
        "insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key,"
        " lane, run_at, deadline_at, created_at) select partner_id, customer_id, message_id, message_id, connection_id,"
        " dedupe_key, 'riddle', 'order:1', 0, now() - interval '1 hour', now() + interval '7 days', now()"
        " from inbound_message where dedupe_key ~ '^[0-9]+$';"
        "update job set run_at = now() + interval '1 hour' where origin_key !~ '^[0-9]+$'");
    given_job(&w.t, &w.connection, "riddle", "order:2");
    j = jobs_open(&w.conf);
    wait_for("select state from job where business_key = 'order:2'", "held");
    CHECK_STR(sql("select count(*) from job where business_key = 'order:1' and state = 'ready'"), "2501");
    stop(j);
    world_end(&w);
}

/* As when a claim is committed after its answer was lost and we have looked what we hold. */
TEST_IN_LOOP(a_job_that_its_living_dispatcher_does_not_know_of_is_given_back)
{
    struct jobs *j;
    struct world w;

    world_make(&w, false);
    w.conf.lease_us = SECOND / 4;
    j = jobs_open(&w.conf);
    wait_for("select count(*) from dispatcher", "1");
    given_job(&w.t, &w.connection, "riddle", "order:1");
    sql("update job set state = 'leased', lease_epoch = lease_epoch + 1, lease_owner = (select dispatcher_id from"
        " dispatcher)");
    wait_for("select state from job", "held");
    stop(j);
    world_end(&w);
}

/* Told to stop while a job goes on and on: the job is another's at once, and no suspect. */
TEST_IN_LOOP(a_process_that_may_not_wait_gives_its_jobs_back)
{
    struct jobs *j;
    struct world w;

    connect_registry = registry;
    world_make(&w, false);
    given_slow_orders(1);
    w.conf.lease_us = 2 * SECOND;
    given_job(&w.t, &w.connection, "order", "order:1");
    j = jobs_open(&w.conf);
    wait_for("select state from job", "leased");
    jobs_stop(j);
    jobs_give_back(j);
    CHECK_STR(sql("select state, suspect, crashes, lease_owner from job"), "ready|f|0|");
    stop(j);
    CHECK_STR(sql("select state from job"), "ready"); /* the late end is fenced off */
    sql("drop function slow() cascade");
    world_end(&w);
}

/* Two dispatchers of one process share the room for suspects; the others run beside them. How many of three pairs of
 * suspects were under way at once. */
static const char *suspects_together(int crashes)
{
    struct jobs *a, *b;
    struct world w;
    const char *pairs;

    connect_registry = registry;
    world_make(&w, false);
    given_slow_orders(1.0 / 3); /* longer than the dispatchers sleep between two looks */
    for (int i = 0; i < 4; i++) {
        char key[32];

        snprintf(key, sizeof(key), "order:%d", i);
        given_job(&w.t, &w.connection, "order", key);
    }
    sql("update job set suspect = business_key <> 'order:0', crashes = %d", crashes);
    a = jobs_open(&w.conf);
    b = jobs_open(&w.conf);
    wait_for("select count(*) from job where state = 'held'", "4");
    stop(a);
    stop(b);
    sql("drop function slow() cascade");
    pairs = sql("select count(*) from attempt x join attempt y on x.job_id < y.job_id and x.started_at < y.ended_at"
                " and y.started_at < x.ended_at join job i on i.job_id = x.job_id join job k on k.job_id = y.job_id"
                " where i.business_key <> 'order:0' and k.business_key <> 'order:0'");
    world_end(&w);
    return pairs;
}

TEST_IN_LOOP(suspects_run_beside_one_another)
{
    CHECK_STR(suspects_together(0), "3");
}

TEST_IN_LOOP(suspects_that_met_two_crashes_run_one_at_a_time)
{
    CHECK_STR(suspects_together(2), "0");
}

/* Nobody could beat while PostgreSQL was away: what a dispatcher holds that beats again afterwards was never lost. */
TEST_IN_LOOP(an_outage_of_postgresql_is_no_crash_of_dispatchers)
{
    struct jobs_clock *c;
    struct world w;

    world_make(&w, false);
    w.conf.lease_us = 2 * SECOND;
    given_job(&w.t, &w.connection, "riddle", "order:1");
    sql("insert into dispatcher (dispatcher_id, beat_at) values (gen_random_uuid(), now());"
        "update job set state = 'leased', lease_owner = (select dispatcher_id from dispatcher), lease_epoch = 1");
    c = jobs_clock_open(&w.conf);
    fiber_sleep_us(SECOND / 2);
    test_pg_stop();
    fiber_sleep_us(4 * SECOND);
    test_pg_start();
    fiber_sleep_us(3 * SECOND / 2);
    CHECK_STR(sql("update dispatcher set beat_at = now(); select state, suspect from job"), "leased|f");
    sql("delete from dispatcher");
    wait_for("select state, suspect, crashes from job", "ready|t|1");
    jobs_clock_stop(c);
    while (jobs_clock_running(c))
        fiber_sleep_us(5000);
    jobs_clock_close(c);
    world_end(&w);
}

/* ---- who waits for a place ---- */

static struct waitq places;
static bool go;
static struct uuid busy_customer;
static size_t busy, others;

static enum err stays(struct scope *sc, struct flow_job *job)
{
    (void)sc;
    *(uuid_equal(&job->customer_id, &busy_customer) ? &busy : &others) += 1;
    while (!go)
        waitq_wait(&places, 0);
    return OK;
}

TEST_IN_LOOP(a_customer_who_has_much_waiting_leaves_places_for_others)
{
    struct world w;
    struct jobs_clock *c;
    struct tenant other;
    struct uuid connection;
    struct ticket of_other;
    struct jobs *j;

    world_make(&w, true);
    busy_customer = w.t.customer_id;
    other = given_tenant("globex");
    connection = given_connection(&other, "acme");
    of_other = (struct ticket){.partner_id = other.partner_id, .customer_id = other.customer_id};
    for (int i = 0; i < 60; i++)
        given_job(&w.t, &w.connection, "riddle", arena_f(test_scope()->arena, "order:%d", i));
    w.conf.most = 16;
    w.conf.run = stays;
    c = jobs_clock_open(&w.conf);
    j = jobs_open(&w.conf);
    for (int i = 0; i < 300 && busy < 12; i++)
        fiber_sleep_us(10000);
    fiber_sleep_us(300000);
    CHECK_INT(busy, 12);
    of_other.job_id = given_job(&other, &connection, "riddle", "order:1");
    CHECK_OK(queue_put(test_scope(), w.conf.queue, &of_other, 1));
    for (int i = 0; i < 300 && others == 0; i++)
        fiber_sleep_us(10000);
    CHECK_INT(others, 1);
    CHECK_INT(busy, 12);
    go = true;
    waitq_wake_all(&places);
    wait_for("select count(*) from job where state = 'done'", "61");
    jobs_clock_stop(c);
    while (jobs_clock_running(c))
        fiber_sleep_us(5000);
    jobs_clock_close(c);
    stop(j);
    world_end(&w);
}
