#include <string.h>

#include "access/people_int.h"
#include "mail/mail.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define RESET_ANSWER_US 300000 /* well beyond what a letter's way into the queue takes */

/* Links that came by mail, and passwords that are changed. A password is hashed before the transaction that uses it: a
 * link is looked at first, and used up afterwards. */

static enum err not_active(struct scope *sc)
{
    return FAIL(sc, ERR_NOT_FOUND, "this link or code is not good any more; please ask for a new one");
}

static enum err hash_first(struct scope *sc, const struct q_user_get_row *user, const char *password, const char **out)
{
    const char *norm;
    enum err e;

    *out = NULL;
    if (strcmp(user->status, "invited") != 0)
        return OK;
    if (!password) {
        scope_clear(sc);
        scope_item(sc, "/password", "required", "is needed the first time");
        e = FAIL(sc, ERR_INVALID, "choose a password");
        scope_problem(sc, "validation", 422);
        return e;
    }
    TRY(sc, people_email_norm(sc, user->email, &norm));
    TRY(sc, password_check(sc, "/password", password, norm));
    return password_hash(sc, password, out);
}

enum err people_accept(struct scope *sc, const char *token, const char *password, const char *name, bool *out_first,
                       struct uuid *out_user)
{
    const struct q_user_get_row *user;
    const char *hash;
    struct one_time_what what;

    TRY(sc, one_time_peek(sc, ONE_TIME_INVITATION, token, &what));
    TRY(sc, q_user_get(sc, &(struct q_user_get_in){.user_id = what.user_id}, &user));
    TRY(sc, db_commit(sc));
    if (!user || strcmp(user->status, "disabled") == 0)
        return not_active(sc);
    TRY(sc, hash_first(sc, user, password, &hash));
    TRY(sc, people_lock(sc));
    TRY(sc, one_time_use(sc, ONE_TIME_INVITATION, token, &what));
    if (hash)
        TRY(sc, q_user_accept(sc,
                              &(struct q_user_accept_in){
                                  .user_id = what.user_id, .name = name ? name : "", .password_hash = hash},
                              NULL));
    TRY(sc, q_membership_accept(sc, &(struct q_membership_accept_in){.membership_id = what.membership_id}, NULL));
    TRY(sc, q_session_age(sc, &(struct q_session_age_in){.user_id = what.user_id}, NULL));
    sc->actor = ACTOR_USER;
    sc->actor_id = what.user_id;
    people_note(sc, "invitation.accept", &what.user_id, NULL);
    *out_first = hash != NULL;
    *out_user = what.user_id;
    return OK;
}

static enum err reset_letter(struct scope *sc, const struct q_user_by_email_row *user, const char *host)
{
    char token[PEOPLE_TOKEN_MAX];

    TRY(sc, one_time_make(sc, ONE_TIME_RESET, &(struct one_time_what){.has_user = true, .user_id = user->user_id},
                          PEOPLE_RESET_S, token));
    return mail_put(sc, &(struct mail_new){.kind = "reset",
                                           .to = user->email,
                                           .locale = user->locale,
                                           .about = user->user_id,
                                           .words = {{"link", people_link(sc, host, "/reset#", token)},
                                                     {"name", user->name},
                                                     {"expires", people_expiry(sc, PEOPLE_RESET_S)}},
                                           .word_count = 3});
}

/* Known or not, the answer is the same and comes at the same time: the letter's work is done behind a wait that holds
 * no connection. */
enum err people_reset_ask(struct scope *sc, const char *email, const char *host)
{
    const struct q_user_by_email_row *user;
    int64_t answer_us = loop_now_us() + RESET_ANSWER_US;
    const char *norm;

    TRY(sc, people_email_norm(sc, email, &norm));
    TRY(sc, throttle_mail(sc, norm));
    TRY(sc, q_user_by_email(sc, &(struct q_user_by_email_in){.email_norm = norm}, &user));
    people_note(sc, "password.reset_ask", user ? &user->user_id : NULL, NULL);
    if (user && strcmp(user->status, "active") == 0)
        TRY(sc, reset_letter(sc, user, host));
    TRY(sc, db_commit(sc));
    if (fiber_self() && answer_us > loop_now_us())
        fiber_sleep_us(answer_us - loop_now_us());
    return OK;
}

enum err people_reset_confirm(struct scope *sc, const char *token, const char *password)
{
    const struct q_user_password_row *user;
    struct one_time_what what;
    const char *hash;

    TRY(sc, one_time_peek(sc, ONE_TIME_RESET, token, &what));
    TRY(sc, q_user_password(sc, &(struct q_user_password_in){.user_id = what.user_id}, &user));
    TRY(sc, db_commit(sc));
    if (!user)
        return not_active(sc);
    TRY(sc, password_check(sc, "/password", password, user->email_norm));
    TRY(sc, password_hash(sc, password, &hash));
    TRY(sc, one_time_use(sc, ONE_TIME_RESET, token, &what));
    TRY(sc, q_user_password_set(sc, &(struct q_user_password_set_in){.user_id = what.user_id, .password_hash = hash},
                                NULL));
    TRY(sc, q_one_time_void(sc, &(struct q_one_time_void_in){.user_id = what.user_id, .kind = "reset"}, NULL));
    TRY(sc, q_one_time_void(sc, &(struct q_one_time_void_in){.user_id = what.user_id, .kind = "second_factor"}, NULL));
    TRY(sc, session_end_all(sc, &what.user_id, NULL));
    sc->actor = ACTOR_USER;
    sc->actor_id = what.user_id;
    people_note(sc, "password.reset", &what.user_id, NULL);
    return OK;
}

static enum err wrong_old(struct scope *sc, const struct uuid *user_id, const char *pointer)
{
    people_note(sc, "password.refuse", user_id, NULL);
    TRY(sc, db_commit(sc));
    scope_clear(sc);
    scope_item(sc, pointer, "wrong", "is not the password");
    return FAIL(sc, ERR_FORBIDDEN, "the password is wrong");
}

enum err people_password_confirm(struct scope *sc, const struct uuid *user_id, const char *password)
{
    const struct q_user_password_row *user;
    bool good;

    TRY(sc, q_user_password(sc, &(struct q_user_password_in){.user_id = *user_id}, &user));
    if (!user)
        return FAIL(sc, ERR_UNAUTHENTICATED, "please sign in again");
    if (!user->password_hash)
        return db_commit(sc);
    TRY(sc, throttle_sign_in(sc, user->email_norm));
    TRY(sc, password_verify(sc, user->password_hash, password, &good));
    return good ? throttle_sign_in_forgive(sc, user->email_norm) : wrong_old(sc, user_id, "/password");
}

enum err people_password_change(struct scope *sc, const struct uuid *user_id, const char *old, const char *fresh,
                                const struct uuid *session_id)
{
    const struct q_user_password_row *user;
    const struct q_user_signed_in_row *same;
    const char *hash;
    bool good;

    TRY(sc, q_user_password(sc, &(struct q_user_password_in){.user_id = *user_id}, &user));
    if (!user)
        return FAIL(sc, ERR_UNAUTHENTICATED, "please sign in again");
    TRY(sc, throttle_sign_in(sc, user->email_norm));
    TRY(sc, password_verify(sc, user->password_hash, old, &good));
    if (!good)
        return wrong_old(sc, user_id, "/current_password");
    TRY(sc, password_check(sc, "/password", fresh, user->email_norm));
    TRY(sc, password_hash(sc, fresh, &hash));
    TRY(sc, q_user_signed_in(
                sc, &(struct q_user_signed_in_in){.user_id = *user_id, .password_hash = user->password_hash}, &same));
    if (!same)
        return FAIL(sc, ERR_CONFLICT, "the password was changed meanwhile");
    TRY(sc,
        q_user_password_set(sc, &(struct q_user_password_set_in){.user_id = *user_id, .password_hash = hash}, NULL));
    TRY(sc, throttle_sign_in_forgive(sc, user->email_norm));
    TRY(sc, session_end_all(sc, user_id, session_id));
    people_note(sc, "password.change", user_id, NULL);
    return OK;
}
