#include "sys/fiber.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "kit/loop.h"
#include "kit/test.h"

static char steps[64];

static void step(char c)
{
    size_t n = strlen(steps);

    steps[n] = c;
    steps[n + 1] = 0;
}

static void say(void *arg)
{
    step(*(const char *)arg);
    fiber_yield();
    step((char)(*(const char *)arg - 'a' + 'A'));
}

static void turn_until_none(struct loop *l)
{
    while (fiber_count())
        loop_turn(l, 100);
}

TEST(fibers_run_in_the_order_they_were_started_and_interleave_at_yields)
{
    struct loop *l = loop_new();

    CHECK(fiber_start(say, "a"));
    CHECK(fiber_start(say, "b"));
    CHECK_INT(fiber_count(), 2);
    CHECK_STR(steps, "");
    turn_until_none(l);
    CHECK_STR(steps, "abAB");
    loop_free(l);
}

static void spawn(void *arg)
{
    (void)arg;
    step('p');
    CHECK(fiber_start(say, "c"));
    step('q');
}

TEST(a_fiber_started_by_a_fiber_waits_for_the_next_turn)
{
    struct loop *l = loop_new();

    CHECK(fiber_start(spawn, NULL));
    loop_turn(l, 0);
    CHECK_STR(steps, "pq");
    loop_turn(l, 0);
    CHECK_STR(steps, "pqc");
    turn_until_none(l);
    loop_free(l);
}

static void nothing(void *arg)
{
    (void)arg;
}

TEST(over_the_cap_no_fiber_starts_until_one_has_ended)
{
    struct loop *l = loop_new();

    fiber_cap_set(2);
    CHECK(fiber_start(nothing, NULL));
    CHECK(fiber_start(nothing, NULL));
    CHECK(!fiber_start(nothing, NULL));
    turn_until_none(l);
    CHECK(fiber_start(nothing, NULL));
    turn_until_none(l);
    loop_free(l);
}

static struct fiber *seen;

static void look_at_self(void *arg)
{
    (void)arg;
    seen = fiber_self();
    fiber_yield();
    CHECK(seen == fiber_self());
}

TEST(outside_any_fiber_there_is_no_self)
{
    struct loop *l = loop_new();

    CHECK(!fiber_self());
    CHECK(fiber_start(look_at_self, NULL));
    loop_turn(l, 0);
    CHECK(seen != NULL);
    CHECK(!fiber_self());
    turn_until_none(l);
    loop_free(l);
}

/* The rounding bits of the control register, towards plus infinity; <fenv.h> would need libm. */
#if defined(__x86_64__)
#define ROUND_UP 0x4000u
static unsigned rounding(void)
{
    return __builtin_ia32_stmxcsr() & 0x6000u;
}
static void rounding_set(unsigned mode)
{
    __builtin_ia32_ldmxcsr((__builtin_ia32_stmxcsr() & ~0x6000u) | mode);
}
#elif defined(__aarch64__)
#define ROUND_UP 0x400000u
static unsigned rounding(void)
{
    return (unsigned)__builtin_aarch64_get_fpcr() & 0xc00000u;
}
static void rounding_set(unsigned mode)
{
    __builtin_aarch64_set_fpcr(((unsigned)__builtin_aarch64_get_fpcr() & ~0xc00000u) | mode);
}
#endif

static void round_up(void *arg)
{
    (void)arg;
    rounding_set(ROUND_UP);
    fiber_yield();
    CHECK_INT(rounding(), ROUND_UP);
}

static void round_as_ever(void *arg)
{
    (void)arg;
    CHECK_INT(rounding(), 0);
    fiber_yield();
    CHECK_INT(rounding(), 0);
}

TEST(a_fiber_keeps_its_own_rounding_mode)
{
    struct loop *l = loop_new();

    CHECK(fiber_start(round_up, NULL));
    CHECK(fiber_start(round_as_ever, NULL));
    turn_until_none(l);
    CHECK_INT(rounding(), 0);
    loop_free(l);
}

/* The sum needs locals in registers and on the stack to survive the switches. */
static void add_up(void *arg)
{
    volatile unsigned char room[8192];
    unsigned *sum = arg;
    unsigned local = 0;

    for (unsigned i = 0; i < sizeof(room); i++)
        room[i] = (unsigned char)i;
    for (unsigned i = 0; i < 100; i++) {
        local += room[i * 7];
        fiber_yield();
    }
    *sum = local;
}

TEST(locals_survive_switches_among_a_thousand_fibers_and_pooled_stacks)
{
    static unsigned sums[1000];
    struct loop *l = loop_new();

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < ARRAY_LEN(sums); i++)
            CHECK(fiber_start(add_up, &sums[i]));
        turn_until_none(l);
        for (size_t i = 1; i < ARRAY_LEN(sums); i++)
            CHECK_INT(sums[i], sums[0]);
        CHECK_INT(sums[0], 11866);
    }
    loop_free(l);
}

static int64_t slow_us;
static void (*slow_fn)(void *);

static void note_slow(void (*fn)(void *), int64_t took_us)
{
    slow_fn = fn;
    slow_us = took_us;
}

static void burn(void *arg)
{
    struct timespec a, b;

    clock_gettime(CLOCK_MONOTONIC, &a);
    do
        clock_gettime(CLOCK_MONOTONIC, &b);
    while ((b.tv_sec - a.tv_sec) * 1000000000 + (b.tv_nsec - a.tv_nsec) < *(int *)arg * INT64_C(1000000));
}

TEST(a_fiber_that_keeps_the_loop_is_told_to_the_hook_and_a_quick_one_is_not)
{
    struct loop *l = loop_new();
    int ms = 30;

    fiber_slow_hook = note_slow;
    slow_fn = nothing;
    for (int i = 0; i < 5 && slow_fn; i++) { /* the machine itself may stop in the middle of one */
        slow_fn = NULL;
        CHECK(fiber_start(nothing, NULL));
        turn_until_none(l);
    }
    CHECK(!slow_fn);
    CHECK(fiber_start(burn, &ms));
    turn_until_none(l);
    CHECK(slow_fn == burn);
    CHECK(slow_us >= 30000);
    loop_free(l);
}

static struct waitq queue;
static int woken, timed_out;

static void wait_long(void *arg)
{
    int64_t *due = arg;

    if (waitq_wait(&queue, due ? *due : 0) == WAIT_WOKEN)
        woken++;
    else
        timed_out++;
}

TEST(wake_one_wakes_one_and_wake_all_the_rest)
{
    struct loop *l = loop_new();

    CHECK(!waitq_wake_one(&queue));
    for (int i = 0; i < 4; i++)
        CHECK(fiber_start(wait_long, NULL));
    loop_turn(l, 0);
    CHECK(!waitq_is_empty(&queue));
    CHECK(waitq_wake_one(&queue));
    loop_turn(l, 0);
    CHECK_INT(woken, 1);
    waitq_wake_all(&queue);
    CHECK(waitq_is_empty(&queue));
    turn_until_none(l);
    CHECK_INT(woken, 4);
    loop_free(l);
}

TEST(a_wait_ends_at_its_due_time_and_leaves_the_others_waiting)
{
    struct loop *l = loop_new();
    int64_t due = loop_now_us() + 5000;
    int64_t far = due + 3600LL * 1000000;

    CHECK(fiber_start(wait_long, &far));
    CHECK(fiber_start(wait_long, &due));
    CHECK(fiber_start(wait_long, NULL));
    while (!timed_out)
        loop_turn(l, 1000);
    CHECK(loop_now_us() >= due);
    CHECK_INT(fiber_count(), 2);
    waitq_wake_all(&queue);
    turn_until_none(l);
    CHECK_INT(woken, 2);
    CHECK_INT(timed_out, 1);
    loop_free(l);
}

static void nap(void *arg)
{
    int64_t before = loop_now_us();

    fiber_sleep_us(*(int64_t *)arg);
    CHECK(loop_now_us() - before >= *(int64_t *)arg);
    step('z');
}

TEST(sleeping_lasts_at_least_what_was_asked_even_below_a_millisecond)
{
    struct loop *l = loop_new();
    int64_t spans[] = {0, 1, 300, 2500};

    for (size_t i = 0; i < ARRAY_LEN(spans); i++)
        CHECK(fiber_start(nap, &spans[i]));
    turn_until_none(l);
    CHECK_STR(steps, "zzzz");
    loop_free(l);
}

TEST(a_loop_that_goes_drops_the_fibers_that_wait)
{
    struct loop *l = loop_new();

    for (int i = 0; i < 10; i++)
        CHECK(fiber_start(wait_long, NULL));
    loop_turn(l, 0);
    CHECK_INT(fiber_count(), 10);
    loop_free(l);
    CHECK_INT(fiber_count(), 0);
    CHECK_INT(woken + timed_out, 0);
}

static int death_of(void (*fn)(void *))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct rlimit none = {0};
        struct loop *l = loop_new();

        setrlimit(RLIMIT_CORE, &none);
        CHECK(!!freopen("/dev/null", "w", stderr));
        CHECK(fiber_start(fn, NULL));
        turn_until_none(l);
        _exit(0);
    }
    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

__attribute__((noinline)) static int sink(volatile int *deeper)
{
    volatile int here[256];

    here[0] = *deeper + 1;
    return here[0] < 1 << 20 ? sink(here) + here[0] : here[0];
}

static void recurse(void *arg)
{
    int zero = 0;

    (void)arg;
    _exit(sink(&zero) == 7 ? 1 : 0);
}

TEST(a_fiber_that_overruns_its_stack_ends_the_process_at_the_guard_page)
{
    CHECK(death_of(recurse) != 0);
}

static void wake_self(void *arg)
{
    (void)arg;
    fiber_wake(fiber_self());
}

TEST(waking_a_fiber_that_is_not_parked_ends_the_process)
{
    int status = death_of(wake_self);

    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

struct leaver {
    struct scope *sc;
    struct waitq q;
    enum wait_result first, second;
};

static void wait_for_twice(void *arg)
{
    struct leaver *l = arg;

    l->first = waitq_wait_for(l->sc, &l->q, 0);
    l->second = waitq_wait_for(l->sc, &l->q, 0);
}

TEST(a_caller_that_leaves_ends_the_wait_and_every_later_one)
{
    struct loop *l = loop_new();
    struct leaver leaver = {.sc = test_scope()};

    CHECK(fiber_start(wait_for_twice, &leaver));
    loop_turn(l, 0);
    CHECK(leaver.sc->waiting != NULL);
    waitq_cancel(leaver.sc);
    CHECK(leaver.sc->waiting == NULL);
    CHECK(waitq_is_empty(&leaver.q));
    turn_until_none(l);
    CHECK_INT(leaver.first, WAIT_CANCELLED);
    CHECK_INT(leaver.second, WAIT_CANCELLED);
    CHECK(leaver.sc->cancelled);
    loop_free(l);
}

TEST(what_a_fiber_was_woken_for_is_its_own_though_the_caller_leaves)
{
    struct loop *l = loop_new();
    struct leaver leaver = {.sc = test_scope()};

    CHECK(fiber_start(wait_for_twice, &leaver));
    loop_turn(l, 0);
    CHECK(waitq_wake_one(&leaver.q));
    waitq_cancel(leaver.sc); /* woken, not yet running */
    turn_until_none(l);
    CHECK_INT(leaver.first, WAIT_WOKEN);
    CHECK_INT(leaver.second, WAIT_CANCELLED);
    loop_free(l);
}

static int64_t spun_us, slept_us;

static void spin(void *arg)
{
    int64_t from = time_boot_us();

    (void)arg;
    while (time_boot_us() - from < 3000)
        ;
    fiber_sleep_us(20000);
    slept_us = time_boot_us() - from;
    spun_us = fiber_ran_us();
}

TEST(what_a_fiber_ran_leaves_out_what_it_slept)
{
    struct loop *l = loop_new();

    CHECK(fiber_start(spin, NULL));
    while (fiber_count())
        loop_turn(l, 100);
    CHECK(spun_us >= 3000 && spun_us <= slept_us - 12000);
    loop_free(l);
}
