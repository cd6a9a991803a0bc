#include <string.h>
#include <sys/socket.h>

#include "http/http_int.h"
#include "obs/obs.h"

static void on_request_gone(void *arg)
{
    struct http_link *link = arg;

    guard_request_end(&link->request);
    link->http->unanswered--;
    if (!link->rs)
        return;
    link->rs->req = NULL;
    waitq_cancel(link->rs->sc);
    link->rs->link = NULL;
    metric_add(METRIC_HTTP_ABANDONED, 1);
}

void rs_bind(struct rs *rs, struct http *h, struct scope *sc, h2o_req_t *req)
{
    struct http_link *link = h2o_mem_alloc_shared(&req->pool, sizeof(*link), on_request_gone);

    *link = (struct http_link){.http = h, .rs = rs};
    guard_request_begin(&link->request, req);
    h->unanswered++;
    *rs = (struct rs){.http = h, .sc = sc, .req = req, .link = link};
}

void rs_unbind(struct rs *rs)
{
    if (rs->link)
        rs->link->rs = NULL;
    rs->link = NULL;
    rs->req = NULL;
}

void rs_forget(struct rs *rs)
{
    rs->status = 0;
    rs->content_type = NULL;
    rs->body = (struct str){NULL, 0};
    rs->header_count = rs->kept;
    rs->answered = false;
}

const char *status_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {207, "Multi-Status"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Other";
}

static enum err answer_once(struct scope *sc, struct rs *rs, int status)
{
    if (rs->answered)
        return FAIL(sc, ERR_INTERNAL, "the handler answered twice");
    MUST_BE(status >= 200 && status <= 599);
    rs->status = status;
    rs->answered = true;
    return OK;
}

enum err rs_bytes(struct scope *sc, struct rs *rs, int status, const char *content_type, struct str body)
{
    if (body.n > HTTP_ANSWER_MAX)
        return FAIL(sc, ERR_INTERNAL, "the answer is too large");
    TRY(sc, answer_once(sc, rs, status));
    rs->content_type = arena_strdup(sc->arena, content_type);
    rs->body = (struct str){body.n ? arena_memdup(sc->arena, body.p, body.n) : NULL, body.n};
    return OK;
}

enum err rs_json(struct scope *sc, struct rs *rs, int status, const struct wire *w, const void *value)
{
    struct buf b;

    buf_init(&b, sc->arena, HTTP_ANSWER_MAX);
    TRY(sc, shape_prepare(sc, rs, w, value, 1));
    TRY(sc, shape_put(sc, rs, &b, w, value));
    if (b.full)
        return FAIL(sc, ERR_INTERNAL, "the answer is too large");
    TRY(sc, answer_once(sc, rs, status));
    rs->content_type = "application/json";
    rs->body = buf_str(&b);
    return OK;
}

enum err rs_empty(struct scope *sc, struct rs *rs, int status)
{
    TRY(sc, answer_once(sc, rs, status));
    return OK;
}

/* Control characters would split the answer; a value may hold what the client sent. */
static char *field_value(struct arena *a, const char *value)
{
    char *copy = arena_strdup(a, value), *w = copy;

    for (const char *r = copy; *r; r++)
        if ((unsigned char)*r >= 0x20 && *r != 0x7f)
            *w++ = *r;
    *w = '\0';
    return copy;
}

void rs_header(struct scope *sc, struct rs *rs, const char *lower_name, const char *value)
{
    MUST_BE(rs->header_count < HTTP_HEADERS_OUT_MAX);
    rs->headers[rs->header_count++] = (struct http_pair){
        str_of(arena_strdup(sc->arena, lower_name)),
        str_of(field_value(sc->arena, value)),
    };
}

struct http_answer rs_answer(const struct rs *rs)
{
    return (struct http_answer){rs->status, rs->content_type, rs->body, rs->headers, rs->header_count};
}

void rs_keep(struct scope *sc, struct rs *rs, const char *lower_name, const char *value)
{
    MUST_BE(rs->header_count == rs->kept);
    rs_header(sc, rs, lower_name, value);
    rs->kept = rs->header_count;
}

static bool rs_has_header(const struct rs *rs, const char *name)
{
    for (size_t i = 0; i < rs->header_count; i++)
        if (str_is(rs->headers[i].name, name))
            return true;
    return false;
}

static void put_header(h2o_req_t *req, struct str name, struct str value)
{
    h2o_iovec_t n = h2o_strdup(&req->pool, name.p, name.n);
    h2o_iovec_t v = h2o_strdup(&req->pool, value.p, value.n);

    h2o_add_header_by_str(&req->pool, &req->res.headers, n.base, n.len, 1, NULL, v.base, v.len);
}

static void put_headers(struct rs *rs, h2o_req_t *req)
{
    char id[TYPEID_TEXT_MAX + 1];

    typeid_format(REQUEST_ID_PREFIX, &rs->sc->request_id, id);
    if (rs->content_type)
        put_header(req, STR("content-type"), str_of(rs->content_type));
    put_header(req, STR("request-id"), str_of(id));
    put_header(req, STR("x-content-type-options"), STR("nosniff"));
    if (rs->api && !rs_has_header(rs, "cache-control"))
        put_header(req, STR("cache-control"), STR("no-store"));
    for (size_t i = 0; i < rs->header_count; i++)
        put_header(req, rs->headers[i].name, rs->headers[i].value);
}

static bool may_have_body(int status)
{
    return status != 204 && status != 304;
}

#define COUNTED_PLACES 512

/* Where this thread last counted for a route and class: most answers are of a few. */
struct counted {
    const struct route *route;
    int class;
    struct series *series;
};
static _Thread_local struct counted counted[COUNTED_PLACES];

/* By route template, and by class: an address that somebody made up is no label. */
void count_answer(const struct rq *rq, int status)
{
    const struct route *route = rq ? rq->route : NULL;
    struct counted *c = &counted[((uintptr_t)route / sizeof(*route) * 5 + (size_t)status / 100) % COUNTED_PLACES];
    char label[160];

    if (!c->series || c->route != route || c->class != status / 100) {
        snprintf(label, sizeof(label), "%s" METRIC_BETWEEN "%s" METRIC_BETWEEN "%dxx", route ? route->path : "none",
                 route ? http_method_name(rq->method) : "none", status / 100);
        *c = (struct counted){route, status / 100, metric_series(METRIC_HTTP_REQUESTS, label)};
    }
    metric_series_add(c->series, 1);
}

void rs_lose(struct rs *rs)
{
    rs->lost = true;
}

void rs_drop(struct rs *rs)
{
    rs->dropped = true;
}

/* Nothing can be written any more, and whoever waits at the other end is told that it is over. */
static void drop(h2o_req_t *req)
{
    h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);

    if (socket)
        (void)shutdown(h2o_socket_get_fd(socket), SHUT_RDWR);
}

bool rs_send(struct rs *rs)
{
    static h2o_generator_t no_more = {NULL, NULL};
    h2o_req_t *req = rs->req;
    h2o_iovec_t body = {NULL, 0};
    bool lost = rs->lost || rs->dropped, dropped = rs->dropped; /* rs may be gone when it has been sent */

    if (!req)
        return false;
    req->res.status = rs->status;
    req->res.reason = status_reason(rs->status);
    req->res.content_length = may_have_body(rs->status) ? rs->body.n : SIZE_MAX;
    put_headers(rs, req);
    if (rs->body.n && !rs->head && may_have_body(rs->status))
        body = h2o_strdup(&req->pool, rs->body.p, rs->body.n);
    guard_request_answered(&rs->link->request);
    rs_unbind(rs); /* sending may end the request at once */
    rs->http->sending = req;
    if (dropped)
        drop(req);
    h2o_start_response(req, &no_more);
    rs->http->sending = NULL;
    if (lost)
        h2o_send(req, NULL, 0, H2O_SEND_STATE_ERROR);
    else
        h2o_send(req, &body, body.len ? 1 : 0, H2O_SEND_STATE_FINAL);
    return true;
}
