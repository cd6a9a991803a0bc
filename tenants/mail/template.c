#include <string.h>

#include "mail/mail_int.h"

#define DEPTH_MAX    4
#define TAG_NAME_MAX 40

enum tag_kind { TAG_NAME, TAG_OPEN, TAG_CLOSE };

struct tag {
    enum tag_kind kind;
    struct str name;
    size_t from, to; /* the octets before it end at from, those after it begin at to */
};

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '_'))
            return false;
    return s.n > 0 && s.n <= TAG_NAME_MAX;
}

/* A section's tag alone on its line takes the line with it. */
static size_t after_line(struct str t, size_t from, size_t to)
{
    bool first = from == 0 || t.p[from - 1] == '\n';

    return first && to < t.n && t.p[to] == '\n' ? to + 1 : to;
}

/* False at the end; a tag that is none has an empty name. */
static bool tag_next(struct str t, size_t at, struct tag *out)
{
    const char *open = at < t.n ? memmem(t.p + at, t.n - at, "{{", 2) : NULL;
    size_t from = open ? (size_t)(open - t.p) : t.n;
    const char *close = open ? memmem(t.p + from, t.n - from, "}}", 2) : NULL;
    struct str name;

    if (!open)
        return false;
    *out = (struct tag){.from = from, .to = t.n};
    if (!close)
        return true;
    name = (struct str){open + 2, (size_t)(close - open) - 2};
    out->to = (size_t)(close - t.p) + 2;
    if (name.n && (*name.p == '#' || *name.p == '/')) {
        out->kind = *name.p == '#' ? TAG_OPEN : TAG_CLOSE;
        name = (struct str){name.p + 1, name.n - 1};
        out->to = after_line(t, from, out->to);
    }
    if (is_name(name))
        out->name = name;
    return true;
}

static bool is_known(struct str name, const char *const *const *known)
{
    for (; *known; known++)
        for (const char *const *k = *known; *k; k++)
            if (str_is(name, *k))
                return true;
    return false;
}

static unsigned line_of(struct str t, size_t at)
{
    unsigned line = 1;

    for (size_t i = 0; i < at; i++)
        line += t.p[i] == '\n';
    return line;
}

static enum err wrong(struct scope *sc, const char *file, struct str t, const struct tag *tag, const char *why)
{
    return FAIL(sc, ERR_INVALID, "%s line %u: {{%.*s}} %s", file, line_of(t, tag->from), (int)tag->name.n, tag->name.p,
                why);
}

enum err mail_template_check(struct scope *sc, const char *file, struct str text, const char *const *const *known)
{
    struct str open[DEPTH_MAX];
    unsigned depth = 0;
    struct tag tag;

    for (size_t at = 0; tag_next(text, at, &tag); at = tag.to) {
        if (tag.name.n == 0)
            return FAIL(sc, ERR_INVALID, "%s line %u: a hole is not {{name}}", file, line_of(text, tag.from));
        if (!is_known(tag.name, known))
            return wrong(sc, file, text, &tag, "is no word of this mail");
        if (tag.kind == TAG_OPEN && depth == DEPTH_MAX)
            return wrong(sc, file, text, &tag, "is a section too deep");
        if (tag.kind == TAG_OPEN)
            open[depth++] = tag.name;
        if (tag.kind == TAG_CLOSE && (depth == 0 || !str_equal(open[--depth], tag.name)))
            return wrong(sc, file, text, &tag, "ends a section that is not the open one");
    }
    if (depth)
        return FAIL(sc, ERR_INVALID, "%s: the section {{#%.*s}} does not end", file, (int)open[depth - 1].n,
                    open[depth - 1].p);
    return OK;
}

/* A link leads somewhere on the web or it is none, whatever was given. */
static bool is_fit(struct str name, const char *value)
{
    bool leads = str_is(name, "link") || (name.n > 4 && memcmp(name.p + name.n - 4, "_url", 4) == 0);

    if (!value || !*value)
        return false;
    return !leads || strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0;
}

static const char *word_of(const struct mail_words *w, struct str name)
{
    for (size_t i = 0; i < w->n; i++)
        if (str_is(name, w->v[i].name))
            return is_fit(name, w->v[i].value) ? w->v[i].value : NULL;
    return NULL;
}

static const char *html_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* One line, whatever it was; in HTML it is text and nothing else. */
static void put_value(struct buf *out, const char *value, enum mail_target target)
{
    for (const char *c = value; *c; c++) {
        const char *html = target == MAIL_HTML ? html_of(*c) : NULL;

        if (html)
            buf_s(out, html);
        else
            buf_c(out, (unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c);
    }
}

static void put_hole(struct buf *out, const struct tag *tag, const struct mail_words *w, enum mail_target target)
{
    const char *value;

    if (str_is(tag->name, "content")) {
        buf_add(out, w->content.p, w->content.n);
        return;
    }
    value = word_of(w, tag->name);
    if (value)
        put_value(out, value, target);
}

void mail_template_write(struct buf *out, struct str text, const struct mail_words *w, enum mail_target target)
{
    unsigned hidden = 0; /* sections around here that do not stand */
    size_t at = 0;
    struct tag tag;

    for (; tag_next(text, at, &tag); at = tag.to) {
        if (!hidden)
            buf_add(out, text.p + at, tag.from - at);
        if (tag.kind == TAG_OPEN)
            hidden += hidden || !word_of(w, tag.name);
        else if (tag.kind == TAG_CLOSE)
            hidden -= hidden > 0;
        else if (!hidden)
            put_hole(out, &tag, w, target);
    }
    buf_add(out, text.p + at, text.n - at);
}
