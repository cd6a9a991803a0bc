#include <string.h>
#include <strings.h>

#include "sign/sign_int.h"

/* Checks in which the secret itself is sent. Hashes of both are compared, so that no time tells how long it is. */

static bool same(struct str said, struct bytes secret)
{
    uint8_t a[CRYPTO_HASH_BYTES], b[CRYPTO_HASH_BYTES];

    crypto_hash(said.p ? said.p : "", said.n, a);
    crypto_hash(secret.p, secret.n, b);
    return crypto_equal(a, b, sizeof(a));
}

/* One that is empty fits nothing, whatever was said. */
static enum sign_verdict fits(const struct judged *j, struct str said)
{
    bool good = false;

    for (size_t i = 0; i < j->n; i++) {
        struct bytes secret = {secret_bytes(j->secrets[i]), secret_size(j->secrets[i])};

        good |= secret.n > 0 && same(said, secret);
    }
    return good ? SIGN_GOOD : SIGN_WRONG;
}

static bool has_secret(const struct judged *j)
{
    for (size_t i = 0; i < j->n; i++)
        if (secret_size(j->secrets[i]))
            return true;
    return false;
}

static enum err secret_text(const struct making *m, struct str *out)
{
    const struct secret *s = m->by->secret;

    if (!s || secret_size(s) == 0)
        return FAIL(m->sc, ERR_INVALID, "there is no secret to send");
    *out = (struct str){(const char *)secret_bytes(s), secret_size(s)};
    return OK;
}

/* ---- a header ---- */

static void header_read_check(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"kind", "header", "prefix", NULL};

    (void)read_members(r, d, "", names);
    c->header = read_header(r, doc_get(d, "header"), "/header");
    if (doc_get(d, "prefix"))
        c->prefix = str_of(read_word(r, doc_get(d, "prefix"), "/prefix", 40));
}

static enum sign_verdict header_judge(const struct judged *j)
{
    const struct str *prefix = &j->c->prefix;
    enum sign_verdict v;
    struct str said;

    if (!has_secret(j))
        return SIGN_NO_SECRET;
    v = header_one(j->d, j->c->header, &said);
    if (v != SIGN_GOOD)
        return v;
    if (said.n <= prefix->n || (prefix->n && strncasecmp(said.p, prefix->p, prefix->n) != 0))
        return SIGN_MALFORMED;
    return fits(j, (struct str){said.p + prefix->n, said.n - prefix->n});
}

static enum err header_make(const struct making *m, struct sign_made *out)
{
    struct str secret;

    TRY(m->sc, secret_text(m, &secret));
    made_add(out, m->c->header,
             arena_f(m->sc->arena, "%.*s%.*s", (int)m->c->prefix.n, m->c->prefix.p, (int)secret.n, secret.p));
    return OK;
}

const struct kind kind_secret_header = {
    .name = "secret_header", .read = header_read_check, .judge = header_judge, .make = header_make};

/* ---- user and password ---- */

#define BASIC_MAX 1024

static void kind_alone(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"kind", NULL};

    (void)c;
    (void)read_members(r, d, "", names);
}

/* An empty password would let in whoever knows the user's name. */
static bool is_pair(const struct secret *s)
{
    const uint8_t *colon = secret_size(s) ? memchr(secret_bytes(s), ':', secret_size(s)) : NULL;

    return colon && colon + 1 < secret_bytes(s) + secret_size(s);
}

static enum sign_verdict basic_judge(const struct judged *j)
{
    struct judged pairs = *j;
    const struct secret *those[SIGN_SECRETS_MAX];
    uint8_t said[BASIC_MAX];
    enum sign_verdict v;
    struct str value;
    size_t n;

    pairs.secrets = those;
    pairs.n = 0;
    for (size_t i = 0; i < j->n; i++)
        if (is_pair(j->secrets[i]))
            those[pairs.n++] = j->secrets[i];
    if (pairs.n == 0)
        return SIGN_NO_SECRET;
    v = header_one(j->d, "authorization", &value);
    if (v != SIGN_GOOD)
        return v;
    if (value.n < 6 || strncasecmp(value.p, "Basic ", 6) != 0 ||
        !base64_decode((struct str){value.p + 6, value.n - 6}, said, sizeof(said), &n))
        return SIGN_MALFORMED;
    v = fits(&pairs, (struct str){(const char *)said, n});
    explicit_bzero(said, sizeof(said));
    return v;
}

static enum err basic_make(const struct making *m, struct sign_made *out)
{
    struct str secret;
    struct buf b;

    TRY(m->sc, secret_text(m, &secret));
    if (!is_pair(m->by->secret) || secret.n > BASIC_MAX)
        return FAIL(m->sc, ERR_INVALID, "the secret must be a user and a password with a colon between them");
    buf_init(&b, m->sc->arena, 2 * BASIC_MAX);
    buf_s(&b, "Basic ");
    buf_base64(&b, secret.p, secret.n);
    made_add(out, "authorization", buf_cstr(&b));
    return OK;
}

const struct kind kind_basic = {.name = "basic", .read = kind_alone, .judge = basic_judge, .make = basic_make};

/* ---- a field of the body ---- */

static void field_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"kind", "items", "pointer", NULL};

    (void)read_members(r, d, "", names);
    if (doc_get(d, "items"))
        c->items = read_pointer(r, doc_get(d, "items"), "/items");
    c->pointer = read_pointer(r, doc_get(d, "pointer"), "/pointer");
    if (c->pointer && !*c->pointer)
        fault_at(r, "/pointer", "invalid", "must point into the body or its items");
}

static enum sign_verdict field_judge(const struct judged *j)
{
    const struct doc *list;
    enum sign_verdict v;
    size_t n;

    if (!has_secret(j))
        return SIGN_NO_SECRET;
    v = items_of(j->sc, j->c, j->d->body, &list, &n);
    for (size_t i = 0; v == SIGN_GOOD && i < n; i++) {
        const struct doc *said = doc_pointer(item_at(j->c, list, i), j->c->pointer);

        if (doc_kind(said) == DOC_NULL)
            v = SIGN_MISSING;
        else
            v = doc_kind(said) == DOC_TEXT ? fits(j, doc_text(said)) : SIGN_MALFORMED;
    }
    return v;
}

static enum err field_text(const struct making *m, const struct doc *item, struct str *out)
{
    (void)item;
    return secret_text(m, out);
}

static enum err field_make(const struct making *m, struct sign_made *out)
{
    return items_put(m, m->c->pointer, field_text, &out->body);
}

const struct kind kind_secret_field = {
    .name = "secret_field", .read = field_read, .judge = field_judge, .make = field_make};

/* ---- nothing ---- */

static enum sign_verdict none_judge(const struct judged *j)
{
    (void)j;
    return SIGN_GOOD;
}

static enum err none_make(const struct making *m, struct sign_made *out)
{
    (void)m;
    (void)out;
    return OK;
}

const struct kind kind_none = {.name = "none", .read = kind_alone, .judge = none_judge, .make = none_make};
