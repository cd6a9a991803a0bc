#include <string.h>

#include "base/crc.h"
#include "sign/sign_int.h"

/* What a signature is over: text, and braces that name a part of what came. */

static const struct {
    const char *word;
    enum part_kind kind;
} words[] = {
    {"body", PART_BODY},
    {"sha256:body", PART_SHA256_BODY},
    {"crc32:body", PART_CRC32_BODY},
    {"url", PART_URL},
    {"path", PART_PATH},
    {"method", PART_METHOD},
    {"t", PART_TIME},
};

static bool secret_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", s.p[i]))
            return false;
    return s.n > 0;
}

static bool part_named(struct reader *r, struct str name, bool secrets, struct part *out)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_is(name, words[i].word)) {
            *out = (struct part){.kind = words[i].kind};
            return true;
        }
    if (secrets && str_starts(name, "secret:") && secret_name((struct str){name.p + 7, name.n - 7})) {
        *out = (struct part){.kind = PART_SECRET};
        return true;
    }
    if (str_starts(name, "header:")) {
        struct doc of = doc_make_text((struct str){name.p + 7, name.n - 7});

        *out = (struct part){.kind = PART_HEADER, .name = read_header(r, &of, "/over")};
        return true;
    }
    return false;
}

/* The next part of what is left; false after a fault. */
static bool part_next(struct reader *r, struct str *left, bool secrets, struct part *out)
{
    size_t n = 0;

    if (*left->p == '{') {
        const char *end = memchr(left->p, '}', left->n);
        struct str name = {left->p + 1, end ? (size_t)(end - left->p) - 1 : 0};

        if (!end || !part_named(r, name, secrets, out))
            return false;
        n = name.n + 2;
    } else {
        while (n < left->n && left->p[n] != '{' && left->p[n] != '}')
            n++;
        *out = (struct part){.kind = PART_TEXT, .text = {left->p, n}};
    }
    left->p += n;
    left->n -= n;
    return n > 0;
}

void template_read(struct reader *r, const struct doc *d, bool secrets, struct template *out)
{
    struct str left = doc_text(d);

    out->n = 0;
    if (left.n == 0 || left.n > SIGN_TEMPLATE_MAX) {
        fault_at(r, "/over", d ? "invalid" : "required", "must be a template of 1 to 1000 octets, as \"{body}\"");
        return;
    }
    while (left.n) {
        if (out->n == PARTS_MAX) {
            fault_at(r, "/over", "too_long", "must have at most 32 parts");
            return;
        }
        if (!part_next(r, &left, secrets, &out->parts[out->n++])) {
            fault_at(r, "/over", "invalid",
                     secrets ? "braces must name body, sha256:body, crc32:body, url, method, path, header:NAME, "
                               "secret:NAME or t"
                             : "braces must name body, sha256:body, crc32:body, url, method, path, header:NAME or t");
            return;
        }
    }
}

bool template_has(const struct template *t, enum part_kind kind)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->parts[i].kind == kind)
            return true;
    return false;
}

bool template_has_header(const struct template *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->parts[i].kind == PART_HEADER && t->parts[i].name && strcmp(t->parts[i].name, name) == 0)
            return true;
    return false;
}

static struct bytes sha256_of(struct scope *sc, struct str body)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    crypto_hash(body.p, body.n, hash);
    buf_init(&b, sc->arena, 2 * sizeof(hash));
    buf_hex(&b, hash, sizeof(hash));
    return (struct bytes){b.p, b.n};
}

static struct bytes crc32_text(struct scope *sc, struct str body)
{
    const char *text = arena_f(sc->arena, "%u", crc32_of(body.p, body.n));

    return (struct bytes){text, strlen(text)};
}

static enum sign_verdict header_fill(const struct part *p, const struct given *g, struct bytes *out)
{
    enum sign_verdict v = SIGN_GOOD;
    struct str s;

    if (g->time_header && strcmp(p->name, g->time_header) == 0)
        s = g->time;
    else
        v = header_one(g->d, p->name, &s);
    if (v == SIGN_GOOD)
        *out = (struct bytes){s.p, s.n};
    return v;
}

static struct bytes bytes_of(struct str s)
{
    return (struct bytes){s.p, s.n};
}

static struct bytes part_fill(struct scope *sc, const struct part *p, const struct given *g)
{
    switch (p->kind) {
    case PART_BODY:
        return bytes_of(g->d->body);
    case PART_SHA256_BODY:
        return sha256_of(sc, g->d->body);
    case PART_CRC32_BODY:
        return crc32_text(sc, g->d->body);
    case PART_URL:
        return bytes_of(g->d->url);
    case PART_METHOD:
        return bytes_of(g->d->method);
    case PART_PATH:
        return bytes_of(g->d->path);
    case PART_TIME:
        return bytes_of(g->time);
    default:
        return bytes_of(p->text);
    }
}

enum sign_verdict template_fill(struct scope *sc, const struct template *t, const struct given *g, struct pieces *out)
{
    enum sign_verdict v = SIGN_GOOD;

    out->n = t->n;
    for (size_t i = 0; v == SIGN_GOOD && i < t->n; i++)
        if (t->parts[i].kind == PART_HEADER)
            v = header_fill(&t->parts[i], g, &out->v[i]);
        else
            out->v[i] = part_fill(sc, &t->parts[i], g);
    return v;
}

void template_secret(const struct template *t, struct bytes secret, struct pieces *out)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->parts[i].kind == PART_SECRET)
            out->v[i] = secret;
}
