#include "manifest/manifest_int.h"

/* Webhooks of a system that nobody has written a manifest of. What a manifest says in "hooks" stands in a connection's
 * settings: how a delivery is known to be the system's, what names it, and what it is about.
 */

static enum err of_settings(struct scope *sc, struct arena *keep, const struct doc *settings,
                            const struct connector **out)
{
    return manifest_hooks_compile(sc, keep, doc_get(settings, "hooks"), "/settings", out);
}

/* Of deliveries before a connection's settings were looked at, of which there are none. */
static enum err hook_read(struct scope *sc, const struct connector *c, const char *topic, const struct doc *body,
                          struct hook_facts *out)
{
    (void)c, (void)topic, (void)body;
    *out = (struct hook_facts){0};
    return FAIL(sc, ERR_INTERNAL, "the connection's settings say how this is read");
}

static enum err settings_check(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    const struct connector *made;

    (void)c;
    for (size_t i = 0; i < doc_count(settings); i++) {
        struct str name = doc_key(settings, i);

        if (!str_is(name, "hooks") && !str_is(name, "account"))
            scope_item(sc, arena_f(sc->arena, "/settings/%.*s", (int)name.n, name.p), "unknown_member", "is not known");
    }
    TRY(sc, of_settings(sc, sc->arena, settings, &made)); /* which tells these as well */
    return scope_fault(sc)->item_count ? FAIL(sc, ERR_INVALID, "the settings are not right") : OK;
}

static const char form[] = "{\"settings\":{"
                           "\"hooks\":{\"title\":\"Deliveries\",\"kind\":\"object\",\"needed\":true,\"help\":\"How a "
                           "delivery is known to be the "
                           "system's, what names it and what it is about, as the hooks of a connector's document.\"},"
                           "\"account\":{\"title\":\"Account\",\"kind\":\"text\",\"help\":\"What deliveries have to "
                           "say of the account they are "
                           "of, where hooks.account_setting is account.\"}},"
                           "\"secret\":{\"title\":\"Secret\",\"webhooks\":true,\"needed\":true}}";

static const struct connector_gap without[] = {
    {"*", "in", "Nothing is built in: what deliveries are about is what a connection's settings say."},
    {"*", "out", "It sends webhooks and is asked for nothing; HTTP is."},
    {0},
};

static const struct connector_source source = {.hook_read = hook_read, .of_settings = of_settings};

const struct connector webhook_connector = {
    .name = "webhook",
    .title = "Webhook",
    .kind = "feed",
    .form = form,
    .source = &source,
    .settings_check = settings_check,
    .without = without,
};
