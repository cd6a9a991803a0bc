#include "connectors/shopify/shopify.h"
#include "kit/test.h"

static const struct doc *json(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

static enum err hook(const char *topic, const char *body, struct hook_facts *out)
{
    return shopify_connector.source->hook_read(test_scope(), &shopify_connector, topic, json(body), out);
}

TEST(every_order_topic_is_about_one_order)
{
    const char *topics[] = {"orders/create", "orders/updated", "orders/paid", "orders/edited", "orders/cancelled"};
    struct hook_facts f;

    for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
        CHECK_OK(hook(topics[i], "{\"id\":9007199254740993}", &f));
        CHECK_STR(f.kind, "order");
        CHECK_STR(f.business_key, "order:9007199254740993");
    }
}

TEST(other_topics_are_kept_and_nothing_follows)
{
    struct hook_facts f = {"x", "y"};

    CHECK_OK(hook("products/update", "{\"id\":1}", &f));
    CHECK_STR(f.kind, NULL);
    CHECK_STR(f.business_key, NULL);
    CHECK_OK(hook("orders/createx", "{}", &f));
    CHECK_STR(f.kind, NULL);
}

TEST(an_order_topic_without_an_id_is_refused)
{
    struct hook_facts f;

    CHECK_ERR(hook("orders/create", "{\"id\":\"1\"}", &f), ERR_INVALID);
    CHECK_STR(scope_fault(test_scope())->items->pointer, "/id");
    CHECK_ERR(hook("orders/create", "[1]", &f), ERR_INVALID);
    CHECK_ERR(hook("products/update", "null", &f), ERR_INVALID);
}

TEST(both_families_of_headers_are_looked_for)
{
    const struct hook_rules *r = &shopify_connector.source->hook;

    CHECK_INT(r->scheme, HOOK_HMAC_SHA256_BASE64);
    CHECK_STR(r->signature_headers[0], "x-shopify-hmac-sha256");
    CHECK_STR(r->signature_headers[1], "shopify-hmac-sha256");
    CHECK_STR(r->id_headers[0], "x-shopify-webhook-id");
    CHECK_STR(r->topic_headers[1], "shopify-topic");
    CHECK_STR(r->account_headers[0], "x-shopify-shop-domain");
    CHECK(r->signature_headers[2] == NULL && r->id_headers[2] == NULL && r->topic_headers[2] == NULL);
}

TEST(settings_name_a_shop_by_its_host)
{
    const char *bad[] = {"{}",
                         "{\"shop\":\"\"}",
                         "{\"shop\":7}",
                         "{\"shop\":\"localhost\"}",
                         "{\"shop\":\"https://alder-pine.myshopify.com\"}",
                         "{\"shop\":\"a.b/c\"}",
                         "{\"shop\":\"alder-pine.myshopify.com\",\"more\":1}"};

    CHECK_OK(shopify_connector.settings_check(test_scope(), &shopify_connector,
                                              json("{\"shop\":\"alder-pine.myshopify.com\"}")));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        scope_clear(test_scope());
        CHECK_ERR(shopify_connector.settings_check(test_scope(), &shopify_connector, json(bad[i])), ERR_INVALID);
        CHECK_INT(scope_fault(test_scope())->item_count, 1);
    }
}
