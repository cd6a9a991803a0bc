#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"

/* meter: what was used, by whom and on which day, summed from the facts that each try left when it ended. Knows no
 * price. The fact people get wrong: a try counts on the day it ended, a message on the day it came.
 */
#define METER_DAYS_MAX 366
#define METER_ROWS_MAX 10000

extern const char *const meter_names[]; /* ends with NULL */

struct meter_question {
    int64_t from_us, to_us;  /* to: not any more */
    struct uuid customer_id; /* nil: each */
    struct uuid flow_id;     /* nil: any, and what is of none */
    const char *meter;       /* "": each */
    bool by_day, by_customer, by_flow;
};

struct meter_sum {
    const char *day;                  /* "2026-11-30"; NULL: of all */
    struct uuid customer_id, flow_id; /* nil: of all, or of none */
    const char *meter;
    int64_t quantity;
};

struct meter_reason {
    const char *reason;
    int64_t messages;
};

/* accepted and what became of each are counted apart: where they are not equal something was lost. */
struct meter_messages {
    int64_t accepted, rated, excluded;
    struct meter_reason *reasons;
    size_t n;
};

/* ERR_LIMIT when there are more than METER_ROWS_MAX rows. */
enum err meter_sums(struct scope *sc, const struct meter_question *q, struct meter_sum **out, size_t *out_n);
/* Of the question's time and customer, whatever its flow. */
enum err meter_messages(struct scope *sc, const struct meter_question *q, struct meter_messages *out);
