#include <string.h>

#include "api/customer_int.h"
#include "api/flow_int.h"
#include "audit/audit.h"

/* Flows as wholes: their names, whether they run, which version works, and which connections they call. */

static const char *const states[] = {"active", "paused", "draining", NULL};
static const char *const shadows[] = {"off", "on", NULL};

struct flow_view {
    struct uuid id, customer_id;
    const char *name, *state;
    const char *shadow;
    int64_t newest_version, current_version, created_at, changed_at;
};

static const struct wire_field flow_fields[] = {
    WIRE_ID(struct flow_view, id, "flw", "This flow."),
    WIRE_ID(struct flow_view, customer_id, "cus", "Whose it is."),
    WIRE_TEXT(struct flow_view, name, FLOWS_NAME_MAX, "What people, and flows that call it, call it."),
    WIRE_ENUM(
        struct flow_view, state, states,
        "active; paused: no run is begun, and those that come wait; draining: runs that wait are done, and no new "
        "one is taken."),
    WIRE_ENUM(struct flow_view, shadow, shadows,
              "on: the effects of runs that begin from now on are only planned, and kept as they would be sent."),
    WIRE_INT(struct flow_view, newest_version, 0, FLOWS_VERSIONS_MAX, "The newest version's number; 0: none yet."),
    WIRE_INT(struct flow_view, current_version, 0, FLOWS_VERSIONS_MAX, "The version that works; 0: none."),
    WIRE_TIME(struct flow_view, created_at, "When it was made."),
    WIRE_TIME(struct flow_view, changed_at, "When it or its set of versions was last changed."),
    {},
};
const struct wire api_flow_wire = {"Flow", sizeof(struct flow_view), flow_fields};

struct flow_ask {
    const char *name, *state, *shadow;
};

static const struct wire_field new_fields[] = {
    WIRE_TEXT(struct flow_ask, name, FLOWS_NAME_MAX, "What people call it, one of its kind at the customer."),
    {},
};
static const struct wire new_wire = {"FlowNew", sizeof(struct flow_ask), new_fields};

static const struct wire_field change_fields[] = {
    WIRE_TEXT_OR_NULL(struct flow_ask, name, FLOWS_NAME_MAX, "What people call it; absent: as it is."),
    {.name = "shadow",
     .kind = WIRE_KIND_ENUM,
     .offset = offsetof(struct flow_ask, shadow),
     .names = shadows,
     .optional = true,
     .meaning = "on: effects are only planned, and nothing is sent; absent: as it is."},
    {},
};
static const struct wire change_wire = {"FlowChange", sizeof(struct flow_ask), change_fields};

static struct flow_view view_of(const struct flows_flow *f)
{
    return (struct flow_view){.id = f->flow_id,
                              .customer_id = f->customer_id,
                              .name = f->name,
                              .state = f->state,
                              .shadow = shadows[f->shadow],
                              .newest_version = f->versions,
                              .current_version = f->current,
                              .created_at = f->created_at_us,
                              .changed_at = f->changed_at_us};
}

enum err api_flow_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id)
{
    struct flow_view view;
    struct flows_flow f;

    TRY(sc, flows_get(sc, id, &f));
    view = view_of(&f);
    rs_version(sc, rs, f.row_version);
    return rs_json(sc, rs, status, &api_flow_wire, &view);
}

enum err api_flow_named(struct scope *sc, const struct rq *rq, struct flows_flow *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "flow_id", "flw", &id));
    return flows_get(sc, &id, out);
}

enum err api_flow_writer(struct scope *sc)
{
    return sc->tenant.has_brand ? FAIL(sc, ERR_FORBIDDEN, "only who speaks for all store brands can change a flow")
                                : OK;
}

void api_flow_note(struct scope *sc, const char *action, const struct flows_flow *f, const char *detail)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "flw",
                                       .object_id = f->flow_id,
                                       .has_customer = true,
                                       .customer_id = f->customer_id,
                                       .detail = detail});
}

static enum err flows_page(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct uuid *customer = sc->tenant.has_customer ? &sc->tenant.customer_id : NULL;
    struct flow_view *views;
    struct flows_flow *rows;
    const char *cursor = NULL;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", FLOW_PAGE_DEFAULT, 1, FLOW_PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("flows"), &after));
    TRY(sc, flows_list(sc, customer, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("flows"), (struct bytes){rows[n - 1].flow_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct flow_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &api_flow_wire, views, n, cursor);
}

static enum err flow_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_flow f;

    TRY(sc, api_flow_named(sc, rq, &f));
    return api_flow_answer(sc, rs, 200, &f.flow_id);
}

/* What the unique index refused. */
static enum err taken(struct scope *sc, enum err e)
{
    return e == ERR_CONFLICT && !scope_fault(sc)->problem
               ? scope_wrong(sc, "/name", "taken", "another flow of the customer has this name")
               : e;
}

static enum err flow_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_flow f = {.flow_id = uuid_new()};
    struct flow_ask ask;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, api_customer_of(sc, rq, &f.customer_id));
    TRY(sc, rq_body(sc, rq, &new_wire, &ask));
    TRY(sc, org_customer_get(sc, &f.customer_id, NULL, &(struct org_customer){0}));
    f.name = ask.name;
    TRY(sc, taken(sc, flows_create(sc, &f)));
    api_flow_note(sc, "flow.create", &f, NULL);
    return api_flow_answer(sc, rs, 201, &f.flow_id);
}

static enum err flow_change(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flow_ask ask;
    struct flows_flow f;
    int64_t version;
    bool changed;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, rq_body(sc, rq, &change_wire, &ask));
    if (f.row_version != version)
        return rq_stale(sc, f.row_version);
    f.name = ask.name ? ask.name : f.name;
    f.shadow = ask.shadow ? strcmp(ask.shadow, "on") == 0 : f.shadow;
    TRY(sc, taken(sc, flows_change(sc, &f, &changed)));
    if (!changed)
        return rq_stale(sc, f.row_version + 1);
    api_flow_note(sc, "flow.change", &f, arena_f(sc->arena, "shadow %s", shadows[f.shadow]));
    return api_flow_answer(sc, rs, 200, &f.flow_id);
}

static enum err flow_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_customer customer;
    struct flows_flow f;
    int64_t version;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, api_flow_named(sc, rq, &f));
    if (f.row_version != version)
        return rq_stale(sc, f.row_version);
    TRY(sc, org_customer_get(sc, &f.customer_id, NULL, &customer));
    if (strcmp(customer.status, "active") != 0)
        return api_suspended(sc);
    TRY(sc, flows_delete(sc, &f));
    api_flow_note(sc, "flow.delete", &f, NULL);
    return rs_empty(sc, rs, 204);
}

static enum err flow_roll_back(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_flow f;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, flows_roll_back(sc, &f.flow_id));
    api_flow_note(sc, "flow.rollback", &f, arena_f(sc->arena, "version %d", f.current));
    return api_flow_answer(sc, rs, 200, &f.flow_id);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

#define ONE "/v1/flows/{flow_id}"

const struct route api_flow_routes[] = {
    {GET, "/v1/flows", flows_page, .may = PERMISSION_FLOWS_READ, .answers = &api_flow_wire, .query = list_query,
     .paged = true, .name = "flows.list", .summary = "Lists flows, oldest first."},
    {POST, "/v1/flows", flow_create, .may = PERMISSION_FLOWS_WRITE, .takes = &new_wire, .answers = &api_flow_wire,
     .idempotent = true, .status = 201, .name = "flows.create", .summary = "Makes a flow, as yet without a version."},
    {GET, ONE, flow_get, .may = PERMISSION_FLOWS_READ, .answers = &api_flow_wire, .etag = true, .name = "flows.get",
     .summary = "One flow and which version of it works."},
    {PATCH, ONE, flow_change, .may = PERMISSION_FLOWS_PUBLISH, .takes = &change_wire, .answers = &api_flow_wire,
     .etag = true, .name = "flows.update", .summary = "Changes a flow's name, or sends its runs into shadow."},
    {DELETE, ONE, flow_delete, .may = PERMISSION_FLOWS_WRITE, .etag = true, .name = "flows.delete",
     .summary = "Takes a flow away of which no version was ever published."},
    {POST, ONE "/rollback", flow_roll_back, .may = PERMISSION_FLOWS_PUBLISH, .answers = &api_flow_wire,
     .idempotent = true, .name = "flows.rollback", .summary = "Lets the version before work again."},
    {},
};
