#include "kit/test.h"
#include "sys/backoff.h"

#define SECOND INT64_C(1000000)

TEST(what_has_served_comes_back_at_once_and_then_always_within_a_second)
{
    struct backoff b = {0};
    int64_t now = 5 * SECOND, last = 0;

    CHECK_INT(backoff_delay_us(&b, now, true), 0);
    for (int i = 0; i < 40; i++) {
        int64_t delay = backoff_delay_us(&b, now += SECOND, true);

        CHECK(delay > 0 && delay >= last && delay < SECOND);
        last = delay;
    }
}

TEST(what_never_came_up_waits_longer_each_time_up_to_ten_seconds)
{
    struct backoff b = {0};
    int64_t now = 5 * SECOND;

    CHECK_INT(backoff_delay_us(&b, now, false), 100000);
    CHECK_INT(backoff_delay_us(&b, now, false), 200000);
    CHECK_INT(backoff_delay_us(&b, now, false), 400000);
    for (int i = 0; i < 40; i++)
        CHECK(backoff_delay_us(&b, now, false) <= 10 * SECOND);
    CHECK_INT(backoff_delay_us(&b, now, false), 10 * SECOND);
}

TEST(a_minute_without_an_end_forgets_the_row)
{
    struct backoff b = {0};

    CHECK_INT(backoff_delay_us(&b, SECOND, true), 0);
    CHECK(backoff_delay_us(&b, 2 * SECOND, true) > 0);
    CHECK(backoff_delay_us(&b, 61 * SECOND, true) > 0);
    CHECK_INT(backoff_delay_us(&b, 121 * SECOND, true), 0);
}

TEST(three_ends_within_a_minute_raise_the_alert_until_they_are_older)
{
    struct backoff_alert a = {0};

    backoff_alert_note(&a, 0);
    backoff_alert_note(&a, 59 * SECOND);
    CHECK(!backoff_alert_is_on(&a, 59 * SECOND));
    backoff_alert_note(&a, 60 * SECOND);
    CHECK(!backoff_alert_is_on(&a, 60 * SECOND)); /* the first is a minute old */
    backoff_alert_note(&a, 61 * SECOND);
    CHECK(backoff_alert_is_on(&a, 61 * SECOND));
    CHECK(backoff_alert_is_on(&a, 118 * SECOND));
    CHECK(!backoff_alert_is_on(&a, 119 * SECOND));
}
