#include <string.h>

#include "brand/image_int.h"

/* An uploaded drawing is never stored as it came: it is read by the strictest reading of XML that drawing programs keep
 * to, and written anew from what the lists below name. What the lists do not name is refused and not left out, so that
 * nobody is shown another picture than the one that was sent. Nothing that is written can run, load or refer outside.
 */
#define DEPTH_MAX      32
#define ELEMENTS_MAX   4000
#define ATTRIBUTES_MAX 40
#define ID_MAX         64
#define NAME_MAX_      32

enum value_kind { VALUE_PLAIN, VALUE_PAINT, VALUE_ID, VALUE_TEXT, VALUE_NAMESPACE, VALUE_DROPPED };

struct attribute {
    const char *name;
    enum value_kind kind;
};

static const char *const elements[] = {"svg",  "g",        "path",    "rect",  "circle",         "ellipse",
                                       "line", "polyline", "polygon", "defs",  "linearGradient", "radialGradient",
                                       "stop", "clipPath", "mask",    "title", "desc",           "text",
                                       "tspan"};
static const char *const wordy[] = {"title", "desc", "text", "tspan"};

static const struct attribute attributes[] = {
    {"xmlns", VALUE_NAMESPACE},
    {"xmlns:xlink", VALUE_DROPPED},
    {"xml:space", VALUE_DROPPED},
    {"version", VALUE_DROPPED},
    {"id", VALUE_ID},
    {"aria-label", VALUE_TEXT},
    {"fill", VALUE_PAINT},
    {"stroke", VALUE_PAINT},
    {"clip-path", VALUE_PAINT},
    {"mask", VALUE_PAINT},
    {"role", VALUE_PLAIN},
    {"viewBox", VALUE_PLAIN},
    {"width", VALUE_PLAIN},
    {"height", VALUE_PLAIN},
    {"x", VALUE_PLAIN},
    {"y", VALUE_PLAIN},
    {"x1", VALUE_PLAIN},
    {"y1", VALUE_PLAIN},
    {"x2", VALUE_PLAIN},
    {"y2", VALUE_PLAIN},
    {"dx", VALUE_PLAIN},
    {"dy", VALUE_PLAIN},
    {"cx", VALUE_PLAIN},
    {"cy", VALUE_PLAIN},
    {"r", VALUE_PLAIN},
    {"rx", VALUE_PLAIN},
    {"ry", VALUE_PLAIN},
    {"fx", VALUE_PLAIN},
    {"fy", VALUE_PLAIN},
    {"d", VALUE_PLAIN},
    {"points", VALUE_PLAIN},
    {"transform", VALUE_PLAIN},
    {"offset", VALUE_PLAIN},
    {"stop-color", VALUE_PLAIN},
    {"stop-opacity", VALUE_PLAIN},
    {"gradientUnits", VALUE_PLAIN},
    {"gradientTransform", VALUE_PLAIN},
    {"spreadMethod", VALUE_PLAIN},
    {"clipPathUnits", VALUE_PLAIN},
    {"maskUnits", VALUE_PLAIN},
    {"opacity", VALUE_PLAIN},
    {"fill-opacity", VALUE_PLAIN},
    {"fill-rule", VALUE_PLAIN},
    {"clip-rule", VALUE_PLAIN},
    {"stroke-opacity", VALUE_PLAIN},
    {"stroke-width", VALUE_PLAIN},
    {"stroke-linecap", VALUE_PLAIN},
    {"stroke-linejoin", VALUE_PLAIN},
    {"stroke-miterlimit", VALUE_PLAIN},
    {"stroke-dasharray", VALUE_PLAIN},
    {"stroke-dashoffset", VALUE_PLAIN},
    {"font-family", VALUE_PLAIN},
    {"font-size", VALUE_PLAIN},
    {"font-weight", VALUE_PLAIN},
    {"letter-spacing", VALUE_PLAIN},
    {"text-anchor", VALUE_PLAIN},
    {"dominant-baseline", VALUE_PLAIN},
    {"preserveAspectRatio", VALUE_PLAIN},
    {"shape-rendering", VALUE_PLAIN},
};

struct svg {
    struct scope *sc;
    struct str in;
    size_t at;
    struct buf *out;
    const char *open[DEPTH_MAX];
    size_t depth, count;
    size_t cutting; /* how many of the open ones cut: clipPath, mask */
    bool sized, done;
};

static enum err refuse(const struct svg *s, const char *what)
{
    return FAIL(s->sc, ERR_INVALID, "the SVG file holds %s at octet %zu", what, s->at);
}

static bool listed(const char *const *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const struct svg *s)
{
    return s->at < s->in.n ? s->in.p[s->at] : '\0';
}

static bool take(struct svg *s, const char *text)
{
    size_t n = strlen(text);

    if (s->in.n - s->at < n || memcmp(s->in.p + s->at, text, n) != 0)
        return false;
    s->at += n;
    return true;
}

static void skip_space(struct svg *s)
{
    while (is_space(peek(s)))
        s->at++;
}

static enum err take_name(struct svg *s, char out[NAME_MAX_])
{
    size_t n = 0;

    while (n < NAME_MAX_ - 1 && (is_letter(peek(s)) || is_digit(peek(s)) || peek(s) == '-' || peek(s) == ':'))
        out[n++] = s->in.p[s->at++];
    out[n] = '\0';
    if (n == 0 || !is_letter(out[0]))
        return refuse(s, "something that is no name");
    return OK;
}

/* Five entities and no other: what a document type would define does not exist here. */
static enum err take_entity(struct svg *s, struct buf *out)
{
    static const struct {
        const char *text;
        char c;
    } known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&#39;", '\''}};

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (take(s, known[i].text)) {
            buf_c(out, known[i].c);
            return OK;
        }
    return refuse(s, "an entity that is not one of the five");
}

/* Up to `end`, decoded. */
static enum err take_text(struct svg *s, char end, struct buf *out)
{
    buf_init(out, s->sc->arena, BRAND_IMAGE_MAX);
    while (s->at < s->in.n && peek(s) != end) {
        if (peek(s) == '&')
            TRY(s->sc, take_entity(s, out));
        else if (peek(s) == '<' || (unsigned char)peek(s) == 0x7f ||
                 ((unsigned char)peek(s) < 0x20 && !is_space(peek(s))))
            return refuse(s, "a character that cannot stand in a text");
        else
            buf_c(out, s->in.p[s->at++]);
    }
    return OK;
}

static void put_escaped(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '<')
            buf_s(b, "&lt;");
        else if (text.p[i] == '>')
            buf_s(b, "&gt;");
        else if (text.p[i] == '&')
            buf_s(b, "&amp;");
        else if (text.p[i] == '"')
            buf_s(b, "&quot;");
        else
            buf_c(b, text.p[i]);
    }
}

static bool id_is_fine(struct str id)
{
    if (id.n == 0 || id.n > ID_MAX || !(is_letter(id.p[0]) || id.p[0] == '_'))
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (!is_letter(id.p[i]) && !is_digit(id.p[i]) && id.p[i] != '_' && id.p[i] != '-')
            return false;
    return true;
}

/* Numbers, words, colours and lists of them: nothing that could name an address, or end a value where it is used. */
static bool plain_is_fine(struct str v)
{
    for (size_t i = 0; i < v.n; i++)
        if (!is_letter(v.p[i]) && !is_digit(v.p[i]) && !is_space(v.p[i]) && !strchr(".,+-()%#'_", v.p[i]))
            return false;
    for (size_t i = 0; i + 3 <= v.n; i++)
        if (str_is_nocase((struct str){v.p + i, 3}, "url"))
            return false;
    return true;
}

static bool reference_is_fine(struct str v)
{
    return v.n > 6 && str_starts(v, "url(#") && v.p[v.n - 1] == ')' && id_is_fine((struct str){v.p + 5, v.n - 6});
}

static bool value_is_fine(const struct svg *s, const struct attribute *a, struct str v)
{
    switch (a->kind) {
    case VALUE_NAMESPACE:
        return str_is(v, "http://www.w3.org/2000/svg");
    case VALUE_ID:
        return id_is_fine(v);
    case VALUE_PAINT:
        if (!reference_is_fine(v))
            return plain_is_fine(v);
        /* What cuts and is itself cut can be drawn in time that doubles with each level. */
        return s->cutting == 0 || strcmp(a->name, "fill") == 0 || strcmp(a->name, "stroke") == 0;
    case VALUE_PLAIN:
        return plain_is_fine(v);
    default:
        return true;
    }
}

static const struct attribute *attribute_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
        if (strcmp(attributes[i].name, name) == 0)
            return &attributes[i];
    return NULL;
}

static enum err take_value(struct svg *s, const struct attribute *a)
{
    struct buf value;
    char quote;

    skip_space(s);
    if (!take(s, "="))
        return refuse(s, "an attribute without a value");
    skip_space(s);
    quote = peek(s);
    if (quote != '"' && quote != '\'')
        return refuse(s, "an attribute without quotes");
    s->at++;
    TRY(s->sc, take_text(s, quote, &value));
    if (peek(s) != quote)
        return refuse(s, "an attribute that does not end");
    s->at++;
    if (!value_is_fine(s, a, buf_str(&value)))
        return FAIL(s->sc, ERR_INVALID, "the SVG file gives \"%s\" a value that is not allowed", a->name);
    if (a->kind == VALUE_DROPPED)
        return OK;
    buf_c(s->out, ' ');
    buf_s(s->out, a->name);
    buf_s(s->out, "=\"");
    put_escaped(s->out, buf_str(&value));
    buf_c(s->out, '"');
    return OK;
}

static enum err take_attribute(struct svg *s, uint64_t *seen, bool *sized)
{
    const struct attribute *a;
    char name[NAME_MAX_];
    uint64_t bit;

    TRY(s->sc, take_name(s, name));
    a = attribute_find(name);
    if (!a)
        return FAIL(s->sc, ERR_INVALID, "the SVG file has an attribute \"%s\", which is not allowed", name);
    bit = UINT64_C(1) << (a - attributes);
    if (*seen & bit)
        return refuse(s, "an attribute twice");
    *seen |= bit;
    *sized = *sized || strcmp(name, "viewBox") == 0;
    return take_value(s, a);
}
_Static_assert(ARRAY_LEN(attributes) <= 64, "attributes are bits of a 64-bit set");

static bool is_cutting(const char *name)
{
    return strcmp(name, "clipPath") == 0 || strcmp(name, "mask") == 0;
}

static enum err element_enter(struct svg *s, const char *name)
{
    if (!listed(elements, ARRAY_LEN(elements), name))
        return FAIL(s->sc, ERR_INVALID, "the SVG file has an element \"%s\", which is not allowed", name);
    if (s->done || (strcmp(name, "svg") == 0) != (s->depth == 0))
        return refuse(s, "more than one drawing");
    if (s->depth == DEPTH_MAX || ++s->count > ELEMENTS_MAX)
        return refuse(s, "more elements, or deeper ones, than a logo needs");
    s->open[s->depth++] = arena_strdup(s->sc->arena, name);
    s->cutting += is_cutting(name);
    buf_c(s->out, '<');
    buf_s(s->out, name);
    return OK;
}

static void element_leave(struct svg *s)
{
    s->cutting -= is_cutting(s->open[s->depth - 1]);
    s->done = --s->depth == 0;
}

static enum err take_start(struct svg *s)
{
    char name[NAME_MAX_];
    uint64_t seen = 0;
    bool sized = false;

    TRY(s->sc, take_name(s, name));
    TRY(s->sc, element_enter(s, name));
    for (;;) {
        bool spaced = is_space(peek(s));

        skip_space(s);
        if (peek(s) == '>' || peek(s) == '/')
            break;
        if (!spaced)
            return refuse(s, "attributes without a space between them");
        TRY(s->sc, take_attribute(s, &seen, &sized));
    }
    if (s->depth == 1 && (!sized || !(seen & 1)))
        return FAIL(s->sc, ERR_INVALID, "the SVG file's root needs xmlns and viewBox");
    if (take(s, "/>")) {
        buf_s(s->out, "/>");
        element_leave(s);
        return OK;
    }
    if (!take(s, ">"))
        return refuse(s, "a tag that does not end");
    buf_c(s->out, '>');
    return OK;
}

static enum err take_end(struct svg *s)
{
    char name[NAME_MAX_];

    TRY(s->sc, take_name(s, name));
    skip_space(s);
    if (!take(s, ">") || s->depth == 0 || strcmp(s->open[s->depth - 1], name) != 0)
        return refuse(s, "an end of what has not begun");
    buf_f(s->out, "</%s>", name);
    element_leave(s);
    return OK;
}

/* What was noted by the program that drew it is for nobody here. */
static enum err take_comment(struct svg *s)
{
    while (s->at < s->in.n && !take(s, "--"))
        s->at++;
    return take(s, ">") ? OK : refuse(s, "a comment that does not end");
}

static enum err take_words(struct svg *s)
{
    struct buf text;

    TRY(s->sc, take_text(s, '<', &text));
    if (s->depth && listed(wordy, ARRAY_LEN(wordy), s->open[s->depth - 1])) {
        put_escaped(s->out, buf_str(&text));
        return OK;
    }
    for (size_t i = 0; i < text.n; i++)
        if (!is_space(text.p[i]))
            return refuse(s, "text outside an element for text");
    return OK;
}

static enum err take_any(struct svg *s)
{
    if (take(s, "<!--"))
        return take_comment(s);
    if (take(s, "</"))
        return take_end(s);
    if (s->at + 1 < s->in.n && peek(s) == '<' && (s->in.p[s->at + 1] == '!' || s->in.p[s->at + 1] == '?'))
        return refuse(s, "a document type, an instruction or a section that is not read");
    if (take(s, "<"))
        return take_start(s);
    return take_words(s);
}

/* RFC 3629, without what is longer than it must be and without surrogates. */
static bool is_utf8(struct str text)
{
    const unsigned char *p = (const unsigned char *)text.p, *end = p + text.n;

    while (p < end) {
        size_t more = *p < 0x80                 ? 0
                      : *p >= 0xc2 && *p < 0xe0 ? 1
                      : (*p & 0xf0) == 0xe0     ? 2
                      : *p >= 0xf0 && *p < 0xf5 ? 3
                                                : 9;

        if (more > (size_t)(end - p) - 1 || (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
            (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
            return false;
        for (size_t i = 1; i <= more; i++)
            if ((p[i] & 0xc0) != 0x80)
                return false;
        p += more + 1;
    }
    return true;
}

enum err svg_rewrite(struct scope *sc, struct str in, struct str *out)
{
    struct buf b;
    struct svg s = {.sc = sc, .in = in, .out = &b};

    if (!is_utf8(in))
        return refuse(&s, "text that is not UTF-8");
    buf_init(&b, sc->arena, BRAND_IMAGE_MAX);
    if (take(&s, "<?xml ")) {
        while (s.at < in.n && peek(&s) != '?' && peek(&s) != '<')
            s.at++;
        if (!take(&s, "?>"))
            return refuse(&s, "an XML declaration that does not end");
    }
    while (s.at < in.n)
        TRY(sc, take_any(&s));
    if (!s.done)
        return refuse(&s, "no whole drawing");
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "the image is larger than %zu octets", BRAND_IMAGE_MAX);
    *out = buf_str(&b);
    return OK;
}
