#include "base/timefmt.h"
#include "jobs/jobs_int.h"

#define BACKOFF_FIRST_US INT64_C(250000)
#define BACKOFF_MAX_US   INT64_C(60000000)
#define RECONNECT_US     INT64_C(60000000)
#define LOST_ANSWER_US   INT64_C(1000000)

/* Doubling, capped, with the last quarter drawn at random so that many do not come back at once. */
static int64_t backoff_us(int32_t attempts)
{
    int64_t us = BACKOFF_FIRST_US << (attempts < 9 ? attempts : 9);
    struct uuid random = uuid_new();

    us = us < BACKOFF_MAX_US ? us : BACKOFF_MAX_US;
    return us - us / 4 * random.b[15] / 256;
}

static int64_t delay_us(enum err e, const struct flow_job *job, int retry_after_s)
{
    if (job->retry_us)
        return job->retry_us;
    if (retry_after_s)
        return (int64_t)retry_after_s * 1000000;
    if (e == ERR_UPSTREAM_UNKNOWN) /* a question whose answer was lost: asking again is harmless */
        return LOST_ANSWER_US;
    return err_info(e)->fate == FATE_WAIT ? RECONNECT_US : backoff_us(job->attempts);
}

void jobs_judge(const struct scope *sc, enum err e, const struct flow_job *job, struct flow_result *out)
{
    const struct fault *f = scope_fault(sc);

    out->partner_id = job->partner_id;
    out->customer_id = job->customer_id;
    out->job_id = job->job_id;
    out->epoch = job->epoch;
    out->n = job->attempts;
    out->outcome = err_info(e)->name;
    out->delay_us = 0;
    if (e == OK) { /* what is done ends those of its key that were held before it */
        out->state = job->superseded ? "cancelled" : "done";
        out->reason = job->superseded ? "a newer version of the record is known already" : job->said;
        return;
    }
    out->reason = f->message ? f->message : err_info(e)->title;
    switch (err_info(e)->fate) {
    case FATE_REVIEW:
        out->state = "held";
        return;
    case FATE_DROP: /* fenced: the ledger refuses the number anyway */
    case FATE_RETRY:
    case FATE_WAIT:
    case FATE_PROBE:
        out->state = time_boot_us() > job->deadline_us ? "dead" : "ready";
        out->delay_us = delay_us(e, job, f->retry_after_s);
        return;
    }
}
