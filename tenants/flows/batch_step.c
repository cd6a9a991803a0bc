#include "db/db.h"
#include "flows/batches.h"
#include "flows/flows_int.h"
#include "q_flows.h"
#include "sys/fault.h"

/* One page of a batch. The row is locked for as long as it takes: of all workers one goes on, and what a dead one had
 * under way is undone with the lock. */
#define PAGE          500
#define LOOK          2000
#define MINUTE_US     INT64_C(60000000)
#define LANE_BACKFILL 4
#define WHO           "cancelled by a person"

struct page {
    const struct q_batch_lock_row *b;
    struct uuid *jobs; /* those meant */
    const char **outcomes;
    size_t n;
    int32_t done;
    struct uuid reached;
    bool last, full; /* nothing is left to look at; no more may be done */
};

/* With a throttle a page is what a second may have, so that a minute's jobs do not come at once. */
static size_t room(const struct q_batch_lock_row *b)
{
    size_t left = (size_t)(FLOWS_BATCH_MAX - b->done - b->skipped);
    size_t most = b->has_per_minute && b->per_minute < 60 * PAGE ? (size_t)b->per_minute / 60 : PAGE;

    if (most == 0)
        most = 1;
    return most < left ? most : left;
}

static enum err look(struct scope *sc, struct page *p)
{
    const struct q_batch_lock_row *b = p->b;
    size_t most = room(b), i = 0;
    struct q_batch_look_rows rows;

    TRY(sc, q_batch_look(sc,
                         &(struct q_batch_look_in){.flow_id = b->flow_id,
                                                   .state = b->job_state,
                                                   .reason = b->reason ? b->reason : "",
                                                   .from_at_us = b->from_at_us,
                                                   .to_at_us = b->to_at_us,
                                                   .after = b->after_id,
                                                   .until = b->until_id,
                                                   .look = LOOK},
                         &rows));
    p->jobs = ARENA_ARRAY(sc->arena, struct uuid, most);
    p->outcomes = ARENA_ARRAY(sc->arena, const char *, most);
    p->reached = b->after_id;
    for (; i < rows.n && p->n < most; i++) {
        p->reached = rows.v[i].job_id;
        if (rows.v[i].wanted)
            p->jobs[p->n++] = rows.v[i].job_id;
    }
    p->last = i == rows.n && rows.n < LOOK;
    p->full = b->done + b->skipped + (int32_t)p->n == FLOWS_BATCH_MAX;
    return OK;
}

static void mark(struct page *p, const struct uuid *done, size_t n, const char *outcome)
{
    for (size_t i = 0; i < p->n; i++) {
        p->outcomes[i] = "skipped";
        for (size_t k = 0; k < n; k++)
            if (uuid_equal(&done[k], &p->jobs[i]))
                p->outcomes[i] = outcome;
    }
    p->done = (int32_t)n;
}

static enum err again(struct scope *sc, struct page *p, struct flows_batch_page *out)
{
    bool backfill = strcmp(p->b->action, "backfill") == 0;
    struct q_batch_again_rows rows;
    struct uuid *done;

    TRY(sc, q_batch_again(sc,
                          &(struct q_batch_again_in){.job_ids = p->jobs,
                                                     .job_ids_n = p->n,
                                                     .state = p->b->job_state,
                                                     .has_lane = backfill,
                                                     .lane = LANE_BACKFILL},
                          &rows));
    done = ARENA_ARRAY(sc->arena, struct uuid, rows.n);
    out->v = ARENA_ARRAY(sc->arena, struct flows_again, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        done[i] = rows.v[i].job_id;
        out->v[i] = (struct flows_again){rows.v[i].job_id, rows.v[i].lane};
    }
    out->n = rows.n;
    mark(p, done, rows.n, "retried");
    return OK;
}

static enum err end(struct scope *sc, struct page *p)
{
    struct q_batch_end_rows rows;
    struct uuid *done;

    TRY(sc,
        q_batch_end(
            sc, &(struct q_batch_end_in){.job_ids = p->jobs, .job_ids_n = p->n, .state = p->b->job_state, .who = WHO},
            &rows));
    done = ARENA_ARRAY(sc->arena, struct uuid, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        done[i] = rows.v[i].job_id;
    mark(p, done, rows.n, "cancelled");
    return OK;
}

static enum err act(struct scope *sc, struct page *p, struct flows_batch_page *out)
{
    if (p->n == 0)
        return OK;
    if (p->b->dry_run) {
        mark(p, p->jobs, p->n, "matched");
        return OK;
    }
    return strcmp(p->b->action, "cancel") == 0 ? end(sc, p) : again(sc, p, out);
}

static enum err note(struct scope *sc, const struct uuid *batch_id, const struct page *p)
{
    const struct q_batch_lock_row *b = p->b;
    bool slow = b->has_per_minute && !b->dry_run;

    if (p->n)
        TRY(sc, q_batch_note(sc,
                             &(struct q_batch_note_in){.partner_id = sc->tenant.partner_id,
                                                       .customer_id = sc->tenant.customer_id,
                                                       .batch_id = *batch_id,
                                                       .job_ids = p->jobs,
                                                       .job_ids_n = p->n,
                                                       .outcomes = p->outcomes,
                                                       .outcomes_n = p->n},
                             NULL));
    return q_batch_move(sc,
                        &(struct q_batch_move_in){.batch_id = *batch_id,
                                                  .after_id = p->reached,
                                                  .done = p->done,
                                                  .skipped = (int32_t)p->n - p->done,
                                                  .pause_us = slow ? (int64_t)p->n * MINUTE_US / b->per_minute : 0,
                                                  .state = p->last || p->full ? "done" : "running",
                                                  .more = p->full && !p->last},
                        NULL);
}

enum err flows_batch_step(struct scope *sc, const struct uuid *batch_id, struct flows_batch_page *out)
{
    struct flows_batch_page done = {0};
    struct page p = {0};

    TRY(sc, q_batch_lock(sc, &(struct q_batch_lock_in){.batch_id = *batch_id}, &p.b));
    if (p.b) {
        done.taken = true;
        TRY(sc, look(sc, &p));
        TRY(sc, act(sc, &p, &done));
        TRY(sc, note(sc, batch_id, &p));
        FAULT_POINT("bulk.before_commit");
    }
    TRY(sc, db_commit(sc));
    FAULT_POINT("bulk.after_commit");
    *out = done;
    return OK;
}

enum err flows_batch_later(struct scope *sc, const struct uuid *batch_id)
{
    TRY(sc, q_batch_later(sc, &(struct q_batch_later_in){.batch_id = *batch_id}, NULL));
    return db_commit(sc);
}

enum err flows_batches_due(struct scope *sc, size_t most, struct flows_batch_ticket **out, size_t *out_n)
{
    struct q_batches_due_rows rows;

    TRY(sc, q_batches_due(sc, &(struct q_batches_due_in){.most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_batch_ticket, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct flows_batch_ticket){rows.v[i].partner_id, rows.v[i].customer_id, rows.v[i].batch_id};
    *out_n = rows.n;
    return OK;
}
