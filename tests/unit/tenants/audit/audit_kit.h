#pragma once

#include "audit/audit_int.h"
#include "crypto/crypto.h"
#include "unit/tenants/tenant_kit.h"

struct world {
    struct db *api;
    struct tenant acme, globex;
};

static inline void world_make(struct world *w)
{
    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    w->acme = given_tenant("acme");
    w->globex = given_tenant("globex");
    w->api = pool_as("tenon_api");
    fiber_yield(); /* all this blocked: time-outs would start at its beginning */
}

/* A request of a key of the whole partner. */
static inline struct scope *asking(const struct world *w, const struct tenant *t)
{
    struct scope *sc = scope_in(w->api, t);

    sc->tenant.has_customer = false;
    sc->actor = ACTOR_API_KEY;
    sc->actor_id = uuid_new();
    sc->address = "192.0.2.7";
    sc->request_id = uuid_new();
    return sc;
}

static inline void note(struct scope *sc, const char *action)
{
    audit_note(sc, &(struct audit_act){.action = action, .object_kind = "con", .object_id = uuid_new()});
}

/* "ok", or the first place at which the stored chain of a partner is not one. */
static inline const char *chain_of(const struct tenant *t)
{
    return sql("select coalesce(min(what), 'ok') from (select case"
               " when seq <> row_number() over w then 'gap at ' || seq"
               " when prev_hash <> coalesce(lag(hash) over w, decode(repeat('00', 32), 'hex')) then 'fork at ' || seq"
               " end as what from audit_entry where partner_id = '%s' window w as (order by seq)) x",
               id(&t->partner_id));
}
