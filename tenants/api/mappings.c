#include <string.h>

#include "api/customer_int.h"
#include "api/mapping_int.h"
#include "audit/audit.h"
#include "canon/schema.h"

/* Mappings as wholes: which object of which system becomes which canonical object, by what policy, and which version
 * of it works. */

struct mapping_view {
    struct uuid id, customer_id;
    const char *name, *source_system, *source_object, *target;
    const char *review, *backtest;
    int64_t newest_version, current_version, rolling_version, share, created_at, changed_at;
};

static const char *const needs[] = {"required", "not_required", NULL};

static const struct wire_field mapping_fields[] = {
    WIRE_ID(struct mapping_view, id, "map", "This mapping."),
    WIRE_ID(struct mapping_view, customer_id, "cus", "Whose it is."),
    WIRE_TEXT(struct mapping_view, name, MAPS_NAME_MAX, "What people call it."),
    WIRE_TEXT(struct mapping_view, source_system, 40, "The kind of system whose documents it reads, as shopify."),
    WIRE_TEXT(struct mapping_view, source_object, 80, "The object of that system, as order."),
    WIRE_TEXT(struct mapping_view, target, 60, "The canonical object it makes, and its version, as sales_order/1."),
    WIRE_ENUM(
        struct mapping_view, review, needs,
        "Whether somebody who did not write in a version must approve it before it is published: a person, when a "
        "person wrote in it."),
    WIRE_ENUM(struct mapping_view, backtest, needs,
              "Whether a version must be run over recorded messages, of one at least, before it is published."),
    WIRE_INT(struct mapping_view, newest_version, 0, MAPS_VERSIONS_MAX, "The newest version's number; 0: none yet."),
    WIRE_INT(struct mapping_view, current_version, 0, MAPS_VERSIONS_MAX, "The version that works; 0: none."),
    WIRE_INT(struct mapping_view, rolling_version, 0, MAPS_VERSIONS_MAX,
             "A newer version that works for a share of the records; 0: none."),
    WIRE_INT(struct mapping_view, share, 0, 99, "How many of a hundred records go through that one; 0: none."),
    WIRE_TIME(struct mapping_view, created_at, "When it was made."),
    WIRE_TIME(struct mapping_view, changed_at, "When it or its set of versions was last changed."),
    {},
};
const struct wire api_mapping_wire = {"Mapping", sizeof(struct mapping_view), mapping_fields};

struct mapping_ask {
    const char *name, *source_system, *source_object, *target, *review, *backtest, *begin;
};

static const char *const begins[] = {"empty", "shipped", NULL};

#define POLICY_FIELDS(absent)                                                                                          \
    {.name = "review",                                                                                                 \
     .kind = WIRE_KIND_ENUM,                                                                                           \
     .offset = offsetof(struct mapping_ask, review),                                                                   \
     .names = needs,                                                                                                   \
     .optional = true,                                                                                                 \
     .meaning = "Whether a version needs somebody else's approval; " absent "."},                                      \
    {                                                                                                                  \
        .name = "backtest", .kind = WIRE_KIND_ENUM, .offset = offsetof(struct mapping_ask, backtest), .names = needs,  \
        .optional = true, .meaning = "Whether a version needs a backtest before; " absent "."                          \
    }

static const struct wire_field new_fields[] = {
    WIRE_TEXT(struct mapping_ask, name, MAPS_NAME_MAX, "What people call it, one of its kind at the customer."),
    WIRE_TEXT(struct mapping_ask, source_system, 40, "The kind of system whose documents it reads, as shopify."),
    WIRE_TEXT(struct mapping_ask, source_object, 80, "The object of that system, as order."),
    WIRE_TEXT(struct mapping_ask, target, 60, "The canonical object it makes, and its version, as sales_order/1."),
    POLICY_FIELDS("absent: a review is, a backtest is not"),
    {.name = "begin",
     .kind = WIRE_KIND_ENUM,
     .offset = offsetof(struct mapping_ask, begin),
     .names = begins,
     .optional = true,
     .meaning =
         "empty: as yet without a version, which is also what absent means; shipped: version 1 is a draft of the "
         "document that comes with the product."},
    {},
};
static const struct wire new_wire = {"MappingNew", sizeof(struct mapping_ask), new_fields};

static const struct wire_field change_fields[] = {
    WIRE_TEXT_OR_NULL(struct mapping_ask, name, MAPS_NAME_MAX, "What people call it; absent: as it is."),
    POLICY_FIELDS("absent: as it is"),
    {},
};
static const struct wire change_wire = {"MappingChange", sizeof(struct mapping_ask), change_fields};

static struct mapping_view view_of(const struct maps_mapping *m)
{
    return (struct mapping_view){.id = m->mapping_id,
                                 .customer_id = m->customer_id,
                                 .name = m->name,
                                 .source_system = m->source_system,
                                 .source_object = m->source_object,
                                 .target = m->target,
                                 .review = needs[!m->needs_review],
                                 .backtest = needs[!m->needs_backtest],
                                 .newest_version = m->versions,
                                 .current_version = m->current,
                                 .rolling_version = m->rolling,
                                 .share = m->share / 10,
                                 .created_at = m->created_at_us,
                                 .changed_at = m->changed_at_us};
}

enum err api_mapping_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id)
{
    struct mapping_view view;
    struct maps_mapping m;

    TRY(sc, maps_get(sc, id, &m));
    view = view_of(&m);
    rs_version(sc, rs, m.row_version);
    return rs_json(sc, rs, status, &api_mapping_wire, &view);
}

enum err api_mapping_id(struct scope *sc, const struct rq *rq, struct uuid *out)
{
    return rq_path_id(sc, rq, "mapping_id", "map", out);
}

enum err api_mapping_named(struct scope *sc, const struct rq *rq, struct maps_mapping *out)
{
    struct uuid id;

    TRY(sc, api_mapping_id(sc, rq, &id));
    return maps_get(sc, &id, out);
}

enum err api_mapping_writer(struct scope *sc)
{
    return sc->tenant.has_brand ? FAIL(sc, ERR_FORBIDDEN, "only who speaks for all store brands can change a mapping")
                                : OK;
}

void api_mapping_note(struct scope *sc, const char *action, const struct maps_mapping *m, const char *detail)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "map",
                                       .object_id = m->mapping_id,
                                       .has_customer = true,
                                       .customer_id = m->customer_id,
                                       .detail = detail});
}

static enum err mappings_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct uuid *customer = sc->tenant.has_customer ? &sc->tenant.customer_id : NULL;
    struct mapping_view *views;
    struct maps_mapping *rows;
    const char *cursor = NULL;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("mappings"), &after));
    TRY(sc, maps_list(sc, customer, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("mappings"), (struct bytes){rows[n - 1].mapping_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct mapping_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &api_mapping_wire, views, n, cursor);
}

static enum err mappings_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, api_mapping_id(sc, rq, &id));
    return api_mapping_answer(sc, rs, 200, &id);
}

static bool made_of(const char *s, const char *good)
{
    return strspn(s, good) == strlen(s);
}

#define LOWER  "abcdefghijklmnopqrstuvwxyz0123456789_"
#define LETTER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" LOWER ".-"

static const struct canon_object *target_of(const char *schema)
{
    const char *slash = strchr(schema, '/');
    const struct canon_object *o;

    if (!slash)
        return NULL;
    for (unsigned version = 1; version <= 1000; version++) {
        o = canon_object_version((struct str){schema, (size_t)(slash - schema)}, version);
        if (!o || strcmp(o->schema, schema) == 0)
            return o;
    }
    return NULL;
}

static enum err source_check(struct scope *sc, const struct mapping_ask *ask)
{
    if (!made_of(ask->source_system, LOWER))
        return scope_wrong(sc, "/source_system", "invalid", "a system has small letters, digits and _ alone");
    if (!made_of(ask->source_object, LETTER))
        return scope_wrong(sc, "/source_object", "invalid", "an object has letters, digits and _ . - alone");
    if (!target_of(ask->target))
        return scope_wrong(sc, "/target", "not_in_list",
                           "must be a canonical object and its version, as sales_order/1: /v1/schemas lists them");
    return OK;
}

static bool is_required(const char *said, bool otherwise)
{
    return said ? strcmp(said, "required") == 0 : otherwise;
}

/* Policy is for those whom it binds when they publish, and not for those who write. */
static enum err policy_check(struct scope *sc, const struct mapping_ask *ask, const struct maps_mapping *was)
{
    bool same = is_required(ask->review, was->needs_review) == was->needs_review &&
                is_required(ask->backtest, was->needs_backtest) == was->needs_backtest;

    if (same || caller_may(sc->caller, PERMISSION_MAPPINGS_PUBLISH))
        return OK;
    return FAIL(sc, ERR_FORBIDDEN, "what publishing needs is said by who may publish: \"mappings:publish\"");
}

/* What the unique index refused. */
static enum err taken(struct scope *sc, enum err e)
{
    return e == ERR_CONFLICT && !scope_fault(sc)->problem
               ? scope_wrong(sc, "/name", "taken", "another mapping of the customer has this name")
               : e;
}

/* The document that comes with the product, as a draft that later ones of the product can be merged into. */
static enum err begin(struct scope *sc, const struct maps_mapping *m, const struct mapping_ask *ask)
{
    const struct mapping_shipped *s = mapping_shipped(m->source_system, m->source_object);
    struct maps_draft draft;
    int32_t number;

    if (!ask->begin || strcmp(ask->begin, "shipped") != 0)
        return OK;
    if (!s)
        return scope_wrong(
            sc, "/begin", "not_there",
            arena_f(sc->arena, "no mapping for %s of %s comes with the product", m->source_object, m->source_system));
    draft = (struct maps_draft){.document = {s->text, s->n}, .base = {s->text, s->n}};
    draft.note = "as it comes with the product";
    TRY(sc, maps_save(sc, &m->mapping_id, &draft, &number));
    api_mapping_note(sc, "mapping.version.create", m, arena_f(sc->arena, "version %d", number));
    return OK;
}

static enum err mappings_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct maps_mapping m = {.mapping_id = uuid_new(), .needs_review = true};
    struct mapping_ask ask;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, api_customer_of(sc, rq, &m.customer_id));
    TRY(sc, rq_body(sc, rq, &new_wire, &ask));
    TRY(sc, source_check(sc, &ask));
    TRY(sc, policy_check(sc, &ask, &m));
    TRY(sc, org_customer_get(sc, &m.customer_id, NULL, &(struct org_customer){0}));
    m.name = ask.name;
    m.source_system = ask.source_system;
    m.source_object = ask.source_object;
    m.target = ask.target;
    m.needs_review = is_required(ask.review, true);
    m.needs_backtest = is_required(ask.backtest, false);
    TRY(sc, taken(sc, maps_create(sc, &m)));
    api_mapping_note(sc, "mapping.create", &m,
                     arena_f(sc->arena, "%s %s to %s", m.source_system, m.source_object, m.target));
    TRY(sc, begin(sc, &m, &ask));
    return api_mapping_answer(sc, rs, 201, &m.mapping_id);
}

/* What was lifted, and by whom, is found by the name of the act. */
static void note_change(struct scope *sc, const struct maps_mapping *was, const struct maps_mapping *m)
{
    if (was->needs_review == m->needs_review && was->needs_backtest == m->needs_backtest) {
        api_mapping_note(sc, "mapping.change", m, NULL);
        return;
    }
    api_mapping_note(sc, "mapping.policy.change", m,
                     arena_f(sc->arena, "review %s, then %s; backtest %s, then %s", needs[!was->needs_review],
                             needs[!m->needs_review], needs[!was->needs_backtest], needs[!m->needs_backtest]));
}

static enum err mappings_change(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct mapping_ask ask;
    struct maps_mapping m, was;
    int64_t version;
    bool changed;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, api_mapping_named(sc, rq, &m));
    TRY(sc, rq_body(sc, rq, &change_wire, &ask));
    if (m.row_version != version)
        return rq_stale(sc, m.row_version);
    TRY(sc, policy_check(sc, &ask, &m));
    was = m;
    m.name = ask.name ? ask.name : m.name;
    m.needs_review = is_required(ask.review, m.needs_review);
    m.needs_backtest = is_required(ask.backtest, m.needs_backtest);
    TRY(sc, taken(sc, maps_change(sc, &m, &changed)));
    if (!changed)
        return rq_stale(sc, m.row_version + 1);
    note_change(sc, &was, &m);
    return api_mapping_answer(sc, rs, 200, &m.mapping_id);
}

static enum err mappings_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_customer customer;
    struct maps_mapping m;
    int64_t version;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, api_mapping_named(sc, rq, &m));
    if (m.row_version != version)
        return rq_stale(sc, m.row_version);
    TRY(sc, org_customer_get(sc, &m.customer_id, NULL, &customer));
    if (strcmp(customer.status, "active") != 0)
        return api_suspended(sc);
    TRY(sc, maps_delete(sc, &m));
    api_mapping_note(sc, "mapping.delete", &m, NULL);
    return rs_empty(sc, rs, 204);
}

static enum err mappings_roll_back(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct maps_mapping m;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, api_mapping_named(sc, rq, &m));
    TRY(sc, maps_roll_back(sc, &m.mapping_id));
    api_mapping_note(sc, "mapping.rollback", &m, arena_f(sc->arena, "version %d", m.rolling ? m.rolling : m.current));
    return api_mapping_answer(sc, rs, 200, &m.mapping_id);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_mapping_routes[] = {
    {GET, "/v1/mappings", mappings_list, .may = PERMISSION_MAPPINGS_READ, .answers = &api_mapping_wire,
     .query = list_query, .paged = true, .name = "mappings.list", .summary = "Lists mappings, oldest first."},
    {POST, "/v1/mappings", mappings_create, .may = PERMISSION_MAPPINGS_WRITE, .takes = &new_wire,
     .answers = &api_mapping_wire, .idempotent = true, .status = 201, .name = "mappings.create",
     .summary = "Makes a mapping, without a version or with that of the product."},
    {GET, "/v1/mappings/{mapping_id}", mappings_get, .may = PERMISSION_MAPPINGS_READ, .answers = &api_mapping_wire,
     .etag = true, .name = "mappings.get", .summary = "One mapping and which version of it works."},
    {PATCH, "/v1/mappings/{mapping_id}", mappings_change, .may = PERMISSION_MAPPINGS_WRITE, .takes = &change_wire,
     .answers = &api_mapping_wire, .etag = true, .name = "mappings.update",
     .summary = "Changes a mapping's name and policy."},
    {DELETE, "/v1/mappings/{mapping_id}", mappings_delete, .may = PERMISSION_MAPPINGS_WRITE, .etag = true,
     .name = "mappings.delete", .summary = "Takes a mapping away of which no version was ever published."},
    {POST, "/v1/mappings/{mapping_id}/rollback", mappings_roll_back, .may = PERMISSION_MAPPINGS_PUBLISH,
     .answers = &api_mapping_wire, .idempotent = true, .name = "mappings.rollback",
     .summary = "Ends a version that is being rolled out, or goes back to the version before."},
    {},
};
