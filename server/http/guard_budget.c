#include "http/guard_int.h"

#define PERIOD_US (10 * 1000000)
#define CONTROLS_EARNT                                                                                                 \
    2 /* an answer's frame is met by an update of the stream's window and one of the connection's                      \
       */

/* An event pays for a piece of the period; who has paid for more than a whole period ahead is over. So a connection may
 * spend everything at once, and a tenth of it each second after that. */
static const struct {
    unsigned most; /* in a period */
    enum guard_cut cut;
} budgets[GUARD_BUDGETS] = {
    [GUARD_RESETS] = {200, GUARD_CUT_RESETS},
    [GUARD_CONTROLS] = {2000, GUARD_CUT_CONTROLS},
    [GUARD_EMPTIES] = {1000, GUARD_CUT_EMPTIES},
    [GUARD_UNKNOWNS] = {20, GUARD_CUT_UNKNOWNS},
};

static int64_t cost_us(enum guard_budget_kind kind, unsigned n)
{
    return (int64_t)n * (PERIOD_US / (int64_t)budgets[kind].most);
}

static bool spend(struct guard_budget *b, enum guard_budget_kind kind, unsigned n, int64_t now_us)
{
    int64_t *until = &b->paid_until_us[kind];

    if (n == 0)
        return true;
    if (*until < now_us)
        *until = now_us;
    *until += cost_us(kind, n);
    return *until - now_us <= PERIOD_US;
}

enum guard_cut guard_budget_spend(struct guard_budget *b, const struct guard_tally *t, int64_t now_us)
{
    const unsigned spent[GUARD_BUDGETS] = {[GUARD_RESETS] = t->resets,
                                           [GUARD_CONTROLS] = t->controls,
                                           [GUARD_EMPTIES] = t->empties,
                                           [GUARD_UNKNOWNS] = t->unknowns};

    for (enum guard_budget_kind k = 0; k < GUARD_BUDGETS; k++)
        if (!spend(b, k, spent[k], now_us))
            return budgets[k].cut;
    return GUARD_FIT;
}

void guard_budget_earn(struct guard_budget *b, unsigned answers, int64_t now_us)
{
    int64_t *until = &b->paid_until_us[GUARD_CONTROLS];

    if (*until > now_us)
        *until -= cost_us(GUARD_CONTROLS, answers * CONTROLS_EARNT);
}

const char *guard_cut_name(enum guard_cut why)
{
    static const char *const names[GUARD_CUTS] = {
        [GUARD_FIT] = "none",
        [GUARD_CUT_HEADERS] = "headers",
        [GUARD_CUT_RESETS] = "resets",
        [GUARD_CUT_CONTROLS] = "control_frames",
        [GUARD_CUT_EMPTIES] = "empty_frames",
        [GUARD_CUT_UNKNOWNS] = "unknown_frames",
        [GUARD_CUT_FRAME] = "frame",
        [GUARD_CUT_UPLOADS] = "uploads",
        [GUARD_CUT_HEAD_TIME] = "head_time",
        [GUARD_CUT_BODY_RATE] = "body_rate",
        [GUARD_CUT_PROGRESS] = "progress",
        [GUARD_CUT_IDLE] = "idle",
        [GUARD_CUT_LIFE] = "life",
        [GUARD_CUT_ADDRESS] = "address",
        [GUARD_CUT_PROCESS] = "process",
    };

    return names[why];
}
