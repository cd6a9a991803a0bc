#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"
#include "drift/drift.h"

/* watch: contract drift at the door: each payload of a connection is judged by what was learnt of those before it, and
 * what does not fit is a case, of which a person says whether things are so from now on. How a deviation is told from
 * an odd payload is drift's business; this room keeps what was learnt, the cases, who waits for them and the policy.
 *
 * A thread learns on its own copy of a shape and asks nobody; every so many payloads or seconds, and whenever a case
 * opens, it locks the shape's row, takes what others have written since and writes its own. A process that dies loses
 * what it had learnt since. What speaks for a change is written at once, so that all threads together need hardly more
 * payloads than one alone to see it; but of fields that are often left out each thread counts for itself. The fact
 * people get wrong: cases are told by people to end while copies of the shape are elsewhere, so a copy asks
 * (`decisions`) before it holds anything up for a deviation that was known already.
 */
#define WATCH_SHAPES_MAX 256 /* copies of one thread; those used longest ago are written and go */
#define WATCH_STORED_MAX 50  /* shapes of one connection: a payload of yet another version passes unseen */
#define WATCH_OPEN_MAX   500 /* open cases of one shape: more are put under one of the whole payload */
#define WATCH_TOLD_MAX   DRIFT_DEVIATIONS_MAX
#define WATCH_SAMPLE_MAX 500
#define WATCH_REASON_MAX 400
#define WATCH_SAVE_US    INT64_C(30000000)
#define WATCH_SHOW_US    INT64_C(5000000) /* after which what was learnt is to be seen by people */
#define WATCH_SHOW_MAX   4                /* copies that are written for that at a time */

struct watch_in {
    struct uuid connection_id;
    const char *object;  /* "order": letters, digits, "_", "." and "-" */
    const char *version; /* of the source's interface; "" when it says none */
    struct uuid message_id;
    const struct doc *payload;
    const char *const *reads; /* what the mapping reads (mapping_reads) */
    size_t read_count;
    bool again; /* it may have been learnt before: a later try of one message */
};

struct watch_out {
    enum drift_action action;
    const char *reason;                /* a sentence for a person; NULL: nothing deviates */
    struct uuid cases[WATCH_TOLD_MAX]; /* for which the action is what it is */
    size_t case_count;
};

/* Inside a tenant and outside of a transaction, which it may begin and ends. As tenon_worker. A failure of the database
 * is one only where it had to be asked. */
enum err watch_payload(struct scope *sc, const struct watch_in *in, struct watch_out *out);
/* Writes copies of which something has not been written for so long, those written longest ago first, `most` at a time;
 * what cannot be written stays for later. Parks; the scope's pool is tenon_worker's, and its tenant is set here. */
void watch_thread_save(struct scope *sc, int64_t for_us, size_t most);
void watch_thread_end(void); /* forgets the thread's copies */

/* ---- who waits ---- */

struct watch_wait {
    const struct uuid *cases;
    size_t case_count;
    const char *kind; /* "order" */
    struct uuid waiting_id, message_id;
    bool freed; /* a person let it go: what this message waited for does not stop it any more */
};
/* In a transaction, which it does not end. *out_waits false: each of these was accepted meanwhile, or it was let go for
 * it before, and goes on. */
enum err watch_waits(struct scope *sc, const struct watch_wait *w, bool *out_waits);

struct watch_waiting {
    const char *kind;
    struct uuid id;
};

/* ---- as people see it: inside a transaction, which is not ended ---- */

struct watch_case {
    struct uuid customer_id, case_id, shape_id, connection_id, message_id;
    const char *object, *version, *path, *what, *expected, *got, *other; /* other NULL: none */
    const char *action, *state, *sample, *settled_by;                    /* settled_by NULL: nobody yet */
    bool bearing;
    int64_t affected, waiting;
    int64_t first_seen_us, last_seen_us, settled_at_us; /* INT64_MIN: not yet */
};
struct watch_filter {
    struct uuid customer_id, connection_id; /* nil: any */
    const char *state;                      /* NULL: any */
    struct uuid before;                     /* nil: from the newest */
};
extern const char *const watch_case_states[]; /* "open", "accepted", "closed"; ends with NULL */
enum err watch_case_list(struct scope *sc, const struct watch_filter *f, size_t most, struct watch_case **out,
                         size_t *out_n);
enum err watch_case_get(struct scope *sc, const struct uuid *id, struct watch_case *out);
/* How things are from now on: the shape learns it. *out: who waited for this case and waits for no other one, in the
 * order in which they came; handed out once. ERR_CONFLICT: it is not open. */
enum err watch_case_accept(struct scope *sc, const struct watch_case *c, const char *who, struct watch_waiting **out,
                           size_t *out_n);
/* Who waited for it and waits on, for other cases that are open: a sentence for each of what that is. After
 * watch_case_accept, in its transaction. */
struct watch_still {
    const char *kind;
    struct uuid id;
    const char *reason;
};
enum err watch_case_still(struct scope *sc, const struct watch_case *c, struct watch_still **out, size_t *out_n);
/* It is over and nothing is learnt: if it comes back it is a case again. Who waits for it goes on waiting. */
enum err watch_case_close(struct scope *sc, const struct watch_case *c, const char *who);
/* Who waits for it, oldest first. */
enum err watch_case_waiting(struct scope *sc, const struct watch_case *c, size_t most, struct watch_waiting **out,
                            size_t *out_n);

struct watch_shape {
    struct uuid customer_id, connection_id, shape_id;
    const char *object, *version;
    int64_t payloads, fields, open_cases;
    int64_t created_at_us, changed_at_us;
};
enum err watch_shape_list(struct scope *sc, const struct uuid *connection_id, const struct uuid *after, size_t most,
                          struct watch_shape **out, size_t *out_n);
enum err watch_shape_get(struct scope *sc, const struct uuid *connection_id, const struct uuid *shape_id,
                         struct watch_shape *out, struct drift_shape **out_learnt);

/* ---- policy ---- */

struct watch_policy {
    struct drift_policy policy;
    const char *from;       /* "usual", "customer", "connection": who said it */
    int64_t row_version;    /* of the row for what was asked; 0: there is none */
    int64_t changed_at_us;  /* INT64_MIN: never */
    const char *changed_by; /* NULL: nobody */
};
/* connection_id NULL: of all the customer's connections. What holds there, whoever said it. */
enum err watch_policy_get(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                          struct watch_policy *out);
/* *out_changed false: another version. */
enum err watch_policy_put(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                          const struct watch_policy *p, bool *out_changed);
