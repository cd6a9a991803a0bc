#include <stdlib.h>

#include "backtest/backtest.h"
#include "base/must.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "obs/obs.h"
#include "sys/fiber.h"

#define LOOK_US 500000

/* Runs the backtests that were asked for, one at a time: the evaluation is another process's, here is a statement for
 * each page of messages. */
struct jobs_backtests {
    struct jobs_conf conf;
    bool stopping, running;
};

static void make(struct jobs_backtests *b, const struct backtest_claim *claim)
{
    struct scope *sc = scope_new();

    sc->db = b->conf.work;
    sc->actor = ACTOR_SYSTEM;
    sc->tenant = (struct tenant){true, true, claim->partner_id, claim->customer_id, false, {{0}}};
    if (backtest_make(sc, claim, &b->stopping) != OK)
        log_fault(LOG_WARN, "jobs", sc, "the end of a backtest could not be noted");
    db_rollback(sc);
    scope_free(sc);
}

static enum err step(struct scope *sc, struct jobs_backtests *b)
{
    struct backtest_claim claim;
    bool found = true;

    while (!b->stopping && found) {
        TRY(sc, backtest_claim(sc, &claim, &found));
        if (found)
            make(b, &claim);
    }
    return OK;
}

static void backtests_fiber(void *arg)
{
    struct jobs_backtests *b = arg;

    while (!b->stopping) {
        struct scope *sc = scope_new();

        sc->db = b->conf.dispatch;
        if (step(sc, b) != OK)
            log_fault(LOG_WARN, "jobs", sc, "backtests could not be looked for");
        db_rollback(sc);
        scope_free(sc);
        fiber_sleep_us(LOOK_US);
    }
    b->running = false;
}

struct jobs_backtests *jobs_backtests_open(const struct jobs_conf *conf)
{
    struct jobs_backtests *b = calloc(1, sizeof(*b));

    if (!b)
        out_of_memory();
    b->conf = *conf;
    b->running = true;
    MUST_BE(fiber_start(backtests_fiber, b));
    return b;
}

void jobs_backtests_stop(struct jobs_backtests *b)
{
    b->stopping = true;
}

bool jobs_backtests_running(const struct jobs_backtests *b)
{
    return b->running;
}

void jobs_backtests_close(struct jobs_backtests *b)
{
    free(b);
}
