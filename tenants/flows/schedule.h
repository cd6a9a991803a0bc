#pragma once

#include "flows/flows.h"

/* When the clock begins a flow. Several clocks may look: the flow's row is locked by one of them, and a run's origin is
 * the time it is of, so that each time is begun once. */
#define FLOWS_NEXT_MAX 5
#define FLOWS_DUE_MAX  100                     /* times begun in one go */
#define FLOWS_LATE_US  (INT64_C(60) * 1000000) /* a time that is older was missed */

struct flows_schedule {
    const char *cron, *zone, *missed;
    const char *overlap;
    const char *words;  /* "every weekday at 06:30 (Europe/Berlin)" */
    const char *change; /* what the next change of the zone's clock does to it */
    int64_t next_us[FLOWS_NEXT_MAX];
    size_t n;
    int64_t fired_at_us;      /* INT64_MIN: never yet */
    int64_t skipped;          /* times that came while nothing could be begun, and were left out */
    int64_t overlapped;       /* times that were left out because the run before had not ended */
    int64_t overlapped_at_us; /* the last of them; INT64_MIN: none yet */
};
/* ERR_NOT_FOUND: no clock begins it. */
enum err flows_schedule_get(struct scope *sc, const struct uuid *flow_id, int64_t now_us, struct flows_schedule *out);

struct flows_ticket {
    struct uuid partner_id, customer_id, flow_id;
};
/* As tenon_dispatch: flows that some time has come for. */
enum err flows_schedules_due(struct scope *sc, size_t most, struct flows_ticket **out, size_t *out_n);

struct flows_due {
    int64_t seen_us; /* the time it was looked at */
    bool there;      /* false: another clock has it, or nothing is due */
    int32_t version;
    bool shadow;
    bool queued; /* runs follow one another, unless the flow has a key for them */
    int64_t at_us[FLOWS_DUE_MAX];
    size_t n;
    int32_t skipped;
    int32_t overlapped; /* left out because the run before has not ended */
    int64_t overlapped_us;
    bool has_next;
    int64_t next_us;
};
const char *flows_schedule_origin(struct scope *sc, int64_t at_us); /* the origin key of the run of a time */
/* As tenon_worker, in the flow's tenant: which times are to be begun now. The flow's row stays locked until the
 * transaction ends, in which the runs are begun and flows_schedule_fired says so. */
enum err flows_schedule_due(struct scope *sc, const struct uuid *flow_id, int64_t now_us, struct flows_due *out);
enum err flows_schedule_fired(struct scope *sc, const struct uuid *flow_id, const struct flows_due *d);
