#pragma once

#include <string.h>

#include "flow/flow.h"
#include "live/live.h"

/* One order on its way: what was received, how it reads, and where it goes. */
struct passage {
    struct flow_job *job;
    struct connection source;
    const struct connector *connector;
    struct live_in by; /* which mapping it goes through */
    bool pinned;       /* the job began with it */
    const char *source_version;
    struct live_mapped mapped;
    struct canon_order order;
    struct order_source from;
    bool known;                /* the order is: job->order_id is its own */
    bool delivered;            /* before this job */
    int64_t known_version_us;  /* of what is known of the order; 0: it says none */
    struct uuid newest_job_id; /* of whose delivery that is; nil: not known */
    struct order_stored stored;
    const char *held; /* why it cannot go on, or NULL */
};

/* The source's own name for the order that a job of kind "order" is about. */
static inline const char *flow_natural_key(const struct flow_job *job)
{
    return job->business_key + strlen(FLOW_ORDER_KEY);
}

/* Behind the fence: the order is held for this reason, made when nothing of it is stored, and its timeline says so
 * unless it has said it already. Ends no transaction. */
enum err flow_shelve(struct scope *sc, const struct flow_job *job, const char *why, struct uuid *out_id);

/* The order that a message's body is by its mapping. p->stored.superseded: a newer delivery of it is known, and nothing
 * else was looked at. ERR_HOLD when words of it are in no cross reference: the order is
 * put aside and waits for them. ERR_INVALID names what cannot be read, and the rule that did. An order that reads well
 * and cannot be a sale is there with p->held. */
enum err flow_map(struct scope *sc, struct passage *p, const struct doc *body);
/* Why an order is held whose word has an entry for other times than the order's. */
const char *flow_elsewhen(struct scope *sc, const char *table, const char *key, int64_t at_us);
/* Before the order is locked: the cross references that flow_defaults writes to. */
enum err flow_defaults_hold(struct scope *sc, const struct passage *p);
/* What the mapping made up where a cross reference had nothing is counted there. Behind the fence. */
enum err flow_defaults(struct scope *sc, const struct passage *p);

/* Behind the fence, where the order has just got a version: the flows that wait for that begin. */
enum err flow_changed(struct scope *sc, struct passage *p);

/* Brings a canonical order into the destination; every change there is an effect. *out holds what the destination says.
 */
enum err deliver_order(struct scope *sc, struct flow_job *job, struct link *to, const char *reference,
                       const struct canon_order *order, struct erp_out *out);
/* ERR_HOLD, with a sentence that names both, when the destination's total is not the order's. */
enum err deliver_totals(struct scope *sc, const char *where, const struct canon_order *order,
                        const struct erp_out *sale);

/* A payload as it came, before anything is read from it. */
struct flow_payload {
    const char *object, *version; /* version "": the source says none */
    const struct doc *body;
    const char *const *reads; /* what the mapping reads */
    size_t read_count;
};
/* Judges it by what was learnt of the connection, outside of a transaction. OK: it may go on; job->deviates says what
 * is odd about it. ERR_HOLD, ERR_INVALID: the policy stops it, and the order waits for somebody to decide. */
enum err flow_drift(struct scope *sc, struct flow_job *job, const struct flow_payload *in);
