#include <string.h>

#include "sign/sign_int.h"

/* Who a client is, by its key: JWT assertions (RFC 7519, RFC 7523), passwords and tokens. */
#define JWT_MAX     (64u << 10)
#define LIFE_MAX_US (INT64_C(86400) * 1000000)

static void member(struct buf *b, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    buf_f(b, "%s\"%s\":", b->n > 1 ? "," : "", name);
    json_put_text(b, value);
}

static void claims(struct buf *b, const struct sign_assertion *a)
{
    buf_c(b, '{');
    member(b, "iss", a->issuer);
    member(b, "sub", a->subject);
    member(b, "aud", a->audience);
    member(b, "jti", a->id);
    buf_f(b, "%s\"iat\":%lld,\"exp\":%lld", b->n > 1 ? "," : "", (long long)(a->issued_us / 1000000),
          (long long)(a->expires_us / 1000000));
    if (a->scope) {
        buf_s(b, ",\"scope\":");
        doc_write(b, a->scope);
    }
    buf_c(b, '}');
}

static void head(struct buf *b, const struct sign_assertion *a)
{
    buf_c(b, '{');
    member(b, "alg", a->algorithm == SIGN_RS256 ? STR("RS256") : STR("ES256"));
    member(b, "typ", STR("JWT"));
    member(b, "kid", a->key_id);
    member(b, "x5t", a->thumbprint);
    buf_c(b, '}');
}

static void part(struct scope *sc, struct buf *out, const struct sign_assertion *a,
                 void (*write)(struct buf *b, const struct sign_assertion *a))
{
    struct buf b;

    buf_init(&b, sc->arena, JWT_MAX);
    write(&b, a);
    out->full |= b.full;
    buf_base64url(out, b.p, b.n);
}

enum err sign_assertion(struct scope *sc, const struct sign_assertion *a, const char **out)
{
    bool rsa = a->algorithm == SIGN_RS256;
    struct bytes signature;
    uint8_t raw[64];
    struct buf b;

    if (a->issuer.n == 0 || a->audience.n == 0)
        return FAIL(sc, ERR_INVALID, "an assertion must say whose it is and for whom");
    if (a->expires_us <= a->issued_us || a->expires_us - a->issued_us > LIFE_MAX_US)
        return FAIL(sc, ERR_INVALID, "an assertion must be good for a time of at most a day");
    buf_init(&b, sc->arena, 3 * JWT_MAX);
    part(sc, &b, a, head);
    buf_c(&b, '.');
    part(sc, &b, a, claims);
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "the assertion is too large");
    TRY(sc, crypto_pem_sign(sc, a->pem, rsa ? CRYPTO_RSA : CRYPTO_P256, CRYPTO_SHA256, (struct bytes){b.p, b.n},
                            &signature));
    if (!rsa) {
        MUST_BE(crypto_es256_raw(signature, raw));
        signature = (struct bytes){raw, sizeof(raw)};
    }
    buf_c(&b, '.');
    buf_base64url(&b, signature.p, signature.n);
    *out = buf_cstr(&b);
    return OK;
}

enum err sign_basic(struct scope *sc, struct str user, const struct secret *password, const char **out)
{
    size_t n = password ? secret_size(password) : 0;
    struct buf pair, b;

    if (user.n == 0 || user.n > 4096 || n > 4096 || memchr(user.p, ':', user.n))
        return FAIL(sc, ERR_INVALID, "the user must have a name without a colon");
    buf_init(&pair, sc->arena, user.n + n + 1);
    buf_add(&pair, user.p, user.n);
    buf_c(&pair, ':');
    if (n)
        buf_add(&pair, secret_bytes(password), n);
    buf_init(&b, sc->arena, 2 * pair.n + 20);
    buf_s(&b, "Basic ");
    buf_base64(&b, pair.p, pair.n);
    explicit_bzero(pair.p, pair.n);
    *out = buf_cstr(&b);
    return OK;
}

enum err sign_bearer(struct scope *sc, const struct secret *token, const char **out)
{
    size_t n = token ? secret_size(token) : 0;

    for (size_t i = 0; i < n; i++)
        if (secret_bytes(token)[i] <= ' ' || secret_bytes(token)[i] >= 0x7f)
            return FAIL(sc, ERR_INVALID, "the token has a character that no header can hold");
    if (n == 0 || n > (16u << 10))
        return FAIL(sc, ERR_INVALID, "there is no token to send");
    *out = arena_f(sc->arena, "Bearer %.*s", (int)n, (const char *)secret_bytes(token));
    return OK;
}
