#include <stdarg.h>
#include <string.h>

#include "canon/schema_int.h"

#define POINTER_MAX 1024
#define NAME_SHOWN  120 /* octets of a name that a document made up */
#define DETAIL_MAX  400
#define STEPS_MAX   16

/* RFC 6901: a tilde is ~0, a slash ~1. */
static void put_step(struct canon_walk *w, struct buf *b, const struct canon_step *s)
{
    const char *name;

    buf_c(b, '/');
    if (!s->name.p) {
        buf_u64(b, s->index);
        return;
    }
    name = arena_cut(w->arena, str_dup(w->arena, s->name), NAME_SHOWN);
    for (; *name; name++) {
        if (*name == '~' || *name == '/')
            buf_s(b, *name == '~' ? "~0" : "~1");
        else
            buf_c(b, *name);
    }
}

static const char *pointer_of(struct canon_walk *w)
{
    const struct canon_step *steps[STEPS_MAX];
    struct buf b;
    size_t n = 0;

    for (const struct canon_step *s = w->at; s; s = s->up) {
        MUST_BE(n < STEPS_MAX);
        steps[n++] = s;
    }
    buf_init(&b, w->arena, POINTER_MAX);
    while (n-- > 0)
        put_step(w, &b, steps[n]);
    return buf_cstr(&b);
}

static void add(struct canon_walk *w, const char *pointer, const char *code, const char *fmt, va_list ap)
{
    struct canon_faults *all = w->faults;

    if (all->n == CANON_FAULTS_MAX) {
        all->more = true;
        return;
    }
    if (!all->v)
        all->v = ARENA_ARRAY(w->arena, struct canon_fault, CANON_FAULTS_MAX);
    all->v[all->n++] = (struct canon_fault){pointer ? pointer : pointer_of(w), code,
                                            arena_cut(w->arena, arena_vf(w->arena, fmt, ap), DETAIL_MAX)};
}

void canon_fault(struct canon_walk *w, const char *code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add(w, NULL, code, fmt, ap);
    va_end(ap);
}

void canon_fault_at(struct canon_walk *w, const char *pointer, const char *code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add(w, pointer, code, fmt, ap);
    va_end(ap);
}

bool canon_readable(const char *code)
{
    static const char *const codes[] = {"does_not_add_up", "out_of_range", "too_precise",   "too_short",
                                        "too_long",        "not_in_list",  "not_a_country", "not_a_currency"};

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (strcmp(codes[i], code) == 0)
            return true;
    return false;
}

static const char *kind_name(const struct doc *v)
{
    switch (doc_kind(v)) {
    case DOC_FALSE:
    case DOC_TRUE:
        return "true or false";
    case DOC_INT:
    case DOC_NUMBER:
        return "a number";
    case DOC_TEXT:
        return "a text";
    case DOC_ARRAY:
        return "a list";
    case DOC_OBJECT:
        return "an object";
    default:
        return "null";
    }
}

void canon_wrong_type(struct canon_walk *w, const char *want, const struct doc *v)
{
    canon_fault(w, "wrong_type", "must be %s, not %s", want, kind_name(v));
}
