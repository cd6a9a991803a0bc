#include "json/doc_int.h"

#include <math.h>
#include <stdlib.h>

#define EXACT_MAX   9007199254740992.0 /* 2^53 */
#define QUICK_MAX   18                 /* octets: up to 10^22 a double holds powers of ten exactly */
#define TOLD_DIGITS 800                /* beyond 767 digits it only matters whether there are more */

struct doc doc_make_real(double v)
{
    if (v > -EXACT_MAX && v < EXACT_MAX && v == floor(v) && !(v == 0 && signbit(v)))
        return doc_make_int((int64_t)v);
    return (struct doc){.real = v, .kind = DOC_COMPUTED_REAL};
}

/* ---- from a double to the fewest digits: Giulietti, The Schubfach way to render doubles (2020) ---- */

/* digits * 10^exponent */
struct tens {
    uint64_t digits;
    int exponent;
};

/* The product's upper 64 bits, made odd when something is lost below: then comparisons come out as with all of it. */
static uint64_t round_to_odd(struct doc_power g, uint64_t c)
{
    unsigned __int128 low = (unsigned __int128)g.low * c;
    unsigned __int128 sum = (unsigned __int128)g.high * c + (uint64_t)(low >> 64);

    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

/* A candidate of the interval that rounds to the double, of those on both sides of it; all times four. */
struct interval {
    uint64_t lower, value, upper;
};

/* Is there exactly one multiple of the step next to the value inside? */
static bool one_inside(const struct interval *in, uint64_t step, uint64_t *out)
{
    uint64_t below = in->value / step;
    bool under = in->lower <= step * below, over = step * below + step <= in->upper;

    *out = below + over;
    return under != over;
}

static uint64_t nearest(const struct interval *in)
{
    uint64_t s = in->value / 4, middle = 4 * s + 2;

    return s + (in->value > middle || (in->value == middle && (s & 1)));
}

/* c * 2^q; `closer`: the next double below is half as far as the one above. */
static struct tens shortest_of(uint64_t c, int q, bool closer)
{
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22; /* log10 of the interval's width, rounded down */
    int h = q + ((-k * 1741647) >> 19) + 1;
    struct doc_power g = doc_power(-k);
    struct interval in = {
        round_to_odd(g, (4 * c - 2 + closer) << h) + (c & 1), /* the ends belong to it when c is even */
        round_to_odd(g, 4 * c << h),
        round_to_odd(g, (4 * c + 2) << h) - (c & 1),
    };
    uint64_t found;

    if (in.value >= 40 && one_inside(&in, 40, &found))
        return (struct tens){found, k + 1};
    if (one_inside(&in, 4, &found))
        return (struct tens){found, k};
    return (struct tens){nearest(&in), k};
}

/* v is finite and over 0. */
static struct tens shortest(double v)
{
    uint64_t bits, fraction;
    int biased, q;

    memcpy(&bits, &v, sizeof(bits));
    fraction = bits & ((UINT64_C(1) << 52) - 1);
    biased = (int)(bits >> 52);
    if (!biased)
        return shortest_of(fraction, -1074, false);
    q = biased - 1075;
    fraction |= UINT64_C(1) << 52;
    if (q <= 0 && q > -53 && (fraction & ((UINT64_C(1) << -q) - 1)) == 0)
        return (struct tens){fraction >> -q, 0};
    return shortest_of(fraction, q, fraction == UINT64_C(1) << 52 && biased > 1);
}

/* ---- digits, in ECMAScript's form ---- */

static size_t put_digits(uint64_t v, char *out)
{
    char digits[20];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    return n;
}

static char *put_zeros(char *to, int n)
{
    for (; n > 0; n--)
        *to++ = '0';
    return to;
}

static char *put_octets(char *to, const char *p, size_t n)
{
    return (char *)memcpy(to, p, n) + n;
}

static char *put_point(char *to, const char *digits, size_t n, size_t whole)
{
    to = put_octets(to, digits, whole);
    if (n > whole) {
        *to++ = '.';
        to = put_octets(to, digits + whole, n - whole);
    }
    return to;
}

/* The exponent is the first digit's. */
static char *put_number(char *to, const char *digits, size_t n, int exponent)
{
    if (exponent < -6 || exponent > 20) {
        to = put_point(to, digits, n, 1);
        *to++ = 'e';
        *to++ = exponent < 0 ? '-' : '+';
        return to + put_digits((uint64_t)abs(exponent), to);
    }
    if (exponent < 0) {
        to = put_zeros(put_octets(to, "0.", 2), -exponent - 1);
        return put_octets(to, digits, n);
    }
    if (n > (size_t)exponent + 1)
        return put_point(to, digits, n, (size_t)exponent + 1);
    return put_zeros(put_octets(to, digits, n), exponent + 1 - (int)n);
}

size_t doc_real_format(double v, char out[DOC_REAL_MAX])
{
    char digits[DOC_REAL_MAX];
    char *to = out;
    struct tens t = {0, 0};
    size_t n;

    if (!isfinite(v)) { /* JSON has no word for it */
        memcpy(out, "null", 5);
        return 4;
    }
    if (v < 0)
        *to++ = '-';
    if (v != 0) /* nor -0 */
        t = shortest(fabs(v));
    while (t.digits && t.digits % 10 == 0) {
        t.digits /= 10;
        t.exponent++;
    }
    n = put_digits(t.digits, digits);
    to = put_number(to, digits, n, t.exponent + (int)n - 1);
    *to = '\0';
    return (size_t)(to - out);
}

size_t doc_int_format(int64_t v, char out[DOC_REAL_MAX])
{
    size_t sign = v < 0;

    out[0] = '-';
    return sign + put_digits(v < 0 ? 0 - (uint64_t)v : (uint64_t)v, out + sign);
}

/* ---- from digits to a double ---- */

/* Of few octets and without an exponent, by one division of two exact doubles: only that one rounds. */
static bool quick(const struct doc *d, double *out)
{
    static const double tens[QUICK_MAX + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                               1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    bool negative = d->n && d->text[0] == '-';
    size_t behind = 0, step = 0;
    uint64_t v = 0;

    if (d->n > QUICK_MAX)
        return false;
    for (size_t i = negative; i < d->n; i++) {
        unsigned digit = (unsigned char)d->text[i] - (unsigned)'0';

        if (digit <= 9) {
            v = v * 10 + digit;
            behind += step;
        } else if (d->text[i] == '.') {
            step = 1;
        } else {
            return false;
        }
    }
    if (v > (uint64_t)EXACT_MAX)
        return false;
    *out = negative ? -((double)v / tens[behind]) : (double)v / tens[behind];
    return true;
}

/* False when it is too large. */
static bool nearest_double(const struct doc_exact *x, double *out)
{
    char text[TOLD_DIGITS + 32];
    int64_t exponent;
    bool cut;
    size_t n;

    if (x->n == 0 || x->exponent < -400) {
        *out = 0;
        return true;
    }
    if (x->exponent > 400)
        return false;
    n = doc_exact_digits(x, text, TOLD_DIGITS, &cut);
    exponent = x->exponent - (int64_t)n + 1;
    if (cut) { /* one digit stands for the rest */
        text[n++] = '1';
        exponent--;
    }
    text[n] = 'e';
    text[n + 1] = exponent < 0 ? '-' : '+';
    text[n + 2 + put_digits((uint64_t)llabs(exponent), text + n + 2)] = '\0';
    *out = strtod(text, NULL); /* NOLINT(cert-err34-c) */
    return isfinite(*out);
}

bool doc_real(const struct doc *d, double *out)
{
    char room[DOC_REAL_MAX];
    struct doc_exact exact;
    double v;

    if (!d || !doc_is_number(d))
        return false;
    if (d->kind == DOC_COMPUTED_INT) {
        *out = (double)d->integer;
        return true;
    }
    if (d->kind == DOC_COMPUTED_REAL) {
        *out = d->real;
        return true;
    }
    if (quick(d, out))
        return true;
    doc_exact_of(d, room, &exact);
    if (!nearest_double(&exact, &v))
        return false;
    *out = exact.negative ? -v : v;
    return true;
}
