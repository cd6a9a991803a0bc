#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fresh/fresh_int.h"

/* What is usual for a feed, and from when on its silence is none of chance.
 *
 * Messages are taken to come by themselves, so many of them in an hour: then a silence in which m were to be expected
 * has the probability exp(-m). The rates come from the same hour of past weeks, the highest of which is left out: a
 * sale or a bulk edit is not what is usual, and a rate that is too low only makes an alert come later. A season that
 * has ended is seen by the week before: if less came in it than those rates say, they all are that much lower.
 */

#define QUIET       0.1
#define THRESHOLD   1e-4
#define FALSE_MONTH 0.01 /* alarms of one feed in a month that none is due for */
#define MONTH_WEEKS 4.35
#define LEVEL_MIN   0.1
#define FLOOR_US    INT64_C(300000000) /* no silence is told earlier: senders pause, and a look is made once a minute */
#define AHEAD_WEEKS 5

/* The epoch was a Thursday. */
static int hour_of_week(int64_t us)
{
    return (int)((us / HOUR_US + 72) % FRESH_HOURS);
}

static double mean_but_highest(const int64_t *v, int n)
{
    int64_t sum = 0, most = 0;

    for (int i = 0; i < n; i++) {
        sum += v[i];
        most = v[i] > most ? v[i] : most;
    }
    return (double)(sum - most) / (n - 1);
}

/* Counts by week before end_us, the newest first. */
static void spread(const struct fresh_count *v, size_t n, int64_t end_us, int64_t by[FRESH_HOURS][FRESH_WEEKS])
{
    memset(by, 0, sizeof(int64_t[FRESH_HOURS][FRESH_WEEKS]));
    for (size_t i = 0; i < n; i++) {
        int64_t ago = (end_us - v[i].hour_us - HOUR_US) / WEEK_US;

        if (v[i].hour_us + HOUR_US <= end_us && ago < FRESH_WEEKS)
            by[hour_of_week(v[i].hour_us)][ago] += v[i].n;
    }
}

bool fresh_learn(const struct fresh_count *v, size_t n, int64_t began_us, int64_t now_us, struct fresh_rhythm *out)
{
    int64_t end_us = now_us - now_us % HOUR_US, weeks = (end_us - began_us) / WEEK_US;
    int64_t by[FRESH_HOURS][FRESH_WEEKS];
    struct fresh_rhythm r = {.per_week = 0};
    double newest = 0, level;

    if (weeks < FRESH_WEEKS_MIN)
        return false;
    weeks = weeks < FRESH_WEEKS ? weeks : FRESH_WEEKS;
    spread(v, n, end_us, by);
    for (int h = 0; h < FRESH_HOURS; h++) {
        r.per_hour[h] = mean_but_highest(by[h], (int)weeks);
        r.per_week += r.per_hour[h];
        newest += (double)by[h][0];
    }
    if (r.per_week < 1)
        return false;
    level = fmin(1, fmax(LEVEL_MIN, newest / r.per_week));
    for (int h = 0; h < FRESH_HOURS; h++)
        r.per_hour[h] *= level;
    r.per_week *= level;
    *out = r;
    return true;
}

/* ---- reading it ---- */

double fresh_expected(const struct fresh_rhythm *r, int64_t from_us, int64_t to_us)
{
    int64_t weeks = to_us > from_us ? (to_us - from_us) / WEEK_US : 0;
    double sum = (double)weeks * r->per_week;

    for (int64_t at = from_us + weeks * WEEK_US; at < to_us;) {
        int64_t end = at - at % HOUR_US + HOUR_US;

        end = end < to_us ? end : to_us;
        sum += r->per_hour[hour_of_week(at)] * (double)(end - at) / (double)HOUR_US;
        at = end;
    }
    return sum;
}

bool fresh_is_quiet(const struct fresh_rhythm *r, int64_t at_us)
{
    return r->per_hour[hour_of_week(at_us)] < QUIET * r->per_week / FRESH_HOURS;
}

double fresh_threshold(const struct fresh_rhythm *r)
{
    return fmin(THRESHOLD, FALSE_MONTH / fmax(1, r->per_week * MONTH_WEEKS));
}

/* Where so much has come together since from_us: of messages that are usual, or (r NULL, or counting time) of hours
 * that are not quiet. */
static int64_t reached(const struct fresh_rhythm *r, int64_t from_us, double need, bool of_time)
{
    int64_t end_us = from_us + AHEAD_WEEKS * WEEK_US;
    double sum = 0;

    for (int64_t at = from_us; at < end_us;) {
        int64_t next = at - at % HOUR_US + HOUR_US;
        double rate = of_time ? !(r && fresh_is_quiet(r, at)) : r->per_hour[hour_of_week(at)];
        double more = rate * (double)(next - at) / (double)HOUR_US;

        if (rate > 0 && sum + more >= need)
            return at + (int64_t)((need - sum) / rate * (double)HOUR_US);
        sum += more;
        at = next;
    }
    return INT64_MAX;
}

static int64_t awake(const struct fresh_rhythm *r, int64_t at_us)
{
    for (int i = 0; at_us != INT64_MAX && i < FRESH_HOURS && fresh_is_quiet(r, at_us); i++)
        at_us = at_us - at_us % HOUR_US + HOUR_US;
    return at_us;
}

void fresh_late_at(const struct fresh_rhythm *r, int64_t last_us, int64_t limit_s, struct fresh_late *out)
{
    int64_t usual = INT64_MAX, hard = INT64_MAX;

    if (r) {
        usual = reached(r, last_us, -log(fresh_threshold(r)), false);
        usual = usual < last_us + FLOOR_US ? last_us + FLOOR_US : usual;
        usual = awake(r, usual);
    }
    if (limit_s > 0)
        hard = reached(r, last_us, (double)limit_s / 3600, true);
    *out = (struct fresh_late){.at_us = hard < usual ? hard : usual, .hard = hard < usual};
}

/* ---- as it is kept ---- */

const char *fresh_rhythm_text(struct scope *sc, const struct fresh_rhythm *r)
{
    struct buf b;

    buf_init(&b, sc->arena, 4000);
    for (int h = 0; h < FRESH_HOURS; h++)
        buf_f(&b, "%s%.6g", h ? " " : "", r->per_hour[h]);
    return buf_cstr(&b);
}

bool fresh_rhythm_read(const char *text, struct fresh_rhythm *out)
{
    struct fresh_rhythm r = {.per_week = 0};

    for (int h = 0; h < FRESH_HOURS; h++) {
        char *end;

        r.per_hour[h] = strtod(text, &end);
        if (end == text || !(r.per_hour[h] >= 0))
            return false;
        r.per_week += r.per_hour[h];
        text = end;
    }
    *out = r;
    return true;
}
