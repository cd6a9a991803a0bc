#include "rate_kit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

TEST_IN_LOOP(the_rate_is_kept_over_all_threads)
{
    size_t mine = 0, theirs = 0;

    open_rates(true);
    for (int i = 0; i < 2000; i++, now_us += 5000) { /* ten seconds */
        mine += ask(one, &fifty, LANE_ORDERS, 1000);
        theirs += ask(other, &fifty, LANE_ORDERS, 1000);
    }
    CHECK(mine + theirs >= 475 + 10 && mine + theirs <= 525 + 10);
    CHECK(mine > 200 && theirs > 200); /* and they take turns */
    close_rates();
}

TEST_IN_LOOP(after_a_rest_a_burst_and_no_more_goes_on)
{
    open_rates(true);
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 10);
    now_us += INT64_C(3600) * 1000000;
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 10);
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 0);
    now_us += 40000;
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 2);
    now_us -= INT64_C(3600) * 1000000; /* the server's clock was set back */
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 0);
    now_us += 40000;
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 2);
    close_rates();
}

TEST_IN_LOOP(an_order_gets_the_next_token_before_fifty_thousand_of_the_catalogue)
{
    open_rates(true);
    CHECK_INT(ask(one, &fifty, LANE_CATALOGUE, 50000), 7); /* three are kept */
    for (int i = 0; i < 100; i++, now_us += 20000)
        ask(one, &fifty, LANE_CATALOGUE, 50000);
    CHECK_INT(ask(other, &fifty, LANE_ORDERS, 1), 1); /* with no time gone by */
    CHECK_INT(ask(other, &fifty, LANE_ORDERS, 1), 1);
    CHECK_INT(ask(one, &fifty, LANE_CATALOGUE, 50000), 0);
    close_rates();
}

TEST_IN_LOOP(where_nothing_can_be_kept_the_next_token_still_is_the_orders)
{
    static const struct rate_limit single = {10000, 1};

    open_rates(true);
    CHECK_INT(ask(one, &single, LANE_CATALOGUE, 50000), 1);
    CHECK_INT(ask(other, &single, LANE_ORDERS, 1), 0);
    now_us += 100000;
    CHECK_INT(ask(one, &single, LANE_CATALOGUE, 50000), 0); /* though it asks first */
    CHECK_INT(ask(other, &single, LANE_ORDERS, 1), 1);
    now_us += 100000;
    CHECK_INT(ask(one, &single, LANE_CATALOGUE, 50000), 1);
    close_rates();
}

TEST_IN_LOOP(one_token_in_sixteen_goes_to_the_lower_lanes_in_turn)
{
    size_t got[LANE_COUNT] = {0};

    open_rates(true);
    for (int i = 0; i < 320; i++, now_us += 20000) {
        struct rate_ask a = {.want = {1000, 0, 1000, 0, 1000}, .most = 1};

        CHECK_OK(rate_shared(test_scope(), one, rate_account(one, &account), &fifty, &a));
        for (size_t l = 0; l < LANE_COUNT; l++)
            got[l] += a.got[l];
    }
    CHECK_INT(got[LANE_ORDERS], 300);
    CHECK_INT(got[LANE_FINANCE], 10);
    CHECK_INT(got[LANE_BACKFILL], 10);
    close_rates();
}

TEST_IN_LOOP(a_thread_that_has_gone_holds_up_the_others_for_two_seconds_at_most)
{
    static const struct rate_limit single = {10000, 1};

    open_rates(true);
    CHECK_INT(ask(other, &single, LANE_ORDERS, 1000), 1); /* and is never seen again */
    now_us += 1900000;
    CHECK_INT(ask(one, &single, LANE_CATALOGUE, 10), 0);
    now_us += 200000;
    CHECK_INT(ask(one, &single, LANE_CATALOGUE, 10), 1);
    close_rates();
}

TEST_IN_LOOP(retry_after_stops_every_thread_until_then)
{
    open_rates(true);
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1), 1);
    tell(one, &fifty, (struct rate_news){.pause_us = 10000000, .remaining = 0});
    now_us += 9900000;
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1), 0);
    CHECK_INT(ask(other, &fifty, LANE_ORDERS, 1), 0);
    tell(other, &fifty, (struct rate_news){.pause_us = 1, .remaining = -1}); /* a shorter one changes nothing */
    CHECK_INT(ask(other, &fifty, LANE_ORDERS, 1), 0);
    now_us += 100000;
    CHECK_INT(ask(other, &fifty, LANE_ORDERS, 1), 1);
    close_rates();
}

TEST_IN_LOOP(what_remains_there_is_no_more_here)
{
    open_rates(true);
    tell(one, &fifty, (struct rate_news){.remaining = 2});
    CHECK_INT(ask(other, &fifty, LANE_ORDERS, 1000), 2);
    close_rates();
}

TEST_IN_LOOP(a_lower_rate_holds_for_its_time)
{
    size_t n = 0;

    open_rates(true);
    tell(one, &fifty, (struct rate_news){.remaining = 0, .per_1000_s = 5000, .for_us = 4000000});
    for (int i = 0; i < 400; i++, now_us += 10000)
        n += ask(other, &fifty, LANE_ORDERS, 1000);
    CHECK(n >= 18 && n <= 21);
    n = 0;
    for (int i = 0; i < 400; i++, now_us += 10000)
        n += ask(other, &fifty, LANE_ORDERS, 1000);
    CHECK(n >= 190 && n <= 210);
    close_rates();
}

TEST_IN_LOOP(a_call_that_could_not_wait_is_paid_for_later)
{
    open_rates(true);
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 10);
    for (int i = 0; i < 5; i++)
        rate_charge(one, &account, &fifty);
    now_us += 100000;
    CHECK_INT(ask(other, &fifty, LANE_ORDERS, 1000), 0);
    now_us += 20000;
    CHECK_INT(ask(other, &fifty, LANE_ORDERS, 1000), 1);
    close_rates();
}

TEST_IN_LOOP(a_bucket_that_redis_forgot_begins_empty)
{
    struct redis_reply reply;

    open_rates(true);
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 10);
    CHECK_OK(redis_command(test_scope(), redis, (struct str[]){STR("FLUSHALL")}, 1, &reply));
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 0);
    now_us += 20000;
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 1);
    close_rates();
}

TEST_IN_LOOP(a_key_of_another_type_is_thrown_away)
{
    char id[UUID_TEXT_LEN + 1];
    struct redis_reply reply;

    open_rates(true);
    uuid_format(&account, id);
    CHECK_OK(redis_command(
        test_scope(), redis,
        (struct str[]){STR("SET"), str_of(arena_f(test_scope()->arena, "tenon:account:{%s}:rate", id)), STR("x")}, 3,
        &reply));
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 10);
    close_rates();
}

TEST_IN_LOOP(what_room_there_is_can_be_seen)
{
    struct rate_view v;

    open_rates(true);
    CHECK_INT(ask(one, &fifty, LANE_CATALOGUE, 50000), 7);
    CHECK_INT(ask(one, &fifty, LANE_CATALOGUE, 49993), 0);
    rate_look(other, &account, &fifty, &v);
    CHECK(v.shared);
    CHECK_INT(v.millitokens, 3000);
    CHECK_INT(v.per_1000_s, 50000);
    CHECK_INT(v.pause_us, 0);
    CHECK_INT(v.waiting[LANE_CATALOGUE], 49993);
    CHECK_INT(v.waiting[LANE_ORDERS], 0);
    tell(one, &fifty, (struct rate_news){.pause_us = 10000000, .remaining = 0});
    rate_look(other, &account, &fifty, &v);
    CHECK_INT(v.pause_us, 10000000);
    CHECK_INT(v.millitokens, 0);
    close_rates();
}

/* ---- as jobs see it, with the clock as it is ---- */

static int ended, granted, granted_before_order, turned_back;
static const struct rate_limit twenty = {20000, 10};

static void take_catalogue(void *arg)
{
    struct scope *sc = scope_new();
    enum err e = rate_take(sc, arg, &account, &twenty, LANE_CATALOGUE);

    granted += e == OK;
    turned_back += e == ERR_LIMIT && scope_fault(sc)->retry_after_s > 0;
    CHECK(e == OK || e == ERR_LIMIT);
    ended++;
    scope_free(sc);
}

TEST_IN_LOOP(an_order_does_not_wait_for_those_that_came_before_it)
{
    int64_t start;

    open_rates(false);
    for (int i = 0; i < 60; i++)
        CHECK(fiber_start(take_catalogue, i % 2 ? one : other));
    fiber_sleep_us(300000);
    CHECK(granted >= 7 && granted <= 16);
    granted_before_order = granted;
    start = loop_now_us();
    CHECK_OK(rate_take(test_scope(), one, &account, &twenty, LANE_ORDERS));
    CHECK(loop_now_us() - start < 500000); /* sixty tokens would take three seconds */
    CHECK(granted <= granted_before_order + 1);
    while (ended < 60)
        fiber_sleep_us(10000);
    CHECK_INT(granted + turned_back, 60);
    CHECK(granted >= 55); /* sixty wait three seconds at most */
    close_rates();
}

static const struct rate_limit two = {2000, 10};

static void take_slowly(void *arg)
{
    struct scope *sc = scope_new();

    granted += rate_take(sc, arg, &account, &two, LANE_CATALOGUE) == OK;
    ended++;
    scope_free(sc);
}

TEST_IN_LOOP(an_order_wakes_who_asks_for_all)
{
    int64_t start;

    open_rates(false);
    for (int i = 0; i < 9; i++)
        CHECK(fiber_start(take_slowly, one));
    fiber_sleep_us(100000);
    CHECK_INT(granted, 7); /* the leader of the others sleeps for nearly half a second */
    start = loop_now_us();
    CHECK_OK(rate_take(test_scope(), one, &account, &two, LANE_ORDERS));
    CHECK(loop_now_us() - start < 300000);
    while (ended < 9)
        fiber_sleep_us(10000);
    CHECK_INT(granted, 9);
    close_rates();
}

TEST_IN_LOOP(a_flood_is_turned_back_with_a_time)
{
    int64_t start;

    open_rates(false);
    start = loop_now_us();
    for (int i = 0; i < 1000; i++)
        CHECK(fiber_start(take_catalogue, one));
    while (ended < 1000)
        fiber_sleep_us(10000);
    CHECK(loop_now_us() - start < RATE_WAIT_US + 5000000); /* for all there would be tokens in fifty seconds */
    CHECK(granted >= 90 && granted <= 120);
    CHECK_INT(granted + turned_back, 1000);
    close_rates();
}

TEST_IN_LOOP(without_redis_each_thread_has_its_share)
{
    struct rate_view v;
    int64_t start;

    open_rates(false);
    CHECK_OK(rate_take(test_scope(), one, &account, &twenty, LANE_ORDERS));
    test_redis_kill(&server);
    start = loop_now_us();
    for (int i = 0; i < 25; i++) /* five at once, then ten a second */
        CHECK_OK(rate_take(test_scope(), one, &account, &twenty, LANE_ORDERS));
    CHECK(loop_now_us() - start > 1800000 && loop_now_us() - start < 4600000);
    rate_look(one, &account, &twenty, &v);
    CHECK(!v.shared);
    CHECK_INT(v.per_1000_s, 10000);
    test_redis_restart(&server);
    fiber_sleep_us(2100000);
    rate_look(one, &account, &twenty, &v);
    CHECK(v.shared);
    close_rates();
}

TEST_IN_LOOP(the_share_is_that_of_all_threads_redis_saw)
{
    struct rate_view v;

    open_rates(true);
    for (int i = 0; i < 5; i++) {
        struct rate *more = rate_open(redis, 1);

        more->now_us = clock_now;
        ask(more, &fifty, LANE_ORDERS, 1);
        rate_close(more);
    }
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1), 1);
    test_redis_kill(&server);
    fiber_sleep_us(20000);
    rate_look(one, &account, &fifty, &v);
    CHECK(!v.shared);
    CHECK_INT(v.per_1000_s, 50000 / 6);
    close_rates();
}

TEST_IN_LOOP(a_pause_holds_without_redis_and_without_a_limit)
{
    static const struct rate_limit none = {0, 1};
    int64_t start;

    open_rates(false);
    test_redis_kill(&server);
    CHECK_OK(rate_take(test_scope(), one, &account, &none, LANE_ORDERS));
    tell(one, &none, (struct rate_news){.pause_us = 300000, .remaining = 0});
    start = loop_now_us();
    CHECK_OK(rate_take(test_scope(), one, &account, &none, LANE_ORDERS));
    CHECK(loop_now_us() - start >= 290000);
    tell(one, &none, (struct rate_news){.pause_us = 60000000, .remaining = 0});
    CHECK_ERR(rate_take(test_scope(), one, &account, &none, LANE_ORDERS), ERR_LIMIT);
    CHECK(scope_fault(test_scope())->retry_after_s >= 60);
    close_rates();
}

static void take_order(void *arg)
{
    static const struct rate_limit slow = {1000, 1};
    struct scope *sc = scope_new();

    sc->deadline_us = *(const int64_t *)arg;
    granted += rate_take(sc, one, &account, &slow, LANE_ORDERS) == OK;
    ended++;
    scope_free(sc);
}

TEST_IN_LOOP(a_deadline_ends_the_wait_and_another_leads_on)
{
    int64_t soon, late;

    open_rates(false);
    late = loop_now_us() + 3000000;
    take_order(&late);
    soon = loop_now_us() + 1200000;
    CHECK(fiber_start(take_order, &soon)); /* leads, and gets the first */
    fiber_yield();
    CHECK(fiber_start(take_order, &soon)); /* whose time is over before the second */
    CHECK(fiber_start(take_order, &late));
    while (ended < 4)
        fiber_sleep_us(10000);
    CHECK_INT(granted, 3);
    CHECK(!rate_account(one, &account)->leader);
    close_rates();
}

static const struct rate_limit quarter = {250, 1}; /* a token in four seconds */
static enum lane first_to_end = LANE_COUNT;

static void take_in_lane(enum lane lane)
{
    struct scope *sc = scope_new();

    granted += rate_take(sc, one, &account, &quarter, lane) == OK;
    if (ended++ == 0)
        first_to_end = lane;
    scope_free(sc);
}

static void take_stock_quarter(void *arg)
{
    (void)arg;
    take_in_lane(LANE_STOCK);
}

static void take_order_quarter(void *arg)
{
    (void)arg;
    take_in_lane(LANE_ORDERS);
}

TEST_IN_LOOP(a_token_that_was_not_needed_goes_to_who_waits_the_highest_first)
{
    int64_t start;

    open_rates(false);
    CHECK_OK(rate_take(test_scope(), one, &account, &quarter, LANE_ORDERS));
    CHECK(fiber_start(take_stock_quarter, one)); /* leads */
    CHECK(fiber_start(take_order_quarter, one));
    fiber_sleep_us(100000);
    CHECK_INT(ended, 0);
    start = loop_now_us();
    rate_give_back(one, &account, &quarter, 1);
    fiber_sleep_us(10000);
    CHECK_INT(granted, 1);
    CHECK_INT(first_to_end, LANE_ORDERS);
    rate_give_back(one, &account, &quarter, 1);
    fiber_sleep_us(10000);
    CHECK_INT(granted, 2);
    CHECK(loop_now_us() - start < 1000000);
    CHECK(!rate_account(one, &account)->leader);
    CHECK_INT(ask(one, &quarter, LANE_ORDERS, 1), 0);
    rate_give_back(one, &account, &quarter, 1); /* nobody waits here */
    CHECK_INT(ask(other, &quarter, LANE_ORDERS, 2), 1);
    close_rates();
}

TEST_IN_LOOP(during_a_pause_nobody_gets_what_was_given_back)
{
    const struct rate_news later = {.pause_us = 2000000, .remaining = -1};

    open_rates(false);
    CHECK_OK(rate_take(test_scope(), one, &account, &quarter, LANE_ORDERS));
    CHECK(fiber_start(take_order_quarter, NULL));
    fiber_sleep_us(100000);
    rate_tell(one, &account, &quarter, &later);
    rate_give_back(one, &account, &quarter, 1);
    fiber_sleep_us(100000);
    CHECK_INT(granted, 0);
    while (ended < 1)
        fiber_sleep_us(10000);
    close_rates();
}

TEST_IN_LOOP(who_cannot_get_a_token_in_time_is_told_at_once)
{
    static const struct rate_limit rare = {10, 1};
    int64_t start;

    open_rates(false);
    CHECK_OK(rate_take(test_scope(), one, &account, &rare, LANE_ORDERS));
    start = loop_now_us();
    CHECK_ERR(rate_take(test_scope(), other, &account, &rare, LANE_ORDERS), ERR_LIMIT);
    CHECK(loop_now_us() - start < 500000);
    CHECK(scope_fault(test_scope())->retry_after_s >= 99);
    close_rates();
}

#define ORDERS 100

static bool flooding;
static size_t flooded;

/* Workers in which fifty thousand wait, and take whatever they get. */
static void flood(void *arg)
{
    struct rate *r = rate_open(redis, 1);

    (void)arg;
    while (flooding) {
        flooded += ask(r, &fifty, LANE_CATALOGUE, 50000);
        fiber_sleep_us(5000);
    }
    rate_close(r);
    ended++;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* The longest but one of a hundred orders, ten a second. */
static int64_t order_p99_us(void)
{
    int64_t us[ORDERS];

    for (int i = 0; i < ORDERS; i++) {
        int64_t start = loop_now_us();

        CHECK_OK(rate_take(test_scope(), one, &account, &fifty, LANE_ORDERS));
        us[i] = loop_now_us() - start;
        fiber_sleep_us(100000);
    }
    qsort(us, ORDERS, sizeof(*us), by_size);
    return us[ORDERS - 2];
}

TEST_IN_LOOP(orders_wait_no_longer_under_a_flood_of_the_catalogue)
{
    int64_t idle_us, flood_us;

    open_rates(false);
    idle_us = order_p99_us();
    flooding = true;
    for (int i = 0; i < 3; i++)
        CHECK(fiber_start(flood, NULL));
    flood_us = order_p99_us();
    flooding = false;
    while (ended < 3)
        fiber_sleep_us(1000);
    printf("# p99 of %d orders: %lld us alone, %lld us beside %zu of the catalogue\n", ORDERS, (long long)idle_us,
           (long long)flood_us, flooded);
    CHECK(flood_us <= 2 * idle_us + 10000); /* a busy machine's share; a token takes 20,000 */
    CHECK(flooded > 300);                   /* what is left of the rate is theirs */
    close_rates();
}
