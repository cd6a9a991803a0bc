#include "db_int.h"

#include "base/timefmt.h"
#include "obs/obs.h"

static void on_retry(struct loop_timer *t);

struct db *db_open(const struct db_conf *conf)
{
    struct arena *a = arena_new();
    struct db *db = ARENA_NEW(a, struct db);

    MUST_BE(conf->connections > 0 && loop_here());
    db->arena = a;
    db->conf = *conf;
    db->conf.url = arena_strdup(a, conf->url);
    db->conf.name = arena_strdup(a, conf->name);
    db->end = &db->first;
    db->ids = ((db_statement_count > DB_IDS_MIN ? db_statement_count : DB_IDS_MIN) + 63) / 64 * 64;
    db->backoff_us = DB_BACKOFF_MIN;
    db->conns = ARENA_ARRAY(a, struct db_conn, conf->connections);
    for (unsigned i = 0; i < conf->connections; i++) {
        db->conns[i].db = db;
        db->conns[i].prepared = ARENA_ARRAY(a, uint64_t, db->ids / 64);
    }
    return db;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    MUST_BE(!db->first);
    loop_timer_cancel(&db->retry);
    for (unsigned i = 0; i < db->conf.connections; i++) {
        MUST_BE(db->conns[i].state != DB_CONN_LEASED);
        db_conn_close(&db->conns[i]);
    }
    arena_free(db->arena);
}

bool db_is_up(const struct db *db)
{
    return db->up;
}

static void connect_one(struct db *db)
{
    for (unsigned i = 0; i < db->conf.connections; i++)
        if (db->conns[i].state == DB_CONN_NONE) {
            db_conn_start(&db->conns[i]);
            return;
        }
}

void db_pool_unidle(struct db_conn *c)
{
    struct db_conn **at = &c->db->idle;

    while (*at != c)
        at = &(*at)->next_idle;
    *at = c->next_idle;
    c->next_idle = NULL;
}

static struct db_waiter *waiter_pop(struct db *db)
{
    struct db_waiter *w = db->first;

    if (!w)
        return NULL;
    db->first = w->next;
    if (!db->first)
        db->end = &db->first;
    db->waiting--;
    return w;
}

/* It may have been woken by its time already, and then takes what it was given all the same. */
static void waiter_leave(struct db *db, const struct db_waiter *w)
{
    struct db_waiter **at = &db->first;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    if (!*at)
        db->end = at;
    db->waiting--;
}

void db_pool_ready(struct db_conn *c)
{
    struct db *db = c->db;
    struct db_waiter *w = waiter_pop(db);

    db->up = db->ever_up = true;
    db->backoff_us = DB_BACKOFF_MIN;
    db->retry_us = 0;
    if (w) {
        c->state = DB_CONN_LEASED;
        w->conn = c;
        waitq_wake_one(&w->q);
        return;
    }
    c->state = DB_CONN_IDLE;
    c->next_idle = db->idle;
    db->idle = c;
}

/* Half of the backoff, and up to as much again, so that many processes do not come back as one. */
static int64_t with_jitter(int64_t us)
{
    uint64_t noise = (uint64_t)time_now_us() * 0x9e3779b97f4a7c15U >> 33;

    return us / 2 + (int64_t)(noise % (uint64_t)(us / 2 + 1));
}

void db_pool_gone(struct db *db, bool refused)
{
    int64_t now = loop_now_us();
    struct db_waiter *w;

    if (refused) {
        db->retry_us = now + with_jitter(db->backoff_us);
        db->backoff_us = db->backoff_us * 2 > DB_BACKOFF_MAX ? DB_BACKOFF_MAX : db->backoff_us * 2;
    }
    if (db->connected == 0)
        db->up = false;
    if (refused && db->connected == 0 && db->connecting == 0)
        while ((w = waiter_pop(db))) {
            w->refused = true;
            waitq_wake_one(&w->q);
        }
    if (db->connected == 0 || db->waiting)
        loop_timer_arm(&db->retry, db->retry_us > now ? db->retry_us : now, on_retry);
}

static void on_retry(struct loop_timer *t)
{
    struct db *db = CONTAINER_OF(t, struct db, retry);

    if (db->connecting == 0 && (db->connected == 0 || db->waiting))
        connect_one(db);
}

static enum err unreachable(struct scope *sc)
{
    enum err e = FAIL(sc, ERR_UNAVAILABLE, "the database cannot be reached at the moment");

    scope_retry_after(sc, 1);
    return e;
}

static int64_t cold_us(const struct db *db)
{
    return db->conf.first_wait_us > 0 ? db->conf.first_wait_us : DB_COLD_US;
}

static int64_t wait_until(const struct scope *sc, const struct db *db)
{
    int64_t limit = loop_now_us() + (db->ever_up ? DB_DOWN_US : cold_us(db));

    if (db->up)
        return sc->deadline_us;
    return sc->deadline_us && sc->deadline_us < limit ? sc->deadline_us : limit;
}

static enum err wait_turn(struct scope *sc, struct db *db, struct db_conn **out)
{
    struct db_waiter w = {.next = NULL};

    *db->end = &w;
    db->end = &w.next;
    db->waiting++;
    metric_add(METRIC_DB_WAITS, 1);
    waitq_wait_for(sc, &w.q, wait_until(sc, db));
    if (w.conn) {
        *out = w.conn;
        return OK;
    }
    if (w.refused)
        return unreachable(sc);
    waiter_leave(db, &w);
    if (sc->cancelled)
        return FAIL(sc, ERR_CANCELLED, "the caller has gone");
    if (sc->deadline_us && loop_now_us() >= sc->deadline_us)
        return FAIL(sc, ERR_TIMEOUT, "there was no time left to reach the database");
    return unreachable(sc);
}

enum err db_lease(struct scope *sc, struct db *db, struct db_conn **out)
{
    struct db_conn *c = db->idle;

    if (c) {
        db->idle = c->next_idle;
        c->next_idle = NULL;
        c->state = DB_CONN_LEASED;
        *out = c;
        return OK;
    }
    if (db->connecting <= db->waiting && loop_now_us() >= db->retry_us)
        connect_one(db);
    if (db->connected == 0 && db->connecting == 0)
        return unreachable(sc);
    if (db->waiting >= db->conf.waiters) {
        enum err e = FAIL(sc, ERR_UNAVAILABLE, "too many requests wait for the database");

        scope_retry_after(sc, 1);
        return e;
    }
    return wait_turn(sc, db, out);
}

void db_release(struct db_conn *c)
{
    PGTransactionStatusType now = PQtransactionStatus(c->pg);

    MUST_BE(c->state == DB_CONN_LEASED);
    if (db_conn_is_broken(c) || c->doomed)
        db_conn_drop(c);
    else if (now == PQTRANS_IDLE)
        db_pool_ready(c);
    else if (now == PQTRANS_ACTIVE)
        db_conn_abandon(c);
    else
        db_conn_rollback(c);
}
