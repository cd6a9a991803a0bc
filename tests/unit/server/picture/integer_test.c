#include "kit/test.h"

#include "picture/picture_int.h"

struct formatted {
    int64_t n;
    const char *picture, *want; /* NULL: an error */
    const char *code, *value;
};

static void check(struct picture_number n, const struct formatted *c)
{
    struct arena *a = test_scope()->arena;
    struct str out = STR("untouched"), value;
    const char *code = picture_format_integer(a, n, str_of(c->picture), &out, &value);

    CHECK_STR(code, c->code);
    CHECK_STR(str_dup(a, value), c->value ? c->value : "");
    CHECK_STR(str_dup(a, out), c->want ? c->want : "untouched");
}

TEST(digits_are_padded_and_grouped_as_the_picture_says)
{
    static const struct formatted cases[] = {
        {123, "0", "123", NULL, NULL},
        {7, "0000", "0007", NULL, NULL},
        {-3, "000", "-003", NULL, NULL},
        {1234567, "#,##0", "1,234,567", NULL, NULL},
        {1234567, "#.##0", "1.234.567", NULL, NULL},
        {123456789, "##,##,##,000", "12,34,56,789", NULL, NULL},
        {1234567890, "#:###,##0", "1234:567,890", NULL, NULL},
        {12, "#:###,##0", "12", NULL, NULL}, /* none in front of the first digit */
        {123456, "#:###,##0", "123,456", NULL, NULL},
        {12, "0,", "12,", NULL, NULL},
        {1, "00,00", "00,01", NULL, NULL},
        {12340, "#,##\u0661", "\u0661\u0662,\u0663\u0664\u0660", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(picture_int(cases[i].n), &cases[i]);
}

TEST(ordinals_end_as_they_are_spoken)
{
    static const struct formatted cases[] = {
        {1, "0;o", "1st", NULL, NULL},      {2, "0;o", "2nd", NULL, NULL},   {3, "0;o", "3rd", NULL, NULL},
        {4, "0;o", "4th", NULL, NULL},      {11, "0;o", "11th", NULL, NULL}, {12, "0;o", "12th", NULL, NULL},
        {13, "0;o", "13th", NULL, NULL},    {21, "0;o", "21st", NULL, NULL}, {112, "0;o", "112th", NULL, NULL},
        {1, "0;o(-en)", "1st", NULL, NULL}, {1, "0;c", "1", NULL, NULL},     {-1, "0;o", "-1st", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(picture_int(cases[i].n), &cases[i]);
}

TEST(numerals_and_letters_stand_for_numbers)
{
    static const struct formatted cases[] = {
        {0, "I", "", NULL, NULL},
        {1984, "I", "MCMLXXXIV", NULL, NULL},
        {3999, "i", "mmmcmxcix", NULL, NULL},
        {0, "A", "", NULL, NULL},
        {26, "a", "z", NULL, NULL},
        {27, "a", "aa", NULL, NULL},
        {702, "A", "ZZ", NULL, NULL},
        {703, "A", "AAA", NULL, NULL},
        {-4, "i", "-iv", NULL, NULL},
        {INT64_MAX, "a", "crpxnlskvljfhg", NULL, NULL},
        {1000001, "i", NULL, PICTURE_TOO_LARGE, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(picture_int(cases[i].n), &cases[i]);
}

TEST(an_integer_of_64_bits_is_exact)
{
    check(picture_int(INT64_MAX), &(struct formatted){0, "#,##0", "9,223,372,036,854,775,807", NULL, NULL});
    check(picture_int(INT64_MIN), &(struct formatted){0, "0", "-9223372036854775808", NULL, NULL});
    check(picture_int(INT64_C(9007199254740993)), &(struct formatted){0, "0", "9007199254740993", NULL, NULL});
}

TEST(a_real_number_is_rounded_down_first)
{
    check(picture_real(12.6), &(struct formatted){0, "0", "12", NULL, NULL});
    check(picture_real(-0.5), &(struct formatted){0, "0", "-1", NULL, NULL});
    check(picture_real(1e21), &(struct formatted){0, "#,##0", "1,000,000,000,000,000,000,000", NULL, NULL});
    check(picture_real(1.25e22), &(struct formatted){0, "0", "12500000000000000000000", NULL, NULL});
    check(picture_real(1e30), &(struct formatted){0, "a", NULL, PICTURE_TOO_LARGE, NULL});
}

TEST(a_picture_that_makes_no_number_is_refused)
{
    static const struct formatted cases[] = {
        {1, "\u03b1", NULL, "D3130", "\u03b1"}, {1, "", NULL, "D3130", ""},     {1, "#;o", NULL, "D3130", "#"},
        {1, "0\u0661", NULL, "D3131", NULL},    {1, "WW", NULL, "D3130", "WW"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(picture_int(cases[i].n), &cases[i]);
}

TEST(a_picture_beyond_the_limits_is_refused)
{
    char wide[PICTURE_WIDTH + 2], longer[PICTURE_MAX + 2];

    memset(wide, '0', sizeof(wide));
    wide[PICTURE_WIDTH + 1] = '\0';
    check(picture_int(1), &(struct formatted){1, wide, NULL, PICTURE_TOO_LARGE, NULL});
    memset(longer, ',', sizeof(longer));
    longer[PICTURE_MAX + 1] = '\0';
    check(picture_int(1), &(struct formatted){1, longer, NULL, PICTURE_TOO_LARGE, NULL});
}
