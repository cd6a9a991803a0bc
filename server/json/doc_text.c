#include "base/utf8.h"
#include "json/doc_int.h"

#define STEP 16 /* octets that are written before there is a look for room */
#define ROOM (2 * STEP)

/* Whole characters while they are long; the three masks are the rows of table 3-7. */
static inline size_t utf8_quick(const char *p)
{
    uint32_t v, t;

    memcpy(&v, p, sizeof(v));
    v = le32toh(v);
    if ((v & 0xc0e0) == 0x80c0)
        return v & 0x1e ? 2 : 0;
    if ((v & 0xc0c0f0) == 0x8080e0) {
        t = v & 0x200f;
        return t && t != 0x200d ? 3 : 0; /* no overlong forms, no surrogates */
    }
    if ((v & 0xc0c0c0f8) != 0x808080f0)
        return 0;
    t = v & 0x3007;
    return t && (!(t & 4) || !(t & 0x3003)) ? 4 : 0; /* no overlong forms, nothing over U+10FFFF */
}

/* The length of the character at p, whose first octet is not ASCII; 0 if it is not UTF-8. */
static inline size_t wide_at(const char *p, const char *end)
{
    return LIKELY(end - p >= 4) ? utf8_quick(p) : utf8_octets(p, end);
}

const char *doc_skip_good(const char *p, const char *end)
{
    size_t n;

    p = doc_skip_plain(p, end);
    while (p < end && (unsigned char)*p >= 0x80 && (n = wide_at(p, end))) {
        p += n;
        if (p < end && (unsigned char)*p < 0x80)
            p = doc_skip_plain(p, end);
    }
    return p;
}

static const uint8_t hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
}; /* each one more than it means */

/* The unit of "\uXXXX" at p, or -1. */
static int32_t unit_at(const char *p, const char *end)
{
    int32_t unit = 0;

    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        unsigned d = hex_digits[(unsigned char)p[i]];

        if (!d)
            return -1;
        unit = unit * 16 + (int32_t)d - 1;
    }
    return unit;
}

static const char *take_unit(struct doc_reader *r, const char *p)
{
    int32_t unit = unit_at(p, r->end);
    uint32_t c = (uint32_t)unit;
    const char *next = p + 6;

    if (unit < 0)
        return doc_refuse(r, p, "expected four hexadecimal digits after \\u");
    if (unit == 0)
        return doc_refuse(r, p, "the character U+0000 cannot be stored");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return doc_refuse(r, p, "the second half of a surrogate pair stands alone");
    if (unit >= 0xd800 && unit <= 0xdbff) {
        int32_t second = unit_at(next, r->end);

        if (second < 0xdc00 || second > 0xdfff)
            return doc_refuse(r, p, "the first half of a surrogate pair stands alone");
        c = 0x10000 + (((uint32_t)unit - 0xd800) << 10) + ((uint32_t)second - 0xdc00);
        next += 6;
    }
    r->to = utf8_put(r->to, c);
    return next;
}

static const char *take_escape(struct doc_reader *r, const char *p)
{
    static const char meant[256] = {
        ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
    };
    char c = r->end - p >= 2 ? p[1] : '\0';

    if (c == 'u')
        return take_unit(r, p);
    if (!meant[(unsigned char)c])
        return doc_refuse(r, p, "expected one of \" \\ / b f n r t u after a backslash");
    *r->to++ = meant[(unsigned char)c];
    return p + 2;
}

static const char *refuse_octet(struct doc_reader *r, const char *p)
{
    if (p == r->end)
        return doc_refuse(r, p, "the text ends inside a string");
    if ((unsigned char)*p >= 0x80)
        return doc_refuse(r, p, "these octets are not UTF-8");
    return doc_refuse(r, p, "a control character in a string must be escaped");
}

/* More of the arena for the text at hand, as much again as it has and never much more than is left to read: a decoded
 * text is no longer than its written form. */
static void more_room(struct doc_reader *r, const char *p)
{
    size_t has = (size_t)(r->to - r->decoded), left = (size_t)(r->end - p), more = has + 1024;
    size_t size = has + (left < more ? left : more) + 2 * ROOM;
    char *text = arena_alloc(r->arena, size);

    if (has)
        memcpy(text, r->decoded, has);
    r->decoded = text;
    r->to = text + has;
    r->to_end = text + size;
}

static inline void need_room(struct doc_reader *r, const char *p)
{
    if (UNLIKELY(r->to_end - r->to < ROOM))
        more_room(r, p);
}

/* Plain octets go over sixteen at a time, those too that turn out to be others: what comes next overwrites them. */
static inline const char *copy_plain(struct doc_reader *r, const char *p)
{
#if defined(__SSE2__)
    for (; r->end - p >= STEP; p += STEP, r->to += STEP) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned special = doc_special(v);

        need_room(r, p);
        _mm_storeu_si128((__m128i *)(void *)r->to, v);
        if (special) {
            r->to += __builtin_ctz(special);
            return p + __builtin_ctz(special);
        }
    }
#endif
    for (; p < r->end && !doc_is_special(*p); p++) {
        need_room(r, p);
        *r->to++ = *p;
    }
    return p;
}

static const char *take_escaped(struct doc_reader *r, const char *p, struct doc *out)
{
    for (;;) {
        size_t n = 0;

        p = copy_plain(r, p);
        need_room(r, p);
        if (p < r->end && *p == '"')
            break;
        if (p < r->end && *p == '\\') {
            p = take_escape(r, p);
            if (!p)
                return NULL;
            continue;
        }
        if (p < r->end && (unsigned char)*p >= 0x80)
            n = wide_at(p, r->end);
        if (!n)
            return refuse_octet(r, p);
        r->to = doc_copy(r->to, p, n);
        p += n;
    }
    *out = (struct doc){.text = r->decoded, .n = (uint32_t)(r->to - r->decoded), .kind = DOC_TEXT};
    r->decoded = r->to;
    return p + 1;
}

const char *doc_take_text(struct doc_reader *r, const char *start, const char *p, struct doc *out)
{
    p = doc_skip_good(p, r->end);
    if (p < r->end && *p == '\\')
        return take_escaped(r, start, out);
    if (p == r->end || *p != '"')
        return refuse_octet(r, p);
    *out = (struct doc){.text = start, .n = (uint32_t)(p - start), .kind = DOC_TEXT, .plain = true};
    return p + 1;
}
