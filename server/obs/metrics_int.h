#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "obs/obs.h"

#define METRIC_LABELS_MAX 64
#define METRIC_WIDE_MAX   1024 /* of the one that counts by route, method and class */
#define METRIC_LABEL_MAX  96
#define METRICS_SLOTS     64
#define METRICS_PAGE      4096
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
    char label[METRIC_LABEL_MAX];
    atomic_bool named; /* of a labelled one: the label stands */
    atomic_bool touched;
    _Atomic int64_t value; /* of a histogram: how many */
    _Atomic int64_t sum_us;
    _Atomic int64_t buckets[METRIC_BOUNDS + 1]; /* not cumulative; the last is beyond all bounds */
};

struct metric_state {
    struct series plain; /* without a label; of a labelled metric, the rest */
    struct series labelled[METRIC_LABELS_MAX];
};

/* The process's own figures, under the names that Prometheus clients agree on. */
struct process_figures {
    _Atomic int64_t cpu_us, resident, fds, started_s; /* 0: not known */
};

/* All that one process counts. Pages nobody has counted in are never touched, not even to read them. */
struct metrics_slot {
    _Alignas(METRICS_PAGE) struct metric_state states[METRIC_COUNT];
    struct series wide[METRIC_WIDE_MAX]; /* labelled ones of METRIC_HTTP_REQUESTS */
    struct process_figures process;
};

extern const struct metric_info metric_table[METRIC_COUNT];
extern const int64_t metric_bounds_us[METRIC_BOUNDS];
extern struct metrics_slot *metrics_own;

/* A metric's labelled series and how many there may be; the first without a name ends them. */
const struct series *metrics_labelled(const struct metrics_slot *slot, enum metric m, size_t *out_n);

/* Adds one process's figures to another's; gauges only when it still lives. */
void metrics_slot_add(struct metrics_slot *to, const struct metrics_slot *from, bool alive);
/* Everything on the board, or this process's own without one; the caller frees it. */
struct metrics_slot *metrics_total(void);

void metrics_process_write(struct buf *out, const struct process_figures *f);
void metrics_head_write(struct buf *out, const char *name, const char *kind, const char *help);
