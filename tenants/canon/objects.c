#include "canon/schema_int.h"

/* Every object in its newest version. An older one that documents still keep to stands in `older`. */
static const struct canon_object *const newest[] = {
    &canon_product,         &canon_sku,           &canon_location, &canon_inventory_position,
    &canon_customer_object, &canon_sales_order,   &canon_shipment, &canon_return,
    &canon_refund,          &canon_payment,       &canon_payout,   &canon_settlement_line,
    &canon_tax_transaction, &canon_journal_entry,
};
static const struct canon_object *const older[] = {NULL};

const struct canon_object *const *canon_objects(size_t *out_n)
{
    *out_n = ARRAY_LEN(newest);
    return newest;
}

const struct canon_object *canon_object_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(newest); i++)
        if (str_is(name, newest[i]->name))
            return newest[i];
    return NULL;
}

const struct canon_object *canon_object_version(struct str name, unsigned version)
{
    const struct canon_object *now = canon_object_find(name);

    if (now && now->version == version)
        return now;
    for (const struct canon_object *const *o = older; *o; o++)
        if ((*o)->version == version && str_is(name, (*o)->name))
            return *o;
    return NULL;
}

const struct canon_object *canon_object_schema(struct str schema)
{
    for (size_t i = 0; i < ARRAY_LEN(newest); i++)
        if (str_is(schema, newest[i]->schema))
            return newest[i];
    for (const struct canon_object *const *o = older; *o; o++)
        if (str_is(schema, (*o)->schema))
            return *o;
    return NULL;
}

const struct canon_object *canon_object_of(const struct doc *d)
{
    return canon_object_schema(doc_text(doc_get(d, "schema")));
}
