#pragma once

#include "json/doc_value.h"

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Why the text was refused, and where. */
struct doc_fault {
    const char *at;
    const char *why;
};

static inline bool doc_refuse(struct doc_fault *f, const char *at, const char *why)
{
    f->at = at;
    f->why = why;
    return false;
}

/* The first octet that is not plain: a quote, a backslash, a control character or part of a longer UTF-8 sequence. */
static inline const char *doc_skip_plain(const char *p, const char *end)
{
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
        __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
        __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)); /* signed: takes in everything from 0x80 too */
        int mask = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), low));

        if (mask)
            return p + __builtin_ctz((unsigned)mask);
    }
#endif
    for (; p < end; p++)
        if (*p == '"' || *p == '\\' || (signed char)*p < 0x20)
            break;
    return p;
}

/* Length of the well-formed sequence of two to four octets at p (Unicode, table 3-7); 0 if there is none. */
size_t doc_utf8(const char *p, const char *end);

/* *at stands behind the opening quote and is moved behind the closing one. Texts with escapes are decoded into a. */
bool doc_take_text(struct arena *a, const char **at, const char *end, struct doc *out, struct doc_fault *f);
bool doc_take_number(const char **at, const char *end, struct doc *out, struct doc_fault *f);

/* A name that stands twice among n members (names and values in turn), or NULL. */
const struct doc *doc_twice(const struct doc *members, size_t n);
