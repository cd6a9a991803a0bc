#include "base/utf8.h"

#include <string.h>

#include "kit/test.h"

TEST(every_character_is_written_and_read_back)
{
    for (uint32_t c = 1; c <= 0x10ffff; c += c < 0x900 || c > 0x10ff00 ? 1 : 37) {
        char octets[UTF8_MAX];
        size_t n = (size_t)(utf8_put(octets, c) - octets), at = 0;
        bool half = c >= 0xd800 && c < 0xe000;

        CHECK(n == (c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4));
        CHECK(utf8_take((struct str){octets, n}, &at) == c && at == n);
        CHECK(utf8_valid((struct str){octets, n}, NULL) == !half);
        if (c >= 0x80)
            CHECK_INT(utf8_octets(octets, octets + n), half ? 0 : n);
        if (c >= 0x80)
            CHECK_INT(utf8_octets(octets, octets + n - 1), 0);
    }
}

TEST(what_is_no_character_is_found_where_it_stands)
{
    static const char *const wrong[] = {
        "ab\x80",         "ab\xc0\x80",         "ab\xc1\xbf",         "ab\xe0\x9f\xbf",
        "ab\xed\xa0\x80", "ab\xf0\x8f\xbf\xbf", "ab\xf4\x90\x80\x80", "ab\xf5\x80\x80\x80",
        "ab\xc3"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        size_t at = 99;

        CHECK(!utf8_valid(str_of(wrong[i]), &at));
        CHECK_INT(at, 2);
    }
    CHECK(utf8_valid(str_of(""), NULL) && utf8_valid(str_of("h\xc3\xa9"), NULL));
}

TEST(reading_goes_on_behind_what_is_no_character)
{
    size_t at = 0;

    CHECK(utf8_take(STR("\xffz"), &at) == UTF8_REPLACEMENT && at == 1);
    CHECK(utf8_take(STR("\xffz"), &at) == 'z' && at == 2);
    at = 0;
    CHECK(utf8_take(STR("\xe2\x82"), &at) == UTF8_REPLACEMENT && at == 2);
}
