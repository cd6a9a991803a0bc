#include "kit/test.h"

#include "base/timefmt.h"
#include "picture/picture_int.h"

static int64_t ms_of(int64_t year, int64_t month, int64_t day)
{
    return picture_days(year, month, day) * PICTURE_DAY_MS;
}

TEST(days_are_counted_as_the_calendar_has_them)
{
    CHECK_INT(picture_days(1970, 1, 1), 0);
    CHECK_INT(picture_days(2000, 2, 29), 11016);
    CHECK_INT(picture_days(2000, 3, 1), 11017);
    CHECK_INT(picture_days(1, 1, 1), -719162);
    CHECK_INT(picture_days(2018, 14, 1), picture_days(2019, 2, 1));
    CHECK_INT(picture_days(2018, 0, 31), picture_days(2017, 12, 31));
    CHECK_INT(picture_days(2018, 2, 30), picture_days(2018, 3, 2));
}

TEST(a_date_made_of_its_days_is_the_same)
{
    int year, month, day;

    for (int64_t days = -800000; days < 3000000; days += 97) {
        time_civil(days * PICTURE_DAY_MS * 1000, &year, &month, &day);
        CHECK_INT(picture_days(year, month, day), days);
    }
}

TEST(weeks_belong_to_the_year_and_month_of_their_thursday)
{
    static const struct {
        int64_t year, month, day;
        int64_t week, week_year, week_of_month, week_month;
    } cases[] = {
        {2005, 1, 1, 53, 2004, 5, 12}, {2005, 1, 2, 53, 2004, 5, 12},   {2005, 1, 3, 1, 2005, 1, 1},
        {2008, 12, 29, 1, 2009, 1, 1}, {2009, 12, 31, 53, 2009, 5, 12}, {2010, 1, 3, 53, 2009, 5, 12},
        {2018, 7, 31, 31, 2018, 1, 8}, {2013, 2, 1, 5, 2013, 5, 1},     {2014, 12, 30, 1, 2015, 1, 1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t ms = ms_of(cases[i].year, cases[i].month, cases[i].day) + PICTURE_DAY_MS / 2;
        CHECK_INT(picture_component(ms, 'W'), cases[i].week);
        CHECK_INT(picture_component(ms, 'X'), cases[i].week_year);
        CHECK_INT(picture_component(ms, 'w'), cases[i].week_of_month);
        CHECK_INT(picture_component(ms, 'x'), cases[i].week_month);
    }
}

TEST(a_moment_before_1970_has_its_parts)
{
    CHECK_INT(picture_component(-1, 'Y'), 1969);
    CHECK_INT(picture_component(-1, 'd'), 365);
    CHECK_INT(picture_component(-1, 'F'), 3);
    CHECK_INT(picture_component(-1, 'H'), 23);
    CHECK_INT(picture_component(-1, 'h'), 11);
    CHECK_INT(picture_component(-1, 'P'), 1);
    CHECK_INT(picture_component(-1, 'f'), 999);
    CHECK_INT(picture_component(PICTURE_MOMENT_MS, 'Y'), 275760);
    CHECK_INT(picture_component(-PICTURE_MOMENT_MS, 'Y'), -271821);
}
