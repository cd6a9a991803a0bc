#include "live/live.h"
#include "api/customer_int.h"
#include "api/mapping_int.h"
#include "audit/audit.h"
#include "connect/connect.h"

/* Which mapping the records of a connection go through. */

struct assigned_view {
    const char *object, *target;
    struct uuid mapping_id;
    const char *name;
    int64_t current_version, rolling_version, share, changed_at;
};

static const struct wire_field assigned_fields[] = {
    WIRE_TEXT(struct assigned_view, object, 80, "What the connection brings, as order."),
    WIRE_TEXT(struct assigned_view, target, 60, "What becomes of it, as sales_order/1."),
    WIRE_ID_OR_NULL(struct assigned_view, mapping_id, "map",
                    "The customer's mapping it goes through; null: the one that comes with the product."),
    WIRE_TEXT_OR_NULL(struct assigned_view, name, MAPS_NAME_MAX, "The mapping's name; null likewise."),
    WIRE_INT(struct assigned_view, current_version, 0, MAPS_VERSIONS_MAX, "The version that works; 0: the product's."),
    WIRE_INT(struct assigned_view, rolling_version, 0, MAPS_VERSIONS_MAX, "A newer one for a share of them; 0: none."),
    WIRE_INT(struct assigned_view, share, 0, 99, "How many of a hundred records go through that one."),
    WIRE_TIME(struct assigned_view, changed_at, "When it was last decided; null: never."),
    {},
};
static const struct wire assigned_wire = {"ConnectionMapping", sizeof(struct assigned_view), assigned_fields};

struct connection_mappings_view {
    struct uuid connection_id;
    struct wire_list mappings;
};

static const struct wire_field all_fields[] = {
    WIRE_ID(struct connection_mappings_view, connection_id, "con", "The connection."),
    WIRE_LIST(struct connection_mappings_view, mappings, &assigned_wire, LIVE_OBJECTS_MAX,
              "One for each object that the connection brings."),
    {},
};
static const struct wire all_wire = {"ConnectionMappings", sizeof(struct connection_mappings_view), all_fields};

struct assign_ask {
    struct uuid mapping_id;
};

static const struct wire_field ask_fields[] = {
    WIRE_ID(struct assign_ask, mapping_id, "map",
            "A mapping of the same customer for this object, of which a version is published."),
    {},
};
static const struct wire ask_wire = {"ConnectionMappingChoice", sizeof(struct assign_ask), ask_fields};

static enum err connection_named(struct scope *sc, const struct rq *rq, struct connection *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "connection_id", "con", &id));
    return connection_get(sc, &id, out);
}

static enum err answer(struct scope *sc, struct rs *rs, const struct connection *c)
{
    struct connection_mappings_view view = {.connection_id = c->connection_id};
    struct assigned_view *views;
    struct live_assigned *v;
    size_t n;

    TRY(sc, live_list(sc, c, &v, &n));
    views = ARENA_ARRAY(sc->arena, struct assigned_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct assigned_view){v[i].object,  v[i].target,  v[i].mapping_id, v[i].name,
                                          v[i].current, v[i].rolling, v[i].share / 10, v[i].changed_at_us};
    view.mappings = (struct wire_list){views, n};
    return rs_json(sc, rs, 200, &all_wire, &view);
}

static enum err live_show(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;

    TRY(sc, connection_named(sc, rq, &c));
    return answer(sc, rs, &c);
}

static void note(struct scope *sc, const struct connection *c, const char *detail)
{
    audit_note(sc, &(struct audit_act){.action = "connection.mapping",
                                       .object_kind = "con",
                                       .object_id = c->connection_id,
                                       .has_customer = true,
                                       .customer_id = c->customer_id,
                                       .detail = detail});
}

static enum err live_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct maps_mapping m;
    struct assign_ask ask;
    struct connection c;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, connection_named(sc, rq, &c));
    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    TRY(sc, maps_get(sc, &ask.mapping_id, &m));
    TRY(sc, live_assign(sc, &c, rq_param(rq, "source_object"), &m));
    note(sc, &c, arena_f(sc->arena, "%s through \"%s\"", m.source_object, m.name));
    return answer(sc, rs, &c);
}

static enum err live_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, connection_named(sc, rq, &c));
    TRY(sc, live_assign(sc, &c, rq_param(rq, "source_object"), NULL));
    note(
        sc, &c,
        arena_f(sc->arena, "%s through the mapping of the product", str_dup(sc->arena, rq_param(rq, "source_object"))));
    return answer(sc, rs, &c);
}

#define ALL "/v1/connections/{connection_id}/mappings"

const struct route api_live_routes[] = {
    {GET, ALL, live_show, .may = PERMISSION_MAPPINGS_READ, .answers = &all_wire, .name = "connections.mappings",
     .summary = "Which mappings the records of a connection go through."},
    {PUT, ALL "/{source_object}", live_put, .may = PERMISSION_MAPPINGS_PUBLISH, .takes = &ask_wire,
     .answers = &all_wire, .name = "connections.set_mapping",
     .summary =
         "Lets records that come from now on, and those that are released, go through a mapping of the customer's."},
    {DELETE, ALL "/{source_object}", live_delete, .may = PERMISSION_MAPPINGS_PUBLISH, .answers = &all_wire,
     .name = "connections.unset_mapping",
     .summary = "Lets them go through the mapping that comes with the product again."},
    {},
};
