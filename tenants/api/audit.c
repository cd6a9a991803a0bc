#include <string.h>

#include "api/api_int.h"
#include "audit/audit.h"
#include "base/timefmt.h"
#include "net/net.h"
#include "sys/config.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

static const char *const actor_kinds[] = {"system", "api_key",  "user", "webhook", "client",
                                          "embed",  "operator", "none", NULL};

struct entry_view {
    struct uuid id, customer_id, request_id;
    int64_t seq, at, hash_version;
    const char *actor_kind, *actor_id, *actor_name, *address, *action, *object_id;
    const char *before_hash, *after_hash, *detail, *reason, *prev_hash, *hash;
};

static const struct wire_field entry_fields[] = {
    WIRE_INT(struct entry_view, seq, 1, INT64_MAX,
             "Its place in the record, which has no gaps. Whoever speaks for one customer sees this customer's entries "
             "alone, so that numbers are missing from what is shown."),
    WIRE_ID(struct entry_view, id, "aud", "This entry."),
    WIRE_TIME(struct entry_view, at, "When."),
    WIRE_ENUM(struct entry_view, actor_kind, actor_kinds, "What kind of actor."),
    WIRE_TEXT(struct entry_view, actor_id, 90, "Who; null for the system itself."),
    WIRE_TEXT(struct entry_view, actor_name, 200, "What the actor was called then."),
    WIRE_TEXT(struct entry_view, address, 60, "The network address it came from."),
    WIRE_ID_OR_NULL(struct entry_view, customer_id, "cus", "Whose matter it was; null when not one customer's."),
    WIRE_TEXT(struct entry_view, action, 60, "What was done: a noun and a verb."),
    WIRE_TEXT(struct entry_view, object_id, 90, "What it was done to; null when there is no single object."),
    WIRE_TEXT(struct entry_view, before_hash, 64, "BLAKE2b-256 of the object's JSON before, hex."),
    WIRE_TEXT(struct entry_view, after_hash, 64, "BLAKE2b-256 of the object's JSON afterwards, hex."),
    WIRE_TEXT(struct entry_view, detail, 500, "More, in words."),
    WIRE_TEXT(struct entry_view, reason, 1000, "Why, as a person gave it."),
    WIRE_ID(struct entry_view, request_id, "req", "The request that did it."),
    WIRE_INT(struct entry_view, hash_version, 1, 1, "How the hash was made."),
    WIRE_TEXT(struct entry_view, prev_hash, 64, "The hash of the entry before."),
    WIRE_TEXT(struct entry_view, hash, 64, "BLAKE2b-256 over all fields of this entry, hex."),
    {},
};
static const struct wire entry_wire = {"AuditEntry", sizeof(struct entry_view), entry_fields};

static const char *hex(struct scope *sc, const void *p, size_t n)
{
    struct buf b;

    if (!p)
        return NULL;
    buf_init(&b, sc->arena, 2 * n + 1);
    buf_hex(&b, p, n);
    return buf_cstr(&b);
}

static const char *typeid(struct scope *sc, const char *prefix, const struct uuid *id)
{
    char text[TYPEID_TEXT_MAX + 1];

    if (!prefix || uuid_is_nil(id))
        return NULL;
    typeid_format(prefix, id, text);
    return arena_strdup(sc->arena, text);
}

static struct entry_view view_of(struct scope *sc, const struct audit_entry *e)
{
    return (struct entry_view){.id = e->entry_id,
                               .customer_id = e->customer_id,
                               .request_id = e->request_id,
                               .seq = e->seq,
                               .at = e->at_us,
                               .hash_version = e->hash_version,
                               .actor_kind = e->actor_kind,
                               .actor_id = typeid(sc, audit_actor_prefix(e->actor_kind), &e->actor_id),
                               .actor_name = e->actor_name,
                               .address = e->address,
                               .action = e->action,
                               .object_id = typeid(sc, e->object_kind, &e->object_id),
                               .before_hash = hex(sc, e->before_hash.p, e->before_hash.n),
                               .after_hash = hex(sc, e->after_hash.p, e->after_hash.n),
                               .detail = e->detail,
                               .reason = e->reason,
                               .prev_hash = hex(sc, e->prev_hash, sizeof(e->prev_hash)),
                               .hash = hex(sc, e->hash, sizeof(e->hash))};
}

/* An id of any kind: the kind is not asked, because an id is one of a kind already. */
static enum err id_filter(struct scope *sc, const struct rq *rq, const char *name, struct uuid *out)
{
    struct str said = rq_query(rq, name);

    *out = (struct uuid){0};
    if (said.n == 0 || (typeid_parse_any(said.p, said.n, NULL, out) && !uuid_is_nil(out)))
        return OK;
    scope_item(sc, name, "invalid", "this is not an id");
    return FAIL(sc, ERR_INVALID, "%s takes an id", name);
}

static enum err time_filter(struct scope *sc, const struct rq *rq, const char *name, int64_t *out)
{
    struct str said = rq_query(rq, name);

    *out = 0;
    if (said.n == 0 || time_parse(said, out))
        return OK;
    scope_item(sc, name, "invalid", "this is not a time like 2026-11-23T10:00:00Z");
    return FAIL(sc, ERR_INVALID, "%s takes a time", name);
}

/* The place that the cursor holds; 0 without one. */
static enum err place_of(struct scope *sc, const struct rq *rq, struct str list_name, int64_t *out)
{
    struct str cursor = rq_query(rq, "cursor");
    struct bytes at;

    *out = 0;
    if (cursor.n == 0)
        return OK;
    TRY(sc, http_cursor_read(sc, list_name, cursor, &at));
    if (at.n != sizeof(*out))
        return FAIL(sc, ERR_INVALID, "the cursor is not one of this list");
    memcpy(out, at.p, sizeof(*out));
    return OK;
}

static enum err filter_of(struct scope *sc, const struct rq *rq, struct audit_filter *out)
{
    struct str action = rq_query(rq, "action");

    *out = (struct audit_filter){.action = action.n ? str_dup(sc->arena, action) : NULL};
    TRY(sc, id_filter(sc, rq, "actor", &out->actor_id));
    TRY(sc, id_filter(sc, rq, "object", &out->object_id));
    TRY(sc, time_filter(sc, rq, "created[gte]", &out->from_us));
    TRY(sc, time_filter(sc, rq, "created[lt]", &out->to_us));
    return place_of(sc, rq, STR("audit"), &out->before);
}

static enum err audit_entries(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct audit_filter f;
    struct audit_entry *v;
    struct entry_view *views;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, filter_of(sc, rq, &f));
    TRY(sc, audit_list(sc, &f, (size_t)limit + 1, &v, &n));
    TRY(sc, audit_read(sc, "audit.list", NULL, NULL));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("audit"), (struct bytes){&v[n - 1].seq, sizeof(v->seq)});
    }
    views = ARENA_ARRAY(sc->arena, struct entry_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(sc, &v[i]);
    return rs_page(sc, rq, rs, &entry_wire, views, n, cursor);
}

struct checkpoint_view {
    int64_t seq, at;
    struct uuid key_id;
    const char *hash, *signed_text, *signature;
};
static const struct wire_field checkpoint_fields[] = {
    WIRE_INT(struct checkpoint_view, seq, 1, INT64_MAX, "The entry it was made behind."),
    WIRE_TIME(struct checkpoint_view, at, "When it was signed."),
    WIRE_TEXT(struct checkpoint_view, hash, 64, "The hash of that entry, hex."),
    WIRE_ID(struct checkpoint_view, key_id, "sgk", "The key that signed it."),
    {.name = "signed",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct checkpoint_view, signed_text),
     .min = 1,
     .max = 1000,
     .meaning = "The text that the signature covers, octet for octet."},
    WIRE_TEXT(struct checkpoint_view, signature, 88, "Ed25519, base64."),
    {},
};
static const struct wire checkpoint_wire = {"AuditCheckpoint", sizeof(struct checkpoint_view), checkpoint_fields};

struct key_view {
    struct uuid key_id;
    const char *public_key;
    int64_t created_at, retired_at;
};
static const struct wire_field key_fields[] = {
    WIRE_ID(struct key_view, key_id, "sgk", "This key."),
    WIRE_TEXT(struct key_view, public_key, 44, "Its public half, Ed25519, base64. Keep it elsewhere, too."),
    WIRE_TIME(struct key_view, created_at, "Since when it signs."),
    WIRE_TIME(struct key_view, retired_at, "When another took its place; null for the one in use."),
    {},
};
static const struct wire key_wire = {"AuditCheckpointKey", sizeof(struct key_view), key_fields};

static const char *base64(struct scope *sc, struct bytes v)
{
    struct buf b;

    buf_init(&b, sc->arena, 2 * v.n + 8);
    buf_base64(&b, v.p, v.n);
    return buf_cstr(&b);
}

static enum err checkpoints(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct audit_checkpoint *v;
    struct checkpoint_view *views;
    const char *cursor = NULL;
    int64_t limit, before;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, place_of(sc, rq, STR("audit_checkpoints"), &before));
    TRY(sc, audit_checkpoint_list(sc, before, (size_t)limit + 1, &v, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("audit_checkpoints"), (struct bytes){&v[n - 1].seq, sizeof(v->seq)});
    }
    views = ARENA_ARRAY(sc->arena, struct checkpoint_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct checkpoint_view){.seq = v[i].seq,
                                            .at = v[i].at_us,
                                            .key_id = v[i].key_id,
                                            .hash = hex(sc, v[i].hash.p, v[i].hash.n),
                                            .signed_text = v[i].signed_text,
                                            .signature = base64(sc, v[i].signature)};
    return rs_page(sc, rq, rs, &checkpoint_wire, views, n, cursor);
}

static enum err checkpoint_keys(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct audit_key *v;
    struct key_view *views;
    size_t n;

    TRY(sc, audit_key_list(sc, &v, &n));
    views = ARENA_ARRAY(sc->arena, struct key_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct key_view){v[i].key_id, base64(sc, v[i].public_key), v[i].created_at_us, v[i].retired_at_us};
    return rs_page(sc, rq, rs, &key_wire, views, n, NULL);
}

#define EXPORT_OCTETS ((size_t)16 << 20)

/* As lines, because a record is read a line at a time. The header says where the next page begins. */
static enum err audit_download(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    int64_t from, to, next;
    struct buf page;

    TRY(sc, rq_query_int(sc, rq, "from_seq", 1, 1, INT64_MAX - AUDIT_PAGE_MAX, &from));
    TRY(sc, rq_query_int(sc, rq, "to_seq", 0, 0, INT64_MAX - 1, &to));
    buf_init(&page, sc->arena, EXPORT_OCTETS);
    TRY(sc, audit_read(sc, "audit.export", NULL, NULL));
    TRY(sc, audit_export(sc, from, to, &page, &next));
    if (next)
        rs_header(sc, rs, "link",
                  arena_f(sc->arena, "</v1/audit/export?from_seq=%lld&to_seq=%lld>; rel=\"next\"", (long long)next,
                          (long long)to));
    return rs_bytes(sc, rs, 200, "application/jsonl", buf_str(&page));
}

struct webhook_view {
    const char *url, *secret;
    int64_t created_at;
};
static const struct wire_field webhook_fields[] = {
    WIRE_TEXT(struct webhook_view, url, 2000, "Where checkpoints are sent."),
    WIRE_TIME(struct webhook_view, created_at, "Since when an address is named."),
    {},
};
static const struct wire webhook_wire = {"AuditWebhook", sizeof(struct webhook_view), webhook_fields};

static const struct wire_field webhook_secret_fields[] = {
    WIRE_TEXT(struct webhook_view, url, 2000, "Where checkpoints are sent."),
    WIRE_TEXT(struct webhook_view, secret, 60, "With it the receiver checks who sent them; shown this once."),
    {},
};
static const struct wire webhook_secret_wire = {"AuditWebhookSecret", sizeof(struct webhook_view),
                                                webhook_secret_fields};

static const struct wire_field webhook_ask_fields[] = {
    WIRE_TEXT(struct webhook_view, url, 2000, "An https address that answers with a status of 2xx."),
    {},
};
static const struct wire webhook_ask_wire = {"AuditWebhookPut", sizeof(struct webhook_view), webhook_ask_fields};

static enum err webhook_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct audit_webhook now;
    struct webhook_view view;

    (void)rq;
    TRY(sc, audit_webhook_get(sc, &now));
    view = (struct webhook_view){.url = now.url, .created_at = now.created_at_us};
    rs_version(sc, rs, now.version);
    return rs_json(sc, rs, 200, &webhook_wire, &view);
}

static enum err url_fits(struct scope *sc, const char *url)
{
    bool private = config_bool("ALLOW_PRIVATE_ADDRESSES");
    enum err e;

    if ((private || str_starts(str_of(url), "https://")) && net_url_check(sc, url, private) == OK)
        return OK;
    scope_clear(sc);
    scope_item(sc, "/url", "endpoint_forbidden", "name an https address that can be reached from the internet");
    e = FAIL(sc, ERR_INVALID, "checkpoints cannot be sent to this address");
    scope_problem(sc, "validation", 422);
    return e;
}

static enum err webhook_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    char secret[AUDIT_SECRET_TEXT_MAX];
    struct audit_webhook now = {0};
    struct webhook_view ask;
    int64_t version;

    TRY(sc, rq_body(sc, rq, &webhook_ask_wire, &ask));
    TRY(sc, url_fits(sc, ask.url));
    TRY(sc, api_replaced(sc, rq, audit_webhook_get(sc, &now), &now.version, &version));
    TRY(sc, audit_webhook_put(sc, ask.url, version, &version, secret));
    ask.secret = secret;
    rs_version(sc, rs, version);
    return rs_json(sc, rs, 200, &webhook_secret_wire, &ask);
}

static enum err webhook_remove(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct audit_webhook now;
    int64_t version;

    TRY(sc, audit_webhook_get(sc, &now));
    TRY(sc, api_replaced(sc, rq, OK, &now.version, &version));
    TRY(sc, audit_webhook_remove(sc, version));
    return rs_empty(sc, rs, 204);
}

static const char *const list_query[] = {"limit",  "cursor",       "actor",       "action",
                                         "object", "created[gte]", "created[lt]", NULL};
static const char *const page_query[] = {"limit", "cursor", NULL};
static const char *const export_query[] = {"from_seq", "to_seq", NULL};

const struct route api_audit_routes[] = {
    {GET, "/v1/audit", audit_entries, .may = PERMISSION_AUDIT_READ, .answers = &entry_wire, .query = list_query,
     .paged = true, .name = "audit.list",
     .summary = "Lists who did what, newest first. Whoever speaks for one customer sees that customer's entries, among "
                "which numbers are missing."},
    {GET, "/v1/audit/export", audit_download, .may = PERMISSION_AUDIT_READ, .query = export_query,
     .name = "audit.export", .cost = 20,
     .summary = "Gives a page of the record as lines of JSON that anybody can check; the link header names the next."},
    {GET, "/v1/audit/checkpoints", checkpoints, .may = PERMISSION_AUDIT_READ, .answers = &checkpoint_wire,
     .query = page_query, .paged = true, .name = "audit.checkpoints",
     .summary = "Lists what was signed of the record, newest first. Keep some elsewhere."},
    {GET, "/v1/audit/checkpoint-keys", checkpoint_keys, .may = PERMISSION_AUDIT_READ, .answers = &key_wire,
     .paged = true, .name = "audit.checkpoint_keys", .summary = "Lists the keys that sign checkpoints, oldest first."},
    {GET, "/v1/audit/webhook", webhook_get, .may = PERMISSION_AUDIT_WRITE, .answers = &webhook_wire, .etag = true,
     .name = "audit.webhook.get", .summary = "Shows where checkpoints are sent."},
    {PUT, "/v1/audit/webhook", webhook_put, .may = PERMISSION_AUDIT_WRITE, .takes = &webhook_ask_wire,
     .answers = &webhook_secret_wire, .etag = true, .secret = true, .name = "audit.webhook.put",
     .summary = "Names the address checkpoints are sent to; one that is named already needs if-match."},
    {DELETE, "/v1/audit/webhook", webhook_remove, .may = PERMISSION_AUDIT_WRITE, .etag = true, .status = 204,
     .name = "audit.webhook.delete", .summary = "Sends checkpoints nowhere any more."},
    {},
};
