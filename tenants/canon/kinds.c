#include <string.h>

#include "base/money.h"
#include "base/timefmt.h"
#include "canon/canon.h"
#include "canon/schema_int.h"
#include "json/doc_value.h"

#define SHOWN        40 /* characters of a value in a fault */
#define SHORT_DIGITS 18 /* fit 64 bits */

const char *canon_kind_name(enum canon_kind kind)
{
    static const char *const names[CANON_KIND_COUNT] = {
        [CANON_SCHEMA] = "schema",     [CANON_KEY] = "key",       [CANON_TEXT] = "text",
        [CANON_TRUTH] = "truth",       [CANON_COUNT] = "count",   [CANON_QUANTITY] = "quantity",
        [CANON_RATE] = "rate",         [CANON_PRICE] = "price",   [CANON_MONEY] = "money",
        [CANON_TIME] = "time",         [CANON_DATE] = "date",     [CANON_COUNTRY] = "country",
        [CANON_CURRENCY] = "currency", [CANON_CHOICE] = "choice", [CANON_TEXTS] = "texts",
        [CANON_OBJECT] = "object",     [CANON_LIST] = "list",
    };

    return names[kind];
}

/* Most decimals have few digits: without 128 bits and their checks. */
bool canon_decimal(struct str t, struct decimal *out)
{
    size_t at = t.n && t.p[0] == '-', first = at, point = 0;
    uint64_t v = 0;

    if (t.n > SHORT_DIGITS)
        return decimal_parse_plain(t, out);
    for (; at < t.n; at++) {
        if (t.p[at] == '.' && !point && at > first)
            point = at + 1;
        else if (t.p[at] >= '0' && t.p[at] <= '9')
            v = v * 10 + (uint64_t)(t.p[at] - '0');
        else
            return false;
    }
    if (at == first || point == at)
        return false;
    *out = (struct decimal){first ? -(__int128)v : (__int128)v, (uint8_t)(point ? at - point : 0)};
    return true;
}

static const char *shown(struct canon_walk *w, struct str s)
{
    const char *text = arena_strndup(w->arena, s.p, s.n < (size_t)SHOWN * 4 ? s.n : (size_t)SHOWN * 4);
    size_t head = canon_text_head(text, SHOWN);

    return arena_f(w->arena, "\"%.*s%s\"", (int)head, text, head < s.n ? "\u2026" : "");
}

static size_t characters_of(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += (s.p[i] & 0xc0) != 0x80;
    return n;
}

/* What keys and texts share. */
static void text_check(struct canon_walk *w, const struct canon_field *f, struct str s)
{
    if (s.n == 0) {
        if (f->needed)
            canon_fault(w, "too_short", "cannot be empty");
        return;
    }
    if (memchr(s.p, '\0', s.n))
        canon_fault(w, "not_plain_text", "holds the character U+0000, which cannot be stored");
    if (s.n <= f->max)
        return;
    if (f->kind == CANON_KEY)
        canon_fault(w, "too_long", "has %zu octets and can have at most %u; it begins %s", s.n, f->max, shown(w, s));
    else if (characters_of(s) > f->max)
        canon_fault(w, "too_long", "has %zu characters and can have at most %u", characters_of(s), f->max);
}

static void sign_check(struct canon_walk *w, const struct canon_field *f, struct decimal d)
{
    int sign = f->sign == CANON_ANY_SIGN ? 0 : decimal_sign(d);

    if (f->sign == CANON_POSITIVE && sign <= 0)
        canon_fault(w, "out_of_range", "must be above zero");
    else if (f->sign == CANON_NOT_NEGATIVE && sign < 0)
        canon_fault(w, "out_of_range", "cannot be negative");
}

#define SURELY_FITS 900000000000000 /* minor units of no currency then pass 64 bits */

static void money_check(struct canon_walk *w, struct decimal d)
{
    struct currency currency = {"", (uint8_t)w->digits};
    struct money m;

    if (d.scale > w->digits && decimal_trim(d).scale > w->digits)
        canon_fault(w, "too_precise", "has more decimals than the %d of its currency", w->digits);
    else if ((d.digits > SURELY_FITS || d.digits < -SURELY_FITS) && !money_of(d, &currency, &m))
        canon_fault(w, "out_of_range", "is too large an amount");
}

static void decimal_check(struct canon_walk *w, const struct canon_field *f, struct str s)
{
    struct decimal d;

    if (!canon_decimal(s, &d)) {
        canon_fault(w, "not_a_decimal", "must be a decimal like \"12.50\", and this is %s", shown(w, s));
        return;
    }
    sign_check(w, f, d);
    if (f->kind == CANON_MONEY && w->digits >= 0)
        money_check(w, d);
}

/* A full-date, as the day that begins at midnight. */
static bool is_date(struct str s)
{
    static const char midnight[] = "T00:00:00Z";
    char text[10 + sizeof(midnight)];
    int64_t us;

    if (s.n != 10)
        return false;
    memcpy(text, s.p, 10);
    memcpy(text + 10, midnight, sizeof(midnight));
    return time_parse((struct str){text, 10 + sizeof(midnight) - 1}, &us);
}

static void choice_check(struct canon_walk *w, const struct canon_field *f, struct str s)
{
    struct buf b;

    for (const char *const *name = f->names; *name; name++)
        if (str_is(s, *name))
            return;
    buf_init(&b, w->arena, 400);
    for (const char *const *name = f->names; *name; name++) {
        buf_s(&b, name == f->names ? "" : ", ");
        buf_s(&b, *name);
    }
    canon_fault(w, "not_in_list", "must be one of %s, and this is %s", buf_cstr(&b), shown(w, s));
}

static void count_check(struct canon_walk *w, const struct canon_field *f, const struct doc *v)
{
    int64_t n;

    if (!doc_int(v, &n))
        canon_wrong_type(w, "an integer", v);
    else if (n < f->min || n > f->max)
        canon_fault(w, "out_of_range", "must be from %u to %u", f->min, f->max);
}

static void word_check(struct canon_walk *w, const struct canon_field *f, struct str s)
{
    struct currency currency;
    int64_t us;

    if (f->kind == CANON_SCHEMA && !str_is(s, w->object->schema))
        canon_fault(w, "not_in_list", "must be \"%s\"", w->object->schema);
    else if (f->kind == CANON_TIME && !time_parse(s, &us))
        canon_fault(w, "not_a_time", "must be a time with its zone, like 2026-11-23T10:00:00Z, and this is %s",
                    shown(w, s));
    else if (f->kind == CANON_DATE && !is_date(s))
        canon_fault(w, "not_a_date", "must be a day like 2026-11-23, and this is %s", shown(w, s));
    else if (f->kind == CANON_COUNTRY && !canon_country_known(s))
        canon_fault(w, "not_a_country", "must be two letters of ISO 3166-1, like US, and this is %s", shown(w, s));
    else if (f->kind == CANON_CURRENCY && !currency_find(s, &currency))
        canon_fault(w, "not_a_currency", "must be a currency of ISO 4217, like USD, and this is %s", shown(w, s));
}

/* What a text says; other kinds of values hold none. */
static struct str text_of(const struct doc *v)
{
    return (struct str){v->text, v->n};
}

static void text_scalar(struct canon_walk *w, const struct canon_field *f, const struct doc *v)
{
    if (v->kind != DOC_TEXT)
        canon_wrong_type(w, "a text", v);
    else if (f->kind == CANON_KEY || f->kind == CANON_TEXT)
        text_check(w, f, text_of(v));
    else if (f->kind == CANON_CHOICE)
        choice_check(w, f, text_of(v));
    else
        word_check(w, f, text_of(v));
}

void canon_scalar(struct canon_walk *w, const struct canon_field *f, const struct doc *v)
{
    switch ((enum canon_kind)f->kind) {
    case CANON_TRUTH:
        if (v->kind != DOC_TRUE && v->kind != DOC_FALSE)
            canon_wrong_type(w, "true or false", v);
        break;
    case CANON_COUNT:
        count_check(w, f, v);
        break;
    case CANON_QUANTITY:
    case CANON_RATE:
    case CANON_PRICE:
    case CANON_MONEY:
        if (v->kind == DOC_TEXT)
            decimal_check(w, f, text_of(v));
        else
            canon_wrong_type(w, "a decimal in a text, like \"12.50\"", v);
        break;
    default:
        text_scalar(w, f, v);
    }
}
