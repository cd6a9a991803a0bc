#include "fakes/erp_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool line_counts(const struct erp *e, const struct record *line)
{
    return !strcmp(json_string_value(store_named(e, M_LINE, line, "type")), "line");
}

static struct dec line_exact(const struct erp *e, const struct record *line)
{
    struct dec quantity = {0}, price = {0};

    value_dec(store_named(e, M_LINE, line, "quantity"), &quantity);
    value_dec(store_named(e, M_LINE, line, "unit_price"), &price);
    return dec_mul(quantity, price);
}

struct dec sale_line_amount(const struct erp *e, const struct record *line)
{
    return line_counts(e, line) ? dec_round(line_exact(e, line), 2) : (struct dec){.scale = 2};
}

static struct dec sale_untaxed(const struct erp *e, const json_t *lines)
{
    struct dec sum = {.scale = 2};
    size_t i;
    json_t *id;

    json_array_foreach(lines, i, id) sum =
        dec_add(sum, sale_line_amount(e, store_get(e, M_LINE, json_integer_value(id))));
    return sum;
}

static bool line_has_tax(const struct erp *e, const struct record *line, json_int_t tax)
{
    size_t i;
    json_t *id;

    json_array_foreach(store_named(e, M_LINE, line, "taxes"), i, id) if (json_integer_value(id) == tax) return true;
    return false;
}

/* One tax over the whole document: price times quantity unrounded, rounded once at the end; lines with a negative base
 * make a sum of their own, as in account/tax.py (_TaxKey). */
static struct dec sale_one_tax(const struct erp *e, const json_t *lines, const struct record *tax)
{
    struct dec sums[2] = {{0}, {0}}, rate = {0};
    size_t i;
    json_t *id;

    value_dec(store_named(e, M_TAX, tax, "rate"), &rate);
    json_array_foreach(lines, i, id)
    {
        const struct record *line = store_get(e, M_LINE, json_integer_value(id));
        if (!line_counts(e, line) || !line_has_tax(e, line, tax->id))
            continue;
        struct dec base = line_exact(e, line);
        struct dec *sum = &sums[base.n < 0];
        *sum = dec_add(*sum, dec_mul(base, rate));
    }
    return dec_add(dec_round(sums[0], 2), dec_round(sums[1], 2));
}

static struct dec sale_tax(const struct erp *e, const json_t *lines)
{
    const struct model *m = &e->models[M_TAX];
    struct dec sum = {.scale = 2};

    for (int i = 0; i < m->count; i++)
        if (m->records[i])
            sum = dec_add(sum, sale_one_tax(e, lines, m->records[i]));
    return sum;
}

struct dec sale_amount(const struct erp *e, const struct record *sale, enum sale_amount which)
{
    const json_t *lines = store_named(e, M_SALE, sale, "lines");

    switch (which) {
    case SALE_UNTAXED:
        return sale_untaxed(e, lines);
    case SALE_TAX:
        return sale_tax(e, lines);
    default:
        return dec_add(sale_untaxed(e, lines), sale_tax(e, lines));
    }
}

json_t *sale_computed(const struct erp *e, int model, const struct record *r, const char *field)
{
    if (!strcmp(field, "amount"))
        return value_from_dec(sale_line_amount(e, r));
    if (model == M_LINE) /* its sale's currency */
        return json_incref(store_named(e, M_SALE, store_get(e, M_SALE, store_link(e, M_LINE, r, "sale")), field));
    if (!strcmp(field, "currency_digits"))
        return json_integer(2);
    if (!strcmp(field, "untaxed_amount"))
        return value_from_dec(sale_amount(e, r, SALE_UNTAXED));
    if (!strcmp(field, "tax_amount"))
        return value_from_dec(sale_amount(e, r, SALE_TAX));
    return strcmp(field, "total_amount") ? NULL : value_from_dec(sale_amount(e, r, SALE_TOTAL));
}

/* Kind of button: from which states, to which. confirm goes on to processing in the same call. */
struct button {
    const char *name, *from, *to;
};

static const struct button buttons[] = {
    {"quote", "draft", "quotation"},
    {"confirm", "quotation", "processing"},
    {"process", "confirmed", "processing"},
    {"draft", "cancelled|quotation|confirmed", "draft"},
    {"cancel", "draft|quotation", "cancelled"},
};

static const struct button *button_named(const char *name)
{
    for (size_t i = 0; i < sizeof buttons / sizeof buttons[0]; i++)
        if (!strcmp(buttons[i].name, name))
            return &buttons[i];
    return NULL;
}

bool sale_is_button(const char *name)
{
    return button_named(name) != NULL;
}

static const char *sale_name(const struct erp *e, const struct record *sale, char out[24])
{
    const char *number = json_string_value(store_named(e, M_SALE, sale, "number"));
    snprintf(out, 24, "(%d)", sale->id);
    return number ? number : out;
}

static bool sale_ships(const struct erp *e, const struct record *sale)
{
    size_t i;
    json_t *id;

    json_array_foreach(store_named(e, M_SALE, sale, "lines"), i, id)
    {
        const struct record *line = store_get(e, M_LINE, json_integer_value(id));
        const struct record *product = store_get(e, M_PRODUCT, store_link(e, M_LINE, line, "product"));
        if (product && strcmp(json_string_value(store_named(e, M_PRODUCT, product, "type")), "service") != 0)
            return true;
    }
    return false;
}

static bool check_quote(struct erp_call *c, const struct record *sale)
{
    static const char *const needed[][2] = {{"invoice_address", "an invoice address"},
                                            {"shipment_address", "a shipment address"},
                                            {"warehouse", "a warehouse"}};
    char name[24];

    for (size_t i = 0; i < 3; i++) {
        if (store_link(c->erp, M_SALE, sale, needed[i][0]) || (i == 2 && !sale_ships(c->erp, sale)))
            continue;
        return erp_user_error(c, "To get a quote for sale \"%s\" you must enter %s.", sale_name(c->erp, sale, name),
                              needed[i][1]);
    }
    return true;
}

static void sale_number(struct erp *e, struct record *sale)
{
    char text[16];
    int *next = &e->next_number[store_link(e, M_SALE, sale, "company") == erp_users[1].company];

    if (store_named(e, M_SALE, sale, "number"))
        return;
    snprintf(text, sizeof text, "%d", ++*next);
    store_set_named(e, M_SALE, sale, "number", json_string(text));
}

static void sale_date(struct erp_call *c, struct record *sale)
{
    time_t seconds = c->now_us / 1000000;
    struct tm t;

    if (store_named(c->erp, M_SALE, sale, "sale_date"))
        return;
    gmtime_r(&seconds, &t);
    store_set_named(c->erp, M_SALE, sale, "sale_date",
                    json_pack("{s:s, s:i, s:i, s:i}", "__class__", "date", "year", t.tm_year + 1900, "month",
                              t.tm_mon + 1, "day", t.tm_mday));
}

static void sale_document(struct erp_call *c, struct record *sale, int model, json_t *values, const char *field)
{
    char origin[32];

    snprintf(origin, sizeof origin, "sale.sale,%d", sale->id);
    json_object_set_new(values, "origin", json_string(origin));
    const struct record *made = store_create(c, model, values);
    store_set_named(c->erp, M_SALE, sale, field, json_pack("[i]", made->id));
    json_decref(values);
}

/* What processing leaves behind: a draft invoice, and a shipment if anything is goods. */
static void sale_process(struct erp_call *c, struct record *sale)
{
    struct erp *e = c->erp;
    json_t *untaxed = sale_computed(e, M_SALE, sale, "untaxed_amount");
    json_t *tax = sale_computed(e, M_SALE, sale, "tax_amount"), *total = sale_computed(e, M_SALE, sale, "total_amount");

    sale_date(c, sale);
    store_set_named(e, M_SALE, sale, "untaxed_amount", json_incref(untaxed));
    store_set_named(e, M_SALE, sale, "tax_amount", json_incref(tax));
    store_set_named(e, M_SALE, sale, "total_amount", json_incref(total));
    sale_document(c, sale, M_INVOICE,
                  json_pack("{s:O, s:O, s:O, s:o, s:o, s:o}", "company", store_named(e, M_SALE, sale, "company"),
                            "party", store_named(e, M_SALE, sale, "party"), "currency",
                            store_named(e, M_SALE, sale, "currency"), "untaxed_amount", untaxed, "tax_amount", tax,
                            "total_amount", total),
                  "invoices");
    store_set_named(e, M_SALE, sale, "invoice_state", json_string("waiting"));
    if (!sale_ships(e, sale))
        return;
    sale_document(c, sale, M_SHIPMENT,
                  json_pack("{s:O, s:O, s:O, s:O}", "company", store_named(e, M_SALE, sale, "company"), "customer",
                            store_named(e, M_SALE, sale, "party"), "delivery_address",
                            store_named(e, M_SALE, sale, "shipment_address"), "warehouse",
                            store_named(e, M_SALE, sale, "warehouse")),
                  "shipments");
    store_set_named(e, M_SALE, sale, "shipment_state", json_string("waiting"));
}

static bool button_fits(const struct erp *e, const struct button *b, const struct record *sale)
{
    const char *state = json_string_value(store_named(e, M_SALE, sale, "state"));
    const char *at = strstr(b->from, state);
    size_t len = strlen(state);
    return at && (at == b->from || at[-1] == '|') && (at[len] == '\0' || at[len] == '|');
}

static void button_press(struct erp_call *c, const struct button *b, struct record *sale)
{
    if (!strcmp(b->to, "quotation"))
        sale_number(c->erp, sale);
    if (!strcmp(b->to, "processing"))
        sale_process(c, sale);
    store_set_named(c->erp, M_SALE, sale, "state", json_string(b->to));
    sale->written_us = c->now_us;
    c->changed = true;
}

bool sale_button(struct erp_call *c, const char *button, const json_t *ids)
{
    const struct button *b = button_named(button);
    size_t i;
    json_t *id;

    if (!check_ids(c, M_SALE, ids, "write to"))
        return false;
    json_array_foreach(ids, i, id)
    {
        const struct record *sale = store_get(c->erp, M_SALE, json_integer_value(id));
        if (!strcmp(button, "quote") && button_fits(c->erp, b, sale) && !check_quote(c, sale))
            return false;
    }
    json_array_foreach(ids, i, id)
    {
        struct record *sale = store_get(c->erp, M_SALE, json_integer_value(id));
        if (button_fits(c->erp, b, sale)) /* records in another state are skipped silently, as the real one does */
            button_press(c, b, sale);
    }
    return true;
}
