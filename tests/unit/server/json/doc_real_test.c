#include "json/doc_value.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "kit/test.h"

static const char *formatted(double v)
{
    static char text[DOC_REAL_MAX];

    CHECK_INT(doc_real_format(v, text), strlen(text));
    return text;
}

/* The examples of RFC 8785, appendix B, among them. */
TEST(a_real_is_written_as_ecmascript_writes_it)
{
    CHECK_STR(formatted(0.0), "0");
    CHECK_STR(formatted(-0.0), "0");
    CHECK_STR(formatted(4.9406564584124654e-324), "5e-324");
    CHECK_STR(formatted(-DBL_MAX), "-1.7976931348623157e+308");
    CHECK_STR(formatted(9007199254740992.0), "9007199254740992");
    CHECK_STR(formatted(295147905179352830000.0), "295147905179352830000");
    CHECK_STR(formatted(9.999999999999997e22), "9.999999999999997e+22");
    CHECK_STR(formatted(1e21), "1e+21");
    CHECK_STR(formatted(0.000001), "0.000001");
    CHECK_STR(formatted(1e-7), "1e-7");
    CHECK_STR(formatted(333333333.33333329), "333333333.3333333");
    CHECK_STR(formatted(0.1 + 0.2), "0.30000000000000004");
    CHECK_STR(formatted(-12.5), "-12.5");
    CHECK_STR(formatted(1424953923781206.2), "1424953923781206.2");
}

TEST(the_shortest_text_is_found_at_every_kind_of_edge)
{
    CHECK_STR(formatted(5.684341886080802e-14), "5.684341886080802e-14"); /* 2^-44: the double below is nearer */
    CHECK_STR(formatted(0x1p-1022), "2.2250738585072014e-308");
    CHECK_STR(formatted(0x0.fffffffffffffp-1022), "2.225073858507201e-308");
    CHECK_STR(formatted(9007199254740991.0), "9007199254740991");
    CHECK_STR(formatted(9007199254740994.0), "9007199254740994");
    CHECK_STR(formatted(18014398509481988.0), "18014398509481988");
    CHECK_STR(formatted(1e23), "1e+23");
    CHECK_STR(formatted(123456789012345680000.0), "123456789012345680000");
    CHECK_STR(formatted(0.3), "0.3");
    CHECK_STR(formatted(100.0), "100");
    CHECK_STR(formatted(2e-44), "2e-44");
    CHECK_STR(formatted(1.0000000000000002), "1.0000000000000002");
}

/* A generator of bit patterns that is the same in every run. */
static uint64_t next_bits(void)
{
    static uint64_t x = 0x9e3779b97f4a7c15;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

TEST(any_double_is_read_back_from_its_text)
{
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_bits();
        double v, got = 0;
        struct doc d;

        memcpy(&v, &bits, sizeof(v));
        if (!isfinite(v))
            continue;
        d = (struct doc){.text = formatted(v), .kind = DOC_NUMBER};
        d.n = (uint32_t)strlen(d.text);
        CHECK(doc_real(&d, &got));
        CHECK(got == v);
    }
}

static double real_of(const char *text)
{
    struct doc d = {.text = text, .n = (uint32_t)strlen(text), .kind = DOC_NUMBER};
    double v = 0;

    CHECK(doc_real(&d, &v));
    return v;
}

TEST(a_number_of_any_length_has_its_nearest_double)
{
    struct arena *a = test_scope()->arena;
    char zeros[1001], nines[1001];

    memset(zeros, '0', 1000);
    memset(nines, '9', 1000);
    zeros[1000] = nines[1000] = '\0';
    CHECK(real_of("184.20") == 184.20);
    CHECK(real_of("-0.1e-5") == -0.1e-5);
    CHECK(real_of("123456789012345678901234567890") == 123456789012345678901234567890.0);
    CHECK(real_of("1.7976931348623157e308") == DBL_MAX);
    CHECK(real_of("4.9e-324") == 4.9e-324 && real_of("1e-400") == 0 && real_of("0e999999999999999999999") == 0);
    CHECK(real_of(arena_f(a, "0.%s5e1000", zeros)) == 0.5);
    CHECK(real_of(arena_f(a, "15%se-1000", zeros)) == 15);
    CHECK(real_of(arena_f(a, "1.%s", nines)) == 2);
    /* Half way between 1 and the next double, and a little over it by a digit far behind. */
    CHECK(real_of("1.00000000000000011102230246251565404236316680908203125") == 1);
    CHECK(real_of(arena_f(a, "1.00000000000000011102230246251565404236316680908203125%s1", zeros)) ==
          1.0000000000000002);
}

TEST(what_no_double_comes_near_is_none)
{
    static const char *const texts[] = {"1e309", "-1e309", "1e99999999999999999999", "1.7976931348623159e308",
                                        "1000e307"};

    for (size_t i = 0; i < 5; i++) {
        struct doc d = {.text = texts[i], .n = (uint32_t)strlen(texts[i]), .kind = DOC_NUMBER};
        double v = 7;

        CHECK(!doc_real(&d, &v));
        CHECK(v == 7);
    }
    CHECK(!doc_real(NULL, &(double){0}) && !doc_real(&(struct doc){.kind = DOC_TRUE}, &(double){0}));
}
