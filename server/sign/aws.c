#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/timefmt.h"
#include "sign/sign_int.h"

/* AWS Signature Version 4: a canonical form of the request, a text of its hash, and a key made for the day. */
#define HEADERS_MAX 40
#define CANON_MAX   (1u << 20)
#define ALGORITHM   "AWS4-HMAC-SHA256"

/* When and for whom: "20260101T000000Z", and the part of it that a key is good for. */
struct when {
    char stamp[17], day[9];
    const char *range;
};

static void when_of(struct scope *sc, const struct sign_aws *a, struct when *out)
{
    char t[TIME_TEXT_MAX];

    time_format(a->now_us, t);
    (void)snprintf(out->day, sizeof(out->day), "%.4s%.2s%.2s", t, t + 5, t + 8);
    (void)snprintf(out->stamp, sizeof(out->stamp), "%sT%.2s%.2s%.2sZ", out->day, t + 11, t + 14, t + 17);
    out->range = arena_f(sc->arena, "%s/%s/%s/aws4_request", out->day, a->region, a->service);
}

/* ---- the canonical request ---- */

/* "." and ".." are gone through, slashes are single; then all but unreserved characters and slashes are escaped, what
 * was escaped already once more. */
static void path_put(struct scope *sc, struct str path, struct buf *out)
{
    struct str *steps = ARENA_ARRAY(sc->arena, struct str, path.n + 1);
    bool open = path.n && path.p[path.n - 1] == '/';
    size_t n = 0, i = 0;

    while (i < path.n) {
        size_t from = i;
        struct str s;

        while (i < path.n && path.p[i] != '/')
            i++;
        s = (struct str){path.p + from, i++ - from};
        open = i > path.n && (str_is(s, ".") || str_is(s, "..")) ? true : open;
        if (str_is(s, ".."))
            n -= n > 0;
        else if (s.n && !str_is(s, "."))
            steps[n++] = s;
    }
    for (i = 0; i < n; i++) {
        buf_c(out, '/');
        buf_percent(out, steps[i]);
    }
    buf_s(out, n == 0 || open ? "/" : "");
    buf_c(out, '\n');
}

static int pair_compare(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int c = strcmp(x->name.p, y->name.p);

    return c ? c : strcmp(x->value.p, y->value.p);
}

static struct str encoded(struct scope *sc, struct str s)
{
    struct buf b;

    buf_init(&b, sc->arena, 3 * s.n + 1);
    buf_percent(&b, s);
    return (struct str){buf_cstr(&b), b.n};
}

static enum err query_put(struct scope *sc, struct str query, struct buf *out)
{
    struct pair *all = ARENA_ARRAY(sc->arena, struct pair, PAIRS_MAX);
    size_t n;

    if (!pairs_read(sc->arena, query, false, all, &n))
        return FAIL(sc, ERR_INVALID, "the parameters of the request cannot be signed");
    for (size_t i = 0; i < n; i++)
        all[i] = (struct pair){encoded(sc, all[i].name), encoded(sc, all[i].value)};
    qsort(all, n, sizeof(*all), pair_compare);
    for (size_t i = 0; i < n; i++)
        buf_f(out, "%s%s=%s", i ? "&" : "", all[i].name.p, all[i].value.p);
    buf_c(out, '\n');
    return OK;
}

struct named {
    const char *name;
    struct str value;
    size_t place; /* headers of one name stay in their order */
};

struct list {
    struct named v[HEADERS_MAX];
    size_t n;
};

/* Without spaces at its ends, and one where there were several. */
static struct str squeezed(struct scope *sc, struct str s)
{
    struct buf b;

    buf_init(&b, sc->arena, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        bool space = s.p[i] == ' ' || s.p[i] == '\t';

        if (!space || (b.n && b.p[b.n - 1] != ' '))
            buf_c(&b, space ? ' ' : s.p[i]);
    }
    if (b.n && b.p[b.n - 1] == ' ')
        b.n--;
    return buf_str(&b);
}

static void list_add(struct scope *sc, struct list *l, const char *name, struct str value)
{
    char *small = arena_strdup(sc->arena, name);

    for (char *p = small; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 'a' - 'A');
    l->v[l->n] = (struct named){small, squeezed(sc, value), l->n};
    l->n++;
}

static int named_compare(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int c = strcmp(x->name, y->name);

    return c ? c : (x->place > y->place) - (x->place < y->place);
}

/* What this function itself says, or what does not reach the other end as it was. */
static bool left_out(const char *name)
{
    static const char *const names[] = {"host",          "x-amz-date", "x-amz-security-token",
                                        "authorization", "connection", "user-agent"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

static enum err headers_take(struct scope *sc, const struct sign_request *r, const struct sign_made *own,
                             struct str host, struct list *out)
{
    if (r->n + own->n + 1 > HEADERS_MAX)
        return FAIL(sc, ERR_INVALID, "the request has too many headers to be signed");
    out->n = 0;
    list_add(sc, out, "host", host);
    for (size_t i = 0; i < own->n; i++)
        list_add(sc, out, own->headers[i].name, str_of(own->headers[i].value));
    for (size_t i = 0; i < r->n; i++)
        if (!left_out(r->headers[i].name))
            list_add(sc, out, r->headers[i].name, str_of(r->headers[i].value));
    qsort(out->v, out->n, sizeof(*out->v), named_compare);
    return OK;
}

/* The headers' lines and the names of them, which are also told. */
static void headers_put(const struct list *l, struct buf *lines, struct buf *names)
{
    for (size_t i = 0; i < l->n; i++) {
        bool again = i && strcmp(l->v[i].name, l->v[i - 1].name) == 0;

        if (again)
            buf_c(lines, ',');
        else
            buf_f(lines, "%s%s:", i ? "\n" : "", l->v[i].name);
        buf_add(lines, l->v[i].value.p, l->v[i].value.n);
        if (!again)
            buf_f(names, "%s%s", i ? ";" : "", l->v[i].name);
    }
    buf_s(lines, "\n\n");
}

static void hash_put(struct buf *b, struct str of)
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash(of.p ? of.p : "", of.n, hash);
    buf_hex(b, hash, sizeof(hash));
}

static enum err canonical(struct scope *sc, const struct sign_request *r, const struct sign_made *own, struct buf *out,
                          struct buf *names)
{
    struct address a;
    struct list list;

    if (!address_split(r->url, &a))
        return FAIL(sc, ERR_INVALID, "the address cannot be signed");
    buf_add(out, r->method.p, r->method.n);
    buf_c(out, '\n');
    path_put(sc, a.path, out);
    TRY(sc, query_put(sc, a.query, out));
    TRY(sc, headers_take(sc, r, own, a.authority, &list));
    headers_put(&list, out, names);
    buf_add(out, names->p, names->n);
    buf_c(out, '\n');
    hash_put(out, r->body);
    return out->full || names->full ? FAIL(sc, ERR_TOO_LARGE, "the request is too large to be signed") : OK;
}

/* ---- the key and the signature ---- */

static void step(struct bytes key, struct str text, uint8_t out[CRYPTO_DIGEST_MAX])
{
    struct bytes what = {text.p, text.n};

    crypto_hmac(CRYPTO_SHA256, key, &what, 1, out);
}

static void signature(const struct sign_aws *a, const struct when *w, struct str text, uint8_t out[CRYPTO_DIGEST_MAX])
{
    const char *const steps[] = {w->day, a->region, a->service, "aws4_request"};
    size_t n = secret_size(a->secret_key) + 4;
    struct secret *first = secret_new(n);
    uint8_t key[CRYPTO_DIGEST_MAX];
    struct bytes with = {secret_bytes(first), n};

    memcpy(secret_fill(first), "AWS4", 4);
    memcpy(secret_fill(first) + 4, secret_bytes(a->secret_key), n - 4);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        step(with, str_of(steps[i]), key);
        with = (struct bytes){key, sizeof(key)};
    }
    step(with, text, out);
    explicit_bzero(key, sizeof(key));
    secret_free(first);
}

static const char *authorization(struct scope *sc, const struct sign_aws *a, const struct when *w,
                                 const struct buf *request, struct buf *names)
{
    uint8_t mac[CRYPTO_DIGEST_MAX];
    struct buf text, b;

    buf_init(&text, sc->arena, 4096);
    buf_f(&text, ALGORITHM "\n%s\n%s\n", w->stamp, w->range);
    hash_put(&text, buf_str(request));
    signature(a, w, buf_str(&text), mac);
    buf_init(&b, sc->arena, 16 << 10);
    buf_f(&b, ALGORITHM " Credential=%.*s/%s, SignedHeaders=%s, Signature=", (int)a->access_key.n, a->access_key.p,
          w->range, buf_cstr(names));
    buf_hex(&b, mac, sizeof(mac));
    return buf_cstr(&b);
}

enum err sign_aws_v4(struct scope *sc, const struct sign_aws *a, const struct sign_request *r, struct sign_made *out)
{
    struct sign_made made = {.body = r->body};
    struct buf request, names;
    struct when when;

    if (!a->secret_key || secret_size(a->secret_key) == 0 || a->access_key.n == 0)
        return FAIL(sc, ERR_INVALID, "there is no key to sign with");
    when_of(sc, a, &when);
    made_add(&made, "X-Amz-Date", arena_strdup(sc->arena, when.stamp));
    if (a->session_token)
        made_add(&made, "X-Amz-Security-Token",
                 arena_strndup(sc->arena, (const char *)secret_bytes(a->session_token), secret_size(a->session_token)));
    buf_init(&request, sc->arena, CANON_MAX);
    buf_init(&names, sc->arena, 8192);
    TRY(sc, canonical(sc, r, &made, &request, &names));
    made_add(&made, "Authorization", authorization(sc, a, &when, &request, &names));
    *out = made;
    return OK;
}
