#include "crypto/crypto.h"
#include "http/http_int.h"
#include "kit/test.h"

static struct scope *given_key(uint8_t first)
{
    struct scope *sc = test_scope();
    uint8_t key[32] = {first};

    CHECK_OK(crypto_start(sc));
    http_cursor_key(key);
    return sc;
}

TEST(a_cursor_brings_its_position_back)
{
    struct scope *sc = given_key(1);
    const char *cursor = http_cursor_make(sc, STR("orders"), (struct bytes){"2026-01-01\0x", 12});
    struct bytes position;

    CHECK_OK(http_cursor_read(sc, STR("orders"), str_of(cursor), &position));
    CHECK_INT(position.n, 12);
    CHECK(memcmp(position.p, "2026-01-01\0x", 12) == 0);
    CHECK(strspn(cursor, "0123456789abcdef") == strlen(cursor)); /* fits an address as it is */
    cursor = http_cursor_make(sc, STR("orders"), (struct bytes){NULL, 0});
    CHECK_OK(http_cursor_read(sc, STR("orders"), str_of(cursor), &position));
    CHECK_INT(position.n, 0);
}

TEST(any_change_of_a_cursor_is_noticed)
{
    struct scope *sc = given_key(1);
    const char *cursor = http_cursor_make(sc, STR("orders"), (struct bytes){"position", 8});
    struct bytes position = {NULL, 0};

    for (size_t i = 0; i < strlen(cursor); i++) {
        char *bad = arena_strdup(sc->arena, cursor);

        bad[i] = bad[i] == '0' ? '1' : '0';
        CHECK_ERR(http_cursor_read(sc, STR("orders"), str_of(bad), &position), ERR_INVALID);
        CHECK_ERR(http_cursor_read(sc, STR("orders"), (struct str){cursor, i}, &position), ERR_INVALID);
    }
    CHECK(position.p == NULL);
    CHECK_ERR(http_cursor_read(sc, STR("orders"), str_of("nonsense"), &position), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->problem, "validation");
    CHECK_STR(scope_fault(sc)->items->pointer, "cursor");
}

TEST(a_cursor_of_another_list_or_key_is_refused)
{
    struct scope *sc = given_key(1);
    const char *cursor = http_cursor_make(sc, STR("orders"), (struct bytes){"position", 8});
    const char *shifted = http_cursor_make(sc, STR("order"), (struct bytes){"sposition", 9});
    struct bytes position;

    CHECK_ERR(http_cursor_read(sc, STR("messages"), str_of(cursor), &position), ERR_INVALID);
    CHECK(strncmp(cursor, shifted, 32) != 0);
    given_key(2);
    CHECK_ERR(http_cursor_read(sc, STR("orders"), str_of(cursor), &position), ERR_INVALID);
}

static enum err reads(struct scope *sc, const char *cursor)
{
    struct bytes position;

    return http_cursor_read(sc, STR("orders"), str_of(cursor), &position);
}

TEST(another_tenants_cursor_is_as_good_as_one_that_was_made_up)
{
    struct scope *sc = given_key(1);
    const char *cursor, *refusal;

    sc->tenant = (struct tenant){.has_partner = true, .has_customer = true};
    cursor = http_cursor_make(sc, STR("orders"), (struct bytes){"position", 8});
    CHECK_OK(reads(sc, cursor));
    CHECK_ERR(reads(sc, "0123456789abcdef0123456789abcdef0123456789abcdef"), ERR_INVALID);
    refusal = str_dup(sc->arena, problem_body(sc, ERR_INVALID, "req"));
    sc->tenant.customer_id.b[0] = 1;
    CHECK_ERR(reads(sc, cursor), ERR_INVALID);
    CHECK_STR(str_dup(sc->arena, problem_body(sc, ERR_INVALID, "req")), refusal);
    sc->tenant = (struct tenant){.has_partner = true};
    CHECK_ERR(reads(sc, cursor), ERR_INVALID); /* the whole partner's list is another one */
    sc->tenant = (struct tenant){.has_partner = true, .has_customer = true, .has_brand = true};
    CHECK_ERR(reads(sc, cursor), ERR_INVALID);
}

static enum err none(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return rs_empty(sc, rs, 204);
}

static const struct route list = {GET, "/v1/orders", none};

/* The next_cursor that a page of this address tells. */
static const char *page_cursor(struct scope *sc, struct http_pair *query, size_t n)
{
    struct rq rq = {.method = GET, .path = STR("/v1/orders"), .route = &list, .query = query, .query_count = n};
    static const struct wire_field fields[] = {{}};
    static const struct wire wire = {"Nothing", 1, fields};
    struct rs rs = {.sc = sc, .rq = &rq};
    const char *at;

    CHECK_OK(rs_page(sc, &rq, &rs, &wire, NULL, 0, http_cursor_make(sc, STR("orders"), (struct bytes){"position", 8})));
    at = strstr(str_dup(sc->arena, rs.body), "next_cursor\":\"") + 14;
    return arena_strndup(sc->arena, at, strcspn(at, "\""));
}

static enum err taken(struct scope *sc, const char *path, struct http_pair *query, size_t n)
{
    struct rq rq = {.method = GET, .path = str_of(path), .route = &list, .query = query, .query_count = n};

    TRY(sc, cursor_loose(sc, &rq));
    return reads(sc, str_dup(sc->arena, rq_query(&rq, "cursor")));
}

static enum err loose(struct scope *sc, struct http_pair *query, size_t n)
{
    struct rq rq = {.method = GET, .path = STR("/v1/orders"), .route = &list, .query = query, .query_count = n};

    return cursor_loose(sc, &rq);
}

TEST(a_cursor_fits_its_own_filters_alone)
{
    struct scope *sc = given_key(1);
    struct http_pair query[] = {
        {STR("state"), STR("held")}, {STR("q"), STR("a")}, {STR("limit"), STR("5")}, {STR("cursor"), STR("")}};
    struct http_pair turned[] = {query[1], query[0], {STR("limit"), STR("9")}, query[3]};

    query[3].value = turned[3].value = str_of(page_cursor(sc, query, 3));
    CHECK_OK(taken(sc, "/v1/orders", query, 4));
    CHECK_OK(taken(sc, "/v1/orders", turned, 4)); /* their order and the page's size say nothing */
    CHECK_ERR(taken(sc, "/v1/others", query, 4), ERR_INVALID);
    CHECK_ERR(taken(sc, "/v1/orders", query + 1, 3), ERR_INVALID);
    sc->tenant.has_brand = true; /* before the list itself is looked at: see cursor_loose alone */
    CHECK_ERR(loose(sc, query, 4), ERR_INVALID);
    sc->tenant.has_brand = false;
    CHECK_OK(loose(sc, query, 4));
    query[0].value = STR("open");
    CHECK_ERR(taken(sc, "/v1/orders", query, 4), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->items->pointer, "cursor");
}
