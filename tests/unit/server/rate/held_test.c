#include "rate_kit.h"

/* Calls at once. */

TEST_IN_LOOP(calls_at_once_are_counted_over_all_threads)
{
    struct rate_held held[4];
    struct scope *sc = scope_new();

    open_rates(true);
    CHECK_OK(rate_hold(sc, one, &account, 3, &held[0]));
    CHECK_OK(rate_hold(sc, other, &account, 3, &held[1]));
    CHECK_OK(rate_hold(sc, one, &account, 3, &held[2]));
    sc->deadline_us = loop_now_us() + 20000;
    CHECK_ERR(rate_hold(sc, other, &account, 3, &held[3]), ERR_LIMIT);
    CHECK(scope_fault(sc)->retry_after_s > 0 && !held[3].account);
    rate_release(one, &held[0]);
    sc->deadline_us = 0;
    CHECK_OK(rate_hold(sc, other, &account, 3, &held[3]));
    for (int i = 1; i < 4; i++)
        rate_release(i == 2 ? one : other, &held[i]);
    rate_release(one, &held[0]); /* it holds none any more */
    scope_free(sc);
    close_rates();
}

TEST_IN_LOOP(a_place_of_a_thread_that_died_is_free_again_when_its_time_is_over)
{
    struct rate_held dead, held;
    struct scope *sc = scope_new();

    open_rates(true);
    CHECK_OK(rate_hold(sc, one, &account, 1, &dead));
    sc->deadline_us = loop_now_us() + 20000;
    CHECK_ERR(rate_hold(sc, other, &account, 1, &held), ERR_LIMIT);
    now_us += RATE_HELD_US + 1;
    sc->deadline_us = 0;
    CHECK_OK(rate_hold(sc, other, &account, 1, &held));
    rate_release(other, &held);
    rate_release(one, &dead);
    scope_free(sc);
    close_rates();
}

static struct rate_held waited_for;
static bool got_it;

static void hold_later(void *arg)
{
    struct scope *sc = scope_new();

    got_it = rate_hold(sc, arg, &account, 1, &waited_for) == OK;
    scope_free(sc);
}

TEST_IN_LOOP(who_waits_for_a_place_has_it_when_another_thread_leaves)
{
    struct rate_held held;
    struct scope *sc = scope_new();

    open_rates(false);
    got_it = false;
    CHECK_OK(rate_hold(sc, one, &account, 1, &held));
    CHECK(fiber_start(hold_later, other));
    fiber_sleep_us(30000);
    CHECK(!got_it);
    rate_release(one, &held);
    for (int i = 0; i < 200 && !got_it; i++)
        fiber_sleep_us(10000);
    CHECK(got_it);
    rate_release(other, &waited_for);
    scope_free(sc);
    close_rates();
}

static bool is_full(struct rate *r, unsigned most)
{
    struct rate_held held;
    struct scope *sc = scope_new();
    bool full;

    sc->deadline_us = loop_now_us() + 20000;
    full = rate_hold(sc, r, &account, most, &held) == ERR_LIMIT;
    if (!full)
        rate_release(r, &held);
    scope_free(sc);
    return full;
}

TEST_IN_LOOP(a_place_counts_for_as_long_as_it_is_held)
{
    struct rate_held held;

    open_rates(true);
    CHECK(!rate_renew(one)); /* it holds none */
    CHECK_OK(rate_hold(test_scope(), one, &account, 1, &held));
    for (int i = 0; i < 100; i++) { /* a hundred seconds */
        now_us += 1000000;
        CHECK(rate_renew(one));
    }
    CHECK(is_full(other, 1));
    rate_release(one, &held);
    CHECK(!is_full(other, 1));
    CHECK(!rate_renew(one));
    close_rates();
}

/* Redis does not answer for a moment, just when the call ends, or just when it begins. */
TEST_IN_LOOP(a_place_whose_end_redis_was_not_told_is_free_again_soon)
{
    struct rate_held held;

    open_rates(true);
    CHECK_OK(rate_hold(test_scope(), one, &account, 1, &held));
    one->away_until_us = loop_now_us() + 1000000;
    rate_release(one, &held);
    one->away_until_us = 0;
    CHECK(!rate_renew(one));
    CHECK(is_full(other, 1));
    now_us += 20000000;
    CHECK(!is_full(other, 1));
    close_rates();
}

TEST_IN_LOOP(a_place_had_without_redis_counts_for_all_when_it_is_back)
{
    struct rate_held held;

    open_rates(true);
    one->away_until_us = loop_now_us() + 60000000;
    CHECK_OK(rate_hold(test_scope(), one, &account, 1, &held));
    one->away_until_us = 0;
    CHECK(!is_full(other, 1));
    now_us += 5000000;
    CHECK(rate_renew(one));
    CHECK(is_full(other, 1));
    rate_release(one, &held);
    CHECK(!is_full(other, 1));
    close_rates();
}
