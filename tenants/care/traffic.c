#include "care/care_int.h"
#include "q_care.h"

/* What real calls say of a connection. */

enum err care_calls_list(struct scope *sc, const struct uuid *connection_id, int64_t below, size_t most,
                         struct care_call **out, size_t *out_n)
{
    struct q_calls_list_rows rows;

    TRY(sc, q_calls_list(
                sc, &(struct q_calls_list_in){.connection_id = *connection_id, .below = below, .most = (int32_t)most},
                &rows));
    *out = ARENA_ARRAY(sc->arena, struct care_call, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_calls_list_row *r = &rows.v[i];

        (*out)[i] = (struct care_call){.number = r->number,
                                       .at_us = r->at_us,
                                       .ms = r->ms,
                                       .sent = r->sent,
                                       .received = r->received,
                                       .operation = r->operation,
                                       .method = r->method,
                                       .url = r->url,
                                       .status = r->has_status ? r->status : 0,
                                       .outcome = r->outcome,
                                       .failure = r->failure};
        if (r->has_job_id)
            (*out)[i].job_id = r->job_id;
    }
    *out_n = rows.n;
    return OK;
}

enum err care_health_get(struct scope *sc, const struct uuid *connection_id, struct care_health *out)
{
    struct q_health_get_row row;

    TRY(sc, q_health_get(sc, &(struct q_health_get_in){.connection_id = *connection_id}, &row));
    *out = (struct care_health){.hour = {row.ok_hour, row.refused_hour, row.failed_hour},
                                .day = {row.ok_day, row.refused_day, row.failed_day},
                                .median_ms = row.has_median_ms ? row.median_ms : -1,
                                .ok_us = row.has_ok_at ? row.ok_at_us : INT64_MIN,
                                .failed_us = row.has_failed_at ? row.failed_at_us : INT64_MIN,
                                .failure = row.failure};
    return OK;
}
