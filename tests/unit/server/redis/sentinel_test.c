#include <signal.h>

#include "kit/loop.h"
#include "kit/redis_set.h"
#include "kit/test.h"
#include "redis/redis.h"
#include "sys/fiber.h"
#include "sys/loop.h"

static struct test_redis_set set;
static struct redis *r;

static void open_set(void)
{
    test_redis_sentinel_start(&set);
    fiber_yield();
    r = redis_open(set.url);
}

static enum err ask(const char *a, const char *b, const char *c)
{
    struct str argv[] = {str_of(a), str_of(b), str_of(c)};
    struct redis_reply reply;

    fiber_yield(); /* the kit's redis-cli has held up the clock */
    return redis_command(test_scope(), r, argv, c ? 3 : b ? 2 : 1, &reply);
}

/* Microseconds until it is taken. */
static int64_t until_set(const char *value)
{
    int64_t start = loop_now_us();
    enum err e;

    while ((e = ask("SET", "k", value)) != OK && loop_now_us() < start + 20000000)
        fiber_sleep_us(20000);
    CHECK_OK(e);
    return loop_now_us() - start;
}

TEST_IN_LOOP(the_master_is_found_by_its_name)
{
    open_set();
    CHECK_OK(ask("SET", "k", "v"));
    CHECK(redis_is_up(r));
    CHECK_STR(test_redis_set_ask(&set, 0, "get k"), "v\n");
    redis_close(r);
    r = redis_open(arena_f(test_scope()->arena, "sentinel:other@127.0.0.1:%d", set.port[TEST_REDIS_SENTINEL]));
    CHECK_ERR(ask("SET", "k", "v"), ERR_UNAVAILABLE);
    redis_close(r);
}

TEST_IN_LOOP(two_silent_sentinels_are_passed_over)
{
    open_set();
    redis_close(r);
    test_redis_set_kill(&set, TEST_REDIS_SENTINEL);
    test_redis_set_signal(&set, TEST_REDIS_SENTINEL + 1, SIGSTOP); /* takes connections and says nothing */
    r = redis_open(set.url);
    CHECK_OK(ask("SET", "k", "v"));
    redis_close(r);
}

TEST_IN_LOOP(a_failover_is_followed_within_seconds)
{
    int64_t us;

    open_set();
    CHECK_OK(ask("SET", "k", "before"));
    test_redis_set_kill(&set, 0);
    CHECK_ERR(ask("SET", "k", "lost"), ERR_UNAVAILABLE);
    us = until_set("after");
    CHECK(us < 8000000);
    CHECK_STR(test_redis_set_ask(&set, TEST_REDIS_REPLICA, "get k"), "after\n");
    test_redis_set_restart(&set, 0); /* what comes back is made a replica, and nobody goes to it */
    test_redis_set_until(&set, 0, "role", "slave");
    CHECK_OK(ask("SET", "k", "still"));
    test_redis_set_until(&set, 0, "get k", "still");
    redis_close(r);
}

TEST_IN_LOOP(a_master_that_hangs_is_replaced)
{
    open_set();
    CHECK_OK(ask("SET", "k", "before"));
    test_redis_set_signal(&set, 0, SIGSTOP);
    CHECK(until_set("after") < 12000000);
    test_redis_set_signal(&set, 0, SIGCONT);
    CHECK_STR(test_redis_set_ask(&set, TEST_REDIS_REPLICA, "get k"), "after\n");
    redis_close(r);
}

TEST_IN_LOOP(a_master_that_has_become_a_replica_is_left)
{
    open_set();
    CHECK_OK(ask("SET", "k", "before"));
    test_redis_set_ask(&set, 0, arena_f(test_scope()->arena, "replicaof 127.0.0.1 %d", set.port[1]));
    CHECK_ERR(ask("SET", "k", "nowhere"), ERR_UNAVAILABLE);
    fiber_sleep_us(200000);
    CHECK(!redis_is_up(r)); /* the sentinels still name it, and it does not say that it is the master */
    CHECK_ERR(ask("GET", "k", NULL), ERR_UNAVAILABLE);
    test_redis_set_ask(&set, 0, "replicaof no one");
    CHECK(until_set("after") < 3000000);
    redis_close(r);
}

TEST_IN_LOOP(a_failover_by_hand_is_followed)
{
    open_set();
    CHECK_OK(ask("SET", "k", "before"));
    test_redis_set_ask(&set, TEST_REDIS_SENTINEL, "sentinel failover tenon");
    test_redis_set_until(&set, TEST_REDIS_REPLICA, "role", "master");
    test_redis_set_until(&set, 0, "role", "slave");
    until_set("after");
    CHECK_STR(test_redis_set_ask(&set, TEST_REDIS_REPLICA, "get k"), "after\n");
    redis_close(r);
}
