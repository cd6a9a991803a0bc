#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/http_int.h"
#include "obs/obs.h"

/* Answers the library makes before a handler sees the request (413 by the declared length, 400, 417) are turned into
 * problem documents on their way out. The library then closes the connection with octets unread, which resets it and
 * can destroy the answer in the client's hands; so a duplicate of the descriptor reads on for a while and keeps it
 * open. */
#define LINGER_US     (5 * 1000000)
#define LINGER_OCTETS ((size_t)16 * 1024 * 1024)

struct late_filter {
    h2o_filter_t super;
    struct http *http;
};

struct late_stream {
    h2o_ostream_t super;
    h2o_iovec_t body;
    bool sent;
};

struct lingerer {
    struct list_node node;
    struct loop_timer timer;
    struct loop_fd watch;
    struct front *front; /* NULL: the library has closed it */
    size_t octets;
};

static void linger_close(struct lingerer *l)
{
    if (l->front)
        l->front->linger = NULL;
    loop_timer_cancel(&l->timer);
    loop_fd_remove(&l->watch);
    close(l->watch.fd);
    list_drop(&l->node);
    free(l);
}

static void linger_over(struct loop_timer *t)
{
    linger_close(CONTAINER_OF(t, struct lingerer, timer));
}

static void linger_read(struct loop_fd *w, uint32_t events)
{
    struct lingerer *l = CONTAINER_OF(w, struct lingerer, watch);
    char sink[16384];
    ssize_t n;

    (void)events;
    n = recv(w->fd, sink, sizeof(sink), MSG_DONTWAIT);
    if (n > 0)
        l->octets += (size_t)n;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || l->octets > LINGER_OCTETS)
        linger_close(l);
}

static struct lingerer *linger_new(struct http *h, int fd, int64_t most_us)
{
    struct lingerer *l = calloc(1, sizeof(*l));

    if (!l)
        out_of_memory();
    if (loop_fd_add(&l->watch, fd, EPOLLIN, linger_read) != OK) {
        close(fd);
        free(l);
        return NULL;
    }
    list_add(&h->lingers, &l->node);
    loop_timer_arm(&l->timer, loop_now_us() + most_us, linger_over);
    return l;
}

void late_linger(struct http *h, int fd, int64_t most_us)
{
    (void)linger_new(h, fd, most_us);
}

void linger_start(struct front *f)
{
    int fd = f->linger ? -1 : fcntl(f->fd, F_DUPFD_CLOEXEC, 3);

    if (fd < 0)
        return;
    f->linger = linger_new(f->http, fd, LINGER_US);
    if (f->linger)
        f->linger->front = f;
}

void linger_closed(struct lingerer *l)
{
    if (!l)
        return;
    l->front = NULL;
    shutdown(l->watch.fd, SHUT_WR);
}

void late_close_all(struct http *h)
{
    while (!list_empty(&h->lingers))
        linger_close(CONTAINER_OF(h->lingers.next, struct lingerer, node));
}

static enum err err_of_status(struct scope *sc, int status)
{
    enum err e;

    switch (status) {
    case 413:
        return FAIL(sc, ERR_TOO_LARGE, "the request's body is too large");
    case 404:
        return FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
    case 400:
        return FAIL(sc, ERR_INVALID, "the request is malformed");
    default:
        e = FAIL(sc, status < 500 ? ERR_INVALID : ERR_INTERNAL, "the request cannot be served");
        scope_problem(sc, NULL, status);
        return e;
    }
}

static void put(h2o_req_t *req, const char *name, const char *value)
{
    h2o_iovec_t v = h2o_strdup(&req->pool, value, strlen(value));

    h2o_set_header_by_str(&req->pool, &req->res.headers, name, strlen(name), 1, v.base, v.len, 1);
}

static h2o_iovec_t rewrite(h2o_req_t *req)
{
    struct scope *sc = scope_new();
    enum err e = err_of_status(sc, req->res.status);
    char id[TYPEID_TEXT_MAX + 1];
    h2o_iovec_t out;
    struct str body;

    sc->request_id = uuid_new();
    typeid_format(REQUEST_ID_PREFIX, &sc->request_id, id);
    body = problem_body(sc, e, id);
    out = h2o_strdup(&req->pool, body.p, body.n);
    req->res.status = problem_status(sc, e);
    req->res.reason = status_reason(req->res.status);
    req->res.content_length = out.len;
    put(req, "content-type", "application/problem+json");
    put(req, "cache-control", "no-store");
    put(req, "request-id", id);
    put(req, "x-content-type-options", "nosniff");
    count_answer(NULL, req->res.status);
    scope_free(sc);
    return out;
}

/* The library's own text is dropped; its last piece brings ours. */
static void late_send(h2o_ostream_t *self_, h2o_req_t *req, h2o_iovec_t *bufs, size_t n, h2o_send_state_t state)
{
    struct late_stream *self = (struct late_stream *)self_;
    bool body = !self->sent && !h2o_memis(req->input.method.base, req->input.method.len, H2O_STRLIT("HEAD"));

    (void)bufs;
    (void)n;
    self->sent = true;
    h2o_ostream_send_next(self_, req, &self->body, body ? 1 : 0, state);
}

static void late_setup(h2o_filter_t *self_, h2o_req_t *req, h2o_ostream_t **slot)
{
    struct http *h = ((struct late_filter *)self_)->http;

    if (h->sending != req) {
        struct late_stream *s = (struct late_stream *)h2o_add_ostream(req, sizeof(*s), slot);

        s->super.do_send = late_send;
        s->body = rewrite(req);
        s->sent = false;
        slot = &s->super.next;
        if (req->version < 0x200)
            linger_start(front_of(req->conn->callbacks->get_socket(req->conn)));
    }
    h2o_setup_next_ostream(req, slot);
}

void late_register(h2o_pathconf_t *path, struct http *h)
{
    struct late_filter *f = (struct late_filter *)h2o_create_filter(path, sizeof(*f));

    f->super.on_setup_ostream = late_setup;
    f->http = h;
}
