#include <string.h>

#include "db/db.h"
#include "org/org_int.h"
#include "q_org.h"

static const struct {
    const char *name, *algorithm;
    enum org_class class;
} purposes[] = {
    [ORG_SIGN_TOKEN] = {"token", "ES256", ORG_EDGE},
    [ORG_SIGN_PROOF] = {"proof", "Ed25519", ORG_EDGE},
    [ORG_SIGN_AUDIT] = {"audit", "Ed25519", ORG_CONNECTION},
    [ORG_SIGN_EXPORT] = {"export", "Ed25519", ORG_CONNECTION},
};

const char *org_purpose_name(enum org_purpose p)
{
    return purposes[p].name;
}

/* What a sealed private half is bound to. */
static struct str label(struct scope *sc, enum org_purpose p, const struct uuid *key_id, int32_t epoch)
{
    char partner[UUID_TEXT_LEN + 1], key[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    uuid_format(key_id, key);
    return str_of(arena_f(sc->arena, "signing-key/%s/%s/%s/%d", partner, purposes[p].name, key, epoch));
}

enum err org_signing_add(struct scope *sc, enum org_purpose p, enum org_signing_which which, struct bytes public_key,
                         struct bytes private_half, struct uuid *out_key_id)
{
    struct q_signing_key_add_in in = {.partner_id = sc->tenant.partner_id,
                                      .signing_key_id = uuid_new(),
                                      .purpose = purposes[p].name,
                                      .class = org_class_name(purposes[p].class),
                                      .algorithm = purposes[p].algorithm,
                                      .public_key = public_key};
    int64_t made;

    TRY(sc, org_epoch(sc, purposes[p].class, &in.key_epoch));
    TRY(sc, org_seal(sc, purposes[p].class, label(sc, p, &in.signing_key_id, in.key_epoch), private_half, &in.key_epoch,
                     &in.sealed));
    if (which == ORG_SIGNING_NEXT)
        TRY(sc, q_signing_key_retire(sc, &(struct q_signing_key_retire_in){.purpose = purposes[p].name}, NULL));
    TRY(sc, q_signing_key_add(sc, &in, &made));
    if (made == 0)
        return FAIL(sc, ERR_CONFLICT, "such a signing key was made meanwhile");
    *out_key_id = in.signing_key_id;
    return OK;
}

static enum err find(struct scope *sc, enum org_purpose p, const struct q_signing_key_current_row **out)
{
    return q_signing_key_current(sc, &(struct q_signing_key_current_in){.purpose = purposes[p].name}, out);
}

static struct org_signing_key key_of(const struct q_signing_key_current_row *row)
{
    return (struct org_signing_key){.key_id = row->signing_key_id,
                                    .public_key = row->public_key,
                                    .key_epoch = row->key_epoch,
                                    .sealed = row->sealed,
                                    .wrapped = row->wrapped};
}

enum err org_signing_current(struct scope *sc, enum org_purpose p, struct org_signing_key *out)
{
    const struct q_signing_key_current_row *row;

    TRY(sc, find(sc, p, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such signing key yet");
    *out = key_of(row);
    return OK;
}

enum err org_signing_open(struct scope *sc, enum org_purpose p, const struct org_signing_key *key, struct secret **out)
{
    return org_unseal(sc, purposes[p].class, key->key_epoch, key->wrapped, label(sc, p, &key->key_id, key->key_epoch),
                      key->sealed, out);
}

static enum err make(struct scope *sc, enum org_purpose p)
{
    CLEANUP(secret_wipe) struct secret *seed = NULL;
    uint8_t public_key[CRYPTO_KEY_BYTES];
    struct uuid id;

    crypto_sign_pair_new(public_key, &seed);
    return org_signing_add(sc, p, ORG_SIGNING_FIRST, (struct bytes){public_key, sizeof(public_key)},
                           (struct bytes){secret_bytes(seed), secret_size(seed)}, &id);
}

enum err org_sign(struct scope *sc, enum org_purpose p, struct str text, struct uuid *out_key_id,
                  uint8_t out[CRYPTO_SIGNATURE_BYTES])
{
    CLEANUP(secret_wipe) struct secret *seed = NULL;
    const struct q_signing_key_current_row *row;
    struct org_signing_key key;
    enum err e;

    MUST_BE(p != ORG_SIGN_TOKEN);
    TRY(sc, find(sc, p, &row));
    if (!row) {
        e = make(sc, p);
        if (e != ERR_CONFLICT)
            TRY(sc, e);
        scope_clear(sc); /* another transaction made it meanwhile */
        TRY(sc, find(sc, p, &row));
    }
    if (!row)
        return FAIL(sc, ERR_INTERNAL, "the signing key was not made");
    key = key_of(row);
    TRY(sc, org_signing_open(sc, p, &key, &seed));
    crypto_sign(seed, text.p, text.n, out);
    *out_key_id = key.key_id;
    return OK;
}

/* ---- on the ring ---- */

static enum err reseal(struct scope *sc, enum org_purpose p, const struct q_signing_key_page_row *row,
                       const struct secret *seed)
{
    struct q_signing_key_reseal_in in = {.signing_key_id = row->signing_key_id, .was = row->sealed};
    struct org_target to;

    TRY(sc, org_target_partner(sc, purposes[p].class, &to));
    in.key_epoch = to.epoch;
    org_seal_to(sc, &to, label(sc, p, &row->signing_key_id, to.epoch),
                (struct bytes){secret_bytes(seed), secret_size(seed)}, &in.sealed);
    return q_signing_key_reseal(sc, &in, NULL);
}

static enum org_purpose purpose_of(const char *name)
{
    enum org_purpose p = ORG_SIGN_TOKEN;

    while (p < ORG_SIGN_EXPORT && strcmp(purposes[p].name, name) != 0)
        p++;
    return p;
}

static enum err ring_reseal(struct scope *sc, struct org_ring_walk *w, const void *at)
{
    const struct q_signing_key_page_row *row = at;
    CLEANUP(secret_wipe) struct secret *seed = NULL;
    enum org_purpose p = purpose_of(row->purpose);
    enum err e = org_unseal(sc, w->class, row->key_epoch, row->wrapped,
                            label(sc, p, &row->signing_key_id, row->key_epoch), row->sealed, &seed);

    org_ring_seen(w, &(struct org_ring_item){"signing key", row->signing_key_id, row->key_epoch, e});
    if (e != OK) {
        scope_clear(sc);
        return OK;
    }
    return w->renew ? reseal(sc, p, row, seed) : OK;
}

static enum err ring_fetch(struct scope *sc, const struct org_ring_walk *w, const struct uuid *after,
                           struct org_ring_page *out)
{
    struct q_signing_key_page_in in = {
        .class = org_class_name(w->class), .below = w->below, .after = *after, .most = ORG_RING_PAGE};
    struct q_signing_key_page_rows rows;

    TRY(sc, q_signing_key_page(sc, &in, &rows));
    *out = ORG_RING_PAGE_OF(rows, signing_key_id);
    return OK;
}

enum err org_walk_signing_keys(struct scope *sc, struct org_ring_walk *w)
{
    return org_ring_pages(sc, w, ring_fetch, ring_reseal);
}
