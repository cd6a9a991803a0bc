#include "kit/test.h"

#include "picture/picture_int.h"

TEST(text_becomes_code_points_and_text_again)
{
    struct arena *a = test_scope()->arena;
    struct str text = STR("a\u00e9\u20ac\U0001d7ce.");
    struct picture_runes r = picture_runes_of(a, text);

    CHECK_INT(r.n, 5);
    CHECK_INT(r.p[1], 0xE9);
    CHECK_INT(r.p[3], 0x1D7CE);
    CHECK(str_equal(picture_runes_text(a, r), text));
}

TEST(octets_that_are_no_character_are_replaced)
{
    struct arena *a = test_scope()->arena;

    CHECK(str_is(picture_runes_text(a, picture_runes_of(a, STR("a\xff"
                                                               "b\xe2\x82"))),
                 "a\uFFFDb\uFFFD"));
}

TEST(a_slice_is_cut_to_what_there_is)
{
    struct picture_runes r = picture_runes_of(test_scope()->arena, STR("abc"));

    CHECK_INT(picture_slice(r, 1, 9).n, 2);
    CHECK_INT(picture_slice(r, 2, 1).n, 0);
    CHECK_INT(picture_find(r, 'c', 0), 2);
    CHECK_INT(picture_find(r, 'a', 1), 3);
}

TEST(white_space_is_what_ecmascript_takes_for_it)
{
    CHECK(picture_is_space(' ') && picture_is_space('\n') && picture_is_space(0xA0) && picture_is_space(0x2003));
    CHECK(!picture_is_space('a') && !picture_is_space(0x200B));
}
