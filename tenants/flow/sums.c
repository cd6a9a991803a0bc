#include "db/db.h"
#include "flow/flow.h"
#include "q_flow.h"

/* The laws of conservation: nothing that came in is without an end, and nothing planned is without a state. */

enum err ledger_sums(struct scope *sc, int64_t from_us, int64_t to_us, struct flow_sums *out)
{
    struct q_conservation_row r;

    db_commit_next(sc);
    TRY(sc, q_conservation(sc, &(struct q_conservation_in){.from_at_us = from_us, .to_at_us = to_us}, &r));
    *out = (struct flow_sums){.received = r.received,
                              .processed = r.processed,
                              .duplicate = r.duplicate,
                              .held = r.held,
                              .dead = r.dead,
                              .in_flight = r.in_flight,
                              .kept = r.kept,
                              .lost = r.lost,
                              .planned = r.planned,
                              .confirmed = r.confirmed,
                              .rejected = r.rejected,
                              .unknown = r.unknown,
                              .superseded = r.superseded,
                              .not_yet_sent = r.not_yet_sent,
                              .unsettled = r.unsettled};
    return OK;
}

int64_t flow_messages_gap(const struct flow_sums *s)
{
    return s->received - s->processed - s->duplicate - s->held - s->dead - s->in_flight - s->kept;
}

int64_t flow_effects_gap(const struct flow_sums *s)
{
    return s->planned - s->confirmed - s->rejected - s->unknown - s->superseded - s->not_yet_sent;
}
