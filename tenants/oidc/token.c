#include <string.h>

#include "oidc/oidc_int.h"
#include "json/doc.h"

/* Only what is needed is understood of a token: two algorithms, each with its own kind of key, so that no token chooses
 * how it is checked. Keys and addresses of keys in a token's head are never looked at. */
#define KEYS_MAX      100
#define SIGNATURE_MAX 1024
#define P256_PART     32
#define TIME_LATEST   INT64_C(253402300799)

struct token {
    struct str text; /* which is signed: both parts and the dot between */
    struct bytes signature;
    const struct doc *head, *claims;
    struct str alg, kid; /* kid empty: none is named */
};

static enum err bad(struct scope *sc, const char *why)
{
    return FAIL(sc, ERR_INVALID, "%s", why);
}

static bool text_is(const struct doc *d, const char *member, const char *want)
{
    const struct doc *v = doc_get(d, member);

    return doc_kind(v) == DOC_TEXT && str_is(doc_text(v), want);
}

static bool cut_at_dot(struct str *rest, struct str *out)
{
    const char *dot = rest->n ? memchr(rest->p, '.', rest->n) : NULL;

    if (!dot || dot == rest->p)
        return false;
    *out = (struct str){rest->p, (size_t)(dot - rest->p)};
    rest->n -= out->n + 1;
    rest->p = dot + 1;
    return true;
}

static bool octets_of(struct scope *sc, struct str part, size_t most, struct bytes *out)
{
    uint8_t *p = arena_alloc(sc->arena, part.n + 1);
    size_t n;

    if (part.n == 0 || part.n > (most + 2) / 3 * 4 || !base64url_decode(part, p, part.n, &n) || n == 0)
        return false;
    *out = (struct bytes){p, n};
    return true;
}

static const struct doc *object_of(struct scope *sc, struct str part)
{
    const struct doc *d;
    struct bytes text;

    if (!octets_of(sc, part, OIDC_TOKEN_MAX, &text) || doc_parse(sc, (struct str){text.p, text.n}, &d) != OK)
        return NULL;
    return doc_kind(d) == DOC_OBJECT ? d : NULL;
}

static enum err token_read(struct scope *sc, struct str token, struct token *out)
{
    struct str rest = token, head, claims;
    const struct doc *kid;

    if (token.n > OIDC_TOKEN_MAX || !cut_at_dot(&rest, &head) || !cut_at_dot(&rest, &claims))
        return bad(sc, "the ID token is none, or too long");
    out->text = (struct str){token.p, head.n + 1 + claims.n};
    out->head = object_of(sc, head);
    if (!out->head)
        return bad(sc, "the ID token's head is unreadable");
    out->alg = doc_text(doc_get(out->head, "alg"));
    kid = doc_get(out->head, "kid");
    out->kid = doc_text(kid);
    if (doc_get(out->head, "crit") || (kid && out->kid.n == 0))
        return bad(sc, "the ID token's head asks for what is not understood");
    if (!str_is(out->alg, "RS256") && !str_is(out->alg, "ES256"))
        return bad(sc, "the ID token is signed in a way that is not taken");
    if (!octets_of(sc, rest, SIGNATURE_MAX, &out->signature))
        return bad(sc, "the ID token's signature is unreadable");
    out->claims = object_of(sc, claims);
    return out->claims ? OK : bad(sc, "the ID token's claims are unreadable");
}

/* ---- keys ---- */

/* The algorithm goes with one kind of key and with what the key says of its own use. */
static bool key_fits(const struct doc *key, struct str alg)
{
    bool rs = str_is(alg, "RS256");

    if (doc_get(key, "use") && !text_is(key, "use", "sig"))
        return false;
    if (doc_get(key, "alg") && !str_equal(doc_text(doc_get(key, "alg")), alg))
        return false;
    return rs ? text_is(key, "kty", "RSA") : text_is(key, "kty", "EC") && text_is(key, "crv", "P-256");
}

/* By its name; a token that names none needs a key that stands alone. */
static enum err key_find(struct scope *sc, const struct doc *keys, const struct token *t, const struct doc **out)
{
    const struct doc *found = NULL;
    size_t fit = 0, named = 0;

    for (size_t i = 0; i < doc_count(keys) && i < KEYS_MAX; i++) {
        const struct doc *key = doc_at(keys, i);

        if (t->kid.n && !str_equal(doc_text(doc_get(key, "kid")), t->kid))
            continue;
        named++;
        if (!key_fits(key, t->alg))
            continue;
        found = key;
        fit++;
    }
    if (t->kid.n && named == 0)
        return FAIL(sc, ERR_NOT_FOUND, "the ID token's key is not among the provider's");
    if (fit != 1)
        return bad(sc, "no one key of the provider fits the ID token");
    *out = found;
    return OK;
}

static bool member_octets(struct scope *sc, const struct doc *key, const char *name, struct bytes *out)
{
    return octets_of(sc, doc_text(doc_get(key, name)), SIGNATURE_MAX, out);
}

static bool signed_by_rsa(struct scope *sc, const struct doc *key, const struct token *t)
{
    struct bytes n, e;

    return member_octets(sc, key, "n", &n) && member_octets(sc, key, "e", &e) &&
           crypto_rs256_verify(n, e, t->text.p, t->text.n, t->signature.p, t->signature.n);
}

static bool signed_by_ec(struct scope *sc, const struct doc *key, const struct token *t)
{
    uint8_t point[CRYPTO_POINT_BYTES] = {4};
    struct bytes x, y;

    if (!member_octets(sc, key, "x", &x) || !member_octets(sc, key, "y", &y) || x.n != P256_PART || y.n != P256_PART)
        return false;
    memcpy(point + 1, x.p, P256_PART);
    memcpy(point + 1 + P256_PART, y.p, P256_PART);
    return t->signature.n == (size_t)2 * P256_PART &&
           crypto_es256_verify_raw(point, t->text.p, t->text.n, t->signature.p);
}

static enum err signature_check(struct scope *sc, struct str keys, const struct token *t)
{
    const struct doc *d, *key;

    if (doc_parse(sc, keys, &d) != OK || doc_kind(doc_get(d, "keys")) != DOC_ARRAY)
        return bad(sc, "the provider's keys are unreadable");
    TRY(sc, key_find(sc, doc_get(d, "keys"), t, &key));
    if (str_is(t->alg, "RS256") ? signed_by_rsa(sc, key, t) : signed_by_ec(sc, key, t))
        return OK;
    return bad(sc, "the ID token's signature is wrong");
}

/* ---- claims ---- */

static bool is_for(const struct doc *claims, const char *client_id)
{
    const struct doc *aud = doc_get(claims, "aud");
    bool found = false;

    if (doc_kind(aud) == DOC_TEXT)
        return str_is(doc_text(aud), client_id);
    for (size_t i = 0; i < doc_count(aud); i++)
        found = found || (doc_kind(doc_at(aud, i)) == DOC_TEXT && str_is(doc_text(doc_at(aud, i)), client_id));
    return doc_kind(aud) == DOC_ARRAY && found;
}

/* One for several says who of them asked for it. */
static bool was_asked_for_by(const struct doc *claims, const char *client_id)
{
    const struct doc *aud = doc_get(claims, "aud");
    bool several = doc_kind(aud) == DOC_ARRAY && doc_count(aud) > 1;

    return doc_get(claims, "azp") ? text_is(claims, "azp", client_id) : !several;
}

static bool time_of(const struct doc *claims, const char *name, int64_t *out)
{
    const struct doc *d = doc_get(claims, name);

    return doc_kind(d) == DOC_INT && doc_int(d, out) && *out > 0 && *out <= TIME_LATEST;
}

static enum err times_check(struct scope *sc, const struct doc *claims, int64_t now)
{
    int64_t exp, iat, nbf;

    if (!time_of(claims, "exp", &exp) || exp <= now)
        return bad(sc, "the ID token has run out, or does not say when it does");
    if (!time_of(claims, "iat", &iat) || iat > now + OIDC_AHEAD_S)
        return bad(sc, "the ID token is of the future, or does not say of when");
    if (iat < now - OIDC_TOKEN_OLD_S)
        return bad(sc, "the ID token is older than the journey");
    if (doc_get(claims, "nbf") && (!time_of(claims, "nbf", &nbf) || nbf > now + OIDC_AHEAD_S))
        return bad(sc, "the ID token is not good yet");
    return OK;
}

static enum err email_read(struct scope *sc, const struct doc *claims, const char **out)
{
    const char *email = doc_cstr(sc->arena, doc_get(claims, "email"));
    bool verified = false;

    if (!doc_bool(doc_get(claims, "email_verified"), &verified) || !verified)
        return bad(sc, "the provider has not verified the address");
    if (!email || people_email_norm(sc, email, out) != OK) {
        scope_clear(sc);
        return bad(sc, "the ID token has no address");
    }
    return OK;
}

enum err oidc_token_judge(struct scope *sc, struct str token, struct str keys, const struct oidc_rule *rule,
                          const char **out_email)
{
    struct token t = {0};
    struct str sub;

    TRY(sc, token_read(sc, token, &t));
    TRY(sc, signature_check(sc, keys, &t));
    if (!text_is(t.claims, "iss", rule->issuer))
        return bad(sc, "the ID token is of another issuer");
    if (!is_for(t.claims, rule->client_id))
        return bad(sc, "the ID token is for another client");
    if (!was_asked_for_by(t.claims, rule->client_id))
        return bad(sc, "the ID token was asked for by another client");
    TRY(sc, times_check(sc, t.claims, rule->now));
    if (!text_is(t.claims, "nonce", rule->nonce))
        return bad(sc, "the ID token is of another journey");
    sub = doc_text(doc_get(t.claims, "sub"));
    if (sub.n == 0 || sub.n > 255)
        return bad(sc, "the ID token does not say of whom it speaks");
    return email_read(sc, t.claims, out_email);
}
