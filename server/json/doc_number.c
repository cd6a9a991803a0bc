#include "json/doc_int.h"

#define INT64_DIGITS 19

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static bool fits_int64(const char *digits, size_t n, bool negative)
{
    if (n == INT64_DIGITS)
        return memcmp(digits, negative ? "9223372036854775808" : "9223372036854775807", INT64_DIGITS) <= 0;
    return n < INT64_DIGITS && !(negative && *digits == '0'); /* -0 would lose its sign */
}

static const char *take_fraction(struct doc_reader *r, const char *digits)
{
    const char *p = skip_digits(digits, r->end);

    return p > digits ? p : doc_refuse(r, digits, "expected a digit after the decimal point");
}

static const char *take_exponent(struct doc_reader *r, const char *digits)
{
    const char *p;

    if (digits < r->end && (*digits == '+' || *digits == '-'))
        digits++;
    p = skip_digits(digits, r->end);
    return p > digits ? p : doc_refuse(r, digits, "expected a digit in the exponent");
}

static const char *give(const char *start, const char *p, enum doc_kind kind, struct doc *out)
{
    *out = (struct doc){.text = start, .n = (uint32_t)(p - start), .kind = (uint8_t)kind};
    return p;
}

/* Any number, octet by octet. */
static const char *take_any(struct doc_reader *r, const char *start, struct doc *out)
{
    bool negative = *start == '-';
    const char *digits = start + negative;
    const char *p = skip_digits(digits, r->end);
    bool integer;

    if (p == digits)
        return doc_refuse(r, p, "expected a digit");
    if (*digits == '0' && p - digits > 1)
        return doc_refuse(r, digits, "a number cannot start with a zero");
    integer = fits_int64(digits, (size_t)(p - digits), negative);
    if (p < r->end && *p == '.') {
        integer = false;
        if (!(p = take_fraction(r, p + 1)))
            return NULL;
    }
    if (p < r->end && (*p == 'e' || *p == 'E')) {
        integer = false;
        if (!(p = take_exponent(r, p + 1)))
            return NULL;
    }
    return give(start, p, integer ? DOC_INT : DOC_NUMBER, out);
}

#if defined(__SSE2__)
/* Which of the sixteen octets at p are no digits; the bit behind them is always set. */
static unsigned others(const char *p)
{
    __m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('0'));
    __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v);

    return (unsigned)_mm_movemask_epi8(digits) ^ 0x1ffff;
}

/* What ends within sixteen octets and has no exponent, at one look; NULL says that it is not so simple. */
static const char *take_short(const char *start, struct doc *out)
{
    bool negative = *start == '-';
    const char *p = start + negative;
    unsigned rest = others(p);
    int whole = __builtin_ctz(rest), fraction;

    if (whole == 0 || whole > 14 || (*p == '0' && (whole > 1 || negative)))
        return NULL;
    if (p[whole] != '.')
        return (p[whole] | 0x20) == 'e' ? NULL : give(start, p + whole, DOC_INT, out);
    fraction = __builtin_ctz(rest >> (whole + 1));
    if (fraction == 0 || whole + fraction > 14 || (p[whole + 1 + fraction] | 0x20) == 'e')
        return NULL;
    return give(start, p + whole + 1 + fraction, DOC_NUMBER, out);
}
#endif

const char *doc_take_number(struct doc_reader *r, const char *start, struct doc *out)
{
#if defined(__SSE2__)
    const char *p = r->end - start > 16 ? take_short(start, out) : NULL;

    if (p)
        return p;
#endif
    return take_any(r, start, out);
}
