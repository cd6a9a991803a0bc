#include <stdlib.h>
#include <string.h>

#include "access/access_int.h"
#include "base/memory.h"
#include "base/must.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "org/org.h"
#include "q_callers.h"
#include "sys/loop.h"

static _Thread_local struct memory tokens;

struct token_memory {
    struct caller caller;
    int64_t ends_us;
};

static enum err make_key(struct scope *sc, enum org_signing_which which, struct uuid *out_id)
{
    CLEANUP(secret_wipe) struct secret *pem = NULL;
    uint8_t point[CRYPTO_POINT_BYTES];

    crypto_es256_pair_new(point, &pem);
    return org_signing_add(sc, ORG_SIGN_TOKEN, which, (struct bytes){point, sizeof(point)},
                           (struct bytes){secret_bytes(pem), secret_size(pem)}, out_id);
}

enum err access_token_key_rotate(struct scope *sc, struct uuid *out_id)
{
    return make_key(sc, ORG_SIGNING_NEXT, out_id);
}

enum err access_token_key(struct scope *sc, struct uuid *out_id, struct secret **out_pem)
{
    struct org_signing_key key;
    enum err e = org_signing_current(sc, ORG_SIGN_TOKEN, &key);

    if (e == ERR_NOT_FOUND) {
        e = make_key(sc, ORG_SIGNING_FIRST, out_id);
        if (e != ERR_CONFLICT)
            TRY(sc, e);
        scope_clear(sc); /* another request made it meanwhile */
        e = org_signing_current(sc, ORG_SIGN_TOKEN, &key);
    }
    TRY(sc, e);
    TRY(sc, org_signing_open(sc, ORG_SIGN_TOKEN, &key, out_pem));
    *out_id = key.key_id;
    return OK;
}

enum err access_token_keys(struct scope *sc, struct access_token_key **out, size_t *out_n)
{
    struct q_token_keys_rows rows;
    struct access_token_key *v;

    TRY(sc, q_token_keys(sc, &rows));
    v = ARENA_ARRAY(sc->arena, struct access_token_key, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct access_token_key){rows.v[i].signing_key_id, rows.v[i].public_key};
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err access_token_find(struct scope *sc, const struct access_token *t, struct bytes *out_point, struct caller *out)
{
    const struct q_token_find_row *row;

    TRY(sc, q_token_find(sc,
                         &(struct q_token_find_in){.partner_id = t->partner_id,
                                                   .signing_key_id = t->key_id,
                                                   .holder_id = t->holder_id,
                                                   .token_id = t->token_id},
                         &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return FAIL(sc, ERR_UNAUTHENTICATED, "this is not a valid token");
    *out = (struct caller){.partner_id = t->partner_id,
                           .has_customer = row->has_customer_id,
                           .customer_id = row->customer_id,
                           .has_brand = row->has_brand_id,
                           .brand_id = row->brand_id,
                           .kind = strcmp(row->kind, "embed") == 0 ? ACTOR_EMBED : ACTOR_CLIENT,
                           .actor_id = t->holder_id,
                           .may = permission_set(row->scopes)};
    *out_point = row->public_key;
    return OK;
}

bool access_token_known(const uint8_t hash[CRYPTO_HASH_BYTES], bool may_ask, struct caller *out)
{
    const struct token_memory *m = memory_get(&tokens, hash, loop_now_us());

    if (!m || m->ends_us <= time_now_us() || (may_ask && memory_is_due(&tokens, hash, loop_now_us())))
        return false;
    *out = m->caller;
    return true;
}

void access_token_remember(const uint8_t hash[CRYPTO_HASH_BYTES], uint64_t asked, const struct caller *c,
                           int64_t ends_us)
{
    struct token_memory *m = malloc(sizeof(*m));

    if (!m)
        out_of_memory();
    *m = (struct token_memory){*c, ends_us};
    memory_put(&tokens, hash, &c->partner_id, asked, loop_now_us(), INT64_MAX, m);
}

/* Now and then those that have ended are cleared away: one in 32 ids. */
static enum err sweep(struct scope *sc)
{
    uint8_t dice;

    crypto_random(&dice, 1);
    return dice % 32 ? OK : q_tokens_sweep(sc, NULL);
}

enum err access_token_end(struct scope *sc, const struct uuid *token_id, int64_t ends_us)
{
    TRY(sc, sweep(sc));
    return q_token_end(
        sc, &(struct q_token_end_in){.partner_id = sc->tenant.partner_id, .token_id = *token_id, .ends_at_us = ends_us},
        NULL);
}

static enum err jti_use(struct scope *sc, const struct uuid *key_id, struct str jti, int64_t ends_us)
{
    const struct q_token_use_row *row;
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash(jti.p, jti.n, hash);
    TRY(sc, q_token_use(sc,
                        &(struct q_token_use_in){.partner_id = sc->tenant.partner_id,
                                                 .embed_key_id = *key_id,
                                                 .jti_hash = {hash, sizeof(hash)},
                                                 .ends_at_us = ends_us},
                        &row));
    return row ? OK : FAIL(sc, ERR_UNAUTHENTICATED, "this token was used before");
}

enum err access_embed_use(struct scope *sc, const struct uuid *key_id, struct str jti, int64_t ends_us,
                          const struct uuid *customer_id)
{
    const struct q_customer_is_here_row *row;

    TRY(sc, sweep(sc));
    TRY(sc, jti_use(sc, key_id, jti, ends_us));
    TRY(sc, q_customer_is_here(sc, &(struct q_customer_is_here_in){.customer_id = *customer_id}, &row));
    return row ? OK : FAIL(sc, ERR_UNAUTHENTICATED, "the token names no customer of this partner");
}
