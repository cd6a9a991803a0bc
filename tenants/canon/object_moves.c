#include "base/money.h"
#include "canon/canon.h"
#include "canon/schema_int.h"

/* What becomes of an order: shipment, return, refund. */

static const struct canon_change first[] = {{1, "The first version."}, {}};

/* A line of a move names the order's line, or the SKU where the source does not know the line. */
static void lines_named(struct canon_walk *w, const struct doc *d)
{
    const struct doc *lines = doc_get(d, "lines");

    for (size_t i = 0; i < doc_count(lines); i++) {
        const struct doc *one = doc_at(lines, i);

        if (!canon_has(one, "order_line_key") && !canon_has(one, "sku"))
            canon_fault_at(w, arena_f(w->arena, "/lines/%zu/order_line_key", i), "required",
                           "is missing, and so is the sku: one of them must say what it is");
    }
}

#define MOVED_FIELDS                                                                                                   \
    KEY("order_line_key", OPTIONAL, "The source's id of the order's line."),                                           \
        FIELD("sku", CANON_KEY, OPTIONAL, .max = CANON_SKU_MAX, .meaning = "What it is."),                             \
        TEXT("title", OPTIONAL, 1000, "What the shopper read.")

/* ---- shipment ---- */

static const char *const shipment_states[] = {"planned",   "packed", "shipped",   "in_transit",
                                              "delivered", "failed", "cancelled", NULL};

static const struct canon_field tracking_fields[] = {
    KEY("number", NEEDED, "The carrier's number."),
    TEXT("url", OPTIONAL, 2000, "Where it can be followed."),
};
static const struct canon_shape tracking_shape = SHAPE(tracking_fields);

static const struct canon_field shipped_fields[] = {
    MOVED_FIELDS,
    QUANTITY("quantity", NEEDED, CANON_POSITIVE, "How many of it are in the shipment."),
    KEY("lot", OPTIONAL, "The lot or batch."),
    TEXTS("serials", OPTIONAL, 1000, "Serial numbers."),
};
static const struct canon_shape shipped_shape = SHAPE(shipped_fields);

static const struct canon_field shipment_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The source's id of the shipment, exact."),
    CLOCK_FIELD,
    KEY("order_key", NEEDED, "The natural key of the order."),
    CHOICE("state", NEEDED, shipment_states, "How far it is, in our words."),
    TEXT("source_state", OPTIONAL, 200, "How far it is, in the source's own words."),
    TEXT("number", OPTIONAL, 100, "What people call it."),
    TIME("shipped_at", OPTIONAL, "When it left."),
    TIME("delivered_at", OPTIONAL, "When it arrived."),
    KEY("location", OPTIONAL, "Where it leaves from: the natural key of the location."),
    TEXT("carrier", OPTIONAL, 200, "Who carries it."),
    TEXT("service", OPTIONAL, 200, "Which of the carrier's services."),
    LIST("tracking", OPTIONAL, &tracking_shape, 0, 100, "How it can be followed."),
    OBJECT("to", OPTIONAL, &canon_address_shape, "Where it goes."),
    LIST("lines", NEEDED, &shipped_shape, 1, CANON_LINES_MAX, "What is in it."),
};
static const struct canon_shape shipment_shape = SHAPE(shipment_fields);

/* clang-format off */
static const char *const shipment_examples[] = {
    EXAMPLE({"schema": "shipment/1", "natural_key": "255858046", "updated_at": "2026-11-24T16:30:00Z", "order_key": "9007199254740993",
        "state": "shipped", "source_state": "success", "number": "#1001.1", "shipped_at": "2026-11-24T16:00:00Z", "delivered_at": null,
        "location": "655441491", "carrier": "UPS", "service": "Ground",
        "tracking": [{"number": "1Z2345", "url": "https://track.example.com/1Z2345"}],
        "to": {"name": "Ada Jones", "street": "1 Main Street", "city": "Springfield", "region": "IL", "country": "US"},
        "lines": [{"order_line_key": "1", "sku": "MUG-BLUE", "title": "Mug, blue", "quantity": "3", "lot": null, "serials": []}]}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_shipment = {
    .name = "shipment",
    .version = 1,
    .schema = "shipment/1",
    .title = "Shipment",
    .meaning = "Goods of one order that travel together.",
    .natural_key = "The source's id of the shipment, as a text.",
    .shape = &shipment_shape,
    .rules = lines_named,
    .examples = shipment_examples,
    .changes = first,
};

/* ---- return ---- */

static const char *const return_states[] = {"requested", "approved", "in_transit", "arrived", "inspected",
                                            "closed",    "rejected", "cancelled",  NULL};
static const char *const conditions[] = {"new", "opened", "used", "damaged", "defective", "wrong_item", NULL};
static const char *const dispositions[] = {"restock", "refurbish", "scrap", "return_to_vendor", "keep", NULL};

static const struct canon_field returned_fields[] = {
    MOVED_FIELDS,
    QUANTITY("quantity", NEEDED, CANON_POSITIVE, "How many are to come back."),
    QUANTITY("arrived_quantity", OPTIONAL, CANON_NOT_NEGATIVE, "How many have come back."),
    TEXT("reason", OPTIONAL, 500, "Why, in the shopper's or the source's words."),
    CHOICE("condition", OPTIONAL, conditions, "What they are like."),
    CHOICE("disposition", OPTIONAL, dispositions, "What is done with them."),
};
static const struct canon_shape returned_shape = SHAPE(returned_fields);

static const struct canon_field return_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The source's id of the return, exact."),
    CLOCK_FIELD,
    KEY("order_key", OPTIONAL, "The natural key of the order; null when nobody knows it."),
    CHOICE("state", NEEDED, return_states, "How far it is, in our words."),
    TEXT("source_state", OPTIONAL, 200, "How far it is, in the source's own words."),
    TEXT("number", OPTIONAL, 100, "What people call it."),
    TIME("requested_at", OPTIONAL, "When the shopper asked."),
    TIME("arrived_at", OPTIONAL, "When the goods were back."),
    KEY("location", OPTIONAL, "Where they come to: the natural key of the location."),
    KEY("refund_key", OPTIONAL, "The natural key of the refund."),
    LIST("tracking", OPTIONAL, &tracking_shape, 0, 100, "How it can be followed."),
    LIST("lines", NEEDED, &returned_shape, 1, CANON_LINES_MAX, "What comes back."),
};
static const struct canon_shape return_shape = SHAPE(return_fields);

static void return_rules(struct canon_walk *w, const struct doc *d)
{
    const struct doc *lines = doc_get(d, "lines");

    lines_named(w, d);
    for (size_t i = 0; i < doc_count(lines); i++) {
        const struct doc *one = doc_at(lines, i);

        if (decimal_compare(canon_number(one, "arrived_quantity"), canon_number(one, "quantity")) > 0)
            canon_fault_at(w, arena_f(w->arena, "/lines/%zu/arrived_quantity", i), "out_of_range",
                           "is more than the quantity that is to come back");
    }
}

/* clang-format off */
static const char *const return_examples[] = {
    EXAMPLE({"schema": "return/1", "natural_key": "945000954", "updated_at": "2026-12-01T09:00:00Z", "order_key": "9007199254740993",
        "state": "inspected", "source_state": "closed", "number": "#1001-R1", "requested_at": "2026-11-28T12:00:00Z",
        "arrived_at": "2026-12-01T08:40:00Z", "location": "655441491", "refund_key": "929361464",
        "tracking": [{"number": "1Z9876", "url": null}],
        "lines": [{"order_line_key": "1", "sku": "MUG-BLUE", "title": "Mug, blue", "quantity": "1", "arrived_quantity": "1",
            "reason": "chipped", "condition": "damaged", "disposition": "scrap"}]}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_return = {
    .name = "return",
    .version = 1,
    .schema = "return/1",
    .title = "Return",
    .meaning = "Goods that a shopper sends back. The money that goes back is a refund.",
    .natural_key = "The source's id of the return, as a text.",
    .shape = &return_shape,
    .rules = return_rules,
    .examples = return_examples,
    .changes = first,
};

/* ---- refund ---- */

static const struct canon_field refunded_fields[] = {
    MOVED_FIELDS,
    QUANTITY("quantity", OPTIONAL, CANON_NOT_NEGATIVE, "How many are paid back; zero for a rebate on what is kept."),
    MONEY("amount", NEEDED, CANON_NOT_NEGATIVE, "What is paid back for them, without tax."),
    MONEY("tax", OPTIONAL, CANON_NOT_NEGATIVE, "The tax on it that is paid back."),
    TRUTH("restocked", OPTIONAL, "Whether they are for sale again."),
};
static const struct canon_shape refunded_shape = SHAPE(refunded_fields);

static const struct canon_field freight_fields[] = {
    MONEY("amount", NEEDED, CANON_NOT_NEGATIVE, "What is paid back of it, without tax."),
    MONEY("tax", OPTIONAL, CANON_NOT_NEGATIVE, "The tax on it that is paid back."),
};
static const struct canon_shape freight_shape = SHAPE(freight_fields);

static const struct canon_field adjustment_fields[] = {
    TEXT("title", OPTIONAL, 300, "What it is for: goodwill, a restocking fee."),
    MONEY("amount", NEEDED, CANON_ANY_SIGN, "What is added to the refund; a fee that is kept is negative."),
};
static const struct canon_shape adjustment_shape = SHAPE(adjustment_fields);

static const struct canon_field refund_tender_fields[] = {
    CHOICE("kind", NEEDED, canon_tender_kinds, "What it is paid back with."),
    KEY("key", OPTIONAL, "The source's id of the payment."),
    MONEY("amount", NEEDED, CANON_NOT_NEGATIVE, "How much."),
};
static const struct canon_shape refund_tender_shape = SHAPE(refund_tender_fields);

static const struct canon_field refund_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The source's id of the refund, exact."),
    CLOCK_FIELD,
    KEY("order_key", NEEDED, "The natural key of the order."),
    KEY("return_key", OPTIONAL, "The natural key of the return."),
    CURRENCY("currency", NEEDED, "The currency of every amount here."),
    TIME("refunded_at", NEEDED, "When it was given."),
    TEXT("reason", OPTIONAL, 1000, "Why."),
    LIST("lines", OPTIONAL, &refunded_shape, 0, CANON_LINES_MAX, "What is paid back for goods."),
    OBJECT("shipping", OPTIONAL, &freight_shape, "What is paid back of freight."),
    LIST("adjustments", OPTIONAL, &adjustment_shape, 0, CANON_PARTS_MAX, "What is neither goods nor freight."),
    LIST("tenders", OPTIONAL, &refund_tender_shape, 0, CANON_PARTS_MAX, "What it is paid back with."),
    MONEY("total", NEEDED, CANON_NOT_NEGATIVE, "What the shopper gets back, tax included."),
};
static const struct canon_shape refund_shape = SHAPE_CURRENCY(refund_fields);

static bool refund_sum(const struct doc *d, struct decimal *sum)
{
    const struct doc *freight = doc_get(d, "shipping");

    *sum = decimal_of(0);
    return canon_list_sum(doc_get(d, "lines"), "amount", sum) && canon_list_sum(doc_get(d, "lines"), "tax", sum) &&
           decimal_add(*sum, canon_number(freight, "amount"), sum) &&
           decimal_add(*sum, canon_number(freight, "tax"), sum) &&
           canon_list_sum(doc_get(d, "adjustments"), "amount", sum);
}

static void refund_rules(struct canon_walk *w, const struct doc *d)
{
    struct decimal total = canon_number(d, "total"), sum, paid = decimal_of(0);

    if (!refund_sum(d, &sum))
        canon_too_large(w, "/total");
    else
        canon_same(w, "/total", total, sum, "the lines, shipping and adjustments make");
    if (doc_count(doc_get(d, "tenders")) == 0)
        return;
    if (!canon_list_sum(doc_get(d, "tenders"), "amount", &paid))
        canon_too_large(w, "/tenders");
    else
        canon_same(w, "/total", total, paid, "the tenders make");
}

/* clang-format off */
static const char *const refund_examples[] = {
    EXAMPLE({"schema": "refund/1", "natural_key": "929361464", "updated_at": "2026-12-01T09:05:00Z", "order_key": "9007199254740993",
        "return_key": "945000954", "currency": "USD", "refunded_at": "2026-12-01T09:05:00Z", "reason": "chipped",
        "lines": [{"order_line_key": "1", "sku": "MUG-BLUE", "title": "Mug, blue", "quantity": "1", "amount": "18.32", "tax": "0.92",
            "restocked": false}],
        "shipping": {"amount": "4.95", "tax": "0"}, "adjustments": [{"title": "Restocking fee", "amount": "-2.00"}],
        "tenders": [{"kind": "card", "key": "p-2", "amount": "22.19"}], "total": "22.19"}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_refund = {
    .name = "refund",
    .version = 1,
    .schema = "refund/1",
    .title = "Refund",
    .meaning =
        "Money of an order that goes back to the shopper. Lines, shipping and adjustments make the total exactly, and "
        "so do the tenders where they are told.",
    .natural_key = "The source's id of the refund, as a text.",
    .shape = &refund_shape,
    .rules = refund_rules,
    .examples = refund_examples,
    .changes = first,
};
