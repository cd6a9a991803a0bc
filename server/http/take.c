#include <arpa/inet.h>
#include <string.h>

#include "http/http_int.h"

#define HEADERS_MAX GUARD_H1_FIELDS_MAX

/* The library frees the request under a waiting handler, so everything is copied before the fiber starts. */
static struct str copy(struct scope *sc, h2o_iovec_t v)
{
    return (struct str){v.len ? arena_strndup(sc->arena, v.base, v.len) : NULL, v.len};
}

static bool value_is_valid(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

static enum err head_too_large(struct scope *sc)
{
    enum err e = FAIL(sc, ERR_TOO_LARGE, "the request's header is too large");

    scope_problem(sc, "header-too-large", 431);
    return e;
}

/* Also of HTTP/2, where the scanner does not look and trailers stand among the fields. A cookie may come in pieces
 * there. */
static enum err take_once(struct scope *sc, const struct rq *rq, bool h1)
{
    static const char *const once[] = {"authorization", "proxy-authorization", "expect", "cookie"};

    for (size_t i = 0; i < ARRAY_LEN(once) - !h1; i++)
        if (rq_header_count(rq, once[i]) > 1)
            return FAIL(sc, ERR_INVALID, "the field \"%s\" may come once", once[i]);
    return OK;
}

static enum err take_headers(struct call *c, h2o_req_t *req)
{
    struct scope *sc = c->sc;
    struct http_pair *pairs = ARENA_ARRAY(sc->arena, struct http_pair, req->headers.size + 1);
    size_t octets = req->input.path.len + req->input.authority.len;

    if (req->headers.size > HEADERS_MAX)
        return head_too_large(sc);
    for (size_t i = 0; i < req->headers.size; i++)
        octets += req->headers.entries[i].name->len + req->headers.entries[i].value.len + 4;
    if (octets > c->http->conf.header_max)
        return head_too_large(sc);
    for (size_t i = 0; i < req->headers.size; i++) {
        pairs[i].name = copy(sc, *req->headers.entries[i].name);
        pairs[i].value = copy(sc, req->headers.entries[i].value);
        if (!token_is_valid(pairs[i].name) || !value_is_valid(pairs[i].value))
            return FAIL(sc, ERR_INVALID, "a header field is malformed");
    }
    c->rq.headers = pairs;
    c->rq.header_count = req->headers.size;
    return take_once(sc, &c->rq, req->version < 0x200);
}

static struct str peer_text(struct scope *sc, h2o_req_t *req)
{
    struct sockaddr_storage sa = {0};
    char text[INET6_ADDRSTRLEN] = "";

    if (req->conn->callbacks->get_peername(req->conn, (struct sockaddr *)&sa) == 0)
        return STR("unknown");
    if (sa.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&sa)->sin_addr, text, sizeof(text));
    else if (sa.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&sa)->sin6_addr, text, sizeof(text));
    else
        return STR("unix");
    return str_of(arena_strdup(sc->arena, text));
}

/* Over HTTP/2 the library drops a host field: only :authority names the host. */
static enum err take_host(struct call *c, h2o_req_t *req)
{
    struct str authority = {req->input.authority.base, req->input.authority.len};

    /* It puts its default in the place of a missing one. */
    if (authority.n == 0 || authority.p == req->hostconf->authority.hostport.base)
        return FAIL(c->sc, ERR_INVALID, "the request names no host");
    TRY(c->sc, take_authority(c->sc, authority, &c->rq.host, &c->rq.authority));
    return OK;
}

enum err take_request(struct call *c, h2o_req_t *req)
{
    struct scope *sc = c->sc;
    struct str target = copy(sc, req->input.path);
    struct str method = copy(sc, req->input.method);

    c->rq.received_us = loop_now_us();
    c->rq.tls = req->conn->callbacks->get_socket(req->conn)->ssl != NULL;
    c->rq.peer = peer_text(sc, req);
    c->rs.head = str_is(method, "HEAD");
    c->rs.api = str_starts(target, "/v1/");
    TRY(sc, take_headers(c, req));
    TRY(sc, take_host(c, req));
    TRY(sc, take_method(sc, method, &c->rq.method));
    TRY(sc, take_target(sc, target, &c->rq));
    TRY(sc, bodies_fail(sc, bodies_verdict(req), c->http->conf.body_max));
    c->rq.body = copy(sc, req->entity);
    return OK;
}
