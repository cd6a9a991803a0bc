#include "redis/redis_int.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "obs/obs.h"

#define CONNECT_US 1000000
#define READ_STEP  ((size_t)32 * 1024)

struct redis_conn *redis_conn_new(const struct redis_address *at, bool redials)
{
    struct redis_conn *c = calloc(1, sizeof(*c));

    if (!c)
        out_of_memory();
    c->at = *at;
    c->redials = redials;
    c->fd = -1;
    c->backoff_ms = REDIS_BACKOFF_FIRST_MS;
    return c;
}

static void disconnect(struct redis_conn *c)
{
    loop_fd_remove(&c->watch);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    if (c->reader)
        redisReaderFree(c->reader);
    c->reader = NULL;
    c->out_n = c->out_sent = 0;
    c->state = REDIS_AWAY;
    loop_timer_cancel(&c->retry);
    loop_timer_cancel(&c->flush);
    loop_timer_cancel(&c->guard);
    redis_pending_fail_all(c);
}

void redis_conn_free(struct redis_conn *c)
{
    if (!c)
        return;
    disconnect(c);
    free(c->out);
    free(c);
}

static void on_retry(struct loop_timer *t)
{
    redis_conn_connect(CONTAINER_OF(t, struct redis_conn, retry));
}

void redis_conn_drop(struct redis_conn *c)
{
    metric_add(METRIC_REDIS_ERRORS, 1);
    disconnect(c);
    c->failing = true;
    if (c->redials) {
        loop_timer_arm(&c->retry, loop_now_us() + (int64_t)c->backoff_ms * 1000, on_retry);
        c->backoff_ms = c->backoff_ms * 2 < REDIS_BACKOFF_MAX_MS ? c->backoff_ms * 2 : REDIS_BACKOFF_MAX_MS;
    }
    if (c->lost)
        c->lost(c->owner);
}

static void on_connect_late(struct loop_timer *t)
{
    redis_conn_drop(CONTAINER_OF(t, struct redis_conn, retry));
}

static bool write_out(struct redis_conn *c)
{
    while (c->out_sent < c->out_n) {
        ssize_t n = send(c->fd, c->out + c->out_sent, c->out_n - c->out_sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return (errno == EAGAIN || errno == EWOULDBLOCK) && loop_fd_change(&c->watch, EPOLLIN | EPOLLOUT) == OK;
        c->out_sent += (size_t)n;
    }
    c->out_n = c->out_sent = 0;
    if (c->out_cap > (1 << 20)) { /* one large burst is not kept for ever */
        free(c->out);
        c->out = NULL;
        c->out_cap = 0;
    }
    return loop_fd_change(&c->watch, EPOLLIN) == OK;
}

static bool read_in(struct redis_conn *c)
{
    char chunk[READ_STEP];
    ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);

    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return n > 0 && redisReaderFeed(c->reader, chunk, (size_t)n) == REDIS_OK && redis_take_replies(c);
}

static bool finish_connect(struct redis_conn *c)
{
    int fault = 0;
    socklen_t len = sizeof(fault);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &fault, &len) != 0 || fault)
        return false;
    loop_timer_cancel(&c->retry);
    c->state = REDIS_UP;
    c->failing = false;
    c->progress_us = loop_now_us();
    return true;
}

static void on_event(struct loop_fd *w, uint32_t events)
{
    struct redis_conn *c = CONTAINER_OF(w, struct redis_conn, watch);
    bool ok = true;

    if (c->state == REDIS_CONNECTING)
        ok = finish_connect(c);
    if (ok && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        ok = read_in(c);
    if (ok && events & EPOLLOUT)
        ok = write_out(c);
    if (!ok)
        redis_conn_drop(c);
}

static void on_flush(struct loop_timer *t)
{
    struct redis_conn *c = CONTAINER_OF(t, struct redis_conn, flush);

    if (c->state == REDIS_UP && !write_out(c))
        redis_conn_drop(c);
}

/* At the next turn, so that what the other fibers of this turn ask goes out in the same write. */
void redis_flush_soon(struct redis_conn *c)
{
    if (!c->flush.slot)
        loop_timer_arm(&c->flush, loop_now_us(), on_flush);
}

/* Failure is told through redis_conn_drop only, so that it is alike at once and later. */
void redis_conn_connect(struct redis_conn *c)
{
    int on = 1;
    bool ok;

    c->state = REDIS_CONNECTING;
    c->reader = redisReaderCreate();
    if (!c->reader)
        out_of_memory();
    c->fd = socket(c->at.sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ok = c->fd >= 0;
    if (ok && c->at.sa.ss_family != AF_UNIX)
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (ok)
        ok = connect(c->fd, (const struct sockaddr *)&c->at.sa, c->at.len) == 0 || errno == EINPROGRESS;
    if (ok)
        ok = loop_fd_add(&c->watch, c->fd, EPOLLIN | EPOLLOUT, on_event) == OK;
    if (!ok) {
        redis_conn_drop(c);
        return;
    }
    loop_timer_arm(&c->retry, loop_now_us() + CONNECT_US, on_connect_late);
}
