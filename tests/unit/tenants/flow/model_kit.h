#pragma once

#include <string.h>

#include "base/must.h"
#include "flow/protocol_int.h"

/* The protocol of leases and effects as a machine with few states. What is decided comes from protocol.c, the code that
 * effect.c runs; what the statements of sql/queries/flow.sql and effect.c's order of transactions do is told again
 * here, a transaction at a time, since each of them is one step for everybody else. One effect; one or two jobs that
 * mean it; workers of which each has one try. A worker that lost its lease does not know it and goes on. Decision 0027
 * says what is left out.
 *
 * Times are whole ticks: a request leaves less than LEAVE_TICKS after its mark or not at all, and it is done less than
 * `settle` ticks after it or never.
 */
#define MODEL_WORKERS 3
#define MODEL_JOBS    2
#define MODEL_ORPHANS 3
#define LEAVE_TICKS   1

enum job_state { JOB_READY, JOB_LEASED, JOB_HELD, JOB_DONE, JOB_CANCELLED };

/* Where a try is. Each but IDLE and those that wait for the vendor is about to make a transaction. */
enum place {
    IDLE,
    DECIDE,
    MARKED, /* sent is committed, and nothing has left */
    FLYING, /* a request is under way */
    ANSWER_OK,
    ANSWER_NO,
    ANSWER_PLANNED, /* nothing was done, certainly */
    ANSWER_AUTH,    /* nor here, and a new session may help */
    ANSWER_UNKNOWN,
    PROBE,
    FOUND,
    ABSENT,
    END_DONE,
    END_READY,
    END_HELD,
};

struct model_worker {
    uint8_t place, job, epoch, age; /* age: since its mark */
    uint8_t turn, probed, renewed, detours;
};

/* Octets only, so that two that are equal are the same octets. */
struct model_state {
    uint8_t job[MODEL_JOBS], epoch[MODEL_JOBS];
    uint8_t effect; /* 0: no row; else its enum effect_state and one */
    uint8_t owner, owner_epoch, waited;
    uint8_t made; /* how often the vendor has made the change; 2: or more */
    uint8_t
        orphan[MODEL_ORPHANS]; /* requests whose sender has gone or given up: age and one, the oldest first; 0: none */
    struct model_worker w[MODEL_WORKERS];
};

/* What a mutant leaves out. */
enum mutation {
    NO_FENCE = 1,         /* transactions do not ask whether the lease holds */
    NO_OWNER = 2,         /* nor whether the effect is still theirs */
    EARLY_PROBE = 4,      /* looks before what was sent has settled */
    BLIND_RESEND = 8,     /* sends what is unknown again */
    SAME_EPOCH = 16,      /* a claim does not raise the epoch */
    OTHERS_UNSEEN = 32,   /* does not care whether the other job works on it */
    LATE_LEAVE = 64,      /* sends however long ago the mark was made */
    REFUSAL_PROVES = 128, /* sends what was refused again without looking */
    NO_RECLAIM = 256,     /* the clock does not look for jobs whose worker has gone */
};

struct model {
    int workers, jobs, settle; /* settle: ticks */
    bool one_key;              /* the jobs have one business key, so that one runs at a time */
    bool probe_first;
    bool as_it_is; /* workers keep their places and epochs their numbers, for whoever walks along one way */
    unsigned mutation;
    /* For mutants, to see what comes of it: */
    bool stale_is_fine, trigger_may_refuse;
    /* What is made of each step. */
    void (*meet)(struct model *m, const struct model_state *next);
    void *arg;
    /* Of the step that is being made: */
    const struct model_state *from;
    const char *what;
    int job, at;     /* at: which worker; -1: none */
    bool late, fair; /* fair: nobody fails, and the vendor does as it is asked */
    const char *broken;
    bool written[EFFECT_STATES][EFFECT_STATES]; /* which steps of the table were taken */
};

static inline enum effect_state model_effect(const struct model_state *s)
{
    return (enum effect_state)(s->effect - 1);
}

static inline bool model_holds(const struct model_state *s, const struct model_worker *w)
{
    return s->job[w->job] == JOB_LEASED && s->epoch[w->job] == w->epoch;
}

/* ---- the one form of states that mean the same ---- */

/* Only which epochs are equal and which is the newest matters. */
static inline void model_epochs(struct model_state *s, int job)
{
    uint8_t *all[MODEL_WORKERS + 2], rank[MODEL_WORKERS + 2];
    int n = 0;

    all[n++] = &s->epoch[job];
    if (s->effect && model_effect(s) != EFFECT_CONFIRMED && s->owner == job)
        all[n++] = &s->owner_epoch;
    for (int i = 0; i < MODEL_WORKERS; i++)
        if (s->w[i].place != IDLE && s->w[i].job == job)
            all[n++] = &s->w[i].epoch;
    for (int i = 0; i < n; i++) {
        bool below[256] = {false};

        rank[i] = 0;
        for (int k = 0; k < n; k++)
            if (*all[k] < *all[i] && !below[*all[k]]) {
                below[*all[k]] = true;
                rank[i]++;
            }
    }
    for (int i = 0; i < n; i++)
        *all[i] = rank[i];
}

static inline void model_sort_workers(struct model_state *s)
{
    for (int i = 1; i < MODEL_WORKERS; i++)
        for (int k = i; k > 0 && memcmp(&s->w[k], &s->w[k - 1], sizeof(s->w[k])) > 0; k--) {
            struct model_worker w = s->w[k];

            s->w[k] = s->w[k - 1];
            s->w[k - 1] = w;
        }
}

static inline void model_sort_orphans(struct model_state *s)
{
    for (int i = 1; i < MODEL_ORPHANS; i++)
        for (int k = i; k > 0 && s->orphan[k] > s->orphan[k - 1]; k--) {
            uint8_t o = s->orphan[k];

            s->orphan[k] = s->orphan[k - 1];
            s->orphan[k - 1] = o;
        }
}

static inline void model_settle(const struct model *m, struct model_state *s)
{
    if (s->effect && model_effect(s) == EFFECT_CONFIRMED) /* nobody asks any more whose it was */
        s->owner = s->owner_epoch = 0;
    if (!s->effect || (model_effect(s) != EFFECT_SENT && model_effect(s) != EFFECT_UNKNOWN))
        s->waited = 0;
    for (int i = 0; i < MODEL_WORKERS; i++) {
        struct model_worker *w = &s->w[i];

        if (w->place == IDLE)
            *w = (struct model_worker){0};
        if (w->place != MARKED && w->place != FLYING)
            w->age = 0;
        if (w->place >= END_DONE)
            w->turn = w->probed = w->renewed = w->detours = 0;
    }
    model_sort_orphans(s);
    if (m->as_it_is)
        return;
    for (int j = 0; j < MODEL_JOBS; j++)
        model_epochs(s, j);
    model_sort_workers(s);
}

/* ---- making a step ---- */

static inline void model_judge_step(struct model *m, const struct model_state *next)
{
    const struct model_state *from = m->from;
    bool confirmed = next->effect && model_effect(next) == EFFECT_CONFIRMED;

    if (m->broken)
        return;
    if (next->made > 1)
        m->broken = "the change was made twice";
    else if (confirmed && next->made == 0)
        m->broken = "confirmed, and never made";
    else if (from->effect && model_effect(from) == EFFECT_CONFIRMED && !confirmed)
        m->broken = "confirmed was taken back";
    else if (from->effect && !next->effect)
        m->broken = "the row was lost";
    for (int j = 0; j < m->jobs && !m->broken; j++)
        if (next->job[j] == JOB_DONE && !confirmed)
            m->broken = "a job is done, and its effect is not confirmed";
    if (!m->broken && m->one_key && m->jobs == 2 && next->job[0] == JOB_LEASED && next->job[1] == JOB_LEASED)
        m->broken = "two jobs of one key run";
}

static inline void model_step(struct model *m, struct model_state *next)
{
    model_judge_step(m, next);
    model_settle(m, next);
    m->meet(m, next);
}

static inline void model_about(struct model *m, const char *what, int job, bool late, bool fair)
{
    m->what = what;
    m->job = job;
    m->late = late;
    m->fair = fair;
}

static inline void model_orphan(struct model *m, struct model_state *s, const struct model_worker *w)
{
    if (w->place != FLYING || w->age >= m->settle)
        return;
    if (s->orphan[MODEL_ORPHANS - 1])
        m->broken = "four requests are under way at once, which the model has no room for";
    s->orphan[MODEL_ORPHANS - 1] = (uint8_t)(w->age + 1);
    model_sort_orphans(s); /* which makes room at the end */
}

static inline void model_make(struct model_state *s)
{
    s->made = s->made < 2 ? (uint8_t)(s->made + 1) : 2;
}

/* ---- transactions ---- */

static inline bool txn_fence(const struct model *m, const struct model_state *s, const struct model_worker *w)
{
    return m->mutation & NO_FENCE || model_holds(s, w);
}

/* An accepted write. */
static inline void txn_wrote(struct model *m, const struct model_state *s, const struct model_worker *w)
{
    if (!model_holds(s, w) && !m->stale_is_fine)
        m->broken = "a stale worker wrote";
}

/* The trigger. A protocol that is whole never asks for what it refuses. */
static inline bool txn_state(struct model *m, struct model_state *s, enum effect_state to)
{
    if (!effect_may(model_effect(s), to) && !(m->mutation & (BLIND_RESEND | REFUSAL_PROVES))) {
        if (!m->trigger_may_refuse)
            m->broken = "a step that the table does not allow";
        return false;
    }
    m->written[model_effect(s)][to] = true;
    s->effect = (uint8_t)(to + 1);
    return true;
}

/* effect_step and effect_confirmed */
static inline bool txn_step(struct model *m, struct model_state *s, const struct model_worker *w, enum effect_state to)
{
    bool mine = m->mutation & NO_OWNER || (s->owner == w->job && s->owner_epoch == w->epoch);

    if (!s->effect || !mine || model_effect(s) == EFFECT_CONFIRMED)
        return false;
    txn_wrote(m, s, w);
    return txn_state(m, s, to);
}

static inline void txn_own(struct model *m, struct model_state *s, const struct model_worker *w)
{
    txn_wrote(m, s, w);
    s->owner = w->job;
    s->owner_epoch = w->epoch;
}

static inline enum effect_next txn_judge(const struct model *m, const struct model_state *s,
                                         const struct model_worker *w)
{
    const struct effect_look look = {.state = model_effect(s),
                                     .mine = s->owner == w->job || m->mutation & OTHERS_UNSEEN,
                                     .owner_works =
                                         s->job[s->owner] == JOB_LEASED && s->epoch[s->owner] == s->owner_epoch,
                                     .waited_us = s->waited,
                                     .settle_us = m->mutation & EARLY_PROBE ? 0 : m->settle,
                                     .probe_first = m->probe_first,
                                     .probed = w->probed};
    int64_t retry_us = 0;
    enum effect_next next = effect_judge(&look, &retry_us);

    if (m->mutation & BLIND_RESEND && model_effect(s) == EFFECT_UNKNOWN)
        return EFFECT_SEND;
    return m->mutation & REFUSAL_PROVES && model_effect(s) == EFFECT_REJECTED ? EFFECT_SEND : next;
}

/* decide and mark of effect.c: the fence, the row, and what follows from it. */
static inline enum place txn_decide(struct model *m, struct model_state *s, struct model_worker *w)
{
    static const enum place ends[] = {[EFFECT_DONE] = END_DONE,
                                      [EFFECT_WAIT] = END_READY,
                                      [EFFECT_PROBE] = PROBE,
                                      [EFFECT_SEND] = MARKED,
                                      [EFFECT_HOLD] = END_HELD};
    enum effect_next next;

    if (!txn_fence(m, s, w))
        return END_READY;
    if (!s->effect) {
        s->effect = EFFECT_PLANNED + 1;
        txn_own(m, s, w);
    }
    next = txn_judge(m, s, w);
    w->detours = effect_detours(model_effect(s)) && next == EFFECT_PROBE;
    if (next == EFFECT_PROBE || next == EFFECT_SEND)
        txn_own(m, s, w);
    if (next == EFFECT_SEND) {
        MUST_BE(txn_state(m, s, EFFECT_SENT));
        s->waited = w->age = 0;
    }
    return ends[next];
}

static inline enum place txn_confirm(struct model *m, struct model_state *s, struct model_worker *w)
{
    if (!txn_fence(m, s, w) || (w->detours && !txn_step(m, s, w, EFFECT_PLANNED)) ||
        !txn_step(m, s, w, EFFECT_CONFIRMED))
        return END_READY;
    return END_DONE;
}

/* Another turn of effect_run. */
static inline enum place txn_turn(struct model_worker *w)
{
    return ++w->turn == EFFECT_TURNS ? END_READY : DECIDE;
}

static inline enum place txn_absent(struct model *m, struct model_state *s, struct model_worker *w)
{
    if (!txn_fence(m, s, w) || !txn_step(m, s, w, EFFECT_PLANNED))
        return END_READY;
    w->probed = 1;
    return txn_turn(w);
}

/* record_failure, and what dispatch makes of it */
static inline enum place txn_failure(struct model *m, struct model_state *s, struct model_worker *w, enum err e)
{
    if (!txn_fence(m, s, w) || !txn_step(m, s, w, effect_state_after(e)))
        return END_READY;
    if (e == ERR_UPSTREAM_AUTH && !w->renewed) {
        w->renewed = 1;
        return txn_turn(w);
    }
    return err_info(e)->fate == FATE_REVIEW ? END_HELD : END_READY;
}

/* job_finish; a stale number changes nothing. */
static inline void txn_finish(struct model *m, struct model_state *s, const struct model_worker *w)
{
    if (!model_holds(s, w))
        return;
    s->job[w->job] = w->place == END_DONE ? JOB_DONE : w->place == END_HELD ? JOB_HELD : JOB_READY;
    if (m->one_key && w->place == END_DONE && w->job == 1 && s->job[0] == JOB_HELD)
        s->job[0] = JOB_CANCELLED;
}

static inline enum place model_txn(struct model *m, struct model_state *s, struct model_worker *w)
{
    switch (w->place) {
    case DECIDE:
        return txn_decide(m, s, w);
    case ANSWER_OK:
    case FOUND:
        return txn_confirm(m, s, w);
    case ABSENT:
        return txn_absent(m, s, w);
    case ANSWER_NO:
        return txn_failure(m, s, w, ERR_UPSTREAM_NO);
    case ANSWER_PLANNED:
        return txn_failure(m, s, w, ERR_UPSTREAM_BUSY);
    case ANSWER_AUTH:
        return txn_failure(m, s, w, ERR_UPSTREAM_AUTH);
    case ANSWER_UNKNOWN:
        return txn_failure(m, s, w, ERR_UPSTREAM_UNKNOWN);
    default:
        txn_finish(m, s, w);
        return IDLE;
    }
}
