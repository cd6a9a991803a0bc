#include <string.h>

#include "base/money.h"
#include "canon/schema_int.h"
#include "json/doc_value.h"

/* Sources and expressions tell numbers where a canonical document has texts. What changes nothing of the value is done
 * here; rounding is the mapping's business. */

static bool shape_convert(struct arena *a, const struct canon_shape *shape, const struct doc *d, struct doc *out);

static bool is_number(const struct doc *v)
{
    return doc_kind(v) == DOC_INT || doc_kind(v) == DOC_NUMBER;
}

/* "1e2" is 100 as well. */
static bool to_decimal(struct arena *a, const struct doc *v, struct doc *out)
{
    char text[DECIMAL_TEXT_MAX];
    struct decimal d;

    if (!is_number(v) || !doc_decimal(v, &d))
        return false;
    decimal_format(d, text);
    *out = doc_make_text(str_of(arena_strdup(a, text)));
    return true;
}

/* An id that is an integer: exact up to 64 bits. */
static bool to_key(struct arena *a, const struct doc *v, struct doc *out)
{
    int64_t n;

    if (!doc_int(v, &n))
        return false;
    *out = doc_make_text(str_of(arena_f(a, "%lld", (long long)n)));
    return true;
}

static bool list_convert(struct arena *a, const struct canon_shape *shape, const struct doc *d, struct doc *out)
{
    struct doc *copy = NULL, item;

    for (size_t i = 0; i < doc_count(d); i++) {
        if (!shape_convert(a, shape, &d->children[i], &item))
            continue;
        if (!copy)
            copy = arena_memdup(a, d->children, d->n * sizeof(*d));
        copy[i] = item;
    }
    if (copy)
        *out = doc_make_array(copy, d->n);
    return copy != NULL;
}

bool canon_convert(struct arena *a, const struct canon_field *f, const struct doc *v, struct doc *out)
{
    switch ((enum canon_kind)f->kind) {
    case CANON_QUANTITY:
    case CANON_RATE:
    case CANON_PRICE:
    case CANON_MONEY:
        return to_decimal(a, v, out);
    case CANON_KEY:
    case CANON_TEXT:
        return to_key(a, v, out);
    case CANON_OBJECT:
        return shape_convert(a, f->of, v, out);
    case CANON_LIST:
        return doc_kind(v) == DOC_ARRAY && list_convert(a, f->of, v, out);
    default:
        return false;
    }
}

static const struct canon_field *named(const struct canon_shape *shape, const struct doc *name)
{
    for (size_t i = 0; i < shape->n; i++)
        if (shape->fields[i].name_n == name->n && memcmp(shape->fields[i].name, name->text, name->n) == 0)
            return &shape->fields[i];
    return NULL;
}

static bool shape_convert(struct arena *a, const struct canon_shape *shape, const struct doc *d, struct doc *out)
{
    struct doc *copy = NULL, value;

    if (doc_kind(d) != DOC_OBJECT)
        return false;
    for (size_t i = 0; i < d->n; i++) {
        const struct canon_field *f = named(shape, &d->children[2 * i]);

        if (!f || !canon_convert(a, f, &d->children[2 * i + 1], &value))
            continue;
        if (!copy)
            copy = arena_memdup(a, d->children, 2 * (size_t)d->n * sizeof(*d));
        copy[2 * i + 1] = value;
    }
    if (copy)
        *out = doc_make_object(copy, d->n);
    return copy != NULL;
}
