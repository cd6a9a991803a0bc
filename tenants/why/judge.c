#include <string.h>

#include "why/why_int.h"

/* From facts to the first condition that is not met. Knows no database and no clock. */

const char *const why_state_names[] = {"there", "on_its_way", "waiting", "stopped", NULL};
const char *const why_owner_names[] = {"nobody", "admin", "partner", "shop", "system", "platform", NULL};

static bool is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

bool why_has_stopped(const struct why_facts *f)
{
    if (f->has_job && (is(f->job_state, "ready") || is(f->job_state, "leased")))
        return false;
    return is(f->order_state, "held") || is(f->job_state, "held") || is(f->job_state, "dead");
}

/* An order that is given up says so before the reason; its job says the reason alone. */
static const char *bare(const char *said)
{
    struct str stars[WHY_STARS_MAX];

    return said && why_matches("given up after * tries: *", said, stars) ? stars[1].p : said;
}

const char *why_reason(const struct why_facts *f)
{
    bool stopped = why_has_stopped(f);
    const char *said = stopped && is(f->order_state, "held") ? f->held_reason : f->job_reason;

    return bare(said ? said : f->held_reason);
}

/* What a rule's `said` is compared with: of what is ready only when it has been tried and comes back. */
static const char *spoken(const struct why_facts *f, const struct why_rule *r)
{
    if (why_has_stopped(f))
        return r->state == WHY_STOPPED ? why_reason(f) : NULL;
    if (is(f->job_state, "done") || is(f->job_state, "cancelled"))
        return f->job_reason;
    return r->state == WHY_WAITING && f->has_job && is(f->job_state, "ready") && !f->due ? f->job_reason : NULL;
}

static bool fits(const struct why_facts *f, const struct why_rule *r, struct str stars[WHY_STARS_MAX])
{
    const char *said;

    memset(stars, 0, sizeof(*stars) * WHY_STARS_MAX);
    if (r->holds && !r->holds(f))
        return false;
    if (!r->said)
        return true;
    said = spoken(f, r);
    return said && why_matches(r->said, said, stars);
}

/* ---- what was met before ---- */

static const struct {
    const char *code, *sentence;
} met[STAGES] = {
    [STAGE_RECEIVED] = {"received", "it was received"},
    [STAGE_SERVED] = {"served", "its customer is served"},
    [STAGE_FLOW] = {"flow", "the flow \"{flow}\" is at work"},
    [STAGE_TURN] = {"turn", "no other delivery of the same record is before it"},
    [STAGE_TIME] = {"time", "its time has come"},
    [STAGE_WORKER] = {"worker", "a worker took it"},
    [STAGE_READ] = {"read", "it could be read"},
    [STAGE_FIT] = {"fit", "it is a whole and real sale"},
    [STAGE_ROUTE] = {"route", "\"{destination}\" takes what is sent"},
    [STAGE_THERE] = {"there", ""},
};

/* Whether a stage says anything of this one. */
static bool counts(const struct why_facts *f, enum why_stage s)
{
    switch (s) {
    case STAGE_FLOW:
        return f->flow != NULL;
    case STAGE_FIT:
        return f->of_order;
    case STAGE_ROUTE:
        return f->of_order && f->destination != NULL;
    default:
        return true;
    }
}

static void checked(struct arena *a, const struct why_facts *f, enum why_stage until, struct why_answer *out)
{
    static const struct str none[WHY_STARS_MAX];

    for (enum why_stage s = 0; s < until; s++)
        if (counts(f, s))
            out->checked[out->check_count++] = (struct why_check){met[s].code, why_words(a, f, none, met[s].sentence)};
}

/* ---- answering ---- */

static const char *owner_words(struct arena *a, const struct why_facts *f, enum why_owner owner)
{
    static const struct str none[WHY_STARS_MAX];

    switch (owner) {
    case WHY_ADMIN:
        return "a retail admin";
    case WHY_PARTNER:
        return "the partner";
    case WHY_SHOP:
        return f->source ? why_words(a, f, none, "the shop \"{source}\"") : "the shop";
    case WHY_SYSTEM:
        return why_words(a, f, none, "the owner of {system}");
    case WHY_PLATFORM:
        return "the platform";
    case WHY_NOBODY:
        break;
    }
    return "nobody";
}

static int64_t since(const struct why_facts *f, const struct why_rule *r)
{
    if (is(f->order_state, "delivered"))
        return f->delivered_us;
    if (r->state != WHY_STOPPED && f->has_job && f->tried_us == INT64_MIN)
        return f->created_us;
    if (f->ended_us != INT64_MIN && f->has_job)
        return f->ended_us;
    return f->tried_us != INT64_MIN ? f->tried_us : f->received_us;
}

/* It stopped for something that is over since; it has to be told to go on. */
static const struct why_rule over_rule = {
    .code = "cause_is_over",
    .state = WHY_STOPPED,
    .owner = WHY_ADMIN,
    .permission = "orders:write",
    .sentence = "{it} was stopped, since {reason}; that is so no more, and it waits for somebody to let it go on",
    .action = "let it go on",
};

static bool needs_release(const struct why_rule *r, const struct why_facts *f)
{
    return r->over && why_has_stopped(f) && r->over(f);
}

const struct why_rule *why_rule_of(const struct why_facts *f, struct str stars[WHY_STARS_MAX])
{
    const struct why_rule *r = why_rules;

    while (!fits(f, r, stars))
        r++;
    return r;
}

void why_judge(struct arena *a, const struct why_facts *f, struct why_answer *out)
{
    struct str stars[WHY_STARS_MAX];
    const struct why_rule *r = why_rule_of(f, stars);
    enum why_stage stage = r->stage;

    if (needs_release(r, f))
        r = &over_rule;
    out->state = r->state;
    out->code = r->code;
    out->owner = r->owner;
    out->permission = r->permission;
    out->sentence = why_words(a, f, stars, r->sentence);
    out->action = why_words(a, f, stars, r->action);
    out->owner_words = owner_words(a, f, r->owner);
    out->reason = why_reason(f);
    out->since_us = since(f, r);
    out->again_us = is(f->job_state, "ready") && !f->due ? f->run_us : INT64_MIN;
    checked(a, f, stage, out);
}
