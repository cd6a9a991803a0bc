#include "org_kit.h"

static enum err host_find(const char *host, struct scope *sc, struct org_host *out)
{
    enum err e = org_host_find(sc, str_of(host), out);

    db_rollback(sc);
    return e;
}

static void key_make(const struct tenant *t, bool for_customer, char out[ORG_KEY_TEXT_MAX])
{
    struct db *db = pool_as("tenon_operator");
    struct scope *sc = scope_in(db, t);

    sc->tenant.has_customer = false;
    CHECK_OK(org_key_create(sc, for_customer ? &t->customer_id : NULL, "laptop", out));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    db_close(db);
}

static enum err key_find(struct db *api, const char *text, struct org_caller *out)
{
    struct scope *sc = scope_in(api, NULL);
    enum err e = org_key_find(sc, str_of(text), out);

    scope_free(sc);
    return e;
}

TEST_IN_LOOP(a_host_answers_for_its_partner_alone)
{
    struct secret *edge, *connection;
    struct org_host found;
    struct tenant acme, globex;
    struct scope *sc;
    struct db *api;

    given_schema();
    given_keks(&edge, &connection);
    acme = given_partner("acme");
    globex = given_partner("globex");
    api = pool_as("tenon_api");
    sc = scope_in(api, NULL);
    CHECK_OK(host_find("acme.localhost", sc, &found));
    CHECK(uuid_equal(&found.partner_id, &acme.partner_id));
    CHECK_STR(found.slug, "acme");
    CHECK_STR(found.name, "Acme \"Ltd\"");
    CHECK_STR(found.brand_pack, "plain");
    CHECK_OK(host_find("globex.localhost", sc, &found));
    CHECK(uuid_equal(&found.partner_id, &globex.partner_id));
    CHECK_ERR(host_find("acme.localhos", sc, &found), ERR_NOT_FOUND);
    CHECK_ERR(host_find("", sc, &found), ERR_NOT_FOUND);
    CHECK_ERR(host_find("' or ''='", sc, &found), ERR_NOT_FOUND);
    CHECK(!sc->tenant.has_partner);
    scope_free(sc);
    db_close(api);
    org_thread_end();
    secret_free(edge);
    secret_free(connection);
}

TEST_IN_LOOP(an_unverified_host_and_a_closed_partner_are_absent)
{
    struct tenant acme, globex;
    struct org_host found;
    struct scope *sc;
    struct db *api;

    given_schema();
    acme = given_tenant("acme");
    globex = given_tenant("globex");
    sql("insert into partner_host (partner_id, host, verified_at) values ('%s', 'a.localhost', null),"
        " ('%s', 'b.localhost', now()); update partner set status = 'closed' where slug = 'globex'",
        id(&acme.partner_id), id(&globex.partner_id));
    api = pool_as("tenon_api");
    sc = scope_in(api, NULL);
    CHECK_ERR(host_find("a.localhost", sc, &found), ERR_NOT_FOUND);
    CHECK_ERR(host_find("b.localhost", sc, &found), ERR_NOT_FOUND);
    sql("update partner_host set verified_at = now(); update partner set status = 'suspended'");
    CHECK_OK(host_find("a.localhost", sc, &found)); /* that it was absent is not remembered */
    CHECK_OK(host_find("b.localhost", sc, &found));
    sql("delete from partner_host");
    CHECK_OK(host_find("a.localhost", sc, &found)); /* that it was there is, for a second */
    org_thread_end();
    CHECK_ERR(host_find("a.localhost", sc, &found), ERR_NOT_FOUND);
    scope_free(sc);
    db_close(api);
}

TEST_IN_LOOP(a_key_says_who_calls_and_is_kept_nowhere)
{
    char partner_key[ORG_KEY_TEXT_MAX], customer_key[ORG_KEY_TEXT_MAX];
    struct org_caller who;
    struct tenant acme;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    key_make(&acme, false, partner_key);
    key_make(&acme, true, customer_key);
    api = pool_as("tenon_api");
    CHECK_OK(key_find(api, partner_key, &who));
    CHECK(uuid_equal(&who.partner_id, &acme.partner_id));
    CHECK(!who.has_customer);
    CHECK_OK(key_find(api, customer_key, &who));
    CHECK(who.has_customer && uuid_equal(&who.customer_id, &acme.customer_id));
    CHECK_INT(strlen(partner_key), 60);
    CHECK(strcmp(partner_key, customer_key) != 0);
    CHECK_STR(sql("select count(*) from api_key k where k::text like '%%%s%%'", partner_key + 12), "0");
    db_close(api);
    org_thread_end();
}

TEST_IN_LOOP(anything_else_is_no_key)
{
    char key[ORG_KEY_TEXT_MAX], other[100];
    struct org_caller who;
    struct tenant acme;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    key_make(&acme, false, key);
    api = pool_as("tenon_api");
    CHECK_ERR(key_find(api, "", &who), ERR_UNAUTHENTICATED);
    CHECK_ERR(key_find(api, "sk_", &who), ERR_UNAUTHENTICATED);
    CHECK_ERR(key_find(api, key + 3, &who), ERR_UNAUTHENTICATED);
    snprintf(other, sizeof(other), "%s0", key);
    CHECK_ERR(key_find(api, other, &who), ERR_UNAUTHENTICATED);
    memset(other, 'a', sizeof(other) - 1);
    memcpy(other, "sk_", 3);
    other[sizeof(other) - 1] = '\0';
    CHECK_ERR(key_find(api, other, &who), ERR_UNAUTHENTICATED);
    CHECK_OK(key_find(api, key, &who));
    db_close(api);
    org_thread_end();
}

TEST_IN_LOOP(a_revoked_or_expired_key_and_one_of_a_suspended_partner_open_nothing)
{
    static const char *const ends[] = {"update api_key set revoked_at = now()", "update api_key set expires_at = now()",
                                       "update partner set status = 'suspended'"};
    char key[ORG_KEY_TEXT_MAX];
    struct org_caller who;
    struct db *api;

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct tenant acme;

        given_schema();
        CHECK_OK(crypto_start(test_scope()));
        acme = given_tenant("acme");
        key_make(&acme, false, key);
        api = pool_as("tenon_api");
        CHECK_OK(key_find(api, key, &who));
        sql("%s", ends[i]);
        org_thread_end(); /* a second later */
        CHECK_ERR(key_find(api, key, &who), ERR_UNAUTHENTICATED);
        db_close(api);
    }
}

TEST(a_scope_is_held_whole_or_not_at_all)
{
    struct org_caller c = {.scopes = ",orders:read,messages:read,"};

    CHECK(org_caller_may(&c, "orders:read"));
    CHECK(org_caller_may(&c, "messages:read"));
    CHECK(!org_caller_may(&c, "orders:rea"));
    CHECK(!org_caller_may(&c, "read"));
    CHECK(!org_caller_may(&c, "connections:write"));
    snprintf(c.scopes, sizeof(c.scopes), ",,");
    CHECK(!org_caller_may(&c, "orders:read"));
}
