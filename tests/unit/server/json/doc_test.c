#include "json/doc.h"

#include "base/must.h"
#include "kit/test.h"

static const struct doc *given_doc(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

static const char *str_c(struct str s)
{
    return str_dup(test_scope()->arena, s);
}

static void check_int(const char *text, int64_t want)
{
    const struct doc *d = given_doc(text);
    int64_t got = 0;

    CHECK_INT(doc_kind(d), DOC_INT);
    CHECK(doc_int(d, &got));
    CHECK_INT(got, want);
    CHECK_STR(str_c(doc_number_text(d)), text);
}

TEST(integers_of_64_bits_are_exact)
{
    check_int("0", 0);
    check_int("-1", -1);
    check_int("9007199254740993", INT64_C(9007199254740993));
    check_int("9223372036854775807", INT64_MAX);
    check_int("-9223372036854775808", INT64_MIN);
    check_int("999999999999999999", INT64_C(999999999999999999));
}

TEST(other_numbers_keep_their_text)
{
    static const char *const numbers[] = {
        "-0", "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890", "1.0", "1e2", "0.10",
    };

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        const struct doc *d = given_doc(numbers[i]);
        int64_t v;

        CHECK_INT(doc_kind(d), DOC_NUMBER);
        CHECK(!doc_int(d, &v));
        CHECK_STR(str_c(doc_number_text(d)), numbers[i]);
    }
}

TEST(members_and_items_are_found)
{
    const struct doc *d = given_doc("{\"a\":[10,\"x\",true],\"\":{\"b\":null},\"c\":false}");
    bool on = false;

    CHECK_INT(doc_kind(d), DOC_OBJECT);
    CHECK_INT(doc_count(d), 3);
    CHECK_STR(str_c(doc_key(d, 0)), "a");
    CHECK_STR(str_c(doc_key(d, 2)), "c");
    CHECK_INT(doc_key(d, 3).n, 0);
    CHECK_INT(doc_count(doc_get(d, "a")), 3);
    CHECK_STR(str_c(doc_text(doc_at(doc_get(d, "a"), 1))), "x");
    CHECK(doc_at(doc_get(d, "a"), 3) == NULL);
    CHECK_INT(doc_kind(doc_at(d, 2)), DOC_FALSE);
    CHECK(doc_get(d, "A") == NULL);
    CHECK_INT(doc_count(doc_get(d, "")), 1);
    CHECK(doc_bool(doc_at(doc_get(d, "a"), 2), &on) && on);
    CHECK(doc_bool(doc_get(d, "c"), &on) && !on);
}

TEST(what_is_absent_or_of_another_kind_is_nothing)
{
    const struct doc *d = given_doc("[1,\"1\"]");
    int64_t v;
    bool on;

    CHECK_INT(doc_kind(NULL), DOC_NULL);
    CHECK_INT(doc_count(NULL), 0);
    CHECK(doc_at(NULL, 0) == NULL && doc_get(NULL, "a") == NULL && doc_path(NULL, "a") == NULL);
    CHECK(doc_get(d, "a") == NULL && doc_get(doc_at(d, 0), "a") == NULL);
    CHECK_INT(doc_key(d, 0).n, 0);
    CHECK(doc_cstr(test_scope()->arena, doc_at(d, 0)) == NULL);
    CHECK_INT(doc_text(doc_at(d, 0)).n, 0);
    CHECK_INT(doc_number_text(doc_at(d, 1)).n, 0);
    CHECK(!doc_int(doc_at(d, 1), &v) && !doc_bool(d, &on) && !doc_bool(NULL, &on));
}

TEST(a_dotted_path_goes_through_members_and_items)
{
    const struct doc *d = given_doc("{\"a\":{\"b\":[0,{\"c\":\"here\"}]},\"0\":\"zero\"}");

    CHECK_STR(str_c(doc_text(doc_path(d, "a.b.1.c"))), "here");
    CHECK_STR(str_c(doc_text(doc_path(d, "0"))), "zero");
    CHECK(doc_path(d, "a.b.2") == NULL);
    CHECK(doc_path(d, "a.b.01") == NULL);
    CHECK(doc_path(d, "a.b.c") == NULL);
    CHECK(doc_path(d, "a.b.1.c.d") == NULL);
    CHECK(doc_path(d, "") == d);
}

TEST(decimals_are_exact_from_numbers_and_from_texts)
{
    const struct doc *d = given_doc("[184.20,\"184.20\",3,\"x\",\"\",null,0.1]");
    struct decimal a, b;
    char text[DECIMAL_TEXT_MAX];

    CHECK(doc_decimal(doc_at(d, 0), &a) && doc_decimal(doc_at(d, 1), &b));
    CHECK_INT(decimal_compare(a, b), 0);
    decimal_format(a, text);
    CHECK_STR(text, "184.20");
    CHECK(doc_decimal(doc_at(d, 2), &a));
    CHECK(!doc_decimal(doc_at(d, 3), &a) && !doc_decimal(doc_at(d, 4), &a) && !doc_decimal(doc_at(d, 5), &a));
    CHECK(doc_decimal(doc_at(d, 6), &a));
    decimal_format(a, text);
    CHECK_STR(text, "0.1");
}
