#include "fakes/dec.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEC_DIGITS_MAX = 16, DEC_SCALE_MAX = 18 };

static __int128 dec_pow10(int k)
{
    __int128 p = 1;
    while (k-- > 0)
        p *= 10;
    return p;
}

static struct dec dec_scaled(struct dec a, int scale)
{
    return (struct dec){.n = a.n * dec_pow10(scale - a.scale), .scale = scale};
}

/* Brings digits and exponent to a scale of 0 or more without trailing zeros; false when it does not fit. */
static bool dec_settle(struct dec *d)
{
    while (d->n != 0 && d->n % 10 == 0) {
        d->n /= 10;
        d->scale--;
    }
    if (d->n == 0)
        d->scale = 0;
    if (d->scale < -DEC_DIGITS_MAX || d->scale > DEC_SCALE_MAX)
        return false;
    if (d->scale < 0)
        *d = dec_scaled(*d, 0);
    __int128 most = dec_pow10(DEC_DIGITS_MAX);
    return d->n < most && d->n > -most;
}

static const char *dec_digits(const char *s, struct dec *d, int *seen)
{
    bool fraction = false;

    for (; isdigit((unsigned char)*s) || (*s == '.' && !fraction); s++) {
        if (*s == '.') {
            fraction = true;
            continue;
        }
        d->n = d->n * 10 + (*s - '0');
        d->scale += fraction;
        if (++*seen > 36)
            return NULL;
    }
    return s;
}

bool dec_parse(const char *text, struct dec *out)
{
    struct dec d = {0};
    int seen = 0;
    bool minus = *text == '-';

    const char *s = dec_digits(text + (*text == '-' || *text == '+'), &d, &seen);
    if (!s || !seen)
        return false;
    if (*s == 'e' || *s == 'E') {
        char *end;
        long e = strtol(s + 1, &end, 10);
        if (end == s + 1 || e > 40 || e < -40)
            return false;
        d.scale -= (int)e;
        s = end;
    }
    if (*s || !dec_settle(&d))
        return false;
    if (minus)
        d.n = -d.n;
    *out = d;
    return true;
}

bool dec_from_double(double x, struct dec *out)
{
    char text[40];

    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    return dec_parse(text, out);
}

struct dec dec_add(struct dec a, struct dec b)
{
    int scale = a.scale > b.scale ? a.scale : b.scale;
    return (struct dec){.n = dec_scaled(a, scale).n + dec_scaled(b, scale).n, .scale = scale};
}

struct dec dec_mul(struct dec a, struct dec b)
{
    return (struct dec){.n = a.n * b.n, .scale = a.scale + b.scale};
}

int dec_cmp(struct dec a, struct dec b)
{
    int scale = a.scale > b.scale ? a.scale : b.scale;
    __int128 x = dec_scaled(a, scale).n, y = dec_scaled(b, scale).n;
    return (x > y) - (x < y);
}

struct dec dec_round(struct dec a, int scale)
{
    if (a.scale <= scale)
        return dec_scaled(a, scale);
    __int128 unit = dec_pow10(a.scale - scale);
    __int128 n = a.n < 0 ? -a.n : a.n;
    __int128 whole = n / unit, twice = n % unit * 2;
    if (twice > unit || (twice == unit && whole % 2))
        whole++;
    return (struct dec){.n = a.n < 0 ? -whole : whole, .scale = scale};
}

void dec_format(struct dec a, char out[DEC_TEXT_MAX])
{
    char digits[DEC_TEXT_MAX];
    int len = 0;
    char *p = out;
    __int128 n = a.n < 0 ? -a.n : a.n;

    for (; n || len <= a.scale; n /= 10)
        digits[len++] = (char)('0' + (int)(n % 10));
    if (a.n < 0)
        *p++ = '-';
    while (len > 0) {
        *p++ = digits[--len];
        if (len == a.scale && len > 0)
            *p++ = '.';
    }
    *p = '\0';
}
