#include <string.h>

#include "db/db.h"
#include "flow/flow_int.h"
#include "q_flow.h"

enum err flow_shelve(struct scope *sc, const struct flow_job *job, const char *why, struct uuid *out_id)
{
    struct order_unread u = {.connection_id = job->connection_id,
                             .message_id = job->message_id,
                             .natural_key = flow_natural_key(job),
                             .number = job->order_number ? job->order_number : flow_natural_key(job)};
    struct order_events events = {.arena = sc->arena};
    bool told;

    TRY(sc, order_shelve(sc, &u, why, out_id, &told));
    if (told)
        return OK;
    order_note(&events, "held", why, NULL);
    return order_events_write(sc, out_id, &job->job_id, job->attempts, &job->message_id, &events);
}

static enum err shelve(struct scope *sc, const struct flow_job *job, const char *why)
{
    struct uuid order_id;

    TRY(sc, flow_fence(sc, job));
    TRY(sc, flow_shelve(sc, job, why, &order_id));
    return db_commit(sc);
}

enum err flow_stopped(struct scope *sc, const struct flow_job *job, bool dead, const char *why)
{
    enum err e;

    if (strcmp(job->kind, "order") != 0 || strncmp(job->business_key, FLOW_ORDER_KEY, strlen(FLOW_ORDER_KEY)) != 0)
        return OK;
    if (dead)
        why = arena_f(sc->arena, "given up after %d tries: %s", job->attempts, why);
    sc->tenant = (struct tenant){true, true, job->partner_id, job->customer_id};
    e = shelve(sc, job, why);
    db_rollback(sc);
    return e;
}

enum err flow_release(struct scope *sc, const struct uuid *order_id, const char *who, struct uuid *out_customer)
{
    struct q_job_free_rows freed;
    struct uuid customer;

    TRY(sc, order_release(sc, order_id, &customer));
    TRY(sc, q_job_free(sc, &(struct q_job_free_in){.customer_id = customer, .order_id = *order_id}, &freed));
    if (freed.n == 0) /* between the order's hold and the end of its job lies a moment */
        return FAIL(sc, ERR_CONFLICT, "nothing of the order waits for a person yet; try again in a moment");
    TRY(sc, order_event_by(sc, order_id, &customer, "released", who));
    *out_customer = customer;
    return OK;
}

/* Those that can go on. Between the hold of an order and the end of its job lies a moment, in which whoever lets it go
 * would be overrun. */
static enum err can_go_on(struct scope *sc, const struct q_orders_waiting_rows *rows, struct uuid *out, size_t *out_n)
{
    size_t n = 0;

    for (size_t i = 0; i < rows->n; i++) {
        if (rows->v[i].runs && !rows->v[i].waits) {
            enum err e =
                FAIL(sc, ERR_CONFLICT, "an order that waits for this is still being put aside; try again in a moment");

            scope_retry_after(sc, 1);
            return e;
        }
        if (rows->v[i].waits)
            out[n++] = rows->v[i].order_id;
    }
    *out_n = n;
    return OK;
}

enum err flow_release_all(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids, size_t n,
                          const char *who, size_t *out)
{
    struct q_orders_waiting_rows rows;
    struct uuid *ids;
    size_t can = 0;

    TRY(sc,
        q_orders_waiting(
            sc, &(struct q_orders_waiting_in){.customer_id = *customer_id, .order_ids = order_ids, .order_ids_n = n},
            &rows));
    ids = ARENA_ARRAY(sc->arena, struct uuid, rows.n);
    TRY(sc, can_go_on(sc, &rows, ids, &can));
    *out = can;
    if (can == 0)
        return OK;
    TRY(sc, order_release_all(sc, customer_id, ids, can));
    TRY(sc,
        q_job_free_all(
            sc, &(struct q_job_free_all_in){.customer_id = *customer_id, .order_ids = ids, .order_ids_n = can}, NULL));
    return order_events_by(sc, customer_id, ids, can, "released", who);
}
