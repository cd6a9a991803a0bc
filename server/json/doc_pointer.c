#include "json/doc_int.h"

/* Is the name what this step of a pointer means, "~1" being a slash and "~0" a tilde? */
static bool means(const char *step, size_t n, const struct doc *name)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++, k++) {
        char c = step[i];

        if (c == '~') {
            if (++i == n || (step[i] != '0' && step[i] != '1'))
                return false;
            c = step[i] == '0' ? '~' : '/';
        }
        if (k >= name->n || name->text[k] != c)
            return false;
    }
    return k == name->n;
}

static const struct doc *pointed(const struct doc *d, const char *step, size_t n)
{
    if (doc_kind(d) == DOC_ARRAY)
        return doc_at(d, doc_index_of(step, n));
    for (size_t i = 0; i < doc_count(d); i++)
        if (means(step, n, &d->children[2 * i]))
            return &d->children[2 * i + 1];
    return NULL;
}

const struct doc *doc_pointer(const struct doc *d, const char *pointer)
{
    while (d && *pointer) {
        size_t n;

        if (*pointer++ != '/')
            return NULL;
        n = strcspn(pointer, "/");
        d = pointed(d, pointer, n);
        pointer += n;
    }
    return d;
}

void doc_pointer_put(struct buf *out, struct str name)
{
    const char *p = name.p, *end = name.n ? p + name.n : p;

    buf_c(out, '/');
    while (p < end) {
        size_t n = 0;

        while (p + n < end && p[n] != '~' && p[n] != '/')
            n++;
        buf_add(out, p, n);
        p += n;
        if (p < end)
            buf_s(out, *p++ == '~' ? "~0" : "~1");
    }
}

void doc_pointer_put_index(struct buf *out, size_t i)
{
    buf_c(out, '/');
    buf_u64(out, i);
}
