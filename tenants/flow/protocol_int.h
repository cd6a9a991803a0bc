#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* The protocol of effects as pure decisions: what an effect's state says is to be done next, and what became of it by
 * an answer. effect.c carries them out in transactions; tests/unit/tenants/flow/model.h walks through all that can
 * happen between those. Decision 0027.
 */
enum effect_state {
    EFFECT_PLANNED,
    EFFECT_SENT,
    EFFECT_UNKNOWN,
    EFFECT_REJECTED,
    EFFECT_CONFIRMED,
    EFFECT_SUPERSEDED,
    EFFECT_STATES,
};
const char *effect_state_name(enum effect_state state);
enum effect_state effect_state_of(const char *name); /* the database's check constraint has no others */

/* What the ledger lets become of what; a trigger (effect_step) keeps the same table. */
bool effect_may(enum effect_state from, enum effect_state to);

/* A change that was refused may turn out to have been made. Between the two lies planned. */
static inline bool effect_detours(enum effect_state from)
{
    return !effect_may(from, EFFECT_CONFIRMED);
}

enum effect_next { EFFECT_DONE, EFFECT_WAIT, EFFECT_PROBE, EFFECT_SEND, EFFECT_HOLD };

struct effect_look {
    enum effect_state state;
    bool mine;                    /* the job that planned or sent it last is this one */
    bool owner_works;             /* that job is running under the epoch it had then */
    int64_t waited_us, settle_us; /* since its mark; how long a request may still take effect */
    bool probe_first, probed;     /* probed: this try has looked and seen nothing */
};
/* Under the effect's lock. *out_retry_us is for EFFECT_WAIT: after how long it is worth another look. */
enum effect_next effect_judge(const struct effect_look *look, int64_t *out_retry_us);

/* Of one try, each with one look at the effect: enough for a probe, a send, an ended session and another send. */
#define EFFECT_TURNS 5

/* What a request's answer that is not OK says about the change itself. */
enum effect_state effect_state_after(enum err e);
/* After how long a job comes back whose request ended as unknown; sends: before that one. */
int64_t effect_unknown_us(int64_t settle_us, int sends);
