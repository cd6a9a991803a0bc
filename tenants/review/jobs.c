#include <string.h>

#include "db/db.h"
#include "q_review.h"
#include "review/review_int.h"

/* The jobs of one cause. */

/* As the groups are made, from one row. */
static void id_of(struct scope *sc, const struct q_review_jobs_row *row, char out[REVIEW_ID_MAX])
{
    struct review_group g = {.class = row->outcome ? row->outcome : "",
                             .operation = row->operation ? row->operation : ""};

    why_cause_of(sc->arena, row->reason, row->outcome, row->stopped, &g.cause);
    g.connector = g.cause.theirs && row->target_connector ? row->target_connector : row->source_connector;
    g.connector = g.connector ? g.connector : "";
    g.path = g.cause.path;
    review_id_of(sc, &g, out);
}

static struct review_job job_of(const struct q_review_jobs_row *r)
{
    return (struct review_job){.job_id = r->job_id,
                               .customer_id = r->customer_id,
                               .order_id = r->has_order_id ? r->order_id : (struct uuid){{0}},
                               .kind = r->kind,
                               .state = r->state,
                               .reason = r->reason,
                               .number = r->number,
                               .lane = r->lane,
                               .stopped = r->stopped,
                               .attempts = r->attempts,
                               .created_us = r->created_at_us,
                               .run_us = r->run_at_us,
                               .failed_us = r->at_us};
}

enum err review_jobs(struct scope *sc, const struct uuid *customer_id, const char *id, const struct uuid *after,
                     size_t most, struct review_job **out, size_t *out_n, int64_t *out_all)
{
    struct q_review_jobs_rows rows;
    struct review_job *v;
    int64_t all = 0;
    size_t n = 0;

    TRY(sc, q_review_jobs(sc, &(struct q_review_jobs_in){.customer_id = *customer_id, .most = REVIEW_JOBS_MAX}, &rows));
    v = ARENA_ARRAY(sc->arena, struct review_job, most);
    for (size_t i = 0; i < rows.n; i++) {
        char of[REVIEW_ID_MAX];

        id_of(sc, &rows.v[i], of);
        if (strcmp(of, id) != 0)
            continue;
        all++;
        if (n < most && (uuid_is_nil(after) || uuid_compare(&rows.v[i].job_id, after) < 0))
            v[n++] = job_of(&rows.v[i]);
    }
    *out = v;
    *out_n = n;
    *out_all = all;
    return OK;
}
