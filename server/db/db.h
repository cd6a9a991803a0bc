#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* db: PostgreSQL, asked by typed statements that sqlgen makes from sql/queries. Hides libpq.
 *
 * One pool per thread and role; a transaction leases one connection from it. Nothing is sent before the
 * first statement: begin, the tenant (set_config, local to the transaction) and the statement go in
 * one flush. With db_commit_next the commit rides along as well; when nothing was sent before, the
 * statement, the tenant and the end are one implicit transaction.
 * The fact people get wrong: a statement that failed has ended its transaction; only db_rollback helps.
 * All functions that take a scope park unless said otherwise.
 */
struct db;

struct db_conf {
    const char *url;      /* libpq connection string, role included */
    const char *name;     /* for logs and metrics: "api", "worker", "intake", "dispatch" */
    unsigned connections; /* most of this pool */
    unsigned waiters;     /* scopes that may wait for one; more get ERR_UNAVAILABLE with a time */
    int statement_timeout_ms;
    int64_t first_wait_us; /* how long scopes wait for the pool's first connection, and how long that may take to be
                              made; 0: DB_COLD_US, for those that answer somebody who can come again */
    bool no_tenant;        /* a pool whose role is not bound to a tenant: set_config is not sent */
};

/* Opens nothing yet: connections are made on demand, and again with backoff after a loss. */
struct db *db_open(const struct db_conf *conf);
void db_close(struct db *db);       /* every scope must have ended */
bool db_is_up(const struct db *db); /* the last connection attempt or statement reached the server */

/* Values in the binary wire format; sqlgen's code fills and reads them. */
struct db_value {
    const void *p; /* NULL: null */
    int n;
};

struct db_statement {
    const char *name;
    const char *text; /* $1… */
    unsigned id;      /* index over all statements of the program */
    unsigned param_count;
    const unsigned *param_types; /* type oids */
    unsigned column_count;
    const unsigned *column_types;
    const bool *column_nullable; /* a null elsewhere is a defect; NULL: any column may be null */
};

struct db_rows {
    size_t n;
    unsigned columns;
    struct db_value *cells; /* n * columns, in the scope's arena */
    int64_t affected;
};

extern const struct db_statement *const db_statements[]; /* generated; ends with NULL */
extern const unsigned db_statement_count;

enum err db_query(struct scope *sc, const struct db_statement *st, const struct db_value *params, struct db_rows *out);

/* Declares that the next statement is the last of its transaction, which it then commits. */
void db_commit_next(struct scope *sc);
/* OK also when nothing was begun. A lost answer gives ERR_UNAVAILABLE: the outcome is unknown. */
enum err db_commit(struct scope *sc);
void db_rollback(struct scope *sc); /* never fails; takes a scope without a transaction */

/* Applies sql/migrations in order under an advisory lock; blocking, for tools and start-up before any loop. */
enum err db_migrate(struct scope *sc, const char *url, const char *folder);
/* Every table with a tenant column must have row security enabled and forced by policies that ask for the tenant, owned
 * by nobody who serves; and who connects by this url must be that role, which no row security passes over.
 * ERR_CONFLICT names the first fault. Blocking. */
enum err db_check_isolation(struct scope *sc, const char *url, const char *role);

/* Encoding helpers for the generated code; no parking. */
struct db_value db_put_uuid(struct scope *sc, const struct uuid *v);
struct db_value db_put_text(const char *v); /* NULL: null */
struct db_value db_put_bytes(struct bytes v);
struct db_value db_put_int(struct scope *sc, int32_t v);
struct db_value db_put_bigint(struct scope *sc, int64_t v);
struct db_value db_put_bool(bool v);
struct db_value db_put_time(struct scope *sc, int64_t us);
struct db_value db_put_uuids(struct scope *sc, const struct uuid *v, size_t n);
struct db_value db_put_texts(struct scope *sc, const char *const *v, size_t n);
struct db_value db_put_bytess(struct scope *sc, const struct bytes *v, size_t n);
struct db_value db_put_ints(struct scope *sc, const int32_t *v, size_t n);
struct db_value db_put_bigints(struct scope *sc, const int64_t *v, size_t n);
struct db_value db_put_bools(struct scope *sc, const bool *v, size_t n);
struct db_value db_put_times(struct scope *sc, const int64_t *v, size_t n);
struct uuid db_get_uuid(const struct db_value *v);
const char *db_get_text(struct scope *sc, const struct db_value *v); /* NULL for null */
struct bytes db_get_bytes(const struct db_value *v);
int32_t db_get_int(const struct db_value *v);
int64_t db_get_bigint(const struct db_value *v);
bool db_get_bool(const struct db_value *v);
int64_t db_get_time(const struct db_value *v);
