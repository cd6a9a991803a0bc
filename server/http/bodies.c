#include <dlfcn.h>
#include <h2o.h>
#include <h2o/http2.h>
#include <h2o/http2_internal.h>
#include <malloc.h>
#include <stdatomic.h>

#include "http/http_int.h"
#include "obs/obs.h"

/* The library keeps a body whole before a handler sees the request, so its octets are counted as they come: those of a
 * request, of a connection and of the process. Over HTTP/2 a body that nobody wants is ended early, which makes the
 * library pass the request on at once; take.c asks here why and answers. What the client still sends of it the library
 * does not see; the connection's window is given back and, once the answer has left, the client is told to stop
 * (RFC 9113 8.1). Otherwise the library resets the stream, and with it an answer that is under way.
 */
#define PATIENCE ((size_t)8 * 1024 * 1024)

#define MANY ((size_t)16 * 1024 * 1024)

/* A body that outgrows the first is given the second, or what it says it has, at once: pages are real once they are
 * written, and a body that doubles is copied, and its old pages unmapped, six times on the way. What is said alone is
 * given nothing. */
#define SMALL ((size_t)16 * 1024)
#define ROOMY ((size_t)1024 * 1024)

static atomic_size_t held; /* by all connections */
static atomic_bool were_many;

static _Thread_local struct front *reading; /* whose octets the library looks at */

static struct {
    ssize_t (*decode_frame)(h2o_http2_frame_t *, const uint8_t *, size_t, const h2o_http2_settings_t *, const char **);
    int (*decode_data)(h2o_http2_data_payload_t *, const h2o_http2_frame_t *, const char **);
    void (*stream_close)(h2o_http2_conn_t *, h2o_http2_stream_t *);
} library;

__attribute__((constructor)) static void find_library(void)
{
    *(void **)&library.decode_frame = dlsym(RTLD_NEXT, "h2o_http2_decode_frame");
    *(void **)&library.decode_data = dlsym(RTLD_NEXT, "h2o_http2_decode_data_payload");
    *(void **)&library.stream_close = dlsym(RTLD_NEXT, "h2o_http2_stream_close");
}

void bodies_reading(struct front *f)
{
    reading = f;
}

/* Whether n octets more may be kept for the connection. */
static enum body_verdict may_hold(const struct front *f, size_t n)
{
    if (f->held + n > f->http->conf.conn_bodies_max)
        return BODY_CONNECTION_FULL;
    if (atomic_load_explicit(&held, memory_order_relaxed) + n > f->http->conf.bodies_max)
        return BODY_PROCESS_FULL;
    return BODY_FITS;
}

enum body_verdict bodies_hold(struct front *f, size_t n)
{
    enum body_verdict v = may_hold(f, n);

    if (v != BODY_FITS)
        return v;
    f->held += n;
    if (atomic_fetch_add_explicit(&held, n, memory_order_relaxed) + n > MANY)
        atomic_store_explicit(&were_many, true, memory_order_relaxed);
    metric_add(METRIC_HTTP_BODIES, (int64_t)n);
    return BODY_FITS;
}

void bodies_drop(struct front *f, size_t n)
{
    if (n > f->held)
        n = f->held;
    f->held -= n;
    atomic_fetch_sub_explicit(&held, n, memory_order_relaxed);
    metric_add(METRIC_HTTP_BODIES, -(int64_t)n);
}

/* The C library keeps what was freed until it is told; of many bodies it is worth the milliseconds. */
bool bodies_tidy(void)
{
    if (atomic_load_explicit(&held, memory_order_relaxed) >= MANY / 16)
        return false;
    if (atomic_exchange_explicit(&were_many, false, memory_order_relaxed))
        malloc_trim(0);
    return true;
}

enum err bodies_fail(struct scope *sc, enum body_verdict v, size_t body_max)
{
    static const char *const names[] = {"", "size", "connection", "process"};
    enum err e;

    if (v == BODY_FITS)
        return OK;
    metric_add_label(METRIC_HTTP_BODIES_REFUSED, names[v], 1);
    if (v == BODY_TOO_LARGE)
        return FAIL(sc, ERR_TOO_LARGE, "the request's body is larger than %zu octets; a list may come in parts",
                    body_max);
    e = FAIL(sc, ERR_UNAVAILABLE, "too many bodies are on their way; please send this one later");
    scope_retry_after(sc, 1);
    return e;
}

/* ---- HTTP/2 ---- */

static struct body_cut *cut_find(struct front *f, uint32_t stream)
{
    for (size_t i = 0; stream && i < BODY_CUTS_MAX; i++)
        if (f->cuts[i].stream == stream)
            return &f->cuts[i];
    return NULL;
}

/* The oldest makes room: its client has long been told. */
static void cut_add(struct front *f, const h2o_http2_frame_t *frame, enum body_verdict why)
{
    f->cuts[f->cut_next] = (struct body_cut){
        .stream = frame->stream_id, .why = why, .ended = frame->flags & H2O_HTTP2_FRAME_FLAG_END_STREAM};
    f->cut_next = (f->cut_next + 1) % BODY_CUTS_MAX;
}

enum body_verdict bodies_verdict(const h2o_req_t *req)
{
    const h2o_http2_stream_t *stream = CONTAINER_OF(req, h2o_http2_stream_t, req);
    const struct body_cut *cut;

    if (req->version < 0x200)
        return BODY_FITS;
    cut = cut_find(front_of(req->conn->callbacks->get_socket(req->conn)), stream->stream_id);
    return cut ? cut->why : BODY_FITS;
}

/* For n octets more; beyond ROOMY the library doubles. */
static void make_room(const struct front *f, h2o_http2_stream_t *stream, size_t n)
{
    size_t said = stream->_expected_content_length, size = stream->_req_body->size;
    size_t room = said != SIZE_MAX ? said : ROOMY;

    if (room > f->http->conf.body_max)
        room = f->http->conf.body_max;
    if (size + n > SMALL && size + n <= room && stream->_req_body->capacity < room &&
        !h2o_buffer_reserve(&stream->_req_body, room - size).base)
        out_of_memory();
}

static enum body_verdict judge(struct front *f, const h2o_http2_stream_t *stream, size_t n)
{
    size_t most = f->http->conf.body_max, said = stream->_expected_content_length;

    if ((said != SIZE_MAX && said > most) || stream->_req_body->size + n > most)
        return BODY_TOO_LARGE;
    return bodies_hold(f, n);
}

/* The library's only caller is its handler of DATA, and the frame is a variable of its own. */
int h2o_http2_decode_data_payload(h2o_http2_data_payload_t *payload, const h2o_http2_frame_t *frame,
                                  const char **err_desc)
{
    int e = library.decode_data(payload, frame, err_desc);
    h2o_http2_stream_t *stream;
    enum body_verdict v;

    if (e != 0 || !reading)
        return e;
    stream = h2o_http2_conn_get_stream(reading->sock->data, frame->stream_id);
    if (!stream || stream->state != H2O_HTTP2_STREAM_STATE_RECV_BODY)
        return e;
    v = judge(reading, stream, payload->length);
    if (v == BODY_FITS) {
        make_room(reading, stream, payload->length);
        return e;
    }
    cut_add(reading, frame, v);
    payload->length = 0;
    stream->_expected_content_length = SIZE_MAX;
    ((h2o_http2_frame_t *)(uintptr_t)frame)->flags |= H2O_HTTP2_FRAME_FLAG_END_STREAM;
    return e;
}

/* The window that discarded octets have used. */
static void give_window(h2o_http2_conn_t *conn, size_t n)
{
    ssize_t whole = H2O_HTTP2_SETTINGS_HOST.initial_window_size, back;

    h2o_http2_window_consume_window(&conn->_input_window, n);
    back = whole - h2o_http2_window_get_window(&conn->_input_window);
    if (back * 2 < whole)
        return;
    h2o_http2_encode_window_update_frame(&conn->_write.buf, 0, (int32_t)back);
    h2o_http2_window_update(&conn->_input_window, back);
    h2o_http2_conn_request_write(conn);
}

/* To the library a frame that is discarded looks like the acknowledgement of a ping. */
static void discard(h2o_http2_frame_t *frame)
{
    static const uint8_t nothing[8];

    *frame = (h2o_http2_frame_t){
        .length = 8, .type = H2O_HTTP2_FRAME_TYPE_PING, .flags = H2O_HTTP2_FRAME_FLAG_ACK, .payload = nothing};
}

/* Most clients stop by themselves when they see the answer, and some lose it when they are told to. */
static void stop_sender(h2o_http2_conn_t *conn, struct body_cut *cut)
{
    if (!cut->answered || cut->ended || cut->discarded < PATIENCE)
        return;
    cut->ended = true;
    h2o_http2__encode_rst_stream_frame(&conn->_write.buf, cut->stream, 0);
    h2o_http2_conn_request_write(conn);
}

ssize_t h2o_http2_decode_frame(h2o_http2_frame_t *frame, const uint8_t *src, size_t len,
                               const h2o_http2_settings_t *host_settings, const char **err_desc)
{
    ssize_t n = library.decode_frame(frame, src, len, host_settings, err_desc);
    struct body_cut *cut = n > 0 && reading ? cut_find(reading, frame->stream_id) : NULL;

    if (!cut)
        return n;
    if (frame->type == H2O_HTTP2_FRAME_TYPE_RST_STREAM)
        cut->ended = true;
    if (frame->type != H2O_HTTP2_FRAME_TYPE_DATA)
        return n;
    cut->ended = cut->ended || (frame->flags & H2O_HTTP2_FRAME_FLAG_END_STREAM);
    cut->discarded += frame->length;
    give_window(reading->sock->data, frame->length);
    stop_sender(reading->sock->data, cut);
    discard(frame);
    return n;
}

void h2o_http2_stream_close(h2o_http2_conn_t *conn, h2o_http2_stream_t *stream)
{
    struct front *f = conn->sock ? front_of(conn->sock) : NULL;
    struct body_cut *cut = f ? cut_find(f, stream->stream_id) : NULL;

    if (f && stream->_req_body)
        bodies_drop(f, stream->_req_body->size);
    if (cut)
        cut->answered = true;
    library.stream_close(conn, stream);
}
