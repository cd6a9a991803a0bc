#include "kit/test.h"

#include "picture/picture_int.h"

static const char *words(const char *digits, bool ordinal, enum picture_case letters)
{
    struct arena *a = test_scope()->arena;
    struct buf b;

    buf_init(&b, a, 4096);
    picture_words_put(&b, str_of(digits), ordinal, letters);
    return buf_cstr(&b);
}

TEST(numbers_are_said_in_english)
{
    CHECK_STR(words("0", false, PICTURE_LOWER), "zero");
    CHECK_STR(words("19", false, PICTURE_TITLE), "Nineteen");
    CHECK_STR(words("40", false, PICTURE_UPPER), "FORTY");
    CHECK_STR(words("99", false, PICTURE_LOWER), "ninety-nine");
    CHECK_STR(words("100", false, PICTURE_LOWER), "one hundred");
    CHECK_STR(words("555", false, PICTURE_TITLE), "Five Hundred and Fifty-Five");
    CHECK_STR(words("1001", false, PICTURE_LOWER), "one thousand and one");
    CHECK_STR(words("3730", false, PICTURE_LOWER), "three thousand, seven hundred and thirty");
    CHECK_STR(words("1000000000001", false, PICTURE_LOWER), "one trillion and one");
    CHECK_STR(words("1000001000", false, PICTURE_LOWER), "one billion, one thousand");
}

TEST(beyond_a_trillion_trillions_are_counted)
{
    CHECK_STR(words("1000000000000000", false, PICTURE_LOWER), "one thousand trillion");
    CHECK_STR(words("10000000000000000000000000000000000000000000000", false, PICTURE_LOWER),
              "ten billion trillion trillion trillion");
    CHECK_STR(words("1000000000000000000000005", false, PICTURE_LOWER), "one trillion trillion and five");
}

TEST(the_last_word_is_an_ordinal)
{
    CHECK_STR(words("0", true, PICTURE_LOWER), "zeroth");
    CHECK_STR(words("20", true, PICTURE_LOWER), "twentieth");
    CHECK_STR(words("34", true, PICTURE_LOWER), "thirty-fourth");
    CHECK_STR(words("100", true, PICTURE_LOWER), "one hundredth");
    CHECK_STR(words("1000000", true, PICTURE_LOWER), "one millionth");
    CHECK_STR(words("1000000000000", true, PICTURE_UPPER), "ONE TRILLIONTH");
    CHECK_STR(words("1012", true, PICTURE_LOWER), "one thousand and twelfth");
}

static int64_t value(const char *text)
{
    struct picture_reading got = picture_words_read(test_scope()->arena, str_of(text));

    return got.known && got.n.exact ? got.n.i : -1;
}

TEST(words_are_read)
{
    CHECK_INT(value("zero"), 0);
    CHECK_INT(value("Twenty-Seventh"), 27);
    CHECK_INT(value("nineteen hundred and eighty-four"), 1984);
    CHECK_INT(value("one million, two thousand"), 1002000);
    CHECK_INT(value("one trillion and one"), INT64_C(1000000000001));
    CHECK_INT(value("one thousand, two hundred and thirty-four trillion, five"), INT64_C(1234000000000005));
    CHECK_INT(value("hundredth"), 0); /* of nothing */
    CHECK_INT(value("THREE  HUNDRED"), -1);
    CHECK_INT(value("one hundred and"), -1);
    CHECK_INT(value("dozen"), -1);
    CHECK_INT(value(""), -1);
}

TEST(words_too_large_for_64_bits_make_a_real_number)
{
    struct picture_reading got = picture_words_read(test_scope()->arena, STR("ten billion trillion trillion trillion"));

    CHECK(got.known && !got.n.exact && got.n.d == 1e46);
}

TEST(every_word_that_begins_at_a_place_is_found)
{
    struct picture_runes r = picture_runes_of(test_scope()->arena, STR("seventh, x"));

    CHECK_INT(picture_words_at(r, 0), 1U << 5 | 1U << 7);
    CHECK_INT(picture_words_at(r, 7), 1U << 1);
    CHECK_INT(picture_words_at(r, 9), 0);
}
