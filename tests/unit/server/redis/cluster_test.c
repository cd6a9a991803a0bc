#include "redis/redis_int.h"

#include <signal.h>
#include <stdlib.h>

#include "kit/loop.h"
#include "kit/redis_set.h"
#include "kit/test.h"

static struct test_redis_set set;
static struct redis *r;

static void open_cluster(void)
{
    test_redis_cluster_start(&set, 3);
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

static const char *get(const char *key)
{
    struct str argv[] = {STR("GET"), str_of(key)};
    struct redis_reply reply;
    enum err e = redis_command(test_scope(), r, argv, 2, &reply);

    if (e != OK)
        return err_info(e)->name;
    return reply.kind == REDIS_TEXT ? reply.text.p : "nil";
}

static const char *key_of(int i)
{
    return arena_f(test_scope()->arena, "key:%d", i);
}

TEST_IN_LOOP(keys_go_to_the_nodes_that_hold_them)
{
    open_cluster();
    for (int i = 0; i < 100; i++)
        CHECK_OK(ask("SET", key_of(i), "here"));
    for (int i = 0; i < 100; i++)
        CHECK_STR(get(key_of(i)), "here");
    for (size_t i = 0; i < 3; i++) /* none was redirected, and each has its part */
        CHECK(atol(test_redis_set_ask(&set, i, "dbsize")) > 15);
    CHECK_OK(ask("PING", NULL, NULL));
    CHECK(redis_is_up(r));
    redis_close(r);
}

TEST_IN_LOOP(a_script_is_known_to_each_node_that_needs_it)
{
    struct redis_script script = {.text = "return redis.call('INCRBY', KEYS[1], ARGV[1])"};

    open_cluster();
    for (int i = 0; i < 30; i++) {
        struct str key = str_of(key_of(i)), arg = STR("7");
        struct redis_reply reply;

        CHECK_OK(redis_eval(test_scope(), r, &script, &key, 1, &arg, 1, &reply));
        CHECK_INT(reply.number, 7);
    }
    redis_close(r);
}

static const char *node_id(size_t i)
{
    const char *id = test_redis_set_ask(&set, i, "cluster myid");

    return arena_f(test_scope()->arena, "%.40s", id);
}

/* The slot of "bar" (5061) goes from the first of three to the last. */
static void slot_say(size_t i, const char *state, size_t node)
{
    test_redis_set_ask(&set, i, arena_f(test_scope()->arena, "cluster setslot 5061 %s %s", state, node_id(node)));
}

TEST_IN_LOOP(a_slot_that_has_moved_is_followed_and_remembered)
{
    open_cluster();
    CHECK_OK(ask("SET", "hello", "here"));
    for (size_t i = 3; i-- > 0;)
        slot_say(i, "node", 2);
    CHECK_OK(ask("SET", "bar", "there"));
    CHECK_STR(get("bar"), "there");
    CHECK_STR(test_redis_set_ask(&set, 2, "get bar"), "there\n");
    CHECK_INT(r->map->owner[5061], r->map->owner[16383]);
    fiber_sleep_us(300000); /* the new map has come meanwhile */
    CHECK_STR(get("bar"), "there");
    CHECK_INT(r->map->owner[5061], r->map->owner[16383]);
    CHECK_INT(r->map->owner[5060], r->map->owner[0]);
    redis_close(r);
}

TEST_IN_LOOP(a_slot_that_is_moving_is_asked_for_where_its_keys_are)
{
    open_cluster();
    CHECK_OK(ask("SET", "bar", "stays"));
    slot_say(2, "importing", 0);
    slot_say(0, "migrating", 2);
    CHECK_STR(get("bar"), "stays"); /* not moved yet */
    CHECK_STR(get("{bar}new"), "nil");
    CHECK_OK(ask("SET", "{bar}new", "there"));
    CHECK_STR(get("{bar}new"), "there");
    CHECK_STR(test_redis_set_ask(&set, 0, "cluster countkeysinslot 5061"), "1\n");
    CHECK_STR(test_redis_set_ask(&set, 2, "cluster countkeysinslot 5061"), "1\n");
    CHECK_INT(r->map->owner[5061], r->map->owner[0]); /* asking is for once */
    redis_close(r);
}

TEST_IN_LOOP(going_round_in_circles_ends)
{
    open_cluster();
    CHECK_OK(ask("PING", NULL, NULL));
    slot_say(0, "node", 2); /* each says the other holds it */
    CHECK_ERR(ask("GET", "bar", NULL), ERR_UNAVAILABLE);
    CHECK_STR(get("hello"), "nil"); /* the same nodes go on with all else */
    redis_close(r);
}

static enum err until_ok(const char *a, const char *b, int seconds)
{
    int64_t due = loop_now_us() + (int64_t)seconds * 1000000;
    enum err e;

    while ((e = ask(a, b, NULL)) != OK && loop_now_us() < due)
        fiber_sleep_us(20000);
    return e;
}

TEST_IN_LOOP(a_killed_node_is_missed_and_found_again)
{
    int64_t start;

    open_cluster();
    CHECK_OK(ask("SET", "bar", "gone with it"));
    test_redis_set_kill(&set, 0);
    CHECK_ERR(ask("GET", "bar", NULL), ERR_UNAVAILABLE);
    start = loop_now_us();
    for (int i = 0; i < 100; i++)
        CHECK_ERR(ask("GET", "bar", NULL), ERR_UNAVAILABLE);
    CHECK(loop_now_us() - start < 100000);
    CHECK(!redis_is_up(r));
    test_redis_set_restart(&set, 0);
    CHECK_OK(until_ok("GET", "bar", 10));
    CHECK_STR(get("bar"), "nil");
    for (int i = 0; i < 200 && !redis_is_up(r); i++)
        fiber_sleep_us(20000);
    CHECK(redis_is_up(r));
    redis_close(r);
}

TEST_IN_LOOP(any_of_the_known_nodes_is_enough_to_learn_the_rest)
{
    open_cluster();
    test_redis_set_kill(&set, 0); /* the first of the url */
    redis_close(r);
    r = redis_open(set.url);
    CHECK_OK(until_ok("PING", NULL, 10));
    CHECK_ERR(ask("GET", "bar", NULL), ERR_UNAVAILABLE);
    redis_close(r);
}

TEST_IN_LOOP(a_server_that_is_no_cluster_is_no_place_to_go)
{
    test_redis_sentinel_start(&set);
    r = redis_open(arena_f(test_scope()->arena, "cluster:127.0.0.1:%d", set.port[0]));
    CHECK_ERR(ask("PING", NULL, NULL), ERR_UNAVAILABLE);
    CHECK(!redis_is_up(r));
    redis_close(r);
}

static int ended;

static void asks_in_vain(void *arg)
{
    struct scope *sc = scope_new();
    struct redis_reply reply;

    (void)arg;
    CHECK_ERR(redis_command_wait(sc, r, (struct str[]){STR("BLPOP"), STR("none"), STR("20")}, 3, 20000, &reply),
              ERR_UNAVAILABLE);
    ended++;
    scope_free(sc);
}

static void closes_it(void *arg)
{
    (void)arg;
    redis_close(r);
}

TEST_IN_LOOP(closing_a_cluster_ends_the_waits)
{
    open_cluster();
    CHECK(fiber_start(asks_in_vain, NULL)); /* before the nodes are known */
    fiber_yield();
    CHECK(fiber_start(asks_in_vain, NULL));
    fiber_sleep_us(100000);
    CHECK(fiber_start(asks_in_vain, NULL));
    fiber_yield();
    CHECK(fiber_start(closes_it, NULL));
    while (ended < 3)
        fiber_sleep_us(1000);
}
