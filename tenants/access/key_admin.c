#include <string.h>

#include "access/access_int.h"
#include "base/must.h"
#include "db/db.h"
#include "q_callers.h"

void access_scope_names(struct scope *sc, uint64_t may, const char *const **out, size_t *out_n)
{
    const char **names = ARENA_ARRAY(sc->arena, const char *, PERMISSION_COUNT);
    size_t n = 0;

    for (enum permission p = PERMISSION_NONE + 1; p < PERMISSION_COUNT; p++)
        if (may & PERMISSION_BIT(p))
            names[n++] = permission_name(p);
    *out = names;
    *out_n = n;
}

static bool is_of_partner(uint64_t may)
{
    for (enum permission p = PERMISSION_NONE + 1; p < PERMISSION_COUNT; p++)
        if (may & PERMISSION_BIT(p) && permission_level_of(p) == PERMISSION_LEVEL_PARTNER)
            return true;
    return false;
}

enum err access_new_judge(struct scope *sc, const struct access_key_new *in)
{
    struct access_net net;

    if (!in->may)
        return scope_wrong(sc, "/scopes", "required", "name at least one scope");
    if (in->customer_id && is_of_partner(in->may))
        return scope_wrong(sc, "/scopes", "not_allowed", "a scope is one that only the whole partner can hold");
    if (in->brand_id && !in->customer_id)
        return scope_wrong(sc, "/brand_id", "not_allowed",
                           "name the store brand's customer in a \"customer: cus_…\" header");
    for (size_t i = 0; i < in->addresses_n; i++)
        if (!access_net_parse(in->addresses[i], &net))
            return scope_wrong(
                sc, arena_f(sc->arena, "/addresses/%zu", i), "not_an_address",
                "must be an address or a network like 192.0.2.0/24 or 2001:db8::/32, without bits behind its length");
    return OK;
}

enum err access_key_create(struct scope *sc, const struct access_key_new *in, struct uuid *out_id,
                           char out_text[ACCESS_SECRET_MAX])
{
    struct q_api_key_create_in row = {.partner_id = sc->tenant.partner_id,
                                      .api_key_id = uuid_new(),
                                      .name = in->name,
                                      .addresses = in->addresses,
                                      .addresses_n = in->addresses_n,
                                      .has_expires_at = in->expires_at != INT64_MIN,
                                      .expires_at_us = in->expires_at};
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[ACCESS_SECRET_MAX];

    TRY(sc, access_new_judge(sc, in));
    access_secret_make(ACCESS_API_KEY, text);
    crypto_hash(text, strlen(text), hash);
    row.secret_hash = (struct bytes){hash, sizeof(hash)};
    row.prefix = arena_strndup(sc->arena, text, 12);
    access_scope_names(sc, in->may, &row.scopes, &row.scopes_n);
    row.has_customer_id = in->customer_id;
    row.customer_id = in->customer_id ? *in->customer_id : (struct uuid){0};
    row.has_brand_id = in->brand_id;
    row.brand_id = in->brand_id ? *in->brand_id : (struct uuid){0};
    TRY(sc, q_api_key_create(sc, &row, NULL));
    *out_id = row.api_key_id;
    memcpy(out_text, text, sizeof(text));
    return OK;
}

#define TIME_OF(row, member) ((row).has_##member ? (row).member##_us : INT64_MIN)
/* The two statements answer rows of the same members. */
#define KEY_OF(row)                                                                                                    \
    {                                                                                                                  \
        .id = (row).api_key_id, .customer_id = (row).customer_id, .brand_id = (row).brand_id, .name = (row).name,      \
        .prefix = (row).prefix, .scopes = (row).scopes, .addresses = (row).addresses,                                  \
        .created_at = (row).created_at_us, .expires_at = TIME_OF(row, expires_at),                                     \
        .last_used_at = TIME_OF(row, last_used_at), .revoked_at = TIME_OF(row, revoked_at),                            \
        .old_until = TIME_OF(row, old_until), .version = (row).row_version                                             \
    }

enum err access_key_get(struct scope *sc, const struct uuid *id, struct access_key *out)
{
    const struct q_api_key_get_row *row;

    TRY(sc, q_api_key_get(sc, &(struct q_api_key_get_in){.api_key_id = *id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
    *out = (struct access_key)KEY_OF(*row);
    return OK;
}

enum err access_key_list(struct scope *sc, const struct uuid *after, size_t most, struct access_key **out,
                         size_t *out_n)
{
    struct q_api_key_list_rows rows;
    struct access_key *v;

    TRY(sc, q_api_key_list(sc, &(struct q_api_key_list_in){.after = *after, .most = (int32_t)most}, &rows));
    v = ARENA_ARRAY(sc->arena, struct access_key, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct access_key)KEY_OF(rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err access_key_update(struct scope *sc, const struct access_key *key, const struct access_key_new *to,
                           bool *out_changed)
{
    const struct q_api_key_update_row *row;

    TRY(sc, access_new_judge(sc, to));
    TRY(sc, q_api_key_update(sc,
                             &(struct q_api_key_update_in){.api_key_id = key->id,
                                                           .version = key->version,
                                                           .name = to->name,
                                                           .addresses = to->addresses,
                                                           .addresses_n = to->addresses_n,
                                                           .has_expires_at = to->expires_at != INT64_MIN,
                                                           .expires_at_us = to->expires_at},
                             &row));
    *out_changed = row;
    return OK;
}

enum err access_key_turn(struct scope *sc, const struct access_key *key, int overlap_s,
                         char out_text[ACCESS_SECRET_MAX], bool *out_changed)
{
    struct q_api_key_turn_in in = {.api_key_id = key->id, .version = key->version, .overlap_s = overlap_s};
    const struct q_api_key_turn_row *row;
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[ACCESS_SECRET_MAX];

    MUST_BE(overlap_s >= 0 && overlap_s <= ACCESS_OVERLAP_MAX_S);
    access_secret_make(ACCESS_API_KEY, text);
    crypto_hash(text, strlen(text), hash);
    in.secret_hash = (struct bytes){hash, sizeof(hash)};
    in.prefix = arena_strndup(sc->arena, text, 12);
    TRY(sc, q_api_key_turn(sc, &in, &row));
    memcpy(out_text, text, sizeof(text));
    *out_changed = row;
    return OK;
}

enum err access_key_revoke(struct scope *sc, const struct uuid *id)
{
    const struct q_api_key_revoke_row *row;

    TRY(sc, q_api_key_revoke(sc, &(struct q_api_key_revoke_in){.api_key_id = *id}, &row));
    return row ? OK : FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
}
