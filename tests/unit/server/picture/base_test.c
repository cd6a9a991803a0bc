#include "kit/test.h"

#include "picture/picture_int.h"

static const char *in_base(struct picture_number n, struct picture_number radix)
{
    struct arena *a = test_scope()->arena;
    struct str out, value;
    const char *code = picture_format_base(a, n, &radix, &out, &value);

    return code ? arena_f(a, "%s %s", code, str_dup(a, value)) : str_dup(a, out);
}

TEST(a_number_is_written_in_any_base)
{
    CHECK_STR(in_base(picture_int(100), picture_int(2)), "1100100");
    CHECK_STR(in_base(picture_int(-255), picture_int(16)), "-ff");
    CHECK_STR(in_base(picture_int(35), picture_int(36)), "z");
    CHECK_STR(in_base(picture_int(0), picture_int(7)), "0");
    CHECK_STR(in_base(picture_int(INT64_MIN), picture_int(16)), "-8000000000000000");
    CHECK_STR(in_base(picture_int(INT64_MAX), picture_int(10)), "9223372036854775807");
    CHECK_STR(in_base(picture_real(36893488147419103232.0), picture_int(16)), "20000000000000000");
    CHECK_STR(in_base(picture_real(1e21), picture_int(10)), "1000000000000000000000");
}

TEST(number_and_base_are_rounded_half_to_even)
{
    CHECK_STR(in_base(picture_real(99.5), picture_real(2.5)), "1100100");
    CHECK_STR(in_base(picture_real(2.5), picture_real(36.4)), "2");
}

TEST(a_base_outside_2_to_36_is_refused)
{
    CHECK_STR(in_base(picture_int(100), picture_int(1)), "D3100 1");
    CHECK_STR(in_base(picture_int(100), picture_real(36.6)), "D3100 37");
    CHECK_STR(in_base(picture_int(100), picture_real(1e300)), arena_f(test_scope()->arena, "D3100 1%0300d", 0));
    CHECK_STR(in_base(picture_int(100), picture_int(-3)), "D3100 -3");
    CHECK_STR(in_base(picture_real(1e300), picture_int(2)), PICTURE_TOO_LARGE " ");
}

TEST(without_a_base_it_is_ten)
{
    struct str out, value;

    CHECK_STR(picture_format_base(test_scope()->arena, picture_real(12.5), NULL, &out, &value), NULL);
    CHECK(str_is(out, "12"));
}
