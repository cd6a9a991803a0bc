#include "base/money.h"
#include "base/utf8.h"
#include "rows/rows_int.h"

/* A row's fields as the members of an object, each as its column says. */

struct making {
    struct scope *sc;
    const struct rows *r;
    struct rows_row *out;
    struct str keys[ROWS_KEYS_MAX];
};

static bool refuse(struct making *m, const struct rows_column *c, const char *reason)
{
    m->out->column = c ? c->name : NULL;
    m->out->reason = reason;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct str trimmed(struct str s)
{
    while (s.n && is_blank(*s.p))
        s.p++, s.n--;
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Digits with the format's own point, without its thousands: as JSON would have them. */
static struct str plain_number(struct making *m, struct str s)
{
    const struct rows_format *f = m->r->format;
    char *out = arena_alloc(m->sc->arena, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (f->thousands && c == f->thousands)
            continue;
        if (c == '.' && f->decimal != '.')
            return (struct str){NULL, 0};
        if (i == 0 && c == '+')
            continue;
        out[n++] = c == f->decimal ? '.' : c;
    }
    return (struct str){out, n};
}

static bool put_number(struct making *m, const struct rows_column *c, struct str v, struct buf *b)
{
    struct str plain = plain_number(m, v);
    char text[DECIMAL_TEXT_MAX];
    struct decimal d;

    if (!decimal_parse_plain(plain, &d))
        return refuse(
            m, c, arena_f(m->sc->arena, "\"%s\" is no number", arena_cut(m->sc->arena, str_dup(m->sc->arena, v), 60)));
    decimal_format(c->kind == ROWS_INTEGER ? decimal_trim(d) : d, text);
    if (c->kind == ROWS_DECIMAL) {
        json_put_text(b, str_of(text));
        return true;
    }
    if (!decimal_is_integer(d) || d.digits > INT64_MAX || d.digits < INT64_MIN)
        return refuse(m, c, "must be a whole number of at most 64 bits");
    buf_s(b, text);
    return true;
}

static bool is_text(struct str v)
{
    return utf8_valid(v, NULL) && !(v.n && memchr(v.p, 0, v.n));
}

static void key_note(struct making *m, const char *name, struct str v)
{
    for (size_t i = 0; i < m->r->format->key_count; i++)
        if (strcmp(m->r->format->keys[i], name) == 0)
            m->keys[i] = v;
}

static bool put_field(struct making *m, const struct rows_column *c, struct str v, struct buf *b)
{
    if (c->trim || c->kind != ROWS_TEXT)
        v = trimmed(v);
    if (!is_text(v))
        return refuse(m, c, "has octets that are no text in the encoding that is set");
    if (v.n == 0)
        return !c->needed || refuse(m, c, "is needed and is empty");
    key_note(m, c->name, v);
    if (b->n > 1)
        buf_c(b, ',');
    json_put_text(b, str_of(c->name));
    buf_c(b, ':');
    if (c->kind != ROWS_TEXT)
        return put_number(m, c, v, b);
    json_put_text(b, v);
    return true;
}

/* Parts with a bar between, in which a bar is escaped, so that two keys are never one. */
static bool key_make(struct making *m)
{
    const struct rows_format *f = m->r->format;
    struct buf b;

    if (!f->key_count)
        return true;
    buf_init(&b, m->sc->arena, ROWS_KEY_MAX);
    for (size_t i = 0; i < f->key_count; i++) {
        if (!m->keys[i].n) {
            m->out->column = f->keys[i];
            m->out->reason = "is part of the row's key and is empty";
            return false;
        }
        if (i)
            buf_c(&b, '|');
        for (size_t k = 0; k < m->keys[i].n; k++) {
            char c = m->keys[i].p[k];

            if (f->key_count > 1 && (c == '|' || c == '\\'))
                buf_c(&b, '\\');
            buf_c(&b, c);
        }
    }
    m->out->key = buf_cstr(&b);
    return !b.full || refuse(m, NULL, arena_f(m->sc->arena, "the row's key is longer than %d octets", ROWS_KEY_MAX));
}

bool rows_object(struct scope *sc, const struct rows *r, const struct fields *fields, struct rows_row *out)
{
    struct making m = {.sc = sc, .r = r, .out = out};
    struct buf b;

    if (fields->n != r->column_count)
        return refuse(&m, NULL, arena_f(sc->arena, "has %zu fields and should have %zu", fields->n, r->column_count));
    buf_init(&b, sc->arena, 8 * ROWS_ROW_MAX + ROWS_COLUMNS_MAX * 6 * ROWS_NAME_MAX);
    buf_c(&b, '{');
    for (size_t i = 0; i < fields->n; i++)
        if (!put_field(&m, &r->columns[i], fields->v[i], &b))
            return false;
    buf_c(&b, '}');
    if (b.n == 2)
        return refuse(&m, NULL, "all of its fields are empty");
    out->json = buf_str(&b);
    return key_make(&m);
}

/* ---- JSON lines ---- */

static struct str scalar_text(const struct doc *v)
{
    return doc_kind(v) == DOC_TEXT ? doc_text(v) : doc_number_text(v);
}

/* The place in a message about one line is the column; its line is always the first. */
static const char *why_no_json(struct scope *sc)
{
    const char *why = scope_fault(sc)->message;

    why = arena_strdup(sc->arena, why ? why : "it is no JSON");
    scope_clear(sc);
    return why;
}

bool rows_json_object(struct scope *sc, const struct rows *r, struct str line, struct rows_row *out)
{
    const struct rows_format *f = r->format;
    struct making m = {.sc = sc, .r = r, .out = out};
    const struct doc *d;

    if (doc_parse(sc, line, &d) != OK)
        return refuse(&m, NULL, why_no_json(sc));
    if (doc_kind(d) != DOC_OBJECT || doc_count(d) == 0)
        return refuse(&m, NULL, "a line must be an object with members");
    for (size_t i = 0; i < f->column_count; i++) {
        const struct doc *v = doc_get(d, f->columns[i].name);

        if (f->columns[i].needed && (doc_kind(v) == DOC_NULL || (doc_kind(v) == DOC_TEXT && doc_text(v).n == 0)))
            return refuse(&m, &f->columns[i], "is needed and is empty");
    }
    for (size_t i = 0; i < f->key_count; i++)
        m.keys[i] = scalar_text(doc_get(d, f->keys[i]));
    out->json = line;
    return key_make(&m);
}
