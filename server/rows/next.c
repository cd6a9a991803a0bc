#include "base/utf8.h"
#include "rows/rows_int.h"

/* Row after row, and what is before the first. */

static bool is_empty_line(struct str line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] != ' ' && line.p[i] != '\t')
            return false;
    return true;
}

/* ---- before the first row ---- */

static enum err skip(struct scope *sc, const struct rows_format *f, struct rows_window *w, struct rows *r)
{
    struct str line;
    size_t next;

    if (w->at == 0 && w->text.n >= 3 && memcmp(w->text.p, "\xef\xbb\xbf", 3) == 0)
        w->at = 3; /* of UTF-16 it is the same character */
    for (int64_t i = 0; i < f->skip && w->at < w->text.n; i++) {
        if (rows_line(w, &line, &next) != FOUND)
            return FAIL(sc, ERR_INVALID, "line %lld is longer than a row may be", (long long)r->line);
        w->at = next;
        r->line++;
    }
    return OK;
}

static enum err heading(struct scope *sc, const struct rows_format *f, struct rows_window *w, struct rows *r)
{
    struct fields fields;
    struct mistake wrong;
    enum found found;
    int64_t lines;
    size_t next;

    if (w->at == w->text.n)
        return FAIL(sc, ERR_INVALID, "the file is empty: not even a heading is there");
    found = rows_csv(sc->arena, f, w, &fields, &next, &lines, &wrong);
    if (found != FOUND)
        return FAIL(sc, ERR_INVALID, "the heading is longer than a row may be");
    if (wrong.reason)
        return FAIL(sc, ERR_INVALID, "the heading cannot be read: %s (column %zu)", wrong.reason, wrong.column);
    w->at = next;
    r->line += lines;
    return rows_columns_of(sc, f, &fields, r);
}

enum err rows_begin(struct scope *sc, const struct rows_format *f, struct rows_window *w, struct rows *out)
{
    struct rows r = {.format = f, .line = 1, .columns = f->columns, .column_count = f->column_count};

    TRY(sc, skip(sc, f, w, &r));
    if (f->kind == ROWS_CSV && f->header)
        TRY(sc, heading(sc, f, w, &r));
    *out = r;
    return OK;
}

/* ---- rows ---- */

static const char *column_name(struct arena *a, const struct rows *r, size_t column)
{
    if (column == 0)
        return NULL;
    return column <= r->column_count ? r->columns[column - 1].name : arena_f(a, "column %zu", column);
}

static enum rows_got refused(struct rows_row *out, const char *column, const char *reason)
{
    out->column = column;
    out->reason = reason;
    return ROWS_REFUSED;
}

/* The rest of a line that is too long; its row has been refused. False: the window ends before it does. */
static bool skipped(struct rows *r, struct rows_window *w)
{
    const char *from = w->text.p + w->at, *end = w->at < w->text.n ? memchr(from, '\n', w->text.n - w->at) : NULL;

    w->at = end ? (size_t)(end + 1 - w->text.p) : w->text.n;
    r->skipping = !end && !w->last;
    r->line += end != NULL;
    return !r->skipping;
}

static enum rows_got too_long(struct scope *sc, struct rows *r, struct rows_window *w, struct rows_row *out)
{
    const char *reason = arena_f(sc->arena, "the row is longer than %zu octets", ROWS_ROW_MAX);

    out->number = ++r->number;
    out->line = r->line;
    (void)skipped(r, w);
    return refused(out, NULL, reason);
}

static enum rows_got csv(struct scope *sc, struct rows *r, struct rows_window *w, struct rows_row *out)
{
    struct fields fields;
    struct mistake wrong;
    int64_t lines;
    size_t next;

    switch (rows_csv(sc->arena, r->format, w, &fields, &next, &lines, &wrong)) {
    case NOT_YET:
        return ROWS_MORE;
    case TOO_LONG:
        return too_long(sc, r, w, out);
    case FOUND:
        break;
    }
    w->at = next;
    out->line = r->line;
    r->line += lines;
    out->number = ++r->number;
    if (wrong.reason)
        return refused(out, column_name(sc->arena, r, wrong.column), wrong.reason);
    return rows_object(sc, r, &fields, out) ? ROWS_ROW : ROWS_REFUSED;
}

static enum rows_got line_of(struct scope *sc, struct rows *r, struct str line, struct rows_row *out)
{
    struct fields fields;

    if (r->format->kind == ROWS_JSON)
        return rows_json_object(sc, r, line, out) ? ROWS_ROW : ROWS_REFUSED;
    if (!utf8_valid(line, NULL))
        return refused(out, NULL, "has octets that are no text in the encoding that is set");
    rows_fixed(sc->arena, r->format, line, &fields);
    return rows_object(sc, r, &fields, out) ? ROWS_ROW : ROWS_REFUSED;
}

static enum rows_got in_lines(struct scope *sc, struct rows *r, struct rows_window *w, struct rows_row *out)
{
    struct str line;
    size_t next;

    switch (rows_line(w, &line, &next)) {
    case NOT_YET:
        return ROWS_MORE;
    case TOO_LONG:
        return too_long(sc, r, w, out);
    case FOUND:
        break;
    }
    w->at = next;
    out->line = r->line++;
    out->number = ++r->number;
    return line_of(sc, r, line, out);
}

/* Lines with nothing on them are no rows. */
static bool pass_empty(struct rows *r, struct rows_window *w)
{
    struct str line;
    size_t next;

    while (w->at < w->text.n) {
        enum found found = rows_line(w, &line, &next);

        if (found == NOT_YET)
            return false;
        if (found == TOO_LONG || !is_empty_line(line))
            return true;
        w->at = next;
        r->line++;
    }
    return w->last;
}

/* Fields divided by tabs or blanks may all be empty, which is a row; so only lines without anything are passed. */
static bool pass_bare(struct rows *r, struct rows_window *w)
{
    while (w->at < w->text.n && (w->text.p[w->at] == '\n' ||
                                 (w->text.p[w->at] == '\r' && w->at + 1 < w->text.n && w->text.p[w->at + 1] == '\n'))) {
        w->at += w->text.p[w->at] == '\r' ? 2 : 1;
        r->line++;
    }
    return w->last || w->at < w->text.n;
}

enum rows_got rows_next(struct scope *sc, struct rows *r, struct rows_window *w, struct rows_row *out)
{
    *out = (struct rows_row){0};
    if (r->skipping && !skipped(r, w))
        return ROWS_MORE;
    if (!(r->format->kind == ROWS_CSV ? pass_bare(r, w) : pass_empty(r, w)))
        return ROWS_MORE;
    if (w->at == w->text.n)
        return ROWS_END;
    return r->format->kind == ROWS_CSV ? csv(sc, r, w, out) : in_lines(sc, r, w, out);
}

/* ---- fixed width ---- */

/* Where the character of that number begins, or the line's end. */
static size_t place(struct str line, size_t from, int64_t characters)
{
    while (characters-- > 0 && from < line.n)
        (void)utf8_take(line, &from);
    return from;
}

void rows_fixed(struct arena *a, const struct rows_format *f, struct str line, struct fields *out)
{
    *out = (struct fields){.v = ARENA_ARRAY(a, struct str, f->column_count), .n = f->column_count};
    for (size_t i = 0; i < f->column_count; i++) {
        size_t from = place(line, 0, f->columns[i].from - 1), to = place(line, from, f->columns[i].length);

        out->v[i] = (struct str){line.p + from, to - from};
    }
}
