#include "meter/meter.h"
#include "db/db.h"
#include "q_meter.h"

const char *const meter_names[] = {"runs", "tries", "calls", "octets_sent", "octets_received", "cpu_us", "items", NULL};

enum err meter_sums(struct scope *sc, const struct meter_question *q, struct meter_sum **out, size_t *out_n)
{
    struct q_meter_sums_rows rows;
    struct meter_sum *v;

    TRY(sc, q_meter_sums(sc,
                         &(struct q_meter_sums_in){.from_at_us = q->from_us,
                                                   .to_at_us = q->to_us,
                                                   .every_customer = uuid_is_nil(&q->customer_id),
                                                   .customer_id = q->customer_id,
                                                   .every_flow = uuid_is_nil(&q->flow_id),
                                                   .flow_id = q->flow_id,
                                                   .meter = q->meter,
                                                   .by_day = q->by_day,
                                                   .by_customer = q->by_customer,
                                                   .by_flow = q->by_flow,
                                                   .most = METER_ROWS_MAX + 1},
                         &rows));
    if (rows.n > METER_ROWS_MAX)
        return FAIL(sc, ERR_LIMIT, "that is more than %d sums; ask for a shorter time or fewer groups", METER_ROWS_MAX);
    v = ARENA_ARRAY(sc->arena, struct meter_sum, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct meter_sum){.day = rows.v[i].day,
                                  .customer_id = rows.v[i].customer_id,
                                  .flow_id = rows.v[i].flow_id,
                                  .meter = rows.v[i].meter,
                                  .quantity = rows.v[i].quantity};
    *out = v;
    *out_n = rows.n;
    return OK;
}

static void judged(const struct q_meter_judged_rows *rows, struct meter_messages *m)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct q_meter_judged_row *r = &rows->v[i];

        if (!*r->reason) {
            m->rated = r->messages;
            continue;
        }
        m->excluded += r->messages;
        m->reasons[m->n++] = (struct meter_reason){r->reason, r->messages};
    }
}

enum err meter_messages(struct scope *sc, const struct meter_question *q, struct meter_messages *out)
{
    const bool every = uuid_is_nil(&q->customer_id);
    struct q_meter_accepted_row accepted;
    struct q_meter_judged_rows rows;
    struct meter_messages m = {0};

    TRY(sc,
        q_meter_accepted(sc, &(struct q_meter_accepted_in){q->from_us, q->to_us, every, q->customer_id}, &accepted));
    TRY(sc, q_meter_judged(sc, &(struct q_meter_judged_in){q->from_us, q->to_us, every, q->customer_id}, &rows));
    m.accepted = accepted.accepted;
    m.reasons = ARENA_ARRAY(sc->arena, struct meter_reason, rows.n);
    judged(&rows, &m);
    *out = m;
    return OK;
}
