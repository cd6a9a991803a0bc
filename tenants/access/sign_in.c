#include <string.h>

#include "access/access_int.h"
#include "access/people_int.h"
#include "mail/mail.h"

enum err people_email_norm(struct scope *sc, const char *email, const char **out)
{
    char *text = arena_strdup(sc->arena, email);
    enum err e;

    if (!mail_address_valid(text)) {
        scope_clear(sc);
        scope_item(sc, "/email", "not_an_address",
                   "must be a mail address like name@example.com, without letters like ö or é");
        e = FAIL(sc, ERR_INVALID,
                 "mail cannot be sent to this address: write one like name@example.com, without letters like ö or é");
        scope_problem(sc, "validation", 422);
        return e;
    }
    for (char *c = text; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    *out = text;
    return OK;
}

static enum err refused(struct scope *sc)
{
    return FAIL(sc, ERR_UNAUTHENTICATED, "the address or the password is wrong");
}

/* The transaction of a refusal would be rolled back, and its entry with it. */
enum err sign_in_refused(struct scope *sc, const struct uuid *user_id, const char *why)
{
    people_note(sc, "session.refuse", user_id, why);
    return db_commit(sc);
}

static enum err wrong(struct scope *sc, const struct uuid *user_id)
{
    TRY(sc, sign_in_refused(sc, user_id, user_id ? "wrong password" : "no such person"));
    return refused(sc);
}

static enum err step(struct scope *sc, const struct q_user_by_email_row *user, struct sign_in *out)
{
    struct one_time_what what = {.has_user = true, .user_id = user->user_id, .data = {"password", 8}};

    out->state = SIGN_IN_SECOND_FACTOR;
    out->user_id = user->user_id;
    out->totp = user->has_totp;
    out->passkey = user->has_passkey;
    return one_time_make(sc, ONE_TIME_STEP, &what, PEOPLE_STEP_S, out->token);
}

enum err sign_in_place_tell(struct scope *sc, const struct uuid *user_id, const char *agent)
{
    const char *address = sc->address ? sc->address : "unknown";
    struct q_session_address_known_row row;
    const struct q_people_host_row *host;
    const struct q_user_get_row *user;

    TRY(sc, q_session_address_known(sc, &(struct q_session_address_known_in){.user_id = *user_id, .address = address},
                                    &row));
    if (row.known)
        return OK;
    TRY(sc, q_user_get(sc, &(struct q_user_get_in){.user_id = *user_id}, &user));
    if (!user)
        return FAIL(sc, ERR_UNAUTHENTICATED, "please sign in again");
    if (!access_can_be_told(sc, user->email))
        return OK;
    TRY(sc, q_people_host(sc, &host));
    return mail_put(sc, &(struct mail_new){.kind = "new_sign_in",
                                           .to = user->email,
                                           .locale = user->locale,
                                           .about = *user_id,
                                           .words = {{"address", sc->address ? sc->address : ""},
                                                     {"name", user->name},
                                                     {"at", people_expiry(sc, 0)},
                                                     {"device", people_printable(sc, agent, 200)},
                                                     {"link", host ? people_link(sc, host->host, "/account", "") : ""}},
                                           .word_count = 5});
}

static bool may_sign_in(const struct q_user_by_email_row *user)
{
    return user && user->password_hash && strcmp(user->status, "active") == 0 && user->has_role;
}

static enum err password_is_allowed(struct scope *sc, bool *out)
{
    const struct q_sign_in_setting_get_row *row;

    TRY(sc, q_sign_in_setting_get(sc, &row));
    *out = !row || row->password_allowed;
    return OK;
}

enum err sign_in_password(struct scope *sc, const char *email, const char *password, const char *agent,
                          struct sign_in *out)
{
    const struct q_user_by_email_row *user;
    const struct q_user_signed_in_row *same;
    const char *norm;
    bool good, allowed;

    *out = (struct sign_in){0};
    TRY(sc, people_email_norm(sc, email, &norm));
    TRY(sc, throttle_sign_in(sc, norm));
    TRY(sc, password_is_allowed(sc, &allowed));
    TRY(sc, q_user_by_email(sc, &(struct q_user_by_email_in){.email_norm = norm}, &user));
    TRY(sc, db_commit(sc)); /* hashing takes longer than a connection should be kept */
    TRY(sc, password_verify(sc, may_sign_in(user) && allowed ? user->password_hash : NULL, password, &good));
    if (!good)
        return wrong(sc, user ? &user->user_id : NULL);
    TRY(sc,
        q_user_signed_in(
            sc, &(struct q_user_signed_in_in){.user_id = user->user_id, .password_hash = user->password_hash}, &same));
    if (!same)
        return wrong(sc, &user->user_id);
    if (user->has_totp || user->has_passkey)
        return step(sc, user, out);
    TRY(sc, throttle_sign_in_forgive(sc, norm));
    TRY(sc, sign_in_place_tell(sc, &user->user_id, agent));
    return session_open(sc, &user->user_id, "password", agent, out);
}

/* NULL: the person may come in. */
static const char *kept_out(const struct q_user_by_email_row *user)
{
    if (!user)
        return "vouched for, and no such person";
    if (strcmp(user->status, "active") != 0)
        return strcmp(user->status, "invited") == 0 ? "vouched for, and the invitation is not accepted yet"
                                                    : "vouched for, and disabled";
    return user->has_role ? NULL : "vouched for, and without a role";
}

static enum err not_let_in(struct scope *sc, const struct uuid *user_id, const char *why)
{
    TRY(sc, sign_in_refused(sc, user_id, why));
    return FAIL(sc, ERR_UNAUTHENTICATED, "nobody here was vouched for");
}

enum err sign_in_vouched(struct scope *sc, const char *email_norm, const char *methods, const char *agent,
                         struct sign_in *out)
{
    const struct q_user_by_email_row *user;
    const struct q_user_signed_in_row *same;
    const char *why;

    *out = (struct sign_in){0};
    TRY(sc, q_user_by_email(sc, &(struct q_user_by_email_in){.email_norm = email_norm}, &user));
    why = kept_out(user);
    if (why)
        return not_let_in(sc, user ? &user->user_id : NULL, why);
    TRY(sc,
        q_user_signed_in(sc,
                         &(struct q_user_signed_in_in){.user_id = user->user_id,
                                                       .password_hash = user->password_hash ? user->password_hash : ""},
                         &same));
    if (!same)
        return not_let_in(sc, &user->user_id, "vouched for, and changed meanwhile");
    TRY(sc, sign_in_place_tell(sc, &user->user_id, agent));
    return session_open(sc, &user->user_id, methods, agent, out);
}

static enum err wrong_code(struct scope *sc, const struct uuid *user_id)
{
    people_note(sc, "session.refuse", user_id, "wrong code of the second factor");
    TRY(sc, db_commit(sc));
    return FAIL(sc, ERR_UNAUTHENTICATED, "the code is wrong, was used, or came too late");
}

enum err sign_in_second(struct scope *sc, const char *token, const char *code, const char *agent, struct sign_in *out)
{
    struct one_time_what what;
    const char *method;
    enum err e;

    *out = (struct sign_in){0};
    e = one_time_try(sc, ONE_TIME_STEP, token, &what);
    if (e == ERR_NOT_FOUND)
        return wrong_code(sc, NULL);
    TRY(sc, e);
    TRY(sc, throttle_second(sc, &what.user_id));
    e = factor_check(sc, &what.user_id, code, &method);
    if (e == ERR_UNAUTHENTICATED)
        return wrong_code(sc, &what.user_id);
    TRY(sc, e);
    e = one_time_use(sc, ONE_TIME_STEP, token, &what);
    if (e == ERR_NOT_FOUND) /* twice at once */
        return wrong_code(sc, &what.user_id);
    TRY(sc, e);
    TRY(sc, throttle_second_forgive(sc, &what.user_id));
    TRY(sc, sign_in_place_tell(sc, &what.user_id, agent));
    return session_open(sc, &what.user_id, arena_f(sc->arena, "password,%s", method), agent, out);
}
