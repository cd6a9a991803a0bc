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

struct redis *redis_open(const char *url)
{
    struct redis *r = calloc(1, sizeof(*r));

    MUST_BE(loop_here());
    if (!r)
        out_of_memory();
    r->fd = -1;
    r->backoff_ms = REDIS_BACKOFF_FIRST_MS;
    r->url = strdup(url);
    if (!r->url)
        out_of_memory();
    if (!redis_address_parse(url, &r->addr, &r->addr_len)) {
        redis_close(r);
        return NULL;
    }
    redis_connect(r);
    return r;
}

static void disconnect(struct redis *r)
{
    loop_fd_remove(&r->watch);
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    if (r->reader)
        redisReaderFree(r->reader);
    r->reader = NULL;
    r->out_n = r->out_sent = 0;
    r->state = REDIS_AWAY;
    loop_timer_cancel(&r->retry);
    loop_timer_cancel(&r->flush);
    loop_timer_cancel(&r->guard);
    redis_pending_fail_all(r);
}

void redis_close(struct redis *r)
{
    if (!r)
        return;
    disconnect(r);
    free(r->out);
    free(r->url);
    free(r);
}

const char *redis_url(const struct redis *r)
{
    return r->url;
}

bool redis_is_up(const struct redis *r)
{
    return r->state == REDIS_UP;
}

static void on_retry(struct loop_timer *t)
{
    redis_connect(CONTAINER_OF(t, struct redis, retry));
}

void redis_drop(struct redis *r)
{
    metric_add(METRIC_REDIS_ERRORS, 1);
    disconnect(r);
    r->failing = true;
    loop_timer_arm(&r->retry, loop_now_us() + (int64_t)r->backoff_ms * 1000, on_retry);
    r->backoff_ms = r->backoff_ms * 2 < REDIS_BACKOFF_MAX_MS ? r->backoff_ms * 2 : REDIS_BACKOFF_MAX_MS;
}

static void on_connect_late(struct loop_timer *t)
{
    redis_drop(CONTAINER_OF(t, struct redis, retry));
}

static bool write_out(struct redis *r)
{
    while (r->out_sent < r->out_n) {
        ssize_t n = send(r->fd, r->out + r->out_sent, r->out_n - r->out_sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return (errno == EAGAIN || errno == EWOULDBLOCK) && loop_fd_change(&r->watch, EPOLLIN | EPOLLOUT) == OK;
        r->out_sent += (size_t)n;
    }
    r->out_n = r->out_sent = 0;
    if (r->out_cap > (1 << 20)) { /* one large burst is not kept for ever */
        free(r->out);
        r->out = NULL;
        r->out_cap = 0;
    }
    return loop_fd_change(&r->watch, EPOLLIN) == OK;
}

static bool read_in(struct redis *r)
{
    char chunk[READ_STEP];
    ssize_t n = recv(r->fd, chunk, sizeof(chunk), 0);

    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return n > 0 && redisReaderFeed(r->reader, chunk, (size_t)n) == REDIS_OK && redis_take_replies(r);
}

static bool finish_connect(struct redis *r)
{
    int fault = 0;
    socklen_t len = sizeof(fault);

    if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &fault, &len) != 0 || fault)
        return false;
    loop_timer_cancel(&r->retry);
    r->state = REDIS_UP;
    r->failing = false;
    r->progress_us = loop_now_us();
    return true;
}

static void on_event(struct loop_fd *w, uint32_t events)
{
    struct redis *r = CONTAINER_OF(w, struct redis, watch);
    bool ok = true;

    if (r->state == REDIS_CONNECTING)
        ok = finish_connect(r);
    if (ok && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        ok = read_in(r);
    if (ok && events & EPOLLOUT)
        ok = write_out(r);
    if (!ok)
        redis_drop(r);
}

static void on_flush(struct loop_timer *t)
{
    struct redis *r = CONTAINER_OF(t, struct redis, flush);

    if (r->state == REDIS_UP && !write_out(r))
        redis_drop(r);
}

/* At the next turn, so that what the other fibers of this turn ask goes out in the same write. */
void redis_flush_soon(struct redis *r)
{
    if (!r->flush.slot)
        loop_timer_arm(&r->flush, loop_now_us(), on_flush);
}

/* Failure is told through redis_drop only, so that it is alike at once and later. */
void redis_connect(struct redis *r)
{
    int on = 1;
    bool ok;

    r->state = REDIS_CONNECTING;
    r->reader = redisReaderCreate();
    if (!r->reader)
        out_of_memory();
    r->fd = socket(r->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ok = r->fd >= 0;
    if (ok && r->addr.ss_family != AF_UNIX)
        setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (ok)
        ok = connect(r->fd, (const struct sockaddr *)&r->addr, r->addr_len) == 0 || errno == EINPROGRESS;
    if (ok)
        ok = loop_fd_add(&r->watch, r->fd, EPOLLIN | EPOLLOUT, on_event) == OK;
    if (!ok) {
        redis_drop(r);
        return;
    }
    loop_timer_arm(&r->retry, loop_now_us() + CONNECT_US, on_connect_late);
}
