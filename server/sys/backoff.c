#include "sys/backoff.h"

#define STEP_US       INT64_C(100000)
#define SERVED_MOST   INT64_C(800000)
#define UNSERVED_MOST INT64_C(10000000)
#define ROW_MAX       16

int64_t backoff_delay_us(struct backoff *b, int64_t now_us, bool served)
{
    int64_t most = served ? SERVED_MOST : UNSERVED_MOST;
    int64_t delay;

    if (b->row && now_us - b->last_us >= BACKOFF_WINDOW_US)
        b->row = 0;
    b->last_us = now_us;
    if (b->row < ROW_MAX)
        b->row++;
    if (served && b->row == 1)
        return 0;
    delay = STEP_US << (b->row - (served ? 2 : 1));
    return delay < most ? delay : most;
}

void backoff_alert_note(struct backoff_alert *a, int64_t now_us)
{
    a->ends_us[a->count % BACKOFF_ALERT_ENDS] = now_us;
    a->count++;
}

bool backoff_alert_is_on(const struct backoff_alert *a, int64_t now_us)
{
    /* The next to be overwritten is the oldest. */
    return a->count >= BACKOFF_ALERT_ENDS && now_us - a->ends_us[a->count % BACKOFF_ALERT_ENDS] < BACKOFF_WINDOW_US;
}
