#include <string.h>

#include "api/connection_int.h"
#include "audit/audit.h"
#include "care/care.h"
#include "flowdef/flowdef.h"
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

struct share_view {
    int64_t ok, refused, failed;
};

static const struct wire_field share_fields[] = {
    WIRE_INT(struct share_view, ok, 0, INT64_MAX, "Calls that did what they were for."),
    WIRE_INT(struct share_view, refused, 0, INT64_MAX,
             "Calls that were answered, and what they asked for was refused."),
    WIRE_INT(struct share_view, failed, 0, INT64_MAX,
             "Calls without an answer, or with one that says that the system or the credentials are out of order."),
    {},
};
static const struct wire share_wire = {"ConnectionCalls", sizeof(struct share_view), share_fields};

struct health_view {
    struct share_view *hour, *day;
    int64_t median_ms;
    int64_t ok_at, failed_at;
    const char *failure;
};

static const struct wire_field health_fields[] = {
    WIRE_OBJECT(struct health_view, hour, &share_wire, "Of the last hour, to ten minutes."),
    WIRE_OBJECT(struct health_view, day, &share_wire, "Of the last 24 hours, to ten minutes."),
    WIRE_INT(struct health_view, median_ms, -1, INT64_MAX,
             "How long the middle one took, of the last 24 hours and of the last 200; -1: there were none."),
    WIRE_TIME(struct health_view, ok_at, "When one did what it was for; null: none did."),
    WIRE_TIME(struct health_view, failed_at, "When one failed; null: none did."),
    WIRE_TEXT(struct health_view, failure, 300,
              "How the last one failed, in a sentence; null: none did, or it was not told."),
    {},
};
static const struct wire health_wire = {"ConnectionHealth", sizeof(struct health_view), health_fields};

struct one_view {
    struct connection_view c;
    struct health_view *health;
    const char *api_version, *api_sunset;
    int64_t credentials_end, put_off_at;
    const char *put_off;
    struct wire_list alerts;
};

static const struct wire_field one_fields[] = {
    CONNECTION_FIELDS,
    WIRE_TEXT(struct one_view, api_version, 64,
              "Which version of the vendor's interface is spoken; null: it has none."),
    WIRE_TEXT(struct one_view, api_sunset, 10, "The day on which the vendor ends that version; null: no day is known."),
    WIRE_TIME(struct one_view, credentials_end,
              "When what it is asked with ends, seen within the hour; null: it does not, or it is not known."),
    {.name = "deliveries_put_off_at",
     .kind = WIRE_KIND_TIME,
     .offset = offsetof(struct one_view, put_off_at),
     .meaning = "When its deliveries were last put off since they took too long to read; null: never."},
    {.name = "deliveries_put_off",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct one_view, put_off),
     .max = 500,
     .optional = true,
     .meaning = "Why, in a sentence; null: they never were."},
    WIRE_LIST(struct one_view, alerts, &alert_wire, CARE_ALERTS_MAX,
              "What people have to know of it, the oldest first."),
    WIRE_OBJECT(struct one_view, health, &health_wire, "What the work has met there; some seconds behind."),
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

static struct share_view *share_of(struct scope *sc, const struct care_share *s)
{
    struct share_view *v = ARENA_NEW(sc->arena, struct share_view);

    *v = (struct share_view){s->ok, s->refused, s->failed};
    return v;
}

static enum err health_of(struct scope *sc, const struct uuid *connection_id, struct health_view **out)
{
    struct care_health h;

    TRY(sc, care_health_get(sc, connection_id, &h));
    *out = ARENA_NEW(sc->arena, struct health_view);
    **out = (struct health_view){.hour = share_of(sc, &h.hour),
                                 .day = share_of(sc, &h.day),
                                 .median_ms = h.median_ms,
                                 .ok_at = h.ok_us,
                                 .failed_at = h.failed_us,
                                 .failure = h.failure};
    return OK;
}

static enum err connection_one(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct connector *connector;
    const struct doc *manifest;
    struct care_life life;
    struct one_view view = {0};
    struct connection c;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, audit_read_of(sc, &c.customer_id, "connection.read", "con", &c.connection_id));
    TRY(sc, care_life_get(sc, &c.connection_id, &life));
    TRY(sc, connector_if_good(sc, &c, &connector));
    manifest = manifest_of(connector) ? manifest_document(manifest_of(connector)) : NULL;
    api_connection_view(&c, &view.c);
    TRY(sc, api_connections_heard(sc, &view.c, 1));
    view.api_version = doc_cstr(sc->arena, doc_pointer(manifest, "/api/version"));
    view.api_sunset = doc_cstr(sc->arena, doc_pointer(manifest, "/api/sunset"));
    view.credentials_end = life.ends_us;
    view.put_off_at = life.put_off_us;
    view.put_off = life.put_off_why;
    alerts_of(sc, &life, &view);
    TRY(sc, health_of(sc, &c.connection_id, &view.health));
    rs_version(sc, rs, c.row_version);
    return rs_json(sc, rs, 200, &one_wire, &view);
}

/* ---- checks ---- */

static const char *const states[] = {"never", "asked", "running", "done", NULL};

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
     .names = api_check_verdicts,
     .optional = true,
     .meaning = "The worst of the checks; null: it was never checked."},
    WIRE_LIST(struct checks_view, checks, &api_check_wire, CARE_CHECKS, "Each of them, in this order."),
    {},
};
static const struct wire checks_wire = {"ConnectionChecks", sizeof(struct checks_view), checks_fields};

static enum err checks_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *connection_id)
{
    struct care_checks *c = ARENA_NEW(sc->arena, struct care_checks);
    struct checks_view view;

    TRY(sc, care_check_get(sc, connection_id, c));
    view = (struct checks_view){.connection_id = *connection_id,
                                .state = c->begun_us != INT64_MIN     ? "running"
                                         : c->asked_us != INT64_MIN   ? "asked"
                                         : c->checked_us != INT64_MIN ? "done"
                                                                      : "never",
                                .verdict = c->verdict,
                                .asked_by = c->asked_by,
                                .asked_at = c->asked_us,
                                .checked_at = c->checked_us,
                                .checks = api_checks_list(sc, c)};
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

/* ---- what was asked of it ---- */

#define PAGE_DEFAULT 50

static const char *const outcomes[] = {"ok", "refused", "failed", NULL};

struct call_view {
    struct uuid job_id;
    int64_t at, ms, sent, received, status;
    const char *operation, *method, *url, *outcome, *failure;
};

static const struct wire_field call_fields[] = {
    WIRE_TIME(struct call_view, at, "When it had ended."),
    WIRE_TEXT(struct call_view, operation, 100, "What it was for: the operation of the connector."),
    WIRE_TEXT(struct call_view, method, 20, "Of HTTP."),
    WIRE_TEXT(struct call_view, url, 400, "Where it went; *** stands for what could be a secret or be about a person."),
    WIRE_INT(struct call_view, status, 0, 599, "What was answered; 0: no answer came."),
    WIRE_ENUM(
        struct call_view, outcome, outcomes,
        "refused: it was answered, and what it asked for was refused; failed: the system or the credentials are out "
        "of order."),
    WIRE_TEXT(struct call_view, failure, 300, "What it was told, in a sentence; null: nothing."),
    WIRE_INT(struct call_view, ms, 0, INT64_MAX, "How long it took, in milliseconds."),
    WIRE_INT(struct call_view, sent, 0, INT64_MAX, "Octets of its body."),
    WIRE_INT(struct call_view, received, 0, INT64_MAX, "Octets of the answer's body."),
    {.name = "job_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct call_view, job_id),
     .prefix = "job",
     .optional = true,
     .meaning = "Whose work it was; null: no job's."},
    {},
};
static const struct wire call_wire = {"ConnectionRequest", sizeof(struct call_view), call_fields};

/* A cursor is the number of the last call that was shown. */
/* Numbers are a connection's own: a cursor of another is one of another list. */
static struct str calls_of(struct scope *sc, const struct uuid *connection_id)
{
    char text[UUID_TEXT_LEN + 1];

    uuid_format(connection_id, text);
    return str_of(arena_f(sc->arena, "requests/%s", text));
}

static enum err below_of(struct scope *sc, const struct rq *rq, const struct uuid *connection_id, int64_t *out)
{
    struct uuid at;

    TRY(sc, api_position(sc, rq, calls_of(sc, connection_id), &at));
    *out = INT64_MAX;
    if (!uuid_is_nil(&at))
        memcpy(out, at.b, sizeof(*out));
    return OK;
}

static enum err requests_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct connection c;
    struct care_call *v;
    struct call_view *views;
    int64_t limit, below;
    struct uuid at = {{0}};
    size_t n;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, CARE_CALLS_KEPT, &limit));
    TRY(sc, below_of(sc, rq, &c.connection_id, &below));
    TRY(sc, audit_read_of(sc, &c.customer_id, "connection.requests", "con", &c.connection_id));
    TRY(sc, care_calls_list(sc, &c.connection_id, below, (size_t)limit + 1, &v, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        memcpy(at.b, &v[n - 1].number, sizeof(v->number));
        cursor = http_cursor_make(sc, calls_of(sc, &c.connection_id), (struct bytes){at.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct call_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct call_view){v[i].job_id,    v[i].at_us,  v[i].ms,  v[i].sent,    v[i].received, v[i].status,
                                      v[i].operation, v[i].method, v[i].url, v[i].outcome, v[i].failure};
    return rs_page(sc, rq, rs, &call_wire, views, n, cursor);
}

/* ---- what the vendor sends where ---- */

static const char *const topic_states[] = {"registered", "missing", NULL};

struct topic_view {
    const char *topic, *state;
};

static const struct wire_field topic_fields[] = {
    WIRE_TEXT(struct topic_view, topic, 100, "As the vendor calls it."),
    WIRE_ENUM(struct topic_view, state, topic_states, "As it was seen last."),
    {},
};
static const struct wire topic_wire = {"ConnectionTopic", sizeof(struct topic_view), topic_fields};

struct keep_view {
    struct uuid connection_id;
    bool possible, kept;
    const char *fault;
    int64_t kept_at, next_at;
    struct wire_list topics;
};

static const struct wire_field keep_fields[] = {
    WIRE_ID(struct keep_view, connection_id, "con", "Of which connection."),
    WIRE_BOOL(struct keep_view, possible, "The vendor can be asked what it sends where."),
    WIRE_BOOL(struct keep_view, kept,
              "What is missing is registered, and what is there for nothing ended, every six hours."),
    WIRE_TIME(struct keep_view, kept_at, "When all was last seen to be in order; null: never."),
    WIRE_TIME(struct keep_view, next_at, "When it is looked at again; null: it is not."),
    WIRE_TEXT(struct keep_view, fault, 500, "Why the last look broke off; null: it did not."),
    WIRE_LIST(struct keep_view, topics, &topic_wire, CARE_TOPICS_MAX, "What the work needs, as it was seen last."),
    {},
};
static const struct wire keep_wire = {"ConnectionSubscriptions", sizeof(struct keep_view), keep_fields};

struct keep_ask {
    bool kept;
};
static const struct wire_field keep_ask_fields[] = {
    WIRE_BOOL(struct keep_ask, kept, "Whether they are kept; false: those that there are stay as they are."),
    {},
};
static const struct wire keep_ask_wire = {"ConnectionSubscriptionsKept", sizeof(struct keep_ask), keep_ask_fields};

static enum err keep_answer(struct scope *sc, struct rs *rs, const struct connection *c)
{
    struct care_keeping *k = ARENA_NEW(sc->arena, struct care_keeping);
    struct topic_view *v = ARENA_ARRAY(sc->arena, struct topic_view, CARE_TOPICS_MAX);
    struct keep_view view;

    TRY(sc, care_keep_get(sc, c, k));
    for (size_t i = 0; i < k->topic_count; i++)
        v[i] = (struct topic_view){k->topics[i].topic, k->topics[i].state};
    view = (struct keep_view){.connection_id = c->connection_id,
                              .possible = k->can,
                              .kept = k->wanted,
                              .fault = k->fault,
                              .kept_at = k->kept_us,
                              .next_at = k->next_us,
                              .topics = {v, k->topic_count}};
    return rs_json(sc, rs, 200, &keep_wire, &view);
}

static enum err keep_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, audit_read_of(sc, &c.customer_id, "connection.subscriptions", "con", &c.connection_id));
    return keep_answer(sc, rs, &c);
}

static enum err keep_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct keep_ask ask;
    struct connection c;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, rq_body(sc, rq, &keep_ask_wire, &ask));
    TRY(sc, care_keep_ask(sc, &c, ask.kept));
    audit_note(sc, &(struct audit_act){.action = "connection.keep",
                                       .object_kind = "con",
                                       .object_id = c.connection_id,
                                       .has_customer = true,
                                       .customer_id = c.customer_id,
                                       .detail = ask.kept ? "kept" : "not kept"});
    return keep_answer(sc, rs, &c);
}

/* ---- other secrets ---- */

#define OVERLAP_S     86400
#define OVERLAP_S_MAX 2592000

struct roll_ask {
    const char *secret, *api_token, *overlap;
    struct str secrets;
};

static const struct wire_field roll_fields[] = {
    {.name = "secret",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct roll_ask, secret),
     .min = 1,
     .max = 4096,
     .optional = true,
     .meaning = "The signing secret or password of a connector that has one."},
    {.name = "api_token",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct roll_ask, api_token),
     .min = 1,
     .max = 4096,
     .optional = true,
     .meaning = "What the system's own interface is asked with."},
    {.name = "secrets",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct roll_ask, secrets),
     .optional = true,
     .meaning = "All the secrets that the connector asks for, by their names."},
    WIRE_TEXT_OR_NULL(struct roll_ask, overlap, 32,
                      "How long deliveries that the secret before signs are taken as well, as PT2H: up to 30 days; "
                      "absent: one day."),
    {},
};
static const struct wire roll_wire = {"ConnectionSecrets", sizeof(struct roll_ask), roll_fields};

static void wipe(void *text)
{
    explicit_bzero(text, strlen(text));
}

static struct bytes secret_of(struct scope *sc, const char *text)
{
    if (!text)
        return (struct bytes){0};
    arena_defer(sc->arena, wipe, (void *)(uintptr_t)text);
    return (struct bytes){text, strlen(text)};
}

static enum err roll(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection_new in = {.rolls = true, .overlap_s = OVERLAP_S};
    struct connection_view view;
    struct roll_ask ask;
    struct connection c;
    int64_t us;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, rq_body(sc, rq, &roll_wire, &ask));
    in.customer_id = c.customer_id;
    in.secret = secret_of(sc, ask.secret);
    in.api_token = secret_of(sc, ask.api_token);
    in.secrets = ask.secrets;
    if (ask.overlap) {
        if (!flowdef_span(str_of(ask.overlap), &us) || us < 0 || us > OVERLAP_S_MAX * INT64_C(1000000))
            return api_invalid(sc, "/overlap", "invalid", "a span of days, hours and minutes as PT2H, 30 days at most");
        in.overlap_s = us / 1000000;
    }
    TRY(sc, connection_roll(sc, &c, &in));
    audit_note(sc, &(struct audit_act){.action = "connection.roll",
                                       .object_kind = "con",
                                       .object_id = c.connection_id,
                                       .has_customer = true,
                                       .customer_id = c.customer_id,
                                       .detail = arena_f(sc->arena, "overlap of %lld s", (long long)in.overlap_s)});
    TRY(sc, connection_get(sc, &c.connection_id, &c));
    api_connection_view(&c, &view);
    TRY(sc, api_connections_heard(sc, &view, 1));
    rs_version(sc, rs, c.row_version);
    return rs_json(sc, rs, 200, &api_connection_wire, &view);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

#define ONE "/v1/connections/{connection_id}"

const struct route api_connection_life_routes[] = {
    {GET, ONE, connection_one, .may = PERMISSION_CONNECTIONS_READ, .answers = &one_wire, .etag = true,
     .name = "connections.get", .summary = "One connection, whether it works, and what people have to know of it."},
    {POST, ONE "/checks", checks_ask, .may = PERMISSION_CONNECTIONS_WRITE, .answers = &checks_wire, .idempotent = true,
     .status = 202, .name = "connections.check",
     .summary = "Has a connection tried: nothing is changed by it, and it may be paused."},
    {GET, ONE "/checks", checks_get, .may = PERMISSION_CONNECTIONS_READ, .answers = &checks_wire,
     .name = "connections.checks", .summary = "What came of the last checks of a connection."},
    {GET, ONE "/subscriptions", keep_get, .may = PERMISSION_CONNECTIONS_READ, .answers = &keep_wire,
     .name = "connections.subscriptions", .summary = "What the vendor sends to a connection, as it was seen last."},
    {PUT, ONE "/subscriptions", keep_put, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &keep_ask_wire,
     .answers = &keep_wire, .name = "connections.keep",
     .summary = "Has what the vendor sends to a connection registered and kept so, or no more."},
    {POST, ONE "/secrets", roll, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &roll_wire,
     .answers = &api_connection_wire, .secret = true, .idempotent = true, .name = "connections.roll",
     .summary = "Gives a connection other secrets; what the ones before sign is taken for a while as well."},
    {GET, ONE "/requests", requests_list, .may = PERMISSION_CONNECTIONS_READ, .answers = &call_wire,
     .query = list_query, .paged = true, .name = "connections.requests",
     .summary =
         "Lists what was asked of the system lately, the newest first: the last 200 of a week, without secrets."},
    {},
};
