#include <stdio.h>

#include "base/timefmt.h"
#include "mapping/mapping_int.h"

/* What mappings may call beside the language's own: amounts and quantities as exact decimals in texts, moments of any
 * form a source has, units, and cross references. */

static const char *said(struct expr_call *call, const struct doc *v)
{
    const struct mapping_numbers_user *u = expr_call_user(call);
    struct buf b;

    buf_init(&b, u->arena, 200);
    if (!expr_is_absent(*v))
        doc_write(&b, v);
    return b.n && !b.full ? buf_cstr(&b) : "what was given";
}

/* Sources say so in three ways that they have nothing to say. */
static bool is_nothing(const struct doc *v)
{
    return expr_is_absent(*v) || doc_kind(v) == DOC_NULL || (doc_kind(v) == DOC_TEXT && doc_text(v).n == 0);
}

/* A decimal as text or number. False: there is none. */
static bool decimal_of_doc(struct expr_call *call, const struct doc *v, struct decimal *out)
{
    if (is_nothing(v))
        return false;
    if (!doc_decimal(v, out))
        expr_call_fail(call, "M0001", "%s is not an exact decimal", said(call, v));
    return true;
}

static struct doc decimal_doc(struct expr_call *call, struct decimal d)
{
    char *text = expr_call_alloc(call, DECIMAL_TEXT_MAX);

    decimal_format(d, text);
    return doc_make_text(str_of(text));
}

static struct currency currency_of(struct expr_call *call, const struct doc *v)
{
    struct currency c;

    if (!currency_find(doc_text(v), &c))
        expr_call_fail(call, "M0002", "%s is not a currency of ISO 4217", said(call, v));
    return c;
}

/* An amount and its currency. False: one of them is nothing. */
static bool amount_of(struct expr_call *call, const struct doc *args, struct decimal *out, struct currency *currency)
{
    if (!decimal_of_doc(call, &args[0], out) || is_nothing(&args[1]))
        return false;
    *currency = currency_of(call, &args[1]);
    return true;
}

static struct doc fn_money(struct expr_call *call, const struct doc *args, size_t n)
{
    struct decimal d;
    struct currency c;
    struct money m;

    (void)n;
    if (!amount_of(call, args, &d, &c))
        return expr_absent();
    if (!money_of(d, &c, &m))
        expr_call_fail(call, "M0003", "%s has more decimals than %s has", said(call, &args[0]), c.code);
    return decimal_doc(call, money_decimal(m));
}

static struct doc fn_round_money(struct expr_call *call, const struct doc *args, size_t n)
{
    struct decimal d;
    struct currency c;
    struct money m;

    (void)n;
    if (!amount_of(call, args, &d, &c))
        return expr_absent();
    if (!money_round(d, &c, ROUND_HALF_EVEN, &m))
        expr_call_fail(call, "M0004", "%s is too large an amount", said(call, &args[0]));
    return decimal_doc(call, money_decimal(m));
}

_Noreturn static void too_large(struct expr_call *call)
{
    expr_call_fail(call, "M0004", "the result has more digits than an exact decimal can have");
}

/* $minor(amount, currency): of an integer of the currency's smallest unit: 1999 of USD is "19.99", of JPY "1999". */
static struct doc fn_minor(struct expr_call *call, const struct doc *args, size_t n)
{
    struct decimal d;
    struct currency c;

    (void)n;
    if (!amount_of(call, args, &d, &c))
        return expr_absent();
    d = decimal_trim(d);
    if (d.scale)
        expr_call_fail(call, "M0011", "%s is not a whole number of the smallest unit of %s", said(call, &args[0]),
                       c.code);
    return decimal_doc(call, (struct decimal){d.digits, c.digits});
}

/* The sum of decimals; of nothing 0. */
static struct doc fn_total(struct expr_call *call, const struct doc *args, size_t n)
{
    struct decimal sum = decimal_of(0), one;

    (void)n;
    for (size_t i = 0; i < doc_count(&args[0]); i++)
        if (decimal_of_doc(call, doc_at(&args[0], i), &one) && !decimal_add(sum, one, &sum))
            too_large(call);
    return decimal_doc(call, sum);
}

typedef bool two_decimals(struct decimal a, struct decimal b, struct decimal *out);

static struct doc of_two(struct expr_call *call, const struct doc *args, two_decimals *fn)
{
    struct decimal a, b, out;

    if (!decimal_of_doc(call, &args[0], &a) || !decimal_of_doc(call, &args[1], &b))
        return expr_absent();
    if (!fn(a, b, &out))
        too_large(call);
    return decimal_doc(call, out);
}

static struct doc fn_plus(struct expr_call *call, const struct doc *args, size_t n)
{
    (void)n;
    return of_two(call, args, decimal_add);
}

static struct doc fn_minus(struct expr_call *call, const struct doc *args, size_t n)
{
    (void)n;
    return of_two(call, args, decimal_sub);
}

static struct doc fn_times(struct expr_call *call, const struct doc *args, size_t n)
{
    (void)n;
    return of_two(call, args, decimal_mul);
}

/* -1, 0 or 1: whether an amount is below, at or above zero, whatever it is written as. */
static struct doc fn_sign(struct expr_call *call, const struct doc *args, size_t n)
{
    struct decimal d;

    (void)n;
    if (!decimal_of_doc(call, &args[0], &d))
        return expr_absent();
    return doc_make_int(decimal_sign(d));
}

/* a / b with so many decimals, half to even; zeros at the end are dropped. */
static struct doc fn_over(struct expr_call *call, const struct doc *args, size_t n)
{
    struct decimal a, b, out;
    int64_t decimals = 0;

    (void)n;
    if (!decimal_of_doc(call, &args[0], &a) || !decimal_of_doc(call, &args[1], &b))
        return expr_absent();
    if (!doc_int(&args[2], &decimals) || decimals < 0 || decimals > DECIMAL_SCALE_MAX)
        expr_call_fail(call, "M0005", "decimals are from 0 to %d", DECIMAL_SCALE_MAX);
    if (decimal_sign(b) == 0)
        expr_call_fail(call, "M0006", "nothing can be divided by 0");
    if (!decimal_div(a, b, (uint8_t)decimals, ROUND_HALF_EVEN, &out))
        too_large(call);
    return decimal_doc(call, decimal_trim(out));
}

/* ---- moments ---- */

static int month_named(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++)
        if (strncmp(names + 3 * (size_t)i, name, 3) == 0)
            return i + 1;
    return 0;
}

/* "Wed, 14 Nov 2018 19:26:23 +0000" (RFC 5322), or GMT (RFC 9110), as RFC 3339. */
static bool from_mail_form(const char *text, char out[40])
{
    int day, year, hour, minute, second, month;
    char name[4], sign, zone[5] = "0000";
    const char *comma = strchr(text, ',');

    int read = sscanf(comma ? comma + 1 : text, " %2d %3s %4d %2d:%2d:%2d %c%4[0-9]", &day, name, &year, &hour, &minute,
                      &second, &sign, zone); /* NOLINT(cert-err34-c) */

    if (read == 7 && str_is(str_of(text + strlen(text) - 3), "GMT"))
        sign = '+';
    else if (read != 8)
        return false;
    month = month_named(name);
    if (!month || strlen(zone) != 4 || (sign != '+' && sign != '-'))
        return false;
    snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d%c%.2s:%.2s", year, month, day, hour, minute, second, sign, zone,
             zone + 2);
    return true;
}

/* "2026-11-23 10:00:00" or "2026-11-23T10:00:00.123" without a zone, or "…+0000": made whole. */
static bool from_near_form(const char *text, const char *zone, char out[64])
{
    size_t n = strlen(text);

    if (n < 10 || n > 40 || text[4] != '-' || text[7] != '-')
        return false;
    if (n == 10) {
        snprintf(out, 64, "%sT00:00:00%s", text, zone);
        return true;
    }
    snprintf(out, 64, "%.10sT%s", text, text + 11);
    if (n > 5 && (text[n - 5] == '+' || text[n - 5] == '-') && n > 16)
        snprintf(out, 64, "%.10sT%.*s:%s", text, (int)(n - 13), text + 11, text + n - 2);
    else if (text[n - 1] != 'Z' && !strchr(text + 11, '+') && !strchr(text + 11, '-'))
        snprintf(out, 64, "%.10sT%s%s", text, text + 11, zone);
    return true;
}

static bool moment_of(const char *text, const char *zone, int64_t *us)
{
    char whole[64];

    if (time_parse(str_of(text), us))
        return true;
    if (from_mail_form(text, whole) && time_parse(str_of(whole), us))
        return true;
    return from_near_form(text, zone, whole) && time_parse(str_of(whole), us);
}

/* Any form a source tells a moment in, as RFC 3339 in UTC. A number is milliseconds since 1970. The second argument is
 * the zone of those that name none ("+01:00"; UTC when left out). */
static struct doc fn_date(struct expr_call *call, const struct doc *args, size_t n)
{
    const struct mapping_numbers_user *u = expr_call_user(call);
    const char *zone = n > 1 && doc_kind(&args[1]) == DOC_TEXT ? doc_cstr(u->arena, &args[1]) : "Z";
    char *out = expr_call_alloc(call, TIME_TEXT_MAX);
    int64_t us, ms;

    if (is_nothing(&args[0]))
        return expr_absent();
    if (doc_int(&args[0], &ms) && ms > -62135596800000 && ms < 253402300800000)
        us = ms * 1000;
    else if (doc_kind(&args[0]) != DOC_TEXT || args[0].n > 60 || !moment_of(doc_cstr(u->arena, &args[0]), zone, &us))
        expr_call_fail(call, "M0007", "%s is not a moment", said(call, &args[0]));
    time_format(us, out);
    return doc_make_text(str_of(out));
}

/* ---- units ---- */

/* Exact factors to the first unit of each kind: grams, millimetres, millilitres (international yard and pound). */
static const struct {
    const char *name;
    int64_t digits;
    uint8_t scale;
    char kind;
} units[] = {
    {"g", 1, 0, 'm'},         {"kg", 1000, 0, 'm'},        {"mg", 1, 3, 'm'},
    {"lb", 45359237, 5, 'm'}, {"oz", 28349523125, 9, 'm'}, {"t", 1000000, 0, 'm'},
    {"mm", 1, 0, 'l'},        {"cm", 10, 0, 'l'},          {"m", 1000, 0, 'l'},
    {"in", 254, 1, 'l'},      {"ft", 3048, 1, 'l'},        {"yd", 9144, 1, 'l'},
    {"ml", 1, 0, 'v'},        {"l", 1000, 0, 'v'},         {"cl", 10, 0, 'v'},
    {"dl", 100, 0, 'v'},
};

static size_t unit_of(struct expr_call *call, const struct doc *v)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (str_is(doc_text(v), units[i].name))
            return i;
    expr_call_fail(call, "M0008", "%s is not a unit that is known (g kg mg lb oz t mm cm m in ft yd ml cl dl l)",
                   said(call, v));
}

/* $unit(value, from, to): with at most six decimals, half to even. */
static struct doc fn_unit(struct expr_call *call, const struct doc *args, size_t n)
{
    struct decimal v, out;
    size_t from, to;

    (void)n;
    if (!decimal_of_doc(call, &args[0], &v))
        return expr_absent();
    from = unit_of(call, &args[1]);
    to = unit_of(call, &args[2]);
    if (units[from].kind != units[to].kind)
        expr_call_fail(call, "M0009", "%s cannot be told in %s", units[from].name, units[to].name);
    if (!decimal_mul(v, (struct decimal){units[from].digits, units[from].scale}, &v) ||
        !decimal_div(v, (struct decimal){units[to].digits, units[to].scale}, 6, ROUND_HALF_EVEN, &out))
        too_large(call);
    return decimal_doc(call, decimal_trim(out));
}

#define XREF_TOLD_MAX 64

/* Of what only an $eval names nothing is loaded: that there is no entry would not be true. */
static void table_check(struct expr_call *call, const struct mapping *m, struct str table)
{
    for (size_t i = 0; i < m->n_tables; i++)
        if (str_is(table, m->tables[i]))
            return;
    expr_call_fail(call, "M0012", "the cross reference \"%.*s\" is named by no call of $xref outside of $eval",
                   (int)(table.n < XREF_TOLD_MAX ? table.n : XREF_TOLD_MAX), table.p);
}

/* $xref(table, key [, default]): what the table has for the key. Without an entry it is the default, counted; without a
 * default the record is held. */
static struct doc fn_xref(struct expr_call *call, const struct doc *args, size_t n)
{
    struct mapping_run_state *s = expr_call_user(call);
    bool has_default = n > 2 && !expr_is_absent(args[2]);
    struct str key;
    struct doc v;

    table_check(call, s->m, doc_text(&args[0]));
    if (is_nothing(&args[1]))
        return expr_absent();
    if (!mapping_key(s->numbers.arena, &args[1], &key))
        expr_call_fail(call, "M0010", "a key of a cross reference is a text or an integer");
    if (mapping_look_up(s, doc_text(&args[0]), key, has_default ? MISS_DEFAULT : MISS_HOLD, &v))
        return v;
    return has_default ? args[2] : expr_absent();
}

static const struct expr_function functions[] = {
    {"money", "<(snl)(sl):s>", 2, fn_money},  {"round_money", "<(snl)(sl):s>", 2, fn_round_money},
    {"minor", "<(snl)(sl):s>", 2, fn_minor},  {"total", "<a:s>", 1, fn_total},
    {"plus", "<(snl)(snl):s>", 2, fn_plus},   {"minus", "<(snl)(snl):s>", 2, fn_minus},
    {"times", "<(snl)(snl):s>", 2, fn_times}, {"sign", "<(snl):n>", 1, fn_sign},
    {"over", "<(snl)(snl)n:s>", 3, fn_over},  {"date", "<(snl)s?:s>", 2, fn_date},
    {"unit", "<(snl)ss:s>", 3, fn_unit},      {"xref", "<s(snl)x?:x>", 3, fn_xref},
};

const struct expr_host mapping_host = {functions, ARRAY_LEN(functions)};
const struct expr_host mapping_numbers = {functions, ARRAY_LEN(functions) - 1}; /* all but $xref, the last */
