#include <string.h>

#include "api/connection_int.h"
#include "audit/audit.h"
#include "db/db.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

const char *const api_connection_statuses[] = {"active", "paused", "broken", "revoked", NULL};

static const char *const environments[] = {"live", "sandbox", NULL};

static const struct wire_field connection_fields[] = {CONNECTION_FIELDS, {}};
const struct wire api_connection_wire = {"Connection", sizeof(struct connection_view), connection_fields};

static const struct wire_field created_fields[] = {
    CONNECTION_FIELDS,
    WIRE_TEXT(struct connection_view, hook_path, 120, "Where the system sends its webhooks; shown once."),
    {},
};
static const struct wire created_wire = {"ConnectionCreated", sizeof(struct connection_view), created_fields};

struct connection_ask {
    const char *connector, *name, *secret, *api_token;
    struct str settings, secrets;
    struct uuid destination_id, brand_id;
    const char *environment;
    bool simulated;
};

static const struct wire_field ask_fields[] = {
    WIRE_TEXT(struct connection_ask, connector, 40,
              "Which kind of system: shopify, tryton, or http for any that takes JSON."),
    WIRE_TEXT(struct connection_ask, name, 120, "What people call it."),
    {.name = "secret",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct connection_ask, secret),
     .min = 1,
     .max = 4096,
     .optional = true,
     .meaning =
         "The signing secret or password of a connector that has one (shopify, tryton, http); sealed at once and "
         "never shown."},
    {.name = "api_token",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct connection_ask, api_token),
     .min = 1,
     .max = 4096,
     .optional = true,
     .meaning = "What the system's own interface is asked with, so that what it does not deliver is found (shopify: an "
                "Admin API access token); sealed at once and never shown."},
    {.name = "settings",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct connection_ask, settings),
     .optional = true,
     .meaning = "What the connector asks for; of a simulated connection only what should be otherwise than usual."},
    {.name = "secrets",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct connection_ask, secrets),
     .optional = true,
     .meaning = "The secrets that the connector asks for, by their names; sealed at once and never shown."},
    {.name = "destination_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct connection_ask, destination_id),
     .prefix = "con",
     .optional = true,
     .meaning = "Where its orders go."},
    {.name = "brand_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct connection_ask, brand_id),
     .prefix = "brd",
     .optional = true,
     .meaning = "The store brand it belongs to."},
    {.name = "environment",
     .kind = WIRE_KIND_ENUM,
     .offset = offsetof(struct connection_ask, environment),
     .names = environments,
     .optional = true,
     .meaning = "Where it works; live when not said."},
    {.name = "simulated",
     .kind = WIRE_KIND_BOOL,
     .offset = offsetof(struct connection_ask, simulated),
     .optional = true,
     .meaning = "Whether its system is a stand-in that this service makes up, of connections of a sandbox alone; no "
                "secrets are sent then, and `POST /v1/simulate/orders` has orders come in."},
    {},
};
const struct wire api_connection_new_wire = {"ConnectionNew", sizeof(struct connection_ask), ask_fields};

void api_connection_view(const struct connection *c, struct connection_view *v)
{
    *v = (struct connection_view){.id = c->connection_id,
                                  .customer_id = c->customer_id,
                                  .destination_id = c->destination_id,
                                  .brand_id = c->brand_id,
                                  .environment_id = c->environment_id,
                                  .connector = c->connector,
                                  .connector_version = c->connector_version,
                                  .connector_newest = c->connector_newest,
                                  .name = c->name,
                                  .status = c->status,
                                  .status_reason = c->status_reason,
                                  .paused_by = c->paused_by,
                                  .paused_at = c->paused_at_us,
                                  .reconnect_since = c->reconnect_us,
                                  .settings = str_of(c->settings),
                                  .simulated = c->simulated,
                                  .last_data_at = INT64_MIN,
                                  .created_at = c->created_at_us};
}

enum err api_connections_heard(struct scope *sc, struct connection_view *v, size_t n)
{
    struct uuid *ids = ARENA_ARRAY(sc->arena, struct uuid, n);
    int64_t *last = ARENA_ARRAY(sc->arena, int64_t, n);

    for (size_t i = 0; i < n; i++)
        ids[i] = v[i].id;
    TRY(sc, connection_heard(sc, ids, n, last));
    for (size_t i = 0; i < n; i++)
        v[i].last_data_at = last[i];
    return OK;
}

static enum err connections_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct connection *rows;
    struct connection_view *views;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("connections"), &after));
    TRY(sc, connection_list(sc, &after, (size_t)limit + 1, &rows, &n));
    TRY(sc, audit_read(sc, "connections.list", NULL, NULL));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("connections"), (struct bytes){rows[n - 1].connection_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct connection_view, n);
    for (size_t i = 0; i < n; i++)
        api_connection_view(&rows[i], &views[i]);
    TRY(sc, api_connections_heard(sc, views, n));
    return rs_page(sc, rq, rs, &api_connection_wire, views, n, cursor);
}

/* The decoded secret is wiped when the request ends, and so is the body it came in (route.secret). */
static void ask_wipe(void *secret)
{
    explicit_bzero(secret, strlen(secret));
}

static void note_created(struct scope *sc, const struct connection_view *v)
{
    struct buf after;

    buf_init(&after, sc->arena, WIRE_TEXT_MAX);
    wire_encode(&after, &api_connection_wire, v);
    audit_note(sc, &(struct audit_act){.action = "connection.create",
                                       .object_kind = "con",
                                       .object_id = v->id,
                                       .has_customer = true,
                                       .customer_id = v->customer_id,
                                       .after = buf_str(&after),
                                       .detail = v->connector});
}

static struct bytes secret_of(struct scope *sc, const char *text)
{
    if (!text)
        return (struct bytes){0};
    arena_defer(sc->arena, ask_wipe, (void *)(uintptr_t)text);
    return (struct bytes){text, strlen(text)};
}

enum err api_connection_asked(struct scope *sc, const struct rq *rq, struct connection_new *out)
{
    struct connection_ask *ask = ARENA_NEW(sc->arena, struct connection_ask);
    struct connection_new in = {0};

    TRY(sc, api_customer_of(sc, rq, &in.customer_id));
    TRY(sc, rq_body(sc, rq, &api_connection_new_wire, ask));
    in.secret = secret_of(sc, ask->secret);
    in.secrets = ask->secrets;
    in.api_token = secret_of(sc, ask->api_token);
    in.connector = ask->connector;
    in.name = ask->name;
    in.simulated = ask->simulated;
    if (!ask->settings.n && !ask->simulated)
        return scope_wrong(sc, "/settings", "required",
                           "the connection needs its settings: what the connector asks for, as an object");
    in.settings = ask->settings;
    in.destination_id = uuid_is_nil(&ask->destination_id) ? NULL : &ask->destination_id;
    in.brand_id = uuid_is_nil(&ask->brand_id) ? NULL : &ask->brand_id;
    in.environment_kind = ask->environment;
    if (sc->tenant.has_brand && !in.brand_id)
        in.brand_id = &sc->tenant.brand_id;
    *out = in;
    return OK;
}

static enum err connections_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection_view view;
    struct connection_new in;
    struct connection made;
    char token[HOOK_TOKEN_MAX];
    struct uuid id;

    TRY(sc, api_connection_asked(sc, rq, &in));
    TRY(sc, connection_create(sc, &in, &id, token));
    TRY(sc, connection_get(sc, &id, &made));
    api_connection_view(&made, &view);
    note_created(sc, &view);
    view.hook_path = *token ? arena_f(sc->arena, "/hooks/%s", token) : NULL;
    return rs_json(sc, rs, 201, &created_wire, &view);
}

/* ---- one, and its pauses ---- */

enum err api_connection_named(struct scope *sc, const struct rq *rq, struct connection *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "connection_id", "con", &id));
    return connection_get(sc, &id, out);
}

static enum err answer(struct scope *sc, struct rs *rs, const struct uuid *id)
{
    struct connection_view view;
    struct connection c;

    TRY(sc, connection_get(sc, id, &c));
    api_connection_view(&c, &view);
    TRY(sc, api_connections_heard(sc, &view, 1));
    rs_version(sc, rs, c.row_version);
    return rs_json(sc, rs, 200, &api_connection_wire, &view);
}

static void note_pause(struct scope *sc, const char *action, const struct connection *c, const char *reason)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "con",
                                       .object_id = c->connection_id,
                                       .has_customer = true,
                                       .customer_id = c->customer_id,
                                       .reason = reason});
}

struct pause_ask {
    const char *reason;
};

static const struct wire_field pause_fields[] = {
    WIRE_TEXT(struct pause_ask, reason, 500, "Why, for those who wait for it."),
    {},
};
static const struct wire pause_wire = {"ConnectionPause", sizeof(struct pause_ask), pause_fields};

static enum err pause(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct pause_ask ask;
    struct connection c;
    bool changed;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, rq_body(sc, rq, &pause_wire, &ask));
    TRY(sc, connection_pause(sc, &c, ask.reason, api_actor_text(sc), &changed));
    if (changed)
        note_pause(sc, "connection.pause", &c, ask.reason);
    return answer(sc, rs, &c.connection_id);
}

static enum err resume(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;
    bool changed;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, connection_resume(sc, &c, &changed));
    if (changed)
        note_pause(sc, "connection.resume", &c, NULL);
    return answer(sc, rs, &c.connection_id);
}

#define ONE "/v1/connections/{connection_id}"

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_connection_routes[] = {
    {GET, "/v1/connections", connections_list, .may = PERMISSION_CONNECTIONS_READ, .answers = &api_connection_wire,
     .query = list_query, .paged = true, .name = "connections.list",
     .summary = "Lists connections to outside systems, oldest first."},
    {POST, "/v1/connections", connections_create, .may = PERMISSION_CONNECTIONS_WRITE,
     .takes = &api_connection_new_wire, .answers = &created_wire, .secret = true, .idempotent = true, .status = 201,
     .name = "connections.create", .summary = "Makes a connection and seals its credential."},
    {POST, ONE "/pause", pause, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &pause_wire,
     .answers = &api_connection_wire, .idempotent = true, .name = "connections.pause",
     .summary = "Begins nothing that would call the system; what comes in is taken, and waits."},
    {POST, ONE "/resume", resume, .may = PERMISSION_CONNECTIONS_WRITE, .answers = &api_connection_wire,
     .idempotent = true, .name = "connections.resume",
     .summary = "Lets what waits for a connection go on, with as much more time."},
    {},
};
