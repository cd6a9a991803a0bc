#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

#include "xref/xref_int.h"

const char *const xref_case_names[] = {"exact", "fold", NULL};
const char *const xref_blanks_names[] = {"exact", "trim", "collapse", NULL};
const char *const xref_shape_names[] = {"one_to_one", "many_to_one", NULL};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t unicode;

static void open_locale(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
}

int xref_name_index(const char *const *names, struct str name)
{
    for (int i = 0; names[i]; i++)
        if (str_is(name, names[i]))
            return i;
    return -1;
}

bool xref_name_valid(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return n && n <= XREF_NAME_MAX && !name[n] && name[0] >= 'a';
}

/* One character of UTF-8; an octet that begins none stands for itself, far above all characters. */
#define STRAY 0x200000U

static uint32_t take(const char *p, size_t n, size_t *at)
{
    const unsigned char *s = (const unsigned char *)p + *at;
    size_t left = n - *at, more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc2 ? 1 : 0;
    uint32_t c = s[0] & (more == 3 ? 7U : more == 2 ? 15U : 31U);

    if (s[0] < 0x80 || more == 0 || more >= left || s[0] > 0xf4) {
        ++*at;
        return s[0] < 0x80 ? s[0] : STRAY + s[0];
    }
    for (size_t i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            ++*at;
            return STRAY + s[0];
        }
        c = c << 6 | (s[i] & 0x3f);
    }
    *at += more + 1;
    return c;
}

static size_t put(char *to, uint32_t c)
{
    size_t more = c < 0x80 || c >= STRAY ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

    if (more == 0) {
        to[0] = (char)(c >= STRAY ? c - STRAY : c);
        return 1;
    }
    for (size_t i = more; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)((0xf0U << (3 - more) & 0xff) | c);
    return more + 1;
}

/* White space as Unicode has it. */
static bool is_blank(uint32_t c)
{
    if (c <= 0x20)
        return c == 0x20 || (c >= 0x09 && c <= 0x0d);
    if (c < 0x85)
        return false;
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

/* By way of the capital, so that the two small sigmas are one letter. */
static uint32_t folded(uint32_t c)
{
    if (c < 0x80 || c >= STRAY || !unicode)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    return (uint32_t)towlower_l((wint_t)towupper_l((wint_t)c, unicode), unicode);
}

/* Most words are ASCII without blanks. Returns how much of the text was copied so. */
static size_t plain(bool fold, struct str text, char *out)
{
    size_t i = 0;

    for (; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c <= 0x20 || c >= 0x7f)
            break;
        out[i] = (char)(fold && c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return i;
}

struct writing {
    const struct xref_rule *rule;
    char *to;
    size_t n;
    size_t last; /* behind the last that is no blank */
    bool gap;    /* blanks were left out here */
};

static void write_blank(struct writing *w, uint32_t c)
{
    if (w->rule->blanks == XREF_BLANKS_TRIM && w->n)
        w->n += put(w->to + w->n, c);
    w->gap = w->n != 0;
}

static void write_letter(struct writing *w, uint32_t c)
{
    if (w->gap && w->rule->blanks == XREF_BLANKS_COLLAPSE)
        w->to[w->n++] = ' ';
    w->gap = false;
    w->n += put(w->to + w->n, w->rule->letters == XREF_CASE_FOLD ? folded(c) : c);
    w->last = w->n;
}

bool xref_normal(const struct xref_rule *rule, struct str text, char out[XREF_NORM_MAX], size_t *out_n)
{
    struct writing w = {.rule = rule, .to = out};
    size_t at;

    if (text.n > XREF_TEXT_MAX)
        return false;
    at = w.n = w.last = plain(rule->letters == XREF_CASE_FOLD, text, out);
    if (at < text.n)
        pthread_once(&once, open_locale);
    while (at < text.n && w.n + 5 < XREF_NORM_MAX) {
        uint32_t c = take(text.p, text.n, &at);

        if (rule->blanks != XREF_BLANKS_EXACT && is_blank(c))
            write_blank(&w, c);
        else
            write_letter(&w, c);
    }
    *out_n = w.last;
    return at == text.n && (w.last || rule->empty);
}

bool xref_is_text(struct str text)
{
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        uint32_t c = take(text.p, text.n, &at);

        if (c == 0 || c >= STRAY || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || (at - from == 3 && c < 0x800) ||
            (at - from == 4 && c < 0x10000))
            return false;
    }
    return true;
}

const char *xref_word_fault(const struct xref_rule *rule, struct str text, const char **out_code)
{
    char norm[XREF_NORM_MAX];
    size_t n;

    if (!xref_is_text(text)) {
        *out_code = "invalid";
        return "it is not text in UTF-8";
    }
    if (text.n > XREF_TEXT_MAX) {
        *out_code = "too_long";
        return "it is longer than 512 octets";
    }
    if (!xref_normal(rule, text, norm, &n)) {
        *out_code = "required";
        return "it may not be empty";
    }
    return NULL;
}

size_t xref_likeness(const char *text, char out[XREF_LIKE_MAX])
{
    static const struct xref_rule loose = {XREF_CASE_FOLD, XREF_BLANKS_COLLAPSE, true};
    char norm[XREF_NORM_MAX];
    size_t n = 0, kept = 0;

    if (!xref_normal(&loose, str_of(text), norm, &n))
        return 0;
    for (size_t at = 0, from = 0; at < n; from = at) {
        uint32_t c = take(norm, n, &at);

        if (c < 0x80 && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z'))
            continue;
        if (kept + (at - from) > XREF_LIKE_MAX)
            break;
        memcpy(out + kept, norm + from, at - from);
        kept += at - from;
    }
    return kept;
}

const char *xref_like(struct arena *arena, const char *text)
{
    char like[XREF_LIKE_MAX];

    return arena_strndup(arena, like, xref_likeness(text, like));
}
