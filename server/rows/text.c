#include "base/utf8.h"
#include "rows/rows_int.h"

/* What a file is written in, as UTF-8, and back to how many octets of the file a text stands for. */

/* 0x80 to 0x9f of Windows-1252 (WHATWG Encoding, index windows-1252); the rest is as in ISO 8859-1. */
static const uint16_t windows_1252[32] = {0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                          0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
                                          0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                          0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

static bool is_utf16(enum rows_encoding e)
{
    return e == ROWS_UTF16LE || e == ROWS_UTF16BE;
}

static struct str of_octets(struct arena *a, enum rows_encoding e, struct str raw)
{
    char *out = arena_alloc(a, raw.n * 3 + 1), *to = out;

    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.p[i];

        to = utf8_put(to, e == ROWS_WINDOWS1252 && c >= 0x80 && c < 0xa0 ? windows_1252[c - 0x80] : c);
    }
    return (struct str){out, (size_t)(to - out)};
}

static uint32_t unit_at(enum rows_encoding e, struct str raw, size_t at)
{
    unsigned char first = (unsigned char)raw.p[at], second = (unsigned char)raw.p[at + 1];

    return e == ROWS_UTF16LE ? (uint32_t)(second << 8 | first) : (uint32_t)(first << 8 | second);
}

/* The character at a place, and how many octets it has; 0: what follows may still make it whole. Half of a pair stays
 * half of one, which is no UTF-8. */
static size_t unit_take(enum rows_encoding e, struct str raw, size_t at, bool last, uint32_t *out)
{
    uint32_t low;

    *out = unit_at(e, raw, at);
    if (*out < 0xd800 || *out >= 0xdc00)
        return 2;
    if (at + 3 >= raw.n)
        return last ? 2 : 0;
    low = unit_at(e, raw, at + 2);
    if (low < 0xdc00 || low >= 0xe000)
        return 2;
    *out = 0x10000 + ((*out - 0xd800) << 10 | (low - 0xdc00));
    return 4;
}

/* A last octet that is alone is no UTF-8 either. */
static struct str of_units(struct arena *a, enum rows_encoding e, struct str raw, bool last)
{
    char *out = arena_alloc(a, raw.n / 2 * 3 + 2), *to = out;
    size_t at = 0, n;
    uint32_t c;

    while (at + 1 < raw.n && (n = unit_take(e, raw, at, last, &c)) > 0) {
        to = utf8_put(to, c);
        at += n;
    }
    if (at + 1 == raw.n && last)
        *to++ = (char)0xff;
    return (struct str){out, (size_t)(to - out)};
}

void rows_window_make(struct arena *a, const struct rows_format *f, struct str raw, bool last, struct rows_window *out)
{
    *out = (struct rows_window){.text = raw, .last = last};
    if (is_utf16(f->encoding))
        out->text = of_units(a, f->encoding, raw, last);
    else if (f->encoding != ROWS_UTF8)
        out->text = of_octets(a, f->encoding, raw);
}

/* Each character was one octet, or one unit of two octets, or, of four octets in UTF-8, two units. */
static size_t raw_size(enum rows_encoding e, struct str text)
{
    size_t units = 0;

    if (e == ROWS_UTF8)
        return text.n;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c < 0x80 || c >= 0xc0)
            units += c >= 0xf0 && c < 0xf8 ? 2 : 1;
    }
    return is_utf16(e) ? units * 2 : units;
}

int64_t rows_place(const struct rows *r, const struct rows_window *w, struct str raw)
{
    size_t passed = raw_size(r->format->encoding, (struct str){w->text.p, w->at});

    return r->at + (int64_t)(passed < raw.n ? passed : raw.n);
}

void rows_window_end(struct rows *r, const struct rows_window *w, struct str raw)
{
    r->at = rows_place(r, w, raw);
}

enum found rows_line(const struct rows_window *w, struct str *out, size_t *out_next)
{
    const char *from = w->text.p + w->at;
    size_t left = w->text.n - w->at;
    const char *end = left ? memchr(from, '\n', left) : NULL;

    if (!end && !w->last && left <= ROWS_ROW_MAX)
        return NOT_YET;
    *out = (struct str){from, end ? (size_t)(end - from) : left};
    *out_next = w->at + out->n + (end != NULL);
    if (out->n && out->p[out->n - 1] == '\r')
        out->n--;
    return out->n > ROWS_ROW_MAX || (!end && !w->last) ? TOO_LONG : FOUND;
}
