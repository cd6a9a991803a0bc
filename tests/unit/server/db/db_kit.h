#pragma once

#include "db/db.h"
#include "kit/loop.h"
#include "kit/pg.h"
#include "kit/test.h"

/* Statements by hand, and scopes on a pool of the private server. */
#define LIST(...) ((const unsigned[]){__VA_ARGS__})
#define STATEMENT(id_, text_, params_, param_count_, columns_, column_count_)                                          \
    {                                                                                                                  \
        .name = "test_" #id_, .text = (text_), .id = (id_), .param_count = (param_count_), .param_types = (params_),   \
        .column_count = (column_count_), .column_types = (columns_)                                                    \
    }

enum { BOOL = 16, BYTEA = 17, BIGINT = 20, INT = 23, TEXT = 25, TIMESTAMPTZ = 1184, UUID = 2950 };

static inline struct db *db_for_test(unsigned connections, unsigned waiters, int statement_timeout_ms)
{
    return db_open(&(struct db_conf){.url = test_pg_url(),
                                     .name = "test",
                                     .connections = connections,
                                     .waiters = waiters,
                                     .statement_timeout_ms = statement_timeout_ms,
                                     .first_wait_us = 15000000});
}

static inline struct scope *scope_on(struct db *db)
{
    struct scope *sc = scope_new();

    sc->db = db;
    return sc;
}

/* One statement as a whole transaction. */
static inline enum err ask(struct scope *sc, const struct db_statement *st, const struct db_value *params,
                           struct db_rows *out)
{
    db_commit_next(sc);
    return db_query(sc, st, params, out);
}
