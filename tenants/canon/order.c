#include "canon/canon.h"

#include <string.h>

static bool taxes_sum(const struct canon_taxes *taxes, struct decimal *sum)
{
    for (size_t i = 0; i < taxes->n; i++)
        if (!decimal_add(*sum, taxes->v[i].amount, sum))
            return false;
    return true;
}

static bool line_sum(const struct canon_order *order, const struct canon_line *line, struct decimal *sum)
{
    struct decimal price;

    return decimal_mul(line->unit_price, line->quantity, &price) && decimal_add(*sum, price, sum) &&
           decimal_sub(*sum, line->discount, sum) && (order->taxes_included || taxes_sum(&line->taxes, sum));
}

static bool shipping_sum(const struct canon_order *order, const struct canon_shipping *s, struct decimal *sum)
{
    return decimal_add(*sum, s->price, sum) && decimal_sub(*sum, s->discount, sum) &&
           (order->taxes_included || taxes_sum(&s->taxes, sum));
}

static bool fee_sum(const struct canon_order *order, const struct canon_fee *f, struct decimal *sum)
{
    return decimal_add(*sum, f->amount, sum) && (order->taxes_included || taxes_sum(&f->taxes, sum));
}

/* What belongs to no line. */
static bool whole_sum(const struct canon_order *order, struct decimal *sum)
{
    for (size_t i = 0; i < order->discount_count; i++)
        if (!decimal_sub(*sum, order->discounts[i].amount, sum))
            return false;
    for (size_t i = 0; i < order->fee_count; i++)
        if (!fee_sum(order, &order->fees[i], sum))
            return false;
    return (order->taxes_included || taxes_sum(&order->taxes, sum)) && decimal_add(*sum, order->tip, sum) &&
           decimal_add(*sum, order->duties, sum) && decimal_add(*sum, order->rounding, sum);
}

bool canon_order_sum(const struct canon_order *order, struct decimal *out)
{
    struct decimal sum = decimal_of(0);

    for (size_t i = 0; i < order->line_count; i++)
        if (!line_sum(order, &order->lines[i], &sum))
            return false;
    for (size_t i = 0; i < order->shipping_count; i++)
        if (!shipping_sum(order, &order->shipping[i], &sum))
            return false;
    if (!whole_sum(order, &sum))
        return false;
    *out = sum;
    return true;
}

#define SKU_SHOWN 40 /* characters of one that is too long */

size_t canon_text_head(const char *text, size_t characters)
{
    size_t n = 0, seen = 0;

    while (text[n] && ((text[n] & 0xc0) == 0x80 || ++seen <= characters))
        n++;
    return n;
}

static enum err names_check(struct scope *sc, const struct canon_order *order)
{
    if (order->number && order->number[canon_text_head(order->number, CANON_NUMBER_MAX)])
        return FAIL(sc, ERR_HOLD, "the order's number is longer than %d characters", CANON_NUMBER_MAX);
    for (size_t i = 0; i < order->line_count; i++) {
        const char *sku = order->lines[i].sku;

        if (sku && strlen(sku) > CANON_SKU_MAX)
            return FAIL(sc, ERR_HOLD,
                        "line %zu has a SKU of %zu octets, and at most %d can be kept; it begins \"%.*s\"", i + 1,
                        strlen(sku), CANON_SKU_MAX, (int)canon_text_head(sku, SKU_SHOWN), sku);
    }
    return OK;
}

static enum err lines_check(struct scope *sc, const struct canon_order *order)
{
    char text[DECIMAL_TEXT_MAX];

    if (order->line_count == 0)
        return FAIL(sc, ERR_HOLD, "the order has no lines");
    for (size_t i = 0; i < order->line_count; i++) {
        const struct canon_line *line = &order->lines[i];
        const char *what = line->sku ? line->sku : line->title ? line->title : "no SKU";

        decimal_format(line->quantity, text);
        if (decimal_sign(line->quantity) <= 0)
            return FAIL(sc, ERR_HOLD, "line %zu (%s) has quantity %s; a quantity must be above zero", i + 1, what,
                        text);
        if (decimal_sign(line->unit_price) < 0)
            return FAIL(sc, ERR_HOLD, "line %zu (%s) has a negative price", i + 1, what);
    }
    return OK;
}

/* Up to one smallest unit for each line is the source's own rounding; more does not add up. */
static enum err total_check(struct scope *sc, const struct canon_order *order, const struct currency *currency)
{
    struct decimal unit = {1, currency->digits};
    struct decimal sum, gap, room;
    char said[DECIMAL_TEXT_MAX], made[DECIMAL_TEXT_MAX];

    if (!canon_order_sum(order, &sum) || !decimal_sub(sum, order->total, &gap) ||
        !decimal_mul(unit, decimal_of((int64_t)(order->line_count + order->shipping_count + 1)), &room))
        return FAIL(sc, ERR_HOLD, "the order's amounts are too large");
    if (decimal_sign(gap) < 0)
        gap.digits = -gap.digits;
    if (decimal_compare(gap, room) <= 0)
        return OK;
    decimal_format(order->total, said);
    decimal_format(sum, made);
    return FAIL(sc, ERR_HOLD, "the lines add up to %s %s but the order says %s %s", made, order->currency, said,
                order->currency);
}

enum err canon_order_check(struct scope *sc, const struct canon_order *order)
{
    struct currency currency;
    struct money total;
    char text[DECIMAL_TEXT_MAX];

    TRY(sc, lines_check(sc, order));
    TRY(sc, names_check(sc, order));
    if (!currency_find(str_of(order->currency), &currency))
        return FAIL(sc, ERR_HOLD, "the currency \"%s\" is not one we know", order->currency);
    if (!money_of(order->total, &currency, &total)) {
        decimal_format(order->total, text);
        return FAIL(sc, ERR_HOLD, "the total %s has more decimals than %s has", text, currency.code);
    }
    if (total.minor < 0)
        return FAIL(sc, ERR_HOLD, "the order's total is negative");
    return total_check(sc, order, &currency);
}
