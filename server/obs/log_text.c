#include "obs/log_int.h"

#include <stdio.h>
#include <string.h>

/* Kept free for the closing of a string, a list and the line. */
#define TAIL_ROOM 32

static size_t room(const struct log_text *t)
{
    size_t most = LOG_LINE_MAX - TAIL_ROOM;

    return t->n < most ? most - t->n : 0; /* what closes a value may stand in the tail */
}

static void raw(struct log_text *t, const char *s)
{
    size_t n = strlen(s);

    memcpy(t->p + t->n, s, n);
    t->n += n;
}

/* Octets of the character at s, 0 when it is no UTF-8 (overlong forms and surrogates are none either). */
/* One row of the table of UTF-8 a branch. NOLINTNEXTLINE(readability-function-cognitive-complexity) */
static size_t utf8_decode(const unsigned char *s, unsigned *out)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    unsigned c = n == 1 ? s[0] : s[0] & (0x7fu >> n);

    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) /* the final NUL ends it, too */
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if (n == 0 || c < least[n] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
        return 0;
    *out = c;
    return n;
}

/* Control characters, also those above ASCII, and what ends a line for some reader. */
static bool must_escape(unsigned c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
}

/* Returns the octets taken from s and writes its JSON form to out (at most 8 with the NUL). */
static size_t character(const unsigned char *s, char out[8])
{
    unsigned c = 0xfffd;
    size_t n = utf8_decode(s, &c);

    if (n == 0 || must_escape(c)) {
        snprintf(out, 8, "\\u%04x", c & 0xffffu);
    } else if (c == '"' || c == '\\') {
        snprintf(out, 8, "\\%c", (char)c);
    } else {
        memcpy(out, s, n);
        out[n] = 0;
    }
    return n ? n : 1;
}

static void quoted(struct log_text *t, const char *value)
{
    const unsigned char *s = (const unsigned char *)value;

    raw(t, "\"");
    while (*s) {
        char form[8];
        size_t n = character(s, form);

        if (strlen(form) > room(t)) {
            t->cut = true;
            break;
        }
        raw(t, form);
        s += n;
    }
    raw(t, "\"");
}

/* False when not even an empty value would fit. */
static bool key_begin(struct log_text *t, const char *key)
{
    if (room(t) < strlen(key) + 32) {
        t->cut = true;
        return false;
    }
    if (t->n > 1)
        raw(t, ",");
    raw(t, "\"");
    raw(t, key); /* a constant of ours, plain ASCII */
    raw(t, "\":");
    return true;
}

void log_text_begin(struct log_text *t)
{
    t->n = 0;
    t->cut = false;
    raw(t, "{");
}

void log_text_string(struct log_text *t, const char *key, const char *value)
{
    if (!key_begin(t, key))
        return;
    if (value)
        quoted(t, value);
    else
        raw(t, "null");
}

void log_text_number(struct log_text *t, const char *key, int64_t value)
{
    char digits[24];

    if (!key_begin(t, key))
        return;
    snprintf(digits, sizeof(digits), "%lld", (long long)value);
    raw(t, digits);
}

bool log_text_list_begin(struct log_text *t, const char *key)
{
    if (!key_begin(t, key))
        return false;
    raw(t, "[");
    return true;
}

void log_text_item(struct log_text *t, const char *value)
{
    if (room(t) < 4) {
        t->cut = true;
        return;
    }
    if (t->p[t->n - 1] != '[')
        raw(t, ",");
    quoted(t, value);
}

void log_text_list_end(struct log_text *t)
{
    raw(t, "]");
}

void log_text_end(struct log_text *t)
{
    raw(t, t->cut ? ",\"cut\":true}\n" : "}\n");
}
