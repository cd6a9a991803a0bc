#include "order/order.h"

#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "unit/tenants/tenant_kit.h"

#define SECOND INT64_C(1000000)
#define NOON   INT64_C(1790000000000000)

struct world {
    struct tenant t;
    struct order_source from;
    struct db *worker;
    struct canon_line line;
    struct canon_order order;
};

static void world_make(struct world *w)
{
    CHECK_OK(crypto_start(test_scope()));
    given_schema();
    w->t = given_tenant("acme");
    w->from = (struct order_source){.connection_id = given_connection(&w->t, "shopify"), .received_at_us = NOON};
    w->from.message_id = given_message(&w->t, &w->from.connection_id, "{}");
    w->worker = pool_as("tenon_worker");
    w->line = (struct canon_line){
        .key = "1", .sku = "SKU", .title = "Mug", .quantity = decimal_of(2), .unit_price = decimal_of(10)};
    w->order = (struct canon_order){.natural_key = "9007199254740993",
                                    .number = "#1001",
                                    .currency = "EUR",
                                    .placed_at_us = NOON,
                                    .updated_at_us = NOON,
                                    .lines = &w->line,
                                    .line_count = 1,
                                    .total = decimal_of(20)};
}

static struct order_stored keep(struct world *w, const char *held)
{
    struct scope *sc = scope_in(w->worker, &w->t);
    struct order_stored s = {0};

    CHECK_OK(order_store(sc, &w->from, &w->order, held, &s));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return s;
}

static const char *stored(void)
{
    return sql("select state, held_reason, total_minor, (select count(*) from canonical_record) from sales_order");
}

TEST_IN_LOOP(an_order_seen_again_is_the_same_order_and_the_same_version)
{
    struct order_stored first, second;
    struct world w;

    world_make(&w);
    first = keep(&w, NULL);
    CHECK(first.fresh && !first.delivered && !first.superseded);
    second = keep(&w, NULL);
    CHECK(!second.fresh && uuid_equal(&first.order_id, &second.order_id));
    CHECK_STR(stored(), "received||2000|1");
    w.order.updated_at_us += SECOND;
    w.line.quantity = decimal_of(3);
    w.order.total = decimal_of(30);
    keep(&w, NULL);
    CHECK_STR(stored(), "received||3000|2");
    CHECK_STR(sql("select string_agg(version_no::text, ',' order by version_no) from canonical_record"), "1,2");
    db_close(w.worker);
}

TEST_IN_LOOP(an_older_version_that_comes_late_changes_nothing)
{
    struct order_stored s;
    struct world w;

    world_make(&w);
    keep(&w, NULL);
    w.order.updated_at_us -= SECOND;
    w.order.total = decimal_of(99);
    s = keep(&w, NULL);
    CHECK(s.superseded);
    CHECK_STR(stored(), "received||2000|1");
    db_close(w.worker);
}

TEST_IN_LOOP(a_held_order_says_why_until_a_version_can_go_on)
{
    struct world w;

    world_make(&w);
    w.order.currency = "XXQ";
    keep(&w, "the currency is not known");
    CHECK_STR(stored(), "held|the currency is not known||1");
    w.order.currency = "EUR";
    w.order.updated_at_us += SECOND;
    keep(&w, NULL);
    CHECK_STR(stored(), "received||2000|2");
    db_close(w.worker);
}

TEST_IN_LOOP(a_delivered_order_stays_delivered)
{
    struct order_stored s;
    struct scope *sc;
    struct world w;

    world_make(&w);
    s = keep(&w, NULL);
    sc = scope_in(w.worker, &w.t);
    CHECK_OK(order_delivered(sc, &s.order_id, "17", "SO-17", &(struct money){.minor = 2000, .currency = "EUR"}));
    CHECK_OK(order_hold(sc, &s.order_id, "too late"));
    CHECK_OK(order_delivered(sc, &s.order_id, "18", "SO-18", NULL));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    w.order.updated_at_us += SECOND;
    w.order.total = decimal_of(30);
    s = keep(&w, "now it would be held");
    CHECK(s.delivered);
    CHECK_STR(sql("select state, held_reason, external_id, external_number, external_total_minor from sales_order"),
              "delivered||17|SO-17|2000");
    db_close(w.worker);
}

TEST_IN_LOOP(another_tenants_order_is_simply_absent)
{
    struct order_events events = {.arena = test_scope()->arena};
    struct uuid job, none = {{0}};
    struct order_row *rows;
    struct order_stored s;
    struct order_full full;
    struct tenant globex;
    struct scope *sc;
    struct world w;
    size_t n = 9;

    world_make(&w);
    globex = given_tenant("globex");
    job = given_job(&w.t, &w.from.connection_id, "order", "order:1");
    s = keep(&w, NULL);
    sc = scope_in(w.worker, &w.t);
    order_note(&events, "received", "from \"Main\"", NULL);
    order_note(&events, "canonical", CANON_ORDER_SCHEMA, NULL);
    CHECK_OK(order_events_write(sc, &s.order_id, &job, 1, &w.from.message_id, &events));
    CHECK_OK(db_commit(sc));
    CHECK_OK(order_get(sc, &s.order_id, &full));
    CHECK_STR(full.row.source_id, "9007199254740993");
    CHECK_INT(full.row.total.minor, 2000);
    CHECK_INT(full.hop_count, 2);
    CHECK(full.hop_count == 2 && strcmp(full.hops[1].hop, "canonical") == 0 && !full.hops[1].has_effect);
    CHECK_OK(order_list(sc, &none, 10, &rows, &n));
    CHECK_INT(n, 1);
    db_rollback(sc);
    sc->tenant = globex;
    CHECK_OK(order_list(sc, &none, 10, &rows, &n));
    CHECK_INT(n, 0);
    CHECK_ERR(order_get(sc, &s.order_id, &full), ERR_NOT_FOUND);
    db_rollback(sc);
    CHECK_ERR(order_events_write(sc, &s.order_id, &job, 1, &w.from.message_id, &events), ERR_CONFLICT);
    scope_free(sc);
    db_close(w.worker);
}
