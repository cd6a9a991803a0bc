#include "audit/audit_int.h"
#include "base/timefmt.h"
#include "q_audit.h"

/* The record as lines of JSON, which anybody can check: audit.h says how they look. */
#define CHECKPOINTS_MAX 10000

static void put_base64(struct buf *b, const char *name, struct bytes v)
{
    buf_f(b, ",\"%s\":\"", name);
    buf_base64(b, v.p, v.n);
    buf_c(b, '"');
}

static void put_time(struct buf *b, const char *name, int64_t us)
{
    char text[TIME_TEXT_MAX];

    if (us == INT64_MIN) {
        buf_f(b, ",\"%s\":null", name);
        return;
    }
    time_format(us, text);
    buf_f(b, ",\"%s\":\"%s\"", name, text);
}

void audit_put_key(struct buf *b, const struct audit_key *k)
{
    char id[TYPEID_TEXT_MAX + 1];

    typeid_format(AUDIT_KEY_PREFIX, &k->key_id, id);
    buf_f(b, "{\"key_id\":\"%s\"", id);
    put_base64(b, "public_key", k->public_key);
    put_time(b, "created_at", k->created_at_us);
    put_time(b, "retired_at", k->retired_at_us);
    buf_c(b, '}');
}

void audit_put_checkpoint(struct buf *b, const struct audit_checkpoint *c)
{
    char id[TYPEID_TEXT_MAX + 1];

    typeid_format(AUDIT_KEY_PREFIX, &c->key_id, id);
    buf_f(b, "{\"seq\":%lld", (long long)c->seq);
    put_time(b, "at", c->at_us);
    buf_s(b, ",\"hash\":\"");
    buf_hex(b, c->hash.p, c->hash.n);
    buf_f(b, "\",\"key_id\":\"%s\",\"signed\":", id);
    json_put_text(b, str_of(c->signed_text));
    put_base64(b, "signature", c->signature);
    buf_c(b, '}');
}

static void put_entry(struct scope *sc, struct buf *b, const struct audit_entry *e)
{
    struct str text = audit_canonical(sc, e);

    buf_s(b, "{\"entry\":");
    buf_add(b, text.p, text.n);
    buf_s(b, ",\"hash\":\"");
    buf_hex(b, e->hash, sizeof(e->hash));
    buf_s(b, "\"}\n");
}

static void put_head(struct scope *sc, struct buf *b, int64_t from_seq, int64_t to_seq)
{
    char partner[TYPEID_TEXT_MAX + 1];

    typeid_format("prt", &sc->tenant.partner_id, partner);
    buf_f(b, "{\"export\":{\"complete\":%s,\"from_seq\":%lld,\"partner_id\":\"%s\",\"to_seq\":%lld}}\n",
          sc->tenant.has_customer ? "false" : "true", (long long)from_seq, partner, (long long)to_seq);
}

static enum err put_keys(struct scope *sc, struct buf *b)
{
    struct audit_key *v;
    size_t n;

    TRY(sc, audit_key_list(sc, &v, &n));
    for (size_t i = 0; i < n; i++) {
        buf_s(b, "{\"key\":");
        audit_put_key(b, &v[i]);
        buf_s(b, "}\n");
    }
    return OK;
}

static enum err put_checkpoints(struct scope *sc, struct buf *b, int64_t from_seq, int64_t to_seq)
{
    struct q_audit_checkpoint_range_in in = {.from_seq = from_seq, .to_seq = to_seq, .most = CHECKPOINTS_MAX};
    struct q_audit_checkpoint_range_rows rows;

    TRY(sc, q_audit_checkpoint_range(sc, &in, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        struct audit_checkpoint c = {.seq = rows.v[i].seq,
                                     .at_us = rows.v[i].at_us,
                                     .hash = rows.v[i].hash,
                                     .signature = rows.v[i].signature,
                                     .key_id = rows.v[i].key_id,
                                     .signed_text = rows.v[i].signed_text};

        buf_s(b, "{\"checkpoint\":");
        audit_put_checkpoint(b, &c);
        buf_s(b, "}\n");
    }
    return OK;
}

/* The last page also holds checkpoints of places behind the head, if there are any: then the record was cut. */
static enum err bounds(struct scope *sc, int64_t from_seq, int64_t to_seq, int64_t *out_last, int64_t *out_next)
{
    const struct q_audit_head_now_row *head;
    int64_t last;

    TRY(sc, q_audit_head_now(sc, &head));
    last = head ? head->seq : 0;
    if (to_seq && to_seq < last)
        last = to_seq;
    *out_next = last - from_seq >= AUDIT_PAGE_MAX ? from_seq + AUDIT_PAGE_MAX : 0;
    *out_last = *out_next ? *out_next - 1 : last;
    return OK;
}

enum err audit_export(struct scope *sc, int64_t from_seq, int64_t to_seq, struct buf *out, int64_t *out_next)
{
    struct audit_entry *v;
    int64_t last, next;
    size_t n;

    TRY(sc, bounds(sc, from_seq, to_seq, &last, &next));
    put_head(sc, out, from_seq, last);
    TRY(sc, put_keys(sc, out));
    TRY(sc, put_checkpoints(sc, out, from_seq, next || to_seq ? last : INT64_MAX));
    TRY(sc, audit_list(sc, &(struct audit_filter){.from_seq = from_seq, .before = last + 1}, AUDIT_PAGE_MAX, &v, &n));
    while (n-- > 0)
        put_entry(sc, out, &v[n]);
    if (next)
        buf_f(out, "{\"end\":{\"next_from_seq\":%lld}}\n", (long long)next);
    else
        buf_s(out, "{\"end\":{\"next_from_seq\":null}}\n");
    if (out->full)
        return FAIL(sc, ERR_TOO_LARGE, "the page is too large; ask for fewer entries");
    *out_next = next;
    return OK;
}
