#pragma once

#include "lifecycle/lifecycle.h"
#include "sys/fiber.h"
#include "unit/tenants/org/org_kit.h"

/* Two partners with a customer each, and this process with both key-encryption keys. */
struct world {
    struct secret *edge, *connection;
    struct tenant acme, globex;
    struct db *api, *worker, *operator_, *dispatch;
};

static inline struct world world_make(void)
{
    struct world w;

    given_schema();
    given_keks(&w.edge, &w.connection);
    w.acme = given_partner("acme");
    w.globex = given_partner("globex");
    w.api = pool_as("tenon_api");
    w.worker = pool_as("tenon_worker");
    w.operator_ = pool_as("tenon_operator");
    w.dispatch = pool_as("tenon_dispatch");
    return w;
}

static inline void world_end(struct world *w)
{
    db_close(w->api);
    db_close(w->worker);
    db_close(w->operator_);
    db_close(w->dispatch);
    secret_free(w->edge);
    secret_free(w->connection);
}

/* As the whole partner. */
static inline struct scope *partner_scope(struct db *db, const struct tenant *t)
{
    struct scope *sc;

    fiber_yield(); /* after what blocked, as in given_schema */
    sc = scope_in(db, t);
    sc->tenant.has_customer = false;
    return sc;
}
