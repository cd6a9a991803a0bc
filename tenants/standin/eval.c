#include "standin/standin_int.h"

#include "base/must.h"
#include "base/timefmt.h"
#include "mapping/mapping.h"

/* The stand-in's expressions are the test's and the demo's own, so that they may take more than a customer's. */
static const struct expr_limits limits = {.steps = 20000000, .depth = 500, .memory = (size_t)256 << 20};

void standin_bind(struct standin_bound *b, const char *name, struct doc value)
{
    MUST_BE(b->n < ARRAY_LEN(b->v));
    b->v[b->n++] = (struct expr_binding){name, value};
}

bool standin_bind_set(struct standin_bound *b, const char *name, struct doc value)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->v[i].name, name) == 0) {
            b->v[i].value = value;
            return true;
        }
    standin_bind(b, name, value);
    return false;
}

const struct doc *standin_bound(const struct standin_bound *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->v[i].name, name) == 0)
            return &b->v[i].value;
    return NULL;
}

int64_t standin_now_us(const struct standin *s)
{
    return s->now_us ? s->now_us : time_now_us();
}

enum err standin_eval(struct scope *sc, const struct standin *s, const struct standin_bound *b, const struct expr *e,
                      const struct doc *input, struct doc *out)
{
    struct mapping_numbers_user user = {sc->arena};
    struct expr_run how = {.limits = &limits,
                           .now_ms = standin_now_us(s) / 1000,
                           .seed = (uint64_t)s->seed,
                           .bindings = b->v,
                           .n_bindings = b->n,
                           .user = &user};
    struct expr_fault fault;

    if (expr_eval(sc->arena, e, &how, input ? *input : expr_absent(), out, &fault))
        return OK;
    return FAIL(sc, ERR_INTERNAL, "the stand-in's document: %s: %s (line %u, column %u)", fault.code, fault.message,
                fault.line, fault.column);
}
