#include <stdio.h>

#include "base/timefmt.h"
#include "flow/flow.h"
#include "xref_kit.h"

#define ORDERS 17

/* Held orders, each with a job that waits for a person. */
static void given_held(struct world *w, struct uuid *ids, size_t n)
{
    struct uuid connection = given_connection(&w->acme, "shopify");

    for (size_t i = 0; i < n; i++) {
        char key[32];
        struct uuid job;

        snprintf(key, sizeof(key), "order:%zu", i);
        job = given_job(&w->acme, &connection, "order", key);
        ids[i] = uuid_new();
        sql("update job set state = 'held', reason = 'x', ended_at = now() where job_id = '%s';"
            "insert into sales_order (partner_id, customer_id, order_id, connection_id, natural_key, number, state,"
            " held_reason, currency, received_at, source_version, message_id) select partner_id, customer_id, '%s',"
            " connection_id, '%zu', '#%zu', 'held', 'no SKU', 'EUR', now(), now(), message_id from job where job_id = "
            "'%s';"
            "insert into order_event (partner_id, customer_id, event_id, order_id, at, hop, detail, job_id)"
            " select partner_id, customer_id, gen_random_uuid(), '%s', now(), 'held', 'no SKU', job_id from job"
            " where job_id = '%s'",
            id(&job), id(&ids[i]), i, i, id(&job), id(&ids[i]), id(&job));
    }
    fiber_yield(); /* all this blocked: the loop's clock stands at its beginning */
}

static bool miss_at(struct world *w, const char *table, const char *key, const struct uuid *order, int64_t at_us)
{
    struct xref_missed m = {
        .table = table, .key = str_of(key), .kind = "order", .waiting_id = *order, .sample = "line 1, Red mug"};
    struct scope *sc = scope_in(w->worker, &w->acme);
    struct xref_word word = {false, false};

    m.at_us = at_us;
    CHECK_OK(xref_missed(sc, &m, &word));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return word.answered;
}

static bool miss(struct world *w, const char *table, const char *key, const struct uuid *order)
{
    return miss_at(w, table, key, order, time_now_us());
}

/* As the API does it: the entry, who waited, and their release, in one transaction. */
static size_t answer(struct world *w, const struct xref_table *t, const char *key, struct uuid *out,
                     size_t *out_released)
{
    struct xref_entry e = kit_entry(key, "A-1");
    struct scope *sc = scope_in(w->api, &w->acme);
    struct xref_waiting *v = NULL;
    size_t n = 0;

    CHECK_OK(xref_entry_add(sc, t, &e));
    CHECK_OK(xref_waiting_release(sc, &t->customer_id, &t->table_id, &v, &n));
    for (size_t i = 0; i < n; i++) {
        CHECK_STR(v[i].kind, "order");
        out[i] = v[i].id;
    }
    *out_released = 0;
    if (n)
        CHECK_OK(flow_release_all(sc, &t->customer_id, out, n, "by the tests", out_released));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return n;
}

TEST_IN_LOOP(seventeen_orders_held_for_one_word_go_on_with_one_entry_once_and_in_order)
{
    struct uuid orders[ORDERS], freed[ORDERS + 1];
    size_t released = 0;
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    given_held(&w, orders, ORDERS);
    /* Not the order of their ids. */
    for (size_t i = 0; i < ORDERS; i++)
        CHECK(!miss(&w, "sku", i % 2 ? "RED mug" : " red  Mug", &orders[(i * 5) % ORDERS]));
    CHECK(!miss(&w, "sku", "red mug", &orders[3])); /* the same again */
    CHECK_STR(sql("select count(*), min(key), min(sample), min(seen) from xref_miss"),
              "1| red  Mug|line 1, Red mug|18");
    CHECK_STR(sql("select count(*) from xref_waiting where released_at is null"), "17");
    CHECK_INT(answer(&w, &t, "something else", freed, &released), 0);
    CHECK_INT(answer(&w, &t, "Red Mug", freed, &released), ORDERS);
    CHECK_INT(released, ORDERS);
    for (size_t i = 0; i < ORDERS; i++)
        CHECK(uuid_equal(&freed[i], &orders[(i * 5) % ORDERS]));
    CHECK_STR(sql("select state, count(*), count(held_reason) from sales_order group by state"), "received|17|0");
    CHECK_STR(sql("select state, count(*) from job group by state"), "ready|17");
    CHECK_STR(sql("select string_agg(business_key, ' ' order by run_at) from (select business_key, run_at from job"
                  " order by run_at limit 4) x"),
              "order:0 order:5 order:10 order:15");
    CHECK_STR(sql("select hop, detail, count(*) from order_event where hop = 'released' group by 1, 2"),
              "released|by the tests|17");
    CHECK_INT(answer(&w, &t, "a third", freed, &released), 0);
    CHECK(miss(&w, "sku", "red MUG", &orders[0])); /* it is answered by now */
    CHECK_STR(sql("select count(*) from xref_miss where resolved_at is null"), "0");
    world_end(&w);
}

TEST_IN_LOOP(an_order_that_waits_for_two_words_goes_on_with_the_second)
{
    struct uuid order, freed[2];
    size_t released = 0;
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    given_held(&w, &order, 1);
    CHECK(!miss(&w, "sku", "red", &order));
    CHECK(!miss(&w, "sku", "blue", &order));
    CHECK_INT(answer(&w, &t, "red", freed, &released), 0);
    CHECK_STR(sql("select state from sales_order"), "held");
    CHECK_INT(answer(&w, &t, "blue", freed, &released), 1);
    CHECK_INT(released, 1);
    world_end(&w);
}

TEST_IN_LOOP(what_does_not_wait_any_more_is_left_alone_and_what_is_just_put_aside_is_asked_for_again)
{
    struct uuid orders[2], freed[2];
    struct xref_waiting *v = NULL;
    struct xref_entry e;
    struct scope *sc;
    struct xref_table t;
    struct world w;
    size_t n = 0;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    given_held(&w, orders, 2);
    CHECK(!miss(&w, "sku", "red", &orders[0]));
    CHECK(!miss(&w, "sku", "red", &orders[1]));
    sql("update sales_order set state = 'delivered', held_reason = null, delivered_at = now() where natural_key = '0';"
        "update job set state = 'leased', lease_owner = gen_random_uuid() where business_key = 'order:1'");
    e = kit_entry("red", "A");
    sc = scope_in(w.api, &w.acme);
    CHECK_OK(xref_entry_add(sc, &t, &e));
    CHECK_OK(xref_waiting_release(sc, &t.customer_id, &t.table_id, &v, &n));
    CHECK_INT(n, 2);
    for (size_t i = 0; i < n; i++)
        freed[i] = v[i].id;
    CHECK_ERR(flow_release_all(sc, &t.customer_id, freed, n, "x", &n), ERR_CONFLICT);
    CHECK_INT(scope_fault(sc)->retry_after_s, 1);
    db_rollback(sc);
    scope_free(sc);
    sql("update job set state = 'held', lease_owner = null where business_key = 'order:1'");
    CHECK_INT(answer(&w, &t, "red", freed, &n), 2);
    CHECK_INT(n, 1);
    CHECK_STR(sql("select string_agg(state, ' ' order by natural_key) from sales_order"), "delivered received");
    world_end(&w);
}

TEST_IN_LOOP(unmatched_words_are_listed_with_who_waits)
{
    struct uuid orders[3], none = {{0}};
    struct xref_unmatched *v = NULL;
    struct scope *sc;
    struct xref_table t;
    struct world w;
    size_t n = 0;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    given_held(&w, orders, 3);
    CHECK(!miss(&w, "sku", "red", &orders[0]));
    CHECK(!miss(&w, "sku", "blue", &orders[1]));
    CHECK(!miss(&w, "sku", "Red", &orders[2]));
    sc = scope_in(w.api, &w.acme);
    CHECK_OK(xref_unmatched_list(sc, &t.customer_id, &t.table_id, &none, 10, &v, &n));
    CHECK_INT(n, 2);
    CHECK_STR(v[0].key, "red");
    CHECK_INT(v[0].waiting, 2);
    CHECK_INT(v[0].seen, 2);
    CHECK_STR(v[1].key, "blue");
    CHECK_INT(v[1].waiting, 1);
    db_rollback(sc);
    scope_free(sc);
    sc = scope_in(w.api, &w.globex);
    CHECK_OK(xref_unmatched_list(sc, &t.customer_id, &t.table_id, &none, 10, &v, &n));
    CHECK_INT(n, 0);
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(a_word_that_no_entry_can_have_is_no_miss)
{
    struct xref_missed m = {.table = "sku", .key = STR(" "), .kind = "order", .waiting_id = uuid_new()};
    struct scope *sc;
    struct world w;
    struct xref_word word = {true, true};

    world_make(&w);
    given_table(&w, &w.acme, "sku", "many_to_one");
    sc = scope_in(w.worker, &w.acme);
    CHECK_ERR(xref_missed(sc, &m, &word), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->message, "what is looked up in sku cannot be in it: it may not be empty");
    db_rollback(sc);
    scope_clear(sc);
    m.kind = NULL; /* something was made up for it, which is no failure and counts nothing */
    CHECK_OK(xref_missed(sc, &m, &word));
    CHECK(!word.answered && !word.elsewhen);
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select count(*) from xref_miss"), "0");
    scope_free(sc);
    world_end(&w);
}

#define HOUR INT64_C(3600000000)

/* What is looked up is looked up at the time of what waits, and so it is when an answer comes. */
TEST_IN_LOOP(an_entry_for_other_times_than_an_orders_own_lets_it_wait_and_is_told)
{
    int64_t ten = time_now_us() - 5 * HOUR, eleven = ten + HOUR;
    struct uuid orders[2], none = {{0}};
    struct xref_unmatched *list = NULL;
    struct xref_elsewhen *later = NULL;
    struct xref_waiting *v = NULL;
    struct xref_entry e;
    struct xref_table t;
    struct scope *sc;
    struct world w;
    size_t n = 0;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    given_held(&w, orders, 2);
    CHECK(!miss_at(&w, "sku", "red", &orders[0], ten));
    CHECK(!miss_at(&w, "sku", "red", &orders[1], eleven));
    e = kit_entry("Red", "A");
    e.valid_from_us = eleven;
    sc = scope_in(w.api, &w.acme);
    CHECK_OK(xref_entry_add(sc, &t, &e));
    CHECK_OK(xref_waiting_release(sc, &t.customer_id, &t.table_id, &v, &n));
    CHECK_INT(n, 1);
    CHECK(uuid_equal(&v[0].id, &orders[1]));
    CHECK_OK(xref_waiting_elsewhen(sc, &t.customer_id, &t.table_id, &later, &n));
    CHECK_INT(n, 1);
    CHECK(uuid_equal(&later[0].id, &orders[0]));
    CHECK_INT(later[0].at_us, ten);
    CHECK_OK(xref_unmatched_list(sc, &t.customer_id, &t.table_id, &none, 10, &list, &n));
    CHECK_INT(n, 1);
    CHECK_INT(list[0].waiting, 1);
    CHECK(list[0].elsewhen);
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    CHECK(!miss_at(&w, "sku", "red", &orders[0], ten)); /* it is not answered, as the look-up would say too */
    CHECK(miss_at(&w, "sku", "red", &orders[0], eleven));
    e = kit_entry("red", "B");
    e.valid_to_us = eleven;
    sc = scope_in(w.api, &w.acme);
    CHECK_OK(xref_entry_add(sc, &t, &e));
    CHECK_OK(xref_waiting_release(sc, &t.customer_id, &t.table_id, &v, &n));
    CHECK_INT(n, 1);
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    CHECK_STR(sql("select count(*) from xref_miss where resolved_at is null"), "0");
    world_end(&w);
}

/* ---- two tables are filled at once ---- */

struct filler {
    struct world *w;
    const struct xref_table *t;
    const char *key;
    size_t freed;
    unsigned *left;
};

static void fills(void *arg)
{
    struct filler *f = arg;
    struct scope *sc = scope_in(f->w->api, &f->w->acme);
    struct xref_entry e = kit_entry(f->key, "A");
    struct xref_waiting *v = NULL;

    CHECK_OK(xref_entry_add(sc, f->t, &e));
    fiber_sleep_us(100000); /* both tables are held by now, each by its own */
    CHECK_OK(xref_waiting_release(sc, &f->t->customer_id, &f->t->table_id, &v, &f->freed));
    fiber_sleep_us(100000);
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    --*f->left;
}

TEST_IN_LOOP(an_order_whose_last_two_words_come_at_once_goes_on_once)
{
    struct xref_table sku, location;
    struct filler a, b;
    unsigned left = 2;
    struct uuid order;
    struct world w;

    world_make(&w);
    sku = given_table(&w, &w.acme, "sku", "many_to_one");
    location = given_table(&w, &w.acme, "location", "many_to_one");
    given_held(&w, &order, 1);
    CHECK(!miss(&w, "sku", "red", &order));
    CHECK(!miss(&w, "location", "north", &order));
    a = (struct filler){&w, &sku, "red", 0, &left};
    b = (struct filler){&w, &location, "north", 0, &left};
    CHECK(fiber_start(fills, &a) && fiber_start(fills, &b));
    while (left)
        fiber_sleep_us(10000);
    CHECK_INT(a.freed + b.freed, 1);
    CHECK_STR(sql("select count(*) from xref_waiting where released_at is null"), "0");
    world_end(&w);
}
