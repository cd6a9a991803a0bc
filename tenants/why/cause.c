#include <string.h>

#include "why/why_int.h"

/* A cause for itself: which rule a sentence belongs to, and the name that tells two of its kind apart. */

#define PATH_MAX 100 /* octets */

/* Of these what the first star stands for is one of a kind: of other rules it is an amount, a line or an order. */
static const char *const named[] = {"rule_failed",
                                    "field_wrong",
                                    "word_missing",
                                    "word_too_late",
                                    "mapping_unpublished",
                                    "mapping_missing",
                                    "role_not_set",
                                    "operation_missing",
                                    "flow_missing",
                                    "currency_unknown",
                                    "drift",
                                    "step_failed",
                                    "product_missing_there",
                                    "tax_missing_there",
                                    "unknown_kind",
                                    "destination_paused",
                                    "destination_revoked",
                                    "no_destination",
                                    "flow_only",
                                    "no_calls",
                                    NULL};

static bool is_named(const char *code)
{
    for (const char *const *n = named; *n; n++)
        if (strcmp(*n, code) == 0)
            return true;
    return false;
}

/* What of it is the same for every order: a rule's field, not the place in it where it failed. */
static const char *path_of(struct arena *a, const struct why_rule *r, const struct str *stars)
{
    struct str path = stars[0];
    size_t end;

    if (!r->said || !is_named(r->code) || !path.p)
        return "";
    end = strcspn(path.p, strcmp(r->code, "drift") == 0 || strcmp(r->code, "step_failed") == 0 ? " " : "\n");
    path.n = end < path.n ? end : path.n;
    return arena_cut(a, str_dup(a, path), PATH_MAX);
}

static struct why_facts alone(const char *reason, const char *outcome, bool stopped)
{
    return (struct why_facts){.it = "it",
                              .customer_status = "active",
                              .partner_status = "active",
                              .has_job = true,
                              .of_order = false,
                              .flow = "",
                              .mapping = "",
                              .job_state = stopped ? "held" : "ready",
                              .job_reason = reason,
                              .outcome = outcome,
                              .attempts = 1,
                              .run_us = INT64_MIN,
                              .sent_us = INT64_MIN,
                              .drained_us = INT64_MIN,
                              .heard_us = INT64_MIN,
                              .tried_us = INT64_MIN,
                              .ended_us = INT64_MIN,
                              .received_us = INT64_MIN};
}

void why_cause_of(struct arena *a, const char *reason, const char *outcome, bool stopped, struct why_cause *out)
{
    struct why_facts f = alone(reason ? reason : "", outcome, stopped);
    struct str stars[WHY_STARS_MAX];
    const struct why_rule *r = why_rule_of(&f, stars);
    bool known = strcmp(r->code, "held") != 0 && strcmp(r->code, "held_by_step") != 0 &&
                 strcmp(r->code, "tried_again") != 0 && strcmp(r->code, "nothing_under_way") != 0;

    *out = (struct why_cause){.code = known ? r->code : "other",
                              .owner = r->owner,
                              .permission = r->permission,
                              .path = known ? path_of(a, r, stars) : "",
                              .action = known ? why_words(a, &f, stars, r->action) : "",
                              .theirs = r->stage == STAGE_TIME || r->stage >= STAGE_ROUTE};
}
