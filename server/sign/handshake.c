#include <string.h>

#include "sign/sign_int.h"

/* What a vendor asks before it sends anything, or to see whether we look at all. */
#define VALUE_MAX 4096

enum handshake_kind { ECHO_QUERY, CHALLENGE_SHA256, PROBE };

struct sign_handshake {
    enum handshake_kind kind;
    const char *name, *member;
};

enum err sign_handshake_compile(struct scope *sc, const struct doc *d, const char *at,
                                const struct sign_handshake **out)
{
    static const char *const kinds[] = {"echo_query", "challenge_sha256", "probe", NULL};
    static const char *const names[][4] = {{"kind", "name", NULL}, {"kind", "name", "member", NULL}, {"kind", NULL}};
    struct reader r = {.sc = sc, .at = at, .before = scope_fault(sc)->item_count};
    struct sign_handshake *h = ARENA_NEW(sc->arena, struct sign_handshake);

    if (doc_kind(d) != DOC_OBJECT) {
        fault_at(&r, "", d ? "wrong_type" : "required", "must be an object");
        return read_end(&r, "the handshake");
    }
    h->kind = (enum handshake_kind)read_choice(&r, doc_get(d, "kind"), "/kind", kinds, -1);
    if (scope_fault(sc)->item_count == r.before) {
        (void)read_members(&r, d, "", names[h->kind]);
        if (h->kind != PROBE)
            h->name = read_word(&r, doc_get(d, "name"), "/name", 100);
        if (h->kind == CHALLENGE_SHA256)
            h->member = read_word(&r, doc_get(d, "member"), "/member", 100);
    }
    TRY(sc, read_end(&r, "the handshake"));
    *out = h;
    return OK;
}

/* The parameter's value: 0 without one, -1 where it cannot be told. */
static int parameter(struct scope *sc, const struct sign_delivery *d, const char *name, struct str *out)
{
    const char *mark = d->path.n ? memchr(d->path.p, '?', d->path.n) : NULL;
    struct pair *pairs = ARENA_ARRAY(sc->arena, struct pair, PAIRS_MAX);
    size_t n = 0;
    int found = 0;

    if (!mark)
        return 0;
    if (!pairs_read(sc->arena, (struct str){mark + 1, d->path.n - (size_t)(mark - d->path.p) - 1}, true, pairs, &n))
        return -1;
    for (size_t i = 0; i < n; i++)
        if (str_is(pairs[i].name, name)) {
            *out = pairs[i].value;
            found++;
        }
    if (found == 0)
        return 0;
    return found == 1 && out->n > 0 && out->n <= VALUE_MAX ? 1 : -1;
}

static enum err challenge(struct scope *sc, const struct sign_handshake *h, const struct sign_delivery *d,
                          struct str code, const struct secret *token, struct str *out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    if (!token || secret_size(token) == 0)
        return FAIL(sc, ERR_INVALID, "the connection has no token that the challenge could be answered with");
    buf_init(&b, sc->arena, VALUE_MAX + secret_size(token) + d->url.n);
    buf_add(&b, code.p, code.n);
    buf_add(&b, secret_bytes(token), secret_size(token));
    buf_add(&b, d->url.p, d->url.n);
    crypto_hash(b.p, b.n, hash);
    explicit_bzero(b.p, b.n);
    buf_init(&b, sc->arena, 1000);
    buf_c(&b, '{');
    json_put_text(&b, str_of(h->member));
    buf_s(&b, ":\"");
    buf_hex(&b, hash, sizeof(hash));
    buf_s(&b, "\"}");
    *out = buf_str(&b);
    return OK;
}

enum err sign_handshake_answer(struct scope *sc, const struct sign_handshake *h, const struct sign_delivery *d,
                               enum sign_verdict verdict, const struct secret *secret, struct sign_answer *out)
{
    struct sign_answer a = {.answers = true, .status = 200};
    struct str value = {NULL, 0};
    int found;

    if (h->kind == PROBE) {
        *out = (struct sign_answer){
            .answers = true, .takes = verdict == SIGN_GOOD, .status = verdict == SIGN_GOOD ? 200 : 401};
        return OK;
    }
    found = h->kind == CHALLENGE_SHA256 && !str_is(d->method, "GET") ? 0 : parameter(sc, d, h->name, &value);
    if (found == 0) {
        *out = (struct sign_answer){.takes = true};
        return OK;
    }
    if (found < 0) {
        a.status = 400;
    } else if (h->kind == ECHO_QUERY) {
        a.content_type = "text/plain";
        a.body = value;
    } else {
        a.content_type = "application/json";
        TRY(sc, challenge(sc, h, d, value, secret, &a.body));
    }
    *out = a;
    return OK;
}
