#include <math.h>

#include "expr/expr_int.h"

/* Paths: each step is evaluated on every item that the step before it gave, and what comes of it is one sequence. */

static struct doc single(struct run *r, struct doc v)
{
    struct list one = {.r = r};

    list_add(&one, v);
    return list_doc(&one, SEQUENCE);
}

/* As far as members of objects go there is nothing to be listed. *step is where it stopped. */
static struct doc along_names(const struct node *n, struct doc v, uint32_t *step)
{
    for (; *step < n->n && is_object(v); ++*step)
        v = member_of(v, n->list[*step]->name);
    return v;
}

static void flatten_into(struct list *out, struct doc v)
{
    if (!is_array(v) || (v.flags & CONSTRUCTED))
        list_add(out, v);
    else
        list_add_all(out, v.children, v.n);
}

static struct doc of_item(struct run *r, const struct node *step, struct doc item, struct frame *env)
{
    struct doc v;

    if (step->kind == NODE_NAME && !step->predicates.n && !step->group && !step->keep_array && is_object(item)) {
        charge(r, 1);
        v = member_of(item, step->name);
    } else {
        v = evaluate(r, step, item, env);
    }
    return step->stages.n ? evaluate_stages(r, &step->stages, v, env) : v;
}

static struct doc one_step(struct run *r, const struct node *step, struct doc input, struct frame *env, bool last)
{
    struct list values = {.r = r}, out = {.r = r};

    if (step->kind == NODE_SORT)
        return evaluate_stages(r, &step->stages, evaluate_sort(r, step, input, env), env);
    for (uint32_t i = 0; i < input.n; i++) {
        struct doc v = of_item(r, step, input.children[i], env);

        if (!is_absent(v))
            list_add(&values, v);
    }
    if (last && values.n == 1 && is_array(values.v[0]) && !(values.v[0].flags & SEQUENCE))
        return values.v[0];
    for (uint32_t i = 0; i < values.n; i++)
        if (is_array(values.v[i]) && !(values.v[i].flags & CONSTRUCTED)) {
            for (uint32_t k = 0; k < values.n; k++)
                flatten_into(&out, values.v[k]);
            return list_doc(&out, SEQUENCE);
        }
    return list_doc(&values, SEQUENCE);
}

static struct doc contexts(struct run *r, struct doc tuples)
{
    struct list out = {.r = r};

    for (uint32_t i = 0; i < tuples.n; i++)
        list_add(&out, tuple_of(tuples.children[i])->at);
    return list_doc(&out, SEQUENCE);
}

static struct doc finish(struct run *r, const struct node *n, struct doc v, struct doc tuples, struct frame *env)
{
    if (tuples.kind != DOC_NULL)
        v = n->tuple ? tuples : contexts(r, tuples);
    if (n->keep_single && is_array(v)) {
        if ((v.flags & (CONSTRUCTED | SEQUENCE)) == CONSTRUCTED)
            v = single(r, v);
        v.flags |= KEEP_SINGLE;
    }
    if (n->group)
        v = evaluate_group(r, n->group, tuples.kind != DOC_NULL ? tuples : v, env);
    return v;
}

static struct doc from_step(struct run *r, const struct node *n, struct doc items, uint32_t from, struct frame *env)
{
    struct doc tuples = {.kind = DOC_NULL}, v = items;
    bool in_tuples = false;

    for (uint32_t i = from; i < n->n; i++) {
        const struct node *step = n->list[i];

        in_tuples |= step->tuple;
        if (i == 0 && step->constructed)
            v = evaluate(r, step, items, env);
        else if (in_tuples)
            tuples = evaluate_tuple_step(r, step, items, tuples, env);
        else
            v = one_step(r, step, items, env, i + 1 == n->n);
        if (!in_tuples && (is_absent(v) || (is_array(v) && v.n == 0)))
            break;
        if (!step->focus && (!in_tuples || i == 0))
            items = is_array(v) ? v : is_absent(v) ? list_doc(&(struct list){0}, SEQUENCE) : single(r, v);
    }
    return finish(r, n, v, tuples, env);
}

struct doc evaluate_path(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    uint32_t step = 0;

    if (n->plain) {
        input = along_names(n, input, &step);
        charge(r, step);
        if (step == n->n && is_array(input) && (input.flags & SEQUENCE))
            input.flags &= (uint8_t)~KEEP_SINGLE; /* a new sequence of the same */
        if (step == n->n || !is_array(input))
            return step == n->n ? input : ABSENT;
        if (step && (input.flags & CONSTRUCTED))
            input = single(r, input);
    }
    if (is_array(input) && (step || n->list[0]->kind != NODE_VARIABLE))
        return from_step(r, n, input, step, env);
    return from_step(r, n, single(r, input), step, env);
}

static void flatten_deep(struct list *out, struct doc v)
{
    check_stack(out->r);
    if (!is_array(v)) {
        list_add(out, v);
        return;
    }
    charge(out->r, 1);
    for (uint32_t i = 0; i < v.n; i++)
        flatten_deep(out, v.children[i]);
}

struct doc wildcard(struct run *r, struct doc input)
{
    struct list out = {.r = r};
    uint8_t flags = SEQUENCE;

    if (is_array(input) && (input.flags & OUTER) && input.n)
        input = input.children[0];
    if (!is_array(input) && !is_object(input))
        return list_doc(&out, flags);
    charge(r, input.n);
    for (uint32_t i = 0; i < input.n; i++) {
        struct doc v = is_object(input) ? input.children[2 * i + 1] : input.children[i];

        if (!is_array(v)) {
            list_add(&out, v);
            continue;
        }
        flags = 0; /* what was joined to another list is no longer a sequence */
        flatten_deep(&out, v);
    }
    return list_doc(&out, flags);
}

static void add_descendants(struct list *out, struct doc v)
{
    charge(out->r, 1);
    check_stack(out->r);
    if (!is_array(v))
        list_add(out, v);
    for (uint32_t i = 0; (is_array(v) || is_object(v)) && i < v.n; i++)
        add_descendants(out, is_object(v) ? v.children[2 * i + 1] : v.children[i]);
}

struct doc descendants(struct run *r, struct doc input)
{
    struct list out = {.r = r};

    if (is_absent(input))
        return input;
    add_descendants(&out, input);
    return out.n == 1 ? out.v[0] : list_doc(&out, SEQUENCE);
}

/* ---- predicates ---- */

static struct doc item_at(struct doc input, double place)
{
    double i = floor(place);

    if (i < 0)
        i += input.n;
    return i >= 0 && i < input.n ? input.children[(uint32_t)i] : ABSENT;
}

static bool numbers_only(struct run *r, struct doc v, uint32_t at)
{
    for (uint32_t i = 0; i < v.n; i++)
        if (!is_finite_number(r, v.children[i], at))
            return false;
    return true;
}

static uint32_t times_chosen(struct doc places, uint32_t index, uint32_t n)
{
    uint32_t times = 0;

    for (uint32_t i = 0; i < places.n; i++) {
        double place = floor(real_of(places.children[i]));

        times += (place < 0 ? place + n : place) == index;
    }
    return times;
}

/* How often the item is chosen: once if the predicate is true, and as often as its places name the item's. */
static uint32_t chosen(struct run *r, const struct node *filter, struct doc input, uint32_t index, struct frame *env)
{
    struct doc item = input.children[index], v, place;

    if (item.kind == VALUE_TUPLE)
        v = evaluate(r, filter, tuple_of(item)->at, frame_of_tuple(r, env, tuple_of(item)));
    else
        v = evaluate(r, filter, item, env);
    place = v;
    if (is_finite_number(r, v, filter->at))
        v = (struct doc){.children = &place, .n = 1, .kind = DOC_ARRAY};
    else if (!is_array(v) || !numbers_only(r, v, filter->at))
        return truth(r, v);
    charge(r, v.n >> 2);
    return times_chosen(v, index, input.n);
}

struct doc evaluate_filter(struct run *r, const struct node *filter, struct doc input, struct frame *env)
{
    struct list out = {.r = r};
    uint8_t flags = is_array(input) ? SEQUENCE | (input.flags & TUPLES) : SEQUENCE;

    if (!is_array(input))
        input = single(r, input);
    if (filter->kind == NODE_LITERAL && is_number(filter->value) && !filter->predicates.n) {
        struct doc item = item_at(input, real_of(filter->value));

        if (is_array(item))
            return item;
        if (!is_absent(item))
            list_add(&out, item);
        return list_doc(&out, flags);
    }
    for (uint32_t i = 0; i < input.n; i++)
        for (uint32_t times = chosen(r, filter, input, i, env); times > 0; times--)
            list_add(&out, input.children[i]);
    if (out.n == 1 && is_absent(out.v[0]))
        out.n = 0;
    return list_doc(&out, flags);
}

static struct doc number_items(struct run *r, struct doc tuples, const struct name *name)
{
    for (uint32_t i = 0; is_array(tuples) && i < tuples.n; i++) {
        struct tuple *t = (struct tuple *)tuple_of(tuples.children[i]);
        struct binding *more = take(r, (t->n + 1) * sizeof(*more));

        memcpy(more, t->v, t->n * sizeof(*more));
        more[t->n++] = (struct binding){name, doc_make_int(i)};
        t->v = more;
    }
    return tuples;
}

struct doc evaluate_stages(struct run *r, const struct stages *stages, struct doc input, struct frame *env)
{
    for (uint32_t i = 0; i < stages->n; i++) {
        if (stages->v[i].filter)
            input = evaluate_filter(r, stages->v[i].filter, input, env);
        else
            input = number_items(r, input, stages->v[i].index);
    }
    return input;
}
