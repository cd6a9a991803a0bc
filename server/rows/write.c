#include "base/utf8.h"
#include "rows/rows_int.h"

/* Objects as CSV. */

struct writing {
    struct scope *sc;
    const struct rows_format *f;
    bool safe;
    const struct rows_column *columns;
    size_t n;
    struct buf *out;
};

static bool is_formula(struct str s)
{
    return s.n && *s.p && strchr("=+-@\t\r", *s.p);
}

/* Decimals come as texts, and one below zero is no formula: digits, with a minus before and one point within. */
static bool is_number(const struct writing *w, const struct rows_column *c, struct str s)
{
    size_t at = s.n && *s.p == '-', points = 0;

    if (c->kind == ROWS_TEXT || at == s.n || s.p[at] < '0' || s.p[at] > '9' || s.p[s.n - 1] < '0' || s.p[s.n - 1] > '9')
        return false;
    for (; at < s.n; at++)
        if (s.p[at] == '.' || (w->f->decimal && s.p[at] == w->f->decimal))
            points++;
        else if (s.p[at] < '0' || s.p[at] > '9')
            return false;
    return points <= (c->kind == ROWS_DECIMAL);
}

static bool has_any(struct str s, const struct rows_format *f)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == f->delimiter || s.p[i] == f->quote || s.p[i] == '\n' || s.p[i] == '\r')
            return true;
    return false;
}

static enum err put_text(struct writing *w, struct str s, bool plain, const char *pointer)
{
    bool formula = !plain && w->safe && is_formula(s);

    if (!formula && !has_any(s, w->f)) {
        buf_add(w->out, s.p, s.n);
        return OK;
    }
    if (!w->f->quote && has_any(s, w->f)) {
        scope_item(w->sc, pointer, "invalid", "has a delimiter or a line end in it, and the format has no quotes");
        return FAIL(w->sc, ERR_INVALID, "a text has no place in the file");
    }
    if (w->f->quote)
        buf_c(w->out, w->f->quote);
    if (formula)
        buf_c(w->out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (w->f->quote && s.p[i] == w->f->quote)
            buf_c(w->out, w->f->quote);
        buf_c(w->out, s.p[i]);
    }
    if (w->f->quote)
        buf_c(w->out, w->f->quote);
    return OK;
}

static enum err put_value(struct writing *w, const struct rows_column *c, const struct doc *v, const char *pointer)
{
    enum doc_kind kind = doc_kind(v);
    bool yes = false;
    struct buf b;

    if (kind == DOC_ARRAY || kind == DOC_OBJECT) {
        scope_item(w->sc, pointer, "wrong_type", "must be a text, a number, true, false or null");
        return FAIL(w->sc, ERR_INVALID, "a row's member is a list or an object");
    }
    if (c->needed && (kind == DOC_NULL || (kind == DOC_TEXT && doc_text(v).n == 0))) {
        scope_item(w->sc, pointer, "required", "is needed");
        return FAIL(w->sc, ERR_INVALID, "a row has no \"%s\"", c->name);
    }
    if (kind == DOC_TEXT)
        return put_text(w, doc_text(v), is_number(w, c, doc_text(v)), pointer);
    if (kind == DOC_NULL)
        return OK;
    if (doc_bool(v, &yes))
        return put_text(w, str_of(yes ? "true" : "false"), true, pointer);
    buf_init(&b, w->sc->arena, 1024);
    doc_write(&b, v);
    return put_text(w, buf_str(&b), true, pointer);
}

static bool is_column(const struct writing *w, struct str name)
{
    for (size_t i = 0; i < w->n; i++)
        if (str_is(name, w->columns[i].name))
            return true;
    return false;
}

static enum err put_row(struct writing *w, const struct doc *row, size_t at)
{
    if (doc_kind(row) != DOC_OBJECT) {
        scope_item(w->sc, arena_f(w->sc->arena, "/%zu", at), "wrong_type", "must be an object");
        return FAIL(w->sc, ERR_INVALID, "a row is no object");
    }
    for (size_t i = 0; i < doc_count(row); i++)
        if (!is_column(w, doc_key(row, i))) {
            scope_item(w->sc, arena_f(w->sc->arena, "/%zu/%s", at, str_dup(w->sc->arena, doc_key(row, i))),
                       "unknown_member", "there is no column of this name");
            return FAIL(w->sc, ERR_INVALID, "a row has a member that no column takes");
        }
    for (size_t i = 0; i < w->n; i++) {
        const struct rows_column *c = &w->columns[i];

        if (i)
            buf_c(w->out, w->f->delimiter);
        TRY(w->sc, put_value(w, c, doc_get(row, c->name), arena_f(w->sc->arena, "/%zu/%s", at, c->name)));
    }
    buf_s(w->out, "\r\n");
    return OK;
}

static enum err put_heading(struct writing *w)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct rows_column *c = &w->columns[i];

        if (i)
            buf_c(w->out, w->f->delimiter);
        TRY(w->sc, put_text(w, str_of(c->heading ? c->heading : c->name), false, ""));
    }
    buf_s(w->out, "\r\n");
    return OK;
}

static void columns_of_first(struct writing *w, const struct doc *first)
{
    size_t n = doc_kind(first) == DOC_OBJECT ? doc_count(first) : 0;
    struct rows_column *v = ARENA_ARRAY(w->sc->arena, struct rows_column, n);

    for (size_t i = 0; i < n; i++)
        v[i] = (struct rows_column){.name = str_dup(w->sc->arena, doc_key(first, i))};
    w->columns = v;
    w->n = n;
}

enum err rows_write(struct scope *sc, const struct rows_format *f, const struct doc *rows, bool safe, struct buf *out)
{
    struct writing w = {sc, f, safe, f->columns, f->column_count, out};

    if (doc_kind(rows) != DOC_ARRAY)
        return FAIL(sc, ERR_INVALID, "the rows of a file are a list of objects");
    if (!w.n)
        columns_of_first(&w, doc_at(rows, 0));
    if (w.n > ROWS_COLUMNS_MAX)
        return FAIL(sc, ERR_INVALID, "a file has at most %d columns", ROWS_COLUMNS_MAX);
    if (f->header)
        TRY(sc, put_heading(&w));
    for (size_t i = 0; i < doc_count(rows); i++)
        TRY(sc, put_row(&w, doc_at(rows, i), i));
    return out->full ? FAIL(sc, ERR_TOO_LARGE, "the file is larger than a file may be") : OK;
}
