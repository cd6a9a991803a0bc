#include "kit/test.h"

#include <stdlib.h>

#include "base/money.h"

static struct decimal dec(const char *text)
{
    struct decimal d = {-999, 0};

    if (!decimal_parse(str_of(text), &d))
        test_failed(__FILE__, __LINE__, "\"%s\" was refused", text);
    return d;
}

static const char *text_of(struct decimal d)
{
    char *text = arena_alloc(test_scope()->arena, DECIMAL_TEXT_MAX);

    decimal_format(d, text);
    return text;
}

#define MAX38 "99999999999999999999999999999999999999"

static const struct {
    const char *in, *out;
} readings[] = {
    {"0", "0"},
    {"-0", "0"},
    {"-0.00", "0.00"},
    {"12.10", "12.10"},
    {"-12.10", "-12.10"},
    {"007.5", "7.5"},
    {"0.000000000000000001", "0.000000000000000001"},
    {"-0.5", "-0.5"},
    {"1e3", "1000"},
    {"1E+3", "1000"},
    {"1.5e-3", "0.0015"},
    {"1.50e1", "15.0"},
    {"1.50e2", "150"},
    {"1.50e3", "1500"},
    {"100e-2", "1.00"},
    {"0e99999999999999999999", "0"},
    {"0e-99999999999999999999", "0.000000000000000000"},
    {"0.0e5", "0"},
    {"1.0000000000000000000000", "1.000000000000000000"}, /* zeros beyond 18 decimals lose nothing */
    {"1000000000000000000000e-21", "1.000000000000000000"},
    {MAX38, MAX38},
    {"-" MAX38, "-" MAX38},
    {"99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"},
    {"1e37", "10000000000000000000000000000000000000"},
    {"0.00000000000000000000000000000000000000000000000000000000000000000000001e71", "1"},
};

static const char *const refused[] = {
    "",
    "-",
    "+1",
    ".5",
    "5.",
    "-.5",
    "1.e3",
    "1e",
    "1e+",
    "e5",
    "1..2",
    "1.2.3",
    "1,5",
    " 1",
    "1 ",
    "--1",
    "0x10",
    "NaN",
    "inf",
    "1_000",
    "1e5.5",
    "1e5e5",
    "1-",
    "\xd9\xa1",
    "1"
    "00000000000000000000000000000000000000", /* 10^38 */
    "1e38",
    "1e99999999999999999999",
    "1e-19",
    "0.0000000000000000001",
    "1.0000000000000000001",
    "1e-99999999999",
    "340282366920938463463374607431768211457", /* 2^128 + 1 */
};

TEST(decimals_are_read_with_their_scale)
{
    for (size_t i = 0; i < ARRAY_LEN(readings); i++)
        CHECK_STR(text_of(dec(readings[i].in)), readings[i].out);
}

TEST(what_is_no_decimal_or_does_not_fit_is_refused)
{
    struct decimal d = {42, 3};

    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (decimal_parse(str_of(refused[i]), &d))
            test_failed(__FILE__, __LINE__, "\"%s\" was taken as %s", refused[i], text_of(d));
    CHECK(!decimal_parse((struct str){"1\0", 2}, &d));
    CHECK(!decimal_parse((struct str){NULL, 0}, &d));
    CHECK(d.digits == 42 && d.scale == 3);
}

TEST(plain_text_has_no_exponent)
{
    struct decimal d;

    CHECK(decimal_parse_plain(STR("-184.20"), &d));
    CHECK_STR(text_of(d), "-184.20");
    CHECK(!decimal_parse_plain(STR("1e2"), &d));
    CHECK(!decimal_parse_plain(STR("+1"), &d));
}

TEST(a_very_long_number_is_answered_at_once)
{
    char *text = arena_alloc(test_scope()->arena, 1000001);
    struct decimal d;

    memset(text, '0', 1000000);
    CHECK(decimal_parse((struct str){text, 1000000}, &d) && d.digits == 0);
    text[999999] = '7';
    CHECK(decimal_parse((struct str){text, 1000000}, &d) && d.digits == 7);
    memset(text, '9', 1000000);
    CHECK(!decimal_parse((struct str){text, 1000000}, &d));
    text[0] = '1';
    memset(text + 1, '0', 999999);
    CHECK(!decimal_parse((struct str){text, 1000000}, &d));
    memcpy(text + 999990, "e-999989", 8);
    CHECK(!decimal_parse((struct str){text, 999998}, &d)); /* exponents are read up to about 10^5 */
}

TEST(comparing_sees_values_not_scales)
{
    CHECK_INT(decimal_compare(dec("1.0"), dec("1")), 0);
    CHECK_INT(decimal_compare(dec("-1.0"), dec("1")), -1);
    CHECK_INT(decimal_compare(dec("0.10"), dec("0.1000")), 0);
    CHECK_INT(decimal_compare(dec("-0.5"), dec("0.5")), -1);
    CHECK_INT(decimal_compare(dec("-0.5"), dec("-0.25")), -1);
    CHECK_INT(decimal_compare(dec(MAX38), dec("0.000000000000000001")), 1);
    CHECK_INT(decimal_compare(dec("-" MAX38), dec("0.000000000000000001")), -1);
    CHECK_INT(decimal_compare(dec("99999999999999999999.999999999999999999"), dec("99999999999999999999")), 1);
    CHECK_INT(decimal_sign(dec("-0.01")), -1);
    CHECK_INT(decimal_sign(dec("-0.00")), 0);
    CHECK_INT(decimal_sign(decimal_of(INT64_MIN)), -1);
}

TEST(sums_are_exact)
{
    struct decimal d = dec("0");

    for (int i = 0; i < 1000; i++)
        CHECK(decimal_add(d, dec("0.1"), &d));
    CHECK_STR(text_of(d), "100.0");
    CHECK(decimal_add(dec("12.1"), dec("0.005"), &d));
    CHECK_STR(text_of(d), "12.105");
    CHECK(decimal_sub(dec("0.1"), dec("0.30"), &d));
    CHECK_STR(text_of(d), "-0.20");
}

TEST(sums_that_do_not_fit_are_refused)
{
    struct decimal d = {42, 3};

    CHECK(!decimal_add(dec(MAX38), dec("1"), &d));
    CHECK(!decimal_sub(dec("-" MAX38), dec("1"), &d));
    CHECK(!decimal_add(dec(MAX38), dec(MAX38), &d));
    CHECK(!decimal_add(dec(MAX38), dec("0.1"), &d));
    CHECK(d.digits == 42 && d.scale == 3);
    CHECK(decimal_add(dec(MAX38), dec("-1"), &d));
}

TEST(products_are_exact_or_refused)
{
    struct decimal d = {42, 3};

    CHECK(!decimal_mul(dec(MAX38), dec("10"), &d));
    CHECK(!decimal_mul(dec("1e30"), dec("-1e30"), &d));
    CHECK(!decimal_mul(dec("0.0000000001"), dec("0.0000000001"), &d)); /* 10^-20 */
    CHECK(d.digits == 42);
    CHECK(decimal_mul(dec("19.99"), dec("-3"), &d));
    CHECK_STR(text_of(d), "-59.97");
    CHECK(decimal_mul(dec("0.0000000005"), dec("0.0000000200"), &d));
    CHECK_STR(text_of(d), "0.000000000000000010");
    CHECK(decimal_mul(dec("10000000000000000000.000000000000000000"), dec("3.000000000000000000"), &d));
    CHECK_STR(text_of(decimal_trim(d)), "30000000000000000000");
    CHECK(decimal_mul(dec("0.000"), dec(MAX38), &d));
    CHECK_INT(decimal_sign(d), 0);
}

TEST(trimming_keeps_the_value)
{
    CHECK_STR(text_of(decimal_trim(dec("12.100"))), "12.1");
    CHECK_STR(text_of(decimal_trim(dec("-100.00"))), "-100");
    CHECK_STR(text_of(decimal_trim(dec("0.000"))), "0");
    CHECK_STR(text_of(decimal_trim(dec("100"))), "100");
    CHECK(decimal_is_integer(dec("12.00")) && decimal_is_integer(dec("-3")) && !decimal_is_integer(dec("0.5")));
}

static struct decimal any(int max_digits)
{
    int n = 1 + (int)(random() % max_digits);
    __int128 v = 0;

    for (int i = 0; i < n; i++)
        v = v * 10 + random() % 10;
    return (struct decimal){random() % 2 ? -v : v, (uint8_t)(random() % (DECIMAL_SCALE_MAX + 1))};
}

TEST(what_is_written_is_read_back)
{
    srandom(11);
    for (int i = 0; i < 20000; i++) {
        struct decimal d = any(38), back;

        CHECK(decimal_parse_plain(str_of(text_of(d)), &back));
        CHECK(back.digits == d.digits && back.scale == d.scale);
    }
}

TEST(laws_of_arithmetic_hold)
{
    struct decimal x, y, z;

    srandom(12);
    for (int i = 0; i < 20000; i++) {
        struct decimal a = any(18), b = any(18), c = any(12);

        CHECK(decimal_add(a, b, &x) && decimal_add(b, a, &y) && decimal_compare(x, y) == 0);
        CHECK(decimal_sub(x, b, &y) && decimal_compare(y, a) == 0);
        CHECK(decimal_sub(a, b, &x) && decimal_sign(x) == decimal_compare(a, b));
        CHECK_INT(decimal_compare(a, b), -decimal_compare(b, a));
        a.scale = b.scale = 4;
        c.scale %= 10;
        CHECK(decimal_add(a, b, &x) && decimal_mul(x, c, &x));
        CHECK(decimal_mul(a, c, &y) && decimal_mul(b, c, &z) && decimal_add(y, z, &y));
        CHECK_INT(decimal_compare(x, y), 0);
    }
}
