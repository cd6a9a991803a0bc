#include <string.h>

#include "db/db.h"
#include "flow/flow_int.h"
#include "q_flow.h"

enum err flow_shelve(struct scope *sc, const struct flow_job *job, const char *why, struct uuid *out_id)
{
    struct order_unread u = {.connection_id = job->connection_id,
                             .message_id = job->message_id,
                             .job_id = job->job_id,
                             .order_id = uuid_is_nil(&job->order_id) ? uuid_new() : job->order_id,
                             .natural_key = flow_natural_key(job),
                             .number = job->order_number ? job->order_number : flow_natural_key(job),
                             .version_us = job->version_us};
    struct order_events events = {.arena = sc->arena};
    bool told;

    TRY(sc, order_shelve(sc, &u, why, out_id));
    order_note(&events, "held", why, NULL);
    TRY(sc, order_events_repeat(sc, out_id, &job->job_id, &events, &told));
    return told ? OK : order_events_write(sc, out_id, &job->job_id, job->attempts, &job->message_id, &events);
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

static enum err jobs_free(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids, size_t n,
                          size_t *out)
{
    struct q_job_free_all_rows freed;

    TRY(sc, q_job_free_all(
                sc,
                &(struct q_job_free_all_in){
                    .customer_id = *customer_id, .order_ids = order_ids, .order_ids_n = n, .prefix = FLOW_ORDER_KEY},
                &freed));
    *out = freed.n;
    return OK;
}

enum err flow_release(struct scope *sc, const struct uuid *order_id, const char *who, struct uuid *out_customer)
{
    struct uuid customer;
    size_t freed;

    TRY(sc, order_release(sc, order_id, &customer));
    TRY(sc, jobs_free(sc, &customer, order_id, 1, &freed));
    if (freed == 0) /* between the order's hold and the end of its job lies a moment */
        return FAIL(sc, ERR_CONFLICT, "nothing of the order waits for a person yet; try again in a moment");
    TRY(sc, order_event_by(sc, order_id, &customer, "released", who));
    *out_customer = customer;
    return OK;
}

struct going {
    struct uuid *all, *held; /* those with work that can go on; those of them that are held */
    size_t all_n, held_n;
};

/* Between the hold of an order and the end of its job lies a moment, in which whoever lets it go would be overrun. */
static enum err can_go_on(struct scope *sc, const struct q_orders_waiting_rows *rows, struct going *out)
{
    *out = (struct going){ARENA_ARRAY(sc->arena, struct uuid, rows->n), ARENA_ARRAY(sc->arena, struct uuid, rows->n), 0,
                          0};
    for (size_t i = 0; i < rows->n; i++) {
        const struct q_orders_waiting_row *r = &rows->v[i];

        if (r->runs && !r->waits) {
            enum err e =
                FAIL(sc, ERR_CONFLICT, "an order that waits for this is still being put aside; try again in a moment");

            scope_retry_after(sc, 1);
            return e;
        }
        if (r->waits)
            out->all[out->all_n++] = r->order_id;
        if (r->waits && r->held)
            out->held[out->held_n++] = r->order_id;
    }
    return OK;
}

enum err flow_release_all(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids, size_t n,
                          const char *who, size_t *out)
{
    struct q_orders_waiting_in asked = {
        .customer_id = *customer_id, .order_ids = order_ids, .order_ids_n = n, .prefix = FLOW_ORDER_KEY};
    struct q_orders_waiting_rows rows;
    struct going going;
    size_t freed;

    TRY(sc, q_orders_waiting(sc, &asked, &rows));
    TRY(sc, can_go_on(sc, &rows, &going));
    if (going.held_n) {
        TRY(sc, order_release_all(sc, customer_id, going.held, going.held_n));
        TRY(sc, order_events_by(sc, customer_id, going.held, going.held_n, "released", who));
    }
    if (going.all_n)
        TRY(sc, jobs_free(sc, customer_id, going.all, going.all_n, &freed));
    *out = going.held_n;
    return OK;
}
