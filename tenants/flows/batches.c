#include "flows/batches.h"

#include "base/timefmt.h"
#include "flows/flows_int.h"
#include "q_flows.h"

/* Batches as rows: asked for, looked at, cancelled. */
#define KEEP    20                         /* ended ones of a flow */
#define LATER_S 5                          /* of one that runs as quickly as can be */
#define DAY_US  (INT64_C(86400) * 1000000) /* by which a job's id and its time are never apart */

/* ---- asking ---- */

static enum err wrong(struct scope *sc, const char *pointer, const char *code, const char *why)
{
    scope_item(sc, pointer, code, "%s", why);
    return flows_problem(sc, ERR_INVALID, "validation", 422, why);
}

static enum err check(struct scope *sc, const struct flows_batch_ask *ask)
{
    bool done = strcmp(ask->job_state, "done") == 0;

    if (strcmp(ask->action, "backfill") == 0) {
        if (!done)
            return wrong(sc, "/job_state", "not_for_this", "a backfill runs jobs again that are done");
        if (ask->from_us == INT64_MIN)
            return wrong(sc, "/from", "required", "say from which time on");
    }
    if (strcmp(ask->action, "retry") == 0 && strcmp(ask->job_state, "ready") == 0)
        return wrong(sc, "/job_state", "not_for_this", "jobs that are ready run by themselves");
    if (strcmp(ask->action, "cancel") == 0 && done)
        return wrong(sc, "/job_state", "not_for_this", "what is done has ended");
    if (ask->to_us != INT64_MIN && ask->to_us <= ask->from_us)
        return wrong(sc, "/to", "before_from", "the time ends before it begins");
    return OK;
}

static enum err count(struct scope *sc, struct q_batch_create_in *in)
{
    struct q_jobs_count_row row;

    TRY(sc, q_jobs_count(sc,
                         &(struct q_jobs_count_in){.customer_id = in->customer_id,
                                                   .flow_id = in->flow_id,
                                                   .state = in->job_state,
                                                   .reason = in->reason ? in->reason : "",
                                                   .from_at_us = in->from_at_us,
                                                   .to_at_us = in->to_at_us,
                                                   .after = in->after_id,
                                                   .until = in->until_id,
                                                   .look = FLOWS_BATCH_LOOK},
                         &row));
    in->more = row.matched > FLOWS_BATCH_MAX || row.looked == FLOWS_BATCH_LOOK;
    in->matched = row.matched > FLOWS_BATCH_MAX ? FLOWS_BATCH_MAX : row.matched;
    return OK;
}

/* What is planned from now on is none of it. */
static void window(const struct flows_batch_ask *ask, struct q_batch_create_in *in)
{
    int64_t now_us = time_now_us();

    in->from_at_us = ask->from_us == INT64_MIN ? 0 : ask->from_us;
    in->to_at_us = ask->to_us == INT64_MIN || ask->to_us > now_us ? now_us : ask->to_us;
    in->after_id = uuid_at(in->from_at_us - DAY_US);
    in->until_id = uuid_at(in->to_at_us + DAY_US);
}

/* With how long the one that runs takes at least; what is only told waits for no rate. */
static enum err runs_already(struct scope *sc, const struct flows_flow *f)
{
    static const struct uuid newest;
    int64_t seconds = LATER_S;
    struct flows_batch *b;
    enum err e;
    size_t n;

    TRY(sc, flows_batch_list(sc, &f->flow_id, &newest, 1, &b, &n));
    if (n && b->ended_at_us == INT64_MIN && b->per_minute && !b->dry_run)
        seconds = flows_batch_left(b) * 60 / b->per_minute + 1;
    e = flows_problem(sc, ERR_CONFLICT, "flow-batch-running", 409, "a batch of this flow runs already");
    scope_retry_after(sc, (int)seconds);
    return e;
}

enum err flows_batch_create(struct scope *sc, const struct flows_flow *f, const struct flows_batch_ask *ask,
                            struct uuid *out_id)
{
    struct q_batch_create_in in = {.partner_id = sc->tenant.partner_id,
                                   .customer_id = f->customer_id,
                                   .batch_id = uuid_new(),
                                   .flow_id = f->flow_id,
                                   .action = ask->action,
                                   .job_state = ask->job_state,
                                   .reason = ask->reason,
                                   .has_per_minute = ask->per_minute > 0,
                                   .per_minute = ask->per_minute,
                                   .dry_run = ask->dry_run,
                                   .asked_by = ask->asked_by};
    const struct q_batch_create_row *made;
    struct q_batch_trim_row trimmed;

    TRY(sc, check(sc, ask));
    window(ask, &in);
    TRY(sc, count(sc, &in));
    if (!ask->dry_run)
        TRY(sc, q_batch_told_ends(
                    sc, &(struct q_batch_told_ends_in){.customer_id = f->customer_id, .flow_id = f->flow_id}, NULL));
    TRY(sc, q_batch_create(sc, &in, &made));
    if (!made)
        return runs_already(sc, f);
    *out_id = in.batch_id;
    return q_batch_trim(
        sc, &(struct q_batch_trim_in){.customer_id = f->customer_id, .flow_id = f->flow_id, .keep = KEEP}, &trimmed);
}

/* ---- looking ---- */

static struct flows_batch batch_of(const struct q_batch_rows_row *r)
{
    return (struct flows_batch){.customer_id = r->customer_id,
                                .batch_id = r->batch_id,
                                .flow_id = r->flow_id,
                                .action = r->action,
                                .job_state = r->job_state,
                                .reason = r->reason,
                                .from_us = r->from_at_us,
                                .to_us = r->to_at_us,
                                .per_minute = r->has_per_minute ? r->per_minute : 0,
                                .dry_run = r->dry_run,
                                .asked_by = r->asked_by,
                                .state = r->state,
                                .matched = r->matched,
                                .more = r->more,
                                .done = r->done,
                                .skipped = r->skipped,
                                .created_at_us = r->created_at_us,
                                .ended_at_us = r->has_ended_at ? r->ended_at_us : INT64_MIN};
}

static enum err rows(struct scope *sc, const struct q_batch_rows_in *in, struct flows_batch **out, size_t *out_n)
{
    struct q_batch_rows_rows r;

    TRY(sc, q_batch_rows(sc, in, &r));
    *out = ARENA_ARRAY(sc->arena, struct flows_batch, r.n);
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = batch_of(&r.v[i]);
    *out_n = r.n;
    return OK;
}

enum err flows_batch_list(struct scope *sc, const struct uuid *flow_id, const struct uuid *before, size_t most,
                          struct flows_batch **out, size_t *out_n)
{
    return rows(sc, &(struct q_batch_rows_in){.flow_id = *flow_id, .before = *before, .most = (int32_t)most}, out,
                out_n);
}

enum err flows_batch_get(struct scope *sc, const struct uuid *flow_id, const struct uuid *batch_id,
                         struct flows_batch *out)
{
    struct flows_batch *v;
    size_t n = 0;

    if (!uuid_is_nil(batch_id))
        TRY(sc, rows(sc, &(struct q_batch_rows_in){.flow_id = *flow_id, .batch_id = *batch_id, .most = 1}, &v, &n));
    if (n == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such batch");
    *out = v[0];
    return OK;
}

int64_t flows_batch_left(const struct flows_batch *b)
{
    int64_t left = (int64_t)b->matched - b->done - b->skipped;

    return left < 0 || b->ended_at_us != INT64_MIN ? 0 : left;
}

enum err flows_batch_cancel(struct scope *sc, const struct flows_batch *b)
{
    const struct q_batch_cancel_row *row;

    TRY(sc,
        q_batch_cancel(sc, &(struct q_batch_cancel_in){.customer_id = b->customer_id, .batch_id = b->batch_id}, &row));
    return row ? OK : FAIL(sc, ERR_CONFLICT, "the batch has ended");
}

enum err flows_batch_items(struct scope *sc, const struct flows_batch *b, const char *outcome, const struct uuid *after,
                           size_t most, struct flows_batch_item **out, size_t *out_n)
{
    struct q_batch_items_rows r;

    TRY(sc, q_batch_items(sc,
                          &(struct q_batch_items_in){.customer_id = b->customer_id,
                                                     .batch_id = b->batch_id,
                                                     .after = *after,
                                                     .outcome = outcome,
                                                     .most = (int32_t)most},
                          &r));
    *out = ARENA_ARRAY(sc->arena, struct flows_batch_item, r.n);
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = (struct flows_batch_item){r.v[i].job_id, r.v[i].outcome, r.v[i].job_state, r.v[i].job_reason};
    *out_n = r.n;
    return OK;
}
