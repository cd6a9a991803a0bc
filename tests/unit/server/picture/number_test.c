#include "kit/test.h"

#include <math.h>

#include "picture/picture_int.h"

static struct picture_decimal usual(void)
{
    struct picture_decimal d;

    picture_decimal_init(&d);
    return d;
}

static const char *format_by(struct picture_number n, const char *picture, const struct picture_decimal *d)
{
    struct arena *a = test_scope()->arena;
    struct str out, value;
    const char *code = picture_format_number(a, n, str_of(picture), d, &out, &value);

    return code ? code : str_dup(a, out);
}

static const char *format(double v, const char *picture)
{
    struct picture_decimal d = usual();

    return format_by(picture_real(v), picture, &d);
}

TEST(a_number_is_rounded_and_grouped_as_the_picture_says)
{
    CHECK_STR(format(12345678.9, "9,999.99"), "12,345,678.90");
    CHECK_STR(format(1234.56789, "#,##0.00"), "1,234.57");
    CHECK_STR(format(0.5, "#.#"), ".5");
    CHECK_STR(format(0.5, "0"), "0");
    CHECK_STR(format(1.5, "0"), "2");
    CHECK_STR(format(0, "#"), "0");
    CHECK_STR(format(0, "#.#"), ".0");
    CHECK_STR(format(5, "000.000"), "005.000");
    CHECK_STR(format(1e21, "#,##0"), "1,000,000,000,000,000,000,000");
}

TEST(a_separator_stands_between_digits_only)
{
    CHECK_STR(format(123412345678.9, "9,9,99.99"), "123412345,6,78.90");
    CHECK_STR(format(5, "#,#,##0"), "5");
    CHECK_STR(format(1.5, "0.000,000"), "1.500,000");
    CHECK_STR(format(1.123456789, "0.000,000,000"), "1.123,456,789");
    CHECK_STR(format(1.5, "#.###,###"), "1.5");
    CHECK_STR(format(1.5, "0.00,"), "1.50");
}

TEST(a_second_picture_is_for_negative_numbers)
{
    CHECK_STR(format(-5, "0.00"), "-5.00");
    CHECK_STR(format(-5, "0.00;(0.00)"), "(5.00)");
    CHECK_STR(format(5, "0.00;(0.00)"), "5.00");
    CHECK_STR(format(-5, "$0"), "-$5");
}

TEST(percent_and_per_mille_multiply)
{
    CHECK_STR(format(0.14, "01%"), "14%");
    CHECK_STR(format(0.4857, "###.###\u2030"), "485.7\u2030");
}

TEST(an_exponent_brings_the_number_to_the_patterns_digits)
{
    CHECK_STR(format(1234.5678, "00.000e0"), "12.346e2");
    CHECK_STR(format(0.00012, "0.0e00"), "1.2e-04");
    CHECK_STR(format(-42, "0e0"), "-4e1");
    CHECK_STR(format(0, "0.00e0"), "0.00e0");
    CHECK_STR(format(0.123, "#.e9"), "0.1e0");
    CHECK_STR(format(1234, "USD 0.0e0"), "USD 1.2e3");
}

TEST(every_sign_can_be_another)
{
    struct picture_decimal d = usual();

    picture_decimal_set(&d, STR("decimal-separator"), STR(","));
    picture_decimal_set(&d, STR("grouping-separator"), STR("."));
    picture_decimal_set(&d, STR("minus-sign"), STR("\u2212"));
    picture_decimal_set(&d, STR("digit"), STR("_"));
    picture_decimal_set(&d, STR("pattern-separator"), STR("|"));
    CHECK_STR(format_by(picture_real(-1234.5), "_.__0,00", &d), "\u22121.234,50");
    CHECK_STR(format_by(picture_real(-1234.5), "0|0 CR", &d), "1234 CR");
    picture_decimal_set(&d, STR("per-mille"), STR("pm"));
    CHECK_STR(format_by(picture_real(0.14), "___pm", &d), "140pm");
    picture_decimal_set(&d, STR("zero-digit"), STR("\U0001d7ce"));
    picture_decimal_set(&d, STR("exponent-separator"), STR("E"));
    CHECK_STR(format_by(picture_real(1250), "\U0001d7ce,\U0001d7ce\U0001d7ceE\U0001d7ce", &d),
              "\U0001d7cf,\U0001d7d0\U0001d7d3E\U0001d7d1");
}

TEST(digits_that_no_character_stands_for_are_replaced)
{
    struct picture_decimal d = usual();

    picture_decimal_set(&d, STR("zero-digit"), STR("\U0010ffff"));
    CHECK_STR(format_by(picture_int(10), "#\U0010ffff", &d), "\uFFFD\U0010ffff");
}

TEST(an_integer_of_64_bits_keeps_all_its_digits)
{
    struct picture_decimal d = usual();

    CHECK_STR(format_by(picture_int(INT64_C(9007199254740993)), "#,##0.00", &d), "9,007,199,254,740,993.00");
    CHECK_STR(format_by(picture_int(INT64_MIN), "0", &d), "-9223372036854775808");
    CHECK_STR(format_by(picture_int(INT64_MAX), "0%", &d), "922337203685477580700%");
}

TEST(short_numbers_and_long_ones_are_written_alike)
{
    CHECK_STR(format(0.1, "0.000000000000000"), "0.100000000000000");
    CHECK_STR(format(0.1, "0.00000000000000000000"), "0.10000000000000000555");
    CHECK_STR(format(1e-20, "0.0"), "0.0");
    CHECK_STR(format(123456789.987654321, "0.000"), "123456789.988");
    CHECK_STR(format(999999999999999.0, "0.0"), "999999999999999.0");
    CHECK_STR(format(0.045, "0.00"), "0.04");
    CHECK_STR(format(0.055, "0.00"), "0.06");
    CHECK_STR(format(9.995, "0.00"), "10.00");
}

TEST(what_lies_between_two_decimals_goes_up)
{
    CHECK_STR(format(189197486964.98572, "0.00####%"), "18919748696498.570313%"); /* .5703125 as a double */
    CHECK_STR(format(447417905088514.06, "0.000"), "447417905088514.063");        /* .0625 */
    CHECK_STR(format(5, "0.00000000000000000000"), "5.00000000000000000000");
}

TEST(rounding_goes_to_the_even_neighbour_of_the_decimal_form)
{
    CHECK(picture_round(2.5, 0) == 2 && picture_round(3.5, 0) == 4 && picture_round(-2.5, 0) == -2);
    CHECK(picture_round(4.525, 2) == 4.52 && picture_round(4.535, 2) == 4.54 && picture_round(1.005, 2) == 1);
    CHECK(picture_round(12450, -2) == 12400 && picture_round(12350, -2) == 12400);
    CHECK(picture_round(1e300, 20) == 1e300 && picture_round(1e-7, 8) == 1e-7);
    CHECK(!signbit(picture_round(-0.4, 0)));
}
