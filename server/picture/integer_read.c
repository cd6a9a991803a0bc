#include "picture/picture_int.h"

#include <stdlib.h>

/* $parseInteger, and the numbers inside a date. */

static struct picture_reading known(struct picture_number n)
{
    return (struct picture_reading){true, n};
}

static bool is_separator(uint32_t rune, const struct picture_integer *f)
{
    for (size_t i = 0; i < f->n_separators; i++)
        if (f->separators[i].rune == rune)
            return true;
    return false;
}

/* Digits as far as they go, separators overlooked wherever they stand: what follows is not looked at. Zeros in front
 * are left out, but one. Returns how many there are. */
static size_t gather(struct picture_runes t, const struct picture_integer *f, char *ascii)
{
    size_t n = 0;

    for (size_t i = 0; i < t.n; i++) {
        int digit = picture_digit_value(t.p[i], f->zero);
        if (digit < 0 && is_separator(t.p[i], f))
            continue;
        if (digit < 0)
            break;
        n -= n == 1 && ascii[0] == '0';
        ascii[n++] = (char)('0' + digit);
    }
    ascii[n] = '\0';
    return n;
}

static struct picture_reading read_digits(struct arena *a, struct picture_runes t, const struct picture_integer *f,
                                          bool negative)
{
    char *ascii = arena_alloc(a, t.n + 1);
    size_t n = gather(t, f, ascii);
    int64_t v = 0; /* below zero, where there is one number more */
    bool fits = true;

    if (n == 0 || n > 300)
        return (struct picture_reading){0};
    for (const char *p = ascii; *p; p++)
        fits = fits && !__builtin_mul_overflow(v, 10, &v) && !__builtin_sub_overflow(v, *p - '0', &v);
    if (!fits || (!negative && v == INT64_MIN))
        return known(picture_real(strtod(ascii, NULL) * (negative ? -1 : 1))); /* NOLINT(cert-err34-c) */
    return known(picture_int(negative ? v : -v));
}

static struct picture_reading read_decimals(struct arena *a, struct picture_runes t, const struct picture_integer *f)
{
    bool negative = false;
    size_t at = 0;

    if (f->ordinal)
        t = picture_slice(t, 0, t.n < 2 ? 0 : t.n - 2);
    while (at < t.n && picture_is_space(t.p[at]))
        at++;
    if (at < t.n && (t.p[at] == '-' || t.p[at] == '+'))
        negative = t.p[at++] == '-';
    return read_digits(a, picture_slice(t, at, t.n), f, negative);
}

/* In letters of either case where fold is set, otherwise of the picture's. */
static bool letter_of(uint32_t rune, const struct picture_integer *f, bool fold, uint32_t *out)
{
    uint32_t lower = picture_lower(rune);

    *out = lower;
    return lower >= 'a' && lower <= 'z' && (fold || (lower == rune) == (f->letters == PICTURE_LOWER));
}

static struct picture_reading read_letters(struct picture_runes t, const struct picture_integer *f, bool fold)
{
    int64_t v = 0;
    uint32_t letter;

    for (size_t i = 0; i < t.n; i++)
        if (!letter_of(t.p[i], f, fold, &letter) || __builtin_mul_overflow(v, 26, &v) ||
            __builtin_add_overflow(v, (int64_t)letter - 'a' + 1, &v))
            return (struct picture_reading){0};
    return known(picture_int(v));
}

static int64_t roman_value(uint32_t lower)
{
    static const struct {
        char letter;
        int64_t value;
    } numerals[] = {{'m', 1000}, {'d', 500}, {'c', 100}, {'l', 50}, {'x', 10}, {'v', 5}, {'i', 1}};

    for (size_t i = 0; i < sizeof(numerals) / sizeof(numerals[0]); i++)
        if ((uint32_t)(unsigned char)numerals[i].letter == lower)
            return numerals[i].value;
    return 0;
}

/* From the right: what is smaller than the largest so far is taken away. Upper case is read by a picture of lower case,
 * not the other way round. */
static struct picture_reading read_roman(struct picture_runes t, const struct picture_integer *f, bool fold)
{
    int64_t v = 0, largest = 1;
    uint32_t letter;

    for (size_t i = t.n; i-- > 0;) {
        if (!letter_of(t.p[i], f, fold || f->letters == PICTURE_LOWER, &letter) || !roman_value(letter))
            return (struct picture_reading){0};
        if (roman_value(letter) < largest) {
            v -= roman_value(letter);
        } else {
            largest = roman_value(letter);
            v += largest;
        }
    }
    return known(picture_int(v));
}

struct picture_reading picture_integer_read(struct arena *a, struct picture_runes text, const struct picture_integer *f,
                                            bool fold)
{
    switch (f->primary) {
    case PICTURE_DECIMALS:
        return read_decimals(a, text, f);
    case PICTURE_LETTERS:
        return read_letters(text, f, fold);
    case PICTURE_ROMAN:
        return read_roman(text, f, fold);
    case PICTURE_WORDS:
        return picture_words_read(a, picture_runes_text(a, text));
    case PICTURE_SEQUENCE:
        break;
    }
    return (struct picture_reading){0};
}

const char *picture_parse_integer(struct arena *a, struct str text, struct str picture, struct picture_reading *out,
                                  struct str *value)
{
    struct picture_integer f;
    const char *code;

    *value = (struct str){0};
    if (picture.n > PICTURE_MAX || text.n > PICTURE_MAX)
        return PICTURE_TOO_LARGE;
    code = picture_integer_analyse(a, picture_runes_of(a, picture), &f);
    if (code)
        return code;
    if (f.primary == PICTURE_SEQUENCE) {
        *value = picture_runes_text(a, f.token);
        return "D3130";
    }
    *out = picture_integer_read(a, picture_runes_of(a, text), &f, false);
    return NULL;
}
