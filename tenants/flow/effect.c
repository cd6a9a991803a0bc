#include <string.h>

#include "base/timefmt.h"
#include "db/db.h"
#include "flow/flow_int.h"
#include "flow/ledger_int.h"
#include "flow/protocol_int.h"
#include "obs/obs.h"
#include "q_flow.h"
#include "sys/fault.h"
#include "sys/loop.h"

/* Of the settle time a quarter may go by before a request has left, and another half before its answer is given up: so
 * from its leaving the vendor has three quarters of it to act. At least so long, for the short times of tests. */
#define LEAVE_US(settle_us)  ((settle_us) / 4 > 100000 ? (settle_us) / 4 : 100000)
#define ANSWER_US(settle_us) ((settle_us) / 4 * 3 > 1000000 ? (settle_us) / 4 * 3 : 1000000)

#define ORDER_US INT64_C(5000000) /* between two looks whether an older document is settled */

/* One effect as this try works on it. */
struct attempt {
    struct flow_job *job;
    const struct effect *e;
    struct uuid id;
    bool probed;             /* a probe of this try has seen nothing */
    bool entered;            /* holds a place at the account */
    bool ready;              /* what goes before the change was done */
    bool renewed;            /* the session ended once in this try */
    bool seen;               /* the ledger has it */
    enum effect_state state; /* when it was looked at */
    bool differs;            /* what was sent before is not what would be sent now */
    int sends;               /* before this try */
    int64_t marked_us;       /* time_boot_us just before the mark was written */
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

enum err flow_pinned(struct scope *sc, struct flow_job *job)
{
    if (!job->pin.due)
        return OK;
    job->pin.due = false;
    return live_pin(sc, &job->job_id, job->pin.own ? &job->pin.mapping_id : NULL, job->pin.version);
}

static enum err plan(struct scope *sc, struct attempt *t, struct q_effect_lock_row *row)
{
    const struct effect *e = t->e;

    TRY(sc, flow_fence(sc, t->job));
    TRY(sc, flow_pinned(sc, t->job));
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

static int64_t settle_us(const struct attempt *t)
{
    return (int64_t)t->e->settle_ms * 1000;
}

static enum effect_next judge(struct attempt *t, const struct q_effect_lock_row *row)
{
    return effect_judge(&(struct effect_look){.state = t->state,
                                              .mine = uuid_equal(&row->job_id, &t->job->job_id),
                                              .owner_works = row->owner_works,
                                              .waited_us = row->waited_us,
                                              .settle_us = t->e->answered && row->answered ? 0 : settle_us(t),
                                              .probe_first = t->e->probe_first,
                                              .probed = t->probed},
                        &t->job->retry_us);
}

static enum err own(struct scope *sc, const struct attempt *t)
{
    return q_effect_own(
        sc, &(struct q_effect_own_in){.effect_id = t->id, .job_id = t->job->job_id, .epoch = t->job->epoch}, NULL);
}

static enum err payload_hash(struct scope *sc, const struct attempt *t, enum effect_next next,
                             uint8_t hash[CRYPTO_HASH_BYTES], struct bytes *out)
{
    *out = (struct bytes){NULL, 0};
    if (!t->e->hash || !(next == EFFECT_SEND || t->e->differs))
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

/* An effect that nobody has meant before, and that need not be looked for, is planned and marked in one go, together
 * with those of other jobs. *out false: it is known, and nothing was done. */
static enum err mark_fresh(struct scope *sc, struct attempt *t, bool *out)
{
    struct effect_mark m = {.effect_id = uuid_new(), .job = t->job, .e = t->e};
    struct bytes evidence;

    *out = false;
    if (t->e->probe_first || t->seen || t->e->before)
        return OK;
    TRY(sc, has_time(sc, t));
    TRY(sc, payload_hash(sc, t, EFFECT_SEND, m.hash, &evidence));
    m.has_hash = evidence.p != NULL;
    t->marked_us = time_boot_us();
    TRY(sc, group_join(sc, effects_mark, &m));
    t->seen = true;
    if (m.outcome == EFFECT_MARK_FENCED)
        return FAIL(sc, ERR_FENCED, "another worker has taken over");
    if (m.outcome == EFFECT_MARK_KNOWN)
        return OK;
    t->id = m.effect_id;
    t->state = EFFECT_SENT;
    t->job->pin.due = false;
    order_note(&t->job->events, "sent", t->e->operation, &t->id);
    FAULT_POINT("effect.after_mark");
    *out = true;
    return OK;
}

static enum err known(struct scope *sc, struct attempt *t, const struct q_effect_lock_row *row)
{
    struct effect_met m = {row->effect_id, row->job_id, row->confirmed_at_us};

    t->ref = row->external_ref ? row->external_ref : "";
    return t->e->met && !uuid_equal(&row->job_id, &t->job->job_id) ? t->e->met(sc, t->e->arg, &m) : OK;
}

static bool is_ready(const struct attempt *t)
{
    return !t->e->before || t->ready;
}

/* Of what goes before a change, as a document, that of an older job goes first: what two say of one thing ends as the
 * newer says. Ends the transaction. */
static enum err in_order(struct scope *sc, struct attempt *t)
{
    const struct q_effect_document_before_row *first;

    TRY(sc, q_effect_document_before(sc,
                                     &(struct q_effect_document_before_in){.connection_id = t->e->connection_id,
                                                                           .operation = t->e->operation,
                                                                           .effect_id = t->id,
                                                                           .job_id = t->job->job_id},
                                     &first));
    if (!first)
        return OK;
    TRY(sc, db_commit(sc));
    t->job->retry_us = ORDER_US;
    return FAIL(sc, ERR_UPSTREAM_BUSY, "waits for an older document of %s that is not settled yet", t->e->operation);
}

/* One transaction: fence, state under lock, and what follows from it; for a send the mark is made here. */
static enum err decide(struct scope *sc, struct attempt *t, enum effect_next *out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct q_effect_lock_row row;
    struct bytes evidence;

    bool fresh;

    TRY(sc, mark_fresh(sc, t, &fresh));
    if (fresh) {
        *out = EFFECT_SEND;
        return OK;
    }
    TRY(sc, plan(sc, t, &row));
    t->state = effect_state_of(row.state);
    *out = judge(t, &row);
    TRY(sc, payload_hash(sc, t, *out, hash, &evidence));
    t->sends = row.sends;
    t->differs = *out != EFFECT_SEND && t->e->differs && !same_payload(&row, evidence);
    if (*out == EFFECT_DONE)
        TRY(sc, known(sc, t, &row));
    if (*out == EFFECT_PROBE || *out == EFFECT_SEND)
        TRY(sc, own(sc, t));
    if (*out == EFFECT_SEND && t->e->before)
        TRY(sc, in_order(sc, t));
    if (*out == EFFECT_SEND && is_ready(t))
        return mark(sc, t, evidence);
    TRY(sc, db_commit(sc));
    return OK;
}

static enum err step_write(struct scope *sc, const struct attempt *t, enum effect_state state, const char *reason,
                           int probed, bool answered)
{
    int64_t changed = 0;

    TRY(sc, q_effect_step(sc,
                          &(struct q_effect_step_in){.effect_id = t->id,
                                                     .epoch = t->job->epoch,
                                                     .job_id = t->job->job_id,
                                                     .state = effect_state_name(state),
                                                     .reason = reason,
                                                     .probed = probed,
                                                     .answered = answered},
                          &changed));
    if (changed != 1)
        return FAIL(sc, ERR_FENCED, "another worker has taken over");
    return OK;
}

static enum err step(struct scope *sc, const struct attempt *t, enum effect_state state, const char *reason, int probed,
                     bool answered)
{
    TRY(sc, flow_fence(sc, t->job));
    TRY(sc, step_write(sc, t, state, reason, probed, answered));
    TRY(sc, db_commit(sc));
    return OK;
}

/* What was marked by this try, and answered: together with those of other jobs. */
static enum err confirm_sent(struct scope *sc, struct attempt *t, const char *ref)
{
    struct effect_done d = {.effect_id = t->id, .job = t->job, .ref = ref};

    TRY(sc, group_join(sc, effects_confirm, &d));
    return d.confirmed ? OK : FAIL(sc, ERR_FENCED, "another worker has taken over");
}

static enum err confirm_looked(struct scope *sc, struct attempt *t, const char *ref, int probed)
{
    int64_t changed = 0;

    TRY(sc, flow_fence(sc, t->job));
    if (effect_detours(t->state))
        TRY(sc, step_write(sc, t, EFFECT_PLANNED, NULL, 0, false));
    TRY(sc, q_effect_confirmed(sc,
                               &(struct q_effect_confirmed_in){.effect_id = t->id,
                                                               .epoch = t->job->epoch,
                                                               .job_id = t->job->job_id,
                                                               .external_ref = ref,
                                                               .probed = probed},
                               &changed));
    if (changed != 1)
        return FAIL(sc, ERR_FENCED, "another worker has taken over");
    return db_commit(sc);
}

static enum err confirm(struct scope *sc, struct attempt *t, const char *ref, int probed)
{
    FAULT_POINT("effect.before_confirm");
    TRY(sc, probed ? confirm_looked(sc, t, ref, probed) : confirm_sent(sc, t, ref));
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
    return step(sc, t, EFFECT_PLANNED, NULL, 1, false);
}

/* The failure that is being answered must outlive the transaction that records it. */
static enum err record_failure(struct scope *sc, struct attempt *t, enum err e)
{
    struct fault kept = sc->fault;
    enum effect_state state = effect_state_after(e);
    const char *name = effect_state_name(state);
    bool answered = state == EFFECT_UNKNOWN && t->e->answered && t->e->answered(t->e->arg);

    scope_clear(sc);
    metric_add_label(METRIC_EFFECTS, name, 1);
    order_note(&t->job->events, name, kept.message ? kept.message : err_info(e)->title, &t->id);
    TRY(sc, step(sc, t, state, kept.message, 0, answered));
    if (state == EFFECT_UNKNOWN)
        t->job->retry_us = effect_unknown_us(settle_us(t), t->sends);
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
    t->ready = false; /* what went before is used */
    e = t->e->send(sc, t->e->arg, &ref);
    leave(t);
    FAULT_POINT("effect.after_send");
    if (e != OK)
        return record_failure(sc, t, e);
    return confirm(sc, t, ref ? ref : "", 0);
}

/* Its change stays planned: nothing that is tried here is one. */
static enum err before(struct scope *sc, struct attempt *t)
{
    TRY(sc, t->e->before(sc, t->e->arg));
    t->ready = true;
    return OK;
}

/* One look at the effect and what follows from it. The place at the account is held from before the mark, so that
 * nothing marked as sent waits for one, until the answer is there. */
static enum err turn_once(struct scope *sc, struct attempt *t)
{
    enum effect_next next = EFFECT_WAIT;

    TRY(sc, decide(sc, t, &next));
    if (next == EFFECT_WAIT)
        return FAIL(sc, ERR_UPSTREAM_BUSY, "waiting to learn what became of an earlier request");
    if (next == EFFECT_HOLD)
        return FAIL(sc, ERR_HOLD, "something else took the place of this change");
    if (next == EFFECT_PROBE)
        return probe(sc, t);
    if (next == EFFECT_SEND && !is_ready(t))
        return before(sc, t);
    return next == EFFECT_SEND ? send(sc, t) : OK;
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

    for (int turn = 0; turn < EFFECT_TURNS && !t.ref && result == OK; turn++) {
        if (is_ready(&t))
            TRY(sc, enter(sc, &t));
        result = turn_once(sc, &t);
        leave(&t);
        if (renews(sc, &t, result))
            result = OK;
    }
    TRY(sc, result);
    if (!t.ref) /* other jobs that mean the same change have put it back each time */
        return FAIL(sc, ERR_UPSTREAM_BUSY, "waiting to learn what became of an earlier request");
    if (t.differs)
        return FAIL(sc, ERR_HOLD, "%s", e->differs);
    *out_ref = t.ref;
    return OK;
}
