#pragma once

#include "picture/picture.h"

/* What stands between the files of this room. */

/* --- Between the files: characters */

struct picture_runes {
    const uint32_t *p; /* code points */
    size_t n;
};

struct picture_runes picture_runes_of(struct arena *a, struct str text);
struct str picture_runes_text(struct arena *a, struct picture_runes r);
struct picture_runes picture_slice(struct picture_runes r, size_t from, size_t to); /* cut to what there is */
size_t picture_find(struct picture_runes r, uint32_t rune, size_t from);            /* r.n when it is not there */
void picture_put(struct buf *b, uint32_t rune);
void picture_put_digit(struct buf *b, char digit, uint32_t zero); /* an ASCII digit in another family */
bool picture_is_space(uint32_t rune);

static inline uint32_t picture_lower(uint32_t rune) /* ASCII */
{
    return rune >= 'A' && rune <= 'Z' ? rune + ('a' - 'A') : rune;
}

/* --- Between the files: integers */

enum picture_primary { PICTURE_DECIMALS, PICTURE_LETTERS, PICTURE_ROMAN, PICTURE_WORDS, PICTURE_SEQUENCE };
enum picture_case { PICTURE_LOWER, PICTURE_UPPER, PICTURE_TITLE };

struct picture_separator {
    size_t position; /* digits behind it */
    uint32_t rune;
};

struct picture_integer {
    enum picture_primary primary;
    enum picture_case letters;
    bool ordinal;
    uint32_t zero; /* the digit family's first */
    size_t mandatory;
    size_t optional;
    struct picture_separator *separators; /* from the right */
    size_t n_separators;
    size_t regular;             /* a separator every so many digits, however many there are; 0: just where they stand */
    struct picture_runes token; /* as written */
};

const char *picture_integer_analyse(struct arena *a, struct picture_runes picture, struct picture_integer *out);
const char *picture_integer_put(struct arena *a, struct picture_number n, const struct picture_integer *f,
                                struct buf *out, struct str *value);
/* Anything that cannot be read is unknown. Letters of either case do where fold is set. */
struct picture_reading picture_integer_read(struct arena *a, struct picture_runes text, const struct picture_integer *f,
                                            bool fold);
/* The value of one digit of the family that begins with zero, or -1. */
static inline int picture_digit_value(uint32_t rune, uint32_t zero)
{
    return rune >= zero && rune <= zero + 9 ? (int)(rune - zero) : -1;
}

/* The digits of a whole number without its sign; a real one's are the shortest that mean it, then zeros. */
struct str picture_digits(struct arena *a, struct picture_number n, bool *negative);
struct picture_number picture_floor(struct picture_number n);

void picture_words_put(struct buf *out, struct str digits, bool ordinal, enum picture_case letters);
struct picture_reading picture_words_read(struct arena *a, struct str text);
/* Which words of numbers, or what stands between them, the text has at this place: bit n for one of n characters. */
uint32_t picture_words_at(struct picture_runes text, size_t at);

/* --- Between the files: moments */

struct picture_part {
    uint32_t component;           /* 0: a literal */
    struct picture_runes literal; /* to be written, and matched, as it is */
    bool names;                   /* of months, days and halves of days, in the letters below */
    enum picture_case letters;
    bool numbered; /* format is set */
    struct picture_integer format;
    int64_t width_min, width_max; /* -1: not said */
    size_t fixed;                 /* digits it has when it is read, since digits follow; 0: as many as there are */
    int year_digits;              /* -1: all */
    bool z_for_utc;
};

struct picture_date {
    struct picture_part *parts;
    size_t n;
};

/* How a text fits the parts: ends[k] is where part k ends. False when it does not. Takes time in proportion to the
 * text's length times the number of parts, whatever they are. */
bool picture_date_match(struct arena *a, struct picture_runes text, const struct picture_date *date, size_t *ends);
/* Where the two digit runs of a zone part: the place of its separator, or 0 if it has none. */
uint32_t picture_zone_separator(const struct picture_part *part);

#define PICTURE_DAY_MS    INT64_C(86400000)
#define PICTURE_MOMENT_MS INT64_C(8640000000000000) /* the farthest moment either side of 1970 */

int64_t picture_days(int64_t year, int64_t month, int64_t day); /* since 1970; month and day may lie outside */
/* What a component counts at a moment; 0 for one that does not count. */
int64_t picture_component(int64_t ms, uint32_t component);
const char *picture_month_name(int64_t month); /* 1 to 12 */
const char *picture_day_name(int64_t day);     /* 1 is Monday */

/* $toMillis without a picture. */
bool picture_iso_read(struct str text, int64_t *out_ms);
