#include <stdlib.h>

#include "base/must.h"
#include "db/db.h"
#include "fresh/fresh.h"
#include "jobs/jobs_int.h"
#include "obs/obs.h"
#include "sys/fiber.h"

/* Feeds that a look or a sweep is due at. Every worker looks: a look locks what it looks at, and a sweep is claimed. */

#define TICK_US     INT64_C(1000000)
#define MOST        200
#define ANEW_EVERY  60 /* ticks */
#define COUNT_EVERY 10
#define SWEEPS      4 /* at once */
#define FETCHES     8 /* likewise: rounds of single things */

struct jobs_freshness {
    struct jobs_conf conf;
    bool stopping;
    unsigned tick, fibers, sweeps, fetches;
};

typedef enum err run_of_feed(struct scope *sc, const struct fresh_sweep *s, fresh_notify *notify, void *arg);

struct sweeping {
    struct jobs_freshness *f;
    struct scope *sc; /* its own */
    struct fresh_sweep of;
    run_of_feed *run;
    unsigned *count; /* of those like it */
};

static struct scope *as_worker(const struct jobs_freshness *f, const struct uuid *partner, const struct uuid *customer)
{
    struct scope *sc = scope_new();

    sc->db = f->conf.work;
    sc->tenant = (struct tenant){true, true, *partner, *customer};
    sc->actor = ACTOR_SYSTEM;
    return sc;
}

static void look(const struct jobs_freshness *f, const struct fresh_customer *c)
{
    struct scope *sc = as_worker(f, &c->partner_id, &c->customer_id);

    if (fresh_look(sc) != OK)
        log_fault(LOG_WARN, "jobs", sc, "a look at feeds failed");
    db_rollback(sc);
    scope_free(sc);
}

static void planned(void *arg, const struct flow_ticket *v, size_t n)
{
    const struct jobs_freshness *f = arg;

    jobs_push(f->conf.queue, v, n);
}

static void sweep_fiber(void *arg)
{
    struct sweeping *s = arg;
    struct jobs_freshness *f = s->f;
    struct scope *sc = s->sc;

    unsigned *count = s->count;

    if (s->run(sc, &s->of, planned, f) != OK)
        log_fault(LOG_WARN, "jobs", sc, "a source could not be asked");
    db_rollback(sc);
    scope_free(sc);
    --*count;
    f->fibers--;
}

static void sweep_start(struct jobs_freshness *f, const struct fresh_sweep *of, run_of_feed *run, unsigned *count)
{
    struct scope *sc = as_worker(f, &of->partner_id, &of->customer_id);
    struct sweeping *s = ARENA_NEW(sc->arena, struct sweeping);

    *s = (struct sweeping){f, sc, *of, run, count};
    s->of.object = arena_strdup(sc->arena, of->object);
    if (!fiber_start(sweep_fiber, s)) {
        scope_free(sc);
        return;
    }
    ++*count;
    f->fibers++;
}

static enum err count(struct scope *sc)
{
    int64_t late;

    TRY(sc, fresh_late_count(sc, &late));
    metric_set(METRIC_FEEDS_LATE, late);
    return OK;
}

static enum err ask(struct scope *sc, struct jobs_freshness *f, struct fresh_customer **v, size_t *n)
{
    struct fresh_sweep *sweeps, *wanted;
    size_t sweep_count = 0, wanted_count = 0;

    TRY(sc, fresh_due(sc, MOST, f->tick % ANEW_EVERY == 0, v, n));
    if (f->sweeps < SWEEPS)
        TRY(sc, fresh_sweeps_due(sc, SWEEPS - f->sweeps, &sweeps, &sweep_count));
    if (f->fetches < FETCHES)
        TRY(sc, fresh_wanted_due(sc, FETCHES - f->fetches, &wanted, &wanted_count));
    if (f->tick++ % COUNT_EVERY == 0)
        TRY(sc, count(sc));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < sweep_count && !f->stopping; i++)
        sweep_start(f, &sweeps[i], fresh_sweep_run, &f->sweeps);
    for (size_t i = 0; i < wanted_count && !f->stopping; i++)
        sweep_start(f, &wanted[i], fresh_wanted_run, &f->fetches);
    return OK;
}

static void tick(struct jobs_freshness *f)
{
    struct scope *sc = scope_new();
    struct fresh_customer *v = NULL;
    size_t n = 0;

    sc->db = f->conf.dispatch;
    if (ask(sc, f, &v, &n) != OK)
        log_fault(LOG_WARN, "jobs", sc, "which feeds are due could not be learned");
    db_rollback(sc);
    for (size_t i = 0; i < n && !f->stopping; i++)
        look(f, &v[i]);
    scope_free(sc);
}

static void freshness_fiber(void *arg)
{
    struct jobs_freshness *f = arg;

    while (!f->stopping) {
        tick(f);
        fiber_sleep_us(TICK_US);
    }
    f->fibers--;
}

struct jobs_freshness *jobs_freshness_open(const struct jobs_conf *conf)
{
    struct jobs_freshness *f = calloc(1, sizeof(*f));

    if (!f)
        out_of_memory();
    f->conf = *conf;
    f->fibers = 1;
    MUST_BE(fiber_start(freshness_fiber, f));
    return f;
}

void jobs_freshness_stop(struct jobs_freshness *f)
{
    f->stopping = true;
}

bool jobs_freshness_running(const struct jobs_freshness *f)
{
    return f->fibers > 0;
}

void jobs_freshness_close(struct jobs_freshness *f)
{
    free(f);
}
