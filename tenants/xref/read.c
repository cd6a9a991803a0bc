#include <string.h>

#include "base/timefmt.h"
#include "xref/xref_int.h"
#include "json/doc.h"

/* Lists of entries as they are brought: CSV (RFC 4180) and JSON Lines. */

static struct xref_row *row_new(struct scope *sc, struct xref_rows *rows)
{
    struct xref_row *r;

    if (rows->n == rows->room) {
        size_t room = rows->room ? 2 * rows->room : 256;

        rows->v = arena_grow(sc->arena, rows->v, rows->room * sizeof(*r), room * sizeof(*r));
        rows->room = room;
    }
    r = &rows->v[rows->n++];
    *r = (struct xref_row){.line = (int64_t)rows->n,
                           .entry = {.key = "", .value = "", .valid_from_us = INT64_MIN, .valid_to_us = INT64_MIN}};
    return r;
}

static enum err unreadable(struct scope *sc, const char *why)
{
    enum err e = FAIL(sc, ERR_INVALID, "%s", why);

    scope_problem(sc, "validation", 422);
    return e;
}

static enum err too_many(struct scope *sc)
{
    return unreadable(sc, "there are more than 100000 rows; send them in several lists");
}

static bool is_empty(struct str text)
{
    size_t at = text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < text.n && strchr(" \t\r\n", text.p[at]))
        at++;
    return at == text.n;
}

enum column { COLUMN_KEY, COLUMN_VALUE, COLUMN_NOTE, COLUMN_FROM, COLUMN_TO, COLUMN_COUNT };
static const char *const column_names[] = {"key", "value", "note", "valid_from", "valid_to", NULL};

static void refuse(struct xref_row *r, const char *code, const char *why)
{
    if (!r->fault) {
        r->code = code;
        r->fault = why;
    }
}

static void take_time(struct xref_row *r, struct str text, int64_t *out)
{
    if (text.n && !time_parse(text, out))
        refuse(r, "invalid", "a time is not one of RFC 3339, as 2026-01-31T00:00:00Z");
}

static void take_field(struct scope *sc, struct xref_row *r, enum column c, struct str text)
{
    if (memchr(text.p ? text.p : "", 0, text.n))
        refuse(r, "invalid", "a field holds an octet that is none of a text");
    else if (c == COLUMN_KEY)
        r->entry.key = str_dup(sc->arena, text);
    else if (c == COLUMN_VALUE)
        r->entry.value = str_dup(sc->arena, text);
    else if (c == COLUMN_NOTE)
        r->entry.note = text.n ? str_dup(sc->arena, text) : NULL;
    else
        take_time(r, text, c == COLUMN_FROM ? &r->entry.valid_from_us : &r->entry.valid_to_us);
}

/* ---- CSV ---- */

struct csv {
    struct scope *sc;
    struct str text;
    size_t at;
    char between; /* comma, or semicolon where the heading has it */
    bool ended;   /* the field was the last of its row */
};

/* At the end of a field: passes over what ends it. */
static void field_end(struct csv *c)
{
    c->ended = c->at == c->text.n || c->text.p[c->at] != c->between;
    if (c->at < c->text.n && c->text.p[c->at] == '\r')
        c->at++;
    if (c->at < c->text.n && (c->text.p[c->at] == '\n' || !c->ended))
        c->at++;
}

static bool ends_field(const struct csv *c)
{
    char o;

    if (c->at == c->text.n)
        return true;
    o = c->text.p[c->at];
    return o == c->between || o == '\n' || (o == '\r' && c->at + 1 < c->text.n && c->text.p[c->at + 1] == '\n');
}

static struct str plain_field(struct csv *c)
{
    size_t from = c->at;

    while (!ends_field(c))
        c->at++;
    return (struct str){c->text.p + from, c->at - from};
}

/* False: the quote does not end, or something stands behind it. */
static bool quoted_field(struct csv *c, struct str *out)
{
    struct buf b;

    buf_init(&b, c->sc->arena, c->text.n);
    for (c->at++; c->at < c->text.n; c->at++) {
        if (c->text.p[c->at] != '"') {
            buf_c(&b, c->text.p[c->at]);
        } else if (c->at + 1 < c->text.n && c->text.p[c->at + 1] == '"') {
            buf_c(&b, '"');
            c->at++;
        } else {
            c->at++;
            *out = buf_str(&b);
            return ends_field(c);
        }
    }
    return false;
}

static bool next_field(struct csv *c, struct str *out)
{
    bool good = true;

    if (c->at < c->text.n && c->text.p[c->at] == '"')
        good = quoted_field(c, out);
    else
        *out = plain_field(c);
    if (good)
        field_end(c);
    return good;
}

#define COLUMNS_MAX 16

struct heading {
    int columns[COLUMNS_MAX];
    size_t n;
};

static enum err heading_read(struct csv *c, struct heading *out)
{
    struct scope *sc = c->sc;
    bool has[COLUMN_COUNT] = {false};
    struct str field;

    do {
        int column;

        if (out->n == COLUMNS_MAX || !next_field(c, &field))
            return unreadable(
                sc, "the heading cannot be read; it names the columns key, value, note, valid_from, valid_to");
        column = xref_name_index(column_names, field);
        if (column < 0 || has[column])
            return unreadable(sc, arena_f(sc->arena,
                                          "the heading names %s; columns are key, value, note, valid_from,"
                                          " valid_to, each of them once",
                                          arena_cut(sc->arena, str_dup(sc->arena, field), 60)));
        has[column] = true;
        out->columns[out->n++] = column;
    } while (!c->ended);
    return has[COLUMN_KEY] && has[COLUMN_VALUE] ? OK
                                                : unreadable(sc, "the heading names no column key, or no column value");
}

/* After a field that cannot be read nothing is sure: the rest of its line is passed over. */
static void next_line(struct csv *c)
{
    const char *end = memchr(c->text.p + c->at, '\n', c->text.n - c->at);

    c->at = end ? (size_t)(end - c->text.p) + 1 : c->text.n;
}

static void row_read(struct csv *c, const struct heading *h, struct xref_row *r)
{
    struct str field;
    size_t i = 0;

    do {
        if (!next_field(c, &field)) {
            refuse(r, "invalid", "a quote does not end, or something stands behind it");
            next_line(c);
            return;
        }
        if (i < h->n)
            take_field(c->sc, r, (enum column)h->columns[i], field);
        i++;
    } while (!c->ended);
    if (i != h->n)
        refuse(r, "invalid", "the row has not as many fields as the heading");
}

static bool is_empty_line(struct csv *c)
{
    size_t n = c->text.p[c->at] == '\r' && c->at + 1 < c->text.n;

    if (c->text.p[c->at + n] != '\n')
        return false;
    c->at += n + 1;
    return true;
}

enum err xref_csv_read(struct scope *sc, struct str text, struct xref_rows *out)
{
    struct csv c = {.sc = sc, .text = text, .between = ','};
    const char *line_end = text.n ? memchr(text.p, '\n', text.n) : NULL;
    size_t head = line_end ? (size_t)(line_end - text.p) : text.n;
    struct heading heading = {0};
    int64_t line = 1;

    if (is_empty(text))
        return unreadable(sc,
                          "the list is empty; its first row is the heading, which names the columns key and value, and"
                          " note, valid_from and valid_to where there are such, and every other row is an entry");
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        c.at = 3;
    if (head && memchr(text.p, ';', head) && !memchr(text.p, ',', head))
        c.between = ';';
    TRY(sc, heading_read(&c, &heading));
    while (c.at < text.n) {
        line++;
        if (is_empty_line(&c))
            continue;
        if (out->n == XREF_IMPORT_ROWS_MAX)
            return too_many(sc);
        struct xref_row *r = row_new(sc, out);

        r->line = line;
        row_read(&c, &heading, r);
    }
    return OK;
}

/* ---- JSON Lines ---- */

static void member_take(struct scope *sc, struct xref_row *r, struct str name, const struct doc *value)
{
    int column = xref_name_index(column_names, name);

    if (column < 0)
        refuse(r, "unknown", "members are key, value, note, valid_from and valid_to");
    else if (doc_kind(value) != DOC_NULL && doc_kind(value) != DOC_TEXT)
        refuse(r, "invalid", "every member is a text");
    else
        take_field(sc, r, (enum column)column, doc_text(value));
}

static void line_read(struct scope *sc, struct str line, struct xref_row *r)
{
    const struct doc *d;

    if (doc_parse(sc, line, &d) != OK || doc_kind(d) != DOC_OBJECT) {
        scope_clear(sc);
        refuse(r, "invalid", "it is no JSON object");
        return;
    }
    for (size_t i = 0; i < doc_count(d); i++)
        member_take(sc, r, doc_key(d, i), doc_at(d, i));
}

enum err xref_lines_read(struct scope *sc, struct str text, struct xref_rows *out)
{
    int64_t number = 0;

    if (is_empty(text))
        return unreadable(sc, "the list is empty; every line is an object with key and value, and note, valid_from and"
                              " valid_to where there are such");
    for (size_t at = 0; at < text.n;) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        struct str line = {text.p + at, end ? (size_t)(end - text.p) - at : text.n - at};

        at += line.n + 1;
        number++;
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n == 0)
            continue;
        if (out->n == XREF_IMPORT_ROWS_MAX)
            return too_many(sc);
        struct xref_row *r = row_new(sc, out);

        r->line = number;
        line_read(sc, line, r);
    }
    return OK;
}
