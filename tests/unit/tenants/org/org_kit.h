#pragma once

#include "org/org.h"
#include "unit/tenants/tenant_kit.h"

/* Both key-encryption keys in this process, as the operator's program has them. */
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
    struct tenant t = {.has_partner = true, .has_customer = true};
    char host[100];

    snprintf(host, sizeof(host), "%s.localhost", slug);
    CHECK_OK(org_partner_create(sc, slug, "Acme \"Ltd\"", host, "plain", &t.partner_id));
    CHECK_OK(org_customer_create(sc, "Shop", &t.customer_id));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    db_close(db);
    return t;
}
