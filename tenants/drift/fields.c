#include <math.h>

#include "drift/drift_int.h"

#define KINDS_MAX 512

static const char *kinds_of(struct arena *a, const struct node *x)
{
    struct buf b;

    buf_init(&b, a, KINDS_MAX);
    forms_put(&b, forms_usual(x));
    return buf_cstr(&b);
}

static const char *range_of(struct arena *a, const struct node *x)
{
    const struct magnitude *m = x->magnitude;

    if (!m || !m->total || magnitude_is_serial(m))
        return NULL;
    return arena_f(a, "about %.3g to %.3g", pow(10, magnitude_at(m, 0.01)), pow(10, magnitude_at(m, 0.99)));
}

static void words_of(struct arena *a, const struct node *x, struct drift_field *out)
{
    if (!words_are_list(x))
        return;
    out->words = ARENA_ARRAY(a, const char *, x->words->n);
    for (uint32_t i = 0; i < x->words->n; i++)
        if (!x->words->v[i].born)
            out->words[out->word_count++] = arena_strndup(a, x->words->v[i].p, x->words->v[i].n);
}

/* A list's items stand under its own path: objects among them are told by their fields. */
static bool is_told(const struct node *x)
{
    return !x->item || !x->objects;
}

void drift_shape_fields(struct arena *a, const struct drift_shape *s, struct drift_field **out, size_t *out_n)
{
    size_t n = 0;

    *out = ARENA_ARRAY(a, struct drift_field, s->n);
    for (uint32_t i = 1; i < s->n; i++) {
        const struct node *x = &s->nodes[i];
        struct drift_field *f = &(*out)[n];

        if (!is_told(x))
            continue;
        n++;
        f->path = shape_path(a, s, i);
        f->kinds = kinds_of(a, x);
        f->present = x->item ? 1000 : x->n ? (uint32_t)((uint64_t)1000 * (x->n - x->absent) / x->n) : 0;
        f->range = range_of(a, x);
        f->bearing = x->bearing;
        f->open = x->open != 0;
        f->leaf = x->first == NONE;
        f->wide = x->wide;
        words_of(a, x, f);
    }
    *out_n = n;
}
