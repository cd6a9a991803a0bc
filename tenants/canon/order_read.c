#include "base/timefmt.h"
#include "canon/canon.h"
#include "canon/schema_int.h"

static const char *text(struct scope *sc, const struct doc *d, const char *name)
{
    const char *v = doc_cstr(sc->arena, doc_get(d, name));

    return v && *v ? v : NULL;
}

static int64_t moment(const struct doc *d, const char *name)
{
    int64_t us = 0;

    (void)time_parse(doc_text(doc_get(d, name)), &us);
    return us;
}

static bool truth(const struct doc *d, const char *name)
{
    bool yes = false;

    (void)doc_bool(doc_get(d, name), &yes);
    return yes;
}

static void taxes(struct scope *sc, const struct doc *d, struct canon_taxes *out)
{
    const struct doc *list = doc_get(d, "taxes");

    out->n = doc_count(list);
    out->v = out->n ? ARENA_ARRAY(sc->arena, struct canon_tax, out->n) : NULL;
    for (size_t i = 0; i < out->n; i++) {
        const struct doc *one = doc_at(list, i);

        out->v[i] = (struct canon_tax){text(sc, one, "title"), canon_number(one, "rate"), canon_number(one, "amount")};
    }
}

static void lines(struct scope *sc, const struct doc *list, struct canon_order *out)
{
    out->line_count = doc_count(list);
    out->lines = ARENA_ARRAY(sc->arena, struct canon_line, out->line_count);
    for (size_t i = 0; i < out->line_count; i++) {
        const struct doc *d = doc_at(list, i);

        out->lines[i] = (struct canon_line){.key = text(sc, d, "key"),
                                            .sku = text(sc, d, "sku"),
                                            .title = text(sc, d, "title"),
                                            .quantity = canon_number(d, "quantity"),
                                            .unit_price = canon_number(d, "unit_price"),
                                            .discount = canon_number(d, "discount")};
        taxes(sc, d, &out->lines[i].taxes);
    }
}

static void shipping(struct scope *sc, const struct doc *list, struct canon_order *out)
{
    out->shipping_count = doc_count(list);
    out->shipping = ARENA_ARRAY(sc->arena, struct canon_shipping, out->shipping_count);
    for (size_t i = 0; i < out->shipping_count; i++) {
        const struct doc *d = doc_at(list, i);

        out->shipping[i] = (struct canon_shipping){
            .title = text(sc, d, "title"), .price = canon_number(d, "price"), .discount = canon_number(d, "discount")};
        taxes(sc, d, &out->shipping[i].taxes);
    }
}

static void discounts(struct scope *sc, const struct doc *list, struct canon_order *out)
{
    out->discount_count = doc_count(list);
    out->discounts = ARENA_ARRAY(sc->arena, struct canon_discount, out->discount_count);
    for (size_t i = 0; i < out->discount_count; i++) {
        const struct doc *d = doc_at(list, i);

        out->discounts[i] =
            (struct canon_discount){text(sc, d, "code"), text(sc, d, "title"), canon_number(d, "amount")};
    }
}

static void fees(struct scope *sc, const struct doc *list, struct canon_order *out)
{
    out->fee_count = doc_count(list);
    out->fees = ARENA_ARRAY(sc->arena, struct canon_fee, out->fee_count);
    for (size_t i = 0; i < out->fee_count; i++) {
        const struct doc *d = doc_at(list, i);

        out->fees[i] = (struct canon_fee){.title = text(sc, d, "title"), .amount = canon_number(d, "amount")};
        taxes(sc, d, &out->fees[i].taxes);
    }
}

static void tenders(struct scope *sc, const struct doc *list, struct canon_order *out)
{
    out->tender_count = doc_count(list);
    out->tenders = ARENA_ARRAY(sc->arena, struct canon_tender, out->tender_count);
    for (size_t i = 0; i < out->tender_count; i++) {
        const struct doc *d = doc_at(list, i);

        out->tenders[i] = (struct canon_tender){text(sc, d, "kind"), text(sc, d, "key"), text(sc, d, "title"),
                                                canon_number(d, "amount")};
    }
}

static struct canon_address *address(struct scope *sc, const struct doc *d)
{
    struct canon_address *a;

    if (doc_kind(d) != DOC_OBJECT)
        return NULL;
    a = ARENA_NEW(sc->arena, struct canon_address);
    *a = (struct canon_address){.name = text(sc, d, "name"),
                                .company = text(sc, d, "company"),
                                .street = text(sc, d, "street"),
                                .street2 = text(sc, d, "street2"),
                                .postal_code = text(sc, d, "postal_code"),
                                .city = text(sc, d, "city"),
                                .region = text(sc, d, "region"),
                                .country = text(sc, d, "country"),
                                .phone = text(sc, d, "phone")};
    return a;
}

static void totals(const struct doc *d, struct canon_order *out)
{
    out->tip = canon_number(d, "tip");
    out->duties = canon_number(d, "duties");
    out->subtotal = canon_number(d, "subtotal");
    out->discount_total = canon_number(d, "discount_total");
    out->tax_total = canon_number(d, "tax_total");
    out->total = canon_number(d, "total");
    out->rounding = canon_number(d, "rounding");
}

static void parts(struct scope *sc, const struct doc *d, struct canon_order *out)
{
    const struct doc *who = doc_get(d, "customer");

    out->customer = (struct canon_customer){text(sc, who, "key"), text(sc, who, "name"), text(sc, who, "email"),
                                            text(sc, who, "phone")};
    out->billing = address(sc, doc_get(d, "billing"));
    out->shipping_to = address(sc, doc_get(d, "shipping_to"));
    lines(sc, doc_get(d, "lines"), out);
    shipping(sc, doc_get(d, "shipping"), out);
    discounts(sc, doc_get(d, "discounts"), out);
    fees(sc, doc_get(d, "fees"), out);
    taxes(sc, d, &out->taxes);
    tenders(sc, doc_get(d, "tenders"), out);
}

/* That none is told is a currency nobody knows, and judged as such. */
static const char *currency(struct scope *sc, const struct doc *d)
{
    const char *code = text(sc, d, "currency");

    return code ? code : "";
}

enum err canon_order_read(struct scope *sc, const struct doc *d, struct canon_order *out)
{
    if (!str_is(doc_text(doc_get(d, "schema")), CANON_ORDER_SCHEMA))
        return FAIL(sc, ERR_INVALID, "the document is no %s", CANON_ORDER_SCHEMA);
    *out = (struct canon_order){.natural_key = text(sc, d, "natural_key"),
                                .number = text(sc, d, "number"),
                                .currency = currency(sc, d),
                                .placed_at_us = moment(d, "placed_at"),
                                .updated_at_us = moment(d, "updated_at"),
                                .taxes_included = truth(d, "taxes_included"),
                                .cancelled = truth(d, "cancelled"),
                                .test = truth(d, "test"),
                                .note = text(sc, d, "note"),
                                .channel = text(sc, d, "channel"),
                                .state = text(sc, d, "state"),
                                .source_state = text(sc, d, "source_state"),
                                .payment_state = text(sc, d, "payment_state")};
    totals(d, out);
    parts(sc, d, out);
    return OK;
}
