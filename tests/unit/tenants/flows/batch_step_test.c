#include "flows/jobs.h"
#include "unit/tenants/flows/batches_kit.h"

/* How a worker goes through a batch. */

static struct db *api, *worker;

static void given_pools(void)
{
    given_flow();
    api = pool_as("tenon_api");
    worker = pool_as("tenon_worker");
}

static void close_pools(void)
{
    db_close(api);
    db_close(worker);
}

TEST_IN_LOOP(each_job_runs_once_more_in_the_order_of_its_coming_and_is_told_of)
{
    struct flows_batch_ask ask = asked("retry", "held");
    struct uuid batch;

    given_pools();
    given_jobs(1203, "held", "x", 600);
    given_jobs(5, "dead", "x", 600);
    batch = given_batch(api, &ask);
    CHECK_INT(stepped(worker, &batch), 500);
    CHECK_STR(told(), "running 1203/500/0");
    CHECK_INT(all_of(worker, &batch), 703);
    CHECK_STR(told(), "done 1203/1203/0");
    CHECK_STR(jobs_in("ready"), "1203");
    CHECK_STR(jobs_in("dead"), "5");
    CHECK_STR(sql("select count(*), count(distinct job_id), min(outcome), max(outcome) from flow_batch_item"),
              "1203|1203|retried|retried");
    CHECK_STR(sql("select count(*) from (select run_at, lag(run_at) over (order by job_id) as before from job"
                  " where state = 'ready') o where run_at <= before"),
              "0");
    close_pools();
}

TEST_IN_LOOP(a_dry_run_tells_each_job_and_changes_none)
{
    struct flows_batch_ask ask = asked("cancel", "held");
    struct uuid batch;

    given_pools();
    given_jobs(3, "held", "x", 600);
    ask.dry_run = true;
    ask.per_minute = 1; /* which is about what is done */
    batch = given_batch(api, &ask);
    all_of(worker, &batch);
    sql("update flow_batch set next_at = now()");
    all_of(worker, &batch);
    sql("update flow_batch set next_at = now()");
    CHECK_INT(all_of(worker, &batch), 0);
    CHECK_STR(told(), "done 3/3/0");
    CHECK_STR(jobs_in("held"), "3");
    CHECK_STR(sql("select count(*), min(outcome) from flow_batch_item"), "3|matched");
    close_pools();
}

TEST_IN_LOOP(a_backfill_runs_what_is_done_in_the_last_lane)
{
    struct flows_batch_ask ask = asked("backfill", "done");
    struct uuid batch;

    given_pools();
    given_jobs(3, "done", NULL, 600);
    ask.from_us = time_now_us() - INT64_C(3600000000);
    batch = given_batch(api, &ask);
    CHECK_INT(all_of(worker, &batch), 3);
    CHECK_STR(sql("select count(*), min(lane), bool_and(ended_at is null) from job where state = 'ready'"), "3|4|t");
    ask = asked("retry", "held");
    sql("update job set state = 'held', lane = 1");
    batch = given_batch(api, &ask);
    all_of(worker, &batch);
    CHECK_STR(sql("select count(*), min(lane) from job where state = 'ready'"), "3|1");
    close_pools();
}

TEST_IN_LOOP(what_is_cancelled_says_so)
{
    struct flows_batch_ask ask = asked("cancel", "ready");
    struct uuid batch;

    given_pools();
    given_jobs(3, "ready", NULL, 600);
    batch = given_batch(api, &ask);
    CHECK_INT(all_of(worker, &batch), 0);
    CHECK_STR(sql("select count(*), min(reason) from job where state = 'cancelled'"), "3|cancelled by a person");
    CHECK_STR(sql("select count(*), min(outcome) from flow_batch_item"), "3|cancelled");
    close_pools();
}

/* Between the look and the lock: somebody else holds the row. */
TEST_IN_LOOP(a_job_that_somebody_else_does_something_about_is_skipped)
{
    struct flows_batch_ask ask = asked("retry", "held");
    struct scope *other;
    struct uuid batch, first;

    given_pools();
    given_jobs(3, "held", "x", 600);
    batch = given_batch(api, &ask);
    CHECK(uuid_parse(sql("select min(job_id::text) from job"), UUID_TEXT_LEN, &first));
    other = scope_in(api, &tenant);
    CHECK_OK(flows_job_retry(other, &(struct flows_job){.job_id = first, .customer_id = tenant.customer_id}));
    CHECK_INT(all_of(worker, &batch), 2);
    db_rollback(other);
    scope_free(other);
    CHECK_STR(told(), "done 3/2/1");
    CHECK_STR(jobs_in("held"), "1");
    CHECK_STR(sql("select outcome from flow_batch_item where job_id = '%s'", id(&first)), "skipped");
    close_pools();
}

TEST_IN_LOOP(of_two_workers_one_goes_on)
{
    struct flows_batch_ask ask = asked("retry", "held");
    struct scope *other;
    struct uuid batch;

    given_pools();
    given_jobs(3, "held", "x", 600);
    batch = given_batch(api, &ask);
    other = scope_in(api, &tenant);
    CHECK_OK(flows_batch_cancel(other, &(struct flows_batch){.batch_id = batch, .customer_id = tenant.customer_id}));
    CHECK_INT(stepped(worker, &batch), -1);
    db_rollback(other);
    scope_free(other);
    sql("select from flow_batch for update"); /* it has let go */
    CHECK_INT(stepped(worker, &batch), 3);
    close_pools();
}

TEST_IN_LOOP(one_that_was_cancelled_does_no_more_and_what_it_did_stays)
{
    struct flows_batch_ask ask = asked("retry", "held");
    struct uuid batch;
    struct scope *sc;

    given_pools();
    given_jobs(700, "held", "x", 600);
    batch = given_batch(api, &ask);
    CHECK_INT(stepped(worker, &batch), 500);
    sc = scope_in(api, &tenant);
    CHECK_OK(flows_batch_cancel(sc, &(struct flows_batch){.batch_id = batch, .customer_id = tenant.customer_id}));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    CHECK_INT(stepped(worker, &batch), -1);
    CHECK_STR(told(), "cancelled 700/500/0");
    CHECK_STR(jobs_in("held"), "200");
    close_pools();
}

/* The next page's time follows from how many the page before had. */
TEST_IN_LOOP(no_more_run_in_a_minute_than_was_said)
{
    static const int rates[] = {1, 90, 600, 60000};
    static const char *const pages[] = {"1|60.000", "1|0.667", "10|1.000", "500|0.500"};

    given_pools();
    given_jobs(1000, "held", "x", 600);
    for (int i = 0; i < 4; i++) {
        struct flows_batch_ask ask = asked("retry", "held");
        struct uuid batch;

        ask.per_minute = rates[i];
        batch = given_batch(api, &ask);
        sql("update flow_batch set next_at = now() - interval '0.001 seconds' where state = 'running'");
        sql("create table if not exists seen as select next_at from flow_batch where false; delete from seen;"
            "insert into seen select next_at from flow_batch where state = 'running'");
        stepped(worker, &batch);
        CHECK_STR(sql("select done, round(extract(epoch from b.next_at - s.next_at), 3) from flow_batch b, seen s"
                      " where state = 'running'"),
                  pages[i]);
        sql("update flow_batch set state = 'cancelled', ended_at = now() where state = 'running'");
    }
    sql("drop table seen");
    close_pools();
}

TEST_IN_LOOP(before_its_time_nobody_takes_it)
{
    struct flows_batch_ask ask = asked("retry", "held");
    struct flows_batch_ticket *v;
    struct uuid batch;
    struct scope *sc;
    struct db *db;
    size_t n;

    given_pools();
    given_jobs(3, "held", "x", 600);
    batch = given_batch(api, &ask);
    db = pool_as("tenon_dispatch");
    sc = scope_in(db, NULL);
    CHECK_OK(flows_batches_due(sc, 10, &v, &n));
    CHECK_INT(n, 1);
    CHECK(uuid_equal(&v[0].batch_id, &batch));
    CHECK_OK(db_commit(sc));
    sql("update flow_batch set next_at = now() + interval '1 minute'");
    CHECK_OK(flows_batches_due(sc, 10, &v, &n));
    CHECK_INT(n, 0);
    CHECK_OK(db_commit(sc));
    CHECK_INT(stepped(worker, &batch), -1);
    scope_free(sc);
    db_close(db);
    close_pools();
}

/* What stands between them costs a page no more than its look. */
TEST_IN_LOOP(few_among_many_are_found)
{
    struct flows_batch_ask ask = asked("cancel", "ready");
    struct uuid batch;

    given_pools();
    given_jobs(1, "ready", NULL, 600);
    given_jobs(4500, "done", NULL, 400);
    given_jobs(1, "ready", NULL, 200);
    batch = given_batch(api, &ask);
    CHECK_STR(told(), "running 2/0/0");
    stepped(worker, &batch);
    CHECK_STR(told(), "running 2/1/0");
    stepped(worker, &batch);
    CHECK_STR(told(), "running 2/1/0");
    stepped(worker, &batch);
    CHECK_STR(told(), "done 2/2/0");
    close_pools();
}

TEST_IN_LOOP(those_that_stopped_are_found_without_a_look_at_the_others)
{
    struct flows_batch_ask ask = asked("retry", "dead");
    struct uuid batch;

    given_pools();
    given_jobs(1, "dead", "x", 600);
    given_jobs(4500, "done", NULL, 400);
    given_jobs(1, "held", "x", 300);
    given_jobs(1, "dead", "x", 200);
    batch = given_batch(api, &ask);
    CHECK_INT(stepped(worker, &batch), 2);
    CHECK_STR(told(), "done 2/2/0");
    CHECK_STR(jobs_in("held"), "1");
    close_pools();
}
