#include <linux/tcp.h> /* more of tcp_info than the C library has */
#include <malloc.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "http/guard_conn_int.h"

/* One timer a server looks at all its connections some times a second: a timer for each would be armed anew with every
 * frame. What only must move at all (answers, bodies) is judged by what moved since a mark. */
#define SWEEPS_US     500000
#define SWEEPS_MIN_US 10000
#define BODY_PIECE_US (10 * 1000000)
#define FAREWELL_US   1000000
#define GOODBYE_US    (5 * 1000000)
#define CROWD         256  /* connections, of which those left are a quarter at most before memory is tidied */
#define STEP          1024 /* octets an answer must move; fewer are none */

static int64_t us_of(int ms)
{
    return (int64_t)ms * 1000;
}

void guard_took(struct guard *g, const struct guard_tally *t)
{
    int64_t now = loop_now_us();

    if (t->heads || t->data)
        g->used_us = now;
    if (guard_frames_waits(&g->frames)) {
        if (t->heads || !g->head_since_us)
            g->head_since_us = now;
    } else if (g->frames.last_stream) {
        g->head_since_us = 0;
    }
    for (size_t i = 0; t->heads && i < g->frames.upload_count; i++)
        if (!g->frames.uploads[i].mark_us)
            g->frames.uploads[i].mark_us = now;
}

static bool head_is_complete(const h2o_buffer_t *in)
{
    return memmem(in->bytes, in->size, "\n\r\n", 3) || memmem(in->bytes, in->size, "\n\n", 2);
}

void guard_took_http1(struct guard *g, size_t fresh)
{
    int64_t now = loop_now_us();

    if (!list_empty(&g->requests) || fresh == 0)
        return;
    if (g->body_waits) {
        g->body.octets += fresh;
        return;
    }
    if (!g->head_since_us)
        g->head_since_us = now;
    if (!head_is_complete(g->sock->input))
        return;
    g->head_since_us = 0;
    g->used_us = now;
    g->body_waits = true;
    g->body = (struct guard_upload){.mark_us = now};
}

void guard_request_begin(struct guard_request *r, h2o_req_t *req)
{
    struct guard *g = guard_of(req->conn->callbacks->get_socket(req->conn));

    *r = (struct guard_request){.guard = g, .req = req};
    if (!g)
        return;
    list_add(&g->requests, &r->node);
    g->used_us = loop_now_us();
    if (req->version >= 0x200)
        return;
    g->head_since_us = 0;
    g->body_waits = false;
    if (guard_retires(g, g->used_us))
        req->http1_is_persistent = 0;
}

void guard_request_answered(struct guard_request *r)
{
    r->answered = true;
    r->moved_us = loop_now_us();
}

void guard_request_end(struct guard_request *r)
{
    if (!r->guard)
        return;
    r->guard->used_us = loop_now_us();
    list_drop(&r->node);
}

bool guard_retires(const struct guard *g, int64_t now_us)
{
    return now_us - g->opened_us > us_of(g->http->conf.life_ms);
}

/* At least the rate in every piece of ten seconds; marks the next piece. */
static bool is_slow(const struct guard *g, struct guard_upload *u, int64_t now)
{
    uint64_t least = (uint64_t)g->http->conf.body_rate * (BODY_PIECE_US / 1000000);

    if (now - u->mark_us < BODY_PIECE_US)
        return false;
    if (u->octets < least)
        return true;
    u->octets = 0;
    u->mark_us = now;
    return false;
}

static bool body_is_slow(struct guard *g, int64_t now)
{
    if (g->body_waits && is_slow(g, &g->body, now))
        return true;
    for (size_t i = 0; i < g->frames.upload_count; i++)
        if (is_slow(g, &g->frames.uploads[i], now))
            return true;
    return false;
}

static bool is_stalled(struct guard_stall *s, uint64_t seen, int64_t now, int64_t limit)
{
    if (!s->moved_us || seen >= s->seen + STEP) {
        s->seen = seen;
        s->moved_us = now;
    }
    return now - s->moved_us > limit;
}

/* What the client's kernel has confirmed; 0 on a Unix socket, where a full one stalls at once. */
static uint64_t octets_acked(const struct guard *g)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof(info);

    if (getsockopt(g->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
        return 0;
    return info.tcpi_bytes_acked;
}

/* Either octets are with the kernel, and it tells whether they move; or the client's windows are shut. */
static bool answer_is_stalled(struct guard *g, int64_t now)
{
    int64_t limit = us_of(g->http->conf.progress_timeout_ms);
    bool writing = h2o_socket_is_writing(g->sock);

    if (writing && is_stalled(&g->acked, octets_acked(g), now, limit))
        return true;
    if (!writing)
        g->acked.moved_us = 0;
    for (struct list_node *n = g->requests.next; n != &g->requests; n = n->next) {
        struct guard_request *r = CONTAINER_OF(n, struct guard_request, node);
        struct guard_stall s = {r->sent, r->moved_us};

        if (!r->answered)
            continue;
        if (is_stalled(&s, r->req->bytes_sent, now, limit) && !writing)
            return true;
        r->sent = s.seen;
        r->moved_us = s.moved_us;
    }
    return false;
}

static bool is_quiet(const struct guard *g)
{
    return list_empty(&g->requests) && !g->frames.upload_count && !g->body_waits;
}

static enum guard_cut judge_times(struct guard *g, int64_t now)
{
    const struct http_conf *conf = &g->http->conf;

    if (g->head_since_us && now - g->head_since_us > us_of(conf->head_timeout_ms))
        return GUARD_CUT_HEAD_TIME;
    if (body_is_slow(g, now))
        return GUARD_CUT_BODY_RATE;
    if (answer_is_stalled(g, now))
        return GUARD_CUT_PROGRESS;
    if (is_quiet(g) && now - g->used_us > us_of(conf->idle_timeout_ms))
        return GUARD_CUT_IDLE;
    if (guard_retires(g, now) &&
        (is_quiet(g) || now - g->opened_us > us_of(conf->life_ms) + us_of(conf->request_timeout_ms)))
        return GUARD_CUT_LIFE;
    return GUARD_FIT;
}

/* A cut whose farewell cannot leave, and a good-bye of TLS that is not answered, end here. */
static void shut_if_late(const struct guard *g, int64_t now)
{
    if (now - g->ended_us > (g->cut ? FAREWELL_US : GOODBYE_US))
        shutdown(g->fd, SHUT_RDWR);
}

/* Many connections, of TLS above all, leave memory that the C library keeps until it is told. */
static bool crowd_is_tidied(struct http *h)
{
    if (h->open > h->crowd)
        h->crowd = h->open;
    if (h->crowd < CROWD || h->open > h->crowd / 4)
        return h->crowd < CROWD;
    h->crowd = h->open;
    malloc_trim(0);
    return h->crowd < CROWD;
}

static void on_sweep(struct loop_timer *t)
{
    struct http *h = CONTAINER_OF(t, struct http, sweep);
    int64_t now = loop_now_us();
    bool bodies = bodies_tidy(), crowd = crowd_is_tidied(h);

    for (struct list_node *n = h->conns.next, *next; n != &h->conns; n = next) {
        struct guard *g = CONTAINER_OF(n, struct guard, node);
        enum guard_cut why;

        next = n->next;
        if (g->cut || g->closed)
            shut_if_late(g, now);
        else if ((why = judge_times(g, now)) != GUARD_FIT)
            guard_cut_now(g, why);
    }
    if (!list_empty(&h->conns) || !bodies || !crowd)
        guard_sweep_start(h);
}

void guard_sweep_start(struct http *h)
{
    const struct http_conf *c = &h->conf;
    int64_t least = us_of(c->head_timeout_ms < c->idle_timeout_ms ? c->head_timeout_ms : c->idle_timeout_ms) / 4;

    if (least > us_of(c->progress_timeout_ms) / 4)
        least = us_of(c->progress_timeout_ms) / 4;
    least = least > SWEEPS_US ? SWEEPS_US : least < SWEEPS_MIN_US ? SWEEPS_MIN_US : least;
    loop_timer_arm(&h->sweep, loop_now_us() + least, on_sweep);
}

void guard_sweep_stop(struct http *h)
{
    loop_timer_cancel(&h->sweep);
}

void guard_shut_all(struct http *h)
{
    for (struct list_node *n = h->conns.next; n != &h->conns; n = n->next)
        shutdown(CONTAINER_OF(n, struct guard, node)->fd, SHUT_RDWR);
}
