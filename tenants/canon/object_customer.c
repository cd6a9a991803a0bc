#include "canon/schema_int.h"

static const char *const states[] = {"active", "invited", "disabled", NULL};
static const char *const address_kinds[] = {"billing", "shipping", "both", NULL};

static const struct canon_field address_fields[] = {
    KEY("key", OPTIONAL, "The source's id of the address."),
    CHOICE("kind", OPTIONAL, address_kinds, "What it is for."),
    OBJECT("address", NEEDED, &canon_address_shape, "The address."),
};
static const struct canon_shape address_shape = SHAPE(address_fields);

static const struct canon_field customer_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The source's id of the customer, exact."),
    CLOCK_FIELD,
    TEXT("name", OPTIONAL, 300, "The name in full."),
    TEXT("first_name", OPTIONAL, 200, "The given name, where the source tells it apart."),
    TEXT("last_name", OPTIONAL, 200, "The family name, where the source tells it apart."),
    TEXT("company", OPTIONAL, 300, "The company."),
    TEXT("email", OPTIONAL, 320, "The mail address."),
    TEXT("phone", OPTIONAL, 100, "The telephone number."),
    CHOICE("state", OPTIONAL, states, "Whether the account is in use."),
    TEXT("language", OPTIONAL, 35, "The language of BCP 47: de-AT."),
    CURRENCY("currency", OPTIONAL, "The currency the customer pays in."),
    KEY("tax_number", OPTIONAL, "The number the tax office knows the customer by."),
    TRUTH("tax_exempt", OPTIONAL, "Whether no tax is taken."),
    TRUTH("accepts_marketing", OPTIONAL, "Whether the customer agreed to advertising."),
    TEXTS("tags", OPTIONAL, 250, "Words to find the customer by."),
    LIST("addresses", OPTIONAL, &address_shape, 0, 100, "Addresses, the most important first."),
    TEXT("note", OPTIONAL, 20000, "What the shop wrote."),
    TIME("created_at", OPTIONAL, "When the account was made."),
};
static const struct canon_shape customer_shape = SHAPE(customer_fields);

static bool is_told(const struct doc *d, const char *name)
{
    return doc_text(doc_get(d, name)).n > 0;
}

static void customer_rules(struct canon_walk *w, const struct doc *d)
{
    static const char *const any[] = {"name", "first_name", "last_name", "company", "email", "phone"};

    for (size_t i = 0; i < ARRAY_LEN(any); i++)
        if (is_told(d, any[i]))
            return;
    canon_fault_at(w, "/name", "required",
                   "is missing, and so are company, email and phone: one of them must say who it is");
}

/* clang-format off */
static const char *const examples[] = {
    EXAMPLE({"schema": "customer/1", "natural_key": "7001", "updated_at": "2026-11-23T10:00:00Z", "name": "Ada Jones",
        "first_name": "Ada", "last_name": "Jones", "company": null, "email": "ada@example.com", "phone": "+1 217 555 0100",
        "state": "active", "language": "en-US", "currency": "USD", "tax_number": null, "tax_exempt": false, "accepts_marketing": true,
        "tags": ["wholesale"],
        "addresses": [{"key": "11", "kind": "both", "address": {"street": "1 Main Street", "city": "Springfield", "country": "US"}}],
        "note": null, "created_at": "2025-03-01T00:00:00Z"}),
    NULL,
};
/* clang-format on */

static const struct canon_change changes[] = {{1, "The first version."}, {}};

const struct canon_object canon_customer_object = {
    .name = "customer",
    .version = 1,
    .schema = "customer/1",
    .title = "Customer",
    .meaning = "Who buys, as one source knows them.",
    .natural_key = "The source's id of the customer, as a text.",
    .shape = &customer_shape,
    .rules = customer_rules,
    .examples = examples,
    .changes = changes,
};
