#include "base/utf8.h"
#include "picture/picture_int.h"

struct picture_runes picture_runes_of(struct arena *a, struct str text)
{
    uint32_t *p = arena_alloc(a, (text.n + 1) * sizeof(*p));
    size_t n = 0;

    for (size_t at = 0; at < text.n;)
        p[n++] = utf8_take(text, &at);
    return (struct picture_runes){p, n};
}

void picture_put(struct buf *b, uint32_t rune)
{
    char octets[UTF8_MAX];

    if (rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000)) /* a digit of a family that has none */
        rune = UTF8_REPLACEMENT;
    buf_add(b, octets, (size_t)(utf8_put(octets, rune) - octets));
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
