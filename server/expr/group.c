#include "expr/expr_int.h"

/* { name: value }: over one item an object, over many a grouping: the items whose names agree stand together, and each
 * name's value is evaluated on them. And ^( ): sorting.
 */

#define PLAIN_MAX 64 /* names that are compared each with each */

struct group {
    struct doc name;
    uint32_t pair;
    struct list items;
    bool started, many;
};

struct groups {
    struct run *r;
    const struct node *object;
    struct group *v;
    uint32_t n, cap;
    struct members index; /* of names to places in v */
};

static struct group *group_of(struct groups *g, struct doc name, uint32_t pair)
{
    struct doc *place = members_put(&g->index, name);

    if (!is_absent(*place)) {
        struct group *found = &g->v[place->integer];

        if (found->pair != pair)
            raise_value(g->r, g->object->at, "D1009", NULL, name);
        return found;
    }
    if (g->n == g->cap) {
        uint32_t cap = g->cap ? 2 * g->cap : 8;
        struct group *more = take(g->r, cap * sizeof(*more));

        if (g->n)
            memcpy(more, g->v, g->n * sizeof(*more));
        g->v = more;
        g->cap = cap;
    }
    *place = doc_make_int(g->n);
    g->v[g->n] = (struct group){.name = name, .pair = pair, .items = {.r = g->r}};
    return &g->v[g->n++];
}

static struct doc name_of(struct run *r, const struct node *object, uint32_t pair, struct doc item, struct frame *env)
{
    struct doc name = evaluate(r, object->list[2 * pair], item, env);

    if (!is_absent(name) && !is_text(name))
        raise_value(r, object->at, "T1003", NULL, name);
    if (is_text(name) && (str_is(text_of(name), "_jsonata_lambda") || str_is(text_of(name), "_jsonata_function")))
        raise_value(r, object->at, "D1013", NULL, name);
    return name;
}

/* Items are joined as $append joins: a list that is an item becomes part of the whole, the first one too. */
static void add_item(struct group *to, struct doc item)
{
    if (to->started && !to->many && is_array(to->items.v[0])) {
        struct doc first = to->items.v[0];

        to->items.n = 0;
        list_add_all(&to->items, first.children, first.n);
    }
    to->many = to->started;
    to->started = true;
    if (to->many && is_array(item))
        list_add_all(&to->items, item.children, item.n);
    else
        list_add(&to->items, item);
}

static struct doc joined(const struct group *g)
{
    return g->many ? list_doc(&g->items, 0) : g->items.v[0];
}

/* Of tuples whose names agree: each name's values joined. */
static struct doc reduced(struct run *r, const struct group *g, struct frame *env, struct frame **own)
{
    struct doc at = ABSENT;
    struct frame *f = frame_new(r, env);

    for (uint32_t i = 0; i < g->items.n; i++) {
        const struct tuple *t = tuple_of(g->items.v[i]);

        at = i ? append(r, at, t->at) : t->at;
        for (uint32_t k = 0; k < t->n; k++) {
            struct doc so_far = ABSENT;

            for (uint32_t b = 0; b < f->n; b++)
                if (name_same(f->v[b].name, t->v[k].name))
                    so_far = f->v[b].value;
            frame_bind(r, f, t->v[k].name, append(r, so_far, t->v[k].value));
        }
    }
    *own = f;
    return at;
}

static struct doc values_of(struct groups *g, struct frame *env, bool tuples)
{
    struct members out;

    members_init(&out, g->r);
    for (uint32_t i = 0; i < g->n; i++) {
        struct frame *own = env;
        struct doc context = tuples ? reduced(g->r, &g->v[i], env, &own) : joined(&g->v[i]);
        struct doc v = evaluate(g->r, g->object->list[2 * g->v[i].pair + 1], context, own);

        if (!is_absent(v))
            *members_put(&out, g->v[i].name) = v;
    }
    return members_doc(&out);
}

static bool names_are_literals(const struct node *object)
{
    for (uint32_t i = 0; i < object->n; i += 2)
        if (object->list[i]->kind != NODE_LITERAL || !is_text(object->list[i]->value) ||
            (object->list[i]->value.n > 8 && memcmp(object->list[i]->value.text, "_jsonata", 8) == 0))
            return false;
    return true;
}

/* The common case: an object with known names, not many, of one item. */
static struct doc plain_object(struct run *r, const struct node *object, struct doc input, struct frame *env)
{
    struct members out;

    members_init(&out, r);
    for (uint32_t i = 0; i < object->n; i += 2)
        for (uint32_t k = 0; k < i; k += 2)
            if (str_equal(text_of(object->list[i]->value), text_of(object->list[k]->value)))
                raise_value(r, object->at, "D1009", NULL, object->list[i]->value);
    for (uint32_t i = 0; i < object->n; i += 2) {
        struct doc v = evaluate(r, object->list[i + 1], input, env);

        if (!is_absent(v))
            *members_put(&out, object->list[i]->value) = v;
    }
    return members_doc(&out);
}

struct doc evaluate_group(struct run *r, const struct node *object, struct doc input, struct frame *env)
{
    struct groups g = {.r = r, .object = object};
    bool tuples = is_array(input) && (input.flags & TUPLES);
    struct doc one = input;

    if (!is_array(input) && object->n <= 2 * PLAIN_MAX && names_are_literals(object))
        return plain_object(r, object, input, env);
    if (!is_array(input))
        input = (struct doc){.children = &one, .n = 1, .kind = DOC_ARRAY};
    if (input.n == 0 && !tuples) {
        one = ABSENT;
        input = (struct doc){.children = &one, .n = 1, .kind = DOC_ARRAY};
    }
    members_init(&g.index, r);
    for (uint32_t i = 0; i < input.n; i++) {
        struct doc item = input.children[i];
        bool is_tuple = item.kind == VALUE_TUPLE;
        struct frame *own = is_tuple ? frame_of_tuple(r, env, tuple_of(item)) : env;

        for (uint32_t pair = 0; 2 * pair < object->n; pair++) {
            struct doc name = name_of(r, object, pair, is_tuple ? tuple_of(item)->at : item, own);

            if (!is_absent(name))
                add_item(group_of(&g, name, pair), item);
        }
    }
    return values_of(&g, env, tuples);
}

/* ---- sorting ---- */

static void merge(struct run *r, struct doc *v, struct doc *room, const uint32_t ends[3], sort_after *after, void *arg)
{
    uint32_t left = ends[0], right = ends[1], to = ends[0];

    while (left < ends[1] && right < ends[2])
        room[to++] = after(r, v[left], v[right], arg) ? v[right++] : v[left++];
    while (left < ends[1])
        room[to++] = v[left++];
    while (right < ends[2])
        room[to++] = v[right++];
    memcpy(v + ends[0], room + ends[0], (ends[2] - ends[0]) * sizeof(*v));
}

static void sort_part(struct run *r, struct doc *v, struct doc *room, const uint32_t ends[2], sort_after *after,
                      void *arg)
{
    uint32_t middle = ends[0] + (ends[1] - ends[0]) / 2;

    if (ends[1] - ends[0] < 2)
        return;
    sort_part(r, v, room, (const uint32_t[2]){ends[0], middle}, after, arg);
    sort_part(r, v, room, (const uint32_t[2]){middle, ends[1]}, after, arg);
    merge(r, v, room, (const uint32_t[3]){ends[0], middle, ends[1]}, after, arg);
}

/* Stable. */
void sort_values(struct run *r, struct doc *v, uint32_t n, sort_after *after, void *arg)
{
    struct doc *room = take(r, n * sizeof(*room));

    sort_part(r, v, room, (const uint32_t[2]){0, n}, after, arg);
}

struct sorting {
    const struct node *node;
    struct frame *env;
};

static struct doc term_of(struct run *r, const struct node *term, struct doc item, struct frame *env)
{
    if (item.kind == VALUE_TUPLE)
        return evaluate(r, term->a, tuple_of(item)->at, frame_of_tuple(r, env, tuple_of(item)));
    return evaluate(r, term->a, item, env);
}

static int order_by(struct run *r, const struct node *term, struct doc a, struct doc b, uint32_t at)
{
    int order;

    if (is_absent(a) || is_absent(b)) /* last, whichever way the others go */
        return is_absent(a) && is_absent(b) ? 0 : is_absent(a) ? 1 : -1;
    if (!(is_text(a) || is_number(a)) || !(is_text(b) || is_number(b)))
        raise_value(r, at, "T2008", NULL, is_text(a) || is_number(a) ? b : a);
    if (is_text(a) != is_text(b))
        raise_value(r, at, "T2007", NULL, a);
    charge(r, is_text(a) ? a.n >> 4 : 0);
    order = is_text(a) ? text_compare(text_of(a), text_of(b)) : number_compare(a, b);
    return term->descending ? -order : order;
}

static bool stands_behind(struct run *r, struct doc a, struct doc b, void *arg)
{
    const struct sorting *s = arg;

    for (uint32_t i = 0; i < s->node->n; i++) {
        const struct node *term = s->node->list[i];
        int order = order_by(r, term, term_of(r, term, a, s->env), term_of(r, term, b, s->env), s->node->at);

        if (order)
            return order > 0;
    }
    return false;
}

struct doc evaluate_sort(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct list out = {.r = r};

    if (!is_array(input) || input.n < 2)
        return input;
    list_add_all(&out, input.children, input.n);
    sort_values(r, out.v, out.n, stands_behind, &(struct sorting){n, env});
    return list_doc(&out, input.flags & (SEQUENCE | TUPLES));
}
