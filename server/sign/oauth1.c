#include <stdlib.h>
#include <string.h>

#include "sign/oauth1_int.h"

/* OAuth 1.0a as its few users have it: one leg or two, HMAC-SHA256 (RFC 5849 section 3.4.2 with another hash). */
#define BASE_MAX (1u << 20)
#define OWN_MAX  6
#define METHOD   "HMAC-SHA256"
#define BODY_MAX (64u << 10)

static int compare(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
    int c = memcmp(x->name.p, y->name.p, n);

    if (c == 0 && x->name.n == y->name.n) {
        n = x->value.n < y->value.n ? x->value.n : y->value.n;
        c = memcmp(x->value.p, y->value.p, n);
        return c ? c : (x->value.n > y->value.n) - (x->value.n < y->value.n);
    }
    return c ? c : (x->name.n > y->name.n) - (x->name.n < y->name.n);
}

static struct str encoded(struct scope *sc, struct str s)
{
    struct buf b;

    buf_init(&b, sc->arena, 3 * s.n + 1);
    buf_percent(&b, s);
    return (struct str){buf_cstr(&b), b.n};
}

/* Section 3.4.1.2: scheme and host in small letters, the port where it is not the scheme's own, no query. */
static void base_address(struct scope *sc, const struct address *a, struct buf *out)
{
    bool secure = str_is_nocase(a->scheme, "https");
    const char *port = secure ? ":443" : ":80";
    struct str host = a->authority;
    struct buf b;

    if (host.n > strlen(port) && memcmp(host.p + host.n - strlen(port), port, strlen(port)) == 0)
        host.n -= strlen(port);
    buf_init(&b, sc->arena, BASE_MAX);
    buf_s(&b, secure ? "https://" : "http://");
    for (size_t i = 0; i < host.n; i++)
        buf_c(&b, (char)(host.p[i] >= 'A' && host.p[i] <= 'Z' ? host.p[i] + 'a' - 'A' : host.p[i]));
    buf_add(&b, a->path.p, a->path.n);
    buf_percent(out, buf_str(&b));
}

/* Section 3.4.1.3: those of the query, of a form and of the protocol, escaped and in order. */
static enum err parameters_put(struct scope *sc, const struct sign_request *r, struct str query, const struct pair *own,
                               size_t own_n, struct buf *out)
{
    struct pair *all = ARENA_ARRAY(sc->arena, struct pair, 2 * PAIRS_MAX + OWN_MAX);
    size_t n = 0, more = 0;

    if (!pairs_read(sc->arena, query, true, all, &n) ||
        (r->form && (r->body.n > BODY_MAX || !pairs_read(sc->arena, r->body, true, all + n, &more))))
        return FAIL(sc, ERR_INVALID, "the parameters of the request cannot be signed");
    n += more;
    for (size_t i = 0; i < own_n; i++)
        all[n++] = own[i];
    for (size_t i = 0; i < n; i++)
        all[i] = (struct pair){encoded(sc, all[i].name), encoded(sc, all[i].value)};
    qsort(all, n, sizeof(*all), compare);
    for (size_t i = 0; i < n; i++)
        buf_f(out, "%s%s=%s", i ? "&" : "", all[i].name.p, all[i].value.p);
    return OK;
}

static void method_put(struct str method, struct buf *out)
{
    for (size_t i = 0; i < method.n; i++)
        buf_c(out, (char)(method.p[i] >= 'a' && method.p[i] <= 'z' ? method.p[i] - 'a' + 'A' : method.p[i]));
}

enum err oauth1_base(struct scope *sc, const struct sign_request *r, const struct pair *own, size_t own_n,
                     struct str *out)
{
    struct address a;
    struct buf b, list;

    MUST_BE(own_n <= OWN_MAX);
    if (!address_split(r->url, &a))
        return FAIL(sc, ERR_INVALID, "the address cannot be signed");
    buf_init(&list, sc->arena, BASE_MAX);
    TRY(sc, parameters_put(sc, r, a.query, own, own_n, &list));
    buf_init(&b, sc->arena, BASE_MAX);
    method_put(r->method, &b);
    buf_c(&b, '&');
    base_address(sc, &a, &b);
    buf_c(&b, '&');
    buf_percent(&b, buf_str(&list));
    if (list.full || b.full)
        return FAIL(sc, ERR_TOO_LARGE, "the request is too large to be signed");
    *out = buf_str(&b);
    return OK;
}

/* ---- the signature ---- */

struct own {
    struct pair v[OWN_MAX + 1];
    size_t n;
};

static void own_add(struct own *o, const char *name, struct str value)
{
    o->v[o->n++] = (struct pair){str_of(name), value};
}

static void key_add(struct buf *b, const struct secret *s)
{
    if (s)
        buf_percent(b, (struct str){(const char *)secret_bytes(s), secret_size(s)});
}

static enum err sign(struct scope *sc, const struct sign_oauth1 *o, struct str base, struct str *out)
{
    size_t n = 2 + 3 * secret_size(o->consumer_secret) + (o->token_secret ? 3 * secret_size(o->token_secret) : 0);
    struct bytes what = {base.p, base.n};
    uint8_t mac[CRYPTO_DIGEST_MAX];
    struct buf key, b;

    buf_init(&key, sc->arena, n);
    MUST_BE(buf_reserve(&key, n)); /* at once, so that no part is left behind where it grew */
    key_add(&key, o->consumer_secret);
    buf_c(&key, '&');
    key_add(&key, o->token_secret);
    crypto_hmac(CRYPTO_SHA256, (struct bytes){key.p, key.n}, &what, 1, mac);
    explicit_bzero(key.p, key.n);
    buf_init(&b, sc->arena, 100);
    buf_base64(&b, mac, sizeof(mac));
    *out = buf_str(&b);
    return OK;
}

static bool plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '\\')
            return false;
    return true;
}

/* All of them with the signature, in the order of their names. */
static enum err parameters(struct scope *sc, const struct sign_oauth1 *o, const struct sign_request *r, struct own *out)
{
    struct own own = {.n = 0};
    struct str base, signature;

    if (!o->consumer_secret || secret_size(o->consumer_secret) == 0 || o->consumer_key.n == 0)
        return FAIL(sc, ERR_INVALID, "there is no key to sign with");
    if (o->nonce.n == 0 || !plain(o->nonce) || !plain(o->realm))
        return FAIL(sc, ERR_INVALID, "the nonce or the realm cannot be sent");
    own_add(&own, "oauth_consumer_key", o->consumer_key);
    own_add(&own, "oauth_nonce", o->nonce);
    own_add(&own, "oauth_signature_method", STR(METHOD));
    own_add(&own, "oauth_timestamp", str_of(arena_f(sc->arena, "%lld", (long long)(o->now_us / 1000000))));
    if (o->token.n)
        own_add(&own, "oauth_token", o->token);
    own_add(&own, "oauth_version", STR("1.0"));
    TRY(sc, oauth1_base(sc, r, own.v, own.n, &base));
    TRY(sc, sign(sc, o, base, &signature));
    own_add(&own, "oauth_signature", signature);
    qsort(own.v, own.n, sizeof(*own.v), compare);
    *out = own;
    return OK;
}

enum err sign_oauth1_header(struct scope *sc, const struct sign_oauth1 *o, const struct sign_request *r,
                            const char **out)
{
    struct own own;
    struct buf b;

    TRY(sc, parameters(sc, o, r, &own));
    buf_init(&b, sc->arena, 64 << 10);
    buf_s(&b, "OAuth ");
    if (o->realm.n)
        buf_f(&b, "realm=\"%.*s\", ", (int)o->realm.n, o->realm.p);
    for (size_t i = 0; i < own.n; i++)
        buf_f(&b, "%s%s=\"%s\"", i ? ", " : "", own.v[i].name.p, encoded(sc, own.v[i].value).p);
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "the keys are too large to be sent");
    *out = buf_cstr(&b);
    return OK;
}

enum err sign_oauth1_url(struct scope *sc, const struct sign_oauth1 *o, const struct sign_request *r, const char **out)
{
    struct own own;
    struct buf b;

    TRY(sc, parameters(sc, o, r, &own));
    buf_init(&b, sc->arena, BASE_MAX);
    buf_add(&b, r->url.p, r->url.n);
    for (size_t i = 0; i < own.n; i++)
        buf_f(&b, "%c%s=%s", i || memchr(r->url.p, '?', r->url.n) ? '&' : '?', own.v[i].name.p,
              encoded(sc, own.v[i].value).p);
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "the address is too long to be sent");
    *out = buf_cstr(&b);
    return OK;
}
