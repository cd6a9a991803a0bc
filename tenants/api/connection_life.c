#include "api/connection_int.h"
#include "audit/audit.h"
#include "care/care.h"
#include "manifest/manifest.h"

/* One connection with what is known of its life: what people have to know of it, and its checks. */

static const char *const alert_kinds[] = {"reconnect", "expires", "sunset", NULL};

struct alert_view {
    const char *kind, *reason;
    int64_t opened_at, until;
};

static const struct wire_field alert_fields[] = {
    WIRE_ENUM(
        struct alert_view, kind, alert_kinds,
        "reconnect: it waits for new credentials; expires: what it is asked with ends; sunset: the vendor ends the "
        "version of the interface that is spoken."),
    WIRE_TEXT(struct alert_view, reason, 500, "In a sentence."),
    WIRE_TIME(struct alert_view, opened_at, "Since when it is told."),
    WIRE_TIME(struct alert_view, until, "When that end is; null: it is so already."),
    {},
};
static const struct wire alert_wire = {"ConnectionAlert", sizeof(struct alert_view), alert_fields};

struct one_view {
    struct connection_view c;
    const char *api_version, *api_sunset;
    int64_t credentials_end;
    struct wire_list alerts;
};

static const struct wire_field one_fields[] = {
    CONNECTION_FIELDS,
    WIRE_TEXT(struct one_view, api_version, 64,
              "Which version of the vendor's interface is spoken; null: it has none."),
    WIRE_TEXT(struct one_view, api_sunset, 10, "The day on which the vendor ends that version; null: no day is known."),
    WIRE_TIME(struct one_view, credentials_end,
              "When what it is asked with ends, seen within the hour; null: it does not, or it is not known."),
    WIRE_LIST(struct one_view, alerts, &alert_wire, CARE_ALERTS_MAX,
              "What people have to know of it, the oldest first."),
    {},
};
static const struct wire one_wire = {"ConnectionWhole", sizeof(struct one_view), one_fields};

static void alerts_of(struct scope *sc, const struct care_life *life, struct one_view *v)
{
    struct alert_view *all = ARENA_ARRAY(sc->arena, struct alert_view, life->alert_count);

    for (size_t i = 0; i < life->alert_count; i++)
        all[i] = (struct alert_view){life->alerts[i].kind, life->alerts[i].reason, life->alerts[i].opened_us,
                                     life->alerts[i].until_us};
    v->alerts = (struct wire_list){all, life->alert_count};
}

static enum err connection_one(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct doc *manifest;
    struct care_life life;
    struct one_view view = {0};
    struct connection c;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, audit_read_of(sc, &c.customer_id, "connection.read", "con", &c.connection_id));
    TRY(sc, care_life_get(sc, &c.connection_id, &life));
    manifest =
        manifest_of(connector_find(c.connector)) ? manifest_document(manifest_of(connector_find(c.connector))) : NULL;
    api_connection_view(&c, &view.c);
    view.api_version = doc_cstr(sc->arena, doc_pointer(manifest, "/api/version"));
    view.api_sunset = doc_cstr(sc->arena, doc_pointer(manifest, "/api/sunset"));
    view.credentials_end = life.ends_us;
    alerts_of(sc, &life, &view);
    rs_version(sc, rs, c.row_version);
    return rs_json(sc, rs, 200, &one_wire, &view);
}

/* ---- checks ---- */

static const char *const check_names[] = {"reachable", "clock",   "credentials", "permissions",
                                          "sample",    "webhook", NULL};
static const char *const verdicts[] = {"ok", "warning", "failed", "skipped", NULL};
static const char *const states[] = {"never", "asked", "running", "done", NULL};

struct check_view {
    const char *name, *verdict, *reason, *todo;
    int64_t ms;
};

static const struct wire_field check_fields[] = {
    WIRE_ENUM(struct check_view, name, check_names,
              "reachable: its name, its certificate, an answer; clock: whether its clock and ours agree; credentials: "
              "whether it takes them; permissions: whether it grants what the connector asks for; sample: whether one "
              "object can be read; webhook: whether it sends what it has to."),
    WIRE_ENUM(struct check_view, verdict, verdicts, "skipped: it could not be told, or there is nothing to tell."),
    WIRE_TEXT(struct check_view, reason, 500, "In a sentence."),
    WIRE_TEXT(struct check_view, todo, 500, "What to do about it; null: nothing."),
    WIRE_INT(struct check_view, ms, 0, INT64_MAX, "How long it took, in milliseconds."),
    {},
};
static const struct wire check_wire = {"ConnectionCheck", sizeof(struct check_view), check_fields};

struct checks_view {
    struct uuid connection_id;
    const char *state, *verdict, *asked_by;
    int64_t asked_at, checked_at;
    struct wire_list checks;
};

static const struct wire_field checks_fields[] = {
    WIRE_ID(struct checks_view, connection_id, "con", "Of which connection."),
    WIRE_ENUM(struct checks_view, state, states,
              "asked: a worker begins within seconds; while it is asked for or running, the checks are those before."),
    WIRE_TEXT(struct checks_view, asked_by, 100, "Who asked for the one that is under way; null: none is."),
    WIRE_TIME(struct checks_view, asked_at, "When it was asked for; null: none is under way."),
    WIRE_TIME(struct checks_view, checked_at, "When the checks below ended; null: it was never checked."),
    {.name = "verdict",
     .kind = WIRE_KIND_ENUM,
     .offset = offsetof(struct checks_view, verdict),
     .names = verdicts,
     .optional = true,
     .meaning = "The worst of the checks; null: it was never checked."},
    WIRE_LIST(struct checks_view, checks, &check_wire, CARE_CHECKS, "Each of them, in this order."),
    {},
};
static const struct wire checks_wire = {"ConnectionChecks", sizeof(struct checks_view), checks_fields};

static enum err checks_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *connection_id)
{
    struct care_checks *c = ARENA_NEW(sc->arena, struct care_checks);
    struct check_view *v = ARENA_ARRAY(sc->arena, struct check_view, CARE_CHECKS);
    struct checks_view view;

    TRY(sc, care_check_get(sc, connection_id, c));
    for (size_t i = 0; i < c->n; i++)
        v[i] = (struct check_view){c->v[i].name, c->v[i].verdict, c->v[i].reason, c->v[i].todo, c->v[i].ms};
    view = (struct checks_view){.connection_id = *connection_id,
                                .state = c->begun_us != INT64_MIN     ? "running"
                                         : c->asked_us != INT64_MIN   ? "asked"
                                         : c->checked_us != INT64_MIN ? "done"
                                                                      : "never",
                                .verdict = c->verdict,
                                .asked_by = c->asked_by,
                                .asked_at = c->asked_us,
                                .checked_at = c->checked_us,
                                .checks = {v, c->n}};
    return rs_json(sc, rs, status, &checks_wire, &view);
}

static enum err checks_ask(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;

    TRY(sc, api_connection_named(sc, rq, &c));
    if (str_is(str_of(c.status), "revoked"))
        return FAIL(sc, ERR_CONFLICT, "the connection was revoked, and nothing calls it any more");
    TRY(sc, care_check_ask(sc, &c.customer_id, &c.connection_id, api_actor_text(sc)));
    audit_note(sc, &(struct audit_act){.action = "connection.check",
                                       .object_kind = "con",
                                       .object_id = c.connection_id,
                                       .has_customer = true,
                                       .customer_id = c.customer_id});
    return checks_answer(sc, rs, 202, &c.connection_id);
}

static enum err checks_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, audit_read_of(sc, &c.customer_id, "connection.checks", "con", &c.connection_id));
    return checks_answer(sc, rs, 200, &c.connection_id);
}

#define ONE "/v1/connections/{connection_id}"

const struct route api_connection_life_routes[] = {
    {GET, ONE, connection_one, .may = PERMISSION_CONNECTIONS_READ, .answers = &one_wire, .etag = true,
     .name = "connections.get", .summary = "One connection, whether it works, and what people have to know of it."},
    {POST, ONE "/checks", checks_ask, .may = PERMISSION_CONNECTIONS_WRITE, .answers = &checks_wire, .idempotent = true,
     .status = 202, .name = "connections.check",
     .summary = "Has a connection tried: nothing is changed by it, and it may be paused."},
    {GET, ONE "/checks", checks_get, .may = PERMISSION_CONNECTIONS_READ, .answers = &checks_wire,
     .name = "connections.checks", .summary = "What came of the last checks of a connection."},
    {},
};
