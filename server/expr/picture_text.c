#include "expr/picture_int.h"

#define REPLACEMENT 0xFFFD

/* How many octets follow this one in a character's UTF-8, or -1. */
static int octets_after(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first >= 0xC2 && first < 0xE0)
        return 1;
    if (first >= 0xE0 && first < 0xF0)
        return 2;
    return first >= 0xF0 && first < 0xF5 ? 3 : -1;
}

static uint32_t next_rune(struct str text, size_t *at)
{
    static const unsigned char bits[] = {0x7F, 0x1F, 0x0F, 0x07};
    unsigned char first = (unsigned char)text.p[(*at)++];
    int after = octets_after(first);
    uint32_t rune;

    if (after < 0)
        return REPLACEMENT;
    rune = first & bits[after];
    for (; after > 0; after--) {
        if (*at == text.n || ((unsigned char)text.p[*at] & 0xC0) != 0x80)
            return REPLACEMENT;
        rune = rune << 6 | ((unsigned char)text.p[(*at)++] & 0x3F);
    }
    return rune;
}

struct picture_runes picture_runes_of(struct arena *a, struct str text)
{
    uint32_t *p = arena_alloc(a, (text.n + 1) * sizeof(*p));
    size_t n = 0;

    for (size_t at = 0; at < text.n;)
        p[n++] = next_rune(text, &at);
    return (struct picture_runes){p, n};
}

void picture_put(struct buf *b, uint32_t rune)
{
    if (rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000)) /* a digit of a family that has none */
        rune = REPLACEMENT;
    if (rune < 0x80) {
        buf_c(b, (char)rune);
        return;
    }
    if (rune < 0x800) {
        buf_c(b, (char)(0xC0 | rune >> 6));
    } else if (rune < 0x10000) {
        buf_c(b, (char)(0xE0 | rune >> 12));
        buf_c(b, (char)(0x80 | (rune >> 6 & 0x3F)));
    } else {
        buf_c(b, (char)(0xF0 | rune >> 18));
        buf_c(b, (char)(0x80 | (rune >> 12 & 0x3F)));
        buf_c(b, (char)(0x80 | (rune >> 6 & 0x3F)));
    }
    buf_c(b, (char)(0x80 | (rune & 0x3F)));
}

void picture_put_digit(struct buf *b, char digit, uint32_t zero)
{
    picture_put(b, zero + (uint32_t)(digit - '0'));
}

struct str picture_runes_text(struct arena *a, struct picture_runes r)
{
    struct buf b;

    buf_init(&b, a, r.n * 4 + 1);
    for (size_t i = 0; i < r.n; i++)
        picture_put(&b, r.p[i]);
    return buf_str(&b);
}

struct picture_runes picture_slice(struct picture_runes r, size_t from, size_t to)
{
    if (to > r.n)
        to = r.n;
    if (from > to)
        from = to;
    return (struct picture_runes){r.p + from, to - from};
}

size_t picture_find(struct picture_runes r, uint32_t rune, size_t from)
{
    while (from < r.n && r.p[from] != rune)
        from++;
    return from < r.n ? from : r.n;
}

/* What ECMAScript takes for white space. */
bool picture_is_space(uint32_t rune)
{
    static const uint32_t others[] = {0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF};

    if (rune == ' ' || (rune >= '\t' && rune <= '\r') || (rune >= 0x2000 && rune <= 0x200A))
        return true;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i] == rune)
            return true;
    return false;
}
