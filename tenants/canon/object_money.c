#include "base/money.h"
#include "canon/canon.h"
#include "canon/schema_int.h"

/* Where money is on its way: payment, payout, settlement line. Fees are positive and are taken off. */

static const struct canon_change first[] = {{1, "The first version."}, {}};

/* gross − fee − tax = net, where net and gross are told. */
static void net_rule(struct canon_walk *w, const struct doc *d, const char *gross, const char *parts)
{
    struct decimal net;

    if (!canon_has(d, "net") || !canon_has(d, gross))
        return;
    if (!decimal_sub(canon_number(d, gross), canon_number(d, "fee"), &net) ||
        !decimal_sub(net, canon_number(d, "tax"), &net))
        canon_too_large(w, "/net");
    else
        canon_same(w, "/net", canon_number(d, "net"), net, parts);
}

/* ---- payment ---- */

static const char *const payment_kinds[] = {"authorization", "capture", "sale",        "void",
                                            "refund",        "dispute", "dispute_won", NULL};
static const char *const payment_states[] = {"pending", "succeeded", "failed", "cancelled", NULL};

static const struct canon_field payment_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The source's id of the payment, exact."),
    CLOCK_FIELD,
    CHOICE("kind", NEEDED, payment_kinds, "What happened. A refund's amount is positive as well."),
    CHOICE("state", NEEDED, payment_states, "What became of it."),
    CHOICE("method", NEEDED, canon_tender_kinds, "What was paid with."),
    CURRENCY("currency", NEEDED, "The currency of every amount here."),
    MONEY("amount", NEEDED, CANON_NOT_NEGATIVE, "How much."),
    PRICE("fee", OPTIONAL, CANON_ANY_SIGN, "What the provider keeps of it."),
    PRICE("net", OPTIONAL, CANON_ANY_SIGN, "What is left: the amount less the fee."),
    TIME("paid_at", NEEDED, "When it happened."),
    KEY("order_key", OPTIONAL, "The natural key of the order."),
    KEY("refund_key", OPTIONAL, "The natural key of the refund."),
    KEY("parent_key", OPTIONAL, "The payment that this one captures, voids or pays back."),
    KEY("payout_key", OPTIONAL, "The natural key of the payout that holds it."),
    TEXT("provider", OPTIONAL, 200, "Who carried it out."),
    KEY("reference", OPTIONAL, "The provider's own id of it."),
    TEXT("card_brand", OPTIONAL, 40, "Visa, Mastercard."),
    TEXT("card_last4", OPTIONAL, 4, "The last four digits of the card; never more of it."),
    TEXT("reason", OPTIONAL, 1000, "Why it failed or was disputed, in the provider's words."),
};
static const struct canon_shape payment_shape = SHAPE_CURRENCY(payment_fields);

static void payment_rules(struct canon_walk *w, const struct doc *d)
{
    net_rule(w, d, "amount", "amount less fee is");
}

/* clang-format off */
static const char *const payment_examples[] = {
    EXAMPLE({"schema": "payment/1", "natural_key": "p-2", "updated_at": "2026-11-23T10:00:05Z", "kind": "sale", "state": "succeeded",
        "method": "card", "currency": "USD", "amount": "68.90", "fee": "2.298", "net": "66.602", "paid_at": "2026-11-23T10:00:05Z",
        "order_key": "9007199254740993", "refund_key": null, "parent_key": null, "payout_key": "po-81", "provider": "Shop payments",
        "reference": "ch_3Mx", "card_brand": "Visa", "card_last4": "4242", "reason": null}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_payment = {
    .name = "payment",
    .version = 1,
    .schema = "payment/1",
    .title = "Payment",
    .meaning = "One movement of a shopper's money. Where net is told, it is the amount less the fee.",
    .natural_key = "The source's id of the payment, as a text.",
    .shape = &payment_shape,
    .rules = payment_rules,
    .examples = payment_examples,
    .changes = first,
};

/* ---- settlement line, by itself and in a payout ---- */

static const char *const line_kinds[] = {"sale",       "refund",  "fee",        "chargeback", "chargeback_reversal",
                                         "adjustment", "reserve", "release",    "tax",        "shipping",
                                         "promotion",  "advance", "correction", "other",      NULL};

#define SETTLED_FIELDS                                                                                                 \
    CHOICE("kind", NEEDED, line_kinds, "What it is, in our words."),                                                   \
        TEXT("source_kind", NEEDED, 300, "What it is, in the provider's own words."),                                  \
        MONEY("net", NEEDED, CANON_ANY_SIGN, "What it adds to the payout; negative takes off."),                       \
        MONEY("gross", OPTIONAL, CANON_ANY_SIGN, "The same before fee and tax."),                                      \
        MONEY("fee", OPTIONAL, CANON_ANY_SIGN, "What the provider keeps of it."),                                      \
        MONEY("tax", OPTIONAL, CANON_ANY_SIGN, "The tax on the fee."),                                                 \
        TIME("posted_at", NEEDED, "When the provider booked it."),                                                     \
        KEY("order_key", OPTIONAL, "The natural key of the order."),                                                   \
        KEY("refund_key", OPTIONAL, "The natural key of the refund."),                                                 \
        KEY("payment_key", OPTIONAL, "The natural key of the payment."),                                               \
        FIELD("sku", CANON_KEY, OPTIONAL, .max = CANON_SKU_MAX, .meaning = "What was sold."),                          \
        QUANTITY("quantity", OPTIONAL, CANON_ANY_SIGN, "How many of it.")

static const struct canon_field settlement_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED,
        "The provider's id of the line, or the payout's key, a number sign and the line's number."),
    CLOCK_FIELD,
    KEY("payout_key", NEEDED, "The natural key of the payout."),
    COUNT("number", OPTIONAL, 1, 100000000, "Which line of the report it is."),
    CURRENCY("currency", NEEDED, "The currency of every amount here."),
    SETTLED_FIELDS,
    CURRENCY("original_currency", OPTIONAL, "The currency of the sale, where it is another."),
    PRICE("original_amount", OPTIONAL, CANON_ANY_SIGN, "The amount in that currency."),
    RATE("exchange_rate", OPTIONAL, "What one unit of it was worth."),
};
static const struct canon_shape settlement_shape = SHAPE_CURRENCY(settlement_fields);

static void settlement_rules(struct canon_walk *w, const struct doc *d)
{
    net_rule(w, d, "gross", "gross less fee and tax is");
}

/* clang-format off */
static const char *const settlement_examples[] = {
    EXAMPLE({"schema": "settlement_line/1", "natural_key": "txn-501", "updated_at": "2026-11-25T02:00:00Z", "payout_key": "po-81",
        "number": 1, "currency": "USD", "kind": "sale", "source_kind": "charge", "net": "66.60", "gross": "68.90", "fee": "2.30",
        "tax": "0", "posted_at": "2026-11-24T00:00:00Z", "order_key": "9007199254740993", "refund_key": null, "payment_key": "p-2",
        "sku": null, "quantity": null, "original_currency": "EUR", "original_amount": "63.21", "exchange_rate": "1.09"}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_settlement_line = {
    .name = "settlement_line",
    .version = 1,
    .schema = "settlement_line/1",
    .title = "Settlement line",
    .meaning = "One line of a provider's settlement. Where gross is told, net is gross less fee and tax.",
    .natural_key = "The provider's id of the line where it has one, else payout#number.",
    .shape = &settlement_shape,
    .rules = settlement_rules,
    .examples = settlement_examples,
    .changes = first,
};

/* ---- payout ---- */

static const char *const payout_states[] = {"scheduled", "in_transit", "paid", "failed", "cancelled", NULL};

static const struct canon_field payout_line_fields[] = {
    KEY("key", OPTIONAL, "The provider's id of the line."),
    SETTLED_FIELDS,
};
static const struct canon_shape payout_line_shape = SHAPE(payout_line_fields);

static const struct canon_field sum_fields[] = {
    CHOICE("kind", NEEDED, line_kinds, "Of which lines."),
    MONEY("amount", NEEDED, CANON_ANY_SIGN, "What they make."),
    COUNT("count", OPTIONAL, 0, 1000000000, "How many there are."),
};
static const struct canon_shape sum_shape = SHAPE(sum_fields);

static const struct canon_field reserve_fields[] = {
    MONEY("opening", NEEDED, CANON_ANY_SIGN, "What was held back before."),
    MONEY("held", NEEDED, CANON_NOT_NEGATIVE, "What is held back of this payout."),
    MONEY("released", NEEDED, CANON_NOT_NEGATIVE, "What is let go with it."),
    MONEY("closing", NEEDED, CANON_ANY_SIGN, "What is held back after it."),
};
static const struct canon_shape reserve_shape = SHAPE(reserve_fields);

static const struct canon_field payout_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The provider's id of the payout, exact."),
    CLOCK_FIELD,
    TEXT("provider", NEEDED, 200, "Who pays."),
    CHOICE("state", NEEDED, payout_states, "How far it is."),
    CURRENCY("currency", NEEDED, "The currency of every amount here."),
    MONEY("amount", NEEDED, CANON_ANY_SIGN, "What reaches the bank; negative is taken from it."),
    DATE("paid_on", OPTIONAL, "The day on which it reaches the bank."),
    TIME("period_start", OPTIONAL, "The first moment that it is for."),
    TIME("period_end", OPTIONAL, "The first moment that it is no longer for."),
    KEY("bank_reference", OPTIONAL, "What the bank statement says."),
    OBJECT("reserve", OPTIONAL, &reserve_shape, "What the provider holds back."),
    LIST("sums", OPTIONAL, &sum_shape, 0, 100, "What the lines of each kind make."),
    LIST("lines", OPTIONAL, &payout_line_shape, 0, CANON_LINES_MAX,
         "The lines, where there are few; else they are settlement lines of their own."),
};
static const struct canon_shape payout_shape = SHAPE_CURRENCY(payout_fields);

static void list_makes(struct canon_walk *w, const struct doc *d, const char *list, const char *member,
                       const char *what)
{
    struct decimal sum = decimal_of(0);

    if (doc_count(doc_get(d, list)) == 0)
        return;
    if (!canon_list_sum(doc_get(d, list), member, &sum))
        canon_too_large(w, "/amount");
    else
        canon_same(w, "/amount", canon_number(d, "amount"), sum, what);
}

static void reserve_rule(struct canon_walk *w, const struct doc *reserve)
{
    struct decimal closing;

    if (doc_kind(reserve) != DOC_OBJECT)
        return;
    if (!decimal_add(canon_number(reserve, "opening"), canon_number(reserve, "held"), &closing) ||
        !decimal_sub(closing, canon_number(reserve, "released"), &closing))
        canon_too_large(w, "/reserve/closing");
    else
        canon_same(w, "/reserve/closing", canon_number(reserve, "closing"), closing,
                   "opening and held less released is");
}

static void payout_lines_rule(struct canon_walk *w, const struct doc *lines)
{
    for (size_t i = 0; i < doc_count(lines) && !canon_is_full(w); i++) {
        const struct doc *d = doc_at(lines, i);
        struct decimal net;

        if (!canon_has(d, "gross"))
            continue;
        if (!decimal_sub(canon_number(d, "gross"), canon_number(d, "fee"), &net) ||
            !decimal_sub(net, canon_number(d, "tax"), &net))
            canon_too_large(w, "/lines");
        else if (decimal_compare(net, canon_number(d, "net")) != 0)
            canon_same(w, arena_f(w->arena, "/lines/%zu/net", i), canon_number(d, "net"), net,
                       "gross less fee and tax is");
    }
}

static void payout_rules(struct canon_walk *w, const struct doc *d)
{
    list_makes(w, d, "sums", "amount", "the sums make");
    list_makes(w, d, "lines", "net", "the lines make");
    reserve_rule(w, doc_get(d, "reserve"));
    payout_lines_rule(w, doc_get(d, "lines"));
}

/* clang-format off */
static const char *const payout_examples[] = {
    EXAMPLE({"schema": "payout/1", "natural_key": "po-81", "updated_at": "2026-11-25T02:00:00Z", "provider": "Shop payments",
        "state": "paid", "currency": "USD", "amount": "44.41", "paid_on": "2026-11-25", "period_start": "2026-11-23T00:00:00Z",
        "period_end": "2026-11-24T00:00:00Z", "bank_reference": "SHOPPAY 81",
        "reserve": {"opening": "100.00", "held": "0", "released": "0.00", "closing": "100.00"},
        "sums": [{"kind": "sale", "amount": "66.60", "count": 1}, {"kind": "refund", "amount": "-22.19", "count": 1}],
        "lines": [
            {"key": "txn-501", "kind": "sale", "source_kind": "charge", "net": "66.60", "gross": "68.90", "fee": "2.30", "tax": "0",
                "posted_at": "2026-11-24T00:00:00Z", "order_key": "9007199254740993", "payment_key": "p-2"},
            {"key": "txn-502", "kind": "refund", "source_kind": "refund", "net": "-22.19", "posted_at": "2026-11-24T00:00:00Z",
                "refund_key": "929361464"}]}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_payout = {
    .name = "payout",
    .version = 1,
    .schema = "payout/1",
    .title = "Payout",
    .meaning =
        "What a provider pays to the bank. Its sums make the amount exactly, and so do its lines where they are told; "
        "the reserve closes with what it opened with, more what was held and less what was released.",
    .natural_key = "The provider's id of the payout, as a text.",
    .shape = &payout_shape,
    .rules = payout_rules,
    .examples = payout_examples,
    .changes = first,
};
