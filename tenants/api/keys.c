#include <string.h>

#include "access/callers.h"
#include "api/api_int.h"
#include "audit/audit.h"
#include "json/doc.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200
#define SCOPES_MAX   64

struct key_view {
    struct uuid id, customer_id, brand_id;
    const char *name, *prefix, *secret;
    struct wire_texts scopes, addresses;
    int64_t created_at, expires_at, last_used_at, revoked_at, previous_secret_until;
};

#define OPTIONAL_ID(type, member, prefix_, meaning_)                                                                   \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_ID, .offset = offsetof(type, member), .prefix = (prefix_),                  \
        .optional = true, .meaning = (meaning_)                                                                        \
    }
#define OPTIONAL_TIME(type, member, meaning_)                                                                          \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_TIME, .offset = offsetof(type, member), .optional = true,                   \
        .meaning = (meaning_)                                                                                          \
    }
#define OPTIONAL_TEXTS(type, member, max_, meaning_)                                                                   \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_TEXTS, .offset = offsetof(type, member), .max = (max_), .optional = true,   \
        .meaning = (meaning_)                                                                                          \
    }

#define KEY_FIELDS                                                                                                     \
    WIRE_ID(struct key_view, id, "key", "This key."), WIRE_TEXT(struct key_view, name, 120, "What people call it."),   \
        WIRE_TEXT(struct key_view, prefix, 20, "How its secret begins, to tell keys apart."),                          \
        WIRE_TEXTS(struct key_view, scopes, SCOPES_MAX, "What it may."),                                               \
        WIRE_TEXTS(struct key_view, addresses, ACCESS_ADDRESSES_MAX,                                                   \
                   "Addresses and networks it may be used from; none: from anywhere."),                                \
        OPTIONAL_ID(struct key_view, customer_id, "cus", "The customer it is bound to; null for the whole partner."),  \
        OPTIONAL_ID(struct key_view, brand_id, "brd", "The store brand it is bound to; null for all of them."),        \
        WIRE_TIME(struct key_view, created_at, "When it was made."),                                                   \
        OPTIONAL_TIME(struct key_view, expires_at, "When it ends by itself; null for never."),                         \
        OPTIONAL_TIME(struct key_view, last_used_at, "When it was last used, to the minute; null for never."),         \
        OPTIONAL_TIME(struct key_view, revoked_at, "When it was revoked; null while it is not."),                      \
        OPTIONAL_TIME(struct key_view, previous_secret_until,                                                          \
                      "Until when the secret before the last rotation is good as well; null without one.")

static const struct wire_field key_fields[] = {KEY_FIELDS, {}};
static const struct wire key_wire = {"ApiKey", sizeof(struct key_view), key_fields};

static const struct wire_field made_fields[] = {
    KEY_FIELDS,
    WIRE_TEXT(struct key_view, secret, 100, "The key itself, to be sent as a bearer; shown once."),
    {},
};
static const struct wire made_wire = {"ApiKeyCreated", sizeof(struct key_view), made_fields};

struct key_ask {
    const char *name;
    struct wire_texts scopes, addresses;
    struct uuid brand_id;
    int64_t expires_at;
};

static const struct wire_field ask_fields[] = {
    WIRE_TEXT(struct key_ask, name, 120, "What people will call it."),
    WIRE_TEXTS(struct key_ask, scopes, SCOPES_MAX, "What it may: names of permissions that you hold yourself."),
    OPTIONAL_TEXTS(struct key_ask, addresses, ACCESS_ADDRESSES_MAX, "Where it may be used from; none: anywhere."),
    OPTIONAL_ID(struct key_ask, brand_id, "brd", "The store brand to bind it to."),
    OPTIONAL_TIME(struct key_ask, expires_at, "When it is to end by itself."),
    {},
};
static const struct wire ask_wire = {"ApiKeyNew", sizeof(struct key_ask), ask_fields};

static const struct wire_field change_fields[] = {
    {.name = "name",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct key_ask, name),
     .min = 1,
     .max = 120,
     .optional = true,
     .meaning = "What people call it from now on."},
    OPTIONAL_TEXTS(struct key_ask, addresses, ACCESS_ADDRESSES_MAX, "Where it may be used from; [] for anywhere."),
    OPTIONAL_TIME(struct key_ask, expires_at, "When it is to end by itself; null for never."),
    {},
};
static const struct wire change_wire = {"ApiKeyChange", sizeof(struct key_ask), change_fields};

struct key_turn {
    int64_t overlap_seconds;
};

static const struct wire_field turn_fields[] = {
    WIRE_INT(struct key_turn, overlap_seconds, 0, ACCESS_OVERLAP_MAX_S,
             "How long the secret that is replaced is good besides the new one; 0 ends it at once."),
    {},
};
static const struct wire turn_wire = {"ApiKeyRotation", sizeof(struct key_turn), turn_fields};

static void view_of(struct scope *sc, const struct access_key *k, struct key_view *v)
{
    *v = (struct key_view){.id = k->id,
                           .customer_id = k->customer_id,
                           .brand_id = k->brand_id,
                           .name = k->name,
                           .prefix = k->prefix,
                           .scopes = api_split(sc, k->scopes, ','),
                           .addresses = api_split(sc, k->addresses, ','),
                           .created_at = k->created_at,
                           .expires_at = k->expires_at,
                           .last_used_at = k->last_used_at,
                           .revoked_at = k->revoked_at,
                           .previous_secret_until = k->old_until};
}

static void note(struct scope *sc, const char *action, const struct access_key *k)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "key",
                                       .object_id = k->id,
                                       .has_customer = !uuid_is_nil(&k->customer_id),
                                       .customer_id = k->customer_id,
                                       .detail = k->scopes});
}

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id, const char *secret)
{
    struct access_key key;
    struct key_view view;

    TRY(sc, access_key_get(sc, id, &key));
    view_of(sc, &key, &view);
    view.secret = secret;
    rs_version(sc, rs, key.version);
    return rs_json(sc, rs, status, secret ? &made_wire : &key_wire, &view);
}

static enum err keys_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct access_key *rows;
    struct key_view *views;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("api-keys"), &after));
    TRY(sc, access_key_list(sc, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("api-keys"), (struct bytes){rows[n - 1].id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct key_view, n);
    for (size_t i = 0; i < n; i++)
        view_of(sc, &rows[i], &views[i]);
    return rs_page(sc, rq, rs, &key_wire, views, n, cursor);
}

static enum err keys_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    char *text = arena_zalloc(sc->arena, ACCESS_SECRET_MAX);
    struct access_key_new in = {0};
    struct access_key made;
    struct key_ask ask;
    struct uuid id;

    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    TRY(sc, api_scopes_read(sc, &ask.scopes, &in.may));
    TRY(sc, api_may_give(sc, in.may));
    TRY(sc, api_expiry_check(sc, ask.expires_at));
    TRY(sc, api_bind(sc, &ask.brand_id, &in));
    in.name = ask.name;
    in.addresses = ask.addresses.items;
    in.addresses_n = ask.addresses.n;
    in.expires_at = ask.expires_at;
    TRY(sc, access_key_create(sc, &in, &id, text));
    api_wipe_later(sc, text, ACCESS_SECRET_MAX);
    TRY(sc, access_key_get(sc, &id, &made));
    note(sc, "api_key.create", &made);
    return answer(sc, rs, 201, &id, text);
}

static enum err keys_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "key_id", "key", &id));
    return answer(sc, rs, 200, &id, NULL);
}

/* A key that may more than the caller is not the caller's to widen, nor to be shown a secret of. */
static enum err key_of(struct scope *sc, const struct rq *rq, struct access_key *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "key_id", "key", &id));
    TRY(sc, access_key_get(sc, &id, out));
    TRY(sc, api_may_give(sc, permission_set(out->scopes)));
    if (out->revoked_at != INT64_MIN)
        return FAIL(sc, ERR_CONFLICT, "the key is revoked, and stays so");
    return OK;
}

/* A member that is absent leaves its value as it is, and null takes it away (RFC 7396), which the wire does not tell.
 */
static bool is_there(struct scope *sc, const struct rq *rq, const char *member)
{
    const struct doc *body;

    return doc_parse(sc, rq->body, &body) == OK && doc_get(body, member);
}

static enum err keys_change(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct access_key_new to = {0};
    struct wire_texts addresses;
    struct access_key key;
    struct key_ask ask;
    int64_t version;
    bool changed;

    TRY(sc, key_of(sc, rq, &key));
    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, rq_body(sc, rq, &change_wire, &ask));
    if (version != key.version)
        return rq_stale(sc, key.version);
    addresses = ask.addresses.items ? ask.addresses : api_split(sc, key.addresses, ',');
    to.name = ask.name ? ask.name : key.name;
    to.addresses = addresses.items;
    to.addresses_n = addresses.n;
    to.expires_at = is_there(sc, rq, "expires_at") ? ask.expires_at : key.expires_at;
    if (to.expires_at != key.expires_at)
        TRY(sc, api_expiry_check(sc, to.expires_at));
    to.may = permission_set(key.scopes);
    to.customer_id = uuid_is_nil(&key.customer_id) ? NULL : &key.customer_id;
    TRY(sc, access_key_update(sc, &key, &to, &changed));
    if (!changed)
        return rq_stale(sc, key.version + 1);
    note(sc, "api_key.change", &key);
    return answer(sc, rs, 200, &key.id, NULL);
}

static enum err keys_rotate(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    char *text = arena_zalloc(sc->arena, ACCESS_SECRET_MAX);
    struct access_key key;
    struct key_turn ask;
    bool changed;

    TRY(sc, rq_body(sc, rq, &turn_wire, &ask));
    TRY(sc, key_of(sc, rq, &key));
    TRY(sc, access_key_turn(sc, &key, (int)ask.overlap_seconds, text, &changed));
    api_wipe_later(sc, text, ACCESS_SECRET_MAX);
    if (!changed)
        return FAIL(sc, ERR_CONFLICT, "somebody has changed the key meanwhile; look at it again");
    note(sc, "api_key.rotate", &key);
    return answer(sc, rs, 200, &key.id, text);
}

static enum err keys_revoke(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct access_key key;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "key_id", "key", &id));
    TRY(sc, access_key_get(sc, &id, &key));
    TRY(sc, access_key_revoke(sc, &id));
    note(sc, "api_key.revoke", &key);
    return answer(sc, rs, 200, &id, NULL);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_key_routes[] = {
    {GET, "/v1/api-keys", keys_list, .may = PERMISSION_KEYS_READ, .answers = &key_wire, .query = list_query,
     .paged = true, .name = "api-keys.list", .summary = "Lists API keys, oldest first."},
    {POST, "/v1/api-keys", keys_create, .may = PERMISSION_KEYS_WRITE, .takes = &ask_wire, .answers = &made_wire,
     .idempotent = true, .etag = true, .status = 201, .name = "api-keys.create",
     .summary = "Makes an API key and shows it, once."},
    {GET, "/v1/api-keys/{key_id}", keys_get, .may = PERMISSION_KEYS_READ, .answers = &key_wire, .etag = true,
     .name = "api-keys.get", .summary = "Shows an API key, without its secret."},
    {PATCH, "/v1/api-keys/{key_id}", keys_change, .may = PERMISSION_KEYS_WRITE, .takes = &change_wire,
     .answers = &key_wire, .etag = true, .name = "api-keys.change",
     .summary = "Changes the name, the addresses or the end of an API key."},
    {POST, "/v1/api-keys/{key_id}/rotate", keys_rotate, .may = PERMISSION_KEYS_WRITE, .takes = &turn_wire,
     .answers = &made_wire, .idempotent = true, .name = "api-keys.rotate",
     .summary = "Gives an API key a new secret; the one before is good until the overlap has passed."},
    {POST, "/v1/api-keys/{key_id}/revoke", keys_revoke, .may = PERMISSION_KEYS_WRITE, .answers = &key_wire,
     .name = "api-keys.revoke", .summary = "Ends an API key for good, within a second."},
    {},
};
