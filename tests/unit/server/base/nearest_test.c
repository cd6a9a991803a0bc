#include "base/nearest.h"

#include "kit/test.h"

static size_t apart(const char *a, const char *b)
{
    return text_distance(str_of(a), str_of(b), 100);
}

TEST(a_distance_counts_what_must_be_changed)
{
    CHECK_INT(apart("", ""), 0);
    CHECK_INT(apart("sku", "sku"), 0);
    CHECK_INT(apart("sku", ""), 3);
    CHECK_INT(apart("", "sku"), 3);
    CHECK_INT(apart("sku", "skus"), 1);
    CHECK_INT(apart("unit_price", "unitprice"), 1);
    CHECK_INT(apart("total", "tatol"), 2);
    CHECK_INT(apart("kitten", "sitting"), 3);
}

TEST(neighbours_that_are_swapped_are_one_change)
{
    CHECK_INT(apart("total", "toatl"), 1);
    CHECK_INT(apart("ab", "ba"), 1);
    CHECK_INT(apart("abc", "cab"), 2);
}

TEST(a_distance_is_the_same_both_ways_and_letters_have_no_case)
{
    CHECK_INT(apart("discount_total", "discountTotal"), 1);
    CHECK_INT(apart("discountTotal", "discount_total"), 1);
    CHECK_INT(apart("SKU", "sku"), 0);
}

TEST(what_is_too_far_or_too_long_is_told_as_one_more)
{
    char longest[NEAREST_TEXT_MAX + 1], longer[NEAREST_TEXT_MAX + 1];

    memset(longest, 'a', sizeof(longest));
    memset(longer, 'b', sizeof(longer));
    CHECK_INT(text_distance(str_of("kitten"), str_of("sitting"), 2), 3);
    CHECK_INT(text_distance((struct str){longest, NEAREST_TEXT_MAX}, (struct str){longer, NEAREST_TEXT_MAX}, 100), 64);
    CHECK_INT(text_distance((struct str){longest, NEAREST_TEXT_MAX + 1}, str_of("a"), 7), 8);
    CHECK_INT(text_distance(str_of("a"), (struct str){longest, NEAREST_TEXT_MAX + 1}, 7), 8);
}

static const char *meant(const char *want, const char *const *names)
{
    struct nearest near;

    nearest_init(&near, str_of(want));
    for (; *names; names++)
        nearest_try(&near, *names);
    return nearest_text(test_scope()->arena, &near);
}

TEST(the_nearest_names_come_best_first_and_three_at_most)
{
    static const char *const names[] = {"total", "tax_total", "subtotal", "title", "note", NULL};
    static const char *const many[] = {"aaaab", "aaaabb", "aaaa", "aaaac", "aaaad", NULL};

    CHECK_STR(meant("totel", names), "total");
    CHECK_STR(meant("tax_totl", names), "tax_total");
    CHECK_STR(meant("TITLE", names), "title");
    CHECK_STR(meant("currency", names), "");
    CHECK_STR(meant("", names), "");
    CHECK_STR(meant("aaaa", many), "aaaa, aaaab or aaaac");
}

TEST(a_name_that_comes_again_counts_once)
{
    static const char *const twice[] = {"sku", "name", "note", "name", "sku", NULL};
    static const char *const many[] = {"aaaad", "aaaab", "aaaac", "aaaa", "aaaab", "aaaa", NULL};

    CHECK_STR(meant("nmae", twice), "name");
    CHECK_STR(meant("aaaa", many), "aaaa, aaaad or aaaab");
}

TEST(short_names_may_have_one_letter_wrong)
{
    static const char *const names[] = {"to", "sku", NULL};

    CHECK_STR(meant("ot", names), "to");
    CHECK_STR(meant("sk", names), "sku");
    CHECK_STR(meant("xy", names), "");
}

TEST(what_is_near_stands_behind_a_fault)
{
    static const char *const names[] = {"missing", "with", "skip", NULL};

    CHECK_STR(nearest_told(test_scope()->arena, "mising", names), "; near it is missing");
    CHECK_STR(nearest_told(test_scope()->arena, "total", names), "");
}
