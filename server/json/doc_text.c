#include "json/doc_int.h"

static bool is_tail(const char *p, const char *end, unsigned low, unsigned high)
{
    return p < end && (unsigned char)*p >= low && (unsigned char)*p <= high;
}

/* One row of the table of UTF-8 a branch. NOLINTNEXTLINE(readability-function-cognitive-complexity) */
size_t doc_utf8(const char *p, const char *end)
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

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The unit of "\uXXXX" at p, or -1. */
static int32_t unit_at(const char *p, const char *end)
{
    int32_t unit = 0;

    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int d = hex_digit(p[i]);

        if (d < 0)
            return -1;
        unit = unit * 16 + d;
    }
    return unit;
}

static char *put_utf8(char *to, uint32_t c)
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

static bool take_unit(const char **at, const char *end, char **to, struct doc_fault *f)
{
    int32_t unit = unit_at(*at, end);
    uint32_t c = (uint32_t)unit;
    const char *next = *at + 6;

    if (unit < 0)
        return doc_refuse(f, *at, "expected four hexadecimal digits after \\u");
    if (unit == 0)
        return doc_refuse(f, *at, "the character U+0000 cannot be stored");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return doc_refuse(f, *at, "the second half of a surrogate pair stands alone");
    if (unit >= 0xd800 && unit <= 0xdbff) {
        int32_t second = unit_at(next, end);

        if (second < 0xdc00 || second > 0xdfff)
            return doc_refuse(f, *at, "the first half of a surrogate pair stands alone");
        c = 0x10000 + (((uint32_t)unit - 0xd800) << 10) + ((uint32_t)second - 0xdc00);
        next += 6;
    }
    *to = put_utf8(*to, c);
    *at = next;
    return true;
}

static bool take_escape(const char **at, const char *end, char **to, struct doc_fault *f)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    char c = end - *at >= 2 ? (*at)[1] : '\0';
    const char *found;

    if (c == 'u')
        return take_unit(at, end, to, f);
    found = c ? strchr(letters, c) : NULL;
    if (!found)
        return doc_refuse(f, *at, "expected one of \" \\ / b f n r t u after a backslash");
    *(*to)++ = meant[found - letters];
    *at += 2;
    return true;
}

/* A decoded text is never longer than its written form, whose end is found first. */
static size_t written_length(const char *p, const char *end)
{
    const char *start = p;

    while (p < end && *p != '"')
        p += *p == '\\' && end - p > 1 ? 2 : 1;
    return (size_t)(p - start);
}

static bool refuse_octet(const char *p, const char *end, struct doc_fault *f)
{
    if (p == end)
        return doc_refuse(f, p, "the text ends inside a string");
    if ((unsigned char)*p >= 0x80)
        return doc_refuse(f, p, "these octets are not UTF-8");
    return doc_refuse(f, p, "a control character in a string must be escaped");
}

/* From the first backslash at p on; what came before it, from `start`, is plain. */
static bool take_escaped(struct arena *a, const char *start, const char *p, const char **at, const char *end,
                         struct doc *out, struct doc_fault *f)
{
    char *text = arena_alloc(a, (size_t)(p - start) + written_length(p, end));
    char *to = text;

    for (;;) {
        size_t n;

        memcpy(to, start, (size_t)(p - start));
        to += p - start;
        start = p;
        if (p < end && *p == '"')
            break;
        if (p < end && *p == '\\') {
            if (!take_escape(&start, end, &to, f))
                return false;
            p = doc_skip_plain(start, end);
            continue;
        }
        n = p < end ? doc_utf8(p, end) : 0;
        if (!n)
            return refuse_octet(p, end, f);
        p = doc_skip_plain(p + n, end);
    }
    *out = (struct doc){.text = text, .n = (uint32_t)(to - text), .kind = DOC_TEXT};
    *at = p + 1;
    return true;
}

bool doc_take_text(struct arena *a, const char **at, const char *end, struct doc *out, struct doc_fault *f)
{
    const char *start = *at;
    const char *p = doc_skip_plain(start, end);

    while (p < end && *p != '"') {
        size_t n;

        if (*p == '\\')
            return take_escaped(a, start, p, at, end, out, f);
        n = doc_utf8(p, end);
        if (!n)
            return refuse_octet(p, end, f);
        p = doc_skip_plain(p + n, end);
    }
    if (p == end)
        return refuse_octet(p, end, f);
    *out = (struct doc){.text = start, .n = (uint32_t)(p - start), .kind = DOC_TEXT};
    *at = p + 1;
    return true;
}
