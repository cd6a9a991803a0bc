#include "base/money.h"
#include "canon/canon.h"
#include "canon/schema_int.h"

/* What is sold, and where how much of it lies: product, SKU, location, inventory position. */

static const char *const goods_states[] = {"draft", "active", "archived", NULL};

static const struct canon_change first[] = {{1, "The first version."}, {}};

/* ---- product ---- */

static const struct canon_field image_fields[] = {
    TEXT("url", NEEDED, 2000, "Where it is."),
    TEXT("alt", OPTIONAL, 1000, "What it shows, in words."),
};
static const struct canon_shape image_shape = SHAPE(image_fields);

static const struct canon_field choice_fields[] = {
    TEXT("name", NEEDED, 200, "What can be chosen: size, colour."),
    TEXTS("values", NEEDED, 250, "What it can be."),
};
static const struct canon_shape choice_shape = SHAPE(choice_fields);

static const struct canon_field product_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The source's id of the product, exact."),
    CLOCK_FIELD,
    TEXT("title", NEEDED, 1000, "What it is called."),
    CHOICE("state", NEEDED, goods_states, "Whether it is for sale."),
    TEXT("description", OPTIONAL, 100000, "What is told of it; may be HTML."),
    TEXT("brand", OPTIONAL, 300, "The maker's or vendor's name."),
    TEXT("kind", OPTIONAL, 300, "The sort of thing it is."),
    KEY("tax_code", OPTIONAL, "The source's tax code of all its SKUs."),
    TEXTS("categories", OPTIONAL, 250, "Where it stands in a catalogue, most important first."),
    TEXTS("tags", OPTIONAL, 250, "Words to find it by."),
    TEXTS("channels", OPTIONAL, 100, "Where it is for sale, as the source calls them."),
    LIST("options", OPTIONAL, &choice_shape, 0, 20, "What a shopper chooses between; each choice is a SKU."),
    LIST("images", OPTIONAL, &image_shape, 0, 250, "Pictures, the first one first."),
    TIME("created_at", OPTIONAL, "When it was made."),
};
static const struct canon_shape product_shape = SHAPE(product_fields);

/* clang-format off */
static const char *const product_examples[] = {
    EXAMPLE({"schema": "product/1", "natural_key": "632910392", "updated_at": "2026-11-20T08:00:00Z", "title": "Mug",
        "state": "active", "description": "<p>Holds 0.4 l.</p>", "brand": "Alder & Pine", "kind": "Tableware", "tax_code": "P0000000",
        "categories": ["Kitchen", "Mugs"], "tags": ["gift"], "channels": ["web"],
        "options": [{"name": "Colour", "values": ["blue", "green"]}],
        "images": [{"url": "https://cdn.example.com/mug.jpg", "alt": "A blue mug"}], "created_at": "2025-01-05T09:00:00Z"}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_product = {
    .name = "product",
    .version = 1,
    .schema = "product/1",
    .title = "Product",
    .meaning = "What a shopper sees in a catalogue. What is bought, counted and priced are its SKUs.",
    .natural_key = "The source's id of the product, as a text.",
    .shape = &product_shape,
    .examples = product_examples,
    .changes = first,
};

/* ---- SKU ---- */

static const char *const barcode_kinds[] = {"gtin", "upc", "ean", "isbn", "asin", "mpn", "other", NULL};
static const char *const weight_units[] = {"g", "kg", "oz", "lb", NULL};
static const char *const length_units[] = {"mm", "cm", "m", "in", "ft", NULL};

static const struct canon_field barcode_fields[] = {
    CHOICE("kind", NEEDED, barcode_kinds, "Whose number it is."),
    KEY("value", NEEDED, "The number, with its leading zeros."),
};
static const struct canon_shape barcode_shape = SHAPE(barcode_fields);

static const struct canon_field option_fields[] = {
    TEXT("name", NEEDED, 200, "What was chosen: size, colour."),
    TEXT("value", NEEDED, 300, "What it is."),
};
static const struct canon_shape option_shape = SHAPE(option_fields);

static const struct canon_field weight_fields[] = {
    QUANTITY("value", NEEDED, CANON_NOT_NEGATIVE, "How heavy."),
    CHOICE("unit", NEEDED, weight_units, "In what."),
};
static const struct canon_shape weight_shape = SHAPE(weight_fields);

static const struct canon_field size_fields[] = {
    QUANTITY("length", NEEDED, CANON_NOT_NEGATIVE, "How long."),
    QUANTITY("width", NEEDED, CANON_NOT_NEGATIVE, "How wide."),
    QUANTITY("height", NEEDED, CANON_NOT_NEGATIVE, "How high."),
    CHOICE("unit", NEEDED, length_units, "In what."),
};
static const struct canon_shape size_shape = SHAPE(size_fields);

static const struct canon_field component_fields[] = {
    FIELD("sku", CANON_KEY, NEEDED, .max = CANON_SKU_MAX, .meaning = "What is in the bundle."),
    QUANTITY("quantity", NEEDED, CANON_POSITIVE, "How many of it in one bundle."),
};
static const struct canon_shape component_shape = SHAPE(component_fields);

static const struct canon_field sku_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The source's id of the variant, exact."),
    CLOCK_FIELD,
    FIELD("sku", CANON_KEY, NEEDED, .max = CANON_SKU_MAX, .meaning = "The SKU itself."),
    CHOICE("state", NEEDED, goods_states, "Whether it is for sale."),
    KEY("product_key", OPTIONAL, "The source's id of its product."),
    TEXT("title", OPTIONAL, 1000, "What it is called."),
    LIST("options", OPTIONAL, &option_shape, 0, 20, "Which choice of the product it is."),
    LIST("barcodes", OPTIONAL, &barcode_shape, 0, 50, "The numbers it is known by elsewhere."),
    CURRENCY("currency", OPTIONAL, "The currency of its prices; needed when there are any."),
    PRICE("price", OPTIONAL, CANON_NOT_NEGATIVE, "What one costs."),
    PRICE("compare_at_price", OPTIONAL, CANON_NOT_NEGATIVE, "What one cost before."),
    PRICE("cost", OPTIONAL, CANON_NOT_NEGATIVE, "What one costs the shop."),
    KEY("tax_code", OPTIONAL, "The source's tax code."),
    TEXT("unit", OPTIONAL, 40, "What one of it is: piece, kg, m."),
    OBJECT("weight", OPTIONAL, &weight_shape, "How heavy one is, packed."),
    OBJECT("size", OPTIONAL, &size_shape, "How large one is, packed."),
    KEY("customs_code", OPTIONAL, "The number of the Harmonized System."),
    COUNTRY("origin", OPTIONAL, "Where it was made."),
    TRUTH("tracked", OPTIONAL, "Whether its stock is counted."),
    LIST("components", OPTIONAL, &component_shape, 0, 250, "What a bundle is made of; empty for what is no bundle."),
};
static const struct canon_shape sku_shape = SHAPE_CURRENCY(sku_fields);

static void sku_rules(struct canon_walk *w, const struct doc *d)
{
    if (canon_has(d, "currency"))
        return;
    if (canon_has(d, "price") || canon_has(d, "compare_at_price") || canon_has(d, "cost"))
        canon_fault_at(w, "/currency", "required", "is missing, and there are prices");
}

/* clang-format off */
static const char *const sku_examples[] = {
    EXAMPLE({"schema": "sku/1", "natural_key": "808950810", "updated_at": "2026-11-20T08:00:00Z", "sku": "MUG-BLUE", "state": "active",
        "product_key": "632910392", "title": "Mug, blue", "options": [{"name": "Colour", "value": "blue"}],
        "barcodes": [{"kind": "ean", "value": "0012345678905"}], "currency": "USD", "price": "19.99", "compare_at_price": "24.00",
        "cost": "7.125", "tax_code": "P0000000", "unit": "piece", "weight": {"value": "0.42", "unit": "kg"},
        "size": {"length": "12", "width": "9", "height": "10.5", "unit": "cm"}, "customs_code": "691110", "origin": "PT",
        "tracked": true, "components": []}),
    EXAMPLE({"schema": "sku/1", "natural_key": "808950811", "updated_at": "2026-11-20T08:00:00Z", "sku": "MUG-SET", "state": "active",
        "components": [{"sku": "MUG-BLUE", "quantity": "2"}, {"sku": "TEA-KG", "quantity": "0.25"}]}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_sku = {
    .name = "sku",
    .version = 1,
    .schema = "sku/1",
    .title = "SKU",
    .meaning = "What is bought, counted, priced and shipped: one variant of a product, or a bundle of others.",
    .natural_key = "The source's id of the variant, as a text; not the SKU, which people change.",
    .shape = &sku_shape,
    .rules = sku_rules,
    .examples = sku_examples,
    .changes = first,
};

/* ---- location ---- */

static const char *const location_kinds[] = {"store", "warehouse", "third_party", "dropship", "virtual", NULL};

static const struct canon_field location_fields[] = {
    SCHEMA_FIELD,
    KEY("natural_key", NEEDED, "The source's id of the location, exact."),
    CLOCK_FIELD,
    TEXT("name", NEEDED, 300, "What it is called."),
    TRUTH("active", NEEDED, "Whether it is in use."),
    CHOICE("kind", OPTIONAL, location_kinds, "What it is."),
    KEY("code", OPTIONAL, "The short name that people use."),
    OBJECT("address", OPTIONAL, &canon_address_shape, "Where it is."),
    TEXT("time_zone", OPTIONAL, 64, "The zone of its days, of the IANA list: Europe/Berlin."),
    TRUTH("sells", OPTIONAL, "Whether shoppers buy there."),
    TRUTH("ships", OPTIONAL, "Whether orders leave from there."),
};
static const struct canon_shape location_shape = SHAPE(location_fields);

/* clang-format off */
static const char *const location_examples[] = {
    EXAMPLE({"schema": "location/1", "natural_key": "655441491", "updated_at": "2026-10-01T00:00:00Z", "name": "Harbour store",
        "active": true, "kind": "store", "code": "HRB",
        "address": {"street": "50 Quay", "postal_code": "20457", "city": "Hamburg", "region": "HH", "country": "DE"},
        "time_zone": "Europe/Berlin", "sells": true, "ships": true}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_location = {
    .name = "location",
    .version = 1,
    .schema = "location/1",
    .title = "Location",
    .meaning = "A place where goods are kept or sold.",
    .natural_key = "The source's id of the location, as a text.",
    .shape = &location_shape,
    .examples = location_examples,
    .changes = first,
};

/* ---- inventory position ---- */

static const struct canon_field position_fields[] = {
    SCHEMA_FIELD,
    FIELD("natural_key", CANON_KEY, NEEDED, .max = CANON_SKU_MAX + CANON_KEY_MAX + 1,
          .meaning = "The source's id of the position, or the SKU, an at sign and the location."),
    CLOCK_FIELD,
    FIELD("sku", CANON_KEY, NEEDED, .max = CANON_SKU_MAX, .meaning = "Of what."),
    KEY("location", NEEDED, "Where: the natural key of the location."),
    QUANTITY("available", NEEDED, CANON_ANY_SIGN, "How much can be sold now; below zero when more was sold."),
    QUANTITY("on_hand", OPTIONAL, CANON_ANY_SIGN, "How much lies there."),
    QUANTITY("committed", OPTIONAL, CANON_NOT_NEGATIVE, "How much of it is sold and has not left."),
    QUANTITY("buffer", OPTIONAL, CANON_NOT_NEGATIVE,
             "How much of it is not for sale: safety stock, damaged, in inspection."),
    QUANTITY("in_flight", OPTIONAL, CANON_NOT_NEGATIVE, "How much is on its way there."),
    TEXT("unit", OPTIONAL, 40, "What one of it is: piece, kg, m."),
    KEY("lot", OPTIONAL, "The lot or batch that is counted."),
};
static const struct canon_shape position_shape = SHAPE(position_fields);

static void position_rules(struct canon_walk *w, const struct doc *d)
{
    struct decimal left;

    if (!canon_has(d, "on_hand"))
        return;
    if (!decimal_sub(canon_number(d, "on_hand"), canon_number(d, "committed"), &left) ||
        !decimal_sub(left, canon_number(d, "buffer"), &left))
        canon_too_large(w, "/on_hand");
    else
        canon_same(w, "/available", canon_number(d, "available"), left, "on_hand less committed and buffer is");
}

/* clang-format off */
static const char *const position_examples[] = {
    EXAMPLE({"schema": "inventory_position/1", "natural_key": "MUG-BLUE@655441491", "updated_at": "2026-11-23T10:05:00Z",
        "sku": "MUG-BLUE", "location": "655441491", "available": "37", "on_hand": "45", "committed": "3", "buffer": "5",
        "in_flight": "120", "unit": "piece", "lot": null}),
    NULL,
};
/* clang-format on */

const struct canon_object canon_inventory_position = {
    .name = "inventory_position",
    .version = 1,
    .schema = "inventory_position/1",
    .title = "Inventory position",
    .meaning =
        "How much of a SKU lies at a location, and how much of that can be sold. Where on_hand is told, available is "
        "on_hand less committed and buffer.",
    .natural_key = "The source's id of the position where it has one, else SKU@location.",
    .shape = &position_shape,
    .rules = position_rules,
    .examples = position_examples,
    .changes = first,
};
