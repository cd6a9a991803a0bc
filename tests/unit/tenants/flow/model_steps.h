#pragma once

#include "model_kit.h"

/* Every step that can follow a state of the model. */

static inline void step_to(struct model *m, int i, enum place to, const char *what, bool fair)
{
    struct model_state s = *m->from;
    struct model_worker *w = &s.w[i];

    model_about(m, what, w->job, !model_holds(&s, w), fair);
    w->place = (uint8_t)to;
    model_step(m, &s);
}

/* The transaction commits and the worker goes on; it commits and the worker never hears of it; it does not commit. */
static inline void step_txn(struct model *m, int i, const char *what)
{
    struct model_state s = *m->from;
    struct model_worker *w = &s.w[i];
    bool late = !model_holds(&s, w), ends = w->place >= END_DONE;

    model_about(m, what, w->job, late, true);
    w->place = (uint8_t)model_txn(m, &s, w);
    if (!ends) {
        struct model_state lost = s;

        model_step(m, &s);
        model_about(m, "commits, and is not told so", w->job, late, false);
        lost.w[i].place = END_READY;
        model_step(m, &lost);
        step_to(m, i, END_READY, "cannot reach the database", false);
        return;
    }
    model_step(m, &s); /* tells the ledger until it knows */
}

static inline void step_send(struct model *m, int i)
{
    bool leaves = m->from->w[i].age < LEAVE_TICKS;

    if (!leaves && m->mutation & LATE_LEAVE) { /* the vendor takes as long as ever, from then on */
        struct model_state s = *m->from;

        model_about(m, "sends late", s.w[i].job, !model_holds(&s, &s.w[i]), false);
        s.w[i].place = FLYING;
        s.w[i].age = 0;
        model_step(m, &s);
    }
    if (leaves)
        step_to(m, i, FLYING, "sends", true);
    step_to(m, i, ANSWER_PLANNED, leaves ? "cannot send" : "is too late to send", !leaves);
}

static inline void step_make(struct model *m, int i, enum place answer, const char *what, bool fair)
{
    struct model_state s = *m->from;

    model_about(m, what, s.w[i].job, !model_holds(&s, &s.w[i]), fair);
    s.w[i].place = (uint8_t)answer;
    model_make(&s);
    model_step(m, &s);
}

static inline void step_give_up(struct model *m, int i, enum place to, const char *what, bool fair)
{
    struct model_state s = *m->from;
    struct model_worker w = s.w[i];

    model_about(m, what, w.job, !model_holds(&s, &w), fair);
    s.w[i].place = (uint8_t)to;
    model_orphan(m, &s, &w);
    model_step(m, &s);
}

static inline void step_flying(struct model *m, int i)
{
    bool over = m->from->w[i].age >= m->settle;

    step_give_up(m, i, ANSWER_UNKNOWN, "has no answer to wait for", over);
    if (over)
        return;
    step_make(m, i, ANSWER_OK, "is answered that it was made", true);
    step_make(m, i, ANSWER_NO, "is answered that it was refused, though it was made", false);
    step_make(m, i, ANSWER_UNKNOWN, "has an error for an answer, and it was made", false);
    step_to(m, i, ANSWER_NO, "is refused", false);
    step_to(m, i, ANSWER_PLANNED, "is told to come later", false);
    step_to(m, i, m->from->w[i].renewed ? ANSWER_PLANNED : ANSWER_AUTH, "is told that its session has ended", false);
    step_to(m, i, ANSWER_UNKNOWN, "has an error for an answer, and nothing was made", false);
}

static inline void step_worker(struct model *m, int i)
{
    const struct model_worker *w = &m->from->w[i];

    if (w->place == IDLE)
        return;
    step_give_up(m, i, IDLE, "crashes", false);
    switch (w->place) {
    case MARKED:
        step_send(m, i);
        return;
    case FLYING:
        step_flying(m, i);
        return;
    case PROBE:
        step_to(m, i, m->from->made ? FOUND : ABSENT, m->from->made ? "looks and finds it" : "looks and sees nothing",
                true);
        step_to(m, i, END_READY, "cannot look", false);
        return;
    case DECIDE:
        step_txn(m, i, "decides");
        return;
    case END_DONE:
    case END_READY:
    case END_HELD:
        step_txn(m, i, w->place == END_DONE ? "ends: done" : w->place == END_HELD ? "ends: held" : "ends: once more");
        return;
    case ANSWER_OK:
    case FOUND:
        step_txn(m, i, "confirms");
        break;
    default:
        step_txn(m, i, w->place == ABSENT ? "plans it again" : "records the failure");
    }
    if (w->place >= ANSWER_OK && w->place <= ANSWER_AUTH)
        step_to(m, i, ANSWER_UNKNOWN, "loses the answer", false);
}

/* job_claim, by a worker that has no try */
static inline void step_claim(struct model *m, int job)
{
    struct model_state s = *m->from;
    int other = 1 - job, i = 0;

    while (i < m->workers && s.w[i].place != IDLE)
        i++;
    if (i == m->workers || s.job[job] != JOB_READY)
        return;
    if (m->one_key && m->jobs == 2 && (s.job[other] == JOB_LEASED || (other < job && s.job[other] == JOB_READY)))
        return;
    model_about(m, "is claimed", job, false, true);
    m->at = i;
    s.job[job] = JOB_LEASED;
    if (!(m->mutation & SAME_EPOCH))
        s.epoch[job]++;
    s.w[i] = (struct model_worker){.place = DECIDE, .job = (uint8_t)job, .epoch = s.epoch[job]};
    model_step(m, &s);
}

static inline void step_job(struct model *m, int job)
{
    struct model_state s = *m->from;

    step_claim(m, job);
    if ((s.job[job] == JOB_LEASED && !(m->mutation & NO_RECLAIM)) || s.job[job] == JOB_HELD) {
        bool held = s.job[job] == JOB_HELD;

        m->at = -1;
        model_about(m, held ? "is released by a person" : "has lost its worker, says the clock", job, false, !held);
        s.job[job] = JOB_READY;
        model_step(m, &s);
    }
}

static inline void step_orphans(struct model *m)
{
    for (int i = 0; i < MODEL_ORPHANS && m->from->orphan[i]; i++) {
        struct model_state s = *m->from;

        model_about(m, "a request that nobody waits for is made", -1, false, false);
        s.orphan[i] = 0;
        model_make(&s);
        model_step(m, &s);
    }
}

static inline void step_time(struct model *m)
{
    struct model_state s = *m->from;

    model_about(m, "time goes by", -1, false, true);
    s.waited = s.waited < m->settle ? (uint8_t)(s.waited + 1) : s.waited;
    for (int i = 0; i < MODEL_ORPHANS; i++)
        if (s.orphan[i] && ++s.orphan[i] > m->settle) /* it will not be made any more */
            s.orphan[i] = 0;
    for (int i = 0; i < m->workers; i++)
        if ((s.w[i].place == MARKED || s.w[i].place == FLYING) && s.w[i].age < m->settle)
            s.w[i].age++;
    model_step(m, &s);
}

static inline void model_steps(struct model *m, const struct model_state *from)
{
    m->from = from;
    for (m->at = 0; m->at < m->workers; m->at++)
        step_worker(m, m->at);
    for (int j = 0; j < m->jobs; j++) {
        m->at = -1;
        step_job(m, j);
    }
    m->at = -1;
    step_orphans(m);
    step_time(m);
}
