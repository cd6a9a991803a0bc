#include "connectors/shopify/shopify.h"

#include <string.h>

#include "base/timefmt.h"
#include "connectors/shopify/shopify_int.h"

static const char *const order_topics[] = {"orders/create", "orders/updated",   "orders/paid",
                                           "orders/edited", "orders/cancelled", NULL};

/* Every delivery is a hint about one order; other topics are kept and nothing follows. */
static enum err hook_read(struct scope *sc, const struct connector *c, const char *topic, const struct doc *body,
                          struct hook_facts *out)
{
    int64_t id;

    (void)c;
    *out = (struct hook_facts){0};
    if (doc_kind(body) != DOC_OBJECT)
        return FAIL(sc, ERR_INVALID, "the delivery's body is not an object");
    for (const char *const *t = order_topics; *t; t++) {
        if (strcmp(*t, topic) != 0)
            continue;
        if (!doc_int(doc_get(body, "id"), &id)) {
            scope_item(sc, "/id", "required", "the order's id, an integer");
            return FAIL(sc, ERR_INVALID, "the order has no id");
        }
        *out = (struct hook_facts){.kind = "order", .business_key = arena_f(sc->arena, "order:%" PRId64, id)};
        (void)time_parse(doc_text(doc_get(body, "updated_at")), &out->changed_us);
    }
    return OK;
}

static bool host_valid(struct str s)
{
    if (s.n < 3 || s.n > 253 || !memchr(s.p, '.', s.n))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", s.p[i]))
            return false;
    return true;
}

static enum err settings_check(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    const struct doc *url = doc_get(settings, "api_url");

    (void)c;
    for (size_t i = 0; i < doc_count(settings); i++)
        if (!str_is(doc_key(settings, i), "shop") && !str_is(doc_key(settings, i), "api_url") &&
            !str_is(doc_key(settings, i), "rate"))
            scope_item(sc, "/settings", "unknown_member", "only \"shop\", \"api_url\" and \"rate\" are known");
    if (url && (doc_text(url).n == 0 || doc_text(url).n > 500 || doc_text(url).p[doc_text(url).n - 1] != '/'))
        scope_item(sc, "/settings/api_url", "invalid",
                   "an address that ends in a slash, as https://alder-pine.myshopify.com/");
    connector_rate_check(sc, settings);
    if (!host_valid(doc_text(doc_get(settings, "shop"))))
        scope_item(sc, "/settings/shop", "required", "the shop's host name, like alder-pine.myshopify.com");
    if (scope_fault(sc)->item_count)
        return FAIL(sc, ERR_INVALID, "the settings are not right");
    return OK;
}

static const struct connector_feed feeds[] = {{"order", FEED_EVERY_S, true}};

static const struct connector_source source = {
    .hook = {.scheme = HOOK_HMAC_SHA256_BASE64,
             .signature_headers = {"x-shopify-hmac-sha256", "shopify-hmac-sha256"},
             .id_headers = {"x-shopify-webhook-id", "shopify-webhook-id"},
             .topic_headers = {"x-shopify-topic", "shopify-topic"},
             .version_headers = {"x-shopify-api-version", "shopify-api-version"},
             .account_headers = {"x-shopify-shop-domain", "shopify-shop-domain"},
             .account_setting = "shop"},
    .hook_read = hook_read,
    .reference_prefix = "SHOPIFY-",
    .feeds = feeds,
    .feed_count = ARRAY_LEN(feeds),
    .pull = &shopify_pull,
};

static const struct connector_cover covers[] = {{"sales_order", "in", "receive"}, {"sales_order", "in", "list"}, {0}};

const struct connector shopify_connector = {
    .name = "shopify",
    .title = "Shopify",
    .source = &source,
    .settings_check = settings_check,
    .url = shopify_url,
    .kind = "storefront",
    .covers = covers,
};
