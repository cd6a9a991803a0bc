#include "http/http_int.h"
#include "obs/obs.h"

/* Every octet of an HTTP/1 request passes the scanner before the library looks at it. The library asks for octets when
 * it begins a request and calls back when some came; at both times what is new is scanned. A refused request is
 * answered here, its octets are taken out of the library's hands, and then it is told that the connection ended. */

static void on_refused(h2o_socket_t *sock, const char *err)
{
    struct http_conn *c = http_conn_of(sock);

    (void)err;
    c->read(sock, h2o_socket_error_closed);
}

static void refuse(struct http_conn *c)
{
    struct scope *sc = scope_new();
    h2o_iovec_t octets;
    struct str text;
    char status[8];

    sc->request_id = uuid_new();
    text = guard_h1_answer(sc, &c->h1);
    octets = h2o_iovec_init(text.p, text.n);
    log_fault(LOG_DEBUG, "http", sc, "request refused");
    snprintf(status, sizeof(status), "%d", guard_h1_status(c->h1.verdict));
    metric_add_label(METRIC_HTTP_REQUESTS, status, 1);
    metric_add_label(METRIC_HTTP_REFUSED, guard_h1_reason(c->h1.verdict), 1);
    h2o_socket_read_stop(c->sock);
    h2o_buffer_consume(&c->sock->input, c->sock->input->size);
    c->refusal = sc;
    linger_start(c);
    h2o_socket_write(c->sock, &octets, 1, on_refused);
}

/* The last `fresh` octets of what has come. */
static bool scan(struct http_conn *c, size_t fresh)
{
    const h2o_buffer_t *in = c->sock->input;

    MUST_BE(fresh <= in->size);
    if (!guard_h1_refuses(guard_h1_feed(&c->h1, in->bytes + in->size - fresh, fresh)))
        return true;
    refuse(c);
    return false;
}

void front_start(struct http_conn *c)
{
    c->is_h1 = true;
    c->h1.verdict = GUARD_H1_FINE; /* of no request, so that one begins */
}

/* What came behind the last request is a request's beginning; where a body was, nobody reads on. */
bool front_next(struct http_conn *c)
{
    if (c->refusal)
        return false;
    if (c->h1.verdict != GUARD_H1_FINE || guard_h1_has_body(&c->h1))
        return true;
    guard_h1_init(&c->h1, c->http->conf.header_max, c->http->conf.body_max);
    return scan(c, c->sock->input->size);
}

/* bytes_read is what this reading brought. */
bool front_read(struct http_conn *c)
{
    return !c->refusal && scan(c, c->sock->bytes_read);
}

void front_closed(struct http_conn *c)
{
    scope_free(c->refusal);
    c->refusal = NULL;
}
