#include "access_kit.h"
#include "base/memory.h"

TEST_IN_LOOP(a_key_says_who_calls_and_is_kept_nowhere)
{
    char partner_key[ACCESS_SECRET_MAX], customer_key[ACCESS_SECRET_MAX];
    struct tenant acme;
    struct caller who;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    given_key(api, &acme, &(struct access_key_new){.name = "a", .may = MAY_READ, .expires_at = INT64_MIN}, partner_key);
    given_key(api, &acme,
              &(struct access_key_new){
                  .name = "b", .may = MAY_READ, .customer_id = &acme.customer_id, .expires_at = INT64_MIN},
              customer_key);
    CHECK_OK(key_find_from(api, partner_key, NULL, &who));
    CHECK(uuid_equal(&who.partner_id, &acme.partner_id));
    CHECK(!who.has_customer && !who.has_brand);
    CHECK(who.may == MAY_READ);
    CHECK_OK(key_find_from(api, customer_key, NULL, &who));
    CHECK(who.has_customer && uuid_equal(&who.customer_id, &acme.customer_id));
    CHECK(strcmp(partner_key, customer_key) != 0);
    CHECK_STR(sql("select count(*) from api_key k where k::text like '%%%s%%'", partner_key + 12), "0");
    db_close(api);
    access_thread_end();
}

TEST_IN_LOOP(anything_else_is_no_key)
{
    char key[ACCESS_SECRET_MAX], other[ACCESS_SECRET_MAX + 1];
    struct tenant acme;
    struct caller who;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    given_key(api, &acme, &(struct access_key_new){.name = "a", .may = MAY_READ, .expires_at = INT64_MIN}, key);
    CHECK_ERR(key_find_from(api, "", NULL, &who), ERR_UNAUTHENTICATED);
    CHECK_ERR(key_find_from(api, "sk_", NULL, &who), ERR_UNAUTHENTICATED);
    CHECK_ERR(key_find_from(api, key + 3, NULL, &who), ERR_UNAUTHENTICATED);
    snprintf(other, sizeof(other), "%s0", key);
    CHECK_ERR(key_find_from(api, other, NULL, &who), ERR_UNAUTHENTICATED);
    access_secret_make(ACCESS_API_KEY, other);
    CHECK_ERR(key_find_from(api, other, NULL, &who), ERR_UNAUTHENTICATED);
    CHECK_OK(key_find_from(api, key, NULL, &who));
    db_close(api);
    access_thread_end();
}

TEST_IN_LOOP(a_revoked_or_expired_key_and_one_of_a_suspended_partner_open_nothing)
{
    static const char *const ends[] = {"update api_key set revoked_at = now()", "update api_key set expires_at = now()",
                                       "update partner set status = 'suspended'"};
    char key[ACCESS_SECRET_MAX];
    struct caller who;
    struct db *api;

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct tenant acme;

        given_schema();
        CHECK_OK(crypto_start(test_scope()));
        acme = given_tenant("acme");
        api = pool_as("tenon_api");
        given_key(api, &acme, &(struct access_key_new){.name = "a", .may = MAY_READ, .expires_at = INT64_MIN}, key);
        CHECK_OK(key_find_from(api, key, NULL, &who));
        CHECK_OK(key_find_from(api, key, NULL, &who));
        sql("%s", ends[i]);
        fiber_sleep_us(MEMORY_AGAIN_US);
        CHECK_ERR(key_find_from(api, key, NULL, &who), ERR_UNAUTHENTICATED);
        db_close(api);
    }
}

/* Also once the thread knows it: what it may ask without asking the database depends on the address as well. */
TEST_IN_LOOP(outside_its_addresses_a_key_is_unknown)
{
    static const char *const nets[] = {"192.0.2.0/24", "2001:db8::/32"};
    struct access_key_new in = {
        .name = "a", .may = MAY_READ, .addresses = nets, .addresses_n = 2, .expires_at = INT64_MIN};
    char key[ACCESS_SECRET_MAX];
    struct tenant acme;
    struct caller who;
    struct scope *sc;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    given_key(api, &acme, &in, key);
    CHECK_ERR(key_find_from(api, key, "198.51.100.1", &who), ERR_UNAUTHENTICATED);
    CHECK_OK(key_find_from(api, key, "192.0.2.200", &who));
    CHECK_OK(key_find_from(api, key, "2001:db8:1::1", &who));
    CHECK_ERR(key_find_from(api, key, "198.51.100.1", &who), ERR_UNAUTHENTICATED);
    CHECK_ERR(key_find_from(api, key, NULL, &who), ERR_UNAUTHENTICATED);
    sc = scope_in(api, NULL);
    sc->address = "192.0.2.1";
    CHECK(access_key_is_known(sc, str_of(key)));
    sc->address = "198.51.100.1";
    CHECK(!access_key_is_known(sc, str_of(key)));
    scope_free(sc);
    db_close(api);
    access_thread_end();
}

TEST_IN_LOOP(the_last_use_is_noted_once_a_minute)
{
    char key[ACCESS_SECRET_MAX];
    struct tenant acme;
    struct caller who;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    given_key(api, &acme, &(struct access_key_new){.name = "a", .may = MAY_READ, .expires_at = INT64_MIN}, key);
    CHECK_STR(sql("select last_used_at is null from api_key"), "t");
    CHECK_OK(key_find_from(api, key, NULL, &who));
    CHECK_STR(sql("select last_used_at > now() - interval '20 seconds' from api_key"), "t");
    sql("update api_key set last_used_at = now() - interval '30 seconds'");
    access_thread_end();
    CHECK_OK(key_find_from(api, key, NULL, &who));
    CHECK_STR(sql("select last_used_at < now() - interval '20 seconds' from api_key"), "t");
    sql("update api_key set last_used_at = now() - interval '61 seconds'");
    access_thread_end();
    CHECK_OK(key_find_from(api, key, NULL, &who));
    CHECK_STR(sql("select last_used_at > now() - interval '20 seconds' from api_key"), "t");
    db_close(api);
    access_thread_end();
}

static bool is_known(struct db *api, const char *key)
{
    struct scope *sc = scope_in(api, NULL);
    bool known;

    org_changes_ask(sc);
    known = access_key_is_known(sc, str_of(key));
    scope_free(sc);
    return known;
}

/* A key of acme's that this thread remembers. */
struct stage {
    struct tenant acme;
    struct db *api;
    struct uuid key_id;
    char key[ACCESS_SECRET_MAX];
};

static void stage_open(struct stage *s)
{
    static const struct access_key_new made = {.name = "a", .may = MAY_READ, .expires_at = INT64_MIN};
    struct caller who;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    s->acme = given_tenant("acme");
    s->api = pool_as("tenon_api");
    s->key_id = given_key(s->api, &s->acme, &made, s->key);
    CHECK_OK(key_find_from(s->api, s->key, NULL, &who));
}

static void stage_close(struct stage *s)
{
    db_close(s->api);
    access_thread_end();
    org_thread_end();
}

static void ask_again(void)
{
    fiber_sleep_us(MEMORY_AGAIN_US);
}

/* A younger transaction that ends first must not hide an older one that is still open. */
TEST_IN_LOOP(a_revocation_that_commits_late_is_not_missed)
{
    struct scope *open;
    struct caller who;
    struct stage s;

    stage_open(&s);
    given_tenant("globex");
    open = scope_in(s.api, &s.acme);
    open->tenant.has_customer = false;
    CHECK_OK(access_key_revoke(open, &s.key_id));
    sql("update partner set name = 'New' where slug = 'globex'");
    ask_again();
    CHECK(is_known(s.api, s.key)); /* nothing is revoked before it is committed */
    sql("update partner set name = 'Newer' where slug = 'globex'");
    ask_again();
    CHECK(is_known(s.api, s.key));
    CHECK_OK(db_commit(open));
    ask_again();
    CHECK(!is_known(s.api, s.key));
    CHECK_ERR(key_find_from(s.api, s.key, NULL, &who), ERR_UNAUTHENTICATED);
    scope_free(open);
    stage_close(&s);
}

TEST_IN_LOOP(more_changes_than_are_told_at_once_count_as_all)
{
    struct stage s;

    stage_open(&s);
    sql("insert into partner (partner_id, slug, name, brand_pack)"
        " select gen_random_uuid(), 'p' || n, 'P', 'plain' from generate_series(10, 10 + %d) n",
        MEMORY_CHANGES);
    sql("update partner set name = 'Q' where slug in (select 'p' || n from generate_series(10, 9 + %d) n)",
        MEMORY_CHANGES);
    ask_again();
    CHECK(is_known(s.api, s.key));
    sql("update partner set name = 'R' where slug like 'p__'");
    ask_again();
    CHECK(!is_known(s.api, s.key));
    stage_close(&s);
}

/* As a backup of another server has them: no transaction has had this number. */
TEST_IN_LOOP(a_number_from_another_server_says_nothing_and_hides_nothing)
{
    struct stage s;

    stage_open(&s);
    sql("insert into lookup_changed values ('%s', 1000000000000)", id(&s.acme.partner_id));
    ask_again();
    CHECK(is_known(s.api, s.key));
    sql("update api_key set revoked_at = now()");
    ask_again();
    CHECK(!is_known(s.api, s.key));
    stage_close(&s);
}
