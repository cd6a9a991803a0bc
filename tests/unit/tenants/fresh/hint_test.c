#include "base/timefmt.h"
#include "fresh/fresh_int.h"
#include "q_fresh.h"
#include "unit/tenants/tenant_kit.h"

/* What only tells that something changed, and came when a sweep was due already. */

#define QUARTER_US INT64_C(900000000)

static struct tenant acme;
static struct uuid con;

static void received(const char *business_key, int ago_s)
{
    struct uuid m = uuid_new();

    sql("insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, "
        "business_key, body, body_hash, received_at)"
        " values ('%s', '%s', '%s', '%s', 't', gen_random_uuid()::text, %s, 'b', sha256('b'), now() - interval '%d s')",
        id(&acme.partner_id), id(&acme.customer_id), id(&m), id(&con), business_key, ago_s);
}

/* In how many seconds the source is asked again, once a sweep until a minute ago has ended. */
static const char *next_s(struct db *db, const char *fault)
{
    struct scope *sc = scope_in(db, &acme);

    CHECK_OK(q_sweep_ended(sc,
                           &(struct q_sweep_ended_in){.connection_id = con,
                                                      .object = "order",
                                                      .fault = fault,
                                                      .margin_s = FRESH_MARGIN_S,
                                                      .from_id = uuid_at(time_now_us() - QUARTER_US)},
                           NULL));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return sql("select round(extract(epoch from sweep_at - now()) / 10) * 10 from feed");
}

TEST_IN_LOOP(what_was_told_after_the_window_of_a_sweep_is_asked_for_in_the_next)
{
    struct db *db;

    given_schema();
    acme = given_tenant("acme");
    con = given_connection(&acme, "shop");
    db = pool_as("tenon_worker");
    sql("insert into feed (partner_id, customer_id, connection_id, object, feed_id, sweep_at)"
        " values ('%s', '%s', '%s', 'order', gen_random_uuid(), now())",
        id(&acme.partner_id), id(&acme.customer_id), id(&con));
    sql("insert into feed_cursor (partner_id, customer_id, connection_id, object, complete_to)"
        " select partner_id, customer_id, connection_id, object, now() - interval '60 s' from feed");
    CHECK_STR(next_s(db, NULL), "900");
    received("null", 90);
    received("'order:1'", 10); /* tells what it is about */
    CHECK_STR(next_s(db, NULL), "900");
    received("null", 30);
    CHECK_STR(next_s(db, NULL), "60");
    CHECK_STR(next_s(db, "the shop answered 500"), "900"); /* which is tried again in its time, and not each minute */
    sql("update feed set sweep_every_s = 60");
    CHECK_STR(next_s(db, NULL), "60");
    db_close(db);
}
