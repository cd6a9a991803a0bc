#include "connect/connect.h"
#include "fresh/fresh.h"
#include "mail/mail.h"
#include "unit/tenants/tenant_kit.h"

/* Looks at feeds that are in the database. */

static const struct connector_source source = {.object = "order"};
static const struct connector shop = {.name = "shop", .title = "Shop", .source = &source};
static const struct connector *const registry[] = {&shop, NULL};

struct world {
    struct db *worker, *dispatch;
    struct tenant acme;
    struct uuid con;
};

static void world_make(struct world *w)
{
    struct uuid user = uuid_new();

    given_schema();
    connect_registry = registry;
    w->acme = given_tenant("acme");
    w->con = given_connection(&w->acme, "shop");
    sql("update connection set hook_hash = sha256('x');"
        "insert into app_user (partner_id, user_id, email, email_norm, status) values ('%s', '%s', 'a@acme.test',"
        " 'a@acme.test', 'active');"
        "insert into membership (partner_id, membership_id, user_id, role, level, customer_id, accepted_at)"
        " values ('%s', '%s', '%s', 'customer_admin', 'customer', '%s', now())",
        id(&w->acme.partner_id), id(&user), id(&w->acme.partner_id), id(&user), id(&user), id(&w->acme.customer_id));
    w->worker = pool_as("tenon_worker");
    w->dispatch = pool_as("tenon_dispatch");
}

static void world_end(struct world *w)
{
    db_close(w->worker);
    db_close(w->dispatch);
}

static void look(struct world *w)
{
    struct scope *sc = scope_in(w->worker, &w->acme);

    CHECK_OK(fresh_look(sc, time_now_us()));
    db_rollback(sc);
    scope_free(sc);
}

/* A message of the feed, so many minutes ago, with an id of that time. */
static void given_message(struct world *w, int minutes_ago, const char *key, bool recovered)
{
    sql("insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, business_key, body,"
        " body_hash, received_at, recovered)"
        " select '%s', '%s', (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' ||"
        " substr(md5(random()::text), 1, 19))::uuid, '%s', 't', gen_random_uuid()::text, '%s', 'b', sha256('b'), at, %s"
        " from (select now() - interval '%d minutes' as at) t",
        id(&w->acme.partner_id), id(&w->acme.customer_id), id(&w->con), key, recovered ? "true" : "false", minutes_ago);
}

/* The feed as if it had been watched for so long, counted to an hour ago, with `n` messages in each hour of these weeks. */
static void given_weeks(struct world *w, int weeks, int n)
{
    look(w); /* makes the feed */
    sql("update feed set created_at = now() - interval '%d days', learnt_at = null, look_at = now(), counted_to ="
        " (lpad(to_hex((extract(epoch from now() - interval '5 hours') * 1000)::bigint), 12, '0') || '70000000000000000000')::uuid;"
        "insert into feed_hour select partner_id, customer_id, connection_id, object, (extract(epoch from h)::bigint / 3600) %% 1512,"
        " h, %d from feed, generate_series(date_trunc('hour', now() - interval '%d days'), date_trunc('hour', now()) - interval"
        " '5 hours', interval '1 hour') as h",
        weeks * 7, n, weeks * 7);
}

#define ALERTS "select count(*) filter (where closed_at is null), count(*) filter (where closed_at is not null) from feed_alert"
#define MAILS  "select count(*) from mail where kind = 'notice'"

TEST(a_connection_from_before_has_a_feed_after_the_first_look)
{
    struct world w;
    struct scope *sc;
    struct fresh_customer *v;
    size_t n = 0;

    LOOP_RUN
    world_make(&w);
    sc = scope_in(w.dispatch, NULL);
    CHECK_OK(fresh_due(sc, 10, false, &v, &n));
    CHECK_INT(n, 0);
    CHECK_OK(fresh_due(sc, 10, true, &v, &n));
    CHECK_INT(n, 1);
    CHECK_OK(db_commit(sc));
    look(&w);
    CHECK_STR(sql("select object, last_at is null, late_at is null, sweep_at is null from feed join feed_cursor"
                  " using (partner_id, customer_id, connection_id, object)"),
              "order|t|t|t");
    CHECK_OK(fresh_due(sc, 10, true, &v, &n));
    CHECK_INT(n, 0); /* the next look is in five minutes */
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    world_end(&w);
    LOOP_END
}
