#include "flows/flows_int.h"
#include "flows/jobs.h"
#include "q_flows.h"

/* Many jobs at once. */

static enum err change(struct scope *sc, const struct flows_flow *f, const struct flows_bulk *b,
                       const struct uuid *jobs, size_t n)
{
    if (b->cancel)
        return q_jobs_cancel(
            sc,
            &(struct q_jobs_cancel_in){.customer_id = f->customer_id, .job_ids = jobs, .job_ids_n = n, .who = b->who},
            NULL);
    return q_jobs_again(sc, &(struct q_jobs_again_in){.customer_id = f->customer_id, .job_ids = jobs, .job_ids_n = n},
                        NULL);
}

enum err flows_bulk(struct scope *sc, const struct flows_flow *f, const struct flows_bulk *b,
                    struct flows_matched **out, size_t *out_n)
{
    struct q_jobs_matching_rows rows;
    struct uuid *jobs;

    TRY(sc, q_jobs_matching(sc,
                            &(struct q_jobs_matching_in){.customer_id = f->customer_id,
                                                         .flow_id = f->flow_id,
                                                         .state = b->state,
                                                         .reason = b->reason,
                                                         .from_at_us = b->from_us,
                                                         .to_at_us = b->to_us,
                                                         .most = (int32_t)b->most},
                            &rows));
    jobs = ARENA_ARRAY(sc->arena, struct uuid, rows.n);
    *out = ARENA_ARRAY(sc->arena, struct flows_matched, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        jobs[i] = rows.v[i].job_id;
        (*out)[i] = (struct flows_matched){rows.v[i].job_id, rows.v[i].lane, rows.v[i].reason};
    }
    *out_n = rows.n;
    return rows.n == 0 || b->dry_run ? OK : change(sc, f, b, jobs, rows.n);
}
