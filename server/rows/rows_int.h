#pragma once

#include <string.h>

#include "rows/rows.h"

/* A line's or a row's end within a window. */
enum found { FOUND, NOT_YET, TOO_LONG };

struct fields {
    struct str *v;
    size_t n, cap;
};

struct mistake {
    const char *reason; /* NULL: none */
    size_t column;      /* from 1; 0: the row's */
};

/* The line at w->at without its end; *out_next is where the next one begins. */
enum found rows_line(const struct rows_window *w, struct str *out, size_t *out_next);

/* The fields of the row at w->at. Moves nothing; *out_next is where the next row begins, *out_lines how many lines that
 * is, also when *out has a mistake. */
enum found rows_csv(struct arena *a, const struct rows_format *f, const struct rows_window *w, struct fields *out,
                    size_t *out_next, int64_t *out_lines, struct mistake *wrong);
void rows_fixed(struct arena *a, const struct rows_format *f, struct str line, struct fields *out);

/* False: *out says what is wrong. */
bool rows_object(struct scope *sc, const struct rows *r, const struct fields *fields, struct rows_row *out);
bool rows_json_object(struct scope *sc, const struct rows *r, struct str line, struct rows_row *out);

/* The heading's fields as columns. */
enum err rows_columns_of(struct scope *sc, const struct rows_format *f, const struct fields *heading, struct rows *out);
