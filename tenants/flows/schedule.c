#include "flows/schedule.h"
#include "base/timefmt.h"
#include "cron/cron.h"
#include "flows/flows_int.h"
#include "q_flows.h"

#define WAIT_MAX 100 /* runs of a schedule that wait for the one before */

/* When the clock begins a flow. */

static enum err read_times(struct scope *sc, const char *cron, const char *zone, struct cron *out,
                           const struct zone **out_zone)
{
    const char *why;

    *out_zone = zone_find(str_of(zone));
    if (!*out_zone || !cron_parse(sc->arena, str_of(cron), out, &why))
        return FAIL(sc, ERR_HOLD, "the times \"%s\" in \"%s\" cannot be read any more", cron, zone);
    return OK;
}

enum err flows_schedule_set(struct scope *sc, const struct flows_flow *f, const struct flowdef *def)
{
    static const char *const missed[] = {"skip", "once", "each"};
    static const char *const overlap[] = {"queue", "skip", "allow"};
    const struct flowdef_head *h = flowdef_head(def);
    struct q_flow_schedule_set_in in = {
        .partner_id = sc->tenant.partner_id, .customer_id = f->customer_id, .flow_id = f->flow_id};

    if (h->trigger != FLOWDEF_SCHEDULE)
        return q_flow_schedule_end(
            sc, &(struct q_flow_schedule_end_in){.customer_id = f->customer_id, .flow_id = f->flow_id}, NULL);
    in.cron = h->cron;
    in.zone = h->zone;
    in.missed = missed[h->missed];
    in.overlap = overlap[h->overlap];
    in.has_next_at = cron_next(&h->times, h->clock, time_now_us(), &in.next_at_us);
    return q_flow_schedule_set(sc, &in, NULL);
}

enum err flows_schedule_get(struct scope *sc, const struct uuid *flow_id, int64_t now_us, struct flows_schedule *out)
{
    const struct q_flow_schedule_get_row *row;
    const struct zone *zone;
    struct cron times;
    int64_t at = now_us;

    TRY(sc, q_flow_schedule_get(sc, &(struct q_flow_schedule_get_in){.flow_id = *flow_id}, &row));
    if (!row || !row->has_next_at)
        return FAIL(sc, ERR_NOT_FOUND, "the flow has no schedule");
    *out = (struct flows_schedule){.cron = row->cron,
                                   .zone = row->zone,
                                   .missed = row->missed,
                                   .overlap = row->overlap,
                                   .fired_at_us = row->has_fired_at ? row->fired_at_us : INT64_MIN,
                                   .skipped = row->skipped,
                                   .overlapped = row->overlapped,
                                   .overlapped_at_us = row->has_overlapped_at ? row->overlapped_at_us : INT64_MIN};
    TRY(sc, read_times(sc, row->cron, row->zone, &times, &zone));
    out->words = cron_words(sc->arena, &times, zone);
    out->change = cron_change_words(sc->arena, &times, zone, now_us, &(int64_t){0});
    for (; out->n < FLOWS_NEXT_MAX && cron_next(&times, zone, at, &at); out->n++)
        out->next_us[out->n] = at;
    return OK;
}

/* ---- firing ---- */

/* Of times that came: which are begun, by the flow's word on those that were missed. */
static void choose(struct flows_due *d, const struct cron *times, const struct zone *zone, const char *missed,
                   int64_t first_us, int64_t now_us)
{
    bool each = strcmp(missed, "each") == 0, once = strcmp(missed, "once") == 0;
    int64_t at = first_us;
    bool more = true;

    while (more && at <= now_us && d->n < FLOWS_DUE_MAX) {
        int64_t next;
        bool late = now_us - at > FLOWS_LATE_US;

        more = cron_next(times, zone, at, &next);
        if (!late || each || (once && (!more || next > now_us)))
            d->at_us[d->n++] = at;
        else
            d->skipped++;
        at = next;
    }
    d->has_next = more;
    d->next_us = at;
}

const char *flows_schedule_origin(struct scope *sc, int64_t at_us)
{
    char at[TIME_TEXT_MAX];

    time_format(at_us, at);
    return arena_f(sc->arena, "at %s", at);
}

/* What waits for its turn has a limit: so many of n fit. */
static enum err that_fit(struct scope *sc, const struct uuid *flow_id, size_t n, size_t *out)
{
    struct q_flow_runs_waiting_row row;
    size_t left;

    TRY(sc, q_flow_runs_waiting(sc, &(struct q_flow_runs_waiting_in){.flow_id = *flow_id, .most = WAIT_MAX}, &row));
    left = row.n < WAIT_MAX ? (size_t)(WAIT_MAX - row.n) : 0;
    *out = n < left ? n : left;
    return OK;
}

/* Nothing is begun while the run before has not ended; the first of several times, if any, and none of the others. */
static enum err that_is_alone(struct scope *sc, const struct uuid *flow_id, const struct q_flow_schedule_due_row *row,
                              size_t *out)
{
    struct q_flow_run_open_row before = {0};

    if (row->has_fired_at)
        TRY(sc, q_flow_run_open(sc,
                                &(struct q_flow_run_open_in){.flow_id = *flow_id,
                                                             .origin_key = flows_schedule_origin(sc, row->fired_at_us)},
                                &before));
    *out = before.open ? 0 : 1;
    return OK;
}

static enum err leave_out(struct scope *sc, const struct uuid *flow_id, const struct q_flow_schedule_due_row *row,
                          struct flows_due *d)
{
    size_t n = d->n;

    if (n == 0 || !d->queued)
        return OK;
    if (strcmp(row->overlap, "skip") == 0)
        TRY(sc, that_is_alone(sc, flow_id, row, &d->n));
    else
        TRY(sc, that_fit(sc, flow_id, n, &d->n));
    if (d->n == n)
        return OK;
    d->overlapped = (int32_t)(n - d->n);
    d->overlapped_us = d->at_us[n - 1];
    return OK;
}

enum err flows_schedule_due(struct scope *sc, const struct uuid *flow_id, int64_t now_us, struct flows_due *out)
{
    const struct q_flow_schedule_due_row *row;
    const struct zone *zone;
    struct cron times;

    *out = (struct flows_due){.seen_us = now_us};
    TRY(sc, q_flow_schedule_due(sc, &(struct q_flow_schedule_due_in){.flow_id = *flow_id}, &row));
    if (!row)
        return OK;
    TRY(sc, read_times(sc, row->cron, row->zone, &times, &zone));
    out->there = true;
    out->version = row->current_version;
    out->shadow = row->shadow;
    out->queued = strcmp(row->overlap, "allow") != 0;
    choose(out, &times, zone, row->missed, row->next_at_us, now_us);
    return leave_out(sc, flow_id, row, out);
}

enum err flows_schedule_fired(struct scope *sc, const struct uuid *flow_id, const struct flows_due *d)
{
    return q_flow_schedule_fired(sc,
                                 &(struct q_flow_schedule_fired_in){.flow_id = *flow_id,
                                                                    .has_next_at = d->has_next,
                                                                    .next_at_us = d->next_us,
                                                                    .has_fired_at = d->n > 0,
                                                                    .fired_at_us = d->n ? d->at_us[d->n - 1] : 0,
                                                                    .skipped = d->skipped,
                                                                    .overlapped = d->overlapped,
                                                                    .has_overlapped_at = d->overlapped > 0,
                                                                    .overlapped_at_us = d->overlapped_us},
                                 NULL);
}

enum err flows_schedules_due(struct scope *sc, size_t most, struct flows_ticket **out, size_t *out_n)
{
    struct q_flow_schedules_due_rows rows;

    TRY(sc, q_flow_schedules_due(sc, &(struct q_flow_schedules_due_in){.most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_ticket, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct flows_ticket){rows.v[i].partner_id, rows.v[i].customer_id, rows.v[i].flow_id};
    *out_n = rows.n;
    return OK;
}
