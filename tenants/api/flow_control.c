#include <string.h>

#include "api/flow_int.h"
#include "base/timefmt.h"
#include "flows/schedule.h"

/* Flows that are paused, drained and resumed, and when the clock begins them. */

static enum err flow_goes(struct scope *sc, const struct rq *rq, struct rs *rs, const char *state, const char *action)
{
    struct flows_flow f;
    bool changed;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, api_flow_named(sc, rq, &f));
    f.state = state;
    TRY(sc, flows_change(sc, &f, &changed));
    if (!changed)
        return rq_stale(sc, f.row_version + 1);
    if (strcmp(state, "active") == 0)
        TRY(sc, flows_one_environment(sc, &f));
    api_flow_note(sc, action, &f, NULL);
    return api_flow_answer(sc, rs, 200, &f.flow_id);
}

static enum err flow_pause(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return flow_goes(sc, rq, rs, "paused", "flow.pause");
}

static enum err flow_drain(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return flow_goes(sc, rq, rs, "draining", "flow.drain");
}

static enum err flow_resume(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return flow_goes(sc, rq, rs, "active", "flow.resume");
}

/* ---- schedules ---- */

struct time_view {
    int64_t at;
};

static const struct wire_field time_fields[] = {
    WIRE_TIME(struct time_view, at, "A time at which it begins."),
    {},
};
static const struct wire time_wire = {"FlowTime", sizeof(struct time_view), time_fields};

struct schedule_view {
    const char *cron, *zone, *missed, *overlap, *words, *change;
    int64_t fired_at, skipped, overlapped, overlapped_at;
    struct wire_list next;
};

static const char *const missed[] = {"skip", "once", "each", NULL};
static const char *const overlap[] = {"queue", "skip", "allow", NULL};

static const struct wire_field schedule_fields[] = {
    WIRE_TEXT(struct schedule_view, cron, 200, "Minute, hour, day of the month, month, day of the week."),
    WIRE_TEXT(struct schedule_view, zone, 64, "The IANA time zone these are read in."),
    WIRE_ENUM(struct schedule_view, missed, missed,
              "What becomes of times that come while nothing can be begun: they are left out, the last one is made up "
              "for, or each."),
    WIRE_ENUM(
        struct schedule_view, overlap, overlap,
        "What becomes of a time when the run before has not ended: its run waits for that, the time is left out, or "
        "both run at once."),
    WIRE_TEXT(struct schedule_view, words, 1000, "The times, in words."),
    WIRE_TEXT(struct schedule_view, change, 1000, "What the next change of the zone's clock does to them."),
    WIRE_TIME(struct schedule_view, fired_at, "The last time it was begun at; null: never yet."),
    WIRE_INT(struct schedule_view, skipped, 0, INT64_MAX, "Times that were left out so far."),
    WIRE_INT(struct schedule_view, overlapped, 0, INT64_MAX,
             "Times that were left out because the run before had not ended."),
    WIRE_TIME(struct schedule_view, overlapped_at, "The last of those; null: none yet."),
    WIRE_LIST(struct schedule_view, next, &time_wire, FLOWS_NEXT_MAX, "The next five."),
    {},
};
static const struct wire schedule_wire = {"FlowSchedule", sizeof(struct schedule_view), schedule_fields};

static enum err schedule_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct schedule_view view;
    struct flows_schedule s;
    struct time_view *times;
    struct flows_flow f;

    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, flows_schedule_get(sc, &f.flow_id, time_now_us(), &s));
    times = ARENA_ARRAY(sc->arena, struct time_view, s.n);
    for (size_t i = 0; i < s.n; i++)
        times[i].at = s.next_us[i];
    view = (struct schedule_view){.cron = s.cron,
                                  .zone = s.zone,
                                  .missed = s.missed,
                                  .overlap = s.overlap,
                                  .words = s.words,
                                  .change = s.change,
                                  .fired_at = s.fired_at_us,
                                  .skipped = s.skipped,
                                  .overlapped = s.overlapped,
                                  .overlapped_at = s.overlapped_at_us,
                                  .next = {times, s.n}};
    return rs_json(sc, rs, 200, &schedule_wire, &view);
}

#define ONE "/v1/flows/{flow_id}"

const struct route api_flow_control_routes[] = {
    {POST, ONE "/pause", flow_pause, .may = PERMISSION_FLOWS_PUBLISH, .answers = &api_flow_wire, .idempotent = true,
     .name = "flows.pause", .summary = "Begins no job of the flow any more; those that come and those there are wait."},
    {POST, ONE "/drain", flow_drain, .may = PERMISSION_FLOWS_PUBLISH, .answers = &api_flow_wire, .idempotent = true,
     .name = "flows.drain", .summary = "Does the jobs that there are, and lets those wait that come from now on."},
    {POST, ONE "/resume", flow_resume, .may = PERMISSION_FLOWS_PUBLISH, .answers = &api_flow_wire, .idempotent = true,
     .name = "flows.resume", .summary = "Lets a flow go on; what waited has as much more time."},
    {GET, ONE "/schedule", schedule_get, .may = PERMISSION_FLOWS_READ, .answers = &schedule_wire,
     .name = "flows.schedule", .summary = "When the clock begins a flow: in words, and the next five times."},
    {},
};
