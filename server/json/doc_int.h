#pragma once

#include "json/doc_value.h"

#include <endian.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Why the text was refused, and where. */
struct doc_fault {
    const char *at;
    const char *why;
};

/* What is read, and where texts with escapes are decoded: a run of the arena's memory that they share. */
struct doc_reader {
    struct arena *arena;
    const char *end;
    char *decoded; /* where the present text begins */
    char *to;
    char *to_end;
    struct doc_fault fault;
};

/* Gives NULL, as everything here that reads does for a fault; otherwise it gives where it has come to. */
static inline const char *doc_refuse(struct doc_reader *r, const char *at, const char *why)
{
    r->fault = (struct doc_fault){at, why};
    return NULL;
}

#if defined(__SSE2__)
/* One bit for each of sixteen octets that is a quote, a backslash, a control character or part of a longer sequence. */
static inline unsigned doc_special(__m128i v)
{
    __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)); /* signed: takes in everything from 0x80 too */

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), low));
}
#endif

static inline bool doc_is_special(char c)
{
    return c == '"' || c == '\\' || (signed char)c < 0x20;
}

/* The first octet that is not plain: a quote, a backslash, a control character or part of a longer UTF-8 sequence. */
static inline const char *doc_skip_plain(const char *p, const char *end)
{
#if defined(__SSE2__)
    unsigned special;

    for (; end - p >= 16; p += 16)
        if ((special = doc_special(_mm_loadu_si128((const __m128i *)(const void *)p))))
            return p + __builtin_ctz(special);
    if (end - p >= 8) {
        special = doc_special(_mm_loadl_epi64((const __m128i *)(const void *)p)) & 0xff;
        if (special)
            return p + __builtin_ctz(special);
        p += 8;
    }
#endif
    while (p < end && !doc_is_special(*p))
        p++;
    return p;
}

/* Behind all the characters from p on that need no escape; UTF-8 is checked. */
const char *doc_skip_good(const char *p, const char *end);

/* A text's octets without a call, since most are short. The places do not overlap. */
static inline char *doc_copy(char *to, const char *p, size_t n)
{
    if (n >= 32)
        return (char *)memcpy(to, p, n) + n;
    if (n >= 16) {
        memcpy(to, p, 16);
        memcpy(to + n - 16, p + n - 16, 16);
    } else if (n >= 8) {
        memcpy(to, p, 8);
        memcpy(to + n - 8, p + n - 8, 8);
    } else if (n >= 4) {
        memcpy(to, p, 4);
        memcpy(to + n - 4, p + n - 4, 4);
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = p[i];
    }
    return to + n;
}

/* A text that is not all plain: `start` stands behind its opening quote, p at the first octet that is not plain. */
const char *doc_take_text(struct doc_reader *r, const char *start, const char *p, struct doc *out);
const char *doc_take_number(struct doc_reader *r, const char *start, struct doc *out);

/* Is there a name that stands twice among n members (names and values in turn)? The names are of the text that ends at
 * `end`, or have eight octets that may be read. */
bool doc_twice(const struct doc *members, size_t n, const char *end);

/* Finds an object's members by name: where the last one was found, the next is looked for first; then, in a larger
 * object, by a table. */
struct doc_names {
    const struct doc *object;
    struct doc_slot *slots;
    size_t mask;
    size_t next;
};
const struct doc *doc_names_find(struct doc_names *x, const struct doc *name); /* the value, or NULL */
void doc_names_dispose(struct doc_names *x);

/* An index without leading zeros, the only form RFC 6901 takes; SIZE_MAX otherwise. */
size_t doc_index_of(const char *p, size_t n);

static inline bool doc_same_text(const struct doc *a, const struct doc *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->text, b->text, a->n) == 0);
}

static inline bool doc_is_number(const struct doc *d)
{
    return doc_kind(d) == DOC_INT || doc_kind(d) == DOC_NUMBER;
}

/* A number's value digit for digit. A computed one has the value it is written with, an integer of 64 bits its own.
 * Exponents beyond 10^17 count as the same. */
struct doc_exact {
    const char *digits; /* from the first to the last that is not 0; a point may stand between */
    size_t n;           /* octets of it, the point too; 0: the value is 0 */
    int64_t exponent;   /* the power of ten of the first digit: 0 in 1.5, -2 in 0.01 */
    bool negative;
};
/* `room` must last as long as *out. */
void doc_exact_of(const struct doc *number, char room[DOC_REAL_MAX], struct doc_exact *out);
bool doc_exact_equal(const struct doc_exact *a, const struct doc_exact *b);
bool doc_exact_int(const struct doc_exact *x, int64_t *out); /* false unless an integer of 64 bits */
/* Up to max digits without the point, and whether what is left out is more than nothing. */
size_t doc_exact_digits(const struct doc_exact *x, char *out, size_t max, bool *cut);

/* 10^k, k from DOC_POWER_MIN to DOC_POWER_MAX, as the 128 bits from its highest one on, rounded up. */
#define DOC_POWER_MIN (-292)
#define DOC_POWER_MAX 324
struct doc_power {
    uint64_t high, low;
};
struct doc_power doc_power(int k);
