#include <string.h>

#include "audit/audit_int.h"
#include "base/timefmt.h"
#include "json/doc.h"

#define CANONICAL_MAX 16384

const char *audit_actor_prefix(const char *actor_kind)
{
    static const char *const prefixes[][2] = {{"api_key", "key"}, {"user", "usr"},    {"client", "cli"},
                                              {"embed", "emb"},   {"webhook", "con"}, {"operator", "gra"}};

    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (strcmp(actor_kind, prefixes[i][0]) == 0)
            return prefixes[i][1];
    return NULL;
}

static void put_text(struct buf *b, const char *name, const char *text)
{
    buf_s(b, name);
    if (text)
        json_put_text(b, str_of(text));
    else
        buf_s(b, "null");
}

static void put_id(struct buf *b, const char *name, const char *prefix, const struct uuid *id)
{
    char text[TYPEID_TEXT_MAX + 1];

    if (prefix && !uuid_is_nil(id))
        typeid_format(prefix, id, text);
    put_text(b, name, prefix && !uuid_is_nil(id) ? text : NULL);
}

static void put_hash(struct buf *b, const char *name, struct bytes hash)
{
    buf_s(b, name);
    if (!hash.p) {
        buf_s(b, "null");
        return;
    }
    buf_c(b, '"');
    buf_hex(b, hash.p, hash.n);
    buf_c(b, '"');
}

static void put_what(struct buf *b, const struct audit_entry *e)
{
    char at[TIME_TEXT_MAX];

    time_format(e->at_us, at);
    put_text(b, "{\"action\":", e->action);
    put_id(b, ",\"actor_id\":", audit_actor_prefix(e->actor_kind), &e->actor_id);
    put_text(b, ",\"actor_kind\":", e->actor_kind);
    put_text(b, ",\"actor_name\":", e->actor_name);
    put_text(b, ",\"address\":", e->address);
    put_hash(b, ",\"after_hash\":", e->after_hash);
    put_text(b, ",\"at\":", at);
    put_hash(b, ",\"before_hash\":", e->before_hash);
    put_id(b, ",\"customer_id\":", "cus", &e->customer_id);
    put_text(b, ",\"detail\":", e->detail);
}

struct str audit_canonical(struct scope *sc, const struct audit_entry *e)
{
    struct buf b;

    buf_init(&b, sc->arena, CANONICAL_MAX);
    put_what(&b, e);
    put_id(&b, ",\"entry_id\":", "aud", &e->entry_id);
    buf_f(&b, ",\"hash_version\":%d", (int)e->hash_version);
    put_id(&b, ",\"object_id\":", e->object_kind, &e->object_id);
    put_text(&b, ",\"object_kind\":", e->object_kind);
    put_id(&b, ",\"partner_id\":", "prt", &e->partner_id);
    put_hash(&b, ",\"prev_hash\":", (struct bytes){e->prev_hash, sizeof(e->prev_hash)});
    put_text(&b, ",\"reason\":", e->reason);
    put_id(&b, ",\"request_id\":", "req", &e->request_id);
    buf_s(&b, ",\"seq\":");
    buf_i64(&b, e->seq);
    buf_c(&b, '}');
    MUST_BE(!b.full);
    return buf_str(&b);
}
