#include "picture/picture_int.h"

#include <math.h>

#define RADIX_MIN  2
#define RADIX_MAX  36
#define PLACES_MAX 130 /* of 128 bits, with a sign */
#define REAL_MAX   0x1p127

static char digit(unsigned v)
{
    return (char)(v < 10 ? '0' + v : 'a' + v - 10);
}

static struct str in_base(struct arena *a, unsigned __int128 v, bool negative, unsigned radix)
{
    char text[PLACES_MAX], *end = text + sizeof(text), *p = end;

    do {
        *--p = digit((unsigned)(v % radix));
        v /= radix;
    } while (v);
    if (negative)
        *--p = '-';
    return (struct str){arena_memdup(a, p, (size_t)(end - p)), (size_t)(end - p)};
}

/* A real one is as exact as an integer, where JavaScript fills up with zeros. */
static const char *in_base_any(struct arena *a, struct picture_number n, unsigned radix, struct str *out)
{
    if (!n.exact && fabs(n.d) >= REAL_MAX)
        return PICTURE_TOO_LARGE;
    if (n.exact)
        *out = in_base(a, n.i < 0 ? -(unsigned __int128)n.i : (unsigned __int128)n.i, n.i < 0, radix);
    else
        *out = in_base(a, (unsigned __int128)fabs(n.d), n.d < 0, radix);
    return NULL;
}

static struct picture_number rounded(struct picture_number n)
{
    return n.exact ? n : picture_floor(picture_real(picture_round(n.d, 0)));
}

static struct str number_text(struct arena *a, struct picture_number n)
{
    bool negative;
    struct str digits = picture_digits(a, n, &negative);

    return negative ? str_of(arena_f(a, "-%.*s", (int)digits.n, digits.p)) : digits;
}

const char *picture_format_base(struct arena *a, struct picture_number n, const struct picture_number *radix,
                                struct str *out, struct str *value)
{
    struct picture_number whole = rounded(n);
    struct picture_number base = radix ? rounded(*radix) : picture_int(10);

    *value = (struct str){0};
    if (!base.exact || base.i < RADIX_MIN || base.i > RADIX_MAX) {
        *value = number_text(a, base);
        return "D3100";
    }
    if (base.i != 10)
        return in_base_any(a, whole, (unsigned)base.i, out);
    *out = number_text(a, whole);
    return NULL;
}
