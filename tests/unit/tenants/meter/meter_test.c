#include "meter/meter.h"

#include "base/timefmt.h"
#include "unit/tenants/tenant_kit.h"

#define DAY_US INT64_C(86400000000)

struct world {
    struct tenant t;
    struct uuid connection;
    struct db *api;
};

static void world_make(struct world *w)
{
    given_schema();
    w->t = given_tenant("acme");
    w->connection = given_connection(&w->t, "acme");
    w->api = pool_as("tenon_api");
}

/* Ended so many days ago, after a try that did not end it. */
static struct uuid ended(const struct world *w, int days, const char *state, int calls)
{
    struct uuid job = given_job(&w->t, &w->connection, "order", "order:1");

    sql("insert into attempt (partner_id, customer_id, job_id, n, lease_epoch, started_at, ended_at, outcome, calls, "
        "cpu_us)"
        " select partner_id, customer_id, job_id, 1, 1, now(), now() - interval '%d days', 'timeout', 1, 7 from job"
        " where job_id = '%s';"
        "update job set state = '%s', attempts = 2, started_at = now(), calls = %d, octets_sent = 100, cpu_us = 5, "
        "items = 1,"
        " ended_at = now() - interval '%d days' where job_id = '%s'",
        days, id(&job), state, calls, days, id(&job));
    return job;
}

static struct meter_question last_days(int days)
{
    int64_t today = time_now_us() / DAY_US * DAY_US;

    return (struct meter_question){.from_us = today - (days - 1) * DAY_US, .to_us = today + DAY_US, .meter = ""};
}

static int64_t sum_of(const struct world *w, const struct meter_question *q, const char *meter)
{
    struct scope *sc = scope_in(w->api, &w->t);
    struct meter_sum *v;
    int64_t sum = 0;
    size_t n = 0;

    CHECK_OK(meter_sums(sc, q, &v, &n));
    for (size_t i = 0; i < n; i++)
        sum += strcmp(v[i].meter, meter) == 0 ? v[i].quantity : 0;
    scope_free(sc);
    return sum;
}

TEST_IN_LOOP(each_try_is_summed_once_on_the_day_it_ended)
{
    struct meter_question q = last_days(2);
    struct world w;

    world_make(&w);
    ended(&w, 0, "done", 2);
    ended(&w, 1, "done", 3);
    ended(&w, 5, "done", 50);
    CHECK_INT(sum_of(&w, &q, "runs"), 2);
    CHECK_INT(sum_of(&w, &q, "tries"), 4);
    CHECK_INT(sum_of(&w, &q, "calls"), 7);
    CHECK_INT(sum_of(&w, &q, "cpu_us"), 24);
    CHECK_INT(sum_of(&w, &q, "octets_sent"), 200);
    q.meter = "calls";
    CHECK_INT(sum_of(&w, &q, "calls"), 7);
    CHECK_INT(sum_of(&w, &q, "runs"), 0);
    q.customer_id = uuid_new();
    CHECK_INT(sum_of(&w, &q, "calls"), 0);
    db_close(w.api);
}

TEST_IN_LOOP(days_and_customers_are_told_apart_when_asked)
{
    struct meter_question q = last_days(9);
    struct meter_sum *v;
    struct world w;
    struct scope *sc;
    size_t n = 0;

    world_make(&w);
    ended(&w, 0, "done", 2);
    ended(&w, 5, "done", 3);
    q.by_day = q.by_customer = true;
    q.meter = "calls";
    sc = scope_in(w.api, &w.t);
    CHECK_OK(meter_sums(sc, &q, &v, &n));
    CHECK_INT(n, 2);
    CHECK_INT(v[0].quantity, 4);
    CHECK_INT(v[1].quantity, 3);
    CHECK(strcmp(v[0].day, v[1].day) < 0 && uuid_equal(&v[0].customer_id, &w.t.customer_id));
    scope_free(sc);
    db_close(w.api);
}

TEST_IN_LOOP(every_message_that_was_taken_is_rated_or_excluded_for_a_reason)
{
    struct meter_question q = last_days(2);
    struct meter_messages m;
    struct world w;
    struct scope *sc;

    world_make(&w);
    ended(&w, 0, "done", 1);
    ended(&w, 0, "cancelled", 1);
    given_job(&w.t, &w.connection, "order", "order:2");
    sql("update job j set origin_key = m.dedupe_key from inbound_message m where m.message_id = j.message_id");
    sql("insert into inbound_delivery select partner_id, customer_id, %s, connection_id, dedupe_key, body_hash, now()"
        " from inbound_message limit 1",
        "gen_random_uuid()");
    sql("insert into inbound_delivery select partner_id, customer_id, message_id, connection_id, dedupe_key, "
        "body_hash, now()"
        " from inbound_message limit 1");
    sc = scope_in(w.api, &w.t);
    CHECK_OK(meter_messages(sc, &q, &m));
    CHECK_INT(m.accepted, 4);
    CHECK_INT(m.rated, 1);
    CHECK_INT(m.excluded, 3);
    CHECK_INT(m.n, 3);
    CHECK_STR(m.reasons[0].reason, "duplicate");
    CHECK_STR(m.reasons[1].reason, "in_progress");
    CHECK_STR(m.reasons[2].reason, "superseded");
    scope_free(sc);
    db_close(w.api);
}
