#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/must.h"

struct str str_of(const char *s)
{
    return (struct str){s, s ? strlen(s) : 0};
}

bool str_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(struct str a, const char *s)
{
    return str_equal(a, str_of(s));
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        c = (char)(c + 'a' - 'A');
    return c;
}

bool str_is_nocase(struct str a, const char *s)
{
    if (a.n != strlen(s))
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(s[i]))
            return false;
    return true;
}

bool str_starts(struct str a, const char *prefix)
{
    size_t n = strlen(prefix);

    return a.n >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

const char *str_dup(struct arena *a, struct str s)
{
    return arena_strndup(a, s.p, s.n);
}

void buf_init(struct buf *b, struct arena *a, size_t max)
{
    *b = (struct buf){.arena = a, .max = max};
}

char *buf_reserve(struct buf *b, size_t n)
{
    size_t cap = b->cap ? b->cap : 256;
    size_t want;

    if (b->full || n > b->max || b->n > b->max - n) {
        b->full = true;
        return NULL;
    }
    want = b->n + n + 1; /* one for buf_cstr */
    if (want > b->cap) {
        while (cap < want)
            cap *= 2;
        b->p = arena_grow(b->arena, b->p, b->cap, cap);
        b->cap = cap;
    }
    return b->p + b->n;
}

void buf_advance(struct buf *b, size_t n)
{
    b->n += n;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    char *to = n ? buf_reserve(b, n) : NULL;

    if (!to)
        return;
    memcpy(to, p, n);
    b->n += n;
}

void buf_s(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_c(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_u64(struct buf *b, uint64_t v)
{
    char digits[20];
    size_t i = sizeof(digits);

    do {
        digits[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    buf_add(b, digits + i, sizeof(digits) - i);
}

void buf_i64(struct buf *b, int64_t v)
{
    if (v < 0)
        buf_c(b, '-');
    buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void buf_f(struct buf *b, const char *fmt, ...)
{
    char small[128];
    va_list ap;
    char *to;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(small, sizeof(small), fmt, ap);
    va_end(ap);
    MUST_BE(n >= 0);
    if ((size_t)n < sizeof(small)) {
        buf_add(b, small, (size_t)n);
        return;
    }
    to = buf_reserve(b, (size_t)n);
    if (!to)
        return;
    va_start(ap, fmt);
    MUST_BE(vsnprintf(to, (size_t)n + 1, fmt, ap) == n);
    va_end(ap);
    b->n += (size_t)n;
}

const char *buf_cstr(struct buf *b)
{
    if (!b->p)
        return "";
    b->p[b->n] = '\0';
    return b->p;
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->p, b->n};
}
