#include "org/org.h"
#include "q_org.h"

static const struct secret *keks[2];

void org_keks_set(const struct secret *edge, const struct secret *connection)
{
    keks[ORG_EDGE] = edge;
    keks[ORG_CONNECTION] = connection;
}

const char *org_class_name(enum org_class c)
{
    return c == ORG_EDGE ? "edge" : "connection";
}

bool org_kek_is_here(enum org_class c)
{
    return keks[c] != NULL;
}

enum err org_epoch(struct scope *sc, enum org_class c, int32_t *out_epoch)
{
    struct q_partner_key_newest_row key;

    TRY(sc, q_partner_key_newest(sc, &(struct q_partner_key_newest_in){.class = org_class_name(c)}, &key));
    *out_epoch = key.epoch;
    return OK;
}

enum err org_seal(struct scope *sc, enum org_class c, struct str associated, struct bytes plain, int32_t *out_epoch,
                  struct bytes *out)
{
    struct q_partner_key_newest_row key;

    TRY(sc, q_partner_key_newest(sc, &(struct q_partner_key_newest_in){.class = org_class_name(c)}, &key));
    if (key.public_key.n != CRYPTO_KEY_BYTES)
        return FAIL(sc, ERR_INTERNAL, "the partner's key is damaged");
    crypto_seal(sc->arena, key.public_key.p, associated, plain.p, plain.n, out);
    *out_epoch = key.epoch;
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

    TRY(sc, keep_root(sc, &root));
    TRY(sc, crypto_kept(sc, root, keep_purpose(sc, "keep"), associated, kept, out));
    return OK;
}

enum err org_mark(struct scope *sc, struct bytes of, uint8_t out[CRYPTO_HASH_BYTES])
{
    const struct secret *root;

    TRY(sc, keep_root(sc, &root));
    crypto_mark(root, keep_purpose(sc, "mark"), of, out);
    return OK;
}

/* What a wrapped private half is bound to. */
static struct str wrap_label(struct scope *sc, enum org_class c, int32_t epoch)
{
    char partner[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    return str_of(arena_f(sc->arena, "partner-key/%s/%s/%d", partner, org_class_name(c), epoch));
}

enum err org_unseal(struct scope *sc, enum org_class c, int32_t epoch, struct bytes wrapped, struct str associated,
                    struct bytes sealed, struct secret **out)
{
    CLEANUP(secret_wipe) struct secret *private_key = NULL;

    if (!keks[c])
        return FAIL(sc, ERR_FORBIDDEN, "this process may not open such a secret");
    TRY(sc, crypto_unwrap(sc, keks[c], wrap_label(sc, c, epoch), wrapped, &private_key));
    TRY(sc, crypto_open(sc, private_key, associated, sealed, out));
    return OK;
}

static enum err key_create(struct scope *sc, enum org_class c)
{
    CLEANUP(secret_wipe) struct secret *private_key = NULL;
    uint8_t public_key[CRYPTO_KEY_BYTES];
    struct bytes wrapped;

    if (!keks[c])
        return FAIL(sc, ERR_FORBIDDEN, "the %s key-encryption key is not configured", org_class_name(c));
    crypto_pair_new(public_key, &private_key);
    crypto_wrap(sc->arena, keks[c], wrap_label(sc, c, 1), private_key, &wrapped);
    TRY(sc, q_partner_key_create(sc,
                                 &(struct q_partner_key_create_in){.partner_id = sc->tenant.partner_id,
                                                                   .class = org_class_name(c),
                                                                   .epoch = 1,
                                                                   .public_key = {public_key, sizeof(public_key)}},
                                 NULL));
    TRY(sc, q_partner_key_private_create(
                sc,
                &(struct q_partner_key_private_create_in){
                    .partner_id = sc->tenant.partner_id, .class = org_class_name(c), .epoch = 1, .wrapped = wrapped},
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
    TRY(sc, key_create(sc, ORG_EDGE));
    TRY(sc, key_create(sc, ORG_CONNECTION));
    *out = id;
    return OK;
}
