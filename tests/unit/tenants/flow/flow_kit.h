#pragma once

#include "base/timefmt.h"
#include "flow/flow.h"
#include "unit/tenants/tenant_kit.h"

/* One customer with a connection, and the two pools a worker has. */
struct world {
    struct tenant t;
    struct uuid connection;
    struct db *dispatch, *work;
    struct uuid me; /* a dispatcher that lives */
};

static inline void world_make(struct world *w)
{
    struct scope *sc;

    given_schema();
    w->t = given_tenant("acme");
    w->connection = given_connection(&w->t, "acme");
    w->dispatch = pool_as("tenon_dispatch");
    w->work = pool_as("tenon_worker");
    w->me = uuid_new();
    sc = scope_in(w->dispatch, NULL);
    CHECK_OK(ledger_beat(sc, &w->me));
    scope_free(sc);
}

static inline void world_end(struct world *w)
{
    db_close(w->dispatch);
    db_close(w->work);
}

/* Claims these for a dispatcher; the jobs are copied to v, which has room for all. */
static inline size_t claim(struct world *w, const struct uuid *who, const struct uuid *ids, size_t n,
                           struct flow_job *v)
{
    struct scope *sc = scope_in(w->dispatch, NULL);
    struct flow_ticket *tickets = ARENA_ARRAY(sc->arena, struct flow_ticket, n);
    struct flow_job *got = NULL;
    size_t got_n = 0;

    for (size_t i = 0; i < n; i++)
        tickets[i] = (struct flow_ticket){w->t.partner_id, w->t.customer_id, ids[i], 0};
    CHECK_OK(ledger_claim(sc, who, tickets, n, true, &got, &got_n));
    for (size_t i = 0; i < got_n; i++) {
        v[i] = got[i];
        v[i].kind = v[i].business_key = NULL; /* of the claim's scope */
        v[i].events.arena = test_scope()->arena;
    }
    scope_free(sc);
    return got_n;
}

/* Ends a try; next is what may follow, and the answer how many. */
static inline size_t finish(struct world *w, const struct flow_job *job, const char *state, int64_t delay_us,
                            struct uuid *next)
{
    struct scope *sc = scope_in(w->dispatch, NULL);
    struct flow_result r = {.partner_id = job->partner_id,
                            .customer_id = job->customer_id,
                            .job_id = job->job_id,
                            .epoch = job->epoch,
                            .state = state,
                            .delay_us = delay_us,
                            .reason = strcmp(state, "done") == 0 ? NULL : "because",
                            .outcome = "ok",
                            .n = job->attempts,
                            .started_us = time_now_us()};
    struct flow_ticket *after = NULL;
    size_t n = 0;

    CHECK_OK(ledger_finish(sc, &r, 1, &after, &n));
    if (n && next)
        *next = after[0].job_id;
    scope_free(sc);
    return n;
}

static inline size_t reclaim(struct world *w, int64_t lease_us)
{
    struct scope *sc = scope_in(w->dispatch, NULL);
    struct flow_ticket *v;
    size_t n = 0;

    CHECK_OK(ledger_reclaim(sc, lease_us, &v, &n));
    scope_free(sc);
    return n;
}

static inline const char *job_is(const struct uuid *job)
{
    return sql("select state || ' ' || attempts || ' ' || crashes from job where job_id = '%s'", id(job));
}
