#include "connect/connect_int.h"
#include "q_connect.h"

/* When connections were last heard of, and which of them want something of a person. */

enum err connection_heard(struct scope *sc, const struct uuid *ids, size_t n, int64_t *out_us)
{
    struct q_connections_heard_rows rows;

    for (size_t i = 0; i < n; i++)
        out_us[i] = INT64_MIN;
    if (n == 0)
        return OK;
    TRY(sc,
        q_connections_heard(sc, &(struct q_connections_heard_in){.connection_ids = ids, .connection_ids_n = n}, &rows));
    for (size_t i = 0; i < rows.n; i++)
        for (size_t k = 0; k < n; k++)
            if (rows.v[i].has_last_at && uuid_equal(&rows.v[i].connection_id, &ids[k]))
                out_us[k] = rows.v[i].last_at_us;
    return OK;
}

static enum err heard(struct scope *sc, struct connection_pulse *v, size_t n)
{
    struct uuid *ids = ARENA_ARRAY(sc->arena, struct uuid, n);
    int64_t *last = ARENA_ARRAY(sc->arena, int64_t, n);

    for (size_t i = 0; i < n; i++)
        ids[i] = v[i].connection_id;
    TRY(sc, connection_heard(sc, ids, n, last));
    for (size_t i = 0; i < n; i++)
        v[i].heard_us = last[i];
    return OK;
}

enum err connection_pulses(struct scope *sc, const struct uuid *customer_id, size_t most, struct connection_pulse **out,
                           size_t *out_n, int64_t *out_all)
{
    struct q_connections_pulse_rows rows;
    struct q_connections_count_row count;
    struct connection_pulse *v;

    TRY(sc, q_connections_count(sc, &(struct q_connections_count_in){.customer_id = *customer_id}, &count));
    TRY(sc, q_connections_pulse(
                sc, &(struct q_connections_pulse_in){.customer_id = *customer_id, .most = (int32_t)most}, &rows));
    v = ARENA_ARRAY(sc->arena, struct connection_pulse, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_connections_pulse_row *r = &rows.v[i];

        v[i] = (struct connection_pulse){.connection_id = r->connection_id,
                                         .customer_id = r->customer_id,
                                         .name = r->name,
                                         .connector = r->connector,
                                         .status = r->status,
                                         .late_reason = r->late ? r->late_reason : NULL,
                                         .reconnect_us = r->has_reconnect_since ? r->reconnect_since_us : INT64_MIN};
    }
    TRY(sc, heard(sc, v, rows.n));
    *out = v;
    *out_n = rows.n;
    *out_all = count.n;
    return OK;
}
