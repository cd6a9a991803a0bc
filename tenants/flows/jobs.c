#include "flows/jobs.h"

#include "flows/flows_int.h"
#include "q_flows.h"

#define WAITS_HELD "waits for an earlier job of its key that is held"

#define JOB_OF(r)                                                                                                      \
    ((struct flows_job){.job_id = (r)->job_id,                                                                         \
                        .customer_id = (r)->customer_id,                                                               \
                        .flow_id = (r)->flow_id,                                                                       \
                        .message_id = (r)->message_id,                                                                 \
                        .connection_id = (r)->connection_id,                                                           \
                        .flow_version = (r)->flow_version,                                                             \
                        .lane = (r)->lane,                                                                             \
                        .attempts = (r)->attempts,                                                                     \
                        .edits = (r)->edits,                                                                           \
                        .kind = (r)->kind,                                                                             \
                        .business_key = (r)->business_key,                                                             \
                        .state = (r)->state,                                                                           \
                        .reason = (r)->has_waits_for ? WAITS_HELD : (r)->reason,                                       \
                        .waits_for = (r)->waits_for,                                                                   \
                        .shadow = (r)->shadow,                                                                         \
                        .run_at_us = (r)->run_at_us,                                                                   \
                        .deadline_at_us = (r)->deadline_at_us,                                                         \
                        .created_at_us = (r)->created_at_us,                                                           \
                        .ended_at_us = (r)->has_ended_at ? (r)->ended_at_us : INT64_MIN})

enum err flows_job_get(struct scope *sc, const struct uuid *job_id, struct flows_job *out)
{
    const struct q_job_get_row *row;

    TRY(sc, q_job_get(sc, &(struct q_job_get_in){.job_id = *job_id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such job");
    *out = JOB_OF(row);
    return OK;
}

enum err flows_jobs(struct scope *sc, const struct uuid *flow_id, const char *state, const struct uuid *before,
                    size_t most, struct flows_job **out, size_t *out_n)
{
    struct q_job_page_rows rows;

    TRY(sc,
        q_job_page(
            sc, &(struct q_job_page_in){.flow_id = *flow_id, .state = state, .before = *before, .most = (int32_t)most},
            &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_job, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = JOB_OF(&rows.v[i]);
    *out_n = rows.n;
    return OK;
}

enum err flows_tries(struct scope *sc, const struct flows_job *j, struct flows_try **out, size_t *out_n)
{
    struct q_job_attempts_rows rows;

    TRY(sc, q_job_attempts(sc,
                           &(struct q_job_attempts_in){
                               .customer_id = j->customer_id, .job_id = j->job_id, .most = FLOWS_TRIES_MAX},
                           &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_try, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct flows_try){rows.v[i].n, rows.v[i].started_at_us, rows.v[i].ended_at_us, rows.v[i].outcome,
                                       rows.v[i].reason};
    *out_n = rows.n;
    return OK;
}

enum err flows_effects(struct scope *sc, const struct flows_job *j, struct flows_effect **out, size_t *out_n)
{
    struct q_job_effects_rows rows;

    TRY(sc, q_job_effects(sc,
                          &(struct q_job_effects_in){
                              .customer_id = j->customer_id, .job_id = j->job_id, .most = FLOWS_EFFECTS_MAX},
                          &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_effect, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_job_effects_row *r = &rows.v[i];

        (*out)[i] =
            (struct flows_effect){.effect_id = r->effect_id,
                                  .connection_id = r->connection_id,
                                  .operation = r->operation,
                                  .key = r->effect_key,
                                  .state = r->state,
                                  .external_ref = r->external_ref,
                                  .reason = r->reason,
                                  .sends = r->sends,
                                  .planned_at_us = r->planned_at_us,
                                  .confirmed_at_us = r->has_confirmed_at ? r->confirmed_at_us : INT64_MIN,
                                  .made_by = uuid_equal(&r->job_id, &j->job_id) ? (struct uuid){{0}} : r->job_id};
    }
    *out_n = rows.n;
    return OK;
}

enum err flows_plans(struct scope *sc, const struct flows_job *j, struct flows_plan **out, size_t *out_n)
{
    struct q_job_plans_rows rows;

    TRY(sc,
        q_job_plans(
            sc, &(struct q_job_plans_in){.customer_id = j->customer_id, .job_id = j->job_id, .most = FLOWS_EFFECTS_MAX},
            &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_plan, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct flows_plan){rows.v[i].connection_id, rows.v[i].operation, rows.v[i].effect_key,
                                        rows.v[i].request, rows.v[i].planned_at_us};
    *out_n = rows.n;
    return OK;
}

enum err flows_next(struct scope *sc, const struct uuid *customer_id, const struct uuid *ended, size_t n,
                    struct flows_next **out, size_t *out_n)
{
    struct q_jobs_next_rows rows;

    TRY(sc, q_jobs_next(sc, &(struct q_jobs_next_in){.customer_id = *customer_id, .job_ids = ended, .job_ids_n = n},
                        &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_next, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct flows_next){rows.v[i].job_id, rows.v[i].lane};
    *out_n = rows.n;
    return OK;
}

enum err flows_job_cancel(struct scope *sc, const struct flows_job *j, const char *who)
{
    const struct q_job_cancel_row *row;

    TRY(sc, q_job_cancel(sc, &(struct q_job_cancel_in){.customer_id = j->customer_id, .job_id = j->job_id, .who = who},
                         &row));
    return row ? OK
               : flows_problem(sc, ERR_CONFLICT, "conflict", 409,
                               "only a flow's job that waits, is held or was given up can be cancelled");
}

enum err flows_job_retry(struct scope *sc, const struct flows_job *j)
{
    const struct q_job_retry_row *row;

    TRY(sc, q_job_retry(sc, &(struct q_job_retry_in){.customer_id = j->customer_id, .job_id = j->job_id}, &row));
    return row ? OK
               : flows_problem(sc, ERR_CONFLICT, "conflict", 409,
                               "only a flow's job that waits for its time, is held or was given up can run once more");
}
