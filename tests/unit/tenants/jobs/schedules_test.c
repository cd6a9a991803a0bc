#include "crypto/crypto.h"
#include "flows/flows.h"
#include "jobs/jobs.h"
#include "queue/queue.h"
#include "redis/redis.h"
#include "sys/fiber.h"
#include "unit/tenants/tenant_kit.h"

/* What the clock begins at a flow's times, with no Redis to tell. */

struct world {
    struct uuid flow;
    struct redis *redis;
    struct jobs_conf conf;
};

/* A flow for each minute, three times of which have come; rest: of its schedule and of its document. */
static void world_make(struct world *w, const char *overlap, const char *key)
{
    struct tenant t;

    CHECK_OK(crypto_start(test_scope()));
    given_schema();
    t = given_tenant("acme");
    w->flow = uuid_new();
    sql("insert into flow (partner_id, customer_id, flow_id, name, versions, current_version) values ('%s', '%s', '%s',"
        " 'f', 1, 1);"
        "insert into flow_version (partner_id, customer_id, flow_id, number, status, document, document_hash, author,"
        " published_at) select partner_id, customer_id, flow_id, 1, 'published', $d${\"format\":\"flow/1\",\"trigger\":"
        "{\"schedule\":{\"cron\":\"* * * * *\",\"zone\":\"UTC\"}}%s,\"steps\":[{\"drop\":\"x\"}]}$d$, sha256('x'),"
        " 'system', now() from flow;"
        "insert into flow_schedule (partner_id, customer_id, flow_id, cron, zone, missed, overlap, next_at)"
        " select partner_id, customer_id, flow_id, '* * * * *', 'UTC', 'each', '%s',"
        " date_trunc('minute', now()) - interval '2 minutes' from flow",
        id(&t.partner_id), id(&t.customer_id), id(&w->flow), key, overlap);
    w->redis = redis_open("unix:/nonexistent/redis.sock");
    w->conf = (struct jobs_conf){
        .dispatch = pool_as("tenon_dispatch"), .work = pool_as("tenon_worker"), .queue = queue_open(w->redis, "test")};
    fiber_yield();
}

static void world_end(struct world *w)
{
    flows_thread_end();
    queue_close(w->conf.queue);
    redis_close(w->redis);
    db_close(w->conf.dispatch);
    db_close(w->conf.work);
}

/* Until the clock has seen to the times that have come. */
static void clock_runs(struct world *w)
{
    struct jobs_schedules *s = jobs_schedules_open(&w->conf);

    for (int i = 0; i < 500 && strcmp(sql("select next_at > now() from flow_schedule"), "t") != 0; i++)
        fiber_sleep_us(10000);
    CHECK_STR(sql("select next_at > now() from flow_schedule"), "t");
    jobs_schedules_stop(s);
    while (jobs_schedules_running(s))
        fiber_sleep_us(5000);
    jobs_schedules_close(s);
}

/* Whether it was enough times and in the order of their ids that of the times, and how many keys they have. */
static const char *runs(void)
{
    return sql("select count(*) >= 3, count(distinct business_key) = count(*), count(distinct business_key) = 1,"
               " array_agg(origin_key order by job_id) = array_agg(origin_key order by origin_key) from job");
}

TEST_IN_LOOP(runs_of_a_schedule_go_one_after_the_other)
{
    struct world w;

    world_make(&w, "queue", "");
    clock_runs(&w);
    CHECK_STR(runs(), "t|f|t|t");
    CHECK_STR(sql("select bool_or(keyed) from job"), "f"); /* the next goes on beside one that is held */
    CHECK_STR(sql("select overlapped from flow_schedule"), "0");
    world_end(&w);
}

TEST_IN_LOOP(or_all_at_once_where_the_document_allows_it)
{
    struct world w;

    world_make(&w, "allow", "");
    clock_runs(&w);
    CHECK_STR(sql("select count(*) >= 3, count(distinct business_key) = count(*) from job"), "t|t");
    world_end(&w);
}

TEST_IN_LOOP(a_key_of_the_flow_says_what_waits_for_what)
{
    struct world w;

    world_make(&w, "queue", ",\"key\":\"'by ' & $substring(at, 0, 4)\"");
    clock_runs(&w);
    CHECK_STR(sql("select bool_and(business_key like 'by 20%%'), bool_and(keyed) from job"), "t|t");
    world_end(&w);
}

TEST_IN_LOOP(or_times_are_left_out_while_a_run_has_not_ended)
{
    struct world w;

    world_make(&w, "skip", "");
    clock_runs(&w);
    CHECK_STR(sql("select count(*), (select overlapped >= 2 and overlapped_at > fired_at from flow_schedule) from job"),
              "1|t");
    world_end(&w);
}
