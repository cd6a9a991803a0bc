#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "kit/loop.h"
#include "kit/test.h"

static pthread_t home;
static unsigned done;

static void square(void *arg)
{
    unsigned *n = arg;

    CHECK(!pthread_equal(home, pthread_self()));
    CHECK(!loop_here());
    *n *= *n;
}

static void ask_square(void *arg)
{
    unsigned n = *(unsigned *)arg;
    unsigned want = n * n;

    CHECK_OK(offload(square, &n));
    CHECK_INT(n, want);
    CHECK(fiber_self() != NULL);
    done++;
}

static void *loop_of_squares(void *unused)
{
    static _Thread_local unsigned numbers[200];
    struct loop *l = loop_new();

    (void)unused;
    for (unsigned i = 0; i < 200; i++) {
        numbers[i] = i;
        CHECK(fiber_start(ask_square, &numbers[i]));
    }
    while (fiber_count())
        loop_turn(l, 1000);
    loop_free(l);
    return NULL;
}

TEST(two_hundred_fibers_get_their_work_done_on_other_threads)
{
    home = pthread_self();
    CHECK_OK(offload_start(3, 1000));
    loop_of_squares(NULL);
    CHECK_INT(done, 200);
    offload_stop();
}

static void double_it(void *arg)
{
    *(unsigned *)arg *= 2;
}

static void ask_double(void *arg)
{
    CHECK_OK(offload(double_it, arg));
    fiber_yield();
    CHECK_OK(offload(double_it, arg));
}

static void *loop_of_doubles(void *arg)
{
    unsigned *numbers = arg;
    struct loop *l = loop_new();

    for (unsigned i = 0; i < 100; i++)
        CHECK(fiber_start(ask_double, &numbers[i]));
    while (fiber_count())
        loop_turn(l, 1000);
    loop_free(l);
    return NULL;
}

TEST(two_loops_share_the_side_pool)
{
    static unsigned numbers[2][100];
    pthread_t threads[2];

    CHECK_OK(offload_start(2, 1000));
    for (unsigned i = 0; i < 200; i++)
        numbers[i / 100][i % 100] = i;
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, loop_of_doubles, numbers[i]) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < 200; i++)
        CHECK_INT(numbers[i / 100][i % 100], i * 4);
    offload_stop();
}

static sem_t gate, at_gate;

static void hold(void *arg)
{
    (void)arg;
    sem_post(&at_gate);
    sem_wait(&gate);
}

static void ask_hold(void *arg)
{
    (void)arg;
    CHECK_OK(offload(hold, NULL));
    done++;
}

static void ask_too_much(void *arg)
{
    (void)arg;
    CHECK_ERR(offload(hold, NULL), ERR_LIMIT);
    done += 100;
}

TEST(a_full_queue_says_later_and_parks_nobody)
{
    struct loop *l = loop_new();

    sem_init(&gate, 0, 0);
    sem_init(&at_gate, 0, 0);
    CHECK_OK(offload_start(1, 1));
    CHECK(fiber_start(ask_hold, NULL));
    loop_turn(l, 0);
    sem_wait(&at_gate); /* the thread is busy, so the next one is queued */
    CHECK(fiber_start(ask_hold, NULL));
    CHECK(fiber_start(ask_too_much, NULL));
    loop_turn(l, 0);
    CHECK_INT(done, 100);
    sem_post(&gate);
    sem_post(&gate);
    while (fiber_count())
        loop_turn(l, 1000);
    CHECK_INT(done, 102);
    offload_stop();
    loop_free(l);
}

static void ask_in_vain(void *arg)
{
    CHECK_ERR(offload(double_it, arg), ERR_UNAVAILABLE);
    done++;
}

TEST(without_a_pool_the_work_is_refused_and_not_done)
{
    struct loop *l = loop_new();
    unsigned n = 5;

    CHECK(fiber_start(ask_in_vain, &n));
    loop_turn(l, 0);
    CHECK_INT(done, 1);
    CHECK_INT(n, 5);
    CHECK_OK(offload_start(1, 1));
    offload_stop();
    CHECK(fiber_start(ask_in_vain, &n));
    loop_turn(l, 0);
    CHECK_INT(done, 2);
    loop_free(l);
}

TEST(a_plain_thread_does_the_work_itself)
{
    unsigned n = 21;

    CHECK_OK(offload(double_it, &n));
    CHECK_INT(n, 42);
}
