#include "org_kit.h"

TEST_IN_LOOP(a_customer_belongs_to_the_partner_in_use)
{
    struct tenant acme, globex;
    struct uuid customer, environment;
    struct scope *sc;
    struct db *db;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    globex = given_tenant("globex");
    db = pool_as("tenon_operator");
    sc = scope_in(db, NULL);
    CHECK_ERR(org_partner_use(sc, "nobody"), ERR_NOT_FOUND);
    CHECK(!sc->tenant.has_partner);
    CHECK_OK(org_partner_use(sc, "acme"));
    CHECK(uuid_equal(&sc->tenant.partner_id, &acme.partner_id));
    CHECK_OK(org_customer_create(sc, "Second shop", &customer));
    CHECK_OK(org_environment(sc, &customer, &environment));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select count(*) from customer where partner_id = '%s'", id(&acme.partner_id)), "2");
    CHECK_ERR(org_environment(sc, &globex.customer_id, &environment), ERR_NOT_FOUND);
    db_rollback(sc);
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(a_slug_and_a_host_are_taken_once)
{
    struct secret *edge, *connection;
    struct uuid made;
    struct scope *sc;
    struct db *db;

    given_schema();
    given_keks(&edge, &connection);
    given_partner("acme");
    db = pool_as("tenon_operator");
    sc = scope_in(db, NULL);
    CHECK_ERR(org_partner_create(sc, "acme", "Other", "other.localhost", "plain", &made), ERR_CONFLICT);
    db_rollback(sc);
    CHECK_ERR(org_partner_create(sc, "other", "Other", "acme.localhost", "plain", &made), ERR_CONFLICT);
    db_rollback(sc);
    CHECK_ERR(org_partner_create(sc, "other", "Other", "Upper.localhost", "plain", &made), ERR_CONFLICT);
    scope_free(sc);
    CHECK_STR(sql("select count(*) from partner"), "1");
    db_close(db);
    secret_free(edge);
    secret_free(connection);
}
