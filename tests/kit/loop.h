#pragma once

#include "base/must.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* Runs fn in a fiber of a loop of its own until it and every fiber it started have ended. */
struct test_loop_run {
    void (*fn)(void);
    bool done;
};

static inline void test_loop_fiber(void *arg)
{
    struct test_loop_run *run = arg;

    run->fn();
    run->done = true;
}

static inline void test_in_loop(void (*fn)(void))
{
    struct test_loop_run run = {.fn = fn};
    struct loop *l = loop_new();

    MUST_BE(fiber_start(test_loop_fiber, &run));
    while (!run.done || fiber_count())
        loop_turn(l, 100);
    loop_free(l);
}

#define TEST_IN_LOOP(name_) TEST_IN_LOOP_LIMIT(name_, 240)
#define TEST_IN_LOOP_LIMIT(name_, seconds_)                                                                            \
    static void fiber_##name_(void);                                                                                   \
    TEST_LIMIT(name_, seconds_)                                                                                        \
    {                                                                                                                  \
        test_in_loop(fiber_##name_);                                                                                   \
    }                                                                                                                  \
    static void fiber_##name_(void)
