#include <string.h>

#include "access/passkey_int.h"
#include "access/people_int.h"

enum err passkey_challenge(struct scope *sc, const struct uuid *user_id, const char **out_base64url)
{
    struct one_time_what what = {.has_user = user_id != NULL};
    char token[PEOPLE_TOKEN_MAX];
    struct buf b;

    if (user_id)
        what.user_id = *user_id;
    TRY(sc, one_time_make(sc, user_id ? ONE_TIME_PASSKEY_ADD : ONE_TIME_PASSKEY, &what, PEOPLE_STEP_S, token));
    buf_init(&b, sc->arena, 2 * sizeof(token));
    buf_base64url(&b, token, strlen(token));
    *out_base64url = buf_cstr(&b);
    return OK;
}

static enum err unreadable(struct scope *sc)
{
    return FAIL(sc, ERR_UNAUTHENTICATED, "the passkey was not taken");
}

static enum err octets(struct scope *sc, const char *text, struct bytes *out)
{
    return people_base64url(sc, str_of(text), out) == OK ? OK : unreadable(sc);
}

enum err passkey_add(struct scope *sc, const struct uuid *user_id, const char *origin, const char *host,
                     const struct passkey_new *in, struct uuid *out_id)
{
    struct bytes client_data, attestation;
    const struct q_passkey_find_row *there;
    struct q_passkey_list_rows all;
    struct passkey_made made;
    struct one_time_what what;
    const char *challenge;
    struct uuid id = uuid_new();

    TRY(sc, octets(sc, in->client_data, &client_data));
    TRY(sc, octets(sc, in->attestation, &attestation));
    TRY(sc, passkey_client_read(sc, client_data, "webauthn.create", origin, &challenge));
    TRY(sc, passkey_made_read(sc, attestation, host, &made));
    TRY(sc, one_time_use(sc, ONE_TIME_PASSKEY_ADD, challenge, &what));
    if (!what.has_user || !uuid_equal(&what.user_id, user_id))
        return unreadable(sc);
    TRY(sc, q_passkey_list(sc, &(struct q_passkey_list_in){.user_id = *user_id}, &all));
    if (all.n >= PASSKEYS_MAX)
        return FAIL(sc, ERR_CONFLICT, "a person can have at most %d passkeys", PASSKEYS_MAX);
    TRY(sc, q_passkey_find(sc, &(struct q_passkey_find_in){.credential_id = made.credential_id}, &there));
    if (there)
        return FAIL(sc, ERR_CONFLICT, "this passkey is in use already");
    TRY(sc, q_passkey_create(sc,
                             &(struct q_passkey_create_in){.passkey_id = id,
                                                           .user_id = *user_id,
                                                           .credential_id = made.credential_id,
                                                           .public_key = {made.point, sizeof(made.point)},
                                                           .sign_count = made.sign_count,
                                                           .name = in->name},
                             NULL));
    audit_note(sc, &(struct audit_act){.action = "passkey.add", .object_kind = "pky", .object_id = id});
    *out_id = id;
    return OK;
}

enum err passkey_remove(struct scope *sc, const struct uuid *user_id, const struct uuid *passkey_id)
{
    const struct q_passkey_remove_row *row;

    TRY(sc, q_passkey_remove(sc, &(struct q_passkey_remove_in){.passkey_id = *passkey_id, .user_id = *user_id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such passkey");
    audit_note(sc, &(struct audit_act){.action = "passkey.remove", .object_kind = "pky", .object_id = *passkey_id});
    return OK;
}

static enum err refuse(struct scope *sc, const struct uuid *user_id, const char *why)
{
    people_note(sc, "session.refuse", user_id, why);
    TRY(sc, db_commit(sc));
    return unreadable(sc);
}

static enum err proved(struct scope *sc, const char *host, const struct passkey_proof *in, struct bytes client_data,
                       const struct q_passkey_find_row *key, uint32_t *out_count)
{
    struct bytes data, signature;

    TRY(sc, octets(sc, in->authenticator_data, &data));
    TRY(sc, octets(sc, in->signature, &signature));
    return passkey_proof_check(sc, key->public_key.p, host, data, client_data, signature, out_count);
}

static enum err used_up(struct scope *sc, const char *origin, struct bytes client_data)
{
    struct one_time_what what;
    const char *challenge;

    TRY(sc, passkey_client_read(sc, client_data, "webauthn.get", origin, &challenge));
    return one_time_use(sc, ONE_TIME_PASSKEY, challenge, &what);
}

/* A challenge is used up by whoever brings it, right or wrong. */
enum err sign_in_passkey(struct scope *sc, const char *origin, const char *host, const struct passkey_proof *in,
                         const char *agent, struct sign_in *out)
{
    const struct q_passkey_find_row *key;
    const struct q_passkey_used_row *used;
    struct bytes client_data, id;
    uint32_t count = 0;
    enum err e;

    *out = (struct sign_in){0};
    TRY(sc, octets(sc, in->client_data, &client_data));
    TRY(sc, octets(sc, in->credential_id, &id));
    e = used_up(sc, origin, client_data);
    if (e == ERR_NOT_FOUND || e == ERR_UNAUTHENTICATED)
        return refuse(sc, NULL, "a challenge that is not good");
    TRY(sc, e);
    TRY(sc, q_passkey_find(sc, &(struct q_passkey_find_in){.credential_id = id}, &key));
    if (!key || key->public_key.n != 65 || !key->may_sign_in)
        return refuse(sc, key ? &key->user_id : NULL, "an unknown passkey");
    e = proved(sc, host, in, client_data, key, &count);
    if (e == ERR_UNAUTHENTICATED)
        return refuse(sc, &key->user_id, "a passkey's proof that is wrong");
    TRY(sc, e);
    TRY(sc, q_passkey_used(sc, &(struct q_passkey_used_in){.passkey_id = key->passkey_id, .sign_count = count}, &used));
    if (!used)
        return refuse(sc, &key->user_id, "a passkey that has signed less than before: a copy");
    TRY(sc, sign_in_place_tell(sc, &key->user_id, agent));
    return session_open(sc, &key->user_id, "passkey", agent, out);
}
