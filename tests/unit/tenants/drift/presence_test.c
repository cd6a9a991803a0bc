#include <stdio.h>
#include <string.h>

#include "drift/drift_int.h"
#include "kit/test.h"

/* How many payloads it takes until a field that was always there is missed, or known by its new name. */

#define EMAIL "\"email\":\"a@example.com\","

static const char *order(unsigned i, const char *email, const char *total)
{
    return arena_f(test_scope()->arena,
                   "{\"id\":%llu,\"number\":%u,%s\"%s\":\"%u.%02u\",\"total_tax\":\"%u.20\",\"currency\":\"USD\"%s}",
                   5500000000000ull + i * 37ull, 1000 + i, email, total, 10 + i * 7919 % 90, i * 31 % 100,
                   1 + i * 61 % 9, i % 3 ? "" : ",\"tip\":\"1.50\"");
}

static struct drift_seen see(struct drift_shape *s, const char *text)
{
    const struct doc *d = NULL;
    struct drift_seen seen;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    drift_see(test_scope()->arena, s, d, NULL, &seen);
    return seen;
}

struct told {
    unsigned affected, opened; /* until the first was opened; by then and in 300 more payloads */
    struct drift_deviation first;
    bool again;
    struct drift_deviation last; /* met again */
};

/* One in `every` of the orders is otherwise. */
static struct told replay(struct drift_shape *s, unsigned learnt, unsigned every, bool renamed)
{
    const char *email = renamed ? EMAIL : "", *total = renamed ? "total_price_usd" : "total_price";
    struct told t = {0};
    unsigned affected = 0;

    for (unsigned i = 0; i < learnt; i++)
        CHECK_INT(see(s, order(i, EMAIL, "total_price")).n, 0);
    for (unsigned i = learnt; i < learnt + 300; i++) {
        bool odd = i % every == 0;
        struct drift_seen seen = see(s, odd ? order(i, email, total) : order(i, EMAIL, "total_price"));

        affected += odd;
        CHECK(odd || !seen.n);
        for (size_t k = 0; k < seen.n; k++) {
            if (seen.v[k].opened && !t.opened++) {
                t.first = seen.v[k];
                t.affected = affected;
            }
            t.again |= !seen.v[k].opened;
            t.last = seen.v[k];
        }
    }
    return t;
}

static struct drift_shape *fresh(void)
{
    return drift_shape_new(test_scope()->arena);
}

/* As people are told in the interface's description. */
TEST(a_field_that_was_always_there_is_missed_after_three_to_five)
{
    for (unsigned learnt = 201; learnt < 4500; learnt += learnt / 2) {
        struct told t = replay(fresh(), learnt, 1, false);

        CHECK(t.affected >= 3 && t.affected <= 5);
        CHECK_INT(t.opened, 1);
        CHECK_STR(t.first.path, "email");
        CHECK_STR(drift_what_name(t.first.what), "missing");
    }
}

TEST(and_after_a_few_more_where_others_have_it)
{
    static const unsigned most[] = {0, 0, 6, 8, 10, 12};

    for (unsigned every = 2; every <= 5; every++)
        for (unsigned learnt = 220; learnt < 4500; learnt += learnt / 2) {
            struct told t = replay(fresh(), learnt, every, false);

            CHECK(t.affected >= 3 && t.affected <= most[every]);
            CHECK_INT(t.opened, 1);
        }
}

static void check_renamed(const struct told *t, unsigned most)
{
    CHECK(t->affected >= 2 && t->affected <= most);
    CHECK_INT(t->opened, 1);
    CHECK_STR(drift_what_name(t->first.what), "renamed");
    CHECK_STR(t->first.path, "total_price");
    CHECK_STR(t->first.other ? t->first.other : "", "total_price_usd");
    CHECK(t->again);
    CHECK_STR(t->last.other ? t->last.other : "", "total_price_usd");
}

TEST(a_field_that_is_renamed_is_one_case_that_names_both)
{
    for (unsigned learnt = 201; learnt < 4500; learnt += learnt / 2) {
        struct told t = replay(fresh(), learnt, 1, true);

        check_renamed(&t, 3);
    }
}

/* While orders from before the change are sent again between the new ones. */
TEST(though_some_still_come_under_the_old_name)
{
    for (unsigned every = 2; every <= 5; every++)
        for (unsigned learnt = 220; learnt < 4500; learnt += learnt / 2) {
            struct told t = replay(fresh(), learnt, every, true);

            check_renamed(&t, 7);
        }
}

TEST(what_is_renamed_is_known_as_such_after_it_was_stored)
{
    struct drift_shape *s = fresh(), *again = NULL;
    struct drift_seen seen;
    struct buf b;

    CHECK_INT(replay(s, 400, 2, true).opened, 1);
    buf_init(&b, test_scope()->arena, DRIFT_STORED_MAX);
    drift_shape_write(test_scope()->arena, &b, s);
    CHECK_OK(drift_shape_parse(test_scope(), test_scope()->arena, buf_str(&b), &again));
    seen = see(again, order(9999, EMAIL, "total_price_usd"));
    CHECK_INT(seen.n, 1);
    CHECK_STR(seen.v[0].other ? seen.v[0].other : "", "total_price_usd");
    CHECK(drift_accept(again, "total_price", DRIFT_RENAMED));
    for (unsigned i = 0; i < 200; i++)
        CHECK_INT(see(again, order(i, EMAIL, i % 7 ? "total_price_usd" : "total_price")).n, 0);
}

/* Beside the old one it is a new field, whatever its values. */
TEST(a_copy_beside_the_old_one_is_no_new_name)
{
    struct drift_shape *s = fresh();
    struct drift_seen seen = {0};
    unsigned i = 0;

    for (; i < 400; i++)
        see(s, order(i, EMAIL, "total_price"));
    for (; i < 440 && !seen.n; i++)
        seen = see(s, order(i, EMAIL "\"total_price_usd\":\"17.20\",", "total_price"));
    CHECK_INT(seen.n, 1);
    CHECK_STR(drift_what_name(seen.v[0].what), "new_field");
}

TEST(what_two_threads_saw_of_a_new_name_is_added)
{
    struct drift_shape *one = fresh(), *two = fresh(), *base = fresh();
    struct drift_seen seen = {0};

    for (unsigned i = 0; i < 300; i++) {
        see(one, order(i, EMAIL, "total_price"));
        see(two, order(i, EMAIL, "total_price"));
        see(base, order(i, EMAIL, "total_price"));
    }
    CHECK_INT(see(one, order(301, EMAIL, "total_price_usd")).n, 0);
    for (unsigned i = 302; i < 304; i++)
        CHECK_INT(see(two, order(i, EMAIL, "total_price_usd")).n, 0);
    drift_shape_take(two, one, base, true);
    seen = see(two, order(304, EMAIL, "total_price_usd"));
    CHECK_INT(seen.n, 1);
    CHECK_STR(drift_what_name(seen.v[0].what), "renamed");
}
