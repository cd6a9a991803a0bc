#pragma once

#include <sys/types.h>

/* A private redis-server on a socket in a folder of its own: nothing is kept on disk, and it ends with the test. */
struct test_redis {
    pid_t pid;
    char dir[64];
    char url[96]; /* for redis_open */
};

/* Skips the test where redis-server is not installed. At most one a test. */
void test_redis_start(struct test_redis *t);
void test_redis_kill(struct test_redis *t);    /* kill -9 */
void test_redis_restart(struct test_redis *t); /* empty, on the same socket */
void test_redis_signal(struct test_redis *t, int sig);
