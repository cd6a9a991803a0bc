#include "cron/cron_int.h"

/* From the times that an expression names to instants, one span of a zone's clock after the other. */

#define YEAR_1    INT64_C(-62135596800)
#define YEAR_9999 INT64_C(253402300799)
#define REACH_S   (2 * DAY_S) /* no two clocks are further apart */

/* How far the clock on the wall had come before this span: the first reading that was not there yet. */
static int64_t reached(const struct zone *z, const struct zone_span *span)
{
    int64_t most = INT64_MIN;
    struct zone_span before = *span;

    while (before.from_s != INT64_MIN && before.from_s > span->from_s - REACH_S) {
        before = zone_at(z, before.from_s - 1);
        if (before.until_s + before.offset_s > most)
            most = before.until_s + before.offset_s;
    }
    return most;
}

/* From utc_s on, within the span and before limit_s; INT64_MAX: none. */
static int64_t following(const struct cron *c, const struct zone_span *span, int64_t utc_s, int64_t limit_s)
{
    int64_t local = cron_local(c, utc_s + span->offset_s, limit_s + span->offset_s);

    return local < INT64_MAX ? local - span->offset_s : INT64_MAX;
}

/* What the clock jumped over on its way into this span counts at the span's beginning, and what it had read before it
 * was put back does not count. */
static int64_t fixed(const struct cron *c, const struct zone *z, const struct zone_span *span, int64_t utc_s,
                     int64_t limit_s)
{
    int64_t read = reached(z, span), local = utc_s + span->offset_s;

    if (read > local || (utc_s == span->from_s && read != INT64_MIN))
        local = read;
    local = cron_local(c, local, limit_s + span->offset_s);
    if (local == INT64_MAX)
        return local;
    return span->from_s != INT64_MIN && local < span->from_s + span->offset_s ? span->from_s : local - span->offset_s;
}

bool cron_next(const struct cron *c, const struct zone *z, int64_t after_us, int64_t *out_us)
{
    int64_t utc_s = floor_div(after_us, 1000000) + 1, end_s = utc_s + CRON_YEARS_MAX * 366 * DAY_S;

    if (utc_s < YEAR_1 || utc_s > YEAR_9999)
        return false;
    while (utc_s < end_s) {
        struct zone_span span = zone_at(z, utc_s);
        int64_t limit_s = span.until_s < end_s ? span.until_s : end_s;
        int64_t at_s = c->follows ? following(c, &span, utc_s, limit_s) : fixed(c, z, &span, utc_s, limit_s);

        if (at_s < INT64_MAX) {
            *out_us = at_s * 1000000;
            return true;
        }
        utc_s = limit_s;
    }
    return false;
}
