#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/money.h"
#include "base/scope.h"

/* doc: a payload as an arena document (RFC 8259). Integers of 64 bits are exact, other numbers keep their
 * text until somebody asks for a decimal; duplicate keys, bad UTF-8 and depth over DOC_DEPTH_MAX are refused with the
 * position. A document and everything read from it lives as long as the arena it was parsed into, and points into the
 * text it was parsed from: that text must live as long and stay as it is. U+0000 is refused, since PostgreSQL cannot
 * store it.
 */
#define DOC_DEPTH_MAX  64
#define DOC_VALUES_MAX 200000

enum doc_kind { DOC_NULL, DOC_FALSE, DOC_TRUE, DOC_INT, DOC_NUMBER, DOC_TEXT, DOC_ARRAY, DOC_OBJECT };

struct doc; /* one value */

/* ERR_INVALID, problem "malformed-json" or "json-too-deep"; the message names line, column and offset. */
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

void doc_write(struct buf *out, const struct doc *d); /* compact JSON */
/* The same with members in the order of their names' octets, whatever order they came in. */
void doc_write_sorted(struct arena *a, struct buf *out, const struct doc *d);
/* Writing by hand: a string with its quotes and escapes. */
void json_put_text(struct buf *out, struct str s);
