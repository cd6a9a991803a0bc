#include "api/api_int.h"
#include "db/db.h"
#include "obs/obs.h"
#include "org/org.h"
#include "q_org.h"
#include "sys/fiber.h"

#define TEXT_MAX ((size_t)1 << 20)

static struct api_ops *ops;

static void begin(struct scope *sc, void *thread_data)
{
    ops = thread_data;
    sc->db = ops->db;
}

static enum err host(struct scope *sc, struct rq *rq)
{
    (void)sc;
    (void)rq;
    return OK;
}

static enum err auth(struct scope *sc, const struct rq *rq)
{
    (void)rq;
    return FAIL(sc, ERR_UNAUTHENTICATED, "nothing here takes credentials");
}

static enum err end(struct scope *sc, const struct rq *rq, struct rs *rs, enum err result)
{
    (void)rq;
    (void)rs;
    if (result == OK)
        return db_commit(sc);
    db_rollback(sc);
    return OK;
}

/* The loop turns: that is all it says. */
static enum err healthz(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return rs_bytes(sc, rs, 200, "text/plain; charset=utf-8", STR("ok\n"));
}

/* -1: the database does not answer; 0: it does, and does not say how far its schema is. */
static int32_t schema_version(struct scope *sc)
{
    struct q_schema_version_row row = {0};
    enum err e = q_schema_version(sc, &row);

    db_rollback(sc);
    scope_clear(sc);
    return e == OK ? row.version : e == ERR_UNAVAILABLE || e == ERR_TIMEOUT ? -1 : 0;
}

static void put_check(struct buf *b, const char *name, bool good)
{
    buf_f(b, ",\"%s\":%s", name, good ? "true" : "false");
}

/* A newer schema is fine: releases of two kinds serve while one follows the other. Redis may be away: work goes on
 * without it, so it is told and does not decide; nor does an alert that a person must see. */
static enum err readyz(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    int32_t schema = schema_version(sc);
    bool keys =
        (!ops->needs_edge || org_kek_is_here(ORG_EDGE)) && (!ops->needs_connection || org_kek_is_here(ORG_CONNECTION));
    bool ready = schema >= TENON_SCHEMA && keys && !ops->draining;
    struct buf b;

    (void)rq;
    buf_init(&b, sc->arena, TEXT_MAX);
    buf_f(&b, "{\"ready\":%s", ready ? "true" : "false");
    put_check(&b, "database", schema >= 0);
    put_check(&b, "schema", schema >= TENON_SCHEMA);
    buf_f(&b, ",\"schema_version\":%d,\"schema_needed\":%d", schema > 0 ? schema : 0, TENON_SCHEMA);
    put_check(&b, "key_ring", keys);
    put_check(&b, "redis", ops->queue_is_up(ops->arg));
    put_check(&b, "draining", ops->draining);
    buf_f(&b, ",\"alert\":%s}\n", metric_total(METRIC_PROCESS_ALERT) ? "\"processes\"" : "null");
    return rs_bytes(sc, rs, ready ? 200 : 503, "application/json", buf_str(&b));
}

static enum err version(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct buf b;

    (void)rq;
    buf_init(&b, sc->arena, TEXT_MAX);
    buf_f(&b, "{\"version\":\"%s\",\"schema\":%d,\"compiler\":\"%s\"}\n", TENON_VERSION, TENON_SCHEMA, __VERSION__);
    return rs_bytes(sc, rs, 200, "application/json", buf_str(&b));
}

static enum err metrics(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct buf b;

    (void)rq;
    buf_init(&b, sc->arena, TEXT_MAX);
    metric_set(METRIC_FIBERS, (int64_t)fiber_total());
    metrics_write(&b);
    return rs_bytes(sc, rs, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&b));
}

static const struct route routes[] = {
    {GET, "/healthz", healthz, .public_ = true, .raw = true},
    {GET, "/readyz", readyz, .public_ = true, .raw = true},
    {GET, "/metrics", metrics, .public_ = true, .raw = true},
    {GET, "/version", version, .public_ = true, .raw = true},
    {},
};

const struct route *const api_ops_routes[] = {routes, NULL};

void api_ops_app(struct api_ops *o, struct http_app *out)
{
    *out = (struct http_app){
        .routes = api_ops_routes, .host = host, .auth = auth, .begin = begin, .end = end, .thread_data = o};
}
