#include <stdlib.h>

#include "base/must.h"
#include "db/db.h"
#include "flows/batches.h"
#include "jobs/jobs_int.h"
#include "obs/obs.h"
#include "sys/fiber.h"

/* Batches that were asked for: a page of each in turn, so that a long one delays no other. Every worker looks; the row
 * of a batch sees to it that one at a time goes on with it. */

#define LOOK_US 500000
#define MOST    50

struct jobs_batches {
    struct jobs_conf conf;
    bool stopping, running;
};

static void tell_queue(struct jobs_batches *b, struct scope *sc, const struct flows_batch_page *p)
{
    struct flow_ticket *tickets = ARENA_ARRAY(sc->arena, struct flow_ticket, p->n);

    for (size_t i = 0; i < p->n; i++)
        tickets[i] = (struct flow_ticket){sc->tenant.partner_id, sc->tenant.customer_id, p->v[i].job_id, p->v[i].lane};
    jobs_push(b->conf.queue, tickets, p->n);
}

/* Without the delay a batch that cannot go on would be tried without end. */
static void put_off(struct scope *sc, const struct uuid *batch_id)
{
    log_fault(LOG_WARN, "jobs", sc, "a batch of jobs could not go on");
    scope_clear(sc);
    db_rollback(sc);
    if (flows_batch_later(sc, batch_id) != OK)
        log_fault(LOG_WARN, "jobs", sc, "nor could that be noted");
}

static bool step(struct jobs_batches *b, const struct flows_batch_ticket *t)
{
    struct scope *sc = scope_new();
    struct flows_batch_page page = {0};

    sc->db = b->conf.work;
    sc->tenant = (struct tenant){true, true, t->partner_id, t->customer_id, false, {{0}}};
    sc->actor = ACTOR_SYSTEM;
    if (flows_batch_step(sc, &t->batch_id, &page) == OK)
        tell_queue(b, sc, &page);
    else
        put_off(sc, &t->batch_id);
    db_rollback(sc);
    scope_free(sc);
    return page.taken;
}

/* Whether a page was gone through, so that there may be another. */
static bool look(struct jobs_batches *b)
{
    struct scope *sc = scope_new();
    struct flows_batch_ticket *v;
    bool any = false;
    size_t n = 0;

    sc->db = b->conf.dispatch;
    if (flows_batches_due(sc, MOST, &v, &n) != OK || db_commit(sc) != OK) {
        log_fault(LOG_WARN, "jobs", sc, "which batches are due could not be learned");
        n = 0;
    }
    db_rollback(sc);
    for (size_t i = 0; i < n && !b->stopping; i++)
        any = step(b, &v[i]) || any;
    scope_free(sc);
    return any;
}

static void batches_fiber(void *arg)
{
    struct jobs_batches *b = arg;

    while (!b->stopping)
        if (!look(b))
            fiber_sleep_us(LOOK_US);
    b->running = false;
}

struct jobs_batches *jobs_batches_open(const struct jobs_conf *conf)
{
    struct jobs_batches *b = calloc(1, sizeof(*b));

    if (!b)
        out_of_memory();
    b->conf = *conf;
    b->running = true;
    MUST_BE(fiber_start(batches_fiber, b));
    return b;
}

void jobs_batches_stop(struct jobs_batches *b)
{
    b->stopping = true;
}

bool jobs_batches_running(const struct jobs_batches *b)
{
    return b->running;
}

void jobs_batches_close(struct jobs_batches *b)
{
    free(b);
}
