#include "x12/x12_int.h"

/* A set's segments by its structure. Each segment goes to the next place that takes it: behind the last one in the
 * innermost loop, a new round of that loop, and so outwards; else to one that is full; else to one before the last;
 * both are told, and the latter does not reject. */

struct frame {
    struct x12_node *node;
    uint32_t first, end,
        cursor; /* rules side by side that are looked at: from first to end; where the last one stands */
    uint32_t counts[X12_WIDE_MAX];
};

struct x12_placer {
    struct arena *arena;
    const struct x12_structure *st;
    struct x12_set *set;
    struct frame frames[X12_LEVELS_MAX + 1];
    unsigned depth;
    uint32_t at;
};

static void tell(struct x12_placer *p, const char *code, struct str id, bool rejects)
{
    const struct x12_rule *loop = p->depth ? p->frames[p->depth].node->rule : NULL;

    x12_fault_add(p->arena, &p->set->faults,
                  &(struct x12_fault){.level = X12_SEGMENT,
                                      .code = code,
                                      .rejects = rejects,
                                      .segment = id,
                                      .loop = loop ? loop->id : NULL,
                                      .at = p->at});
}

static struct x12_node *add(struct x12_placer *p, struct x12_node *to, const struct x12_rule *rule)
{
    struct x12_node *n = ARENA_NEW(p->arena, struct x12_node);

    *n = (struct x12_node){.rule = rule, .segment = &p->set->segments[p->at - 1], .at = p->at};
    x12_append(to, n);
    return n;
}

static void open(struct x12_placer *p, struct x12_node *node, uint32_t first, uint32_t end)
{
    struct frame *f = &p->frames[++p->depth];

    *f = (struct frame){.node = node, .first = first, .end = end, .cursor = first};
}

static void close(struct x12_placer *p)
{
    struct frame *f = &p->frames[p->depth];

    for (uint32_t i = f->first; i < f->end; i = p->st->rules[i].end)
        if (p->st->rules[i].needed && f->counts[p->st->rules[i].place] == 0)
            tell(p, "3", str_of(p->st->rules[i].id), true);
    p->depth--;
}

enum reach { ROOM, BEHIND, ANYWHERE }; /* of a place: with room left, or full, behind the last one, or before it too */

/* The place in one loop; the end when it has none. No two side by side have the same id. */
static uint32_t seek(const struct x12_placer *p, const struct frame *f, enum reach reach, struct str id)
{
    uint32_t i = reach == ANYWHERE ? f->first : f->cursor;

    while (i < f->end && !str_is(id, p->st->rules[i].id))
        i = p->st->rules[i].end;
    if (i < f->end && reach == ROOM && f->counts[p->st->rules[i].place] >= p->st->rules[i].max)
        return f->end;
    return i;
}

static void take(struct x12_placer *p, uint32_t i)
{
    struct frame *f = &p->frames[p->depth];
    const struct x12_rule *r = &p->st->rules[i];
    struct x12_node *n = add(p, f->node, r);

    if (f->counts[r->place]++ == r->max)
        tell(p, r->loop ? "4" : "5", n->segment->id, true);
    if (i > f->cursor)
        f->cursor = i;
    if (r->loop)
        open(p, n, i + 1, r->end);
}

/* The depth of the loop that takes it, 0 when none does. */
static unsigned search(const struct x12_placer *p, struct str id, enum reach reach, uint32_t *out)
{
    for (unsigned d = p->depth; d > 0; d--) {
        const struct frame *f = &p->frames[d];

        *out = seek(p, f, reach, id);
        if (*out < f->end)
            return d;
    }
    return 0;
}

static bool in_set(const struct x12_placer *p, struct str id)
{
    for (uint32_t i = 0; i < p->st->n; i++)
        if (str_is(id, p->st->rules[i].id))
            return true;
    return false;
}

static void misplaced(struct x12_placer *p, struct str id, struct x12_node *root)
{
    const char *code = in_set(p, id) ? "2" : x12_segment_known(id) ? "6" : "1";

    add(p, root, NULL);
    tell(p, code, id, true);
}

static void place(struct x12_placer *p, struct str id, struct x12_node *root)
{
    enum reach reach = ROOM;
    unsigned depth;
    uint32_t rule;

    while (!(depth = search(p, id, reach, &rule)) && reach < ANYWHERE)
        reach++;
    if (!depth) {
        misplaced(p, id, root);
        return;
    }
    while (p->depth > depth)
        close(p);
    if (reach == ANYWHERE)
        tell(p, "7", id, false); /* what it means is plain: it has no other place */
    take(p, rule);
}

struct x12_placer *x12_placer_new(struct arena *a)
{
    struct x12_placer *p = ARENA_NEW(a, struct x12_placer);

    p->arena = a;
    return p;
}

void x12_place(struct x12_placer *p, const struct x12_structure *st, struct x12_set *set)
{
    struct x12_node *root = ARENA_NEW(p->arena, struct x12_node);

    p->st = st;
    p->set = set;
    p->depth = 0;
    p->at = 1;
    open(p, root, 0, st->n);
    /* The first is the ST; the last, where it is there, the SE. */
    for (p->at = 2; p->at <= set->n; p->at++)
        if (p->at < set->n || !str_is(set->segments[p->at - 1].id, "SE"))
            place(p, set->segments[p->at - 1].id, root);
    p->at = (uint32_t)set->n;
    while (p->depth > 0)
        close(p);
    set->root = root;
    x12_nest(p->arena, set);
}
