#include "base/money.h"
#include "canon/schema_int.h"

struct decimal canon_number(const struct doc *d, const char *name)
{
    struct decimal v = decimal_of(0);

    (void)canon_decimal(doc_text(doc_get(d, name)), &v);
    return v;
}

bool canon_has(const struct doc *d, const char *name)
{
    return doc_kind(doc_get(d, name)) != DOC_NULL;
}

bool canon_list_sum(const struct doc *list, const char *name, struct decimal *sum)
{
    for (size_t i = 0; i < doc_count(list); i++)
        if (!decimal_add(*sum, canon_number(doc_at(list, i), name), sum))
            return false;
    return true;
}

void canon_too_large(struct canon_walk *w, const char *pointer)
{
    canon_fault_at(w, pointer, "out_of_range", "is made of amounts that are too large");
}

const char *canon_amount_text(struct canon_walk *w, struct decimal v)
{
    char text[DECIMAL_TEXT_MAX];

    v = decimal_trim(v);
    if (v.scale < w->digits)
        (void)decimal_round(v, (uint8_t)w->digits, ROUND_HALF_EVEN, &v);
    decimal_format(v, text);
    return arena_strdup(w->arena, text);
}

void canon_same(struct canon_walk *w, const char *pointer, struct decimal said, struct decimal made, const char *parts)
{
    if (decimal_compare(said, made) != 0)
        canon_fault_at(w, pointer, "does_not_add_up", "is %s, but %s %s", canon_amount_text(w, said), parts,
                       canon_amount_text(w, made));
}
