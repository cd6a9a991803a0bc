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

static bool take_fraction(const char **at, const char *end, struct doc_fault *f)
{
    const char *digits = *at + 1;

    *at = skip_digits(digits, end);
    return *at > digits || doc_refuse(f, digits, "expected a digit after the decimal point");
}

static bool take_exponent(const char **at, const char *end, struct doc_fault *f)
{
    const char *digits = *at + 1;

    if (digits < end && (*digits == '+' || *digits == '-'))
        digits++;
    *at = skip_digits(digits, end);
    return *at > digits || doc_refuse(f, digits, "expected a digit in the exponent");
}

bool doc_take_number(const char **at, const char *end, struct doc *out, struct doc_fault *f)
{
    const char *start = *at;
    bool negative = *start == '-';
    const char *digits = start + negative;
    const char *p = skip_digits(digits, end);
    bool integer;

    if (p == digits)
        return doc_refuse(f, p, "expected a digit");
    if (*digits == '0' && p - digits > 1)
        return doc_refuse(f, digits, "a number cannot start with a zero");
    integer = fits_int64(digits, (size_t)(p - digits), negative);
    if (p < end && *p == '.') {
        integer = false;
        if (!take_fraction(&p, end, f))
            return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        integer = false;
        if (!take_exponent(&p, end, f))
            return false;
    }
    *out = (struct doc){.text = start, .n = (uint32_t)(p - start), .kind = integer ? DOC_INT : DOC_NUMBER};
    *at = p;
    return true;
}
