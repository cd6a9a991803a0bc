#include "sys/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kit/loop.h"
#include "kit/test.h"

static int64_t cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static struct loop_timer timers[500];
static int64_t last_due;
static unsigned fired;

static void on_timer(struct loop_timer *t)
{
    CHECK(t->due_us >= last_due);
    CHECK(t->due_us <= loop_now_us());
    CHECK_INT(t->slot, 0);
    last_due = t->due_us;
    fired++;
}

TEST(timers_fire_in_order_and_cancelled_ones_not_at_all)
{
    struct loop *l = loop_new();
    int64_t now = loop_now_us();

    srandom(7);
    for (size_t i = 0; i < ARRAY_LEN(timers); i++)
        loop_timer_arm(&timers[i], now + random() % 5000, on_timer);
    for (size_t i = 0; i < ARRAY_LEN(timers); i += 3)
        loop_timer_cancel(&timers[i]);
    for (size_t i = 1; i < ARRAY_LEN(timers); i += 3)
        loop_timer_arm(&timers[i], now + random() % 9000, on_timer);
    loop_timer_cancel(&timers[0]);
    while (fired < 333)
        loop_turn(l, 1000);
    loop_turn(l, 0);
    CHECK_INT(fired, 333);
    loop_free(l);
}

static void arm_again(struct loop_timer *t)
{
    fired++;
    loop_timer_arm(t, 0, arm_again);
}

TEST(a_timer_that_arms_itself_for_the_past_does_not_keep_the_turn)
{
    struct loop *l = loop_new();

    loop_timer_arm(&timers[0], 0, arm_again);
    loop_turn(l, 1000);
    CHECK_INT(fired, 1);
    loop_turn(l, 1000);
    CHECK_INT(fired, 2);
    loop_free(l);
}

TEST(waiting_for_a_timer_ends_in_time_and_does_not_spin)
{
    struct loop *l = loop_new();
    int64_t due = loop_now_us() + 50500;
    int64_t cpu = cpu_us();
    unsigned turns = 0;

    loop_timer_arm(&timers[0], due, on_timer);
    for (; !fired; turns++)
        loop_turn(l, 10000);
    CHECK(turns <= 3);
    CHECK(loop_now_us() < due + 25000);
    CHECK(cpu_us() - cpu < 25000);
    loop_free(l);
}

static void nothing(struct loop_timer *t)
{
    (void)t;
}

TEST(an_idle_turn_lasts_as_long_as_it_may)
{
    struct loop *l = loop_new();
    int64_t before = loop_now_us();

    loop_timer_arm(&timers[0], before + 3600LL * 1000000, nothing);
    loop_turn(l, 20);
    CHECK(loop_now_us() - before >= 19000);
    loop_free(l);
}

static int told;

static void on_readable(struct loop_fd *w, uint32_t events)
{
    char c;

    CHECK(events & EPOLLIN);
    CHECK(read(w->fd, &c, 1) == 1);
    told++;
}

TEST(more_descriptors_than_fit_one_turn_are_all_told)
{
    static struct loop_fd watched[200];
    static int ends[200][2];
    struct loop *l = loop_new();

    for (size_t i = 0; i < ARRAY_LEN(watched); i++) {
        CHECK(pipe(ends[i]) == 0);
        CHECK_OK(loop_fd_add(&watched[i], ends[i][0], EPOLLIN, on_readable));
        CHECK(write(ends[i][1], "x", 1) == 1);
    }
    loop_turn(l, 1000);
    CHECK(told > 0 && told < 200);
    loop_turn(l, 1000);
    CHECK_INT(told, 200);
    loop_turn(l, 0);
    CHECK_INT(told, 200);
    for (size_t i = 0; i < ARRAY_LEN(watched); i++)
        loop_fd_remove(&watched[i]);
    loop_free(l);
}

static struct loop_fd *pair[2];

static void free_both(struct loop_fd *w, uint32_t events)
{
    (void)w, (void)events;
    told++;
    for (int i = 0; i < 2; i++) {
        loop_fd_remove(pair[i]);
        close(pair[i]->fd);
        free(pair[i]);
    }
}

TEST(a_descriptor_removed_by_the_one_before_it_is_not_told)
{
    struct loop *l = loop_new();

    for (int i = 0; i < 2; i++) {
        int ends[2];

        CHECK(pipe(ends) == 0);
        pair[i] = malloc(sizeof(*pair[i]));
        CHECK_OK(loop_fd_add(pair[i], ends[0], EPOLLIN, free_both));
        CHECK(write(ends[1], "x", 1) == 1);
    }
    loop_turn(l, 1000);
    loop_turn(l, 0);
    CHECK_INT(told, 1);
    loop_free(l);
}

static uint32_t last_events;

static void note_events(struct loop_fd *w, uint32_t events)
{
    (void)w;
    last_events = events;
}

TEST(what_is_watched_can_change_and_removing_twice_is_harmless)
{
    struct loop *l = loop_new();
    struct loop_fd w = {0};
    int ends[2];

    loop_fd_remove(&w);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK_OK(loop_fd_add(&w, ends[0], EPOLLIN, note_events));
    loop_turn(l, 0);
    CHECK_INT(last_events, 0);
    CHECK_OK(loop_fd_change(&w, EPOLLOUT));
    loop_turn(l, 1000);
    CHECK_INT(last_events, EPOLLOUT);
    loop_fd_remove(&w);
    loop_fd_remove(&w);
    last_events = 0;
    loop_turn(l, 0);
    CHECK_INT(last_events, 0);
    loop_free(l);
}

TEST(a_descriptor_that_cannot_be_watched_is_an_error)
{
    struct loop *l = loop_new();
    struct loop_fd w;

    CHECK_ERR(loop_fd_add(&w, -1, EPOLLIN, note_events), ERR_UNAVAILABLE);
    loop_fd_remove(&w);
    loop_free(l);
}

static void fiber_forever(void *arg)
{
    while (!*(volatile bool *)arg)
        fiber_yield();
}

static void set_flag(struct loop_timer *t)
{
    (void)t;
    fired = 1;
}

TEST(busy_fibers_do_not_keep_timers_or_descriptors_waiting)
{
    struct loop *l = loop_new();
    struct loop_fd w;
    bool enough = false;
    int ends[2];

    CHECK(pipe(ends) == 0);
    CHECK_OK(loop_fd_add(&w, ends[0], EPOLLIN, on_readable));
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK(fiber_start(fiber_forever, &enough));
    loop_timer_arm(&timers[0], loop_now_us() + 1000, set_flag);
    while (!fired || !told)
        loop_turn(l, 10000);
    enough = true;
    while (fiber_count())
        loop_turn(l, 10000);
    loop_fd_remove(&w);
    loop_free(l);
}

struct poster {
    struct loop *to;
    unsigned *seen; /* only the loop's thread touches it */
    unsigned n;
};

static void count_up(void *arg)
{
    ++*(unsigned *)arg;
}

static void *post_many(void *arg)
{
    struct poster *p = arg;

    for (unsigned i = 0; i < p->n; i++)
        loop_post(p->to, count_up, p->seen);
    return NULL;
}

TEST(what_other_threads_post_all_arrives)
{
    struct loop *l = loop_new();
    unsigned seen = 0;
    struct poster p = {l, &seen, 5000};
    pthread_t threads[3];

    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, post_many, &p) == 0);
    while (seen < 15000)
        loop_turn(l, 1000);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(seen, 15000);
    loop_free(l);
}

static char order[8];

static void note(void *arg)
{
    order[strlen(order)] = *(char *)arg;
}

TEST(one_threads_posts_run_in_their_order_and_what_is_left_is_freed)
{
    struct loop *l = loop_new();

    loop_post(l, note, "a");
    loop_post(l, note, "b");
    loop_post(l, note, "c");
    loop_turn(l, 1000);
    CHECK_STR(order, "abc");
    loop_post(l, note, "d");
    loop_free(l);
    CHECK_STR(order, "abc");
}

/* Two loops throw a ball to each other: each thread has one. */
struct player {
    _Atomic(struct loop *) loop;
    struct player *other;
    int caught;
};

static void catch_ball(void *arg)
{
    struct player *p = arg;

    if (++p->caught >= 1000)
        loop_stop(loop_here());
    if (p->caught <= 1000)
        loop_post(atomic_load(&p->other->loop), catch_ball, p->other);
}

static pthread_barrier_t both;

static void *play(void *arg)
{
    struct player *p = arg;
    struct loop *l = loop_new();

    atomic_store(&p->loop, l);
    pthread_barrier_wait(&both);
    loop_run(l);
    pthread_barrier_wait(&both); /* the last ball may still be thrown at a loop that has stopped */
    loop_free(l);
    return NULL;
}

TEST(two_loops_in_two_threads_post_to_each_other)
{
    static struct player a, b;
    pthread_t ta, tb;

    a.other = &b;
    b.other = &a;
    pthread_barrier_init(&both, NULL, 3);
    CHECK(pthread_create(&ta, NULL, play, &a) == 0);
    CHECK(pthread_create(&tb, NULL, play, &b) == 0);
    pthread_barrier_wait(&both);
    loop_post(atomic_load(&a.loop), catch_ball, &a);
    pthread_barrier_wait(&both);
    pthread_join(ta, NULL);
    pthread_join(tb, NULL);
    CHECK(a.caught >= 1000 && b.caught >= 1000);
}

static void *stop_it(void *arg)
{
    loop_stop(arg);
    return NULL;
}

TEST(any_thread_stops_a_loop_that_waits)
{
    struct loop *l = loop_new();
    pthread_t t;

    for (int i = 0; i < 20; i++) {
        CHECK(pthread_create(&t, NULL, stop_it, l) == 0);
        loop_run(l);
        pthread_join(t, NULL);
    }
    loop_free(l);
}

static void on_alarm(int sig)
{
    (void)sig;
}

TEST(a_signal_during_the_wait_does_no_harm)
{
    struct loop *l = loop_new();
    struct sigaction sa = {.sa_handler = on_alarm};
    timer_t id;

    CHECK(sigaction(SIGALRM, &sa, NULL) == 0);
    CHECK(timer_create(CLOCK_MONOTONIC, NULL, &id) == 0);
    CHECK(timer_settime(id, 0, &(struct itimerspec){.it_value.tv_nsec = 5000000}, NULL) == 0);
    loop_timer_arm(&timers[0], loop_now_us() + 20000, on_timer);
    while (!fired)
        loop_turn(l, 10000);
    loop_free(l);
}
