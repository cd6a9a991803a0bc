#include "base/money.h"

/* Division and rounding work on magnitudes; the sign is put back at the end, so every mode is symmetric about zero. */

static unsigned __int128 magnitude(__int128 v)
{
    return v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
}

static unsigned __int128 power10(int n)
{
    unsigned __int128 v = 1;

    while (n-- > 0)
        v *= 10;
    return v;
}

/* What is cut off, against half a unit: -1, 0 or 1. */
static bool goes_up(unsigned __int128 kept, int cut_to_half, enum rounding how)
{
    switch (how) {
    case ROUND_HALF_EVEN:
        return cut_to_half > 0 || (cut_to_half == 0 && kept % 2 == 1);
    case ROUND_HALF_UP:
        return cut_to_half >= 0;
    case ROUND_DOWN:
        break;
    }
    return false;
}

static int to_half(unsigned __int128 rest, unsigned __int128 whole)
{
    unsigned __int128 missing = whole - rest;

    return (rest > missing) - (rest < missing);
}

static bool signed_result(unsigned __int128 v, bool negative, uint8_t scale, struct decimal *out)
{
    if (v >= power10(38))
        return false;
    *out = (struct decimal){negative ? -(__int128)v : (__int128)v, scale};
    return true;
}

bool decimal_round(struct decimal d, uint8_t scale, enum rounding how, struct decimal *out)
{
    unsigned __int128 v = magnitude(d.digits);
    unsigned __int128 unit, kept;

    if (scale > DECIMAL_SCALE_MAX)
        return false;
    if (scale >= d.scale) {
        if (__builtin_mul_overflow(v, power10(scale - d.scale), &v))
            return false;
        return signed_result(v, d.digits < 0, scale, out);
    }
    unit = power10(d.scale - scale);
    kept = v / unit;
    kept += goes_up(kept, to_half(v % unit, unit), how);
    return signed_result(kept, d.digits < 0, scale, out);
}

/* One more decimal digit of the quotient. rest * 10 may not fit 128 bits, hence by ten additions below divisor. */
static unsigned next_digit(unsigned __int128 *rest, unsigned __int128 divisor)
{
    unsigned __int128 sum = 0;
    unsigned digit = 0;

    for (int i = 0; i < 10; i++) {
        sum += *rest;
        if (sum >= divisor) {
            sum -= divisor;
            digit++;
        }
    }
    *rest = sum;
    return digit;
}

/* v / divisor * 10^shift, rounded. */
static bool divide_up(unsigned __int128 v, unsigned __int128 divisor, int shift, enum rounding how,
                      unsigned __int128 *out)
{
    unsigned __int128 quotient = v / divisor;
    unsigned __int128 rest = v % divisor;

    for (; shift > 0; shift--) {
        if (quotient >= power10(37))
            return false;
        quotient = quotient * 10 + next_digit(&rest, divisor);
    }
    *out = quotient + goes_up(quotient, to_half(rest, divisor), how);
    return true;
}

/* v / divisor / 10^shift, rounded once: what the first division leaves only breaks a tie. */
static unsigned __int128 divide_down(unsigned __int128 v, unsigned __int128 divisor, int shift, enum rounding how)
{
    unsigned __int128 quotient = v / divisor;
    unsigned __int128 unit = power10(shift);
    unsigned __int128 kept = quotient / unit;
    int cut = to_half(quotient % unit, unit);

    if (cut == 0 && v % divisor != 0)
        cut = 1;
    return kept + goes_up(kept, cut, how);
}

bool decimal_div(struct decimal a, struct decimal b, uint8_t scale, enum rounding how, struct decimal *out)
{
    int shift = scale + b.scale - a.scale;
    bool negative = (a.digits < 0) != (b.digits < 0);
    unsigned __int128 quotient;

    if (b.digits == 0 || scale > DECIMAL_SCALE_MAX)
        return false;
    if (shift < 0)
        quotient = divide_down(magnitude(a.digits), magnitude(b.digits), -shift, how);
    else if (!divide_up(magnitude(a.digits), magnitude(b.digits), shift, how, &quotient))
        return false;
    return signed_result(quotient, negative, scale, out);
}
