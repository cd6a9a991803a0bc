#include "kit/test.h"
#include "xref/xref_int.h"

static const char *normal(enum xref_case letters, enum xref_blanks blanks, bool empty, const char *text)
{
    struct xref_rule rule = {letters, blanks, empty};
    char out[XREF_NORM_MAX];
    size_t n;

    return xref_normal(&rule, str_of(text), out, &n) ? arena_strndup(test_scope()->arena, out, n) : NULL;
}

TEST(an_exact_rule_leaves_a_word_as_it_is)
{
    CHECK_STR(normal(XREF_CASE_EXACT, XREF_BLANKS_EXACT, false, " A  b\t"), " A  b\t");
    CHECK_STR(normal(XREF_CASE_EXACT, XREF_BLANKS_EXACT, false, "\xc3\x84\xe2\x82\xac\xf0\x9f\x98\x80"),
              "\xc3\x84\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST(blanks_are_those_of_unicode)
{
    CHECK_STR(normal(XREF_CASE_EXACT, XREF_BLANKS_TRIM, false, " \xc2\xa0 a  b \xe3\x80\x80"), "a  b");
    CHECK_STR(normal(XREF_CASE_EXACT, XREF_BLANKS_COLLAPSE, false, "\t a \xe2\x80\x89 b\r\n"), "a b");
    CHECK_STR(normal(XREF_CASE_EXACT, XREF_BLANKS_COLLAPSE, false, "ab"), "ab");
}

TEST(letters_of_either_case_are_the_same_in_every_alphabet)
{
    CHECK_STR(normal(XREF_CASE_FOLD, XREF_BLANKS_EXACT, false, "SKU-\xc3\x84\xce\xa3\xcf\x82"),
              "sku-\xc3\xa4\xcf\x83\xcf\x83");
    CHECK_STR(normal(XREF_CASE_FOLD, XREF_BLANKS_EXACT, false, "Zz@[`{"), "zz@[`{");
}

TEST(a_word_may_be_empty_only_where_the_rule_says_so)
{
    CHECK_STR(normal(XREF_CASE_EXACT, XREF_BLANKS_TRIM, false, "  "), NULL);
    CHECK_STR(normal(XREF_CASE_EXACT, XREF_BLANKS_TRIM, true, "  "), "");
    CHECK_STR(normal(XREF_CASE_EXACT, XREF_BLANKS_EXACT, false, ""), NULL);
    CHECK_STR(normal(XREF_CASE_EXACT, XREF_BLANKS_EXACT, false, " "), " ");
}

TEST(octets_that_are_no_characters_stay_and_overrun_nothing)
{
    CHECK_STR(normal(XREF_CASE_FOLD, XREF_BLANKS_COLLAPSE, false, "A\xff\xc3 B\xe2\x82"), "a\xff\xc3 b\xe2\x82");
}

/* The capital of U+2C65 is U+023A, one octet less; the other way about a word grows by half. */
TEST(a_word_that_grows_with_its_case_fits)
{
    char text[XREF_TEXT_MAX + 2], out[XREF_NORM_MAX];
    struct xref_rule rule = {XREF_CASE_FOLD, XREF_BLANKS_EXACT, false};
    size_t n = 0;

    for (size_t i = 0; i < XREF_TEXT_MAX; i += 2)
        memcpy(text + i, "\xc8\xba", 2);
    CHECK(xref_normal(&rule, (struct str){text, XREF_TEXT_MAX - 4}, out, &n));
    CHECK_INT(n, (XREF_TEXT_MAX - 4) / 2 * 3);
    CHECK(!xref_normal(&rule, (struct str){text, XREF_TEXT_MAX + 1}, out, &n));
}

TEST(a_name_is_a_slug)
{
    CHECK(xref_name_valid("sku"));
    CHECK(xref_name_valid("tax_code_2"));
    CHECK(!xref_name_valid(""));
    CHECK(!xref_name_valid("2sku"));
    CHECK(!xref_name_valid("_sku"));
    CHECK(!xref_name_valid("Sku"));
    CHECK(!xref_name_valid("sku-x"));
}
