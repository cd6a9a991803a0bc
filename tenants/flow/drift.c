#include "db/db.h"
#include "flow/flow_int.h"
#include "q_flow.h"
#include "watch/watch.h"

/* What no longer looks as it always did is stopped before it is read, where the policy says so: the order is put aside
 * and waits for the cases. */

static enum err waits(struct scope *sc, const struct flow_job *job, const struct watch_out *seen,
                      const struct uuid *order_id, bool freed, bool *out)
{
    return watch_waits(sc,
                       &(struct watch_wait){.cases = seen->cases,
                                            .case_count = seen->case_count,
                                            .kind = "order",
                                            .waiting_id = *order_id,
                                            .message_id = job->message_id,
                                            .freed = freed && seen->action == DRIFT_HOLD},
                       out);
}

/* *out: one that is known, and was delivered or let go by a person: it is not stopped again. */
static enum err may_pass(struct scope *sc, const struct flow_job *job, const struct watch_out *seen, bool *out)
{
    const struct q_order_at_door_row *now;
    bool waiting;

    TRY(sc,
        q_order_at_door(
            sc, &(struct q_order_at_door_in){.connection_id = job->connection_id, .natural_key = flow_natural_key(job)},
            &now));
    *out = now && strcmp(now->state, "delivered") == 0;
    if (!now || *out)
        return OK;
    TRY(sc, waits(sc, job, seen, &now->order_id, job->attempts > 1 && strcmp(now->state, "held") != 0, &waiting));
    *out = !waiting && seen->action == DRIFT_HOLD;
    return OK;
}

static enum err put_aside(struct scope *sc, const struct flow_job *job, const struct watch_out *seen, const char *why)
{
    struct uuid order_id;
    bool waiting;

    TRY(sc, flow_shelve(sc, job, why, &order_id));
    return waits(sc, job, seen, &order_id, false, &waiting);
}

/* Why an order is held for drift, which tells such a reason from others. */
#define SAID "drift: "

static const char *said(struct scope *sc, const char *reason)
{
    return arena_f(sc->arena, SAID "%s", reason);
}

static enum err stop(struct scope *sc, struct flow_job *job, const struct watch_out *seen)
{
    const char *why = said(sc, seen->reason);
    bool passes;

    TRY(sc, flow_fence(sc, job));
    TRY(sc, may_pass(sc, job, seen, &passes));
    if (!passes)
        TRY(sc, put_aside(sc, job, seen, why));
    TRY(sc, db_commit(sc));
    if (passes)
        return OK;
    return FAIL(sc, seen->action == DRIFT_HOLD ? ERR_HOLD : ERR_INVALID, "%s", why);
}

enum err flow_drift(struct scope *sc, struct flow_job *job, const struct flow_payload *in)
{
    struct watch_out *seen = ARENA_NEW(sc->arena, struct watch_out);

    TRY(sc, watch_payload(sc,
                          &(struct watch_in){.connection_id = job->connection_id,
                                             .object = in->object,
                                             .version = in->version,
                                             .message_id = job->message_id,
                                             .payload = in->body,
                                             .reads = in->reads,
                                             .read_count = in->read_count,
                                             .again = job->attempts > 1},
                          seen));
    if (seen->action != DRIFT_PASS)
        return stop(sc, job, seen);
    job->deviates = seen->reason;
    return OK;
}

enum err flow_drift_holds(struct scope *sc, const struct uuid *customer_id, const struct flow_drift_still *v, size_t n)
{
    struct uuid *orders = ARENA_ARRAY(sc->arena, struct uuid, n);
    const char **reasons = ARENA_ARRAY(sc->arena, const char *, n);
    struct q_orders_held_rows rows;

    for (size_t i = 0; i < n; i++)
        orders[i] = v[i].order_id;
    TRY(sc, q_orders_held(sc,
                          &(struct q_orders_held_in){
                              .customer_id = *customer_id, .order_ids = orders, .order_ids_n = n, .said = SAID},
                          &rows));
    for (size_t i = 0; i < rows.n; i++) {
        orders[i] = rows.v[i].order_id;
        reasons[i] = said(sc, v[rows.v[i].place - 1].reason);
    }
    return rows.n ? order_held_for(sc, customer_id, orders, reasons, rows.n) : OK;
}
