#include "expr/expr_int.h"

/* Calling: what is called, with which arguments, and what is called in turn by a lambda's tail. */

uint32_t arity_of(const struct function *f)
{
    uint32_t places = 0;

    if (f->kind != FUNCTION_PARTIAL)
        return f->kind == FUNCTION_CHAIN ? 1 : f->n_params;
    for (uint32_t i = 0; i < f->n_params; i++)
        places += f->bound[i].kind == VALUE_TUPLE;
    return places;
}

/* A host's function counts nothing itself: it is taken to look at all that it is given. */
static void charge_host(struct run *r, const struct list *args)
{
    for (uint32_t i = 0; i < args->n; i++)
        charge(r, is_array(args->v[i]) || is_object(args->v[i]) ? 2 * (uint64_t)args->v[i].n
                  : is_text(args->v[i])                         ? args->v[i].n >> 4
                                                                : 1);
}

static struct doc call_builtin(struct run *r, const struct function *f, const struct list *args, struct doc input)
{
    struct doc context = r->context, v;

    if (f->builtin->host) {
        struct expr_call call = {r};

        charge_host(r, args);
        return f->builtin->host->fn(&call, args->v, args->n);
    }
    r->context = input;
    if (args->n >= f->builtin->arity) {
        v = f->builtin->fn(r, args->v, args->n);
    } else { /* a builtin may look at as many as its arity */
        struct doc all[6];

        for (uint32_t i = 0; i < ARRAY_LEN(all); i++)
            all[i] = i < args->n ? args->v[i] : ABSENT;
        v = f->builtin->fn(r, all, args->n);
    }
    r->context = context;
    return v;
}

static struct doc call_lambda(struct run *r, const struct function *f, const struct list *args)
{
    struct frame *env = frame_new(r, f->env);

    for (uint32_t i = 0; i < f->n_params; i++)
        frame_bind(r, env, f->params[i], i < args->n ? args->v[i] : ABSENT);
    return evaluate(r, f->node->a, f->input, env);
}

/* The bound arguments with the given ones in the open places. No signature is looked at, as in JavaScript. */
static struct doc call_partial(struct run *r, const struct function *f, const struct list *args, struct doc input)
{
    struct list all = {.r = r};
    uint32_t next = 0;

    for (uint32_t i = 0; i < f->n_params; i++) {
        if (f->bound[i].kind == VALUE_TUPLE)
            list_add(&all, next < args->n ? args->v[next] : ABSENT), next++;
        else
            list_add(&all, f->bound[i]);
    }
    if (f->first->kind == FUNCTION_BUILTIN && !f->first->builtin->host)
        return call_builtin(r, f->first, &all, input);
    return apply(r, function_doc(f->first), all.v, all.n, input);
}

static struct doc call_regex(struct run *r, const struct function *f, const struct list *args)
{
    size_t from = 0;

    if (args->n == 0 || !is_text(args->v[0]))
        return ABSENT;
    if (args->n > 1 && is_number(args->v[1]) && real_of(args->v[1]) > 0)
        from = text_from_units(text_of(args->v[0]), (size_t)real_of(args->v[1]));
    return regex_match(r, f->regex, text_of(args->v[0]), from);
}

static struct doc call_once(struct run *r, struct doc callee, struct list *args, struct doc input)
{
    const struct function *f = function_of(callee);

    if (!is_function(callee))
        raise_at(r, r->at, "T1006", NULL);
    if (f->signature)
        signature_apply(r, f->signature, f->builtin ? f->builtin->name : NULL, input, args);
    switch (f->kind) {
    case FUNCTION_BUILTIN:
        return call_builtin(r, f, args, input);
    case FUNCTION_LAMBDA:
        return call_lambda(r, f, args);
    case FUNCTION_PARTIAL:
        return call_partial(r, f, args, input);
    case FUNCTION_REGEX:
        return call_regex(r, f, args);
    case FUNCTION_NEXT:
        return regex_next(r, f);
    case FUNCTION_CHAIN: {
        struct doc v = args->n ? args->v[0] : ABSENT;

        v = apply(r, function_doc(f->first), &v, 1, NO_CONTEXT);
        return apply(r, function_doc(f->second), &v, 1, NO_CONTEXT);
    }
    case FUNCTION_TRANSFORM:
        if (args->n != 1)
            raise_message(r, r->at, "T0410", "a transform takes one argument");
        return transform(r, f, args->v[0]);
    default:
        raise_at(r, r->at, "T1006", NULL);
    }
}

struct doc apply(struct run *r, struct doc f, const struct doc *args, size_t n, struct doc input)
{
    struct list list = {.r = r, .v = (struct doc *)args, .n = (uint32_t)n, .cap = (uint32_t)n};
    struct doc v;

    if (++r->depth > r->depth_max || (const char *)__builtin_frame_address(0) < r->floor)
        raise_at(r, r->at, "D1011", NULL);
    v = call_once(r, f, &list, input);
    while (is_function(v) && function_of(v)->kind == FUNCTION_THUNK) {
        const struct function *thunk = function_of(v);
        const struct node *call = thunk->node->a;
        struct doc next = evaluate(r, call->a, thunk->input, thunk->env);
        struct list more = {.r = r};

        charge(r, 1);
        for (uint32_t i = 0; i < call->n; i++)
            list_add(&more, evaluate(r, call->list[i], thunk->input, thunk->env));
        r->at = call->at;
        r->env = thunk->env;
        v = call_once(r, next, &more, input);
    }
    r->depth--;
    return v;
}

struct doc apply_up_to(struct run *r, struct doc f, const struct doc *args, size_t n)
{
    uint32_t arity = is_function(f) ? arity_of(function_of(f)) : 1;

    charge(r, 1);
    return apply(r, f, args, arity < 1 ? 1 : arity < n ? arity : n, NO_CONTEXT);
}

/* A word without its dollar that would be a function with it. */
static bool forgot_dollar(const struct node *callee, struct run *r, struct frame *env, struct doc *v)
{
    const struct node *step = callee->kind == NODE_PATH ? callee->list[0] : NULL;

    if (!step || !step->name)
        return false;
    return builtin_find(NULL, NULL, step->name->text) || (frame_find(env, step->name, v) && truth(r, *v)) ||
           (frame_find(env, step->name, v) && is_function(*v));
}

static const char *called(struct run *r, const struct node *callee)
{
    const struct name *name = callee->kind == NODE_PATH ? callee->list[0]->name : callee->name;

    return name ? str_dup(r->arena, name->text) : NULL;
}

static struct doc callee_of(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct doc f = evaluate(r, n->a, input, env), found;
    bool partial = n->kind == NODE_PARTIAL;

    if (is_function(f))
        return f;
    if (is_absent(f) && forgot_dollar(n->a, r, env, &found))
        raise_at(r, n->at, partial ? "T1007" : "T1005", called(r, n->a));
    if (partial)
        raise_at(r, n->at, "T1008", called(r, n->a));
    return f;
}

struct doc evaluate_call(struct run *r, const struct node *n, struct doc input, struct frame *env,
                         const struct doc *first)
{
    struct doc few[4];
    struct list args = {.r = r, .v = few, .cap = ARRAY_LEN(few)};
    struct doc f = callee_of(r, n, input, env), v;
    struct frame *around = r->env;
    uint32_t at = r->at;

    if (first)
        list_add(&args, *first);
    for (uint32_t i = 0; i < n->n; i++)
        list_add(&args, evaluate(r, n->list[i], input, env));
    r->at = n->at;
    if (!is_function(f))
        raise_at(r, n->at, "T1006", called(r, n->a));
    r->depth--; /* as the reference counts: the call and what it applies are one */
    r->env = env;
    v = apply(r, f, args.v, args.n, input);
    r->env = around;
    r->depth++;
    r->at = at;
    return v;
}

struct doc evaluate_partial(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct doc *args = take(r, (n->n + 1) * sizeof(*args)), callee;
    struct function *out = take(r, sizeof(*out));
    const struct function *f;

    for (uint32_t i = 0; i < n->n; i++)
        args[i] =
            n->list[i]->kind == NODE_PLACE ? (struct doc){.kind = VALUE_TUPLE} : evaluate(r, n->list[i], input, env);
    callee = callee_of(r, n, input, env);
    f = function_of(callee);
    if (f->kind == FUNCTION_LAMBDA) {
        struct frame *own = frame_new(r, f->env);
        const struct name **open = take(r, (f->n_params + 1) * sizeof(*open));
        uint32_t places = 0;

        for (uint32_t i = 0; i < f->n_params; i++) {
            if (i < n->n && args[i].kind == VALUE_TUPLE)
                open[places++] = f->params[i];
            else
                frame_bind(r, own, f->params[i], i < n->n ? args[i] : ABSENT);
        }
        *out = (struct function){.kind = FUNCTION_LAMBDA, .node = f->node, .env = own, .input = f->input};
        out->params = open;
        out->n_params = places;
    } else {
        *out = (struct function){.kind = FUNCTION_PARTIAL, .first = f, .bound = args, .n_params = n->n};
    }
    return function_doc(out);
}

struct doc evaluate_apply(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct doc left = evaluate(r, n->a, input, env), right;
    struct function *chain;

    if (n->b->kind == NODE_CALL) {
        struct doc v;

        charge(r, 1);
        v = evaluate_call(r, n->b, input, env, &left);
        return settle(v, n->b->keep_array);
    }
    right = evaluate(r, n->b, input, env);
    r->at = n->at;
    if (!is_function(right))
        raise_value(r, n->at, "T2006", NULL, right);
    if (!is_function(left))
        return apply(r, right, &left, 1, NO_CONTEXT);
    chain = take(r, sizeof(*chain));
    *chain = (struct function){.kind = FUNCTION_CHAIN, .first = function_of(left), .second = function_of(right)};
    return function_doc(chain);
}

/* ---- | pattern | update, delete | ---- */

static bool deletions_are_texts(struct doc v)
{
    if (!is_array(v))
        return is_text(v);
    for (uint32_t i = 0; i < v.n; i++)
        if (!is_text(v.children[i]))
            return false;
    return true;
}

static bool is_deleted(struct doc deletions, struct str name)
{
    if (is_text(deletions))
        return str_equal(text_of(deletions), name);
    for (uint32_t i = 0; is_array(deletions) && i < deletions.n; i++)
        if (str_equal(text_of(deletions.children[i]), name))
            return true;
    return false;
}

static struct doc changed(struct run *r, const struct function *f, struct doc match)
{
    const struct node *n = f->node;
    struct doc update = evaluate(r, n->b, match, f->env), deletions = ABSENT;
    struct members m;

    if (!is_absent(update) && !is_object(update))
        raise_value(r, n->b->at, "T2011", NULL, update);
    members_init(&m, r);
    for (uint32_t i = 0; is_object(match) && i < match.n; i++)
        *members_put(&m, match.children[2 * i]) = match.children[2 * i + 1];
    for (uint32_t i = 0; is_object(update) && i < update.n; i++)
        *members_put(&m, update.children[2 * i]) = update.children[2 * i + 1];
    if (n->c)
        deletions = evaluate(r, n->c, is_object(match) ? members_doc(&m) : match, f->env);
    if (!is_absent(deletions) && !deletions_are_texts(deletions))
        raise_value(r, n->c->at, "T2012", NULL, deletions);
    for (uint32_t i = 0; i < m.n; i++)
        if (is_deleted(deletions, text_of(m.v[2 * i])))
            m.v[2 * i + 1] = ABSENT;
    return is_object(match) ? members_doc(&m) : match;
}

/* A place in memory as a name, so that what was changed is found by where it lay. */
static struct doc place_name(struct run *r, struct doc v)
{
    const void **place = take(r, sizeof(*place));

    *place = v.children;
    return (struct doc){.text = (const char *)place, .n = sizeof(*place), .kind = DOC_TEXT};
}

/* A copy in which no two parts lie in the same place and changes, if any, are made. */
static struct doc rebuilt(struct run *r, struct doc v, struct members *changes)
{
    uint32_t count = is_object(v) ? 2 * v.n : v.n;
    const struct doc *to = NULL;
    struct doc *children;

    if (!is_array(v) && !is_object(v))
        return v;
    check_stack(r);
    charge(r, 1 + count / 4);
    if (changes && is_object(v))
        to = members_find(changes, (struct str){(const char *)&v.children, sizeof(v.children)});
    if (to)
        return rebuilt(r, *to, changes);
    children = take(r, (count + 1) * sizeof(*children));
    for (uint32_t i = 0; i < count; i++)
        children[i] = rebuilt(r, v.children[i], changes);
    v.children = children;
    v.flags = 0;
    return v;
}

static void change_each(struct run *r, const struct function *f, struct doc matches, struct members *changes)
{
    for (uint32_t i = 0; i < matches.n; i++) {
        struct doc match = matches.children[i], *to = NULL;

        if (is_object(match))
            to = members_put(changes, place_name(r, match));
        if (to && !is_absent(*to))
            match = *to; /* for the second time */
        match = changed(r, f, match);
        if (to)
            *to = match;
    }
}

struct doc transform(struct run *r, const struct function *f, struct doc v)
{
    static const char name[] = "clone";
    struct name clone_name = {STR(name), name_hash(STR(name))};
    struct doc matches, one, clone;
    struct members changes;

    if (is_absent(v))
        return v;
    if (!is_object(v) && !is_array(v))
        raise_message(r, r->at, "T0410", "a transform takes an object or an array");
    if (frame_find(f->env, &clone_name, &clone) && !is_function(clone))
        raise_at(r, f->node->at, "T2013", NULL);
    v = rebuilt(r, v, NULL);
    matches = evaluate(r, f->node->a, v, f->env);
    one = matches;
    if (!is_array(matches))
        matches = (struct doc){.children = &one, .n = is_absent(one) ? 0 : 1, .kind = DOC_ARRAY};
    members_init(&changes, r);
    change_each(r, f, matches, &changes);
    return rebuilt(r, v, &changes);
}
