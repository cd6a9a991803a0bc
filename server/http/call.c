#include <stdio.h>
#include <string.h>

#include "http/http_int.h"
#include "obs/obs.h"

static void log_failure(const struct call *c, enum err e)
{
    enum log_level level = e == ERR_INTERNAL ? LOG_ERROR : err_info(e)->http_status >= 500 ? LOG_WARN : LOG_DEBUG;

    log_fault(level, "http", c->sc, c->rq.route ? c->rq.route->path : "request refused");
}

static void call_answer(struct call *c, enum err e)
{
    if (e == ERR_CANCELLED && c->rs.req)
        e = FAIL(c->sc, ERR_UNAVAILABLE, "the request was given up; please repeat it");
    if (e != OK && e != ERR_CANCELLED) {
        log_failure(c, e);
        problem_answer(&c->rs, e, c->allow);
    }
    if (c->rs.answered && c->http->app.dress)
        c->http->app.dress(c->sc, &c->rq, &c->rs);
    if (c->rs.answered)
        rs_condition(&c->rs, &c->rq);
    if (c->rs.answered && rs_send(&c->rs))
        count_answer(&c->rq, c->rs.status);
    metric_observe_us(METRIC_HTTP_SECONDS, NULL, loop_now_us() - c->rq.received_us);
}

enum { CONNECTION, OWNER };

static enum err take_slot(struct call *c, int which)
{
    TRY(c->sc, slots_take(c->sc, c->slots[which]));
    c->holds[which] = true;
    return OK;
}

static void give_slots(struct call *c)
{
    for (int i = OWNER; i >= CONNECTION; i--) {
        if (c->holds[i])
            slots_give(c->slots[i], c->sc->cancelled);
        c->holds[i] = false;
    }
}

void rq_rest(const struct rq *rq)
{
    give_slots(CONTAINER_OF(rq, struct call, rq));
}

bool rq_is_last(const struct rq *rq)
{
    return CONTAINER_OF(rq, const struct call, rq)->http->draining;
}

static void call_free(struct call *c)
{
    give_slots(c);
    slots_unref(c->slots[OWNER]);
    slots_unref(c->slots[CONNECTION]);
    rs_unbind(&c->rs);
    if (c->rq.route && c->rq.route->secret && c->rq.body.n)
        explicit_bzero((char *)(uintptr_t)c->rq.body.p, c->rq.body.n);
    scope_free(c->sc);
}

/* The owner is known once the host is; its share is not to be used up by finding that out. */
static enum err call_host(struct call *c)
{
    struct rq *rq = &c->rq;

    if (c->http->app.host)
        TRY(c->sc, c->http->app.host(c->sc, rq));
    if (uuid_equal(&rq->owner, &(struct uuid){0}))
        return OK;
    c->slots[OWNER] = slots_of_owner(c->http, &rq->owner);
    return take_slot(c, OWNER);
}

/* What the address asks for, once it is known who asks. */
static enum err call_read(struct call *c)
{
    struct scope *sc = c->sc;
    struct rq *rq = &c->rq;

    if (rq->route != c->http->app.otherwise) { /* whose parameters mean what they mean there */
        TRY(sc, query_check(sc, rq));
        TRY(sc, cursor_loose(sc, rq));
        TRY(sc, shape_read(sc, rq));
    }
    if (rq->route->body_max && rq->body.n > rq->route->body_max)
        return FAIL(sc, ERR_TOO_LARGE, "the request's body is larger than %zu octets; a list may come in parts",
                    rq->route->body_max);
    return OK;
}

static enum err call_handle(struct call *c)
{
    struct scope *sc = c->sc;
    struct rq *rq = &c->rq;
    const struct http_app *app = &c->http->app;

    TRY(sc, router_match(c->http->router, sc, rq, c->allow));
    TRY(sc, take_slot(c, CONNECTION));
    metric_add(METRIC_HTTP_STARTED, 1);
    TRY(sc, call_host(c));
    if (!rq->route->public_ && app->auth)
        TRY(sc, app->auth(sc, rq));
    TRY(sc, call_read(c));
    if (sc->cancelled)
        return ERR_CANCELLED;
    if (app->admit)
        TRY(sc, app->admit(sc, rq, &c->rs));
    if (c->rs.answered)
        return OK;
    TRY(sc, rq->route->run(sc, rq, &c->rs));
    if (!c->rs.answered)
        return FAIL(sc, ERR_INTERNAL, "the handler did not answer");
    return OK;
}

/* What ended the request is what the answer tells, not what a rollback met afterwards. */
static enum err call_end(struct call *c, enum err result)
{
    struct fault fault = c->sc->fault;
    enum err ended = c->http->app.end ? c->http->app.end(c->sc, &c->rq, &c->rs, result) : OK;

    if (result == OK)
        return ended;
    c->sc->fault = fault;
    return result;
}

static void call_run(void *arg)
{
    struct call *c = arg;
    struct http *h = c->http;
    enum err e;

    c->sc->deadline_us = loop_now_us() + (int64_t)h->conf.request_timeout_ms * 1000;
    if (h->app.begin)
        h->app.begin(c->sc, h->app.thread_data);
    e = call_handle(c);
    e = call_end(c, e);
    call_answer(c, e);
    list_drop(&c->node);
    h->running--;
    call_free(c);
}

static enum err too_many(struct scope *sc)
{
    enum err e = FAIL(sc, ERR_UNAVAILABLE, "too many requests at once; please repeat this one");

    scope_retry_after(sc, 1);
    return e;
}

static struct call *call_new(struct http *h, h2o_req_t *req)
{
    struct scope *sc = scope_new();
    struct call *c = ARENA_NEW(sc->arena, struct call);

    c->sc = sc;
    c->http = h;
    sc->request_id = uuid_new();
    list_init(&c->node);
    rs_bind(&c->rs, h, sc, req);
    c->rs.rq = &c->rq;
    c->rq.app = &h->app;
    c->rq.rs = &c->rs;
    c->slots[CONNECTION] = slots_ref(front_of(req->conn->callbacks->get_socket(req->conn))->slots);
    return c;
}

static enum err call_start(struct call *c, h2o_req_t *req)
{
    struct http *h = c->http;

    TRY(c->sc, take_request(c, req));
    trace_read(c->sc, &c->rq);
    if (h->running >= h->conf.requests_max)
        return too_many(c->sc);
    if (!fiber_start(call_run, c))
        return too_many(c->sc);
    list_add(&h->calls, &c->node);
    h->running++;
    return OK;
}

int call_on_req(h2o_handler_t *self, h2o_req_t *req)
{
    struct http *h = ((struct http_handler *)self)->http;
    struct call *c = call_new(h, req);
    enum err e;

    /* Where a second reading of the body's end would find another request, nobody reads on; nor in 1.0, where only a
     * field that proxies of its time passed on says that the connection stays. */
    if (req->entity.base || req->version < 0x101)
        req->http1_is_persistent = 0;
    e = call_start(c, req);
    if (e == OK)
        return 0;
    req->http1_is_persistent = 0;
    if (e == ERR_NOT_ALLOWED)
        snprintf(c->allow, sizeof(c->allow), "GET, HEAD, POST, PUT, PATCH, DELETE");
    call_answer(c, e);
    call_free(c);
    return 0;
}
