#include "drift_kit.h"

static const char *written(const struct drift_shape *s)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    drift_shape_write(test_scope()->arena, &b, s);
    CHECK(!b.full && b.n <= DRIFT_STORED_MAX);
    return buf_cstr(&b);
}

static struct drift_shape *read_back(const char *json)
{
    struct drift_shape *s = NULL;

    CHECK_OK(drift_shape_parse(test_scope(), test_scope()->arena, str_of(json), &s));
    return s;
}

static struct drift_shape *learnt(struct kit_shop *shop, unsigned orders)
{
    struct drift_shape *s = drift_shape_new(test_scope()->arena);
    struct kit_found found;

    kit_replay(s, shop, &(struct kit_run){orders, true, false}, &found);
    return s;
}

TEST(what_is_written_is_read_back_to_the_same_octets)
{
    struct kit_shop shop = {.random = 5};
    const char *json = written(learnt(&shop, 800));

    CHECK_STR(written(read_back(json)), json);
    printf("# %zu octets of an order's shape\n", strlen(json));
}

TEST(a_shape_that_is_stored_in_between_judges_as_one_that_is_not)
{
    struct kit_shop shop = {.random = 9, .plant = PLANT_RENAME, .which = 0, .from = 600}, again;
    struct drift_shape *s = learnt(&shop, 602);
    struct kit_found kept, stored;

    again = shop;
    kit_replay(read_back(written(s)), &again, &(struct kit_run){20, true, true}, &stored);
    kit_replay(s, &shop, &(struct kit_run){20, true, true}, &kept);
    CHECK_INT(stored.deviations, 1);
    CHECK_INT(kept.affected, stored.affected);
    CHECK_INT(kept.first.what, DRIFT_RENAMED);
    CHECK_INT(stored.first.what, DRIFT_RENAMED);
}

/* Every payload brings names of its own, each with everything that can be kept. */
TEST(no_payload_makes_a_shape_larger_than_its_limit)
{
    struct kit_shop shop = {.random = 3};
    struct drift_shape *s = drift_shape_new(test_scope()->arena);

    for (unsigned i = 0; i < 400; i++) {
        const struct doc *d = NULL;
        struct drift_seen seen;
        struct buf b;

        buf_init(&b, test_scope()->arena, 1 << 16);
        buf_c(&b, '{');
        for (unsigned k = 0; k < 60; k++)
            buf_f(&b, "%s\"o%u\":{\"\\\"\\u0001n%u\":{\"deep\":[%u.%u,\"w%u\"]},\"word\":\"w\\\"%u\"}", k ? "," : "",
                  kit_below(&shop, 90), kit_below(&shop, 1u << 30), kit_below(&shop, 1000), i, kit_below(&shop, 30),
                  kit_below(&shop, 30));
        buf_c(&b, '}');
        if (doc_parse(test_scope(), buf_str(&b), &d) == OK) /* the same name twice is refused */
            drift_see(test_scope()->arena, s, d, NULL, &seen);
        scope_clear(test_scope());
    }
    for (unsigned i = 0; i < 2500; i++) {
        struct drift_seen seen;
        const struct doc *d = NULL;

        CHECK_OK(doc_parse(test_scope(), str_of(arena_f(test_scope()->arena, "{\"x%u\":{\"%u\":1.5}}", i % 9, i)), &d));
        drift_see(test_scope()->arena, s, d, NULL, &seen);
    }
    CHECK(drift_shape_paths(s) <= DRIFT_PATHS_MAX);
    CHECK(drift_shape_payloads(s) >= 2500);
    CHECK_STR(written(read_back(written(s))), written(read_back(written(s))));
}

/* As a shop's orders with refunds, fulfilments and what applications add. */
TEST(hundreds_of_fields_with_amounts_and_words_have_room)
{
    struct kit_shop shop = {.random = 3};
    struct drift_shape *s = drift_shape_new(test_scope()->arena);

    for (unsigned i = 0; i < 300; i++) {
        const struct doc *d = NULL;
        struct drift_seen seen;
        struct buf b;

        buf_init(&b, test_scope()->arena, 1 << 18);
        buf_c(&b, '{');
        for (unsigned k = 0; k < 200; k++)
            buf_f(&b, "%s\"a_field_of_usual_length_%u\":{\"amount\":%u.%02u,\"currency_code\":\"word%u\"}",
                  k ? "," : "", k, kit_below(&shop, 1000), kit_below(&shop, 100), kit_below(&shop, 5));
        buf_c(&b, '}');
        CHECK_OK(doc_parse(test_scope(), buf_str(&b), &d));
        drift_see(test_scope()->arena, s, d, NULL, &seen);
    }
    CHECK_INT(drift_shape_paths(s), 601);
    CHECK(!drift_shape_full(s));
    CHECK(!drift_shape_full(read_back(written(s))));
    CHECK_INT(drift_shape_paths(read_back(written(s))), 601);
}
