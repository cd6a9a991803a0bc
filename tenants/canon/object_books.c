#include "base/money.h"
#include "canon/canon.h"
#include "canon/schema_int.h"

/* What goes into books: tax transaction, journal entry. */

static const struct canon_change first[] = {{1, "The first version."}, {}};

/* ---- tax transaction ---- */

static const char *const tax_kinds[] = {"sale", "refund", "adjustment", NULL};
static const char *const tax_states[] = {"estimated", "committed", "voided", NULL};
static const char *const levels[] = {"country", "state", "county", "city", "district", "special", NULL};

static const struct canon_field levied_fields[] = {
    TEXT("title", OPTIONAL, 300, "What the tax is called."),
    CHOICE("level", OPTIONAL, levels, "Who levies it."),
    TEXT("jurisdiction", OPTIONAL, 300, "The name of who levies it."),
    KEY("code", OPTIONAL, "The number that the tax engine knows them by."),
    RATE("rate", OPTIONAL, "The rate as a factor: 0.0625."),
    PRICE("taxable", OPTIONAL, CANON_ANY_SIGN, "The amount that it is taken of."),
    PRICE("amount", NEEDED, CANON_ANY_SIGN, "The tax."),
};
static const struct canon_shape levied_shape = SHAPE(levied_fields);

static const struct canon_field tax_line_fields[] = {
    KEY("key", OPTIONAL, "The line of the document."),
    FIELD("sku", CANON_KEY, OPTIONAL, .max = CANON_SKU_MAX, .meaning = "What is taxed."),
    KEY("tax_code", OPTIONAL, "What it is to the tax engine."),
    QUANTITY("quantity", OPTIONAL, CANON_ANY_SIGN, "How many."),
    PRICE("amount", NEEDED, CANON_ANY_SIGN, "What they cost, discounted and without tax."),
    PRICE("exempt", OPTIONAL, CANON_ANY_SIGN, "How much of that is not taxed."),
    LIST("taxes", OPTIONAL, &levied_shape, 0, 50, "The taxes on it."),
};
static const struct canon_shape tax_line_shape = SHAPE(tax_line_fields);

static const struct canon_field tax_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The tax engine's id or code of the transaction, exact."),
    CLOCK_FIELD,
    CHOICE("kind", NEEDED, tax_kinds, "What it is for. A refund's amounts are negative."),
    CHOICE("state", NEEDED, tax_states, "Whether it counts."),
    KEY("document_key", NEEDED, "The natural key of the order or refund."),
    DATE("date", NEEDED, "The day of the tax."),
    CURRENCY("currency", NEEDED, "The currency of every amount here."),
    KEY("customer_key", OPTIONAL, "The natural key of the customer."),
    KEY("exemption", OPTIONAL, "The certificate or reason for which no tax is taken."),
    TRUTH("marketplace", OPTIONAL, "Whether a marketplace pays the tax to the office itself."),
    OBJECT("ship_from", OPTIONAL, &canon_address_shape, "Where the goods come from."),
    OBJECT("ship_to", OPTIONAL, &canon_address_shape, "Where they go."),
    LIST("lines", NEEDED, &tax_line_shape, 1, CANON_LINES_MAX, "What is taxed, freight among it."),
    MONEY("tax_total", NEEDED, CANON_ANY_SIGN, "All the tax."),
    MONEY("total", OPTIONAL, CANON_ANY_SIGN, "All of it, with the tax."),
};
static const struct canon_shape tax_shape = SHAPE_CURRENCY(tax_fields);

static bool taxes_sum(const struct doc *lines, struct decimal *sum)
{
    for (size_t i = 0; i < doc_count(lines); i++)
        if (!canon_list_sum(doc_get(doc_at(lines, i), "taxes"), "amount", sum))
            return false;
    return true;
}

/* Taxes of many offices may have more decimals than the currency; their sum, rounded, is the total. */
static void tax_rules(struct canon_walk *w, const struct doc *d)
{
    struct decimal total = canon_number(d, "tax_total"), sum = decimal_of(0), gap;
    struct decimal half = {5, (uint8_t)(w->digits + 1)};

    if (!taxes_sum(doc_get(d, "lines"), &sum) || !decimal_sub(sum, total, &gap)) {
        canon_too_large(w, "/tax_total");
        return;
    }
    if (decimal_sign(gap) < 0)
        gap.digits = -gap.digits;
    if (decimal_compare(gap, half) > 0)
        canon_same(w, "/tax_total", total, sum, "the taxes of the lines make");
    sum = total; /* to which the lines are added */
    if (!canon_has(d, "total"))
        return;
    if (!canon_list_sum(doc_get(d, "lines"), "amount", &sum))
        canon_too_large(w, "/total");
    else
        canon_same(w, "/total", canon_number(d, "total"), sum, "the lines and tax_total make");
}

/* clang-format off */
static const char *const tax_examples[] = {
    EXAMPLE({"schema": "tax_transaction/1", "natural_key": "INV-1001", "updated_at": "2026-11-23T10:05:00Z", "kind": "sale",
        "state": "committed", "document_key": "9007199254740993", "date": "2026-11-23", "currency": "USD", "customer_key": "7001",
        "exemption": null, "marketplace": false,
        "ship_from": {"street": "50 Quay", "city": "Hamburg", "country": "DE"},
        "ship_to": {"city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US"},
        "lines": [
            {"key": "1", "sku": "MUG-BLUE", "tax_code": "P0000000", "quantity": "3", "amount": "54.97", "exempt": "0",
                "taxes": [{"title": "IL state tax", "level": "state", "jurisdiction": "Illinois", "code": "17", "rate": "0.0625",
                    "taxable": "54.97", "amount": "3.435625"}]},
            {"key": "freight", "tax_code": "FR", "amount": "4.95", "exempt": "4.95", "taxes": []}],
        "tax_total": "3.44", "total": "63.36"}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_tax_transaction = {
    .name = "tax_transaction",
    .version = 1,
    .schema = "tax_transaction/1",
    .title = "Tax transaction",
    .meaning =
        "What a tax engine worked out for one document, and whether it counts. The taxes of the lines, rounded to the "
        "currency, make tax_total.",
    .natural_key = "The tax engine's own code of the transaction.",
    .shape = &tax_shape,
    .rules = tax_rules,
    .examples = tax_examples,
    .changes = first,
};

/* ---- journal entry ---- */

static const char *const entry_states[] = {"draft", "approved", "posted", "reversed", NULL};

static const struct canon_field dimension_fields[] = {
    TEXT("name", NEEDED, 100, "Which: department, class, channel, brand."),
    KEY("value", NEEDED, "What it is."),
};
static const struct canon_shape dimension_shape = SHAPE(dimension_fields);

static const struct canon_field entry_line_fields[] = {
    KEY("account", NEEDED, "The account, as the ledger knows it."),
    MONEY("debit", OPTIONAL, CANON_NOT_NEGATIVE, "What is debited; one of debit and credit is above zero."),
    MONEY("credit", OPTIONAL, CANON_NOT_NEGATIVE, "What is credited."),
    TEXT("memo", OPTIONAL, 1000, "What it is for."),
    KEY("tax_code", OPTIONAL, "The ledger's tax code."),
    LIST("dimensions", OPTIONAL, &dimension_shape, 0, 50, "What it is told apart by."),
    TEXTS("sources", OPTIONAL, 1000, "The natural keys of what it was made of."),
};
static const struct canon_shape entry_line_shape = SHAPE(entry_line_fields);

static const struct canon_field entry_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The ledger's id of the entry, or what makes it the only one of its kind."),
    CLOCK_FIELD,
    CHOICE("state", NEEDED, entry_states, "How far it is."),
    KEY("entity", NEEDED, "The legal entity whose books they are."),
    KEY("book", OPTIONAL, "Which of its books."),
    DATE("date", NEEDED, "The day of the books, in the entity's zone."),
    KEY("period", OPTIONAL, "The period of the books: 2026-11."),
    CURRENCY("currency", NEEDED, "The currency of every amount here."),
    TEXT("memo", OPTIONAL, 1000, "What it is for."),
    KEY("reverses", OPTIONAL, "The natural key of the entry that this one takes back."),
    LIST("lines", NEEDED, &entry_line_shape, 2, CANON_LINES_MAX, "Debits and credits, which make the same."),
};
static const struct canon_shape entry_shape = SHAPE_CURRENCY(entry_fields);

/* One side of it, and not both. */
static void sides_rule(struct canon_walk *w, const struct doc *lines)
{
    for (size_t i = 0; i < doc_count(lines) && !canon_is_full(w); i++) {
        const struct doc *one = doc_at(lines, i);
        bool debit = decimal_sign(canon_number(one, "debit")) > 0,
             credit = decimal_sign(canon_number(one, "credit")) > 0;

        if (debit == credit)
            canon_fault_at(w, arena_f(w->arena, "/lines/%zu", i), "does_not_add_up",
                           debit ? "has a debit and a credit, and must have one of them"
                                 : "has neither a debit nor a credit above zero");
    }
}

static void entry_rules(struct canon_walk *w, const struct doc *d)
{
    struct decimal debits = decimal_of(0), credits = decimal_of(0);
    const struct doc *lines = doc_get(d, "lines");

    sides_rule(w, lines);
    if (!canon_list_sum(lines, "debit", &debits) || !canon_list_sum(lines, "credit", &credits))
        canon_too_large(w, "/lines");
    else if (decimal_compare(debits, credits) != 0)
        canon_fault_at(w, "/lines", "does_not_add_up", "debit %s and credit %s, which must be the same",
                       canon_amount_text(w, debits), canon_amount_text(w, credits));
}

/* clang-format off */
static const char *const entry_examples[] = {
    EXAMPLE({"schema": "journal_entry/1", "natural_key": "sales-2026-11-23-web", "updated_at": "2026-11-24T01:00:00Z", "state": "posted",
        "entity": "US-1", "book": "main", "date": "2026-11-23", "period": "2026-11", "currency": "USD", "memo": "Web sales of the day",
        "reverses": null,
        "lines": [
            {"account": "1200", "debit": "88.90", "credit": "0", "memo": "Receivables", "tax_code": null,
                "dimensions": [{"name": "channel", "value": "web"}], "sources": ["9007199254740993"]},
            {"account": "4000", "credit": "84.92"},
            {"account": "2200", "credit": "3.98", "memo": "Sales tax"}]}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_journal_entry = {
    .name = "journal_entry",
    .version = 1,
    .schema = "journal_entry/1",
    .title = "Journal entry",
    .meaning =
        "What is posted to a ledger. Each line has one of debit and credit, and all debits make what all credits make.",
    .natural_key = "The ledger's id of the entry, or what makes it the only one of its kind.",
    .shape = &entry_shape,
    .rules = entry_rules,
    .examples = entry_examples,
    .changes = first,
};
