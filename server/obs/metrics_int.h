#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "obs/obs.h"

#define METRIC_LABELS_MAX 64
#define METRIC_OTHER      "other"
#define METRIC_BOUNDS     13

enum metric_kind { METRIC_KIND_COUNTER, METRIC_KIND_GAUGE, METRIC_KIND_HISTOGRAM };

struct metric_info {
    const char *name;
    enum metric_kind kind;
    const char *label; /* NULL: none */
    const char *help;
};

/* One line, or one histogram. Never freed: threads read it without a lock. */
struct series {
    char *label;
    _Atomic int64_t value; /* of a histogram: how many */
    _Atomic int64_t sum_us;
    _Atomic int64_t buckets[METRIC_BOUNDS + 1]; /* not cumulative; the last is beyond all bounds */
    atomic_bool touched;
};

struct metric_state {
    struct series plain; /* without a label; of a labelled metric, the rest */
    _Atomic(struct series *) labelled[METRIC_LABELS_MAX];
};

extern const struct metric_info metric_table[METRIC_COUNT];
extern const int64_t metric_bounds_us[METRIC_BOUNDS];
extern struct metric_state metric_states[METRIC_COUNT];

/* The process's own figures, under the names that Prometheus clients agree on. */
void metrics_process_write(struct buf *out);
void metrics_head_write(struct buf *out, const char *name, const char *kind, const char *help);
