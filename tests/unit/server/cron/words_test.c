#include "kit/test.h"

#include "base/timefmt.h"
#include "cron/cron_int.h"

static const char *words(const char *text)
{
    const char *said = NULL;
    struct cron c = {0};

    if (!cron_parse(test_scope()->arena, str_of(text), &c, &said))
        return said;
    return cron_words(test_scope()->arena, &c, zone_find(STR("UTC")));
}

static const char *change(const char *text, const char *zone, const char *after)
{
    const char *said = NULL;
    struct cron c = {0};
    int64_t us = 0;

    CHECK(time_parse(str_of(after), &us));
    if (!cron_parse(test_scope()->arena, str_of(text), &c, &said))
        return said;
    return cron_change_words(test_scope()->arena, &c, zone_find(str_of(zone)), us, &us);
}

TEST(common_shapes_are_told_as_people_say_them)
{
    CHECK_STR(words("30 6 * * MON-FRI"), "every weekday at 06:30 (UTC)");
    CHECK_STR(words("@daily"), "every day at 00:00 (UTC)");
    CHECK_STR(words("@hourly"), "every hour (UTC)");
    CHECK_STR(words("@weekly"), "every Sunday at 00:00 (UTC)");
    CHECK_STR(words("@monthly"), "on day 1 of the month at 00:00 (UTC)");
    CHECK_STR(words("@yearly"), "on day 1 of January at 00:00 (UTC)");
    CHECK_STR(words("* * * * *"), "every minute (UTC)");
    CHECK_STR(words("*/15 * * * *"), "every 15 minutes (UTC)");
    CHECK_STR(words("0 */2 * * *"), "every 2 hours (UTC)");
    CHECK_STR(words("30 * * * *"), "at minute 30 of every hour (UTC)");
    CHECK_STR(words("0 6,12,18 * * *"), "every day at 06:00, 12:00 and 18:00 (UTC)");
    CHECK_STR(words("*/15 9-17 * * MON-FRI"), "every 15 minutes of the hours 9 to 17, every weekday (UTC)");
    CHECK_STR(words("0 7 * * SAT,SUN"), "every Saturday and Sunday at 07:00 (UTC)");
    CHECK_STR(words("0 7 * * 1,3,5"), "every Monday, Wednesday and Friday at 07:00 (UTC)");
    CHECK_STR(words("0 7 L * *"), "on the last day of the month at 07:00 (UTC)");
    CHECK_STR(words("0 7 LW 3,6,9,12 *"), "on the last weekday of March, June, September and December at 07:00 (UTC)");
    CHECK_STR(words("0 7 15W * *"), "on the weekday nearest to day 15 of the month at 07:00 (UTC)");
    CHECK_STR(words("0 7 * * FRI#2"), "on the second Friday of the month at 07:00 (UTC)");
    CHECK_STR(words("0 7 * 12 FRIL"), "on the last Friday of December at 07:00 (UTC)");
    CHECK_STR(words("0 7 * 6-8 *"), "every day in June to August at 07:00 (UTC)");
    CHECK_STR(words("0 7 * 6-8 MON"), "every Monday in June to August at 07:00 (UTC)");
}

TEST(whatever_else_is_read_out)
{
    CHECK_STR(words("3,7 1,5,9,11 * * *"), "at minutes 3 and 7 of the hours 1, 5, 9 and 11 (UTC)");
    CHECK_STR(words("*/7 * * * *"), "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour (UTC)");
    CHECK_STR(words("0-20/10,30-35 4 * * *"), "at minutes 0, 10, 20 and 30 to 35 of hour 4 (UTC)");
    CHECK_STR(words("*/5 */3 * * *"), "every 5 minutes of every 3rd hour from 00 on (UTC)");
    CHECK_STR(words("0 9 1 * MON"), "on day 1 of the month, and also every Monday at 09:00 (UTC)");
    CHECK_STR(words("0 9 */10 * MON"),
              "on days 1, 11, 21 and 31 of the month, where that is also every Monday at 09:00 (UTC)");
}

TEST(a_change_of_the_clock_is_told_for_the_expression)
{
    CHECK_STR(change("30 2 * * *", "Europe/Berlin", "2026-11-30T00:00:00Z"),
              "on 28 March 2027 02:30 does not exist in Europe/Berlin: it runs at 03:00 instead");
    CHECK_STR(change("15,45 2 * * *", "Europe/Berlin", "2026-11-30T00:00:00Z"),
              "on 28 March 2027 02:15 and 02:45 do not exist in Europe/Berlin: it runs once at 03:00 instead");
    CHECK_STR(
        change("0-59/5 2 * * *", "Europe/Berlin", "2026-11-30T00:00:00Z"),
        "on 28 March 2027 12 times from 02:00 to 02:55 do not exist in Europe/Berlin: it runs once at 03:00 instead");
    CHECK_STR(change("30 2 * * *", "Europe/Berlin", "2027-06-01T00:00:00Z"),
              "on 31 October 2027 02:30 comes twice in Europe/Berlin: it runs the first time only");
    CHECK_STR(change("*/30 * * * *", "Europe/Berlin", "2027-06-01T00:00:00Z"),
              "on 31 October 2027 02:00 and 02:30 come twice in Europe/Berlin: it runs both times");
    CHECK_STR(change("0 * * * *", "Europe/Berlin", "2026-11-30T00:00:00Z"),
              "on 28 March 2027 02:00 does not exist in Europe/Berlin: it is left out");
    CHECK_STR(change("30 6 * * *", "Europe/Berlin", "2026-11-30T00:00:00Z"),
              "on 28 March 2027 the clock in Europe/Berlin goes from 02:00 to 03:00, which moves nothing");
    CHECK_STR(change("0 12 * * *", "Pacific/Apia", "2011-12-01T00:00:00Z"),
              "on 30 December 2011 12:00 does not exist in Pacific/Apia: it runs at 00:00 on 31 December 2011 instead");
    CHECK_STR(change("0 12 * * *", "Asia/Kathmandu", "2027-12-01T00:00:00Z"),
              "no change of the clock in Asia/Kathmandu is known for the next year and a half");
}

/* Told of what brute force shows: that the sentences and cron_next agree. */
TEST(the_sentence_says_what_next_does)
{
    struct arena *a = test_scope()->arena;
    const struct zone *z = zone_find(STR("Europe/Berlin"));
    int64_t at = 0, us = 0;
    const char *said;
    struct cron c;

    CHECK(cron_parse(a, STR("30 2 * * *"), &c, &said));
    CHECK(time_parse(STR("2026-11-30T00:00:00Z"), &us));
    (void)cron_change_words(a, &c, z, us, &at);
    CHECK(cron_next(&c, z, at - 1, &us));
    CHECK_INT(us, at); /* 03:00 is the instant of the change itself */
    (void)cron_change_words(a, &c, z, at, &at);
    CHECK(cron_next(&c, z, at - 1, &us));
    CHECK(us - at > INT64_C(20) * 3600 * 1000000); /* the second 02:30 is none: the next is the next day's */
}
