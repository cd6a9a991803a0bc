#include <stdlib.h>

#include "base/must.h"
#include "json/doc_int.h"

#define FIRST_STACK 128

static const char too_deep[] = "more than 64 levels";
_Static_assert(DOC_DEPTH_MAX == 64, "the message says so");

/* An open container: where its children begin on the stack. */
struct frame {
    uint32_t start;
    bool is_object;
};

/* Children wait on the stack until their container closes, and then move into the arena together. */
struct parser {
    struct arena *arena;
    const char *p;
    const char *begin;
    const char *end;
    struct doc *stack;
    size_t top;
    size_t cap;
    size_t values;
    size_t depth;
    struct doc_fault fault;
    struct frame frames[DOC_DEPTH_MAX];
    struct doc first[FIRST_STACK];
};

enum next { NEXT_VALUE, NEXT_AFTER, NEXT_END, NEXT_FAULT };

static void stack_free(struct parser *ps)
{
    if (ps->stack != ps->first)
        free(ps->stack);
}

static void stack_double(struct parser *ps)
{
    struct doc *more = realloc(ps->stack == ps->first ? NULL : ps->stack, 2 * ps->cap * sizeof(*more));

    if (!more)
        out_of_memory();
    if (ps->stack == ps->first)
        memcpy(more, ps->first, sizeof(ps->first));
    ps->stack = more;
    ps->cap *= 2;
}

/* Room for one more. */
static inline struct doc *push(struct parser *ps)
{
    if (__builtin_expect(ps->top == ps->cap, 0))
        stack_double(ps);
    return &ps->stack[ps->top++];
}

static bool refuse(struct parser *ps, const char *at, const char *why)
{
    return doc_refuse(&ps->fault, at, why);
}

/* The next octet that is not white space, still unread; NUL at the end, which no rule below takes. */
static inline char peek(struct parser *ps)
{
    while (ps->p < ps->end && (unsigned char)*ps->p <= ' ') {
        if (*ps->p != ' ' && *ps->p != '\n' && *ps->p != '\r' && *ps->p != '\t')
            break;
        ps->p++;
    }
    return ps->p < ps->end ? *ps->p : '\0';
}

static bool take_word(struct parser *ps, struct str word, enum doc_kind kind)
{
    if ((size_t)(ps->end - ps->p) < word.n || memcmp(ps->p, word.p, word.n) != 0)
        return refuse(ps, ps->p, "expected a value");
    ps->p += word.n;
    *push(ps) = (struct doc){.kind = (uint8_t)kind};
    return true;
}

static bool take_text(struct parser *ps)
{
    ps->p++;
    return doc_take_text(ps->arena, &ps->p, ps->end, push(ps), &ps->fault);
}

static bool take_scalar(struct parser *ps, char c)
{
    switch (c) {
    case '"':
        return take_text(ps);
    case 't':
        return take_word(ps, STR("true"), DOC_TRUE);
    case 'f':
        return take_word(ps, STR("false"), DOC_FALSE);
    case 'n':
        return take_word(ps, STR("null"), DOC_NULL);
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return doc_take_number(&ps->p, ps->end, push(ps), &ps->fault);
        return refuse(ps, ps->p, ps->p == ps->end ? "expected a value, but the text ends" : "expected a value");
    }
}

/* A name and its colon. */
static bool take_name(struct parser *ps)
{
    if (peek(ps) != '"')
        return refuse(ps, ps->p, "expected a name in double quotes");
    if (!take_text(ps))
        return false;
    if (peek(ps) != ':')
        return refuse(ps, ps->p, "expected a colon");
    ps->p++;
    return true;
}

static bool close_container(struct parser *ps)
{
    const struct frame *frame = &ps->frames[--ps->depth];
    struct doc *children = ps->stack + frame->start;
    size_t n = ps->top - frame->start;
    struct doc d = {.n = (uint32_t)(frame->is_object ? n / 2 : n), .kind = frame->is_object ? DOC_OBJECT : DOC_ARRAY};

    if (frame->is_object && doc_twice(children, n / 2))
        return refuse(ps, ps->p, "this object has two members of the same name");
    ps->p++;
    if (n)
        d.children = arena_memdup(ps->arena, children, n * sizeof(*children));
    ps->top = frame->start;
    *push(ps) = d;
    return true;
}

static enum next open_container(struct parser *ps, char c)
{
    bool is_object = c == '{';

    if (ps->depth == DOC_DEPTH_MAX) {
        refuse(ps, ps->p, too_deep);
        return NEXT_FAULT;
    }
    ps->frames[ps->depth++] = (struct frame){(uint32_t)ps->top, is_object};
    ps->p++;
    c = peek(ps);
    if (c == (is_object ? '}' : ']'))
        return close_container(ps) ? NEXT_AFTER : NEXT_FAULT;
    if (is_object && !take_name(ps))
        return NEXT_FAULT;
    return NEXT_VALUE;
}

static enum next take_value(struct parser *ps)
{
    char c = peek(ps);

    if (++ps->values > DOC_VALUES_MAX) {
        refuse(ps, ps->p, "more values than a document may hold");
        return NEXT_FAULT;
    }
    if (c == '{' || c == '[')
        return open_container(ps, c);
    return take_scalar(ps, c) ? NEXT_AFTER : NEXT_FAULT;
}

static enum next after_value(struct parser *ps)
{
    const struct frame *frame;
    char c = peek(ps);

    if (!ps->depth) {
        if (ps->p == ps->end)
            return NEXT_END;
        refuse(ps, ps->p, "expected nothing more");
        return NEXT_FAULT;
    }
    frame = &ps->frames[ps->depth - 1];
    if (c == (frame->is_object ? '}' : ']'))
        return close_container(ps) ? NEXT_AFTER : NEXT_FAULT;
    if (c != ',') {
        refuse(ps, ps->p,
               frame->is_object ? "expected a comma or a closing brace" : "expected a comma or a closing bracket");
        return NEXT_FAULT;
    }
    ps->p++;
    return frame->is_object && !take_name(ps) ? NEXT_FAULT : NEXT_VALUE;
}

static bool parse(struct parser *ps)
{
    enum next next = NEXT_VALUE;

    if (ps->end - ps->p >= 3 && memcmp(ps->p, "\xef\xbb\xbf", 3) == 0)
        return refuse(ps, ps->p, "a byte order mark is not part of JSON");
    while (next != NEXT_END && next != NEXT_FAULT)
        next = next == NEXT_VALUE ? take_value(ps) : after_value(ps);
    return next == NEXT_END;
}

/* Columns count characters, from 1. */
static enum err fail(struct scope *sc, const struct parser *ps)
{
    size_t line = 1, column = 1;
    enum err e;

    for (const char *p = ps->begin; p < ps->fault.at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)*p & 0xc0) != 0x80) {
            column++;
        }
    }
    e = FAIL(sc, ERR_INVALID, "broken JSON at line %zu column %zu (offset %zu): %s", line, column,
             (size_t)(ps->fault.at - ps->begin), ps->fault.why);
    scope_problem(sc, ps->fault.why == too_deep ? "json-too-deep" : "malformed-json", 400);
    return e;
}

enum err doc_parse(struct scope *sc, struct str text, const struct doc **out)
{
    CLEANUP(stack_free) struct parser ps;

    ps.arena = sc->arena;
    ps.p = ps.begin = text.p ? text.p : "";
    ps.end = ps.p + text.n;
    ps.stack = ps.first;
    ps.top = ps.values = ps.depth = 0;
    ps.cap = FIRST_STACK;
    if (text.n > UINT32_MAX)
        return FAIL(sc, ERR_TOO_LARGE, "a JSON document is limited to 4 GiB");
    if (!parse(&ps))
        return fail(sc, &ps);
    *out = arena_memdup(sc->arena, ps.stack, sizeof(*ps.stack));
    return OK;
}
