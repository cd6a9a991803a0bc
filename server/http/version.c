#include <string.h>

#include "http/http_int.h"

void rs_version(struct scope *sc, struct rs *rs, int64_t version)
{
    rs_header(sc, rs, "etag", arena_f(sc->arena, "\"v%lld\"", (long long)version));
}

static enum err failed(struct scope *sc, const char *why, const char *problem, int status)
{
    enum err e = FAIL(sc, ERR_INVALID, "%s", why);

    scope_problem(sc, problem, status);
    return e;
}

enum err rq_if_match(struct scope *sc, const struct rq *rq, int64_t *out_version)
{
    struct str said = rq_header(rq, "if-match");
    int64_t v = 0;

    if (rq_header_count(rq, "if-match") == 0)
        return failed(sc, "send the version that you have seen, from its etag, in an if-match header",
                      "precondition-required", 428);
    if (rq_header_count(rq, "if-match") != 1 || said.n < 4 || said.n > 20 || !str_starts(said, "\"v") ||
        said.p[said.n - 1] != '"')
        return failed(sc, "if-match takes the one etag of a version, like \"v15\"", "precondition-failed", 412);
    for (size_t i = 2; i + 1 < said.n; i++) {
        if (said.p[i] < '0' || said.p[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, said.p[i] - '0', &v))
            return failed(sc, "if-match takes the one etag of a version, like \"v15\"", "precondition-failed", 412);
    }
    *out_version = v;
    return OK;
}

enum err rq_stale(struct scope *sc, int64_t current_version)
{
    return failed(
        sc,
        arena_f(sc->arena, "somebody has changed it meanwhile: it is at version %lld now", (long long)current_version),
        "precondition-failed", 412);
}

/* One entity tag off a list; the weak comparison takes no notice of W/ (RFC 9110 section 8.8.3.2). */
static bool next_tag(struct str *list, struct str *out)
{
    const char *p = list->p, *end = list->p + list->n, *close;

    while (p < end && (*p == ' ' || *p == '\t' || *p == ','))
        p++;
    if (end - p > 2 && p[0] == 'W' && p[1] == '/')
        p += 2;
    if (p >= end || *p != '"' || !(close = memchr(p + 1, '"', (size_t)(end - p - 1))))
        return false;
    *out = (struct str){p, (size_t)(close + 1 - p)};
    *list = (struct str){close + 1, (size_t)(end - close - 1)};
    return true;
}

static bool names_tag(struct str list, struct str etag)
{
    struct str tag;

    if (str_starts(etag, "W/"))
        etag = (struct str){etag.p + 2, etag.n - 2};
    while (next_tag(&list, &tag))
        if (str_equal(tag, etag))
            return true;
    return false;
}

static bool has_already(const struct rq *rq, struct str etag)
{
    for (size_t i = 0; i < rq->header_count; i++)
        if (str_is(rq->headers[i].name, "if-none-match") &&
            (str_is(rq->headers[i].value, "*") || names_tag(rq->headers[i].value, etag)))
            return true;
    return false;
}

void rs_condition(struct rs *rs, const struct rq *rq)
{
    if (rs->status != 200 || (rq->method != HTTP_GET && rq->method != HTTP_HEAD))
        return;
    for (size_t i = 0; i < rs->header_count; i++) {
        if (!str_is(rs->headers[i].name, "etag") || !has_already(rq, rs->headers[i].value))
            continue;
        rs->status = 304;
        rs->content_type = NULL;
        rs->body = (struct str){NULL, 0};
        return;
    }
}
