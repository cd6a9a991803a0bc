#include <string.h>

#include "api/flow_int.h"
#include "audit/audit.h"
#include "connect/connect.h"

/* Which connections a flow calls by the names in its document, and which flow a connection's messages go through. */

struct role_view {
    const char *role;
    struct uuid connection_id;
    int64_t changed_at;
};

static const struct wire_field role_fields[] = {
    WIRE_TEXT(struct role_view, role, 64, "The name in the flow's document."),
    WIRE_ID(struct role_view, connection_id, "con", "The connection it stands for."),
    WIRE_TIME(struct role_view, changed_at, "When that was last said."),
    {},
};
static const struct wire role_wire = {"FlowConnection", sizeof(struct role_view), role_fields};

struct roles_view {
    struct uuid flow_id;
    struct wire_list connections;
};

static const struct wire_field roles_fields[] = {
    WIRE_ID(struct roles_view, flow_id, "flw", "The flow."),
    WIRE_LIST(struct roles_view, connections, &role_wire, FLOWS_ROLES_MAX, "By name."),
    {},
};
static const struct wire roles_wire = {"FlowConnections", sizeof(struct roles_view), roles_fields};

struct role_ask {
    struct uuid connection_id;
};

static const struct wire_field role_ask_fields[] = {
    WIRE_ID(struct role_ask, connection_id, "con", "A connection of the same customer."),
    {},
};
static const struct wire role_ask_wire = {"FlowConnectionChoice", sizeof(struct role_ask), role_ask_fields};

static enum err roles_answer(struct scope *sc, struct rs *rs, const struct flows_flow *f)
{
    struct roles_view view = {.flow_id = f->flow_id};
    struct flows_role *v;
    struct role_view *views;
    size_t n;

    TRY(sc, flows_roles(sc, &f->flow_id, &v, &n));
    views = ARENA_ARRAY(sc->arena, struct role_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct role_view){v[i].role, v[i].connection_id, v[i].changed_at_us};
    view.connections = (struct wire_list){views, n};
    return rs_json(sc, rs, 200, &roles_wire, &view);
}

static enum err roles_show(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_flow f;

    TRY(sc, api_flow_named(sc, rq, &f));
    return roles_answer(sc, rs, &f);
}

static enum err role_fits(struct scope *sc, struct str role)
{
    for (size_t i = 0; i < role.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-", role.p[i]))
            role.n = 0;
    if (role.n == 0 || role.n > 64)
        return FAIL(sc, ERR_NOT_FOUND, "a name has 1 to 64 letters, digits and _ . -");
    return OK;
}

static enum err role_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct str role = rq_param(rq, "role");
    struct connection c;
    struct flows_flow f;
    struct role_ask ask;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, role_fits(sc, role));
    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, rq_body(sc, rq, &role_ask_wire, &ask));
    TRY(sc, connection_get(sc, &ask.connection_id, &c));
    if (!uuid_equal(&c.customer_id, &f.customer_id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such connection");
    TRY(sc, flows_role_put(sc, &f, str_dup(sc->arena, role), &ask.connection_id));
    api_flow_note(sc, "flow.connection", &f, arena_f(sc->arena, "%s is \"%s\"", str_dup(sc->arena, role), c.name));
    return roles_answer(sc, rs, &f);
}

/* ---- the other way round ---- */

struct through_view {
    const char *object, *name;
    struct uuid flow_id;
    int64_t current_version, changed_at;
};

static const struct wire_field through_fields[] = {
    WIRE_TEXT(struct through_view, object, 64, "What the connection brings, as order."),
    WIRE_ID(struct through_view, flow_id, "flw", "The customer's flow it goes through."),
    WIRE_TEXT(struct through_view, name, FLOWS_NAME_MAX, "The flow's name."),
    WIRE_INT(struct through_view, current_version, 0, FLOWS_VERSIONS_MAX, "The version that works."),
    WIRE_TIME(struct through_view, changed_at, "When that was last said."),
    {},
};
static const struct wire through_wire = {"ConnectionFlow", sizeof(struct through_view), through_fields};

struct throughs_view {
    struct uuid connection_id;
    struct wire_list flows;
};

static const struct wire_field throughs_fields[] = {
    WIRE_ID(struct throughs_view, connection_id, "con", "The connection."),
    WIRE_LIST(struct throughs_view, flows, &through_wire, FLOWS_OBJECTS_MAX,
              "By object; what is not listed goes the way that comes with the product."),
    {},
};
static const struct wire throughs_wire = {"ConnectionFlows", sizeof(struct throughs_view), throughs_fields};

struct through_ask {
    struct uuid flow_id;
};

static const struct wire_field through_ask_fields[] = {
    WIRE_ID(struct through_ask, flow_id, "flw",
            "A flow of the same customer, published, whose trigger is a message of this system and object."),
    {},
};
static const struct wire through_ask_wire = {"ConnectionFlowChoice", sizeof(struct through_ask), through_ask_fields};

static enum err connection_named(struct scope *sc, const struct rq *rq, struct connection *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "connection_id", "con", &id));
    return connection_get(sc, &id, out);
}

static enum err throughs_answer(struct scope *sc, struct rs *rs, const struct connection *c)
{
    struct throughs_view view = {.connection_id = c->connection_id};
    struct flows_through *v;
    struct through_view *views;
    size_t n;

    TRY(sc, flows_through_list(sc, &c->connection_id, &v, &n));
    views = ARENA_ARRAY(sc->arena, struct through_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct through_view){v[i].object, v[i].name, v[i].flow_id, v[i].current, v[i].changed_at_us};
    view.flows = (struct wire_list){views, n};
    return rs_json(sc, rs, 200, &throughs_wire, &view);
}

static void through_note(struct scope *sc, const struct connection *c, const char *detail)
{
    audit_note(sc, &(struct audit_act){.action = "connection.flow",
                                       .object_kind = "con",
                                       .object_id = c->connection_id,
                                       .has_customer = true,
                                       .customer_id = c->customer_id,
                                       .detail = detail});
}

static enum err throughs_show(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;

    TRY(sc, connection_named(sc, rq, &c));
    return throughs_answer(sc, rs, &c);
}

static enum err through_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *object = str_dup(sc->arena, rq_param(rq, "source_object"));
    struct through_ask ask;
    struct connection c;
    struct flows_flow f;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, connection_named(sc, rq, &c));
    TRY(sc, rq_body(sc, rq, &through_ask_wire, &ask));
    TRY(sc, flows_get(sc, &ask.flow_id, &f));
    if (!uuid_equal(&c.customer_id, &f.customer_id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such flow");
    TRY(sc, flows_through_put(sc, &f, &c.connection_id, c.connector, object));
    through_note(sc, &c, arena_f(sc->arena, "%s through \"%s\"", object, f.name));
    return throughs_answer(sc, rs, &c);
}

static enum err through_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *object = str_dup(sc->arena, rq_param(rq, "source_object"));
    struct connection c;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, connection_named(sc, rq, &c));
    TRY(sc, flows_through_delete(sc, &c.connection_id, object));
    through_note(sc, &c, arena_f(sc->arena, "%s the way of the product", object));
    return throughs_answer(sc, rs, &c);
}

#define ROLES    "/v1/flows/{flow_id}/connections"
#define THROUGHS "/v1/connections/{connection_id}/flows"

const struct route api_flow_connection_routes[] = {
    {GET, ROLES, roles_show, .may = PERMISSION_FLOWS_READ, .answers = &roles_wire, .name = "flows.connections",
     .summary = "Which connections a flow calls by the names in its document."},
    {PUT, ROLES "/{role}", role_put, .may = PERMISSION_FLOWS_WRITE, .takes = &role_ask_wire, .answers = &roles_wire,
     .name = "flows.set_connection", .summary = "Says which connection a name in the flow's document stands for."},
    {GET, THROUGHS, throughs_show, .may = PERMISSION_FLOWS_READ, .answers = &throughs_wire, .name = "connections.flows",
     .summary = "Which flows the messages of a connection go through."},
    {PUT, THROUGHS "/{source_object}", through_put, .may = PERMISSION_FLOWS_PUBLISH, .takes = &through_ask_wire,
     .answers = &throughs_wire, .name = "connections.set_flow",
     .summary = "Lets messages that come from now on go through a flow of the customer's."},
    {DELETE, THROUGHS "/{source_object}", through_delete, .may = PERMISSION_FLOWS_PUBLISH, .answers = &throughs_wire,
     .name = "connections.unset_flow", .summary = "Lets them go the way that comes with the product again."},
    {},
};
