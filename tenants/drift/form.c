#include <math.h>
#include <string.h>

#include "drift/drift_int.h"
#include "json/doc_value.h"

#define LOOKED_AT 256 /* a longer text is free */

enum { DIGIT = 1, UPPER = 2, LOWER = 4, DOT = 8, MINUS = 16, PLUS = 32, BLANK = 64, OTHER = 128 };

/* Which classes of characters a text has. What is not ASCII is OTHER. */
static unsigned class_of(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return DIGIT;
    if (c >= 'a' && c <= 'z')
        return LOWER;
    if (c >= 'A' && c <= 'Z')
        return UPPER;
    switch (c) {
    case '.':
        return DOT;
    case '-':
        return MINUS;
    case '+':
        return PLUS;
    case ' ':
        return BLANK;
    default:
        return OTHER;
    }
}

static unsigned classes_of(struct str s)
{
    unsigned all = 0;

    for (size_t i = 0; i < s.n; i++)
        all |= class_of((unsigned char)s.p[i]);
    return all;
}

/* "2026-11-23": a nine stands for any digit, the rest for itself. */
static bool fits(struct str s, const char *pattern)
{
    size_t i = 0;

    for (; pattern[i]; i++) {
        bool ok = i < s.n && (pattern[i] == '9' ? class_of((unsigned char)s.p[i]) == DIGIT : s.p[i] == pattern[i]);

        if (!ok)
            return false;
    }
    return true;
}

static bool is_time(struct str s)
{
    char last = s.p[s.n - 1];

    return s.n >= 20 && s.n <= 36 && fits(s, "9999-99-99T99:99:99") &&
           (last == 'Z' || fits((struct str){s.p + s.n - 5, 5}, "99:99"));
}

static bool is_uuid(struct str s)
{
    if (s.n != 36)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
            return false;
    }
    return true;
}

static bool is_email(struct str s)
{
    const char *at = memchr(s.p, '@', s.n);

    return at && at > s.p && memchr(at, '.', (size_t)(s.p + s.n - at)) && !memchr(s.p, ' ', s.n) &&
           !memchr(s.p, '/', s.n);
}

static bool is_phone(struct str s, unsigned classes)
{
    size_t digits = 0;

    if (classes & (LOWER | UPPER))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!memchr("0123456789+-() /", s.p[i], 16))
            return false;
        digits += class_of((unsigned char)s.p[i]) == DIGIT;
    }
    return digits >= 7 && digits <= 15 && (s.p[0] == '+' || s.p[0] == '(' || digits < s.n);
}

/* Numbers as machines write them: no zero before a digit, digits on both sides of a point. */
static enum form number_form(struct str s, unsigned classes)
{
    const char *dot = memchr(s.p, '.', s.n);
    size_t from = s.p[0] == '-';
    struct str rest = {s.p + from, s.n - from};

    if (rest.n == 0 || rest.n > 30 || classes & ~(unsigned)(DIGIT | DOT | MINUS) || !(classes & DIGIT) ||
        memchr(rest.p, '-', rest.n))
        return FORM_FREE;
    if (rest.p[0] == '0' && rest.n > 1 && rest.p[1] != '.')
        return FORM_FREE;
    if (!dot)
        return FORM_TEXT_INT;
    if (dot == rest.p || dot == s.p + s.n - 1 || memchr(dot + 1, '.', (size_t)(s.p + s.n - dot - 1)))
        return FORM_FREE;
    return FORM_TEXT_DECIMAL;
}

static enum form digits_form(struct str s, unsigned classes)
{
    enum form f = number_form(s, classes);

    if (f != FORM_FREE)
        return f;
    if (is_time(s))
        return FORM_TIME;
    if (s.n == 10 && fits(s, "9999-99-99"))
        return FORM_DATE;
    if (is_uuid(s))
        return FORM_UUID;
    return is_phone(s, classes) ? FORM_PHONE : FORM_FREE;
}

enum form form_of_text(struct str s)
{
    enum form f = FORM_FREE;
    unsigned classes;

    if (s.n == 0)
        return FORM_NOTHING;
    if (str_starts(s, "https://") || str_starts(s, "http://"))
        return FORM_URL;
    if (s.n > LOOKED_AT)
        return FORM_FREE;
    classes = classes_of(s);
    if (classes & DIGIT)
        f = digits_form(s, classes);
    if (f != FORM_FREE)
        return f;
    if (classes == UPPER && s.n <= 3)
        return FORM_CODE;
    if (classes & OTHER && is_email(s))
        return FORM_EMAIL;
    return classes & BLANK || !(classes & (LOWER | UPPER | OTHER)) ? FORM_FREE : FORM_WORD;
}

enum form form_of(const struct doc *d)
{
    struct str text;

    switch (doc_kind(d)) {
    case DOC_NULL:
        return FORM_NOTHING;
    case DOC_FALSE:
    case DOC_TRUE:
        return FORM_BOOL;
    case DOC_INT:
        return FORM_INT;
    case DOC_NUMBER:
        return FORM_DECIMAL;
    case DOC_OBJECT:
        return FORM_OBJECT;
    case DOC_ARRAY:
        return doc_count(d) ? FORM_LIST : FORM_NOTHING;
    case DOC_TEXT:
        text = doc_text(d);
        return form_of_text(text);
    }
    return FORM_NOTHING;
}

enum kind form_kind(enum form f)
{
    static const enum kind of[FORM_TEXT_INT] = {KIND_NOTHING, KIND_BOOL,   KIND_NUMBER,
                                                KIND_NUMBER,  KIND_OBJECT, KIND_LIST};

    return f < FORM_TEXT_INT ? of[f] : KIND_TEXT;
}

const char *kind_name(enum kind k)
{
    static const char *const names[] = {"nothing", "true or false", "a number", "an object", "a list", "a text"};

    return names[k];
}

const char *form_name(enum form f)
{
    static const char *const names[FORMS] = {"nothing",
                                             "true or false",
                                             "a whole number",
                                             "a number with a fraction",
                                             "an object",
                                             "a list",
                                             "a whole number in a text",
                                             "a decimal in a text",
                                             "a time (RFC 3339)",
                                             "a date",
                                             "a UUID",
                                             "an e-mail address",
                                             "a URL",
                                             "a telephone number",
                                             "a code of capital letters",
                                             "a word",
                                             "a free text"};

    return names[f];
}

bool form_is_numeric(enum form f)
{
    return f == FORM_INT || f == FORM_DECIMAL || f == FORM_TEXT_INT || f == FORM_TEXT_DECIMAL;
}

bool form_is_whole(enum form f)
{
    return f == FORM_INT || f == FORM_TEXT_INT;
}

/* The text is a number's. */
static double read_digits(struct str s)
{
    double v = 0, unit = 1;
    bool fraction = false;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.') {
            fraction = true;
            continue;
        }
        if (s.p[i] == '-')
            continue;
        v = v * 10 + (s.p[i] - '0');
        if (fraction)
            unit *= 10;
    }
    return v / unit;
}

bool form_magnitude(const struct doc *d, enum form f, double *log10_out, bool *negative)
{
    double v;

    if (f == FORM_LIST) {
        v = (double)doc_count(d);
    } else if (f == FORM_TEXT_INT || f == FORM_TEXT_DECIMAL) {
        struct str s = doc_text(d);

        v = read_digits(s);
        *negative |= s.p[0] == '-' && v > 0;
    } else {
        if (!doc_real(d, &v))
            return false;
        *negative |= v < 0;
        v = fabs(v);
    }
    if (v <= 0)
        return false;
    *log10_out = log10(v);
    return true;
}
