#include "base/timefmt.h"
#include "db/db.h"
#include "flows/flows.h"
#include "walk/walk_int.h"

/* One try of a job, from what it is about to how it ended. */

/* What could not be told when the job was planned is told now: it may run beside others that it belongs behind. */
static enum err ordered(struct scope *sc, const struct walk *w)
{
    const char *key;

    if (w->in.has_connection_id && !flowdef_key(sc->arena, w->def, &w->input, w->in.received_at_us, &key))
        return FAIL(sc, ERR_HOLD, "the flow's key cannot be made of this delivery: %s", key);
    return OK;
}

/* Behind what the flow says itself at its end. */
static void made_by_others(struct scope *sc, struct walk *w)
{
    const char *said = w->job->said ? arena_f(sc->arena, "%s; ", w->job->said) : "";

    if (w->met_count == 1)
        w->job->said = arena_f(sc->arena, "%s%s; this run did not send it", said, w->met);
    else if (w->met_count > 1)
        w->job->said = arena_f(sc->arena, "%s%s, and %zu more by others; this run sent none of these", said, w->met,
                               w->met_count - 1);
}

static enum err walk(struct scope *sc, struct walk *w)
{
    struct flow_job *job = w->job;

    TRY(sc, flows_compiled(sc, &job->flow_id, job->flow_version, &w->def));
    TRY(sc, walk_read(sc, w));
    TRY(sc, ordered(sc, w));
    TRY(sc, walk_steps(sc, w, &flowdef_head(w->def)->steps));
    TRY(sc, walk_left(sc, w));
    made_by_others(sc, w);
    return OK;
}

/* A failure that comes again waits as long as the flow says, unless what failed has said so itself. */
static void wait_as_said(const struct walk *w, enum err e)
{
    if (e != OK && w->def && !w->job->retry_us && err_info(e)->fate == FATE_RETRY)
        w->job->retry_us = walk_pace(w);
}

int64_t walk_pace(const struct walk *w)
{
    const struct flowdef_retry *r = &flowdef_head(w->def)->retry;
    double us = (double)r->first_us;

    for (int32_t i = 1; i < w->job->attempts && us < (double)r->most_us; i++)
        us *= r->factor;
    us = us < (double)r->most_us ? us : (double)r->most_us;
    return (int64_t)us - (int64_t)(us / 4) * uuid_new().b[15] / 256;
}

enum err walk_run(struct scope *sc, struct flow_job *job)
{
    struct walk w = {.job = job, .items = "", .numbers = {.arena = sc->arena}};
    enum err e;

    sc->tenant = (struct tenant){true, true, job->partner_id, job->customer_id};
    sc->actor = ACTOR_SYSTEM;
    job->events = (struct order_events){.arena = sc->arena};
    e = walk(sc, &w);
    db_rollback(sc);
    if (scope_fault(sc)->retry_after_s == 0)
        wait_as_said(&w, e);
    return e;
}
