#include "fakes/erp_int.h"

#include <string.h>

/* The fields a connector meets, with Tryton's own names and labels. */
#define CHAR(name_, label_, ...)                                                                                       \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_CHAR, ##__VA_ARGS__                                                  \
    }
#define INT(name_, label_, ...)                                                                                        \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_INT, ##__VA_ARGS__                                                   \
    }
#define FLOAT(name_, label_, ...)                                                                                      \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_FLOAT, ##__VA_ARGS__                                                 \
    }
#define DEC(name_, label_, digits_, ...)                                                                               \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_DEC, .digits = digits_, ##__VA_ARGS__                                \
    }
#define BOOL(name_, label_, ...)                                                                                       \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_BOOL, ##__VA_ARGS__                                                  \
    }
#define ACTIVE BOOL("active", "Active", .preset = "true")
#define DATE(name_, label_)                                                                                            \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_DATE                                                                 \
    }
#define REF(name_, label_)                                                                                             \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_REF                                                                  \
    }
#define LINK(name_, label_, target_, ...)                                                                              \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_LINK, .target = target_, ##__VA_ARGS__                               \
    }
#define LINKS(name_, label_, target_, ...)                                                                             \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_LINKS, .target = target_, ##__VA_ARGS__                              \
    }
#define LINES(name_, label_, target_, inverse_)                                                                        \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_LINES, .target = target_, .inverse = inverse_                        \
    }
#define SELECT(name_, label_, options_, ...)                                                                           \
    {                                                                                                                  \
        .name = name_, .label = label_, .type = F_SELECT, .options = options_, ##__VA_ARGS__                           \
    }

static const struct field company_fields[] = {
    LINK("party", "Party", M_PARTY, .flags = REQUIRED),
    LINK("currency", "Currency", M_CURRENCY, .flags = REQUIRED),
    CHAR("timezone", "Timezone"),
};
static const struct field currency_fields[] = {
    CHAR("name", "Name", .flags = REQUIRED),
    CHAR("code", "Code", .flags = REQUIRED | INDEXED),
    CHAR("numeric_code", "Numeric Code"),
    CHAR("symbol", "Symbol"),
    INT("digits", "Digits", .flags = REQUIRED),
    DEC("rounding", "Rounding factor", 6, .flags = REQUIRED),
    DEC("rate", "Current rate", 6),
    ACTIVE,
};
static const struct field country_fields[] = {
    CHAR("name", "Name", .flags = REQUIRED),
    CHAR("code", "Code", .flags = INDEXED),
    CHAR("code3", "3-letters Code"),
    LINES("subdivisions", "Subdivisions", M_SUBDIVISION, "country"),
    ACTIVE,
};
static const struct field subdivision_fields[] = {
    LINK("country", "Country", M_COUNTRY, .flags = REQUIRED),
    CHAR("name", "Name", .flags = REQUIRED),
    CHAR("code", "Code", .flags = REQUIRED | INDEXED),
    CHAR("type", "Type"),
    ACTIVE,
};
static const struct field lang_fields[] = {
    CHAR("name", "Name", .flags = REQUIRED),
    CHAR("code", "Code", .flags = REQUIRED | INDEXED),
};
static const struct field party_fields[] = {
    CHAR("name", "Name", .flags = INDEXED),
    CHAR("code", "Code", .flags = REQUIRED | INDEXED, .preset = "sequence"),
    CHAR("full_name", "Full Name", .flags = COMPUTED),
    LINK("lang", "Language", M_LANG),
    LINES("addresses", "Addresses", M_ADDRESS, "party"),
    LINES("contact_mechanisms", "Contact Mechanisms", M_CONTACT, "party"),
    LINK("customer_payment_term", "Customer Payment Term", M_TERM),
    CHAR("email", "E-Mail", .flags = COMPUTED),
    CHAR("phone", "Phone", .flags = COMPUTED),
    ACTIVE,
};
static const struct field address_fields[] = {
    LINK("party", "Party", M_PARTY, .flags = REQUIRED),
    CHAR("party_name", "Party Name"),
    CHAR("name", "Building Name"),
    CHAR("street", "Street"),
    CHAR("postal_code", "Postal Code"),
    CHAR("city", "City"),
    LINK("country", "Country", M_COUNTRY),
    LINK("subdivision", "Subdivision", M_SUBDIVISION),
    BOOL("invoice", "Invoice"),
    BOOL("delivery", "Delivery"),
    INT("sequence", "Sequence"),
    ACTIVE,
};
static const struct field contact_fields[] = {
    LINK("party", "Party", M_PARTY, .flags = REQUIRED),
    SELECT("type", "Type", "phone|mobile|fax|email|website|skype|sip|irc|jabber|other", .flags = REQUIRED,
           .preset = "phone"),
    CHAR("value", "Value", .flags = INDEXED),
    CHAR("name", "Name"),
    CHAR("comment", "Comment"),
    INT("sequence", "Sequence"),
    ACTIVE,
};
static const struct field uom_fields[] = {
    CHAR("name", "Name", .flags = REQUIRED | INDEXED),  CHAR("symbol", "Symbol", .flags = REQUIRED),
    INT("digits", "Display Digits", .flags = REQUIRED), FLOAT("rounding", "Rounding Precision", .flags = REQUIRED),
    FLOAT("factor", "Factor", .flags = REQUIRED),       ACTIVE,
};
static const struct field category_fields[] = {
    CHAR("name", "Name", .flags = REQUIRED | INDEXED),
    BOOL("accounting", "Accounting"),
    LINK("parent", "Parent", M_CATEGORY),
    LINKS("customer_taxes", "Customer Taxes", M_TAX),
};
static const struct field template_fields[] = {
    CHAR("name", "Name", .flags = REQUIRED),
    CHAR("code", "Code"),
    SELECT("type", "Type", "goods|assets|service", .flags = REQUIRED, .preset = "goods"),
    LINK("default_uom", "Default UOM", M_UOM, .flags = REQUIRED),
    LINK("sale_uom", "Sale UOM", M_UOM),
    DEC("list_price", "List Price", 4),
    BOOL("salable", "Salable", .preset = "false"),
    BOOL("purchasable", "Purchasable", .preset = "false"),
    BOOL("consumable", "Consumable", .preset = "false"),
    LINK("account_category", "Account Category", M_CATEGORY),
    LINKS("categories", "Categories", M_CATEGORY),
    LINES("products", "Variants", M_PRODUCT, "template"),
    ACTIVE,
};
static const struct field product_fields[] = {
    LINK("template", "Product Template", M_TEMPLATE, .flags = REQUIRED),
    CHAR("suffix_code", "Suffix Code"),
    CHAR("code", "Code", .flags = COMPUTED | INDEXED),
    CHAR("description", "Description"),
    DEC("cost_price", "Cost Price", 4),
    FLOAT("quantity", "Quantity", .flags = COMPUTED),
    ACTIVE,
    CHAR("name", "Name", .flags = TEMPLATED | COMPUTED),
    SELECT("type", "Type", "goods|assets|service", .flags = TEMPLATED | COMPUTED),
    LINK("default_uom", "Default UOM", M_UOM, .flags = TEMPLATED | COMPUTED),
    LINK("sale_uom", "Sale UOM", M_UOM, .flags = TEMPLATED | COMPUTED),
    DEC("list_price", "List Price", 4, .flags = TEMPLATED | COMPUTED),
    BOOL("salable", "Salable", .flags = TEMPLATED | COMPUTED),
    LINK("account_category", "Account Category", M_CATEGORY, .flags = TEMPLATED | COMPUTED),
};
static const struct field tax_fields[] = {
    CHAR("name", "Name", .flags = REQUIRED | INDEXED),
    CHAR("description", "Description", .flags = REQUIRED),
    LINK("company", "Company", M_COMPANY, .flags = REQUIRED, .preset = "company"),
    SELECT("type", "Type", "percentage|fixed|none", .flags = REQUIRED, .preset = "percentage"),
    DEC("rate", "Rate", 10),
    ACTIVE,
};
static const struct field location_fields[] = {
    CHAR("name", "Name", .flags = REQUIRED),
    CHAR("code", "Code", .flags = INDEXED),
    SELECT("type", "Location type", "supplier|customer|lost_found|warehouse|storage|production|drop|view|rental",
           .flags = REQUIRED, .preset = "storage"),
    LINK("parent", "Parent", M_LOCATION),
    LINK("storage_location", "Storage", M_LOCATION),
    ACTIVE,
};
static const struct field term_fields[] = {
    CHAR("name", "Name", .flags = REQUIRED | INDEXED),
    CHAR("description", "Description"),
    ACTIVE,
};
#define SALE_STATES "draft|quotation|confirmed|processing|done|cancelled"
static const struct field sale_fields[] = {
    LINK("company", "Company", M_COMPANY, .flags = REQUIRED, .preset = "company"),
    CHAR("number", "Number"),
    CHAR("reference", "Reference", .flags = INDEXED),
    CHAR("description", "Description"),
    DATE("sale_date", "Sale Date"),
    DATE("shipping_date", "Shipping Date"),
    LINK("payment_term", "Payment Term", M_TERM),
    LINK("party", "Party", M_PARTY, .flags = REQUIRED),
    LINK("contact", "Contact", M_CONTACT),
    LINK("invoice_party", "Invoice Party", M_PARTY),
    LINK("invoice_address", "Invoice Address", M_ADDRESS),
    LINK("shipment_party", "Shipment Party", M_PARTY),
    LINK("shipment_address", "Shipment Address", M_ADDRESS),
    LINK("warehouse", "Warehouse", M_LOCATION),
    LINK("currency", "Currency", M_CURRENCY, .flags = REQUIRED, .preset = "currency"),
    INT("currency_digits", "Currency Digits", .flags = COMPUTED),
    LINES("lines", "Lines", M_LINE, "sale"),
    CHAR("comment", "Comment"),
    DEC("untaxed_amount", "Untaxed", 2, .flags = COMPUTED),
    DEC("tax_amount", "Tax", 2, .flags = COMPUTED),
    DEC("total_amount", "Total", 2, .flags = COMPUTED),
    SELECT("invoice_method", "Invoice Method", "manual|order|shipment", .flags = REQUIRED, .preset = "order"),
    SELECT("invoice_state", "Invoice State", "none|waiting|paid|exception", .flags = REQUIRED, .preset = "none"),
    LINKS("invoices", "Invoices", M_INVOICE, .flags = COMPUTED),
    SELECT("shipment_method", "Shipment Method", "manual|order|invoice", .flags = REQUIRED, .preset = "order"),
    SELECT("shipment_state", "Shipment State", "none|waiting|sent|exception", .flags = REQUIRED, .preset = "none"),
    LINKS("shipments", "Shipments", M_SHIPMENT, .flags = COMPUTED),
    REF("origin", "Origin"),
    SELECT("state", "State", SALE_STATES, .flags = REQUIRED, .preset = "draft"),
};
static const struct field line_fields[] = {
    LINK("sale", "Sale", M_SALE, .flags = REQUIRED),
    INT("sequence", "Sequence"),
    SELECT("type", "Type", "line|subtotal|title|comment", .flags = REQUIRED, .preset = "line"),
    FLOAT("quantity", "Quantity"),
    LINK("unit", "Unit", M_UOM),
    LINK("product", "Product", M_PRODUCT),
    DEC("unit_price", "Unit Price", 4),
    DEC("amount", "Amount", 2, .flags = COMPUTED),
    CHAR("description", "Description"),
    CHAR("note", "Note"),
    LINKS("taxes", "Taxes", M_TAX),
    LINK("currency", "Currency", M_CURRENCY, .flags = COMPUTED),
};
static const struct field invoice_fields[] = {
    LINK("company", "Company", M_COMPANY, .flags = REQUIRED, .preset = "company"),
    CHAR("number", "Number"),
    LINK("party", "Party", M_PARTY, .flags = REQUIRED),
    LINK("currency", "Currency", M_CURRENCY, .flags = REQUIRED),
    SELECT("type", "Type", "out|in", .flags = REQUIRED, .preset = "out"),
    SELECT("state", "State", "draft|validated|posted|paid|cancelled", .flags = REQUIRED, .preset = "draft"),
    DEC("untaxed_amount", "Untaxed", 2),
    DEC("tax_amount", "Tax", 2),
    DEC("total_amount", "Total", 2),
    REF("origin", "Origin"),
};
static const struct field shipment_fields[] = {
    LINK("company", "Company", M_COMPANY, .flags = REQUIRED, .preset = "company"),
    CHAR("number", "Number"),
    LINK("customer", "Customer", M_PARTY, .flags = REQUIRED),
    LINK("delivery_address", "Delivery Address", M_ADDRESS),
    LINK("warehouse", "Warehouse", M_LOCATION),
    SELECT("state", "State", "draft|waiting|assigned|picked|packed|done|cancelled", .flags = REQUIRED,
           .preset = "waiting"),
    REF("origin", "Origin"),
};

const struct erp_user erp_users[2] = {{12, "connector", 3, 1}, {13, "connector-eu", 4, 2}};

#define MODEL(id_, name_, label_, fields_, first_, ...)                                                                \
    [id_] = {.name = name_,                                                                                            \
             .label = label_,                                                                                          \
             .fields = fields_,                                                                                        \
             .field_count = (int)(sizeof fields_ / sizeof fields_[0]),                                                 \
             .first_id = first_,                                                                                       \
             ##__VA_ARGS__}

/* First ids differ from a real database's on purpose, but for currency and tax, which every guide names. */
static const struct model schema[MODEL_COUNT] = {
    MODEL(M_COMPANY, "company.company", "Company", company_fields, 3),
    MODEL(M_CURRENCY, "currency.currency", "Currency", currency_fields, 1),
    MODEL(M_COUNTRY, "country.country", "Country", country_fields, 51),
    MODEL(M_SUBDIVISION, "country.subdivision", "Subdivision", subdivision_fields, 501),
    MODEL(M_LANG, "ir.lang", "Language", lang_fields, 1),
    MODEL(M_PARTY, "party.party", "Party", party_fields, 41),
    MODEL(M_ADDRESS, "party.address", "Address", address_fields, 71),
    MODEL(M_CONTACT, "party.contact_mechanism", "Contact Mechanism", contact_fields, 91),
    MODEL(M_UOM, "product.uom", "Unit of Measure", uom_fields, 8),
    MODEL(M_CATEGORY, "product.category", "Product Category", category_fields, 6),
    MODEL(M_TEMPLATE, "product.template", "Product Template", template_fields, 211),
    MODEL(M_PRODUCT, "product.product", "Product Variant", product_fields, 311),
    MODEL(M_TAX, "account.tax", "Tax", tax_fields, 1, .of_company = true),
    MODEL(M_LOCATION, "stock.location", "Stock Location", location_fields, 31),
    MODEL(M_TERM, "account.invoice.payment_term", "Payment Term", term_fields, 5),
    MODEL(M_SALE, "sale.sale", "Sale", sale_fields, 1001, .of_company = true),
    MODEL(M_LINE, "sale.line", "Sale Line", line_fields, 5001),
    MODEL(M_INVOICE, "account.invoice", "Invoice", invoice_fields, 2001, .of_company = true),
    MODEL(M_SHIPMENT, "stock.shipment.out", "Customer Shipment", shipment_fields, 3001, .of_company = true),
};

void schema_init(struct erp *e)
{
    for (int i = 0; i < MODEL_COUNT; i++) {
        struct model *m = &e->models[i];
        *m = schema[i];
        m->indexes = erp_alloc((size_t)m->field_count * sizeof *m->indexes);
        for (int f = 0; f < m->field_count; f++)
            if (m->fields[f].flags & INDEXED)
                m->indexes[f] = json_object();
    }
}

struct model *schema_model(struct erp *e, const char *name)
{
    for (int i = 0; i < MODEL_COUNT; i++)
        if (!strcmp(e->models[i].name, name))
            return &e->models[i];
    return NULL;
}

int schema_field(const struct model *m, const char *name, size_t len)
{
    for (int i = 0; i < m->field_count; i++)
        if (!strncmp(m->fields[i].name, name, len) && m->fields[i].name[len] == '\0')
            return i;
    return -1;
}
