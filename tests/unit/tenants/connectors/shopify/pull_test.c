#include "connectors/shopify/shopify.h"
#include "kit/test.h"

static const struct source_pull *pull(void)
{
    return shopify_connector.source->pull;
}

static struct erp_site site(const char *settings)
{
    struct erp_site s = {.session = "shpat_x"};

    CHECK_OK(doc_parse(test_scope(), str_of(settings), &s.settings));
    s.url = shopify_connector.url(test_scope(), &shopify_connector, s.settings);
    return s;
}

static enum err listed(int status, const char *body, struct source_page *out)
{
    return pull()->changes_read(test_scope(), &(struct http_reply){status, str_of(body)}, out);
}

TEST(a_shop_is_asked_at_its_own_name_unless_another_address_is_set)
{
    CHECK_STR(site("{\"shop\":\"a.myshopify.com\"}").url, "https://a.myshopify.com/");
    CHECK_STR(site("{\"shop\":\"a.myshopify.com\",\"api_url\":\"http://127.0.0.1:1/\"}").url, "http://127.0.0.1:1/");
}

TEST(what_changed_is_asked_by_whole_seconds_and_from_the_last_id_on)
{
    struct erp_site s = site("{\"shop\":\"a.myshopify.com\"}");
    struct source_window w = {.from_us = 1767571200999999, .until_us = 1767571262000001, .after = ""};
    struct http_call call;

    CHECK_OK(pull()->changes(test_scope(), &s, &w, &call));
    CHECK_STR(call.url,
              "https://a.myshopify.com/admin/api/2026-07/orders.json?status=any&limit=250&fields=id,updated_at"
              "&updated_at_min=2026-01-05T00:00:00Z&updated_at_max=2026-01-05T00:01:02Z&since_id=0");
    CHECK_STR(call.method, "GET");
    CHECK_STR(call.authorization_header, "x-shopify-access-token");
    CHECK_STR(call.authorization, "shpat_x");
    w.after = "6200000000000000001";
    CHECK_OK(pull()->changes(test_scope(), &s, &w, &call));
    CHECK_STR(strstr(call.url, "since_id="), "since_id=6200000000000000001");
}

TEST(a_full_page_has_another_behind_it)
{
    struct source_page p;
    struct buf b;

    CHECK_OK(
        listed(200, "{\"orders\":[{\"id\":6200000000000000001,\"updated_at\":\"2026-01-04T19:00:00-05:00\"}]}", &p));
    CHECK_INT(p.n, 1);
    CHECK_STR(p.changes[0].key, "6200000000000000001");
    CHECK_INT(p.changes[0].changed_us, 1767571200000000);
    CHECK_STR(p.after, NULL);
    buf_init(&b, test_scope()->arena, 100000);
    buf_s(&b, "{\"orders\":[");
    for (int i = 1; i <= SOURCE_PAGE_MAX; i++)
        buf_f(&b, "%s{\"id\":%d,\"updated_at\":\"2026-01-05T00:00:00Z\"}", i > 1 ? "," : "", i);
    buf_s(&b, "]}");
    CHECK_OK(listed(200, buf_cstr(&b), &p));
    CHECK_INT(p.n, SOURCE_PAGE_MAX);
    CHECK_STR(p.after, "250");
    CHECK_OK(listed(200, "{\"orders\":[]}", &p));
    CHECK_INT(p.n, 0);
}

/* A list that is not in order would have the next page begin in the wrong place. */
TEST(a_list_that_cannot_be_followed_is_no_answer)
{
    struct source_page p;

    CHECK_ERR(listed(200,
                     "{\"orders\":[{\"id\":2,\"updated_at\":\"2026-01-05T00:00:00Z\"},{\"id\":1,\"updated_at\":"
                     "\"2026-01-05T00:00:00Z\"}]}",
                     &p),
              ERR_UPSTREAM_UNKNOWN);
    CHECK_ERR(listed(200, "{\"orders\":[{\"id\":2}]}", &p), ERR_UPSTREAM_UNKNOWN);
    CHECK_ERR(listed(200, "{\"orders\":{}}", &p), ERR_UPSTREAM_UNKNOWN);
    CHECK_ERR(listed(200, "{}", &p), ERR_UPSTREAM_UNKNOWN);
    CHECK_ERR(listed(401, "{}", &p), ERR_UPSTREAM_AUTH);
    CHECK_ERR(listed(429, "{}", &p), ERR_UPSTREAM_BUSY);
    CHECK_ERR(listed(500, "{}", &p), ERR_UPSTREAM_UNKNOWN);
}

TEST(an_order_is_given_as_a_webhook_brings_it_and_one_that_is_gone_is_absent)
{
    struct http_reply there = {200, STR("{\"order\":{\"id\":1,\"total_price\":\"1.10\"}}")}, gone = {404, STR("{}")};
    struct source_thing t;

    CHECK_OK(pull()->one_read(test_scope(), &there, &t));
    CHECK(t.found);
    CHECK_STR(doc_cstr(test_scope()->arena, doc_get(t.body, "total_price")), "1.10");
    CHECK_STR(t.topic, "orders/updated");
    CHECK_OK(pull()->one_read(test_scope(), &gone, &t));
    CHECK(!t.found);
    CHECK_ERR(pull()->one_read(test_scope(), &(struct http_reply){200, STR("[]")}, &t), ERR_UPSTREAM_UNKNOWN);
}

TEST(an_order_says_when_it_last_changed)
{
    const struct doc *d;
    struct hook_facts f;

    CHECK_OK(doc_parse(test_scope(), STR("{\"id\":1,\"updated_at\":\"2026-01-04T19:00:00-05:00\"}"), &d));
    CHECK_OK(shopify_connector.source->hook_read(test_scope(), &shopify_connector, "orders/create", d, &f));
    CHECK_INT(f.changed_us, 1767571200000000);
    CHECK_OK(doc_parse(test_scope(), STR("{\"id\":1,\"updated_at\":7}"), &d));
    CHECK_OK(shopify_connector.source->hook_read(test_scope(), &shopify_connector, "orders/create", d, &f));
    CHECK_INT(f.changed_us, 0);
}
