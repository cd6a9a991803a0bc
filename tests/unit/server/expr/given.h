#pragma once

#include "base/must.h"
#include "expr/expr.h"
#include "kit/test.h"

/* What an expression gives on a JSON text: its value as JSON, "(no value)", or "CODE line:column". */
static const char *given_value_within(const char *text, const char *input, const struct expr_run *how)
{
    struct scope *sc = test_scope();
    struct doc in = expr_absent(), out;
    struct expr_fault f;
    const struct doc *d;
    struct expr *e;
    struct buf b;

    if (input) {
        CHECK_OK(doc_parse(sc, str_of(arena_strdup(sc->arena, input)), &d));
        in = *d;
    }
    if (!expr_compile(sc->arena, str_of(text), NULL, &e, &f) || !expr_eval(sc->arena, e, how, in, &out, &f))
        return arena_f(sc->arena, "%s %u:%u", f.code, f.line, f.column);
    if (expr_is_absent(out))
        return "(no value)";
    buf_init(&b, sc->arena, (size_t)16 << 20);
    doc_write(&b, &out);
    return buf_cstr(&b);
}

static inline const char *given_value(const char *text, const char *input)
{
    return given_value_within(text, input, &(struct expr_run){.now_ms = 1767225600000});
}

struct given_case {
    const char *expression, *input, *value;
};

static inline void check_cases(const struct given_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_STR(given_value(cases[i].expression, cases[i].input), cases[i].value);
}
