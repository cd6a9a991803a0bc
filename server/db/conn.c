#include "db_int.h"

#include <string.h>
#include <sys/epoll.h>

#include "obs/obs.h"

bool db_conn_is_broken(const struct db_conn *c)
{
    return c->lost || PQstatus(c->pg) == CONNECTION_BAD;
}

bool db_conn_flush(struct db_conn *c)
{
    int left = PQflush(c->pg);

    if (left < 0 || loop_fd_change(&c->watch, left ? EPOLLIN | EPOLLOUT : EPOLLIN) != OK) {
        c->lost = true;
        return false;
    }
    return true;
}

void db_conn_close(struct db_conn *c)
{
    if (c->state == DB_CONN_NONE)
        return;
    if (c->state == DB_CONN_IDLE)
        db_pool_unidle(c);
    if (c->state == DB_CONN_CONNECTING)
        c->db->connecting--;
    else
        c->db->connected--;
    c->state = DB_CONN_NONE;
    loop_timer_cancel(&c->timer);
    loop_fd_remove(&c->watch);
    PQfinish(c->pg);
    c->pg = NULL;
}

static void connect_failed(struct db_conn *c)
{
    metric_add_label(METRIC_DB_CONNECTS, "failed", 1);
    db_conn_close(c);
    db_pool_gone(c->db, true);
}

static void on_connect_due(struct loop_timer *t)
{
    connect_failed(CONTAINER_OF(t, struct db_conn, timer));
}

static void ignore_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

static bool send_fixed(PGconn *pg)
{
    return PQsendPrepare(pg, "tenon_begin", "begin", 0, NULL) && PQsendPrepare(pg, "tenon_commit", "commit", 0, NULL) &&
           PQsendPrepare(pg, "tenon_rollback", "rollback", 0, NULL) &&
           PQsendPrepare(pg, "tenon_tenant",
                         "select set_config('tenon.partner_id', $1, true), set_config('tenon.customer_id', $2, true),"
                         " set_config('tenon.brand_id', $3, true)",
                         0, NULL) &&
           PQpipelineSync(pg);
}

static void connected(struct db_conn *c)
{
    struct db *db = c->db;

    PQsetNoticeReceiver(c->pg, ignore_notice, NULL);
    if (PQsetnonblocking(c->pg, 1) != 0 || !PQenterPipelineMode(c->pg) || !send_fixed(c->pg) ||
        loop_fd_add(&c->watch, PQsocket(c->pg), EPOLLIN, db_conn_on_event) != OK) {
        connect_failed(c);
        return;
    }
    metric_add_label(METRIC_DB_CONNECTS, "ok", 1);
    db->connecting--;
    db->connected++;
    db_conn_settle_start(c);
}

/* libpq may change the descriptor at any step, so it is watched for one step at a time. */
static void on_connect_event(struct loop_fd *w, uint32_t events)
{
    struct db_conn *c = CONTAINER_OF(w, struct db_conn, watch);
    PostgresPollingStatusType next;

    (void)events;
    loop_fd_remove(w);
    next = PQconnectPoll(c->pg);
    if (next == PGRES_POLLING_OK)
        connected(c);
    else if (next == PGRES_POLLING_FAILED ||
             loop_fd_add(w, PQsocket(c->pg), next == PGRES_POLLING_READING ? EPOLLIN : EPOLLOUT, on_connect_event) !=
                 OK)
        connect_failed(c);
}

/* The url's own options come first, ours after them. */
static const char *server_options(const struct db_conf *conf, struct arena *a)
{
    PQconninfoOption *all = PQconninfoParse(conf->url, NULL);
    const char *own = "";
    struct buf b;

    buf_init(&b, a, 4096);
    for (const PQconninfoOption *o = all; o && o->keyword; o++)
        if (strcmp(o->keyword, "options") == 0 && o->val)
            own = o->val;
    buf_s(&b, own);
    /* A wait for a lock ends before the statement does, so that the two can be told apart. */
    if (conf->statement_timeout_ms > 0)
        buf_f(&b, " -c statement_timeout=%d -c lock_timeout=%d", conf->statement_timeout_ms,
              conf->statement_timeout_ms / 2 + 1);
    buf_s(&b, " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC");
    PQconninfoFree(all);
    return buf_cstr(&b);
}

static PGconn *connect_start(const struct db_conf *conf)
{
    struct arena *a = arena_new();
    const char *keys[] = {"dbname", "options", "fallback_application_name", "client_encoding", "gssencmode", NULL};
    const char *values[] = {conf->url, server_options(conf, a), conf->name, "UTF8", "disable", NULL};
    PGconn *pg = PQconnectStartParams(keys, values, 1);

    arena_free(a);
    if (!pg)
        out_of_memory();
    return pg;
}

/* Who waits longer for the first one lets it take as long. */
int64_t db_conn_limit_us(const struct db *db)
{
    return !db->ever_up && db->conf.first_wait_us > DB_CONNECT_US ? db->conf.first_wait_us : DB_CONNECT_US;
}

void db_conn_start(struct db_conn *c)
{
    struct db *db = c->db;

    MUST_BE(c->state == DB_CONN_NONE);
    c->state = DB_CONN_CONNECTING;
    c->lost = c->doomed = false;
    memset(c->prepared, 0, db->ids / 8);
    db->connecting++;
    c->pg = connect_start(&db->conf);
    if (PQstatus(c->pg) == CONNECTION_BAD ||
        loop_fd_add(&c->watch, PQsocket(c->pg), EPOLLOUT, on_connect_event) != OK) {
        connect_failed(c);
        return;
    }
    loop_timer_arm(&c->timer, loop_now_us() + db_conn_limit_us(db), on_connect_due);
}
