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
