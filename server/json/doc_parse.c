#include <stdlib.h>

#include "base/must.h"
#include "json/doc_int.h"

#define FIRST_STACK 128
#define SHELF_MAX   4096 /* values that room is made for at once */
#define USUAL       10   /* octets of text a value takes, a name being one too */

static const char too_deep[] = "more than 64 levels";
_Static_assert(DOC_DEPTH_MAX == 64, "the message says so");

/* An open container: where its children begin on the stack. */
struct frame {
    uint32_t start;
    bool is_object;
};

/* Children wait on the stack until their container closes, and then move to the shelf together: that is the arena's,
 * and filled from its beginning. Where in the text we are is no member: it is handed on from call to call, so that it
 * stays in a register. */
struct parser {
    struct doc_reader in;
    const char *begin;
    struct doc *stack;
    struct doc *top;
    struct doc *stack_end;
    struct doc *shelf;
    struct doc *shelf_end;
    size_t values;
    size_t depth;
    struct frame frames[DOC_DEPTH_MAX];
    struct doc first[FIRST_STACK];
};

static void stack_free(struct parser *ps)
{
    if (ps->stack != ps->first)
        free(ps->stack);
}

static void stack_double(struct parser *ps)
{
    size_t cap = (size_t)(ps->stack_end - ps->stack);
    struct doc *more = realloc(ps->stack == ps->first ? NULL : ps->stack, 2 * cap * sizeof(*more));

    if (!more)
        out_of_memory();
    if (ps->stack == ps->first)
        memcpy(more, ps->first, sizeof(ps->first));
    ps->stack = more;
    ps->top = more + cap;
    ps->stack_end = more + 2 * cap;
}

/* Room for one more. */
static inline struct doc *push(struct parser *ps)
{
    if (UNLIKELY(ps->top == ps->stack_end))
        stack_double(ps);
    return ps->top++;
}

static void shelf_more(struct parser *ps, const char *p, size_t n)
{
    size_t guess = (size_t)(ps->in.end - p) / USUAL + (size_t)(ps->top - ps->stack);

    if (guess > SHELF_MAX)
        guess = SHELF_MAX;
    if (guess < n)
        guess = n;
    ps->shelf = arena_alloc(ps->in.arena, guess * sizeof(*ps->shelf));
    ps->shelf_end = ps->shelf + guess;
}

/* Values that stay. */
static inline const struct doc *keep(struct parser *ps, const char *p, const struct doc *values, size_t n)
{
    struct doc *kept;

    if (UNLIKELY((size_t)(ps->shelf_end - ps->shelf) < n))
        shelf_more(ps, p, n);
    kept = ps->shelf;
    for (size_t i = 0; i < n; i++)
        kept[i] = values[i];
    ps->shelf += n;
    return kept;
}

static const char *refuse(struct parser *ps, const char *at, const char *why)
{
    return doc_refuse(&ps->in, at, why);
}

static const char *skip_more_white(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static inline const char *skip_white(const struct parser *ps, const char *p)
{
    return LIKELY(p < ps->in.end && (unsigned char)*p > ' ') ? p : skip_more_white(p, ps->in.end);
}

/* NUL at the end, which no rule below takes. */
static inline char at(const struct parser *ps, const char *p)
{
    return LIKELY(p < ps->in.end) ? *p : '\0';
}

static const char *take_word(struct parser *ps, const char *p, struct str word, enum doc_kind kind)
{
    if ((size_t)(ps->in.end - p) < word.n || memcmp(p, word.p, word.n) != 0)
        return refuse(ps, p, "expected a value");
    *push(ps) = (struct doc){.kind = (uint8_t)kind};
    return p + word.n;
}

/* From the opening quote on. */
static inline const char *take_text(struct parser *ps, const char *p)
{
    const char *start = p + 1, *stop = doc_skip_plain(start, ps->in.end);
    struct doc *out = push(ps);

    if (UNLIKELY(stop == ps->in.end || *stop != '"'))
        return doc_take_text(&ps->in, start, stop, out);
    *out = (struct doc){.text = start, .n = (uint32_t)(stop - start), .kind = DOC_TEXT, .plain = true};
    return stop + 1;
}

static inline const char *take_scalar(struct parser *ps, const char *p, char c)
{
    switch (c) {
    case '"':
        return take_text(ps, p);
    case 't':
        return take_word(ps, p, STR("true"), DOC_TRUE);
    case 'f':
        return take_word(ps, p, STR("false"), DOC_FALSE);
    case 'n':
        return take_word(ps, p, STR("null"), DOC_NULL);
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return doc_take_number(&ps->in, p, push(ps));
        return refuse(ps, p, p == ps->in.end ? "expected a value, but the text ends" : "expected a value");
    }
}

/* A name and its colon, up to its value. */
static inline const char *take_name(struct parser *ps, const char *p)
{
    if (at(ps, p) != '"')
        return refuse(ps, p, "expected a name in double quotes");
    p = take_text(ps, p);
    if (!p)
        return NULL;
    p = skip_white(ps, p);
    if (at(ps, p) != ':')
        return refuse(ps, p, "expected a colon");
    return skip_white(ps, p + 1);
}

static const char *close_container(struct parser *ps, const char *p)
{
    const struct frame *frame = &ps->frames[--ps->depth];
    struct doc *children = ps->stack + frame->start;
    size_t n = (size_t)(ps->top - children);
    struct doc d = {.n = (uint32_t)n, .kind = DOC_ARRAY};

    if (frame->is_object) {
        d.n = (uint32_t)(n / 2);
        d.kind = DOC_OBJECT;
        if (doc_twice(children, n / 2, ps->in.end))
            return refuse(ps, p, "this object has two members of the same name");
    }
    if (n)
        d.children = keep(ps, p, children, n);
    ps->top = children;
    *push(ps) = d;
    return p + 1;
}

/* Containers that open here, down to the first value that opens none; that value is taken. */
static const char *take_value(struct parser *ps, const char *p)
{
    for (;;) {
        char c = at(ps, p);
        bool is_object = c == '{';

        if (UNLIKELY(++ps->values > DOC_VALUES_MAX))
            return refuse(ps, p, "more values than a document may hold");
        if (c != '{' && c != '[')
            return take_scalar(ps, p, c);
        if (ps->depth == DOC_DEPTH_MAX)
            return refuse(ps, p, too_deep);
        ps->frames[ps->depth++] = (struct frame){(uint32_t)(ps->top - ps->stack), is_object};
        p = skip_white(ps, p + 1);
        if (at(ps, p) == c + 2) /* the closing one */
            return close_container(ps, p);
        if (is_object && !(p = take_name(ps, p)))
            return NULL;
    }
}

static const char *not_closed(struct parser *ps, const char *p, bool is_object)
{
    return refuse(ps, p, is_object ? "expected a comma or a closing brace" : "expected a comma or a closing bracket");
}

/* Behind a value: closes what ends here, up to the next value; behind the last one the depth is 0. */
static inline const char *take_after(struct parser *ps, const char *p)
{
    while (ps->depth) {
        bool is_object = ps->frames[ps->depth - 1].is_object;
        char c;

        p = skip_white(ps, p);
        c = at(ps, p);
        if (c == ',') {
            p = skip_white(ps, p + 1);
            return is_object ? take_name(ps, p) : p;
        }
        if (c != (is_object ? '}' : ']'))
            return not_closed(ps, p, is_object);
        if (!(p = close_container(ps, p)))
            return NULL;
    }
    p = skip_white(ps, p);
    return p == ps->in.end ? p : refuse(ps, p, "expected nothing more");
}

static bool parse(struct parser *ps)
{
    const char *p = ps->begin;

    if (ps->in.end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        return refuse(ps, p, "a byte order mark is not part of JSON") != NULL;
    p = skip_white(ps, p);
    do {
        if (!(p = take_value(ps, p)) || !(p = take_after(ps, p)))
            return false;
    } while (ps->depth);
    return true;
}

/* Columns count characters, from 1. */
static enum err fail(struct scope *sc, const struct parser *ps)
{
    const struct doc_fault *fault = &ps->in.fault;
    size_t line = 1, column = 1;
    enum err e;

    for (const char *p = ps->begin; p < fault->at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)*p & 0xc0) != 0x80) {
            column++;
        }
    }
    e = FAIL(sc, ERR_INVALID, "broken JSON at line %zu column %zu (offset %zu): %s", line, column,
             (size_t)(fault->at - ps->begin), fault->why);
    scope_problem(sc, fault->why == too_deep ? "json-too-deep" : "malformed-json", 400);
    return e;
}

enum err doc_parse(struct scope *sc, struct str text, const struct doc **out)
{
    CLEANUP(stack_free) struct parser ps; /* most of it is written before it is read */

    ps.begin = text.p ? text.p : "";
    ps.in = (struct doc_reader){.arena = sc->arena, .end = ps.begin + text.n};
    ps.stack = ps.top = ps.first;
    ps.stack_end = ps.first + FIRST_STACK;
    ps.shelf = ps.shelf_end = NULL;
    ps.values = ps.depth = 0;
    if (text.n > UINT32_MAX)
        return FAIL(sc, ERR_TOO_LARGE, "a JSON document is limited to 4 GiB");
    if (!parse(&ps))
        return fail(sc, &ps);
    *out = arena_memdup(sc->arena, ps.stack, sizeof(*ps.stack));
    return OK;
}
