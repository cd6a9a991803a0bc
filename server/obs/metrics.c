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

struct metric_state metric_states[METRIC_COUNT];

static pthread_mutex_t registering = PTHREAD_MUTEX_INITIALIZER;

static struct series *series_find(struct metric_state *s, const char *label)
{
    for (size_t i = 0; i < METRIC_LABELS_MAX; i++) {
        struct series *one = atomic_load_explicit(&s->labelled[i], memory_order_acquire);

        if (!one || strcmp(one->label, label) == 0)
            return one;
    }
    return NULL;
}

static struct series *series_new(const char *label)
{
    struct series *one = calloc(1, sizeof(*one));

    if (!one || !(one->label = strdup(label)))
        out_of_memory();
    return one;
}

/* NULL when all places are taken. */
static struct series *series_register(struct metric_state *s, const char *label)
{
    struct series *one;

    pthread_mutex_lock(&registering);
    one = series_find(s, label); /* another thread may have been first */
    for (size_t i = 0; i < METRIC_LABELS_MAX && !one; i++) {
        if (atomic_load_explicit(&s->labelled[i], memory_order_relaxed))
            continue;
        one = series_new(label);
        atomic_store_explicit(&s->labelled[i], one, memory_order_release);
    }
    pthread_mutex_unlock(&registering);
    return one;
}

/* What has a label and is given none, or one too many, counts as "other". */
static struct series *series_of(enum metric m, const char *label)
{
    struct metric_state *s = &metric_states[m];
    struct series *one;

    if (!metric_table[m].label || !label || strcmp(label, METRIC_OTHER) == 0)
        return &s->plain;
    one = series_find(s, label);
    if (!one)
        one = series_register(s, label);
    return one ? one : &s->plain;
}

static void add(_Atomic int64_t *to, int64_t n)
{
    atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

void metric_add_label(enum metric m, const char *label, int64_t n)
{
    struct series *one = series_of(m, label);

    add(&one->value, n);
    atomic_store_explicit(&one->touched, true, memory_order_relaxed);
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
    struct series *one = series_of(m, label);

    atomic_store_explicit(&one->value, v, memory_order_relaxed);
    atomic_store_explicit(&one->touched, true, memory_order_relaxed);
}

void metric_observe_us(enum metric m, const char *label, int64_t us)
{
    struct series *one = series_of(m, label);
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
    struct metric_state *s = &metric_states[m];
    struct series *one = &s->plain;

    if (metric_table[m].label && label && strcmp(label, METRIC_OTHER) != 0)
        one = series_find(s, label);
    return one ? atomic_load_explicit(&one->value, memory_order_relaxed) : 0;
}
