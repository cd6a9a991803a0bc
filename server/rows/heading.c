#include "base/utf8.h"
#include "rows/rows_int.h"

/* The first row of CSV as columns, and what is kept of it between two processes. */

#define HEADING_MAX ((size_t)512 << 10)

static struct str trimmed(struct str s)
{
    while (s.n && (*s.p == ' ' || *s.p == '\t'))
        s.p++, s.n--;
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static const struct rows_column *named(const struct rows_format *f, struct str heading)
{
    for (size_t i = 0; i < f->column_count; i++)
        if (str_is_nocase(heading, f->columns[i].heading ? f->columns[i].heading : f->columns[i].name))
            return &f->columns[i];
    return NULL;
}

static bool has(const struct rows_column *v, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(v[i].name, name) == 0)
            return true;
    return false;
}

static enum err column(struct scope *sc, const struct rows_format *f, struct str heading, size_t i,
                       struct rows_column *out)
{
    const struct rows_column *known = named(f, heading);

    if (heading.n > ROWS_NAME_MAX || !utf8_valid(heading, NULL) || (heading.n && memchr(heading.p, 0, heading.n)))
        return FAIL(sc, ERR_INVALID, "the heading of column %zu is no text of at most %d octets", i + 1, ROWS_NAME_MAX);
    if (known)
        *out = *known;
    else
        *out = (struct rows_column){.name = heading.n ? str_dup(sc->arena, heading)
                                                      : arena_f(sc->arena, "column_%zu", i + 1)};
    return OK;
}

/* Whatever the settings rely on has to be there. */
static enum err complete(struct scope *sc, const struct rows_format *f, const struct rows *r)
{
    for (size_t i = 0; i < f->column_count; i++)
        if (f->columns[i].needed && !has(r->columns, r->column_count, f->columns[i].name))
            return FAIL(sc, ERR_INVALID, "the heading has no column \"%s\"",
                        f->columns[i].heading ? f->columns[i].heading : f->columns[i].name);
    for (size_t i = 0; i < f->key_count; i++)
        if (!has(r->columns, r->column_count, f->keys[i]))
            return FAIL(sc, ERR_INVALID, "the heading has no column \"%s\", which the rows' key is made of",
                        f->keys[i]);
    return OK;
}

enum err rows_columns_of(struct scope *sc, const struct rows_format *f, const struct fields *heading, struct rows *out)
{
    struct rows_column *v = ARENA_ARRAY(sc->arena, struct rows_column, heading->n);

    for (size_t i = 0; i < heading->n; i++) {
        TRY(sc, column(sc, f, trimmed(heading->v[i]), i, &v[i]));
        if (has(v, i, v[i].name))
            return FAIL(sc, ERR_INVALID, "two columns are headed \"%s\"", v[i].name);
    }
    out->columns = v;
    out->column_count = heading->n;
    return complete(sc, f, out);
}

const char *rows_heading(struct arena *a, const struct rows *r)
{
    struct buf b;

    if (r->columns == r->format->columns)
        return "";
    buf_init(&b, a, HEADING_MAX);
    for (size_t i = 0; i < r->column_count; i++) {
        buf_c(&b, i ? ',' : '[');
        json_put_text(&b, str_of(r->columns[i].heading ? r->columns[i].heading : r->columns[i].name));
    }
    buf_c(&b, ']');
    return buf_cstr(&b);
}

enum err rows_resume(struct scope *sc, const struct rows_format *f, const char *heading, struct rows *r)
{
    const struct doc *list;
    struct fields names = {0};

    r->format = f;
    r->columns = f->columns;
    r->column_count = f->column_count;
    if (!*heading)
        return OK;
    TRY(sc, doc_parse(sc, str_of(heading), &list));
    names.n = doc_count(list);
    names.v = ARENA_ARRAY(sc->arena, struct str, names.n);
    for (size_t i = 0; i < names.n; i++)
        names.v[i] = doc_text(doc_at(list, i));
    if (rows_columns_of(sc, f, &names, r) == OK)
        return OK;
    scope_clear(sc);
    return FAIL(sc, ERR_INTERNAL, "what was kept of the heading cannot be read");
}
