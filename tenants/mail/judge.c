#include "mail/mail_int.h"

#define FIRST_US    INT64_C(5000000)
#define MOST_US     (INT64_C(1800) * 1000000)
#define GIVE_UP_US  (INT64_C(86400) * 1000000)
#define REPEAT_US   (INT64_C(600) * 1000000)
#define REPEATS_MAX 3 /* tries in all of one whose answer was lost */

/* Doubling, capped, with the last quarter drawn at random so that many do not come back at once. */
static int64_t backoff_us(int32_t attempts)
{
    int64_t us = FIRST_US << (attempts < 10 ? attempts - (attempts > 0) : 9);
    struct uuid random = uuid_new();

    us = us < MOST_US ? us : MOST_US;
    return us - us / 4 * random.b[15] / 256;
}

struct mail_verdict mail_judge(enum err e, int32_t attempts, int64_t age_us)
{
    switch (e) {
    case OK:
        return (struct mail_verdict){"sent", 0};
    case ERR_UPSTREAM_UNKNOWN: /* it may have been taken: a few repeats, far apart, which a mailbox can drop */
        return (struct mail_verdict){"unknown", attempts < REPEATS_MAX && age_us < GIVE_UP_US ? REPEAT_US : 0};
    case ERR_UPSTREAM_NO:
    case ERR_INVALID:
    case ERR_TOO_LARGE:
    case ERR_NOT_FOUND:
        return (struct mail_verdict){"failed", 0};
    default:
        if (age_us >= GIVE_UP_US)
            return (struct mail_verdict){"dead", 0};
        return (struct mail_verdict){"queued", backoff_us(attempts)};
    }
}
