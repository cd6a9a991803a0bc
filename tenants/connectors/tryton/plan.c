#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/tryton/tryton_int.h"

#define FIXED_LINES 9 /* tip, duties, taxes by title, the source's rounding and ours */

const char *tryton_service(struct scope *sc, const struct erp_site *site, const char *what, const char *fallback)
{
    const char *said = doc_cstr(sc->arena, doc_get(doc_get(site->settings, "service_skus"), what));

    return said && *said ? said : fallback;
}

int64_t tryton_setting(const struct erp_site *site, const char *key, int64_t fallback)
{
    int64_t v;

    return doc_int(doc_get(site->settings, key), &v) ? v : fallback;
}

/* Rates are compared as numbers: "0.0825" and 0.08250 are one. */
static bool tax_id(const struct erp_site *site, struct decimal rate, int64_t *out)
{
    const struct doc *codes = doc_get(site->settings, "tax_codes");
    struct decimal known;

    for (size_t i = 0; i < doc_count(codes); i++)
        if (decimal_parse(doc_key(codes, i), &known) && decimal_compare(known, rate) == 0)
            return doc_int(doc_at(codes, i), out);
    return false;
}

static bool is_nothing(const struct canon_tax *tax)
{
    return decimal_sign(tax->rate) == 0 && decimal_sign(tax->amount) == 0;
}

bool tryton_tax_ids(const struct erp_site *site, const struct canon_taxes *taxes, int64_t ids[CANON_TAXES_MAX],
                    size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < taxes->n; i++) {
        if (!tax_id(site, taxes->v[i].rate, &ids[*n])) {
            if (is_nothing(&taxes->v[i]))
                continue;
            return false;
        }
        for (size_t k = 0; k < *n; k++)
            if (ids[k] == ids[*n]) /* the ERP takes a tax once for each line */
                return false;
        (*n)++;
    }
    return true;
}

static enum err overflow(struct scope *sc)
{
    return FAIL(sc, ERR_HOLD, "the order's amounts are too large");
}

/* What a source does not round the ERP would refuse; the rounding line has what is cut off here. */
static void add(struct tryton_sale *s, const char *sku, const char *title, struct decimal quantity,
                struct decimal price, const struct canon_taxes *taxes)
{
    MUST_BE(s->n < s->cap);
    if (price.scale > TRYTON_PRICE_DIGITS)
        MUST_BE(decimal_round(price, TRYTON_PRICE_DIGITS, ROUND_HALF_EVEN, &price));
    s->lines[s->n++] = (struct tryton_line){sku, title, quantity, price, taxes};
}

static bool taxes_sum(const struct canon_taxes *taxes, struct decimal *out)
{
    *out = decimal_of(0);
    for (size_t i = 0; i < taxes->n; i++)
        if (!decimal_add(*out, taxes->v[i].amount, out))
            return false;
    return true;
}

/* Price of one piece before tax: as listed, or without its share of the taxes that were included. */
static bool net_price(const struct canon_order *o, struct decimal price, struct decimal quantity,
                      const struct canon_taxes *taxes, struct decimal *out)
{
    struct decimal whole, tax;

    if (!o->taxes_included)
        return decimal_round(price, TRYTON_PRICE_DIGITS, ROUND_HALF_EVEN, out);
    return taxes_sum(taxes, &tax) && decimal_mul(price, quantity, &whole) && decimal_sub(whole, tax, &whole) &&
           decimal_div(whole, quantity, TRYTON_PRICE_DIGITS, ROUND_HALF_EVEN, out);
}

static struct decimal negated(struct decimal d)
{
    d.digits = -d.digits;
    return d;
}

static bool is_within(struct decimal gap, struct decimal room)
{
    return decimal_compare(gap, room) <= 0 && decimal_compare(negated(gap), room) <= 0;
}

/* Exempt customers, capped and compound taxes bring a rate that does not give the amount. */
static bool rate_gives(const struct canon_order *o, const struct canon_tax *tax, struct decimal base)
{
    struct currency currency;
    struct decimal due, gap;

    return currency_find(str_of(o->currency), &currency) && decimal_mul(base, tax->rate, &due) &&
           decimal_sub(due, tax->amount, &gap) && is_within(gap, (struct decimal){1, currency.digits});
}

/* The ERP's own codes where every tax has one that gives its amount; NULL where the amounts are booked as lines
 * instead. The base is what was paid: discounted, and with the taxes that were included. */
static const struct canon_taxes *coded(const struct erp_site *site, const struct canon_order *o, struct decimal base,
                                       const struct canon_taxes *taxes)
{
    int64_t ids[CANON_TAXES_MAX];
    struct decimal tax;
    size_t n;

    if (!tryton_tax_ids(site, taxes, ids, &n) || n == 0 || !taxes_sum(taxes, &tax) ||
        (o->taxes_included && !decimal_sub(base, tax, &base)))
        return NULL;
    for (size_t i = 0; i < taxes->n; i++)
        if (!rate_gives(o, &taxes->v[i], base))
            return NULL;
    return taxes;
}

static const struct canon_taxes *line_coded(const struct erp_site *site, const struct canon_order *o,
                                            const struct canon_line *l)
{
    struct decimal base;

    if (!decimal_mul(l->unit_price, l->quantity, &base) || !decimal_sub(base, l->discount, &base))
        return NULL;
    return coded(site, o, base, &l->taxes);
}

static const struct canon_taxes *shipping_coded(const struct erp_site *site, const struct canon_order *o,
                                                const struct canon_shipping *f)
{
    struct decimal base;

    return decimal_sub(f->price, f->discount, &base) ? coded(site, o, base, &f->taxes) : NULL;
}

static const struct canon_taxes *fee_coded(const struct erp_site *site, const struct canon_order *o,
                                           const struct canon_fee *f)
{
    return coded(site, o, f->amount, &f->taxes);
}

static enum err goods(struct scope *sc, const struct erp_site *site, const struct canon_order *o, struct tryton_sale *s)
{
    const char *discount = tryton_service(sc, site, "discount", "DISCOUNT");
    struct decimal price;

    for (size_t i = 0; i < o->line_count; i++) {
        const struct canon_line *l = &o->lines[i];
        const struct canon_taxes *taxes = line_coded(site, o, l);

        if (!l->sku || !*l->sku)
            return FAIL(sc, ERR_HOLD, "line %zu (%s) has no SKU, so that nobody can tell which product it is", i + 1,
                        l->title ? l->title : "without a title");
        if (!net_price(o, l->unit_price, l->quantity, &l->taxes, &price))
            return overflow(sc);
        add(s, l->sku, l->title, l->quantity, price, taxes);
        if (decimal_sign(l->discount))
            add(s, discount, "Discount", decimal_of(1), negated(l->discount), taxes);
    }
    return OK;
}

static enum err services(struct scope *sc, const struct erp_site *site, const struct canon_order *o,
                         struct tryton_sale *s)
{
    const char *freight = tryton_service(sc, site, "shipping", "SHIPPING");
    struct decimal price;

    for (size_t i = 0; i < o->shipping_count; i++) {
        const struct canon_shipping *f = &o->shipping[i];

        if (!decimal_sub(f->price, f->discount, &price) || !net_price(o, price, decimal_of(1), &f->taxes, &price))
            return overflow(sc);
        add(s, freight, f->title ? f->title : "Shipping", decimal_of(1), price, shipping_coded(site, o, f));
    }
    if (decimal_sign(o->tip))
        add(s, tryton_service(sc, site, "tip", "TIP"), "Tip", decimal_of(1), o->tip, NULL);
    if (decimal_sign(o->duties))
        add(s, tryton_service(sc, site, "duties", "DUTIES"), "Duties", decimal_of(1), o->duties, NULL);
    return OK;
}

/* Less than the currency has is no amount of a sale's: it goes into what our own rounding line comes to. */
static enum err source_rounding(struct scope *sc, const struct erp_site *site, const struct canon_order *o,
                                struct tryton_sale *s)
{
    struct currency currency;
    struct decimal whole;

    if (!currency_find(str_of(o->currency), &currency) ||
        !decimal_round(o->rounding, currency.digits, ROUND_HALF_EVEN, &whole))
        return overflow(sc);
    if (decimal_sign(whole))
        add(s, tryton_service(sc, site, "rounding", "ROUNDING"), "Rounding", decimal_of(1), whole, NULL);
    return OK;
}

/* What belongs to no line: discounts, fees and the source's rounding. */
static enum err rest(struct scope *sc, const struct erp_site *site, const struct canon_order *o, struct tryton_sale *s)
{
    const char *discount = tryton_service(sc, site, "discount", "DISCOUNT");
    const char *fee = tryton_service(sc, site, "fee", "FEE");
    struct decimal price;

    for (size_t i = 0; i < o->discount_count; i++)
        add(s, discount, o->discounts[i].title ? o->discounts[i].title : "Discount", decimal_of(1),
            negated(o->discounts[i].amount), NULL);
    for (size_t i = 0; i < o->fee_count; i++) {
        const struct canon_fee *f = &o->fees[i];

        if (!net_price(o, f->amount, decimal_of(1), &f->taxes, &price))
            return overflow(sc);
        add(s, fee, f->title ? f->title : "Fee", decimal_of(1), price, fee_coded(site, o, f));
    }
    return source_rounding(sc, site, o, s);
}

struct uncoded {
    struct decimal sum;
    const char *title;
};

/* The first tax without a code, or the first one. */
static const char *tax_title(const struct erp_site *site, const struct canon_taxes *taxes)
{
    const char *title = taxes->v[0].title;
    int64_t id;

    for (size_t i = taxes->n; i-- > 0;)
        if (!is_nothing(&taxes->v[i]) && !tax_id(site, taxes->v[i].rate, &id))
            title = taxes->v[i].title;
    return title ? title : "Tax";
}

static enum err gather(struct scope *sc, const struct erp_site *site, const struct canon_taxes *taxes,
                       struct uncoded *u)
{
    struct decimal tax;

    if (!taxes_sum(taxes, &tax) || !decimal_add(u->sum, tax, &u->sum))
        return overflow(sc);
    if (decimal_sign(tax) == 0)
        return OK;
    u->title = tax_title(site, taxes);
    if (str_is(doc_text(doc_get(site->settings, "tax_on_miss")), "hold"))
        return FAIL(sc, ERR_HOLD, "the tax \"%s\" has no tax code that gives its amount", u->title);
    return OK;
}

/* Taxes without a code of the ERP are booked to the cent as one line, so that nothing is lost or guessed. */
static enum err uncoded_taxes(struct scope *sc, const struct erp_site *site, const struct canon_order *o,
                              struct tryton_sale *s)
{
    struct uncoded u = {decimal_of(0), NULL};

    for (size_t i = 0; i < o->line_count; i++)
        if (!line_coded(site, o, &o->lines[i]))
            TRY(sc, gather(sc, site, &o->lines[i].taxes, &u));
    for (size_t i = 0; i < o->shipping_count; i++)
        if (!shipping_coded(site, o, &o->shipping[i]))
            TRY(sc, gather(sc, site, &o->shipping[i].taxes, &u));
    for (size_t i = 0; i < o->fee_count; i++)
        if (!fee_coded(site, o, &o->fees[i]))
            TRY(sc, gather(sc, site, &o->fees[i].taxes, &u));
    if (!o->taxes_included)
        TRY(sc, gather(sc, site, &o->taxes, &u));
    if (decimal_sign(u.sum))
        add(s, tryton_service(sc, site, "tax", "TAX"), u.title, decimal_of(1), u.sum, NULL);
    return OK;
}

/* Tax of one rate over the document: Σ quantity × price × rate, rounded once (account.configuration tax_rounding
 * "document", ROUND_HALF_EVEN), but what is given and what is taken off make a sum each: the ERP keeps tax lines with a
 * negative base apart, since they may go to an account of their own. */
#define PREDICTED_MAX ((size_t)CANON_TAXES_MAX * 2)

struct predicted {
    struct decimal rate, amount;
    bool negative;
};

static bool predict_tax(struct predicted *v, size_t *n, struct decimal rate, struct decimal whole)
{
    bool negative = decimal_sign(whole) < 0;
    struct decimal tax;
    size_t i = 0;

    while (i < *n && (v[i].negative != negative || decimal_compare(v[i].rate, rate) != 0))
        i++;
    if (i == *n)
        v[(*n)++] = (struct predicted){rate, decimal_of(0), negative};
    return decimal_mul(whole, rate, &tax) && decimal_add(v[i].amount, tax, &v[i].amount);
}

static bool predict_line(const struct tryton_line *l, uint8_t digits, struct decimal *total, struct predicted *v,
                         size_t *n)
{
    struct decimal whole, rounded;

    if (!decimal_mul(l->quantity, l->unit_price, &whole) || !decimal_round(whole, digits, ROUND_HALF_EVEN, &rounded) ||
        !decimal_add(*total, rounded, total))
        return false;
    for (size_t i = 0; l->taxes && i < l->taxes->n; i++)
        if (*n == PREDICTED_MAX || !predict_tax(v, n, l->taxes->v[i].rate, whole))
            return false;
    return true;
}

static bool predict(const struct tryton_sale *s, uint8_t digits, struct decimal *out)
{
    struct predicted taxes[PREDICTED_MAX];
    struct decimal rounded;
    size_t n = 0;

    *out = decimal_of(0);
    for (size_t i = 0; i < s->n; i++)
        if (!predict_line(&s->lines[i], digits, out, taxes, &n))
            return false;
    for (size_t i = 0; i < n; i++)
        if (!decimal_round(taxes[i].amount, digits, ROUND_HALF_EVEN, &rounded) || !decimal_add(*out, rounded, out))
            return false;
    return true;
}

/* What rounding may come to: of each line and its tax, and of prices cut to the ERP's digits when tax is taken out of
 * them. */
static bool rounding_room(const struct canon_order *o, const struct tryton_sale *s, uint8_t digits, struct decimal *out)
{
    struct decimal cut;

    if (!decimal_mul((struct decimal){1, digits}, decimal_of((int64_t)s->n * 2 + 2), out))
        return false;
    for (size_t i = 0; o->taxes_included && i < s->n; i++)
        if (!decimal_mul((struct decimal){1, TRYTON_PRICE_DIGITS}, s->lines[i].quantity, &cut) ||
            !decimal_add(*out, cut, out))
            return false;
    return true;
}

static enum err round_off(struct scope *sc, const struct erp_site *site, const struct canon_order *o,
                          struct tryton_sale *s)
{
    struct decimal made, gap, room;
    struct currency currency;
    char text[DECIMAL_TEXT_MAX];

    if (!currency_find(str_of(o->currency), &currency) || !predict(s, currency.digits, &made) ||
        !decimal_sub(o->total, made, &gap) || !rounding_room(o, s, currency.digits, &room))
        return overflow(sc);
    if (decimal_sign(gap) == 0)
        return OK;
    if (!is_within(gap, room)) {
        decimal_format(gap, text);
        return FAIL(sc, ERR_HOLD, "the sale would differ from the order by %s %s", text, o->currency);
    }
    add(s, tryton_service(sc, site, "rounding", "ROUNDING"), "Rounding", decimal_of(1), gap, NULL);
    return OK;
}

enum err tryton_plan(struct scope *sc, const struct erp_site *site, const struct canon_order *order,
                     struct tryton_sale *out)
{
    size_t cap = order->line_count * 2 + order->shipping_count + order->discount_count + order->fee_count + FIXED_LINES;

    *out = (struct tryton_sale){ARENA_ARRAY(sc->arena, struct tryton_line, cap), 0, cap};
    TRY(sc, goods(sc, site, order, out));
    TRY(sc, services(sc, site, order, out));
    TRY(sc, rest(sc, site, order, out));
    TRY(sc, uncoded_taxes(sc, site, order, out));
    return round_off(sc, site, order, out);
}

enum err tryton_skus(struct scope *sc, const struct erp_site *site, const struct canon_order *order,
                     struct erp_product **out, size_t *out_n)
{
    struct tryton_sale sale;
    struct erp_product *v;
    size_t n = 0;

    TRY(sc, tryton_plan(sc, site, order, &sale));
    v = ARENA_ARRAY(sc->arena, struct erp_product, sale.n);
    for (size_t i = 0; i < sale.n; i++) {
        size_t k = 0;

        while (k < n && strcmp(v[k].sku, sale.lines[i].sku) != 0)
            k++;
        if (k == n)
            v[n++].sku = sale.lines[i].sku;
    }
    *out = v;
    *out_n = n;
    return OK;
}
