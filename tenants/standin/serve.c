#include "standin/standin_int.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"
#include "sys/fiber.h"

/* On our own server: every address is the stand-in's. */

struct standin_server {
    struct http *http;
    struct http_tls *tls;
    struct http_app app;
    struct standin *standin;
    int fd;
};

static const char *const any_query[] = {"*", NULL};

enum err standin_ask(struct scope *sc, struct standin *s, const struct rq *rq, const struct standin_reply **out)
{
    struct standin_reply *r = ARENA_NEW(sc->arena, struct standin_reply);

    TRY(sc, standin_answer(sc, s, rq, r));
    *out = r;
    return OK;
}

enum err standin_tell(struct scope *sc, const struct standin_reply *r, struct rs *rs)
{
    if (r->delay_ms)
        fiber_sleep_us((int64_t)r->delay_ms * 1000);
    for (size_t i = 0; doc_kind(&r->headers) == DOC_OBJECT && i < doc_count(&r->headers); i++) {
        const char *value = standin_key_of(sc, doc_at(&r->headers, i));

        if (value)
            rs_header(sc, rs, str_dup(sc->arena, doc_key(&r->headers, i)), value);
    }
    if (r->dropped)
        rs_drop(rs);
    if (r->lost) { /* with a body that breaks off: an answer without one, as 204, would arrive whole with its head */
        rs_lose(rs);
        return rs_bytes(sc, rs, 200, "application/json", str_of("{}"));
    }
    if (r->body.n == 0)
        return rs_empty(sc, rs, r->status);
    return rs_bytes(sc, rs, r->status, r->type, r->body);
}

static enum err run(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct standin_server *server = rq->app->thread_data;
    const struct standin_reply *r;

    TRY(sc, standin_ask(sc, server->standin, rq, &r));
    return standin_tell(sc, r, rs);
}

static const struct route everything = {
    GET, "/", run, .public_ = true, .raw = true, .query = any_query, .body_max = (size_t)16 << 20};

static int port_of(int fd)
{
    struct sockaddr_storage at;
    socklen_t n = sizeof(at);

    if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
        return 0;
    return ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port
                                         : ((struct sockaddr_in6 *)&at)->sin6_port);
}

static enum err opened(struct scope *sc, struct standin_server *v, const char *address, const char *cert_file,
                       const char *key_file)
{
    static const struct http_conf conf = {.body_max = (size_t)16 << 20,
                                          .header_max = 65536,
                                          .conn_bodies_max = (size_t)64 << 20,
                                          .bodies_max = (size_t)256 << 20,
                                          .streams = 200,
                                          .request_timeout_ms = 700000,
                                          .idle_timeout_ms = 120000,
                                          .requests_max = 20000,
                                          .conn_requests = 200,
                                          .owner_requests = 20000,
                                          .slot_wait_ms = 10000};

    if (cert_file)
        TRY(sc, http_tls_open(sc, cert_file, key_file, &v->tls));
    TRY(sc, http_socket(sc, address, &v->fd));
    v->http = http_open(&conf, &v->app);
    return http_listen(sc, v->http, v->fd, v->tls);
}

enum err standin_serve(struct scope *sc, struct standin *s, const char *address, const char *cert_file,
                       const char *key_file, struct standin_server **out, int *out_port)
{
    struct standin_server *v = calloc(1, sizeof(*v));
    enum err e;

    if (!v)
        out_of_memory();
    *v = (struct standin_server){.standin = s, .fd = -1};
    v->app = (struct http_app){.otherwise = &everything, .thread_data = v};
    e = opened(sc, v, address, cert_file, key_file);
    if (e != OK) {
        standin_stop(v);
        return scope_pass(sc, e, __FILE__, __LINE__);
    }
    *out_port = port_of(v->fd);
    *out = v;
    return OK;
}

void standin_stop(struct standin_server *v)
{
    if (!v)
        return;
    if (v->http)
        http_close(v->http);
    http_tls_close(v->tls);
    if (v->fd >= 0)
        close(v->fd);
    free(v);
}
