#include "kit/test.h"

#include <stdlib.h>
#include <time.h>

#include "base/timefmt.h"

#define S INT64_C(1000000)

static const struct {
    const char *text;
    int64_t us;
} valid[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1985-04-12T23:20:50.52Z", 482196050520000},        /* RFC 3339 section 5.8 */
    {"1996-12-19T16:39:57-08:00", 851042397 * S},        /* the same */
    {"1990-12-31T23:59:60Z", 662688000 * S},             /* the same */
    {"1990-12-31T15:59:60-08:00", 662688000 * S},        /* the same */
    {"1937-01-01T12:00:27.87+00:20", -1041337172130000}, /* the same */
    {"1969-12-31T23:59:59.999999Z", -1},
    {"2000-02-29t00:00:00z", 951782400 * S},
    {"2026-11-23 10:00:00Z", 1795428000 * S},
    {"2026-11-23T10:00:00.1Z", 1795428000 * S + 100000},
    {"2026-11-23T10:00:00.123456789Z", 1795428000 * S + 123456},
    {"2026-11-23T10:00:00-00:00", 1795428000 * S},
    {"2026-11-23T10:00:00+23:59", 1795428000 * S - 86340 * S},
    {"0001-01-01T00:00:00Z", -62135596800 * S},
    {"9999-12-31T23:59:59.999999Z", 253402300800 * S - 1},
    {"2016-12-31T23:59:60.75Z", 1483228800 * S},
};

static const char *const invalid[] = {
    "",
    "2026-11-23",
    "2026-11-23T10:00:00", /* no zone */
    "2026-11-23T10:00Z",
    "2026-11-23T10:00:00.Z",
    "2026-11-23T10:00:00.1234567890Z",
    "2026-11-23T10:00:00,5Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T10:60:00Z",
    "2026-11-23T10:00:61Z",
    "2026-11-23T10:00:60Z", /* no leap second within a day */
    "2026-02-29T10:00:00Z",
    "1900-02-29T10:00:00Z",
    "2026-04-31T10:00:00Z",
    "2026-00-10T10:00:00Z",
    "2026-13-10T10:00:00Z",
    "2026-01-00T10:00:00Z",
    "2026-01-32T10:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+00:01", /* the year before year 1 */
    "9999-12-31T23:59:60Z",
    "9999-12-31T23:59:59-00:01",
    "2026-11-23T10:00:00+24:00",
    "2026-11-23T10:00:00+01:60",
    "2026-11-23T10:00:00+0100",
    "2026-11-23T10:00:00+01",
    "2026-11-23T10:00:00ZZ",
    "2026-11-23T10:00:00Z ",
    " 2026-11-23T10:00:00Z",
    "2026-11-23_10:00:00Z",
    "26-11-23T10:00:00Z",
    "2026-1-23T10:00:00Z",
    "+2026-11-23T10:00:00Z",
    "2026-11-23T-1:00:00Z",
};

TEST(rfc_3339_times_are_read)
{
    for (size_t i = 0; i < ARRAY_LEN(valid); i++) {
        int64_t us = 42;

        if (!time_parse(str_of(valid[i].text), &us) || us != valid[i].us)
            test_failed(__FILE__, __LINE__, "%s gave %lld, not %lld", valid[i].text, (long long)us,
                        (long long)valid[i].us);
    }
}

TEST(other_texts_are_refused_and_leave_the_output_alone)
{
    int64_t us = 42;

    for (size_t i = 0; i < ARRAY_LEN(invalid); i++)
        if (time_parse(str_of(invalid[i]), &us))
            test_failed(__FILE__, __LINE__, "\"%s\" was taken", invalid[i]);
    CHECK_INT(us, 42);
}

TEST(a_text_cut_anywhere_is_refused)
{
    const char *whole = "2026-11-23T10:00:00.123+01:30";
    int64_t us;

    for (size_t n = 0; n < strlen(whole); n++)
        CHECK(!time_parse((struct str){whole, n}, &us));
    CHECK(time_parse(str_of(whole), &us));
}

TEST(the_fraction_is_written_only_when_there_is_one)
{
    char text[TIME_TEXT_MAX];

    time_format(0, text);
    CHECK_STR(text, "1970-01-01T00:00:00Z");
    time_format(-1, text);
    CHECK_STR(text, "1969-12-31T23:59:59.999999Z");
    time_format(1, text);
    CHECK_STR(text, "1970-01-01T00:00:00.000001Z");
    time_format(253402300800 * S - 1, text);
    CHECK_STR(text, "9999-12-31T23:59:59.999999Z");
}

TEST(dates_agree_with_the_c_library_over_four_centuries)
{
    for (int64_t day = -100000; day < 150000; day += 13) {
        time_t s = day * 86400 + 86399;
        int year, month, date;
        struct tm tm;

        gmtime_r(&s, &tm);
        time_civil((int64_t)s * S + 999999, &year, &month, &date);
        if (year != tm.tm_year + 1900 || month != tm.tm_mon + 1 || date != tm.tm_mday)
            test_failed(__FILE__, __LINE__, "day %lld is wrong", (long long)day);
    }
}

TEST(what_is_written_is_read_back)
{
    srandom(7);
    for (int i = 0; i < 20000; i++) {
        int64_t us = (int64_t)(((uint64_t)random() << 31 | (uint64_t)random()) % 315537897600000000) - 62135596800 * S;
        char text[TIME_TEXT_MAX];
        int64_t back = 0;

        if (i % 2)
            us -= us % S;
        time_format(us, text);
        CHECK(time_parse(str_of(text), &back));
        CHECK_INT(back, us);
    }
}

TEST(now_is_now)
{
    int64_t s = time(NULL);

    CHECK(time_now_us() >= (s - 1) * S && time_now_us() <= (s + 60) * S);
}
