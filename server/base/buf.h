#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* buf: octets that grow inside an arena, with a ceiling stated at the start. Passing the ceiling sets
 * `full` and drops what does not fit; the writer checks once at the end. str: a borrowed run of octets.
 */
struct str {
    const char *p; /* may be NULL when n is 0; not NUL-terminated unless said so */
    size_t n;
};

struct bytes {
    const void *p; /* NULL: absent */
    size_t n;
};

struct buf {
    struct arena *arena;
    char *p;
    size_t n;
    size_t cap;
    size_t max;
    bool full;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

struct str str_of(const char *s); /* NULL gives an empty one */
bool str_equal(struct str a, struct str b);
bool str_is(struct str a, const char *s);
bool str_is_nocase(struct str a, const char *s); /* ASCII */
bool str_starts(struct str a, const char *prefix);
const char *str_dup(struct arena *a, struct str s); /* NUL-terminated copy */

void buf_init(struct buf *b, struct arena *a, size_t max);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_s(struct buf *b, const char *s);
void buf_c(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
void buf_f(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *buf_reserve(struct buf *b, size_t n); /* room for n more, or NULL when full; then buf_advance */
void buf_advance(struct buf *b, size_t n);
const char *buf_cstr(struct buf *b); /* adds a NUL that is not counted */
struct str buf_str(const struct buf *b);

/* base64 of RFC 4648 section 4 (strict: canonical padding, no white space) and hex: written in lower case, read in
 * either. On false out_n is untouched, out may hold a part. */
void buf_base64(struct buf *b, const void *p, size_t n);
bool base64_decode(struct str in, void *out, size_t cap, size_t *out_n);
/* base64url of RFC 4648 section 5 without padding, as RFC 7515 has it; as strict. */
void buf_base64url(struct buf *b, const void *p, size_t n);
bool base64url_decode(struct str in, void *out, size_t cap, size_t *out_n);
/* All but the unreserved characters of RFC 3986 as %XX: for a part of an address, or a form's value. */
void buf_percent(struct buf *b, struct str text);
void buf_hex(struct buf *b, const void *p, size_t n);
bool hex_decode(struct str in, void *out, size_t cap, size_t *out_n);
