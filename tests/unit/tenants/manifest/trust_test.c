#include "unit/tenants/manifest/manifest_kit.h"

/* What one version asks for more than another. */

static const struct manifest *compiled(const char *text)
{
    struct manifest *m = NULL;

    CHECK_OK(manifest_compile(test_scope(), test_scope()->arena, kit_doc(text), &m));
    return m;
}

#define WITH(url, secrets, more)                                                                                       \
    compiled(                                                                                                          \
        "{\"format\":\"connector/1\",\"name\":\"acme\",\"version\":\"1.0.0\",\"title\":\"Acme\",\"kind\":\"erp\","     \
        "\"settings\":{\"shop\":{\"title\":\"Shop\",\"kind\":\"host\",\"needed\":true}},\"secrets\":{" secrets         \
        "},\"url\":\"" url "\",\"auth\":{\"kind\":\"none\"}" more ",\"operations\":{\"a.get\":{\"title\":\"A\","       \
        "\"kind\":\"a\",\"request\":{\"method\":\"GET\",\"path\":\"a\"}},\"b.get\":{\"title\":\"B\",\"kind\":\"a\","   \
        "\"request\":{\"method\":\"GET\",\"path\":\"b\"}},\"c.get\":{\"title\":\"C\",\"kind\":\"c\","                  \
        "\"request\":{\"method\":\"GET\",\"path\":\"c\"}}}}")
#define SECRET(name, more) "\"" name "\":{\"title\":\"S\",\"why\":\"W.\"" more "}"
#define SHOP               "\\\"https://\\\" & $settings.shop & \\\"/\\\""

TEST(kinds_of_things_are_told_once_each)
{
    const struct manifest *m = WITH(SHOP, "", "");

    CHECK_STR(manifest_kind(m, 0), "a");
    CHECK_STR(manifest_kind(m, 1), "c");
    CHECK(!manifest_kind(m, 2));
}

TEST(a_secret_that_the_one_before_had_not_is_told_unless_it_may_be_missing)
{
    const struct manifest *one = WITH(SHOP, SECRET("key", ""), "");
    const struct manifest *two =
        WITH(SHOP, SECRET("key", "") "," SECRET("more", "") "," SECRET("perhaps", ",\"optional\":true"), "");
    const char *const *names = manifest_more_secrets(test_scope(), two, one);

    CHECK_STR(names[0], "more");
    CHECK(!names[1]);
    CHECK(!*manifest_more_secrets(test_scope(), one, two));
}

TEST(permissions_that_are_asked_for_in_addition_are_told)
{
    const struct manifest *one = WITH(SHOP, "", ",\"permissions\":[{\"name\":\"read\",\"why\":\"W.\"}]");
    const struct manifest *two =
        WITH(SHOP, "",
             ",\"permissions\":[{\"name\":\"write\",\"why\":\"W.\"},{\"name\":\"read\",\"why\":\"Another why.\"}]");
    const char *const *names = manifest_more_permissions(test_scope(), two, one);

    CHECK_STR(names[0], "write");
    CHECK(!names[1]);
    CHECK(!*manifest_more_permissions(test_scope(), one, two));
}

/* An expression that would tell the time, or chance, tells the same at all times: where secrets go is said by the
 * settings alone. */
TEST(where_secrets_go_changes_with_no_clock_and_no_chance)
{
    const struct manifest *m = WITH("\\\"https://\\\" & $string($millis() + $random()) & \\\".example/\\\"", "", "");
    const struct doc *settings = kit_doc("{\"shop\":\"a.example\"}");
    struct manifest_trust first, again;

    manifest_trust_of(test_scope(), manifest_connector(m), settings, &first);
    for (int i = 0; i < 100; i++) {
        manifest_trust_of(test_scope(), manifest_connector(m), settings, &again);
        CHECK(first.url && again.url);
        CHECK_STR(again.url, first.url);
    }
}

/* Hundreds of questions to one answer, each for as long as one may take: they end, and nothing is believed of it. */
TEST(expressions_of_somebody_elses_have_a_bound_together)
{
    struct buf b;
    struct manifest *m;
    struct erp_site site;
    struct ask ask = {.operation = "a.get"};
    struct http_reply reply = {.status = 200, .body = STR("{\"ok\": true}")};
    struct told told;

    buf_init(&b, test_scope()->arena, 100000);
    buf_s(&b, "{\"format\":\"connector/1\",\"name\":\"acme\",\"version\":\"1.0.0\",\"title\":\"Acme\",\"url\":"
              "\"\\\"https://a.example/\\\"\",\"auth\":{\"kind\":\"none\"},\"errors\":[");
    for (int i = 0; i < 39; i++)
        buf_s(&b, "{\"when\":\"$count([1..60000][$ % 7 = 1]) < 0\",\"means\":\"no\"},");
    buf_s(&b, "{\"when\":\"ok = true\",\"means\":\"no\"}],\"operations\":{\"a.get\":{\"title\":\"A\",\"request\":"
              "{\"method\":\"GET\",\"path\":\"a\"}}}}");
    CHECK_OK(manifest_compile(test_scope(), test_scope()->arena, kit_doc(buf_cstr(&b)), &m));
    site =
        (struct erp_site){.connector = manifest_connector(m), .settings = kit_doc("{}"), .url = "https://a.example/"};
    CHECK_ERR(manifest_read(test_scope(), &site, &ask, &reply, &told), ERR_UPSTREAM_NO); /* its last rule */
    scope_clear(test_scope());
    manifest_bound_set(m);
    CHECK_ERR(manifest_read(test_scope(), &site, &ask, &reply, &told), ERR_HOLD);
    CHECK(strstr(scope_fault(test_scope())->message, "take too long together"));
    scope_clear(test_scope());
}

/* A run that keeps what a vendor sends where has one budget for the whole list, and for what is done about it. */
TEST(all_that_is_read_of_a_list_has_one_budget)
{
    struct connector_budget budget = {100000, INT64_C(64) << 20};
    struct manifest_subscription s;
    struct manifest *m;
    struct erp_site site;
    struct ask ask;
    int64_t began_us;

    CHECK_OK(manifest_compile(
        test_scope(), test_scope()->arena,
        kit_doc(
            "{\"format\":\"connector/1\",\"name\":\"acme\",\"version\":\"1.0.0\",\"title\":\"Acme\",\"url\":"
            "\"\\\"https://a.example/\\\"\",\"auth\":{\"kind\":\"none\"},\"operations\":{\"l\":{\"title\":\"L\","
            "\"request\":{\"method\":\"GET\",\"path\":\"l\"}},\"c\":{\"title\":\"C\",\"again\":{\"kind\":\"upsert\"},"
            "\"request\":{\"method\":\"PUT\",\"path\":\"c\"}}},\"subscriptions\":{\"list\":\"l\",\"item\":{\"topic\":"
            "\"topic\",\"address\":\"$string($count([1..60000][$ % 7 = "
            "1]))\"},\"create\":{\"operation\":\"c\",\"with\":"
            "\"{}\"},\"delete\":{\"operation\":\"c\",\"with\":\"{}\"},\"topics\":[\"a\"]}}"),
        &m));
    site =
        (struct erp_site){.connector = manifest_connector(m), .settings = kit_doc("{}"), .url = "https://a.example/"};
    manifest_bound_set(m);
    manifest_subscription_item(test_scope(), &site, kit_doc("{\"topic\":\"a\"}"), &s);
    CHECK_STR(s.address, "8572");
    site.budget = &budget;
    began_us = time_thread_us();
    for (int i = 0; i < 200; i++)
        manifest_subscription_item(test_scope(), &site, kit_doc("{\"topic\":\"a\"}"), &s);
    CHECK(time_thread_us() - began_us < 2000000); /* 200 by themselves: 5 s and more */
    CHECK_STR(s.address, "");
    CHECK(connector_budget_spent(&budget));
    CHECK_ERR(manifest_subscription_end(test_scope(), &site, kit_doc("{}"), &ask), ERR_HOLD);
    scope_clear(test_scope());
    budget = (struct connector_budget){100000000, 1000}; /* and in memory likewise */
    manifest_subscription_item(test_scope(), &site, kit_doc("{\"topic\":\"a\"}"), &s);
    CHECK(connector_budget_spent(&budget));
}
