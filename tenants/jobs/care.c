#include <stdlib.h>

#include "base/must.h"
#include "care/care.h"
#include "connect/connect.h"
#include "db/db.h"
#include "jobs/jobs_int.h"
#include "obs/obs.h"
#include "sys/fiber.h"

/* Connections that a look is due at, or that somebody wants checked. Every worker looks: a look locks what it looks at,
 * and a check is claimed. */

#define TICK_US    INT64_C(1000000)
#define MOST       100
#define ANEW_EVERY 60 /* ticks */
#define CHECKS     4  /* at once */

struct jobs_care {
    struct jobs_conf conf;
    bool stopping;
    unsigned tick, fibers, checks;
};

struct checking {
    struct jobs_care *c;
    struct scope *sc; /* its own */
    struct care_due of;
    enum err (*run)(struct scope *sc, const struct care_due *of);
};

static struct scope *as_worker(const struct jobs_care *c, const struct uuid *partner, const struct uuid *customer)
{
    struct scope *sc = scope_new();

    sc->db = c->conf.work;
    sc->tenant = (struct tenant){true, true, *partner, *customer};
    sc->actor = ACTOR_SYSTEM;
    return sc;
}

static void look(const struct jobs_care *c, const struct care_customer *of)
{
    struct scope *sc = as_worker(c, &of->partner_id, &of->customer_id);

    if (care_look(sc) != OK)
        log_fault(LOG_WARN, "jobs", sc, "a look at connections failed");
    db_rollback(sc);
    scope_free(sc);
}

static void check_fiber(void *arg)
{
    struct checking *k = arg;
    struct jobs_care *c = k->c;
    struct scope *sc = k->sc;

    if (k->run(sc, &k->of) != OK)
        log_fault(LOG_WARN, "jobs", sc, "a look at a connection failed");
    db_rollback(sc);
    scope_free(sc);
    c->checks--;
    c->fibers--;
}

static void check_start(struct jobs_care *c, const struct care_due *of,
                        enum err (*run)(struct scope *, const struct care_due *))
{
    struct scope *sc = as_worker(c, &of->partner_id, &of->customer_id);
    struct checking *k = ARENA_NEW(sc->arena, struct checking);

    *k = (struct checking){c, sc, *of, run};
    if (!fiber_start(check_fiber, k)) {
        scope_free(sc);
        return;
    }
    c->checks++;
    c->fibers++;
}

static enum err ask(struct scope *sc, struct jobs_care *c, struct care_customer **v, size_t *n)
{
    struct care_due *checks, *keeps;
    size_t check_count = 0, keep_count = 0;

    TRY(sc, care_due(sc, MOST, c->tick++ % ANEW_EVERY == 0, v, n));
    if (c->checks < CHECKS)
        TRY(sc, care_checks_due(sc, CHECKS - c->checks, &checks, &check_count));
    if (c->checks + check_count < CHECKS)
        TRY(sc, care_keeps_due(sc, CHECKS - c->checks - check_count, &keeps, &keep_count));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < check_count && !c->stopping; i++)
        check_start(c, &checks[i], care_check_run);
    for (size_t i = 0; i < keep_count && !c->stopping; i++)
        check_start(c, &keeps[i], care_keep_run);
    return OK;
}

static void tick(struct jobs_care *c)
{
    struct scope *sc = scope_new();
    struct care_customer *v = NULL;
    size_t n = 0;

    sc->db = c->conf.dispatch;
    if (ask(sc, c, &v, &n) != OK)
        log_fault(LOG_WARN, "jobs", sc, "which connections are to be looked at could not be learned");
    db_rollback(sc);
    for (size_t i = 0; i < n && !c->stopping; i++)
        look(c, &v[i]);
    scope_free(sc);
}

static void care_fiber(void *arg)
{
    struct jobs_care *c = arg;

    while (!c->stopping) {
        tick(c);
        connect_calls_write(c->conf.work, false);
        fiber_sleep_us(TICK_US);
    }
    connect_calls_write(c->conf.work, true);
    c->fibers--;
}

/* As long as anything is called: work that has begun ends after this room has. */
static void places_fiber(void *arg)
{
    struct jobs_care *c = arg;

    while (connect_places_renew() || !c->stopping)
        fiber_sleep_us(TICK_US);
    c->fibers--;
}

struct jobs_care *jobs_care_open(const struct jobs_conf *conf)
{
    struct jobs_care *c = calloc(1, sizeof(*c));

    if (!c)
        out_of_memory();
    c->conf = *conf;
    c->fibers = 2;
    MUST_BE(fiber_start(care_fiber, c));
    MUST_BE(fiber_start(places_fiber, c));
    return c;
}

void jobs_care_stop(struct jobs_care *c)
{
    c->stopping = true;
}

bool jobs_care_running(const struct jobs_care *c)
{
    return c->fibers > 0;
}

void jobs_care_close(struct jobs_care *c)
{
    free(c);
}
