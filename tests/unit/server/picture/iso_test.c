#include "kit/test.h"

#include "picture/picture_int.h"

static int64_t ms(const char *text)
{
    int64_t out = -1;

    return picture_iso_read(str_of(text), &out) ? out : -1;
}

TEST(dates_and_moments_of_iso_8601_are_read)
{
    CHECK_INT(ms("2018"), 1514764800000);
    CHECK_INT(ms("2018-02"), 1517443200000);
    CHECK_INT(ms("2018-02-03"), 1517616000000);
    CHECK_INT(ms("2018-02-03Z"), 1517616000000);
    CHECK_INT(ms("2018-02-03T10:20:30"), 1517653230000);
    CHECK_INT(ms("2018-02-03T10:20:30.5Z"), 1517653230500);
    CHECK_INT(ms("2018-02-03T10:20:30.123987654321+01:00"), 1517649630123);
    CHECK_INT(ms("2018-02-03T10:20:30-0530"), 1517673030000);
    CHECK_INT(ms("2018-02-03T24:00:00Z"), ms("2018-02-04"));
    CHECK_INT(ms("2018T10:20:30Z"), 1514802030000);
    CHECK_INT(ms("2018-02-30"), ms("2018-03-02"));
}

TEST(what_is_not_iso_8601_is_refused)
{
    static const char *const texts[] = {
        "",
        "18",
        "2018-13",
        "2018-02-32",
        "2018-02-00",
        "2018-2-3",
        "2018.5",
        "2018-02-03 10",
        "2018-02-03T10:20",
        "2018-02-03T25:00:00Z",
        "2018-05:30",
        "2018-02-03 ",
        "2018-02-03+0100",
        "2018-02-03T24:00:01",
        "2018-02-03T10:20:30+24:00",
        "20180203",
        "2018-",
        "2018-02-03T",
        "+2018-02-03",
        "2018-02-03T10:20:30.Z",
        "2018-02-03T10:20:30z",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CHECK_INT(ms(texts[i]), -1);
}
