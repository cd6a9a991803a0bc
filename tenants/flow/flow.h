#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"
#include "connect/connect.h"
#include "order/order.h"

/* flow: what is done about a message, step by step, so that a crash at any instant neither loses nor doubles it.
 *
 * A change in somebody else's system is an effect: a row keyed by the business fact, committed as `sent` before a byte
 * leaves. No answer makes it `unknown`, and an unknown effect is probed before anything is sent again.
 * The fact people get wrong: every transaction here begins with the fence (is the lease still ours?), and an effect's
 * row is what two workers meet at.
 */
struct flow_ticket;

/* Which mapping a job goes on with; written, once, with the next change in the ledger of effects. */
struct flow_pin {
    bool due, own; /* own false: the shipped mapping */
    struct uuid mapping_id;
    int32_t version;
};

struct flow_job {
    struct uuid partner_id, customer_id, job_id, message_id, connection_id; /* nil: of no message */
    const char *kind, *business_key;
    struct uuid flow_id;  /* nil: it is about a message, by what comes with the program */
    int32_t flow_version; /* which it began with */
    int64_t epoch;
    int32_t attempts, crashes;
    bool suspect;        /* was under way when a process ended */
    int64_t deadline_us; /* time_boot_us: clocks of the day differ, and are set */
    int lane;
    /* Set by the work: when to come back, in microseconds from now; 0: as the error's class says. */
    int64_t retry_us;
    int32_t items; /* that it worked on; 0: one, when it is done */
    struct flow_pin pin;
    const char *said;           /* what there is to be said of a job that is done; NULL: nothing */
    struct order_events events; /* written with the next transaction that knows the order */
    /* As far as the order could be read: */
    const char *order_number;
    int64_t version_us;        /* of what was received, as its source says; 0: it says none */
    struct uuid order_id;      /* what it is called here; nil: not asked yet */
    bool superseded;           /* a newer delivery of it is known: this one is over, and takes the place of none */
    struct flow_ticket *begun; /* jobs that the work planned; whoever ran it tells Redis */
    size_t begun_n;
    const char *deviates; /* how what was received is not as it always was; NULL: in nothing */
};

/* Before the business key of a job of kind "order"; the order's natural key follows. */
#define FLOW_ORDER_KEY "order:"

/* Runs one try of a job. The scope's pool is the worker's; its tenant is set here. Leaves no open transaction. */
enum err flow_run(struct scope *sc, struct flow_job *job);

/* A job that will not go on by itself (held; dead: given up): its order is held and says why, whatever of it could be
 * read. A job of another kind says it alone. */
enum err flow_stopped(struct scope *sc, const struct flow_job *job, bool dead, const char *why);

/* A person lets a held order go on: its jobs are ready again, one for each delivery that was stopped; those that are
 * not of its newest version end without a word to anybody outside. who: for the timeline. ERR_CONFLICT when it is not
 * held. Asked as tenon_api or tenon_operator; ends no transaction. */
enum err flow_release(struct scope *sc, const struct uuid *order_id, const char *who, struct uuid *out_customer);

/* What many orders of a customer waited for is there: those of them that are held go on, in this order, and *out says
 * how many; one that is not held, or that has no work left, stays as it is. A delivery that was stopped when its order
 * was delivered already goes on as well. ERR_CONFLICT, with a time, when one is just
 * being put aside. Asked as tenon_api or tenon_operator; ends no transaction. */
enum err flow_release_all(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids, size_t n,
                          const char *who, size_t *out);

/* Entries of a cross reference of the customer's were added or changed: the orders that wait for a word of it and for
 * none besides go on, as with flow_release_all. A word is looked up at the time of its order: one that has an entry
 * only for other times keeps its order held, which says so. */
enum err flow_answered(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id, const char *who,
                       size_t *out);

/* What drift cases still hold orders of a customer, of those that are held for drift: they say so from now on. Asked as
 * tenon_api; ends no transaction. */
struct flow_drift_still {
    struct uuid order_id;
    const char *reason;
};
enum err flow_drift_holds(struct scope *sc, const struct uuid *customer_id, const struct flow_drift_still *v, size_t n);

/* ---- effects ---- */

/* A change that another job has made. */
struct effect_met {
    struct uuid effect_id, job_id;
    int64_t confirmed_us;
};

struct effect {
    const char *operation; /* "sale.create" */
    const char *key;       /* the business fact; the same for every try and every job that means it */
    struct uuid connection_id;
    int settle_ms;       /* how long after its mark a request may still take effect */
    bool probe_first;    /* it may exist already: look before the first send as well */
    const char *differs; /* why to hold when what was sent is not what would be sent now; NULL: that is all one */
    void *arg;
    /* What goes before the change and takes long, as a document that is handed over: once it is known that the change
     * is to be sent, and before it is marked as sent, so that nothing was done when it fails. Those of one
     * operation of a connection go in the order of their jobs. NULL: nothing. */
    enum err (*before)(struct scope *sc, void *arg);
    /* Before the effect is marked as sent: whatever the request would have to wait for (its turn at the account, a
     * session), so that its bytes leave right after the mark. leave gives it back. */
    enum err (*enter)(struct scope *sc, void *arg);
    void (*leave)(void *arg);
    /* Between the mark and send: what is sent leaves before leave_by_us or not at all, and its answer is given up at
     * due_us (time_boot_us). Both lie so far before the end of the settle time that whoever probes then sees all. */
    void (*mark)(void *arg, int64_t leave_by_us, int64_t due_us);
    /* *out_ref NULL: absent for certain. */
    enum err (*probe)(struct scope *sc, void *arg, const char **out_ref);
    enum err (*send)(struct scope *sc, void *arg, const char **out_ref);
    enum err (*hash)(struct scope *sc, void *arg, uint8_t out[CRYPTO_HASH_BYTES]); /* of the request; NULL: none */
    /* Where the same request twice is one change: whether one that failed was answered, so that nothing of it is under
     * way and it may be sent again at once. NULL: it may not. */
    bool (*answered)(void *arg);
    /* Another job had made it before this one came to it: in the transaction that saw so. NULL: that is all one. */
    enum err (*met)(struct scope *sc, void *arg, const struct effect_met *m);
};

/* OK: it has happened exactly once, and *out_ref names it there. Otherwise the job comes back (job->retry_us). */
enum err effect_run(struct scope *sc, struct flow_job *job, const struct effect *e, const char **out_ref);

/* Behind the fence: the mapping that the job goes on with, if that is not written yet. */
enum err flow_pinned(struct scope *sc, struct flow_job *job);
/* Begins a transaction of the job: ERR_FENCED when another dispatcher has it now. */
enum err flow_fence(struct scope *sc, const struct flow_job *job);

/* ---- the ledger, asked as tenon_dispatch ---- */

struct flow_ticket {
    struct uuid partner_id, customer_id, job_id;
    int lane;
};

/* What a try has used. */
struct flow_usage {
    int32_t calls; /* to outside systems */
    int64_t octets_sent, octets_received;
    int64_t cpu_us; /* its fiber's own running */
    int32_t items;
};

struct flow_result {
    struct uuid partner_id, customer_id, job_id;
    int64_t epoch;
    const char *state; /* "done", "ready", "held", "dead" */
    int64_t delay_us;
    const char *reason;
    const char *outcome; /* err name */
    int32_t n;
    int64_t started_us;
    struct flow_usage used;
};

/* A job that a flow is given, with what it is given. */
struct flow_plan {
    struct uuid customer_id, job_id, flow_id;
    int32_t version; /* of the flow, which the job goes on with */
    bool shadow;
    const char *origin_key; /* a flow takes what has this key once */
    const char *kind, *business_key;
    bool keyed; /* by the flow's document: later ones of the key wait while it is held */
    int lane;
    int64_t run_at_us, deadline_us;
    struct bytes body;
    const char *given_by;
};

/* Asked as tenon_api or tenon_worker for the scope's partner; the transaction is the caller's, who tells Redis of `out`
 * when it is committed. What a flow was given before is not among them. */
enum err ledger_plan(struct scope *sc, const struct flow_plan *v, size_t n, struct flow_ticket **out, size_t *out_n);

/* suspects: also those that were under way in a crash. */
enum err ledger_claim(struct scope *sc, const struct uuid *dispatcher, const struct flow_ticket *v, size_t n,
                      bool suspects, struct flow_job **out, size_t *out_n);
/* Suspects whose turn it is, the customers in turn from the one after that; out_crashes: how many each has met as one.
 */
enum err ledger_suspects(struct scope *sc, const struct uuid *after, size_t most, struct flow_ticket **out,
                         int **out_crashes, size_t *out_n);
/* After a claim whose answer was lost: gives back what this dispatcher holds besides `kept`. */
enum err ledger_release(struct scope *sc, const struct uuid *dispatcher, const struct uuid *kept, size_t n,
                        struct flow_ticket **out, size_t *out_n);
/* next: the first waiting job of each key whose job has ended. */
enum err ledger_finish(struct scope *sc, const struct flow_result *v, size_t n, struct flow_ticket **next,
                       size_t *next_n);
enum err ledger_beat(struct scope *sc, const struct uuid *dispatcher);
enum err ledger_gone(struct scope *sc, const struct uuid *dispatcher);
enum err ledger_sweep(struct scope *sc); /* forgets dispatchers that have been silent for an hour */
enum err ledger_reclaim(struct scope *sc, int64_t lease_us, struct flow_ticket **out, size_t *out_n);
/* What came in and what was to be changed elsewhere, in [from, to), of all tenants: numbers alone. */
struct flow_sums {
    int64_t received, processed, duplicate, held, dead, in_flight, kept; /* kept: nothing follows from them */
    int64_t lost; /* messages without the job that should follow */
    int64_t planned, confirmed, rejected, unknown, superseded, not_yet_sent;
    int64_t unsettled; /* left open by a job that is done */
};
enum err ledger_sums(struct scope *sc, int64_t from_us, int64_t to_us, struct flow_sums *out);
/* What is missing of the sum of deliveries, and of the sum of effects: 0, or something was lost or counted twice. */
int64_t flow_messages_gap(const struct flow_sums *s);
int64_t flow_effects_gap(const struct flow_sums *s);

struct flow_depths {
    int64_t ready, held, dead; /* ready: and due; each counted to most */
    int64_t oldest_us;         /* how long the oldest ready job has been due */
};
enum err ledger_depths(struct scope *sc, int32_t most, struct flow_depths *out);
struct flow_position {
    int64_t run_at_us;
    struct uuid job_id;
    bool end; /* nothing lay behind it */
};
/* Due jobs that can be claimed, after a position, which moves also past those that wait for others of their key. So it
 * may answer nothing and not be at the end. older_us: only those that have been due for so long. */
enum err ledger_due(struct scope *sc, int64_t older_us, size_t most, struct flow_position *at, struct flow_ticket **out,
                    size_t *out_n);
