#pragma once

#include "flow/flow.h"
#include "flowdef/flowdef.h"

/* walk: runs a job of a flow: walks the steps of the version that it began with. The fact people get wrong: nothing of
 * a walk is kept but what asked or changed somebody else's system. A try begins at the first step, evaluates again what
 * is pure (from the same input, at the time the input came), and finds in the ledger which effects have happened, so
 * that wherever a process ended the next try goes on there.
 */
#define WALK_KIND "flow" /* of jobs */

/* As flow_run, for a job of that kind. */
enum err walk_run(struct scope *sc, struct flow_job *job);
void walk_thread_end(void); /* forgets what this thread has read */

/* ---- beginning ---- */

#define WALK_INPUT_MAX (1u << 20) /* octets of what a job is given */

struct walk_given {
    struct uuid flow_id;
    int32_t version; /* which the job goes on with */
    const struct doc *input;
    const char *origin_key; /* of the flow's jobs of one origin there is one */
    const char *given_by;   /* "flow", "usr_…" */
    int lane;               /* -1: the flow's */
    bool shadow;
    const struct uuid *parent_id;      /* the job of a flow that begins it; NULL: none does */
    const struct uuid *environment_id; /* in which that one works; NULL: in none that is known */
    /* Found by walk_prepare: */
    struct str body;
    const char *key; /* NULL: the job waits for no other */
    bool queued;     /* the key is not the flow's own: nobody waits for one of it that is held */
    int64_t deadline_us;
};

/* How a message that goes through a flow is planned. A flow that cannot be read, or a key that cannot be made, leaves
 * what is there: the job tells, and nothing that came is refused for it. Outside of a transaction, which it may begin
 * and ends. */
struct walk_plan {
    const char *key; /* NULL: as the message's own */
    int lane;
    int64_t span_us; /* how long it may be tried */
};
enum err walk_message(struct scope *sc, const struct uuid *flow_id, int32_t version, const struct doc *body,
                      struct walk_plan *io);
/* Reads the flow and what is given; outside of a transaction, which it may begin and ends. ERR_INVALID, with the item
 * "/input", when the key cannot be made of it or it is too large. */
enum err walk_prepare(struct scope *sc, struct walk_given *g);
/* What a stopped job is about is edited. Its place among those of its key stays, so an input of another key is refused:
 * "validation", with the item "/input"; so is one that is too large. Begins outside of a transaction and leaves one
 * open. As tenon_api. */
struct flows_job;
struct walk_edited {
    int32_t seen; /* how many edits the caller knows of */
    const struct doc *input;
    const char *who, *note; /* note NULL: none */
};
enum err walk_edit(struct scope *sc, const struct flows_job *j, const struct walk_edited *e, bool *out_changed);
/* Plans the job, in the transaction that is open: once for its origin, and *out is the one that there is. As tenon_api
 * or tenon_worker. */
enum err walk_start(struct scope *sc, const struct walk_given *g, struct uuid *out);
