#pragma once

#include "flow/flow.h"

/* Brings a canonical order into the destination; every change there is an effect. *out holds what the destination says.
 */
enum err deliver_order(struct scope *sc, struct flow_job *job, struct link *to, const char *reference,
                       const struct canon_order *order, struct erp_out *out);
/* ERR_HOLD, with a sentence that names both, when the destination's total is not the order's. */
enum err deliver_totals(struct scope *sc, const char *where, const struct canon_order *order,
                        const struct erp_out *sale);
