#include "flow_kit.h"

#define MINUTE INT64_C(60000000)

TEST_IN_LOOP(a_job_is_claimed_once_and_ends_once)
{
    struct flow_job job, other;
    struct world w;
    struct uuid j;

    world_make(&w);
    j = given_job(&w.t, &w.connection, "order", "order:1");
    CHECK_INT(claim(&w, &w.me, &j, 1, &job), 1);
    CHECK(uuid_equal(&job.job_id, &j));
    CHECK(uuid_equal(&job.connection_id, &w.connection));
    CHECK_INT(job.epoch, 1);
    CHECK_INT(job.attempts, 1);
    CHECK_INT(claim(&w, &w.me, &j, 1, &other), 0);
    CHECK_STR(job_is(&j), "leased 1 0");
    CHECK_INT(finish(&w, &job, "done", 0, NULL), 0);
    CHECK_STR(job_is(&j), "done 1 0");
    CHECK_INT(finish(&w, &job, "held", 0, NULL), 0); /* a repeat changes nothing */
    CHECK_STR(job_is(&j), "done 1 0");
    CHECK_STR(sql("select n, outcome, lease_epoch from attempt where job_id = '%s'", id(&j)), "1|ok|1");
    CHECK_INT(claim(&w, &w.me, &j, 1, &other), 0);
    world_end(&w);
}

TEST_IN_LOOP(a_ticket_that_comes_twice_or_for_nothing_gives_one_job)
{
    struct flow_job jobs[3];
    struct world w;
    struct uuid v[3];

    world_make(&w);
    v[0] = v[1] = given_job(&w.t, &w.connection, "order", "order:1");
    v[2] = uuid_new();
    CHECK_INT(claim(&w, &w.me, v, 3, jobs), 1);
    world_end(&w);
}

TEST_IN_LOOP(jobs_of_one_key_run_in_order_and_one_at_a_time)
{
    struct flow_job jobs[3], job;
    struct uuid v[3], next;
    struct world w;

    world_make(&w);
    for (size_t i = 0; i < 3; i++)
        v[i] = given_job(&w.t, &w.connection, "order", "order:1");
    CHECK_INT(claim(&w, &w.me, &v[1], 2, jobs), 0); /* the first has not run */
    CHECK_INT(claim(&w, &w.me, v, 3, jobs), 1);
    job = jobs[0];
    CHECK(uuid_equal(&job.job_id, &v[0]));
    CHECK_INT(claim(&w, &w.me, &v[1], 2, jobs), 0);
    CHECK_INT(finish(&w, &job, "ready", MINUTE, NULL), 0); /* comes back: still the first */
    CHECK_INT(claim(&w, &w.me, v, 3, jobs), 0);
    sql("update job set run_at = now() where job_id = '%s'", id(&v[0]));
    CHECK_INT(claim(&w, &w.me, v, 3, jobs), 1);
    job = jobs[0];
    CHECK_INT(job.epoch, 2);
    CHECK_INT(finish(&w, &job, "done", 0, &next), 1);
    CHECK(uuid_equal(&next, &v[1]));
    CHECK_INT(claim(&w, &w.me, &v[1], 2, jobs), 1);
    CHECK(uuid_equal(&jobs[0].job_id, &v[1]));
    world_end(&w);
}

TEST_IN_LOOP(a_held_job_keeps_no_later_one_waiting_and_gives_way_to_it)
{
    struct uuid v[2], next, other;
    struct flow_job job;
    struct world w;

    world_make(&w);
    v[0] = given_job(&w.t, &w.connection, "order", "order:1");
    v[1] = given_job(&w.t, &w.connection, "order", "order:1");
    other = given_job(&w.t, &w.connection, "order", "order:2");
    sql("update job set state = 'held' where job_id = '%s'", id(&other));
    CHECK_INT(claim(&w, &w.me, v, 2, &job), 1);
    CHECK_INT(finish(&w, &job, "held", 0, &next), 1);
    CHECK(uuid_equal(&next, &v[1]));
    CHECK_INT(claim(&w, &w.me, v, 2, &job), 1);
    CHECK(uuid_equal(&job.job_id, &v[1]));
    CHECK_INT(finish(&w, &job, "done", 0, NULL), 0);
    CHECK_STR(job_is(&v[0]), "cancelled 1 0");
    CHECK_STR(job_is(&other), "held 0 0");
    world_end(&w);
}

TEST_IN_LOOP(different_keys_and_customers_run_side_by_side)
{
    struct tenant other;
    struct uuid connection, v[3];
    struct flow_job jobs[3];
    struct flow_ticket t;
    struct flow_job *got;
    struct scope *sc;
    struct world w;
    size_t n = 0;

    world_make(&w);
    other = given_tenant("globex");
    connection = given_connection(&other, "acme");
    v[0] = given_job(&w.t, &w.connection, "order", "order:1");
    v[1] = given_job(&w.t, &w.connection, "order", "order:2");
    v[2] = given_job(&other, &connection, "order", "order:1");
    CHECK_INT(claim(&w, &w.me, v, 3, jobs), 2);
    sc = scope_in(w.dispatch, NULL);
    t = (struct flow_ticket){other.partner_id, other.customer_id, v[2], 0};
    CHECK_OK(ledger_claim(sc, &w.me, &t, 1, &got, &n));
    CHECK_INT(n, 1);
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(what_a_silent_dispatcher_held_is_ready_again_and_its_number_stale)
{
    struct uuid dead = uuid_new(), j;
    struct flow_job late, job;
    struct world w;

    world_make(&w);
    j = given_job(&w.t, &w.connection, "order", "order:1");
    CHECK_INT(claim(&w, &dead, &j, 1, &late), 1); /* never beat */
    CHECK_INT(reclaim(&w, MINUTE), 1);
    CHECK_INT(reclaim(&w, MINUTE), 0);
    CHECK_STR(job_is(&j), "ready 1 1");
    CHECK_INT(claim(&w, &w.me, &j, 1, &job), 1);
    CHECK_INT(job.epoch, 2);
    CHECK_INT(job.crashes, 1);
    CHECK_INT(reclaim(&w, MINUTE), 0); /* its owner lives */
    CHECK_INT(finish(&w, &late, "done", 0, NULL), 0);
    CHECK_STR(job_is(&j), "leased 2 1");
    CHECK_STR(sql("select count(*) from attempt"), "0");
    sql("update dispatcher set beat_at = now() - interval '61 seconds'");
    CHECK_INT(reclaim(&w, MINUTE), 1);
    world_end(&w);
}

TEST_IN_LOOP(a_stale_number_passes_no_fence)
{
    struct uuid dead = uuid_new(), j;
    struct flow_job late, job;
    struct scope *sc;
    struct world w;

    world_make(&w);
    j = given_job(&w.t, &w.connection, "order", "order:1");
    CHECK_INT(claim(&w, &dead, &j, 1, &late), 1);
    sc = scope_in(w.work, &w.t);
    CHECK_OK(flow_fence(sc, &late));
    CHECK_OK(db_commit(sc)); /* and not a rollback, whose end nobody waits for: the fence holds the row until then */
    CHECK_INT(reclaim(&w, MINUTE), 1);
    CHECK_ERR(flow_fence(sc, &late), ERR_FENCED);
    db_rollback(sc);
    CHECK_INT(claim(&w, &w.me, &j, 1, &job), 1);
    CHECK_ERR(flow_fence(sc, &late), ERR_FENCED);
    db_rollback(sc);
    CHECK_OK(flow_fence(sc, &job));
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(a_lost_claim_is_given_back_and_the_rest_is_kept)
{
    struct flow_ticket *given;
    struct flow_job jobs[2], job;
    struct uuid v[2];
    struct scope *sc;
    struct world w;
    size_t n = 0;

    world_make(&w);
    v[0] = given_job(&w.t, &w.connection, "order", "order:1");
    v[1] = given_job(&w.t, &w.connection, "order", "order:2");
    CHECK_INT(claim(&w, &w.me, v, 2, jobs), 2);
    sc = scope_in(w.dispatch, NULL);
    CHECK_OK(ledger_release(sc, &w.me, &v[0], 1, &given, &n));
    CHECK_INT(n, 1);
    CHECK(n == 1 && uuid_equal(&given[0].job_id, &v[1]));
    CHECK_OK(ledger_release(sc, &w.me, &v[0], 1, &given, &n));
    CHECK_INT(n, 0);
    CHECK_STR(job_is(&v[0]), "leased 1 0");
    CHECK_STR(job_is(&v[1]), "ready 1 0");
    CHECK_INT(claim(&w, &w.me, &v[1], 1, &job), 1);
    CHECK_OK(ledger_release(sc, &w.me, NULL, 0, &given, &n));
    CHECK_INT(n, 2);
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(what_is_due_comes_oldest_first_and_page_by_page)
{
    struct flow_position at = {0};
    struct flow_ticket *v;
    struct uuid j[3];
    struct scope *sc;
    struct world w;
    size_t n = 0;

    world_make(&w);
    for (size_t i = 0; i < 3; i++) {
        j[i] = given_job(&w.t, &w.connection, "order", i ? "order:2" : "order:1");
        sql("update job set run_at = now() - interval '%zu seconds' where job_id = '%s'", 30 - 10 * i, id(&j[i]));
    }
    sc = scope_in(w.dispatch, NULL);
    CHECK_OK(ledger_due(sc, 15000000, 1, &at, &v, &n));
    CHECK(n == 1 && uuid_equal(&v[0].job_id, &j[0]));
    CHECK_OK(ledger_due(sc, 15000000, 5, &at, &v, &n));
    CHECK(n == 1 && uuid_equal(&v[0].job_id, &j[1]));
    CHECK_OK(ledger_due(sc, 15000000, 5, &at, &v, &n));
    CHECK_INT(n, 0);
    CHECK_OK(ledger_due(sc, 0, 5, &at, &v, &n));
    CHECK(n == 1 && uuid_equal(&v[0].job_id, &j[2]));
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(dispatchers_silent_for_an_hour_are_forgotten)
{
    struct scope *sc;
    struct world w;

    world_make(&w);
    sql("insert into dispatcher (dispatcher_id, beat_at) values (gen_random_uuid(), now() - interval '61 minutes')");
    sc = scope_in(w.dispatch, NULL);
    CHECK_OK(ledger_sweep(sc));
    scope_free(sc);
    CHECK_STR(sql("select dispatcher_id from dispatcher"), id(&w.me));
    world_end(&w);
}

TEST_IN_LOOP(a_dispatcher_that_said_goodbye_holds_nothing)
{
    struct flow_job job;
    struct scope *sc;
    struct world w;
    struct uuid j;

    world_make(&w);
    j = given_job(&w.t, &w.connection, "order", "order:1");
    CHECK_INT(claim(&w, &w.me, &j, 1, &job), 1);
    sc = scope_in(w.dispatch, NULL);
    CHECK_OK(ledger_gone(sc, &w.me));
    scope_free(sc);
    CHECK_INT(reclaim(&w, MINUTE), 1);
    world_end(&w);
}
