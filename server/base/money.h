#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/scope.h"

/* money: exact decimals and amounts. No floating type touches an amount.
 *
 * struct decimal is an integer and a scale (value = digits / 10^scale), up to 38 digits and scale 0
 * to 18; every operation is checked and says when the result would not fit. struct money is minor units of an
 * ISO 4217 currency. Rounding happens only where a caller names it (half-even, ISO 4217 digits).
 */
#define DECIMAL_SCALE_MAX 18
#define DECIMAL_TEXT_MAX  48

struct decimal {
    __int128 digits;
    uint8_t scale;
};

struct currency {
    char code[4]; /* ISO 4217, upper case, NUL */
    uint8_t digits;
};

struct money {
    int64_t minor;
    char currency[4];
};

enum rounding {
    ROUND_HALF_EVEN,
    ROUND_HALF_UP, /* away from zero */
    ROUND_DOWN,    /* towards zero */
};

/* JSON number or plain decimal text: optional minus, digits, optional fraction, optional exponent. */
bool decimal_parse(struct str text, struct decimal *out);
bool decimal_parse_plain(struct str text, struct decimal *out);    /* no exponent, no plus: wire money */
void decimal_format(struct decimal d, char out[DECIMAL_TEXT_MAX]); /* keeps the scale: "12.10" */
struct decimal decimal_of(int64_t v);
int decimal_sign(struct decimal d);
int decimal_compare(struct decimal a, struct decimal b);
bool decimal_add(struct decimal a, struct decimal b, struct decimal *out);
bool decimal_sub(struct decimal a, struct decimal b, struct decimal *out);
bool decimal_mul(struct decimal a, struct decimal b, struct decimal *out);
/* a / b at the given scale. False for b = 0 or overflow. */
bool decimal_div(struct decimal a, struct decimal b, uint8_t scale, enum rounding how, struct decimal *out);
bool decimal_round(struct decimal d, uint8_t scale, enum rounding how, struct decimal *out);
struct decimal decimal_trim(struct decimal d); /* drops trailing zeros of the fraction */
bool decimal_is_integer(struct decimal d);

/* ISO 4217 active codes; false for unknown ones. */
bool currency_find(struct str code, struct currency *out);
/* False if the value has more decimals than the currency, or does not fit 64 bits. */
bool money_of(struct decimal d, const struct currency *cur, struct money *out);
/* Rounds to the currency's digits first. */
bool money_round(struct decimal d, const struct currency *cur, enum rounding how, struct money *out);
struct decimal money_decimal(struct money m);                      /* at the currency's scale */
void money_format(struct money m, char out[DECIMAL_TEXT_MAX]);     /* "184.20" */
bool money_add(struct money a, struct money b, struct money *out); /* false: other currency or overflow */
bool money_sub(struct money a, struct money b, struct money *out);
