#include "base/utf8.h"

static bool is_tail(const char *p, const char *end, unsigned from, unsigned to)
{
    return p < end && (unsigned char)*p >= from && (unsigned char)*p <= to;
}

/* One row of the table a branch. NOLINTNEXTLINE(readability-function-cognitive-complexity) */
size_t utf8_octets(const char *p, const char *end)
{
    unsigned c = (unsigned char)*p;

    if (c >= 0xc2 && c <= 0xdf)
        return is_tail(p + 1, end, 0x80, 0xbf) ? 2 : 0;
    if (c >= 0xe0 && c <= 0xef) /* no overlong forms, no surrogates */
        return is_tail(p + 1, end, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf) && is_tail(p + 2, end, 0x80, 0xbf)
                   ? 3
                   : 0;
    if (c >= 0xf0 && c <= 0xf4) /* no overlong forms, nothing over U+10FFFF */
        return is_tail(p + 1, end, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf) &&
                       is_tail(p + 2, end, 0x80, 0xbf) && is_tail(p + 3, end, 0x80, 0xbf)
                   ? 4
                   : 0;
    return 0;
}

bool utf8_valid(struct str s, size_t *at)
{
    for (size_t i = 0, n; i < s.n; i += n) {
        n = (unsigned char)s.p[i] < 0x80 ? 1 : utf8_octets(s.p + i, s.p + s.n);
        if (n == 0 && at)
            *at = i;
        if (n == 0)
            return false;
    }
    return true;
}

char *utf8_put(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* How many octets follow this one, or -1. */
static int octets_after(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first >= 0xc2 && first < 0xe0)
        return 1;
    if (first >= 0xe0 && first < 0xf0)
        return 2;
    return first >= 0xf0 && first < 0xf5 ? 3 : -1;
}

uint32_t utf8_take(struct str s, size_t *at)
{
    static const unsigned char bits[] = {0x7f, 0x1f, 0x0f, 0x07};
    unsigned char first = (unsigned char)s.p[(*at)++];
    int after = octets_after(first);
    uint32_t c;

    if (after < 0)
        return UTF8_REPLACEMENT;
    c = first & bits[after];
    for (; after > 0; after--) {
        if (*at == s.n || ((unsigned char)s.p[*at] & 0xc0) != 0x80)
            return UTF8_REPLACEMENT;
        c = c << 6 | ((unsigned char)s.p[(*at)++] & 0x3f);
    }
    return c;
}
