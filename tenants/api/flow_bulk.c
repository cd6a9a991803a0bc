#include <string.h>

#include "api/flow_int.h"
#include "api/job_int.h"

/* Many jobs of a flow at once: once more, or ended; and first, if asked so, only told. */

static const char *const again_states[] = {"held", "dead", "done", NULL};
static const char *const end_states[] = {"held", "dead", "ready", NULL};

struct bulk_ask {
    const char *job_state, *state, *reason;
    int64_t from, to, most;
    bool dry_run;
};

#define BULK_FIELDS(states_)                                                                                           \
    API_STATES_ASKED(struct bulk_ask, states_, "Which jobs."),                                                         \
        WIRE_TEXT_OR_NULL(struct bulk_ask, reason, 500, "How their reason begins; absent: whatever it is."),           \
        {.name = "from",                                                                                               \
         .kind = WIRE_KIND_TIME,                                                                                       \
         .offset = offsetof(struct bulk_ask, from),                                                                    \
         .optional = true,                                                                                             \
         .meaning = "Only those planned at this time or later."},                                                      \
        {.name = "to",                                                                                                 \
         .kind = WIRE_KIND_TIME,                                                                                       \
         .offset = offsetof(struct bulk_ask, to),                                                                      \
         .optional = true,                                                                                             \
         .meaning = "Only those planned before this time."},                                                           \
        WIRE_INT(struct bulk_ask, most, 1, FLOWS_BULK_MAX, "How many at most, the oldest first."),                     \
    {                                                                                                                  \
        .name = "dry_run", .kind = WIRE_KIND_BOOL, .offset = offsetof(struct bulk_ask, dry_run), .optional = true,     \
        .meaning = "They are told, and nothing is done."                                                               \
    }

static const struct wire_field again_fields[] = {BULK_FIELDS(again_states), {}};
static const struct wire again_wire = {"FlowRetry", sizeof(struct bulk_ask), again_fields};
static const struct wire_field end_fields[] = {BULK_FIELDS(end_states), {}};
static const struct wire end_wire = {"FlowCancel", sizeof(struct bulk_ask), end_fields};

struct matched_view {
    struct uuid job_id;
    const char *reason;
};

static const struct wire_field matched_fields[] = {
    WIRE_ID(struct matched_view, job_id, "job", "One of them."),
    WIRE_TEXT(struct matched_view, reason, 2000, "Why it had stopped; null when nothing was said."),
    {},
};
static const struct wire matched_wire = {"FlowBulkJob", sizeof(struct matched_view), matched_fields};

struct bulk_view {
    bool dry_run, more;
    struct wire_list jobs;
};

static const struct wire_field bulk_fields[] = {
    WIRE_BOOL(struct bulk_view, dry_run, "Whether they were only told."),
    WIRE_BOOL(struct bulk_view, more, "Whether there may be more: ask again."),
    WIRE_LIST(struct bulk_view, jobs, &matched_wire, FLOWS_BULK_MAX, "Those that it was done with, oldest first."),
    {},
};
static const struct wire bulk_wire = {"FlowBulk", sizeof(struct bulk_view), bulk_fields};

/* Of those that go on, or of those that stood behind what has ended. */
static enum err tell_queue(struct scope *sc, const struct rq *rq, const struct flows_flow *f,
                           const struct flows_matched *v, size_t n, bool ended)
{
    struct uuid *jobs = ARENA_ARRAY(sc->arena, struct uuid, n);

    for (size_t i = 0; i < n; i++) {
        jobs[i] = v[i].job_id;
        if (!ended)
            api_job_soon(sc, rq, &f->customer_id, &v[i].job_id, v[i].lane);
    }
    return ended ? api_jobs_next(sc, rq, &f->customer_id, jobs, n) : OK;
}

enum err api_states_asked(struct scope *sc, const char **io_job_state, const char *state)
{
    bool twice = *io_job_state && state && strcmp(*io_job_state, state) != 0;
    enum err e;

    if (!*io_job_state)
        *io_job_state = state;
    if (*io_job_state && !twice)
        return OK;
    scope_item(sc, twice ? "/state" : "/job_state", twice ? "twice" : "required", "%s",
               twice ? "says otherwise than job_state, which it is another name of" : "must say which jobs are meant");
    e = FAIL(sc, ERR_INVALID, twice ? "job_state and state say different things" : "which jobs are meant is not said");
    scope_problem(sc, "validation", 422);
    return e;
}

static enum err bulk(struct scope *sc, const struct rq *rq, struct rs *rs, const struct wire *takes, bool cancel)
{
    struct bulk_ask ask;
    struct flows_bulk b = {.cancel = cancel, .who = "cancelled by a person"};
    struct matched_view *views;
    struct flows_matched *v;
    struct bulk_view view;
    struct flows_flow f;
    size_t n;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, rq_body(sc, rq, takes, &ask));
    TRY(sc, api_states_asked(sc, &ask.job_state, ask.state));
    b.state = ask.job_state;
    b.reason = ask.reason ? ask.reason : "";
    b.from_us = ask.from == INT64_MIN ? 0 : ask.from;
    b.to_us = ask.to == INT64_MIN ? INT64_C(4102444800000000) : ask.to; /* 2100 */
    b.most = (size_t)ask.most;
    b.dry_run = ask.dry_run;
    TRY(sc, flows_bulk(sc, &f, &b, &v, &n));
    views = ARENA_ARRAY(sc->arena, struct matched_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct matched_view){v[i].job_id, v[i].reason};
    if (n && !b.dry_run)
        api_flow_note(sc, cancel ? "flow.cancel_jobs" : "flow.retry_jobs", &f, arena_f(sc->arena, "%zu jobs", n));
    if (!b.dry_run)
        TRY(sc, tell_queue(sc, rq, &f, v, n, cancel));
    view = (struct bulk_view){b.dry_run, n == b.most, {views, n}};
    return rs_json(sc, rs, 200, &bulk_wire, &view);
}

static enum err retry(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return bulk(sc, rq, rs, &again_wire, false);
}

static enum err cancel(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return bulk(sc, rq, rs, &end_wire, true);
}

#define ONE "/v1/flows/{flow_id}"

const struct route api_flow_bulk_routes[] = {
    {POST, ONE "/retry", retry, .may = PERMISSION_FLOWS_RUN, .takes = &again_wire, .answers = &bulk_wire,
     .idempotent = true, .name = "flows.retry",
     .summary = "Lets many jobs of a flow run once more: those that stopped, or those of a time that are done."},
    {POST, ONE "/cancel", cancel, .may = PERMISSION_FLOWS_RUN, .takes = &end_wire, .answers = &bulk_wire,
     .idempotent = true, .name = "flows.cancel", .summary = "Ends many jobs of a flow that wait or stopped."},
    {},
};
