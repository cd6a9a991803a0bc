#include "perf/doc_payloads.h"

static void small_order(struct buf *b)
{
    buf_s(
        b,
        "{\"id\":5800000000000000123,\"name\":\"#1123\",\"order_number\":1123,\"buyer_accepts_marketing\":false,"
        "\"cancelled_at\":null,\"created_at\":\"2026-11-23T10:00:00-05:00\",\"currency\":"
        "\"USD\","
        "\"financial_status\":\"paid\",\"total_price\":\"54.90\",\"total_tax\":\"4.90\",\"taxes_included\":false,"
        "\"customer\":{\"id\":7012345678,\"email\":\"jon@example.com\",\"first_name\":\"Jon\",\"last_name\":\"Snow\"},"
        "\"shipping_address\":{\"address1\":\"123 Elm Street\",\"city\":\"Ottawa\",\"zip\":\"K2P0V6\","
        "\"country_code\":\"CA\"},\"line_items\":[{\"id\":1,\"sku\":\"TEE-S-RED\",\"quantity\":2,\"price\":\"20.00\","
        "\"taxable\":true},{\"id\":2,\"sku\":\"MUG-WHITE\",\"quantity\":1,\"price\":\"10.00\",\"taxable\":true}],"
        "\"tax_lines\":[{\"title\":\"HST\",\"rate\":0.098,\"price\":\"4.90\"}],\"tags\":[],\"note\":null,"
        "\"test\":false,\"source_name\":\"web\"}");
}

static void line_item(struct buf *b, int i)
{
    buf_f(b,
          "{\"id\":%d,\"admin_graphql_api_id\":\"gid://shopify/LineItem/8669761154392%d\",\"current_quantity\":1,"
          "\"fulfillable_quantity\":1,\"fulfillment_status\":null,\"gift_card\":false,\"grams\":567,\"name\":"
          "\"IPod Nano - 8GB, \\\"slate\\\"\",\"price\":\"199.00\",\"price_set\":{\"shop_money\":{\"amount\":"
          "\"199.00\",\"currency_code\":\"USD\"},\"presentment_money\":{\"amount\":\"199.00\",\"currency_code\":"
          "\"USD\"}},\"product_exists\":true,\"product_id\":632910392,\"properties\":[],\"quantity\":1,"
          "\"requires_shipping\":true,\"sku\":\"IPOD2008GREEN\",\"taxable\":true,\"total_discount\":\"0.00\","
          "\"variant_id\":808950810,\"vendor\":null,\"tax_lines\":[{\"title\":\"State\",\"rate\":0.06}]}",
          866550311 + i, i);
}

/* Of about so many octets. */
static void order_of(struct buf *b, int number, size_t octets)
{
    size_t from = b->n;

    buf_f(b,
          "{\"id\":820982911946%06d,\"admin_graphql_api_id\":\"gid://shopify/Order/820982911946%06d\","
          "\"created_at\":\"2026-11-23T10:%02d:%02d-05:00\",\"currency\":\"USD\",\"confirmed\":true,\"email\":"
          "\"jon%d@example.com\",\"note\":null,\"total_price\":\"398.%02d\",\"shipping_address\":{\"first_name\":"
          "\"Zo\xc3\xab\",\"address1\":\"123 Shipping Street\",\"city\":\"Shippington\",\"zip\":\"40003\",\"latitude\":"
          "37.1225,\"country_code\":\"US\"},\"tax_lines\":[],\"line_items\":[",
          number, number, number % 60, number * 7 % 60, number, number % 100);
    for (int i = 0; b->n - from < octets - 100; i++) {
        buf_s(b, i ? "," : "");
        line_item(b, i);
    }
    buf_s(b, "]}");
}

static void order(struct buf *b)
{
    order_of(b, 154508, 7000);
}

static void orders(struct buf *b)
{
    buf_s(b, "{\"orders\":[");
    for (int i = 0; b->n < 200000; i++) {
        buf_s(b, i ? "," : "");
        order_of(b, 154508 + i, 900 + (size_t)(i % 7) * 900);
    }
    buf_s(b, "]}");
}

static void numbers(struct buf *b)
{
    buf_s(b, "{\"positions\":[");
    for (int i = 0; b->n < 60000; i++)
        buf_f(b,
              "%s{\"location\":%d,\"variant\":%lld,\"on_hand\":%d,\"available\":%d,\"cost\":%d.%02d,\"weight\":%d.%03d,"
              "\"latitude\":%.7f,\"longitude\":%.7f,\"moved_at\":%lld,\"days\":[%d,%d,%d,%d,%d,%d,%d],\"share\":%.15g}",
              i ? "," : "", 70000 + i % 9, 39072856000000LL + i * 977, i * 37 % 5000, i * 31 % 4000, i % 300, i % 100,
              i % 40, i * 7 % 1000, 40.0 + i * 0.0012347, -73.0 - i * 0.0098761, 1795430400000LL + i * 60017, i % 90,
              i % 80, i % 70, i % 60, i % 50, i % 40, i % 30, 1.0 / (i + 3));
    buf_s(b, "]}");
}

/* Descriptions as they are typed into shops: quotes, line feeds, markup, and letters of several scripts, some of them
 * escaped by whoever sent them. */
static void texts(struct buf *b)
{
    static const char *const parts[] = {
        "<p>A mug for <strong>every</strong> morning.<br>\\nHolds 12\\u00a0oz; \\\"dishwasher safe\\\".<\\/p>\\n",
        "Handgefertigte Gr\xc3\xb6\xc3\x9f"
        "e f\xc3\xbcr K\xc3\xbc"
        "che und B\xc3\xbcro, sp\xc3\xbclmaschinenfest. ",
        "\xe3\x81\x93\xe3\x81\xae\xe3\x83\x9e\xe3\x82\xb0\xe3\x82\xab\xe3\x83\x83\xe3\x83\x97\xe3\x81\xaf\xe9\xa3\x9f"
        "\xe6"
        "\xb4\x97\xe6\xa9\x9f\xe3\x81\xab\xe5\xaf\xbe\xe5\xbf\x9c\xe3\x81\x97\xe3\x81\xa6\xe3\x81\x84\xe3\x81\xbe\xe3"
        "\x81"
        "\x99\xe3\x80\x82",
        "Caf\\u00e9 \\u00e0 emporter \\ud83d\\ude00 \xf0\x9f\x98\x80, l\xe2\x80\x99\xc3\xa9t\xc3\xa9 2026.\\r\\n",
        "A plain sentence about cotton, colour and care that needs no escape and is of some length. ",
        "path\\\\to\\\\file\\tC:\\\\Users\\\\shop\\t\\\"quoted\\\"\\n",
    };

    buf_s(b, "{\"products\":[");
    for (int i = 0; b->n < 60000; i++) {
        buf_f(b, "%s{\"id\":%d,\"title\":\"Mug No. %d \xe2\x80\x93 wei\xc3\x9f\",\"body_html\":\"", i ? "," : "", i, i);
        for (int k = 0; k < 3 + i % 5; k++)
            buf_s(b, parts[(i + k) % 6]);
        buf_f(b, "\",\"tags\":\"new, \\\"sale\\\", caf\xc3\xa9\",\"vendor\":\"Alder \\u0026 Pine\"}");
    }
    buf_s(b, "]}");
}

const struct payload payloads[PAYLOAD_COUNT] = {
    {"order-small", small_order}, {"order", order}, {"orders", orders}, {"numbers", numbers}, {"texts", texts},
};
