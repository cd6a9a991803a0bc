#include "picture/picture_int.h"

#include <string.h>

#include "base/must.h"

/* Numbers in English words, written and read. */

static const char *const cardinals[] = {
    "Zero", "One",    "Two",    "Three",    "Four",     "Five",    "Six",     "Seven",     "Eight",    "Nine",
    "Ten",  "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
};
static const char *const ordinals[] = {
    "Zeroth",     "First",     "Second",    "Third",       "Fourth",     "Fifth",      "Sixth",
    "Seventh",    "Eighth",    "Ninth",     "Tenth",       "Eleventh",   "Twelfth",    "Thirteenth",
    "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
};
/* By tens; the first two have no word of their own. */
static const char *const decades[] = {"",      "",      "Twenty",  "Thirty", "Forty",
                                      "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"};
static const char *const decade_ordinals[] = {"",         "",         "Twentieth",  "Thirtieth", "Fortieth",
                                              "Fiftieth", "Sixtieth", "Seventieth", "Eightieth", "Ninetieth"};
/* From hundred on by thousands; beyond the last, the last is said again. */
static const char *const powers[] = {"Hundred", "Thousand", "Million", "Billion", "Trillion"};
static const char *const power_ordinals[] = {"Hundredth", "Thousandth", "Millionth", "Billionth", "Trillionth"};
static const uint64_t power_values[] = {100, 1000, 1000000, 1000000000, 1000000000000};

#define HUNDRED        0
#define TRILLION       4
#define TRILLION_ZEROS 12

/* --- Written */

struct saying {
    struct buf *out;
    enum picture_case letters;
    bool ordinal; /* the last word of all is one */
};

static void say(struct saying *s, const char *text)
{
    for (; *text; text++) {
        char c = *text;
        if (s->letters == PICTURE_LOWER && c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        else if (s->letters == PICTURE_UPPER && c >= 'a' && c <= 'z')
            c = (char)(c - ('a' - 'A'));
        buf_c(s->out, c);
    }
}

static void say_small(struct saying *s, uint64_t v, bool last)
{
    bool ordinal = last && s->ordinal;

    if (v >= 20) {
        bool round = v % 10 == 0;
        say(s, (round && ordinal ? decade_ordinals : decades)[v / 10]);
        if (round)
            return;
        say(s, "-");
        v %= 10;
    }
    say(s, (ordinal ? ordinals : cardinals)[v]);
}

/* Under a thousand. `and` is said in front of what is under a hundred, a comma in front of the rest, if anything was
 * said before that this belongs behind. */
static void say_hundreds(struct saying *s, uint64_t v, bool behind, bool last)
{
    if (v >= 100) {
        say(s, behind ? ", " : "");
        say_small(s, v / 100, false);
        say(s, " ");
        say(s, (v % 100 == 0 && last && s->ordinal ? power_ordinals : powers)[HUNDRED]);
        behind = true;
        v %= 100;
        if (!v)
            return;
    }
    say(s, behind ? " and " : "");
    say_small(s, v, last);
}

/* Under a trillion. */
static void say_thousands(struct saying *s, uint64_t v, bool behind, bool last)
{
    for (int k = TRILLION - 1; k > HUNDRED; k--) {
        uint64_t count = v / power_values[k];
        if (!count)
            continue;
        v %= power_values[k];
        say(s, behind ? ", " : "");
        say_hundreds(s, count, false, false);
        say(s, " ");
        say(s, (v == 0 && last && s->ordinal ? power_ordinals : powers)[k]);
        if (!v)
            return;
        behind = true;
    }
    say_hundreds(s, v, behind, last);
}

static uint64_t chunk_value(const char *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v * 10 + (uint64_t)(p[i] - '0');
    return v;
}

/* Twelve digits at a time: so many trillions, then so many of them again. */
void picture_words_put(struct buf *out, struct str digits, bool ordinal, enum picture_case letters)
{
    struct saying s = {.out = out, .letters = letters, .ordinal = ordinal};
    size_t at = digits.n % TRILLION_ZEROS;

    if (at == 0)
        at = TRILLION_ZEROS;
    say_thousands(&s, chunk_value(digits.p, at), false, at == digits.n);
    for (; at < digits.n; at += TRILLION_ZEROS) {
        bool last = at + TRILLION_ZEROS == digits.n;
        uint64_t chunk = chunk_value(digits.p + at, TRILLION_ZEROS);
        say(&s, " ");
        say(&s, (last && chunk == 0 && ordinal ? power_ordinals : powers)[TRILLION]);
        if (chunk)
            say_thousands(&s, chunk, true, last);
    }
}

/* --- Read */

struct vocabulary {
    const char *const *words;
    size_t n;
    uint64_t first, step; /* what the words mean */
};

static const struct vocabulary counted[] = {
    {cardinals, ARRAY_LEN(cardinals), 0, 1},
    {ordinals, ARRAY_LEN(ordinals), 0, 1},
    {decades + 2, ARRAY_LEN(decades) - 2, 20, 10},
    {decade_ordinals + 2, ARRAY_LEN(decade_ordinals) - 2, 20, 10},
};
static const char *const *const multiplied[] = {powers, power_ordinals};

/* Whether the word stands at the beginning of the text, in letters of either case; its length then, or 0. */
static size_t begins(struct picture_runes text, size_t at, const char *word)
{
    size_t i = 0;

    for (; word[i]; i++)
        if (at + i == text.n || picture_lower(text.p[at + i]) != picture_lower((unsigned char)word[i]))
            return 0;
    return i;
}

uint32_t picture_words_at(struct picture_runes text, size_t at)
{
    uint32_t lengths = text.p[at] == '-' || text.p[at] == ',' || text.p[at] == ' ' ? 1U << 1 : 0;

    for (size_t k = 0; k < ARRAY_LEN(counted); k++)
        for (size_t i = 0; i < counted[k].n; i++)
            lengths |= 1U << begins(text, at, counted[k].words[i]);
    for (size_t k = 0; k < ARRAY_LEN(multiplied); k++)
        for (size_t i = 0; i < ARRAY_LEN(powers); i++)
            lengths |= 1U << begins(text, at, multiplied[k][i]);
    lengths |= 1U << begins(text, at, "and");
    return lengths & ~1U;
}

static bool word_value(struct picture_runes word, uint64_t *out)
{
    for (size_t k = 0; k < ARRAY_LEN(counted); k++)
        for (size_t i = 0; i < counted[k].n; i++)
            if (word.n && begins(word, 0, counted[k].words[i]) == word.n) {
                *out = counted[k].first + i * counted[k].step;
                return true;
            }
    for (size_t k = 0; k < ARRAY_LEN(multiplied); k++)
        for (size_t i = 0; i < ARRAY_LEN(powers); i++)
            if (word.n && begins(word, 0, multiplied[k][i]) == word.n) {
                *out = power_values[i];
                return true;
            }
    return false;
}

/* What stands between two words at this place: its length, or 0. */
static size_t gap_at(struct picture_runes r, size_t at)
{
    uint32_t c = r.p[at];

    if (c == ',' && at + 1 < r.n && picture_is_space(r.p[at + 1]))
        return 2;
    if (picture_is_space(c) && begins(r, at + 1, "and") && at + 4 < r.n && picture_is_space(r.p[at + 4]))
        return 5;
    return picture_is_space(c) || c == '-' || c == '\\' ? 1 : 0;
}

static struct picture_number sum(struct picture_number x, struct picture_number y)
{
    int64_t i;

    if (x.exact && y.exact && !__builtin_add_overflow(x.i, y.i, &i))
        return picture_int(i);
    return picture_real(picture_double(x) + picture_double(y));
}

static struct picture_number times(struct picture_number x, uint64_t y)
{
    int64_t i;

    if (x.exact && !__builtin_mul_overflow(x.i, (int64_t)y, &i))
        return picture_int(i);
    return picture_real(picture_double(x) * (double)y);
}

/* A sum under way: what is not yet known to be complete lies on top. "One thousand, two hundred and one trillion": the
 * trillion takes all that is smaller than itself; the reference would let it take just what lies on top. */
struct tally {
    struct picture_number *terms;
    size_t n;
};

static void tally_word(struct tally *t, uint64_t value)
{
    struct picture_number top = t->terms[--t->n];

    if (value < 100) {
        if (picture_double(top) >= 1000) {
            t->terms[t->n++] = top;
            top = picture_int(0);
        }
        t->terms[t->n++] = sum(top, picture_int((int64_t)value));
        return;
    }
    while (t->n && picture_double(t->terms[t->n - 1]) < (double)value)
        top = sum(t->terms[--t->n], top);
    t->terms[t->n++] = times(top, value);
}

struct picture_reading picture_words_read(struct arena *a, struct str text)
{
    struct picture_runes r = picture_runes_of(a, text);
    struct tally t = {ARENA_ARRAY(a, struct picture_number, r.n + 2), 1};
    struct picture_number total = picture_int(0);
    uint64_t value;

    t.terms[0] = picture_int(0);
    for (size_t at = 0; at <= r.n;) {
        size_t end = at, gap = 0;
        while (end < r.n && !(gap = gap_at(r, end)))
            end++;
        if (!word_value(picture_slice(r, at, end), &value))
            return (struct picture_reading){0};
        tally_word(&t, value);
        at = end + (gap ? gap : 1);
    }
    for (size_t i = 0; i < t.n; i++)
        total = sum(total, t.terms[i]);
    return (struct picture_reading){true, total};
}
