#include "base/timefmt.h"
#include "jobs/jobs_int.h"
#include "kit/test.h"

#define SECOND INT64_C(1000000)

static struct flow_job given_job(void)
{
    return (struct flow_job){.epoch = 7, .attempts = 3, .deadline_us = time_boot_us() + 3600 * SECOND};
}

static struct flow_result judge(enum err e, const struct flow_job *job, int retry_after_s)
{
    struct scope *sc = test_scope();
    struct flow_result r = {0};

    scope_clear(sc);
    if (e != OK) {
        CHECK_ERR(FAIL(sc, e, "the reason"), e);
        scope_retry_after(sc, retry_after_s);
    }
    jobs_judge(sc, e, job, &r);
    CHECK_INT(r.epoch, 7);
    CHECK_INT(r.n, 3);
    CHECK_STR(r.outcome, err_info(e)->name);
    return r;
}

TEST(every_failure_has_its_fate)
{
    static const struct {
        enum err e;
        const char *state;
    } cases[] = {
        {ERR_HOLD, "held"},           {ERR_UPSTREAM_NO, "held"},       {ERR_UPSTREAM_BUSY, "ready"},
        {ERR_UPSTREAM_AUTH, "ready"}, {ERR_UPSTREAM_UNKNOWN, "ready"}, {ERR_UNAVAILABLE, "ready"},
        {ERR_TIMEOUT, "ready"},       {ERR_FENCED, "ready"},
    };
    struct flow_job job = given_job();

    CHECK_STR(judge(OK, &job, 0).state, "done");
    CHECK(!judge(OK, &job, 0).reason);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct flow_result r = judge(cases[i].e, &job, 0);

        CHECK_STR(r.state, cases[i].state);
        CHECK_STR(r.reason, "the reason");
        CHECK((r.delay_us > 0) == (strcmp(r.state, "ready") == 0));
    }
}

/* What is done takes the place of the older ones that are held; this one does not. */
TEST(a_delivery_of_which_a_newer_one_is_known_is_cancelled)
{
    struct flow_job job = given_job();
    struct flow_result r;

    job.superseded = true;
    r = judge(OK, &job, 0);
    CHECK_STR(r.state, "cancelled");
    CHECK_STR(r.reason, "a newer version of the record is known already");
}

TEST(the_wait_doubles_up_to_a_minute)
{
    struct flow_job job = given_job();

    for (int attempts = 0; attempts < 40; attempts++) {
        int64_t full = attempts < 8 ? 250000 << attempts : 60 * SECOND;
        struct flow_result r = {0};

        job.attempts = attempts;
        jobs_judge(test_scope(), ERR_UNAVAILABLE, &job, &r);
        CHECK(r.delay_us <= full && r.delay_us >= full - full / 4);
    }
}

TEST(who_knows_when_to_come_back_is_heard)
{
    struct flow_job job = given_job();

    CHECK_INT(judge(ERR_UPSTREAM_BUSY, &job, 30).delay_us, 30 * SECOND);
    job.retry_us = 123;
    CHECK_INT(judge(ERR_UPSTREAM_BUSY, &job, 30).delay_us, 123);
}

TEST(past_its_deadline_a_job_is_dead_and_a_held_one_waits_on)
{
    struct flow_job job = given_job();

    job.deadline_us = time_boot_us() - 1;
    CHECK_STR(judge(ERR_UPSTREAM_BUSY, &job, 0).state, "dead");
    CHECK_STR(judge(ERR_HOLD, &job, 0).state, "held");
    CHECK_STR(judge(OK, &job, 0).state, "done");
}
