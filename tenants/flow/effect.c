#include <string.h>

#include "db/db.h"
#include "flow/flow.h"
#include "obs/obs.h"
#include "q_flow.h"
#include "sys/fault.h"

#define OTHER_WORKS_US (INT64_C(200) * 1000)

enum next { NEXT_DONE, NEXT_WAIT, NEXT_PROBE, NEXT_SEND };

/* One effect as this try works on it. */
struct
try {
    struct flow_job *job;
    const struct effect *e;
    struct uuid id;
    bool probed;  /* a probe of this try has seen nothing */
    bool entered; /* holds a place at the account */
    const char *ref;
};

enum err flow_fence(struct scope *sc, const struct flow_job *job)
{
    const struct q_job_fence_row *row;

    TRY(sc, q_job_fence(sc, &(struct q_job_fence_in){.job_id = job->job_id, .epoch = job->epoch}, &row));
    if (!row)
        return FAIL(sc, ERR_FENCED, "another worker has taken over");
    return OK;
}

static enum err plan(struct scope *sc, struct try *t, struct q_effect_lock_row *row)
{
    const struct effect *e = t->e;

    TRY(sc, flow_fence(sc, t->job));
    TRY(sc, q_effect_plan(sc,
                          &(struct q_effect_plan_in){.partner_id = sc->tenant.partner_id,
                                                     .customer_id = sc->tenant.customer_id,
                                                     .effect_id = uuid_new(),
                                                     .connection_id = e->connection_id,
                                                     .operation = e->operation,
                                                     .effect_key = e->key,
                                                     .job_id = t->job->job_id,
                                                     .epoch = t->job->epoch},
                          NULL));
    TRY(sc, q_effect_lock(sc,
                          &(struct q_effect_lock_in){
                              .connection_id = e->connection_id, .operation = e->operation, .effect_key = e->key},
                          row));
    t->id = row->effect_id;
    return OK;
}

/* Is somebody else at it right now? Then this job comes back a little later and finds the outcome. */
static bool others_work(const struct try *t, const struct q_effect_lock_row *row)
{
    return row->owner_works && !uuid_equal(&row->job_id, &t->job->job_id);
}

static enum next judge(struct try *t, const struct q_effect_lock_row *row)
{
    int64_t settle_us = (int64_t)t->e->settle_ms * 1000;

    if (strcmp(row->state, "confirmed") == 0)
        return NEXT_DONE;
    if (strcmp(row->state, "sent") == 0 || strcmp(row->state, "unknown") == 0) {
        if (others_work(t, row)) {
            t->job->retry_us = OTHER_WORKS_US;
            return NEXT_WAIT;
        }
        if (row->waited_us < settle_us) { /* what was sent may still arrive: looking now would prove nothing */
            t->job->retry_us = settle_us - row->waited_us + 1000;
            return NEXT_WAIT;
        }
        return NEXT_PROBE;
    }
    return t->e->probe_first && !t->probed ? NEXT_PROBE : NEXT_SEND;
}

static enum err own(struct scope *sc, const struct try *t)
{
    return q_effect_own(
        sc, &(struct q_effect_own_in){.effect_id = t->id, .job_id = t->job->job_id, .epoch = t->job->epoch}, NULL);
}

/* One transaction: fence, state under lock, and what follows from it; for a send the mark is made here. */
static enum err decide(struct scope *sc, struct try *t, enum next *out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct bytes evidence = {NULL, 0};
    struct q_effect_lock_row row;

    TRY(sc, plan(sc, t, &row));
    *out = judge(t, &row);
    if (*out == NEXT_DONE)
        t->ref = row.external_ref;
    if (*out == NEXT_PROBE || *out == NEXT_SEND)
        TRY(sc, own(sc, t));
    if (*out == NEXT_SEND) {
        if (t->e->hash) {
            TRY(sc, t->e->hash(sc, t->e->arg, hash));
            evidence = (struct bytes){hash, sizeof(hash)};
        }
        if (strcmp(row.state, "rejected") == 0) /* refused for certain: nothing was done, so it may be asked again */
            TRY(sc, q_effect_step(
                        sc,
                        &(struct q_effect_step_in){
                            .effect_id = t->id, .epoch = t->job->epoch, .job_id = t->job->job_id, .state = "planned"},
                        NULL));
        TRY(sc, q_effect_sent(
                    sc,
                    &(struct q_effect_sent_in){
                        .effect_id = t->id, .job_id = t->job->job_id, .epoch = t->job->epoch, .payload_hash = evidence},
                    NULL));
        order_note(&t->job->events, "sent", t->e->operation, &t->id);
    }
    FAULT_POINT("effect.before_mark");
    TRY(sc, db_commit(sc));
    FAULT_POINT("effect.after_mark");
    return OK;
}

static enum err confirm(struct scope *sc, struct try *t, const char *ref, int probed)
{
    int64_t changed = 0;

    FAULT_POINT("effect.before_confirm");
    TRY(sc, flow_fence(sc, t->job));
    TRY(sc, q_effect_confirmed(sc,
                               &(struct q_effect_confirmed_in){.effect_id = t->id,
                                                               .epoch = t->job->epoch,
                                                               .job_id = t->job->job_id,
                                                               .external_ref = ref,
                                                               .probed = probed},
                               &changed));
    if (changed != 1)
        return FAIL(sc, ERR_FENCED, "another worker has taken over");
    TRY(sc, db_commit(sc));
    FAULT_POINT("effect.after_confirm");
    order_note(&t->job->events, probed ? "found" : "confirmed", arena_f(sc->arena, "%s: %s", t->e->operation, ref),
               &t->id);
    metric_add_label(METRIC_EFFECTS, probed ? "found" : "confirmed", 1);
    t->ref = ref;
    return OK;
}

static enum err step(struct scope *sc, struct try *t, const char *state, const char *reason, int probed)
{
    TRY(sc, flow_fence(sc, t->job));
    TRY(sc, q_effect_step(sc,
                          &(struct q_effect_step_in){.effect_id = t->id,
                                                     .epoch = t->job->epoch,
                                                     .job_id = t->job->job_id,
                                                     .state = state,
                                                     .reason = reason,
                                                     .probed = probed},
                          NULL));
    TRY(sc, db_commit(sc));
    return OK;
}

static enum err enter(struct scope *sc, struct try *t)
{
    if (t->e->enter)
        TRY(sc, t->e->enter(sc, t->e->arg));
    t->entered = true;
    return OK;
}

static void leave(struct try *t)
{
    if (t->entered && t->e->leave)
        t->e->leave(t->e->arg);
    t->entered = false;
}

static enum err probe(struct scope *sc, struct try *t)
{
    const char *ref = NULL;

    FAULT_POINT("effect.before_probe");
    TRY(sc, t->e->probe(sc, t->e->arg, &ref));
    leave(t);
    FAULT_POINT("effect.after_probe");
    t->probed = true;
    if (ref)
        return confirm(sc, t, ref, 1);
    return step(sc, t, "planned", NULL, 1);
}

/* What an answer that is not OK says about the change itself. */
static const char *state_after(enum err e)
{
    switch (e) {
    case ERR_UPSTREAM_NO:
        return "rejected";
    case ERR_UNAVAILABLE: /* not an octet left */
    case ERR_UPSTREAM_BUSY:
    case ERR_UPSTREAM_AUTH:
    case ERR_HOLD:
    case ERR_LIMIT:
        return "planned";
    default:
        return "unknown";
    }
}

/* The failure that is being answered must outlive the transaction that records it. */
static enum err record_failure(struct scope *sc, struct try *t, enum err e)
{
    struct fault kept = sc->fault;
    const char *state = state_after(e);

    scope_clear(sc);
    metric_add_label(METRIC_EFFECTS, state, 1);
    order_note(&t->job->events, state, kept.message ? kept.message : err_info(e)->title, &t->id);
    TRY(sc, step(sc, t, state, kept.message, 0));
    if (strcmp(state, "unknown") == 0)
        t->job->retry_us = (int64_t)t->e->settle_ms * 1000 + 1000;
    sc->fault = kept;
    return e;
}

static enum err send(struct scope *sc, struct try *t)
{
    const char *ref = NULL;
    enum err e;

    FAULT_POINT("effect.before_send");
    e = t->e->send(sc, t->e->arg, &ref);
    leave(t);
    FAULT_POINT("effect.after_send");
    if (e != OK)
        return record_failure(sc, t, e);
    return confirm(sc, t, ref ? ref : "", 0);
}

/* One look at the effect and what follows from it. The place at the account is held from before the mark, so that
 * nothing marked as sent waits for one, until the answer is there. */
static enum err turn_once(struct scope *sc, struct try *t)
{
    enum next next = NEXT_WAIT;

    TRY(sc, decide(sc, t, &next));
    if (next == NEXT_WAIT)
        return FAIL(sc, ERR_UPSTREAM_BUSY, "waiting to learn what became of an earlier request");
    if (next == NEXT_PROBE)
        return probe(sc, t);
    return next == NEXT_SEND ? send(sc, t) : OK;
}

enum err effect_run(struct scope *sc, struct flow_job *job, const struct effect *e, const char **out_ref)
{
    struct try t = {.job = job, .e = e};
    enum err result = OK;

    for (int turn = 0; turn < 4 && !t.ref && result == OK; turn++) {
        TRY(sc, enter(sc, &t));
        result = turn_once(sc, &t);
        leave(&t);
    }
    TRY(sc, result);
    MUST_BE(t.ref);
    *out_ref = t.ref;
    return OK;
}
