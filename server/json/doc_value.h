#pragma once

#include "json/doc.h"

/* doc_value: how a value lies in memory, for those who make documents of their own: the evaluator of expressions and
 * the canonical objects. Whoever only reads uses doc.h. A value is sixteen octets and is passed and copied as such:
 * what it points to is never changed, so that a copy shares it.
 */
struct doc {
    union {
        const char *text;           /* DOC_TEXT: decoded; DOC_INT, DOC_NUMBER: as written */
        const struct doc *children; /* an object's names and values in turn, or an array's items, side by side */
        const void *other;          /* kinds of the evaluator's own, from DOC_OTHER */
        int64_t integer;            /* DOC_COMPUTED_INT */
        double real;                /* DOC_COMPUTED_REAL: finite */
    };
    uint32_t n; /* octets, items or members */
    uint8_t kind;
    uint8_t flags; /* the evaluator's; 0 in what was parsed */
    bool plain;    /* a text that stands in JSON as it is: set by the parser, and true of any part of such a text */
};

/* Numbers that were not read from a text. doc_kind() calls them DOC_INT and DOC_NUMBER. */
enum { DOC_COMPUTED_INT = DOC_OBJECT + 1, DOC_COMPUTED_REAL, DOC_OTHER };

static inline struct doc doc_make_text(struct str s)
{
    return (struct doc){.text = s.p, .n = (uint32_t)s.n, .kind = DOC_TEXT};
}

static inline struct doc doc_make_bool(bool yes)
{
    return (struct doc){.kind = yes ? DOC_TRUE : DOC_FALSE};
}

static inline struct doc doc_make_int(int64_t v)
{
    return (struct doc){.integer = v, .kind = DOC_COMPUTED_INT};
}

/* One without a fraction that fits 53 bits becomes an integer; v is finite. */
struct doc doc_make_real(double v);

static inline struct doc doc_make_array(const struct doc *items, size_t n)
{
    return (struct doc){.children = items, .n = (uint32_t)n, .kind = DOC_ARRAY};
}

/* n members: names (DOC_TEXT) and values in turn. */
static inline struct doc doc_make_object(const struct doc *members, size_t n)
{
    return (struct doc){.children = members, .n = (uint32_t)n, .kind = DOC_OBJECT};
}

#define DOC_REAL_MAX 32
/* A number as ECMAScript's Number::toString writes it, which RFC 8785 takes over: the shortest text that reads back the
 * same, and of several of that length the nearest; what is not finite as null. Returns its length; ends with a NUL. */
size_t doc_real_format(double v, char out[DOC_REAL_MAX]);
size_t doc_int_format(int64_t v, char out[DOC_REAL_MAX]); /* likewise, without the NUL */
/* The double nearest to a number's text or value, whatever its length. False unless d is a number, and when it is too
 * large for one; what is too small is 0. */
bool doc_real(const struct doc *d, double *out);
