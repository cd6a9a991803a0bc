#include "base/timefmt.h"
#include "connectors/tryton/tryton_int.h"
#include "kit/test.h"

static struct http_call call;

static struct erp_site site(const char *settings)
{
    struct erp_site s = {.url = "http://127.0.0.1:1/erp/", .user = "connector", .session = "2:abc"};

    CHECK_OK(doc_parse(test_scope(), str_of(settings), &s.settings));
    return s;
}

static enum err build(enum erp_op op, const char *settings, const struct erp_in *in)
{
    struct erp_site s = site(settings);

    scope_clear(test_scope());
    call = (struct http_call){0};
    return tryton_build(test_scope(), op, &s, in, &call);
}

static const char *body(void)
{
    return str_dup(test_scope()->arena, call.body);
}

TEST(a_login_carries_the_password_and_no_session)
{
    struct erp_in in = {.password = str_of("p\"w")};

    CHECK_OK(build(ERP_LOGIN, "{\"company\":1}", &in));
    CHECK_STR(body(),
              "{\"id\":1,\"method\":\"common.db.login\",\"params\":[\"connector\",{\"password\":\"p\\\"w\"},\"en\"]}");
    CHECK_STR(call.authorization, NULL);
    CHECK(call.secret_body);
    CHECK_STR(call.method, "POST");
    CHECK_STR(call.content_type, "application/json");
    CHECK_STR(call.url, "http://127.0.0.1:1/erp/");
}

TEST(a_session_that_the_manifest_signed_in_for_is_taken_as_it_is)
{
    struct erp_site s = site("{}");

    s.session = "Session Yzox";
    call = (struct http_call){0};
    CHECK_OK(tryton_build(test_scope(), ERP_SALE_READ, &s, &(struct erp_in){.id = 3}, &call));
    CHECK_STR(call.authorization, "Session Yzox");
}

TEST(other_calls_carry_the_session_and_the_company)
{
    struct erp_in in = {.text = "USD"};

    CHECK_OK(build(ERP_CURRENCY_FIND, "{\"company\":7}", &in));
    CHECK_STR(call.authorization, "Session Y29ubmVjdG9yOjI6YWJj"); /* connector:2:abc */
    CHECK(!call.secret_body);
    CHECK_STR(body(),
              "{\"id\":1,\"method\":\"model.currency.currency.search_read\",\"params\":[[[\"code\",\"=\",\"USD\"]],"
              "0,2,[[\"id\",\"ASC\"]],[\"code\"],{\"company\":7}]}");
}

TEST(records_are_found_by_what_we_named_them)
{
    struct erp_product skus[] = {{.sku = "A\"1"}, {.sku = "B"}};
    struct erp_in in = {.ref = "SHOPIFY-9007199254740993", .products = skus, .product_count = 2, .id = 5};

    CHECK_OK(build(ERP_SALE_FIND, "{\"company\":1}", &in));
    CHECK_STR(body(), "{\"id\":1,\"method\":\"model.sale.sale.search_read\",\"params\":[[[\"reference\",\"=\","
                      "\"SHOPIFY-9007199254740993\"]],0,2,[[\"id\",\"ASC\"]],[\"state\",\"number\",\"total_amount\"],"
                      "{\"company\":1}]}");
    CHECK_OK(build(ERP_PARTY_FIND, "{\"company\":1}", &in));
    CHECK(strstr(body(), "model.party.party.search_read") && strstr(body(), "[\"code\",\"addresses\"]"));
    CHECK_OK(build(ERP_PRODUCTS_FIND, "{\"company\":1}", &in));
    CHECK_STR(body(),
              "{\"id\":1,\"method\":\"model.product.product.search_read\",\"params\":[[[\"code\",\"in\",[\"A\\\"1\","
              "\"B\"]]],0,null,[[\"id\",\"ASC\"]],[\"code\",\"default_uom\"],{\"company\":1}]}");
    CHECK_OK(build(ERP_SALE_QUOTE, "{\"company\":1}", &in));
    CHECK_STR(body(), "{\"id\":1,\"method\":\"model.sale.sale.quote\",\"params\":[[5],{\"company\":1}]}");
    CHECK_OK(build(ERP_SALE_CONFIRM, "{\"company\":1}", &in));
    CHECK_STR(body(), "{\"id\":1,\"method\":\"model.sale.sale.confirm\",\"params\":[[5],{\"company\":1}]}");
    CHECK_OK(build(ERP_SALE_READ, "{\"company\":1}", &in));
    CHECK_STR(body(),
              "{\"id\":1,\"method\":\"model.sale.sale.read\",\"params\":[[5],[\"state\",\"number\",\"total_amount\"],"
              "{\"company\":1}]}");
}

TEST(a_missing_product_is_made_or_holds_the_order)
{
    struct erp_in in = {.ref = "variant:9", .text = "Mug"};

    CHECK_OK(build(ERP_PRODUCT_CREATE, "{\"company\":1,\"unit\":3,\"account_category\":2}", &in));
    CHECK_STR(
        body(),
        "{\"id\":1,\"method\":\"model.product.template.create\",\"params\":[[{\"name\":\"Mug\",\"type\":\"goods\","
        "\"default_uom\":3,\"salable\":true,\"sale_uom\":3,\"list_price\":{\"__class__\":\"Decimal\","
        "\"decimal\":\"0\"},\"account_category\":2,\"products\":[[\"create\",[{\"suffix_code\":\"variant:9\"}]]]}],"
        "{\"company\":1}]}");
    in.ref = "SHIPPING";
    CHECK_OK(build(ERP_PRODUCT_CREATE, "{\"company\":1}", &in));
    CHECK(strstr(body(), "\"type\":\"service\"") && !strstr(body(), "account_category"));
    in.ref = "SKU-1";
    CHECK_ERR(build(ERP_PRODUCT_CREATE, "{\"products_on_miss\":\"hold\"}", &in), ERR_HOLD);
    CHECK_STR(scope_fault(test_scope())->message, "the SKU \"SKU-1\" is not a product there");
}

TEST(a_party_is_made_with_one_address)
{
    struct canon_address to = {
        .name = "Ada B", .street = "1 Main", .street2 = "Apt 2", .city = "Ulm", .postal_code = "1"};
    struct canon_order o = {.customer = {.name = "Ada", .email = "a@b.c"}, .shipping_to = &to};
    struct erp_in in = {.ref = "CUST-1", .order = &o};

    CHECK_OK(build(ERP_PARTY_CREATE, "{\"company\":1}", &in));
    CHECK_STR(
        body(),
        "{\"id\":1,\"method\":\"model.party.party.create\",\"params\":[[{\"name\":\"Ada\",\"code\":\"CUST-1\","
        "\"addresses\":[[\"create\",[{\"party_name\":\"Ada B\",\"street\":\"1 Main\\nApt 2\",\"postal_code\":\"1\","
        "\"city\":\"Ulm\"}]]],\"contact_mechanisms\":[[\"create\",[{\"type\":\"email\",\"value\":\"a@b.c\"}]]]}],"
        "{\"company\":1}]}");
}

TEST(a_party_without_a_name_is_a_web_guest)
{
    struct canon_order o = {0};
    struct erp_in in = {.ref = "WEB-GUEST", .order = &o};

    CHECK_OK(build(ERP_PARTY_CREATE, "{\"company\":1}", &in));
    CHECK(strstr(body(), "\"name\":\"Web guest\"") && !strstr(body(), "contact_mechanisms"));
    o.customer.email = "a@b.c";
    CHECK_OK(build(ERP_PARTY_CREATE, "{\"company\":1}", &in));
    CHECK(strstr(body(), "\"name\":\"a@b.c\""));
}

TEST(a_sale_is_created_whole)
{
    struct canon_tax tax = {"State", {825, 4}, {165, 2}};
    struct canon_line line = {
        .sku = "SKU-1", .title = "Mug", .quantity = {20, 1}, .unit_price = {1000, 2}, .taxes = {&tax, 1}};
    struct canon_order o = {.number = "#1001", .currency = "USD", .lines = &line, .line_count = 1, .total = {2165, 2}};
    struct erp_product product = {"SKU-1", 11, 3};
    struct erp_in in = {.ref = "SHOPIFY-1",
                        .order = &o,
                        .products = &product,
                        .product_count = 1,
                        .party_id = 4,
                        .address_id = 5,
                        .currency_id = 6};

    CHECK(time_parse(str_of("2026-11-20T23:30:00-05:00"), &o.placed_at_us));
    CHECK_OK(build(ERP_SALE_CREATE, "{\"company\":1,\"warehouse\":12,\"payment_term\":2,\"tax_codes\":{\"0.0825\":1}}",
                   &in));
    CHECK_STR(body(),
              "{\"id\":1,\"method\":\"model.sale.sale.create\",\"params\":[[{\"company\":1,\"currency\":6,\"party\":4,"
              "\"invoice_address\":5,\"shipment_address\":5,\"payment_term\":2,\"warehouse\":12,"
              "\"reference\":\"SHOPIFY-1\",\"description\":\"#1001\",\"sale_date\":{\"__class__\":\"date\","
              "\"year\":2026,\"month\":11,\"day\":21},\"invoice_method\":\"order\",\"shipment_method\":\"order\","
              "\"lines\":[[\"create\",[{\"type\":\"line\",\"product\":11,\"unit\":3,\"quantity\":2.0,\"unit_price\":"
              "{\"__class__\":\"Decimal\",\"decimal\":\"10.0000\"},\"description\":\"Mug\","
              "\"taxes\":[[\"add\",[1]]]}]]]}],{\"company\":1}]}");
    o.total.digits = 9999;
    CHECK_ERR(build(ERP_SALE_CREATE, "{\"company\":1}", &in), ERR_HOLD);
    CHECK(call.body.n == 0);
}

TEST(a_request_larger_than_the_erp_takes_holds_the_order)
{
    struct erp_in in = {.ref = "SKU-1"};
    char *name = arena_alloc(test_scope()->arena, TRYTON_BODY_MAX + 1);

    memset(name, 'x', TRYTON_BODY_MAX);
    name[TRYTON_BODY_MAX] = '\0';
    in.text = name;
    CHECK_ERR(build(ERP_PRODUCT_CREATE, "{\"company\":1}", &in), ERR_HOLD);
    CHECK_STR(scope_fault(test_scope())->message, "the order is too large for the ERP");
}
