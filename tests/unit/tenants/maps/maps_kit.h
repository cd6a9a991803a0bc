#pragma once

#include "maps/maps.h"
#include "unit/tenants/tenant_kit.h"

/* Two partners with a customer each, and the API's role. */
struct world {
    struct tenant acme, globex;
    struct db *api;
    struct uuid ann, ben; /* people */
};

static inline void world_make(struct world *w)
{
    CHECK_OK(crypto_start(test_scope()));
    given_schema();
    w->acme = given_tenant("acme");
    w->globex = given_tenant("globex");
    w->api = pool_as("tenon_api");
    w->ann = uuid_new();
    w->ben = uuid_new();
}

static inline void world_end(struct world *w)
{
    db_close(w->api);
}

static inline struct scope *as(struct world *w, const struct uuid *who)
{
    struct scope *sc = scope_in(w->api, &w->acme);

    sc->actor = ACTOR_USER;
    sc->actor_id = *who;
    return sc;
}

static inline enum err done(struct scope *sc, enum err e)
{
    if (e == OK)
        e = db_commit(sc);
    else
        db_rollback(sc);
    return e;
}

/* "validation 422", or what else the scope's failure is called. */
static inline const char *kit_problem(struct scope *sc)
{
    return scope_fault(sc)->problem ? scope_fault(sc)->problem : "none";
}

/* A document with the number and these rules alone: no order can come of it. */
static inline struct str kit_part(const char *rules)
{
    static char texts[8][4096];
    static unsigned next;
    char *text = texts[next++ % 8];

    snprintf(text, sizeof(texts[0]),
             "{\"format\": \"mapping/1\", \"source\": {\"system\": \"shopify\", \"object\": \"order\"}, "
             "\"target\": \"sales_order/1\", \"rules\": [{\"to\": \"/number\", \"expr\": \"name\"}, %s]}",
             rules);
    return str_of(text);
}

/* And with what else every order has. */
static inline struct str kit_document(const char *rule)
{
    static const char rest[] =
        "{\"to\": \"/natural_key\", \"constant\": \"1\"}, {\"to\": \"/total\", \"constant\": \"1\"}, "
        "{\"to\": \"/placed_at\", \"constant\": \"2026-11-20T08:00:00Z\"}, "
        "{\"to\": \"/updated_at\", \"constant\": \"2026-11-20T08:00:00Z\"}, "
        "{\"to\": \"/lines\", \"constant\": [{\"quantity\": \"1\", \"unit_price\": \"1\"}]}";
    const char *currency = strstr(rule, "rency\"") ? "" : ", {\"to\": \"/currency\", \"constant\": \"USD\"}";

    return kit_part(arena_f(test_scope()->arena, "%s%s, %s", rule, currency, rest));
}

#define KIT_DOLLARS kit_document("{\"to\": \"/currency\", \"constant\": \"USD\"}")
#define KIT_EUROS   kit_document("{\"to\": \"/currency\", \"constant\": \"EUR\"}")
#define KIT_FAULTY  kit_document("{\"to\": \"/curency\", \"constant\": \"EUR\"}")

static inline struct uuid kit_mapping(struct world *w, bool needs_review)
{
    struct maps_mapping m = {.customer_id = w->acme.customer_id,
                             .mapping_id = uuid_new(),
                             .name = "Orders",
                             .source_system = "shopify",
                             .source_object = "order",
                             .target = "sales_order/1",
                             .needs_review = needs_review};
    struct scope *sc = as(w, &w->ann);

    CHECK_OK(done(sc, maps_create(sc, &m)));
    scope_free(sc);
    return m.mapping_id;
}

static inline int32_t kit_save(struct world *w, const struct uuid *id, struct str document)
{
    struct scope *sc = as(w, &w->ann);
    int32_t number = 0;

    CHECK_OK(done(sc, maps_save(sc, id, &(struct maps_draft){.document = document}, &number)));
    scope_free(sc);
    return number;
}

/* "1 of 3, 2 for 100": current, newest, rolling and its thousandths. */
static inline const char *kit_state(const struct uuid *mapping)
{
    return sql("select coalesce(current_version, 0) || ' of ' || versions ||"
               " coalesce(', ' || rolling_version || ' for ' || share, '') from mapping where mapping_id = '%s'",
               id(mapping));
}

static inline const char *kit_statuses(const struct uuid *mapping)
{
    return sql("select string_agg(status, ' ' order by number) from mapping_version where mapping_id = '%s'",
               id(mapping));
}
