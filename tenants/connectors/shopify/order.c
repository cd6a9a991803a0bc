#include <inttypes.h>
#include <string.h>

#include "base/timefmt.h"
#include "connectors/shopify/shopify_int.h"

static const char *text(struct scope *sc, const struct doc *d, const char *key)
{
    const char *value = doc_cstr(sc->arena, doc_get(d, key));

    return value && *value ? value : NULL;
}

static enum err wrong(struct scope *sc, const char *what, const char *want)
{
    scope_item(sc, arena_f(sc->arena, "/%s", what), "wrong_type", "%s", want);
    return FAIL(sc, ERR_INVALID, "the order's %s is not %s", what, want);
}

/* A decimal as text or number; absent or null is zero. `at` is the path of d, empty or with a slash at its end. */
static enum err amount(struct scope *sc, const struct doc *d, const char *at, const char *key, struct decimal *out)
{
    const struct doc *v = doc_get(d, key);

    *out = decimal_of(0);
    if (doc_kind(v) == DOC_NULL || doc_decimal(v, out))
        return OK;
    return wrong(sc, arena_f(sc->arena, "%s%s", at, key), "a decimal amount");
}

static enum err moment(struct scope *sc, const struct doc *d, const char *key, int64_t *out)
{
    if (time_parse(doc_text(doc_get(d, key)), out))
        return OK;
    return wrong(sc, key, "a time of RFC 3339");
}

/* Ids are integers of up to 64 bits; their text is exact. */
static const char *id_text(struct scope *sc, const struct doc *v)
{
    int64_t id;

    return doc_int(v, &id) ? arena_f(sc->arena, "%" PRId64, id) : NULL;
}

static enum err taxes(struct scope *sc, const struct doc *d, const char *at, struct canon_taxes *out)
{
    const struct doc *list = doc_get(d, "tax_lines");
    size_t n = doc_count(list);

    out->v = ARENA_ARRAY(sc->arena, struct canon_tax, n);
    out->n = 0;
    if (n > CANON_TAXES_MAX)
        return FAIL(sc, ERR_INVALID, "a line has more than %d taxes", CANON_TAXES_MAX);
    for (size_t i = 0; i < n; i++) {
        const char *here = arena_f(sc->arena, "%stax_lines/%zu/", at, i);
        struct canon_tax *t = &out->v[out->n];

        t->title = text(sc, doc_at(list, i), "title");
        TRY(sc, amount(sc, doc_at(list, i), here, "rate", &t->rate));
        TRY(sc, amount(sc, doc_at(list, i), here, "price", &t->amount));
        out->n++;
    }
    return OK;
}

/* Discounts given on the line, those of the whole order that fall on it included. */
static enum err discount(struct scope *sc, const struct doc *line, const char *at, struct decimal *out)
{
    const struct doc *list = doc_get(line, "discount_allocations");
    struct decimal one;

    if (doc_count(list) == 0)
        return amount(sc, line, at, "total_discount", out);
    *out = decimal_of(0);
    for (size_t i = 0; i < doc_count(list); i++) {
        const char *here = arena_f(sc->arena, "%sdiscount_allocations/%zu/", at, i);

        TRY(sc, amount(sc, doc_at(list, i), here, "amount", &one));
        if (!decimal_add(*out, one, out))
            return wrong(sc, here, "of a sane size");
    }
    return OK;
}

/* A line without a SKU is named after its variant, or after its title. */
static const char *sku_of(struct scope *sc, const struct doc *line)
{
    const char *sku = text(sc, line, "sku");
    const char *variant = id_text(sc, doc_get(line, "variant_id"));
    const char *title = text(sc, line, "title");

    if (sku)
        return sku;
    if (variant)
        return arena_f(sc->arena, "variant:%s", variant);
    return arena_f(sc->arena, "line:%s", title ? title : "unnamed");
}

static enum err line_read(struct scope *sc, const struct doc *d, const char *at, struct canon_line *out)
{
    out->key = id_text(sc, doc_get(d, "id"));
    out->sku = sku_of(sc, d);
    out->title = text(sc, d, "title");
    if (!doc_decimal(doc_get(d, "quantity"), &out->quantity))
        return wrong(sc, arena_f(sc->arena, "%squantity", at), "a number");
    TRY(sc, amount(sc, d, at, "price", &out->unit_price));
    TRY(sc, discount(sc, d, at, &out->discount));
    return taxes(sc, d, at, &out->taxes);
}

static enum err lines_read(struct scope *sc, const struct doc *order, struct canon_order *out)
{
    const struct doc *list = doc_get(order, "line_items");
    size_t n = doc_count(list);

    if (doc_kind(list) != DOC_ARRAY)
        return wrong(sc, "line_items", "a list");
    if (n > CANON_LINES_MAX)
        return FAIL(sc, ERR_INVALID, "the order has more than %d lines", CANON_LINES_MAX);
    out->lines = ARENA_ARRAY(sc->arena, struct canon_line, n);
    for (size_t i = 0; i < n; i++)
        TRY(sc, line_read(sc, doc_at(list, i), arena_f(sc->arena, "line_items/%zu/", i), &out->lines[i]));
    out->line_count = n;
    return OK;
}

static enum err shipping_read(struct scope *sc, const struct doc *order, struct canon_order *out)
{
    const struct doc *list = doc_get(order, "shipping_lines");
    size_t n = doc_count(list);

    if (n > CANON_LINES_MAX)
        return FAIL(sc, ERR_INVALID, "the order has more than %d shipping lines", CANON_LINES_MAX);
    out->shipping = ARENA_ARRAY(sc->arena, struct canon_shipping, n);
    for (size_t i = 0; i < n; i++) {
        struct canon_shipping *s = &out->shipping[i];
        const struct doc *d = doc_at(list, i);
        const char *at = arena_f(sc->arena, "shipping_lines/%zu/", i);

        s->title = text(sc, d, "title");
        TRY(sc, amount(sc, d, at, "price", &s->price));
        TRY(sc, discount(sc, d, at, &s->discount));
        TRY(sc, taxes(sc, d, at, &s->taxes));
    }
    out->shipping_count = n;
    return OK;
}

static struct canon_address *address_read(struct scope *sc, const struct doc *d)
{
    struct canon_address *a;

    if (doc_kind(d) != DOC_OBJECT)
        return NULL;
    a = ARENA_NEW(sc->arena, struct canon_address);
    *a = (struct canon_address){.name = text(sc, d, "name"),
                                .company = text(sc, d, "company"),
                                .street = text(sc, d, "address1"),
                                .street2 = text(sc, d, "address2"),
                                .postal_code = text(sc, d, "zip"),
                                .city = text(sc, d, "city"),
                                .region = text(sc, d, "province_code"),
                                .country = text(sc, d, "country_code"),
                                .phone = text(sc, d, "phone")};
    return a;
}

static void customer_read(struct scope *sc, const struct doc *order, struct canon_order *out)
{
    const struct doc *d = doc_get(order, "customer");
    const char *first = text(sc, d, "first_name");
    const char *last = text(sc, d, "last_name");
    const char *email = text(sc, order, "email");

    out->customer.key = id_text(sc, doc_get(d, "id"));
    out->customer.email = email ? email : text(sc, d, "email");
    out->customer.phone = text(sc, order, "phone");
    if (first && last)
        out->customer.name = arena_f(sc->arena, "%s %s", first, last);
    else
        out->customer.name = first ? first : last;
    if (!out->customer.name && out->billing)
        out->customer.name = out->billing->name;
    if (!out->customer.name && out->shipping_to)
        out->customer.name = out->shipping_to->name;
}

/* A tip of the checkout is told twice: as a line of its own, and as total_tip_received. */
static bool tip_is_line(const struct doc *lines)
{
    for (size_t i = 0; i < doc_count(lines); i++)
        if (doc_kind(doc_get(doc_at(lines, i), "tip")) == DOC_OBJECT)
            return true;
    return false;
}

static enum err totals_read(struct scope *sc, const struct doc *order, struct canon_order *out)
{
    const struct doc *duties = doc_path(order, "original_total_duties_set.shop_money");
    bool duties_included = false; /* in the prices of the lines */

    if (!doc_get(order, "total_price")) /* an answer cut down to some fields is no order */
        return wrong(sc, "total_price", "a decimal amount");
    TRY(sc, amount(sc, order, "", "total_price", &out->total));
    TRY(sc, amount(sc, order, "", "subtotal_price", &out->subtotal));
    TRY(sc, amount(sc, order, "", "total_discounts", &out->discount_total));
    TRY(sc, amount(sc, order, "", "total_tax", &out->tax_total));
    if (!tip_is_line(doc_get(order, "line_items")))
        TRY(sc, amount(sc, order, "", "total_tip_received", &out->tip));
    (void)doc_bool(doc_get(order, "duties_included"), &duties_included);
    return duties_included ? OK : amount(sc, duties, "original_total_duties_set/shop_money/", "amount", &out->duties);
}

static bool charges(const struct canon_taxes *taxes)
{
    for (size_t i = 0; i < taxes->n; i++)
        if (decimal_sign(taxes->v[i].amount))
            return true;
    return false;
}

static bool has_line_taxes(const struct canon_order *o)
{
    for (size_t i = 0; i < o->line_count; i++)
        if (charges(&o->lines[i].taxes))
            return true;
    for (size_t i = 0; i < o->shipping_count; i++)
        if (charges(&o->shipping[i].taxes))
            return true;
    return false;
}

/* Old orders tell taxes of the whole order only. They are kept with the first line at a rate of -1, which no tax code
 * of another system matches, so that their amounts are booked as they are. */
static enum err order_taxes(struct scope *sc, const struct doc *order, struct canon_order *out)
{
    if (has_line_taxes(out) || decimal_sign(out->tax_total) == 0 || out->line_count == 0)
        return OK;
    TRY(sc, taxes(sc, order, "", &out->lines[0].taxes));
    for (size_t i = 0; i < out->lines[0].taxes.n; i++)
        out->lines[0].taxes.v[i].rate = decimal_of(-1);
    return OK;
}

enum err shopify_order_read(struct scope *sc, const struct doc *body, struct canon_order *out)
{
    *out = (struct canon_order){0};
    out->natural_key = id_text(sc, doc_get(body, "id"));
    if (!out->natural_key)
        return wrong(sc, "id", "an integer");
    out->number = text(sc, body, "name");
    if (!out->number)
        out->number = out->natural_key;
    out->currency = text(sc, body, "currency");
    if (!out->currency)
        out->currency = "";
    TRY(sc, moment(sc, body, "created_at", &out->placed_at_us));
    if (moment(sc, body, "updated_at", &out->updated_at_us) != OK) {
        scope_clear(sc);
        out->updated_at_us = out->placed_at_us;
    }
    (void)doc_bool(doc_get(body, "taxes_included"), &out->taxes_included);
    (void)doc_bool(doc_get(body, "test"), &out->test);
    out->cancelled = text(sc, body, "cancelled_at") != NULL;
    out->note = text(sc, body, "note");
    out->billing = address_read(sc, doc_get(body, "billing_address"));
    out->shipping_to = address_read(sc, doc_get(body, "shipping_address"));
    customer_read(sc, body, out);
    TRY(sc, lines_read(sc, body, out));
    TRY(sc, shipping_read(sc, body, out));
    TRY(sc, totals_read(sc, body, out));
    return order_taxes(sc, body, out);
}
