#include <string.h>

#include "audit/audit_int.h"

static bool text_is(const struct doc *d, const char *member, const char *want)
{
    return str_is(doc_text(doc_get(d, member)), want);
}

/* What was signed decides, and not what stands beside it. */
static bool said(struct scope *sc, const struct doc *d, struct audit_witness *out)
{
    int64_t version;
    size_t n;

    out->partner = doc_cstr(sc->arena, doc_get(d, "partner_id"));
    return text_is(d, "type", "audit.checkpoint") && out->partner && doc_int(doc_get(d, "hash_version"), &version) &&
           version == AUDIT_HASH_VERSION && doc_int(doc_get(d, "seq"), &out->seq) && out->seq > 0 &&
           hex_decode(doc_text(doc_get(d, "hash")), out->hash, sizeof(out->hash), &n) && n == sizeof(out->hash);
}

enum err audit_witness_read(struct scope *sc, const struct doc *d, struct audit_witness *out)
{
    struct str text = doc_text(doc_get(d, "signed"));
    struct audit_witness w = {0};
    const struct doc *inner;
    size_t n;

    w.text = (struct str){arena_strndup(sc->arena, text.n ? text.p : "", text.n), text.n};
    TRY(sc, doc_parse(sc, w.text, &inner));
    if (!said(sc, inner, &w) ||
        !base64_decode(doc_text(doc_get(d, "signature")), w.signature, sizeof(w.signature), &n) ||
        n != sizeof(w.signature))
        return FAIL(sc, ERR_INVALID, "a checkpoint in it cannot be read");
    *out = w;
    return OK;
}
