#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "json/doc.h"

/* rows: flat files as rows: CSV (RFC 4180), fixed width and JSON lines, each row a JSON object or a reason. Knows no
 * file, no tenant and no clock; it is given the octets a window at a time. The fact people get wrong: a row that cannot
 * be read says nothing of the next one. Where the next one begins after it is settled here: behind the line on which
 * the fault was seen, and, where a quote was never closed, behind the line on which it was opened.
 *
 * How a file is written is said (`struct rows_format`) and never guessed, but for a byte order mark of UTF-8, which
 * says nothing. A format as settings:
 *   {"format": "csv", "encoding": "utf-8", "delimiter": ",", "quote": "\"", "header": true, "skip": 0,
 *    "decimal": ".", "thousands": "", "key": ["sku"],
 *    "columns": [{"name": "sku", "heading": "Item", "needed": true, "kind": "text", "trim": true}]}
 * format: csv, fixed or json. Of fixed each column has "from" (1 is the first character) and "length", both in
 * characters. kind: text, integer or decimal; a decimal is written without its thousands, with a point, as a text. A
 * field that is empty has no member. Columns of a heading that the format does not name come as they are headed.
 */
#define ROWS_ROW_MAX     ((size_t)256 << 10) /* octets of a row, in UTF-8 */
#define ROWS_WINDOW      ((size_t)1 << 20)   /* octets of the file that always suffice for a row */
#define ROWS_COLUMNS_MAX 500
#define ROWS_NAME_MAX    200
#define ROWS_KEYS_MAX    8
#define ROWS_KEY_MAX     120
#define ROWS_SKIP_MAX    1000

enum rows_kind { ROWS_CSV, ROWS_FIXED, ROWS_JSON };
enum rows_encoding { ROWS_UTF8, ROWS_LATIN1, ROWS_WINDOWS1252, ROWS_UTF16LE, ROWS_UTF16BE };
enum rows_value { ROWS_TEXT, ROWS_INTEGER, ROWS_DECIMAL };

struct rows_column {
    const char *name;
    const char *heading; /* NULL: name */
    enum rows_value kind;
    bool needed, trim;
    int64_t from, length; /* ROWS_FIXED, in characters, the first is 1 */
};

struct rows_format {
    enum rows_kind kind;
    enum rows_encoding encoding;
    char delimiter, quote;   /* quote NUL: none */
    char decimal, thousands; /* thousands NUL: none */
    bool header;
    int64_t skip; /* lines before the heading or the first row */
    const struct rows_column *columns;
    size_t column_count;
    const char *keys[ROWS_KEYS_MAX]; /* of which members a row's key is made */
    size_t key_count;
};

/* The members of settings that it knows; others are the caller's to refuse (rows_format_knows). Faults are named by
 * scope_item below `pointer`: ERR_INVALID. What it gives points into the settings and the arena. */
enum err rows_format_read(struct scope *sc, const struct doc *settings, const char *pointer, struct rows_format *out);
bool rows_format_knows(struct str member);

/* Where reading is: all that is kept between two windows, and between two processes. */
struct rows {
    const struct rows_format *format;
    int64_t at;                        /* octets of the file before the next row */
    int64_t number;                    /* of the last row; 0: none yet */
    int64_t line;                      /* of the next row, from 1 */
    bool skipping;                     /* the rest of a line that is too long is still to be passed */
    const struct rows_column *columns; /* of CSV: of the heading, in the order of the file */
    size_t column_count;
};

/* A part of the file as UTF-8. What is no character of its encoding stays something that is no UTF-8. */
struct rows_window {
    struct str text;
    size_t at; /* of the text: where the next row begins */
    bool last; /* nothing follows */
};
void rows_window_make(struct arena *a, const struct rows_format *f, struct str raw, bool last, struct rows_window *out);
/* Where of the file the next row begins, r->at being where the window does. */
int64_t rows_place(const struct rows *r, const struct rows_window *w, struct str raw);
/* Moves r->at there; the window must not be read any further. */
void rows_window_end(struct rows *r, const struct rows_window *w, struct str raw);

/* Begins a file at its first window: passes a byte order mark, the lines to skip and the heading. ERR_INVALID: the file
 * as a whole cannot be read, with the reason. */
enum err rows_begin(struct scope *sc, const struct rows_format *f, struct rows_window *w, struct rows *out);
/* What a later process needs of the heading beside the numbers: a JSON list; "" where there is none. */
const char *rows_heading(struct arena *a, const struct rows *r);
/* Goes on: the numbers of *r are set by the caller. ERR_INTERNAL: the heading is none that rows_heading gave. */
enum err rows_resume(struct scope *sc, const struct rows_format *f, const char *heading, struct rows *r);

enum rows_got {
    ROWS_ROW,
    ROWS_REFUSED, /* number, line, column and reason say what and why */
    ROWS_MORE,    /* a window from r->at on is needed */
    ROWS_END,
};
struct rows_row {
    int64_t number; /* among the rows, from 1 */
    int64_t line;   /* of the file, from 1: where it begins */
    struct str json;
    const char *key;    /* NULL: the format has none */
    const char *column; /* NULL: it is the row's fault */
    const char *reason;
};
enum rows_got rows_next(struct scope *sc, struct rows *r, struct rows_window *w, struct rows_row *out);

/* ---- writing ---- */

/* A list of objects as CSV with a heading, lines ended by CR and LF: columns as the format names them, else the members
 * of the first row in their order. A text that a spreadsheet would take for a formula is quoted and, where `safe`, has
 * an apostrophe before it; a number in a column of numbers is none. ERR_INVALID with a pointer: no list of objects, a
 * member that is a list or an object, a member that no column takes, a needed one that is absent, a text that has no
 * place in the format. */
enum err rows_write(struct scope *sc, const struct rows_format *f, const struct doc *rows, bool safe, struct buf *out);
