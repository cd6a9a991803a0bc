#include <stdlib.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "jobs/jobs_int.h"
#include "obs/obs.h"
#include "q_api.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define TICK_US      1000000
#define PAGE         1000
#define LATE_US      (INT64_C(3) * 1000000) /* due for so long and still ready: Redis may have lost it */
#define SWEEP_EVERY  5                      /* ticks */
#define SWEEP_PAGES  20
#define FORGET_EVERY 600
#define FORGET_MOST  10000
#define AWAY_TICKS   3
#define TELL_EVERY   5
#define COUNT_MOST   10000
#define SUMS_EVERY   60
#define SUMS_US      (INT64_C(3600) * 1000000)
#define SETTLED_US   (INT64_C(10) * 1000000)

struct jobs_clock {
    struct jobs_conf conf;
    bool stopping, running;
    unsigned tick;
    int64_t asked_us; /* when it last learned who is silent */
    int64_t slack_us, slack_until_us;
};

/* Announces what can be claimed and has been due for older_us, oldest first. */
static enum err announce(struct scope *sc, struct jobs_clock *c, int64_t older_us, unsigned pages)
{
    struct flow_position at = {0};
    struct flow_ticket *v;
    size_t n = 0;

    for (unsigned i = 0; i < pages && !at.end && !c->stopping; i++) {
        TRY(sc, ledger_due(sc, older_us, PAGE, &at, &v, &n));
        jobs_push(c->conf.queue, v, n);
    }
    return OK;
}

/* How long a dispatcher may be silent. A clock that was kept from asking (PostgreSQL away, the machine stopped) must
 * think that they were kept from beating, too: for a lease's time the gap is not held against them, and no job that is
 * under way is counted as lost. */
static int64_t silence_us(struct jobs_clock *c, int64_t now)
{
    int64_t gap = c->asked_us ? now - c->asked_us : 0;

    if (gap > AWAY_TICKS * TICK_US && gap > c->conf.lease_us / 2) {
        c->slack_us = gap;
        c->slack_until_us = now + c->conf.lease_us;
    }
    return c->conf.lease_us + (now < c->slack_until_us ? c->slack_us : 0);
}

static enum err give_back(struct scope *sc, struct jobs_clock *c)
{
    int64_t now = loop_now_us();
    struct flow_ticket *v;
    size_t n = 0;

    TRY(sc, ledger_reclaim(sc, silence_us(c, now), &v, &n));
    c->asked_us = now;
    if (n)
        LOG(LOG_WARN, "jobs", NULL, "jobs of a dispatcher that ended are ready again", LOG_N("jobs", n));
    return OK;
}

/* Everything Redis knew is gone: tell it all that is due now. What is due later is found by the sweep in its time. */
static enum err rebuild_if_lost(struct scope *sc, struct jobs_clock *c)
{
    bool lost = false;

    if (queue_epoch_check(sc, c->conf.queue, &lost) != OK) {
        scope_clear(sc);
        return OK; /* away: the dispatchers ask PostgreSQL meanwhile */
    }
    if (!lost)
        return OK;
    LOG(LOG_WARN, "jobs", NULL, "the queue was empty and is being told anew");
    TRY(sc, queue_epoch_set(sc, c->conf.queue)); /* first, so that a loss in between is seen, too */
    return announce(sc, c, 0, UINT32_MAX);
}

static enum err tell(struct scope *sc)
{
    struct flow_depths d;

    TRY(sc, ledger_depths(sc, COUNT_MOST, &d));
    metric_set_label(METRIC_JOBS_IN_STATE, "ready", d.ready);
    metric_set_label(METRIC_JOBS_IN_STATE, "held", d.held);
    metric_set_label(METRIC_JOBS_IN_STATE, "dead", d.dead);
    metric_set(METRIC_JOBS_OLDEST, d.oldest_us / 1000000);
    return OK;
}

/* Of what is old enough to be whole. */
static enum err add_up(struct scope *sc)
{
    int64_t now = time_now_us();
    struct flow_sums s;

    TRY(sc, ledger_sums(sc, now - SUMS_US, now - SETTLED_US, &s));
    metric_set_label(METRIC_CONSERVATION, "messages_lost", s.lost);
    metric_set_label(METRIC_CONSERVATION, "messages", flow_messages_gap(&s));
    metric_set_label(METRIC_CONSERVATION, "effects", flow_effects_gap(&s));
    metric_set_label(METRIC_CONSERVATION, "effects_unsettled", s.unsettled);
    if (s.lost || s.unsettled || flow_messages_gap(&s) || flow_effects_gap(&s))
        LOG(LOG_ERROR, "jobs", NULL, "the sums of the last hour do not add up: see tenonctl doctor",
            LOG_N("messages_lost", s.lost), LOG_N("effects_unsettled", s.unsettled));
    return OK;
}

/* Dispatchers that are gone, and answers that no repeated request may ask for any more. */
static enum err forget(struct scope *sc)
{
    struct q_idempotency_sweep_row row;

    TRY(sc, ledger_sweep(sc));
    TRY(sc, q_idempotency_sweep(sc, &(struct q_idempotency_sweep_in){.most = FORGET_MOST}, &row));
    return db_commit(sc);
}

static enum err tick(struct scope *sc, struct jobs_clock *c)
{
    TRY(sc, give_back(sc, c));
    TRY(sc, rebuild_if_lost(sc, c));
    if (c->tick % SWEEP_EVERY == 0)
        TRY(sc, announce(sc, c, LATE_US, SWEEP_PAGES));
    if (c->tick % TELL_EVERY == 0)
        TRY(sc, tell(sc));
    if (c->tick % SUMS_EVERY == SUMS_EVERY - 1)
        TRY(sc, add_up(sc));
    if (c->tick++ % FORGET_EVERY == 0)
        TRY(sc, forget(sc));
    return OK;
}

static void clock_fiber(void *arg)
{
    struct jobs_clock *c = arg;

    while (!c->stopping) {
        struct scope *sc = scope_new();

        sc->db = c->conf.dispatch;
        if (tick(sc, c) != OK)
            log_fault(LOG_WARN, "jobs", sc, "a tick of the clock failed");
        db_rollback(sc);
        scope_free(sc);
        fiber_sleep_us(TICK_US);
    }
    c->running = false;
}

struct jobs_clock *jobs_clock_open(const struct jobs_conf *conf)
{
    struct jobs_clock *c = calloc(1, sizeof(*c));

    if (!c)
        out_of_memory();
    c->conf = *conf;
    c->running = true;
    MUST_BE(fiber_start(clock_fiber, c));
    return c;
}

void jobs_clock_stop(struct jobs_clock *c)
{
    c->stopping = true;
}

bool jobs_clock_running(const struct jobs_clock *c)
{
    return c->running;
}

void jobs_clock_close(struct jobs_clock *c)
{
    free(c);
}
