#include <string.h>

#include "api/drift_int.h"
#include "audit/audit.h"

/* What was learnt of a connection's source, and what becomes of what deviates from it. */

enum err api_drift_connection(struct scope *sc, const struct rq *rq, struct connection *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "connection_id", "con", &id));
    return connection_get(sc, &id, out);
}

/* ---- shapes ---- */

struct field_view {
    const char *path, *kinds, *range;
    int64_t present;
    bool load_bearing, deviates;
    struct wire_texts words;
};
static const struct wire_field field_fields[] = {
    WIRE_TEXT(struct field_view, path, 4096, "The field, as names with dots between, list items left out."),
    WIRE_TEXT(struct field_view, kinds, 512, "What it mostly is."),
    WIRE_INT(struct field_view, present, 0, 1000,
             "In how many of 1000 payloads it has a value, of those that have what it is in."),
    WIRE_TEXT(struct field_view, range, 100, "Between which numbers nearly all lie; null when it is none."),
    WIRE_TEXTS(struct field_view, words, DRIFT_DEVIATIONS_MAX, "Its words, when it is one of a list of words."),
    WIRE_BOOL(struct field_view, load_bearing, "A mapping reads it."),
    WIRE_BOOL(struct field_view, deviates, "A case is open about it."),
    {},
};
static const struct wire field_wire = {"SourceField", sizeof(struct field_view), field_fields};

struct shape_view {
    struct uuid id, customer_id, connection_id;
    const char *object, *version;
    int64_t payloads, open_cases, created_at, changed_at;
    bool learning, full;
    struct wire_list fields;
};
#define SHAPE_FIELDS                                                                                                   \
    WIRE_ID(struct shape_view, id, "shp", "This shape."),                                                              \
        WIRE_ID(struct shape_view, customer_id, "cus", "Whose it is."),                                                \
        WIRE_ID(struct shape_view, connection_id, "con", "The connection whose source it is of."),                     \
        WIRE_TEXT(struct shape_view, object, 80, "What it sends: order."),                                             \
        WIRE_TEXT(struct shape_view, version, 64, "The version of the source's interface; empty when it says none."),  \
        WIRE_INT(struct shape_view, payloads, 0, INT64_MAX,                                                            \
                 "From how many payloads it was learnt. What came in the last seconds is not among them yet."),        \
        WIRE_BOOL(struct shape_view, learning,                                                                         \
                  "There were too few to judge by yet: the first 200 are learnt and not judged."),                     \
        WIRE_INT(struct shape_view, open_cases, 0, INT64_MAX, "How many cases are open."),                             \
        WIRE_TIME(struct shape_view, created_at, "When the first came."),                                              \
        WIRE_TIME(struct shape_view, changed_at, "When what was learnt was last kept.")

static const struct wire_field shape_fields[] = {SHAPE_FIELDS, {}};
static const struct wire shape_wire = {"SourceShape", sizeof(struct shape_view), shape_fields};

static const struct wire_field full_fields[] = {
    SHAPE_FIELDS,
    WIRE_BOOL(struct shape_view, full, "More fields came than there is room for: those beyond are not watched."),
    WIRE_LIST(struct shape_view, fields, &field_wire, DRIFT_PATHS_MAX, "What is known of each field."),
    {},
};
static const struct wire full_wire = {"SourceShapeFull", sizeof(struct shape_view), full_fields};

static struct shape_view view_of(const struct watch_shape *s)
{
    return (struct shape_view){.id = s->shape_id,
                               .customer_id = s->customer_id,
                               .connection_id = s->connection_id,
                               .object = s->object,
                               .version = s->version,
                               .payloads = s->payloads,
                               .learning = s->payloads <= DRIFT_LEARN,
                               .open_cases = s->open_cases,
                               .created_at = s->created_at_us,
                               .changed_at = s->changed_at_us};
}

static enum err shapes_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct shape_view *views;
    struct watch_shape *rows;
    struct connection c;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", DRIFT_PAGE, 1, DRIFT_MOST, &limit));
    TRY(sc, api_position(sc, rq, STR("connections/shapes"), &after));
    TRY(sc, api_drift_connection(sc, rq, &c));
    TRY(sc, watch_shape_list(sc, &c.connection_id, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("connections/shapes"), (struct bytes){rows[n - 1].shape_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct shape_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &shape_wire, views, n, cursor);
}

static struct wire_list fields_of(struct scope *sc, const struct drift_shape *learnt)
{
    struct drift_field *v;
    struct field_view *views;
    size_t n;

    drift_shape_fields(sc->arena, learnt, &v, &n);
    views = ARENA_ARRAY(sc->arena, struct field_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct field_view){.path = v[i].path,
                                       .kinds = v[i].kinds,
                                       .range = v[i].range,
                                       .present = v[i].present,
                                       .load_bearing = v[i].bearing,
                                       .deviates = v[i].open,
                                       .words = {v[i].words, v[i].word_count}};
    return (struct wire_list){views, n};
}

/* What any mapping reads. */
static enum err bear(struct scope *sc, const struct connection *c, const char *object, struct drift_shape *learnt)
{
    struct wire_list list;
    const char **reads;
    size_t n = 0;

    TRY(sc, api_dependents(sc, c, object, NULL, &list));
    for (size_t i = 0; i < list.n; i++)
        n += ((const struct dependent_view *)list.items)[i].reads.n;
    reads = ARENA_ARRAY(sc->arena, const char *, n);
    n = 0;
    for (size_t i = 0; i < list.n; i++) {
        const struct wire_texts *r = &((const struct dependent_view *)list.items)[i].reads;

        memcpy(reads + n, r->items, r->n * sizeof(*reads));
        n += r->n;
    }
    drift_shape_bear(learnt, reads, n);
    return OK;
}

static enum err shape_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct drift_shape *learnt;
    struct shape_view view;
    struct watch_shape s;
    struct connection c;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "shape_id", "shp", &id));
    TRY(sc, api_drift_connection(sc, rq, &c));
    TRY(sc, watch_shape_get(sc, &c.connection_id, &id, &s, &learnt));
    TRY(sc, bear(sc, &c, s.object, learnt));
    view = view_of(&s);
    view.full = drift_shape_full(learnt);
    view.fields = fields_of(sc, learnt);
    return rs_json(sc, rs, 200, &full_wire, &view);
}

/* ---- policy ---- */

struct actions_view {
    const char *v[DRIFT_WHATS];
};
#define ACTION(what_, name_, meaning_)                                                                                 \
    {                                                                                                                  \
        .name = (name_), .kind = WIRE_KIND_ENUM,                                                                       \
        .offset = offsetof(struct actions_view, v) + (what_) * sizeof(const char *), .names = api_drift_actions,       \
        .optional = true, .meaning = (meaning_)                                                                        \
    }
static const struct wire_field actions_fields[] = {
    ACTION(
        DRIFT_TYPE, "type_changed",
        "Of another kind of value: a text became an object. Told at the first payload where a mapping reads the field "
        "and it has been seen in 150, else at the second or third."),
    ACTION(
        DRIFT_MISSING, "missing",
        "Absent, null or empty where it was not. Of a field that was always there: told after 3 to 5 payloads in a row "
        "without it, after up to 12 when they come between others that have it; a few among many are no case. "
        "Of a field that is left out now and then: after up to 20 in a row. Payloads before that go on."),
    ACTION(DRIFT_NEW, "new_field", "A field that nobody has seen: told after 3 to 6 payloads with it."),
    ACTION(
        DRIFT_RENAMED, "renamed",
        "Gone, with a new one in its place that looks like it: told after 2 or 3 payloads in a row, after up to 7 when "
        "they come between others, and after up to 13 of a field that is left out now and then."),
    ACTION(
        DRIFT_VALUE, "new_value",
        "A word that is new in a list of words, of which each had come often: told after 3 to 5 payloads with it, and "
        "after up to 20 where it comes seldom or other words came before it."),
    ACTION(DRIFT_UNIT, "unit_changed",
           "Of other magnitudes than it always was: told after 7 to 10 payloads. What only names something (id, "
           "order_id, number, code, whole numbers of twelve digits or more) has no magnitude."),
    ACTION(DRIFT_FORMAT, "format_changed", "Written in another format: told after 3 to 12 payloads."),
    {},
};
static const struct wire actions_wire = {"DriftActions", sizeof(struct actions_view), actions_fields};

static const char *const sources[] = {"usual", "customer", "connection", NULL};

struct policy_view {
    struct actions_view *load_bearing, *other;
    const char *from, *changed_by;
    int64_t changed_at;
};
static const struct wire_field policy_fields[] = {
    WIRE_OBJECT(struct policy_view, load_bearing, &actions_wire,
                "What becomes of payloads that deviate where a mapping reads."),
    WIRE_OBJECT(struct policy_view, other, &actions_wire, "And of those that deviate elsewhere."),
    WIRE_ENUM(struct policy_view, from, sources, "Who says so: usual: nobody has said anything else."),
    WIRE_TEXT(struct policy_view, changed_by, 200, "Who changed it last; null when nobody."),
    WIRE_TIME(struct policy_view, changed_at, "When that was; null when never."),
    {},
};
static const struct wire policy_wire = {"DriftPolicy", sizeof(struct policy_view), policy_fields};

#define ASKED(member_, meaning_)                                                                                       \
    {                                                                                                                  \
        .name = #member_, .kind = WIRE_KIND_OBJECT, .offset = offsetof(struct policy_view, member_),                   \
        .of = &actions_wire, .optional = true, .meaning = (meaning_)                                                   \
    }
static const struct wire_field ask_fields[] = {
    ASKED(load_bearing, "Where a mapping reads; kinds that are not named stay as they are."),
    ASKED(other, "Elsewhere; kinds that are not named stay as they are."),
    {},
};
static const struct wire ask_wire = {"DriftPolicyChange", sizeof(struct policy_view), ask_fields};

static struct actions_view *actions_of(struct scope *sc, const enum drift_action v[DRIFT_WHATS])
{
    struct actions_view *out = ARENA_NEW(sc->arena, struct actions_view);

    for (size_t i = 0; i < DRIFT_WHATS; i++)
        out->v[i] = api_drift_actions[v[i]];
    return out;
}

static void actions_take(const struct actions_view *asked, enum drift_action v[DRIFT_WHATS])
{
    for (size_t i = 0; asked && i < DRIFT_WHATS; i++)
        for (size_t k = 0; asked->v[i] && api_drift_actions[k]; k++)
            if (strcmp(asked->v[i], api_drift_actions[k]) == 0)
                v[i] = (enum drift_action)k;
}

/* Of a connection, or of the customer: then connection_id is NULL. */
struct policy_of {
    struct uuid customer_id;
    const struct uuid *connection_id;
};

static enum err policy_read(struct scope *sc, const struct policy_of *of, struct watch_policy *out)
{
    TRY(sc, watch_policy_get(sc, &of->customer_id, of->connection_id, out));
    if (sc->tenant.has_brand && strcmp(out->from, "connection") != 0)
        return FAIL(sc, ERR_FORBIDDEN, "it is the customer's, which only who speaks for all store brands can see");
    return OK;
}

static enum err answer(struct scope *sc, struct rs *rs, const struct policy_of *of)
{
    struct policy_view view;
    struct watch_policy p;

    TRY(sc, policy_read(sc, of, &p));
    view = (struct policy_view){.load_bearing = actions_of(sc, p.policy.bearing),
                                .other = actions_of(sc, p.policy.other),
                                .from = p.from,
                                .changed_by = p.changed_by,
                                .changed_at = p.changed_at_us};
    rs_version(sc, rs, p.row_version);
    return rs_json(sc, rs, 200, &policy_wire, &view);
}

static enum err change(struct scope *sc, const struct rq *rq, struct rs *rs, const struct policy_of *of)
{
    struct policy_view ask;
    struct watch_policy p;
    int64_t version;
    bool changed;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    TRY(sc, policy_read(sc, of, &p));
    if (p.row_version != version)
        return rq_stale(sc, p.row_version);
    actions_take(ask.load_bearing, p.policy.bearing);
    actions_take(ask.other, p.policy.other);
    TRY(sc, api_drift_who(sc, &p.changed_by));
    TRY(sc, watch_policy_put(sc, &of->customer_id, of->connection_id, &p, &changed));
    if (!changed)
        return rq_stale(sc, version + 1);
    audit_note(sc, &(struct audit_act){.action = "drift_policy.change",
                                       .object_kind = of->connection_id ? "con" : "cus",
                                       .object_id = of->connection_id ? *of->connection_id : of->customer_id,
                                       .has_customer = true,
                                       .customer_id = of->customer_id});
    return answer(sc, rs, of);
}

static enum err of_connection(struct scope *sc, const struct rq *rq, struct connection *c, struct policy_of *out)
{
    TRY(sc, api_drift_connection(sc, rq, c));
    *out = (struct policy_of){c->customer_id, &c->connection_id};
    return OK;
}

static enum err connection_policy_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;
    struct policy_of of;

    TRY(sc, of_connection(sc, rq, &c, &of));
    return answer(sc, rs, &of);
}

static enum err connection_policy_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;
    struct policy_of of;

    TRY(sc, of_connection(sc, rq, &c, &of));
    return change(sc, rq, rs, &of);
}

static enum err of_customer(struct scope *sc, const struct rq *rq, struct policy_of *out)
{
    *out = (struct policy_of){.connection_id = NULL};
    TRY(sc, api_customer_of(sc, rq, &out->customer_id));
    return org_customer_get(sc, &out->customer_id, NULL, &(struct org_customer){0});
}

static enum err customer_policy_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct policy_of of;

    TRY(sc, of_customer(sc, rq, &of));
    return answer(sc, rs, &of);
}

static enum err customer_policy_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct policy_of of;

    TRY(sc, of_customer(sc, rq, &of));
    return change(sc, rq, rs, &of);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

#define OF "/v1/connections/{connection_id}"

const struct route api_drift_shape_routes[] = {
    {GET, OF "/shapes", shapes_list, .may = PERMISSION_MAPPINGS_READ, .answers = &shape_wire, .query = list_query,
     .paged = true, .name = "shapes.list",
     .summary = "Lists what was learnt of a connection's source, some seconds after it came."},
    {GET, OF "/shapes/{shape_id}", shape_get, .may = PERMISSION_MAPPINGS_READ, .answers = &full_wire,
     .name = "shapes.get", .summary = "Shows what was learnt, field by field."},
    {GET, OF "/drift-policy", connection_policy_get, .may = PERMISSION_CONNECTIONS_READ, .answers = &policy_wire,
     .etag = true, .name = "connection_drift_policy.get",
     .summary = "Shows what becomes of a connection's payloads that deviate, whoever said it."},
    {PUT, OF "/drift-policy", connection_policy_put, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &ask_wire,
     .answers = &policy_wire, .etag = true, .name = "connection_drift_policy.put",
     .summary = "Says what becomes of a connection's payloads that deviate."},
    {GET, "/v1/drift-policy", customer_policy_get, .may = PERMISSION_CONNECTIONS_READ, .answers = &policy_wire,
     .etag = true, .name = "drift_policy.get",
     .summary = "Shows what becomes of payloads that deviate, for connections that have no policy of their own."},
    {PUT, "/v1/drift-policy", customer_policy_put, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &ask_wire,
     .answers = &policy_wire, .etag = true, .name = "drift_policy.put",
     .summary = "Says what becomes of payloads that deviate, for connections that have no policy of their own."},
    {},
};
