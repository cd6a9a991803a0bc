#include "kit/test.h"

#include "picture/pattern_int.h"

static const char *code_of(const char *picture)
{
    struct picture_decimal d;
    struct picture_patterns out;
    struct str value;

    picture_decimal_init(&d);
    return picture_patterns_read(test_scope()->arena, str_of(picture), &d, &out, &value);
}

TEST(what_is_wrong_with_a_picture_has_a_code)
{
    CHECK_STR(code_of("#;#;#"), "D3080");
    CHECK_STR(code_of("0.0.0"), "D3081");
    CHECK_STR(code_of("#0%%"), "D3082");
    CHECK_STR(code_of("#0\u2030\u2030"), "D3083");
    CHECK_STR(code_of("#0%\u2030"), "D3084");
    CHECK_STR(code_of("."), "D3085");
    CHECK_STR(code_of(""), "D3085");
    CHECK_STR(code_of("#0x0"), "D3086");
    CHECK_STR(code_of("0,.0"), "D3087");
    CHECK_STR(code_of("0.,0"), "D3087");
    CHECK_STR(code_of("0,"), "D3088");
    CHECK_STR(code_of("0,,0"), "D3089");
    CHECK_STR(code_of("0#.0"), "D3090");
    CHECK_STR(code_of("0.#0"), "D3091");
    CHECK_STR(code_of("0.0e0%"), "D3092");
    CHECK_STR(code_of("0.0e"), "D3093");
    CHECK_STR(code_of("0e#"), "D3093");
}

TEST(of_several_faults_the_last_is_told)
{
    CHECK_STR(code_of("%%"), "D3086");
    CHECK_STR(code_of("0.0.0%%"), "D3082");
    CHECK_STR(code_of("0;0,"), "D3088");
    CHECK_STR(code_of("0,;0.#0"), "D3088"); /* in the first of two pictures */
}

TEST(a_sub_picture_is_taken_apart)
{
    struct arena *a = test_scope()->arena;
    struct picture_decimal d;
    struct picture_patterns read;
    const struct picture_pattern *out = read.of;
    struct str value;

    picture_decimal_init(&d);
    CHECK_STR(picture_patterns_read(a, STR("EUR #,##0.00#;(0e00 each)"), &d, &read, &value), NULL);
    CHECK_INT(read.n, 2);
    CHECK(str_is(picture_runes_text(a, out[0].prefix), "EUR "));
    CHECK_INT(out[0].regular, 3);
    CHECK_INT(out[0].whole_min, 1);
    CHECK_INT(out[0].fraction_min, 2);
    CHECK_INT(out[0].fraction_max, 3);
    CHECK(out[0].has_point && !out[0].exponential);
    CHECK(str_is(picture_runes_text(a, out[1].prefix), "("));
    CHECK(str_is(picture_runes_text(a, out[1].suffix), " each)"));
    CHECK(out[1].exponential && out[1].exponent_min == 2);
}

TEST(a_property_that_must_be_one_character_is_one)
{
    struct picture_decimal d;
    struct str out, value;

    picture_decimal_init(&d);
    CHECK(!picture_decimal_set(&d, STR("decimal_separator"), STR(",")));
    CHECK(picture_decimal_set(&d, STR("zero-digit"), STR("")));
    CHECK_STR(picture_format_number(test_scope()->arena, picture_int(1), STR("0"), &d, &out, &value), PICTURE_NOT_ONE);
    CHECK(str_is(value, "zero-digit"));
}

TEST(a_pattern_beyond_the_limits_is_refused)
{
    char wide[PICTURE_WIDTH + 2];

    memset(wide, '0', sizeof(wide));
    wide[PICTURE_WIDTH + 1] = '\0';
    CHECK_STR(code_of(wide), PICTURE_TOO_LARGE);
    memcpy(wide + 400, "e0", 3);
    CHECK_STR(code_of(wide), PICTURE_TOO_LARGE); /* no number has 400 digits in front of its point */
}
