#pragma once

#include "picture/picture_int.h"

/* The sub-pictures of $formatNumber, checked and taken apart. number.c fills them. */

/* The properties as characters. */
struct picture_marks {
    uint32_t point, group, exponent, zero, digit, separator;
    struct picture_runes percent, per_mille;
    struct str minus;
};

struct picture_pattern {
    struct picture_runes prefix, suffix;
    size_t *whole_groups; /* digits behind each separator, from the left */
    size_t n_whole_groups;
    size_t regular;           /* every so many digits; 0: where they stand */
    size_t *fraction_groups;  /* digits in front of each separator */
    size_t n_fraction_groups; /* of the fraction */
    size_t whole_min, fraction_min, fraction_max, exponent_min;
    size_t scale;
    bool has_point, exponential;
    int factor; /* 1, 100 or 1000 */
};

struct picture_patterns {
    struct picture_marks marks;
    struct picture_pattern of[2]; /* the second for negative numbers */
    size_t n;
};

const char *picture_patterns_read(struct arena *a, struct str picture, const struct picture_decimal *decimal,
                                  struct picture_patterns *out, struct str *value);
