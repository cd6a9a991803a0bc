#include "json/doc_int.h"

#define EXPONENT_MAX INT64_C(100000000000000000)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int64_t read_exponent(const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    int64_t v = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end && is_digit(*p) && v < EXPONENT_MAX; p++)
        v = v * 10 + (*p - '0');
    return negative ? -v : v;
}

static bool is_blank(char c)
{
    return c == '0' || c == '.';
}

static int64_t within_max(int64_t v)
{
    if (v > EXPONENT_MAX)
        return EXPONENT_MAX;
    return v < -EXPONENT_MAX ? -EXPONENT_MAX : v;
}

/* Of a number as JSON writes it. */
static void read_text(const char *p, size_t n, struct doc_exact *out)
{
    const char *end = p + n, *point, *last, *e;

    out->negative = n && *p == '-';
    p += out->negative;
    for (point = p; point < end && is_digit(*point); point++)
        ;
    for (e = point; e < end && (is_digit(*e) || *e == '.'); e++)
        ;
    while (p < e && is_blank(*p))
        p++;
    for (last = e; last > p && is_blank(last[-1]); last--)
        ;
    out->digits = p;
    out->n = (size_t)(last - p);
    out->exponent = p < point ? point - p - 1 : point - p;
    if (e < end)
        out->exponent = within_max(out->exponent + read_exponent(e + 1, end));
}

/* Reals that are integers of 64 bits: 2^63 itself is none. */
static size_t real_text(double v, char room[DOC_REAL_MAX])
{
    if (v > -0x1p63 && v < 0x1p63 && v == (double)(int64_t)v)
        return doc_int_format((int64_t)v, room);
    return doc_real_format(v, room);
}

void doc_exact_of(const struct doc *number, char room[DOC_REAL_MAX], struct doc_exact *out)
{
    if (number->kind == DOC_COMPUTED_INT)
        read_text(room, doc_int_format(number->integer, room), out);
    else if (number->kind == DOC_COMPUTED_REAL)
        read_text(room, real_text(number->real, room), out);
    else
        read_text(number->text, number->n, out);
}

bool doc_exact_equal(const struct doc_exact *a, const struct doc_exact *b)
{
    size_t i = 0, k = 0;

    if (a->n == 0 || b->n == 0)
        return a->n == b->n;
    if (a->negative != b->negative || a->exponent != b->exponent)
        return false;
    for (; i < a->n && k < b->n; i++, k++) {
        i += a->digits[i] == '.';
        k += b->digits[k] == '.';
        if (a->digits[i] != b->digits[k])
            return false;
    }
    return i == a->n && k == b->n;
}

bool doc_exact_int(const struct doc_exact *x, int64_t *out)
{
    uint64_t v = 0, most = x->negative ? UINT64_C(1) << 63 : INT64_MAX;
    int64_t power = x->exponent;

    if (x->n && (power < 0 || power > 18))
        return false;
    for (size_t i = 0; i < x->n; i++) {
        if (x->digits[i] == '.')
            continue;
        if (power-- < 0)
            return false; /* a fraction */
        v = v * 10 + (uint64_t)(x->digits[i] - '0');
    }
    for (; x->n && power >= 0; power--)
        v *= 10;
    if (v > most)
        return false;
    *out = (int64_t)(x->negative ? 0 - v : v);
    return true;
}

size_t doc_exact_digits(const struct doc_exact *x, char *out, size_t max, bool *cut)
{
    size_t n = 0, i = 0;

    for (; i < x->n && n < max; i++)
        if (x->digits[i] != '.')
            out[n++] = x->digits[i];
    *cut = i < x->n; /* and the last digit is not 0 */
    return n;
}
