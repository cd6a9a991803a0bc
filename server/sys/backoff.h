#pragma once

#include <stdbool.h>
#include <stdint.h>

/* backoff: when to start again what has ended unasked, and when that happens so often that a person must know. Pure:
 * the clock is the caller's. */
#define BACKOFF_ALERT_ENDS 3
#define BACKOFF_WINDOW_US  (INT64_C(60) * 1000000)

struct backoff { /* of one place; zero at first */
    unsigned row;
    int64_t last_us;
};

/* After an end: how long to wait. What has served comes back at once the first time and always within a second; what
 * never came up waits longer each time. A minute without an end forgets the row. */
int64_t backoff_delay_us(struct backoff *b, int64_t now_us, bool served);

struct backoff_alert { /* of a server; zero at first */
    int64_t ends_us[BACKOFF_ALERT_ENDS];
    unsigned count;
};

void backoff_alert_note(struct backoff_alert *a, int64_t now_us);
bool backoff_alert_is_on(const struct backoff_alert *a, int64_t now_us); /* as many ends within the window */
