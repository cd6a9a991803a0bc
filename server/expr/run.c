#include "base/utf8.h"
#include "expr/expr_int.h"
#include "sys/stack.h"

/* The way in: compiling and evaluating, each on a stack of its own and within its limits. */

#define COMPILE_MEMORY ((size_t)64 << 20)

const struct expr_limits expr_limits_default = {.steps = 300000, .depth = 2000, .memory = (size_t)8 << 20};

void fault_locate(struct str text, struct expr_fault *f)
{
    f->line = f->column = 1;
    for (size_t i = 0; i < f->offset && i < text.n; i++) {
        if (text.p[i] == '\n') {
            f->line++;
            f->column = 1;
        } else if (((uint8_t)text.p[i] & 0xc0) != 0x80) {
            f->column++;
        }
    }
}

struct compiling {
    struct run run;
    struct expr *e;
    bool good;
};

static void compile_here(void *arg, const char *floor)
{
    struct compiling *c = arg;

    c->run.floor = floor;
    if (setjmp(c->run.leave) == 0) {
        c->e->root = expr_shape(&c->run, expr_parse(&c->run, c->e, c->e->text));
        c->good = true;
    }
}

static const struct expr_run no_run = {0};

bool expr_compile(struct arena *keep, struct str text, const struct expr_host *host, struct expr **out,
                  struct expr_fault *fault)
{
    struct compiling c = {.run = {.arena = keep, .fault = fault, .steps = UINT32_MAX, .memory = COMPILE_MEMORY}};
    size_t at;

    *fault = (struct expr_fault){0};
    if (text.n > EXPR_TEXT_MAX) {
        *fault = (struct expr_fault){.code = "X0100", .message = "an expression has at most 65536 octets"};
        fault_locate(text, fault);
        return false;
    }
    if (!utf8_valid(text, &at)) {
        *fault = (struct expr_fault){
            .code = "X0104", .message = "an expression is written in UTF-8", .offset = (uint32_t)at};
        fault_locate(text, fault);
        return false;
    }
    c.run.how = &no_run;
    c.e = ARENA_NEW(keep, struct expr);
    c.e->text = (struct str){arena_strndup(keep, text.p ? text.p : "", text.n), text.n};
    c.e->host = host;
    stack_call(compile_here, &c);
    if (!c.good) {
        fault_locate(text, fault);
        return false;
    }
    *out = c.e;
    return true;
}

/* ---- evaluation ---- */

struct evaluating {
    struct run run;
    struct doc input, out;
    bool good;
};

/* Does the program, or what it may evaluate, name this? And does a builtin have the name? */
static bool is_named(struct run *r, const struct name *name)
{
    const struct expr *e = r->program;
    bool named = false;

    for (uint32_t i = 0; i < e->n_variables; i++)
        if (name_same(e->variables[i]->name, name)) {
            r->rebound |= e->variables[i]->builtin != NULL;
            named = true;
        }
    if (e->evaluates)
        r->rebound |= builtin_find(r->arena, e->host, name->text) != NULL;
    return named || e->evaluates;
}

static struct frame *bindings(struct run *r, const struct expr_run *how)
{
    struct frame *env = frame_new(r, NULL);

    for (size_t i = 0; r->program->n_variables && i < how->n_bindings; i++) {
        struct name name = {str_of(how->bindings[i].name), 0}, *kept;

        name.hash = name_hash(name.text);
        if (!is_named(r, &name))
            continue;
        kept = take(r, sizeof(*kept));
        *kept = name;
        frame_bind(r, env, kept, how->bindings[i].value);
    }
    return env;
}

/* An array as the input is one input, not many. */
static struct doc wrapped(struct run *r, struct doc input)
{
    struct list one = {.r = r};

    if (!is_array(input) || (input.flags & SEQUENCE))
        return input;
    list_add(&one, input);
    return list_doc(&one, SEQUENCE | OUTER);
}

static void evaluate_here(void *arg, const char *floor)
{
    struct evaluating *e = arg;
    struct run *r = &e->run;

    r->floor = floor;
    if (setjmp(r->leave) == 0) {
        struct doc v;

        r->env = bindings(r, r->how);
        v = evaluate(r, r->program->root, wrapped(r, e->input), r->env);
        if (is_array(v) && (v.flags & OUTER) && v.n)
            v = v.children[0];
        e->out = result_of(r, v);
        e->good = true;
    }
    regex_end(r);
}

/* Names alone, through objects of the input: nothing can go wrong, and nothing is made. */
static bool by_names(const struct node *n, struct doc v, struct doc *out)
{
    uint32_t i = 0;

    if (!n->plain)
        return false;
    for (; i < n->n && is_object(v); i++)
        v = member_of(v, n->list[i]->name);
    if (is_array(v) && (i < n->n || v.flags))
        return false;
    *out = i < n->n ? ABSENT : v;
    return v.kind <= DOC_OTHER;
}

static bool evaluated(struct arena *a, const struct expr *e, const struct expr_run *how, struct doc input,
                      struct doc *out, struct expr_fault *fault)
{
    const struct expr_limits *limits = how->limits ? how->limits : &expr_limits_default;
    struct evaluating it = {.input = input,
                            .run = {.arena = a,
                                    .fault = fault,
                                    .steps = limits->steps,
                                    .memory = limits->memory,
                                    .memory_max = limits->memory,
                                    .depth_max = limits->depth,
                                    .how = how,
                                    .program = e,
                                    .root = how->root ? *how->root : input,
                                    .context = input,
                                    .random = how->seed,
                                    .rebound = e->rebinds}};

    stack_call(evaluate_here, &it);
    if (!it.good) {
        fault_locate(e->text, fault);
        return false;
    }
    *out = it.out;
    return true;
}

bool expr_eval(struct arena *a, const struct expr *e, const struct expr_run *how, struct doc input, struct doc *out,
               struct expr_fault *fault)
{
    *fault = (struct expr_fault){0};
    return (!how->trace && by_names(e->root, input, out)) || evaluated(a, e, how, input, out, fault);
}

/* ---- $eval ---- */

/* What goes wrong inside is said as the outer call's fault, once, however many stand in one another. */
static void inner_fault(struct run *r, const char *code, const struct expr_fault *inner)
{
    bool said = strcmp(inner->code, "D3120") == 0 || strcmp(inner->code, "D3121") == 0;

    *r->fault = (struct expr_fault){.code = code, .offset = r->at, .message = inner->message};
    if (!said)
        r->fault->message = arena_f(r->arena, "%s: %s", fault_sentence(code), inner->message);
}

/* Compiles while it runs, so what that takes counts. */
static struct expr *subprogram(struct run *r, struct str text)
{
    size_t before = arena_used(r->arena), used;
    struct expr_fault inner;
    struct expr *sub = NULL;

    charge(r, 100 + text.n);
    if (!expr_compile(r->arena, text, r->program->host, &sub, &inner)) {
        inner_fault(r, "D3120", &inner);
        longjmp(r->leave, 1);
    }
    used = arena_used(r->arena) - before + sub->regexes;
    if (r->memory < used)
        raise_memory(r);
    r->memory -= used;
    charge(r, sub->regexes >> 4);
    return sub;
}

struct doc expr_subprogram(struct run *r, struct str text, struct doc input, struct frame *env)
{
    struct expr *sub = subprogram(r, text);
    struct expr_fault inner, *outer = r->fault;
    uint32_t depth = r->depth;
    jmp_buf leave;
    struct doc v;

    r->rebound |= sub->rebinds;
    memcpy(leave, r->leave, sizeof(leave));
    r->fault = &inner;
    if (setjmp(r->leave) == 0) {
        v = evaluate(r, sub->root, wrapped(r, input), env);
        memcpy(r->leave, leave, sizeof(leave));
        r->fault = outer;
        return v;
    }
    memcpy(r->leave, leave, sizeof(leave));
    r->fault = outer;
    r->depth = depth;
    if (strcmp(inner.code, "D1012") == 0 || strcmp(inner.code, "X1015") == 0)
        raise_at(r, r->at, inner.code, NULL);
    inner_fault(r, "D3121", &inner);
    longjmp(r->leave, 1);
}
