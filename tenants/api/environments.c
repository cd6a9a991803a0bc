#include "api/customer_int.h"
#include "audit/audit.h"
#include "db/db.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

static const char *const kinds[] = {"live", "sandbox", NULL};
static const char *const new_kinds[] = {"sandbox", NULL};

struct environment_view {
    struct uuid id, customer_id;
    const char *kind;
    int64_t created_at;
};

static const struct wire_field environment_fields[] = {
    WIRE_ID(struct environment_view, id, "env", "This environment."),
    WIRE_ID(struct environment_view, customer_id, "cus", "Whose it is."),
    WIRE_ENUM(struct environment_view, kind, kinds, "Whether what happens in it is real, or a try."),
    WIRE_TIME(struct environment_view, created_at, "When it was made."),
    {},
};
static const struct wire environment_wire = {"Environment", sizeof(struct environment_view), environment_fields};

static const struct wire_field new_fields[] = {
    WIRE_ENUM(struct environment_view, kind, new_kinds, "A customer without a sandbox can be given one."),
    {},
};
static const struct wire new_wire = {"EnvironmentNew", sizeof(struct environment_view), new_fields};

static struct environment_view view_of(const struct org_environment *e)
{
    return (struct environment_view){e->environment_id, e->customer_id, e->kind, e->created_at_us};
}

static enum err environments_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct environment_view *views;
    struct org_environment *rows;
    const char *cursor = NULL;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("environments"), &after));
    TRY(sc, org_environment_list(sc, sc->tenant.has_customer ? &sc->tenant.customer_id : NULL, &after,
                                 (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("environments"), (struct bytes){rows[n - 1].environment_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct environment_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &environment_wire, views, n, cursor);
}

/* Customers that were made before sandboxes have none. */
static enum err environments_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct environment_view view;
    struct org_environment *rows;
    struct uuid customer, id, nil = {0};
    enum err e;
    size_t n;

    if (sc->tenant.has_brand)
        return FAIL(sc, ERR_FORBIDDEN, "only who speaks for all store brands can make an environment");
    TRY(sc, api_customer_of(sc, rq, &customer));
    TRY(sc, rq_body(sc, rq, &new_wire, &view));
    TRY(sc, org_environment(sc, &customer, &id));
    e = org_environment_add(sc, &customer, view.kind);
    if (e == ERR_CONFLICT && !scope_fault(sc)->problem) {
        scope_clear(sc);
        e = FAIL(sc, ERR_CONFLICT, "the customer has its sandbox already");
    }
    TRY(sc, e);
    TRY(sc, org_environment_find(sc, &customer, view.kind, &id));
    TRY(sc, org_environment_list(sc, &customer, &nil, 10, &rows, &n));
    for (size_t i = 0; i < n; i++)
        if (uuid_equal(&rows[i].environment_id, &id))
            view = view_of(&rows[i]);
    audit_note(sc, &(struct audit_act){.action = "environment.create",
                                       .object_kind = "env",
                                       .object_id = id,
                                       .has_customer = true,
                                       .customer_id = customer});
    return rs_json(sc, rs, 201, &environment_wire, &view);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_environment_routes[] = {
    {GET, "/v1/environments", environments_list, .name = "environments.list",
     .summary = "The live environment and sandboxes of customers.", .paged = true, .may = PERMISSION_STORES_READ,
     .answers = &environment_wire, .query = list_query},
    {POST, "/v1/environments", environments_create, .idempotent = true, .name = "environments.create",
     .summary = "Makes the sandbox of a customer.", .may = PERMISSION_STORES_WRITE, .takes = &new_wire,
     .answers = &environment_wire},
    {},
};
