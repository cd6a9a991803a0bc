#include "rate/rate_int.h"

#include "kit/loop.h"
#include "kit/test.h"

/* The bucket of a thread that has no Redis. */
static int64_t now_us = 1000000;

static int64_t clock_now(void)
{
    return now_us;
}

static struct rate *opened(unsigned sharers)
{
    struct rate *r = rate_open(NULL, sharers);

    r->now_us = clock_now;
    return r;
}

static struct rate_ask local(struct rate *r, const struct rate_limit *limit, const size_t want[LANE_COUNT])
{
    struct rate_ask a = {.most = RATE_GRANT_MAX};
    struct uuid id = {.b = {1}};

    for (size_t l = 0; l < LANE_COUNT; l++)
        a.want[l] = want[l];
    rate_local(r, rate_account(r, &id), limit, &a);
    return a;
}

TEST_IN_LOOP(it_keeps_the_same_parts_for_the_lanes_above)
{
    static const struct rate_limit limit = {50000, 10};
    struct rate *r = opened(1);

    CHECK_INT(local(r, &limit, (size_t[]){0, 0, 0, 0, 100}).got[LANE_BACKFILL], 5);
    CHECK_INT(local(r, &limit, (size_t[]){0, 0, 0, 100, 0}).got[LANE_CATALOGUE], 2);
    CHECK_INT(local(r, &limit, (size_t[]){0, 0, 100, 0, 0}).got[LANE_FINANCE], 1);
    CHECK_INT(local(r, &limit, (size_t[]){0, 100, 0, 0, 0}).got[LANE_STOCK], 1);
    CHECK_INT(local(r, &limit, (size_t[]){100, 100, 0, 0, 0}).got[LANE_ORDERS], 1);
    CHECK_INT(local(r, &limit, (size_t[]){0, 0, 0, 100, 0}).next_us, 80001); /* four tokens at fifty a second */
    rate_close(r);
}

TEST_IN_LOOP(it_keeps_the_rate_of_its_share)
{
    static const struct rate_limit limit = {50000, 10};
    struct rate *r = opened(5);
    size_t n = 0;

    for (int i = 0; i < 1000; i++, now_us += 10000)
        n += local(r, &limit, (size_t[]){100, 0, 0, 0, 0}).got[LANE_ORDERS];
    CHECK(n >= 100 && n <= 103);
    rate_close(r);
}

TEST_IN_LOOP(a_share_is_never_nothing)
{
    static const struct rate_limit limit = {3, 1};
    struct rate *r = opened(64);

    CHECK_INT(local(r, &limit, (size_t[]){2, 0, 0, 0, 0}).got[LANE_ORDERS], 1);
    now_us += 999000000;
    CHECK_INT(local(r, &limit, (size_t[]){2, 0, 0, 0, 0}).got[LANE_ORDERS], 0);
    now_us += 2000000;
    CHECK_INT(local(r, &limit, (size_t[]){2, 0, 0, 0, 0}).got[LANE_ORDERS], 1);
    rate_close(r);
}

TEST_IN_LOOP(accounts_are_forgotten_when_there_are_too_many)
{
    struct rate *r = opened(1);

    for (int i = 0; i < 3 * RATE_KNOWN_MAX; i++) {
        struct uuid id = uuid_new();

        rate_account(r, &id);
    }
    CHECK(r->known <= RATE_KNOWN_MAX + 64);
    rate_close(r);
}

TEST_IN_LOOP(while_redis_is_away_calls_cost_their_points_of_the_share)
{
    static const struct rate_limit limit = {100000, 1000};
    struct rate *r = opened(2);
    struct uuid id = {.b = {1}};
    struct rate_ask a = {.most = RATE_GRANT_MAX, .want = {10}, .cost = {200}}, dear = a;

    rate_local(r, rate_account(r, &id), &limit, &a);
    CHECK_INT(a.got[LANE_ORDERS], 2);
    CHECK_INT(a.next_us, 2000001); /* a hundred points at fifty a second */
    rate_local_tell(r, rate_account(r, &id), &limit,
                    &(struct rate_news){.remaining = -1, .said_per_1000_s = 400000, .said_burst = 4000});
    now_us += 1000000;
    dear.cost[LANE_ORDERS] = 2000; /* all that the larger bucket's share holds */
    rate_local(r, rate_account(r, &id), &limit, &dear);
    CHECK_INT(dear.got[LANE_ORDERS], 0);
    now_us += 9000000;
    rate_local(r, rate_account(r, &id), &limit, &dear);
    CHECK_INT(dear.got[LANE_ORDERS], 1);
    rate_close(r);
}

TEST_IN_LOOP(while_redis_is_away_each_thread_has_its_share_of_calls_at_once)
{
    struct rate *r = opened(2);
    struct uuid id = {.b = {2}};
    struct rate_held held[3];
    struct scope *sc = scope_new();

    sc->deadline_us = loop_now_us() + 20000;
    CHECK_OK(rate_hold(sc, r, &id, 5, &held[0]));
    CHECK_OK(rate_hold(sc, r, &id, 5, &held[1]));
    CHECK_ERR(rate_hold(sc, r, &id, 5, &held[2]), ERR_LIMIT);
    rate_release(r, &held[0]);
    rate_release(r, &held[1]);
    CHECK_OK(rate_hold(sc, r, &id, 1, &held[2])); /* one at least */
    rate_release(r, &held[2]);
    scope_free(sc);
    rate_close(r);
}
