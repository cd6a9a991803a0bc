#include "base/timefmt.h"
#include "fresh/fresh_int.h"
#include "q_fresh.h"
#include "unit/tenants/tenant_kit.h"

/* What a source tells of: single things, and when they are too many or cannot be fetched, that it is to be asked. */

static struct tenant acme;
static struct uuid con;

static void ended(struct db *db, int64_t began_us, const char *fault)
{
    struct scope *sc = scope_in(db, &acme);

    CHECK_OK(q_sweep_ended(
        sc, &(struct q_sweep_ended_in){.connection_id = con, .object = "order", .began_us = began_us, .fault = fault},
        NULL));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
}

static void told(struct db *db, const char *object, const char *key)
{
    struct scope *sc = scope_in(db, &acme);

    CHECK_OK(fresh_hint(sc, &con, object, key, 0));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
}

static void sweeps_are_asked_for(struct db *db)
{
    struct scope *sc = scope_in(db, &acme);

    CHECK_OK(q_feed_hint(
        sc, &(struct q_feed_hint_in){.connection_id = con, .object = "order", .margin_s = FRESH_MARGIN_S}, NULL));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
}

/* In how many seconds the source is asked again. */
static const char *next_s(void)
{
    return sql("select round(extract(epoch from sweep_at - now()) / 10) * 10 from feed");
}

static void given_feed(void)
{
    given_schema();
    acme = given_tenant("acme");
    con = given_connection(&acme, "shop");
    sql("insert into feed (partner_id, customer_id, connection_id, object, feed_id, sweep_at)"
        " values ('%s', '%s', '%s', 'order', gen_random_uuid(), now() + interval '900 s')",
        id(&acme.partner_id), id(&acme.customer_id), id(&con));
    sql("insert into feed_cursor (partner_id, customer_id, connection_id, object, complete_to)"
        " select partner_id, customer_id, connection_id, object, now() - interval '60 s' from feed");
}

TEST_IN_LOOP(a_sweep_that_is_asked_for_while_one_is_under_way_follows_it)
{
    struct db *db, *api;
    int64_t began_us;

    given_feed();
    db = pool_as("tenon_worker");
    api = pool_as("tenon_api");
    began_us = time_now_us();
    ended(db, began_us, NULL);
    CHECK_STR(next_s(), "900");
    sweeps_are_asked_for(api);
    CHECK_STR(next_s(), "60");
    ended(db, began_us, NULL);
    CHECK_STR(next_s(), "60");
    ended(db, began_us + INT64_C(120000000), NULL); /* one that began later has seen what was told */
    CHECK_STR(next_s(), "900");
    ended(db, began_us + INT64_C(120000000), "the shop answered 500"); /* which is tried again in its time */
    CHECK_STR(next_s(), "900");
    db_close(db);
    db_close(api);
}

TEST_IN_LOOP(a_thing_is_wanted_once_however_often_it_is_told)
{
    struct db *api;

    given_feed();
    api = pool_as("tenon_api");
    told(api, "order", "17");
    told(api, "order", "17");
    told(api, "price", "17"); /* of which there is no feed */
    CHECK_STR(sql("select string_agg(object || ' ' || key, ',') from source_wanted"), "order 17");
    CHECK_STR(next_s(), "900");
    sql("insert into source_wanted (partner_id, customer_id, connection_id, object, key)"
        " select partner_id, customer_id, connection_id, object, 'o' || i from feed, generate_series(1, 1000) i");
    told(api, "order", "18"); /* a list is the quicker way */
    CHECK_STR(sql("select count(*) from source_wanted"), "1001");
    CHECK_STR(next_s(), "60");
    db_close(api);
}

TEST_IN_LOOP(what_is_told_anew_while_it_is_fetched_is_fetched_again)
{
    struct q_source_wanted_claim_rows rows;
    struct db *db, *api;
    struct scope *sc;
    const char *keys[] = {"17", "18"};
    int64_t asked_us[2];

    given_feed();
    db = pool_as("tenon_worker");
    api = pool_as("tenon_api");
    told(api, "order", "17");
    told(api, "order", "18");
    sc = scope_in(db, &acme);
    CHECK_OK(q_source_wanted_claim(
        sc, &(struct q_source_wanted_claim_in){.connection_id = con, .object = "order", .most = 20, .lease_s = 100},
        &rows));
    CHECK_OK(db_commit(sc));
    CHECK_INT(rows.n, 2);
    for (size_t i = 0; i < 2; i++)
        asked_us[rows.v[i].key[1] == '8'] = rows.v[i].asked_at_us;
    CHECK_STR(sql("select count(*) from source_wanted_due(10)"), "0");
    told(api, "order", "18");
    CHECK_OK(q_source_wanted_done(
        sc,
        &(struct q_source_wanted_done_in){
            .connection_id = con, .object = "order", .keys = keys, .keys_n = 2, .asked_us = asked_us, .asked_n = 2},
        NULL));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    CHECK_STR(sql("select string_agg(key || ' ' || tries, ',') from source_wanted where run_at <= now()"), "18 0");
    db_close(db);
    db_close(api);
}
