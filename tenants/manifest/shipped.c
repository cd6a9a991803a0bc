#include "manifest/manifest_int.h"

#define SHIPPED_MAX 64

static struct scope *keeping; /* what the documents and what is made of them lie in, until the process ends */
static const struct connector *shipped[SHIPPED_MAX + 1];
static size_t shipped_count;

static enum err one(struct scope *sc, const struct manifest_shipped *s)
{
    const struct doc *d;
    struct manifest *m;
    enum err e = doc_parse(keeping, (struct str){s->text, s->n}, &d);
    const struct fault *f = scope_fault(keeping);

    if (e == OK)
        e = manifest_compile(keeping, keeping->arena, d, &m);
    if (e != OK)
        return FAIL(sc, ERR_INTERNAL, "the manifest %s: %s%s%s%s", s->name, f->message, f->items ? ": " : "",
                    f->items ? f->items->pointer : "", f->items ? arena_f(sc->arena, " %s", f->items->detail) : "");
    MUST_BE(shipped_count < SHIPPED_MAX);
    shipped[shipped_count++] = manifest_connector(m);
    return OK;
}

enum err manifest_shipped(struct scope *sc, const struct connector *const **out, size_t *out_n)
{
    if (!keeping) {
        keeping = scope_new();
        for (size_t i = 0; i < manifest_shipped_count; i++)
            TRY(sc, one(sc, &manifest_shipped_table[i]));
    }
    *out = shipped;
    *out_n = shipped_count;
    return OK;
}
