#include "access/people.h"
#include "api/api_int.h"

static const char *const states[] = {"signed_in", "second_factor_needed", NULL};

struct password_ask {
    const char *email, *password;
};
static const struct wire_field password_fields[] = {
    WIRE_TEXT(struct password_ask, email, 254, "The person's mail address."),
    WIRE_TEXT(struct password_ask, password, 256, "Never stored, never logged."),
    {},
};
static const struct wire password_wire = {"SignIn", sizeof(struct password_ask), password_fields};

struct step_ask {
    const char *token, *code;
};
static const struct wire_field step_fields[] = {
    WIRE_TEXT(struct step_ask, token, 63, "From the answer to the password."),
    WIRE_TEXT(struct step_ask, code, 20, "Six digits of the app, or one recovery code."),
    {},
};
static const struct wire step_wire = {"SecondFactor", sizeof(struct step_ask), step_fields};

struct signed_view {
    const char *state, *token;
    struct uuid user_id;
    bool totp, passkey;
};
static const struct wire_field signed_fields[] = {
    WIRE_ENUM(struct signed_view, state, states, "Whether the session's cookie has come, or a second factor is asked."),
    WIRE_ID_OR_NULL(struct signed_view, user_id, "usr", "Who has signed in; null before the second factor."),
    WIRE_TEXT(struct signed_view, token, 63, "For the second factor, five minutes long; null otherwise."),
    WIRE_BOOL(struct signed_view, totp, "Whether a code of an app or a recovery code is taken."),
    WIRE_BOOL(struct signed_view, passkey, "Whether a passkey is."),
    {},
};
const struct wire api_signed_wire = {"SignedIn", sizeof(struct signed_view), signed_fields};

enum err api_signed_in(struct scope *sc, struct rs *rs, const struct sign_in *in)
{
    struct signed_view view = {.state = states[in->state], .totp = in->totp, .passkey = in->passkey};

    if (in->state == SIGN_IN_DONE) {
        view.user_id = in->user_id;
        api_session_cookie(sc, rs, in->token);
    } else {
        view.token = in->token;
    }
    return rs_json(sc, rs, 200, &api_signed_wire, &view);
}

static enum err session_make(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct password_ask ask;
    struct sign_in in;

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, rq_body(sc, rq, &password_wire, &ask));
    api_wipe(sc, ask.password);
    TRY(sc, sign_in_password(sc, ask.email, ask.password, api_agent(sc, rq), &in));
    return api_signed_in(sc, rs, &in);
}

static enum err session_second(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct step_ask ask;
    struct sign_in in;

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, rq_body(sc, rq, &step_wire, &ask));
    TRY(sc, sign_in_second(sc, ask.token, ask.code, api_agent(sc, rq), &in));
    return api_signed_in(sc, rs, &in);
}

static enum err session_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    TRY(sc, api_person(sc));
    TRY(sc, session_end(sc, &sc->caller->actor_id, &sc->caller->session_id));
    api_session_cookie(sc, rs, "");
    return rs_empty(sc, rs, 204);
}

struct accept_ask {
    const char *token, *password, *name;
};
static const struct wire_field accept_fields[] = {
    WIRE_TEXT(struct accept_ask, token, 63, "The part of the link behind the #."),
    WIRE_TEXT_OR_NULL(struct accept_ask, password, 256, "The password to sign in with; only the first time."),
    WIRE_TEXT_OR_NULL(struct accept_ask, name, 120, "What the person is called; as invited when left out."),
    {},
};
static const struct wire accept_wire = {"InvitationAccept", sizeof(struct accept_ask), accept_fields};

/* Whoever sets a password has shown the link and is signed in; whoever has one signs in with it. */
static enum err invitations_accept(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct accept_ask ask;
    struct uuid user_id;
    struct sign_in in;
    bool first;

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, rq_body(sc, rq, &accept_wire, &ask));
    api_wipe(sc, ask.password);
    TRY(sc, throttle_start(sc));
    TRY(sc, people_accept(sc, ask.token, ask.password, ask.name, &first, &user_id));
    if (!first)
        return rs_empty(sc, rs, 204);
    TRY(sc, session_open(sc, &user_id, "invitation", api_agent(sc, rq), &in));
    return api_signed_in(sc, rs, &in);
}

struct reset_ask {
    const char *email;
};
static const struct wire_field reset_fields[] = {
    WIRE_TEXT(struct reset_ask, email, 254, "Where the link is sent, if anybody has this address."),
    {},
};
static const struct wire reset_wire = {"PasswordReset", sizeof(struct reset_ask), reset_fields};

static enum err resets_ask(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct reset_ask ask;

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, rq_body(sc, rq, &reset_wire, &ask));
    TRY(sc, people_reset_ask(sc, ask.email, str_dup(sc->arena, rq->host)));
    return rs_empty(sc, rs, 202);
}

struct confirm_ask {
    const char *token, *password;
};
static const struct wire_field confirm_fields[] = {
    WIRE_TEXT(struct confirm_ask, token, 63, "The part of the link behind the #."),
    WIRE_TEXT(struct confirm_ask, password, 256, "The new password; all sessions end."),
    {},
};
static const struct wire confirm_wire = {"PasswordResetConfirm", sizeof(struct confirm_ask), confirm_fields};

static enum err resets_confirm(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct confirm_ask ask;

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, rq_body(sc, rq, &confirm_wire, &ask));
    api_wipe(sc, ask.password);
    TRY(sc, throttle_start(sc));
    TRY(sc, people_reset_confirm(sc, ask.token, ask.password));
    return rs_empty(sc, rs, 204);
}

const struct route api_sign_in_routes[] = {
    {POST, "/v1/session", session_make, .name = "session.create",
     .summary = "Signs a person in by address and password.", .takes = &password_wire, .answers = &api_signed_wire,
     .public_ = true, .secret = true, .body_max = 4096},
    {POST, "/v1/session/second-factor", session_second, .name = "session.second_factor",
     .summary = "Goes on with a sign-in that wants a second factor.", .takes = &step_wire, .answers = &api_signed_wire,
     .public_ = true, .secret = true, .body_max = 4096},
    {DELETE, "/v1/session", session_delete, .name = "session.delete", .summary = "Signs out."},
    {POST, "/v1/invitations/accept", invitations_accept, .name = "invitations.accept",
     .summary = "Takes an invitation and chooses a password.", .takes = &accept_wire, .answers = &api_signed_wire,
     .public_ = true, .secret = true, .body_max = 4096},
    {POST, "/v1/password-resets", resets_ask, .name = "password_resets.create",
     .summary = "Asks for a link to choose a new password.", .takes = &reset_wire, .public_ = true, .body_max = 4096},
    {POST, "/v1/password-resets/confirm", resets_confirm, .name = "password_resets.confirm",
     .summary = "Chooses a new password by such a link.", .takes = &confirm_wire, .public_ = true, .secret = true,
     .body_max = 4096},
    {},
};
