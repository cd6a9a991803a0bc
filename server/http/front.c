#include "http/http_int.h"
#include "obs/obs.h"

/* Every octet of an HTTP/1 request passes the scanner before the library looks at it. The library asks for octets when
 * it begins a request and calls back when some came; at both times what is new is scanned. A refused request is
 * answered here, its octets are taken out of the library's hands, and then it is told that the connection ended. */

static void on_refused(h2o_socket_t *sock, const char *err)
{
    (void)err;
    front_of(sock)->read(sock, h2o_socket_error_closed);
}

static void refuse(struct front *f)
{
    struct scope *sc = scope_new();
    h2o_iovec_t octets;
    struct str text;

    sc->request_id = uuid_new();
    text = guard_h1_answer(sc, &f->h1);
    octets = h2o_iovec_init(text.p, text.n);
    log_fault(LOG_DEBUG, "http", sc, "request refused");
    count_answer(NULL, guard_h1_status(f->h1.verdict));
    metric_add_label(METRIC_HTTP_REFUSED, guard_h1_reason(f->h1.verdict), 1);
    h2o_socket_read_stop(f->sock);
    h2o_buffer_consume(&f->sock->input, f->sock->input->size);
    f->refusal = sc;
    linger_start(f);
    h2o_socket_write(f->sock, &octets, 1, on_refused);
}

/* The last `fresh` octets of what has come. */
static bool scan(struct front *f, size_t fresh)
{
    const h2o_buffer_t *in = f->sock->input;

    MUST_BE(fresh <= in->size);
    guard_h1_feed(&f->h1, in->bytes + in->size - fresh, fresh);
    if (f->h1.verdict == GUARD_H1_FINE && guard_h1_has_body(&f->h1) && bodies_hold(f, fresh) != BODY_FITS)
        f->h1.verdict = GUARD_H1_BODIES;
    if (!guard_h1_refuses(f->h1.verdict))
        return true;
    refuse(f);
    return false;
}

void front_open(struct front *f, struct http *h, h2o_socket_t *sock, int fd)
{
    *f = (struct front){.http = h, .sock = sock, .fd = fd, .slots = slots_of_conn(h)};
}

void front_close(struct front *f)
{
    bodies_reading(NULL);
    bodies_drop(f, f->held);
    scope_free(f->refusal);
    linger_closed(f->linger);
    slots_unref(f->slots);
}

void front_http1(struct front *f)
{
    f->is_h1 = true;
    f->h1.verdict = GUARD_H1_FINE; /* of no request, so that one begins */
}

void front_http2(struct front *f)
{
    f->is_h1 = false;
    bodies_reading(f);
}

/* What came behind the last request is a request's beginning; where a body was, nobody reads on. */
bool front_next(struct front *f, h2o_socket_cb read)
{
    if (f->refusal)
        return false;
    f->read = read;
    if (!f->is_h1 || f->h1.verdict != GUARD_H1_FINE || guard_h1_has_body(&f->h1))
        return true;
    guard_h1_init(&f->h1, f->http->conf.header_max, f->http->conf.body_max);
    return scan(f, f->sock->input->size);
}

/* bytes_read is what this reading brought. */
bool front_read(struct front *f)
{
    bodies_reading(f);
    return !f->is_h1 || (!f->refusal && scan(f, f->sock->bytes_read));
}
