#include "base/money.h"
#include "canon/canon.h"
#include "canon/schema_int.h"

/* sales_order/1: what order_json.c writes, in its order. */

static const struct canon_field address_fields[] = {
    TEXT("name", OPTIONAL, 300, "Whom it is for."),
    TEXT("company", OPTIONAL, 300, "The company."),
    TEXT("street", OPTIONAL, 500, "Street and number."),
    TEXT("street2", OPTIONAL, 500, "What else the carrier must know: floor, building."),
    TEXT("postal_code", OPTIONAL, 40, "The postal code."),
    TEXT("city", OPTIONAL, 200, "The city."),
    TEXT("region", OPTIONAL, 100, "The part of ISO 3166-2 behind the country, or the source's own code."),
    COUNTRY("country", OPTIONAL, "The country."),
    TEXT("phone", OPTIONAL, 100, "A telephone number for the carrier."),
};
const struct canon_shape canon_address_shape = SHAPE(address_fields);

static const struct canon_field tax_fields[] = {
    TEXT("title", OPTIONAL, 300, "What the tax is called at the source."),
    RATE("rate", OPTIONAL, "The rate as a factor: 0.0825. -1 for a tax of which only the amount is known."),
    PRICE("amount", NEEDED, CANON_ANY_SIGN, "The tax on all of it, not on one piece."),
};
const struct canon_shape canon_taxes_shape = SHAPE(tax_fields);

static const struct canon_field customer_fields[] = {
    KEY("key", OPTIONAL, "The source's id of the customer; null for a guest."),
    TEXT("name", OPTIONAL, 300, "The name in full."),
    TEXT("email", OPTIONAL, 320, "The mail address."),
    TEXT("phone", OPTIONAL, 100, "The telephone number."),
};
static const struct canon_shape customer_shape = SHAPE(customer_fields);

static const struct canon_field line_fields[] = {
    KEY("key", OPTIONAL, "The source's id of the line."),
    FIELD("sku", CANON_KEY, OPTIONAL, .max = CANON_SKU_MAX,
          .meaning = "What was bought; null when the source has no SKU."),
    TEXT("title", OPTIONAL, 1000, "What the shopper read."),
    QUANTITY("quantity", NEEDED, CANON_POSITIVE, "How many."),
    PRICE("unit_price", NEEDED, CANON_NOT_NEGATIVE,
          "The price of one as listed, before discounts; with tax when taxes_included."),
    PRICE("discount", OPTIONAL, CANON_NOT_NEGATIVE,
          "What is taken off the whole line, its share of the order's discounts included."),
    LIST("taxes", OPTIONAL, &canon_taxes_shape, 0, CANON_TAXES_MAX, "The taxes on the whole line."),
};
static const struct canon_shape line_shape = SHAPE(line_fields);

static const struct canon_field shipping_fields[] = {
    TEXT("title", OPTIONAL, 300, "The way of shipping, as the shopper read it."),
    PRICE("price", NEEDED, CANON_NOT_NEGATIVE, "Its price before discounts; with tax when taxes_included."),
    PRICE("discount", OPTIONAL, CANON_NOT_NEGATIVE, "What is taken off it."),
    LIST("taxes", OPTIONAL, &canon_taxes_shape, 0, CANON_TAXES_MAX, "The taxes on it."),
};
static const struct canon_shape shipping_shape = SHAPE(shipping_fields);

static const struct canon_field discount_fields[] = {
    TEXT("code", OPTIONAL, 200, "What the shopper typed."),
    TEXT("title", OPTIONAL, 300, "What it is called."),
    PRICE("amount", NEEDED, CANON_NOT_NEGATIVE, "What is taken off the order."),
};
static const struct canon_shape discount_shape = SHAPE(discount_fields);

static const struct canon_field fee_fields[] = {
    TEXT("title", OPTIONAL, 300, "What it is for: gift wrap, handling, a deposit on bottles."),
    PRICE("amount", NEEDED, CANON_ANY_SIGN, "What is added to the order; negative takes off."),
    LIST("taxes", OPTIONAL, &canon_taxes_shape, 0, CANON_TAXES_MAX, "The taxes on it."),
};
static const struct canon_shape fee_shape = SHAPE(fee_fields);

const char *const canon_tender_kinds[] = {"card",          "cash",   "gift_card", "store_credit",
                                          "bank_transfer", "wallet", "pay_later", "cheque",
                                          "marketplace",   "other",  NULL};

static const struct canon_field tender_fields[] = {
    CHOICE("kind", NEEDED, canon_tender_kinds, "What was paid with."),
    KEY("key", OPTIONAL, "The source's id of the payment."),
    TEXT("title", OPTIONAL, 300, "What the source calls it."),
    MONEY("amount", NEEDED, CANON_NOT_NEGATIVE, "What was paid, less the change that was given back."),
};
static const struct canon_shape tender_shape = SHAPE(tender_fields);

static const char *const states[] = {"pending",   "open",     "on_hold", "partially_shipped", "shipped", "completed",
                                     "cancelled", "returned", NULL};
static const char *const payment_states[] = {"unpaid",   "authorized",         "partially_paid", "paid",
                                             "refunded", "partially_refunded", "voided",         NULL};

static const struct canon_field order_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The source's id of the order, exact."),
    TEXT("number", NEEDED, CANON_NUMBER_MAX, "What the shopper was given."),
    CURRENCY("currency", NEEDED, "The currency of every amount here."),
    TIME("placed_at", NEEDED, "When the shopper ordered."),
    CLOCK_FIELD,
    TRUTH("taxes_included", OPTIONAL, "Whether prices hold the taxes already, which are then not added to the total."),
    TRUTH("cancelled", OPTIONAL, "Whether it was called off."),
    TRUTH("test", OPTIONAL, "Whether it is a trial of the shop and no sale."),
    OBJECT("customer", OPTIONAL, &customer_shape, "Who bought."),
    OBJECT("billing", OPTIONAL, &canon_address_shape, "Whom the invoice is for."),
    OBJECT("shipping_to", OPTIONAL, &canon_address_shape, "Where it goes."),
    LIST("lines", NEEDED, &line_shape, 1, CANON_LINES_MAX, "What was bought."),
    LIST("shipping", OPTIONAL, &shipping_shape, 0, CANON_SHIPPING_MAX, "What the way costs."),
    PRICE("tip", OPTIONAL, CANON_NOT_NEGATIVE, "What was given on top."),
    PRICE("duties", OPTIONAL, CANON_NOT_NEGATIVE, "Customs that the shopper paid, where prices do not hold them."),
    PRICE("subtotal", OPTIONAL, CANON_ANY_SIGN, "The source's own sum of the lines; not judged."),
    PRICE("discount_total", OPTIONAL, CANON_ANY_SIGN, "The source's own sum of discounts; not judged."),
    PRICE("tax_total", OPTIONAL, CANON_ANY_SIGN, "The source's own sum of taxes; not judged."),
    MONEY("total", NEEDED, CANON_NOT_NEGATIVE, "What the shopper owes, taxes included."),
    TEXT("note", OPTIONAL, 20000, "What the shopper or the shop wrote."),
    TEXT("channel", OPTIONAL, 100, "Where it was sold, as the source calls it: web, pos, a marketplace."),
    CHOICE("state", OPTIONAL, states, "How far the order is, in our words."),
    TEXT("source_state", OPTIONAL, 200, "How far it is, in the source's own words."),
    CHOICE("payment_state", OPTIONAL, payment_states, "How far it is paid."),
    LIST("discounts", OPTIONAL, &discount_shape, 0, CANON_PARTS_MAX,
         "Discounts of the whole order that no line's discount holds."),
    LIST("fees", OPTIONAL, &fee_shape, 0, CANON_PARTS_MAX, "What is neither goods nor freight."),
    LIST("taxes", OPTIONAL, &canon_taxes_shape, 0, CANON_TAXES_MAX, "Taxes of the whole order that no line holds."),
    PRICE("rounding", OPTIONAL, CANON_ANY_SIGN, "What the source rounded the total by."),
    LIST("tenders", OPTIONAL, &tender_shape, 0, CANON_PARTS_MAX, "What was paid with."),
};
static const struct canon_shape order_shape = SHAPE_CURRENCY(order_fields);

/* ---- what holds between them ---- */

/* price × quantity − discount (+ taxes), of a line, a way of shipping or a fee. Added one by one as canon_order_sum
 * does, so that what is too large for one is too large for the other. */
static bool part_sum(const struct doc *d, struct decimal price, bool taxed, struct decimal *sum)
{
    return decimal_add(*sum, price, sum) && decimal_sub(*sum, canon_number(d, "discount"), sum) &&
           (!taxed || canon_list_sum(doc_get(d, "taxes"), "amount", sum));
}

static bool lines_sum(const struct doc *list, bool taxed, struct decimal *sum)
{
    struct decimal price;

    for (size_t i = 0; i < doc_count(list); i++) {
        const struct doc *d = doc_at(list, i);

        if (!decimal_mul(canon_number(d, "unit_price"), canon_number(d, "quantity"), &price) ||
            !part_sum(d, price, taxed, sum))
            return false;
    }
    return true;
}

static bool parts_sum(const struct doc *list, const char *price, bool taxed, struct decimal *sum)
{
    for (size_t i = 0; i < doc_count(list); i++)
        if (!part_sum(doc_at(list, i), canon_number(doc_at(list, i), price), taxed, sum))
            return false;
    return true;
}

static bool discounts_sum(const struct doc *list, struct decimal *sum)
{
    for (size_t i = 0; i < doc_count(list); i++)
        if (!decimal_sub(*sum, canon_number(doc_at(list, i), "amount"), sum))
            return false;
    return true;
}

static bool order_sum(const struct doc *d, struct decimal *sum)
{
    bool included = false;

    *sum = decimal_of(0);
    (void)doc_bool(doc_get(d, "taxes_included"), &included);
    return lines_sum(doc_get(d, "lines"), !included, sum) &&
           parts_sum(doc_get(d, "shipping"), "price", !included, sum) && discounts_sum(doc_get(d, "discounts"), sum) &&
           parts_sum(doc_get(d, "fees"), "amount", !included, sum) &&
           (included || canon_list_sum(doc_get(d, "taxes"), "amount", sum)) &&
           decimal_add(*sum, canon_number(d, "tip"), sum) && decimal_add(*sum, canon_number(d, "duties"), sum) &&
           decimal_add(*sum, canon_number(d, "rounding"), sum);
}

/* As canon_order_check has it: up to one smallest unit for each line is the source's own rounding. */
static void total_rule(struct canon_walk *w, const struct doc *d)
{
    int64_t parts = (int64_t)(doc_count(doc_get(d, "lines")) + doc_count(doc_get(d, "shipping")) + 1);
    struct decimal room = {parts, (uint8_t)w->digits}, total = canon_number(d, "total"), sum, gap;

    if (!order_sum(d, &sum) || !decimal_sub(sum, total, &gap)) {
        canon_too_large(w, "/total");
        return;
    }
    if (decimal_sign(gap) < 0)
        gap.digits = -gap.digits;
    if (decimal_compare(gap, room) > 0)
        canon_same(w, "/total", total, sum, "the parts of the order make");
}

/* What was paid is not more than the total, and all of it where the order is called paid. */
static void tender_rule(struct canon_walk *w, const struct doc *d)
{
    struct decimal total = canon_number(d, "total"), sum = decimal_of(0);
    bool paid = str_is(doc_text(doc_get(d, "payment_state")), "paid");

    if (doc_count(doc_get(d, "tenders")) == 0)
        return;
    if (!canon_list_sum(doc_get(d, "tenders"), "amount", &sum))
        canon_too_large(w, "/tenders");
    else if (paid ? decimal_compare(sum, total) != 0 : decimal_compare(sum, total) > 0)
        canon_fault_at(w, "/tenders", "does_not_add_up", "make %s, and the total is %s", canon_amount_text(w, sum),
                       canon_amount_text(w, total));
}

static void order_rules(struct canon_walk *w, const struct doc *d)
{
    total_rule(w, d);
    tender_rule(w, d);
}

/* clang-format off */
static const char *const examples[] = {
    EXAMPLE({"schema": "sales_order/1", "natural_key": "9007199254740993", "number": "#1001", "currency": "USD",
        "placed_at": "2026-11-23T10:00:00Z", "updated_at": "2026-11-23T10:05:00.250000Z", "taxes_included": false,
        "cancelled": false, "test": false,
        "customer": {"key": "7001", "name": "Ada Jones", "email": "ada@example.com", "phone": null},
        "billing": null,
        "shipping_to": {"name": "Ada Jones", "company": null, "street": "1 Main Street", "street2": "Floor 2",
            "postal_code": "62701", "city": "Springfield", "region": "IL", "country": "US", "phone": "+1 217 555 0100"},
        "lines": [
            {"key": "1", "sku": "MUG-BLUE", "title": "Mug, blue", "quantity": "3", "unit_price": "19.99", "discount": "5.00",
                "taxes": [{"title": "State tax", "rate": "0.05", "amount": "2.75"}]},
            {"key": "2", "sku": "TEA-KG", "title": "Loose tea", "quantity": "0.25", "unit_price": "98.00", "discount": "0",
                "taxes": [{"title": "State tax", "rate": "0.05", "amount": "1.23"}]}],
        "shipping": [{"title": "Standard", "price": "5.95", "discount": "1.00", "taxes": []}],
        "tip": "2.00", "duties": "0", "subtotal": "79.47", "discount_total": "6.00", "tax_total": "3.98", "total": "88.90",
        "note": null, "channel": "web", "state": "open", "source_state": "unfulfilled", "payment_state": "paid",
        "discounts": [{"code": "WELCOME", "title": "First order", "amount": "2.50"}],
        "fees": [{"title": "Gift wrap", "amount": "1.00", "taxes": []}],
        "taxes": [], "rounding": "0",
        "tenders": [{"kind": "gift_card", "key": "p-1", "title": null, "amount": "20.00"},
            {"kind": "card", "key": "p-2", "title": "Visa", "amount": "68.90"}]}),
    EXAMPLE({"schema": "sales_order/1", "natural_key": "AB-7", "number": "AB-7", "currency": "JPY",
        "placed_at": "2026-11-23T19:00:00+09:00", "updated_at": "2026-11-23T19:00:00+09:00", "taxes_included": true,
        "lines": [{"quantity": "2", "unit_price": "1100", "taxes": [{"title": "VAT", "rate": "0.10", "amount": "200"}]}],
        "total": "2200"}),
    NULL,
};
/* clang-format on */

static const struct canon_change changes[] = {
    {1, "The first version."},
    {1, "Added, none of them needed: channel, state, source_state, payment_state, discounts, fees, taxes, rounding, "
        "tenders."},
    {},
};

const struct canon_object canon_sales_order = {
    .name = "sales_order",
    .version = 1,
    .schema = CANON_ORDER_SCHEMA,
    .title = "Sales order",
    .meaning =
        "What a shopper ordered, with lines, discounts, taxes, shipping and tenders. Amounts are positive as the "
        "shopper sees them; a discount is subtracted. The parts make the total, give or take the smallest unit "
        "of the currency for each line, which is the source's own rounding.",
    .natural_key = "The source's id of the order, as a text: a number of 64 bits stays exact.",
    .shape = &order_shape,
    .rules = order_rules,
    .examples = examples,
    .changes = changes,
};
