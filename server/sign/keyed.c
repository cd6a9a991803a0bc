#include <string.h>

#include "sign/sign_int.h"

/* Signatures by a key pair of the sender's, whose public half is fetched by whoever asks for the verdict. */
#define SIGNATURE_MAX 1024 /* octets: RSA of 8,192 bits */
#define NAME_MAX_KEY  200

/* Visible, and nothing that would lead elsewhere in an address. */
static bool host_fits(const char *s)
{
    const char *p = strncmp(s, "*.", 2) == 0 ? s + 2 : s;

    return *p && *p != '.' && strchr(p, '.') && strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(p);
}

static void hosts_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    size_t n = doc_kind(d) == DOC_ARRAY ? doc_count(d) : 0;

    if (n == 0 || n > SIGN_HOSTS_MAX) {
        fault_at(r, "/certificate/hosts", d ? "invalid" : "required",
                 "must be a list of 1 to 8 hosts that certificates may come from");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const char *where = arena_f(r->sc->arena, "/certificate/hosts/%zu", i);

        c->hosts[i] = read_word(r, doc_at(d, i), where, 200);
        if (c->hosts[i] && !host_fits(c->hosts[i]))
            fault_at(r, where, "invalid",
                     "must be a host in small letters, as \"api.example.com\" or \"*.example.com\"");
    }
    c->hosts_n = n;
}

static void certificate_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"header", "hosts", "name", NULL};

    if (!read_members(r, d, "/certificate", names))
        return;
    c->header = read_header(r, doc_get(d, "header"), "/certificate/header");
    hosts_read(r, doc_get(d, "hosts"), c);
    if (doc_get(d, "name"))
        c->name = read_word(r, doc_get(d, "name"), "/certificate/name", NAME_MAX_KEY);
}

static void algorithm_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"header", "is", NULL};

    if (!d || !read_members(r, d, "/algorithm", names))
        return;
    c->algorithm_header = read_header(r, doc_get(d, "header"), "/algorithm/header");
    c->algorithm = read_word(r, doc_get(d, "is"), "/algorithm/is", 40);
}

static void rsa_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"kind", "over", "signature", "algorithm", "certificate", "time", NULL};

    (void)read_members(r, d, "", names);
    template_read(r, doc_get(d, "over"), true, &c->over);
    signature_read(r, doc_get(d, "signature"), &c->signature);
    if (c->signature.form != FORM_PLAIN)
        fault_at(r, "/signature/form", "not_allowed", "must be plain here");
    algorithm_read(r, doc_get(d, "algorithm"), c);
    certificate_read(r, doc_get(d, "certificate"), c);
    time_read(r, d, c);
    covers(r, c);
}

/* ---- by a certificate ---- */

static enum sign_verdict certificate_url(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                                         const char **out_url)
{
    struct str url;
    enum sign_verdict v = header_one(d, c->header, &url);

    if (v != SIGN_GOOD)
        return v;
    if (!address_at(url, c->hosts, c->hosts_n))
        return SIGN_OTHER_HOST;
    *out_url = str_dup(sc->arena, url);
    return SIGN_GOOD;
}

static enum sign_verdict algorithm_judge(const struct judged *j)
{
    enum sign_verdict v;
    struct str said;

    if (!j->c->algorithm_header)
        return SIGN_GOOD;
    v = header_one(j->d, j->c->algorithm_header, &said);
    return v == SIGN_GOOD && !str_is_nocase(said, j->c->algorithm) ? SIGN_MALFORMED : v;
}

struct said {
    uint8_t v[SIGNATURE_MAX];
    size_t n;
};

static enum sign_verdict header_decode(const struct judged *j, struct said *out)
{
    struct str text;
    enum sign_verdict v = header_any(j->d, &j->c->signature.headers, &text);

    if (v == SIGN_GOOD && (!signature_decode(j->c->signature.coding, text, out->v, sizeof(out->v), &out->n) || !out->n))
        v = SIGN_MALFORMED;
    return v;
}

/* Over the template with each secret in turn, or as it is where it has none. */
static enum sign_verdict verify(const struct judged *j, struct bytes key, enum crypto_key_kind kind,
                                const struct said *s, struct pieces *over)
{
    struct bytes signature = {s->v, s->n};
    bool good = false, any = false;

    if (!template_has(&j->c->over, PART_SECRET))
        return crypto_key_verify(key, kind, j->c->hash, over->v, over->n, signature) ? SIGN_GOOD : SIGN_WRONG;
    for (size_t i = 0; i < j->n; i++) {
        struct bytes secret = {secret_bytes(j->secrets[i]), secret_size(j->secrets[i])};

        if (secret.n == 0)
            continue;
        any = true;
        template_secret(&j->c->over, secret, over);
        good |= crypto_key_verify(key, kind, j->c->hash, over->v, over->n, signature);
    }
    return !any ? SIGN_NO_SECRET : good ? SIGN_GOOD : SIGN_WRONG;
}

static enum sign_verdict rsa_time(const struct judged *j, struct given *g)
{
    enum sign_verdict v = SIGN_GOOD;

    if (j->c->time.header)
        v = header_one(j->d, j->c->time.header, &g->time);
    return v == SIGN_GOOD ? time_judge(&j->c->time, g->time, j->now_us) : v;
}

static enum sign_verdict rsa_judge(const struct judged *j)
{
    struct given given = {.d = j->d};
    const char *url;
    struct pieces over;
    struct bytes key;
    struct said said;
    enum sign_verdict v;

    v = certificate_url(j->sc, j->c, j->d, &url);
    if (v == SIGN_GOOD)
        v = algorithm_judge(j);
    if (v == SIGN_GOOD)
        v = header_decode(j, &said);
    if (v == SIGN_GOOD)
        v = rsa_time(j, &given);
    if (v == SIGN_GOOD)
        v = template_fill(j->sc, &j->c->over, &given, &over);
    if (v != SIGN_GOOD)
        return v;
    if (!crypto_chain_key(j->sc->arena, j->d->key, j->d->roots, j->c->name, j->now_us, &key))
        return SIGN_NO_CERTIFICATE;
    return verify(j, key, CRYPTO_RSA, &said, &over);
}

/* What is signed, as one run of octets, with the sender's secret in it. */
static enum err signed_text(const struct making *m, const char *time, struct bytes *out)
{
    struct given given = {.d = m->d, .time_header = m->c->time.header, .time = str_of(time)};
    const struct secret *s = m->by->secret;
    struct pieces over;
    struct buf b;

    if (template_fill(m->sc, &m->c->over, &given, &over) != SIGN_GOOD)
        return FAIL(m->sc, ERR_INVALID, "a header that the signature is over is missing");
    if (template_has(&m->c->over, PART_SECRET) && (!s || secret_size(s) == 0))
        return FAIL(m->sc, ERR_INVALID, "there is no secret to sign with");
    if (template_has(&m->c->over, PART_SECRET))
        template_secret(&m->c->over, (struct bytes){secret_bytes(s), secret_size(s)}, &over);
    buf_init(&b, m->sc->arena, 64 << 20);
    for (size_t i = 0; i < over.n; i++)
        buf_add(&b, over.v[i].p, over.v[i].n);
    if (b.full)
        return FAIL(m->sc, ERR_TOO_LARGE, "the body is too large to be signed");
    *out = (struct bytes){b.p, b.n};
    return OK;
}

static enum err rsa_make(const struct making *m, struct sign_made *out)
{
    const struct sign_check *c = m->c;
    const char *time = c->time.is ? time_write(m->sc, &c->time, m->by->now_us) : NULL;
    struct bytes what, signature;
    struct buf b;

    TRY(m->sc, signed_text(m, time, &what));
    TRY(m->sc, crypto_pem_sign(m->sc, m->by->pem, CRYPTO_RSA, CRYPTO_SHA256, what, &signature));
    if (!m->by->key_name)
        return FAIL(m->sc, ERR_INVALID, "it must be said where the certificate is");
    buf_init(&b, m->sc->arena, 2 * SIGNATURE_MAX + 1);
    coding_write(c->signature.coding, &b, signature.p, signature.n);
    if (c->time.header)
        made_add(out, c->time.header, time);
    made_add(out, c->signature.headers.v[0], buf_cstr(&b));
    made_add(out, c->header, m->by->key_name);
    if (c->algorithm_header)
        made_add(out, c->algorithm_header, c->algorithm);
    return OK;
}

const struct kind kind_rsa_certificate = {
    .name = "rsa_certificate", .read = rsa_read, .judge = rsa_judge, .make = rsa_make, .fetch = certificate_url};

/* ---- by a key that a header names ---- */

#define NAMED_MAX 4096 /* octets of the header's JSON */

static void url_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    const char *s = read_word(r, d, "/url", 500), *at = s ? strstr(s, "{key}") : NULL;

    c->url = s;
    if (s && (strncmp(s, "https://", 8) != 0 || !at || !strchr(s + 8, '/') || at < strchr(s + 8, '/')))
        fault_at(r, "/url", "invalid", "must be an https address with {key} in its path");
}

static void ecdsa_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"kind", "hash", "over", "signature", "url", NULL};
    static const char *const in[] = {"header", "pointer", "key", NULL};
    const struct doc *s = doc_get(d, "signature");

    (void)read_members(r, d, "", names);
    hash_read(r, d, c);
    template_read(r, doc_get(d, "over"), false, &c->over);
    covers(r, c);
    url_read(r, doc_get(d, "url"), c);
    if (!read_members(r, s, "/signature", in))
        return;
    c->header = read_header(r, doc_get(s, "header"), "/signature/header");
    c->signature.pointer = read_pointer(r, doc_get(s, "pointer"), "/signature/pointer");
    c->signature.key_pointer = read_pointer(r, doc_get(s, "key"), "/signature/key");
}

static enum sign_verdict header_json(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                                     const struct doc **out)
{
    char *json = arena_alloc(sc->arena, NAMED_MAX);
    enum sign_verdict v;
    struct str value;
    size_t n;

    v = header_one(d, c->header, &value);
    if (v != SIGN_GOOD)
        return v;
    if (!base64_decode(value, json, NAMED_MAX, &n))
        return SIGN_MALFORMED;
    if (doc_parse(sc, (struct str){json, n}, out) == OK)
        return SIGN_GOOD;
    scope_clear(sc);
    return SIGN_MALFORMED;
}

static enum sign_verdict ecdsa_fetch(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                                     const char **out_url)
{
    const char *at = strstr(c->url, "{key}");
    const struct doc *json;
    enum sign_verdict v = header_json(sc, c, d, &json);
    struct str name;
    struct buf b;

    if (v != SIGN_GOOD)
        return v;
    name = doc_text(doc_pointer(json, c->signature.key_pointer));
    if (name.n == 0 || name.n > NAME_MAX_KEY || name.p[0] == '.')
        return SIGN_MALFORMED;
    buf_init(&b, sc->arena, 2000);
    buf_add(&b, c->url, (size_t)(at - c->url));
    buf_percent(&b, name);
    buf_s(&b, at + 5);
    *out_url = buf_cstr(&b);
    return SIGN_GOOD;
}

static enum sign_verdict ecdsa_judge(const struct judged *j)
{
    struct given given = {.d = j->d};
    const struct doc *json;
    struct pieces over;
    struct bytes key;
    struct said said;
    enum sign_verdict v = header_json(j->sc, j->c, j->d, &json);

    if (v != SIGN_GOOD)
        return v;
    if (!base64_decode(doc_text(doc_pointer(json, j->c->signature.pointer)), said.v, sizeof(said.v), &said.n) ||
        !said.n)
        return SIGN_MALFORMED;
    if (!crypto_pem_key(j->sc->arena, j->d->key, &key))
        return SIGN_NO_CERTIFICATE;
    v = template_fill(j->sc, &j->c->over, &given, &over);
    return v == SIGN_GOOD ? verify(j, key, CRYPTO_P256, &said, &over) : v;
}

static enum err ecdsa_make(const struct making *m, struct sign_made *out)
{
    const struct sign_check *c = m->c;
    struct bytes what, signature;
    struct buf b, json;

    TRY(m->sc, signed_text(m, NULL, &what));
    TRY(m->sc, crypto_pem_sign(m->sc, m->by->pem, CRYPTO_P256, c->hash, what, &signature));
    if (!m->by->key_name || !strchr(c->signature.pointer, '/') || !strchr(c->signature.key_pointer, '/'))
        return FAIL(m->sc, ERR_INVALID, "it must be said what the key is called");
    buf_init(&b, m->sc->arena, 2 * SIGNATURE_MAX);
    buf_base64(&b, signature.p, signature.n);
    buf_init(&json, m->sc->arena, NAMED_MAX);
    buf_c(&json, '{');
    json_put_text(&json, str_of(c->signature.key_pointer + 1));
    buf_c(&json, ':');
    json_put_text(&json, str_of(m->by->key_name));
    buf_c(&json, ',');
    json_put_text(&json, str_of(c->signature.pointer + 1));
    buf_f(&json, ":\"%s\"}", buf_cstr(&b));
    b.n = 0;
    buf_init(&b, m->sc->arena, 2 * NAMED_MAX);
    buf_base64(&b, json.p, json.n);
    made_add(out, c->header, buf_cstr(&b));
    return OK;
}

const struct kind kind_ecdsa_key = {
    .name = "ecdsa_key", .read = ecdsa_read, .judge = ecdsa_judge, .make = ecdsa_make, .fetch = ecdsa_fetch};
