#pragma once

#include "unit/tenants/drift/drift_kit.h"
#include "unit/tenants/tenant_kit.h"
#include "watch/watch_int.h"

/* One customer's connection, watched by a worker; a cache stands for a thread. */
struct world {
    struct tenant t;
    struct uuid connection;
    struct db *worker, *api;
};

static const char *const kit_reads[] = {"order_number", "currency",       "email",
                                        "held_by.kind", "line_items.sku", "line_items.quantity",
                                        "total_price",  "total_weight",   "shipping_lines.code"};

static inline void world_make(struct world *w)
{
    given_schema();
    w->t = given_tenant("acme");
    w->connection = given_connection(&w->t, "shopify");
    w->worker = pool_as("tenon_worker");
    w->api = pool_as("tenon_api");
}

static inline void world_end(struct world *w)
{
    db_close(w->worker);
    db_close(w->api);
}

/* What became of one payload. */
struct met {
    enum err e;
    enum drift_action action;
    struct uuid case_id;
    size_t cases;
    bool told;
    const char *reason;
};

struct how {
    bool again;
    bool alone; /* without a database */
    bool without_reads;
    const char *version; /* NULL: the usual one */
};

static inline struct met meet(struct world *w, struct watch_cache *cache, struct str text, const struct how *how)
{
    struct scope *sc = scope_in(how->alone ? NULL : w->worker, &w->t);
    struct watch_out *out = ARENA_NEW(sc->arena, struct watch_out);
    struct watch_in in = {.connection_id = w->connection,
                          .object = "order",
                          .version = how->version ? how->version : "2025-01",
                          .message_id = uuid_new(),
                          .reads = kit_reads,
                          .read_count = how->without_reads ? 0 : sizeof(kit_reads) / sizeof(*kit_reads),
                          .again = how->again};
    struct met m;

    CHECK_OK(doc_parse(sc, text, &in.payload));
    m.e = watch_payload_in(cache, sc, &in, out);
    m.action = out->action;
    m.cases = out->case_count;
    m.told = out->reason != NULL;
    m.reason = m.told ? arena_strdup(test_scope()->arena, out->reason) : NULL;
    if (out->case_count)
        m.case_id = out->cases[0];
    if (m.told && getenv("WATCH_TELL"))
        printf("# %s: %s\n", drift_action_name(out->action), out->reason);
    db_rollback(sc);
    scope_free(sc);
    return m;
}

#define USUAL  "{\"held_by\":\"location\",\"state\":\"paid\",\"weight\":500}"
#define OBJECT "{\"held_by\":{\"kind\":1},\"state\":\"paid\",\"weight\":500}"

static inline struct met sees(struct world *w, struct watch_cache *cache, const char *text, size_t times)
{
    struct met m = {.e = OK};

    for (size_t i = 0; i < times && m.e == OK; i++)
        m = meet(w, cache, str_of(text), &(struct how){0});
    CHECK_OK(m.e);
    return m;
}

static inline const char *cases_are(void)
{
    return sql("select coalesce(string_agg(what || ' ' || path || ' ' || state || ' ' || affected, ', '"
               " order by case_id), '') from drift_case");
}

static inline struct watch_case case_of(struct world *w, const struct uuid *case_id, struct scope **out_sc)
{
    struct scope *sc = scope_in(w->api, &w->t);
    struct watch_case c = {0};

    CHECK_OK(watch_case_get(sc, case_id, &c));
    *out_sc = sc;
    return c;
}

/* A person decides; how many go on. */
static inline size_t accept(struct world *w, const struct uuid *case_id)
{
    struct watch_waiting *v = NULL;
    struct scope *sc;
    struct watch_case c = case_of(w, case_id, &sc);
    size_t n = 0;

    CHECK_OK(watch_case_accept(sc, &c, "the tests", &v, &n));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return n;
}

static inline void dismiss(struct world *w, const struct uuid *case_id)
{
    struct scope *sc;
    struct watch_case c = case_of(w, case_id, &sc);

    CHECK_OK(watch_case_close(sc, &c, "the tests"));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
}
