#include "kit/test.h"

#include <math.h>

#include "picture/picture_int.h"

#define UNKNOWN INT64_MIN

struct read {
    const char *text, *picture;
    int64_t want;
};

static struct picture_reading read(const char *text, const char *picture)
{
    struct picture_reading out = {0};
    struct str value;

    CHECK_STR(picture_parse_integer(test_scope()->arena, str_of(text), str_of(picture), &out, &value), NULL);
    return out;
}

static void check_all(const struct read *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct picture_reading got = read(cases[i].text, cases[i].picture);
        if (got.known != (cases[i].want != UNKNOWN) || (got.known && got.n.i != cases[i].want))
            test_failed(__FILE__, __LINE__, "\"%s\" by \"%s\" is %lld, not %lld", cases[i].text, cases[i].picture,
                        got.known ? (long long)got.n.i : (long long)UNKNOWN, (long long)cases[i].want);
    }
}

TEST(digits_are_read_whatever_separates_them)
{
    static const struct read cases[] = {
        {"123", "0", 123},
        {"1,234,567", "#,##0", 1234567},
        {"1.234.567", "#.##0", 1234567},
        {"12:345,678", "#:###,##0", 12345678},
        {"-0,012", "0,000", -12},
        {"\u0661\u0662\u0660", "\u0660", 120},
        {"21st", "0;o", 21},
        {"  7", "0", 7},
        {"12abc", "0", 12},
        {"abc", "0", UNKNOWN},
        {"", "0", UNKNOWN},
        {"12", "\u0660", UNKNOWN},
        {"9223372036854775807", "0", INT64_MAX},
        {"-9007199254740993", "0", -9007199254740993},
    };

    check_all(cases, sizeof(cases) / sizeof(cases[0]));
}

TEST(numerals_and_letters_are_read)
{
    static const struct read cases[] = {
        {"MCMLXXXIV", "I", 1984},
        {"xcix", "i", 99},
        {"XCIX", "i", 99},
        {"xcix", "I", UNKNOWN},
        {"", "I", 0},
        {"ABC", "I", UNKNOWN},
        {"KN", "A", 300},
        {"aa", "a", 27},
        {"AA", "a", UNKNOWN},
        {"a1", "a", UNKNOWN},
        {"zzzzzzzzzzzzzzzzzzzz", "a", UNKNOWN},
    };

    check_all(cases, sizeof(cases) / sizeof(cases[0]));
}

TEST(more_digits_than_64_bits_hold_make_a_real_number)
{
    struct picture_reading got = read("-92233720368547758080", "0");

    CHECK(got.known && !got.n.exact && got.n.d == -92233720368547758080.0);
}

TEST(a_picture_that_reads_no_number_is_refused)
{
    struct picture_reading out;
    struct str value;

    CHECK_STR(picture_parse_integer(test_scope()->arena, STR("1"), STR("#"), &out, &value), "D3130");
    CHECK(str_is(value, "#"));
    CHECK_STR(picture_parse_integer(test_scope()->arena, STR("1"), STR("1\u0660"), &out, &value), "D3131");
}

TEST(what_was_written_is_read_again)
{
    static const char *const pictures[] = {"0",  "#,##0", "00,00:00", "w", "Ww;o", "W", "a", "A", "\u0966,\u0966\u0966",
                                           "0;o"};
    struct arena *a = test_scope()->arena;
    struct str text, value;

    for (size_t p = 0; p < sizeof(pictures) / sizeof(pictures[0]); p++)
        for (int64_t n = 1; n < INT64_MAX / 8; n = n * 7 + 3) {
            CHECK_STR(picture_format_integer(a, picture_int(n), str_of(pictures[p]), &text, &value), NULL);
            struct picture_reading got = read(str_dup(a, text), pictures[p]);
            if (!got.known || !got.n.exact || got.n.i != n)
                test_failed(__FILE__, __LINE__, "%lld by %s is %s", (long long)n, pictures[p], str_dup(a, text));
        }
}
