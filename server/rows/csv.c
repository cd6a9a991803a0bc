#include "rows/rows_int.h"

/* One row of CSV. What RFC 4180 leaves open: lines may end with LF alone; a quote within a field that does not begin
 * with one, and a text behind a closing quote, are mistakes and not guessed at. */

struct scan {
    struct arena *a;
    const struct rows_format *f;
    const char *p, *end; /* what is left of the window */
    bool last;           /* of the file */
    int64_t lines;       /* line ends that were passed within quotes */
    struct fields *out;
    struct mistake *wrong;
};

enum after { AFTER_FIELD, AFTER_ROW, AFTER_MISTAKE, AFTER_WINDOW };

static void field_add(struct scan *s, struct str v)
{
    struct fields *f = s->out;

    if (f->n == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 32;

        f->v = arena_grow(s->a, f->v, f->cap * sizeof(*f->v), cap * sizeof(*f->v));
        f->cap = cap;
    }
    f->v[f->n++] = v;
}

static enum after mistaken(struct scan *s, const char *reason)
{
    *s->wrong = (struct mistake){reason, s->out->n + 1};
    return AFTER_MISTAKE;
}

/* Doubled quotes are one. */
static struct str unquoted(struct scan *s, const char *from, const char *to, size_t doubled)
{
    char *out, *at;

    if (!doubled)
        return (struct str){from, (size_t)(to - from)};
    out = at = arena_alloc(s->a, (size_t)(to - from));
    for (const char *c = from; c < to; c++) {
        *at++ = *c;
        c += *c == s->f->quote;
    }
    return (struct str){out, (size_t)(at - out)};
}

/* Behind a field: a delimiter, an end of the line, or the end of the file. */
static enum after field_end(struct scan *s)
{
    if (s->p == s->end)
        return s->last ? AFTER_ROW : AFTER_WINDOW;
    if (*s->p == s->f->delimiter) {
        s->p++;
        return AFTER_FIELD;
    }
    if (*s->p == '\r' && s->p + 1 == s->end)
        return s->last ? (s->p++, AFTER_ROW) : AFTER_WINDOW;
    if (*s->p == '\r' && s->p[1] == '\n')
        s->p++;
    if (*s->p == '\n') {
        s->p++;
        return AFTER_ROW;
    }
    return mistaken(s, "a text stands behind the closing quote");
}

static enum after quoted(struct scan *s)
{
    const char *from = ++s->p;
    size_t doubled = 0;
    struct str v;

    for (; s->p < s->end; s->p++) {
        s->lines += *s->p == '\n';
        if (*s->p != s->f->quote)
            continue;
        if (s->p + 1 == s->end && !s->last)
            return AFTER_WINDOW;
        if (s->p + 1 == s->end || s->p[1] != s->f->quote)
            break;
        doubled++;
        s->p++;
    }
    if (s->p == s->end) {
        *s->wrong = (struct mistake){"a quote is opened and not closed", s->out->n + 1};
        return AFTER_WINDOW;
    }
    v = unquoted(s, from, s->p, doubled);
    s->p++;
    switch (field_end(s)) {
    case AFTER_FIELD:
        field_add(s, v);
        return AFTER_FIELD;
    case AFTER_ROW:
        field_add(s, v);
        return AFTER_ROW;
    case AFTER_MISTAKE:
        return AFTER_MISTAKE;
    default:
        return AFTER_WINDOW;
    }
}

static enum after bare(struct scan *s)
{
    const char *from = s->p;
    struct str v;

    while (s->p < s->end && *s->p != s->f->delimiter && *s->p != '\n') {
        if (s->f->quote && *s->p == s->f->quote)
            return mistaken(s, "a quote stands within a field that does not begin with one");
        s->p++;
    }
    if (s->p == s->end && !s->last)
        return AFTER_WINDOW;
    v = (struct str){from, (size_t)(s->p - from)};
    if (v.n && v.p[v.n - 1] == '\r' && (s->p == s->end || *s->p == '\n'))
        v.n--;
    field_add(s, v);
    return field_end(s);
}

/* The line on which something is wrong is passed, and what is behind it is the next row's. */
static enum found pass_line(struct scan *s)
{
    const char *end = memchr(s->p, '\n', (size_t)(s->end - s->p));

    if (!end && !s->last)
        return NOT_YET;
    s->p = end ? end + 1 : s->end;
    return FOUND;
}

/* A quote that is not closed: what follows on the next line is taken to be a row of its own. */
static enum found unclosed(struct scan *s, const char *begin)
{
    s->p = begin;
    s->lines = 0;
    return pass_line(s) == FOUND ? FOUND : TOO_LONG;
}

static enum found window_over(struct scan *s, const char *begin)
{
    size_t length = (size_t)(s->end - begin);

    if (!s->last && length <= ROWS_ROW_MAX)
        return NOT_YET;
    if (s->wrong->reason)
        return unclosed(s, begin);
    return TOO_LONG;
}

static enum found row_over(struct scan *s, const char *begin)
{
    if ((size_t)(s->p - begin) > ROWS_ROW_MAX)
        *s->wrong = (struct mistake){"the row is longer than a row may be", 0};
    return FOUND;
}

enum found rows_csv(struct arena *a, const struct rows_format *f, const struct rows_window *w, struct fields *out,
                    size_t *out_next, int64_t *out_lines, struct mistake *wrong)
{
    const char *begin = w->text.p + w->at;
    struct scan s = {a, f, begin, w->text.p + w->text.n, w->last, 0, out, wrong};
    enum after after = AFTER_FIELD;
    enum found found;

    *out = (struct fields){0};
    *wrong = (struct mistake){0};
    while (after == AFTER_FIELD && out->n < ROWS_COLUMNS_MAX)
        after = f->quote && s.p < s.end && *s.p == f->quote ? quoted(&s) : bare(&s);
    if (after == AFTER_FIELD)
        after = mistaken(&s, "the row has more columns than a row may have");
    if (after == AFTER_WINDOW)
        found = window_over(&s, begin);
    else if (after == AFTER_ROW)
        found = row_over(&s, begin);
    else if ((found = pass_line(&s)) == NOT_YET && (size_t)(s.end - begin) > ROWS_ROW_MAX)
        found = TOO_LONG;
    *out_next = w->at + (size_t)(s.p - begin);
    *out_lines = s.lines + 1;
    return found;
}
