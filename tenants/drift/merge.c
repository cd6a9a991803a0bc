#include "drift/drift_int.h"

static void merge_magnitude(struct drift_shape *into, struct node *x, const struct magnitude *from)
{
    if (!from)
        return;
    if (!x->magnitude && shape_spend(into, COST_MAGNITUDE))
        x->magnitude = ARENA_NEW(into->keep, struct magnitude);
    if (!x->magnitude)
        return;
    for (int b = 0; b < BINS; b++) {
        uint16_t n = from->count[b] / 2 + x->magnitude->count[b] / 2; /* neither weighs more than it may alone */

        if (from->total + x->magnitude->total < UINT16_MAX / 4)
            n = from->count[b] + x->magnitude->count[b];
        x->magnitude->count[b] = n;
    }
    x->magnitude->total = 0;
    for (int b = 0; b < BINS; b++)
        x->magnitude->total += x->magnitude->count[b];
    x->magnitude->seen += from->seen;
    x->magnitude->compared += from->compared;
    x->magnitude->ups += from->ups;
    x->magnitude->stale = UINT16_MAX;
}

static void merge_words(struct drift_shape *into, struct node *x, const struct node *from)
{
    if (from->wordless) {
        x->wordless = true;
        x->words = NULL;
    }
    for (uint32_t i = 0; from->words && i < from->words->n && !x->wordless; i++)
        words_add(into, x, &from->words->v[i]);
}

static void merge_node(struct drift_shape *into, uint32_t i, const struct node *from)
{
    struct node *x = &into->nodes[i];

    x->n += from->n;
    x->absent += from->absent;
    x->parents += from->parents;
    x->with += from->with;
    x->filled += from->filled;
    x->objects += from->objects;
    x->wide |= from->wide;
    if (from->burst > x->burst)
        x->burst = from->burst;
    for (enum form f = FORM_BOOL; f < FORMS; f++) {
        x->form_n[f] += from->form_n[f];
        if (from->form_n[f] && !from->form_born[f])
            x->form_born[f] = 0;
    }
    merge_words(into, x, from);
    merge_magnitude(into, x, from->magnitude);
}

/* The node of `into` for each of `from`, made where there is none. */
static uint32_t like(struct drift_shape *into, const uint32_t *of, const struct node *from)
{
    uint32_t parent = of[from->parent], i, before = into->n;

    if (parent == NONE)
        return NONE;
    i = shape_child(into, parent, (struct str){from->name, from->name_n}, from->item);
    if (i != NONE && into->n > before)
        into->nodes[i].born = 0;
    return i;
}

/* What only `into` knows was absent in all that `from` has seen. */
static void miss(struct drift_shape *into, const struct drift_shape *from, const uint32_t *of, uint32_t parent)
{
    for (uint32_t i = into->nodes[of[parent]].first; i != NONE; i = into->nodes[i].next) {
        bool met = false;

        for (uint32_t k = from->nodes[parent].first; k != NONE && !met; k = from->nodes[k].next)
            met = of[k] == i;
        if (met || into->nodes[i].item)
            continue;
        into->nodes[i].n += from->nodes[parent].objects;
        into->nodes[i].absent += from->nodes[parent].objects;
    }
}

void drift_shape_merge(struct drift_shape *into, const struct drift_shape *from)
{
    struct arena *a = arena_new();
    uint32_t *of = ARENA_ARRAY(a, uint32_t, from->n);

    for (uint32_t i = 1; i < from->n; i++)
        of[i] = like(into, of, &from->nodes[i]);
    for (uint32_t i = 0; i < from->n; i++) {
        if (of[i] == NONE)
            continue;
        miss(into, from, of, i);
        merge_node(into, of[i], &from->nodes[i]);
    }
    into->payloads += from->payloads;
    into->more |= from->more;
    arena_free(a);
}
