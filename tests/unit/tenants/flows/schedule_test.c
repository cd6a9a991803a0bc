#include "flows/schedule.h"

#include "base/timefmt.h"
#include "unit/tenants/tenant_kit.h"

/* Which times are begun, of those that have come. */

static struct tenant tenant;
static struct uuid flow;

/* Every ten minutes, next at 12:00, by this policy. */
static void given_schedule(const char *missed)
{
    given_schema();
    tenant = given_tenant("acme");
    flow = uuid_new();
    sql("insert into flow (partner_id, customer_id, flow_id, name, versions, current_version) values ('%s', '%s', "
        "'%s', 'f', 1, 1);"
        "insert into flow_schedule (partner_id, customer_id, flow_id, cron, zone, missed, next_at)"
        " values ('%s', '%s', '%s', '*/10 * * * *', 'UTC', '%s', '2020-03-01T12:00:00Z')",
        id(&tenant.partner_id), id(&tenant.customer_id), id(&flow), id(&tenant.partner_id), id(&tenant.customer_id),
        id(&flow), missed);
}

static int64_t at(const char *text)
{
    int64_t us = 0;

    CHECK(time_parse(str_of(text), &us));
    return us;
}

/* "HH:MM …; skipped N; next HH:MM" when somebody looks at this time. */
static const char *due_at(struct db *db, const char *now)
{
    struct arena *a = test_scope()->arena;
    struct scope *sc = scope_in(db, &tenant);
    char text[TIME_TEXT_MAX];
    struct flows_due d;
    const char *out = "";

    CHECK_OK(flows_schedule_due(sc, &flow, at(now), &d));
    for (size_t i = 0; i < d.n; i++) {
        time_format(d.at_us[i], text);
        out = arena_f(a, "%s%.5s ", out, text + 11);
    }
    time_format(d.next_us, text);
    out = arena_f(a, "%sskipped %d next %.5s", out, d.skipped, d.has_next ? text + 11 : "never");
    if (d.there)
        CHECK_OK(flows_schedule_fired(sc, &flow, &d));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return d.there ? out : "not there";
}

TEST_IN_LOOP(a_time_that_has_just_come_is_begun_whatever_the_policy)
{
    for (const char *const *missed = (const char *const[]){"skip", "once", "each", NULL}; *missed; missed++) {
        struct db *db;

        given_schedule(*missed);
        db = pool_as("tenon_worker");
        CHECK_STR(due_at(db, "2020-03-01T12:00:02Z"), "12:00 skipped 0 next 12:10");
        db_close(db);
    }
}

TEST_IN_LOOP(times_that_were_missed_are_left_out_and_counted)
{
    struct db *db;

    given_schedule("skip");
    db = pool_as("tenon_worker");
    CHECK_STR(due_at(db, "2020-03-01T12:34:00Z"), "skipped 4 next 12:40");
    CHECK_STR(sql("select skipped, fired_at is null from flow_schedule"), "4|t");
    db_close(db);
}

TEST_IN_LOOP(or_the_last_of_them_is_made_up_for)
{
    struct db *db;

    given_schedule("once");
    db = pool_as("tenon_worker");
    CHECK_STR(due_at(db, "2020-03-01T12:34:00Z"), "12:30 skipped 3 next 12:40");
    db_close(db);
}

TEST_IN_LOOP(or_each_is_begun_and_no_more_than_fit_at_once)
{
    struct db *db;

    given_schedule("each");
    db = pool_as("tenon_worker");
    CHECK_STR(due_at(db, "2020-03-01T12:34:00Z"), "12:00 12:10 12:20 12:30 skipped 0 next 12:40");
    sql("update flow_schedule set next_at = '2020-03-01T12:00:00Z'");
    (void)due_at(db, "2020-03-09T12:00:00Z");
    CHECK_STR(sql("select next_at at time zone 'UTC' from flow_schedule"), "2020-03-02 04:40:00"); /* a hundred later */
    db_close(db);
}

TEST_IN_LOOP(of_two_clocks_one_begins_it)
{
    struct db *db, *other;
    struct scope *sc;
    struct flows_due d;

    given_schedule("skip");
    db = pool_as("tenon_worker");
    other = pool_as("tenon_worker");
    sc = scope_in(db, &tenant);
    CHECK_OK(flows_schedule_due(sc, &flow, at("2020-03-01T12:00:02Z"), &d)); /* and holds the row */
    CHECK(d.there && d.n == 1);
    CHECK_STR(due_at(other, "2020-03-01T12:00:02Z"), "not there");
    scope_free(sc);
    db_close(db);
    db_close(other);
}

/* ---- while the run before has not ended ---- */

/* The run of 11:50, in this state; one look at 12:00:02 and what the schedule says then. */
static const char *beside(const char *overlap, const char *state)
{
    struct uuid job = uuid_new();
    const char *out;
    struct db *db;

    given_schedule("each");
    sql("update flow_schedule set overlap = '%s', fired_at = '2020-03-01T11:50:00Z';"
        "insert into job (partner_id, customer_id, job_id, origin_key, kind, business_key, lane, state, run_at,"
        " deadline_at, created_at, flow_id, flow_version, lease_owner) select partner_id, customer_id, '%s', 'at "
        "2020-03-01T11:50:00Z', 'flow', 'x', 0, '%s', now(), now(), now(), flow_id, 1,"
        " case '%s' when 'leased' then flow_id end from flow;"
        "insert into flow_input (partner_id, customer_id, job_id, flow_id, origin_key, body, body_hash, given_by,"
        " received_at) select partner_id, customer_id, job_id, flow_id, origin_key, '{}', sha256('x'), 'schedule', "
        "now()"
        " from job",
        overlap, id(&job), state, state);
    db = pool_as("tenon_worker");
    out = due_at(db, "2020-03-01T12:00:02Z");
    db_close(db);
    return arena_f(test_scope()->arena, "%s; %s", out,
                   sql("select overlapped, coalesce(to_char(overlapped_at at time zone 'UTC', 'HH24:MI'), 'never'),"
                       " to_char(fired_at at time zone 'UTC', 'HH24:MI') from flow_schedule"));
}

TEST_IN_LOOP(a_time_is_left_out_and_told_while_the_run_before_has_not_ended)
{
    CHECK_STR(beside("skip", "leased"), "skipped 0 next 12:10; 1|12:00|11:50");
    CHECK_STR(beside("skip", "ready"), "skipped 0 next 12:10; 1|12:00|11:50");
    CHECK_STR(beside("skip", "done"), "12:00 skipped 0 next 12:10; 0|never|12:00");
    CHECK_STR(beside("skip", "dead"), "12:00 skipped 0 next 12:10; 0|never|12:00");
    CHECK_STR(beside("skip", "held"), "12:00 skipped 0 next 12:10; 0|never|12:00");
}

TEST_IN_LOOP(a_time_is_begun_beside_the_run_before_or_waits_in_its_queue)
{
    CHECK_STR(beside("allow", "leased"), "12:00 skipped 0 next 12:10; 0|never|12:00");
    CHECK_STR(beside("queue", "leased"), "12:00 skipped 0 next 12:10; 0|never|12:00");
}

TEST_IN_LOOP(of_several_times_at_once_the_first_is_begun_and_the_others_left_out)
{
    struct db *db;

    given_schedule("each");
    sql("update flow_schedule set overlap = 'skip'");
    db = pool_as("tenon_worker");
    CHECK_STR(due_at(db, "2020-03-01T12:34:00Z"), "12:00 skipped 0 next 12:40");
    CHECK_STR(sql("select overlapped, to_char(overlapped_at at time zone 'UTC', 'HH24:MI') from flow_schedule"),
              "3|12:30");
    db_close(db);
}

/* So many runs of the flow that wait, and one of a second flow for each. */
static void given_waiting(int n)
{
    sql("insert into flow (partner_id, customer_id, flow_id, name, versions, current_version)"
        " select partner_id, customer_id, gen_random_uuid(), 'g', 1, 1 from flow;"
        "with made as (insert into job (partner_id, customer_id, job_id, origin_key, kind, business_key, lane, state,"
        " run_at, deadline_at, created_at, flow_id, flow_version) select partner_id, customer_id, job_id_new(0),"
        " 'run ' || i, 'flow', 'x', 0, 'ready', now(), now(), now(), flow_id, 1 from flow, generate_series(1, %d) i"
        " returning *)"
        " insert into flow_input (partner_id, customer_id, job_id, flow_id, origin_key, body, body_hash, given_by,"
        " received_at) select partner_id, customer_id, job_id, flow_id, origin_key, '{}', sha256('x'), 'schedule', "
        "now()"
        " from made",
        n);
}

/* What is begun of three times that came while so many runs wait, by the first of which something is changed. */
static const char *behind(int n, const char *change)
{
    const char *out;
    struct db *db;

    given_schedule("each");
    given_waiting(n);
    sql("update job set %s where job_id = (select min(job_id::text)::uuid from job where flow_id = '%s')", change,
        id(&flow));
    db = pool_as("tenon_worker");
    out = due_at(db, "2020-03-01T12:20:02Z");
    db_close(db);
    return arena_f(test_scope()->arena, "%s; %s left out", out, sql("select overlapped from flow_schedule"));
}

TEST_IN_LOOP(at_most_a_hundred_runs_of_a_schedule_wait_and_later_times_are_left_out)
{
    CHECK_STR(behind(97, "lane = 0"), "12:00 12:10 12:20 skipped 0 next 12:30; 0 left out");
    CHECK_STR(behind(98, "lane = 0"), "12:00 12:10 skipped 0 next 12:30; 1 left out");
    CHECK_STR(behind(100, "lane = 0"), "skipped 0 next 12:30; 3 left out");
    CHECK_STR(behind(100, "state = 'leased', lease_owner = gen_random_uuid()"), "skipped 0 next 12:30; 3 left out");
    CHECK_STR(behind(100, "state = 'done', ended_at = now()"), "12:00 skipped 0 next 12:30; 2 left out");
    CHECK_STR(behind(130, "lane = 0"), "skipped 0 next 12:30; 3 left out");
}
