#pragma once

#include "unit/tenants/tenant_kit.h"
#include "xref/xref_int.h"

/* One customer of one partner, and another partner's. */
struct world {
    struct tenant acme, globex;
    struct db *api, *worker;
};

static inline void world_make(struct world *w)
{
    CHECK_OK(crypto_start(test_scope()));
    given_schema();
    w->acme = given_tenant("acme");
    w->globex = given_tenant("globex");
    w->api = pool_as("tenon_api");
    w->worker = pool_as("tenon_worker");
}

static inline void world_end(struct world *w)
{
    db_close(w->api);
    db_close(w->worker);
}

static const struct xref_rule kit_fold = {XREF_CASE_FOLD, XREF_BLANKS_COLLAPSE, false};
static const struct xref_rule kit_exact = {XREF_CASE_EXACT, XREF_BLANKS_EXACT, false};

static inline struct xref_table given_table(struct world *w, const struct tenant *t, const char *name,
                                            const char *shape)
{
    struct scope *sc = scope_in(w->api, t);
    struct xref_table made = {.table_id = uuid_new(),
                              .customer_id = t->customer_id,
                              .name = name,
                              .shape = shape,
                              .key = kit_fold,
                              .value = kit_exact,
                              .row_version = 1};

    CHECK_OK(xref_table_create(sc, &made));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return made;
}

static inline struct xref_entry kit_entry(const char *key, const char *value)
{
    return (struct xref_entry){.entry_id = uuid_new(),
                               .key = key,
                               .value = value,
                               .valid_from_us = INT64_MIN,
                               .valid_to_us = INT64_MIN,
                               .changed_by = "the tests"};
}

static inline enum err put_entry(struct world *w, const struct tenant *who, const struct xref_table *t,
                                 const struct xref_entry *e)
{
    struct scope *sc = scope_in(w->api, who);
    enum err done = xref_entry_add(sc, t, e);

    if (done == OK)
        CHECK_OK(db_commit(sc));
    db_rollback(sc);
    scope_free(sc);
    return done;
}

static inline enum err put_words(struct world *w, const struct xref_table *t, const char *key, const char *value)
{
    struct xref_entry e = kit_entry(key, value);

    return put_entry(w, &w->acme, t, &e);
}

/* In the test's own scope. */
static inline const char *found(const struct xref_snapshot *s, const char *table, const char *key, int64_t at_us)
{
    struct str value;

    return xref_find(s, str_of(table), str_of(key), at_us, &value) ? str_dup(test_scope()->arena, value) : NULL;
}
