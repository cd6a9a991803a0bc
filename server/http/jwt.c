#include "http/jwt.h"

#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE_DIGITS 86 /* 64 octets: r and s */
#define TIME_MAX         INT64_C(253402300799)

static enum err refuse(struct scope *sc)
{
    return FAIL(sc, ERR_INVALID, "this is no token that is taken here");
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

/* A part as the one object that it must hold. base64url_decode() takes one spelling of it only. */
static enum err part_read(struct scope *sc, struct str part, const struct doc **out)
{
    char *text = arena_alloc(sc->arena, part.n + 1);
    size_t n;

    if (!base64url_decode(part, text, part.n, &n))
        return refuse(sc);
    if (doc_parse(sc, (struct str){text, n}, out) != OK || doc_kind(*out) != DOC_OBJECT)
        return refuse(sc);
    return OK;
}

/* Anything besides these three would be a wish: for a key of its own (jwk, jku, x5u), another way of signing, an
 * extension that must be understood (crit). */
static bool head_is_good(const struct doc *d, const char *key_prefix, struct uuid *out_key)
{
    struct str kid = doc_text(doc_get(d, "kid"));
    const struct doc *typ = doc_get(d, "typ");

    return str_is(doc_text(doc_get(d, "alg")), "ES256") && (!typ || str_is(doc_text(typ), "JWT")) &&
           typeid_parse(key_prefix, kid.p ? kid.p : "", kid.n, out_key) && doc_count(d) == (typ ? 3 : 2);
}

static bool time_read(const struct doc *claims, const char *name, bool *out_given, int64_t *out)
{
    const struct doc *d = doc_get(claims, name);

    *out_given = d != NULL;
    return !d || (doc_kind(d) == DOC_INT && doc_int(d, out) && *out > 0 && *out <= TIME_MAX);
}

static bool text_read(const struct doc *claims, const char *name, struct str *out)
{
    const struct doc *d = doc_get(claims, name);

    *out = doc_text(d);
    return !d || (doc_kind(d) == DOC_TEXT && out->n > 0 && out->n <= 255);
}

static bool claims_are_good(const struct doc *d, struct http_jwt *t)
{
    bool iat, nbf, exp;

    if (!time_read(d, "iat", &iat, &t->iat) || !time_read(d, "nbf", &nbf, &t->nbf) ||
        !time_read(d, "exp", &exp, &t->exp) || !iat || !exp)
        return false;
    if (!nbf)
        t->nbf = t->iat;
    return text_read(d, "iss", &t->iss) && text_read(d, "aud", &t->aud) && text_read(d, "sub", &t->sub) &&
           text_read(d, "jti", &t->jti);
}

enum err http_jwt_read(struct scope *sc, struct str token, const char *key_prefix, struct http_jwt *out)
{
    struct http_jwt t = {0};
    struct str rest = token, first, second;
    const struct doc *d;
    uint8_t signature[64];
    size_t n;

    if (token.n > HTTP_JWT_MAX || !cut_at_dot(&rest, &first) || !cut_at_dot(&rest, &second))
        return refuse(sc);
    if (rest.n != SIGNATURE_DIGITS || !base64url_decode(rest, signature, sizeof(signature), &n))
        return refuse(sc);
    TRY(sc, part_read(sc, first, &d));
    if (!head_is_good(d, key_prefix, &t.key_id))
        return refuse(sc);
    TRY(sc, part_read(sc, second, &t.claims));
    if (!claims_are_good(t.claims, &t))
        return refuse(sc);
    t.token = str_dup(sc->arena, token);
    *out = t;
    return OK;
}

enum err http_jwt_judge(struct scope *sc, const struct http_jwt *t, const struct http_jwt_rule *rule)
{
    if ((rule->iss && !str_is(t->iss, rule->iss)) || !str_is(t->aud, rule->aud))
        return refuse(sc);
    if (t->exp <= rule->now || t->exp <= t->iat || t->exp - t->iat > rule->longest)
        return refuse(sc);
    if (t->iat > rule->now + rule->ahead || t->nbf > rule->now + rule->ahead)
        return refuse(sc);
    return OK;
}

enum err http_jwt_verify(struct scope *sc, const struct http_jwt *t, const char *public_pem)
{
    jwt_t *read = NULL;
    bool good = jwt_decode(&read, t->token, (const unsigned char *)public_pem, (int)strlen(public_pem)) == 0 &&
                jwt_get_alg(read) == JWT_ALG_ES256;

    jwt_free(read);
    return good ? OK : refuse(sc);
}

static bool fill(jwt_t *t, const char *prefix, const struct uuid *key_id, const char *claims_json)
{
    char kid[TYPEID_TEXT_MAX + 1];

    typeid_format(prefix, key_id, kid);
    return jwt_add_header(t, "kid", kid) == 0 && jwt_add_grants_json(t, claims_json) == 0;
}

enum err http_jwt_sign(struct scope *sc, const char *key_prefix, const struct uuid *key_id, const char *claims_json,
                       const struct secret *private_pem, const char **out)
{
    char *text = NULL;
    jwt_t *t = NULL;

    if (jwt_new(&t) != 0)
        out_of_memory();
    if (fill(t, key_prefix, key_id, claims_json) &&
        jwt_set_alg(t, JWT_ALG_ES256, secret_bytes(private_pem), (int)secret_size(private_pem)) == 0)
        text = jwt_encode_str(t);
    jwt_free(t);
    if (!text)
        return FAIL(sc, ERR_INTERNAL, "a token could not be signed");
    *out = arena_strdup(sc->arena, text);
    free(text);
    return OK;
}
