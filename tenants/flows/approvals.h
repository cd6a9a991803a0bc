#pragma once

#include "flows/flows.h"

/* What jobs ask people. */
struct flows_approval {
    struct uuid approval_id, customer_id, job_id, flow_id;
    const char *flow_name, *question, *state, *assigned_to, *first_by, *decided_by, *note; /* NULL: none */
    bool four_eyes;
    int64_t asked_at_us, due_at_us, decided_at_us; /* INT64_MIN: none */
    int64_t row_version;
};
/* Oldest first, after an id; state "": any. */
enum err flows_approvals(struct scope *sc, const char *state, const struct uuid *after, size_t most,
                         struct flows_approval **out, size_t *out_n);
enum err flows_approval_get(struct scope *sc, const struct uuid *id, struct flows_approval *out);

/* The job goes on, or ends with the reason. Where four eyes are asked for two people must approve, and one who began
 * the run counts for nothing; a rejection is one person's word. Problem "approval-self" (409) for somebody whose word
 * does not count, ERR_CONFLICT when it is decided. *out_waits: a second person must approve. */
struct flows_word {
    const char *who; /* "usr_…" */
    bool yes;
    const char *note; /* NULL: none */
};
enum err flows_decide(struct scope *sc, const struct uuid *id, const struct flows_word *w, bool *out_waits);
enum err flows_assign(struct scope *sc, const struct uuid *id, const char *who); /* NULL: nobody */
