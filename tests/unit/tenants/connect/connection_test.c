#include "connect_kit.h"

static struct connection_new given_new(void)
{
    return (struct connection_new){
        .connector = "shop", .name = "Shop", .settings = STR("{\"shop\":\"a.example\"}"), .secret = {"s3cret", 6}};
}

TEST_IN_LOOP(a_connection_is_kept_with_its_settings_and_without_its_secret)
{
    struct connection_new in = given_new();
    char token[HOOK_TOKEN_MAX], again[HOOK_TOKEN_MAX];
    struct connection got;
    struct uuid made, books;
    struct scope *sc;
    struct world w;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "p");
    in.destination_id = &books;
    CHECK_OK(kit_create(&w, &w.acme, &in, &made, token));
    CHECK_INT(strlen(token), 40);
    sc = scope_in(w.api, &w.acme);
    CHECK_OK(connection_get(sc, &made, &got));
    CHECK_STR(got.connector, "shop");
    CHECK_STR(got.settings, "{\"shop\": \"a.example\"}");
    CHECK_STR(got.status, "active");
    CHECK(got.has_destination && uuid_equal(&got.destination_id, &books));
    db_rollback(sc);
    sc->tenant = w.globex;
    CHECK_ERR(connection_get(sc, &made, &got), ERR_NOT_FOUND);
    scope_free(sc);
    CHECK_STR(sql("select count(*) from connection c where c::text like '%%%s%%'", token), "0");
    CHECK_OK(kit_create(&w, &w.acme, &in, &made, again));
    CHECK(strcmp(token, again) != 0);
    world_end(&w);
}

TEST_IN_LOOP(what_a_connection_lacks_is_said_and_nothing_is_kept)
{
    struct connection_new in = given_new();
    char token[HOOK_TOKEN_MAX];
    struct uuid made, foreign, nobody = uuid_new();
    struct world w;

    world_make(&w);
    foreign = kit_books_of(&w, &w.globex, "p");
    in.connector = "nobody";
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in = given_new();
    in.settings = STR("[]");
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in.settings = STR("{\"bad\":1}");
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in.settings = STR("{");
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in = given_new();
    in.secret = (struct bytes){NULL, 0};
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in = given_new();
    in.destination_id = &foreign; /* another's ERP */
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in.destination_id = &nobody;
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    CHECK_STR(sql("select count(*) from connection where partner_id = '%s'", id(&w.acme.partner_id)), "0");
    world_end(&w);
}

TEST_IN_LOOP(a_list_goes_on_where_it_stopped_and_shows_ones_own)
{
    struct connection *v;
    struct uuid made[3], none = {{0}};
    struct scope *sc;
    struct world w;
    size_t n = 0;

    world_make(&w);
    for (size_t i = 0; i < 3; i++)
        made[i] = kit_books_of(&w, &w.acme, "p");
    kit_books_of(&w, &w.globex, "p");
    sc = scope_in(w.api, &w.acme);
    CHECK_OK(connection_list(sc, &none, 2, &v, &n));
    CHECK(n == 2 && uuid_equal(&v[0].connection_id, &made[0]) && uuid_equal(&v[1].connection_id, &made[1]));
    CHECK_OK(connection_list(sc, &made[1], 2, &v, &n));
    CHECK(n == 1 && uuid_equal(&v[0].connection_id, &made[2]));
    scope_free(sc);
    world_end(&w);
}

/* A second customer of the same partner, with a shop of its own. */
TEST_IN_LOOP(orders_go_to_a_system_of_the_same_customer_that_takes_them)
{
    struct connection_new in = given_new();
    char token[HOOK_TOKEN_MAX];
    struct uuid made, shop, books;
    struct tenant other;
    struct scope *sc;
    struct world w;

    world_make(&w);
    other = w.acme;
    sc = scope_in(w.setup, NULL);
    sc->tenant = (struct tenant){.has_partner = true, .partner_id = w.acme.partner_id};
    CHECK_OK(org_customer_create(sc, "Another", &other.customer_id));
    CHECK_OK(db_commit(sc));
    CHECK_OK(kit_create(&w, &w.acme, &in, &shop, token));
    books = kit_books_of(&w, &other, "p");
    in.destination_id = &shop; /* takes no orders */
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in.destination_id = &books; /* another customer's */
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in = given_new();
    in.connector = "books";
    in.destination_id = &shop; /* sends no orders */
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    CHECK_STR(sql("select count(*) from connection where customer_id = '%s'", id(&w.acme.customer_id)), "1");
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(an_address_that_may_not_be_called_is_refused_when_it_is_saved)
{
    static const char *const bad[] = {
        "http://169.254.169.254/", "http://127.0.0.1:8000/x", "https://[::1]/",          "http://0x7f.1/",
        "http://localhost/",       "ftp://erp.example.com/",  "http://u:p@example.com/", "nonsense"};
    struct connection_new in = given_new();
    char token[HOOK_TOKEN_MAX];
    struct uuid made;
    struct world w;

    world_make(&w);
    in.connector = "books";
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        in.settings = str_of(arena_f(test_scope()->arena, "{\"url\":\"%s\"}", bad[i]));
        if (kit_create(&w, &w.acme, &in, &made, token) != ERR_INVALID)
            test_failed(__FILE__, __LINE__, "%s was taken", bad[i]);
    }
    in.settings = STR("{\"url\":\"https://[2a00:1450::1]:8000/erp/\"}");
    CHECK_OK(kit_create(&w, &w.acme, &in, &made, token));
    world_end(&w);
}

static enum err small_secrets_check(struct scope *sc, const struct connector *c, const struct doc *secrets,
                                    struct str *out_hook)
{
    (void)sc, (void)c, (void)secrets;
    *out_hook = STR("s3cret");
    return OK;
}

/* A shop whose orders are numbered from 1. */
static const struct connector_source small_source = {.hook_read = kit_hook_read, .reference_prefix = "SMALL-"};
static const struct connector kit_small = {
    .name = "small", .title = "Small", .source = &small_source, .secrets_check = small_secrets_check};
static const struct connector *const small_registry[] = {&kit_small, &kit_books, NULL};

static struct connection_new given_small(const struct uuid *books, const char *settings)
{
    return (struct connection_new){.connector = "small",
                                   .name = "Small shop",
                                   .settings = str_of(settings),
                                   .secrets = STR("{}"),
                                   .destination_id = books};
}

TEST_IN_LOOP(two_shops_do_not_call_their_orders_the_same_in_one_system)
{
    struct uuid made, books, others;
    struct connection_new in;
    struct world w;
    char token[HOOK_TOKEN_MAX];

    world_make(&w);
    connect_registry = small_registry;
    books = kit_books_of(&w, &w.acme, "p");
    others = kit_books_of(&w, &w.acme, "p");
    in = given_small(&books, "{}");
    CHECK_OK(kit_create(&w, &w.acme, &in, &made, token));
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in = given_small(&books, "{\"reference_prefix\":\"SMALL-\"}");
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in = given_small(&books, "{\"reference_prefix\":\"EU-\"}");
    CHECK_OK(kit_create(&w, &w.acme, &in, &made, token));
    CHECK_ERR(kit_create(&w, &w.acme, &in, &made, token), ERR_INVALID);
    in = given_small(&others, "{}"); /* another system */
    CHECK_OK(kit_create(&w, &w.acme, &in, &made, token));
    in = given_small(NULL, "{}"); /* none */
    CHECK_OK(kit_create(&w, &w.acme, &in, &made, token));
    world_end(&w);
}

TEST_IN_LOOP(a_shop_has_the_prefix_of_its_settings_or_that_of_its_kind)
{
    struct connection c = {.connector = "small", .settings = "{}"};
    struct scope *sc = test_scope();
    const char *prefix;

    connect_registry = small_registry;
    CHECK_OK(connection_reference_prefix(sc, &c, &prefix));
    CHECK_STR(prefix, "SMALL-");
    c.settings = "{\"reference_prefix\":\"EU-\"}";
    CHECK_OK(connection_reference_prefix(sc, &c, &prefix));
    CHECK_STR(prefix, "EU-");
}
