#include <string.h>

#include "api/customer_int.h"
#include "audit/audit.h"
#include "base/timefmt.h"
#include "db/db.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

static const char *const statuses[] = {"active", "suspended", "closing", "closed", NULL};

static const struct wire_field customer_fields[] = {
    WIRE_ID(struct customer_view, id, "cus", "This customer."),
    WIRE_TEXT(struct customer_view, name, 120, "What people call it."),
    WIRE_TEXT(struct customer_view, external_id, 80,
              "Your own id of it, good in paths as ext:…; null when there is none."),
    WIRE_ENUM(struct customer_view, status, statuses,
              "Whether it works; suspended: what comes in is kept and waits; closing, closed: it is erased."),
    WIRE_TEXT(struct customer_view, status_reason, 500, "Why it is suspended; null otherwise."),
    WIRE_TIME(struct customer_view, created_at, "When it was made."),
    WIRE_TIME(struct customer_view, suspended_at, "Since when it is suspended; null otherwise."),
    WIRE_TIME(struct customer_view, closed_at, "When its keys were destroyed; null otherwise."),
    WIRE_RAW(struct customer_view, certificate,
             "Of an erased one: the keys destroyed, the rows deleted, when, by whom and why; null otherwise."),
    {},
};
const struct wire api_customer_wire = {"Customer", sizeof(struct customer_view), customer_fields};

struct customer_ask {
    const char *name, *external_id;
};

static const struct wire_field new_fields[] = {
    WIRE_TEXT(struct customer_ask, name, 120, "What people call it."),
    {.name = "external_id",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct customer_ask, external_id),
     .min = 1,
     .max = 80,
     .optional = true,
     .meaning = "Your own id of it: letters, digits, _ . : -, the first a letter or digit."},
    {},
};
static const struct wire new_wire = {"CustomerNew", sizeof(struct customer_ask), new_fields};

static const struct wire_field change_fields[] = {
    {.name = "name",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct customer_ask, name),
     .min = 1,
     .max = 120,
     .optional = true,
     .meaning = "What people call it; absent: as it is."},
    {.name = "external_id",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct customer_ask, external_id),
     .min = 1,
     .max = 80,
     .optional = true,
     .meaning = "Your own id of it; absent: as it is."},
    {},
};
static const struct wire change_wire = {"CustomerChange", sizeof(struct customer_ask), change_fields};

static void view_of(const struct org_customer *c, struct customer_view *v)
{
    *v = (struct customer_view){.id = c->customer_id,
                                .name = c->name,
                                .external_id = c->external_id,
                                .status = c->status,
                                .status_reason = c->status_reason,
                                .created_at = c->created_at_us,
                                .suspended_at = c->suspended_at_us,
                                .closed_at = c->closed_at_us,
                                .certificate = str_of(c->certificate)};
}

enum err api_customer_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id)
{
    struct customer_view view;
    struct org_customer c;

    TRY(sc, org_customer_get(sc, id, NULL, &c));
    view_of(&c, &view);
    rs_version(sc, rs, c.row_version);
    return rs_json(sc, rs, status, &api_customer_wire, &view);
}

/* An erased one is there for the whole partner, whose certificate it holds, and for nobody else. */
enum err api_customer_named(struct scope *sc, const struct rq *rq, struct org_customer *out)
{
    struct str said = rq_param(rq, "customer_id");
    struct uuid id;

    if (str_starts(said, "ext:")) {
        TRY(sc, org_customer_get(sc, NULL, str_dup(sc->arena, (struct str){said.p + 4, said.n - 4}), out));
    } else {
        TRY(sc, rq_path_id(sc, rq, "customer_id", "cus", &id));
        TRY(sc, org_customer_get(sc, &id, NULL, out));
    }
    if (sc->tenant.has_customer && strncmp(out->status, "clos", 4) == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    return OK;
}

void api_customer_note(struct scope *sc, const char *action, const struct uuid *id, const char *reason)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "cus",
                                       .object_id = *id,
                                       .has_customer = true,
                                       .customer_id = *id,
                                       .reason = reason});
}

static enum err customers_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct customer_view *views;
    struct org_customer *rows;
    const char *cursor = NULL;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("customers"), &after));
    TRY(sc, org_customer_list(sc, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("customers"), (struct bytes){rows[n - 1].customer_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct customer_view, n);
    for (size_t i = 0; i < n; i++)
        view_of(&rows[i], &views[i]);
    return rs_page(sc, rq, rs, &api_customer_wire, views, n, cursor);
}

static enum err customers_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_customer c;

    TRY(sc, api_customer_named(sc, rq, &c));
    return api_customer_answer(sc, rs, 200, &c.customer_id);
}

static bool external_valid(const char *s)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-";

    return strspn(s, good) == strlen(s) && !strchr("_.:-", s[0]);
}

static enum err external_check(struct scope *sc, const struct customer_ask *ask)
{
    if (ask->external_id && !external_valid(ask->external_id))
        return scope_wrong(sc, "/external_id", "invalid", "an external id has letters, digits and _ . : - alone");
    return OK;
}

/* What a unique index refused. */
static enum err taken(struct scope *sc, enum err e)
{
    return e == ERR_CONFLICT && !scope_fault(sc)->problem
               ? scope_wrong(sc, "/external_id", "taken", "another customer has this external id")
               : e;
}

static enum err customers_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct customer_ask ask;
    struct uuid id;

    if (sc->tenant.has_customer)
        return FAIL(sc, ERR_FORBIDDEN, "only who speaks for the whole partner can make customers");
    TRY(sc, rq_body(sc, rq, &new_wire, &ask));
    TRY(sc, external_check(sc, &ask));
    TRY(sc, taken(sc, org_customer_add(sc, ask.name, ask.external_id, &id)));
    api_customer_note(sc, "customer.create", &id, NULL);
    return api_customer_answer(sc, rs, 201, &id);
}

static enum err customers_change(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct customer_ask ask;
    struct org_customer c;
    int64_t version;
    bool changed;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, api_customer_named(sc, rq, &c));
    TRY(sc, rq_body(sc, rq, &change_wire, &ask));
    TRY(sc, external_check(sc, &ask));
    if (c.row_version != version)
        return rq_stale(sc, c.row_version);
    if (strcmp(c.status, "active") != 0)
        return api_suspended(sc);
    c.name = ask.name ? ask.name : c.name;
    c.external_id = ask.external_id ? ask.external_id : c.external_id;
    TRY(sc, taken(sc, org_customer_change(sc, &c, &changed)));
    if (!changed)
        return rq_stale(sc, c.row_version + 1);
    api_customer_note(sc, "customer.change", &c.customer_id, NULL);
    return api_customer_answer(sc, rs, 200, &c.customer_id);
}

enum err api_suspended(struct scope *sc)
{
    enum err e = FAIL(sc, ERR_CONFLICT, "the customer is suspended: nothing is changed until it is resumed");

    scope_problem(sc, "customer-suspended", 409);
    return e;
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_customer_routes[] = {
    {GET, "/v1/customers", customers_list, .name = "customers.list", .summary = "Customers, oldest first.",
     .paged = true, .may = PERMISSION_CUSTOMERS_READ, .answers = &api_customer_wire, .query = list_query},
    {POST, "/v1/customers", customers_create, .idempotent = true, .name = "customers.create",
     .summary = "Makes a customer with its environments.", .may = PERMISSION_CUSTOMERS_WRITE, .takes = &new_wire,
     .answers = &api_customer_wire},
    {GET, "/v1/customers/{customer_id}", customers_get, .name = "customers.get", .summary = "One customer.",
     .etag = true, .may = PERMISSION_CUSTOMERS_READ, .answers = &api_customer_wire},
    {PATCH, "/v1/customers/{customer_id}", customers_change, .name = "customers.update",
     .summary = "Changes what a customer is called.", .etag = true, .may = PERMISSION_CUSTOMERS_WRITE,
     .takes = &change_wire, .answers = &api_customer_wire},
    {},
};
