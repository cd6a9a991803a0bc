#pragma once

#include "backtest_kit.h"
#include "unit/tenants/tenant_kit.h"

/* A customer with a shop, a mapping of its orders and people; a second one that must see none of it. */
struct world {
    struct tenant acme, globex;
    struct db *api, *worker, *dispatch;
    struct uuid shop, mapping_id;
};

static inline struct scope *kit_as(struct db *db, const struct tenant *t)
{
    struct scope *sc = scope_in(db, t);

    sc->actor = ACTOR_USER;
    sc->actor_id = uuid_new();
    return sc;
}

static inline enum err kit_done(struct scope *sc, enum err e)
{
    if (e == OK)
        e = db_commit(sc);
    else
        db_rollback(sc);
    return e;
}

static inline int32_t kit_save(struct world *w, const char *rules)
{
    struct scope *sc = kit_as(w->api, &w->acme);
    struct maps_draft d = {
        .document = kit_json(arena_f(test_scope()->arena,
                                     "{'format': 'mapping/1', 'source': {'system': 'shopify', 'object': 'order'}, "
                                     "'target': 'sales_order/1', 'rules': [" KIT_RULES "%s%s]}",
                                     *rules ? ", " : "", rules))};
    int32_t number = 0;

    CHECK_OK(kit_done(sc, maps_save(sc, &w->mapping_id, &d, &number)));
    scope_free(sc);
    return number;
}

static inline void world_make(struct world *w)
{
    struct maps_mapping m = {.name = "Orders",
                             .source_system = "shopify",
                             .source_object = "order",
                             .target = "sales_order/1",
                             .needs_backtest = true};
    struct scope *sc;

    CHECK_OK(crypto_start(test_scope()));
    given_schema();
    w->acme = given_tenant("acme");
    w->globex = given_tenant("globex");
    w->api = pool_as("tenon_api");
    w->worker = pool_as("tenon_worker");
    w->dispatch = pool_as("tenon_dispatch");
    w->shop = given_connection(&w->acme, "shopify");
    w->mapping_id = m.mapping_id = uuid_new();
    m.customer_id = w->acme.customer_id;
    sc = kit_as(w->api, &w->acme);
    CHECK_OK(kit_done(sc, maps_create(sc, &m)));
    scope_free(sc);
}

static inline void world_end(struct world *w)
{
    db_close(w->api);
    db_close(w->worker);
    db_close(w->dispatch);
}

static inline struct uuid kit_message(struct world *w, const char *body)
{
    return given_message(&w->acme, &w->shop, kit_json(body).p);
}

static inline enum err kit_ask(struct world *w, const struct backtest_ask *ask, struct uuid *out)
{
    struct scope *sc = kit_as(w->api, &w->acme);
    struct maps_mapping m;
    enum err e;

    CHECK_OK(maps_get(sc, &w->mapping_id, &m));
    e = backtest_ask(sc, &m, ask, out);
    if (e != OK) { /* what was wrong is told by the test's own scope */
        const struct fault *f = scope_fault(sc);

        (void)FAIL(test_scope(), e, "%s", f->message);
        if (f->items)
            scope_item(test_scope(), arena_strdup(test_scope()->arena, f->items->pointer), "wrong", "wrong");
    }
    e = kit_done(sc, e);
    scope_free(sc);
    return e;
}

static inline struct uuid kit_asked(struct world *w, int32_t number, int32_t against)
{
    struct uuid id = {{0}};

    CHECK_OK(kit_ask(w, &(struct backtest_ask){.number = number, .against = against, .last_messages = 1000}, &id));
    return id;
}

static inline bool kit_claim(struct world *w, struct backtest_claim *out)
{
    struct scope *sc = scope_in(w->dispatch, NULL);
    bool found = false;

    CHECK_OK(backtest_claim(sc, out, &found));
    scope_free(sc);
    return found;
}

static inline void kit_make(struct world *w, const struct backtest_claim *c, const bool *stop)
{
    struct tenant t = {true, true, c->partner_id, c->customer_id};
    struct scope *sc = scope_in(w->worker, &t);

    CHECK_OK(backtest_make(sc, c, stop));
    db_rollback(sc);
    scope_free(sc);
}

/* Claims and runs what waits. */
static inline void kit_work(struct world *w)
{
    static const bool never;
    struct backtest_claim c;

    CHECK(kit_claim(w, &c));
    kit_make(w, &c, &never);
}

/* "done 3 3 0 0 0 0" */
static inline const char *kit_row(const struct uuid *backtest)
{
    return sql("select concat_ws(' ', state, records, same, changed, newly_failing, newly_passing, still_failing)"
               " from backtest where backtest_id = '%s'",
               id(backtest));
}
