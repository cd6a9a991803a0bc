#include <string.h>

#include "base/must.h"
#include "flow/protocol_int.h"

#define OTHER_WORKS_US (INT64_C(200) * 1000)

static const char *const names[EFFECT_STATES] = {"planned", "sent", "unknown", "rejected", "confirmed", "superseded"};

const char *effect_state_name(enum effect_state state)
{
    return names[state];
}

enum effect_state effect_state_of(const char *name)
{
    int i = 0;

    while (i < EFFECT_STATES && strcmp(names[i], name) != 0)
        i++;
    MUST_BE(i < EFFECT_STATES);
    return (enum effect_state)i;
}

/* Confirmed never reverts; unknown becomes sent again only by way of planned, which only a probe that saw nothing
 * writes. */
bool effect_may(enum effect_state from, enum effect_state to)
{
    static const bool may[EFFECT_STATES][EFFECT_STATES] = {
        [EFFECT_PLANNED] = {[EFFECT_SENT] = true, [EFFECT_CONFIRMED] = true, [EFFECT_SUPERSEDED] = true},
        [EFFECT_SENT] =
            {[EFFECT_CONFIRMED] = true, [EFFECT_REJECTED] = true, [EFFECT_UNKNOWN] = true, [EFFECT_PLANNED] = true},
        [EFFECT_UNKNOWN] = {[EFFECT_CONFIRMED] = true, [EFFECT_PLANNED] = true, [EFFECT_SUPERSEDED] = true},
        [EFFECT_REJECTED] = {[EFFECT_PLANNED] = true, [EFFECT_SUPERSEDED] = true},
    };

    return from == to || may[from][to];
}

static enum effect_next judge_sent(const struct effect_look *look, int64_t *out_retry_us)
{
    if (look->owner_works && !look->mine) { /* this job comes back a little later and finds the outcome */
        *out_retry_us = OTHER_WORKS_US;
        return EFFECT_WAIT;
    }
    if (look->waited_us < look->settle_us) { /* what was sent may still arrive: looking now would prove nothing */
        *out_retry_us = look->settle_us - look->waited_us + 1000;
        return EFFECT_WAIT;
    }
    return EFFECT_PROBE;
}

enum effect_next effect_judge(const struct effect_look *look, int64_t *out_retry_us)
{
    switch (look->state) {
    case EFFECT_CONFIRMED:
        return EFFECT_DONE;
    case EFFECT_SENT:
    case EFFECT_UNKNOWN:
        return judge_sent(look, out_retry_us);
    case EFFECT_REJECTED: /* a vendor that refuses may be wrong about what it did */
        return EFFECT_PROBE;
    case EFFECT_PLANNED:
        return look->probe_first && !look->probed ? EFFECT_PROBE : EFFECT_SEND;
    default:
        return EFFECT_HOLD;
    }
}

enum effect_state effect_state_after(enum err e)
{
    switch (e) {
    case ERR_UPSTREAM_NO:
        return EFFECT_REJECTED;
    case ERR_UNAVAILABLE: /* not an octet left */
    case ERR_UPSTREAM_BUSY:
    case ERR_UPSTREAM_AUTH:
    case ERR_HOLD:
    case ERR_LIMIT:
        return EFFECT_PLANNED;
    default:
        return EFFECT_UNKNOWN;
    }
}

int64_t effect_unknown_us(int64_t settle_us, int sends)
{
    return (settle_us + 1000) << (sends < 5 ? sends : 5); /* it may end like that each time */
}
