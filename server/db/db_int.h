#pragma once

#include <libpq-fe.h>

#include "db/db.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* Inside of db: the pool, its connections, and what a scope holds of them.
 *
 * A connection is in one state at a time. Connecting, settling and idle ones are driven by their descriptor's
 * callback, a leased one by the fiber that leased it. Nothing here parks but db_exchange and db_lease.
 */
#define DB_PARAMS_MAX  64
#define DB_STEPS_MAX   5
#define DB_IDS_MIN     1024 /* statements made by hand in tests have ids too */
#define DB_CONNECT_US  5000000
#define DB_COLD_US     2000000 /* how long the first scopes wait for the first connection, unless conf says */
#define DB_DOWN_US     100000  /* how long a scope waits when the server was lost */
#define DB_BACKOFF_MIN 50000
#define DB_BACKOFF_MAX 1000000
#define DB_GRACE_US    2000000 /* over the statement timeout, before a silent connection is given up */

enum db_conn_state {
    DB_CONN_NONE,
    DB_CONN_CONNECTING,
    DB_CONN_SETTLING, /* its last results (of the preparation, of a rollback) are still to come */
    DB_CONN_IDLE,
    DB_CONN_LEASED,
};

struct db_conn {
    struct db *db;
    struct db_conn *next_idle;
    PGconn *pg;
    enum db_conn_state state;
    bool lost;   /* found broken; whoever leased it closes it */
    bool doomed; /* works, but is not to be used again */
    struct loop_fd watch;
    struct loop_timer timer; /* of connecting and settling */
    struct waitq reader;     /* the fiber that leased it, while it waits for the server */
    uint64_t *prepared;      /* bitmap by statement id */
};

/* A scope that waits for a connection; on its fiber's stack. */
struct db_waiter {
    struct db_waiter *next;
    struct waitq q;
    struct db_conn *conn; /* handed over */
    bool refused;         /* the server cannot be reached */
};

struct db {
    struct db_conf conf;
    struct arena *arena;
    struct db_conn *conns;
    struct db_conn *idle; /* last used first */
    struct db_waiter *first, **end;
    unsigned waiting;
    unsigned ids;       /* statements that can be told apart; a multiple of 64 */
    unsigned connected; /* settling, idle and leased */
    unsigned connecting;
    bool up;
    bool ever_up;
    int64_t retry_us; /* no attempt before */
    int64_t backoff_us;
    struct loop_timer retry;
};

struct db_txn {
    struct db *db;
    struct scope *sc;
    struct db_conn *conn;
    bool begun;
    bool failed; /* only db_rollback helps */
};

enum db_step { DB_STEP_PREPARE, DB_STEP_BEGIN, DB_STEP_TENANT, DB_STEP_STATEMENT, DB_STEP_COMMIT };

/* One flush and what comes back for it. */
struct db_exchange {
    const struct db_statement *st; /* NULL: a commit alone */
    enum db_step steps[DB_STEPS_MAX];
    unsigned step_n, at;
    struct db_rows rows;
    enum err failed;
    int64_t due_us;
};

/* conn.c */
void db_conn_start(struct db_conn *c);
void db_conn_close(struct db_conn *c);
int64_t db_conn_limit_us(const struct db *db); /* how long one may take to be made, and to settle */
bool db_conn_is_broken(const struct db_conn *c);
bool db_conn_flush(struct db_conn *c); /* false: lost */

/* settle.c */
void db_conn_settle(struct db_conn *c); /* takes what has come; then the connection is ready or gone */
void db_conn_settle_start(struct db_conn *c);
void db_conn_on_event(struct loop_fd *w, uint32_t events);
/* Sends a rollback; the connection is given back when it is answered. */
void db_conn_rollback(struct db_conn *c);
/* Cancels what runs on the server, from a fiber of its own, and closes. */
void db_conn_abandon(struct db_conn *c);
void db_conn_drop(struct db_conn *c);

/* pool.c */
enum err db_lease(struct scope *sc, struct db *db, struct db_conn **out); /* parks */
void db_release(struct db_conn *c);                                       /* takes a broken or busy one too */
void db_pool_ready(struct db_conn *c);          /* connected or settled: to the next waiter, or idle */
void db_pool_gone(struct db *db, bool refused); /* a connection was lost, or an attempt failed */
void db_pool_unidle(struct db_conn *c);

/* result.c */
/* Takes one result of the exchange; a failure is recorded in the scope and in x. */
void db_result_take(struct scope *sc, struct db_conn *c, struct db_exchange *x, PGresult *r);
enum err db_lost(struct scope *sc);

/* migrate.c */
enum err db_blocking_open(struct scope *sc, const char *url, PGconn **out);
