#pragma once

/* Two threads of two workers, and a Redis that both ask. */

#include "rate/rate_int.h"

#include "kit/loop.h"
#include "kit/redis.h"
#include "kit/test.h"

static struct test_redis server;
static struct redis *redis;
static struct rate *one, *other; /* two threads of two workers */
static struct uuid account;
static int64_t now_us = INT64_C(1700000000000000);

static inline int64_t clock_now(void)
{
    return now_us;
}

static inline void open_rates(bool injected)
{
    if (!server.pid)
        test_redis_start(&server);
    fiber_yield();
    account = uuid_new();
    redis = redis_open(server.url);
    one = rate_open(redis, 2);
    other = rate_open(redis, 2);
    if (injected)
        one->now_us = other->now_us = clock_now;
}

static inline void close_rates(void)
{
    rate_close(one);
    rate_close(other);
    redis_close(redis);
}

/* So many wait in a lane of a thread: how many of them go on now? */
static inline size_t ask(struct rate *r, const struct rate_limit *limit, enum lane lane, size_t n)
{
    struct rate_ask a = {.most = RATE_GRANT_MAX};
    struct scope *sc = scope_new();

    a.want[lane] = n;
    CHECK_OK(rate_shared(sc, r, rate_account(r, &account), limit, &a));
    scope_free(sc);
    return a.got[lane];
}

static const struct rate_limit fifty = {50000, 10};

static inline void tell(struct rate *r, const struct rate_limit *limit, const struct rate_news news)
{
    rate_tell(r, &account, limit, &news);
}
