#include <time.h>

#include "kit/test.h"

#include "cron/cron_int.h"

static const char *why(const char *text)
{
    const char *said = NULL;
    struct cron c;

    return cron_parse(test_scope()->arena, str_of(text), &c, &said) ? NULL : said;
}

static struct cron parsed(const char *text)
{
    const char *said = NULL;
    struct cron c = {0};

    if (!cron_parse(test_scope()->arena, str_of(text), &c, &said))
        test_failed(__FILE__, __LINE__, "\"%s\" is refused: %s", text, said);
    return c;
}

TEST(a_field_is_a_set)
{
    struct cron c = parsed("0,30 8-10 1-31/10 JAN,mar,12 MON-FRI");

    CHECK(c.minutes == (1 | UINT64_C(1) << 30));
    CHECK_INT(c.hours, 7 << 8);
    CHECK_INT(c.days, 1 << 1 | 1 << 11 | 1 << 21 | UINT32_C(1) << 31);
    CHECK_INT(c.months, 1 << 1 | 1 << 3 | 1 << 12);
    CHECK_INT(c.weekdays, 0x3e);
    CHECK(!c.day_star && !c.weekday_star && !c.follows);
}

TEST(sunday_is_0_and_7)
{
    CHECK_INT(parsed("0 0 * * 0").weekdays, 1);
    CHECK_INT(parsed("0 0 * * 7").weekdays, 1);
    CHECK_INT(parsed("0 0 * * FRI-SUN").weekdays, 0x61);
    CHECK_INT(parsed("0 0 * * 5-7").weekdays, 0x61);
    CHECK_INT(parsed("0 0 * * */2").weekdays, 0x55);
    CHECK_INT(parsed("0 0 * * *").weekdays, 0x7f);
}

TEST(only_a_minute_or_an_hour_that_begins_with_a_star_follows_the_clock)
{
    CHECK(parsed("*/5 2 * * *").follows);
    CHECK(parsed("0 * * * *").follows);
    CHECK(parsed("@hourly").follows);
    CHECK(!parsed("0-59 0-23 * * *").follows);
    CHECK(!parsed("5,*/10 2 * * *").follows);
    CHECK(!parsed("@daily").follows);
}

TEST(last_nearest_and_nth_days_are_understood)
{
    struct cron c = parsed("0 0 L,LW,15W,3 * FRI#2,1l,7#5");

    CHECK(c.last_day && c.last_workday);
    CHECK_INT(c.near_days, 1 << 15);
    CHECK_INT(c.days, 1 << 3);
    CHECK_INT(c.nth[5], 1 << 2);
    CHECK_INT(c.nth[1], 1);
    CHECK_INT(c.nth[0], 1 << 5);
    CHECK_INT(c.weekdays, 0);
}

TEST(a_faulty_expression_is_refused_with_its_place)
{
    CHECK_STR(why("0 25 * * *"), "the hour (field 2, column 3) has 25, which is not within 0 and 23");
    CHECK_STR(why("  61 2 * * *"), "the minute (field 1, column 3) has 61, which is not within 0 and 59");
    CHECK_STR(why("* * 0 * *"), "the day of the month (field 3, column 5) has 0, which is not within 1 and 31");
    CHECK_STR(why("* * * FEBR *"), "the month (field 4, column 10) has \"R\", which is not understood there");
    CHECK_STR(why("* * * FOO *"),
              "the month (field 4, column 7) has \"FOO\" where a number or a name of three letters is expected");
    CHECK_STR(why("5/15 * * * *"), "the minute (field 1, column 1) has a step without a range: write 5-59/15");
    CHECK_STR(why("0 22-2 * * *"), "the hour (field 2, column 3) has a range that runs backwards, from 22 to 2: write "
                                   "two, 22-23,0-2");
    CHECK_STR(why("*/0 * * * *"), "the minute (field 1, column 3) has 0, which is not within 1 and 60");
    CHECK_STR(why("1, 2 * * *"), "the minute (field 1, column 3) ends where something more is expected");
    CHECK_STR(why("1- 2 * * *"), "the minute (field 1, column 3) ends where a number is expected");
    CHECK_STR(why("0 0 * * 5#6"), "the day of the week (field 5, column 11) has 6, which is not within 1 and 5");
    CHECK_STR(why("0 0 30 2 *"), "there is no such day");
    CHECK_STR(why("* * * *"), "4 of five fields: minute, hour, day of the month, month, day of the week");
    CHECK_STR(why(""), "0 of five fields: minute, hour, day of the month, month, day of the week");
    CHECK_STR(why("* * * * * *"), "more than five fields, from column 11 on");
    CHECK_STR(why("@reboot"), "of words there are @hourly, @daily, @weekly, @monthly and @yearly");
    CHECK_STR(why("99999999999999999999 * * * *"),
              "the minute (field 1, column 1) has 99999, which is not within 0 and 59");
    CHECK_STR(why("0 0 1\n* * *"),
              "the day of the month (field 3, column 6) has \"\n*\", which is not understood there");
}

TEST(an_endless_expression_is_refused)
{
    char text[CRON_TEXT_MAX + 2];

    memset(text, ' ', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    CHECK_STR(why(text), "longer than 200 characters");
}

TEST(both_days_restricted_mean_either)
{
    struct cron either = parsed("0 9 1 * MON"), both = parsed("0 9 */2 * MON");

    CHECK(cron_day_fits(&either, civil_days(2027, 6, 1))); /* a Tuesday */
    CHECK(cron_day_fits(&either, civil_days(2027, 6, 7))); /* a Monday */
    CHECK(!cron_day_fits(&either, civil_days(2027, 6, 8)));
    CHECK(!cron_day_fits(&both, civil_days(2027, 6, 1)));
    CHECK(cron_day_fits(&both, civil_days(2027, 6, 7)));
    CHECK(!cron_day_fits(&both, civil_days(2027, 6, 14)));
}

TEST(the_calendar_is_that_of_the_library)
{
    for (int64_t days = -800000; days < 2200000; days += 17) {
        time_t t = (time_t)(days * DAY_S);
        struct civil c = civil_of(days);
        struct tm tm;

        gmtime_r(&t, &tm);
        if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday ||
            civil_weekday(days) != tm.tm_wday || civil_days(c.year, c.month, c.day) != days) {
            test_failed(__FILE__, __LINE__, "day %lld", (long long)days);
            return;
        }
    }
}
