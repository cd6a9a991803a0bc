#include "fakes/erp_int.h"

#include <string.h>

/* How many records share their value with an earlier one. */
static json_int_t duplicates(const struct erp *e, int model, const char *field, json_int_t *values)
{
    const struct model *m = &e->models[model];
    json_int_t extra = 0;
    const char *key;
    json_t *ids;
    json_t *index = m->indexes[schema_field(m, field, strlen(field))];

    json_object_foreach(index, key, ids) extra += (json_int_t)json_array_size(ids) - 1;
    *values = (json_int_t)json_object_size(index);
    return extra;
}

static json_int_t living(const struct erp *e, int model)
{
    json_int_t n = 0;
    for (int i = 0; i < e->models[model].count; i++)
        n += e->models[model].records[i] != NULL;
    return n;
}

static json_t *states(const struct erp *e)
{
    const struct model *m = &e->models[M_SALE];
    json_t *by = json_object();

    for (int i = 0; i < m->count; i++) {
        if (!m->records[i])
            continue;
        const char *state = json_string_value(store_named(e, M_SALE, m->records[i], "state"));
        json_object_set_new(by, state, json_integer(json_integer_value(json_object_get(by, state)) + 1));
    }
    return by;
}

json_t *view_state(const struct erp *e)
{
    const struct erp_counts *n = &e->counts;
    json_int_t references, codes, emails, skus;
    json_int_t double_references = duplicates(e, M_SALE, "reference", &references);
    json_int_t double_codes = duplicates(e, M_PARTY, "code", &codes);
    json_int_t double_emails = duplicates(e, M_CONTACT, "value", &emails);
    json_int_t double_skus = duplicates(e, M_PRODUCT, "code", &skus);
    json_t *out = json_object();
    const struct {
        const char *name;
        json_int_t value;
    } numbers[] = {
        {"sales", living(e, M_SALE)},
        {"references", references},
        {"duplicate_references", double_references},
        {"parties", living(e, M_PARTY)},
        {"duplicate_party_codes", double_codes},
        {"contacts", emails},
        {"duplicate_contacts", double_emails},
        {"products", living(e, M_PRODUCT)},
        {"duplicate_product_codes", double_skus},
        {"requests", n->requests},
        {"calls", n->calls},
        {"changes", n->changes},
        {"refused", n->refused},
        {"logins", n->logins},
        {"locks", n->locks},
        {"dropped", n->dropped_before + n->dropped_after},
        {"dropped_before", n->dropped_before},
        {"dropped_after", n->dropped_after},
        {"late", n->late},
        {"errors_after", n->errors_after},
        {"forgotten", n->forgotten},
        {"sink", n->sink},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        json_object_set_new(out, numbers[i].name, json_integer(numbers[i].value));
    json_object_set_new(out, "states", states(e));
    return out;
}

static json_t *decimal_text(json_t *decimal)
{
    json_t *text = json_incref(json_object_get(decimal, "decimal"));
    json_decref(decimal);
    return text;
}

static json_t *view_line(const struct erp *e, const struct record *line)
{
    const struct record *product = store_get(e, M_PRODUCT, store_link(e, M_LINE, line, "product"));
    json_t *code = product ? store_named(e, M_PRODUCT, product, "code") : NULL;
    json_t *price = store_named(e, M_LINE, line, "unit_price");
    struct dec d = {0};

    value_dec(price, &d);
    return json_pack("{s:O?, s:O?, s:o?, s:O?}", "product", code, "quantity", store_named(e, M_LINE, line, "quantity"),
                     "unit_price", price ? decimal_text(value_from_dec(d)) : NULL, "taxes",
                     store_named(e, M_LINE, line, "taxes"));
}

static json_t *view_sale(const struct erp *e, const struct record *sale)
{
    const struct record *currency = store_get(e, M_CURRENCY, store_link(e, M_SALE, sale, "currency"));
    const struct record *party = store_get(e, M_PARTY, store_link(e, M_SALE, sale, "party"));
    json_t *lines = json_array(), *id;
    size_t i;

    json_array_foreach(store_named(e, M_SALE, sale, "lines"), i, id)
        json_array_append_new(lines, view_line(e, store_get(e, M_LINE, json_integer_value(id))));
    return json_pack("{s:i, s:O?, s:O?, s:O, s:O, s:O, s:o, s:o, s:o, s:o}", "id", sale->id, "number",
                     store_named(e, M_SALE, sale, "number"), "reference", store_named(e, M_SALE, sale, "reference"),
                     "state", store_named(e, M_SALE, sale, "state"), "currency",
                     store_named(e, M_CURRENCY, currency, "code"), "party", store_named(e, M_PARTY, party, "code"),
                     "untaxed", decimal_text(value_from_dec(sale_amount(e, sale, SALE_UNTAXED))), "tax",
                     decimal_text(value_from_dec(sale_amount(e, sale, SALE_TAX))), "total",
                     decimal_text(value_from_dec(sale_amount(e, sale, SALE_TOTAL))), "lines", lines);
}

json_t *view_sales(const struct erp *e)
{
    const struct model *m = &e->models[M_SALE];
    json_t *all = json_array();

    for (int i = 0; i < m->count; i++)
        if (m->records[i])
            json_array_append_new(all, view_sale(e, m->records[i]));
    return all;
}
