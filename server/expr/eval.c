#include "expr/parse_int.h"

/* One node on one input. Everything that may go on for long is counted here: steps, and how deep we stand. */

struct frame *frame_new(struct run *r, struct frame *up)
{
    struct frame *f = take(r, sizeof(*f));

    f->up = up;
    f->v = f->few;
    f->n = 0;
    f->cap = ARRAY_LEN(f->few);
    return f;
}

void frame_bind(struct run *r, struct frame *f, const struct name *name, struct doc v)
{
    for (uint32_t i = 0; i < f->n; i++)
        if (name_same(f->v[i].name, name)) {
            f->v[i].value = v;
            return;
        }
    if (f->n == f->cap) {
        struct binding *more = take(r, 2 * (size_t)f->cap * sizeof(*more));

        memcpy(more, f->v, f->n * sizeof(*more));
        f->v = more;
        f->cap *= 2;
    }
    f->v[f->n++] = (struct binding){name, v};
}

bool frame_find(const struct frame *f, const struct name *name, struct doc *out)
{
    for (; f; f = f->up)
        for (uint32_t i = 0; i < f->n; i++)
            if (name_same(f->v[i].name, name)) {
                *out = f->v[i].value;
                return true;
            }
    return false;
}

static struct doc variable(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct doc v;

    if (n->op == VARIABLE_CONTEXT)
        return is_array(input) && (input.flags & OUTER) && input.n ? input.children[0] : input;
    if (n->op == VARIABLE_ROOT)
        return r->root;
    if (n->builtin && !r->rebound)
        return function_doc(n->builtin->value);
    if (frame_find(env, n->name, &v))
        return v;
    return n->builtin ? function_doc(n->builtin->value) : ABSENT;
}

static struct doc array(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct list out = {.r = r};

    for (uint32_t i = 0; i < n->n; i++) {
        struct doc v = evaluate(r, n->list[i], input, env);

        if (is_absent(v))
            continue;
        if (n->list[i]->kind == NODE_ARRAY || !is_array(v)) {
            r->odd |= is_function(v);
            list_add(&out, v);
        } else if (out.n == 0) { /* shared until something follows */
            out.v = (struct doc *)v.children;
            out.n = out.cap = v.n;
        } else {
            list_add_all(&out, v.children, v.n);
        }
    }
    return list_doc(&out, n->constructed ? CONSTRUCTED : 0);
}

static struct doc negate(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct doc v = evaluate(r, n->a, input, env);

    if (is_absent(v))
        return v;
    if (!is_finite_number(r, v, n->at))
        raise_value(r, n->at, "D1002", "-", v);
    return arithmetic(r, &(struct node){.op = TOKEN_MINUS, .at = n->at}, doc_make_int(0), v);
}

static struct doc block(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct frame *own = frame_new(r, env);
    struct doc v = ABSENT;

    for (uint32_t i = 0; i < n->n; i++)
        v = evaluate(r, n->list[i], input, own);
    return v;
}

static struct doc condition(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    if (truth(r, evaluate(r, n->a, input, env)))
        return evaluate(r, n->b, input, env);
    return n->c ? evaluate(r, n->c, input, env) : ABSENT;
}

static struct doc fallback(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct doc v = evaluate(r, n->a, input, env);

    if (n->kind == NODE_DEFAULT ? truth(r, v) : !is_absent(v))
        return v;
    return evaluate(r, n->b, input, env);
}

static struct doc closure(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct function *f = take(r, sizeof(*f));

    *f = (struct function){.node = n, .env = env, .input = input};
    if (n->kind == NODE_LAMBDA) {
        f->kind = FUNCTION_LAMBDA;
        f->params = n->params;
        f->n_params = n->n;
        f->signature = n->signature;
    } else if (n->kind == NODE_THUNK) {
        f->kind = FUNCTION_THUNK;
    } else if (n->kind == NODE_REGEX) {
        f->kind = FUNCTION_REGEX;
        f->regex = n->regex;
        f->n_params = 2;
    } else {
        f->kind = FUNCTION_TRANSFORM;
        f->n_params = 1;
    }
    return function_doc(f);
}

static struct doc parent(const struct node *n, struct frame *env)
{
    struct doc v;

    return frame_find(env, n->slot->label, &v) ? v : ABSENT;
}

static struct doc bind(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct doc v = evaluate(r, n->a, input, env);

    frame_bind(r, env, n->name, v);
    return v;
}

static struct doc by_kind(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    switch ((enum node_kind)n->kind) {
    case NODE_LITERAL:
        return n->value;
    case NODE_NAME:
        return look_up(r, input, n->name);
    case NODE_PATH:
        return evaluate_path(r, n, input, env);
    case NODE_WILDCARD:
        return wildcard(r, input);
    case NODE_DESCENDANT:
        return descendants(r, input);
    case NODE_PARENT:
        return parent(n, env);
    case NODE_VARIABLE:
        return variable(r, n, input, env);
    case NODE_BINARY:
    case NODE_AND:
    case NODE_OR:
        return evaluate_binary(r, n, input, env);
    case NODE_NEGATE:
        return negate(r, n, input, env);
    case NODE_ARRAY:
        return array(r, n, input, env);
    case NODE_OBJECT:
        return evaluate_group(r, n, input, env);
    case NODE_CONDITION:
        return condition(r, n, input, env);
    case NODE_DEFAULT:
    case NODE_COALESCE:
        return fallback(r, n, input, env);
    case NODE_BLOCK:
        return block(r, n, input, env);
    case NODE_BIND:
        return bind(r, n, input, env);
    case NODE_CALL:
        return evaluate_call(r, n, input, env, NULL);
    case NODE_PARTIAL:
        return evaluate_partial(r, n, input, env);
    case NODE_LAMBDA:
    case NODE_THUNK:
    case NODE_REGEX:
    case NODE_TRANSFORM:
        return closure(r, n, input, env);
    case NODE_APPLY:
        return evaluate_apply(r, n, input, env);
    default:
        raise_at(r, n->at, "S0206", NULL);
    }
}

static void trace(struct run *r, const struct node *n, struct doc v)
{
    struct expr_traced t = {.from = n->from, .to = n->to, .value = v};

    if (r->how && r->how->trace && n->to > n->from)
        r->how->trace(r->how->trace_arg, &t);
}

struct doc evaluate(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct doc v;

    if (n->kind == NODE_LITERAL && !n->predicates.n && !n->group)
        return n->value;
    if (r->steps-- == 0) {
        r->steps = 0;
        raise_steps(r);
    }
    if (++r->depth > r->depth_max || (const char *)__builtin_frame_address(0) < r->floor)
        raise_at(r, n->at, "D1011", NULL);
    v = by_kind(r, n, input, env);
    if (n->predicates.n)
        v = evaluate_stages(r, &n->predicates, v, env);
    if (n->group && n->kind != NODE_PATH)
        v = evaluate_group(r, n->group, v, env);
    v = settle(v, n->keep_array);
    r->depth--;
    if (r->how->trace)
        trace(r, n, v);
    return v;
}
