#include <stdlib.h>
#include <string.h>

#include "json/doc_int.h"

static int by_name(const void *a, const void *b)
{
    const struct doc *x = *(const struct doc *const *)a, *y = *(const struct doc *const *)b;
    int order = memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);

    return order ? order : (x->n > y->n) - (x->n < y->n);
}

static void put_object(struct arena *a, struct buf *out, const struct doc *d)
{
    const struct doc **names = ARENA_ARRAY(a, const struct doc *, d->n + 1);

    for (size_t i = 0; i < d->n; i++)
        names[i] = &d->children[2 * i];
    qsort(names, d->n, sizeof(*names), by_name);
    buf_c(out, '{');
    for (size_t i = 0; i < d->n; i++) {
        if (i)
            buf_c(out, ',');
        json_put_text(out, doc_text(names[i]));
        buf_c(out, ':');
        doc_write_sorted(a, out, names[i] + 1);
    }
    buf_c(out, '}');
}

static void put_array(struct arena *a, struct buf *out, const struct doc *d)
{
    buf_c(out, '[');
    for (size_t i = 0; i < d->n; i++) {
        if (i)
            buf_c(out, ',');
        doc_write_sorted(a, out, &d->children[i]);
    }
    buf_c(out, ']');
}

/* Calls itself once a level, and a document has at most DOC_DEPTH_MAX of them. */
void doc_write_sorted(struct arena *a, struct buf *out, const struct doc *d)
{
    if (doc_kind(d) == DOC_OBJECT)
        put_object(a, out, d);
    else if (doc_kind(d) == DOC_ARRAY)
        put_array(a, out, d);
    else
        doc_write(out, d);
}
