#include "unit/tenants/flowdef/flowdef_kit.h"

static int64_t seconds(const char *text)
{
    int64_t us;

    return flowdef_span(str_of(text), &us) ? us / 1000000 : -1;
}

TEST(a_duration_is_whole_days_hours_minutes_and_seconds)
{
    CHECK_INT(seconds("P7D"), 7 * 86400);
    CHECK_INT(seconds("PT15M"), 900);
    CHECK_INT(seconds("PT1H30M"), 5400);
    CHECK_INT(seconds("P1DT12H5S"), 86400 + 12 * 3600 + 5);
    CHECK_INT(seconds("PT0S"), 0);
    CHECK_INT(seconds("P30D"), 30 * 86400);
}

TEST(what_is_none_is_refused)
{
    static const char *const wrong[] = {"",       "P",      "PT",   "P1",     "1D",      "P1M",
                                        "P1Y",    "P1W",    "PT1D", "P1H",    "P1DT",    "PT5",
                                        "PT1M1H", "PT1.5S", "P-1D", "P1D1D",  "PT1S ",   "p1d",
                                        "P31D",   "PTT1S",  "PD",   "PT1H1H", "P1DTT1H", "PT9999999999S"};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CHECK_INT(seconds(wrong[i]), -1);
    CHECK(!flowdef_span((struct str){"PT1\0", 4}, &(int64_t){0}));
}
