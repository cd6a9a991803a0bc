#include "fakes/erp_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The demonstration data of the real ERP's seed, under other ids. */
static int make(struct erp *e, int model, json_t *values)
{
    struct erp_call c = {.erp = e, .user = &erp_users[0], .now_us = 1767225600000000, .status = 200};
    if (!values)
        abort();
    if (!check_create(&c, model, values)) {
        json_dumpfd(c.error, 2, 0);
        abort();
    }
    int id = store_create(&c, model, values)->id;
    json_decref(values);
    return id;
}

static json_t *decimal(const char *digits)
{
    return json_pack("{s:s, s:s}", "__class__", "Decimal", "decimal", digits);
}

struct places {
    int us, de, english;
};

static struct places seed_places(struct erp *e)
{
    static const char *const states[][2] = {
        {"US-CA", "California"}, {"US-IL", "Illinois"}, {"US-NY", "New York"}, {"US-TX", "Texas"}};
    struct places p;

    p.us = make(e, M_COUNTRY, json_pack("{s:s, s:s, s:s}", "name", "United States", "code", "US", "code3", "USA"));
    p.de = make(e, M_COUNTRY, json_pack("{s:s, s:s, s:s}", "name", "Germany", "code", "DE", "code3", "DEU"));
    for (size_t i = 0; i < 4; i++)
        make(e, M_SUBDIVISION,
             json_pack("{s:i, s:s, s:s, s:s}", "country", p.us, "code", states[i][0], "name", states[i][1], "type",
                       "state"));
    p.english = make(e, M_LANG, json_pack("{s:s, s:s}", "name", "English", "code", "en"));
    return p;
}

static void seed_companies(struct erp *e)
{
    static const char *const money[][4] = {{"USD", "840", "$", "1"}, {"EUR", "978", "\xe2\x82\xac", "0.9"}};
    static const char *const names[] = {"Northwind Outfitters US", "Northwind Outfitters EU"};

    for (size_t i = 0; i < 2; i++) {
        int currency = make(e, M_CURRENCY,
                            json_pack("{s:s, s:s, s:s, s:s, s:i, s:o, s:o}", "name", money[i][0], "code", money[i][0],
                                      "numeric_code", money[i][1], "symbol", money[i][2], "digits", 2, "rounding",
                                      decimal("0.01"), "rate", decimal(money[i][3])));
        int party = make(e, M_PARTY, json_pack("{s:s}", "name", names[i]));
        make(e, M_COMPANY, json_pack("{s:i, s:i}", "party", party, "currency", currency));
    }
}

static void seed_taxes(struct erp *e)
{
    static const char *const taxes[][2] = {
        {"US-SALES-8.25", "0.0825"}, {"US-SALES-0", "0"}, {"EU-VAT-20", "0.20"}, {"EU-VAT-5", "0.05"}};

    for (size_t i = 0; i < 4; i++)
        make(e, M_TAX,
             json_pack("{s:s, s:s, s:i, s:o}", "name", taxes[i][0], "description", taxes[i][0], "company",
                       erp_users[i / 2].company, "rate", decimal(taxes[i][1])));
}

static void seed_locations(struct erp *e)
{
    static const char *const houses[][2] = {{"WH", "Warehouse"}, {"DC1", "Distribution Centre"}, {"ST1", "Store One"}};
    char code[16], name[48];

    for (size_t i = 0; i < 3; i++) {
        snprintf(code, sizeof code, "%s-STO", houses[i][0]);
        snprintf(name, sizeof name, "%s storage", houses[i][1]);
        int storage = make(e, M_LOCATION, json_pack("{s:s, s:s}", "code", code, "name", name));
        make(e, M_LOCATION,
             json_pack("{s:s, s:s, s:s, s:i}", "code", houses[i][0], "name", houses[i][1], "type", "warehouse",
                       "storage_location", storage));
        for (char letter = 'A'; i > 0 && letter <= 'B'; letter++) {
            snprintf(code, sizeof code, "%s-%c", houses[i][0], letter);
            snprintf(name, sizeof name, "%s bin %c", houses[i][1], letter);
            make(e, M_LOCATION, json_pack("{s:s, s:s, s:i}", "code", code, "name", name, "parent", storage));
        }
    }
}

static int seed_units(struct erp *e)
{
    int unit = make(e, M_UOM,
                    json_pack("{s:s, s:s, s:i, s:f, s:f}", "name", "Unit", "symbol", "u", "digits", 0, "rounding", 1.0,
                              "factor", 1.0));
    make(e, M_UOM,
         json_pack("{s:s, s:s, s:i, s:f, s:f}", "name", "Kilogram", "symbol", "kg", "digits", 2, "rounding", 0.01,
                   "factor", 1.0));
    return unit;
}

static void seed_product(struct erp *e, const char *code, const char *name, const char *type, json_t *rest)
{
    json_t *values = json_pack("{s:s, s:s, s:b, s:[[s, [{s:s}]]]}", "name", name, "type", type, "salable", 1,
                               "products", "create", "suffix_code", code);
    json_object_update(values, rest);
    json_decref(rest);
    make(e, M_TEMPLATE, values);
}

static void seed_products(struct erp *e, int unit)
{
    static const char *const prices[] = {"19.99", "24.50", "7.25",  "129.00", "3.33",   "0.99",  "49.95",
                                         "15.00", "88.88", "12.49", "5.05",   "64.10",  "31.17", "250.00",
                                         "2.75",  "9.90",  "17.77", "45.00",  "100.01", "6.66"};
    static const char *const kinds[] = {"Taxed goods", "Reduced goods", "Shipping"};
    static const char *const services[][2] = {
        {"SHIPPING", "Shipping"}, {"DISCOUNT", "Order discount"}, {"ROUNDING", "Rounding difference"}};
    static const int service_kind[] = {2, 0, 1};
    static const int kind_taxes[][2] = {{1, 3}, {2, 4}, {2, 3}};
    int category[3];
    char code[16], name[32];

    for (size_t i = 0; i < 3; i++)
        category[i] = make(e, M_CATEGORY,
                           json_pack("{s:s, s:b, s:[[s, [i, i]]]}", "name", kinds[i], "accounting", 1, "customer_taxes",
                                     "add", kind_taxes[i][0], kind_taxes[i][1]));
    for (int n = 1; n <= 20; n++) {
        snprintf(code, sizeof code, "SKU-%04d", n);
        snprintf(name, sizeof name, "Demo product %02d", n);
        seed_product(e, code, name, "goods",
                     json_pack("{s:i, s:o, s:i}", "default_uom", unit, "list_price", decimal(prices[n - 1]),
                               "account_category", category[n % 5 == 0]));
    }
    for (size_t i = 0; i < 3; i++)
        seed_product(e, services[i][0], services[i][1], "service",
                     json_pack("{s:i, s:o, s:i}", "default_uom", unit, "list_price", decimal("0"), "account_category",
                               category[service_kind[i]]));
}

static void seed_customers(struct erp *e, const struct places *p)
{
    static const char *const people[][3] = {{"WEB-GUEST", "Web guest", "web-guest@example.com"},
                                            {"CUST-1001", "Ada Byron", "cust-1001@example.com"},
                                            {"CUST-1002", "K\xc3\xa4the M\xc3\xbcller", "cust-1002@example.com"},
                                            {"CUST-1003", "Sean O'Neil", "cust-1003@example.com"}};

    for (size_t i = 0; i < 4; i++)
        make(e, M_PARTY,
             json_pack("{s:s, s:s, s:i, s:[[s, [{s:s, s:s, s:s, s:i}]]], s:[[s, [{s:s, s:s}]]]}", "code", people[i][0],
                       "name", people[i][1], "lang", p->english, "addresses", "create", "street", "1 Main Street",
                       "postal_code", "12345", "city", "Springfield", "country", i == 2 ? p->de : p->us,
                       "contact_mechanisms", "create", "type", "email", "value", people[i][2]));
    make(e, M_PARTY, json_pack("{s:s, s:s}", "code", "SUPP-1", "name", "Wholesale Supply"));
}

void seed_all(struct erp *e)
{
    struct places places = seed_places(e);

    seed_companies(e);
    seed_taxes(e);
    seed_locations(e);
    make(e, M_TERM, json_pack("{s:s}", "name", "Immediate"));
    make(e, M_TERM, json_pack("{s:s}", "name", "Net 30"));
    seed_products(e, seed_units(e));
    seed_customers(e, &places);
}
