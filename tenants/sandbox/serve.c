#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "connect/connect.h"
#include "obs/obs.h"
#include "sandbox/sandbox_int.h"
#include "sys/loop.h"
#include "json/doc.h"

/* The address, and what is asked there. */

#define TICK_US     100000
#define COMPLAIN_US INT64_C(10000000)
#define ANSWER_MAX  ((size_t)8 << 20)
#define NAME_AT     3 /* behind "/c/" */
#define FULL        507

/* ---- the vendor's interface ---- */

/* What it takes no more is told before anything of it is done. */
static enum err full(struct scope *sc, struct rs *rs)
{
    return rs_bytes(sc, rs, FULL, "application/json",
                    STR("{\"error\":\"This simulated system holds as much as it may. Reset it to go on.\"}"));
}

/* Who asked waits until then and no longer. A process that hung does nothing afterwards of which nobody would learn,
 * and that whoever asked may have asked anew by then. */
static bool is_late(struct scope *sc, const struct rq *rq)
{
    struct str until = rq_header(rq, CONNECT_UNTIL);

    return until.n && strtoll(str_dup(sc->arena, until), NULL, 10) <= time_boot_us();
}

static enum err vendor(struct scope *sc, struct sandbox *b, struct sandbox_place *p, const struct rq *rq, struct rs *rs)
{
    const struct standin_reply *r;

    if (rq->method != HTTP_GET && standin_octets(p->standin) >= b->conf.state_max)
        return full(sc, rs);
    TRY(sc, standin_ask(sc, p->standin, rq, &r));
    if (sandbox_keep(sc, b, p) == OK)
        return standin_tell(sc, r, rs);
    scope_clear(sc); /* it was done, and may be gone: nothing is said of it */
    rs_drop(rs);
    return rs_empty(sc, rs, 200);
}

/* ---- what the api turns ---- */

static enum err said(struct scope *sc, struct rs *rs, struct buf *w)
{
    if (w->full)
        return FAIL(sc, ERR_TOO_LARGE, "there is too much of it");
    return rs_bytes(sc, rs, 200, "application/json", buf_str(w));
}

static enum err body_of(struct scope *sc, const struct rq *rq, const struct doc **out)
{
    const char *text = arena_strndup(sc->arena, rq->body.n ? rq->body.p : "{}", rq->body.n ? rq->body.n : 2);

    return doc_parse(sc, str_of(text), out);
}

static enum err orders(struct scope *sc, struct sandbox *b, struct sandbox_place *p, const struct doc *d, struct rs *rs)
{
    const char *once = doc_cstr(sc->arena, doc_get(d, "once"));
    const struct doc *keys;
    int64_t count = 1;
    struct buf w;

    (void)doc_int(doc_get(d, "count"), &count);
    if (count < 1 || count > SANDBOX_ORDERS_MAX)
        return FAIL(sc, ERR_INVALID, "1 to %d orders at once", SANDBOX_ORDERS_MAX);
    if (standin_octets(p->standin) >= b->conf.state_max)
        return full(sc, rs);
    buf_init(&w, sc->arena, ANSWER_MAX);
    TRY(sc, standin_orders(sc, p->standin, once ? once : "", count, &keys));
    buf_s(&w, "{\"keys\":");
    doc_write(&w, keys);
    buf_f(&w, ",\"sent\":%s}", standin_sends(p->standin) && b->conf.hooks ? "true" : "false");
    TRY(sc, sandbox_keep(sc, b, p));
    return said(sc, rs, &w);
}

static enum err things(struct scope *sc, const struct sandbox_place *p, const char *collection, const struct rq *rq,
                       struct rs *rs)
{
    const struct doc *all;
    struct buf w;
    int64_t from;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "from", 0, 0, STANDIN_DOCS_MAX, &from));
    TRY(sc, standin_things(sc, p->standin, collection, &all));
    n = doc_count(all);
    buf_init(&w, sc->arena, ANSWER_MAX);
    buf_f(&w, "{\"total\":%zu,\"things\":[", n);
    for (size_t i = (size_t)from; i < n && i < (size_t)from + SANDBOX_THINGS_MAX; i++) {
        buf_s(&w, i > (size_t)from ? "," : "");
        doc_write(&w, doc_at(all, i));
    }
    buf_s(&w, "]}");
    return said(sc, rs, &w);
}

static enum err turned(struct scope *sc, struct sandbox *b, struct sandbox_place *p, const struct rq *rq, struct rs *rs)
{
    const char *what = str_dup(sc->arena, rq->path);
    bool posts = rq->method == HTTP_POST;
    const struct doc *d;

    TRY(sc, body_of(sc, rq, &d));
    if (posts && strcmp(what, "/orders") == 0)
        return orders(sc, b, p, d, rs);
    if (rq->method == HTTP_GET && strncmp(what, "/things/", 8) == 0)
        return things(sc, p, what + 8, rq, rs);
    if (posts && strcmp(what, "/faults") == 0)
        TRY(sc, standin_fault(sc, p->standin, d));
    else if (rq->method == HTTP_DELETE && strcmp(what, "/faults") == 0)
        standin_faults_end(p->standin);
    else if (posts && strcmp(what, "/reset") == 0)
        TRY(sc, standin_reset(sc, p->standin, p->seed));
    else
        return FAIL(sc, ERR_NOT_FOUND, "there is no such lever");
    TRY(sc, sandbox_keep(sc, b, p));
    return rs_empty(sc, rs, 204);
}

/* ---- the address ---- */

static void give_late(void *arg)
{
    sandbox_give(arg);
}

/* "/c/NAME/…" and "/s/NAME/…"; everything else is not there. */
static enum err answer(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct sandbox *b = rq->app->thread_data;
    bool asks = str_starts(rq->path, "/c/"), turns = str_starts(rq->path, "/s/");
    struct sandbox_place *p;
    struct rq own = *rq;
    struct uuid token;

    if ((!asks && !turns) || rq->path.n <= NAME_AT + UUID_TEXT_LEN || rq->path.p[NAME_AT + UUID_TEXT_LEN] != '/' ||
        !uuid_parse(rq->path.p + NAME_AT, UUID_TEXT_LEN, &token))
        return FAIL(sc, ERR_NOT_FOUND, "nothing is here");
    own.path = (struct str){rq->path.p + NAME_AT + UUID_TEXT_LEN, rq->path.n - NAME_AT - UUID_TEXT_LEN};
    if (asks && str_starts(own.path, "/_standin/"))
        return FAIL(sc, ERR_NOT_FOUND, "nothing is here");
    TRY(sc, sandbox_take(sc, b, &token, &p));
    arena_defer(sc->arena, give_late, p);
    TRY(sc, sandbox_asks(sc, b, p));
    if (is_late(sc, rq)) {
        rs_drop(rs);
        return rs_empty(sc, rs, 200);
    }
    return asks ? vendor(sc, b, p, &own, rs) : turned(sc, b, p, &own, rs);
}

static const char *const any_query[] = {"*", NULL};
static const struct route everything = {
    GET, "/", answer, .public_ = true, .raw = true, .query = any_query, .body_max = (size_t)4 << 20};

static enum err socket_open(struct scope *sc, struct sandbox *b)
{
    if (http_address_of(b->conf.listen) != HTTP_ADDRESS_LOOPBACK)
        return FAIL(
            sc, ERR_INVALID,
            "TENON_STANDINS_LISTEN is \"%s\", which others could reach or which is no address: simulated systems are "
            "asked by this machine alone; use one of loopback with port, as 127.0.0.1:8098",
            b->conf.listen);
    return http_socket(sc, b->conf.listen, &b->fd);
}

static enum err listen_now(struct scope *sc, struct sandbox *b)
{
    static const struct http_conf conf = {.body_max = (size_t)4 << 20,
                                          .header_max = 65536,
                                          .conn_bodies_max = (size_t)64 << 20,
                                          .bodies_max = (size_t)128 << 20,
                                          .streams = 200,
                                          .request_timeout_ms = 700000,
                                          .idle_timeout_ms = 120000,
                                          .requests_max = 4096,
                                          .conn_requests = 200,
                                          .owner_requests = 4096,
                                          .slot_wait_ms = 10000};

    TRY(sc, socket_open(sc, b));
    b->app = (struct http_app){.otherwise = &everything, .thread_data = b};
    b->http = http_open(&conf, &b->app);
    return http_listen(sc, b->http, b->fd, NULL);
}

/* Waits for the address, then delivers until it is stopped. */
static void live(void *arg)
{
    struct sandbox *b = arg;
    int64_t complained_us = 0;

    while (!b->stopping && !b->http) {
        struct scope *sc = sandbox_scope(b);

        if (listen_now(sc, b) != OK && loop_now_us() - complained_us > COMPLAIN_US) {
            complained_us = loop_now_us();
            log_fault(LOG_WARN, "sandbox", sc, "simulated systems are not answered for yet");
        }
        scope_free(sc);
        fiber_sleep_us(TICK_US);
    }
    while (!b->stopping) {
        sandbox_send_due(b);
        fiber_sleep_us(TICK_US);
    }
    b->fibers--;
}

enum err sandbox_open(struct scope *sc, const struct sandbox_conf *conf, struct sandbox **out)
{
    struct sandbox *b = calloc(1, sizeof(*b));
    enum err e;

    if (!b)
        out_of_memory();
    *b = (struct sandbox){.conf = *conf, .fd = -1};
    e = socket_open(sc, b);
    if (e == ERR_INVALID) {
        free(b);
        return scope_pass(sc, e, __FILE__, __LINE__);
    }
    if (e == OK)
        close(b->fd);
    scope_clear(sc);
    b->fd = -1;
    b->fibers++;
    if (!fiber_start(live, b)) {
        free(b);
        return FAIL(sc, ERR_UNAVAILABLE, "no fiber is left");
    }
    *out = b;
    return OK;
}

/* The address is let go last: whoever waits for it reads what is in the database then. */
static void end(void *arg)
{
    struct sandbox *b = arg;

    while (b->fibers > 1 || (b->http && http_running(b->http)))
        fiber_sleep_us(TICK_US / 10);
    sandbox_keep_all(b);
    if (b->fd >= 0)
        close(b->fd);
    b->fd = -1;
    b->fibers--;
}

void sandbox_stop(struct sandbox *b)
{
    if (b->stopping)
        return;
    b->stopping = true;
    if (b->http)
        http_stop_listening(b->http);
    b->fibers++;
    if (!fiber_start(end, b))
        b->fibers--;
}

bool sandbox_running(const struct sandbox *b)
{
    return b->fibers > 0 || (b->http && http_running(b->http));
}

void sandbox_close(struct sandbox *b)
{
    if (!b)
        return;
    if (b->http)
        http_close(b->http);
    if (b->fd >= 0)
        close(b->fd);
    sandbox_forget(b);
    free(b);
}
