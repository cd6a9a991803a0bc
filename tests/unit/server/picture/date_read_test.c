#include "kit/test.h"

#include "picture/picture_int.h"

#define NOW INT64_C(1795962305123) /* 2026-11-29T14:25:05.123Z */

/* The moment in ISO 8601, "none", or the code and its value. */
static const char *read(const char *text, const char *picture)
{
    struct arena *a = test_scope()->arena;
    struct str p = str_of(picture), out, value;
    struct picture_reading got = {0};
    const struct picture_date *date = NULL;
    const char *code = picture ? picture_date_read(a, p, &date, &value) : NULL;

    if (!code)
        code = picture_to_millis(a, str_of(text), date, NOW, &got, &value);
    if (code)
        return arena_f(a, "%s %s", code, str_dup(a, value));
    if (!got.known)
        return "none";
    CHECK_STR(picture_from_millis(a, got.n, NULL, NULL, &out, &value), NULL);
    return str_dup(a, out);
}

TEST(a_moment_is_read_by_the_picture_it_was_written_with)
{
    CHECK_STR(read("2018-03-27", "[Y]-[M]-[D]"), "2018-03-27T00:00:00.000Z");
    CHECK_STR(read("27th April 2008", "[D1o] [MNn] [Y0001]"), "2008-04-27T00:00:00.000Z");
    CHECK_STR(read("2 FEB 2012", "[D1] [MNn,3-3] [Y0001]"), "2012-02-02T00:00:00.000Z");
    CHECK_STR(read("2 Ju 2012", "[D1] [MNn,2-2] [Y0001]"), "2012-07-02T00:00:00.000Z"); /* the last of two */
    CHECK_STR(read("27 iii MMXVIII", "[D1] [Mi] [YI]"), "2018-03-27T00:00:00.000Z");
    CHECK_STR(read("Twentieth of August, two thousand and seventeen", "[DW] of [MNn], [Yw]"),
              "2017-08-20T00:00:00.000Z");
    CHECK_STR(read("4/4/2018 12:06 am", "[D1]/[M1]/[Y0001] [h]:[m] [P]"), "2018-04-04T00:06:00.000Z");
    CHECK_STR(read("4/4/2018 11:30 PM", "[D1]/[M1]/[Y0001] [h]:[m] [P]"), "2018-04-04T23:30:00.000Z");
    CHECK_STR(read("2018-094 10:00", "[Y0001]-[d001] [H]:[m]"), "2018-04-04T10:00:00.000Z");
    CHECK_STR(read("2018-366", "[Y]-[d]"), "2019-01-01T00:00:00.000Z");
    CHECK_STR(read("10:00:01.5", "[H]:[m]:[s].[f]"), "2026-11-29T10:00:01.500Z");
    CHECK_STR(read("2026-04-08 19:05:04.01987", "[Y]-[M]-[D] [H]:[m]:[s].[f1]"), "2026-04-08T19:05:04.019Z");
    CHECK_STR(read("\u0662\u0660\u0661\u0668", "[Y\u0661]"), "2018-01-01T00:00:00.000Z");
    CHECK_STR(read("18", "[Y,2]"), "1918-01-01T00:00:00.000Z"); /* as Date.UTC has it */
}

TEST(zones_are_taken_off)
{
    CHECK_STR(read("2020-09-09 08:00 +02:00", "[Y]-[M]-[D] [H]:[m] [Z]"), "2020-09-09T06:00:00.000Z");
    CHECK_STR(read("2020-09-09 08:00 -03:30", "[Y]-[M]-[D] [H]:[m] [Z]"), "2020-09-09T11:30:00.000Z");
    CHECK_STR(read("2020-09-09 12:00 GMT-5", "[Y]-[M]-[D] [H]:[m] [z01]"), "2020-09-09T17:00:00.000Z");
    CHECK_STR(read("2020-09-09 12:00 +0530", "[Y]-[M]-[D] [H]:[m] [Z0001]"), "2020-09-09T06:30:00.000Z");
    CHECK_STR(read("2020-09-09 12:00 +530", "[Y]-[M]-[D] [H]:[m] [Z001]"), "2020-09-09T06:30:00.000Z");
}

TEST(what_is_missing_in_front_is_now_and_behind_is_the_least)
{
    CHECK_STR(read("13:45", "[H]:[m]"), "2026-11-29T13:45:00.000Z");
    CHECK_STR(read("45", "[m]"), "2026-11-29T14:45:00.000Z");
    CHECK_STR(read("3", "[M]"), "2026-03-01T00:00:00.000Z");
    CHECK_STR(read("5", "[d]"), "2026-01-05T00:00:00.000Z");
    CHECK_STR(read("5-22", "[M]-[D]"), "2026-05-22T00:00:00.000Z");
    CHECK_STR(read("2:", "[h]:"), "2026-11-29T02:00:00.000Z");
}

TEST(a_gap_between_components_is_refused)
{
    CHECK_STR(read("2018-22", "[Y]-[D]"), "D3136 ");
    CHECK_STR(read("5-22 23:59", "[M]-[D] [m]:[s]"), "D3136 ");
    CHECK_STR(read("2018-32-5", "[X]-[W]-[F1]"), "D3136 ");
    CHECK_STR(read("2018-3-2-5", "[X]-[x]-[w]-[F1]"), "D3136 ");
}

TEST(a_text_that_says_no_moment_gives_none)
{
    CHECK_STR(read("Hello", "Hello"), "none");
    CHECK_STR(read("irrelevant", "[Y]-[M]-[D]"), "none");
    CHECK_STR(read("Foo 2012", "[MNn] [Y]"), "none");
    CHECK_STR(read("one hundred and", "[Yw]"), "none");
    CHECK_STR(read("999999999", "[Y]"), "none");
    CHECK_STR(read("99999999999999999999", "[Y]"), "none");
    CHECK_STR(read("Foo, 1 May 2012", "[FNn], [D] [MNn] [Y]"),
              "2012-05-01T00:00:00.000Z"); /* weekdays decide nothing */
}

TEST(a_picture_that_cannot_be_read_by_is_refused)
{
    CHECK_STR(read("2018", "[YN]"), "D3133 Y");
    CHECK_STR(read("ISO", "[C]"), "D3133 C");
    CHECK_STR(read("2018", "[Y\u03b1]"), "D3130 \u03b1");
    CHECK_STR(read("2018", "[q]"), "D3132 q");
    CHECK_STR(read(arena_f(test_scope()->arena, "%01025d", 1), "[Y]"), PICTURE_TOO_LARGE " ");
}

TEST(without_a_picture_the_text_is_iso_8601)
{
    CHECK_STR(read("1970-01-01T00:00:00.001Z", NULL), "1970-01-01T00:00:00.001Z");
    CHECK_STR(read("01-02-2018", NULL), "D3110 01-02-2018");
}
