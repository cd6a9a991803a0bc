#include "kit/test.h"

#include "picture/picture_int.h"

#define MOMENT INT64_C(1521801216617) /* 2018-03-23T10:33:36.617Z, a Friday */

static const char *format(struct picture_number ms, const char *picture, const char *zone)
{
    struct arena *a = test_scope()->arena;
    struct str p = str_of(picture), z = str_of(zone), out = {0}, value;
    const struct picture_date *date = NULL;
    const char *code = picture ? picture_date_read(a, p, &date, &value) : NULL;

    if (!code)
        code = picture_from_millis(a, ms, date, zone ? &z : NULL, &out, &value);
    return code ? arena_f(a, "%s %s", code, str_dup(a, value)) : str_dup(a, out);
}

static const char *at_moment(const char *picture)
{
    return format(picture_int(MOMENT), picture, NULL);
}

TEST(without_a_picture_it_is_iso_8601)
{
    CHECK_STR(at_moment(NULL), "2018-03-23T10:33:36.617Z");
    CHECK_STR(format(picture_int(MOMENT), NULL, "-0500"), "2018-03-23T05:33:36.617-05:00");
    CHECK_STR(format(picture_int(MOMENT), NULL, "+0530"), "2018-03-23T16:03:36.617+05:30");
    CHECK_STR(format(picture_real(1.9), NULL, NULL), "1970-01-01T00:00:00.001Z");
    CHECK_STR(format(picture_int(-62198755200001), NULL, NULL), "-0002-12-31T23:59:59.999Z");
    CHECK_STR(format(picture_int(253402300800000), NULL, NULL), "0000-01-01T00:00:00.000Z"); /* four digits of 10000 */
}

TEST(every_component_is_written)
{
    CHECK_STR(at_moment("[Y]|[M]|[D]|[d]|[F]|[W]|[w]|[X]|[x]"), "2018|3|23|82|friday|12|4|2018|3");
    CHECK_STR(at_moment("[H]|[h]|[P]|[m]|[s]|[f]|[Z]|[z]|[C]|[E]"), "10|10|am|33|36|617|+00:00|GMT+00:00|ISO|ISO");
    CHECK_STR(at_moment("[FNn,3-3], [D1o] [MN,*-3] [Y,2-2] [PN]"), "Fri, 23rd MAR 18 AM");
    CHECK_STR(at_moment("[YI] [Mi] [Da] [DA]"), "MMXVIII iii w W");
    CHECK_STR(at_moment("the [Dwo] of [MNn], [Yw]"), "the twenty-third of March, two thousand and eighteen");
    CHECK_STR(at_moment("[Y9,999,*] [D\u0661]"), "2,018 \u0662\u0663");
    CHECK_STR(at_moment("[xNn] [FN] [H01]:[m1]"), "March FRIDAY 10:33");
}

TEST(brackets_are_doubled_to_be_written)
{
    CHECK_STR(at_moment("[[Year]]: [[[Y0001]]]"), "[Year]: [2018]");
}

TEST(zones_are_written_as_the_picture_says)
{
    static const struct {
        const char *picture, *zone, *want;
    } cases[] = {
        {"[Z]", "+0530", "+05:30"},        {"[Z0101]", "-0800", "-0800"}, {"[Z0]", "+0100", "+1"},
        {"[Z0]", "+0530", "+5:30"},        {"[Z00]", "-0500", "-05"},     {"[Z01:01t]", "0000", "Z"},
        {"[z0101t]", "+0000", "Z"},        {"[z]", "-0500", "GMT-05:00"}, {"[Z]", "-0330", "-03:30"},
        {"[Z0]", "-0030", "-0:30"},        {"[Z001]", "+0530", "+530"},   {"[Z]", "+05:30", "+05:30"},
        {"[Z010101t]", "0", "D3134 6"},    {"[ZN]", "0", "D3134 "},       {"[H]", "-0330", "7"},
        {"[H]:[m]", "-0330", "7:03"},      {"[H]", "abc", "D3152 abc"},   {"[H]", "", "D3152 "},
        {"[H]", "+05300", "D3152 +05300"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_STR(format(picture_int(MOMENT), cases[i].picture, cases[i].zone), cases[i].want);
}

TEST(what_cannot_be_written_is_refused)
{
    CHECK_STR(at_moment("[YN]"), "D3133 Y");
    CHECK_STR(at_moment("[fN]"), "D3133 f");
    CHECK_STR(at_moment("[Y\u03b1]"), "D3130 \u03b1");
    CHECK_STR(format(picture_int(PICTURE_MOMENT_MS + 1), NULL, NULL), PICTURE_TOO_LARGE " ");
    CHECK_STR(format(picture_int(PICTURE_MOMENT_MS), NULL, "+0100"), PICTURE_TOO_LARGE " ");
    CHECK_STR(format(picture_real(1e300), NULL, NULL), PICTURE_TOO_LARGE " ");
    CHECK_STR(format(picture_int(INT64_MIN), NULL, NULL), PICTURE_TOO_LARGE " ");
}

TEST(much_text_of_a_small_picture_is_refused)
{
    static char picture[PICTURE_MAX + 1];

    for (size_t i = 0; i + 8 <= PICTURE_MAX; i += 8)
        memcpy(picture + i, "[Y,1000]", 8);
    CHECK_STR(at_moment(picture), PICTURE_TOO_LARGE " ");
}
