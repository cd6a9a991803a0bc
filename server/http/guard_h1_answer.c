#include <time.h>

#include "http/guard_h1.h"
#include "http/http_int.h"

/* What a refused request is told, as octets: the library never saw it and cannot answer. */
static const struct {
    enum err code;
    int status;
    const char *problem; /* NULL: the code's own */
    const char *reason;
    const char *message;
} refusals[GUARD_H1_VERDICTS] = {
    [GUARD_H1_LINE] = {ERR_INVALID, 400, NULL, "line", "the request's lines do not end as they must"},
    [GUARD_H1_METHOD] = {ERR_INVALID, 400, NULL, "method", "the method is not a token"},
    [GUARD_H1_TARGET] = {ERR_INVALID, 400, NULL, "target", "the request's target must be a plain path"},
    [GUARD_H1_VERSION] = {ERR_INVALID, 400, NULL, "version", "the request names no version of HTTP"},
    [GUARD_H1_VERSION_OTHER] = {ERR_INVALID, 505, "version-not-supported", "other_version",
                                "this version of HTTP is not spoken here"},
    [GUARD_H1_FIELD] = {ERR_INVALID, 400, NULL, "field", "a header field is malformed"},
    [GUARD_H1_REPEATED] = {ERR_INVALID, 400, NULL, "repeated", "a header field that may come once came twice"},
    [GUARD_H1_HOST] = {ERR_INVALID, 400, NULL, "host", "the request names no host"},
    [GUARD_H1_LENGTH] = {ERR_INVALID, 400, NULL, "length", "the body's length is not a number"},
    [GUARD_H1_CODING] = {ERR_INVALID, 400, NULL, "coding", "the body's transfer coding is not plain \"chunked\""},
    [GUARD_H1_CHUNK] = {ERR_INVALID, 400, NULL, "chunk", "the body's chunks are malformed"},
    [GUARD_H1_EXPECT] = {ERR_INVALID, 417, "expectation-failed", "expect", "the request expects what is not done here"},
    [GUARD_H1_HEAD_LARGE] = {ERR_TOO_LARGE, 431, "header-too-large", "head", "the request's header is too large"},
    [GUARD_H1_BODIES] = {ERR_UNAVAILABLE, 503, NULL, "bodies",
                         "too many bodies are on their way; please send this one later"},
    [GUARD_H1_BODY_LARGE] = {ERR_TOO_LARGE, 413, NULL, "body",
                             "the request's body is too large; a list may come in parts"},
};

bool guard_h1_refuses(enum guard_verdict v)
{
    return v > GUARD_H1_HTTP2 && v < GUARD_H1_VERDICTS;
}

int guard_h1_status(enum guard_verdict v)
{
    return guard_h1_refuses(v) ? refusals[v].status : 0;
}

const char *guard_h1_reason(enum guard_verdict v)
{
    return guard_h1_refuses(v) ? refusals[v].reason : "none";
}

enum err guard_h1_fail(struct scope *sc, enum guard_verdict v)
{
    enum err e;

    MUST_BE(guard_h1_refuses(v));
    e = FAIL(sc, refusals[v].code, "%s", refusals[v].message);
    scope_problem(sc, refusals[v].problem, refusals[v].status);
    return e;
}

static void put_date(struct buf *b)
{
    char text[40];
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    buf_s(b, text);
}

struct str guard_h1_answer(struct scope *sc, const struct guard_h1 *g)
{
    enum err e = guard_h1_fail(sc, g->verdict);
    int status = problem_status(sc, e);
    char id[TYPEID_TEXT_MAX + 1];
    struct str body;
    struct buf b;

    typeid_format(REQUEST_ID_PREFIX, &sc->request_id, id);
    body = problem_body(sc, e, id);
    buf_init(&b, sc->arena, HTTP_ANSWER_MAX);
    buf_f(&b, "HTTP/1.1 %d %s\r\ndate: ", status, status_reason(status));
    put_date(&b);
    if (status == 503)
        buf_s(&b, "\r\nretry-after: 1");
    buf_f(&b,
          "\r\nconnection: close\r\ncontent-length: %zu\r\ncontent-type: application/problem+json\r\n"
          "cache-control: no-store\r\nrequest-id: %s\r\nx-content-type-options: nosniff\r\n\r\n",
          body.n, id);
    if (!g->head_method)
        buf_add(&b, body.p, body.n);
    return buf_str(&b);
}
