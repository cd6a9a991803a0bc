#include <string.h>

#include "api/drift_int.h"
#include "audit/audit.h"
#include "flow/flow.h"

/* Drift cases: what sources send otherwise than they always did, and what people say of it. */

const char *const api_drift_whats[] = {"type_changed", "missing",      "new_field",      "renamed",
                                       "new_value",    "unit_changed", "format_changed", NULL};
const char *const api_drift_actions[] = {"pass", "hold", "fail", NULL};

#define WAITING_TOLD 50

struct waiting_view {
    struct uuid order_id;
};
static const struct wire_field waiting_fields[] = {
    WIRE_ID(struct waiting_view, order_id, "ord", "An order that waits for the case."),
    {},
};
static const struct wire waiting_wire = {"DriftWaiting", sizeof(struct waiting_view), waiting_fields};

struct case_view {
    struct uuid id, customer_id, connection_id, shape_id, message_id;
    const char *object, *version, *path, *what, *expected, *got, *renamed_to, *importance, *action, *state, *sample,
        *settled_by;
    int64_t affected, waiting, first_seen_at, last_seen_at, settled_at, released;
    struct wire_list dependents, waits;
};

static const char *const importances[] = {"load_bearing", "other", NULL};

#define CASE_FIELDS                                                                                                    \
    WIRE_ID(struct case_view, id, "drf", "This case."), WIRE_ID(struct case_view, customer_id, "cus", "Whose it is."), \
        WIRE_ID(struct case_view, connection_id, "con", "The connection whose source sends otherwise."),               \
        WIRE_ID(struct case_view, shape_id, "shp", "What had been learnt of that source."),                            \
        WIRE_TEXT(struct case_view, object, 80, "What it sends: order."),                                              \
        WIRE_TEXT(struct case_view, version, 64, "The version of the source's interface; empty when it says none."),   \
        WIRE_TEXT(struct case_view, path, 4096,                                                                        \
                  "The field, as names with dots between, list items left out; empty: the whole payload."),            \
        WIRE_ENUM(struct case_view, what, api_drift_whats, "How it deviates."),                                        \
        WIRE_TEXT(struct case_view, expected, 1024, "What it always was."),                                            \
        WIRE_TEXT(struct case_view, got, 1024, "What it is now."),                                                     \
        WIRE_TEXT(struct case_view, renamed_to, 4096, "What it seems to be called now; null when not renamed."),       \
        WIRE_ENUM(struct case_view, importance, importances, "load_bearing: a mapping reads the field."),              \
        WIRE_ENUM(struct case_view, action, api_drift_actions,                                                         \
                  "What becomes of payloads with it: pass: they go on; hold: they wait for this case; fail: they are " \
                  "refused."),                                                                                         \
        WIRE_ENUM(struct case_view, state, watch_case_states,                                                          \
                  "open; accepted: things are so from now on; closed: it is over, and nothing was learnt."),           \
        WIRE_INT(struct case_view, affected, 0, INT64_MAX, "How many payloads had it since it opened."),               \
        WIRE_INT(struct case_view, waiting, 0, INT64_MAX, "How many orders wait for it."),                             \
        WIRE_ID(struct case_view, message_id, "rec", "The message with the first of them."),                           \
        WIRE_TEXT(struct case_view, sample, WATCH_SAMPLE_MAX,                                                          \
                  "What stood there: of a list of words the word, of all else what it is and how long."),              \
        WIRE_TIME(struct case_view, first_seen_at, "When it was seen first."),                                         \
        WIRE_TIME(struct case_view, last_seen_at, "When it was seen last."),                                           \
        WIRE_TIME(struct case_view, settled_at, "When somebody decided; null while it is open."),                      \
        WIRE_TEXT(struct case_view, settled_by, 200, "Who did; null while it is open.")

static const struct wire_field case_fields[] = {CASE_FIELDS, {}};
static const struct wire case_wire = {"DriftCase", sizeof(struct case_view), case_fields};

static const struct wire_field full_fields[] = {
    CASE_FIELDS,
    WIRE_LIST(struct case_view, dependents, &api_dependent_wire, DEPENDENTS_MAX, "Mappings that read the field."),
    WIRE_LIST(struct case_view, waits, &waiting_wire, WAITING_TOLD, "The orders that have waited longest for it."),
    {},
};
static const struct wire full_wire = {"DriftCaseFull", sizeof(struct case_view), full_fields};

static const struct wire_field settled_fields[] = {
    CASE_FIELDS,
    WIRE_INT(struct case_view, released, 0, INT64_MAX, "How many orders go on because of this."),
    {},
};
static const struct wire settled_wire = {"DriftCaseSettled", sizeof(struct case_view), settled_fields};

static struct case_view view_of(const struct watch_case *c)
{
    return (struct case_view){.id = c->case_id,
                              .customer_id = c->customer_id,
                              .connection_id = c->connection_id,
                              .shape_id = c->shape_id,
                              .message_id = c->message_id,
                              .object = c->object,
                              .version = c->version,
                              .path = c->path,
                              .what = c->what,
                              .expected = c->expected,
                              .got = c->got,
                              .renamed_to = c->other,
                              .importance = importances[!c->bearing],
                              .action = c->action,
                              .state = c->state,
                              .sample = c->sample,
                              .settled_by = c->settled_by,
                              .affected = c->affected,
                              .waiting = c->waiting,
                              .first_seen_at = c->first_seen_us,
                              .last_seen_at = c->last_seen_us,
                              .settled_at = c->settled_at_us};
}

enum err api_drift_who(struct scope *sc, const char **out)
{
    const char *who;

    TRY(sc, access_actor_words(sc, &who));
    *out = arena_cut(sc->arena, who, 200);
    return OK;
}

static enum err case_named(struct scope *sc, const struct rq *rq, struct watch_case *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "drift_case_id", "drf", &id));
    return watch_case_get(sc, &id, out);
}

static enum err filter_of(struct scope *sc, const struct rq *rq, struct watch_filter *out)
{
    struct str state = rq_query(rq, "state"), connection = rq_query(rq, "connection");

    *out = (struct watch_filter){.state = NULL};
    if (sc->tenant.has_customer)
        out->customer_id = sc->tenant.customer_id;
    for (size_t i = 0; watch_case_states[i]; i++)
        if (str_is(state, watch_case_states[i]))
            out->state = watch_case_states[i];
    if (state.n && !out->state)
        return scope_wrong(sc, "state", "invalid", "a state is open, accepted or closed");
    if (connection.n && !typeid_parse("con", connection.p, connection.n, &out->connection_id))
        return scope_wrong(sc, "connection", "invalid", "this is not the id of a connection");
    return api_position(sc, rq, STR("drift-cases"), &out->before);
}

static enum err cases_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct watch_filter filter;
    struct case_view *views;
    struct watch_case *rows;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", DRIFT_PAGE, 1, DRIFT_MOST, &limit));
    TRY(sc, filter_of(sc, rq, &filter));
    TRY(sc, watch_case_list(sc, &filter, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("drift-cases"), (struct bytes){rows[n - 1].case_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct case_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &case_wire, views, n, cursor);
}

static enum err waits_of(struct scope *sc, const struct watch_case *c, struct wire_list *out)
{
    struct waiting_view *views;
    struct watch_waiting *rows;
    size_t n, orders = 0;

    TRY(sc, watch_case_waiting(sc, c, WAITING_TOLD, &rows, &n));
    views = ARENA_ARRAY(sc->arena, struct waiting_view, n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].kind, "order") == 0)
            views[orders++].order_id = rows[i].id;
    *out = (struct wire_list){views, orders};
    return OK;
}

static enum err case_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection connection;
    struct case_view view;
    struct watch_case c;

    TRY(sc, case_named(sc, rq, &c));
    view = view_of(&c);
    TRY(sc, connection_get(sc, &c.connection_id, &connection));
    TRY(sc, api_dependents(sc, &connection, c.object, c.path, &view.dependents));
    TRY(sc, waits_of(sc, &c, &view.waits));
    return rs_json(sc, rs, 200, &full_wire, &view);
}

/* ---- somebody decides ---- */

static void note(struct scope *sc, const char *action, const struct watch_case *c, int64_t released)
{
    const char *path = *c->path ? c->path : "the payload";

    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "drf",
                                       .object_id = c->case_id,
                                       .has_customer = true,
                                       .customer_id = c->customer_id,
                                       .detail = arena_f(sc->arena, "%s: %s; %lld orders go on", c->what,
                                                         arena_cut(sc->arena, path, 200), (long long)released)});
}

static enum err release(struct scope *sc, const struct watch_case *c, const struct watch_waiting *v, size_t n,
                        const char *who, int64_t *out)
{
    struct uuid *orders = ARENA_ARRAY(sc->arena, struct uuid, n);
    size_t order_n = 0, released = 0;

    for (size_t i = 0; i < n; i++)
        if (strcmp(v[i].kind, "order") == 0)
            orders[order_n++] = v[i].id;
    if (order_n)
        TRY(sc, flow_release_all(sc, &c->customer_id, orders, order_n, who, &released));
    *out = (int64_t)released;
    return OK;
}

/* Who waited for others besides says what still holds it. */
static enum err tell_others(struct scope *sc, const struct watch_case *c)
{
    struct flow_drift_still *orders;
    struct watch_still *v;
    size_t n, order_n = 0;

    TRY(sc, watch_case_still(sc, c, &v, &n));
    orders = ARENA_ARRAY(sc->arena, struct flow_drift_still, n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(v[i].kind, "order") == 0)
            orders[order_n++] = (struct flow_drift_still){v[i].id, v[i].reason};
    return order_n ? flow_drift_holds(sc, &c->customer_id, orders, order_n) : OK;
}

static enum err settled(struct scope *sc, struct rs *rs, const struct uuid *id, int64_t released)
{
    struct case_view view;
    struct watch_case c;

    TRY(sc, watch_case_get(sc, id, &c));
    view = view_of(&c);
    view.released = released;
    return rs_json(sc, rs, 200, &settled_wire, &view);
}

static enum err case_accept(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct watch_waiting *v;
    struct watch_case c;
    int64_t released;
    const char *who;
    size_t n;

    TRY(sc, case_named(sc, rq, &c));
    TRY(sc, api_drift_who(sc, &who));
    TRY(sc, watch_case_accept(sc, &c, who, &v, &n));
    TRY(sc, release(sc, &c, v, n, who, &released));
    TRY(sc, tell_others(sc, &c));
    note(sc, "drift_case.accept", &c, released);
    return settled(sc, rs, &c.case_id, released);
}

static enum err case_close(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct watch_case c;
    const char *who;

    TRY(sc, case_named(sc, rq, &c));
    TRY(sc, api_drift_who(sc, &who));
    TRY(sc, watch_case_close(sc, &c, who));
    note(sc, "drift_case.close", &c, 0);
    return settled(sc, rs, &c.case_id, 0);
}

static const char *const list_query[] = {"limit", "cursor", "state", "connection", NULL};

#define ONE "/v1/drift-cases/{drift_case_id}"

const struct route api_drift_routes[] = {
    {GET, "/v1/drift-cases", cases_list, .may = PERMISSION_MAPPINGS_READ, .answers = &case_wire, .query = list_query,
     .paged = true, .name = "drift_cases.list",
     .summary = "Lists what sources send otherwise than they always did, newest first."},
    {GET, ONE, case_get, .may = PERMISSION_MAPPINGS_READ, .answers = &full_wire, .name = "drift_cases.get",
     .summary = "Shows a case, which mappings depend on the field, and what waits."},
    {POST, ONE "/accept", case_accept, .may = PERMISSION_MAPPINGS_WRITE, .answers = &settled_wire,
     .name = "drift_cases.accept",
     .summary = "Says that things are so from now on: it is learnt, and the orders that wait for this alone go on, in "
                "the order in which they came."},
    {POST, ONE "/close", case_close, .may = PERMISSION_MAPPINGS_WRITE, .answers = &settled_wire,
     .name = "drift_cases.close",
     .summary = "Says that it is over and nothing is learnt of it. Orders that wait for it stay held; if it comes back "
                "it is a new case."},
    {},
};
