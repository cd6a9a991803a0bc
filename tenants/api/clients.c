#include "access/callers.h"
#include "api/api_int.h"
#include "audit/audit.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200
#define SCOPES_MAX   64

struct client_view {
    struct uuid id, customer_id, brand_id;
    const char *name, *secret;
    struct wire_texts scopes;
    int64_t created_at, last_used_at, revoked_at;
};

#define CLIENT_FIELDS                                                                                                  \
    WIRE_ID(struct client_view, id, "cli", "This client; its client_id at the token endpoint."),                       \
        WIRE_TEXT(struct client_view, name, 120, "What people call it."),                                              \
        WIRE_TEXTS(struct client_view, scopes, SCOPES_MAX, "What its tokens may at most."),                            \
        {                                                                                                              \
            .name = "customer_id",                                                                                     \
            .kind = WIRE_KIND_ID,                                                                                      \
            .offset = offsetof(struct client_view, customer_id),                                                       \
            .prefix = "cus",                                                                                           \
            .optional = true,                                                                                          \
            .meaning = "The customer it is bound to; null for the whole partner.",                                     \
        },                                                                                                             \
        {                                                                                                              \
            .name = "brand_id",                                                                                        \
            .kind = WIRE_KIND_ID,                                                                                      \
            .offset = offsetof(struct client_view, brand_id),                                                          \
            .prefix = "brd",                                                                                           \
            .optional = true,                                                                                          \
            .meaning = "The store brand it is bound to; null for all of them.",                                        \
        },                                                                                                             \
        WIRE_TIME(struct client_view, created_at, "When it was made."),                                                \
        {                                                                                                              \
            .name = "last_used_at",                                                                                    \
            .kind = WIRE_KIND_TIME,                                                                                    \
            .offset = offsetof(struct client_view, last_used_at),                                                      \
            .optional = true,                                                                                          \
            .meaning = "When it last asked for a token, to the minute; null for never.",                               \
        },                                                                                                             \
    {                                                                                                                  \
        .name = "revoked_at", .kind = WIRE_KIND_TIME, .offset = offsetof(struct client_view, revoked_at),              \
        .optional = true, .meaning = "When it was revoked; null while it is not."                                      \
    }

static const struct wire_field client_fields[] = {CLIENT_FIELDS, {}};
static const struct wire client_wire = {"Client", sizeof(struct client_view), client_fields};

static const struct wire_field made_fields[] = {
    CLIENT_FIELDS,
    WIRE_TEXT(struct client_view, secret, 100, "Its client_secret; shown once."),
    {},
};
static const struct wire made_wire = {"ClientCreated", sizeof(struct client_view), made_fields};

struct client_ask {
    const char *name;
    struct wire_texts scopes;
    struct uuid brand_id;
};

static const struct wire_field ask_fields[] = {
    WIRE_TEXT(struct client_ask, name, 120, "What people will call it."),
    WIRE_TEXTS(struct client_ask, scopes, SCOPES_MAX,
               "What its tokens may at most: permissions that you hold yourself."),
    {.name = "brand_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct client_ask, brand_id),
     .prefix = "brd",
     .optional = true,
     .meaning = "The store brand to bind it to."},
    {},
};
static const struct wire ask_wire = {"ClientNew", sizeof(struct client_ask), ask_fields};

static void view_of(struct scope *sc, const struct access_client *c, struct client_view *v)
{
    *v = (struct client_view){.id = c->id,
                              .customer_id = c->customer_id,
                              .brand_id = c->brand_id,
                              .name = c->name,
                              .scopes = api_split(sc, c->scopes, ','),
                              .created_at = c->created_at,
                              .last_used_at = c->last_used_at,
                              .revoked_at = c->revoked_at};
}

static void note(struct scope *sc, const char *action, const struct access_client *c)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "cli",
                                       .object_id = c->id,
                                       .has_customer = !uuid_is_nil(&c->customer_id),
                                       .customer_id = c->customer_id,
                                       .detail = c->scopes});
}

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct access_client *c, const char *secret)
{
    struct client_view view;

    view_of(sc, c, &view);
    view.secret = secret;
    rs_version(sc, rs, c->version);
    return rs_json(sc, rs, status, secret ? &made_wire : &client_wire, &view);
}

static enum err clients_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct access_client *rows;
    struct client_view *views;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("clients"), &after));
    TRY(sc, access_client_list(sc, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("clients"), (struct bytes){rows[n - 1].id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct client_view, n);
    for (size_t i = 0; i < n; i++)
        view_of(sc, &rows[i], &views[i]);
    return rs_page(sc, rq, rs, &client_wire, views, n, cursor);
}

static enum err clients_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    char *text = arena_zalloc(sc->arena, ACCESS_SECRET_MAX);
    struct access_key_new in = {.expires_at = INT64_MIN};
    struct access_client made;
    struct client_ask ask;
    struct uuid id;

    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    TRY(sc, api_scopes_read(sc, &ask.scopes, &in.may));
    TRY(sc, api_may_give(sc, in.may));
    TRY(sc, api_bind(sc, &ask.brand_id, &in));
    in.name = ask.name;
    TRY(sc, access_client_create(sc, &in, &id, text));
    api_wipe_later(sc, text, ACCESS_SECRET_MAX);
    TRY(sc, access_client_get(sc, &id, &made));
    note(sc, "client.create", &made);
    return answer(sc, rs, 201, &made, text);
}

static enum err clients_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct access_client client;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "client_id", "cli", &id));
    TRY(sc, access_client_get(sc, &id, &client));
    return answer(sc, rs, 200, &client, NULL);
}

static enum err clients_revoke(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct access_client client;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "client_id", "cli", &id));
    TRY(sc, access_client_revoke(sc, &id));
    TRY(sc, access_client_get(sc, &id, &client));
    note(sc, "client.revoke", &client);
    return answer(sc, rs, 200, &client, NULL);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_client_routes[] = {
    {GET, "/v1/clients", clients_list, .may = PERMISSION_KEYS_READ, .answers = &client_wire, .query = list_query,
     .paged = true, .name = "clients.list", .summary = "Lists OAuth clients, oldest first."},
    {POST, "/v1/clients", clients_create, .may = PERMISSION_KEYS_WRITE, .takes = &ask_wire, .answers = &made_wire,
     .idempotent = true, .status = 201, .name = "clients.create",
     .summary = "Makes an OAuth client and shows its secret, once."},
    {GET, "/v1/clients/{client_id}", clients_get, .may = PERMISSION_KEYS_READ, .answers = &client_wire,
     .name = "clients.get", .summary = "Shows an OAuth client, without its secret."},
    {POST, "/v1/clients/{client_id}/revoke", clients_revoke, .may = PERMISSION_KEYS_WRITE, .answers = &client_wire,
     .name = "clients.revoke", .summary = "Ends an OAuth client and all of its tokens, within a second."},
    {},
};
