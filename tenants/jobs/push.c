#include "jobs/jobs_int.h"
#include "obs/obs.h"

static struct ticket *tickets_of(struct scope *sc, const struct flow_ticket *v, size_t n)
{
    struct ticket *t = ARENA_ARRAY(sc->arena, struct ticket, n);

    for (size_t i = 0; i < n; i++)
        t[i] = (struct ticket){.partner_id = v[i].partner_id,
                               .customer_id = v[i].customer_id,
                               .job_id = v[i].job_id,
                               .lane = (enum lane)v[i].lane};
    return t;
}

void jobs_push(struct queue *q, const struct flow_ticket *v, size_t n)
{
    struct scope *sc;

    if (n == 0)
        return;
    sc = scope_new();
    if (queue_put(sc, q, tickets_of(sc, v, n), n) != OK)
        log_fault(LOG_DEBUG, "jobs", sc, "ready jobs could not be announced");
    scope_free(sc);
}

void jobs_push_at(struct queue *q, const struct flow_ticket *v, const int64_t *due_us, size_t n)
{
    struct scope *sc;

    if (n == 0)
        return;
    sc = scope_new();
    if (queue_put_at(sc, q, tickets_of(sc, v, n), due_us, n) != OK)
        log_fault(LOG_DEBUG, "jobs", sc, "later jobs could not be announced");
    scope_free(sc);
}
