#include <string.h>

#include "base/timefmt.h"
#include "fresh/fresh.h"
#include "unit/tenants/connect/connect_kit.h"

/* Looks at feeds that are in the database. */

static const struct connector_feed feeds[] = {{"order", FEED_EVERY_S, true}};
static const struct connector_source source = {.feeds = feeds, .feed_count = 1};
static const struct connector shop = {.name = "shop", .title = "Shop", .source = &source};
static const struct connector *const registry[] = {&shop, NULL};
static struct uuid con;
static struct db *dispatch;

/* A shop from before there were feeds, and one administrator of the customer. */
static void begin(struct world *w)
{
    struct uuid user = uuid_new();

    world_make(w);
    connect_registry = registry;
    con = given_connection(&w->acme, "shop");
    sql("update connection set hook_hash = sha256('x');"
        "insert into app_user (partner_id, user_id, email, email_norm, status) values ('%s', '%s', 'a@acme.test',"
        " 'a@acme.test', 'active');"
        "insert into membership (partner_id, membership_id, user_id, role, level, customer_id, accepted_at)"
        " values ('%s', '%s', '%s', 'customer_admin', 'customer', '%s', now())",
        id(&w->acme.partner_id), id(&user), id(&w->acme.partner_id), id(&user), id(&user), id(&w->acme.customer_id));
    dispatch = pool_as("tenon_dispatch");
}

static void end(struct world *w)
{
    db_close(dispatch);
    world_end(w);
}

static void look(struct world *w)
{
    struct scope *sc = scope_in(w->worker, &w->acme);

    CHECK_OK(fresh_look(sc));
    db_rollback(sc);
    scope_free(sc);
}

/* A message of the feed, so many minutes ago, with an id of that time. */
static void arrived(struct world *w, int minutes_ago, const char *key, bool recovered)
{
    sql("insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, "
        "business_key, body,"
        " body_hash, received_at, recovered)"
        " select '%s', '%s', (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' ||"
        " substr(md5(random()::text), 1, 19))::uuid, '%s', 't', gen_random_uuid()::text, '%s', 'b', sha256('b'), at, %s"
        " from (select now() - interval '%d minutes' as at) t",
        id(&w->acme.partner_id), id(&w->acme.customer_id), id(&con), key, recovered ? "true" : "false", minutes_ago);
}

/* The feed as if it had been watched for so long, counted to an hour ago, with `n` messages in each hour of these
 * weeks. */
static void given_weeks(struct world *w, int weeks, int n)
{
    look(w); /* makes the feed */
    sql("update feed set created_at = now() - interval '%d days', learnt_at = null, look_at = now(), counted_to = "
        "now() - interval '5 hours';"
        "insert into feed_hour select partner_id, customer_id, connection_id, object, (extract(epoch from h)::bigint / "
        "3600) %% 1512,"
        " h, %d from feed, generate_series(date_trunc('hour', now() - interval '%d days'), date_trunc('hour', now()) - "
        "interval"
        " '5 hours', interval '1 hour') as h",
        weeks * 7, n, weeks * 7);
}

#define ALERTS                                                                                                         \
    "select count(*) filter (where closed_at is null), count(*) filter (where closed_at is not null) from feed_alert"
#define MAILS "select count(*) from mail where kind = 'notice'"

/* What must be told is told at the next look, and not again. */
static void looks(struct world *w, const char *alerts, const char *mails)
{
    for (int i = 0; i < 2; i++) {
        look(w);
        CHECK_STR(sql(ALERTS), alerts);
        CHECK_STR(sql(MAILS), mails);
    }
}

TEST_IN_LOOP(a_connection_from_before_is_watched_after_the_first_look)
{
    struct fresh_customer *v;
    struct scope *sc;
    struct world w;
    size_t n = 0;

    begin(&w);
    sc = scope_in(dispatch, NULL);
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
    end(&w);
}

TEST_IN_LOOP(messages_are_counted_once_by_their_hour)
{
    struct world w;

    begin(&w);
    given_weeks(&w, 0, 0);
    arrived(&w, 130, "order:1", false);
    arrived(&w, 130, "order:2", false);
    arrived(&w, 10, "order:1", false);
    arrived(&w, 5, "stock:1", false); /* of another feed, which nobody asked for */
    arrived(&w, 4, "order:9", true);  /* fetched by a sweep: it did not come */
    look(&w);
    look(&w);
    CHECK_STR(sql("select string_agg(n::text, ',' order by hour) from feed_hour where n > 0"), "2,1");
    CHECK_STR(sql("select last_at between now() - interval '11 minutes' and now() - interval '9 minutes' from feed"),
              "t");
    arrived(&w, 0, "order:3", false); /* so new that it may not be seen yet by all: the next look's */
    look(&w);
    CHECK_STR(sql("select sum(n) from feed_hour"), "3");
    end(&w);
}

TEST_IN_LOOP(a_feed_that_is_silent_against_its_rhythm_is_told_once_and_so_is_its_end)
{
    struct world w;

    begin(&w);
    given_weeks(&w, 8, 20);
    arrived(&w, 100, "order:1", false);
    looks(&w, "1|0", "1");
    CHECK_STR(
        sql("select reason like 'nothing of the kind \"order\" has come from \"Main\" for 1 h 39 min, since %%;"
            " __ were to be expected by now', expected between 20 and 40, told_open, told_closed from feed_alert"),
        "t|t|1|");
    sql("update feed set counted_to = now() - interval '2 minutes'"); /* the last look was then */
    arrived(&w, 1, "order:2", false);
    looks(&w, "0|1", "2");
    CHECK_STR(sql("select told_open, told_closed from feed_alert"), "1|1");
    end(&w);
}

TEST_IN_LOOP(a_silence_that_chance_makes_is_not_told)
{
    struct world w;

    begin(&w);
    given_weeks(&w, 8, 20);
    arrived(&w, 20, "order:1", false);
    looks(&w, "0|0", "0");
    CHECK_STR(sql("select late_at > now() and look_at <= late_at + interval '31 seconds' from feed"), "t");
    end(&w);
}

TEST_IN_LOOP(a_hard_limit_is_told_where_nothing_is_known)
{
    struct world w;

    begin(&w);
    given_weeks(&w, 0, 0);
    arrived(&w, 130, "order:1", false);
    looks(&w, "0|0", "0");
    sql("update feed set silence_s = 7200");
    looks(&w, "1|0", "1");
    CHECK_STR(sql("select reason like '%%for 2 h 9 min, since %%; the limit is 2 h' from feed_alert"), "t");
    end(&w);
}

TEST_IN_LOOP(people_who_cannot_be_written_to_do_not_keep_an_alert_from_being_seen)
{
    struct world w;

    begin(&w);
    given_weeks(&w, 0, 0);
    sql("delete from membership; update feed set silence_s = 60");
    arrived(&w, 130, "order:1", false);
    looks(&w, "1|0", "0");
    CHECK_STR(sql("select told_open from feed_alert"), "0");
    end(&w);
}
