#pragma once

#include "connect/connect_int.h"
#include "org/org.h"
#include "unit/tenants/tenant_kit.h"

/* A shop that sends hooks and an ERP that takes orders, as connectors of the test. */
static inline enum err kit_hook_read(struct scope *sc, const struct connector *c, const char *topic,
                                     const struct doc *body, struct hook_facts *out)
{
    (void)sc, (void)c, (void)topic, (void)body;
    *out = (struct hook_facts){"order", "order:1"};
    return OK;
}

static inline enum err kit_settings_check(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    (void)c;
    if (doc_get(settings, "bad"))
        return FAIL(sc, ERR_INVALID, "the settings are bad");
    return OK;
}

static const struct connector_source kit_source = {.hook = {.scheme = HOOK_HMAC_SHA256_BASE64,
                                                            .signature_headers = {"x-signature", "signature"},
                                                            .id_headers = {"x-id"},
                                                            .topic_headers = {"x-topic"},
                                                            .version_headers = {"x-version"},
                                                            .account_headers = {"x-shop"},
                                                            .account_setting = "shop"},
                                                   .hook_read = kit_hook_read};
static const struct connector_erp kit_erp;
static const struct connector kit_shop = {
    .name = "shop", .title = "Shop", .source = &kit_source, .settings_check = kit_settings_check};
static const struct connector kit_books = {.name = "books", .title = "Books", .erp = &kit_erp};
static const struct connector *const kit_registry[] = {&kit_shop, &kit_books, NULL};

struct world {
    struct secret *edge, *connection; /* key-encryption keys */
    struct tenant acme, globex;
    struct db *setup, *api, *worker;
};

static inline struct tenant kit_partner(struct world *w, const char *slug)
{
    struct scope *sc = scope_in(w->setup, NULL);
    struct tenant t = {.has_partner = true, .has_customer = true};
    char host[64];

    snprintf(host, sizeof(host), "%s.localhost", slug);
    CHECK_OK(org_partner_create(sc, slug, slug, host, "plain", &t.partner_id));
    CHECK_OK(org_customer_create(sc, "Shop", &t.customer_id));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return t;
}

static inline struct secret *kit_kek(void)
{
    struct secret *s = secret_new(CRYPTO_KEY_BYTES);

    crypto_random(secret_fill(s), CRYPTO_KEY_BYTES);
    return s;
}

static inline void world_make(struct world *w)
{
    CHECK_OK(crypto_start(test_scope()));
    given_schema();
    connect_registry = kit_registry;
    w->edge = kit_kek();
    w->connection = kit_kek();
    org_keks_set(w->edge, w->connection);
    w->setup = pool_as("tenon_operator");
    w->api = pool_as("tenon_api");
    w->worker = pool_as("tenon_worker");
    w->acme = kit_partner(w, "acme");
    w->globex = kit_partner(w, "globex");
}

static inline void world_end(struct world *w)
{
    db_close(w->setup);
    db_close(w->api);
    db_close(w->worker);
    secret_free(w->edge);
    secret_free(w->connection);
    connect_hooks_end();
}

/* As the api role does it, with the edge key alone. */
static inline enum err kit_create(struct world *w, const struct tenant *t, const struct connection_new *in,
                                  struct uuid *out, char token[HOOK_TOKEN_MAX])
{
    struct scope *sc = scope_in(w->api, t);
    struct connection_new filled = *in;
    enum err e;

    filled.customer_id = t->customer_id;
    org_keks_set(w->edge, NULL);
    e = connection_create(sc, &filled, out, token);
    if (e == OK)
        e = db_commit(sc);
    org_keks_set(w->edge, w->connection);
    scope_free(sc);
    return e;
}

static inline struct uuid kit_books_of(struct world *w, const struct tenant *t, const char *password)
{
    char token[HOOK_TOKEN_MAX] = "untouched";
    struct uuid made = {{0}};
    struct connection_new in = {.connector = "books", .name = "Books", .settings = STR("{\"url\":\"http://x\"}")};

    in.secret = (struct bytes){password, strlen(password)};
    CHECK_OK(kit_create(w, t, &in, &made, token));
    CHECK_STR(token, "");
    return made;
}
