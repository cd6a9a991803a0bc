#include "x12/x12_int.h"

/* HL loops stand in a row, and each names its parent. */

struct levels {
    struct arena *arena;
    struct x12_set *set;
    struct x12_node **slots; /* by number; a power of two, never full */
    size_t mask;
};

void x12_append(struct x12_node *to, struct x12_node *n)
{
    n->next = NULL;
    if (to->last)
        to->last->next = n;
    else
        to->first = n;
    to->last = n;
}

static void tell(const struct levels *l, const struct x12_node *n, uint16_t element)
{
    x12_fault_add(l->arena, &l->set->faults,
                  &(struct x12_fault){.level = X12_ELEMENT,
                                      .code = "7",
                                      .rejects = true,
                                      .segment = n->segment->id,
                                      .at = n->at,
                                      .element = element,
                                      .value = x12_element(n->segment, element)});
}

static struct x12_node **slot_of(const struct levels *l, struct str number)
{
    uint64_t hash = 1469598103934665603u;

    for (size_t i = 0; i < number.n; i++)
        hash = (hash ^ (unsigned char)number.p[i]) * 1099511628211u;
    for (size_t i = hash & l->mask;; i = (i + 1) & l->mask)
        if (!l->slots[i] || str_equal(x12_element(l->slots[i]->segment, 1), number))
            return &l->slots[i];
}

/* Where it belongs: only what came before can be a parent, so that there is no ring. */
static struct x12_node *parent_of(const struct levels *l, struct x12_node *root, struct x12_node *n)
{
    struct str number = x12_element(n->segment, 2);
    struct x12_node *parent = number.n ? *slot_of(l, number) : NULL;

    if (number.n && (!parent || parent->depth + 1 >= X12_HL_DEPTH_MAX)) {
        tell(l, n, 2);
        return root;
    }
    if (!parent)
        return root;
    n->depth = (uint8_t)(parent->depth + 1);
    return parent;
}

static bool is_level(const struct x12_node *n)
{
    return n->rule && strcmp(n->rule->id, "HL") == 0;
}

void x12_nest(struct arena *a, struct x12_set *set)
{
    struct x12_node *root = ARENA_NEW(a, struct x12_node), *next;
    struct levels l = {.arena = a, .set = set, .mask = 15};
    size_t n = 0;

    for (const struct x12_node *i = set->root->first; i; i = i->next)
        n += is_level(i);
    if (n == 0)
        return;
    while (l.mask < 2 * n)
        l.mask = 2 * l.mask + 1;
    l.slots = ARENA_ARRAY(a, struct x12_node *, l.mask + 1);
    for (struct x12_node *i = set->root->first; i; i = next) {
        struct x12_node **slot = is_level(i) ? slot_of(&l, x12_element(i->segment, 1)) : NULL;

        next = i->next;
        x12_append(slot ? parent_of(&l, root, i) : root, i);
        if (slot && *slot)
            tell(&l, i, 1);
        else if (slot)
            *slot = i;
    }
    set->root = root;
}
