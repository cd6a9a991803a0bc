#include "expr/parse_int.h"
#include "sys/stack.h"

/* Which fields of its input an expression reads, as far as the text tells: paths of names from the context or from $$;
 * what goes through a variable, a function's value or % is not known, and a wildcard is a star.
 */

struct walk {
    struct arena *a;
    struct expr_reads *out;
    uint32_t cap;
    const struct expr *e;
    const char *base, *at;
    const char *function;
    const struct node *untold; /* the first that stands for the function otherwise than to call it with a text */
    const char *floor;         /* of the stack; what lies deeper is not looked at, and nothing that compiles does */
};

static void record(struct walk *w, const char *path)
{
    if (!path || !*path)
        return;
    for (size_t i = 0; i < w->out->n; i++)
        if (strcmp(w->out->paths[i], path) == 0)
            return;
    if (w->out->n == w->cap) {
        uint32_t cap = w->cap ? 2 * w->cap : 8;
        const char **more = ARENA_ARRAY(w->a, const char *, cap);

        if (w->out->n)
            memcpy(more, w->out->paths, w->out->n * sizeof(*more));
        w->out->paths = more;
        w->cap = cap;
    }
    w->out->paths[w->out->n++] = path;
}

static const char *below(struct walk *w, const char *base, struct str name)
{
    if (!base)
        return NULL;
    return arena_f(w->a, "%s%s%.*s", base, *base ? "." : "", (int)name.n, name.p);
}

/* Where the node's value lies when evaluated at base; NULL: not known. Records what is read on the way. */
static const char *walk(struct walk *w, const struct node *n, const char *base, bool is_read);

static void walk_stages(struct walk *w, const struct stages *stages, const char *base)
{
    for (uint32_t i = 0; i < stages->n; i++)
        if (stages->v[i].filter)
            walk(w, stages->v[i].filter, base, true);
}

static const char *walk_variable(const struct node *n, const char *base)
{
    if (n->name->text.n == 0)
        return base;
    return str_is(n->name->text, "$") ? "" : NULL;
}

static const char *walk_path(struct walk *w, const struct node *n, const char *base)
{
    const char *at = base;

    for (uint32_t i = 0; i < n->n; i++) {
        const struct node *step = n->list[i];

        if (step->kind == NODE_NAME)
            at = below(w, at, step->name->text);
        else if (step->kind == NODE_WILDCARD)
            at = below(w, at, STR("*"));
        else if (step->kind == NODE_SORT) {
            for (uint32_t k = 0; k < step->n; k++)
                walk(w, step->list[k]->a, at, true);
        } else
            at = walk(w, step, at, false);
        walk_stages(w, &step->stages, at);
        walk_stages(w, &step->predicates, at);
    }
    return at;
}

static void walk_list(struct walk *w, const struct node *n, const char *base)
{
    for (uint32_t i = 0; i < n->n; i++)
        walk(w, n->list[i], base, true);
}

static const char *walk_parts(struct walk *w, const struct node *n, const char *base)
{
    const struct node *parts[] = {n->a, n->b, n->c};

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i])
            walk(w, parts[i], base, true);
    walk_list(w, n, base);
    return NULL;
}

static const char *value_of(struct walk *w, const struct node *n, const char *base)
{
    switch (n->kind) {
    case NODE_PATH:
        return walk_path(w, n, base);
    case NODE_NAME:
        return below(w, base, n->name->text);
    case NODE_VARIABLE:
        return walk_variable(n, base);
    case NODE_BLOCK:
        for (uint32_t i = 0; i + 1 < n->n; i++)
            walk(w, n->list[i], base, true);
        return n->n ? walk(w, n->list[n->n - 1], base, false) : NULL;
    case NODE_DESCENDANT:
        record(w, below(w, base, STR("*")));
        return NULL;
    default:
        return walk_parts(w, n, base);
    }
}

static const char *walk(struct walk *w, const struct node *n, const char *base, bool is_read)
{
    const char *at;

    if ((const char *)__builtin_frame_address(0) < w->floor)
        return NULL;
    at = value_of(w, n, base);
    if (n->kind != NODE_PATH)
        walk_stages(w, &n->predicates, at);
    if (n->group)
        walk_list(w, n->group, at);
    if (is_read && !n->group)
        record(w, at);
    return n->group ? NULL : at;
}

static void reads_here(void *arg, const char *floor)
{
    struct walk *w = arg;

    w->floor = floor;
    walk(w, w->e->root, w->base, true);
}

void expr_reads(struct arena *a, const struct expr *e, const char *base, struct expr_reads *out)
{
    struct walk w = {.a = a, .out = out, .e = e, .base = base};

    *out = (struct expr_reads){0};
    stack_call(reads_here, &w);
}

static void read_here(void *arg, const char *floor)
{
    struct walk *w = arg;

    w->floor = floor;
    w->at = walk(w, w->e->root, w->base, false);
}

const char *expr_read_of(struct arena *a, const struct expr *e, const char *base)
{
    struct expr_reads ignored = {0};
    struct walk w = {.a = a, .out = &ignored, .e = e, .base = base};

    stack_call(read_here, &w);
    return w.at;
}

/* ---- which tables are asked ---- */

static bool is_call_of(const struct walk *w, const struct node *n)
{
    return (n->kind == NODE_CALL || n->kind == NODE_PARTIAL) && n->a->kind == NODE_VARIABLE &&
           str_is(n->a->name->text, w->function);
}

static bool is_told(const struct node *call)
{
    return call->n && call->list[0]->kind == NODE_LITERAL && is_text(call->list[0]->value);
}

static void untold(struct walk *w, const struct node *variable)
{
    if (!w->untold || variable->at < w->untold->at)
        w->untold = variable;
}

static void walk_calls(struct walk *w, const struct node *n);

static void walk_inside(struct walk *w, const struct node *n)
{
    const struct node *parts[] = {n->a, n->b, n->c, n->group};

    for (size_t i = is_call_of(w, n); i < ARRAY_LEN(parts); i++)
        if (parts[i])
            walk_calls(w, parts[i]);
    for (uint32_t i = 0; i < n->n; i++)
        walk_calls(w, n->list[i]);
    for (uint32_t i = 0; i < n->stages.n; i++)
        if (n->stages.v[i].filter)
            walk_calls(w, n->stages.v[i].filter);
    for (uint32_t i = 0; i < n->predicates.n; i++)
        walk_calls(w, n->predicates.v[i].filter);
}

static void walk_calls(struct walk *w, const struct node *n)
{
    if ((const char *)__builtin_frame_address(0) < w->floor)
        return;
    if (is_call_of(w, n)) {
        if (is_told(n))
            record(w, str_dup(w->a, text_of(n->list[0]->value)));
        else
            untold(w, n->a);
    } else if (n->kind == NODE_VARIABLE && str_is(n->name->text, w->function)) {
        untold(w, n);
    } else if (n->kind == NODE_APPLY && n->b->kind == NODE_CALL && is_call_of(w, n->b)) {
        untold(w, n->b->a); /* what stands on the left is its first argument */
    }
    walk_inside(w, n);
}

static void calls_here(void *arg, const char *floor)
{
    struct walk *w = arg;

    w->floor = floor;
    walk_calls(w, w->e->root);
}

bool expr_first_arguments(struct arena *a, const struct expr *e, const char *function, struct expr_reads *out,
                          struct expr_fault *where)
{
    struct walk w = {.a = a, .out = out, .e = e, .function = function};

    *out = (struct expr_reads){0};
    stack_call(calls_here, &w);
    if (!w.untold)
        return true;
    *where = (struct expr_fault){.token = function, .offset = w.untold->at};
    fault_locate(e->text, where);
    return false;
}

/* ---- names ---- */

static void bound_here(struct walk *w, const struct name *name)
{
    if (name)
        record(w, str_dup(w->a, name->text));
}

static void walk_bound(struct walk *w, const struct node *n);

static void walk_bound_stages(struct walk *w, const struct stages *stages)
{
    for (uint32_t i = 0; i < stages->n; i++) {
        bound_here(w, stages->v[i].index);
        if (stages->v[i].filter)
            walk_bound(w, stages->v[i].filter);
    }
}

/* Everything that the expression gives a name, wherever it is known by it. */
static void walk_bound(struct walk *w, const struct node *n)
{
    const struct node *parts[] = {n->a, n->b, n->c, n->group};

    if ((const char *)__builtin_frame_address(0) < w->floor)
        return;
    if (n->kind == NODE_BIND)
        bound_here(w, n->name);
    bound_here(w, n->focus);
    bound_here(w, n->index);
    for (uint32_t i = 0; n->params && i < n->n; i++)
        bound_here(w, n->params[i]);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i])
            walk_bound(w, parts[i]);
    for (uint32_t i = 0; i < n->n; i++)
        walk_bound(w, n->list[i]);
    walk_bound_stages(w, &n->stages);
    walk_bound_stages(w, &n->predicates);
}

static void bound_begin(void *arg, const char *floor)
{
    struct walk *w = arg;

    w->floor = floor;
    walk_bound(w, w->e->root);
}

void expr_names(struct arena *a, const struct expr *e, struct expr_reads *out)
{
    struct expr_reads bound = {0};
    struct walk inside = {.a = a, .out = &bound, .e = e}, w = {.a = a, .out = out, .e = e};

    *out = (struct expr_reads){0};
    stack_call(bound_begin, &inside);
    for (uint32_t i = 0; i < e->n_variables; i++) {
        const struct node *v = e->variables[i];
        bool known = v->builtin != NULL;

        for (size_t k = 0; k < bound.n && !known; k++)
            known = str_is(v->name->text, bound.paths[k]);
        if (!known)
            record(&w, str_dup(a, v->name->text));
    }
}

bool expr_is_function(const struct expr_host *host, struct str name)
{
    for (size_t i = 0; host && i < host->n; i++)
        if (str_is(name, host->functions[i].name))
            return true;
    return builtin_find(NULL, NULL, name) != NULL;
}
