#include "base/money.h"

#define DIGITS_MAX   38
#define EXPONENT_MAX 10000

#define TEN_TO_19 ((__int128)10000000000000000000ULL)

/* 10^n for n up to 38; it still fits, because 2^127 is above 1.7 * 10^38. */
static __int128 power10(int n)
{
    /* clang-format off */
    static const uint64_t small[] = {
        1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
        1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
        1000000000000000000, 10000000000000000000ULL,
    };
    /* clang-format on */

    return n < 20 ? (__int128)small[n] : TEN_TO_19 * (__int128)small[n - 19];
}

static bool fits(__int128 v)
{
    __int128 end = power10(DIGITS_MAX);

    return v < end && v > -end;
}

/* d with a larger or equal scale, exactly. */
static bool widen(struct decimal d, uint8_t scale, __int128 *out)
{
    return !__builtin_mul_overflow(d.digits, power10(scale - d.scale), out) && fits(*out);
}

/* A number as it is read: value * 10^exponent, where value has no trailing zero; decimals as they were written. */
struct reading {
    __int128 value;
    int64_t zeros;    /* seen after value's last digit that is not zero */
    int64_t decimals; /* digits after the point, less the exponent */
};

static bool read_digit(struct reading *r, int digit)
{
    if (digit == 0) {
        r->zeros++;
        return true;
    }
    if (r->value == 0)
        r->zeros = 0;
    if (r->zeros >= DIGITS_MAX)
        return false;
    if (__builtin_mul_overflow(r->value, power10((int)r->zeros + 1), &r->value))
        return false;
    r->zeros = 0;
    return !__builtin_add_overflow(r->value, digit, &r->value) && fits(r->value);
}

static bool is_digit(struct str t, size_t at)
{
    return at < t.n && t.p[at] >= '0' && t.p[at] <= '9';
}

static bool read_digits(struct str t, size_t *at, struct reading *r)
{
    if (!is_digit(t, *at))
        return false;
    for (; is_digit(t, *at); (*at)++)
        if (!read_digit(r, t.p[*at] - '0'))
            return false;
    return true;
}

static bool read_exponent(struct str t, size_t *at, int64_t *out)
{
    bool negative = *at < t.n && t.p[*at] == '-';
    int64_t v = 0;

    *at += *at < t.n && (t.p[*at] == '-' || t.p[*at] == '+');
    if (!is_digit(t, *at))
        return false;
    for (; is_digit(t, *at); (*at)++)
        v = v > EXPONENT_MAX ? v : v * 10 + (t.p[*at] - '0');
    *out = negative ? -v : v;
    return true;
}

static bool reading_decimal(const struct reading *r, bool negative, struct decimal *out)
{
    int64_t scale = r->decimals < 0 ? 0 : r->decimals > DECIMAL_SCALE_MAX ? DECIMAL_SCALE_MAX : r->decimals;
    int64_t shift = r->zeros - r->decimals + scale;
    __int128 digits = r->value;

    if (digits != 0) {
        if (shift < 0 || shift > DIGITS_MAX || __builtin_mul_overflow(digits, power10((int)shift), &digits) ||
            !fits(digits))
            return false;
    }
    *out = (struct decimal){negative ? -digits : digits, (uint8_t)scale};
    return true;
}

static bool parse(struct str t, bool exponent_allowed, struct decimal *out)
{
    bool negative = t.n > 0 && t.p[0] == '-';
    struct reading r = {0};
    int64_t exponent = 0;
    size_t at = negative;

    if (!read_digits(t, &at, &r))
        return false;
    if (at < t.n && t.p[at] == '.') {
        size_t point = ++at;

        if (!read_digits(t, &at, &r))
            return false;
        r.decimals = (int64_t)(at - point);
    }
    if (exponent_allowed && at < t.n && (t.p[at] == 'e' || t.p[at] == 'E')) {
        at++;
        if (!read_exponent(t, &at, &exponent))
            return false;
        r.decimals -= exponent;
    }
    return at == t.n && reading_decimal(&r, negative, out);
}

bool decimal_parse(struct str text, struct decimal *out)
{
    return parse(text, true, out);
}

bool decimal_parse_plain(struct str text, struct decimal *out)
{
    return parse(text, false, out);
}

void decimal_format(struct decimal d, char out[DECIMAL_TEXT_MAX])
{
    unsigned __int128 left = d.digits < 0 ? -(unsigned __int128)d.digits : (unsigned __int128)d.digits;
    char text[DECIMAL_TEXT_MAX];
    int at = DECIMAL_TEXT_MAX;
    int written = 0;

    text[--at] = '\0';
    do {
        if (written && written == d.scale)
            text[--at] = '.';
        text[--at] = (char)('0' + (int)(left % 10));
        left /= 10;
        written++;
    } while (left || written <= d.scale);
    if (d.digits < 0)
        text[--at] = '-';
    for (int i = at; i < DECIMAL_TEXT_MAX; i++)
        out[i - at] = text[i];
}

struct decimal decimal_of(int64_t v)
{
    return (struct decimal){v, 0};
}

int decimal_sign(struct decimal d)
{
    return (d.digits > 0) - (d.digits < 0);
}

static int compare(__int128 a, __int128 b)
{
    return (a > b) - (a < b);
}

/* Whole parts first, then fractions brought to the largest scale: neither can overflow. */
int decimal_compare(struct decimal a, struct decimal b)
{
    __int128 a_one = power10(a.scale);
    __int128 b_one = power10(b.scale);
    int whole = compare(a.digits / a_one, b.digits / b_one);

    return whole ? whole
                 : compare(a.digits % a_one * power10(DECIMAL_SCALE_MAX - a.scale),
                           b.digits % b_one * power10(DECIMAL_SCALE_MAX - b.scale));
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
    uint8_t scale = a.scale > b.scale ? a.scale : b.scale;
    __int128 x, y, sum;

    if (!widen(a, scale, &x) || !widen(b, scale, &y) || __builtin_add_overflow(x, y, &sum) || !fits(sum))
        return false;
    *out = (struct decimal){sum, scale};
    return true;
}

bool decimal_sub(struct decimal a, struct decimal b, struct decimal *out)
{
    return decimal_add(a, (struct decimal){-b.digits, b.scale}, out);
}

/* Exact, or false: a product with more than 18 decimals that are not zeros is the caller's to round, by rounding a
 * factor. */
bool decimal_mul(struct decimal a, struct decimal b, struct decimal *out)
{
    __int128 product;
    int scale = a.scale + b.scale;

    if (__builtin_mul_overflow(a.digits, b.digits, &product) || !fits(product)) {
        a = decimal_trim(a);
        b = decimal_trim(b);
        scale = a.scale + b.scale;
        if (__builtin_mul_overflow(a.digits, b.digits, &product) || !fits(product))
            return false;
    }
    for (; scale > DECIMAL_SCALE_MAX && product % 10 == 0; scale--)
        product /= 10;
    if (scale > DECIMAL_SCALE_MAX)
        return false;
    *out = (struct decimal){product, (uint8_t)scale};
    return true;
}

struct decimal decimal_trim(struct decimal d)
{
    for (; d.scale && d.digits % 10 == 0; d.scale--)
        d.digits /= 10;
    return d;
}

bool decimal_is_integer(struct decimal d)
{
    return d.digits % power10(d.scale) == 0;
}
