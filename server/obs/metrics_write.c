#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "obs/metrics_int.h"

/* A label's value (quote true), up to where the next one begins, or a help text as the exposition format wants it. */
static void escaped(struct buf *out, const char *s, bool quote)
{
    for (; *s && *s != *METRIC_BETWEEN; s++) {
        if (*s == '\\')
            buf_s(out, "\\\\");
        else if (*s == '\n')
            buf_s(out, "\\n");
        else if (*s == '"' && quote)
            buf_s(out, "\\\"");
        else
            buf_c(out, *s);
    }
}

void metrics_head_write(struct buf *out, const char *name, const char *kind, const char *help)
{
    buf_f(out, "# HELP %s ", name);
    escaped(out, help, false);
    buf_f(out, "\n# TYPE %s %s\n", name, kind);
}

/* key="label" for each of the keys; a label that is "other" stands for all of them. */
static void labels(struct buf *out, const char *keys, const char *label)
{
    while (*keys) {
        size_t n = strcspn(keys, ",");
        const char *next = strchr(label, *METRIC_BETWEEN);

        buf_add(out, keys, n);
        buf_s(out, "=\"");
        escaped(out, label, true);
        buf_c(out, '"');
        keys += n;
        if (*keys) {
            buf_c(out, ',');
            keys++;
        }
        label = next ? next + 1 : label;
    }
}

/* name{key="label",le="bound"}: either part may be absent. */
static void sample(struct buf *out, const struct metric_info *m, const char *suffix, const char *label, const char *le)
{
    buf_s(out, m->name);
    buf_s(out, suffix);
    if (label || le)
        buf_c(out, '{');
    if (label)
        labels(out, m->label, label);
    if (le)
        buf_f(out, "%sle=\"%s\"", label ? "," : "", le);
    if (label || le)
        buf_c(out, '}');
    buf_c(out, ' ');
}

static void seconds(struct buf *out, int64_t us)
{
    buf_f(out, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

/* Seconds without trailing zeros: "0.0025", "10". */
static void bound_format(int64_t us, char out[32])
{
    int n = snprintf(out, 32, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));

    while (n > 0 && out[n - 1] == '0')
        n--;
    if (n > 0 && out[n - 1] == '.')
        n--;
    out[n] = 0;
}

/* The count is taken from the buckets, so that both agree while threads go on counting. */
static void histogram_write(struct buf *out, const struct metric_info *m, const struct series *s, const char *label)
{
    int64_t total = 0;
    char bound[32];

    for (size_t i = 0; i < METRIC_BOUNDS; i++) {
        total += atomic_load_explicit(&s->buckets[i], memory_order_relaxed);
        bound_format(metric_bounds_us[i], bound);
        sample(out, m, "_bucket", label, bound);
        buf_f(out, "%lld\n", (long long)total);
    }
    total += atomic_load_explicit(&s->buckets[METRIC_BOUNDS], memory_order_relaxed);
    sample(out, m, "_bucket", label, "+Inf");
    buf_f(out, "%lld\n", (long long)total);
    sample(out, m, "_sum", label, NULL);
    seconds(out, atomic_load_explicit(&s->sum_us, memory_order_relaxed));
    buf_c(out, '\n');
    sample(out, m, "_count", label, NULL);
    buf_f(out, "%lld\n", (long long)total);
}

static void series_write(struct buf *out, const struct metric_info *m, const struct series *s, const char *label)
{
    if (m->kind == METRIC_KIND_HISTOGRAM) {
        histogram_write(out, m, s, label);
        return;
    }
    sample(out, m, "", label, NULL);
    buf_f(out, "%lld\n", (long long)atomic_load_explicit(&s->value, memory_order_relaxed));
}

static void metric_write(struct buf *out, enum metric id, const struct metrics_slot *slot)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const struct metric_info *m = &metric_table[id];
    const struct metric_state *s = &slot->states[id];
    size_t n;
    const struct series *all = metrics_labelled(slot, id, &n);

    metrics_head_write(out, m->name, kinds[m->kind], m->help);
    for (size_t i = 0; i < n && atomic_load_explicit(&all[i].named, memory_order_acquire); i++)
        series_write(out, m, &all[i], all[i].label);
    if (!m->label)
        series_write(out, m, &s->plain, NULL);
    else if (atomic_load_explicit(&s->plain.touched, memory_order_relaxed))
        series_write(out, m, &s->plain, METRIC_OTHER);
}

void metrics_write(struct buf *out)
{
    struct metrics_slot *total;

    metrics_process_note();
    total = metrics_total();
    for (enum metric m = 0; m < METRIC_COUNT; m++)
        metric_write(out, m, total);
    metrics_process_write(out, &total->process);
    free(total);
}
