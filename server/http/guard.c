#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "http/guard_conn_int.h"
#include "obs/obs.h"

/* guard: defines functions that the library calls through its own symbol table; the executable is linked with
 * -rdynamic, so those calls arrive here (guard_proof.c makes sure). Two rules keep the library whole:
 * it gets no input while a write of that connection is in flight, because it asserts that no window moves then;
 * and between two writes it gets few frames, so that the resets it makes of them are seen before the next.
 */
#define SLICE_FRAMES 64
#define TURN_OCTETS  ((size_t)16 * 1024) /* of a connection that the library sees before others have their turn */
#define UNREAD_MAX   (64 * 1024) /* the kernel takes twice as much; what it holds is read, and judged, in one turn */
#define PREFACE      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define PREFACE_N    (sizeof(PREFACE) - 1)

static struct {
    void (*read_start)(h2o_socket_t *, h2o_socket_cb);
    void (*read_stop)(h2o_socket_t *);
    void (*write)(h2o_socket_t *, h2o_iovec_t *, size_t, h2o_socket_cb);
    void (*notify_write)(h2o_socket_t *, h2o_socket_cb);
    void (*close)(h2o_socket_t *);
    void (*http1_accept)(h2o_accept_ctx_t *, h2o_socket_t *, struct timeval);
    void (*http2_accept)(h2o_accept_ctx_t *, h2o_socket_t *, struct timeval);
} library;

__attribute__((constructor)) static void find_library(void)
{
    *(void **)&library.read_start = dlsym(RTLD_NEXT, "h2o_socket_read_start");
    *(void **)&library.read_stop = dlsym(RTLD_NEXT, "h2o_socket_read_stop");
    *(void **)&library.write = dlsym(RTLD_NEXT, "h2o_socket_write");
    *(void **)&library.notify_write = dlsym(RTLD_NEXT, "h2o_socket_notify_write");
    *(void **)&library.close = dlsym(RTLD_NEXT, "h2o_socket_close");
    *(void **)&library.http1_accept = dlsym(RTLD_NEXT, "h2o_http1_accept");
    *(void **)&library.http2_accept = dlsym(RTLD_NEXT, "h2o_http2_accept");
}

static void guard_free(struct guard *g)
{
    drain_conn_ends(g);
    list_drop(&g->node);
    g->http->open--;
    metric_add(METRIC_HTTP_OPEN, -1);
    if (g->seated)
        guard_seat_give(&g->seat);
    loop_timer_cancel(&g->soon);
    loop_timer_cancel(&g->more);
    h2o_buffer_dispose(&g->backlog);
    guard_frames_dispose(&g->frames);
    free(g);
}

static void on_closed(void *arg)
{
    struct guard *g = arg;

    front_close(&g->front);
    g->gone = true;
    if (g->depth == 0)
        guard_free(g);
}

static void leave(struct guard *g)
{
    if (--g->depth == 0 && g->gone)
        guard_free(g);
}

struct guard *guard_of(h2o_socket_t *sock)
{
    return sock->on_close.cb == on_closed ? sock->on_close.data : NULL;
}

struct front *front_of(h2o_socket_t *sock)
{
    struct guard *g = guard_of(sock);

    return g ? &g->front : NULL;
}

static bool is_alive(const struct guard *g)
{
    return !g->gone && !g->closed && !g->cut;
}

/* Not under a request of HTTP/1, whose fields the library still points to. */
static void drop_input(struct guard *g)
{
    if (g->stage == GUARD_HTTP1 && !g->closed) {
        g->sock->input->size -= g->sock->bytes_read;
        g->sock->bytes_read = 0;
        return;
    }
    h2o_buffer_consume(&g->sock->input, g->sock->input->size);
    h2o_buffer_consume(&g->backlog, g->backlog->size);
    g->known = 0;
}

/* To the library it is as if the client had gone. */
static void finish(struct guard *g)
{
    shutdown(g->fd, SHUT_RDWR); /* ends what waits for the client, in either direction */
    if (g->read_cb && !g->closed)
        g->read_cb(g->sock, h2o_socket_error_closed);
}

static void on_farewell(h2o_socket_t *sock, const char *err)
{
    struct guard *g = guard_of(sock);
    h2o_socket_cb lost = g->lost_cb;

    (void)err;
    g->depth++;
    g->lost_cb = NULL;
    if (lost)
        lost(sock, h2o_socket_error_io);
    if (!g->gone && !g->closed)
        finish(g);
    leave(g);
}

static void put_goaway(struct guard *g, uint32_t last_stream, enum guard_cut why)
{
    static const char enhance_your_calm = 0xb;

    memcpy(g->farewell, "\0\0\x8\x7\0\0\0\0\0", 9);
    for (unsigned i = 0; i < 4; i++)
        g->farewell[9 + i] = (char)(last_stream >> (24 - 8 * i));
    memset(g->farewell + 13, 0, 4);
    if (why != GUARD_CUT_IDLE && why != GUARD_CUT_LIFE)
        g->farewell[16] = enhance_your_calm;
}

void guard_cut_now(struct guard *g, enum guard_cut why)
{
    h2o_iovec_t goaway = {g->farewell, sizeof(g->farewell)};

    if (!is_alive(g))
        return;
    g->depth++;
    g->cut = why;
    g->ended_us = loop_now_us();
    metric_add_label(METRIC_HTTP_CUTS, guard_cut_name(why), 1);
    if (g->stage == GUARD_HTTP2)
        drop_input(g);
    if (g->stage == GUARD_HTTP2 && !h2o_socket_is_writing(g->sock)) {
        put_goaway(g, g->frames.last_stream, why);
        library.write(g->sock, &goaway, 1, on_farewell);
    } else {
        finish(g);
    }
    leave(g);
}

static void on_doom(struct loop_timer *t)
{
    struct guard *g = CONTAINER_OF(t, struct guard, soon);

    guard_cut_now(g, g->doom);
}

/* For verdicts that fall inside the library's own calls. */
static void doom(struct guard *g, enum guard_cut why)
{
    if (g->doom || !is_alive(g))
        return;
    g->doom = why;
    loop_timer_arm(&g->soon, loop_now_us(), on_doom);
}

static enum guard_cut judge(struct guard *g, const struct guard_tally *t)
{
    guard_took(g, t);
    return guard_budget_spend(&g->budget, t, loop_now_us());
}

static void append(h2o_buffer_t **to, const char *p, size_t n)
{
    if (n && !h2o_buffer_reserve(to, n).base)
        out_of_memory();
    memcpy((*to)->bytes + (*to)->size, p, n);
    (*to)->size += n;
}

/* Makes the socket's input hold what the library may see now; the rest goes to, or stays in, the backlog. */
static enum guard_cut slice(struct guard *g, size_t *passed)
{
    h2o_buffer_t **input = &g->sock->input;
    bool waiting = g->backlog->size > 0;
    const char *p = waiting ? g->backlog->bytes : (*input)->bytes + g->known;
    size_t n = waiting ? g->backlog->size : (*input)->size - g->known;
    struct guard_tally t;
    size_t used;
    enum guard_cut cut;

    cut = guard_frames_feed(&g->frames, (const uint8_t *)p, n < TURN_OCTETS ? n : TURN_OCTETS, SLICE_FRAMES, &used, &t);
    *passed += used;
    if (cut == GUARD_FIT)
        cut = judge(g, &t);
    if (cut != GUARD_FIT)
        return cut;
    if (waiting) {
        append(input, p, used);
        h2o_buffer_consume(&g->backlog, used);
    } else if (used < n) {
        append(&g->backlog, p + used, n - used);
        (*input)->size -= n - used;
    }
    return GUARD_FIT;
}

static void pass_on(struct guard *g)
{
    bodies_reading(&g->front);
    g->read_cb(g->sock, NULL);
    if (!g->gone)
        g->known = g->sock->input->size;
}

static void on_more(struct loop_timer *t);

/* HTTP/2: slices, each but the first after the write that answered the one before; after so many octets it is the turn
 * of other connections. */
static void deliver_frames(struct guard *g, bool after_write)
{
    size_t passed = 0;

    while (is_alive(g) && !g->doom && g->read_cb && (g->backlog->size || g->sock->input->size > g->known) &&
           passed < TURN_OCTETS && (after_write || !h2o_socket_is_writing(g->sock))) {
        enum guard_cut why = slice(g, &passed);

        after_write = false;
        if (why != GUARD_FIT)
            guard_cut_now(g, why);
        else
            pass_on(g);
    }
    if (is_alive(g) && g->backlog->size && passed >= TURN_OCTETS)
        loop_timer_arm(&g->more, loop_now_us(), on_more);
}

/* Fewer octets than tell the preface of HTTP/2, of which the library would make a malformed request. */
static bool may_be_preface(const h2o_buffer_t *in)
{
    return in->size < PREFACE_N && memcmp(in->bytes, PREFACE, in->size) == 0;
}

/* HTTP/1 is scanned only here: a refusal is a write, of which there can be one. What one held read brought is still
 * what the socket says was read. */
static void deliver(struct guard *g, bool after_write)
{
    if (g->stage == GUARD_HTTP2)
        deliver_frames(g, after_write);
    else if (is_alive(g) && g->read_cb && front_read(&g->front) && !may_be_preface(g->sock->input))
        pass_on(g);
}

static void hold(struct guard *g)
{
    g->held = true;
    library.read_stop(g->sock);
}

static void on_read(h2o_socket_t *sock, const char *err);

static void after_input(struct guard *g)
{
    if (is_alive(g) && g->backlog->size && !g->held)
        hold(g);
}

static void on_input(struct guard *g, const char *err)
{
    if (g->stage == GUARD_HTTP1)
        guard_took_http1(g, g->sock->bytes_read);
    if (g->writing) {
        g->held_error = err;
        hold(g);
    } else if (err && g->read_cb) {
        g->read_cb(g->sock, err);
    } else {
        deliver(g, false);
        after_input(g);
    }
}

/* Of a connection that ends nothing is kept: its input is read to be thrown away. */
static void on_input_of_ended(struct guard *g, const char *err)
{
    drop_input(g);
    if (g->read_cb && (err || g->closed))
        g->read_cb(g->sock, err);
}

static void on_read(h2o_socket_t *sock, const char *err)
{
    struct guard *g = guard_of(sock);

    g->depth++;
    if (g->closed || g->cut)
        on_input_of_ended(g, err);
    else if (g->stage == GUARD_HANDSHAKE)
        g->read_cb(sock, err);
    else
        on_input(g, err);
    leave(g);
}

static void resume(struct guard *g, bool after_write)
{
    if (g->doom && !g->cut)
        guard_cut_now(g, g->doom);
    if (!is_alive(g))
        return;
    if (g->held_error && g->read_cb) {
        g->read_cb(g->sock, g->held_error);
        return;
    }
    if (g->held || g->backlog->size)
        deliver(g, after_write);
    if (!is_alive(g) || !g->held || g->writing || g->backlog->size)
        return;
    g->held = false;
    if (g->read_cb)
        library.read_start(g->sock, on_read);
}

/* A write that is in flight goes on with the rest when it is over. */
static void on_more(struct loop_timer *t)
{
    struct guard *g = CONTAINER_OF(t, struct guard, more);

    g->depth++;
    if (!g->gone && !g->closed && !g->writing)
        resume(g, false);
    leave(g);
}

static void on_write(h2o_socket_t *sock, const char *err)
{
    struct guard *g = guard_of(sock);
    h2o_socket_cb cb = g->write_cb;
    bool was_write = g->writing;

    g->depth++;
    g->writing = false;
    g->write_cb = NULL;
    cb(sock, err);
    if (!g->gone && !g->closed)
        resume(g, was_write);
    leave(g);
}

void h2o_socket_read_start(h2o_socket_t *sock, h2o_socket_cb cb)
{
    struct guard *g = guard_of(sock);

    if (g)
        g->read_cb = cb;
    if (g && !front_next(&g->front, cb))
        return;
    if (!g || !g->held || g->closed)
        library.read_start(sock, g ? on_read : cb);
}

void h2o_socket_read_stop(h2o_socket_t *sock)
{
    struct guard *g = guard_of(sock);

    if (g)
        g->read_cb = NULL;
    library.read_stop(sock);
}

/* What leaves tells what the library made of the input. */
static void watch_output(struct guard *g, const h2o_iovec_t *bufs, size_t n)
{
    int64_t now = loop_now_us();
    struct guard_tally t;
    enum guard_cut why;

    for (size_t i = 0; i < n; i++) {
        guard_frames_sent(&g->frames, (const uint8_t *)bufs[i].base, bufs[i].len, &t);
        if (t.data)
            g->used_us = now;
        guard_budget_earn(&g->budget, t.data, now);
        t.data = 0;
        why = guard_budget_spend(&g->budget, &t, now);
        if (why != GUARD_FIT)
            doom(g, why);
    }
}

void h2o_socket_write(h2o_socket_t *sock, h2o_iovec_t *bufs, size_t n, h2o_socket_cb cb)
{
    struct guard *g = guard_of(sock);
    h2o_iovec_t with_goaway[2];

    if (!g) {
        library.write(sock, bufs, n, cb);
        return;
    }
    if (g->cut && h2o_socket_is_writing(sock)) { /* our farewell; the library hears of the end after it */
        g->lost_cb = cb;
        return;
    }
    if (g->stage == GUARD_HTTP2)
        watch_output(g, bufs, n);
    else
        g->used_us = loop_now_us();
    if (g->stage == GUARD_HTTP2 && n == 1 && !g->goaway_said && guard_retires(g, loop_now_us())) {
        g->goaway_said = true;
        put_goaway(g, INT32_MAX, GUARD_CUT_LIFE);
        with_goaway[0] = bufs[0];
        with_goaway[1] = h2o_iovec_init(g->farewell, sizeof(g->farewell));
        bufs = with_goaway;
        n = 2;
    }
    g->writing = true;
    g->write_cb = cb;
    library.write(sock, bufs, n, on_write);
}

void h2o_socket_notify_write(h2o_socket_t *sock, h2o_socket_cb cb)
{
    struct guard *g = guard_of(sock);

    if (g)
        g->write_cb = cb;
    library.notify_write(sock, g ? on_write : cb);
}

void h2o_socket_close(h2o_socket_t *sock)
{
    struct guard *g = guard_of(sock);

    if (g && !g->closed) {
        g->closed = true;
        g->ended_us = loop_now_us();
        drop_input(g);
    }
    library.close(sock);
}

/* Anything but zero: not taken, the request goes on as HTTP/1. */
int h2o_http2_handle_upgrade(h2o_req_t *req, struct timeval connected_at)
{
    (void)req;
    (void)connected_at;
    return -1;
}

void h2o_http1_accept(h2o_accept_ctx_t *ctx, h2o_socket_t *sock, struct timeval connected_at)
{
    struct guard *g = guard_of(sock);

    if (g) {
        g->stage = GUARD_HTTP1;
        front_http1(&g->front);
    }
    library.http1_accept(ctx, sock, connected_at);
}

/* The library takes the input that is there at once, so its first slice is cut before. */
void h2o_http2_accept(h2o_accept_ctx_t *ctx, h2o_socket_t *sock, struct timeval connected_at)
{
    struct guard *g = guard_of(sock);
    struct http *h = CONTAINER_OF(ctx->ctx, struct http_side, ctx)->http;
    h2o_accept_ctx_t own = *ctx;
    enum guard_cut why = GUARD_FIT;
    size_t passed = 0;

    own.ctx = &h->h2.ctx;
    own.hosts = h->h2.conf.hosts;
    if (g) {
        g->stage = GUARD_HTTP2;
        front_http2(&g->front);
        g->known = 0;
        g->body_waits = false;
        if (sock->input->size)
            why = slice(g, &passed);
        if (why != GUARD_FIT) {
            drop_input(g);
            doom(g, why);
        }
        g->depth++;
    }
    library.http2_accept(&own, sock, connected_at);
    if (!g)
        return;
    if (!g->gone)
        g->known = sock->input->size;
    after_input(g);
    leave(g);
}

void guard_open(struct http *h, int fd, SSL_CTX *ssl, const struct peer *peer, const struct guard_seat *seat)
{
    struct guard *g = calloc(1, sizeof(*g));
    unsigned lost_ms = 15000;
    int unread = UNREAD_MAX;
    int one = 1;

    if (!g)
        out_of_memory();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* fails on a Unix socket, where it means nothing */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &unread, sizeof(unread));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost_ms, sizeof(lost_ms));
    g->http = h;
    g->fd = fd;
    g->twin = -1;
    g->accept = (h2o_accept_ctx_t){.ctx = &h->h1.ctx, .hosts = h->h1.conf.hosts, .ssl_ctx = ssl};
    g->seated = seat != NULL;
    if (seat)
        g->seat = *seat;
    g->opened_us = g->used_us = g->head_since_us = loop_now_us();
    list_init(&g->requests);
    h2o_buffer_init(&g->backlog, &h2o_socket_buffer_prototype);
    list_add(&h->conns, &g->node);
    h->open++;
    metric_add(METRIC_HTTP_OPEN, 1);
    g->sock = h2o_evloop_socket_create(h->h1.ctx.loop, fd, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    if (peer->len)
        h2o_socket_setpeername(g->sock, (struct sockaddr *)&peer->sa, peer->len);
    front_open(&g->front, h, g->sock, fd);
    g->sock->on_close.cb = on_closed;
    g->sock->on_close.data = g;
    if (h->draining)
        drain_conn_begins(g);
    h2o_accept(&g->accept, g->sock);
}
