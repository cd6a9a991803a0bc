#pragma once

#include "flows/flows.h"

/* Batches: many jobs of a flow let go or ended in the background, page by page, each page a transaction. What became of
 * a job stands in the transaction that did it, together with how far the batch has come, so that a worker's death does
 * nothing twice and leaves nothing out. The fact people get wrong: what matched is what there was when it was asked
 * for; a job that came to that state later and stands further on is taken along, one that left it is not.
 */
#define FLOWS_BATCH_MAX        100000 /* jobs of one batch */
#define FLOWS_BATCH_LOOK       200000 /* jobs looked at for what matches when it is asked for */
#define FLOWS_BATCH_PER_MINUTE 600000

struct flows_batch_ask {
    const char *action;     /* "retry", "cancel", "backfill" */
    const char *job_state;  /* "held", "dead", "done" (never ended), "ready" (only ended) */
    const char *reason;     /* how that of the jobs begins; NULL: any */
    int64_t from_us, to_us; /* when they were planned; INT64_MIN: whenever */
    int32_t per_minute;     /* 0: as many as can be */
    bool dry_run;           /* they are told, and stay as they are */
    const char *asked_by;
};
struct flows_batch {
    struct uuid customer_id, batch_id, flow_id;
    const char *action, *job_state, *reason, *asked_by; /* reason NULL: any */
    const char *state;                                  /* "running", "done", "cancelled" */
    int64_t from_us, to_us, created_at_us, ended_at_us; /* INT64_MIN: not yet */
    int32_t per_minute, matched, done, skipped;
    bool dry_run, more;
};
struct flows_batch_item {
    struct uuid job_id;
    const char *outcome;                /* "retried", "cancelled", "matched", "skipped" */
    const char *job_state, *job_reason; /* what the job has become by now */
};

/* A worker goes through it. Problem "flow-batch-running", with a time to come again, while another one of the flow
 * runs: unless that is only told, which is cancelled for one that is not; "validation" for an action that is none for
 * jobs in that state, a backfill without a beginning, a time that ends before it begins. */
enum err flows_batch_create(struct scope *sc, const struct flows_flow *f, const struct flows_batch_ask *ask,
                            struct uuid *out_id);
/* Newest first, before an id; nil: from the newest. */
enum err flows_batch_list(struct scope *sc, const struct uuid *flow_id, const struct uuid *before, size_t most,
                          struct flows_batch **out, size_t *out_n);
enum err flows_batch_get(struct scope *sc, const struct uuid *flow_id, const struct uuid *batch_id,
                         struct flows_batch *out);
/* What was done stays done. ERR_CONFLICT when it has ended. */
int64_t flows_batch_left(const struct flows_batch *b); /* of those that matched; 0 once it ended */
enum err flows_batch_cancel(struct scope *sc, const struct flows_batch *b);
/* Oldest job first, after an id; outcome "": any. */
enum err flows_batch_items(struct scope *sc, const struct flows_batch *b, const char *outcome, const struct uuid *after,
                           size_t most, struct flows_batch_item **out, size_t *out_n);

/* ---- going through them: a worker ---- */

struct flows_batch_ticket {
    struct uuid partner_id, customer_id, batch_id;
};
/* As tenon_dispatch: those that may go on now, ids only. */
enum err flows_batches_due(struct scope *sc, size_t most, struct flows_batch_ticket **out, size_t *out_n);

struct flows_again {
    struct uuid job_id;
    int32_t lane;
};
struct flows_batch_page {
    bool taken;            /* false: another worker has the batch just now, or it has ended */
    struct flows_again *v; /* jobs that are ready now, for the queue to be told */
    size_t n;
};
/* As tenon_worker in the tenant: one page, committed. */
enum err flows_batch_step(struct scope *sc, const struct uuid *batch_id, struct flows_batch_page *out);
/* One whose page failed is left alone for some seconds. */
enum err flows_batch_later(struct scope *sc, const struct uuid *batch_id);
