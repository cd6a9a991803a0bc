#pragma once

#include "flow/flow.h"

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
