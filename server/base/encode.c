#include <string.h>

#include "base/buf.h"

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789abcdef";

void buf_base64(struct buf *b, const void *p, size_t n)
{
    const uint8_t *in = p;

    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
        char quad[4] = {base64_digits[v >> 18], base64_digits[v >> 12 & 63], '=', '='};

        if (left > 1)
            quad[2] = base64_digits[v >> 6 & 63];
        if (left > 2)
            quad[3] = base64_digits[v & 63];
        buf_add(b, quad, 4);
    }
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes one group of `digits` (2 to 4) characters; -1 for a stray character or bits that should be zero. */
static int base64_group(const char *in, size_t digits, uint8_t out[3])
{
    uint32_t v = 0;

    for (size_t i = 0; i < 4; i++) {
        int d = i < digits ? base64_value(in[i]) : 0;

        if (d < 0)
            return -1;
        v = v << 6 | (uint32_t)d;
    }
    if ((digits == 2 && (v & 0xffff)) || (digits == 3 && (v & 0xff)))
        return -1;
    out[0] = (uint8_t)(v >> 16);
    out[1] = (uint8_t)(v >> 8);
    out[2] = (uint8_t)v;
    return (int)digits - 1;
}

bool base64_decode(struct str in, void *out, size_t cap, size_t *out_n)
{
    uint8_t *to = out;
    size_t n = 0;

    if (in.n % 4)
        return false;
    for (size_t i = 0; i < in.n; i += 4) {
        size_t digits = 4;
        uint8_t octets[3];
        int got;

        if (i + 4 == in.n)
            while (digits > 2 && in.p[i + digits - 1] == '=')
                digits--;
        got = base64_group(in.p + i, digits, octets);
        if (got < 0 || n + (size_t)got > cap)
            return false;
        for (int k = 0; k < got; k++)
            to[n++] = octets[k];
    }
    *out_n = n;
    return true;
}

void buf_percent(struct buf *b, struct str text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] && strchr(plain, text.p[i]))
            buf_c(b, text.p[i]);
        else
            buf_f(b, "%%%02X", (unsigned char)text.p[i]);
    }
}

void buf_base64url(struct buf *b, const void *p, size_t n)
{
    size_t from = b->n;

    buf_base64(b, p, n);
    while (b->n > from && b->p[b->n - 1] == '=')
        b->n--;
    for (size_t i = from; i < b->n; i++)
        if (b->p[i] == '+')
            b->p[i] = '-';
        else if (b->p[i] == '/')
            b->p[i] = '_';
}

/* Back to the other alphabet, four characters at a time. */
bool base64url_decode(struct str in, void *out, size_t cap, size_t *out_n)
{
    uint8_t *to = out;
    size_t n = 0;

    if (in.n % 4 == 1)
        return false;
    for (size_t i = 0; i < in.n; i += 4) {
        size_t digits = in.n - i < 4 ? in.n - i : 4;
        uint8_t octets[3];
        char quad[4];
        int got;

        for (size_t k = 0; k < digits; k++) {
            char c = in.p[i + k];

            quad[k] = c == '-' ? '+' : c == '_' ? '/' : c == '+' || c == '/' ? '=' : c;
        }
        got = base64_group(quad, digits, octets);
        if (got < 0 || n + (size_t)got > cap)
            return false;
        for (int k = 0; k < got; k++)
            to[n++] = octets[k];
    }
    *out_n = n;
    return true;
}

void buf_hex(struct buf *b, const void *p, size_t n)
{
    const uint8_t *in = p;

    for (size_t i = 0; i < n; i++) {
        buf_c(b, hex_digits[in[i] >> 4]);
        buf_c(b, hex_digits[in[i] & 15]);
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_decode(struct str in, void *out, size_t cap, size_t *out_n)
{
    uint8_t *to = out;

    if (in.n % 2 || in.n / 2 > cap)
        return false;
    for (size_t i = 0; i < in.n; i += 2) {
        int hi = hex_value(in.p[i]);
        int lo = hex_value(in.p[i + 1]);

        if (hi < 0 || lo < 0)
            return false;
        to[i / 2] = (uint8_t)(hi << 4 | lo);
    }
    *out_n = in.n / 2;
    return true;
}
