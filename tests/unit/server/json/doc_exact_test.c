#include "json/doc_int.h"

#include "base/must.h"
#include "kit/test.h"

static struct doc_exact exact_of(const char *text)
{
    static char room[DOC_REAL_MAX];
    const struct doc *d = NULL;
    struct doc_exact x = {0};

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    doc_exact_of(d, room, &x);
    return x;
}

static void check(const char *text, const char *digits, int64_t exponent)
{
    struct doc_exact x = exact_of(text);
    char got[100];
    bool cut;
    size_t n = doc_exact_digits(&x, got, sizeof(got) - 1, &cut);

    got[n] = '\0';
    CHECK_STR(got, digits);
    CHECK(!cut);
    if (n)
        CHECK_INT(x.exponent, exponent);
    CHECK(x.negative == (text[0] == '-'));
}

TEST(a_number_is_its_digits_and_the_power_of_the_first)
{
    check("0", "", 0);
    check("-0.000e5", "", 0);
    check("1", "1", 0);
    check("1500", "15", 3);
    check("-1.50", "15", 0);
    check("0.012", "12", -2);
    check("100.001", "100001", 2);
    check("12.5e10", "125", 11);
    check("0.00125E-10", "125", -13);
    check("9e+99999999999999999999", "9", INT64_C(100000000000000000));
    check("98e+99999999999999999999", "98", INT64_C(100000000000000000));
    check("9e-99999999999999999999", "9", -INT64_C(100000000000000000));
}

TEST(digits_beyond_the_room_are_told)
{
    struct doc_exact x = exact_of("123.45");
    char got[8];
    bool cut;

    CHECK_INT(doc_exact_digits(&x, got, 3, &cut), 3);
    CHECK(cut);
    CHECK_INT(doc_exact_digits(&x, got, 5, &cut), 5);
    CHECK(!cut);
}

TEST(integers_of_64_bits_are_known_in_any_form)
{
    static const char *const texts[] = {"0.0", "1e0", "-5.0e1", "922337203685477580.7e1", "-9223372036854775808",
                                        "1e18"};
    static const int64_t values[] = {0, 1, -50, INT64_MAX, INT64_MIN, INT64_C(1000000000000000000)};
    static const char *const others[] = {"0.5",   "1e-1",  "9223372036854775808", "-9223372036854775809", "1e19",
                                         "1e300", "1.25e1"};
    int64_t got = 0;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct doc_exact x = exact_of(texts[i]);

        CHECK(doc_exact_int(&x, &got));
        CHECK_INT(got, values[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct doc_exact x = exact_of(others[i]);

        CHECK(!doc_exact_int(&x, &got));
    }
}
