#include "base/utf8.h"
#include "rows/rows_int.h"

/* How a file is written, as settings say it. */

static const char *const kinds[] = {"csv", "fixed", "json", NULL};
static const char *const encodings[] = {"utf-8", "iso-8859-1", "windows-1252", "utf-16le", "utf-16be", NULL};
static const char *const values[] = {"text", "integer", "decimal", NULL};
static const char *const members[] = {"format", "encoding", "delimiter", "quote",     "header", "skip",
                                      "key",    "columns",  "decimal",   "thousands", NULL};
static const char *const column_members[] = {"name", "heading", "needed", "trim", "kind", "from", "length", NULL};

struct reading {
    struct scope *sc;
    const struct doc *d;
    const char *pointer;
};

static bool is_one_of(struct str s, const char *const *names)
{
    for (; *names; names++)
        if (str_is(s, *names))
            return true;
    return false;
}

bool rows_format_knows(struct str member)
{
    return is_one_of(member, members);
}

static void wrong(const struct reading *r, const char *name, const char *code, const char *what)
{
    scope_item(r->sc, arena_f(r->sc->arena, "%s/%s", r->pointer, name), code, "%s", what);
}

static int choice(const struct reading *r, const char *name, const char *const *names, int otherwise, const char *what)
{
    const struct doc *v = doc_get(r->d, name);

    if (!v)
        return otherwise;
    for (int i = 0; names[i]; i++)
        if (str_is(doc_text(v), names[i]))
            return i;
    wrong(r, name, "not_in_list", what);
    return otherwise;
}

/* A single character of ASCII, which is neither a letter, a digit nor a line end; "" is none, where there may be none.
 */
static char character(const struct reading *r, const char *name, char otherwise, bool may_lack)
{
    const struct doc *v = doc_get(r->d, name);
    struct str s = doc_text(v);

    if (!v)
        return otherwise;
    if (doc_kind(v) == DOC_TEXT && s.n == 0 && may_lack)
        return '\0';
    if (s.n == 1 && (*s.p == '\t' || (*s.p >= ' ' && *s.p <= '~')) &&
        !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", *s.p))
        return *s.p;
    wrong(r, name, "invalid", "must be one sign, as \",\", \";\" or a tab");
    return otherwise;
}

static bool truth(const struct reading *r, const char *name, bool otherwise)
{
    const struct doc *v = doc_get(r->d, name);
    bool yes;

    if (!v)
        return otherwise;
    if (doc_bool(v, &yes))
        return yes;
    wrong(r, name, "wrong_type", "must be true or false");
    return otherwise;
}

static int64_t number(const struct reading *r, const char *name, int64_t otherwise, int64_t least, int64_t most)
{
    const struct doc *v = doc_get(r->d, name);
    int64_t n;

    if (!v)
        return otherwise;
    if (doc_int(v, &n) && n >= least && n <= most)
        return n;
    scope_item(r->sc, arena_f(r->sc->arena, "%s/%s", r->pointer, name), "out_of_range",
               "must be a number from %lld to %lld", (long long)least, (long long)most);
    return otherwise;
}

static bool name_fits(struct str s)
{
    return s.n > 0 && s.n <= ROWS_NAME_MAX && utf8_valid(s, NULL) && !memchr(s.p, 0, s.n);
}

static const char *name_of(const struct reading *r, const char *member, bool needed)
{
    const struct doc *v = doc_get(r->d, member);

    if (!v && !needed)
        return NULL;
    if (doc_kind(v) == DOC_TEXT && name_fits(doc_text(v)))
        return str_dup(r->sc->arena, doc_text(v));
    scope_item(r->sc, arena_f(r->sc->arena, "%s/%s", r->pointer, member), v ? "invalid" : "required",
               "must be a text of 1 to %d octets", ROWS_NAME_MAX);
    return NULL;
}

static void column_read(const struct reading *r, enum rows_kind kind, struct rows_column *out)
{
    for (size_t i = 0; i < doc_count(r->d); i++)
        if (!is_one_of(doc_key(r->d, i), column_members))
            wrong(r, str_dup(r->sc->arena, doc_key(r->d, i)), "unknown_member", "is not known");
    out->name = name_of(r, "name", true);
    out->heading = name_of(r, "heading", false);
    out->needed = truth(r, "needed", false);
    out->trim = truth(r, "trim", kind == ROWS_FIXED);
    out->kind = (enum rows_value)choice(r, "kind", values, ROWS_TEXT, "must be \"text\", \"integer\" or \"decimal\"");
    if (kind != ROWS_FIXED)
        return;
    out->from = number(r, "from", 0, 1, (int64_t)ROWS_ROW_MAX);
    out->length = number(r, "length", 0, 1, (int64_t)ROWS_ROW_MAX);
    if (!out->from || !out->length)
        wrong(r, "from", "required", "a column of fixed width has \"from\" (1 is the first character) and \"length\"");
}

static bool named_before(const struct rows_column *v, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].name && strcmp(v[i].name, name) == 0)
            return true;
    return false;
}

static void column_at(const struct reading *r, const struct rows_format *f, const struct doc *list, size_t i,
                      struct rows_column *v)
{
    struct reading one = {r->sc, doc_at(list, i), arena_f(r->sc->arena, "%s/columns/%zu", r->pointer, i)};

    if (doc_kind(one.d) != DOC_OBJECT) {
        scope_item(r->sc, one.pointer, "wrong_type", "must be an object");
        return;
    }
    column_read(&one, f->kind, &v[i]);
    if (v[i].name && named_before(v, i, v[i].name))
        wrong(&one, "name", "duplicate", "there is a column of this name already");
}

static void columns_read(const struct reading *r, struct rows_format *f)
{
    const struct doc *list = doc_get(r->d, "columns");
    size_t n = doc_kind(list) == DOC_ARRAY ? doc_count(list) : 0;
    struct rows_column *v;

    if ((list && n == 0) || n > ROWS_COLUMNS_MAX) {
        wrong(r, "columns", "invalid", "must be a list of 1 to 500 columns");
        return;
    }
    if (!list && (f->kind == ROWS_FIXED || (f->kind == ROWS_CSV && !f->header)))
        wrong(r, "columns", "required", "without a heading the columns must be named");
    v = ARENA_ARRAY(r->sc->arena, struct rows_column, n);
    for (size_t i = 0; i < n; i++)
        column_at(r, f, list, i, v);
    f->columns = v;
    f->column_count = n;
}

static void keys_read(const struct reading *r, struct rows_format *f)
{
    const struct doc *list = doc_get(r->d, "key");
    size_t n = doc_kind(list) == DOC_ARRAY ? doc_count(list) : 0;

    if (list && (n == 0 || n > ROWS_KEYS_MAX)) {
        wrong(r, "key", "invalid", "must be a list of 1 to 8 names of columns");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct str s = doc_text(doc_at(list, i));

        if (!name_fits(s)) {
            wrong(r, "key", "invalid", "must be a list of names of columns");
            return;
        }
        f->keys[f->key_count++] = str_dup(r->sc->arena, s);
    }
    for (size_t i = 0; i < f->key_count && (f->kind == ROWS_FIXED || (f->kind == ROWS_CSV && !f->header)); i++)
        if (!named_before(f->columns, f->column_count, f->keys[i]))
            wrong(r, "key", "unknown", "must be a list of names of columns");
}

static void signs_read(const struct reading *r, struct rows_format *f)
{
    f->delimiter = character(r, "delimiter", ',', false);
    f->quote = character(r, "quote", '"', true);
    f->decimal = character(r, "decimal", '.', false);
    f->thousands = character(r, "thousands", '\0', true);
    if (f->delimiter == f->quote)
        wrong(r, "quote", "invalid", "must not be the delimiter");
    if (f->decimal == f->thousands)
        wrong(r, "thousands", "invalid", "must not be the sign before decimals");
}

enum err rows_format_read(struct scope *sc, const struct doc *settings, const char *pointer, struct rows_format *out)
{
    struct reading r = {sc, settings, pointer};
    unsigned before = scope_fault(sc)->item_count;
    struct rows_format f = {0};

    if (!doc_get(settings, "format"))
        wrong(&r, "format", "required", "must be \"csv\", \"fixed\" or \"json\"");
    f.kind = (enum rows_kind)choice(&r, "format", kinds, ROWS_CSV, "must be \"csv\", \"fixed\" or \"json\"");
    f.encoding = (enum rows_encoding)choice(&r, "encoding", encodings, ROWS_UTF8,
                                            "must be utf-8, iso-8859-1, windows-1252, utf-16le or utf-16be");
    f.header = truth(&r, "header", true);
    f.skip = number(&r, "skip", 0, 0, ROWS_SKIP_MAX);
    signs_read(&r, &f);
    columns_read(&r, &f);
    keys_read(&r, &f);
    if (scope_fault(sc)->item_count != before)
        return FAIL(sc, ERR_INVALID, "the settings are not right");
    *out = f;
    return OK;
}
