#include <string.h>

#include "base/timefmt.h"
#include "flow/flow_int.h"
#include "q_flow.h"
#include "xref/xref.h"

/* What waits for words of a cross reference, when entries have come. */

#define WORD_SHOWN 60 /* octets */

const char *flow_elsewhen(struct scope *sc, const char *table, const char *key, int64_t at_us)
{
    char at[TIME_TEXT_MAX];

    time_format(at_us - at_us % 1000000, at);
    return arena_f(sc->arena, "%s has an entry for \"%s\", but none that is valid at %s, when the order came", table,
                   arena_cut(sc->arena, key, WORD_SHOWN), at);
}

static enum err goes_on(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id, const char *who,
                        size_t *out)
{
    struct xref_waiting *v;
    struct uuid *orders, *jobs;
    size_t n, order_n = 0, job_n = 0;

    TRY(sc, xref_waiting_release(sc, customer_id, table_id, &v, &n));
    orders = ARENA_ARRAY(sc->arena, struct uuid, n);
    jobs = ARENA_ARRAY(sc->arena, struct uuid, n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(v[i].kind, "order") == 0)
            orders[order_n++] = v[i].id;
        else if (strcmp(v[i].kind, "job") == 0)
            jobs[job_n++] = v[i].id;
    *out = 0;
    if (job_n)
        TRY(sc, q_job_free_given(
                    sc, &(struct q_job_free_given_in){.customer_id = *customer_id, .job_ids = jobs, .job_ids_n = job_n},
                    NULL));
    return order_n ? flow_release_all(sc, customer_id, orders, order_n, who, out) : OK;
}

static enum err stays_held(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id)
{
    struct xref_elsewhen *v;
    const char **reasons;
    struct uuid *orders;
    size_t n, order_n = 0;

    TRY(sc, xref_waiting_elsewhen(sc, customer_id, table_id, &v, &n));
    orders = ARENA_ARRAY(sc->arena, struct uuid, n);
    reasons = ARENA_ARRAY(sc->arena, const char *, n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(v[i].kind, "order") != 0)
            continue;
        reasons[order_n] = flow_elsewhen(sc, v[i].table, v[i].key, v[i].at_us);
        orders[order_n++] = v[i].id;
    }
    return order_n ? order_held_for(sc, customer_id, orders, reasons, order_n) : OK;
}

enum err flow_answered(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id, const char *who,
                       size_t *out)
{
    size_t released;

    TRY(sc, goes_on(sc, customer_id, table_id, who, &released));
    TRY(sc, stays_held(sc, customer_id, table_id));
    *out = released;
    return OK;
}
