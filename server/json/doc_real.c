#include "json/doc_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53 */

struct doc doc_make_real(double v)
{
    if (v > -EXACT_MAX && v < EXACT_MAX && v == floor(v) && !(v == 0 && signbit(v)))
        return doc_make_int((int64_t)v);
    return (struct doc){.real = v, .kind = DOC_COMPUTED_REAL};
}

/* The fewest digits that read back the same, without a point; *exponent is where the point stands behind the first. */
static size_t shortest(double v, char digits[24], int *exponent)
{
    char text[40];
    size_t n = 0;

    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, v);
        if (strtod(text, NULL) == v) /* NOLINT(cert-err34-c) */
            break;
    }
    for (const char *p = text; *p != 'e'; p++)
        if (*p != '.')
            digits[n++] = *p;
    *exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    while (n > 1 && digits[n - 1] == '0')
        n--;
    return n;
}

static int put_small(char *out, const char *digits, size_t n, int exponent)
{
    return snprintf(out, DOC_REAL_MAX - 1, "0.%.*s%.*s", -exponent - 1, "000000", (int)n, digits);
}

static int put_scientific(char *out, const char *digits, size_t n, int exponent)
{
    const char *point = n > 1 ? "." : "";

    return snprintf(out, DOC_REAL_MAX - 1, "%c%s%.*se%+d", digits[0], point, (int)n - 1, digits + 1, exponent);
}

static int put_plain(char *out, const char *digits, size_t n, int exponent)
{
    size_t whole = (size_t)exponent + 1;

    if (n <= whole)
        return snprintf(out, DOC_REAL_MAX - 1, "%.*s%.*s", (int)n, digits, (int)(whole - n), "00000000000000000000000");
    return snprintf(out, DOC_REAL_MAX - 1, "%.*s.%.*s", (int)whole, digits, (int)(n - whole), digits + whole);
}

size_t doc_real_format(double v, char out[DOC_REAL_MAX])
{
    char digits[24];
    char *at = out;
    int exponent, n;
    size_t count;

    MUST_BE(isfinite(v));
    if (v == 0) { /* also -0 */
        memcpy(out, "0", 2);
        return 1;
    }
    if (v < 0)
        *at++ = '-';
    count = shortest(fabs(v), digits, &exponent);
    if (exponent < -6 || exponent > 20)
        n = put_scientific(at, digits, count, exponent);
    else if (exponent < 0)
        n = put_small(at, digits, count, exponent);
    else
        n = put_plain(at, digits, count, exponent);
    return (size_t)(at - out) + (size_t)n;
}

bool doc_real(const struct doc *d, double *out)
{
    char text[400];
    double v;

    if (!d || (doc_kind(d) != DOC_INT && doc_kind(d) != DOC_NUMBER))
        return false;
    if (d->kind == DOC_COMPUTED_INT) {
        *out = (double)d->integer;
        return true;
    }
    if (d->kind == DOC_COMPUTED_REAL) {
        *out = d->real;
        return true;
    }
    if (d->n >= sizeof(text))
        return false; /* more digits than any number of this world has */
    memcpy(text, d->text, d->n);
    text[d->n] = '\0';
    v = strtod(text, NULL); /* NOLINT(cert-err34-c) */
    if (!isfinite(v))
        return false;
    *out = v;
    return true;
}
