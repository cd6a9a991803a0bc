#include <string.h>

#include "audit/audit_int.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "obs/obs.h"
#include "org/org.h"
#include "q_audit.h"

#define LOOK_OVER 1000 /* entries at a time */

enum err audit_due(struct scope *sc, int64_t entries, int seconds, size_t most, struct uuid **out, size_t *out_n)
{
    struct q_audit_due_in in = {.entries = entries, .seconds = seconds, .most = (int32_t)most};
    struct q_audit_due_rows rows;
    struct uuid *v;

    TRY(sc, q_audit_due(sc, &in, &rows));
    v = ARENA_ARRAY(sc->arena, struct uuid, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = rows.v[i].partner_id;
    *out = v;
    *out_n = rows.n;
    return OK;
}

static enum err look_over_some(struct scope *sc, int64_t to_seq, struct audit_chain *chain)
{
    struct audit_filter f = {.from_seq = chain->seq + 1, .before = chain->seq + 1 + LOOK_OVER};
    struct audit_entry *v;
    size_t n;

    if (f.before > to_seq)
        f.before = to_seq + 1;
    TRY(sc, audit_list(sc, &f, LOOK_OVER, &v, &n));
    for (size_t i = n; i-- > 0;) {
        struct str text = audit_canonical(sc, &v[i]);
        const char *why = audit_chain_add(chain, v[i].seq, v[i].prev_hash, text, v[i].hash);

        if (why)
            return FAIL(sc, ERR_CONFLICT, "entry %lld of the record %s", (long long)(chain->seq + 1), why);
    }
    if (n == 0)
        return FAIL(sc, ERR_CONFLICT, "the record is cut off behind entry %lld", (long long)chain->seq);
    return OK;
}

/* What stands between the last checkpoint and the head must be what was written: a changed record is never signed. */
static enum err look_over(struct scope *sc, const struct q_audit_head_now_row *head)
{
    struct audit_chain chain = {.seq = head->checkpoint_seq};

    if (head->checkpoint_hash.p)
        memcpy(chain.hash, head->checkpoint_hash.p, sizeof(chain.hash));
    while (chain.seq < head->seq)
        TRY(sc, look_over_some(sc, head->seq, &chain));
    if (memcmp(chain.hash, head->hash.p, sizeof(chain.hash)) != 0)
        return FAIL(sc, ERR_CONFLICT, "the record's head is not the hash of its last entry");
    return OK;
}

static struct str signed_text(struct scope *sc, int64_t seq, int64_t at_us, struct bytes hash)
{
    char at[TIME_TEXT_MAX], partner[TYPEID_TEXT_MAX + 1];
    struct buf b;

    time_format(at_us, at);
    typeid_format("prt", &sc->tenant.partner_id, partner);
    buf_init(&b, sc->arena, 1000);
    buf_f(&b, "{\"at\":\"%s\",\"hash\":\"", at);
    buf_hex(&b, hash.p, hash.n);
    buf_f(&b, "\",\"hash_version\":%d,\"partner_id\":\"%s\",\"seq\":%lld,\"type\":\"audit.checkpoint\"}",
          AUDIT_HASH_VERSION, partner, (long long)seq);
    return (struct str){buf_cstr(&b), b.n};
}

enum err audit_checkpoint_make(struct scope *sc)
{
    struct q_audit_checkpoint_add_in in = {.partner_id = sc->tenant.partner_id, .delivery_id = uuid_new()};
    const struct q_audit_head_now_row *head;
    uint8_t signature[CRYPTO_SIGNATURE_BYTES];
    struct str text;

    TRY(sc, q_audit_head_now(sc, &head));
    if (!head || head->seq == head->checkpoint_seq)
        return db_commit(sc);
    TRY(sc, look_over(sc, head));
    in.seq = head->seq;
    in.hash = head->hash;
    in.at_us = time_now_us();
    text = signed_text(sc, in.seq, in.at_us, in.hash);
    in.signed_text = text.p;
    TRY(sc, org_sign(sc, ORG_SIGN_AUDIT, text, &in.key_id, signature));
    in.signature = (struct bytes){signature, sizeof(signature)};
    TRY(sc, q_audit_checkpoint_add(sc, &in, NULL));
    return db_commit(sc);
}

enum err audit_checkpoint_list(struct scope *sc, int64_t before, size_t most, struct audit_checkpoint **out,
                               size_t *out_n)
{
    struct q_audit_checkpoint_list_in in = {.before = before ? before : INT64_MAX, .most = (int32_t)most};
    struct q_audit_checkpoint_list_rows rows;
    struct audit_checkpoint *v;

    TRY(sc, q_audit_checkpoint_list(sc, &in, &rows));
    v = ARENA_ARRAY(sc->arena, struct audit_checkpoint, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct audit_checkpoint){.seq = rows.v[i].seq,
                                         .at_us = rows.v[i].at_us,
                                         .hash = rows.v[i].hash,
                                         .signature = rows.v[i].signature,
                                         .key_id = rows.v[i].key_id,
                                         .signed_text = rows.v[i].signed_text};
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err audit_key_list(struct scope *sc, struct audit_key **out, size_t *out_n)
{
    struct q_audit_key_list_rows rows;
    struct audit_key *v;

    TRY(sc, q_audit_key_list(sc, &rows));
    v = ARENA_ARRAY(sc->arena, struct audit_key, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct audit_key){.key_id = rows.v[i].signing_key_id,
                                  .public_key = rows.v[i].public_key,
                                  .created_at_us = rows.v[i].created_at_us,
                                  .retired_at_us = rows.v[i].has_retired_at ? rows.v[i].retired_at_us : INT64_MIN};
    *out = v;
    *out_n = rows.n;
    return OK;
}
