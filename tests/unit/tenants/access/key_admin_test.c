#include "access_kit.h"

static struct scope *as_partner(struct db *db, const struct tenant *t)
{
    struct scope *sc = scope_in(db, t);

    sc->tenant.has_customer = false;
    return sc;
}

TEST_IN_LOOP(a_rotated_key_has_two_secrets_until_the_overlap_ends)
{
    char first[ACCESS_SECRET_MAX], second[ACCESS_SECRET_MAX] = "", third[ACCESS_SECRET_MAX] = "";
    struct access_key key;
    struct tenant acme;
    struct caller who;
    struct scope *sc;
    struct uuid id_;
    struct db *api;
    bool changed;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    id_ = given_key(api, &acme, &(struct access_key_new){.name = "a", .may = MAY_READ, .expires_at = INT64_MIN}, first);
    sc = as_partner(api, &acme);
    CHECK_OK(access_key_get(sc, &id_, &key));
    CHECK_OK(access_key_turn(sc, &key, 3600, second, &changed));
    CHECK(changed);
    CHECK_OK(db_commit(sc));
    CHECK_OK(key_find_from(api, first, NULL, &who));
    CHECK_OK(key_find_from(api, second, NULL, &who));
    CHECK(uuid_equal(&who.actor_id, &id_));
    CHECK_OK(access_key_turn(sc, &key, 0, third, &changed)); /* at a version that is over */
    CHECK(!changed);
    CHECK_OK(access_key_get(sc, &id_, &key));
    CHECK_OK(access_key_turn(sc, &key, 0, third, &changed));
    CHECK(changed);
    CHECK_OK(db_commit(sc));
    access_thread_end();
    CHECK_ERR(key_find_from(api, first, NULL, &who), ERR_UNAUTHENTICATED);
    CHECK_ERR(key_find_from(api, second, NULL, &who), ERR_UNAUTHENTICATED);
    CHECK_OK(key_find_from(api, third, NULL, &who));
    scope_free(sc);
    db_close(api);
    access_thread_end();
}

TEST_IN_LOOP(a_key_of_another_tenant_is_not_there_to_be_rotated_changed_or_revoked)
{
    char text[ACCESS_SECRET_MAX], fresh[ACCESS_SECRET_MAX] = "";
    struct tenant acme, globex, other;
    struct access_key key;
    struct scope *sc;
    struct uuid id_;
    struct db *api;
    bool changed;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    globex = given_tenant("globex");
    api = pool_as("tenon_api");
    id_ = given_key(api, &acme, &(struct access_key_new){.name = "a", .may = MAY_READ, .expires_at = INT64_MIN}, text);
    sc = as_partner(api, &acme);
    CHECK_OK(access_key_get(sc, &id_, &key));
    scope_free(sc);
    other = acme;
    other.has_customer = true; /* the key is the whole partner's, which a caller of one customer does not see */
    for (int i = 0; i < 2; i++) {
        sc = i ? scope_in(api, &other) : as_partner(api, &globex);
        CHECK_ERR(access_key_get(sc, &id_, &key), ERR_NOT_FOUND);
        CHECK_ERR(access_key_revoke(sc, &id_), ERR_NOT_FOUND);
        CHECK_OK(access_key_turn(sc, &key, 0, fresh, &changed));
        CHECK(!changed);
        CHECK_OK(db_commit(sc));
        scope_free(sc);
    }
    CHECK_STR(sql("select count(*) from api_key where old_hash is null and revoked_at is null"), "1");
    db_close(api);
    access_thread_end();
}

TEST_IN_LOOP(what_a_key_may_not_be_is_refused_with_its_place)
{
    static const char *const nets[] = {"192.0.2.0/24", "192.0.2.1/24"};
    struct access_key_new in = {.name = "a", .expires_at = INT64_MIN};
    char text[ACCESS_SECRET_MAX] = "";
    struct tenant acme;
    struct scope *sc;
    struct uuid made;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    sc = as_partner(api, &acme);
    CHECK_ERR(access_key_create(sc, &in, &made, text), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->message, "name at least one scope");
    in.may = PERMISSION_BIT(PERMISSION_BRAND_WRITE);
    in.customer_id = &acme.customer_id;
    CHECK_ERR(access_key_create(sc, &in, &made, text), ERR_INVALID);
    in.may = MAY_READ;
    in.addresses = nets;
    in.addresses_n = 2;
    CHECK_ERR(access_key_create(sc, &in, &made, text), ERR_INVALID);
    in.addresses_n = 1;
    in.brand_id = &acme.partner_id; /* no store brand of the customer's */
    CHECK_ERR(access_key_create(sc, &in, &made, text), ERR_CONFLICT);
    CHECK_STR(text, "");
    scope_free(sc);
    db_close(api);
}
