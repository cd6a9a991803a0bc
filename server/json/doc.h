#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/money.h"
#include "base/scope.h"

/* doc: a payload as an arena document (RFC 8259). Integers of 64 bits are exact, other numbers keep their
 * text until somebody asks for a decimal or a double; duplicate keys, bad UTF-8 and depth over DOC_DEPTH_MAX are
 * refused with the position. A document and everything read from it lives as long as the arena it was parsed into, and
 * points into the text it was parsed from: that text must live as long and stay as it is. U+0000 is refused, since
 * PostgreSQL cannot store it.
 */
#define DOC_DEPTH_MAX  64
#define DOC_VALUES_MAX 200000

enum doc_kind { DOC_NULL, DOC_FALSE, DOC_TRUE, DOC_INT, DOC_NUMBER, DOC_TEXT, DOC_ARRAY, DOC_OBJECT };

struct doc; /* one value */

/* ERR_INVALID, problem "malformed-json" or "json-too-deep": the message names line, column and offset. ERR_TOO_LARGE
 * over 4 GiB; whoever takes texts from outside has a smaller limit. */
enum err doc_parse(struct scope *sc, struct str text, const struct doc **out);

enum doc_kind doc_kind(const struct doc *d);                     /* NULL is DOC_NULL */
size_t doc_count(const struct doc *d);                           /* items or members; 0 for scalars and NULL */
const struct doc *doc_at(const struct doc *d, size_t i);         /* the i-th item or member's value, or NULL */
struct str doc_key(const struct doc *d, size_t i);               /* the i-th member's name */
const struct doc *doc_get(const struct doc *d, const char *key); /* NULL when absent or not an object */
/* "a.b.0.c": a convenience for readers in C; NULL when any step is absent. */
const struct doc *doc_path(const struct doc *d, const char *dotted);
const struct doc *doc_pointer(const struct doc *d, const char *pointer); /* RFC 6901 */

struct str doc_text(const struct doc *d);                   /* a string's octets; empty otherwise */
const char *doc_cstr(struct arena *a, const struct doc *d); /* NULL unless a string without U+0000 */
bool doc_int(const struct doc *d, int64_t *out);            /* integers only */
/* A number, or a string that holds one: exact. */
bool doc_decimal(const struct doc *d, struct decimal *out);
bool doc_bool(const struct doc *d, bool *out);
struct str doc_number_text(const struct doc *d); /* as written; empty unless a number that was read from a text */

/* Compact JSON. A value that was computed and is deeper than DOC_DEPTH_MAX leaves the buffer `full`; what JSON has no
 * word for is null. Numbers that were read are written as they were. */
void doc_write(struct buf *out, const struct doc *d);
/* The same with members in the order of their names' UTF-16 units (RFC 8785 section 3.2.3), whatever order they came
 * in. That differs from the order of their octets only where a name has a character over U+FFFF. */
void doc_write_sorted(struct arena *a, struct buf *out, const struct doc *d);
/* RFC 8785: sorted, and each number in one form, so that 1, 1.0 and 1e0 give the same octets. On purpose otherwise than
 * the RFC: an integer of 64 bits is written with all its digits, whatever its size, and what is too large for a double
 * keeps its digits too. Other numbers are those of the nearest double, so beyond 17 digits two may become one. Whoever
 * needs a hash gives the octets to crypto_hash: this room knows no crypto. */
void doc_canonical(struct arena *a, struct buf *out, const struct doc *d);

/* The same value: members in any order, numbers by their exact value (1 = 1.0 = 1e0, and no two integers are one), NULL
 * like null. Never true of what is deeper than DOC_DEPTH_MAX. */
bool doc_equal(const struct doc *a, const struct doc *b);

/* One value that is not what it was. */
struct doc_change {
    const char *path;         /* JSON Pointer; the whole is "" */
    const struct doc *before; /* NULL: it has been added */
    const struct doc *after;  /* NULL: it has been removed */
};
struct doc_changes {
    const struct doc_change *items;
    size_t n;
    bool more; /* than the limit */
};
/* What changed, in the order of `before`, what an object has got in addition behind it; never fails. Items of arrays
 * are compared by their place: one put in at the front is told as a change of each behind it. What lies deeper than
 * DOC_DEPTH_MAX, or whose path would be longer than DOC_POINTER_MAX, is told as a change of what it is in. At most
 * `limit` changes are told. */
#define DOC_POINTER_MAX 4096
void doc_diff(struct arena *a, const struct doc *before, const struct doc *after, size_t limit,
              struct doc_changes *out);

/* One step of a JSON Pointer: a slash, and the name with "~" and "/" escaped. */
void doc_pointer_put(struct buf *out, struct str name);
void doc_pointer_put_index(struct buf *out, size_t i);

/* Writing by hand: a string with its quotes and escapes; what is not UTF-8 becomes U+FFFD. */
void json_put_text(struct buf *out, struct str s);
