#include <stdio.h>
#include <string.h>

#include "access/people_int.h"
#include "base/timefmt.h"
#include "org/org.h"

#define STEP_S 30
#define DIGITS 6

uint32_t totp_code(const uint8_t *secret, size_t n, uint64_t step)
{
    uint8_t text[8], mac[20];
    const uint8_t *at;

    for (int i = 7; i >= 0; i--, step >>= 8)
        text[i] = (uint8_t)step;
    crypto_hmac_sha1(secret, n, text, sizeof(text), mac);
    at = mac + (mac[19] & 15);
    return (((uint32_t)at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) % 1000000;
}

struct str access_totp_label(struct scope *sc, const struct uuid *user_id, int32_t epoch)
{
    char partner[UUID_TEXT_LEN + 1], user[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    uuid_format(user_id, user);
    return str_of(arena_f(sc->arena, "totp/%s/%s/%d", partner, user, epoch));
}

/* RFC 4648 section 6, without padding: what apps take. */
static const char *base32(struct arena *a, const uint8_t *p, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char *out = arena_zalloc(a, n * 8 / 5 + 2), *w = out;
    uint32_t held = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < n; i++) {
        held = held << 8 | p[i];
        for (bits += 8; bits >= 5; bits -= 5)
            *w++ = digits[held >> (bits - 5) & 31];
    }
    if (bits)
        *w++ = digits[held << (5 - bits) & 31];
    return out;
}

static const char *escaped(struct arena *a, const char *s)
{
    struct buf b;

    buf_init(&b, a, 2000);
    buf_percent(&b, str_of(s));
    return buf_cstr(&b);
}

enum err totp_begin(struct scope *sc, const struct uuid *user_id, const char *issuer, const char **out_uri)
{
    CLEANUP(secret_wipe) struct secret *secret = secret_new(TOTP_SECRET_BYTES);
    struct q_totp_put_in in = {.user_id = *user_id};
    const struct q_totp_put_row *row;

    crypto_random(secret_fill(secret), TOTP_SECRET_BYTES);
    TRY(sc, org_epoch(sc, ORG_EDGE, &in.totp_epoch));
    TRY(sc, org_seal(sc, ORG_EDGE, access_totp_label(sc, user_id, in.totp_epoch),
                     (struct bytes){secret_bytes(secret), TOTP_SECRET_BYTES}, &in.totp_epoch, &in.totp_sealed));
    TRY(sc, q_totp_put(sc, &in, &row));
    if (!row)
        return FAIL(sc, ERR_CONFLICT, "an app is in use already; take it off first");
    issuer = escaped(sc->arena, issuer);
    *out_uri = arena_f(sc->arena, "otpauth://totp/%s:%s?secret=%s&issuer=%s", issuer, escaped(sc->arena, row->email),
                       base32(sc->arena, secret_bytes(secret), TOTP_SECRET_BYTES), issuer);
    return OK;
}

static bool digits_of(const char *code, uint32_t *out)
{
    uint32_t v = 0;

    if (strlen(code) != DIGITS)
        return false;
    for (; *code; code++) {
        if (*code < '0' || *code > '9')
            return false;
        v = v * 10 + (uint32_t)(*code - '0');
    }
    *out = v;
    return true;
}

/* The step that the code belongs to: now, the one before, or the one after; 0 for none. */
static enum err step_of(struct scope *sc, const struct q_totp_get_row *t, const struct uuid *user_id, const char *code,
                        int64_t *out)
{
    CLEANUP(secret_wipe) struct secret *secret = NULL;
    int64_t now = time_now_us() / 1000000 / STEP_S;
    uint32_t want;

    *out = 0;
    if (!digits_of(code, &want))
        return OK;
    TRY(sc, org_unseal(sc, ORG_EDGE, t->totp_epoch, t->wrapped, access_totp_label(sc, user_id, t->totp_epoch),
                       t->totp_sealed, &secret));
    for (int64_t step = now - 1; step <= now + 1; step++)
        if (step > t->totp_step && totp_code(secret_bytes(secret), secret_size(secret), (uint64_t)step) == want)
            *out = step;
    return OK;
}

static enum err wrong(struct scope *sc)
{
    return FAIL(sc, ERR_UNAUTHENTICATED, "the code is wrong, was used, or came too late");
}

enum err totp_confirm(struct scope *sc, const struct uuid *user_id, const char *code)
{
    const struct q_totp_confirm_row *done;
    const struct q_totp_get_row *t;
    int64_t step;
    enum err e;

    TRY(sc, q_totp_get(sc, &(struct q_totp_get_in){.user_id = *user_id}, &t));
    if (!t || t->confirmed)
        return FAIL(sc, ERR_CONFLICT, "no app waits to be confirmed");
    TRY(sc, step_of(sc, t, user_id, code, &step));
    if (step == 0) {
        scope_clear(sc);
        scope_item(sc, "/code", "wrong", "is not what the app should show now");
        e = FAIL(sc, ERR_INVALID, "the code is wrong; is the clock of the telephone right?");
        scope_problem(sc, "validation", 422);
        return e;
    }
    TRY(sc, q_totp_confirm(sc, &(struct q_totp_confirm_in){.user_id = *user_id, .totp_step = step}, &done));
    if (!done)
        return FAIL(sc, ERR_CONFLICT, "no app waits to be confirmed");
    people_note(sc, "totp.add", user_id, NULL);
    return OK;
}

enum err totp_remove(struct scope *sc, const struct uuid *user_id)
{
    const struct q_totp_remove_row *row;

    TRY(sc, q_totp_remove(sc, &(struct q_totp_remove_in){.user_id = *user_id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "no app is in use");
    TRY(sc, q_recovery_void(sc, &(struct q_recovery_void_in){.user_id = *user_id}, NULL));
    people_note(sc, "totp.remove", user_id, NULL);
    return OK;
}

/* "k7m2-9xqd-w4": ten characters of five bits. */
static void recovery_text(char out[16])
{
    char token[PEOPLE_TOKEN_MAX];

    people_token(token);
    snprintf(out, 16, "%.4s-%.4s-%.2s", token, token + 4, token + 8);
}

static struct bytes recovery_hash(struct scope *sc, const struct uuid *user_id, const char *code)
{
    char user[UUID_TEXT_LEN + 1], plain[16];
    size_t n = 0;

    for (; *code && n < 10; code++)
        if (*code != '-' && *code != ' ')
            plain[n++] = (char)(*code >= 'A' && *code <= 'Z' ? *code + ('a' - 'A') : *code);
    plain[n] = '\0';
    uuid_format(user_id, user);
    return people_token_hash(sc, str_of(arena_f(sc->arena, "recovery/%s/%s", user, plain)));
}

enum err recovery_codes_make(struct scope *sc, const struct uuid *user_id, char out[PEOPLE_RECOVERY_CODES][16])
{
    struct bytes hashes[PEOPLE_RECOVERY_CODES];

    for (size_t i = 0; i < PEOPLE_RECOVERY_CODES; i++) {
        recovery_text(out[i]);
        hashes[i] = recovery_hash(sc, user_id, out[i]);
    }
    TRY(sc, q_recovery_void(sc, &(struct q_recovery_void_in){.user_id = *user_id}, NULL));
    TRY(sc, q_recovery_put(sc,
                           &(struct q_recovery_put_in){
                               .user_id = *user_id, .code_hashes = hashes, .code_hashes_n = PEOPLE_RECOVERY_CODES},
                           NULL));
    people_note(sc, "recovery_codes.make", user_id, NULL);
    return OK;
}

enum err factor_check(struct scope *sc, const struct uuid *user_id, const char *code, const char **out_method)
{
    const struct q_recovery_use_row *recovered;
    const struct q_totp_used_row *used = NULL;
    const struct q_totp_get_row *t;
    int64_t step = 0;

    TRY(sc, q_totp_get(sc, &(struct q_totp_get_in){.user_id = *user_id}, &t));
    if (t && t->confirmed)
        TRY(sc, step_of(sc, t, user_id, code, &step));
    if (step)
        TRY(sc, q_totp_used(sc, &(struct q_totp_used_in){.user_id = *user_id, .totp_step = step}, &used));
    *out_method = "totp";
    if (used)
        return OK;
    TRY(sc, q_recovery_use(
                sc, &(struct q_recovery_use_in){.user_id = *user_id, .code_hash = recovery_hash(sc, user_id, code)},
                &recovered));
    *out_method = "recovery_code";
    return recovered ? OK : wrong(sc);
}
