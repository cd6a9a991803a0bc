#include <stdlib.h>

#include "base/must.h"
#include "jobs/jobs.h"
#include "sys/fiber.h"
#include "watch/watch.h"

#define TICK_US 500000

struct jobs_learner {
    struct jobs_conf conf;
    const struct jobs *of;
    bool stopping, running;
};

static void save(struct jobs_learner *l, int64_t for_us, size_t most)
{
    struct scope *sc = scope_new();

    sc->db = l->conf.work;
    watch_thread_save(sc, for_us, most);
    scope_free(sc);
}

static void learner_fiber(void *arg)
{
    struct jobs_learner *l = arg;

    while (!l->stopping || jobs_running(l->of)) {
        save(l, WATCH_SHOW_US, WATCH_SHOW_MAX);
        fiber_sleep_us(TICK_US);
    }
    save(l, 0, WATCH_SHAPES_MAX);
    l->running = false;
}

struct jobs_learner *jobs_learner_open(const struct jobs_conf *conf, const struct jobs *of)
{
    struct jobs_learner *l = calloc(1, sizeof(*l));

    if (!l)
        out_of_memory();
    l->conf = *conf;
    l->of = of;
    l->running = true;
    MUST_BE(fiber_start(learner_fiber, l));
    return l;
}

void jobs_learner_stop(struct jobs_learner *l)
{
    l->stopping = true;
}

bool jobs_learner_running(const struct jobs_learner *l)
{
    return l->running;
}

void jobs_learner_close(struct jobs_learner *l)
{
    free(l);
}
