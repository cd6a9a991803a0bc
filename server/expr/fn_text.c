#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <wctype.h>

#include "base/utf8.h"
#include "expr/builtin_int.h"

struct doc fn_string(struct run *r, const struct doc *args, size_t n)
{
    if (is_absent(args[0]))
        return ABSENT;
    return text_doc(r, string_of(r, args[0], n > 1 && args[1].kind == DOC_TRUE));
}

struct doc fn_length(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    charge(r, args[0].n >> 4);
    return doc_make_int((int64_t)text_length(text_of(args[0])));
}

/* A place among the characters as Array.slice takes it: from the end when negative, cut to what there is. */
static size_t place(double at, double length)
{
    at = trunc(at);
    if (at < 0)
        at = at + length < 0 ? 0 : at + length;
    return at > length ? (size_t)length : (size_t)at;
}

struct doc fn_substring(struct run *r, const struct doc *args, size_t n)
{
    double length, start, end;
    struct str text;
    size_t from, to;

    if (is_absent(args[0]))
        return ABSENT;
    text = text_of(args[0]);
    charge(r, text.n >> 5);
    length = (double)text_length(text);
    start = is_number(args[1]) ? real_of(args[1]) : 0;
    if (length + start < 0)
        start = 0;
    end = length;
    if (n > 2 && is_number(args[2])) {
        double wanted = real_of(args[2]);

        if (wanted <= 0 || !is_number(args[1]))
            return literal_text("");
        end = start >= 0 ? start + wanted : length + start + wanted;
    }
    from = place(start, length);
    to = place(end, length);
    if (to <= from)
        return literal_text("");
    from = text_offset(text, from);
    return doc_make_text((struct str){text.p + from, text_offset(text, to) - from});
}

/* Where the second argument begins in the first, or NULL. */
static const char *found_in(struct run *r, const struct doc *args)
{
    charge(r, args[0].n >> 5);
    return is_text(args[1]) ? text_search(text_of(args[0]), text_of(args[1])) : NULL;
}

struct doc fn_substringBefore(struct run *r, const struct doc *args, size_t n)
{
    const char *found = is_absent(args[0]) ? NULL : found_in(r, args);

    (void)n;
    return found ? doc_make_text((struct str){args[0].text, (size_t)(found - args[0].text)}) : args[0];
}

struct doc fn_substringAfter(struct run *r, const struct doc *args, size_t n)
{
    const char *found = is_absent(args[0]) ? NULL : found_in(r, args);

    (void)n;
    if (!found)
        return args[0];
    found += args[1].n;
    return doc_make_text((struct str){found, (size_t)(args[0].text + args[0].n - found)});
}

/* ---- case ---- */

static locale_t unicode;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void close_locale(void)
{
    freelocale(unicode);
}

static void open_locale(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    if (unicode)
        atexit(close_locale);
}

static uint32_t in_case(uint32_t c, bool upper)
{
    if (c < 0x80 || !unicode)
        return upper ? (c >= 'a' && c <= 'z' ? c - 32 : c) : (c >= 'A' && c <= 'Z' ? c + 32 : c);
    return upper ? (uint32_t)towupper_l((wint_t)c, unicode) : (uint32_t)towlower_l((wint_t)c, unicode);
}

/* One character for each, but for the German sharp s, whose capital is two. */
static struct doc recased(struct run *r, struct doc v, bool upper)
{
    struct str text = text_of(v);
    char *out, *to;

    pthread_once(&once, open_locale);
    out = to = take_text(r, 2 * text.n + UTF8_MAX);
    charge(r, text.n >> 4);
    for (size_t at = 0; at < text.n;) {
        uint32_t c = utf8_take(text, &at);

        if (upper && c == 0xdf)
            *to++ = 'S';
        to = utf8_put(to, upper && c == 0xdf ? 'S' : in_case(c, upper));
    }
    return doc_make_text((struct str){out, (size_t)(to - out)});
}

struct doc fn_lowercase(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return is_absent(args[0]) ? ABSENT : recased(r, args[0], false);
}

struct doc fn_uppercase(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return is_absent(args[0]) ? ABSENT : recased(r, args[0], true);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct doc fn_trim(struct run *r, const struct doc *args, size_t n)
{
    struct str text;
    char *out;
    size_t k = 0;

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    text = text_of(args[0]);
    while (text.n && is_space(*text.p))
        text = (struct str){text.p + 1, text.n - 1};
    while (text.n && is_space(text.p[text.n - 1]))
        text.n--;
    out = take_text(r, text.n);
    charge(r, text.n >> 5);
    for (size_t i = 0; i < text.n; i++) {
        if (is_space(text.p[i]) && k && out[k - 1] == ' ')
            continue;
        out[k++] = is_space(text.p[i]) ? ' ' : text.p[i];
    }
    return doc_make_text((struct str){out, k});
}

#define PAD_MAX 10000000

/* As many characters as are missing, of what to pad with, over and over. */
static struct str padding(struct run *r, struct str with, size_t characters)
{
    size_t each = text_length(with), whole = characters / each, rest = text_offset(with, characters % each);
    size_t n = whole * with.n + rest;
    char *out = take_text(r, n);

    for (size_t i = 0; i < whole; i++)
        memcpy(out + i * with.n, with.p, with.n);
    memcpy(out + whole * with.n, with.p, rest);
    return (struct str){out, n};
}

struct doc fn_pad(struct run *r, const struct doc *args, size_t n)
{
    struct str text, with = STR(" "), pad;
    double width, missing;
    char *out;

    if (is_absent(args[0]))
        return ABSENT;
    text = text_of(args[0]);
    width = is_number(args[1]) ? trunc(real_of(args[1])) : 0;
    missing = fabs(width) - (double)text_length(text);
    if (n > 2 && is_text(args[2]) && args[2].n)
        with = text_of(args[2]);
    if (missing <= 0)
        return args[0];
    if (missing > PAD_MAX)
        raise_memory(r);
    pad = padding(r, with, (size_t)missing);
    out = take_text(r, text.n + pad.n);
    if (text.n)
        memcpy(out + (width > 0 ? 0 : pad.n), text.p, text.n);
    memcpy(out + (width > 0 ? text.n : 0), pad.p, pad.n);
    return doc_make_text((struct str){out, text.n + pad.n});
}

struct doc fn_join(struct run *r, const struct doc *args, size_t n)
{
    struct str with = n > 1 && is_text(args[1]) ? text_of(args[1]) : STR("");
    uint64_t size = 0;
    char *out;
    size_t at = 0;

    if (is_absent(args[0]))
        return ABSENT;
    for (uint32_t i = 0; i < args[0].n; i++)
        size += args[0].children[i].n + (i ? with.n : 0);
    if (size > UINT32_MAX)
        raise_memory(r);
    charge(r, args[0].n >> 2);
    out = take_text(r, size);
    for (uint32_t i = 0; i < args[0].n; i++) {
        struct str one = text_of(args[0].children[i]);

        if (i && with.n)
            memcpy(out + at, with.p, with.n);
        at += i ? with.n : 0;
        if (one.n)
            memcpy(out + at, one.p, one.n);
        at += one.n;
    }
    return doc_make_text((struct str){out, at});
}
