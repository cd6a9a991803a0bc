#include "picture/pattern_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/doc_value.h"

/* v * 10^places, by its decimal form: multiplying would bring in errors of its own. */
static double shifted(double v, long places)
{
    char text[DOC_REAL_MAX + 24];
    size_t n = doc_real_format(v, text);
    char *e = memchr(text, 'e', n);

    if (e)
        places += strtol(e + 1, NULL, 10);
    else
        e = text + n;
    snprintf(e, sizeof(text) - (size_t)(e - text), "e%ld", places);
    return strtod(text, NULL); /* NOLINT(cert-err34-c) */
}

#define TENS_MAX  22   /* the powers of ten that a double holds exactly */
#define UNITS_MAX 4e15 /* so many, and a double next to them is still written as them */

static const double tens[TENS_MAX + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                          1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static uint64_t half_even(uint64_t v, uint64_t by)
{
    uint64_t whole = v / by, rest = v % by;

    return whole + (rest > by - rest || (rest == by - rest && whole % 2));
}

/* How many 10^-decimals v is, rounded half to even: the short way, for a number whose decimal form has 15 digits at
 * most. Such a one is the only of its length that v is nearest to, so that a division shows whether it is the right
 * one. */
static bool short_units(double v, int decimals, uint64_t *out)
{
    int places = TENS_MAX;
    uint64_t m;

    if (!(v >= 0 && v < 1e15) || decimals < 0 || decimals > 15)
        return false;
    while (places > 0 && v * tens[places] >= 1e15)
        places--;
    m = (uint64_t)rint(v * tens[places]);
    if ((double)m / tens[places] != v)
        return false;
    for (; places > decimals + 18; places--)
        m /= 10; /* far behind what is asked for: under a half in any case, since m has but 15 digits */
    if (places > decimals)
        m = half_even(m, (uint64_t)tens[places - decimals]);
    else if ((double)m * tens[decimals - places] < UNITS_MAX)
        m *= (uint64_t)tens[decimals - places];
    else
        return false;
    *out = m;
    return true;
}

double picture_round(double v, int decimals)
{
    double moved, rounded;
    uint64_t units;

    if (decimals && short_units(fabs(v), decimals, &units))
        return units ? copysign((double)units / tens[decimals], v) : 0;
    moved = decimals ? shifted(v, decimals) : v;
    if (!isfinite(moved))
        return v;          /* it has no such digits */
    rounded = rint(moved); /* the rounding mode is never changed: half to even */
    if (decimals)
        rounded = shifted(rounded, -(long)decimals);
    return rounded == 0 ? 0 : rounded;
}

/* What is to be written: digits in front of the point and behind it, without needless zeros. */
struct digits {
    struct str whole, fraction;
    int exponent;
};

static void trim(struct digits *d)
{
    while (d->whole.n && *d->whole.p == '0') {
        d->whole.p++;
        d->whole.n--;
    }
    while (d->fraction.n && d->fraction.p[d->fraction.n - 1] == '0')
        d->fraction.n--;
}

/* One more in the last place. */
static void count_up(char *text, size_t n)
{
    for (; n > 0; n--) {
        if (text[n - 1] == '.')
            continue;
        if (text[n - 1] < '9') {
            text[n - 1]++;
            return;
        }
        text[n - 1] = '0';
    }
}

/* With so many decimals, and a zero in front. What lies exactly between two goes up, as ECMAScript's toFixed has it:
 * that is an odd multiple of the half of 2^-decimals, and has one decimal more. */
static char *fixed(struct arena *a, double v, int decimals)
{
    bool between = fmod(ldexp(v, decimals + 1), 2) == 1;
    char *text = arena_f(a, "0%.*f", decimals + between, v);
    size_t n = strlen(text);

    if (!between)
        return text;
    text[n - (decimals ? 1 : 2)] = '\0'; /* the five, and the point when nothing is left behind it */
    count_up(text, strlen(text));
    return text;
}

static void digits_of_units(struct arena *a, unsigned __int128 units, size_t decimals, struct digits *d)
{
    char *end = (char *)arena_alloc(a, 64) + 64, *p = end;

    for (; units || (size_t)(end - p) < decimals; units /= 10)
        *--p = (char)('0' + (int)(units % 10));
    d->whole = (struct str){p, (size_t)(end - p) - decimals};
    d->fraction = (struct str){end - decimals, decimals};
    trim(d);
}

static void digits_of_real(struct arena *a, double v, size_t decimals, struct digits *d)
{
    const char *text, *point;
    uint64_t units;
    size_t n;

    if (short_units(fabs(v), (int)decimals, &units)) {
        digits_of_units(a, units, decimals, d);
        return;
    }
    text = fixed(a, fabs(picture_round(v, (int)decimals)), (int)decimals);
    n = strlen(text);
    point = memchr(text, '.', n);
    d->whole = (struct str){text, point ? (size_t)(point - text) : n};
    d->fraction = point ? (struct str){point + 1, n - d->whole.n - 1} : (struct str){text, 0};
    trim(d);
}

static void digits_of_int(struct arena *a, int64_t v, int factor, struct digits *d)
{
    unsigned __int128 units = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;

    digits_of_units(a, units * (unsigned)factor, 0, d);
}

/* mantissa * 10^exponent with as many digits in front of the point as the pattern demands. */
static double to_mantissa(double v, size_t digits, int *exponent)
{
    double end = pow(10, (double)digits), begin = pow(10, (double)digits - 1);

    if (v == 0)
        return v;
    for (; fabs(v) < begin; (*exponent)--)
        v *= 10;
    for (; fabs(v) > end; (*exponent)++)
        v /= 10;
    return v;
}

static struct digits digits_of(struct arena *a, struct picture_number n, const struct picture_pattern *p)
{
    struct digits d = {0};
    double v;

    if (n.exact && !p->exponential) {
        digits_of_int(a, n.i, p->factor, &d);
        return d;
    }
    v = picture_double(n) * p->factor;
    if (!isfinite(v))
        v = picture_double(n) > 0 ? 1.7976931348623157e308 : -1.7976931348623157e308;
    if (p->exponential)
        v = to_mantissa(v, p->scale, &d.exponent);
    digits_of_real(a, v, p->fraction_max, &d);
    return d;
}

/* A separator goes between two digits: none in front of the first, where the reference would put one for patterns that
 * are not regular. */
static bool group_before(const struct picture_pattern *p, size_t behind)
{
    if (p->regular)
        return behind % p->regular == 0;
    for (size_t i = 0; i < p->n_whole_groups; i++)
        if (p->whole_groups[i] == behind)
            return true;
    return false;
}

static void put_whole(struct buf *out, struct str digits, const struct picture_pattern *p,
                      const struct picture_marks *m)
{
    size_t n = digits.n > p->whole_min ? digits.n : p->whole_min;

    for (size_t i = 0; i < n; i++) {
        if (i > 0 && group_before(p, n - i))
            picture_put(out, m->group);
        picture_put_digit(out, i < n - digits.n ? '0' : digits.p[i - (n - digits.n)], m->zero);
    }
}

/* Likewise none behind the last; the reference counts but one separator of a fraction. */
static void put_fraction(struct buf *out, struct str digits, const struct picture_pattern *p,
                         const struct picture_marks *m)
{
    size_t n = digits.n > p->fraction_min ? digits.n : p->fraction_min;
    size_t group = 0;

    if (n == 0)
        return;
    picture_put(out, m->point);
    if (!p->has_point) /* "#e0": JSONata takes away the last character, which it takes for the point */
        n--;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && group < p->n_fraction_groups && p->fraction_groups[group] == i) {
            picture_put(out, m->group);
            group++;
        }
        picture_put_digit(out, i < digits.n ? digits.p[i] : '0', m->zero);
    }
}

static void put_exponent(struct buf *out, int exponent, const struct picture_pattern *p, const struct picture_marks *m)
{
    char text[16];
    size_t n = (size_t)snprintf(text, sizeof(text), "%d", abs(exponent));

    picture_put(out, m->exponent);
    if (exponent < 0)
        buf_add(out, m->minus.p, m->minus.n);
    for (size_t i = n; i < p->exponent_min; i++)
        picture_put(out, m->zero);
    for (size_t i = 0; i < n; i++)
        picture_put_digit(out, text[i], m->zero);
}

static void put_runes(struct buf *out, struct picture_runes r)
{
    for (size_t i = 0; i < r.n; i++)
        picture_put(out, r.p[i]);
}

static const char *put_number(struct arena *a, struct picture_number n, const struct picture_patterns *patterns,
                              struct str *out)
{
    bool negative = n.exact ? n.i < 0 : n.d < 0;
    const struct picture_pattern *p = &patterns->of[negative && patterns->n == 2];
    const struct picture_marks *m = &patterns->marks;
    struct digits d = digits_of(a, n, p);
    struct buf b;

    buf_init(&b, a, 64 * 1024);
    if (negative && patterns->n == 1)
        buf_add(&b, m->minus.p, m->minus.n);
    put_runes(&b, p->prefix);
    put_whole(&b, d.whole, p, m);
    put_fraction(&b, d.fraction, p, m);
    if (p->exponential)
        put_exponent(&b, d.exponent, p, m);
    put_runes(&b, p->suffix);
    if (b.full)
        return PICTURE_TOO_LARGE;
    *out = buf_str(&b);
    return NULL;
}

const char *picture_format_number(struct arena *a, struct picture_number n, struct str picture,
                                  const struct picture_decimal *decimal, struct str *out, struct str *value)
{
    struct picture_patterns patterns;
    const char *code;

    *value = (struct str){0};
    if (picture.n > PICTURE_MAX)
        return PICTURE_TOO_LARGE;
    code = picture_patterns_read(a, picture, decimal, &patterns, value);
    return code ? code : put_number(a, n, &patterns, out);
}
