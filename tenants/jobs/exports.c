#include <stdlib.h>

#include "base/must.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "lifecycle/lifecycle.h"
#include "obs/obs.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define LOOK_US     1000000
#define SWEEP_EVERY 60 /* looks */

/* Makes the exports that were asked for, one at a time on each worker's thread, page by page: a large one delays no
 * job, it only takes a connection of the pool for a statement now and then. */
struct jobs_exports {
    struct jobs_conf conf;
    bool stopping, running;
    unsigned look;
};

static enum err make(struct jobs_exports *x, const struct lifecycle_claim *claim)
{
    struct scope *sc = scope_new();
    enum err e;

    sc->db = x->conf.work;
    sc->actor = ACTOR_SYSTEM;
    sc->tenant = (struct tenant){true, true, claim->partner_id, claim->customer_id, false, {{0}}};
    e = lifecycle_export_make(sc, &claim->export_id, &x->stopping);
    if (e != OK) {
        log_fault(LOG_WARN, "jobs", sc, "an export could not be made");
        scope_clear(sc);
        db_rollback(sc);
        if (lifecycle_export_fail(sc, &claim->export_id,
                                  e == ERR_CANCELLED ? NULL : "it could not be made; ask for it again") != OK)
            log_fault(LOG_WARN, "jobs", sc, "nor could that be noted");
    }
    db_rollback(sc);
    scope_free(sc);
    return e;
}

static enum err step(struct scope *sc, struct jobs_exports *x)
{
    struct lifecycle_claim claim;
    bool found = true;

    if (x->look++ % SWEEP_EVERY == 0)
        TRY(sc, lifecycle_export_sweep(sc));
    while (!x->stopping && found) {
        TRY(sc, lifecycle_export_claim(sc, &claim, &found));
        if (found)
            (void)make(x, &claim);
    }
    return OK;
}

static void exports_fiber(void *arg)
{
    struct jobs_exports *x = arg;

    while (!x->stopping) {
        struct scope *sc = scope_new();

        sc->db = x->conf.dispatch;
        if (step(sc, x) != OK)
            log_fault(LOG_WARN, "jobs", sc, "exports could not be looked for");
        db_rollback(sc);
        scope_free(sc);
        fiber_sleep_us(LOOK_US);
    }
    x->running = false;
}

struct jobs_exports *jobs_exports_open(const struct jobs_conf *conf)
{
    struct jobs_exports *x = calloc(1, sizeof(*x));

    if (!x)
        out_of_memory();
    x->conf = *conf;
    x->running = true;
    MUST_BE(fiber_start(exports_fiber, x));
    return x;
}

void jobs_exports_stop(struct jobs_exports *x)
{
    x->stopping = true;
}

bool jobs_exports_running(const struct jobs_exports *x)
{
    return x->running;
}

void jobs_exports_close(struct jobs_exports *x)
{
    free(x);
}
