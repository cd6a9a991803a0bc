#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "expr/builtin_int.h"
#include "picture/picture.h"

/* Pictures know finite numbers only: a quotient by 0 is none. */
static struct picture_number picture_of(struct run *r, struct doc v)
{
    struct number n = number_of(v);

    if (!n.exact && !isfinite(n.d))
        raise_here(r, "D1001", ABSENT);
    return n.exact ? picture_int(n.i) : picture_real(n.d);
}

static struct doc of_picture(struct run *r, struct picture_number n)
{
    return n.exact ? doc_make_int(n.i) : real_doc(r, n.d);
}

void raise_picture(struct run *r, const char *code, struct str value)
{
    raise_here(r, code, value.n ? doc_make_text(value) : ABSENT);
}

/* What a picture's function took of the arena, which it does not count itself, is counted behind it; its work goes with
 * that. What one call takes is bounded by the limits on pictures and on what they read. */
static size_t before_picture(struct run *r)
{
    charge(r, 20);
    return arena_used(r->arena);
}

static void after_picture(struct run *r, size_t before)
{
    size_t used = arena_used(r->arena) - before;

    if (r->memory < used)
        raise_memory(r);
    r->memory -= used;
    charge(r, used >> 3);
}

/* Exact as long as all are integers and the sum is one of 64 bits. */
static struct doc total(struct run *r, struct doc v)
{
    double inexact = 0;
    int64_t exact = 0;
    bool is_exact = true;

    charge(r, v.n >> 1);
    for (uint32_t i = 0; i < v.n; i++) {
        struct number n = number_of(v.children[i]);

        is_exact = is_exact && n.exact && !__builtin_add_overflow(exact, n.i, &exact);
        inexact += n.d;
    }
    return is_exact ? doc_make_int(exact) : real_doc(r, inexact);
}

struct doc fn_sum(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return is_absent(args[0]) ? ABSENT : total(r, args[0]);
}

struct doc fn_average(struct run *r, const struct doc *args, size_t n)
{
    struct doc sum;

    (void)n;
    if (is_absent(args[0]) || args[0].n == 0)
        return ABSENT;
    sum = total(r, args[0]);
    if (sum.kind == DOC_COMPUTED_INT && sum.integer % args[0].n == 0)
        return doc_make_int(sum.integer / args[0].n);
    return real_doc(r, real_of(sum) / args[0].n);
}

static struct doc farthest(struct run *r, struct doc v, int way)
{
    struct doc best;

    if (is_absent(v) || v.n == 0)
        return ABSENT;
    charge(r, v.n);
    best = v.children[0];
    for (uint32_t i = 1; i < v.n; i++)
        if (number_compare(v.children[i], best) == way)
            best = v.children[i];
    return best;
}

struct doc fn_max(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return farthest(r, args[0], 1);
}

struct doc fn_min(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return farthest(r, args[0], -1);
}

static size_t skip_digits(const char *s, size_t at)
{
    while (s[at] >= '0' && s[at] <= '9')
        at++;
    return at;
}

/* Digits with an optional minus, fraction and exponent; leading zeros are taken. */
static bool is_decimal(const char *s, bool *integer)
{
    size_t from = *s == '-', at = skip_digits(s, from), more;

    if (at == from)
        return false;
    *integer = true;
    if (s[at] == '.') {
        *integer = false;
        more = skip_digits(s, at + 1);
        if (more == at + 1)
            return false;
        at = more;
    }
    if (s[at] == 'e' || s[at] == 'E') {
        *integer = false;
        from = at + 1 + (s[at + 1] == '+' || s[at + 1] == '-');
        at = skip_digits(s, from);
        if (at == from)
            return false;
    }
    return s[at] == '\0';
}

static int radix_of(const char *s)
{
    if (*s != '0' || !s[1])
        return 0;
    switch (s[1] | 0x20) {
    case 'x':
        return 16;
    case 'o':
        return 8;
    case 'b':
        return 2;
    default:
        return 0;
    }
}

static bool in_radix(struct run *r, const char *s, struct doc *out)
{
    int radix = radix_of(s);
    double v = 0;
    int64_t exact = 0;
    bool is_exact = true;

    if (!radix || !s[2])
        return false;
    for (s += 2; *s; s++) {
        int digit = *s <= '9' ? *s - '0' : (*s | 0x20) - 'a' + 10;

        if (digit < 0 || digit >= radix || (*s > '9' && (*s | 0x20) < 'a'))
            return false;
        v = v * radix + digit;
        is_exact = is_exact && !__builtin_mul_overflow(exact, (int64_t)radix, &exact) &&
                   !__builtin_add_overflow(exact, (int64_t)digit, &exact);
    }
    *out = is_exact ? doc_make_int(exact) : real_doc(r, v);
    return true;
}

struct doc fn_number(struct run *r, const struct doc *args, size_t n)
{
    struct doc v = args[0], out;
    const char *text;
    bool integer;
    double d;

    (void)n;
    if (is_absent(v) || is_number(v))
        return v;
    if (v.kind == DOC_TRUE || v.kind == DOC_FALSE)
        return doc_make_int(v.kind == DOC_TRUE);
    if (!is_text(v) || v.n > 1000)
        raise_here(r, "D3030", v);
    text = str_dup(r->arena, text_of(v));
    if (strlen(text) == v.n && is_decimal(text, &integer)) {
        errno = 0;
        if (integer) {
            int64_t i = strtoll(text, NULL, 10);

            if (!errno)
                return doc_make_int(i);
        }
        d = strtod(text, NULL); /* NOLINT(cert-err34-c) */
        if (isfinite(d))
            return real_doc(r, d);
    } else if (strlen(text) == v.n && in_radix(r, text, &out)) {
        return out;
    }
    raise_here(r, "D3030", v);
}

static struct doc whole(struct run *r, struct doc v, double (*to)(double))
{
    if (is_absent(v) || number_of(v).exact)
        return v;
    return real_doc(r, to(real_of(v)));
}

struct doc fn_floor(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return whole(r, args[0], floor);
}

struct doc fn_ceil(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return whole(r, args[0], ceil);
}

struct doc fn_round(struct run *r, const struct doc *args, size_t n)
{
    struct number v;
    double decimals = 0;

    if (is_absent(args[0]))
        return ABSENT;
    v = number_of(args[0]);
    if (n > 1 && is_number(args[1]))
        decimals = trunc(real_of(args[1]));
    if (v.exact && decimals >= 0)
        return args[0];
    if (!isfinite(v.d))
        raise_here(r, "D1001", args[0]);
    if (decimals > 400 || decimals < -400)
        return decimals > 0 ? args[0] : doc_make_int(0);
    return real_doc(r, picture_round(v.d, (int)decimals));
}

struct doc fn_abs(struct run *r, const struct doc *args, size_t n)
{
    struct number v;

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    v = number_of(args[0]);
    if (v.exact && v.i != INT64_MIN)
        return doc_make_int(v.i < 0 ? -v.i : v.i);
    return real_doc(r, fabs(v.d));
}

struct doc fn_sqrt(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    if (real_of(args[0]) < 0)
        raise_here(r, "D3060", args[0]);
    return real_doc(r, sqrt(real_of(args[0])));
}

/* Exact where base and exponent are integers and the power fits; false otherwise. */
static bool exact_power(int64_t base, int64_t exponent, int64_t *out)
{
    *out = 1;
    if (exponent < 0 || exponent > 63)
        return false;
    while (exponent-- > 0)
        if (__builtin_mul_overflow(*out, base, out))
            return false;
    return true;
}

struct doc fn_power(struct run *r, const struct doc *args, size_t n)
{
    struct number base, exponent;
    int64_t exact;
    double v;

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    base = number_of(args[0]);
    exponent = is_number(args[1]) ? number_of(args[1]) : (struct number){.d = NAN};
    if (base.exact && exponent.exact && exact_power(base.i, exponent.i, &exact))
        return doc_make_int(exact);
    v = pow(base.d, exponent.d);
    if (!isfinite(v))
        raise_here(r, "D3061", args[0]);
    return real_doc(r, v);
}

static uint64_t draw(struct run *r)
{
    uint64_t z = r->random += 0x9e3779b97f4a7c15u; /* SplitMix64 */

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

struct doc fn_random(struct run *r, const struct doc *args, size_t n)
{
    (void)args, (void)n;
    return real_doc(r, (double)(draw(r) >> 11) * 0x1p-53);
}

struct doc fn_shuffle(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};

    (void)n;
    if (is_absent(args[0]) || args[0].n <= 1)
        return args[0];
    list_add_all(&out, args[0].children, args[0].n);
    for (uint32_t i = out.n - 1; i > 0; i--) {
        uint32_t k = (uint32_t)(draw(r) % (i + 1u));
        struct doc other = out.v[i];

        out.v[i] = out.v[k];
        out.v[k] = other;
    }
    return list_doc(&out, 0);
}

/* ---- pictures ---- */

struct doc fn_formatNumber(struct run *r, const struct doc *args, size_t n)
{
    struct picture_decimal decimal;
    struct str out, value = {0};
    const char *code;
    size_t before;

    if (is_absent(args[0]))
        return ABSENT;
    picture_decimal_init(&decimal);
    for (uint32_t i = 0; n > 2 && is_object(args[2]) && i < args[2].n; i++) {
        struct doc v = args[2].children[2 * i + 1];

        picture_decimal_set(&decimal, text_of(args[2].children[2 * i]), string_of(r, v, false));
    }
    before = before_picture(r);
    code = picture_format_number(r->arena, picture_of(r, args[0]), is_text(args[1]) ? text_of(args[1]) : STR(""),
                                 &decimal, &out, &value);
    after_picture(r, before);
    if (code)
        raise_picture(r, code, value);
    return text_doc(r, out);
}

struct doc fn_formatBase(struct run *r, const struct doc *args, size_t n)
{
    struct picture_number radix;
    struct str out, value = {0};
    bool given = n > 1 && is_number(args[1]);
    const char *code;
    size_t before;

    if (is_absent(args[0]))
        return ABSENT;
    if (given)
        radix = picture_of(r, args[1]);
    before = before_picture(r);
    code = picture_format_base(r->arena, picture_of(r, args[0]), given ? &radix : NULL, &out, &value);
    after_picture(r, before);
    if (code)
        raise_picture(r, code, value);
    return text_doc(r, out);
}

struct doc fn_formatInteger(struct run *r, const struct doc *args, size_t n)
{
    struct str out, value = {0};
    const char *code;
    size_t before;

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    before = before_picture(r);
    code = picture_format_integer(r->arena, picture_of(r, args[0]), is_text(args[1]) ? text_of(args[1]) : STR(""), &out,
                                  &value);
    after_picture(r, before);
    if (code)
        raise_picture(r, code, value);
    return text_doc(r, out);
}

struct doc fn_parseInteger(struct run *r, const struct doc *args, size_t n)
{
    struct picture_reading out;
    struct str value = {0};
    const char *code;
    size_t before;

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    before = before_picture(r);
    code =
        picture_parse_integer(r->arena, text_of(args[0]), is_text(args[1]) ? text_of(args[1]) : STR(""), &out, &value);
    after_picture(r, before);
    if (code)
        raise_picture(r, code, value);
    return out.known ? of_picture(r, out.n) : ABSENT;
}

/* ---- time ---- */

/* The second argument's picture: NULL where none is given. */
static const struct picture_date *date_picture(struct run *r, const struct doc *arg)
{
    const struct picture_date *out = NULL;
    struct str text, value;
    const char *code;

    if (!arg || !is_text(*arg))
        return NULL;
    text = text_of(*arg);
    for (uint32_t i = 0; i < r->program->n_pictures; i++)
        if (r->program->pictures[i].text.p == text.p && r->program->pictures[i].text.n == text.n)
            return r->program->pictures[i].date;
    code = picture_date_read(r->arena, text, &out, &value);
    if (code)
        raise_picture(r, code, value);
    return out;
}

static struct doc moment(struct run *r, struct picture_number ms, const struct doc *picture, const struct doc *zone)
{
    const struct picture_date *date;
    struct str z = {0}, out, value = {0};
    const char *code;
    size_t before;

    if (zone && is_text(*zone))
        z = text_of(*zone);
    before = before_picture(r);
    date = date_picture(r, picture);
    code = picture_from_millis(r->arena, ms, date, zone && is_text(*zone) ? &z : NULL, &out, &value);
    after_picture(r, before);
    if (code)
        raise_picture(r, code, value);
    return text_doc(r, out);
}

struct doc fn_fromMillis(struct run *r, const struct doc *args, size_t n)
{
    if (is_absent(args[0]))
        return ABSENT;
    return moment(r, picture_of(r, args[0]), n > 1 ? &args[1] : NULL, n > 2 ? &args[2] : NULL);
}

struct doc fn_now(struct run *r, const struct doc *args, size_t n)
{
    return moment(r, picture_int(r->how->now_ms), n > 0 ? &args[0] : NULL, n > 1 ? &args[1] : NULL);
}

struct doc fn_millis(struct run *r, const struct doc *args, size_t n)
{
    (void)args, (void)n;
    return doc_make_int(r->how->now_ms);
}

struct doc fn_toMillis(struct run *r, const struct doc *args, size_t n)
{
    const struct picture_date *date;
    struct picture_reading out;
    struct str value = {0};
    const char *code;
    size_t before;

    if (is_absent(args[0]))
        return ABSENT;
    before = before_picture(r);
    date = date_picture(r, n > 1 ? &args[1] : NULL);
    code = picture_to_millis(r->arena, text_of(args[0]), date, r->how->now_ms, &out, &value);
    after_picture(r, before);
    if (code)
        raise_picture(r, code, value);
    return out.known ? of_picture(r, out.n) : ABSENT;
}
