#include "unit/tenants/flows/batches_kit.h"

/* What is asked for, and what is refused. */

TEST_IN_LOOP(what_matches_is_counted_when_it_is_asked_for)
{
    struct flows_batch_ask held = asked("retry", "held");
    struct db *db;

    given_flow();
    given_jobs(3, "held", "the shop is closed", 600);
    given_jobs(2, "dead", "too late", 600);
    given_jobs(4, "done", NULL, 600);
    db = pool_as("tenon_api");
    given_batch(db, &held);
    CHECK_STR(told(), "running 3/0/0");
    db_close(db);
}

TEST_IN_LOOP(by_how_the_reason_begins_and_by_time)
{
    struct flows_batch_ask shop = asked("cancel", "held"), late = asked("backfill", "done");
    struct db *db;

    given_flow();
    given_jobs(3, "held", "the shop is closed", 600);
    given_jobs(4, "done", NULL, 600);
    sql("update job set reason = 'the shop has moved' where business_key = 'held-2';"
        "update job set created_at = now() - interval '5 hours' where business_key in ('done-1', 'done-2')");
    db = pool_as("tenon_api");
    shop.reason = "the shop is";
    given_batch(db, &shop);
    CHECK_STR(told(), "running 2/0/0");
    sql("update flow_batch set state = 'done', ended_at = now()");
    late.from_us = time_now_us() - INT64_C(3600000000);
    given_batch(db, &late);
    CHECK_STR(told(), "running 2/0/0");
    db_close(db);
}

TEST_IN_LOOP(a_second_one_of_the_flow_waits_for_the_end_of_the_first)
{
    struct flows_batch_ask ask = asked("retry", "held");
    struct uuid batch;
    struct db *db;

    given_flow();
    db = pool_as("tenon_api");
    given_batch(db, &ask);
    CHECK_ERR(create(db, &ask, &batch), ERR_CONFLICT);
    sql("update flow_batch set state = 'cancelled', ended_at = now()");
    CHECK_OK(create(db, &ask, &batch));
    db_close(db);
}

/* The error and the seconds that it says, or 0. */
static const char *refused(struct db *db, const struct flows_batch_ask *ask)
{
    struct scope *sc = scope_in(db, &tenant);
    struct uuid batch;
    enum err e = flows_batch_create(sc, &flow, ask, &batch);
    const char *out =
        arena_f(test_scope()->arena, "%s %d", err_info(e)->name, e == OK ? 0 : scope_fault(sc)->retry_after_s);

    db_rollback(sc);
    scope_free(sc);
    return out;
}

TEST_IN_LOOP(one_that_is_refused_says_how_long_the_other_takes)
{
    struct flows_batch_ask ask = asked("retry", "held"), told_only = ask;
    struct db *db;

    given_flow();
    given_jobs(20, "held", "x", 600);
    told_only.dry_run = true;
    db = pool_as("tenon_api");
    ask.per_minute = 10;
    given_batch(db, &ask);
    CHECK_STR(refused(db, &ask), "conflict 121");
    CHECK_STR(refused(db, &told_only), "conflict 121");
    sql("update flow_batch set done = 15");
    CHECK_STR(refused(db, &ask), "conflict 31");
    sql("update flow_batch set per_minute = null");
    CHECK_STR(refused(db, &ask), "conflict 5");
    db_close(db);
}

TEST_IN_LOOP(one_that_is_only_told_gives_way_to_one_that_does_something)
{
    struct flows_batch_ask ask = asked("retry", "held"), told_only = ask;
    struct uuid first;
    struct db *db;

    given_flow();
    given_jobs(2, "held", "x", 600);
    told_only.dry_run = true;
    told_only.per_minute = 1;
    db = pool_as("tenon_api");
    first = given_batch(db, &told_only);
    CHECK_STR(refused(db, &told_only), "conflict 5");
    given_batch(db, &ask);
    CHECK_STR(sql("select state, ended_at is not null from flow_batch where batch_id = '%s'", id(&first)),
              "cancelled|t");
    CHECK_STR(sql("select count(*) from flow_batch where state = 'running' and not dry_run"), "1");
    db_close(db);
}

TEST_IN_LOOP(an_action_that_is_none_for_such_jobs_is_refused)
{
    static const char *const wrong[][2] = {
        {"retry", "ready"}, {"cancel", "done"}, {"backfill", "held"}, {"backfill", "done"}};
    struct db *db;

    given_flow();
    db = pool_as("tenon_api");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct flows_batch_ask ask = asked(wrong[i][0], wrong[i][1]);
        struct uuid batch;

        CHECK_ERR(create(db, &ask, &batch), ERR_INVALID);
    }
    db_close(db);
}

TEST_IN_LOOP(the_oldest_ended_ones_of_a_flow_go_with_what_they_say_of_jobs)
{
    struct flows_batch_ask ask = asked("retry", "held");
    struct db *api, *worker;

    given_flow();
    given_jobs(1, "held", "x", 600);
    api = pool_as("tenon_api");
    worker = pool_as("tenon_worker");
    for (int i = 0; i < 23; i++) {
        struct uuid batch;

        ask.dry_run = i == 0;
        batch = given_batch(api, &ask);
        all_of(worker, &batch);
    }
    CHECK_STR(sql("select count(*), (select count(*) from flow_batch_item where outcome = 'matched') from flow_batch"),
              "21|0");
    db_close(api);
    db_close(worker);
}

TEST_IN_LOOP(one_that_has_ended_is_not_cancelled)
{
    struct flows_batch_ask ask = asked("retry", "held");
    struct flows_batch b;
    struct scope *sc;
    struct db *db;

    given_flow();
    db = pool_as("tenon_api");
    b = (struct flows_batch){.customer_id = tenant.customer_id, .batch_id = given_batch(db, &ask)};
    sc = scope_in(db, &tenant);
    CHECK_OK(flows_batch_cancel(sc, &b));
    CHECK_ERR(flows_batch_cancel(sc, &b), ERR_CONFLICT);
    db_rollback(sc);
    scope_free(sc);
    db_close(db);
}
