#include "mapping_kit.h"

/* The documents that come with the program, each on orders made up for it: what the public examples do not show. */

static struct mapping *shipped(const char *system, const char *object)
{
    const struct mapping_shipped *s = mapping_shipped(system, object);
    struct mapping_faults faults;
    const struct doc *d = NULL;
    struct mapping *m = NULL;

    if (!s)
        test_failed(__FILE__, __LINE__, "nothing is shipped for %s %s", system, object);
    CHECK_OK(doc_parse(test_scope(), (struct str){s->text, s->n}, &d));
    if (!mapping_compile(test_scope()->arena, d, NULL, &m, &faults))
        test_failed(__FILE__, __LINE__, "%s %s: %s", system, object, kit_faults(&faults));
    return m;
}

/* What the parts of an order make, by the rules of the canonical object but exact. */
static const char *parts_made(const struct doc *order)
{
    struct doc *with = arena_alloc(test_scope()->arena, sizeof(*with));
    const struct mapping_how how = {0};
    struct mapping_result out;
    struct mapping *m = kit_mapping(
        "{'to': '/note', 'expr': '"
        "$total([lines.$times(unit_price, quantity), lines.$minus(\\'0\\', discount), shipping.price, "
        "shipping.$minus(\\'0\\', discount), fees.amount, discounts.$minus(\\'0\\', amount), tip, duties, rounding, "
        "taxes_included = true ? [] : [lines.taxes.amount, shipping.taxes.amount, fees.taxes.amount, taxes.amount]])'}",
        NULL);

    *with = *order;
    mapping_run(test_scope()->arena, m, with, &how, &out);
    return doc_cstr(test_scope()->arena, doc_get(&out.value, "note"));
}

/* A copy in which one of its values is null; *left counts down to it. */
static struct doc with_null(const struct doc *d, size_t *left)
{
    bool object = doc_kind(d) == DOC_OBJECT;
    size_t n = doc_count(d) * (object ? 2 : 1);

    if ((*left)-- == 0)
        return (struct doc){.kind = DOC_NULL};
    if (!object && doc_kind(d) != DOC_ARRAY)
        return *d;

    struct doc *copy = arena_memdup(test_scope()->arena, d->children, n * sizeof(*d));

    for (size_t i = object; i < n; i += object ? 2 : 1)
        copy[i] = with_null(&d->children[i], left);
    return object ? doc_make_object(copy, (uint32_t)(n / 2)) : doc_make_array(copy, (uint32_t)n);
}

/* A source that tells nothing where it told something may leave an order that is not in order, and nothing worse: no
 * expression fails on it, but for want of a currency. */
static void check_nulls(const struct mapping *m, const struct doc *input)
{
    const struct mapping_how how = {.creating = true};

    for (size_t i = 0;; i++) {
        size_t left = i;
        struct doc *changed = arena_memdup(test_scope()->arena, input, sizeof(*input));
        struct mapping_result out;

        *changed = with_null(input, &left);
        if (left < SIZE_MAX / 2)
            break; /* there are no more */
        mapping_run(test_scope()->arena, m, changed, &how, &out);
        for (size_t k = 0; k < out.faults.n; k++)
            if (out.faults.v[k].line && strcmp(out.faults.v[k].code, "M0002") != 0)
                test_failed(__FILE__, __LINE__, "with value %zu null: %s", i, kit_fault_text(&out.faults.v[k]));
    }
}

static const struct doc *mapped(const char *system, const char *object, const char *input)
{
    const struct mapping_how how = {.creating = true};
    struct mapping_result *out = arena_alloc(test_scope()->arena, sizeof(*out)), again;

    mapping_run(test_scope()->arena, shipped(system, object), kit_doc(input), &how, out);
    check_nulls(shipped(system, object), kit_doc(input));
    again = kit_run_how(shipped(system, object), input, &how);
    if (!out->valid)
        test_failed(__FILE__, __LINE__, "%s is not a valid sales order: %s", kit_text(&out->value),
                    kit_faults(&out->faults));
    CHECK_STR(kit_text(&again.value), kit_text(&out->value)); /* whoever maps it, and whenever */
    return &out->value;
}

/* A text in which every @ before an amount opens what its vendor puts around one. */
static const char *spelled(const char *text, const char *before, const char *after)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 16);
    for (; *text; text++) {
        size_t n = *text == '@' ? strspn(text + 1, "-.0123456789") : 0;

        if (n)
            buf_f(&b, "%s%.*s%s", before, (int)n, text + 1, after);
        else
            buf_c(&b, *text);
        text += n;
    }
    return buf_cstr(&b);
}

#define CHECK_AT(order, pointer, want) CHECK_STR(kit_text_at(order, pointer), want)
static const char *kit_text_at(const struct doc *d, const char *pointer)
{
    const struct doc *v = doc_pointer(d, pointer);

    return v ? kit_text(v) : "(none)";
}

TEST(every_shipped_document_compiles_and_says_what_it_is_for)
{
    size_t n;
    const struct mapping_shipped *all = mapping_shipped_all(&n);

    CHECK(n >= 12);
    for (size_t i = 0; i < n; i++) {
        const struct mapping *m = shipped(all[i].system, all[i].object);

        CHECK_STR(mapping_source_system(m), all[i].system);
        CHECK_STR(mapping_source_object(m), all[i].object);
        if (strcmp(all[i].object, "order") == 0)
            CHECK_STR(mapping_target(m)->schema, "sales_order/1");
    }
    CHECK(!mapping_shipped("acme", "order"));
    CHECK(!mapping_shipped("shopify", "orders"));
}

TEST(an_order_of_shopify_keeps_its_discounts_taxes_and_states)
{
    const struct doc *o = mapped(
        "shopify", "order",
        "{'id': 9007199254740993, 'name': '#7', 'currency': 'USD', 'created_at': '2026-11-23T10:00:00-05:00', "
        "'updated_at': '2026-11-23T11:00:00-05:00', 'taxes_included': false, 'test': false, 'cancelled_at': null, "
        "'financial_status': 'partially_paid', 'fulfillment_status': 'partial', 'source_name': 'pos', "
        "'total_price': '27.52', 'line_items': [{'id': 1, 'sku': 'A', 'quantity': 2, 'price': '10.00', "
        "'discount_allocations': [{'amount': '0.50'}, {'amount': '1.00'}], "
        "'tax_lines': [{'title': 'VAT', 'price': '3.52', 'rate': 0.19}]}], "
        "'shipping_lines': [{'title': 'Post', 'price': '5.50', 'discount_allocations': [], 'tax_lines': []}]}");

    CHECK_AT(o, "/natural_key", "'9007199254740993'");
    CHECK_AT(o, "/placed_at", "'2026-11-23T15:00:00Z'");
    CHECK_AT(o, "/total", "'27.52'");
    CHECK_STR(parts_made(o), "27.52");
    CHECK_AT(o, "/lines/0/discount", "'1.50'");
    CHECK_AT(o, "/state", "'partially_shipped'");
    CHECK_AT(o, "/source_state", "'partial'");
    CHECK_AT(o, "/payment_state", "'partially_paid'");
    CHECK_AT(o, "/channel", "'pos'");
}

#define BC_ORDER                                                                                                       \
    "{'id': 31, 'customer_id': 0, 'date_created': 'Tue, 05 Mar 2019 21:40:11 +0000', "                                 \
    "'date_modified': 'Tue, 05 Mar 2019 22:40:11 +0100', 'status_id': 3, 'status': 'Half gone', "                      \
    "'default_currency_code': 'EUR', 'currency_code': 'USD', 'payment_method': 'Credit Card', "                        \
    "'payment_provider_id': 'ch_1', 'payment_status': 'captured', 'items_total': 3, "                                  \
    "'billing_address': {'first_name': 'Ada', 'last_name': '', 'street_1': '1 Main', 'country_iso2': 'DE'}, "

TEST(an_order_of_bigcommerce_takes_discounts_from_its_products_when_these_are_all_of_them)
{
    const struct doc *o = mapped(
        "bigcommerce", "order",
        BC_ORDER "'is_tax_inclusive_pricing': false, 'subtotal_ex_tax': '40.0000', 'subtotal_inc_tax': '44.0000', "
                 "'subtotal_tax': '4.0000', 'shipping_cost_ex_tax': '5.0000', 'shipping_cost_inc_tax': '5.5000', "
                 "'shipping_cost_tax': '0.5000', 'handling_cost_inc_tax': '1.1000', 'handling_cost_tax': '0.1000', "
                 "'wrapping_cost_inc_tax': '2.2000', 'wrapping_cost_tax': '0.2000', 'discount_amount': '1.0000', "
                 "'coupon_discount': '2.0000', 'store_credit_amount': '10.0000', 'gift_certificate_amount': '0.0000', "
                 "'total_inc_tax': '53.8000', 'total_tax': '4.8000', "
                 "'shipping_addresses': [{'first_name': 'Bo', 'street_1': '2 Side', 'country_iso2': 'AT', "
                 "'shipping_method': 'Courier'}], 'coupons': [{'code': 'TWO'}], "
                 "'fees': [{'display_name_customer': 'Deposit', 'cost_ex_tax': '4.0000', 'cost_inc_tax': '4.0000', "
                 "'cost_tax': '0.0000'}], "
                 "'products': [{'id': 1, 'product_id': 7, 'variant_id': 8, 'sku': '', 'name': 'Mug', 'quantity': 2, "
                 "'price_ex_tax': '15.0000', 'price_inc_tax': '16.5000', 'total_tax': '3.0000', "
                 "'applied_discounts': [{'amount': '2.0000'}]}, {'id': 2, 'sku': 'B', 'quantity': 1, "
                 "'price_ex_tax': '10.0000', 'price_inc_tax': '11.0000', 'total_tax': '1.0000', "
                 "'applied_discounts': [{'amount': '1.0000'}]}]}");

    CHECK_AT(o, "/total", "'53.80'");
    CHECK_STR(parts_made(o), "53.8000");
    CHECK_AT(o, "/currency", "'EUR'");
    CHECK_AT(o, "/placed_at", "'2019-03-05T21:40:11Z'");
    CHECK_AT(o, "/lines/0/sku", "'variant:8'");
    CHECK_AT(o, "/lines/0/discount", "'2.0000'");
    CHECK_AT(o, "/discounts", "[]");
    CHECK_AT(o, "/fees/2", "{'title':'Deposit','amount':'4.0000','taxes':[]}");
    CHECK_AT(o, "/shipping/0/title", "'Courier'");
    CHECK_AT(o, "/shipping_to/country", "'AT'");
    CHECK_AT(o, "/customer/key", "(none)");
    CHECK_AT(o, "/state", "'partially_shipped'");
    CHECK_AT(o, "/source_state", "'Half gone'");
    CHECK_AT(o, "/tenders/1", "{'kind':'card','key':'ch_1','title':'Credit Card','amount':'43.80'}");
}

TEST(an_order_of_bigcommerce_with_taxes_in_its_prices_and_four_decimals_is_rounded_once_and_says_so)
{
    const struct doc *o = mapped(
        "bigcommerce", "order",
        BC_ORDER
        "'is_tax_inclusive_pricing': true, 'shipping_cost_ex_tax': '4.5455', 'shipping_cost_inc_tax': '5.0000', "
        "'shipping_cost_tax': '0.4545', 'discount_amount': '1.0007', 'coupon_discount': '0.0000', "
        "'total_inc_tax': '62.6793', 'products': [{'id': 1, 'sku': 'A', 'quantity': 3, 'price_ex_tax': '17.8100', "
        "'price_inc_tax': '19.5600', 'total_tax': '5.3400', 'applied_discounts': []}]}");

    CHECK_AT(o, "/total", "'62.68'");
    CHECK_AT(o, "/rounding", "'0.0007'");
    CHECK_STR(parts_made(o), "62.6800");
    CHECK_AT(o, "/discounts/0", "{'title':'Discount','amount':'1.0007'}");
    CHECK_AT(o, "/lines/0/unit_price", "'19.5600'");
}

TEST(an_order_of_bigcommerce_without_its_products_is_one_line_without_an_sku)
{
    const struct doc *o =
        mapped("bigcommerce", "order",
               BC_ORDER "'is_tax_inclusive_pricing': false, 'subtotal_ex_tax': '40', 'subtotal_tax': '4', "
                        "'total_inc_tax': '44', 'products': {'url': 'https://x', 'resource': '/x'}}");

    CHECK_AT(o, "/lines",
             "[{'title':'3 items, not told one by one','quantity':'1','unit_price':'40','taxes':[{'amount':'4'}]}]");
}

#define WOO_ORDER                                                                                                      \
    "{'id': 5, 'number': 'W-5', 'currency': 'EUR', 'date_created_gmt': '2026-03-01T10:00:00', "                        \
    "'date_modified_gmt': '2026-03-01T10:05:00', 'customer_id': 3, 'status': 'on-hold', "                              \
    "'prices_include_tax': true, 'billing': {'first_name': 'Ada', 'last_name': 'J', 'email': 'a@example.com', "        \
    "'country': 'DE'}, 'shipping': {'first_name': '', 'last_name': '', 'country': ''}, 'refunds': [], "

TEST(an_order_of_woocommerce_has_coupons_fees_and_the_taxes_of_its_lines)
{
    const struct doc *o =
        mapped("woocommerce", "order",
               WOO_ORDER
               "'date_paid_gmt': '2026-03-01T10:01:00', 'payment_method': 'cod', 'payment_method_title': 'Cash', "
               "'transaction_id': '', 'total': '20.23', 'total_tax': '3.23', "
               "'line_items': [{'id': 1, 'quantity': 3, 'subtotal': '10.00', 'total': '9.00', 'sku': 'A', "
               "'taxes': [{'id': 4, 'total': '1.71'}]}], "
               "'shipping_lines': [{'method_title': 'Post', 'total': '6.00', 'taxes': [{'id': 4, 'total': '1.14'}]}], "
               "'fee_lines': [{'name': 'Box', 'total': '2.00', 'taxes': [{'id': 4, 'total': '0.38'}, "
               "{'id': 9, 'total': ''}]}], "
               "'tax_lines': [{'rate_id': 4, 'label': 'VAT', 'rate_percent': 19, 'tax_total': '2.09', "
               "'shipping_tax_total': '1.14'}]}");

    CHECK_AT(o, "/total", "'20.23'");
    CHECK_STR(parts_made(o), "20.2299999999"); /* a third of 10.00, three times */
    CHECK_AT(o, "/lines/0/discount", "'1.00'");
    CHECK_AT(o, "/lines/0/taxes/0", "{'title':'VAT','rate':'0.19','amount':'1.71'}");
    CHECK_AT(o, "/taxes", "[]");
    CHECK_AT(o, "/tenders/0", "{'kind':'cash','title':'Cash','amount':'20.23'}");
    CHECK_AT(o, "/state", "'on_hold'");
    CHECK_AT(o, "/payment_state", "'paid'");
    CHECK_AT(o, "/shipping_to", "(none)");
}

TEST(taxes_of_woocommerce_that_are_rounded_for_the_whole_order_stand_at_the_order)
{
    const struct doc *o = mapped(
        "woocommerce", "order",
        WOO_ORDER
        "'total': '11.00', 'total_tax': '1.76', 'line_items': [{'id': 1, 'quantity': 1, 'subtotal': '4.62', "
        "'total': '4.62', 'taxes': [{'id': 4, 'total': '0.8778'}]}, {'id': 2, 'quantity': 1, 'subtotal': '4.62', "
        "'total': '4.62', 'taxes': [{'id': 4, 'total': '0.8778'}]}], 'shipping_lines': [], 'fee_lines': [], "
        "'tax_lines': [{'rate_id': 4, 'label': 'VAT', 'tax_total': '1.76', 'shipping_tax_total': '0.00'}]}");

    CHECK_STR(parts_made(o), "11.00");
    CHECK_AT(o, "/taxes", "[{'title':'VAT','amount':'1.76'}]");
    CHECK_AT(o, "/lines/0/taxes", "[]");
    CHECK_AT(o, "/payment_state", "'unpaid'");
}

static const struct doc *square(const char *input)
{
    return mapped("square", "order", spelled(input, "{'amount': ", ", 'currency': 'USD'}"));
}

TEST(an_order_of_square_has_modifiers_charges_a_tip_rounding_and_tenders)
{
    const struct doc *o =
        square("{'id': 'S1', 'created_at': '2026-01-17T20:47:53.293Z', 'state': 'COMPLETED', 'total_money': @3115, "
               "'total_tip_money': @300, 'total_tax_money': @215, 'rounding_adjustment': {'amount_money': @-5}, "
               "'taxes': [{'uid': 't', 'name': 'Sales tax', 'type': 'ADDITIVE', 'percentage': '9'}], "
               "'line_items': [{'uid': 'a', 'name': 'Tea', 'variation_name': 'Large', 'catalog_object_id': 'C1', "
               "'quantity': '2', 'base_price_money': @1000, 'gross_sales_money': @2100, 'total_discount_money': @100, "
               "'applied_taxes': [{'tax_uid': 't', 'applied_money': @180}]}, "
               "{'uid': 'b', 'name': 'Cup', 'quantity': '0.5', 'base_price_money': @400, "
               "'modifiers': [{'total_price_money': @5}]}], "
               "'service_charges': [{'name': 'Delivery', 'applied_money': @400, "
               "'applied_taxes': [{'tax_uid': 't', 'applied_money': @35}]}], "
               "'tenders': [{'id': 't1', 'type': 'CASH', 'amount_money': @1115}, "
               "{'id': 't2', 'type': 'CARD', 'card_details': {'status': 'CAPTURED', 'card': {'card_brand': 'VISA'}}, "
               "'amount_money': @2000}], "
               "'fulfillments': [{'shipment_details': {'recipient': {'display_name': 'Ada', "
               "'address': {'address_line_1': '1 Main', 'locality': 'Springfield', 'country': 'US'}}}}]}");

    CHECK_AT(o, "/total", "'31.15'");
    CHECK_STR(parts_made(o), "31.150");
    CHECK_AT(o, "/lines/0/unit_price", "'10.5'");
    CHECK_AT(o, "/lines/0/taxes/0", "{'title':'Sales tax','rate':'0.09','amount':'1.80'}");
    CHECK_AT(o, "/lines/1/unit_price", "'4.10'");
    CHECK_AT(o, "/fees/0/taxes/0/amount", "'0.35'");
    CHECK_AT(o, "/rounding", "'-0.05'");
    CHECK_AT(o, "/payment_state", "'paid'");
    CHECK_AT(o, "/tenders/1", "{'kind':'card','key':'t2','title':'VISA','amount':'20.00'}");
    CHECK_AT(o, "/shipping_to/city", "'Springfield'");
}

/* One line with two taxes, the second of this kind. */
static const struct doc *square_taxed(const char *kind, const char *total)
{
    return square(arena_f(test_scope()->arena,
                          "{'id': 'S2', 'created_at': '2026-01-17T20:47:53Z', 'state': 'SOMETHING', "
                          "'total_money': @%s, 'taxes': [{'uid': 'in', 'type': 'INCLUSIVE', 'name': 'VAT'}, "
                          "{'uid': 'on', 'type': '%s', 'name': 'City'}], 'line_items': [{'uid': 'a', 'name': 'Tea', "
                          "'quantity': '1', 'gross_sales_money': @1200, "
                          "'applied_taxes': [{'tax_uid': 'in', 'applied_money': @200}, "
                          "{'tax_uid': 'on', 'applied_money': @60}]}]}",
                          total, kind));
}

TEST(taxes_of_square_that_prices_hold_are_not_added_and_are_taken_out_where_others_are)
{
    const struct doc *held = square_taxed("INCLUSIVE", "1200"), *both = square_taxed("ADDITIVE", "1260");

    CHECK_AT(held, "/taxes_included", "true");
    CHECK_STR(parts_made(held), "12.00");
    CHECK_AT(both, "/taxes_included", "false");
    CHECK_AT(both, "/lines/0/unit_price", "'10'");
    CHECK_STR(parts_made(both), "12.60");
    CHECK_AT(both, "/state", "(none)");
    CHECK_AT(both, "/source_state", "'SOMETHING'");
}

TEST(an_order_of_square_in_yen_has_no_decimals)
{
    const struct doc *o = mapped("square", "order",
                                 "{'id': 'S3', 'created_at': '2026-01-17T20:47:53Z', "
                                 "'total_money': {'amount': 3300, 'currency': 'JPY'}, 'line_items': [{'uid': 'a', "
                                 "'quantity': '3', 'base_price_money': {'amount': 1100, 'currency': 'JPY'}}]}");

    CHECK_AT(o, "/total", "'3300'");
    CHECK_AT(o, "/lines/0/unit_price", "'1100'");
}

#define WALMART_LINE(number, status, more)                                                                             \
    "{'lineNumber': '" #number "', 'item': {'sku': 'W" #number "', 'productName': 'Thing'}, "                          \
    "'orderLineQuantity': {'amount': '2'}, 'statusDate': 156846657100" #number ", "                                    \
    "'orderLineStatuses': {'orderLineStatus': [{'status': '" status "'}]}, 'charges': {'charge': "                     \
    "[{'chargeType': 'PRODUCT', 'chargeName': 'ItemPrice', 'chargeAmount': {'currency': 'USD', 'amount': 9.99}, "      \
    "'tax': {'taxName': 'Tax1', 'taxAmount': {'currency': 'USD', 'amount': 0.8}}}" more "]}}"
#define WALMART(lines)                                                                                                 \
    "{'purchaseOrderId': '1', 'customerOrderId': '2', 'orderDate': 1568466571000, 'shippingInfo': {'phone': '5', "     \
    "'methodCode': 'Value', 'postalAddress': {'name': 'Ada', 'country': 'USA'}}, 'orderLines': {'orderLine': [" lines  \
    "]}}"

TEST(an_order_of_walmart_has_the_charges_of_its_lines_apart)
{
    const struct doc *o = mapped(
        "walmart", "order",
        WALMART(WALMART_LINE(
            1, "Shipped",
            ", {'chargeType': 'SHIPPING', 'chargeAmount': {'currency': 'USD', 'amount': 3.5}, "
            "'tax': {'taxName': 'Tax2', 'taxAmount': {'currency': 'USD', 'amount': 0.25}}}, "
            "{'chargeType': 'FEE', 'chargeName': 'Recycling', 'chargeAmount': "
            "{'currency': 'USD', 'amount': 0.4}}, {'chargeType': 'PRODUCT', 'chargeName': "
            "'Discount', 'chargeAmount': {'currency': 'USD', 'amount': -1}}") ", " WALMART_LINE(2, "Acknowledged",
                                                                                                "")));

    CHECK_AT(o, "/total", "'24.73'");
    CHECK_STR(parts_made(o), "24.730");
    CHECK_AT(o, "/lines/0/unit_price", "'4.995'");
    CHECK_AT(o, "/lines/0/discount", "'1'");
    CHECK_AT(o, "/shipping/0", "{'title':'Value','price':'3.5','taxes':[{'title':'Tax2','amount':'0.25'}]}");
    CHECK_AT(o, "/fees/0/title", "'Recycling'");
    CHECK_AT(o, "/state", "'partially_shipped'");
    CHECK_AT(o, "/source_state", "'Shipped, Acknowledged'");
    CHECK_AT(o, "/updated_at", "'2019-09-14T13:09:31.002000Z'");
    CHECK_AT(o, "/shipping_to/country", "'US'");
}

TEST(the_state_of_an_order_of_walmart_is_made_of_its_lines_states)
{
    static const struct {
        const char *one, *other, *want;
    } all[] = {
        {"Created", "Acknowledged", "'open'"},         {"Shipped", "Cancelled", "'shipped'"},
        {"Delivered", "Shipped", "'shipped'"},         {"Delivered", "Refund", "'completed'"},
        {"Refund", "Cancelled", "'returned'"},         {"Cancelled", "Cancelled", "'cancelled'"},
        {"Shipped", "Created", "'partially_shipped'"}, {"Shipped", "Teleported", "(none)"},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        const char *input =
            arena_f(test_scope()->arena, WALMART(WALMART_LINE(1, "%s", "") ", " WALMART_LINE(2, "%s", "")), all[i].one,
                    all[i].other);

        CHECK_AT(mapped("walmart", "order", input), "/state", all[i].want);
    }
}

static const struct doc *amazon(const char *input)
{
    return mapped("amazon", "order", spelled(input, "{'amount': '", "', 'currencyCode': 'USD'}"));
}

TEST(an_order_of_amazon_has_discounts_gift_wrap_and_the_tax_of_its_shipping_apart)
{
    const struct doc *o = amazon(
        "{'orderId': '1-2-3', 'createdTime': '2026-12-25T10:30:00Z', 'lastUpdatedTime': '2026-12-25T11:30:00Z', "
        "'salesChannel': {'marketplaceName': 'Amazon.com'}, 'fulfillment': {'fulfillmentStatus': 'UNFULFILLABLE'}, "
        "'proceeds': {'grandTotal': @30.50, 'breakdowns': [{'type': 'DELIVERY_TIP', 'subtotal': @2.00}]}, "
        "'payment': {'paymentExecutions': [{'paymentMethod': 'GC', 'paymentAmount': @5.50}]}, "
        "'orderItems': [{'orderItemId': '9', 'quantityOrdered': 2, 'product': {'sellerSku': 'A'}, "
        "'proceeds': {'breakdowns': [{'type': 'ITEM', 'subtotal': @20.00}, {'type': 'SHIPPING', 'subtotal': @5.00}, "
        "{'type': 'GIFT_WRAP', 'subtotal': @3.00}, {'type': 'DISCOUNT', 'subtotal': @-1.50}, "
        "{'type': 'TAX', 'subtotal': @2.00, 'detailedBreakdowns': [{'subtype': 'ITEM', 'value': @1.60}, "
        "{'subtype': 'SHIPPING', 'value': @0.40}]}]}}, {'orderItemId': '10', 'quantityOrdered': 0}]}");

    CHECK_AT(o, "/total", "'30.50'");
    CHECK_STR(parts_made(o), "30.50");
    CHECK_AT(o, "/lines/0/discount", "'1.50'");
    CHECK_AT(o, "/lines/0/taxes", "[{'amount':'1.60'}]");
    CHECK_AT(o, "/shipping/0", "{'price':'5.00','taxes':[{'amount':'0.40'}]}");
    CHECK_AT(o, "/fees/0", "{'title':'Gift wrapping','amount':'3.00'}");
    CHECK_AT(o, "/tip", "'2.00'");
    CHECK_AT(o, "/tenders", "[{'kind':'gift_card','title':'GC','amount':'5.50'}]");
    CHECK_AT(o, "/state", "'on_hold'");
}

TEST(an_order_of_amazon_that_tells_proceeds_of_the_order_only_keeps_them_there)
{
    const struct doc *o =
        amazon("{'orderId': '1-2-4', 'createdTime': '2026-12-25T10:30:00Z', 'proceeds': {'grandTotal': @25.00, "
               "'breakdowns': [{'type': 'ITEM', 'subtotal': @20.00}, {'type': 'SHIPPING', 'subtotal': @5.00}, "
               "{'type': 'DISCOUNT', 'subtotal': @-2.00}, {'type': 'TAX', 'subtotal': @2.00}]}, "
               "'orderItems': [{'orderItemId': '9', 'quantityOrdered': 2, 'product': {'asin': 'B1', "
               "'price': {'unitPrice': @10.00}}}]}");

    CHECK_STR(parts_made(o), "25.00");
    CHECK_AT(o, "/lines/0/sku", "'B1'");
    CHECK_AT(o, "/taxes", "[{'amount':'2.00'}]");
    CHECK_AT(o, "/discounts", "[{'amount':'2.00'}]");
}

/* Of 26.40, or of 22.90 where the taxes are in the prices. */
static const char *order_v0(const char *total)
{
    const char *text = arena_f(
        test_scope()->arena,
        "{'order': {'AmazonOrderId': '3-2-1', 'PurchaseDate': '2026-01-20T19:49:35Z', 'OrderStatus': 'Shipped', "
        "'ShipServiceLevel': 'Std', 'OrderTotal': @%s}, 'items': [{'OrderItemId': '1', 'SellerSKU': 'A', "
        "'QuantityOrdered': 2, 'ItemPrice': @24.00, 'ItemTax': @4.00, 'PromotionDiscount': @6.00, "
        "'PromotionDiscountTax': @1.00, 'ShippingPrice': @3.60, 'ShippingTax': @0.60, 'ShippingDiscount': @1.20, "
        "'ShippingDiscountTax': @0.20, 'CODFee': @2.00, 'CODFeeDiscount': @0.50, "
        "'BuyerInfo': {'GiftWrapPrice': @1.00, 'GiftWrapTax': @0.10}}]}",
        total);

    return spelled(text, "{'CurrencyCode': 'EUR', 'Amount': '", "'}");
}

TEST(an_order_of_amazons_old_interface_adds_taxes_unless_its_total_holds_them)
{
    const struct doc *added = mapped("amazon", "order_v0", order_v0("26.40"));
    const struct doc *held = mapped("amazon", "order_v0", order_v0("22.90"));

    CHECK_AT(added, "/taxes_included", "false");
    CHECK_STR(parts_made(added), "26.40");
    CHECK_AT(added, "/lines/0/unit_price", "'12'");
    CHECK_AT(added, "/shipping/0", "{'title':'Std','price':'3.60','discount':'1.20','taxes':[{'amount':'0.40'}]}");
    CHECK_AT(added, "/fees/1", "{'title':'Cash on delivery','amount':'1.50','taxes':[]}");
    CHECK_AT(added, "/state", "'shipped'");
    CHECK_AT(held, "/taxes_included", "true");
    CHECK_STR(parts_made(held), "22.90");
}

TEST(an_order_whose_parts_do_not_make_its_total_is_refused)
{
    struct mapping *m = shipped("amazon", "order_v0");
    struct mapping_result out = kit_run_how(m, order_v0("30.00"), &(struct mapping_how){0});

    CHECK(!out.valid);
    CHECK_STR(kit_faults(&out.faults), "/total does_not_add_up: is 30.00, but the parts of the order make 26.40");
    CHECK_STR(out.faults.v[0].rule, "/total");
}

#define VENDURE_ORDER                                                                                                  \
    "{'id': '7', 'code': 'AB12', 'createdAt': '2026-03-01T10:00:00.000Z', 'updatedAt': '2026-03-01T10:00:01.000Z', "   \
    "'orderPlacedAt': '2026-03-01T10:00:02.000Z', 'currencyCode': 'EUR', 'channels': [{'code': 'europe'}], "           \
    "'customer': {'id': '3', 'firstName': 'Ada', 'lastName': 'J', 'emailAddress': 'a@example.com'}, "                  \
    "'discounts': [{'amount': -100}], 'surcharges': [], "

TEST(an_order_of_vendure_has_the_taxes_of_after_its_discounts_and_freight_in_fractions_of_a_cent)
{
    const struct doc *o = mapped(
        "vendure", "order",
        VENDURE_ORDER
        "'state': 'PaymentSettled', 'subTotal': 2801, 'subTotalWithTax': 2924, 'shipping': 461, 'shippingWithTax': "
        "499, "
        "'totalWithTax': 3423, 'lines': [{'id': '1', 'quantity': 4, 'orderPlacedQuantity': 4, 'unitPrice': 725, "
        "'linePrice': 2901, 'proratedLinePrice': 2801, 'proratedLinePriceWithTax': 2924, 'lineTax': 127, "
        "'taxLines': [{'description': 'Reduced', 'taxRate': 4.38}], 'productVariant': {'id': '3', 'sku': 'A', 'name': "
        "'Tea'}}], 'shippingLines': [{'price': 460.9699769053118, 'discountedPrice': 461, 'discountedPriceWithTax': "
        "499, 'shippingMethod': {'name': 'Post'}}], "
        "'payments': [{'id': '9', 'method': 'card-x', 'amount': 3423, 'state': 'Settled', "
        "'createdAt': '2026-03-01T10:00:03.000Z', 'refunds': []}], 'fulfillments': []}");

    CHECK_STR(parts_made(o), "34.2300");
    CHECK_AT(o, "/total", "'34.23'");
    CHECK_AT(o, "/lines/0/unit_price", "'7.2525'");
    CHECK_AT(o, "/lines/0/taxes", "[{'title':'Reduced','rate':'0.0438','amount':'1.23'}]");
    CHECK_AT(o, "/shipping/0/price", "'4.61'");
    CHECK_AT(o, "/updated_at", "'2026-03-01T10:00:03Z'"); /* its own stands still */
    CHECK_AT(o, "/payment_state", "'paid'");
}

TEST(an_order_of_vendure_that_was_called_off_keeps_its_lines_and_owes_what_is_left)
{
    const struct doc *o =
        mapped("vendure", "order",
               VENDURE_ORDER
               "'state': 'Cancelled', 'subTotal': 0, 'subTotalWithTax': 0, 'shipping': 499, 'shippingWithTax': 540, "
               "'totalWithTax': 540, 'lines': [{'id': '1', 'quantity': 0, 'orderPlacedQuantity': 5, 'unitPrice': 6410, "
               "'linePrice': 0, 'proratedLinePrice': 0, 'proratedLinePriceWithTax': 0, 'taxLines': [], "
               "'productVariant': {'id': '3', 'sku': '', 'name': 'Tea'}}], 'shippingLines': [{'price': 499, "
               "'discountedPrice': 499, 'discountedPriceWithTax': 540, 'shippingMethod': {'name': 'Post'}}], "
               "'payments': [{'id': '9', 'method': 'x', 'amount': 32029, 'state': 'Settled', "
               "'createdAt': '2026-03-01T10:00:03.000Z', 'refunds': []}], 'fulfillments': []}");

    CHECK_STR(parts_made(o), "5.40");
    CHECK_AT(o, "/cancelled", "true");
    CHECK_AT(o, "/lines/0/quantity", "'5'");
    CHECK_AT(o, "/lines/0/sku", "'variant:3'");
    CHECK_AT(o, "/tenders", "[]");
}

#define MEDUSA_ORDER                                                                                                   \
    "{'id': 'order_1', 'display_id': 12, 'status': 'pending', 'fulfillment_status': 'not_fulfilled', "                 \
    "'email': 'a@example.com', 'created_at': '2026-03-01T10:00:00.000Z', 'updated_at': '2026-03-01T10:00:01.000Z', "   \
    "'sales_channel': {'name': 'Web'}, 'shipping_address': {'first_name': 'Ada', 'country_code': 'us'}, "              \
    "'fulfillments': [], "

TEST(an_order_of_medusa_is_rounded_once_a_half_up_and_says_by_how_much)
{
    const struct doc *o = mapped(
        "medusa", "order",
        MEDUSA_ORDER
        "'currency_code': 'usd', 'payment_status': 'captured', 'total': 10.125, 'raw_total': {'value': '10.125'}, "
        "'credit_lines': [], 'shipping_methods': [], 'items': [{'id': 'l1', 'variant_sku': 'A', 'title': 'Tea', "
        "'quantity': 1, 'raw_quantity': {'value': '1'}, 'raw_unit_price': {'value': '10'}, 'is_tax_inclusive': "
        "false, 'adjustments': [], 'tax_lines': [{'description': 'Tax', 'raw_rate': {'value': '1.25'}}]}], "
        "'payment_collections': [{'payments': [{'id': 'p1', 'provider_id': 'pp_stripe_stripe', "
        "'captures': [{'raw_amount': {'value': '10.125'}}], 'refunds': []}]}]}");

    CHECK_STR(parts_made(o), "10.130");
    CHECK_AT(o, "/total", "'10.13'"); /* the even neighbour is below */
    CHECK_AT(o, "/rounding", "'0.005'");
    CHECK_AT(o, "/tenders/0/amount", "'10.13'");
    CHECK_AT(o, "/tenders/0/kind", "'card'");
}

TEST(an_order_of_medusa_tells_what_was_sold_though_some_came_back_and_money_was_given_back)
{
    const struct doc *o = mapped(
        "medusa", "order",
        MEDUSA_ORDER
        "'currency_code': 'eur', 'payment_status': 'partially_refunded', 'total': 6.14, 'raw_total': {'value': "
        "'6.14'}, "
        "'credit_lines': [{'reference': 'payment_collection', 'raw_amount': {'value': '1'}}], "
        "'items': [{'id': 'l1', 'variant_sku': 'A', 'title': 'Tea', 'quantity': 2, 'raw_quantity': {'value': '2'}, "
        "'raw_unit_price': {'value': '2.38'}, 'is_tax_inclusive': true, 'adjustments': [{'is_tax_inclusive': false, "
        "'raw_amount': {'value': '0.5'}}], 'raw_return_received_total': {'value': '2.0825'}, "
        "'tax_lines': [{'description': 'VAT', 'raw_rate': {'value': '19'}}]}], "
        "'shipping_methods': [{'name': 'Post', 'raw_amount': {'value': '5.0575'}, 'is_tax_inclusive': false, "
        "'adjustments': [], 'tax_lines': [{'description': 'none', 'raw_rate': {'value': '0'}}]}], "
        "'payment_collections': []}");

    CHECK_STR(parts_made(o), "9.2200");
    CHECK_AT(o, "/total", "'9.22'");
    CHECK_AT(o, "/rounding", "'-0.0025'");
    CHECK_AT(o, "/lines/0/unit_price", "'2'");
    CHECK_AT(o, "/lines/0/taxes", "[{'title':'VAT','rate':'0.19','amount':'0.665'}]");
}
