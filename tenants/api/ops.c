#include "api/api_int.h"
#include "db/db.h"
#include "obs/obs.h"
#include "q_org.h"
#include "json/doc.h"

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

static enum err end(struct scope *sc, enum err result)
{
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

static bool database_answers(struct scope *sc)
{
    struct q_ping_row row;
    enum err e = q_ping(sc, &row);

    db_rollback(sc);
    scope_clear(sc);
    return e == OK;
}

/* Redis may be away: work goes on without it, so it is told and does not decide; nor does an alert that a person must
 * see. */
static enum err readyz(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    bool database = database_answers(sc);
    bool ready = database && !ops->draining;
    struct buf b;

    (void)rq;
    buf_init(&b, sc->arena, TEXT_MAX);
    buf_f(&b, "{\"ready\":%s,\"database\":%s,\"redis\":%s,\"draining\":%s,\"alert\":%s}\n", ready ? "true" : "false",
          database ? "true" : "false", ops->queue_is_up(ops->arg) ? "true" : "false", ops->draining ? "true" : "false",
          metric_total(METRIC_PROCESS_ALERT) ? "\"processes\"" : "null");
    return rs_bytes(sc, rs, ready ? 200 : 503, "application/json", buf_str(&b));
}

static enum err metrics(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct buf b;

    (void)rq;
    buf_init(&b, sc->arena, TEXT_MAX);
    metrics_write(&b);
    return rs_bytes(sc, rs, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&b));
}

static const struct route routes[] = {
    {GET, "/healthz", healthz, .public_ = true, .raw = true},
    {GET, "/readyz", readyz, .public_ = true, .raw = true},
    {GET, "/metrics", metrics, .public_ = true, .raw = true},
    {},
};

const struct route *const api_ops_routes[] = {routes, NULL};

void api_ops_app(struct api_ops *o, struct http_app *out)
{
    *out = (struct http_app){
        .routes = api_ops_routes, .host = host, .auth = auth, .begin = begin, .end = end, .thread_data = o};
}
