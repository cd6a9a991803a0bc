#include "jobs/jobs.h"

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
    wait_for("select state, attempts, crashes, lease_epoch from job", "held|2|1|2");
    jobs_clock_stop(c);
    while (jobs_clock_running(c))
        fiber_sleep_us(5000);
    jobs_clock_close(c);
    stop(j);
    CHECK_STR(sql("select job_id from attempt"), id(&job));
    world_end(&w);
}

TEST_IN_LOOP(a_job_that_ends_its_process_again_and_again_is_set_aside)
{
    struct jobs *j;
    struct world w;

    world_make(&w, false);
    given_job(&w.t, &w.connection, "riddle", "order:1");
    sql("update job set crashes = 10");
    j = jobs_open(&w.conf);
    wait_for("select state, reason from job", "held|set aside: the process ended 10 times while working on it");
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
