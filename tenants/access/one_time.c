#include <string.h>

#include "access/people_int.h"
#include "base/timefmt.h"

static const char *const kinds[] = {
    [ONE_TIME_INVITATION] = "invitation",   [ONE_TIME_RESET] = "reset",
    [ONE_TIME_STEP] = "second_factor",      [ONE_TIME_PASSKEY_ADD] = "passkey_add",
    [ONE_TIME_PASSKEY] = "passkey_sign_in", [ONE_TIME_OIDC] = "oidc",
};

/* 32 characters of five bits would do; 52 hold 260. */
void people_token(char out[PEOPLE_TOKEN_MAX])
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    uint8_t random[52];

    crypto_random(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        out[i] = digits[random[i] & 31];
    out[sizeof(random)] = '\0';
}

struct bytes people_token_hash(struct scope *sc, struct str token)
{
    uint8_t *hash = arena_alloc(sc->arena, CRYPTO_HASH_BYTES);

    crypto_hash(token.p, token.n, hash);
    return (struct bytes){hash, CRYPTO_HASH_BYTES};
}

enum err one_time_make(struct scope *sc, enum one_time kind, const struct one_time_what *what, int seconds,
                       char out[PEOPLE_TOKEN_MAX])
{
    struct q_one_time_create_in in = {.one_time_id = uuid_new(),
                                      .kind = kinds[kind],
                                      .has_user_id = what->has_user,
                                      .user_id = what->user_id,
                                      .has_membership_id = what->has_membership,
                                      .membership_id = what->membership_id,
                                      .data = what->data.p ? what->data : (struct bytes){"", 0},
                                      .seconds = seconds};
    char token[PEOPLE_TOKEN_MAX];

    people_token(token);
    in.token_hash = people_token_hash(sc, str_of(token));
    TRY(sc, q_one_time_create(sc, &in, NULL));
    memcpy(out, token, sizeof(token));
    return OK;
}

const char *people_expiry(struct scope *sc, int seconds)
{
    char text[TIME_TEXT_MAX];

    time_format((time_now_us() / 1000000 + seconds) * 1000000, text);
    return arena_strdup(sc->arena, text);
}

static enum err gone(struct scope *sc)
{
    return FAIL(sc, ERR_NOT_FOUND, "this link or code is not good any more; please ask for a new one");
}

enum err one_time_use(struct scope *sc, enum one_time kind, const char *token, struct one_time_what *out)
{
    const struct q_one_time_use_row *row;

    TRY(sc,
        q_one_time_use(
            sc, &(struct q_one_time_use_in){.kind = kinds[kind], .token_hash = people_token_hash(sc, str_of(token))},
            &row));
    if (!row)
        return gone(sc);
    *out =
        (struct one_time_what){row->has_user_id, row->has_membership_id, row->user_id, row->membership_id, row->data};
    return OK;
}

enum err one_time_try(struct scope *sc, enum one_time kind, const char *token, struct one_time_what *out)
{
    const struct q_one_time_try_row *row;

    TRY(sc, q_one_time_try(sc,
                           &(struct q_one_time_try_in){.kind = kinds[kind],
                                                       .token_hash = people_token_hash(sc, str_of(token)),
                                                       .most = PEOPLE_STEP_TRIES},
                           &row));
    if (!row)
        return gone(sc);
    *out = (struct one_time_what){.has_user = row->has_user_id, .user_id = row->user_id, .data = row->data};
    return OK;
}

enum err one_time_peek(struct scope *sc, enum one_time kind, const char *token, struct one_time_what *out)
{
    const struct q_one_time_peek_row *row;

    TRY(sc,
        q_one_time_peek(
            sc, &(struct q_one_time_peek_in){.kind = kinds[kind], .token_hash = people_token_hash(sc, str_of(token))},
            &row));
    if (!row)
        return gone(sc);
    *out = (struct one_time_what){row->has_user_id, row->has_membership_id, row->user_id, row->membership_id, {0}};
    return OK;
}
