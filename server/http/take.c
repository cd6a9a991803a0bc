#include <arpa/inet.h>
#include <string.h>

#include "http/http_int.h"

#define HEADERS_MAX 100

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
    if (rq_header_count(&c->rq, "authorization") > 1)
        return FAIL(sc, ERR_INVALID, "the authorization field came twice");
    return OK;
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
    TRY(c->sc, take_authority(c->sc, authority, &c->rq.host));
    return OK;
}

struct head_count {
    unsigned host, length, coding;
};

static enum err check_line(struct scope *sc, struct str line, struct head_count *count)
{
    const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
    struct str name = {line.p, colon ? (size_t)(colon - line.p) : 0};

    if (!token_is_valid(name)) /* also a folded line, and a space before the colon */
        return FAIL(sc, ERR_INVALID, "a header field is malformed");
    count->host += str_is_nocase(name, "host");
    count->length += str_is_nocase(name, "content-length");
    count->coding += str_is_nocase(name, "transfer-encoding");
    if (count->host > 1 || count->length > 1 || count->coding > 1)
        return FAIL(sc, ERR_INVALID, "a header field that may come once came twice");
    if (count->length && count->coding)
        return FAIL(sc, ERR_INVALID, "the request has both a length and a transfer coding");
    return OK;
}

/* The library's parser takes bare line feeds, folded lines and repeated fields, and keeps only one of the repeated; the
 * octets it read still lie in the socket's buffer. */
enum err take_head_check(struct scope *sc, h2o_req_t *req)
{
    const h2o_buffer_t *in = req->conn->callbacks->get_socket(req->conn)->input;
    struct str rest = {in->bytes, in->size};
    struct head_count count = {0};
    bool first = true;

    while (rest.n) {
        const char *end = memchr(rest.p, '\n', rest.n);
        struct str line = {rest.p, end ? (size_t)(end - rest.p) : rest.n};

        if (!end || line.n == 0 || line.p[line.n - 1] != '\r')
            return FAIL(sc, ERR_INVALID, "the request's lines do not end as they must");
        line.n--;
        rest.p += line.n + 2;
        rest.n -= line.n + 2;
        if (line.n == 0 && first)
            continue; /* RFC 9112 2.2: an empty line before the request */
        if (line.n == 0)
            return OK;
        if (!first)
            TRY(sc, check_line(sc, line, &count));
        first = false;
    }
    return FAIL(sc, ERR_INVALID, "the request has no end");
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
    if (req->version < 0x200)
        TRY(sc, take_head_check(sc, req));
    TRY(sc, take_headers(c, req));
    TRY(sc, take_host(c, req));
    TRY(sc, take_method(sc, method, &c->rq.method));
    TRY(sc, take_target(sc, target, &c->rq));
    if (req->entity.len > c->http->conf.body_max)
        return FAIL(sc, ERR_TOO_LARGE, "the request's body is larger than %zu octets", c->http->conf.body_max);
    c->rq.body = copy(sc, req->entity);
    return OK;
}
