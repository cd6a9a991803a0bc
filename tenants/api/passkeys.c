#include <string.h>

#include "access/people.h"
#include "api/api_int.h"
#include "brand/brand.h"
#include "q_people.h"

/* What a page needs for navigator.credentials: the rest of the options is the same for everybody. */
struct options_view {
    const char *challenge, *rp_id, *rp_name, *user_handle, *user_name;
    struct str exclude;
};
static const struct wire_field options_fields[] = {
    WIRE_TEXT(struct options_view, challenge, 100, "What the device is to sign: base64url, five minutes, once."),
    WIRE_TEXT(struct options_view, rp_id, 253, "The host that the passkey is for."),
    WIRE_TEXT(struct options_view, rp_name, 120, "What the device calls it."),
    WIRE_TEXT(struct options_view, user_handle, 40, "Whose passkey it is: the octets of this text; null to sign in."),
    WIRE_TEXT(struct options_view, user_name, 254, "What the device calls the person; null to sign in."),
    WIRE_RAW(struct options_view, exclude,
             "Passkeys that the person has already, base64url: a device that holds one makes no other."),
    {},
};
static const struct wire options_wire = {"PasskeyOptions", sizeof(struct options_view), options_fields};

static const char *origin_of(struct scope *sc, const struct rq *rq)
{
    return arena_f(sc->arena, "https://%s", str_dup(sc->arena, rq->authority));
}

static enum err options(struct scope *sc, const struct rq *rq, const struct uuid *user_id, struct options_view *out)
{
    struct brand brand;

    TRY(sc, passkey_challenge(sc, user_id, &out->challenge));
    TRY(sc, brand_published(sc, &brand));
    out->rp_id = str_dup(sc->arena, rq->host);
    out->rp_name = brand.name;
    out->exclude = str_of("[]");
    return OK;
}

static enum err exclude(struct scope *sc, const struct uuid *user_id, struct str *out)
{
    struct q_passkey_list_rows rows;
    struct buf b;

    TRY(sc, q_passkey_list(sc, &(struct q_passkey_list_in){.user_id = *user_id}, &rows));
    buf_init(&b, sc->arena, 65536);
    buf_c(&b, '[');
    for (size_t i = 0; i < rows.n; i++) {
        buf_s(&b, i ? ",\"" : "\"");
        buf_base64url(&b, rows.v[i].credential_id.p, rows.v[i].credential_id.n);
        buf_c(&b, '"');
    }
    buf_c(&b, ']');
    *out = buf_str(&b);
    return OK;
}

static enum err options_to_add(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    char *handle = arena_alloc(sc->arena, TYPEID_TEXT_MAX + 1);
    const struct q_user_get_row *user;
    struct options_view view = {0};

    TRY(sc, api_really(sc, rq));
    TRY(sc, options(sc, rq, &sc->actor_id, &view));
    TRY(sc, exclude(sc, &sc->actor_id, &view.exclude));
    TRY(sc, q_user_get(sc, &(struct q_user_get_in){.user_id = sc->actor_id}, &user));
    if (!user)
        return FAIL(sc, ERR_UNAUTHENTICATED, "please sign in again");
    typeid_format("usr", &sc->actor_id, handle);
    view.user_handle = handle;
    view.user_name = user->email;
    return rs_json(sc, rs, 201, &options_wire, &view);
}

struct passkey_view {
    struct uuid id;
    const char *name;
    int64_t created_at, used_at;
};
static const struct wire_field passkey_fields[] = {
    WIRE_ID(struct passkey_view, id, "pky", "This passkey."),
    WIRE_TEXT(struct passkey_view, name, 80, "What the person calls it."),
    WIRE_TIME(struct passkey_view, created_at, "When it was made."),
    WIRE_TIME(struct passkey_view, used_at, "When it last signed in; null before."),
    {},
};
static const struct wire passkey_wire = {"Passkey", sizeof(struct passkey_view), passkey_fields};

static const struct wire_field new_fields[] = {
    WIRE_TEXT(struct passkey_new, name, 80, "What the person calls it."),
    WIRE_TEXT(struct passkey_new, client_data, 3000, "clientDataJSON as the browser gave it, base64url."),
    WIRE_TEXT(struct passkey_new, attestation, 6000, "attestationObject of the kind none, base64url."),
    {},
};
static const struct wire new_wire = {"PasskeyNew", sizeof(struct passkey_new), new_fields};

static void view_of(const struct q_passkey_list_row *r, struct passkey_view *v)
{
    *v = (struct passkey_view){r->passkey_id, r->name, r->created_at_us, r->has_used_at ? r->used_at_us : INT64_MIN};
}

static enum err passkeys_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct q_passkey_list_rows rows;
    struct passkey_view *views;

    TRY(sc, api_person(sc));
    TRY(sc, q_passkey_list(sc, &(struct q_passkey_list_in){.user_id = sc->actor_id}, &rows));
    views = ARENA_ARRAY(sc->arena, struct passkey_view, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        view_of(&rows.v[i], &views[i]);
    return rs_page(sc, rq, rs, &passkey_wire, views, rows.n, NULL);
}

static enum err passkeys_add(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct q_passkey_list_rows rows;
    struct passkey_view view = {0};
    struct passkey_new ask;
    struct uuid id;

    TRY(sc, rq_body(sc, rq, &new_wire, &ask));
    TRY(sc, api_person(sc));
    TRY(sc, passkey_add(sc, &sc->actor_id, origin_of(sc, rq), str_dup(sc->arena, rq->host), &ask, &id));
    TRY(sc, q_passkey_list(sc, &(struct q_passkey_list_in){.user_id = sc->actor_id}, &rows));
    for (size_t i = 0; i < rows.n; i++)
        if (uuid_equal(&rows.v[i].passkey_id, &id))
            view_of(&rows.v[i], &view);
    return rs_json(sc, rs, 201, &passkey_wire, &view);
}

static enum err passkeys_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "passkey_id", "pky", &id));
    TRY(sc, api_really(sc, rq));
    TRY(sc, passkey_remove(sc, &sc->actor_id, &id));
    TRY(sc, api_session_renew(sc, rs));
    return rs_empty(sc, rs, 204);
}

static enum err options_to_sign_in(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct options_view view = {0};

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, throttle_start(sc));
    TRY(sc, options(sc, rq, NULL, &view));
    return rs_json(sc, rs, 201, &options_wire, &view);
}

static const struct wire_field proof_fields[] = {
    WIRE_TEXT(struct passkey_proof, credential_id, 1400, "Which passkey, base64url."),
    WIRE_TEXT(struct passkey_proof, client_data, 3000, "clientDataJSON as the browser gave it, base64url."),
    WIRE_TEXT(struct passkey_proof, authenticator_data, 1400, "authenticatorData, base64url."),
    WIRE_TEXT(struct passkey_proof, signature, 200, "The signature over both, base64url."),
    {},
};
static const struct wire proof_wire = {"PasskeyProof", sizeof(struct passkey_proof), proof_fields};

static enum err signed_in(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct passkey_proof ask;
    struct sign_in in;

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, rq_body(sc, rq, &proof_wire, &ask));
    TRY(sc, throttle_start(sc));
    TRY(sc, sign_in_passkey(sc, origin_of(sc, rq), str_dup(sc->arena, rq->host), &ask, api_agent(sc, rq), &in));
    return api_signed_in(sc, rs, &in);
}

const struct route api_passkey_routes[] = {
    {POST, "/v1/me/passkeys/options", options_to_add, .name = "passkeys.options",
     .summary = "What a browser needs to make a passkey.", .takes = &api_confirm_wire, .answers = &options_wire,
     .secret = true, .body_max = 4096},
    {GET, "/v1/me/passkeys", passkeys_list, .name = "passkeys.list", .summary = "One's own passkeys.",
     .answers = &passkey_wire},
    {POST, "/v1/me/passkeys", passkeys_add, .name = "passkeys.create",
     .summary = "Keeps a passkey that a browser made.", .takes = &new_wire, .answers = &passkey_wire,
     .body_max = 16384},
    {DELETE, "/v1/me/passkeys/{passkey_id}", passkeys_delete, .name = "passkeys.delete",
     .summary = "Takes a passkey away.", .takes = &api_confirm_wire, .secret = true, .body_max = 4096},
    {POST, "/v1/session/passkey/options", options_to_sign_in, .name = "session.passkey_options",
     .summary = "What a browser needs to sign in by passkey.", .answers = &options_wire, .public_ = true,
     .body_max = 4096},
    {POST, "/v1/session/passkey", signed_in, .name = "session.passkey", .summary = "Signs a person in by passkey.",
     .takes = &proof_wire, .answers = &api_signed_wire, .public_ = true, .body_max = 16384},
    {},
};
