#pragma once

#include "base/arena.h"
#include "base/buf.h"

/* picture: numbers and moments as text and back, by the pictures of XPath and XQuery Functions 3.1 as JSONata has them.
 *
 * Knows nothing of the evaluator, of time zones' names or of the clock: who reads a moment says what time it is now.
 * Every function is pure: what it makes lies in the arena, and texts are UTF-8. It answers NULL, or the code of what
 * was wrong; *value is then the text that was wrong where the code speaks of one, and empty otherwise. `out` is
 * untouched on failure.
 *
 * Integers of 64 bits are exact all the way, which is where this differs from JavaScript on purpose; the other
 * differences are named where they are made.
 */
#define PICTURE_MAX      4096 /* octets of a picture, and of a text to be read as a number */
#define PICTURE_WIDTH    1000 /* digits that one number may be asked to have */
#define PICTURE_DATE_MAX 1024 /* octets of a text to be read as a moment */

/* Codes that JSONata has no word for. */
#define PICTURE_TOO_LARGE "D3150" /* beyond the limits above, or a moment that no calendar here has */
#define PICTURE_NOT_ONE   "D3151" /* a property of $formatNumber that must be one character; value: its name */
#define PICTURE_NO_ZONE   "D3152" /* a time zone that is not +hhmm; value: what was given */

struct picture_number {
    bool exact; /* the value is i; otherwise it is d, which is finite */
    int64_t i;
    double d;
};

static inline struct picture_number picture_int(int64_t i)
{
    return (struct picture_number){.exact = true, .i = i};
}

static inline struct picture_number picture_real(double d)
{
    return (struct picture_number){.d = d};
}

static inline double picture_double(struct picture_number n)
{
    return n.exact ? (double)n.i : n.d;
}

/* What a text says, which may be nothing: the language calls that undefined. */
struct picture_reading {
    bool known;
    struct picture_number n;
};

/* --- $formatNumber, $formatBase, $round */

enum picture_property {
    PICTURE_DECIMAL_SEPARATOR,
    PICTURE_GROUPING_SEPARATOR,
    PICTURE_EXPONENT_SEPARATOR,
    PICTURE_INFINITY,
    PICTURE_MINUS_SIGN,
    PICTURE_NAN,
    PICTURE_PERCENT,
    PICTURE_PER_MILLE,
    PICTURE_ZERO_DIGIT,
    PICTURE_DIGIT,
    PICTURE_PATTERN_SEPARATOR,
    PICTURE_PROPERTIES,
};

struct picture_decimal {
    struct str property[PICTURE_PROPERTIES];
};

void picture_decimal_init(struct picture_decimal *d);
/* One member of the function's third argument. False when there is no such property, which the language overlooks. */
bool picture_decimal_set(struct picture_decimal *d, struct str name, struct str value);

const char *picture_format_number(struct arena *a, struct picture_number n, struct str picture,
                                  const struct picture_decimal *decimal, struct str *out, struct str *value);
/* Both are rounded first, half to even; a radix of NULL is 10. */
const char *picture_format_base(struct arena *a, struct picture_number n, const struct picture_number *radix,
                                struct str *out, struct str *value);
/* To so many decimals, of which there may be fewer than none; a half goes to the even neighbour. It works on the
 * number's shortest decimal form, so that 4.525 is the half that people take it for. */
double picture_round(double v, int decimals);

/* --- $formatInteger, $parseInteger */

/* What is not whole is rounded down. */
const char *picture_format_integer(struct arena *a, struct picture_number n, struct str picture, struct str *out,
                                   struct str *value);
const char *picture_parse_integer(struct arena *a, struct str text, struct str picture, struct picture_reading *out,
                                  struct str *value);

/* --- $fromMillis, $toMillis */

/* A picture read once, for any number of uses: it lies in the arena, and nothing changes it. */
struct picture_date;
const char *picture_date_read(struct arena *a, struct str picture, const struct picture_date **out, struct str *value);
/* A picture of NULL is ISO 8601, a zone of NULL is UTC. */
const char *picture_from_millis(struct arena *a, struct picture_number millis, const struct picture_date *picture,
                                const struct str *zone, struct str *out, struct str *value);
/* The reading is exact. What the picture leaves out in front of what it has is taken from now_ms. */
const char *picture_to_millis(struct arena *a, struct str text, const struct picture_date *picture, int64_t now_ms,
                              struct picture_reading *out, struct str *value);
