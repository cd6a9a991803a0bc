#include <stdlib.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "flows/schedule.h"
#include "jobs/jobs_int.h"
#include "obs/obs.h"
#include "sys/fiber.h"
#include "walk/walk.h"

/* Flows that a time has come for. Every worker looks; the row of a flow and the origin of a run see to it that each
 * time is begun once. */

#define TICK_US INT64_C(1000000)
#define MOST    200

struct jobs_schedules {
    struct jobs_conf conf;
    bool stopping, running;
};

static enum err begin_one(struct scope *sc, const struct uuid *flow_id, const struct flows_due *d, int64_t at_us,
                          struct walk_given *g)
{
    char at[TIME_TEXT_MAX];

    time_format(at_us, at);
    *g = (struct walk_given){.flow_id = *flow_id,
                             .version = d->version,
                             .shadow = d->shadow,
                             .lane = -1,
                             .given_by = "schedule",
                             .origin_key = flows_schedule_origin(sc, at_us)};
    return doc_parse(sc, str_of(arena_f(sc->arena, "{\"at\":\"%s\"}", at)), &g->input);
}

/* Runs of a schedule that have no key of their own go one after the other. */
static const char *queue_of(struct scope *sc, const struct uuid *flow_id)
{
    char id[TYPEID_TEXT_MAX + 1];

    typeid_format("flw", flow_id, id);
    return arena_f(sc->arena, "schedule:%s", id);
}

/* What is prepared may read the flow's document in a transaction of its own, so that comes first. */
static enum err prepare(struct scope *sc, const struct flows_ticket *t, struct flows_due *d, struct walk_given *given)
{
    TRY(sc, flows_schedule_due(sc, &t->flow_id, time_now_us(), d));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < d->n; i++) {
        TRY(sc, begin_one(sc, &t->flow_id, d, d->at_us[i], &given[i]));
        TRY(sc, walk_prepare(sc, &given[i]));
        if (!d->queued || given[i].key)
            continue;
        given[i].key = queue_of(sc, &t->flow_id);
        given[i].queued = true;
    }
    return OK;
}

/* Looked at once more under the lock: the same times, unless another clock was quicker. */
static enum err begin(struct scope *sc, const struct flows_ticket *t, const struct flows_due *d,
                      const struct walk_given *given, struct flow_ticket *out)
{
    struct flows_due now;

    TRY(sc, flows_schedule_due(sc, &t->flow_id, d->seen_us, &now));
    if (!now.there || now.n != d->n || now.version != d->version || (d->n && now.at_us[0] != d->at_us[0]))
        return OK;
    for (size_t i = 0; i < d->n; i++) {
        out[i] = (struct flow_ticket){t->partner_id, t->customer_id, {{0}}, given[i].lane};
        TRY(sc, walk_start(sc, &given[i], &out[i].job_id));
    }
    TRY(sc, flows_schedule_fired(sc, &t->flow_id, &now));
    return db_commit(sc);
}

static void fire(struct jobs_schedules *s, const struct flows_ticket *t)
{
    struct scope *sc = scope_new();
    struct walk_given *given = ARENA_ARRAY(sc->arena, struct walk_given, FLOWS_DUE_MAX);
    struct flow_ticket *tickets = ARENA_ARRAY(sc->arena, struct flow_ticket, FLOWS_DUE_MAX);
    struct flows_due d;
    enum err e;

    sc->db = s->conf.work;
    sc->tenant = (struct tenant){true, true, t->partner_id, t->customer_id};
    sc->actor = ACTOR_SYSTEM;
    e = prepare(sc, t, &d, given);
    if (e == OK && d.there)
        e = begin(sc, t, &d, given, tickets);
    db_rollback(sc);
    if (e != OK)
        log_fault(LOG_WARN, "jobs", sc, "a flow could not be begun at its time");
    else if (d.n && !uuid_is_nil(&tickets[0].job_id))
        jobs_push(s->conf.queue, tickets, d.n);
    scope_free(sc);
}

static void look(struct jobs_schedules *s)
{
    struct scope *sc = scope_new();
    struct flows_ticket *v;
    size_t n = 0;

    sc->db = s->conf.dispatch;
    if (flows_schedules_due(sc, MOST, &v, &n) != OK || db_commit(sc) != OK)
        log_fault(LOG_WARN, "jobs", sc, "which flows are due could not be learned");
    db_rollback(sc);
    for (size_t i = 0; i < n && !s->stopping; i++)
        fire(s, &v[i]);
    scope_free(sc);
}

static void schedules_fiber(void *arg)
{
    struct jobs_schedules *s = arg;

    while (!s->stopping) {
        look(s);
        fiber_sleep_us(TICK_US);
    }
    s->running = false;
}

struct jobs_schedules *jobs_schedules_open(const struct jobs_conf *conf)
{
    struct jobs_schedules *s = calloc(1, sizeof(*s));

    if (!s)
        out_of_memory();
    s->conf = *conf;
    s->running = true;
    MUST_BE(fiber_start(schedules_fiber, s));
    return s;
}

void jobs_schedules_stop(struct jobs_schedules *s)
{
    s->stopping = true;
}

bool jobs_schedules_running(const struct jobs_schedules *s)
{
    return s->running;
}

void jobs_schedules_close(struct jobs_schedules *s)
{
    free(s);
}
