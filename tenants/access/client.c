#include <string.h>

#include "access/access_int.h"
#include "db/db.h"
#include "q_callers.h"

enum err access_client_create(struct scope *sc, const struct access_key_new *in, struct uuid *out_id,
                              char out_text[ACCESS_SECRET_MAX])
{
    struct q_client_create_in row = {.partner_id = sc->tenant.partner_id, .client_id = uuid_new(), .name = in->name};
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[ACCESS_SECRET_MAX];

    TRY(sc, access_new_judge(sc, in));
    access_secret_make(ACCESS_CLIENT_SECRET, text);
    crypto_hash(text, strlen(text), hash);
    row.secret_hash = (struct bytes){hash, sizeof(hash)};
    access_scope_names(sc, in->may, &row.scopes, &row.scopes_n);
    row.has_customer_id = in->customer_id;
    row.customer_id = in->customer_id ? *in->customer_id : (struct uuid){0};
    row.has_brand_id = in->brand_id;
    row.brand_id = in->brand_id ? *in->brand_id : (struct uuid){0};
    TRY(sc, q_client_create(sc, &row, NULL));
    *out_id = row.client_id;
    memcpy(out_text, text, sizeof(text));
    return OK;
}

#define TIME_OF(row, member) ((row).has_##member ? (row).member##_us : INT64_MIN)
#define CLIENT_OF(row)                                                                                                 \
    {                                                                                                                  \
        .id = (row).client_id, .customer_id = (row).customer_id, .brand_id = (row).brand_id, .name = (row).name,       \
        .scopes = (row).scopes, .created_at = (row).created_at_us, .last_used_at = TIME_OF(row, last_used_at),         \
        .revoked_at = TIME_OF(row, revoked_at), .version = (row).row_version                                           \
    }

enum err access_client_get(struct scope *sc, const struct uuid *id, struct access_client *out)
{
    const struct q_client_get_row *row;

    TRY(sc, q_client_get(sc, &(struct q_client_get_in){.client_id = *id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
    *out = (struct access_client)CLIENT_OF(*row);
    return OK;
}

enum err access_client_list(struct scope *sc, const struct uuid *after, size_t most, struct access_client **out,
                            size_t *out_n)
{
    struct q_client_list_rows rows;
    struct access_client *v;

    TRY(sc, q_client_list(sc, &(struct q_client_list_in){.after = *after, .most = (int32_t)most}, &rows));
    v = ARENA_ARRAY(sc->arena, struct access_client, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct access_client)CLIENT_OF(rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err access_client_revoke(struct scope *sc, const struct uuid *id)
{
    const struct q_client_revoke_row *row;

    TRY(sc, q_client_revoke(sc, &(struct q_client_revoke_in){.client_id = *id}, &row));
    return row ? OK : FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
}

static enum err ask(struct scope *sc, const struct q_client_find_in *in, const struct q_client_find_row **out)
{
    TRY(sc, q_client_find(sc, in, out));
    TRY(sc, db_commit(sc));
    if (!*out)
        return FAIL(sc, ERR_UNAUTHENTICATED, "this is not a valid client");
    return OK;
}

enum err access_client_find(struct scope *sc, const struct uuid *partner_id, const struct uuid *id, struct str secret,
                            struct caller *out)
{
    const struct q_client_find_row *row;
    uint8_t hash[CRYPTO_HASH_BYTES];

    if (!access_secret_fits(ACCESS_CLIENT_SECRET, secret))
        return FAIL(sc, ERR_UNAUTHENTICATED, "this is not a valid client");
    crypto_hash(secret.p, secret.n, hash);
    TRY(sc, ask(sc,
                &(struct q_client_find_in){
                    .partner_id = *partner_id, .client_id = *id, .secret_hash = {hash, sizeof(hash)}},
                &row));
    *out = (struct caller){.partner_id = *partner_id,
                           .has_customer = row->has_customer_id,
                           .customer_id = row->customer_id,
                           .has_brand = row->has_brand_id,
                           .brand_id = row->brand_id,
                           .kind = ACTOR_CLIENT,
                           .actor_id = *id,
                           .may = permission_set(row->scopes)};
    if (row->idle)
        access_used(sc, partner_id, id);
    return OK;
}

enum err access_actor_name(struct scope *sc, const char **out)
{
    const struct q_client_name_row *client = NULL;
    const struct q_api_key_name_row *key = NULL;

    if (sc->actor == ACTOR_API_KEY)
        TRY(sc, q_api_key_name(sc, &(struct q_api_key_name_in){.api_key_id = sc->actor_id}, &key));
    else if (sc->actor == ACTOR_CLIENT)
        TRY(sc, q_client_name(sc, &(struct q_client_name_in){.client_id = sc->actor_id}, &client));
    if (key)
        *out = arena_f(sc->arena, "the API key \"%s\"", key->name);
    else if (client)
        *out = arena_f(sc->arena, "the client \"%s\"", client->name);
    else
        *out = sc->actor == ACTOR_USER ? "a person" : "a program";
    return OK;
}
