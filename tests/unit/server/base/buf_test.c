#include "kit/test.h"

#include "base/buf.h"

static struct buf made(size_t max)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, max);
    return b;
}

TEST(strings_compare_by_octets)
{
    CHECK(str_equal(STR("a\0b"), (struct str){"a\0b", 3}));
    CHECK(!str_equal(STR("a\0b"), STR("a\0c")));
    CHECK(!str_equal(STR("ab"), STR("abc")));
    CHECK(str_equal(str_of(NULL), STR("")));
    CHECK(str_is(STR("key"), "key") && !str_is(STR("key"), "keys") && !str_is(STR("keys"), "key"));
}

TEST(case_is_ignored_only_for_ascii_letters)
{
    CHECK(str_is_nocase(STR("Content-TYPE"), "content-type"));
    CHECK(!str_is_nocase(STR("content_type"), "content-type"));
    CHECK(!str_is_nocase(STR("@"), "`")); /* 0x40 and 0x60 differ by the same bit as A and a */
    CHECK(!str_is_nocase(STR("\xc3\x84"), "\xc3\xa4"));
}

TEST(starts_asks_for_the_whole_prefix)
{
    CHECK(str_starts(STR("Bearer x"), "Bearer "));
    CHECK(!str_starts(STR("Bear"), "Bearer "));
    CHECK(str_starts(str_of(NULL), ""));
    CHECK_STR(str_dup(test_scope()->arena, (struct str){"abcdef", 3}), "abc");
}

TEST(a_buffer_grows_across_every_size)
{
    struct buf b = made(100000);

    for (int i = 0; i < 50000; i++)
        buf_c(&b, (char)('a' + i % 26));
    CHECK_INT(b.n, 50000);
    CHECK(!b.full);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] != (char)('a' + i % 26))
            test_failed(__FILE__, __LINE__, "octet %zu is wrong", i);
    CHECK_INT(strlen(buf_cstr(&b)), 50000);
    CHECK_INT(buf_str(&b).n, 50000);
}

TEST(numbers_are_written_at_their_limits)
{
    struct buf b = made(1000);

    buf_u64(&b, 0);
    buf_c(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_c(&b, ' ');
    buf_i64(&b, INT64_MIN);
    buf_c(&b, ' ');
    buf_i64(&b, INT64_MAX);
    buf_f(&b, " %s %04d", "f", 7);
    CHECK_STR(buf_cstr(&b), "0 18446744073709551615 -9223372036854775808 9223372036854775807 f 0007");
}

TEST(long_formatted_text_goes_straight_into_the_buffer)
{
    struct buf b = made(1000);

    buf_f(&b, "%127s", "");
    buf_f(&b, "%128s", "");
    buf_f(&b, "%500s", "");
    CHECK_INT(b.n, 755);
    buf_f(&b, "%300s", "");
    CHECK(b.full);
    CHECK_INT(b.n, 755);
}

TEST(the_ceiling_is_exact_and_stays_passed)
{
    struct buf b = made(5);

    buf_s(&b, "12345");
    CHECK(!b.full);
    buf_add(&b, "", 0);
    CHECK(!b.full);
    buf_c(&b, '6');
    CHECK(b.full);
    CHECK_STR(buf_cstr(&b), "12345");
    CHECK(buf_reserve(&b, 0) == NULL);
}

TEST(a_full_buffer_takes_nothing_more)
{
    struct buf b = made(5);

    buf_s(&b, "123456");
    buf_s(&b, "12");
    CHECK(b.full);
    CHECK_STR(buf_cstr(&b), "");
    CHECK(buf_reserve(&b, SIZE_MAX) == NULL);
}

TEST(reserved_room_counts_when_advanced)
{
    struct buf b = made(1000);
    char *to;

    buf_s(&b, "ab");
    to = buf_reserve(&b, 600);
    memset(to, 'z', 600);
    buf_advance(&b, 3);
    CHECK_STR(buf_cstr(&b), "abzzz");
}
