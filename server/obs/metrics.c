#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "obs/metrics_int.h"

#define METRIC(id, name, kind, label, help) {name, METRIC_KIND_##kind, label, help},
const struct metric_info metric_table[METRIC_COUNT] = {
#include "obs/metrics.def"
};
#undef METRIC

const int64_t metric_bounds_us[METRIC_BOUNDS] = {1000,   2500,   5000,    10000,   25000,   50000,   100000,
                                                 250000, 500000, 1000000, 2500000, 5000000, 10000000};

static struct metrics_slot alone;
struct metrics_slot *metrics_own = &alone;

static pthread_mutex_t registering = PTHREAD_MUTEX_INITIALIZER;

const struct series *metrics_labelled(const struct metrics_slot *slot, enum metric m, size_t *out_n)
{
    bool wide = m == METRIC_HTTP_REQUESTS;

    *out_n = wide ? METRIC_WIDE_MAX : METRIC_LABELS_MAX;
    return wide ? slot->wide : slot->states[m].labelled;
}

static struct series *labelled(struct metrics_slot *slot, enum metric m, size_t *out_n)
{
    return (struct series *)(uintptr_t)metrics_labelled(slot, m, out_n);
}

static struct series *series_find(struct metrics_slot *slot, enum metric m, const char *label)
{
    size_t n;
    struct series *all = labelled(slot, m, &n);

    for (size_t i = 0; i < n; i++) {
        struct series *one = &all[i];

        if (!atomic_load_explicit(&one->named, memory_order_acquire))
            return NULL;
        if (strcmp(one->label, label) == 0)
            return one;
    }
    return NULL;
}

/* NULL when all places are taken, or the label is longer than a place. */
static struct series *series_register(struct metrics_slot *slot, enum metric m, const char *label)
{
    size_t n;
    struct series *all = labelled(slot, m, &n), *one;

    pthread_mutex_lock(&registering);
    one = series_find(slot, m, label); /* another thread may have been first */
    for (size_t i = 0; i < n && !one && strlen(label) < METRIC_LABEL_MAX; i++) {
        if (atomic_load_explicit(&all[i].named, memory_order_relaxed))
            continue;
        one = &all[i];
        memcpy(one->label, label, strlen(label) + 1);
        atomic_store_explicit(&one->named, true, memory_order_release);
    }
    pthread_mutex_unlock(&registering);
    return one;
}

/* What has a label and is given none, or one too many, counts as "other". */
static struct series *series_of(struct metrics_slot *slot, enum metric m, const char *label)
{
    struct metric_state *s = &slot->states[m];
    struct series *one;

    if (!metric_table[m].label || !label || strcmp(label, METRIC_OTHER) == 0)
        return &s->plain;
    one = series_find(slot, m, label);
    if (!one)
        one = series_register(slot, m, label);
    return one ? one : &s->plain;
}

static void add(_Atomic int64_t *to, int64_t n)
{
    atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

struct series *metric_series(enum metric m, const char *label)
{
    return series_of(metrics_own, m, label);
}

void metric_series_add(struct series *one, int64_t n)
{
    add(&one->value, n);
    atomic_store_explicit(&one->touched, true, memory_order_relaxed);
}

void metric_add_label(enum metric m, const char *label, int64_t n)
{
    metric_series_add(series_of(metrics_own, m, label), n);
}

void metric_add(enum metric m, int64_t n)
{
    metric_add_label(m, NULL, n);
}

void metric_set(enum metric m, int64_t v)
{
    metric_set_label(m, NULL, v);
}

void metric_set_label(enum metric m, const char *label, int64_t v)
{
    struct series *one = series_of(metrics_own, m, label);

    atomic_store_explicit(&one->value, v, memory_order_relaxed);
    atomic_store_explicit(&one->touched, true, memory_order_relaxed);
}

void metric_observe_us(enum metric m, const char *label, int64_t us)
{
    struct series *one = series_of(metrics_own, m, label);
    size_t i = 0;

    if (us < 0)
        us = 0;
    while (i < METRIC_BOUNDS && us > metric_bounds_us[i])
        i++;
    add(&one->buckets[i], 1);
    add(&one->sum_us, us);
    add(&one->value, 1);
    atomic_store_explicit(&one->touched, true, memory_order_relaxed);
}

int64_t metric_get(enum metric m, const char *label)
{
    struct metric_state *s = &metrics_own->states[m];
    struct series *one = &s->plain;

    if (metric_table[m].label && label && strcmp(label, METRIC_OTHER) != 0)
        one = series_find(metrics_own, m, label);
    return one ? atomic_load_explicit(&one->value, memory_order_relaxed) : 0;
}

static int64_t value_of(const _Atomic int64_t *v)
{
    return atomic_load_explicit(v, memory_order_relaxed);
}

static void series_add(struct series *to, const struct series *from)
{
    add(&to->value, value_of(&from->value));
    add(&to->sum_us, value_of(&from->sum_us));
    for (size_t i = 0; i <= METRIC_BOUNDS; i++)
        add(&to->buckets[i], value_of(&from->buckets[i]));
    atomic_store_explicit(&to->touched, true, memory_order_relaxed);
}

static void process_add(struct process_figures *to, const struct process_figures *from, bool alive)
{
    int64_t started = value_of(&from->started_s), oldest = value_of(&to->started_s);

    add(&to->cpu_us, value_of(&from->cpu_us));
    if (!alive)
        return;
    add(&to->resident, value_of(&from->resident));
    add(&to->fds, value_of(&from->fds));
    if (started && (!oldest || started < oldest))
        atomic_store_explicit(&to->started_s, started, memory_order_relaxed);
}

void metrics_slot_add(struct metrics_slot *to, const struct metrics_slot *from, bool alive)
{
    for (enum metric m = 0; m < METRIC_COUNT; m++) {
        const struct metric_state *s = &from->states[m];
        const struct series *all;
        size_t n;

        if (metric_table[m].kind == METRIC_KIND_GAUGE && !alive)
            continue;
        if (atomic_load_explicit(&s->plain.touched, memory_order_relaxed))
            series_add(&to->states[m].plain, &s->plain);
        all = metrics_labelled(from, m, &n);
        for (size_t i = 0; i < n && atomic_load_explicit(&all[i].named, memory_order_acquire); i++)
            series_add(series_of(to, m, all[i].label), &all[i]);
    }
    process_add(&to->process, &from->process, alive);
}
