#pragma once

#include <stdbool.h>
#include <stddef.h>

/* dec: exact decimals as a real ERP computes them. A value is n / 10^scale; nothing here rounds except dec_round.
 * Values of more than 16 significant digits are refused at the door, so that a product of three never overflows.
 */
struct dec {
    __int128 n;
    int scale;
};

enum { DEC_TEXT_MAX = 64 };

/* Reads "-12.340", "1E+2"; trailing zeros of the fraction are not kept. */
bool dec_parse(const char *text, struct dec *out);
/* The shortest decimal that reads back as this double, as Decimal(str(x)) does. */
bool dec_from_double(double x, struct dec *out);
struct dec dec_add(struct dec a, struct dec b);
struct dec dec_mul(struct dec a, struct dec b);
int dec_cmp(struct dec a, struct dec b);
/* Half to even, to exactly this many digits. */
struct dec dec_round(struct dec a, int scale);
void dec_format(struct dec a, char out[DEC_TEXT_MAX]);
