#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/money.h"
#include "base/scope.h"
#include "json/doc.h"

/* canon: the objects every connector is read into and written from. Money and quantities are exact decimals; nothing
 * here is rounded. Knows no vendor, no database. Strings live in the scope's arena.
 * The fact people get wrong: an amount without a sign convention is worth nothing. Prices, taxes, discounts and totals
 * are positive numbers as the shopper sees them; a discount is subtracted.
 */
#define CANON_LINES_MAX    1000
#define CANON_TAXES_MAX    20
#define CANON_SHIPPING_MAX 1000
#define CANON_PARTS_MAX    100 /* discounts, fees and tenders of an order, of each */
#define CANON_SKU_MAX      300 /* octets: what a change is known by in the ledger */
#define CANON_NUMBER_MAX   64  /* characters */
#define CANON_ORDER_SCHEMA "sales_order/1"

struct canon_tax {
    const char *title;
    struct decimal rate;   /* 0.0825 */
    struct decimal amount; /* of the whole line */
};

struct canon_taxes {
    struct canon_tax *v;
    size_t n;
};

struct canon_line {
    const char *key; /* the source's line id */
    const char *sku; /* NULL: the source had none */
    const char *title;
    struct decimal quantity;
    struct decimal unit_price; /* as listed: with tax when the order's taxes_included */
    struct decimal discount;   /* of the whole line, order-level discounts allocated to it included */
    struct canon_taxes taxes;
};

struct canon_shipping {
    const char *title;
    struct decimal price;
    struct decimal discount;
    struct canon_taxes taxes;
};

struct canon_address {
    const char *name, *company, *street, *street2, *postal_code, *city;
    const char *region;  /* ISO 3166-2 part or the source's code */
    const char *country; /* ISO 3166-1 alpha-2 */
    const char *phone;
};

struct canon_customer {
    const char *key; /* the source's customer id; NULL: a guest */
    const char *name, *email, *phone;
};

/* Of the whole order, and in no line's discount: subtracted from the total. */
struct canon_discount {
    const char *code, *title;
    struct decimal amount;
};

/* What is neither goods nor freight: gift wrap, handling, a deposit on bottles. A rebate is negative. */
struct canon_fee {
    const char *title;
    struct decimal amount;
    struct canon_taxes taxes;
};

/* What the shopper paid with; change that was given back is taken off. */
struct canon_tender {
    const char *kind; /* "card"; see the schema */
    const char *key;  /* the source's payment id */
    const char *title;
    struct decimal amount;
};

struct canon_order {
    const char *natural_key; /* the source's order id, exact */
    const char *number;      /* what the shopper was given */
    const char *currency;    /* as the source wrote it, or empty; canon_order_check judges it */
    int64_t placed_at_us;
    int64_t updated_at_us; /* the source's version clock */
    bool taxes_included;
    bool cancelled;
    bool test;
    struct canon_customer customer;
    struct canon_address *billing, *shipping_to; /* NULL: none */
    struct canon_line *lines;
    size_t line_count;
    struct canon_shipping *shipping;
    size_t shipping_count;
    struct decimal tip;    /* zero when none */
    struct decimal duties; /* zero when none */
    struct decimal subtotal, discount_total, tax_total, total;
    const char *note;
    /* What came later, and is written only where an order has it. */
    const char *channel, *state, *source_state, *payment_state; /* NULL: not told */
    struct canon_discount *discounts;
    size_t discount_count;
    struct canon_fee *fees;
    size_t fee_count;
    struct canon_taxes taxes; /* of the whole order, and in no line's taxes */
    struct decimal rounding;  /* of cash; zero when none */
    struct canon_tender *tenders;
    size_t tender_count;
};

/* Judges whether an order can become a sale. OK, or ERR_HOLD with a reason a person understands: no lines, a quantity
 * that is not positive, a number or SKU that is too long, an unknown currency, more decimals than the currency has,
 * lines that do not add up to the total. */
enum err canon_order_check(struct scope *sc, const struct canon_order *order);

/* How many octets the first so many characters of a text take. */
size_t canon_text_head(const char *text, size_t characters);

/* What the parts add up to: Σ lines − discounts + shipping + fees + tip + duties + rounding (+ taxes unless included).
 */
bool canon_order_sum(const struct canon_order *order, struct decimal *out);

/* The canonical JSON document of schema CANON_ORDER_SCHEMA; the same order always gives the same octets. */
void canon_order_write(struct buf *out, const struct canon_order *order);

/* The order that a document tells in which canon_valid found nothing wrong; ERR_INVALID for one of another schema. What
 * is read and written again is the same order, and a text that is empty is none. */
enum err canon_order_read(struct scope *sc, const struct doc *d, struct canon_order *out);
