#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/guard_conn_int.h"
#include "http/hello_int.h"
#include "obs/obs.h"

#define TURN_MS                5
#define CLOSE_MS               5000
#define NO_DESCRIPTOR_PAUSE_US 100000

static void or_default(int *ms, int fallback)
{
    if (*ms <= 0)
        *ms = fallback;
}

static void conf_defaults(struct http_conf *c)
{
    or_default(&c->idle_timeout_ms, 30000);
    or_default(&c->head_timeout_ms, 10000);
    or_default(&c->progress_timeout_ms, 30000);
    or_default(&c->life_ms, 3600000);
    if (!c->body_rate)
        c->body_rate = 1000;
}

static void side_open(struct http_side *s, struct http *h, size_t body_max)
{
    h2o_hostconf_t *host;
    struct http_handler *handler;

    s->http = h;
    h2o_config_init(&s->conf);
    s->conf.server_name = h2o_iovec_init(NULL, 0);
    s->conf.max_request_entity_size = body_max;
    s->conf.http1.req_timeout = (uint64_t)h->conf.life_ms; /* heads, bodies and idleness are timed by the guard */
    s->conf.http1.upgrade_to_http2 = 1;                    /* prior knowledge; the guard refuses the Upgrade field */
    s->conf.http2.idle_timeout = (uint64_t)h->conf.idle_timeout_ms;
    s->conf.http2.max_concurrent_requests_per_connection = h->conf.streams;
    host = h2o_config_register_host(&s->conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    late_register(&host->fallback_path, h);
    handler = (struct http_handler *)h2o_create_handler(&host->fallback_path, sizeof(*handler));
    handler->super.on_req = call_on_req;
    handler->http = h;
    h2o_context_init(&s->ctx, loop_h2o(h->loop), &s->conf);
}

/* 2.2.5 leaves a shutdown's timer linked, which its own dispose then asserts against, and never frees the queue. */
static void side_close(struct http_side *s)
{
    h2o_multithread_queue_t *queue = s->ctx.queue;

    h2o_timeout_unlink(&s->ctx.http2._graceful_shutdown_timeout);
    h2o_context_dispose(&s->ctx);
    free(queue);
    h2o_config_dispose(&s->conf);
}

struct http *http_open(const struct http_conf *conf, const struct http_app *app)
{
    struct http *h = calloc(1, sizeof(*h));

    if (!h)
        out_of_memory();
    MUST_BE(loop_here() && conf->body_max && conf->header_max && conf->streams && conf->requests_max &&
            conf->conn_requests && conf->owner_requests && conf->conn_bodies_max && conf->bodies_max);
    MUST_BE(guard_is_reached());
    signal(SIGPIPE, SIG_IGN); /* the library writes to sockets that may be gone */
    h->conf = *conf;
    conf_defaults(&h->conf);
    h->app = *app;
    h->loop = loop_here();
    h->router = router_new(app->routes, app->otherwise);
    list_init(&h->listeners);
    list_init(&h->conns);
    list_init(&h->calls);
    list_init(&h->lingers);
    list_init(&h->hellos);
    list_init(&h->proxied);
    side_open(&h->h1, h, conf->body_max);
    side_open(&h->h2, h, conf->body_max);
    return h;
}

void conn_start(struct http *h, SSL_CTX *ssl, int fd, const struct peer *peer)
{
    bool seated = h->conf.connections_max || h->conf.connections_per_address;
    struct guard_seat seat;

    if (seated && !guard_seat_take(&h->conf, fd, peer, &seat)) {
        close(fd);
        return;
    }
    if (list_empty(&h->conns))
        guard_sweep_start(h);
    if (ssl && h->app.certificate)
        hello_start(h, ssl, fd, peer, seated ? &seat : NULL);
    else
        guard_open(h, fd, ssl, peer, seated ? &seat : NULL);
}

static void listener_stop(struct listener *l)
{
    loop_timer_cancel(&l->pause);
    if (l->watched)
        loop_fd_remove(&l->watch);
    l->watched = false;
}

static void on_acceptable(struct loop_fd *w, uint32_t events);

static void listener_resume(struct loop_timer *t)
{
    struct listener *l = CONTAINER_OF(t, struct listener, pause);

    l->watched = loop_fd_add(&l->watch, l->watch.fd, EPOLLIN, on_acceptable) == OK;
}

/* False when there is nothing more to accept now. */
static bool accept_one(struct listener *l)
{
    struct peer peer = {.len = 0};
    socklen_t n = sizeof(peer.sa);
    int fd = accept4(l->watch.fd, (struct sockaddr *)&peer.sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        if (proxy_is_trusted(&l->http->conf.proxies, (struct sockaddr *)&peer.sa))
            proxy_start(l, fd);
        else
            conn_start(l->http, l->ssl, fd, &peer);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        LOG(LOG_WARN, "http", NULL, "cannot accept a connection", LOG_T("reason", strerror(errno)));
        listener_stop(l); /* it stays ready, and would keep the loop busy */
        loop_timer_arm(&l->pause, loop_now_us() + NO_DESCRIPTOR_PAUSE_US, listener_resume);
        return false;
    }
    return errno == EINTR || errno == ECONNABORTED;
}

static void on_acceptable(struct loop_fd *w, uint32_t events)
{
    struct listener *l = CONTAINER_OF(w, struct listener, watch);

    (void)events;
    for (int i = 0; i < HTTP_ACCEPT_BURST && accept_one(l); i++)
        ;
}

enum err http_listen(struct scope *sc, struct http *h, int fd, struct http_tls *tls)
{
    struct listener *l = calloc(1, sizeof(*l));

    if (!l)
        out_of_memory();
    l->http = h;
    l->ssl = http_tls_context(tls);
    if (loop_fd_add(&l->watch, fd, EPOLLIN, on_acceptable) != OK) {
        free(l);
        return FAIL(sc, ERR_UNAVAILABLE, "the listening socket cannot be watched");
    }
    l->watched = true;
    list_add(&h->listeners, &l->node);
    return OK;
}

void http_stop_listening(struct http *h)
{
    while (!list_empty(&h->listeners)) {
        struct listener *l = CONTAINER_OF(h->listeners.next, struct listener, node);

        for (int i = 0; i < HTTP_BACKLOG && accept_one(l); i++)
            ;
        listener_stop(l);
        list_drop(&l->node);
        free(l);
    }
}

static void cancel_calls(struct http *h)
{
    for (struct list_node *n = h->calls.next; n != &h->calls; n = n->next)
        waitq_cancel(CONTAINER_OF(n, struct call, node)->sc);
}

/* The library frees a connection only when it sees its end, so it is shown one and the loop runs until all are gone. */
void http_close(struct http *h)
{
    int64_t due;

    if (!h)
        return;
    due = loop_now_us() + CLOSE_MS * 1000;
    http_stop_listening(h);
    cancel_calls(h);
    hello_close_all(h);
    while ((h->running || h->open) && loop_now_us() < due) {
        guard_shut_all(h);
        http_turn(h);
    }
    proxy_close_all(h);
    late_close_all(h);
    if (h->running || h->open) { /* a handler that does not end still points here */
        LOG(LOG_ERROR, "http", NULL, "closed with requests running", LOG_N("running", h->running),
            LOG_N("open", h->open));
        return;
    }
    hello_thread_end();
    guard_sweep_stop(h);
    side_close(&h->h1);
    side_close(&h->h2);
    http_turn(h); /* sockets of the library are freed a turn later */
    router_free(h->router);
    free(h);
}

size_t http_running(const struct http *h)
{
    return h->running;
}
