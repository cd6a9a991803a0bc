#pragma once

#include "flows/flows.h"

/* Jobs as people see them: what they are about, how each try ended, and what they changed elsewhere. */
struct flows_job {
    struct uuid job_id, customer_id, flow_id, message_id, connection_id; /* nil: none */
    struct uuid waits_for; /* an earlier job of its key that is held; nil: it waits for none */
    int32_t flow_version, lane, attempts, edits;
    const char *kind, *business_key, *state, *reason; /* reason NULL: none */
    bool shadow;
    int64_t run_at_us, deadline_at_us, created_at_us, ended_at_us; /* INT64_MIN: not yet */
};
#define FLOWS_TRIES_MAX   50 /* shown of a job */
#define FLOWS_EFFECTS_MAX 1000

struct flows_try {
    int32_t n;
    int64_t started_at_us, ended_at_us;
    const char *outcome, *reason;
};
struct flows_effect {
    struct uuid effect_id, connection_id;
    const char *operation, *key, *state, *external_ref, *reason;
    int32_t sends;
    int64_t planned_at_us, confirmed_at_us; /* INT64_MIN: not yet */
    struct uuid made_by;                    /* the job that had made it before; nil: this one makes it */
};
/* What a job in shadow would have sent. */
struct flows_plan {
    struct uuid connection_id;
    const char *operation, *key, *request;
    int64_t planned_at_us;
};

enum err flows_job_get(struct scope *sc, const struct uuid *job_id, struct flows_job *out);
/* Those of one flow before an id, newest first; state "": any. */
enum err flows_jobs(struct scope *sc, const struct uuid *flow_id, const char *state, const struct uuid *before,
                    size_t most, struct flows_job **out, size_t *out_n);
enum err flows_tries(struct scope *sc, const struct flows_job *j, struct flows_try **out, size_t *out_n);
enum err flows_effects(struct scope *sc, const struct flows_job *j, struct flows_effect **out, size_t *out_n);
enum err flows_plans(struct scope *sc, const struct flows_job *j, struct flows_plan **out, size_t *out_n);
/* Jobs whose turn it is when others have ended that stood in their way. */
struct flows_next {
    struct uuid job_id;
    int32_t lane;
};
enum err flows_next(struct scope *sc, const struct uuid *customer_id, const struct uuid *ended, size_t n,
                    struct flows_next **out, size_t *out_n);
/* ERR_CONFLICT for a job that runs, has ended or is of no flow. */
enum err flows_job_cancel(struct scope *sc, const struct flows_job *j, const char *who);
/* A job that stopped, or waits for its time, runs once more; ERR_CONFLICT for any other. */
enum err flows_job_retry(struct scope *sc, const struct flows_job *j);

/* What a job is about, and what was made of it. */
#define FLOWS_EDITS_MAX 100 /* of one job */
struct flows_input {
    struct bytes original, original_hash, current,
        current_hash; /* SHA-256; current is the original until it is edited */
    int64_t received_at_us;
    const char *given_by; /* NULL: it was delivered */
};
struct flows_edit {
    int32_t number;
    struct bytes hash;
    const char *edited_by, *note; /* note NULL: none */
    int64_t edited_at_us;
};
enum err flows_input_get(struct scope *sc, const struct flows_job *j, struct flows_input *out);
enum err flows_edits(struct scope *sc, const struct flows_job *j, struct flows_edit **out, size_t *out_n);
/* ERR_CONFLICT for a job that does not stand still, that is no flow's or was edited FLOWS_EDITS_MAX times. */
enum err flows_editable(struct scope *sc, const struct flows_job *j);
/* From the next try on the job is about this, and what it was about stays beside it. Whether it fits the job's place is
 * walk_edit's to ask. *out_changed false: somebody was quicker. */
struct flows_edit_new {
    int32_t seen; /* how many edits the caller knows of */
    struct str body;
    const char *who, *note;
};
enum err flows_edit(struct scope *sc, const struct flows_job *j, const struct flows_edit_new *e, bool *out_changed);

/* Many at once, of one flow, oldest first. */
#define FLOWS_BULK_MAX 1000
struct flows_bulk {
    const char *state;  /* "held", "dead", "done" (for those only once more), "ready" (only an end) */
    const char *reason; /* how it begins; "": any */
    int64_t from_us, to_us;
    size_t most;
    bool dry_run;    /* they are told, and stay as they are */
    bool cancel;     /* they end; otherwise they run once more */
    const char *who; /* the reason of those that end */
};
struct flows_matched {
    struct uuid job_id;
    int32_t lane;
    const char *reason; /* before; NULL: none */
};
/* In the open transaction. Those that run just now, or that somebody else does something about, are left out. */
enum err flows_bulk(struct scope *sc, const struct flows_flow *f, const struct flows_bulk *b,
                    struct flows_matched **out, size_t *out_n);
