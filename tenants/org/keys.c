#include <string.h>

#include "org/org_int.h"
#include "q_org.h"

/* A partner's key pairs: whoever seals for it, and what opens that again. */
static const struct secret *keks[2], *old_keks[2];

#define SIGNER_AGAIN_S 60

void org_keks_set(const struct secret *edge, const struct secret *connection)
{
    keks[ORG_EDGE] = edge;
    keks[ORG_CONNECTION] = connection;
}

void org_keks_old_set(const struct secret *edge, const struct secret *connection)
{
    old_keks[ORG_EDGE] = edge;
    old_keks[ORG_CONNECTION] = connection;
}

const char *org_class_name(enum org_class c)
{
    return c == ORG_EDGE ? "edge" : "connection";
}

bool org_kek_is_here(enum org_class c)
{
    return keks[c] != NULL;
}

static enum err target_of(struct scope *sc, int32_t epoch, struct bytes public_key, struct org_target *out)
{
    if (public_key.n != sizeof(out->public_key))
        return FAIL(sc, ERR_INTERNAL, "the public key is damaged");
    out->epoch = epoch;
    memcpy(out->public_key, public_key.p, public_key.n);
    return OK;
}

enum err org_target_partner(struct scope *sc, enum org_class c, struct org_target *out)
{
    struct q_partner_key_newest_row key;

    TRY(sc, q_partner_key_newest(sc, &(struct q_partner_key_newest_in){.class = org_class_name(c)}, &key));
    return target_of(sc, key.epoch, key.public_key, out);
}

enum err org_epoch(struct scope *sc, enum org_class c, int32_t *out_epoch)
{
    struct org_target to;

    TRY(sc, org_target_partner(sc, c, &to));
    *out_epoch = to.epoch;
    return OK;
}

void org_seal_to(struct scope *sc, const struct org_target *to, struct str associated, struct bytes plain,
                 struct bytes *out)
{
    crypto_seal(sc->arena, to->public_key, associated, plain.p, plain.n, out);
}

enum err org_seal(struct scope *sc, enum org_class c, struct str associated, struct bytes plain, int32_t *out_epoch,
                  struct bytes *out)
{
    struct org_target to;

    TRY(sc, org_target_partner(sc, c, &to));
    org_seal_to(sc, &to, associated, plain, out);
    *out_epoch = to.epoch;
    return OK;
}

/* A key of the partner's own for each purpose. */
static struct str keep_purpose(struct scope *sc, const char *purpose)
{
    char partner[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    return str_of(arena_f(sc->arena, "%s/%s", purpose, partner));
}

static enum err keep_root(struct scope *sc, const struct secret **out)
{
    if (!keks[ORG_EDGE])
        return FAIL(sc, ERR_FORBIDDEN, "this process may not open such a secret");
    *out = keks[ORG_EDGE];
    return OK;
}

enum err org_keep(struct scope *sc, struct str associated, struct bytes plain, struct bytes *out)
{
    const struct secret *root;

    TRY(sc, keep_root(sc, &root));
    crypto_keep(sc->arena, root, keep_purpose(sc, "keep"), associated, plain, out);
    return OK;
}

enum err org_kept(struct scope *sc, struct str associated, struct bytes kept, struct bytes *out)
{
    const struct secret *root;

    enum err e;

    TRY(sc, keep_root(sc, &root));
    e = crypto_kept(sc, root, keep_purpose(sc, "keep"), associated, kept, out);
    if (e == OK || !old_keks[ORG_EDGE])
        return e;
    scope_clear(sc);
    return crypto_kept(sc, old_keks[ORG_EDGE], keep_purpose(sc, "keep"), associated, kept, out);
}

enum err org_mark(struct scope *sc, struct bytes of, uint8_t out[CRYPTO_HASH_BYTES])
{
    const struct secret *root;

    TRY(sc, keep_root(sc, &root));
    crypto_mark(root, keep_purpose(sc, "mark"), of, out);
    return OK;
}

/* ---- what is vouched for ---- */

static uint8_t signers[ORG_SIGNERS_MAX][CRYPTO_KEY_BYTES];
static size_t signer_count;

void org_signers_set(const uint8_t (*keys)[CRYPTO_KEY_BYTES], size_t n)
{
    signer_count = n < ORG_SIGNERS_MAX ? n : ORG_SIGNERS_MAX;
    if (signer_count)
        memcpy(signers, keys, signer_count * sizeof(*signers));
}

enum err org_vouch(struct scope *sc, const char *purpose, struct str what, uint8_t public_key[CRYPTO_KEY_BYTES],
                   uint8_t signature[CRYPTO_SIGNATURE_BYTES])
{
    CLEANUP(secret_wipe) struct secret *seed = NULL;
    const struct secret *root;

    TRY(sc, keep_root(sc, &root));
    crypto_sign_pair_derived(root, str_of(purpose), public_key, &seed);
    crypto_sign(seed, what.p, what.n, signature);
    return OK;
}

static bool vouched_by(const struct secret *root, const char *purpose, struct str what, struct bytes signature)
{
    CLEANUP(secret_wipe) struct secret *seed = NULL;
    uint8_t public_key[CRYPTO_KEY_BYTES];

    if (!root)
        return false;
    crypto_sign_pair_derived(root, str_of(purpose), public_key, &seed);
    return crypto_verify(public_key, what.p, what.n, signature.p);
}

enum err org_vouched(struct scope *sc, const char *purpose, struct str what, struct bytes signature, bool *out_good,
                     bool *out_old)
{
    enum err e;

    *out_good = *out_old = false;
    if (!keks[ORG_EDGE] && !signer_count) {
        e = FAIL(sc, ERR_UNAVAILABLE, "what is signed cannot be checked at the moment");
        scope_detail(sc, "neither TENON_EDGE_KEK_FILE nor TENON_CONNECTOR_SIGNER is set for this process");
        scope_retry_after(sc, SIGNER_AGAIN_S);
        return e;
    }
    if (signature.n != CRYPTO_SIGNATURE_BYTES)
        return OK;
    *out_good = vouched_by(keks[ORG_EDGE], purpose, what, signature);
    for (size_t i = 0; i < signer_count && !*out_good; i++)
        *out_good = crypto_verify(signers[i], what.p, what.n, signature.p);
    *out_old = !*out_good && vouched_by(old_keks[ORG_EDGE], purpose, what, signature);
    *out_good |= *out_old;
    return OK;
}

struct str org_wrap_label(struct scope *sc, enum org_class c, int32_t epoch)
{
    char partner[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    return str_of(arena_f(sc->arena, "partner-key/%s/%s/%d", partner, org_class_name(c), epoch));
}

enum err org_unwrap(struct scope *sc, enum org_class c, int32_t epoch, struct bytes wrapped, struct secret **out,
                    bool *out_old)
{
    struct str label = org_wrap_label(sc, c, epoch);
    enum err e;

    if (!keks[c])
        return FAIL(sc, ERR_FORBIDDEN, "this process may not open such a secret");
    e = crypto_unwrap(sc, keks[c], label, wrapped, out);
    if (out_old)
        *out_old = e != OK;
    if (e == OK || !old_keks[c])
        return e;
    scope_clear(sc);
    return crypto_unwrap(sc, old_keks[c], label, wrapped, out);
}

enum err org_wrap(struct scope *sc, enum org_class c, int32_t epoch, const struct secret *private_key,
                  struct bytes *out)
{
    if (!keks[c])
        return FAIL(sc, ERR_FORBIDDEN, "the %s key-encryption key is not configured", org_class_name(c));
    crypto_wrap(sc->arena, keks[c], org_wrap_label(sc, c, epoch), private_key, out);
    return OK;
}

enum err org_unseal(struct scope *sc, enum org_class c, int32_t epoch, struct bytes wrapped, struct str associated,
                    struct bytes sealed, struct secret **out)
{
    CLEANUP(secret_wipe) struct secret *private_key = NULL;

    TRY(sc, org_unwrap(sc, c, epoch, wrapped, &private_key, NULL));
    TRY(sc, crypto_open(sc, private_key, associated, sealed, out));
    return OK;
}

enum err org_partner_key_create(struct scope *sc, enum org_class c, int32_t epoch)
{
    CLEANUP(secret_wipe) struct secret *private_key = NULL;
    uint8_t public_key[CRYPTO_KEY_BYTES];
    struct bytes wrapped;

    crypto_pair_new(public_key, &private_key);
    TRY(sc, org_wrap(sc, c, epoch, private_key, &wrapped));
    TRY(sc, q_partner_key_create(sc,
                                 &(struct q_partner_key_create_in){.partner_id = sc->tenant.partner_id,
                                                                   .class = org_class_name(c),
                                                                   .epoch = epoch,
                                                                   .public_key = {public_key, sizeof(public_key)}},
                                 NULL));
    TRY(sc, q_partner_key_private_create(sc,
                                         &(struct q_partner_key_private_create_in){.partner_id = sc->tenant.partner_id,
                                                                                   .class = org_class_name(c),
                                                                                   .epoch = epoch,
                                                                                   .wrapped = wrapped},
                                         NULL));
    return OK;
}

enum err org_partner_create(struct scope *sc, const char *slug, const char *name, const char *host, const char *brand,
                            struct uuid *out)
{
    struct uuid id = uuid_new();

    sc->tenant = (struct tenant){.has_partner = true, .partner_id = id};
    TRY(sc, q_partner_create(
                sc, &(struct q_partner_create_in){.partner_id = id, .slug = slug, .name = name, .brand_pack = brand},
                NULL));
    TRY(sc, q_host_create(sc, &(struct q_host_create_in){.partner_id = id, .host = host}, NULL));
    TRY(sc, org_partner_key_create(sc, ORG_EDGE, 1));
    TRY(sc, org_partner_key_create(sc, ORG_CONNECTION, 1));
    *out = id;
    return OK;
}
