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
