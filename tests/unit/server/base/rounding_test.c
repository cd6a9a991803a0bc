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

static const struct {
    const char *in;
    uint8_t scale;
    const char *half_even, *half_up, *down;
} roundings[] = {
    {"0.5", 0, "0", "1", "0"},
    {"1.5", 0, "2", "2", "1"},
    {"2.5", 0, "2", "3", "2"},
    {"-0.5", 0, "0", "-1", "0"},
    {"-1.5", 0, "-2", "-2", "-1"},
    {"-2.5", 0, "-2", "-3", "-2"},
    {"2.4999", 0, "2", "2", "2"},
    {"2.5001", 0, "3", "3", "2"},
    {"-2.5001", 0, "-3", "-3", "-2"},
    {"1.005", 2, "1.00", "1.01", "1.00"},
    {"1.015", 2, "1.02", "1.02", "1.01"},
    {"1.025", 2, "1.02", "1.03", "1.02"},
    {"-1.025", 2, "-1.02", "-1.03", "-1.02"},
    {"0.995", 2, "1.00", "1.00", "0.99"},
    {"0.994999999999999999", 2, "0.99", "0.99", "0.99"},
    {"0.995000000000000001", 2, "1.00", "1.00", "0.99"},
    {"9.99", 1, "10.0", "10.0", "9.9"},
    {"7", 2, "7.00", "7.00", "7.00"},
    {"-0.001", 2, "0.00", "0.00", "0.00"},
    {"99999999999999999999.999999999999999999", 0, "100000000000000000000", "100000000000000000000",
     "99999999999999999999"},
};

TEST(rounding_goes_where_its_name_says)
{
    for (size_t i = 0; i < ARRAY_LEN(roundings); i++) {
        struct decimal in = dec(roundings[i].in), out;

        CHECK(decimal_round(in, roundings[i].scale, ROUND_HALF_EVEN, &out));
        CHECK_STR(text_of(out), roundings[i].half_even);
        CHECK(decimal_round(in, roundings[i].scale, ROUND_HALF_UP, &out));
        CHECK_STR(text_of(out), roundings[i].half_up);
        CHECK(decimal_round(in, roundings[i].scale, ROUND_DOWN, &out));
        CHECK_STR(text_of(out), roundings[i].down);
    }
}

TEST(rounding_refuses_what_does_not_fit)
{
    struct decimal d = {42, 3};

    CHECK(!decimal_round(dec("1e37"), 1, ROUND_DOWN, &d) || d.digits != 0);
    CHECK(!decimal_round(dec("1e37"), 2, ROUND_DOWN, &d));
    CHECK(!decimal_round(dec("1"), 19, ROUND_DOWN, &d));
    CHECK(!decimal_round(dec("99999999999999999999999999999999999999"), 18, ROUND_DOWN, &d));
}

static const struct {
    const char *a, *b;
    uint8_t scale;
    const char *half_even, *half_up, *down;
} quotients[] = {
    {"1", "3", 2, "0.33", "0.33", "0.33"},
    {"2", "3", 2, "0.67", "0.67", "0.66"},
    {"-2", "3", 2, "-0.67", "-0.67", "-0.66"},
    {"2", "-3", 2, "-0.67", "-0.67", "-0.66"},
    {"-2", "-3", 2, "0.67", "0.67", "0.66"},
    {"1", "8", 2, "0.12", "0.13", "0.12"},
    {"3", "8", 2, "0.38", "0.38", "0.37"},
    {"-1", "8", 2, "-0.12", "-0.13", "-0.12"},
    {"100", "1.20", 2, "83.33", "83.33", "83.33"},
    {"0.000000000000000001", "2", 18, "0.000000000000000000", "0.000000000000000001", "0.000000000000000000"},
    {"5.000000000000000001", "2", 0, "3", "3", "2"}, /* 2.5 and a little: rounded once, not twice */
    {"4.999999999999999999", "2", 0, "2", "2", "2"},
    {"5.000000000000000000", "2", 0, "2", "3", "2"},
    {"7.500000000000000001", "3", 0, "3", "3", "2"},
    {"7.5", "3", 0, "2", "3", "2"},
    {"0", "7", 2, "0.00", "0.00", "0.00"},
    {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999", 18, "1.000000000000000000",
     "1.000000000000000000", "1.000000000000000000"},
    {"1", "99999999999999999999999999999999999998", 18, "0.000000000000000000", "0.000000000000000000",
     "0.000000000000000000"},
    {"10000000000000000000000000000000000000", "99999999999999999999999999999999999999", 18, "0.100000000000000000",
     "0.100000000000000000", "0.100000000000000000"},
    {"99999999999999999999", "0.000000000000000001", 0, "99999999999999999999000000000000000000",
     "99999999999999999999000000000000000000", "99999999999999999999000000000000000000"},
};

TEST(division_rounds_once)
{
    for (size_t i = 0; i < ARRAY_LEN(quotients); i++) {
        struct decimal a = dec(quotients[i].a), b = dec(quotients[i].b), out;

        CHECK(decimal_div(a, b, quotients[i].scale, ROUND_HALF_EVEN, &out));
        CHECK_STR(text_of(out), quotients[i].half_even);
        CHECK(decimal_div(a, b, quotients[i].scale, ROUND_HALF_UP, &out));
        CHECK_STR(text_of(out), quotients[i].half_up);
        CHECK(decimal_div(a, b, quotients[i].scale, ROUND_DOWN, &out));
        CHECK_STR(text_of(out), quotients[i].down);
    }
}

TEST(division_by_zero_and_overflow_are_refused)
{
    struct decimal d = {42, 3};

    CHECK(!decimal_div(dec("1"), dec("0.00"), 2, ROUND_DOWN, &d));
    CHECK(!decimal_div(dec("1"), dec("3"), 19, ROUND_DOWN, &d));
    CHECK(!decimal_div(dec("1e37"), dec("0.000000000000000001"), 18, ROUND_DOWN, &d));
    CHECK(!decimal_div(dec("1e37"), dec("0.1"), 0, ROUND_DOWN, &d));
    CHECK(d.digits == 42 && d.scale == 3);
}

static __int128 distance(__int128 a, __int128 b)
{
    return a > b ? a - b : b - a;
}

/* numerator / denominator against the quotient that was given, in whole numbers that cannot overflow. */
static void check_quotient(__int128 numerator, __int128 denominator, __int128 q, enum rounding how)
{
    __int128 size = denominator < 0 ? -denominator : denominator;
    __int128 off = distance(numerator, q * denominator);

    if (how == ROUND_DOWN) {
        CHECK(off < size);
        CHECK((q < 0 ? -q : q) * size <= (numerator < 0 ? -numerator : numerator));
        return;
    }
    CHECK(off * 2 <= size);
    if (off * 2 == size && how == ROUND_HALF_EVEN)
        CHECK(q % 2 == 0);
    if (off * 2 == size && how == ROUND_HALF_UP)
        CHECK((q < 0 ? -q : q) * size > (numerator < 0 ? -numerator : numerator));
}

TEST(no_other_quotient_is_nearer)
{
    srandom(21);
    for (int i = 0; i < 60000; i++) {
        struct decimal a = {random() % 200001 - 100000, (uint8_t)(random() % 7)};
        struct decimal b = {random() % 2001 - 1000, (uint8_t)(random() % 7)};
        uint8_t scale = (uint8_t)(random() % 7);
        enum rounding how = (enum rounding)(i % 3);
        __int128 up = 1, down = 1;
        struct decimal q;

        if (b.digits == 0)
            continue;
        for (int k = a.scale; k < scale + b.scale; k++)
            up *= 10;
        for (int k = scale + b.scale; k < a.scale; k++)
            down *= 10;
        CHECK(decimal_div(a, b, scale, how, &q));
        CHECK_INT(q.scale, scale);
        check_quotient(a.digits * up, b.digits * down, q.digits, how);
    }
}

TEST(rounding_is_division_by_one)
{
    srandom(22);
    for (int i = 0; i < 60000; i++) {
        struct decimal a = {((__int128)random() << 60 | (__int128)random() << 30 | random()) - ((__int128)1 << 90),
                            (uint8_t)(random() % 19)};
        uint8_t scale = (uint8_t)(random() % 11);
        enum rounding how = (enum rounding)(i % 3);
        struct decimal x = {1, 0}, y = {2, 0};
        bool fits = decimal_round(a, scale, how, &x);

        CHECK_INT(decimal_div(a, decimal_of(1), scale, how, &y), fits);
        CHECK(!fits || (x.digits == y.digits && x.scale == scale));
    }
}

TEST(a_wide_product_divides_back)
{
    srandom(23);
    for (int i = 0; i < 20000; i++) {
        struct decimal a = {(__int128)random() * random(), (uint8_t)(random() % 10)};
        struct decimal b = {-(__int128)random() * 1000 - 1, (uint8_t)(random() % 9)};
        struct decimal product, back;

        CHECK(decimal_mul(a, b, &product));
        CHECK(decimal_div(product, b, a.scale, ROUND_HALF_EVEN, &back));
        CHECK(back.digits == a.digits);
    }
}
