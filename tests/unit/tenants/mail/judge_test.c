#include "kit/test.h"
#include "mail/mail_int.h"

#define DAY_US (INT64_C(86400) * 1000000)

TEST(what_a_relay_has_taken_is_sent)
{
    CHECK_STR(mail_judge(OK, 1, 0).state, "sent");
    CHECK_INT(mail_judge(OK, 1, 0).delay_us, 0);
    CHECK_STR(mail_judge(OK, 9, 2 * DAY_US).state, "sent");
}

TEST(a_refusal_is_final)
{
    static const enum err final[] = {ERR_UPSTREAM_NO, ERR_INVALID, ERR_TOO_LARGE, ERR_NOT_FOUND};

    for (size_t i = 0; i < ARRAY_LEN(final); i++) {
        CHECK_STR(mail_judge(final[i], 1, 0).state, "failed");
        CHECK_INT(mail_judge(final[i], 1, 0).delay_us, 0);
    }
}

TEST(what_may_pass_is_tried_again_for_a_day)
{
    static const enum err passing[] = {ERR_UPSTREAM_BUSY, ERR_UPSTREAM_AUTH, ERR_UNAVAILABLE, ERR_TIMEOUT,
                                       ERR_LIMIT,         ERR_FORBIDDEN,     ERR_INTERNAL};

    for (size_t i = 0; i < ARRAY_LEN(passing); i++) {
        CHECK_STR(mail_judge(passing[i], 1, DAY_US - 1).state, "queued");
        CHECK(mail_judge(passing[i], 1, DAY_US - 1).delay_us > 0);
        CHECK_STR(mail_judge(passing[i], 1, DAY_US).state, "dead");
        CHECK_INT(mail_judge(passing[i], 1, DAY_US).delay_us, 0);
    }
}

TEST(the_wait_doubles_up_to_half_an_hour_and_differs)
{
    int64_t first = mail_judge(ERR_UNAVAILABLE, 1, 0).delay_us;
    bool differ = false;

    for (int32_t n = 1; n < 40; n++) {
        int64_t most = n < 10 ? INT64_C(5000000) << (n - 1) : INT64_C(1800000000);
        int64_t us = mail_judge(ERR_UNAVAILABLE, n, 0).delay_us;

        if (most > INT64_C(1800000000))
            most = INT64_C(1800000000);
        CHECK(us <= most && us >= most / 4 * 3);
        differ |= mail_judge(ERR_UNAVAILABLE, 1, 0).delay_us != first;
    }
    CHECK(differ);
}

TEST(a_lost_answer_is_repeated_twice_and_then_left_unknown)
{
    CHECK_STR(mail_judge(ERR_UPSTREAM_UNKNOWN, 1, 0).state, "unknown");
    CHECK_INT(mail_judge(ERR_UPSTREAM_UNKNOWN, 1, 0).delay_us, INT64_C(600000000));
    CHECK_INT(mail_judge(ERR_UPSTREAM_UNKNOWN, 2, 0).delay_us, INT64_C(600000000));
    CHECK_INT(mail_judge(ERR_UPSTREAM_UNKNOWN, 3, 0).delay_us, 0);
    CHECK_INT(mail_judge(ERR_UPSTREAM_UNKNOWN, 1, DAY_US).delay_us, 0);
}
