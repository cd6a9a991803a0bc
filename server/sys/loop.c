#include "sys/loop_int.h"

#include <h2o/socket.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "sys/fiber.h"
#include "sys/fiber_int.h"

static _Thread_local struct loop *loop_current;

static int64_t clock_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t loop_now_us(void)
{
    struct loop *l = loop_current;

    return l && l->in_turn ? l->now_us : clock_us();
}

struct loop *loop_here(void)
{
    return loop_current;
}

struct st_h2o_evloop_t *loop_h2o(struct loop *l)
{
    return l->h2o;
}

static void on_gate(h2o_socket_t *sock, const char *err)
{
    struct loop *l = sock->data;

    (void)err;
    l->gate_open = true;
}

static void on_bell(struct loop_fd *w, uint32_t events)
{
    uint64_t rings;
    ssize_t n = read(w->fd, &rings, sizeof(rings));

    (void)n, (void)events;
    loop_posted_run(loop_current);
}

struct loop *loop_new(void)
{
    struct loop *l = calloc(1, sizeof(*l));

    if (!l)
        out_of_memory();
    MUST_BE(!loop_current);
    loop_current = l;
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    MUST_BE(l->epoll_fd >= 0 && l->bell_fd >= 0);
    l->h2o = h2o_evloop_create();
    l->gate = h2o_evloop_socket_create(l->h2o, l->epoll_fd, H2O_SOCKET_FLAG_DONT_READ);
    l->gate->data = l;
    h2o_socket_read_start(l->gate, on_gate);
    MUST_BE(loop_fd_add(&l->bell, l->bell_fd, EPOLLIN, on_bell) == OK);
    return l;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    MUST_BE(loop_current == l && !l->in_turn);
    fiber_drop_all();
    loop_posted_drop(l);
    loop_fd_remove(&l->bell);
    close(l->bell_fd);
    h2o_socket_close(l->gate);
    h2o_evloop_destroy(l->h2o);
    free(l->timers.heap);
    free(l);
    loop_current = NULL;
}

/* The library waits before it runs its own pending callbacks, so those that a fiber's write left must not wait. */
static bool work_is_waiting(const struct loop *l)
{
    return fiber_any_ready() || l->h2o->_pending_as_client || l->h2o->_pending_as_server;
}

static int wait_ms(const struct loop *l, int max_ms)
{
    int64_t next = loop_timers_next(l);
    int64_t left;

    if (work_is_waiting(l))
        return 0;
    if (next == INT64_MAX)
        return max_ms;
    left = next - clock_us();
    if (left <= 0)
        return 0;
    left = left / 1000 + (left % 1000 != 0); /* never early, or the loop would spin through the rest */
    return left < max_ms ? (int)left : max_ms;
}

void loop_turn(struct loop *l, int max_ms)
{
    MUST_BE(loop_current == l && !l->in_turn);
    l->in_turn = true;
    l->now_us = clock_us(); /* for callbacks of the library, which run before the wait is known to be over */
    /* Fails only when a signal came; then the turn goes on with nothing read. */
    (void)h2o_evloop_run(l->h2o, wait_ms(l, max_ms));
    l->now_us = clock_us();
    if (l->gate_open)
        loop_fds_run(l);
    loop_timers_run(l);
    fiber_run_ready();
    l->in_turn = false;
}

void loop_run(struct loop *l)
{
    while (!atomic_exchange(&l->stop, false))
        loop_turn(l, INT_MAX);
}

void loop_stop(struct loop *l)
{
    atomic_store(&l->stop, true);
    loop_bell_ring(l);
}
