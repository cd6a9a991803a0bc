#include "expr/expr_int.h"

/* Texts are UTF-8; positions are characters, as JSONata's users count them, or UTF-16 code units where a match's place
 * is told, as JavaScript counts.
 */

static bool begins(char c)
{
    return ((uint8_t)c & 0xc0) != 0x80;
}

size_t text_length(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += begins(s.p[i]);
    return n;
}

size_t text_offset(struct str s, size_t characters)
{
    size_t i = 0;

    for (; i < s.n; i++)
        if (begins(s.p[i]) && characters-- == 0)
            return i;
    return s.n;
}

size_t text_units(struct str s, size_t octets)
{
    size_t n = 0;

    for (size_t i = 0; i < octets && i < s.n; i++)
        n += (size_t)begins(s.p[i]) + ((uint8_t)s.p[i] >= 0xf0);
    return n;
}

size_t text_from_units(struct str s, size_t units)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (begins(s.p[i]) && n >= units)
            return i;
        n += (size_t)begins(s.p[i]) + ((uint8_t)s.p[i] >= 0xf0);
    }
    return s.n;
}

const char *text_search(struct str in, struct str what)
{
    return what.n == 0 ? in.p : what.n > in.n ? NULL : memmem(in.p, in.n, what.p, what.n);
}
