#include "db/db.h"
#include "q_watch.h"
#include "watch/watch_int.h"

static struct watch_shape shape_of(const struct q_shape_page_row *r)
{
    return (struct watch_shape){.customer_id = r->customer_id,
                                .connection_id = r->connection_id,
                                .shape_id = r->shape_id,
                                .object = r->object,
                                .version = r->version,
                                .payloads = r->payloads,
                                .fields = r->fields,
                                .open_cases = r->open_cases,
                                .created_at_us = r->created_at_us,
                                .changed_at_us = r->changed_at_us};
}

static enum err page(struct scope *sc, const struct q_shape_page_in *in, struct watch_shape **out, size_t *out_n)
{
    struct q_shape_page_rows rows;

    TRY(sc, q_shape_page(sc, in, &rows));
    *out = ARENA_ARRAY(sc->arena, struct watch_shape, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = shape_of(&rows.v[i]);
    *out_n = rows.n;
    return OK;
}

enum err watch_shape_list(struct scope *sc, const struct uuid *connection_id, const struct uuid *after, size_t most,
                          struct watch_shape **out, size_t *out_n)
{
    return page(sc, &(struct q_shape_page_in){.connection_id = *connection_id, .after = *after, .most = (int32_t)most},
                out, out_n);
}

enum err watch_shape_get(struct scope *sc, const struct uuid *connection_id, const struct uuid *shape_id,
                         struct watch_shape *out, struct drift_shape **out_learnt)
{
    struct q_shape_body_row row;
    struct watch_shape *v;
    size_t n;

    TRY(sc,
        page(sc, &(struct q_shape_page_in){.connection_id = *connection_id, .shape_id = *shape_id, .most = 1}, &v, &n));
    if (n == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such shape");
    TRY(sc, q_shape_body(sc, &(struct q_shape_body_in){.customer_id = v->customer_id, .shape_id = v->shape_id}, &row));
    *out = *v;
    *out_learnt = watch_shape_read(sc, sc->arena, str_of(row.body));
    return OK;
}
