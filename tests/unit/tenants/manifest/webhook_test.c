#include "unit/tenants/manifest/manifest_kit.h"

/* A connection that says itself how its deliveries are read. */

static const char right[] =
    "{\"hooks\":{\"check\":{\"kind\":\"hmac\",\"over\":\"{body}\",\"signature\":{\"header\":\"x-sign\",\"encoding\":"
    "\"hex\"}},\"id\":\"x-"
    "id\","
    "\"topic\":{\"expr\":\"event\"},\"events\":[{\"topic\":\"order.*\",\"object\":\"order\",\"key\":\"order.id\","
    "\"changed\":\"at\"},{\"topic\":\"stock\",\"object\":\"stock\",\"fetch\":true,\"key\":\"items.sku\"}]}}";

static const char *faults(const char *settings)
{
    struct scope *sc = test_scope();
    struct buf b;

    scope_clear(sc);
    buf_init(&b, sc->arena, 10000);
    if (webhook_connector.settings_check(sc, &webhook_connector, kit_doc(settings)) != OK)
        for (const struct fault_item *i = scope_fault(sc)->items; i; i = i->next)
            buf_f(&b, "%s%s %s", b.n ? "\n" : "", i->pointer, i->code);
    scope_clear(sc);
    return buf_cstr(&b);
}

TEST(what_is_wrong_with_the_settings_of_a_webhook_has_its_place)
{
    CHECK_STR(faults(right), "");
    CHECK_STR(faults("{}"), "/settings/hooks required");
    CHECK_STR(
        faults("{\"hooks\":{\"check\":{\"kind\":\"hmac\",\"over\":\"{body}\",\"signature\":{\"header\":\"x-sign\","
               "\"encoding\":\"hex\"}},"
               "\"topic\":\"x-topic\",\"events\":[{\"topic\":\"a\",\"object\":\"order\",\"key\":\"(\"}]},\"x\":1}"),
        "/settings/x unknown_member\n/settings/hooks/events/0/key S0203");
}

TEST(deliveries_are_read_as_the_settings_say)
{
    const struct connector *c;
    struct hook_facts f;

    CHECK_OK(webhook_connector.source->of_settings(test_scope(), test_scope()->arena, kit_doc(right), &c));
    CHECK_STR(c->source->hook.id_headers[0], "x-id");
    CHECK_OK(c->source->hook_read(test_scope(), c, "order.paid",
                                  kit_doc("{\"order\":{\"id\":17},\"at\":\"2026-11-30T10:00:00Z\"}"), &f));
    CHECK_STR(f.kind, "order");
    CHECK_STR(f.business_key, "order:17");
    CHECK_INT(f.changed_us / 1000000, 1796032800);
    CHECK_OK(
        c->source->hook_read(test_scope(), c, "stock", kit_doc("{\"items\":[{\"sku\":\"A\"},{\"sku\":\"B\"}]}"), &f));
    CHECK_STR(f.kind, NULL);
    CHECK_INT(f.hint_count, 2);
    CHECK_STR(f.hints[1].key, "B");
    CHECK(!connector_does(&webhook_connector, "order"));
}

/* What takes longer than others can wait is sent away to come again, and says why. */
#define SLOW "$string($count([1..60000][$ % 7 = 1]))"

static const char *hooks(const char *id, const char *key, const char *fetch)
{
    return arena_f(
        test_scope()->arena,
        "{\"hooks\":{\"check\":{\"kind\":\"none\"},\"id\":{\"expr\":\"%s\"},"
        "\"topic\":{\"expr\":\"event\"},\"events\":[{\"topic\":\"a\",\"object\":\"order\",\"key\":\"%s\"%s}]}}",
        id, key, fetch);
}

static enum err slow(enum err e)
{
    if (e == ERR_UNAVAILABLE) {
        CHECK_STR(scope_fault(test_scope())->problem, "connector-slow");
        CHECK(scope_fault(test_scope())->retry_after_s > 0);
    }
    scope_clear(test_scope());
    return e;
}

static const struct connector *of_settings(const char *settings)
{
    const struct connector *c = NULL;

    CHECK_OK(webhook_connector.source->of_settings(test_scope(), test_scope()->arena, kit_doc(settings), &c));
    return c;
}

TEST(a_delivery_that_takes_long_to_read_is_put_off)
{
    const struct doc *body = kit_doc("{\"event\":\"a\",\"key\":\"17\"}");
    const struct connector *c = of_settings(hooks("key", "key", ""));
    struct hook_facts f = {0};
    struct hook_said said;

    CHECK_OK(c->source->hook_said(test_scope(), c, body, &said));
    CHECK_STR(said.id, "17");
    CHECK_OK(c->source->hook_read(test_scope(), c, "a", body, &f));
    CHECK_STR(f.business_key, "order:17");
    c = of_settings(hooks(SLOW, SLOW, ""));
    CHECK_ERR(slow(c->source->hook_said(test_scope(), c, body, &said)), ERR_UNAVAILABLE);
    CHECK_ERR(slow(c->source->hook_read(test_scope(), c, "a", body, &f)), ERR_UNAVAILABLE);
    c = of_settings(hooks("key", SLOW, ",\"fetch\":true"));
    CHECK_ERR(slow(c->source->hook_read(test_scope(), c, "a", body, &f)), ERR_UNAVAILABLE);
}

/* What comes with the program was measured when it was made. */
TEST(a_connector_that_comes_with_the_program_has_no_such_bound)
{
    const struct doc *body = kit_doc("{\"event\":\"a\"}");
    struct erp_site *site =
        kit_site_of(arena_f(test_scope()->arena,
                            "{" KIT_HEAD KIT_AUTH "\"operations\":{\"a.get\":{\"title\":\"A\",\"request\":{\"method\":"
                            "\"GET\",\"path\":\"a\"}}},%s",
                            1 + hooks(SLOW, SLOW, "")),
                    "{\"shop\":\"acme.example\"}");
    struct hook_facts f;

    CHECK_OK(site->connector->source->hook_read(test_scope(), site->connector, "a", body, &f));
    CHECK_STR(f.business_key, "order:8572");
}
