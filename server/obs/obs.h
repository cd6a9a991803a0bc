#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"

/* obs: what an operator sees: one JSON object a line on stderr, and counters in Prometheus text form.
 * Never a payload, a secret or a name; tenants by id in logs and never as a metric label.
 */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_level_set(enum log_level level);
bool log_level_parse(const char *text, enum log_level *out);

struct log_field {
    const char *key;
    const char *text; /* NULL: the number */
    int64_t number;
};
#define LOG_T(k, v) ((struct log_field){(k), (v), 0})
#define LOG_N(k, v) ((struct log_field){(k), NULL, (int64_t)(v)})

/* sc may be NULL. fields end with a NULL key. */
void log_line(enum log_level level, const char *room, const struct scope *sc, const char *msg,
              const struct log_field *fields);
/* Logs the scope's failure with its trail, once, at the door that ends it. */
void log_fault(enum log_level level, const char *room, const struct scope *sc, const char *msg);
/* What a fault says may be what an outside system said, and that may be about people: how it is shown. Said once, at
 * start, before threads; until then it is shown as it is. */
typedef const char *log_words(struct scope *sc, const char *said);
void log_words_set(log_words *shown);

#define LOG(level, room, sc, msg, ...)                                                                                 \
    log_line((level), (room), (sc), (msg), (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){NULL, NULL, 0}})

/* Counters and gauges: X-macro list in metrics.def: METRIC(id, name, kind, label_key, help). A labelled metric has a
 * fixed, small set of label values registered on first use (at most 64; the rest counts as "other"). A metric of
 * several labels names their keys by commas and is given their values with METRIC_BETWEEN between them. Any thread. */
#define METRIC_BETWEEN                      "\x1f"
#define METRIC(id, name, kind, label, help) METRIC_##id,
enum metric {
#include "obs/metrics.def"
    METRIC_COUNT,
};
#undef METRIC

void metric_add(enum metric m, int64_t n);
void metric_add_label(enum metric m, const char *label, int64_t n);
/* The line of one label, for whoever counts in it often: good as long as the process. */
struct series;
struct series *metric_series(enum metric m, const char *label);
void metric_series_add(struct series *one, int64_t n);
void metric_set(enum metric m, int64_t v);
void metric_set_label(enum metric m, const char *label, int64_t v);
/* Seconds histograms take microseconds. */
void metric_observe_us(enum metric m, const char *label, int64_t us);
int64_t metric_get(enum metric m, const char *label);
/* Prometheus text exposition 0.0.4: the sum of all processes on the board, or this one's without a board. */
struct buf;
void metrics_write(struct buf *out);
/* The process's own memory, time and descriptors, for the others' sums; metrics_write does it too. */
void metrics_process_note(void);

/* The board: processes of one server count side by side in shared memory, so that whichever is asked answers for all.
 * Its maker owns it and the slots 0 (what has ended) and 1 (its own); each process it starts opens a slot. When a
 * process has ended, however it did, its counters stay and its gauges go. */
int metrics_board_new(void); /* a descriptor to hand on, or -1 */
bool metrics_board_open(int fd, unsigned slot);
int metrics_slot_take(void); /* -1 when all are taken */
void metrics_slot_end(unsigned slot);
int64_t metric_total(enum metric m); /* of a metric without a label: all processes' */
