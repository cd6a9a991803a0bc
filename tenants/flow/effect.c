#include <string.h>

#include "base/timefmt.h"
#include "db/db.h"
#include "flow/flow.h"
#include "obs/obs.h"
#include "q_flow.h"
#include "sys/fault.h"
#include "sys/loop.h"

#define OTHER_WORKS_US (INT64_C(200) * 1000)

/* Of the settle time a quarter may go by before a request has left, and another half before its answer is given up: so
 * from its leaving the vendor has three quarters of it to act. At least so long, for the short times of tests. */
#define LEAVE_US(settle_us)  ((settle_us) / 4 > 100000 ? (settle_us) / 4 : 100000)
#define ANSWER_US(settle_us) ((settle_us) / 4 * 3 > 1000000 ? (settle_us) / 4 * 3 : 1000000)

enum next { NEXT_DONE, NEXT_WAIT, NEXT_PROBE, NEXT_SEND, NEXT_HOLD };

/* One effect as this try works on it. */
struct attempt {
    struct flow_job *job;
    const struct effect *e;
    struct uuid id;
    bool probed;       /* a probe of this try has seen nothing */
    bool entered;      /* holds a place at the account */
    bool renewed;      /* the session ended once in this try */
    bool rejected;     /* the vendor refused it before */
    bool differs;      /* what was sent before is not what would be sent now */
    int sends;         /* before this try */
    int64_t marked_us; /* time_boot_us just before the mark was written */
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

static enum err plan(struct scope *sc, struct attempt *t, struct q_effect_lock_row *row)
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
static bool others_work(const struct attempt *t, const struct q_effect_lock_row *row)
{
    return row->owner_works && !uuid_equal(&row->job_id, &t->job->job_id);
}

static int64_t settle_us(const struct attempt *t)
{
    return (int64_t)t->e->settle_ms * 1000;
}

static enum next judge_sent(struct attempt *t, const struct q_effect_lock_row *row)
{
    if (others_work(t, row)) {
        t->job->retry_us = OTHER_WORKS_US;
        return NEXT_WAIT;
    }
    if (row->waited_us < settle_us(t)) { /* what was sent may still arrive: looking now would prove nothing */
        t->job->retry_us = settle_us(t) - row->waited_us + 1000;
        return NEXT_WAIT;
    }
    return NEXT_PROBE;
}

static enum next judge(struct attempt *t, const struct q_effect_lock_row *row)
{
    if (strcmp(row->state, "confirmed") == 0)
        return NEXT_DONE;
    if (strcmp(row->state, "sent") == 0 || strcmp(row->state, "unknown") == 0)
        return judge_sent(t, row);
    if (strcmp(row->state, "superseded") == 0)
        return NEXT_HOLD;
    if (strcmp(row->state, "rejected") == 0) /* a vendor that refuses may be wrong about what it did */
        return NEXT_PROBE;
    MUST_BE(strcmp(row->state, "planned") == 0);
    return t->e->probe_first && !t->probed ? NEXT_PROBE : NEXT_SEND;
}

static enum err own(struct scope *sc, const struct attempt *t)
{
    return q_effect_own(
        sc, &(struct q_effect_own_in){.effect_id = t->id, .job_id = t->job->job_id, .epoch = t->job->epoch}, NULL);
}

static enum err payload_hash(struct scope *sc, const struct attempt *t, enum next next, uint8_t hash[CRYPTO_HASH_BYTES],
                             struct bytes *out)
{
    *out = (struct bytes){NULL, 0};
    if (!t->e->hash || !(next == NEXT_SEND || t->e->differs))
        return OK;
    TRY(sc, t->e->hash(sc, t->e->arg, hash));
    *out = (struct bytes){hash, CRYPTO_HASH_BYTES};
    return OK;
}

static bool same_payload(const struct q_effect_lock_row *row, struct bytes now)
{
    return row->payload_hash.n == 0 || (row->payload_hash.n == now.n && memcmp(row->payload_hash.p, now.p, now.n) == 0);
}

/* A request that this try has no time to see through would only end as unknown. */
static enum err has_time(struct scope *sc, const struct attempt *t)
{
    if (sc->deadline_us && sc->deadline_us - loop_now_us() < ANSWER_US(settle_us(t)))
        return FAIL(sc, ERR_TIMEOUT, "the time left is too short to send anything");
    return OK;
}

static enum err mark(struct scope *sc, struct attempt *t, struct bytes evidence)
{
    int64_t changed = 0;

    TRY(sc, has_time(sc, t));
    t->marked_us = time_boot_us();
    TRY(sc, q_effect_sent(
                sc,
                &(struct q_effect_sent_in){
                    .effect_id = t->id, .job_id = t->job->job_id, .epoch = t->job->epoch, .payload_hash = evidence},
                &changed));
    if (changed != 1)
        return FAIL(sc, ERR_FENCED, "another worker has taken over");
    order_note(&t->job->events, "sent", t->e->operation, &t->id);
    FAULT_POINT("effect.before_mark");
    TRY(sc, db_commit(sc));
    FAULT_POINT("effect.after_mark");
    return OK;
}

/* One transaction: fence, state under lock, and what follows from it; for a send the mark is made here. */
static enum err decide(struct scope *sc, struct attempt *t, enum next *out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct q_effect_lock_row row;
    struct bytes evidence;

    TRY(sc, plan(sc, t, &row));
    *out = judge(t, &row);
    TRY(sc, payload_hash(sc, t, *out, hash, &evidence));
    t->sends = row.sends;
    t->rejected = strcmp(row.state, "rejected") == 0;
    t->differs = *out != NEXT_SEND && t->e->differs && !same_payload(&row, evidence);
    if (*out == NEXT_DONE)
        t->ref = row.external_ref ? row.external_ref : "";
    if (*out == NEXT_PROBE || *out == NEXT_SEND)
        TRY(sc, own(sc, t));
    if (*out == NEXT_SEND)
        return mark(sc, t, evidence);
    TRY(sc, db_commit(sc));
    return OK;
}

static enum err step_write(struct scope *sc, const struct attempt *t, const char *state, const char *reason, int probed)
{
    int64_t changed = 0;

    TRY(sc, q_effect_step(sc,
                          &(struct q_effect_step_in){.effect_id = t->id,
                                                     .epoch = t->job->epoch,
                                                     .job_id = t->job->job_id,
                                                     .state = state,
                                                     .reason = reason,
                                                     .probed = probed},
                          &changed));
    if (changed != 1)
        return FAIL(sc, ERR_FENCED, "another worker has taken over");
    return OK;
}

static enum err step(struct scope *sc, const struct attempt *t, const char *state, const char *reason, int probed)
{
    TRY(sc, flow_fence(sc, t->job));
    TRY(sc, step_write(sc, t, state, reason, probed));
    TRY(sc, db_commit(sc));
    return OK;
}

static enum err confirm(struct scope *sc, struct attempt *t, const char *ref, int probed)
{
    int64_t changed = 0;

    FAULT_POINT("effect.before_confirm");
    TRY(sc, flow_fence(sc, t->job));
    if (t->rejected) /* and was done all the same; the ledger goes from a refusal by way of planned only */
        TRY(sc, step_write(sc, t, "planned", NULL, 0));
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

static enum err enter(struct scope *sc, struct attempt *t)
{
    if (t->e->enter)
        TRY(sc, t->e->enter(sc, t->e->arg));
    t->entered = true;
    return OK;
}

static void leave(struct attempt *t)
{
    if (t->entered && t->e->leave)
        t->e->leave(t->e->arg);
    t->entered = false;
}

static enum err probe(struct scope *sc, struct attempt *t)
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
static enum err record_failure(struct scope *sc, struct attempt *t, enum err e)
{
    struct fault kept = sc->fault;
    const char *state = state_after(e);

    scope_clear(sc);
    metric_add_label(METRIC_EFFECTS, state, 1);
    order_note(&t->job->events, state, kept.message ? kept.message : err_info(e)->title, &t->id);
    TRY(sc, step(sc, t, state, kept.message, 0));
    if (strcmp(state, "unknown") == 0)
        t->job->retry_us = (settle_us(t) + 1000) << (t->sends < 5 ? t->sends : 5); /* it may end like that each time */
    sc->fault = kept;
    return e;
}

static enum err send(struct scope *sc, struct attempt *t)
{
    const char *ref = NULL;
    enum err e;

    FAULT_POINT("effect.before_send");
    if (t->e->mark)
        t->e->mark(t->e->arg, t->marked_us + LEAVE_US(settle_us(t)), t->marked_us + ANSWER_US(settle_us(t)));
    e = t->e->send(sc, t->e->arg, &ref);
    leave(t);
    FAULT_POINT("effect.after_send");
    if (e != OK)
        return record_failure(sc, t, e);
    return confirm(sc, t, ref ? ref : "", 0);
}

/* One look at the effect and what follows from it. The place at the account is held from before the mark, so that
 * nothing marked as sent waits for one, until the answer is there. */
static enum err turn_once(struct scope *sc, struct attempt *t)
{
    enum next next = NEXT_WAIT;

    TRY(sc, decide(sc, t, &next));
    if (next == NEXT_WAIT)
        return FAIL(sc, ERR_UPSTREAM_BUSY, "waiting to learn what became of an earlier request");
    if (next == NEXT_HOLD)
        return FAIL(sc, ERR_HOLD, "something else took the place of this change");
    if (next == NEXT_PROBE)
        return probe(sc, t);
    return next == NEXT_SEND ? send(sc, t) : OK;
}

/* An ended session did nothing, and what was to be sent is planned again: once more, with a new session and a new mark,
 * since making the session may have taken long. */
static bool renews(struct scope *sc, struct attempt *t, enum err e)
{
    if (e != ERR_UPSTREAM_AUTH || t->renewed)
        return false;
    t->renewed = true;
    scope_clear(sc);
    return true;
}

enum err effect_run(struct scope *sc, struct flow_job *job, const struct effect *e, const char **out_ref)
{
    struct attempt t = {.job = job, .e = e};
    enum err result = OK;

    for (int turn = 0; turn < 5 && !t.ref && result == OK; turn++) {
        TRY(sc, enter(sc, &t));
        result = turn_once(sc, &t);
        leave(&t);
        if (renews(sc, &t, result))
            result = OK;
    }
    TRY(sc, result);
    MUST_BE(t.ref);
    if (t.differs)
        return FAIL(sc, ERR_HOLD, "%s", e->differs);
    *out_ref = t.ref;
    return OK;
}
