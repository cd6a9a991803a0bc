#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/access.h"

/* people: those who sign in: who they are, what they may and where, and what a sign-in leaves behind. All of it runs in
 * the partner's tenant that the host has named. What is a person's own (password, sessions, second factors) is asked as
 * the whole partner (people_as_partner), whatever customer the person works for just now. The fact people get wrong:
 * who may what is judged again under the partner's lock (people_lock) when it is changed, not by what the caller
 * could do when the request came.
 */
#define PEOPLE_TOKEN_MAX           64
#define PEOPLE_INVITATION_S        (7 * 24 * 3600)
#define PEOPLE_RESET_S             3600
#define PEOPLE_STEP_S              300
#define PEOPLE_STEP_TRIES          5
#define PEOPLE_MEMBERSHIPS_MAX     100
#define PEOPLE_RECOVERY_CODES      10
#define PEOPLE_PASSWORD_MIN        12
#define PEOPLE_PASSWORD_MAX        256
#define PEOPLE_SESSION_METHODS_MAX 80

/* From here on the scope is the whole partner's, in the middle of a transaction as well. */
enum err people_as_partner(struct scope *sc);
enum err people_as(struct scope *sc, const struct tenant *t); /* and back */
/* Lower case, without what cannot be an address: ERR_INVALID. */
enum err people_email_norm(struct scope *sc, const char *email, const char **out);
enum err people_locale_check(struct scope *sc, const char *locale); /* one that pages and mail have; NULL is fine */

/* ---- passwords ---- */
/* ERR_INVALID with status 422 and an item at the pointer: too short, the address itself, known to everyone. */
enum err password_check(struct scope *sc, const char *pointer, const char *password, const char *email_norm);
/* Both take a tenth of a second and 64 MiB on the side pool; ERR_UNAVAILABLE when too many wait. Park, and hold no
 * transaction meanwhile. */
enum err password_hash(struct scope *sc, const char *password, const char **out);
/* stored NULL: as long as for any other, and false. */
enum err password_verify(struct scope *sc, const char *stored, const char *password, bool *out);

/* ---- how often something may be tried ---- */
/* ERR_LIMIT with the time to wait. Commits. */
enum err throttle_sign_in(struct scope *sc, const char *email_norm);
enum err throttle_sign_in_forgive(struct scope *sc, const char *email_norm); /* it was the right one */
enum err throttle_second(struct scope *sc, const struct uuid *user_id);      /* a code of the second factor */
enum err throttle_second_forgive(struct scope *sc, const struct uuid *user_id);
enum err throttle_mail(struct scope *sc, const char *email_norm); /* a letter to this address */
enum err throttle_start(struct scope *sc);                        /* anything that leaves a row behind */

/* ---- signing in ---- */
enum sign_in_state { SIGN_IN_DONE, SIGN_IN_SECOND_FACTOR };
struct sign_in {
    enum sign_in_state state;
    struct uuid user_id, session_id;
    char token[PEOPLE_TOKEN_MAX]; /* of the session, or of the step */
    bool totp, passkey;           /* which second factors there are */
};
/* ERR_UNAUTHENTICATED alike, and after the same time, for whatever is wrong; that is then on record already. Else the
 * caller's transaction commits. */
enum err sign_in_password(struct scope *sc, const char *email, const char *password, const char *agent,
                          struct sign_in *out);
/* For whom somebody else has vouched, by an address in its normal form; methods as session_open takes them. Second
 * factors are not asked: they are the voucher's business. ERR_UNAUTHENTICATED, on record already, for who is not there,
 * not active or has no role. */
enum err sign_in_vouched(struct scope *sc, const char *email_norm, const char *methods, const char *agent,
                         struct sign_in *out);
/* Puts on record that nobody was signed in, whatever follows: user_id NULL, nobody knows who it was. Commits. */
enum err sign_in_refused(struct scope *sc, const struct uuid *user_id, const char *why);
/* With the step's token and a code of the app or a recovery code. */
enum err sign_in_second(struct scope *sc, const char *token, const char *code, const char *agent, struct sign_in *out);

/* ---- sessions ---- */
enum err session_open(struct scope *sc, const struct uuid *user_id, const char *methods, const char *agent,
                      struct sign_in *out);
struct session_look {
    struct caller caller;
    char renewed[PEOPLE_TOKEN_MAX]; /* the cookie's new secret, or "" */
};
/* Whose session this is and what the person may at the customer and store brand that are named (or NULL). Runs in the
 * partner's tenant and ends its transaction. ERR_UNAUTHENTICATED; ERR_NOT_FOUND for a place where the person has no
 * business. unattended: no person did anything, and the session ends as if nothing had been asked. */
enum err session_find(struct scope *sc, struct str token, const struct uuid *customer, const struct uuid *brand,
                      bool unattended, struct session_look *out);
enum err session_renew(struct scope *sc, const struct uuid *session_id, char out[PEOPLE_TOKEN_MAX]);
enum err session_end(struct scope *sc, const struct uuid *user_id, const struct uuid *session_id);
enum err session_end_all(struct scope *sc, const struct uuid *user_id, const struct uuid *but);

/* ---- links and steps that are good for once ---- */
enum one_time {
    ONE_TIME_INVITATION,
    ONE_TIME_RESET,
    ONE_TIME_STEP,
    ONE_TIME_PASSKEY_ADD,
    ONE_TIME_PASSKEY,
    ONE_TIME_OIDC
};
/* 52 characters that nobody guesses. */
void people_token(char out[PEOPLE_TOKEN_MAX]);
struct one_time_what {
    bool has_user, has_membership;
    struct uuid user_id, membership_id;
    struct bytes data;
};
enum err one_time_make(struct scope *sc, enum one_time kind, const struct one_time_what *what, int seconds,
                       char out[PEOPLE_TOKEN_MAX]);
/* ERR_NOT_FOUND when it is unknown, over, or used. Used from now on. */
enum err one_time_use(struct scope *sc, enum one_time kind, const char *token, struct one_time_what *out);
/* Still good after this one, but not for ever. */
enum err one_time_try(struct scope *sc, enum one_time kind, const char *token, struct one_time_what *out);
enum err one_time_peek(struct scope *sc, enum one_time kind, const char *token, struct one_time_what *out);

/* ---- people and what they may ---- */
struct place { /* of a partner, a customer, or a store brand */
    bool has_customer, has_brand;
    struct uuid customer_id, brand_id;
};
struct invitation {
    const char *email, *name, *locale, *role;
    struct place place;
    bool at_once;     /* nothing to accept: the person works there already */
    const char *host; /* for the link, without a port; NULL: no letter is sent */
};
/* The first host that was verified for the partner: for a link that nobody's request names a host for. */
enum err people_host(struct scope *sc, const char **out);

/* An address of the portal for a letter: path, with what follows it, at a host and the port set as PUBLIC_PORT. In the
 * arena. */
const char *people_link(struct scope *sc, const char *host, const char *path, const char *rest);

struct invited {
    struct uuid user_id, membership_id;
    char token[PEOPLE_TOKEN_MAX];
};
/* As the whole partner. Nobody gives what they lack there: ERR_FORBIDDEN. */
enum err people_invite(struct scope *sc, const struct invitation *in, struct invited *out);
enum err people_lock(struct scope *sc);
/* May the caller act on this role at this place? Under the lock. ERR_FORBIDDEN. */
enum err people_may_give(struct scope *sc, const char *role, const struct place *place);
/* Takes the lock's word: what was possible before (letting others in) must be so afterwards. */
struct administrators;
enum err administrators_before(struct scope *sc, struct administrators **out);
enum err administrators_after(struct scope *sc, const struct administrators *before);
/* Ends one role of a person; ERR_NOT_FOUND for one outside of what the caller sees. */
enum err membership_end(struct scope *sc, const struct uuid *user_id, const struct uuid *membership_id,
                        const struct place *of);
/* Ends all that the caller may end: of its whole partner, or of its customer. */
enum err people_remove(struct scope *sc, const struct uuid *user_id, const struct place *of);
/* The caller may change the person itself (name, status) when it may act on everything the person may. */
enum err people_may_change(struct scope *sc, const struct uuid *user_id, const struct place *of);

enum err people_accept(struct scope *sc, const char *token, const char *password, const char *name, bool *out_first,
                       struct uuid *out_user);
/* host without a port. The answer takes as long whether anybody has the address or not. Commits. */
enum err people_reset_ask(struct scope *sc, const char *email, const char *host);
enum err people_reset_confirm(struct scope *sc, const char *token, const char *password);
/* Is it really the person? Before something that would shut its owner out. ERR_FORBIDDEN; fine for who has none. */
enum err people_password_confirm(struct scope *sc, const struct uuid *user_id, const char *password);
enum err people_password_change(struct scope *sc, const struct uuid *user_id, const char *old, const char *fresh,
                                const struct uuid *session_id);

/* ---- the second factor: codes of an app (RFC 6238) and recovery codes ---- */
#define TOTP_SECRET_BYTES 20
enum err totp_begin(struct scope *sc, const struct uuid *user_id, const char *issuer, const char **out_uri);
enum err totp_confirm(struct scope *sc, const struct uuid *user_id, const char *code);
enum err totp_remove(struct scope *sc, const struct uuid *user_id);
/* A code of the app or a recovery code; each good once. */
enum err factor_check(struct scope *sc, const struct uuid *user_id, const char *code, const char **out_method);
/* RFC 4226 with six digits. */
uint32_t totp_code(const uint8_t *secret, size_t n, uint64_t step);
enum err recovery_codes_make(struct scope *sc, const struct uuid *user_id,
                             char out[PEOPLE_RECOVERY_CODES][16]); /* the ones before end */

/* ---- passkeys (Web Authentication, ES256): both factors in one ---- */
#define PASSKEYS_MAX 20
struct passkey_new {
    const char *name, *client_data, *attestation; /* base64url */
};
struct passkey_proof {
    const char *credential_id, *client_data, *authenticator_data, *signature; /* base64url */
};
/* The challenge that the browser is to sign, good for five minutes and once. user_id NULL: to sign in. */
enum err passkey_challenge(struct scope *sc, const struct uuid *user_id, const char **out_base64url);
/* origin is "https://" and the authority that was asked; host is the same without a port. */
enum err passkey_add(struct scope *sc, const struct uuid *user_id, const char *origin, const char *host,
                     const struct passkey_new *in, struct uuid *out_id);
enum err passkey_remove(struct scope *sc, const struct uuid *user_id, const struct uuid *passkey_id);
/* ERR_UNAUTHENTICATED alike for whatever is wrong. */
enum err sign_in_passkey(struct scope *sc, const char *origin, const char *host, const struct passkey_proof *in,
                         const char *agent, struct sign_in *out);
