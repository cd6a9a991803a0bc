#include "json/doc_value.h"

#include "base/must.h"
#include "kit/test.h"

static const struct doc *given_doc(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

static bool same(const char *a, const char *b)
{
    bool forth = doc_equal(given_doc(a), given_doc(b));

    CHECK(doc_equal(given_doc(b), given_doc(a)) == forth);
    return forth;
}

TEST(numbers_are_compared_by_their_exact_value)
{
    static const char *const ones[] = {"1", "1.0", "1e0", "10e-1", "0.1e1", "0.00001E+5", "1.000000000000000000000000"};
    static const char *const zeros[] = {"0", "-0", "0.0", "-0.000e9", "0e5"};

    for (size_t i = 0; i < ARRAY_LEN(ones); i++)
        for (size_t k = 0; k < ARRAY_LEN(ones); k++)
            CHECK(same(ones[i], ones[k]));
    for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
        CHECK(same(zeros[0], zeros[i]) && !same(zeros[i], "1"));
    CHECK(same("120.50", "1.205e2") && same("-120.50", "-1205e-1") && same("1e3", "1000"));
    CHECK(!same("1", "-1") && !same("1", "10") && !same("1.5", "15") && !same("12", "1.2"));
    CHECK(!same("9007199254740993", "9007199254740992") && !same("9223372036854775807", "9223372036854775806"));
    CHECK(!same("0.1", "0.10000000000000000001") && !same("1e400", "1e401") && same("1e400", "10e399"));
    CHECK(!same("12345678901234567890123", "12345678901234567890124"));
    CHECK(!same("1", "\"1\"") && !same("0", "false") && !same("0", "null"));
}

TEST(computed_numbers_have_the_value_they_are_written_with)
{
    struct doc one = doc_make_real(1.0), tenth = doc_make_real(0.1), large = doc_make_int(INT64_MIN);
    struct doc power = {.real = 0x1p60, .kind = DOC_COMPUTED_REAL};

    CHECK(doc_equal(&one, given_doc("1.0")) && doc_equal(&tenth, given_doc("0.10")));
    CHECK(doc_equal(given_doc("-9223372036854775808"), &large) &&
          !doc_equal(given_doc("-9223372036854775807"), &large));
    CHECK(doc_equal(&power, given_doc("1152921504606846976")) && !doc_equal(&power, given_doc("1152921504606847000")));
    CHECK(!doc_equal(&tenth, &one) && doc_equal(&tenth, &tenth));
}

TEST(members_are_equal_in_any_order_and_items_in_theirs_alone)
{
    CHECK(same("{\"a\":1,\"b\":[true,null]}", "{\"b\":[true,null],\"a\":1.0}"));
    CHECK(!same("[1,2]", "[2,1]") && !same("[1]", "[1,1]") && !same("[]", "{}"));
    CHECK(!same("{\"a\":1}", "{\"a\":1,\"b\":1}") && !same("{\"a\":1}", "{\"b\":1}"));
    CHECK(same("\"\\u0061\"", "\"a\"") && !same("\"a\"", "\"b\"") && !same("\"a\"", "\"aa\""));
    CHECK(doc_equal(NULL, given_doc("null")) && doc_equal(NULL, NULL) && !doc_equal(NULL, given_doc("false")));
}

static const char *many(size_t n, size_t stride, const char *last)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 4 << 20);
    for (size_t i = 0; i < n; i++)
        buf_f(&b, "%c\"member %zu\":%zu", i ? ',' : '{', i * stride % n, i * stride % n);
    buf_s(&b, last);
    return buf_cstr(&b);
}

TEST(a_large_object_is_compared_in_any_order_without_delay)
{
    CHECK(same(many(30000, 1, "}"), many(30000, 7919, "}")));
    CHECK(same(many(40, 1, "}"), many(40, 39, "}")) && same(many(10, 1, "}"), many(10, 9, "}")));
    CHECK(!same(many(30000, 1, ",\"x\":1}"), many(30000, 7919, ",\"y\":1}")));
    CHECK(!same(many(30000, 1, ",\"x\":1}"), many(30000, 7919, ",\"x\":2}")));
}

TEST(what_is_too_deep_is_equal_to_nothing)
{
    struct doc deep[DOC_DEPTH_MAX + 2] = {doc_make_int(1)}, other[DOC_DEPTH_MAX + 2] = {doc_make_int(1)};

    for (size_t i = 1; i < ARRAY_LEN(deep); i++) {
        deep[i] = doc_make_array(&deep[i - 1], 1);
        other[i] = doc_make_array(&other[i - 1], 1);
    }
    CHECK(doc_equal(&deep[DOC_DEPTH_MAX], &other[DOC_DEPTH_MAX]));
    CHECK(!doc_equal(&deep[DOC_DEPTH_MAX + 1], &other[DOC_DEPTH_MAX + 1]));
}
