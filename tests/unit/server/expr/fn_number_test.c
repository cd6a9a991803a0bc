#include "unit/server/expr/given.h"

/* A quotient by 0 may go anywhere; so may a number of the input that is more than a double holds. */
TEST(a_number_that_is_not_finite_is_refused_by_every_function_with_a_picture)
{
    static const char *const numbers[] = {"(1/0)", "(-1/0)", "(0/0)", "big"};
    static const char *const uses[] = {"$formatInteger(%s, \"w\")",
                                       "$formatInteger(%s, \"I\")",
                                       "$formatInteger(%s, \"#,##0\")",
                                       "$formatNumber(%s, \"0.0\")",
                                       "$formatNumber(%s, \"0e0\")",
                                       "$formatBase(%s)",
                                       "$formatBase(5, %s)",
                                       "$fromMillis(%s)",
                                       "$fromMillis(%s, \"[Y]\")",
                                       "$round(%s, 2)"};

    for (size_t i = 0; i < ARRAY_LEN(uses) * ARRAY_LEN(numbers); i++) {
        const char *text = arena_f(test_scope()->arena, uses[i / ARRAY_LEN(numbers)], numbers[i % ARRAY_LEN(numbers)]);

        CHECK(strncmp(given_value(text, "{\"big\":1e999}"), "D1001 ", 6) == 0);
    }
}

TEST(a_picture_in_the_text_says_what_one_that_is_worked_out_says)
{
    CHECK_STR(given_value("$fromMillis(0, \"[Y]-[M01]\")", "{}"), "\"1970-01\"");
    CHECK_STR(given_value("$fromMillis(0, \"[Y]-\" & \"[M01]\")", "{}"), "\"1970-01\"");
    CHECK_STR(given_value("$toMillis(\"1970-02\", \"[Y]-[M01]\")", "{}"), "2678400000");
    CHECK_STR(given_value("$eval(\"$fromMillis(0, '[Y]')\") & $fromMillis(0, \"[M]\")", "{}"), "\"19701\"");
    CHECK_STR(given_value("($fromMillis := function($a, $b) { $b }; $fromMillis(0, \"[Y]\"))", "{}"), "\"[Y]\"");
    CHECK_STR(given_value("[1..3].$fromMillis($ * 86400000, \"[D]\")", "{}"), "[\"2\",\"3\",\"4\"]");
}

TEST(a_picture_that_is_wrong_is_said_when_it_is_used)
{
    CHECK_STR(given_value("false ? $fromMillis(0, \"[Y\") : 1", "{}"), "1");
    CHECK(strncmp(given_value("$fromMillis(0, \"[Y\")", "{}"), "D3135 ", 6) == 0);
    CHECK(strncmp(given_value("$toMillis(\"x\", \"[Y\")", "{}"), "D3135 ", 6) == 0);
}

TEST(more_pictures_than_are_kept_and_longer_ones_do_as_well)
{
    struct arena *a = test_scope()->arena;
    struct buf text, want;
    char *long_one = arena_zalloc(a, 401);

    buf_init(&text, a, 64 * 1024);
    buf_init(&want, a, 64 * 1024);
    for (int i = 0; i < 40; i++) {
        buf_f(&text, "%s$fromMillis(0, \"%d[Y]\")", i ? " & " : "", i);
        buf_f(&want, "%d1970", i);
    }
    CHECK_STR(given_value(buf_cstr(&text), "{}"), arena_f(a, "\"%s\"", buf_cstr(&want)));
    memset(long_one, 'x', 400);
    CHECK_STR(given_value(arena_f(a, "$fromMillis(0, \"%s[Y]\")", long_one), "{}"), arena_f(a, "\"%s1970\"", long_one));
}
