#include <string.h>

#include "base/timefmt.h"
#include "lifecycle/bundle_int.h"
#include "org/org.h"
#include "json/doc.h"

#define TAIL_MAX ((size_t)1 << 16)

static void chain_add(uint8_t chain[CRYPTO_HASH_BYTES], struct str line)
{
    uint8_t both[2 * CRYPTO_HASH_BYTES];

    memcpy(both, chain, CRYPTO_HASH_BYTES);
    crypto_hash(line.p, line.n, both + CRYPTO_HASH_BYTES);
    crypto_hash(both, sizeof(both), chain);
}

static struct bundle_part *part_of(struct bundle *b, const char *kind)
{
    size_t n = strlen(kind);
    struct bundle_part *p;

    for (size_t i = 0; i < b->part_count; i++)
        if (strcmp(b->parts[i].kind, kind) == 0)
            return &b->parts[i];
    if (b->part_count == BUNDLE_PARTS_MAX || n > BUNDLE_KIND_MAX)
        return NULL;
    p = &b->parts[b->part_count++];
    memcpy(p->kind, kind, n + 1);
    return p;
}

bool bundle_count(struct bundle *b, const char *kind, struct str line)
{
    struct bundle_part *p = part_of(b, kind);

    if (!p)
        return false;
    p->lines++;
    b->lines++;
    chain_add(p->chain, line);
    chain_add(b->chain, line);
    return true;
}

void bundle_sums(const struct bundle *b, struct buf *out)
{
    buf_s(out, "\"parts\":[");
    for (size_t i = 0; i < b->part_count; i++) {
        buf_f(out, "%s{\"kind\":\"%s\",\"lines\":%lld,\"chain\":\"", i ? "," : "", b->parts[i].kind,
              (long long)b->parts[i].lines);
        buf_hex(out, b->parts[i].chain, sizeof(b->parts[i].chain));
        buf_s(out, "\"}");
    }
    buf_f(out, "],\"lines\":%lld,\"chain\":\"", (long long)b->lines);
    buf_hex(out, b->chain, sizeof(b->chain));
    buf_s(out, "\"}");
}

static void put_member(struct buf *out, const char *name, const char *text)
{
    buf_f(out, "\"%s\":", name);
    json_put_text(out, str_of(text));
    buf_c(out, ',');
}

static void manifest(const struct bundle *b, struct buf *out)
{
    char id[TYPEID_TEXT_MAX + 1], now[TIME_TEXT_MAX];

    typeid_format("exp", &b->export_id, id);
    time_format(time_now_us(), now);
    buf_s(out, "{\"kind\":\"manifest\",");
    put_member(out, "schema", EXPORT_SCHEMA);
    put_member(out, "export_id", id);
    put_member(out, "made_at", now);
    put_member(out, "partner", b->partner);
    put_member(out, "customer", b->customer);
    bundle_sums(b, out);
}

/* The current key; the first signature makes one. */
static enum err key_of(struct scope *sc, struct org_signing_key *out)
{
    uint8_t signature[CRYPTO_SIGNATURE_BYTES];
    struct uuid id;
    enum err e = org_signing_current(sc, ORG_SIGN_EXPORT, out);

    if (e != ERR_NOT_FOUND)
        return e;
    scope_clear(sc);
    TRY(sc, org_sign(sc, ORG_SIGN_EXPORT, STR("first"), &id, signature));
    return org_signing_current(sc, ORG_SIGN_EXPORT, out);
}

enum err bundle_end(struct scope *sc, const struct bundle *b, struct str *out)
{
    uint8_t signature[CRYPTO_SIGNATURE_BYTES];
    char id[TYPEID_TEXT_MAX + 1];
    struct org_signing_key key;
    struct uuid key_id;
    struct buf text;

    TRY(sc, key_of(sc, &key));
    buf_init(&text, sc->arena, TAIL_MAX);
    manifest(b, &text);
    typeid_format("sig", &key.key_id, id);
    buf_f(&text, "\n{\"kind\":\"signature\",\"algorithm\":\"Ed25519\",\"key_id\":\"%s\",\"public_key\":\"", id);
    buf_hex(&text, key.public_key.p, key.public_key.n);
    buf_s(&text, "\",\"signature\":\"");
    TRY(sc, org_sign(sc, ORG_SIGN_EXPORT, buf_str(&text), &key_id, signature));
    if (!uuid_equal(&key.key_id, &key_id))
        return FAIL(sc, ERR_UNAVAILABLE, "the signing key was changed meanwhile");
    buf_hex(&text, signature, sizeof(signature));
    buf_s(&text, "\"}\n");
    if (text.full)
        return FAIL(sc, ERR_TOO_LARGE, "the manifest of the export is too large");
    *out = buf_str(&text);
    return OK;
}

/* ---- reading one ---- */

struct bundle_reader {
    struct bundle b;
    struct str manifest; /* empty: not met yet */
    const struct doc *head;
    bool is_signed;
    struct bundle_facts facts;
};

struct bundle_reader *bundle_reader_new(struct scope *sc)
{
    return ARENA_NEW(sc->arena, struct bundle_reader);
}

/* The kind that the line's first octets name; false for any other beginning. */
static bool kind_of(struct str line, char out[BUNDLE_KIND_MAX + 1])
{
    static const char lead[] = "{\"kind\":\"";
    size_t n = 0;

    if (!str_starts(line, lead))
        return false;
    for (const char *p = line.p + sizeof(lead) - 1; p < line.p + line.n && *p != '"' && n < BUNDLE_KIND_MAX; p++)
        out[n++] = *p;
    out[n] = '\0';
    return n > 0 && sizeof(lead) - 1 + n < line.n && line.p[sizeof(lead) - 1 + n] == '"';
}

static enum err manifest_read(struct scope *sc, struct bundle_reader *r, struct str line)
{
    struct buf sums;

    r->manifest = (struct str){str_dup(sc->arena, line), line.n};
    TRY(sc, doc_parse(sc, r->manifest, &r->head));
    if (!str_is(doc_text(doc_get(r->head, "schema")), EXPORT_SCHEMA))
        return FAIL(sc, ERR_INVALID, "the bundle is of another kind than \"%s\"", EXPORT_SCHEMA);
    buf_init(&sums, sc->arena, TAIL_MAX);
    bundle_sums(&r->b, &sums);
    if (line.n < sums.n || memcmp(line.p + line.n - sums.n, sums.p, sums.n) != 0)
        return FAIL(sc, ERR_INVALID, "the lines are not those that the manifest counts");
    r->facts.partner = doc_cstr(sc->arena, doc_get(r->head, "partner"));
    r->facts.customer = doc_cstr(sc->arena, doc_get(r->head, "customer"));
    r->facts.export_id = doc_cstr(sc->arena, doc_get(r->head, "export_id"));
    r->facts.made_at = doc_cstr(sc->arena, doc_get(r->head, "made_at"));
    return OK;
}

static enum err signature_read(struct scope *sc, struct bundle_reader *r, struct str line)
{
    uint8_t signature[CRYPTO_SIGNATURE_BYTES];
    const struct doc *d;
    size_t key_n = 0, n = 0;
    struct buf said;

    TRY(sc, doc_parse(sc, (struct str){str_dup(sc->arena, line), line.n}, &d));
    if (!hex_decode(doc_text(doc_get(d, "public_key")), r->facts.public_key, sizeof(r->facts.public_key), &key_n) ||
        !hex_decode(doc_text(doc_get(d, "signature")), signature, sizeof(signature), &n) ||
        key_n != sizeof(r->facts.public_key) || n != sizeof(signature))
        return FAIL(sc, ERR_INVALID, "the signature is damaged");
    buf_init(&said, sc->arena, 2 * TAIL_MAX);
    buf_add(&said, r->manifest.p, r->manifest.n);
    buf_c(&said, '\n');
    buf_add(&said, line.p, line.n - (2 * sizeof(signature) + 2));
    if (said.full || !crypto_verify(r->facts.public_key, said.p, said.n, signature))
        return FAIL(sc, ERR_INVALID, "the signature is not one of this manifest");
    r->facts.key_id = doc_cstr(sc->arena, doc_get(d, "key_id"));
    r->is_signed = true;
    return OK;
}

enum err bundle_reader_line(struct scope *sc, struct bundle_reader *r, struct str line)
{
    char kind[BUNDLE_KIND_MAX + 1];
    struct str bare = {line.p, line.n ? line.n - 1 : 0};

    r->facts.lines++;
    if (line.n == 0 || line.p[line.n - 1] != '\n' || !kind_of(bare, kind))
        return FAIL(sc, ERR_INVALID, "line %zu is none of a bundle", r->facts.lines);
    if (r->is_signed || (r->manifest.n && strcmp(kind, "signature") != 0))
        return FAIL(sc, ERR_INVALID, "line %zu stands behind the end of the bundle", r->facts.lines);
    if (strcmp(kind, "manifest") == 0)
        return manifest_read(sc, r, bare);
    if (strcmp(kind, "signature") == 0)
        return r->manifest.n ? signature_read(sc, r, bare)
                             : FAIL(sc, ERR_INVALID, "the signature stands before the manifest");
    if (!bundle_count(&r->b, kind, line))
        return FAIL(sc, ERR_INVALID, "line %zu is of a kind that no bundle has", r->facts.lines);
    return OK;
}

enum err bundle_reader_end(struct scope *sc, struct bundle_reader *r, struct bundle_facts *out)
{
    if (!r->manifest.n)
        return FAIL(sc, ERR_INVALID, "the bundle ends before its manifest");
    if (!r->is_signed)
        return FAIL(sc, ERR_INVALID, "the bundle ends before its signature");
    *out = r->facts;
    return OK;
}
