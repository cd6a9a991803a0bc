#include "sign/sign_int.h"

/* What all kinds of checks share: which there are, and the words of their verdicts. */

static const struct kind *const kinds[] = {&kind_hmac,  &kind_hmac_items,    &kind_rsa_certificate, &kind_ecdsa_key,
                                           &kind_basic, &kind_secret_header, &kind_secret_field,    &kind_none};

static const char *const texts[SIGN_VERDICT_COUNT] = {
    [SIGN_GOOD] = "it is signed as it must be",
    [SIGN_MISSING] = "what would prove its origin is missing",
    [SIGN_REPEATED] = "a header that must be there once is there more than once",
    [SIGN_MALFORMED] = "what would prove its origin cannot be read",
    [SIGN_STALE] = "it was signed too long ago",
    [SIGN_EARLY] = "it was signed at a time that has not come yet",
    [SIGN_WRONG] = "the signature does not fit what came",
    [SIGN_NO_SECRET] = "the connection has no secret that it could be checked with",
    [SIGN_OTHER_HOST] = "the certificate is not one of the sender's own",
    [SIGN_NO_CERTIFICATE] = "there is no valid certificate that it could be checked with",
};

const char *sign_verdict_text(enum sign_verdict v)
{
    return v < SIGN_VERDICT_COUNT ? texts[v] : texts[SIGN_WRONG];
}

static const struct kind *kind_of(struct reader *r, const struct doc *d)
{
    const char *names[ARRAY_LEN(kinds) + 1] = {NULL};
    unsigned before = scope_fault(r->sc)->item_count;
    size_t i;

    if (doc_kind(d) != DOC_OBJECT) {
        fault_at(r, "", d ? "wrong_type" : "required", "must be an object");
        return NULL;
    }
    for (i = 0; i < ARRAY_LEN(kinds); i++)
        names[i] = kinds[i]->name;
    i = read_choice(r, doc_get(d, "kind"), "/kind", names, -1);
    return scope_fault(r->sc)->item_count == before ? kinds[i] : NULL;
}

enum err sign_check_compile(struct scope *sc, const struct doc *d, const char *at, const struct sign_check **out)
{
    struct reader r = {.sc = sc, .at = at, .before = scope_fault(sc)->item_count};
    struct sign_check *c = ARENA_NEW(sc->arena, struct sign_check);

    c->kind = kind_of(&r, d);
    if (c->kind)
        c->kind->read(&r, d, c);
    TRY(sc, read_end(&r, "the check"));
    *out = c;
    return OK;
}

enum sign_verdict sign_check_fetch(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                                   const char **out_url)
{
    if (c->kind->fetch)
        return c->kind->fetch(sc, c, d, out_url);
    *out_url = NULL;
    return SIGN_GOOD;
}

enum sign_verdict sign_check_judge(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                                   const struct secret *const *secrets, size_t n, int64_t now_us)
{
    struct judged j = {.sc = sc, .c = c, .d = d, .secrets = secrets, .n = n, .now_us = now_us};

    MUST_BE(n <= SIGN_SECRETS_MAX);
    return c->kind->judge(&j);
}

enum err sign_check_make(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                         const struct sign_sender *by, struct sign_made *out)
{
    struct making m = {.sc = sc, .c = c, .d = d, .by = by};
    struct sign_made made = {.body = d->body};

    TRY(sc, c->kind->make(&m, &made));
    *out = made;
    return OK;
}

void made_add(struct sign_made *m, const char *name, const char *value)
{
    MUST_BE(m->n < SIGN_MADE_MAX);
    m->headers[m->n++] = (struct sign_header){name, value};
}

enum sign_verdict header_one(const struct sign_delivery *d, const char *name, struct str *out)
{
    size_t count = 0;
    struct str s = d->header ? d->header(d->arg, name, &count) : (struct str){NULL, 0};

    if (count == 0)
        return SIGN_MISSING;
    if (count > 1)
        return SIGN_REPEATED;
    *out = s;
    return SIGN_GOOD;
}

enum sign_verdict header_any(const struct sign_delivery *d, const struct names *names, struct str *out)
{
    enum sign_verdict v = SIGN_MISSING;

    for (size_t i = 0; v == SIGN_MISSING && i < names->n; i++)
        v = header_one(d, names->v[i], out);
    return v;
}
