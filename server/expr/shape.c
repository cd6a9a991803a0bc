#include "expr/parse_int.h"

/* From what was written to what is evaluated: paths become lists of steps, predicates go to the steps they belong to,
 * calls in the tail of a lambda become thunks, and % learns which step it means.
 */

static struct node *shape(struct run *r, struct node *n);

static void add_stage(struct run *r, struct stages *to, struct stage s)
{
    to->v = parse_room(r, to->v, to->n, sizeof(s));
    to->v[to->n++] = s;
}

static void seek(struct run *r, struct node *n, struct slot *s)
{
    n->seeking.v = parse_room(r, n->seeking.v, n->seeking.n, sizeof(s));
    n->seeking.v[n->seeking.n++] = s;
}

/* What part looks for above itself, whole looks for. */
static void push_ancestry(struct run *r, struct node *whole, const struct node *part)
{
    for (uint32_t i = 0; part && i < part->seeking.n; i++)
        seek(r, whole, part->seeking.v[i]);
    if (part && part->kind == NODE_PARENT)
        seek(r, whole, part->slot);
}

static void seek_parent(struct run *r, struct node *n, struct slot *s);

static void found_parent(struct node *n, struct slot *s)
{
    if (--s->level)
        return;
    if (n->ancestor)
        s->label = n->ancestor->label;
    n->ancestor = s;
    n->tuple = true;
}

static void seek_parent(struct run *r, struct node *n, struct slot *s)
{
    switch (n->kind) {
    case NODE_NAME:
    case NODE_WILDCARD:
        found_parent(n, s);
        break;
    case NODE_PARENT:
        s->level++;
        break;
    case NODE_BLOCK:
        if (n->n) {
            n->tuple = true;
            seek_parent(r, n->list[n->n - 1], s);
        }
        break;
    case NODE_PATH:
        n->tuple = true;
        seek_parent(r, n->list[n->n - 1], s);
        for (uint32_t i = n->n - 1; s->level > 0 && i > 0; i--)
            seek_parent(r, n->list[i - 1], s);
        break;
    default:
        raise_at(r, n->at, "S0217", NULL);
    }
}

static void resolve_slot(struct run *r, struct node *path, struct slot *slot)
{
    int64_t index = (int64_t)path->n - 2;

    while (slot->level > 0) {
        struct node *step;

        if (index < 0) {
            seek(r, path, slot);
            return;
        }
        step = path->list[index--];
        while (index >= 0 && step->focus && path->list[index]->focus) /* steps that bind one after another are one */
            step = path->list[index--];
        seek_parent(r, step, slot);
    }
}

/* For each thing that the last step looks for: the step before it, and those before that. */
static void resolve_ancestry(struct run *r, struct node *path)
{
    const struct node *last = path->list[path->n - 1];

    for (uint32_t i = 0; i < last->seeking.n; i++)
        resolve_slot(r, path, last->seeking.v[i]);
    if (last->kind == NODE_PARENT)
        resolve_slot(r, path, last->slot);
}

static struct node *path_of(struct run *r, struct node *step)
{
    struct node *path = ARENA_NEW(r->arena, struct node);

    path->kind = NODE_PATH;
    path->from = step->from;
    path->to = step->to;
    path->at = step->at;
    parse_push(r, path, step);
    return path;
}

/* The steps from `from` on, which have just been added. */
static void check_steps(struct run *r, struct node *path, uint32_t from)
{
    for (uint32_t i = from; i < path->n; i++) {
        struct node *step = path->list[i];

        if (step->kind == NODE_LITERAL && !is_text(step->value))
            raise_value(r, step->at, "S0213", NULL, step->value);
        if (step->kind == NODE_LITERAL) {
            struct name *name = ARENA_NEW(r->arena, struct name);

            *name = (struct name){text_of(step->value), name_hash(text_of(step->value))};
            step->kind = NODE_NAME;
            step->name = name;
        }
        path->keep_single |= step->keep_array;
    }
    if (path->list[0]->kind == NODE_ARRAY)
        path->list[0]->constructed = true;
    if (path->list[path->n - 1]->kind == NODE_ARRAY)
        path->list[path->n - 1]->constructed = true;
}

static struct node *shape_dot(struct run *r, struct node *n)
{
    struct node *left = shape(r, n->a), *right;
    struct node *path = left->kind == NODE_PATH ? left : path_of(r, left);
    uint32_t from = left->kind == NODE_PATH ? left->n : 0;

    if (left->kind == NODE_PARENT)
        seek(r, path, left->slot);
    right = shape(r, n->b);
    if (right->kind == NODE_PATH) {
        for (uint32_t i = 0; i < right->n; i++)
            parse_push(r, path, right->list[i]);
    } else {
        if (right->predicates.n) {
            right->stages = right->predicates;
            right->predicates = (struct stages){0};
        }
        parse_push(r, path, right);
    }
    path->from = n->from;
    path->to = n->to;
    path->keep_array |= n->keep_array;
    check_steps(r, path, from);
    resolve_ancestry(r, path);
    return path;
}

static struct node *shape_filter(struct run *r, struct node *n)
{
    struct node *whole = shape(r, n->a), *step = whole, *filter;
    bool in_path = whole->kind == NODE_PATH;

    if (in_path)
        step = whole->list[whole->n - 1];
    if (step->group) /* that of a path is made last, of what the predicate leaves */
        raise_at(r, n->at, "S0209", NULL);
    filter = shape(r, n->b);
    for (uint32_t i = 0; i < filter->seeking.n; i++) {
        if (filter->seeking.v[i]->level == 1)
            seek_parent(r, step, filter->seeking.v[i]);
        else
            filter->seeking.v[i]->level--;
    }
    if (filter->seeking.n)
        push_ancestry(r, step, filter);
    add_stage(r, in_path ? &step->stages : &step->predicates, (struct stage){.filter = filter});
    whole->to = n->to;
    return whole;
}

static struct node *shape_group(struct run *r, struct node *n)
{
    struct node *whole = shape(r, n->a);
    struct node *object;

    if (whole->group)
        raise_at(r, n->at, "S0210", NULL);
    object = ARENA_NEW(r->arena, struct node);
    object->kind = NODE_OBJECT;
    object->at = n->at;
    for (uint32_t i = 0; i < n->n; i++)
        parse_push(r, object, shape(r, n->list[i]));
    whole->group = object;
    whole->to = n->to;
    return whole;
}

static struct node *shape_order(struct run *r, struct node *n)
{
    struct node *path = shape(r, n->a);
    struct node *sort = ARENA_NEW(r->arena, struct node);

    if (path->kind != NODE_PATH)
        path = path_of(r, path);
    sort->kind = NODE_SORT;
    sort->at = n->at;
    sort->from = n->from;
    sort->to = n->to;
    for (uint32_t i = 0; i < n->n; i++) {
        n->list[i]->a = shape(r, n->list[i]->a);
        push_ancestry(r, sort, n->list[i]->a);
        parse_push(r, sort, n->list[i]);
    }
    parse_push(r, path, sort);
    path->to = n->to;
    resolve_ancestry(r, path);
    return path;
}

static struct node *last_step(struct node *whole)
{
    return whole->kind == NODE_PATH ? whole->list[whole->n - 1] : whole;
}

static struct node *shape_focus(struct run *r, struct node *n)
{
    struct node *whole = shape(r, n->a), *step = last_step(whole);

    if (step->stages.n || step->predicates.n)
        raise_at(r, n->at, "S0215", NULL);
    if (step->kind == NODE_SORT)
        raise_at(r, n->at, "S0216", NULL);
    step->keep_array |= n->keep_array;
    step->focus = n->name;
    step->tuple = true;
    return whole;
}

static struct node *shape_index(struct run *r, struct node *n)
{
    struct node *whole = shape(r, n->a), *step = last_step(whole);

    if (whole->kind != NODE_PATH) {
        whole = path_of(r, step);
        step->stages = step->predicates;
        step->predicates = (struct stages){0};
    }
    if (step->stages.n)
        add_stage(r, &step->stages, (struct stage){.index = n->name});
    else
        step->index = n->name;
    step->tuple = true;
    return whole;
}

/* So that a recursion whose call comes last does not grow the stack. */
static struct node *tail(struct run *r, struct node *n)
{
    if (!n)
        return n;
    if (n->kind == NODE_CALL && !n->predicates.n && !n->group) {
        struct node *thunk = ARENA_NEW(r->arena, struct node);

        *thunk = (struct node){.kind = NODE_THUNK, .a = n, .at = n->at, .from = n->from, .to = n->to};
        return thunk;
    }
    if (n->kind == NODE_CONDITION) {
        n->b = tail(r, n->b);
        n->c = tail(r, n->c);
    } else if (n->kind == NODE_DEFAULT || n->kind == NODE_COALESCE) {
        n->b = tail(r, n->b);
    } else if (n->kind == NODE_BLOCK && n->n) {
        n->list[n->n - 1] = tail(r, n->list[n->n - 1]);
    }
    return n;
}

static struct node *shape_parts(struct run *r, struct node *n)
{
    struct node **parts[] = {&n->a, &n->b, &n->c};

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (*parts[i]) {
            *parts[i] = shape(r, *parts[i]);
            if (n->kind != NODE_TRANSFORM && n->kind != NODE_LAMBDA && n->kind != NODE_CALL &&
                n->kind != NODE_PARTIAL && n->kind != NODE_APPLY)
                push_ancestry(r, n, *parts[i]);
        }
    for (uint32_t i = 0; n->kind != NODE_LAMBDA && i < n->n; i++) {
        struct node *part = shape(r, n->list[i]);

        n->list[i] = part;
        push_ancestry(r, n, part);
        if (n->kind == NODE_BLOCK && (part->constructed || (part->kind == NODE_PATH && part->list[0]->constructed)))
            n->constructed = true;
    }
    return n;
}

static struct node *shape_parent(struct run *r, struct node *n)
{
    struct name *label = ARENA_NEW(r->arena, struct name);
    const char *text = arena_f(r->arena, "!%p", (const void *)n); /* no variable can be called so */

    *label = (struct name){str_of(text), name_hash(str_of(text))};
    n->slot = ARENA_NEW(r->arena, struct slot);
    *n->slot = (struct slot){label, 1};
    return n;
}

static struct node *shape_name(struct run *r, struct node *n)
{
    struct node *path = path_of(r, n);

    path->keep_array = n->keep_array;
    path->keep_single = n->keep_array;
    return path;
}

static struct node *shape_negate(struct run *r, struct node *n)
{
    n->a = shape(r, n->a);
    if (n->a->kind == NODE_LITERAL && is_number(n->a->value)) {
        n->a->from = n->from;
        n->a->value = arithmetic(r, &(struct node){.op = TOKEN_MINUS}, doc_make_int(0), n->a->value);
        return n->a;
    }
    push_ancestry(r, n, n->a);
    return n;
}

static struct node *shape_one(struct run *r, struct node *n)
{
    switch (n->kind) {
    case NODE_DOT:
        return shape_dot(r, n);
    case NODE_FILTER:
        return shape_filter(r, n);
    case NODE_GROUP:
        return shape_group(r, n);
    case NODE_ORDER:
        return shape_order(r, n);
    case NODE_FOCUS:
        return shape_focus(r, n);
    case NODE_INDEX:
        return shape_index(r, n);
    case NODE_NAME:
        return shape_name(r, n);
    case NODE_PARENT:
        return shape_parent(r, n);
    case NODE_NEGATE:
        return shape_negate(r, n);
    case NODE_END:
        raise_at(r, n->at, "S0207", NULL);
    case NODE_APPLY:
        shape_parts(r, n);
        n->keep_array = n->a->keep_array || n->b->keep_array;
        return n;
    case NODE_LAMBDA:
        shape_parts(r, n);
        n->a = tail(r, n->a);
        return n;
    default:
        return shape_parts(r, n);
    }
}

static struct node *shape(struct run *r, struct node *n)
{
    bool keep = n->keep_array;
    char here;

    if (&here < r->floor)
        raise_message(r, n->at, "X0102", "the expression is nested too deeply");
    n = shape_one(r, n);
    n->keep_array |= keep;
    return n;
}

/* Paths of names alone have a short way. */
static void mark_plain(struct node *n)
{
    n->plain = n->kind == NODE_PATH && !n->tuple && !n->keep_single && !n->keep_array && !n->group;
    for (uint32_t i = 0; n->kind == NODE_PATH && i < n->n; i++) {
        const struct node *step = n->list[i];

        n->plain &= step->kind == NODE_NAME && !step->stages.n && !step->predicates.n && !step->tuple && !step->group;
    }
}

static void mark(struct node *n)
{
    struct node *parts[] = {n->a, n->b, n->c, n->group};

    mark_plain(n);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i])
            mark(parts[i]);
    for (uint32_t i = 0; i < n->n; i++)
        mark(n->list[i]);
    for (uint32_t i = 0; i < n->stages.n; i++)
        if (n->stages.v[i].filter)
            mark(n->stages.v[i].filter);
    for (uint32_t i = 0; i < n->predicates.n; i++)
        mark(n->predicates.v[i].filter);
}

struct node *expr_shape(struct run *r, struct node *n)
{
    n = shape(r, n);
    if (n->kind == NODE_PARENT || n->seeking.n)
        raise_at(r, n->at, "S0217", NULL);
    mark(n);
    return n;
}
