#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Several redis-servers on loopback ports, which know of each other: a cluster, or a master with a replica and three
 * sentinels. Nothing is kept but the sentinels' files, in a folder of their own; they end with the test. */
#define TEST_REDIS_SET_MAX 8

struct test_redis_set {
    char dir[64];
    size_t n;
    pid_t pid[TEST_REDIS_SET_MAX];
    int port[TEST_REDIS_SET_MAX], bus[TEST_REDIS_SET_MAX];
    char url[256]; /* for redis_open */
};

/* Skips the test where redis-server is not installed. At most one a test. */
void test_redis_cluster_start(struct test_redis_set *t, size_t masters); /* with all slots, in equal parts */
#define TEST_REDIS_REPLICA  1
#define TEST_REDIS_SENTINEL 2
/* Number 0 is the master, then its replica, then three sentinels that know each other and it by the name "tenon". */
void test_redis_sentinel_start(struct test_redis_set *t);
/* One more that belongs to nobody yet. */
size_t test_redis_set_add(struct test_redis_set *t);
void test_redis_set_kill(struct test_redis_set *t, size_t i);    /* kill -9 */
void test_redis_set_restart(struct test_redis_set *t, size_t i); /* as it was started */
void test_redis_set_signal(struct test_redis_set *t, size_t i, int sig);
/* What redis-cli says, until the next call. */
const char *test_redis_set_ask(struct test_redis_set *t, size_t i, const char *command);
/* Asks again until the answer has the text in it; a failure of the test after 20 seconds. */
void test_redis_set_until(struct test_redis_set *t, size_t i, const char *command, const char *text);
