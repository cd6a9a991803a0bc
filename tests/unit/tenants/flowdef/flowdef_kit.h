#pragma once

#include "flowdef/flowdef.h"
#include "kit/test.h"

/* Documents in single quotes, since C has the double ones. */
static const struct doc *kit_doc(const char *text)
{
    struct scope *sc = test_scope();
    char *json = arena_strdup(sc->arena, text);
    const struct doc *d;

    for (char *p = json; *p; p++)
        if (*p == '\'')
            *p = '"';
        else if (*p == '`')
            *p = '\'';
    CHECK_OK(doc_parse(sc, str_of(json), &d));
    return d;
}

/* A flow asked for by hand, of these steps. */
static inline const char *kit_flow(const char *steps)
{
    return arena_f(test_scope()->arena, "{'format': 'flow/1', 'trigger': {'api': {}}, 'steps': [%s]}", steps);
}

/* "pointer code: detail" of each fault, by lines; "" when it compiles. */
static inline const char *kit_faults(const char *text, struct flowdef **out)
{
    struct flowdef_faults faults;
    struct flowdef *f = NULL;
    struct buf b;

    buf_init(&b, test_scope()->arena, 100000);
    if (flowdef_compile(test_scope()->arena, kit_doc(text), &f, &faults)) {
        if (out)
            *out = f;
        return "";
    }
    for (size_t i = 0; i < faults.n; i++) {
        const struct flowdef_fault *v = &faults.v[i];

        buf_f(&b, "%s%s %s: %s", i ? "\n" : "", v->pointer, v->code, v->detail);
        if (v->line)
            buf_f(&b, " (%u:%u)", v->line, v->column);
    }
    return buf_cstr(&b);
}
