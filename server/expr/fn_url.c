#include "base/utf8.h"
#include "expr/builtin_int.h"

/* base64 as btoa and atob have it (an octet for each character to U+00FF), and the URI functions of ECMAScript. */

/* The characters as octets; what lies above U+00FF loses its high bits, as in Buffer's "binary". */
static struct str latin1(struct run *r, struct str text)
{
    char *out = take_text(r, text.n + 1);
    size_t n = 0;

    for (size_t at = 0; at < text.n;) {
        uint32_t c = utf8_take(text, &at);

        if (c >= 0x10000) { /* two code units */
            out[n++] = (char)((0xd800 + ((c - 0x10000) >> 10)) & 0xff);
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        out[n++] = (char)(c & 0xff);
    }
    return (struct str){out, n};
}

struct doc fn_base64encode(struct run *r, const struct doc *args, size_t n)
{
    struct str octets;
    struct buf out;

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    octets = latin1(r, text_of(args[0]));
    charge(r, octets.n >> 3);
    buf_init(&out, r->arena, r->memory);
    buf_base64(&out, octets.p, octets.n);
    if (out.full || r->memory < out.cap)
        raise_memory(r);
    r->memory -= out.cap;
    return text_doc(r, buf_str(&out));
}

static int base64_value(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(letters, c) : NULL;

    if (c == '-' || c == '_')
        return c == '-' ? 62 : 63;
    return found ? (int)(found - letters) : -1;
}

/* Whatever is no letter of base64 is passed over, and the first = ends it, as Buffer takes it. */
struct doc fn_base64decode(struct run *r, const struct doc *args, size_t n)
{
    struct str text;
    uint32_t bits = 0;
    int count = 0;
    char *out, *to;

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    text = text_of(args[0]);
    charge(r, text.n >> 4);
    out = to = take_text(r, 2 * text.n + 2);
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
        int v = base64_value(text.p[i]);

        if (v < 0)
            continue;
        bits = bits << 6 | (uint32_t)v;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        to = utf8_put(to, bits >> count & 0xff);
    }
    return doc_make_text((struct str){out, (size_t)(to - out)});
}

#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"
#define RESERVED   ";/?:@&=+$,"

_Noreturn static void malformed(struct run *r, const char *function, struct doc v)
{
    struct str shown = string_of(r, (struct doc){.children = &v, .n = 1, .kind = DOC_ARRAY}, false);

    raise_message(r, r->at, "D3140",
                  arena_f(r->arena, "Malformed URL passed to $%s(): %.*s", function, (int)(shown.n - 2), shown.p + 1));
}

static bool half_a_pair(struct str text, size_t at)
{
    return (uint8_t)text.p[at] == 0xed && at + 1 < text.n && (uint8_t)text.p[at + 1] >= 0xa0;
}

static struct doc encoded(struct run *r, struct doc v, const char *plain, const char *function)
{
    static const char hex[] = "0123456789ABCDEF";
    struct str text = text_of(v);
    char *out = take_text(r, 3 * text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = (uint8_t)text.p[i];

        if (half_a_pair(text, i))
            malformed(r, function, v);
        if (c && strchr(plain, c)) {
            out[n++] = (char)c;
            continue;
        }
        out[n++] = '%';
        out[n++] = hex[c >> 4];
        out[n++] = hex[c & 15];
    }
    return doc_make_text((struct str){out, n});
}

struct doc fn_encodeUrlComponent(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return is_absent(args[0]) ? ABSENT : encoded(r, args[0], UNRESERVED, "encodeUrlComponent");
}

struct doc fn_encodeUrl(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return is_absent(args[0]) ? ABSENT : encoded(r, args[0], UNRESERVED RESERVED "#", "encodeUrl");
}

static int octet_at(struct str text, size_t at)
{
    uint8_t octet;
    size_t n;

    if (at + 2 >= text.n || text.p[at] != '%' || !hex_decode((struct str){text.p + at + 1, 2}, &octet, 1, &n))
        return -1;
    return octet;
}

/* The octets of one character written as %XX each; 0 if they are none. */
static size_t take_sequence(struct str text, size_t at, char out[4])
{
    int lead = octet_at(text, at);
    size_t n = lead < 0      ? 0
               : lead < 0x80 ? 1
               : lead < 0xc2 ? 0
               : lead < 0xe0 ? 2
               : lead < 0xf0 ? 3
               : lead < 0xf5 ? 4
                             : 0;

    for (size_t i = 0; i < n; i++) {
        int octet = octet_at(text, at + 3 * i);

        if (octet < 0 || (i && (octet & 0xc0) != 0x80))
            return 0;
        out[i] = (char)octet;
    }
    if (n == 3 && ((lead == 0xe0 && (uint8_t)out[1] < 0xa0) || (lead == 0xed && (uint8_t)out[1] >= 0xa0)))
        return 0;
    if (n == 4 && ((lead == 0xf0 && (uint8_t)out[1] < 0x90) || (lead == 0xf4 && (uint8_t)out[1] >= 0x90)))
        return 0;
    return n;
}

static struct doc decoded(struct run *r, struct doc v, const char *kept, const char *function)
{
    struct str text = text_of(v);
    char *out = take_text(r, text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n;) {
        char octets[4];
        size_t k;

        if (text.p[i] != '%') {
            out[n++] = text.p[i++];
            continue;
        }
        k = take_sequence(text, i, octets);
        if (k == 0)
            malformed(r, function, v);
        if (k == 1 && *octets && strchr(kept, *octets)) {
            memcpy(out + n, text.p + i, 3);
            n += 3;
        } else {
            memcpy(out + n, octets, k);
            n += k;
        }
        i += 3 * k;
    }
    return doc_make_text((struct str){out, n});
}

struct doc fn_decodeUrlComponent(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return is_absent(args[0]) ? ABSENT : decoded(r, args[0], "", "decodeUrlComponent");
}

struct doc fn_decodeUrl(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return is_absent(args[0]) ? ABSENT : decoded(r, args[0], RESERVED "#", "decodeUrl");
}
