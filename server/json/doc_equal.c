#include "json/doc_int.h"

static bool same_number(const struct doc *a, const struct doc *b)
{
    char room_a[DOC_REAL_MAX], room_b[DOC_REAL_MAX];
    struct doc_exact x, y;

    if (a->kind == DOC_INT && b->kind == DOC_INT) /* each has one way to be written */
        return doc_same_text(a, b);
    doc_exact_of(a, room_a, &x);
    doc_exact_of(b, room_b, &y);
    return doc_exact_equal(&x, &y);
}

static bool same_value(const struct doc *a, const struct doc *b, size_t depth);

static bool same_items(const struct doc *a, const struct doc *b, size_t depth)
{
    for (size_t i = 0; i < a->n; i++)
        if (!same_value(&a->children[i], &b->children[i], depth))
            return false;
    return true;
}

/* Of as many names on both sides, none of which stands twice. */
static bool same_members(const struct doc *a, const struct doc *b, size_t depth)
{
    CLEANUP(doc_names_dispose) struct doc_names names = {.object = b};

    for (size_t i = 0; i < 2 * (size_t)a->n; i += 2) {
        const struct doc *value = doc_names_find(&names, &a->children[i]);

        if (!value || !same_value(&a->children[i + 1], value, depth))
            return false;
    }
    return true;
}

static bool same_container(const struct doc *a, const struct doc *b, size_t depth)
{
    if (a->n != b->n || depth == DOC_DEPTH_MAX)
        return false;
    if (a->children == b->children) /* a copy */
        return true;
    return a->kind == DOC_OBJECT ? same_members(a, b, depth + 1) : same_items(a, b, depth + 1);
}

/* Calls itself once a level. */
static bool same_value(const struct doc *a, const struct doc *b, size_t depth)
{
    if (doc_is_number(a))
        return doc_is_number(b) && same_number(a, b);
    if (a->kind != b->kind)
        return false;
    if (a->kind == DOC_TEXT)
        return doc_same_text(a, b);
    if (a->kind == DOC_ARRAY || a->kind == DOC_OBJECT)
        return same_container(a, b, depth);
    return a->kind < DOC_OTHER || a->other == b->other;
}

bool doc_equal(const struct doc *a, const struct doc *b)
{
    static const struct doc nothing = {.kind = DOC_NULL};

    return same_value(a ? a : &nothing, b ? b : &nothing, 0);
}
