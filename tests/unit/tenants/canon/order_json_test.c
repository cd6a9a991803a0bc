#include "canon/canon.h"
#include "kit/test.h"

static struct decimal dec(const char *text)
{
    struct decimal d = decimal_of(-999999);

    CHECK(decimal_parse(str_of(text), &d));
    return d;
}

static const char *written(const struct canon_order *o)
{
    struct scope *sc = test_scope();
    struct buf b;

    buf_init(&b, sc->arena, 1 << 20);
    canon_order_write(&b, o);
    return buf_cstr(&b);
}

TEST(an_order_is_written_with_every_member_in_one_order)
{
    struct canon_tax tax = {"State \"tax\"", dec("0.0825"), dec("1.65")};
    struct canon_line line = {"9007199254740993", "SKU-1", "Käse\n", dec("2"), dec("10.00"), dec("0.10"), {&tax, 1}};
    struct canon_shipping shipping = {"Post", dec("5.95"), dec("0"), {NULL, 0}};
    struct canon_address to = {.name = "Ada", .street = "1 Main Street", .city = "Springfield", .country = "US"};
    struct canon_order o = {.natural_key = "9007199254740995",
                            .number = "#1",
                            .currency = "USD",
                            .placed_at_us = 1000000,
                            .updated_at_us = 2500000,
                            .test = true,
                            .customer = {"7", "Ada", "ada@example.com", NULL},
                            .shipping_to = &to,
                            .lines = &line,
                            .line_count = 1,
                            .shipping = &shipping,
                            .shipping_count = 1,
                            .total = dec("27.50")};

    CHECK_STR(
        written(&o),
        "{\"schema\":\"sales_order/1\",\"natural_key\":\"9007199254740995\",\"number\":\"#1\",\"currency\":\"USD\","
        "\"placed_at\":\"1970-01-01T00:00:01Z\",\"updated_at\":\"1970-01-01T00:00:02.500000Z\","
        "\"taxes_included\":false,\"cancelled\":false,\"test\":true,"
        "\"customer\":{\"key\":\"7\",\"name\":\"Ada\",\"email\":\"ada@example.com\",\"phone\":null},"
        "\"billing\":null,\"shipping_to\":{\"name\":\"Ada\",\"company\":null,\"street\":\"1 Main Street\","
        "\"street2\":null,\"postal_code\":null,\"city\":\"Springfield\",\"region\":null,\"country\":\"US\","
        "\"phone\":null},"
        "\"lines\":[{\"key\":\"9007199254740993\",\"sku\":\"SKU-1\",\"title\":\"Käse\\n\",\"quantity\":\"2\","
        "\"unit_price\":\"10.00\",\"discount\":\"0.10\","
        "\"taxes\":[{\"title\":\"State \\\"tax\\\"\",\"rate\":\"0.0825\",\"amount\":\"1.65\"}]}],"
        "\"shipping\":[{\"title\":\"Post\",\"price\":\"5.95\",\"discount\":\"0\",\"taxes\":[]}],"
        "\"tip\":\"0\",\"duties\":\"0\",\"subtotal\":\"0\",\"discount_total\":\"0\",\"tax_total\":\"0\","
        "\"total\":\"27.50\",\"note\":null}");
}

TEST(an_order_with_many_of_everything_is_json)
{
    struct scope *sc = test_scope();
    struct canon_tax tax[3] = {{"A", dec("0.05"), dec("1")}, {"B", dec("0.07"), dec("2")}, {NULL, dec("0"), dec("0")}};
    struct canon_line lines[3] = {{.taxes = {tax, 3}}, {.taxes = {NULL, 0}}, {.taxes = {tax, 2}}};
    struct canon_shipping shipping[2] = {{.taxes = {tax, 2}}, {.title = "x"}};
    struct canon_address a = {0};
    struct canon_order o = {.billing = &a, .lines = lines, .line_count = 3, .shipping = shipping, .shipping_count = 2};
    const struct doc *d;

    CHECK_OK(doc_parse(sc, str_of(written(&o)), &d));
    CHECK_INT(doc_count(doc_get(d, "lines")), 3);
    CHECK_INT(doc_count(doc_path(d, "lines.0.taxes")), 3);
    CHECK_INT(doc_count(doc_path(d, "lines.1.taxes")), 0);
    CHECK_INT(doc_count(doc_path(d, "shipping.0.taxes")), 2);
    CHECK_STR(doc_cstr(sc->arena, doc_path(d, "lines.2.taxes.1.rate")), "0.07");
    CHECK_INT(doc_kind(doc_path(d, "billing.city")), DOC_NULL);
}
