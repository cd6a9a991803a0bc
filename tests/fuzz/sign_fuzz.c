#include "fuzz/fuzz.h"
#include "sign/sign_int.h"

/* Checks of strangers, and deliveries of strangers. Lines: the check as JSON, the secret, the certificate's or key's
 * place, then headers as "name: value" up to an empty one; the rest is the body. A document is compiled or its faults
 * have places within it; a verdict is one there is and the same each time; what is made for a check by a secret is
 * right, and is not right for another secret. */
#define HEADERS_MAX 8
#define NOW_US      (INT64_C(1767225600) * 1000000)

struct headers {
    struct str names[HEADERS_MAX], values[HEADERS_MAX];
    size_t n;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_start();
    return 0;
}

static struct str header(void *arg, const char *name, size_t *count)
{
    const struct headers *h = arg;
    struct str found = {NULL, 0};

    *count = 0;
    for (size_t i = 0; i < h->n; i++)
        if (str_is_nocase(h->names[i], name)) {
            found = h->values[i];
            ++*count;
        }
    return found;
}

static void headers_read(struct str *left, struct headers *out)
{
    struct str line;

    out->n = 0;
    while (fuzz_line(left, &line) && line.n && out->n < HEADERS_MAX) {
        const char *colon = memchr(line.p, ':', line.n);
        size_t n = colon ? (size_t)(colon - line.p) : line.n;

        out->names[out->n] = (struct str){line.p, n};
        out->values[out->n++] = colon ? (struct str){colon + 1, line.n - n - 1} : (struct str){NULL, 0};
    }
}

static void faults(const struct scope *sc)
{
    MUST_BE(scope_fault(sc)->code == ERR_INVALID && scope_fault(sc)->item_count > 0);
    for (const struct fault_item *i = scope_fault(sc)->items; i; i = i->next)
        MUST_BE(strncmp(i->pointer, "/at", 3) == 0 && (!i->pointer[3] || i->pointer[3] == '/') && *i->detail);
}

static void judged(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                   const struct secret *secret)
{
    const struct secret *both[] = {secret, secret};
    enum sign_verdict v = sign_check_judge(sc, c, d, both, 1, NOW_US);
    const char *url = NULL;

    MUST_BE(v < SIGN_VERDICT_COUNT && scope_fault(sc)->code == OK);
    MUST_BE(v == sign_check_judge(sc, c, d, both, 2, NOW_US));
    MUST_BE(sign_check_judge(sc, c, d, NULL, 0, NOW_US) != SIGN_GOOD || c->kind == &kind_none ||
            c->kind == &kind_ecdsa_key || c->kind == &kind_rsa_certificate);
    if (sign_check_fetch(sc, c, d, &url) == SIGN_GOOD && url)
        MUST_BE(str_is_nocase((struct str){url, 8}, "https://"));
}

/* Another of the same length. */
static struct secret *other(const struct secret *s)
{
    struct secret *o = secret_copy(secret_bytes(s), secret_size(s));

    for (size_t i = 0; i < secret_size(s); i++)
        secret_fill(o)[i] = (uint8_t)(secret_bytes(s)[i] == '5' ? '6' : '5');
    return o;
}

static void made(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                 const struct secret *secret)
{
    struct sign_sender by = {.secret = secret, .now_us = NOW_US};
    struct sign_delivery sent = *d;
    struct headers *all = ARENA_NEW(sc->arena, struct headers);
    struct secret *no;
    struct sign_made m;

    if (c->kind != &kind_hmac || sign_check_make(sc, c, d, &by, &m) != OK) {
        scope_clear(sc);
        return;
    }
    *all = *(const struct headers *)d->arg;
    for (size_t i = 0; i < m.n; i++) {
        for (size_t k = 0; k < all->n;)
            if (str_is_nocase(all->names[k], m.headers[i].name)) {
                all->n--;
                all->names[k] = all->names[all->n];
                all->values[k] = all->values[all->n];
            } else {
                k++;
            }
        if (all->n == HEADERS_MAX)
            return;
        all->names[all->n] = str_of(m.headers[i].name);
        all->values[all->n++] = str_of(m.headers[i].value);
    }
    sent.arg = all;
    sent.body = m.body;
    /* A template over the signature's own header, or whose time is in two places, can never be met. */
    if (sign_check_judge(sc, c, &sent, &secret, 1, NOW_US) != SIGN_GOOD)
        MUST_BE(template_has_header(&c->over, c->signature.headers.v[0]) ||
                (c->time.header && strcmp(c->time.header, c->signature.headers.v[0]) == 0) ||
                (c->signature.time_pair && strcmp(c->signature.time_pair, c->signature.version) == 0));
    no = other(secret);
    if (c->key == CODING_TEXT && !c->prefix.n && !crypto_equal(secret_bytes(no), secret_bytes(secret), secret_size(no)))
        MUST_BE(sign_check_judge(sc, c, &sent, (const struct secret *const[]){no}, 1, NOW_US) != SIGN_GOOD);
    secret_free(no);
}

static void handshake(struct scope *sc, const struct doc *d, const struct sign_delivery *delivery)
{
    const struct sign_handshake *h;
    struct sign_answer a;

    if (sign_handshake_compile(sc, d, "/at", &h) != OK)
        faults(sc);
    else if (sign_handshake_answer(sc, h, delivery, SIGN_WRONG, NULL, &a) == OK)
        MUST_BE(!a.answers || a.status >= 200);
    scope_clear(sc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    struct str left = fuzz_copy(sc, data, size), check = {NULL, 0}, text = {NULL, 0}, key = {NULL, 0};
    struct headers headers;
    struct sign_delivery d = {
        .method = STR("POST"), .url = STR("https://x.example/y"), .header = header, .arg = &headers};
    const struct sign_check *c;
    struct secret *secret;
    const struct doc *doc;

    (void)(fuzz_line(&left, &check) && fuzz_line(&left, &text) && fuzz_line(&left, &key));
    headers_read(&left, &headers);
    d.body = left;
    d.path = key;
    d.key = left;
    secret = secret_copy(text.p ? text.p : "", text.n);
    if (doc_parse(sc, check, &doc) == OK) {
        handshake(sc, doc, &d);
        if (sign_check_compile(sc, doc, "/at", &c) == OK) {
            judged(sc, c, &d, secret);
            made(sc, c, &d, secret);
        } else {
            faults(sc);
        }
    }
    secret_free(secret);
    scope_free(sc);
    return 0;
}
