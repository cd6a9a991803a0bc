#include "picture/picture_int.h"

#include <string.h>

/* How a text fits a picture. The reference makes a regular expression, which may look at the same characters again and
 * again; here one pass from the end finds out where each part could begin so that the rest fits, and one from the
 * beginning takes for each part as much as it can get. Letters match in either case.
 */
struct match {
    struct picture_runes text;
    const struct picture_date *date;
    uint8_t *classes; /* of each place's letter */
    uint8_t *fits;    /* [part][place]: the parts from this one on fit the text from this place on */
    uint8_t *runs;    /* of the part at hand: digits from here on, then what must follow */
    uint8_t *heads;   /* a zone's hours likewise */
    uint32_t *words;  /* picture_words_at(), once it is needed */
    struct arena *arena;
};

enum kind { KIND_LITERAL, KIND_ZONE, KIND_DIGITS, KIND_ROMAN, KIND_LETTERS, KIND_WORDS };

static enum kind kind_of(const struct picture_part *p)
{
    static const enum kind kinds[] = {
        [PICTURE_DECIMALS] = KIND_DIGITS, [PICTURE_LETTERS] = KIND_LETTERS, [PICTURE_ROMAN] = KIND_ROMAN,
        [PICTURE_WORDS] = KIND_WORDS,     [PICTURE_SEQUENCE] = KIND_DIGITS,
    };

    if (!p->component)
        return KIND_LITERAL;
    if (p->component == 'Z' || p->component == 'z')
        return KIND_ZONE;
    if (p->component == 'f')
        return KIND_DIGITS;
    return p->numbered ? kinds[p->format.primary] : KIND_LETTERS;
}

static uint8_t *row(const struct match *m, size_t part)
{
    return m->fits + part * (m->text.n + 1);
}

static uint32_t rune_at(const struct match *m, size_t at)
{
    return at < m->text.n ? m->text.p[at] : 0;
}

static bool is_digit(const struct match *m, const struct picture_part *p, size_t at)
{
    uint32_t zero = p->numbered && p->format.zero ? p->format.zero : '0';

    return picture_digit_value(rune_at(m, at), zero) >= 0;
}

/* What a part's run is made of. */
struct run {
    uint8_t letters; /* LETTER or ROMAN; 0: digits */
    uint32_t zero;
    size_t fixed;  /* digits; 0: as many as there are */
    size_t ending; /* characters of an ordinal's ending */
};

enum { LETTER = 1, ROMAN = 2 };

static uint8_t classes_of(uint32_t rune)
{
    uint32_t c = picture_lower(rune);

    if (c < 'a' || c > 'z')
        return 0;
    return strchr("mdclxvi", (int)c) ? LETTER | ROMAN : LETTER;
}

static struct run run_of(const struct picture_part *p)
{
    enum kind kind = kind_of(p);
    struct run r = {.zero = p->numbered && p->format.zero ? p->format.zero : '0'};

    if (kind != KIND_DIGITS) {
        r.letters = kind == KIND_ROMAN ? ROMAN : LETTER;
    } else if (p->component != 'f') {
        r.fixed = p->fixed;
        r.ending = p->format.ordinal ? 2 : 0;
    }
    return r;
}

static bool in_run(const struct match *m, const struct run *r, size_t at)
{
    return r->letters ? m->classes[at] & r->letters : picture_digit_value(rune_at(m, at), r->zero) >= 0;
}

static bool letters_at(const struct match *m, size_t at, const char *letters)
{
    for (; *letters; letters++, at++)
        if (picture_lower(rune_at(m, at)) != (unsigned char)*letters)
            return false;
    return true;
}

/* Whether the part's run may end before this place. */
static bool may_end(const struct match *m, size_t part, const struct run *r, size_t at)
{
    if (!r->ending)
        return row(m, part + 1)[at];
    return (letters_at(m, at, "th") || letters_at(m, at, "st") || letters_at(m, at, "nd") || letters_at(m, at, "rd")) &&
           row(m, part + 1)[at + r->ending];
}

static void fit_literal(struct match *m, size_t part)
{
    struct picture_runes literal = m->date->parts[part].literal;
    size_t i;

    for (size_t at = 0; at + literal.n <= m->text.n; at++) {
        for (i = 0; i < literal.n && picture_lower(m->text.p[at + i]) == picture_lower(literal.p[i]); i++)
            ;
        row(m, part)[at] = i == literal.n && row(m, part + 1)[at + literal.n];
    }
}

static void fit_run(struct match *m, size_t part)
{
    struct run r = run_of(&m->date->parts[part]);
    uint8_t *here = row(m, part);
    size_t run = 0;

    for (size_t at = m->text.n; at-- > 0;) {
        run = in_run(m, &r, at) ? run + 1 : 0;
        if (r.fixed)
            here[at] = run >= r.fixed && may_end(m, part, &r, at + r.fixed);
        else
            here[at] = run && (may_end(m, part, &r, at + 1) || here[at + 1]);
    }
}

static void find_words(struct match *m)
{
    if (m->words)
        return;
    m->words = ARENA_ARRAY(m->arena, uint32_t, m->text.n + 1);
    for (size_t at = 0; at < m->text.n; at++)
        m->words[at] = picture_words_at(m->text, at);
}

static void fit_words(struct match *m, size_t part)
{
    uint8_t *here = row(m, part);
    const uint8_t *next = row(m, part + 1);

    find_words(m);
    for (size_t at = m->text.n; at-- > 0;)
        for (uint32_t left = m->words[at]; left && !here[at]; left &= left - 1) {
            size_t end = at + (size_t)__builtin_ctz(left);
            here[at] = next[end] || here[end];
        }
}

uint32_t picture_zone_separator(const struct picture_part *part)
{
    return part->format.regular ? part->format.separators[0].rune : 0;
}

static size_t zone_prefix(const struct picture_part *p)
{
    return p->component == 'z' ? 3 : 0;
}

static bool zone_begins(const struct match *m, const struct picture_part *p, size_t at)
{
    uint32_t sign = rune_at(m, at + zone_prefix(p));

    return (p->component == 'Z' || letters_at(m, at, "gmt")) && (sign == '+' || sign == '-');
}

/* runs: digits, then the next part. heads: digits, the separator, then runs. */
static void fit_zone(struct match *m, size_t part)
{
    const struct picture_part *p = &m->date->parts[part];
    uint32_t separator = picture_zone_separator(p);
    size_t n = m->text.n;

    m->runs[n] = m->heads[n] = 0;
    for (size_t at = n; at-- > 0;) {
        bool digit = is_digit(m, p, at);
        m->runs[at] = digit && (row(m, part + 1)[at + 1] || m->runs[at + 1]);
        m->heads[at] = separator ? digit && ((at + 2 <= n && rune_at(m, at + 1) == separator && m->runs[at + 2]) ||
                                             m->heads[at + 1])
                                 : m->runs[at];
    }
    for (size_t at = 0; at + zone_prefix(p) + 1 <= n; at++)
        row(m, part)[at] = zone_begins(m, p, at) && m->heads[at + zone_prefix(p) + 1];
}

static void fit(struct match *m, size_t part)
{
    switch (kind_of(&m->date->parts[part])) {
    case KIND_LITERAL:
        fit_literal(m, part);
        break;
    case KIND_ZONE:
        fit_zone(m, part);
        break;
    case KIND_WORDS:
        fit_words(m, part);
        break;
    default:
        fit_run(m, part);
        break;
    }
}

/* The farthest place at which the part's run, of which one character at least is in it, may end. */
static size_t take_run(const struct match *m, size_t part, size_t at)
{
    struct run r = run_of(&m->date->parts[part]);
    size_t end = at;

    if (r.fixed)
        return at + r.fixed + r.ending;
    while (in_run(m, &r, at)) {
        at++;
        if (may_end(m, part, &r, at))
            end = at;
    }
    return end + r.ending;
}

static size_t take_words(struct match *m, size_t part, size_t at)
{
    const uint8_t *next = row(m, part + 1);
    size_t end = at;

    memset(m->runs, 0, m->text.n + 1);
    m->runs[at] = 1;
    for (size_t i = at; i < m->text.n; i++)
        for (uint32_t left = m->runs[i] ? m->words[i] : 0; left; left &= left - 1) {
            size_t reached = i + (size_t)__builtin_ctz(left);
            m->runs[reached] = 1;
            if (next[reached] && reached > end)
                end = reached;
        }
    return end;
}

static size_t take_zone(const struct match *m, size_t part, size_t at)
{
    const struct picture_part *p = &m->date->parts[part];
    size_t end;

    at += zone_prefix(p) + 1;
    if (picture_zone_separator(p)) {
        while (is_digit(m, p, at))
            at++;
        at++;
    }
    for (end = at; is_digit(m, p, at); at++)
        if (row(m, part + 1)[at + 1])
            end = at + 1;
    return end;
}

static size_t take(struct match *m, size_t part, size_t at)
{
    switch (kind_of(&m->date->parts[part])) {
    case KIND_LITERAL:
        return at + m->date->parts[part].literal.n;
    case KIND_ZONE:
        return take_zone(m, part, at);
    case KIND_WORDS:
        return take_words(m, part, at);
    default:
        return take_run(m, part, at);
    }
}

bool picture_date_match(struct arena *a, struct picture_runes text, const struct picture_date *date, size_t *ends)
{
    struct match m = {.text = text, .date = date, .arena = a};
    size_t places = text.n + 1, at = 0;

    m.fits = ARENA_ARRAY(a, uint8_t, (date->n + 1) * places);
    m.runs = ARENA_ARRAY(a, uint8_t, places);
    m.heads = ARENA_ARRAY(a, uint8_t, places);
    m.classes = ARENA_ARRAY(a, uint8_t, places);
    for (size_t i = 0; i < text.n; i++)
        m.classes[i] = classes_of(text.p[i]);
    row(&m, date->n)[text.n] = 1;
    for (size_t part = date->n; part-- > 0;)
        fit(&m, part);
    if (!m.fits[0])
        return false;
    for (size_t part = 0; part < date->n; part++)
        at = ends[part] = take(&m, part, at);
    return true;
}
