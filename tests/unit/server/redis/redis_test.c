#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/loop.h"
#include "kit/redis.h"
#include "kit/test.h"
#include "redis/redis.h"

static struct test_redis server;
static struct redis *r;

static enum err ask1(struct scope *sc, const char *a, struct redis_reply *out)
{
    return redis_command(sc, r, (struct str[]){str_of(a)}, 1, out);
}

static enum err ask2(struct scope *sc, const char *a, const char *b, struct redis_reply *out)
{
    return redis_command(sc, r, (struct str[]){str_of(a), str_of(b)}, 2, out);
}

static enum err ask3(struct scope *sc, const char *a, const char *b, const char *c, struct redis_reply *out)
{
    return redis_command(sc, r, (struct str[]){str_of(a), str_of(b), str_of(c)}, 3, out);
}

static void open_server(void)
{
    static bool here;

    if (!here)
        test_redis_start(&server);
    here = true;
    r = redis_open(server.url);
    MUST_BE(r);
}

TEST_IN_LOOP(every_kind_of_reply_is_read)
{
    struct scope *sc = test_scope();
    struct redis_reply reply;

    open_server();
    CHECK_OK(ask3(sc, "SET", "k", "v", &reply));
    CHECK(reply.kind == REDIS_STATUS && str_is(reply.text, "OK"));
    CHECK_OK(ask2(sc, "GET", "k", &reply));
    CHECK(reply.kind == REDIS_TEXT && str_is(reply.text, "v"));
    CHECK_OK(ask2(sc, "GET", "absent", &reply));
    CHECK(reply.kind == REDIS_NIL);
    CHECK_OK(ask2(sc, "INCR", "n", &reply));
    CHECK(reply.kind == REDIS_INT && reply.number == 1);
    CHECK_OK(ask3(sc, "MGET", "k", "absent", &reply));
    CHECK(reply.kind == REDIS_ARRAY && reply.n == 2);
    CHECK(str_is(reply.items[0].text, "v") && reply.items[1].kind == REDIS_NIL);
    CHECK(redis_is_up(r));
    redis_close(r);
}

TEST_IN_LOOP(values_are_counted_and_not_terminated)
{
    struct scope *sc = test_scope();
    struct redis_reply reply;
    struct str value = {"a\0\r\n$3\xff", 8};

    open_server();
    CHECK_OK(redis_command(sc, r, (struct str[]){STR("SET"), STR("k"), value}, 3, &reply));
    CHECK_OK(ask2(sc, "GET", "k", &reply));
    CHECK(str_equal(reply.text, value));
    redis_close(r);
}

TEST_IN_LOOP(a_large_value_travels_whole)
{
    struct scope *sc = test_scope();
    struct redis_reply reply;
    size_t n = (size_t)8 << 20;
    char *p = arena_alloc(sc->arena, n);

    for (size_t i = 0; i < n; i++)
        p[i] = (char)(i * 31 + i / 256);
    open_server();
    CHECK_OK(redis_command(sc, r, (struct str[]){STR("SET"), STR("k"), {p, n}}, 3, &reply));
    CHECK_OK(ask2(sc, "GET", "k", &reply));
    CHECK(str_equal(reply.text, (struct str){p, n}));
    redis_close(r);
}

TEST_IN_LOOP(an_error_reply_is_a_defect_of_ours_with_its_text)
{
    struct scope *sc = test_scope();
    struct redis_reply reply;

    open_server();
    CHECK_ERR(ask1(sc, "NOSUCH", &reply), ERR_INTERNAL);
    CHECK(strstr(scope_fault(sc)->detail, "unknown command") != NULL);
    CHECK_OK(ask1(sc, "PING", &reply)); /* the connection is not hurt by it */
    redis_close(r);
}

static int right, ended;

static void one_of_many(void *arg)
{
    struct scope *sc = scope_new();
    struct redis_reply reply;
    const char *key = arena_f(sc->arena, "key%d", (int)(intptr_t)arg);

    for (int i = 0; i < 20; i++)
        if (ask3(sc, "SET", key, key, &reply) == OK && ask2(sc, "GET", key, &reply) == OK && str_is(reply.text, key))
            right++;
    ended++;
    scope_free(sc);
}

TEST_IN_LOOP(each_of_many_fibers_gets_its_own_reply)
{
    open_server();
    for (int i = 0; i < 500; i++)
        CHECK(fiber_start(one_of_many, (void *)(intptr_t)i));
    while (ended < 500)
        fiber_sleep_us(1000);
    CHECK_INT(right, 500 * 20);
    redis_close(r);
}

static int refused, taken;

static void one_too_many(void *arg)
{
    struct scope *sc = scope_new();
    struct redis_reply reply;
    enum err e = ask1(sc, "PING", &reply);

    (void)arg;
    taken += e == OK;
    refused += e == ERR_LIMIT;
    ended++;
    scope_free(sc);
}

TEST_IN_LOOP(more_commands_than_the_limit_are_told_later)
{
#ifdef __SANITIZE_THREAD__
    test_skip("the thread sanitizer has no room for so many fibers");
#endif
    open_server();
    for (int i = 0; i < REDIS_IN_FLIGHT_MAX + 10; i++)
        CHECK(fiber_start(one_too_many, NULL));
    while (ended < REDIS_IN_FLIGHT_MAX + 10)
        fiber_sleep_us(1000);
    CHECK_INT(taken, REDIS_IN_FLIGHT_MAX);
    CHECK_INT(refused, 10);
    redis_close(r);
}

TEST_IN_LOOP(a_script_is_sent_once_and_again_after_the_server_forgot_it)
{
    struct scope *sc = test_scope();
    struct redis_script script = {.text = "return {KEYS[1], ARGV[1]}"};
    struct str key = STR("k"), arg = STR("a");
    struct redis_reply reply;

    open_server();
    for (int i = 0; i < 3; i++) {
        CHECK_OK(redis_eval(sc, r, &script, &key, 1, &arg, 1, &reply));
        CHECK(reply.n == 2 && str_is(reply.items[0].text, "k") && str_is(reply.items[1].text, "a"));
        CHECK_INT(strlen(script.sha1), 40);
        if (i == 1)
            CHECK_OK(ask2(sc, "SCRIPT", "FLUSH", &reply));
    }
    CHECK_OK(ask3(sc, "SCRIPT", "EXISTS", script.sha1, &reply));
    CHECK_INT(reply.items[0].number, 1);
    redis_close(r);
}

static enum err until_up(struct scope *sc, int64_t *out_us)
{
    int64_t start = loop_now_us();
    struct redis_reply reply;
    enum err e;

    while ((e = ask1(sc, "PING", &reply)) != OK && loop_now_us() < start + 5000000)
        fiber_sleep_us(5000);
    *out_us = loop_now_us() - start;
    return e;
}

TEST_IN_LOOP(a_killed_server_fails_at_once_and_is_found_again)
{
    struct scope *sc = test_scope();
    struct redis_reply reply;
    int64_t us;

    open_server();
    CHECK_OK(ask1(sc, "PING", &reply));
    test_redis_kill(&server);
    CHECK_ERR(ask1(sc, "PING", &reply), ERR_UNAVAILABLE);
    CHECK(!redis_is_up(r));
    us = loop_now_us();
    for (int i = 0; i < 100; i++)
        CHECK_ERR(ask1(sc, "PING", &reply), ERR_UNAVAILABLE);
    CHECK(loop_now_us() - us < 20000);
    test_redis_restart(&server);
    CHECK_OK(until_up(sc, &us));
    CHECK(us < 1500000);
    redis_close(r);
}

static void waits_for_blpop(void *arg)
{
    struct scope *sc = scope_new();
    struct redis_reply reply;

    taken += redis_command_wait(sc, r, (struct str[]){STR("BLPOP"), STR("none"), STR("20")}, 3, 20000, &reply) ==
             ERR_UNAVAILABLE;
    ended++;
    (void)arg;
    scope_free(sc);
}

TEST_IN_LOOP(all_who_wait_learn_of_the_lost_connection)
{
    open_server();
    for (int i = 0; i < 50; i++)
        CHECK(fiber_start(waits_for_blpop, NULL));
    fiber_sleep_us(50000);
    CHECK_INT(ended, 0);
    test_redis_kill(&server);
    for (int i = 0; i < 200 && ended < 50; i++)
        fiber_sleep_us(5000);
    CHECK_INT(taken, 50);
    redis_close(r);
}

TEST_IN_LOOP(a_server_that_hangs_is_given_up_after_a_second)
{
    struct scope *sc = test_scope();
    struct redis_reply reply;
    int64_t start, us;

    open_server();
    CHECK_OK(ask1(sc, "PING", &reply));
    test_redis_signal(&server, SIGSTOP);
    start = loop_now_us();
    CHECK_ERR(ask1(sc, "PING", &reply), ERR_UNAVAILABLE);
    CHECK(loop_now_us() - start > 900000 && loop_now_us() - start < 1500000);
    test_redis_signal(&server, SIGCONT);
    CHECK_OK(until_up(sc, &us));
    redis_close(r);
}

TEST_IN_LOOP(a_short_deadline_ends_one_wait_and_not_the_connection)
{
    struct scope *sc = test_scope();
    struct redis_reply reply;

    open_server();
    CHECK_OK(ask3(sc, "SET", "k", "right", &reply));
    test_redis_signal(&server, SIGSTOP);
    sc->deadline_us = loop_now_us() + 20000;
    CHECK_ERR(ask2(sc, "GET", "other", &reply), ERR_TIMEOUT);
    CHECK_ERR(ask2(sc, "GET", "other", &reply), ERR_TIMEOUT); /* without a wait now */
    sc->deadline_us = 0;
    test_redis_signal(&server, SIGCONT);
    CHECK_OK(ask2(sc, "GET", "k", &reply)); /* and the late reply is not taken for this one's */
    CHECK(str_is(reply.text, "right"));
    CHECK(redis_is_up(r));
    redis_close(r);
}

TEST_IN_LOOP(a_caller_who_has_gone_asks_nothing)
{
    struct scope *sc = test_scope();
    struct redis_reply reply;

    open_server();
    sc->cancelled = true;
    CHECK_ERR(ask2(sc, "INCR", "n", &reply), ERR_CANCELLED);
    sc->cancelled = false;
    CHECK_OK(ask2(sc, "GET", "n", &reply));
    CHECK(reply.kind == REDIS_NIL);
    redis_close(r);
}

static void closes_it(void *arg)
{
    (void)arg;
    redis_close(r);
    r = NULL;
}

TEST_IN_LOOP(closing_ends_the_waits)
{
    open_server();
    for (int i = 0; i < 5; i++)
        CHECK(fiber_start(waits_for_blpop, NULL));
    fiber_sleep_us(20000);
    CHECK(fiber_start(closes_it, NULL));
    while (ended < 5)
        fiber_sleep_us(1000);
    CHECK_INT(taken, 5);
}

#define FOUR    "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3,127.0.0.1:4,"
#define SIXTEEN FOUR FOUR FOUR FOUR

TEST_IN_LOOP(only_near_addresses_are_opened)
{
    static const char *const bad[] = {"",
                                      "redis://127.0.0.1",
                                      "tcp:8.8.8.8:6379",
                                      "tcp:localhost:6379",
                                      "tcp:127.0.0.1",
                                      "tcp:127.0.0.1:0",
                                      "tcp:127.0.0.1:65536",
                                      "tcp:127.0.0.1:6379x",
                                      "tcp:[2001:db8::1]:6379",
                                      "tcp:[]:1",
                                      "tcp:::1:6379",
                                      "tcp:127.0.0.1:000001",
                                      "unix:",
                                      "sentinel:",
                                      "sentinel:tenon",
                                      "sentinel:tenon@",
                                      "sentinel:@127.0.0.1:1",
                                      "sentinel:a b@127.0.0.1:1",
                                      "sentinel:tenon@127.0.0.1:1,",
                                      "sentinel:tenon@127.0.0.1:1,8.8.8.8:1",
                                      "sentinel:tenon@host:1",
                                      "cluster:",
                                      "cluster:127.0.0.1",
                                      "cluster:,127.0.0.1:1",
                                      "cluster:127.0.0.1:1,,127.0.0.1:2",
                                      "cluster:tenon@127.0.0.1:1",
                                      "cluster:127.0.0.1:1 ",
                                      "cluster:::1:1",
                                      "cluster:" SIXTEEN "127.0.0.1:1"};
    static const char *const good[] = {"tcp:127.0.0.1:1",
                                       "tcp:10.1.2.3:6379",
                                       "tcp:[::1]:1",
                                       "unix:/nowhere/r.sock",
                                       "sentinel:my.master_1-x@127.0.0.1:1,[::1]:2",
                                       "cluster:[::1]:1"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (redis_open(bad[i]))
            test_failed(__FILE__, __LINE__, "%s was taken", bad[i]);
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct redis *one = redis_open(good[i]);

        CHECK(one != NULL);
        CHECK_STR(redis_url(one), good[i]);
        redis_close(one);
    }
}

TEST_IN_LOOP(a_server_that_was_never_there_is_away)
{
    struct redis_reply reply;

    r = redis_open("unix:/tmp/tenon-no-such-folder/redis.sock");
    CHECK_ERR(ask1(test_scope(), "PING", &reply), ERR_UNAVAILABLE);
    redis_close(r);
}
