#include "db_int.h"

#include <stdio.h>
#include <sys/epoll.h>

/* The scope ends with its transaction open: nothing may park here, so the connection settles by itself. */
static void on_scope_end(void *arg)
{
    struct db_txn *t = arg;

    if (t->conn)
        db_release(t->conn);
    t->conn = NULL;
    t->sc->txn = NULL;
}

static struct db_txn *txn_of(struct scope *sc)
{
    struct db_txn *t = sc->txn;

    if (t)
        return t;
    MUST_BE(sc->db);
    t = ARENA_NEW(sc->arena, struct db_txn);
    t->sc = sc;
    t->db = sc->db;
    sc->txn = t;
    arena_defer(sc->arena, on_scope_end, t);
    return t;
}

static void txn_leave(struct db_txn *t)
{
    if (t->conn)
        db_release(t->conn);
    t->conn = NULL;
    t->begun = false;
}

static enum err check_going(struct scope *sc)
{
    if (sc->cancelled)
        return FAIL(sc, ERR_CANCELLED, "the caller has gone");
    if (sc->deadline_us && loop_now_us() >= sc->deadline_us)
        return FAIL(sc, ERR_TIMEOUT, "there was no time left to reach the database");
    return OK;
}

static bool is_prepared(const struct db_conn *c, const struct db_statement *st)
{
    return c->prepared[st->id / 64] >> st->id % 64 & 1;
}

static void plan(const struct db_txn *t, struct db_exchange *x, bool last)
{
    if (!is_prepared(t->conn, x->st))
        x->steps[x->step_n++] = DB_STEP_PREPARE;
    if (!t->begun && !last)
        x->steps[x->step_n++] = DB_STEP_BEGIN;
    if (!t->begun && !t->db->conf.no_tenant)
        x->steps[x->step_n++] = DB_STEP_TENANT;
    x->steps[x->step_n++] = DB_STEP_STATEMENT;
    if (t->begun && last)
        x->steps[x->step_n++] = DB_STEP_COMMIT;
}

static bool send_tenant(const struct scope *sc, PGconn *pg)
{
    const struct tenant *who = &sc->tenant;
    char partner[UUID_TEXT_LEN + 1] = "";
    char customer[UUID_TEXT_LEN + 1] = "all";
    char brand[UUID_TEXT_LEN + 1] = "all";
    const char *values[] = {partner, customer, brand};

    if (who->has_partner)
        uuid_format(&who->partner_id, partner);
    if (who->has_customer)
        uuid_format(&who->customer_id, customer);
    if (who->has_brand)
        uuid_format(&who->brand_id, brand);
    return PQsendQueryPrepared(pg, "tenon_tenant", 3, values, NULL, NULL, 1);
}

static bool send_statement(PGconn *pg, const char *name, const struct db_statement *st, const struct db_value *params)
{
    static const int binary[DB_PARAMS_MAX] = {[0 ... DB_PARAMS_MAX - 1] = 1};
    const char *values[DB_PARAMS_MAX];
    int lengths[DB_PARAMS_MAX];

    for (unsigned i = 0; i < st->param_count; i++) {
        values[i] = params[i].p;
        lengths[i] = params[i].n;
    }
    return PQsendQueryPrepared(pg, name, (int)st->param_count, values, lengths, binary, 1);
}

static bool send_steps(const struct scope *sc, PGconn *pg, const struct db_exchange *x, const struct db_value *params)
{
    char name[16];
    bool sent = true;

    if (x->st)
        snprintf(name, sizeof(name), "s%u", x->st->id);
    for (unsigned i = 0; i < x->step_n && sent; i++)
        switch (x->steps[i]) {
        case DB_STEP_PREPARE:
            sent = PQsendPrepare(pg, name, x->st->text, (int)x->st->param_count, x->st->param_types);
            break;
        case DB_STEP_BEGIN:
            sent = PQsendQueryPrepared(pg, "tenon_begin", 0, NULL, NULL, NULL, 1);
            break;
        case DB_STEP_TENANT:
            sent = send_tenant(sc, pg);
            break;
        case DB_STEP_STATEMENT:
            sent = send_statement(pg, name, x->st, params);
            break;
        case DB_STEP_COMMIT:
            sent = PQsendQueryPrepared(pg, "tenon_commit", 0, NULL, NULL, NULL, 1);
            break;
        }
    return sent && PQpipelineSync(pg);
}

/* Parks until a result can be had without waiting. */
static enum err wait_result(struct scope *sc, struct db_conn *c, const struct db_exchange *x)
{
    while (PQisBusy(c->pg)) {
        if (db_conn_is_broken(c))
            return x->failed != OK ? x->failed : db_lost(sc);
        if (waitq_wait(&c->reader, x->due_us) == WAIT_TIMEOUT)
            return FAIL(sc, ERR_TIMEOUT, "the database took too long");
        if (c->lost || !PQconsumeInput(c->pg) || ((c->watch.events & EPOLLOUT) && !db_conn_flush(c)))
            c->lost = true;
    }
    return OK;
}

static enum err receive(struct scope *sc, struct db_conn *c, struct db_exchange *x)
{
    unsigned nothing = 0;

    for (;;) {
        PGresult *r;

        TRY(sc, wait_result(sc, c, x));
        r = PQgetResult(c->pg);
        nothing = r ? 0 : nothing + 1;
        if (nothing > 2 || (!r && db_conn_is_broken(c)))
            return x->failed != OK ? x->failed : db_lost(sc);
        if (r && PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
            PQclear(r);
            PQclear(PQgetResult(c->pg)); /* steps over the end of the pipeline */
            return x->failed;
        }
        if (r)
            db_result_take(sc, c, x, r);
    }
}

static enum err exchange(struct scope *sc, struct db_conn *c, struct db_exchange *x, const struct db_value *params)
{
    if (db_conn_is_broken(c) || !send_steps(sc, c->pg, x, params) || !db_conn_flush(c)) {
        c->lost = true;
        return db_lost(sc);
    }
    return receive(sc, c, x);
}

static int64_t due_of(const struct scope *sc, const struct db *db)
{
    int64_t limit = loop_now_us() + (int64_t)db->conf.statement_timeout_ms * 1000 + DB_GRACE_US;

    if (db->conf.statement_timeout_ms <= 0)
        return sc->deadline_us;
    return sc->deadline_us && sc->deadline_us < limit ? sc->deadline_us : limit;
}

static enum err lease(struct scope *sc, struct db_txn *t)
{
    enum err e;

    if (t->conn)
        return OK;
    TRY(sc, db_lease(sc, t->db, &t->conn));
    e = check_going(sc); /* waiting may have taken long */
    if (e != OK)
        txn_leave(t);
    return e;
}

enum err db_query(struct scope *sc, const struct db_statement *st, const struct db_value *params, struct db_rows *out)
{
    struct db_txn *t = txn_of(sc);
    struct db_exchange x = {.st = st};
    bool last = sc->commit_next && !sc->before_commit;
    enum err e;

    sc->commit_next = false;
    MUST_BE(st->param_count <= DB_PARAMS_MAX && st->id < t->db->ids);
    if (t->failed)
        return FAIL(sc, ERR_INTERNAL, "something went wrong on our side: an earlier step had failed");
    TRY(sc, check_going(sc));
    TRY(sc, lease(sc, t));
    plan(t, &x, last);
    x.due_us = due_of(sc, t->db);
    e = exchange(sc, t->conn, &x, params);
    t->begun = true;
    t->failed = e != OK;
    if (last || t->failed)
        txn_leave(t);
    TRY(sc, e);
    *out = x.rows;
    return OK;
}

void db_commit_next(struct scope *sc)
{
    sc->commit_next = true;
}

/* The deadline is not asked: the work is done, and its end takes a moment only. */
static enum err commit(struct scope *sc)
{
    struct db_txn *t = sc->txn;
    struct db_exchange x = {.steps = {DB_STEP_COMMIT}, .step_n = 1, .due_us = loop_now_us() + DB_CONNECT_US};
    enum err e;

    sc->commit_next = false;
    if (t && t->failed)
        return FAIL(sc, ERR_INTERNAL, "something went wrong on our side: an earlier step had failed");
    if (!t || !t->conn)
        return OK;
    e = exchange(sc, t->conn, &x, NULL);
    txn_leave(t);
    if (e == ERR_TIMEOUT)
        e = db_lost(sc);
    t->failed = e != OK;
    TRY(sc, e);
    return OK;
}

/* What a room writes last, while the transaction is open. */
static enum err last_words(struct scope *sc)
{
    enum err (*fn)(struct scope *) = sc->before_commit;

    sc->before_commit = NULL;
    return fn ? fn(sc) : OK;
}

enum err db_commit(struct scope *sc)
{
    enum err e = last_words(sc);

    TRY(sc, e);
    return commit(sc);
}

void db_rollback(struct scope *sc)
{
    struct db_txn *t = sc->txn;

    sc->commit_next = false;
    sc->before_commit = NULL;
    sc->audit = NULL;
    if (!t)
        return;
    txn_leave(t);
    t->failed = false;
}
