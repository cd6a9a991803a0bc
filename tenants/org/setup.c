#include <string.h>

#include "db/db.h"
#include "org/org.h"
#include "q_org.h"

enum err org_partner_use(struct scope *sc, const char *slug)
{
    const struct q_partner_by_slug_row *row;

    TRY(sc, q_partner_by_slug(sc, &(struct q_partner_by_slug_in){.slug = slug}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no partner \"%s\"", slug);
    sc->tenant = (struct tenant){.has_partner = true, .partner_id = row->partner_id};
    return OK;
}

static enum err environment_create(struct scope *sc, const struct uuid *customer_id, const char *kind)
{
    return q_environment_create(sc,
                                &(struct q_environment_create_in){.partner_id = sc->tenant.partner_id,
                                                                  .customer_id = *customer_id,
                                                                  .environment_id = uuid_new(),
                                                                  .kind = kind},
                                NULL);
}

enum err org_customer_add(struct scope *sc, const char *name, const char *external_id, struct uuid *out)
{
    struct uuid id = uuid_new();

    TRY(sc, q_customer_create(sc,
                              &(struct q_customer_create_in){.partner_id = sc->tenant.partner_id,
                                                             .customer_id = id,
                                                             .name = name,
                                                             .external_id = external_id ? external_id : ""},
                              NULL));
    TRY(sc, environment_create(sc, &id, "live"));
    TRY(sc, environment_create(sc, &id, "sandbox"));
    *out = id;
    return OK;
}

enum err org_customer_create(struct scope *sc, const char *name, struct uuid *out)
{
    return org_customer_add(sc, name, NULL, out);
}

enum err org_environment_add(struct scope *sc, const struct uuid *customer_id, const char *kind)
{
    return environment_create(sc, customer_id, kind);
}

enum err org_environment_find(struct scope *sc, const struct uuid *customer_id, const char *kind, struct uuid *out)
{
    const struct q_environment_find_row *row;

    TRY(sc, q_environment_find(sc, &(struct q_environment_find_in){.customer_id = *customer_id, .kind = kind}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    *out = row->environment_id;
    return OK;
}

enum err org_environment(struct scope *sc, const struct uuid *customer_id, struct uuid *out)
{
    return org_environment_find(sc, customer_id, "live", out);
}

/* 32 random octets as 64 hex digits behind a prefix that secret scanners know would be too long to read aloud; base 32
 * of the same octets is 52. */
static void key_text(char out[ORG_KEY_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    uint8_t random[52];

    crypto_random(random, sizeof(random));
    memcpy(out, "sk_live_", 8);
    for (size_t i = 0; i < sizeof(random); i++)
        out[8 + i] = digits[random[i] & 31];
    out[8 + sizeof(random)] = '\0';
}

enum err org_key_create(struct scope *sc, const struct uuid *customer_id, const char *name,
                        char out_text[ORG_KEY_TEXT_MAX])
{
    static const char *const scopes[] = {"orders:read", "orders:write", "connections:read", "connections:write",
                                         "messages:read"};
    struct q_api_key_create_in in = {.partner_id = sc->tenant.partner_id,
                                     .api_key_id = uuid_new(),
                                     .name = name,
                                     .scopes = scopes,
                                     .scopes_n = ARRAY_LEN(scopes)};
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[ORG_KEY_TEXT_MAX];

    key_text(text);
    crypto_hash(text, strlen(text), hash);
    in.secret_hash = (struct bytes){hash, sizeof(hash)};
    in.prefix = arena_strndup(sc->arena, text, 12);
    if (customer_id) {
        in.has_customer_id = true;
        in.customer_id = *customer_id;
    }
    TRY(sc, q_api_key_create(sc, &in, NULL));
    memcpy(out_text, text, sizeof(text));
    return OK;
}
