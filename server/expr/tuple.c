#include "expr/expr_int.h"

/* Paths that bind: each item travels with the names that were bound on its way (@, # and what % means). */

struct frame *frame_of_tuple(struct run *r, struct frame *up, const struct tuple *t)
{
    struct frame *f = frame_new(r, up);

    for (uint32_t i = 0; i < t->n; i++)
        frame_bind(r, f, t->v[i].name, t->v[i].value);
    return f;
}

static struct doc tuple_doc(struct tuple *t)
{
    return (struct doc){.other = t, .kind = VALUE_TUPLE};
}

static void tuple_bind(struct tuple *t, const struct name *name, struct doc v)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (name_same(t->v[i].name, name)) {
            t->v[i].value = v;
            return;
        }
    t->v[t->n++] = (struct binding){name, v};
}

static struct tuple *tuple_copy(struct run *r, const struct tuple *from, uint32_t more)
{
    struct tuple *t = take(r, sizeof(*t));

    *t = (struct tuple){.at = from->at, .n = from->n};
    t->v = take(r, (from->n + more) * sizeof(struct binding));
    if (from->n)
        memcpy(t->v, from->v, from->n * sizeof(struct binding));
    return t;
}

static struct doc tuples_of(struct run *r, struct doc items)
{
    struct list out = {.r = r};

    for (uint32_t i = 0; i < items.n; i++)
        list_add(&out, tuple_doc(tuple_copy(r, &(struct tuple){.at = items.children[i]}, 0)));
    return list_doc(&out, SEQUENCE | TUPLES);
}

static struct doc sorted(struct run *r, const struct node *step, struct doc items, struct doc tuples, struct frame *env)
{
    struct doc v = evaluate_sort(r, step, tuples.kind == DOC_NULL ? items : tuples, env);

    if (tuples.kind == DOC_NULL)
        v = tuples_of(r, v);
    v.flags |= SEQUENCE | TUPLES;
    for (uint32_t i = 0; step->index && i < v.n; i++) {
        struct tuple *t = tuple_copy(r, tuple_of(v.children[i]), 1);

        tuple_bind(t, step->index, doc_make_int(i));
        *(struct tuple *)tuple_of(v.children[i]) = *t;
    }
    return evaluate_stages(r, &step->stages, v, env);
}

/* What one value of a step makes of the tuple it came from. */
static struct doc extended(struct run *r, const struct node *step, const struct tuple *from, struct doc v, uint32_t i)
{
    const struct tuple *inner = v.kind == VALUE_TUPLE ? tuple_of(v) : NULL;
    struct tuple *t = tuple_copy(r, from, 3 + (inner ? inner->n : 0));

    if (inner) {
        t->at = inner->at;
        for (uint32_t k = 0; k < inner->n; k++)
            tuple_bind(t, inner->v[k].name, inner->v[k].value);
        return tuple_doc(t);
    }
    if (step->focus)
        tuple_bind(t, step->focus, v);
    else
        t->at = v;
    if (step->index)
        tuple_bind(t, step->index, doc_make_int(i));
    if (step->ancestor)
        tuple_bind(t, step->ancestor->label, from->at);
    return tuple_doc(t);
}

struct doc evaluate_tuple_step(struct run *r, const struct node *step, struct doc items, struct doc tuples,
                               struct frame *env)
{
    struct list out = {.r = r};

    if (step->kind == NODE_SORT)
        return sorted(r, step, items, tuples, env);
    if (tuples.kind == DOC_NULL)
        tuples = tuples_of(r, items);
    for (uint32_t i = 0; i < tuples.n; i++) {
        const struct tuple *from = tuple_of(tuples.children[i]);
        struct doc v = evaluate(r, step, from->at, frame_of_tuple(r, env, from));

        if (is_absent(v))
            continue;
        if (!is_array(v)) {
            list_add(&out, extended(r, step, from, v, 0));
            continue;
        }
        for (uint32_t k = 0; k < v.n; k++)
            list_add(&out, extended(r, step, from, v.children[k], k));
    }
    return evaluate_stages(r, &step->stages, list_doc(&out, SEQUENCE | TUPLES), env);
}
