#include <math.h>
#include <stdio.h>

#include "drift/drift_int.h"
#include "kit/test.h"

static struct drift_seen see_list(struct drift_shape *s, unsigned items)
{
    const struct doc *d = NULL;
    struct drift_seen seen;
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 16);
    buf_s(&b, "{\"lines\":[");
    for (unsigned i = 0; i < items; i++)
        buf_f(&b, "%strue", i ? "," : "");
    buf_s(&b, "]}");
    CHECK_OK(doc_parse(test_scope(), buf_str(&b), &d));
    drift_see(test_scope()->arena, s, d, NULL, &seen);
    return seen;
}

TEST(lists_that_are_far_longer_are_out_of_range)
{
    struct drift_shape *s = drift_shape_new(test_scope()->arena);
    struct drift_seen seen = {0};
    unsigned n = 0;

    for (unsigned i = 0; i < 600; i++)
        CHECK_INT(see_list(s, 1 + i * 7 % 5).n, 0);
    for (; n < 20 && !seen.n; n++)
        seen = see_list(s, 300);
    CHECK(n < 20 && seen.n == 1);
    CHECK_STR(seen.v[0].path, "lines");
    CHECK_STR(drift_what_name(seen.v[0].what), "unit_changed");
    CHECK_STR(seen.v[0].expected, "a list, from about 1 to 5.62");
}

/* A number in a text that trebles in a season, as prices do, and one that trebles over night. */
TEST(growth_is_no_shift)
{
    struct magnitude *m = ARENA_NEW(test_scope()->arena, struct magnitude);
    float most = 0;

    for (unsigned i = 0; i < 5000; i++) {
        float e = magnitude_see(m, 1 + 0.5 * (i * 37 % 100) / 100 + i / 10000.0, i < DRIFT_LEARN);

        most = e > most ? e : most;
    }
    CHECK(most < DRIFT_SURE);
}

TEST(a_factor_of_ten_is_a_shift_though_it_lies_within_the_range)
{
    struct magnitude *m = ARENA_NEW(test_scope()->arena, struct magnitude);
    unsigned n = 0;

    for (unsigned i = 0; i < 1000; i++) /* of two decades, mostly in the middle */
        CHECK(magnitude_see(m, 1 + (i * 37 % 100 + i * 61 % 100) / 100.0, i < DRIFT_LEARN) < DRIFT_SURE);
    while (n < 20 && magnitude_see(m, 2 + (n * 37 % 100 + n * 61 % 100) / 100.0, false) < DRIFT_SURE)
        n++;
    CHECK(n < 20);
    CHECK_STR(magnitude_factor(test_scope()->arena, magnitude_shift(m)), "about 10 times larger");
}

TEST(numbers_that_are_given_out_in_turn_are_not_judged)
{
    struct magnitude *m = ARENA_NEW(test_scope()->arena, struct magnitude);

    for (unsigned i = 0; i < 400; i++)
        CHECK(magnitude_see(m, 3 + i / 1000.0, i < DRIFT_LEARN) <= 0);
    CHECK(magnitude_is_serial(m));
    CHECK(magnitude_see(m, 9, false) <= 0);
}

/* Eight at a time are at work, and the first was one by hand. */
TEST(nor_are_those_that_come_a_little_out_of_order)
{
    struct magnitude *m = ARENA_NEW(test_scope()->arena, struct magnitude);

    magnitude_see(m, 7, true);
    for (unsigned i = 0; i < 330; i++)
        CHECK(magnitude_see(m, 2 + log10(1 + (i ^ 7)), i < DRIFT_LEARN) <= DRIFT_SURE);
    CHECK(magnitude_is_serial(m));
    for (unsigned i = 0; i < 100; i++)
        CHECK(magnitude_see(m, 3 + log10(331 + (i ^ 7)), false) <= 0);
}

/* Nearly all alike with a small one now and then: those above the mean are many, but not in turn. */
TEST(what_is_mostly_large_is_not_in_turn)
{
    struct magnitude *m = ARENA_NEW(test_scope()->arena, struct magnitude);
    unsigned x = 1;

    for (unsigned i = 0; i < 20000; i++) {
        x = x * 1103515245 + 12345;
        magnitude_see(m, x >> 16 & 15 ? 3 + (x >> 20 & 255) / 2560.0 : -2, i < DRIFT_LEARN);
        CHECK(!magnitude_is_serial(m));
    }
}

/* ---- what only names something ---- */

struct asked {
    const char *name;
    unsigned long long from, spread; /* of whole numbers, in no order */
    unsigned long long then;         /* where they lie later */
};

static unsigned long long any_of(unsigned i, unsigned long long from, unsigned long long spread)
{
    return from + (i * 2654435761ull + i * i * 40503ull) % spread;
}

/* How many payloads it took until something was told; 0: nothing was. */
static unsigned told_after(const struct asked *a, const char *quote, struct drift_seen *out)
{
    struct drift_shape *s = drift_shape_new(test_scope()->arena);

    for (unsigned i = 0; i < 460; i++) {
        unsigned long long v = any_of(i, i < 400 ? a->from : a->then, a->spread);
        const struct doc *d = NULL;

        CHECK_OK(doc_parse(test_scope(),
                           str_of(arena_f(test_scope()->arena, "{\"%s\":%s%llu%s,\"x\":1}", a->name, quote, v, quote)),
                           &d));
        drift_see(test_scope()->arena, s, d, NULL, out);
        if (out->n)
            return i < 400 ? 0 : i - 399;
    }
    return 0;
}

TEST(an_id_has_no_magnitude)
{
    static const char *const names[] = {"id",       "order_id",     "customerId", "orderID",
                                        "ID",       "order_number", "reference",  "barcode",
                                        "line_ref", "invoice-no",   "variant_ids"};
    struct drift_seen seen;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        CHECK_INT(told_after(&(struct asked){names[i], 5500000000000, 400000000000, 77000}, "", &seen), 0);
        CHECK_INT(told_after(&(struct asked){names[i], 1000, 900, 77000}, "\"", &seen), 0);
        CHECK_INT(told_after(&(struct asked){names[i], 770000, 90000, 7700}, "", &seen), 0);
    }
    CHECK_INT(told_after(&(struct asked){"shopify", 5500000000000, 400000000000, 550000000000}, "", &seen), 0);
}

/* Though its values hardly ever repeat either. */
TEST(what_measures_something_is_judged_whatever_it_is_like)
{
    static const char *const names[] = {"grams", "paid", "total_cents", "valid", "number_of_items", "total", "void"};
    struct drift_seen seen;
    unsigned n;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        n = told_after(&(struct asked){names[i], 100000, 900000, 1000000000}, "", &seen);
        CHECK(n >= 1 && n <= 20);
        CHECK_STR(drift_what_name(seen.v[0].what), "unit_changed");
    }
}

TEST(what_is_called_an_id_and_has_a_fraction_is_judged)
{
    struct drift_shape *s = drift_shape_new(test_scope()->arena);
    struct drift_seen seen = {0};

    for (unsigned i = 0; i < 420 && !seen.n; i++) {
        double v = (10 + i * 37 % 90 + 0.5) * (i < 400 ? 1 : 0.001);
        const struct doc *d = NULL;

        CHECK_OK(doc_parse(test_scope(), str_of(arena_f(test_scope()->arena, "{\"volume_id\":%.4f}", v)), &d));
        drift_see(test_scope()->arena, s, d, NULL, &seen);
        CHECK(i >= 400 || !seen.n);
    }
    CHECK(seen.n == 1 && seen.v[0].what == DRIFT_UNIT);
}
