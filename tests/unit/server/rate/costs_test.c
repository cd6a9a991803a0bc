#include "rate_kit.h"

/* Calls that cost more than a token, what comes back of them, and what a bucket is said to be. */

/* How many calls of so many tokens each go on now. */
static size_t ask_cost(struct rate *r, const struct rate_limit *limit, int64_t cost, size_t n)
{
    struct rate_ask a = {.most = RATE_GRANT_MAX, .want[LANE_ORDERS] = n, .cost[LANE_ORDERS] = cost};
    struct scope *sc = scope_new();

    CHECK_OK(rate_shared(sc, r, rate_account(r, &account), limit, &a));
    scope_free(sc);
    return a.got[LANE_ORDERS];
}

static const struct rate_limit points = {100000, 2000}; /* a hundred a second */

TEST_IN_LOOP(calls_that_cost_points_are_paced_by_points_over_all_threads)
{
    size_t mine = 0, theirs = 0;

    open_rates(true);
    CHECK_INT(ask_cost(one, &points, 500, 10), 4);
    CHECK_INT(ask_cost(other, &points, 500, 10), 0);
    for (int i = 0; i < 1000; i++, now_us += 100000) { /* a hundred seconds are 10,000 points */
        mine += ask_cost(one, &points, 500, 10);
        theirs += ask_cost(other, &points, 100, 10);
    }
    CHECK(500 * mine + 100 * theirs >= 9500 && 500 * mine + 100 * theirs <= 10100);
    CHECK(mine > 3 && theirs > 3);
    close_rates();
}

TEST_IN_LOOP(what_costs_more_than_there_ever_is_goes_for_all_there_is)
{
    open_rates(true);
    CHECK_INT(ask_cost(one, &points, 5000, 2), 1);
    now_us += 19000000;
    CHECK_INT(ask_cost(one, &points, 5000, 1), 0);
    now_us += 1100000;
    CHECK_INT(ask_cost(one, &points, 5000, 1), 1);
    close_rates();
}

TEST_IN_LOOP(what_a_call_did_not_cost_comes_back)
{
    open_rates(true);
    CHECK_INT(ask_cost(one, &points, 500, 4), 4);
    CHECK_INT(ask_cost(other, &points, 300, 1), 0);
    tell(one, &points, (struct rate_news){.remaining = -1, .back = 300});
    CHECK_INT(ask_cost(other, &points, 300, 2), 1);
    tell(one, &points, (struct rate_news){.remaining = -1, .back = 1000000}); /* and never more than it holds */
    CHECK_INT(ask_cost(other, &points, 500, 10), 4);
    close_rates();
}

TEST_IN_LOOP(what_a_bucket_is_said_to_be_counts_for_all_threads_for_an_hour)
{
    open_rates(true);
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 10), 10); /* and nobody waits on */
    tell(one, &fifty, (struct rate_news){.remaining = -1, .said_per_1000_s = 500000, .said_burst = 40});
    now_us += 1000000;
    CHECK_INT(ask(other, &fifty, LANE_ORDERS, 40), 40); /* five hundred a second, and a larger bucket */
    tell(other, &fifty, (struct rate_news){.remaining = -1, .said_per_1000_s = 1000, .said_burst = 10});
    now_us += 1000000;
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 1); /* one a second */
    now_us += 3601000000;
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 10);
    now_us += 100000;
    CHECK_INT(ask(one, &fifty, LANE_ORDERS, 1000), 5); /* as it is set again */
    close_rates();
}

static const struct rate_limit slow = {5, 2}; /* a token in 200 seconds */

TEST_IN_LOOP(tokens_that_no_call_used_are_there_for_every_thread_again)
{
    const struct rate_news later = {.pause_us = 1000000, .remaining = -1};

    open_rates(true);
    CHECK_INT(ask(one, &slow, LANE_ORDERS, 2), 2);
    CHECK_INT(ask(other, &slow, LANE_ORDERS, 3), 0);
    rate_give_back(one, &account, &slow, 1);
    CHECK_INT(ask(other, &slow, LANE_ORDERS, 3), 1); /* and one only */
    tell(one, &slow, later);
    rate_give_back(one, &account, &slow, 1); /* which nobody gets before the pause is over */
    CHECK_INT(ask(other, &slow, LANE_ORDERS, 3), 0);
    now_us += 1100000;
    CHECK_INT(ask(other, &slow, LANE_ORDERS, 3), 1);
    close_rates();
}

TEST_IN_LOOP(tokens_come_back_where_they_were_taken)
{
    struct rate_ask a = {.most = RATE_GRANT_MAX, .want[LANE_ORDERS] = 1};

    open_rates(true);
    rate_local(one, rate_account(one, &account), &slow, &a); /* while Redis was away */
    CHECK_INT(a.got[LANE_ORDERS], 1);
    CHECK_INT(ask(one, &slow, LANE_ORDERS, 1), 1);
    rate_give_back(one, &account, &slow, 1);
    CHECK_INT(ask(one, &slow, LANE_ORDERS, 3), 2);
    a = (struct rate_ask){.most = RATE_GRANT_MAX, .want[LANE_ORDERS] = 1};
    rate_local(one, rate_account(one, &account), &slow, &a); /* it has none of them */
    CHECK_INT(a.got[LANE_ORDERS], 0);
    close_rates();
}

static const struct rate_limit four = {250, 4}; /* a token in four seconds */
static int granted, turned_back, again_s;

static void take_of_four(void *arg)
{
    struct scope *sc = scope_new();

    if (rate_take(sc, arg, &account, &four, LANE_ORDERS) == OK)
        granted++;
    else {
        turned_back++;
        again_s = scope_fault(sc)->retry_after_s;
    }
    scope_free(sc);
}

/* Each of them holds a place in which another job could run. */
TEST_IN_LOOP(of_a_slow_bucket_only_those_wait_whose_token_comes_in_time)
{
    open_rates(false);
    granted = turned_back = 0;
    for (int i = 0; i < 4; i++)
        CHECK_OK(rate_take(test_scope(), one, &account, &four, LANE_ORDERS));
    for (int i = 0; i < 3; i++)
        CHECK(fiber_start(take_of_four, one));
    for (int i = 0; i < 200 && turned_back < 3; i++)
        fiber_sleep_us(10000);
    CHECK(turned_back >= 2); /* in two seconds, and not when five are over */
    CHECK(again_s >= 4);
    while (granted + turned_back < 3)
        fiber_sleep_us(10000);
    close_rates();
}
