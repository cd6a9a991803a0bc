#include "picture/picture_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "json/doc_value.h"

/* The picture of an integer: what $formatInteger takes, and every component of a date. */

/* The zeros of the families of decimal digits that the language knows. */
static const uint32_t families[] = {
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
};

static uint32_t family_of(uint32_t rune)
{
    for (size_t i = 0; i < ARRAY_LEN(families); i++)
        if (rune >= families[i] && rune <= families[i] + 9)
            return families[i];
    return 0;
}

/* The interval, if the same separator stands after every so many digits; 0 otherwise. */
static size_t interval(const struct picture_separator *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i].rune != s[0].rune || s[i].position != (i + 1) * s[0].position)
            return 0;
    return n ? s[0].position : 0;
}

static const char *analyse_digits(struct arena *a, struct picture_runes p, struct picture_integer *f)
{
    size_t position = 0;

    f->separators = arena_alloc(a, (p.n + 1) * sizeof(*f->separators));
    for (size_t i = p.n; i-- > 0;) {
        uint32_t family = family_of(p.p[i]);
        if (family && f->zero && family != f->zero)
            return "D3131";
        if (family) {
            f->zero = family;
            f->mandatory++;
            position++;
        } else if (p.p[i] == '#') {
            f->optional++;
            position++;
        } else {
            f->separators[f->n_separators++] = (struct picture_separator){position, p.p[i]};
        }
    }
    if (!f->mandatory)
        f->primary = PICTURE_SEQUENCE;
    f->regular = interval(f->separators, f->n_separators);
    return position > PICTURE_WIDTH ? PICTURE_TOO_LARGE : NULL;
}

static bool runes_are(struct picture_runes r, const char *s)
{
    size_t i = 0;

    while (i < r.n && s[i] && r.p[i] == (unsigned char)s[i])
        i++;
    return i == r.n && !s[i];
}

static bool analyse_named(struct picture_runes p, struct picture_integer *f)
{
    static const struct {
        const char *token;
        enum picture_primary primary;
        enum picture_case letters;
    } named[] = {
        {"A", PICTURE_LETTERS, PICTURE_UPPER}, {"a", PICTURE_LETTERS, PICTURE_LOWER},
        {"I", PICTURE_ROMAN, PICTURE_UPPER},   {"i", PICTURE_ROMAN, PICTURE_LOWER},
        {"W", PICTURE_WORDS, PICTURE_UPPER},   {"Ww", PICTURE_WORDS, PICTURE_TITLE},
        {"w", PICTURE_WORDS, PICTURE_LOWER},
    };

    for (size_t i = 0; i < ARRAY_LEN(named); i++) {
        if (!runes_are(p, named[i].token))
            continue;
        f->primary = named[i].primary;
        f->letters = named[i].letters;
        return true;
    }
    return false;
}

const char *picture_integer_analyse(struct arena *a, struct picture_runes picture, struct picture_integer *out)
{
    struct picture_integer f = {.token = picture};
    const char *code;

    for (size_t i = picture.n; i-- > 0;) {
        if (picture.p[i] != ';')
            continue;
        f.ordinal = i + 1 < picture.n && picture.p[i + 1] == 'o';
        f.token = picture_slice(picture, 0, i);
        break;
    }
    if (!analyse_named(f.token, &f)) {
        code = analyse_digits(a, f.token, &f);
        if (code)
            return code;
    }
    *out = f;
    return NULL;
}

struct picture_number picture_floor(struct picture_number n)
{
    double whole;

    if (n.exact)
        return n;
    whole = floor(n.d);
    return fabs(whole) < 9007199254740992.0 ? picture_int((int64_t)whole) : picture_real(whole);
}

/* The digits of a whole number of any size from how ECMAScript writes it. */
static struct str digits_of_real(struct arena *a, double v)
{
    char text[DOC_REAL_MAX];
    const char *e;
    struct buf b;
    long zeros;

    doc_real_format(v, text);
    e = strchr(text, 'e');
    if (!e)
        return (struct str){arena_strdup(a, text), strlen(text)};
    buf_init(&b, a, 400);
    zeros = strtol(e + 1, NULL, 10);
    buf_c(&b, text[0]);
    for (const char *p = text + 1; p < e; p++) {
        if (*p == '.')
            continue;
        buf_c(&b, *p);
        zeros--;
    }
    while (zeros-- > 0)
        buf_c(&b, '0');
    return buf_str(&b);
}

struct str picture_digits(struct arena *a, struct picture_number n, bool *negative)
{
    uint64_t v = n.i < 0 ? 0 - (uint64_t)n.i : (uint64_t)n.i;
    char *end, *p;

    *negative = n.exact ? n.i < 0 : n.d < 0;
    if (!n.exact)
        return digits_of_real(a, fabs(n.d));
    p = end = (char *)arena_alloc(a, 24) + 24;
    do {
        *--p = (char)('0' + (int)(v % 10));
        v /= 10;
    } while (v);
    return (struct str){p, (size_t)(end - p)};
}

static void put_ordinal(struct buf *out, uint32_t last, uint32_t before)
{
    static const char *const suffix[] = {"st", "nd", "rd"};

    buf_s(out, last >= '1' && last <= '3' && before != '1' ? suffix[last - '1'] : "th");
}

/* Digits with their separators. One that would stand in front of the first digit is left out, which the reference
 * does not do: it would write ",12" for 12 in "#:###,##0". */
struct grouping {
    const struct picture_integer *f;
    size_t left; /* separators not yet written, the leftmost being the last */
    uint32_t last, before;
};

static void put_rune(struct buf *out, struct grouping *g, uint32_t rune)
{
    picture_put(out, rune);
    g->before = g->last;
    g->last = rune;
}

static void put_separators(struct buf *out, struct grouping *g, size_t behind)
{
    const struct picture_integer *f = g->f;

    if (f->regular) {
        if (behind && behind % f->regular == 0)
            put_rune(out, g, f->separators[0].rune);
        return;
    }
    for (; g->left && f->separators[g->left - 1].position >= behind; g->left--)
        if (f->separators[g->left - 1].position == behind)
            put_rune(out, g, f->separators[g->left - 1].rune);
}

static void put_decimals(struct buf *out, struct str digits, const struct picture_integer *f)
{
    size_t n = digits.n > f->mandatory ? digits.n : f->mandatory;
    struct grouping g = {.f = f, .left = f->n_separators};

    for (size_t i = 0; i < n; i++) {
        char digit = i < n - digits.n ? '0' : digits.p[i - (n - digits.n)];
        if (i > 0)
            put_separators(out, &g, n - i);
        else
            while (g.left && f->separators[g.left - 1].position >= n)
                g.left--;
        put_rune(out, &g, f->zero + (uint32_t)(digit - '0'));
    }
    put_separators(out, &g, 0);
    if (f->ordinal)
        put_ordinal(out, g.last, g.before);
}

static bool put_roman(struct buf *out, uint64_t v, bool upper)
{
    static const struct {
        uint64_t value;
        const char *lower, *upper;
    } numerals[] = {
        {1000, "m", "M"}, {900, "cm", "CM"}, {500, "d", "D"},  {400, "cd", "CD"}, {100, "c", "C"},
        {90, "xc", "XC"}, {50, "l", "L"},    {40, "xl", "XL"}, {10, "x", "X"},    {9, "ix", "IX"},
        {5, "v", "V"},    {4, "iv", "IV"},   {1, "i", "I"},
    };

    if (v > PICTURE_WIDTH * UINT64_C(1000))
        return false;
    for (size_t k = 0; k < ARRAY_LEN(numerals); k++)
        for (; v >= numerals[k].value; v -= numerals[k].value)
            buf_s(out, upper ? numerals[k].upper : numerals[k].lower);
    return true;
}

static void put_letters(struct buf *out, uint64_t v, char first)
{
    char letters[16];
    size_t n = sizeof(letters);

    for (; v > 0; v = (v - 1) / 26)
        letters[--n] = (char)(first + (int)((v - 1) % 26));
    buf_add(out, letters + n, sizeof(letters) - n);
}

/* Letters and Roman numerals: of what 64 bits hold. */
static const char *put_numerals(struct buf *out, struct picture_number n, const struct picture_integer *f)
{
    bool upper = f->letters == PICTURE_UPPER;
    uint64_t v;

    if (!n.exact && fabs(n.d) >= 9.2e18)
        return PICTURE_TOO_LARGE;
    v = n.exact ? (n.i < 0 ? 0 - (uint64_t)n.i : (uint64_t)n.i) : (uint64_t)fabs(n.d);
    if (f->primary == PICTURE_LETTERS)
        put_letters(out, v, upper ? 'A' : 'a');
    else if (!put_roman(out, v, upper))
        return PICTURE_TOO_LARGE;
    return NULL;
}

const char *picture_integer_put(struct arena *a, struct picture_number n, const struct picture_integer *f,
                                struct buf *out, struct str *value)
{
    bool negative;
    struct str digits = picture_digits(a, n, &negative);

    if (f->primary == PICTURE_SEQUENCE) {
        *value = picture_runes_text(a, f->token);
        return "D3130";
    }
    if (negative)
        buf_c(out, '-');
    if (f->primary == PICTURE_DECIMALS)
        put_decimals(out, digits, f);
    else if (f->primary == PICTURE_WORDS)
        picture_words_put(out, digits, f->ordinal, f->letters);
    else
        return put_numerals(out, n, f);
    return NULL;
}

const char *picture_format_integer(struct arena *a, struct picture_number n, struct str picture, struct str *out,
                                   struct str *value)
{
    struct picture_integer f;
    const char *code;
    struct buf b;

    *value = (struct str){0};
    if (picture.n > PICTURE_MAX)
        return PICTURE_TOO_LARGE;
    code = picture_integer_analyse(a, picture_runes_of(a, picture), &f);
    buf_init(&b, a, 64 * 1024);
    if (!code)
        code = picture_integer_put(a, picture_floor(n), &f, &b, value);
    if (!code && b.full)
        code = PICTURE_TOO_LARGE;
    if (!code)
        *out = buf_str(&b);
    return code;
}
