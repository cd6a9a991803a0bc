#include "db_int.h"

/* Connections between two leases: what they still have to say is read here, without a fiber. */

void db_conn_drop(struct db_conn *c)
{
    db_conn_close(c);
    db_pool_gone(c->db, false);
}

static void on_settle_due(struct loop_timer *t)
{
    db_conn_drop(CONTAINER_OF(t, struct db_conn, timer));
}

void db_conn_settle_start(struct db_conn *c)
{
    c->state = DB_CONN_SETTLING;
    if (!db_conn_flush(c)) {
        db_conn_drop(c);
        return;
    }
    loop_timer_arm(&c->timer, loop_now_us() + db_conn_limit_us(c->db), on_settle_due);
}

static void settled(struct db_conn *c)
{
    PQclear(PQgetResult(c->pg)); /* steps over the end of the pipeline */
    if (c->doomed || PQtransactionStatus(c->pg) != PQTRANS_IDLE) {
        db_conn_drop(c);
        return;
    }
    loop_timer_cancel(&c->timer);
    db_pool_ready(c);
}

void db_conn_settle(struct db_conn *c)
{
    bool alive = db_conn_flush(c) && PQconsumeInput(c->pg);
    unsigned nothing = 0;

    while (!PQisBusy(c->pg) && nothing < 3) {
        PGresult *r = PQgetResult(c->pg);
        ExecStatusType status = PQresultStatus(r);

        PQclear(r);
        nothing = r ? 0 : nothing + 1;
        if (status == PGRES_PIPELINE_SYNC) {
            settled(c);
            return;
        }
        if (r && status != PGRES_COMMAND_OK)
            c->doomed = true;
    }
    if (!alive || nothing)
        db_conn_drop(c);
}

/* Nobody reads: the server says something unasked, or has closed. */
static void look_after(struct db_conn *c)
{
    if (PQconsumeInput(c->pg))
        return;
    if (c->state == DB_CONN_IDLE) {
        db_conn_drop(c);
        return;
    }
    c->lost = true;
    loop_fd_remove(&c->watch);
}

void db_conn_on_event(struct loop_fd *w, uint32_t events)
{
    struct db_conn *c = CONTAINER_OF(w, struct db_conn, watch);

    (void)events;
    if (c->state == DB_CONN_SETTLING)
        db_conn_settle(c);
    else if (c->state == DB_CONN_IDLE || !waitq_wake_one(&c->reader))
        look_after(c);
}

void db_conn_rollback(struct db_conn *c)
{
    if (!PQsendQueryPrepared(c->pg, "tenon_rollback", 0, NULL, NULL, NULL, 0) || !PQpipelineSync(c->pg)) {
        db_conn_drop(c);
        return;
    }
    db_conn_settle_start(c);
}

static void cancel_now(void *arg)
{
    char why[256];

    PQcancel(arg, why, sizeof(why));
}

/* A lost cancel is no harm: the statement's own time limit ends it. */
static void cancel_apart(void *arg)
{
    enum err e = offload(cancel_now, arg);

    (void)e;
    PQfreeCancel(arg);
}

void db_conn_abandon(struct db_conn *c)
{
    PGcancel *cancel = PQgetCancel(c->pg);

    db_conn_drop(c);
    if (cancel && !fiber_start(cancel_apart, cancel))
        PQfreeCancel(cancel);
}
