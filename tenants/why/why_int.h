#pragma once

#include "base/buf.h"
#include "why/why.h"

/* What is known of one order or job when somebody asks. Texts that are not known are NULL, times INT64_MIN. */
struct why_facts {
    const char *it; /* what it is called in a sentence */
    int64_t now_us, lease_us;

    const char *customer, *customer_status, *partner_status;
    bool sees_all; /* store brands: else a word or a destination that is not seen may be there all the same */

    bool asked_source; /* nothing of it is known but where it should have come from */
    bool heard;
    int64_t heard_us;

    bool has_order; /* and it is what is asked about: of a job's order only the state of its job says anything */
    const char *order_state, *held_reason, *external_number;
    int64_t received_us, delivered_us;

    bool has_job;
    const char *job_state, *job_reason, *outcome; /* of the last try, an err's name */
    bool shadow, suspect, due, of_order;
    int attempts, crashes;
    int64_t run_us, created_us, tried_us, ended_us, worker_us, owner_us; /* when any dispatcher beat, and its own */

    const char *source, *source_status, *source_reason;
    bool has_destination;
    const char *destination, *destination_status, *destination_reason;
    const char *paused, *paused_reason; /* of the systems that it has to do with; NULL: none is */
    const char *flow, *flow_state;
    int64_t drained_us; /* what the flow is given later waits */
    bool flow_works, own_mapping, mapping_works;
    const char *mapping;

    bool is_behind; /* another job of its key */
    bool behind_runs, behind_held;

    const char *table, *word;
    int64_t words, cases;
    const char *path;

    const char *document, *document_state, *document_said; /* of EDI, that it has sent: what its partner says of it */

    const char *operation, *effect_key, *effect_state, *effect_system, *effect_reason;
    int64_t sent_us;
};

/* The order of the way: what is behind one that is not met has not been looked at. */
enum why_stage {
    STAGE_RECEIVED,
    STAGE_SERVED,
    STAGE_FLOW,
    STAGE_TURN,
    STAGE_TIME,
    STAGE_WORKER,
    STAGE_READ,
    STAGE_FIT,
    STAGE_ROUTE,
    STAGE_THERE,
    STAGES,
};

/* A way of not being there. Rules are tried in order; the first that fits answers. In texts {source}, {reason} and so
 * on are facts, and {1}, {2} and {3} what the stars of `said` stand for. */
struct why_rule {
    enum why_stage stage;
    const char *code;
    enum why_state state;
    enum why_owner owner;
    const char *permission;                   /* NULL: nobody is let do it here */
    bool (*holds)(const struct why_facts *f); /* NULL: what was said decides */
    const char *said;                         /* how the worker puts it, a star for any text; NULL: holds decides */
    bool (*over)(const struct why_facts *f);  /* it was so and is so no more; NULL: as long as it stands */
    const char *sentence, *action;
};
extern const struct why_rule why_rules[]; /* ends with a NULL code */

#define WHY_STARS_MAX 4

/* Whether all of text is as the pattern says; what its stars stand for, the shortest that fits, in out: one for each,
 * WHY_STARS_MAX at most. */
bool why_matches(const char *pattern, const char *text, struct str *out);
const char *why_words(struct arena *a, const struct why_facts *f, const struct str stars[WHY_STARS_MAX],
                      const char *template);
/* Why it stopped or waits, as the worker said it; NULL: nothing was said. */
const char *why_reason(const struct why_facts *f);
bool why_has_stopped(const struct why_facts *f);
/* The first that fits. */
const struct why_rule *why_rule_of(const struct why_facts *f, struct str stars[WHY_STARS_MAX]);
/* Answers all but the ids and the links. */
void why_judge(struct arena *a, const struct why_facts *f, struct why_answer *out);

/* For one that waits for another. */
struct why_asked {
    struct uuid customer_id, order_id, job_id, connection_id;
    const char *it, *business_key, *operation, *effect_key; /* the last two: what it waits for */
    struct uuid before_id;                                  /* the job before it; nil: none */
};
