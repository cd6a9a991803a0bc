#include "base/timefmt.h"
#include "db/db.h"
#include "flow/flow.h"
#include "q_flow.h"

#define DUE_PAGE 1000 /* rows looked at by one question */

#define COLUMN(type, name)      type *name = (type *)arena_array(sc->arena, n, sizeof(type))
#define ARRAY(member_, column_) .member_ = (column_), .member_##_n = n

/* Rows of several statements carry the same four members. */
#define TICKETS_OF(sc, rows, out, out_n)                                                                               \
    do {                                                                                                               \
        struct flow_ticket *v_ = ARENA_ARRAY((sc)->arena, struct flow_ticket, (rows).n);                               \
        for (size_t i_ = 0; i_ < (rows).n; i_++)                                                                       \
            v_[i_] = (struct flow_ticket){(rows).v[i_].partner_id, (rows).v[i_].customer_id, (rows).v[i_].job_id,      \
                                          (rows).v[i_].lane};                                                          \
        *(out) = v_;                                                                                                   \
        *(out_n) = (rows).n;                                                                                           \
    } while (0)

static void job_of(const struct q_job_claim_row *r, struct flow_job *out)
{
    *out = (struct flow_job){.partner_id = r->partner_id,
                             .customer_id = r->customer_id,
                             .job_id = r->job_id,
                             .message_id = r->message_id,
                             .connection_id = r->connection_id,
                             .kind = r->kind,
                             .business_key = r->business_key,
                             .flow_id = r->flow_id,
                             .flow_version = r->flow_version,
                             .epoch = r->lease_epoch,
                             .attempts = r->attempts,
                             .crashes = r->crashes,
                             .suspect = r->suspect,
                             .deadline_us = time_boot_us() + r->left_us,
                             .lane = r->lane};
}

enum err ledger_claim(struct scope *sc, const struct uuid *dispatcher, const struct flow_ticket *v, size_t n,
                      bool suspects, struct flow_job **out, size_t *out_n)
{
    struct uuid *partners = ARENA_ARRAY(sc->arena, struct uuid, n);
    struct uuid *customers = ARENA_ARRAY(sc->arena, struct uuid, n);
    struct uuid *jobs = ARENA_ARRAY(sc->arena, struct uuid, n);
    struct q_job_claim_rows rows;

    for (size_t i = 0; i < n; i++) {
        partners[i] = v[i].partner_id;
        customers[i] = v[i].customer_id;
        jobs[i] = v[i].job_id;
    }
    db_commit_next(sc);
    TRY(sc,
        q_job_claim(sc,
                    &(struct q_job_claim_in){ARRAY(partner_ids, partners), ARRAY(customer_ids, customers),
                                             ARRAY(job_ids, jobs), .dispatcher_id = *dispatcher, .suspects = suspects},
                    &rows));
    *out = ARENA_ARRAY(sc->arena, struct flow_job, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        job_of(&rows.v[i], &(*out)[i]);
    *out_n = rows.n;
    return OK;
}

enum err ledger_finish(struct scope *sc, const struct flow_result *v, size_t n, struct flow_ticket **next,
                       size_t *next_n)
{
    COLUMN(struct uuid, partners);
    COLUMN(struct uuid, customers);
    COLUMN(struct uuid, jobs);
    COLUMN(int64_t, epochs);
    COLUMN(const char *, states);
    COLUMN(int64_t, delays);
    COLUMN(const char *, reasons);
    COLUMN(const char *, outcomes);
    COLUMN(int32_t, counts);
    COLUMN(int64_t, started);
    COLUMN(int32_t, calls);
    COLUMN(int64_t, sent);
    COLUMN(int64_t, received);
    COLUMN(int64_t, cpu);
    COLUMN(int32_t, items);
    struct q_job_finish_rows rows;

    for (size_t i = 0; i < n; i++) {
        partners[i] = v[i].partner_id;
        customers[i] = v[i].customer_id;
        jobs[i] = v[i].job_id;
        epochs[i] = v[i].epoch;
        states[i] = v[i].state;
        delays[i] = v[i].delay_us;
        reasons[i] = v[i].reason;
        outcomes[i] = v[i].outcome;
        counts[i] = v[i].n;
        started[i] = v[i].started_us;
        calls[i] = v[i].used.calls;
        sent[i] = v[i].used.octets_sent;
        received[i] = v[i].used.octets_received;
        cpu[i] = v[i].used.cpu_us;
        items[i] = v[i].used.items;
    }
    db_commit_next(sc);
    TRY(sc, q_job_finish(sc,
                         &(struct q_job_finish_in){ARRAY(partner_ids, partners), ARRAY(customer_ids, customers),
                                                   ARRAY(job_ids, jobs), ARRAY(epochs, epochs), ARRAY(states, states),
                                                   ARRAY(delays_us, delays), ARRAY(reasons, reasons),
                                                   ARRAY(outcomes, outcomes), ARRAY(counts, counts),
                                                   .started_ats_us = started, .started_ats_n = n, ARRAY(calls, calls),
                                                   ARRAY(octets_sent, sent), ARRAY(octets_received, received),
                                                   ARRAY(cpu_us, cpu), ARRAY(items, items)},
                         &rows));
    TICKETS_OF(sc, rows, next, next_n);
    return OK;
}

enum err ledger_release(struct scope *sc, const struct uuid *dispatcher, const struct uuid *kept, size_t n,
                        struct flow_ticket **out, size_t *out_n)
{
    struct q_job_release_rows rows;

    db_commit_next(sc);
    TRY(sc, q_job_release(sc, &(struct q_job_release_in){.dispatcher_id = *dispatcher, ARRAY(kept, kept)}, &rows));
    TICKETS_OF(sc, rows, out, out_n);
    return OK;
}

enum err ledger_beat(struct scope *sc, const struct uuid *dispatcher)
{
    db_commit_next(sc);
    return q_dispatcher_beat(sc, &(struct q_dispatcher_beat_in){.dispatcher_id = *dispatcher}, NULL);
}

enum err ledger_gone(struct scope *sc, const struct uuid *dispatcher)
{
    db_commit_next(sc);
    return q_dispatcher_gone(sc, &(struct q_dispatcher_gone_in){.dispatcher_id = *dispatcher}, NULL);
}

enum err ledger_reclaim(struct scope *sc, int64_t lease_us, struct flow_ticket **out, size_t *out_n)
{
    struct q_job_reclaim_rows rows;

    db_commit_next(sc);
    TRY(sc, q_job_reclaim(sc, &(struct q_job_reclaim_in){.lease_us = lease_us}, &rows));
    TICKETS_OF(sc, rows, out, out_n);
    return OK;
}

enum err ledger_sweep(struct scope *sc)
{
    db_commit_next(sc);
    return q_dispatcher_sweep(sc, NULL);
}

enum err ledger_suspects(struct scope *sc, const struct uuid *after, size_t most, struct flow_ticket **out,
                         int **out_crashes, size_t *out_n)
{
    struct q_job_suspects_rows rows;

    db_commit_next(sc);
    TRY(sc, q_job_suspects(sc, &(struct q_job_suspects_in){.after = *after, .most = (int32_t)most}, &rows));
    TICKETS_OF(sc, rows, out, out_n);
    *out_crashes = ARENA_ARRAY(sc->arena, int, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out_crashes)[i] = rows.v[i].crashes;
    return OK;
}

/* Takes those that can be claimed until it has enough, and says where it stopped. */
static size_t due_take(const struct q_job_due_rows *rows, size_t most, struct flow_position *at,
                       struct flow_ticket *out)
{
    size_t n = 0, i;

    for (i = 0; i < rows->n && n < most; i++) {
        const struct q_job_due_row *r = &rows->v[i];

        if (!r->blocked)
            out[n++] = (struct flow_ticket){r->partner_id, r->customer_id, r->job_id, r->lane};
        at->run_at_us = r->run_at_us;
        at->job_id = r->job_id;
    }
    at->end = i == rows->n && rows->n < DUE_PAGE;
    return n;
}

enum err ledger_depths(struct scope *sc, int32_t most, struct flow_depths *out)
{
    struct q_job_depths_row row;

    db_commit_next(sc);
    TRY(sc, q_job_depths(sc, &(struct q_job_depths_in){.most = most}, &row));
    *out = (struct flow_depths){row.ready, row.held, row.dead, row.oldest_us};
    return OK;
}

enum err ledger_due(struct scope *sc, int64_t older_us, size_t most, struct flow_position *at, struct flow_ticket **out,
                    size_t *out_n)
{
    struct q_job_due_rows rows;

    db_commit_next(sc);
    TRY(sc,
        q_job_due(sc,
                  &(struct q_job_due_in){
                      .older_us = older_us, .after_run_at_us = at->run_at_us, .after_id = at->job_id, .most = DUE_PAGE},
                  &rows));
    *out = ARENA_ARRAY(sc->arena, struct flow_ticket, rows.n);
    *out_n = due_take(&rows, most, at, *out);
    return OK;
}
