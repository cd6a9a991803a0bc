#include "base/timefmt.h"
#include "fresh/fresh_int.h"
#include "q_fresh.h"
#include "unit/tenants/tenant_kit.h"

/* What a sweep takes for missing, of what the source lists. */

#define HOUR INT64_C(3600000000)
#define THEN INT64_C(1767571200000000)

static struct tenant acme;
static struct uuid con;

/* A delivery about the object that says it was changed then; in a flow, jobs run in order by another key. */
static void received(const char *key, int64_t changed_us, bool by_flow)
{
    struct uuid m = uuid_new();

    sql("insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, "
        "business_key,"
        " object_key, body, body_hash, received_at, changed_at)"
        " values ('%s', '%s', '%s', '%s', 't', gen_random_uuid()::text, '%s', %s%s%s, 'b', sha256('b'), now(),"
        " to_timestamp(%lld / 1000000.0))",
        id(&acme.partner_id), id(&acme.customer_id), id(&m), id(&con), by_flow ? "of the flow" : key,
        by_flow ? "'" : "", by_flow ? key : "null", by_flow ? "'" : "", (long long)changed_us);
}

/* The places of those that are missing of orders 1 to 4, all changed THEN. */
static const char *missing(struct db *db, int64_t from_us)
{
    static char text[64];
    const char *keys[] = {"1", "2", "3", "4"};
    int64_t versions[] = {THEN, THEN, THEN, THEN};
    struct scope *sc = scope_in(db, &acme);
    struct q_sweep_missing_rows rows = {0};

    CHECK_OK(q_sweep_missing(sc,
                             &(struct q_sweep_missing_in){.connection_id = con,
                                                          .object = "order",
                                                          .keys = keys,
                                                          .keys_n = 4,
                                                          .versions_us = versions,
                                                          .versions_n = 4,
                                                          .from_id = uuid_at(from_us)},
                             &rows));
    *text = '\0';
    for (size_t i = 0; i < rows.n; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ", (int)rows.v[i].place);
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return text;
}

TEST_IN_LOOP(what_was_not_received_in_its_version_is_missing)
{
    struct db *db;

    given_schema();
    acme = given_tenant("acme");
    con = given_connection(&acme, "shop");
    db = pool_as("tenon_worker");
    CHECK_STR(missing(db, 0), "1 2 3 4 ");
    received("order:1", THEN, false);
    received("order:2", THEN - HOUR, false); /* an older version: what came after it did not */
    received("order:3", THEN + HOUR, false);
    received("order:4", THEN, true);
    received("stock:2", THEN, false);
    CHECK_STR(missing(db, 0), "2 ");
    received("order:2", THEN, true);
    CHECK_STR(missing(db, 0), "");
    CHECK_STR(missing(db, time_now_us() + HOUR), "1 2 3 4 "); /* nothing has come since then */
    db_close(db);
}
