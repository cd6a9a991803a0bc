#pragma once

#include "access/callers.h"
#include "org/org.h"
#include "unit/tenants/tenant_kit.h"

#define MAY_READ (PERMISSION_BIT(PERMISSION_ORDERS_READ) | PERMISSION_BIT(PERMISSION_MESSAGES_READ))

static inline void given_keks(struct secret **edge, struct secret **connection)
{
    CHECK_OK(crypto_start(test_scope()));
    *edge = secret_new(CRYPTO_KEY_BYTES);
    *connection = secret_new(CRYPTO_KEY_BYTES);
    crypto_random(secret_fill(*edge), CRYPTO_KEY_BYTES);
    crypto_random(secret_fill(*connection), CRYPTO_KEY_BYTES);
    org_keks_set(*edge, *connection);
}

/* A partner with keys and a customer, made the way tenonctl does. */
static inline struct tenant given_partner(const char *slug)
{
    struct db *db = pool_as("tenon_operator");
    struct scope *sc = scope_in(db, NULL);
    struct tenant t = {.has_partner = true};
    char host[100];

    snprintf(host, sizeof(host), "%s.localhost", slug);
    CHECK_OK(org_partner_create(sc, slug, slug, host, "plain", &t.partner_id));
    CHECK_OK(org_customer_create(sc, "Shop", &t.customer_id));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    db_close(db);
    return t;
}

/* A key of partner t, bound to its customer or not. */
static inline struct uuid given_key(struct db *db, const struct tenant *t, const struct access_key_new *in,
                                    char out[ACCESS_SECRET_MAX])
{
    struct scope *sc = scope_in(db, t);
    struct uuid id;

    sc->tenant.has_customer = false;
    CHECK_OK(access_key_create(sc, in, &id, out));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return id;
}

/* As a request does that comes when it is time to ask what has changed. */
static inline enum err key_find_from(struct db *api, const char *text, const char *address, struct caller *out)
{
    struct scope *sc = scope_in(api, NULL);
    enum err e;

    org_changes_ask(sc);
    sc->address = address;
    e = access_key_find(sc, str_of(text), out);
    db_rollback(sc);
    scope_free(sc);
    return e;
}
