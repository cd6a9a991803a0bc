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
    CHECK_STR(sql("select n, outcome, lease_epoch from job_try where job_id = '%s'", id(&j)), "1|ok|1");
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

/* As jobs of a flow whose document gives their key. */
static void keyed_jobs(struct world *w, struct uuid *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = given_job(&w->t, &w->connection, "flow", "A-1");
    sql("update job set keyed = true, flow_id = job_id");
}

TEST_IN_LOOP(a_held_job_whose_flow_gives_its_key_keeps_later_ones_waiting)
{
    struct uuid v[3], other, after;
    struct flow_job jobs[3];
    struct world w;

    world_make(&w);
    keyed_jobs(&w, v, 3);
    other = given_job(&w.t, &w.connection, "flow", "A-1"); /* of a flow that gives none: it waits for no held one */
    CHECK_INT(claim(&w, &w.me, v, 1, jobs), 1);
    CHECK_INT(finish(&w, &jobs[0], "held", 0, &after), 0); /* nobody is announced */
    CHECK_INT(claim(&w, &w.me, &v[1], 2, jobs), 0);
    sql("update job set state = 'ready', keyed = false where job_id = '%s'",
        id(&v[1])); /* so it is the key that counts */
    CHECK_INT(claim(&w, &w.me, &v[1], 1, jobs), 1);
    CHECK_INT(finish(&w, &jobs[0], "done", 0, &after), 1);
    CHECK_INT(claim(&w, &w.me, &v[2], 1, jobs), 0);
    sql("update job set deadline_at = now() where job_id = '%s'", id(&v[2]));
    sql("update job set state = 'cancelled', ended_at = now() where job_id = '%s'", id(&v[0]));
    CHECK_STR(sql("select deadline_at > now() + interval '6 days' from job where job_id = '%s'", id(&v[2])),
              "t"); /* what waited has time */
    CHECK_INT(claim(&w, &w.me, &v[2], 1, jobs), 1);
    CHECK_INT(finish(&w, &jobs[0], "dead", 0, &after), 1); /* who was given up keeps nobody waiting */
    CHECK(uuid_equal(&after, &other));
    CHECK_INT(claim(&w, &w.me, &other, 1, jobs), 1);
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
    CHECK_OK(ledger_claim(sc, &w.me, &t, 1, false, &got, &n));
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
        j[i] = given_job(&w.t, &w.connection, "order", i == 0 ? "order:1" : i == 1 ? "order:2" : "order:3");
        sql("update job set run_at = now() - interval '%zu seconds' where job_id = '%s'", 30 - 10 * i, id(&j[i]));
    }
    sc = scope_in(w.dispatch, NULL);
    CHECK_OK(ledger_due(sc, 15000000, 1, &at, &v, &n));
    CHECK(n == 1 && uuid_equal(&v[0].job_id, &j[0]) && !at.end);
    CHECK_OK(ledger_due(sc, 15000000, 5, &at, &v, &n));
    CHECK(n == 1 && uuid_equal(&v[0].job_id, &j[1]));
    CHECK_OK(ledger_due(sc, 15000000, 5, &at, &v, &n));
    CHECK_INT(n, 0);
    CHECK_OK(ledger_due(sc, 0, 5, &at, &v, &n));
    CHECK(n == 1 && uuid_equal(&v[0].job_id, &j[2]));
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(what_waits_for_an_older_job_of_its_key_is_not_due_and_keeps_nothing_waiting)
{
    struct flow_position at = {0};
    struct flow_ticket *v;
    struct uuid first, last;
    struct scope *sc;
    struct world w;
    size_t n = 0;

    world_make(&w);
    first = given_job(&w.t, &w.connection, "order", "order:1");
    for (size_t i = 0; i < 3; i++)
        given_job(&w.t, &w.connection, "order", "order:1");
    last = given_job(&w.t, &w.connection, "order", "order:2");
    sc = scope_in(w.dispatch, NULL);
    CHECK_OK(ledger_due(sc, 0, 5, &at, &v, &n));
    CHECK(n == 2 && uuid_equal(&v[0].job_id, &first) && uuid_equal(&v[1].job_id, &last) && at.end);
    sql("update job set run_at = now() + interval '1 hour' where job_id = '%s'", id(&first));
    at = (struct flow_position){0};
    CHECK_OK(ledger_due(sc, 0, 1, &at, &v, &n));
    CHECK(n == 1 && uuid_equal(&v[0].job_id, &last));
    scope_free(sc);
    world_end(&w);
}

static size_t claim_plain(struct world *w, const struct uuid *job)
{
    struct flow_ticket t = {w->t.partner_id, w->t.customer_id, *job, 0};
    struct scope *sc = scope_in(w->dispatch, NULL);
    struct flow_job *got;
    size_t n = 0;

    CHECK_OK(ledger_claim(sc, &w->me, &t, 1, false, &got, &n));
    scope_free(sc);
    return n;
}

static struct flow_ticket suspect_after(struct world *w, const struct uuid *customer_id)
{
    struct scope *sc = scope_in(w->dispatch, NULL);
    struct flow_ticket *v, out = {0};
    int *crashes;
    size_t n = 0;

    CHECK_OK(ledger_suspects(sc, customer_id, 1, &v, &crashes, &n));
    if (n)
        out = v[0];
    scope_free(sc);
    return out;
}

static struct uuid suspect_next(struct world *w)
{
    struct uuid nobody = {{0}};

    return suspect_after(w, &nobody).job_id;
}

/* Of three, two of which are one customer's: that customer's second comes last. */
static bool suspects_in_turn(struct world *w)
{
    struct scope *sc = scope_in(w->dispatch, NULL);
    struct uuid nobody = {{0}};
    struct flow_ticket *v;
    int *crashes;
    size_t n;
    bool so;

    CHECK_OK(ledger_suspects(sc, &nobody, 10, &v, &crashes, &n));
    so = n == 3 && crashes[0] == 0 && !uuid_equal(&v[0].customer_id, &v[1].customer_id) &&
         uuid_equal(&v[2].customer_id, &w->t.customer_id);
    scope_free(sc);
    return so;
}

TEST_IN_LOOP(suspects_come_customer_by_customer_and_a_try_survived_clears_them)
{
    struct flow_ticket first, second, third;
    struct tenant other = {0};
    struct uuid nobody = {{0}}, c;
    struct flow_job job;
    struct world w;

    world_make(&w);
    other = given_tenant("globex");
    c = given_connection(&other, "shopify");
    given_job(&w.t, &w.connection, "order", "order:1");
    given_job(&w.t, &w.connection, "order", "order:2");
    given_job(&other, &c, "order", "order:1");
    sql("update job set suspect = true");
    first = suspect_after(&w, &nobody);
    second = suspect_after(&w, &first.customer_id);
    third = suspect_after(&w, &second.customer_id);
    CHECK(!uuid_equal(&first.customer_id, &second.customer_id));
    CHECK(uuid_equal(&first.customer_id, &third.customer_id));
    CHECK(suspects_in_turn(&w));
    c = uuid_equal(&first.customer_id, &w.t.customer_id) ? first.job_id : second.job_id;
    CHECK_INT(claim(&w, &w.me, &c, 1, &job), 1);
    CHECK_INT(finish(&w, &job, "ready", 1000, NULL), 0);
    CHECK_STR(sql("select suspect from job where job_id = '%s'", id(&c)), "f");
    world_end(&w);
}

TEST_IN_LOOP(what_waits_for_a_held_job_is_not_due_and_no_suspect_has_its_turn)
{
    struct flow_position at = {0};
    struct flow_ticket *due;
    struct flow_job job;
    struct scope *sc;
    struct world w;
    struct uuid v[2], next;
    size_t n = 0;

    world_make(&w);
    keyed_jobs(&w, v, 2);
    CHECK_INT(claim(&w, &w.me, v, 1, &job), 1);
    CHECK_INT(finish(&w, &job, "held", 0, NULL), 0);
    sc = scope_in(w.dispatch, NULL);
    CHECK_OK(ledger_due(sc, 0, 5, &at, &due, &n));
    CHECK_INT(n, 0);
    sql("update job set suspect = true where job_id = '%s'", id(&v[1]));
    next = suspect_next(&w);
    CHECK(uuid_is_nil(&next));
    sql("update job set state = 'dead' where job_id = '%s'", id(&v[0]));
    next = suspect_next(&w);
    CHECK(uuid_equal(&next, &v[1]));
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(a_crash_among_many_makes_suspects_and_counts_against_none)
{
    struct uuid dead = uuid_new(), v[3], next;
    struct flow_job jobs[3];
    struct world w;

    world_make(&w);
    v[0] = given_job(&w.t, &w.connection, "order", "order:1");
    v[1] = given_job(&w.t, &w.connection, "order", "order:2");
    v[2] = given_job(&w.t, &w.connection, "order", "order:1"); /* waits for the first */
    CHECK_INT(claim(&w, &dead, v, 2, jobs), 2);
    CHECK_INT(reclaim(&w, MINUTE), 2);
    CHECK_STR(sql("select count(*), max(crashes) from job where suspect"), "2|0");
    CHECK_INT(claim_plain(&w, &v[0]), 0);
    next = suspect_next(&w);
    CHECK(uuid_equal(&next, &v[0]) || uuid_equal(&next, &v[1]));
    CHECK_INT(claim(&w, &dead, &next, 1, jobs), 1); /* the one suspect, among others that are none */
    CHECK(jobs[0].suspect);
    sql("update job set suspect = false where job_id <> '%s'", id(&next));
    CHECK_INT(claim(&w, &dead, v, 2, jobs), 1);
    CHECK_INT(reclaim(&w, MINUTE), 2);
    CHECK_STR(sql("select crashes from job where job_id = '%s'", id(&next)), "1");
    CHECK_STR(sql("select sum(crashes), count(*) filter (where suspect) from job"), "1|2");
    world_end(&w);
}

TEST_IN_LOOP(a_crash_counts_against_the_only_job_there_was)
{
    struct uuid dead = uuid_new(), quiet = uuid_new(), v[2];
    struct flow_job job;
    struct world w;

    world_make(&w);
    v[0] = given_job(&w.t, &w.connection, "order", "order:1");
    v[1] = given_job(&w.t, &w.connection, "order", "order:2");
    CHECK_INT(claim(&w, &dead, &v[0], 1, &job), 1);
    CHECK_INT(claim(&w, &quiet, &v[1], 1, &job), 1); /* silent as well, though not yet for long enough */
    sql("insert into dispatcher (dispatcher_id, beat_at) values ('%s', now() - interval '40 seconds')", id(&quiet));
    CHECK_INT(reclaim(&w, MINUTE), 1);
    CHECK_STR(job_is(&v[0]), "ready 1 0");
    sql("update dispatcher set beat_at = now()");
    CHECK_INT(claim(&w, &dead, &v[0], 1, &job), 1);
    CHECK_INT(reclaim(&w, MINUTE), 1);
    CHECK_STR(job_is(&v[0]), "ready 2 1");
    world_end(&w);
}

/* As the dispatcher does: suspects as there is room, of those that met more crashes fewer. */
static size_t suspects_fit(struct world *w, struct uuid out[64])
{
    static const int room[] = {1, 8, 64, 1};
    struct scope *sc = scope_in(w->dispatch, NULL);
    struct uuid nobody = {{0}};
    struct flow_ticket *v;
    int *crashes, left = 64;
    size_t n, fit = 0;

    CHECK_OK(ledger_suspects(sc, &nobody, 64, &v, &crashes, &n));
    for (; fit < n && room[crashes[fit]] <= left; fit++) {
        left -= room[crashes[fit]];
        out[fit] = v[fit].job_id;
    }
    scope_free(sc);
    return fit;
}

/* A life of a process: it holds up to 20 new jobs, and suspects. True when one of them ends it. */
static bool live(struct world *w, const struct uuid *jobs, size_t n, const struct uuid *poison)
{
    struct uuid dead = uuid_new(), suspects[64];
    struct flow_job held[84];
    size_t fit = suspects_fit(w, suspects), got = 0;
    bool dies = false;

    for (size_t i = 0; i < fit; i++)
        got += claim(w, &dead, &suspects[i], 1, &held[got]);
    for (size_t i = 0, new = 0; i < n &&new < 20; i++)
        if (strcmp(sql("select state = 'ready' and not suspect from job where job_id = '%s'", id(&jobs[i])), "t") ==
            0) {
            got += claim(w, &dead, &jobs[i], 1, &held[got]);
            new ++;
        }
    for (size_t i = 0; i < got; i++)
        dies = dies || uuid_equal(&held[i].job_id, poison);
    for (size_t i = 0; i < got && !dies; i++)
        finish(w, &held[i], "done", 0, NULL);
    return dies;
}

TEST_IN_LOOP(what_ends_its_process_is_named_and_nobody_else)
{
    enum { JOBS = 30 };
    struct uuid v[JOBS];
    struct world w;
    int deaths = 0;

    world_make(&w);
    for (size_t i = 0; i < JOBS; i++) {
        char key[32];

        snprintf(key, sizeof(key), "order:%zu", i);
        v[i] = given_job(&w.t, &w.connection, "order", key);
    }
    for (int life = 0; life < 200; life++) {
        if (live(&w, v, JOBS, &v[11])) {
            deaths++;
            CHECK(reclaim(&w, MINUTE) > 0);
        }
        sql("update job set state = 'held', reason = 'aside' where crashes >= 3 and state = 'ready'");
        if (strcmp(sql("select count(*) from job where state = 'ready'"), "0") == 0)
            break;
    }
    CHECK_STR(sql("select job_id from job where state = 'held'"), id(&v[11]));
    CHECK_STR(sql("select count(*), max(crashes) < 3 from job where state = 'done'"), "29|t");
    CHECK_INT(deaths, 4);
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

/* Two jobs that the customer's flow is given: of these origins. */
static size_t plan_two(struct world *w, const struct uuid *flow, const char *first, const char *second)
{
    struct scope *sc = scope_in(w->work, &w->t);
    const char *const origins[] = {first, second};
    struct flow_plan v[2];
    struct flow_ticket *out;
    size_t n = 0;

    for (size_t i = 0; i < 2; i++)
        v[i] = (struct flow_plan){.customer_id = w->t.customer_id,
                                  .job_id = uuid_new(),
                                  .flow_id = *flow,
                                  .version = 3,
                                  .shadow = i == 1,
                                  .origin_key = origins[i],
                                  .kind = "flow",
                                  .business_key = "order:1",
                                  .run_at_us = time_now_us(),
                                  .deadline_us = time_now_us() + 1000000,
                                  .body = {(const uint8_t *)"{}", 2},
                                  .given_by = "tests"};
    db_commit_next(sc);
    CHECK_OK(ledger_plan(sc, v, 2, &out, &n));
    scope_free(sc);
    return n;
}

TEST_IN_LOOP(a_flow_takes_what_has_an_origin_once)
{
    struct uuid flow = uuid_new();
    struct world w;

    world_make(&w);
    sql("insert into flow (partner_id, customer_id, flow_id, name) values ('%s', '%s', '%s', 'f')", id(&w.t.partner_id),
        id(&w.t.customer_id), id(&flow));
    CHECK_INT(plan_two(&w, &flow, "a", "b"), 2);
    CHECK_INT(plan_two(&w, &flow, "b", "c"), 1);
    CHECK_STR(
        sql("select origin_key, j.flow_version, j.shadow, j.state, convert_from(i.body, 'UTF8'), i.given_by"
            " from job j join flow_input i using (partner_id, customer_id, job_id, flow_id, origin_key) order by 1"),
        "a|3|f|ready|{}|tests\nb|3|t|ready|{}|tests\nc|3|t|ready|{}|tests");
    CHECK_STR(sql("select count(*) from job"), "3");
    world_end(&w);
}

TEST_IN_LOOP(a_try_that_ended_its_job_is_kept_when_the_job_goes_on)
{
    struct flow_job job, again;
    struct world w;
    struct uuid j;

    world_make(&w);
    j = given_job(&w.t, &w.connection, "order", "order:1");
    CHECK_INT(claim(&w, &w.me, &j, 1, &job), 1);
    finish(&w, &job, "done", 0, NULL);
    CHECK_STR(sql("select count(*) from attempt"), "0");
    sql("update job set state = 'ready', ended_at = null");
    CHECK_STR(sql("select n, outcome from job_try"), "1|ok");
    CHECK_INT(claim(&w, &w.me, &j, 1, &again), 1);
    CHECK_STR(sql("select n, outcome from job_try"), "1|ok");
    finish(&w, &again, "done", 0, NULL);
    CHECK_STR(sql("select n, outcome from job_try order by n"), "1|ok\n2|ok");
    world_end(&w);
}
