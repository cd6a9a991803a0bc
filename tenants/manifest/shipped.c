#include <pthread.h>
#include <string.h>

#include "manifest/manifest_int.h"

#define SHIPPED_MAX 64

static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER; /* what follows is read and changed under it */
static struct scope *keeping; /* what the documents and what is made of them lie in, until the process ends */
static const struct connector *shipped[SHIPPED_MAX + 1]; /* as the table; NULL: not asked for yet */

static enum err make(struct scope *sc, const struct manifest_shipped *s, const struct connector **out)
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
    if (strcmp(manifest_connector(m)->name, s->name) != 0)
        return FAIL(sc, ERR_INTERNAL, "the manifest %s lies in the folder of %s", manifest_connector(m)->name, s->name);
    *out = manifest_connector(m);
    return OK;
}

/* The i-th of the table, made if it is not yet. */
static enum err one(struct scope *sc, size_t i)
{
    MUST_BE(manifest_shipped_count <= SHIPPED_MAX);
    if (!keeping)
        keeping = scope_new();
    return shipped[i] ? OK : make(sc, &manifest_shipped_table[i], &shipped[i]);
}

enum err manifest_shipped_find(struct scope *sc, const char *name, const struct connector **out)
{
    enum err e = OK;
    size_t i = 0;

    while (i < manifest_shipped_count && strcmp(manifest_shipped_table[i].name, name) != 0)
        i++;
    pthread_mutex_lock(&making);
    if (i < manifest_shipped_count)
        e = one(sc, i);
    if (e == OK)
        *out = i < manifest_shipped_count ? shipped[i] : NULL;
    pthread_mutex_unlock(&making);
    return e;
}

enum err manifest_shipped(struct scope *sc, const struct connector *const **out, size_t *out_n)
{
    enum err e = OK;

    pthread_mutex_lock(&making);
    for (size_t i = 0; e == OK && i < manifest_shipped_count; i++)
        e = one(sc, i);
    pthread_mutex_unlock(&making);
    if (e != OK)
        return e;
    *out = shipped;
    *out_n = manifest_shipped_count;
    return OK;
}
