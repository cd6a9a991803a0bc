#include <string.h>

#include "api/flow_int.h"
#include "api/job_int.h"
#include "flows/batches.h"

/* Many jobs of a flow in the background: asked for, looked at, stopped, and what became of each. */

static const char *const actions[] = {"retry", "cancel", "backfill", NULL};
static const char *const job_states[] = {"held", "dead", "done", "ready", NULL};
static const char *const states[] = {"running", "done", "cancelled", NULL};
static const char *const outcomes[] = {"retried", "cancelled", "matched", "skipped", NULL};

struct batch_view {
    struct uuid id, flow_id;
    const char *action, *job_state, *reason, *state, *asked_by;
    int64_t from, to, per_minute, matched, done, skipped, left, seconds_left, created_at, ended_at;
    bool dry_run, more;
};

static const struct wire_field batch_fields[] = {
    WIRE_ID(struct batch_view, id, "bat", "This batch."),
    WIRE_ID(struct batch_view, flow_id, "flw", "The flow."),
    WIRE_ENUM(struct batch_view, action, actions, "What is done with its jobs."),
    WIRE_ENUM(struct batch_view, job_state, job_states, "With those in this state."),
    WIRE_TEXT(struct batch_view, reason, 500, "With those whose reason begins so; null: whatever it is."),
    WIRE_TIME(struct batch_view, from, "With those planned at this time or later."),
    WIRE_TIME(struct batch_view, to, "And before this time."),
    WIRE_INT(struct batch_view, per_minute, 0, FLOWS_BATCH_PER_MINUTE, "How many a minute at most; 0: no matter."),
    WIRE_BOOL(struct batch_view, dry_run, "Whether they are only told."),
    WIRE_ENUM(struct batch_view, state, states, "How far it is."),
    WIRE_INT(struct batch_view, matched, 0, FLOWS_BATCH_MAX, "How many there were when it was asked for."),
    WIRE_BOOL(struct batch_view, more,
              "Whether there may be more: a batch does 100,000 jobs; those that are done or ready it counts among "
              "200,000 of the flow."),
    WIRE_INT(struct batch_view, done, 0, FLOWS_BATCH_MAX, "Those that it was done with."),
    WIRE_INT(struct batch_view, skipped, 0, FLOWS_BATCH_MAX,
             "Those that had left the state, or that something else was done with, when their turn came."),
    WIRE_INT(struct batch_view, left, 0, FLOWS_BATCH_MAX, "Those of the matched that are to come; 0 once it ended."),
    WIRE_INT(struct batch_view, seconds_left, 0, INT64_MAX, "What these take at least, by per_minute; 0: no matter."),
    WIRE_TEXT(struct batch_view, asked_by, 100, "Who asked for it."),
    WIRE_TIME(struct batch_view, created_at, "When it was asked for."),
    WIRE_TIME(struct batch_view, ended_at, "When it ended; null: it runs."),
    {},
};
static const struct wire batch_wire = {"FlowBatch", sizeof(struct batch_view), batch_fields};

static struct batch_view view_of(const struct flows_batch *b)
{
    int64_t left = flows_batch_left(b);

    return (struct batch_view){.id = b->batch_id,
                               .flow_id = b->flow_id,
                               .action = b->action,
                               .job_state = b->job_state,
                               .reason = b->reason,
                               .from = b->from_us,
                               .to = b->to_us,
                               .per_minute = b->per_minute,
                               .dry_run = b->dry_run,
                               .state = b->state,
                               .matched = b->matched,
                               .more = b->more,
                               .done = b->done,
                               .skipped = b->skipped,
                               .left = left,
                               .seconds_left = b->per_minute ? left * 60 / b->per_minute : 0,
                               .asked_by = b->asked_by,
                               .created_at = b->created_at_us,
                               .ended_at = b->ended_at_us};
}

/* ---- asking ---- */

struct batch_ask {
    const char *action, *job_state, *state, *reason;
    int64_t from, to, per_minute;
    bool dry_run;
};

#define MAYBE_TIME(member, meaning_)                                                                                   \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_TIME, .offset = offsetof(struct batch_ask, member), .optional = true,       \
        .meaning = (meaning_)                                                                                          \
    }

static const struct wire_field ask_fields[] = {
    WIRE_ENUM(struct batch_ask, action, actions,
              "retry: they run once more; cancel: they end; backfill: those that are done run once more, in the lane "
              "that comes last."),
    API_STATES_ASKED(struct batch_ask, job_states,
                     "Which jobs: for retry held, dead or done; for cancel held, dead or ready; for backfill done."),
    WIRE_TEXT_OR_NULL(struct batch_ask, reason, 500, "How their reason begins; absent: whatever it is."),
    MAYBE_TIME(from, "Only those planned at this time or later; a backfill names it."),
    MAYBE_TIME(to, "Only those planned before this time; absent: until now."),
    {.name = "per_minute",
     .kind = WIRE_KIND_INT,
     .offset = offsetof(struct batch_ask, per_minute),
     .min = 1,
     .max = FLOWS_BATCH_PER_MINUTE,
     .optional = true,
     .meaning = "How many a minute at most; absent: as many as can be."},
    {.name = "dry_run",
     .kind = WIRE_KIND_BOOL,
     .offset = offsetof(struct batch_ask, dry_run),
     .optional = true,
     .meaning =
         "They are told, one by one, and nothing is done; it ends as cancelled when a batch is asked for meanwhile "
         "that does something."},
    {},
};
static const struct wire ask_wire = {"FlowBatchNew", sizeof(struct batch_ask), ask_fields};

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct uuid *flow_id, const struct uuid *id)
{
    char flow[TYPEID_TEXT_MAX + 1], text[TYPEID_TEXT_MAX + 1];
    struct batch_view view;
    struct flows_batch b;

    TRY(sc, flows_batch_get(sc, flow_id, id, &b));
    view = view_of(&b);
    typeid_format("flw", flow_id, flow);
    typeid_format("bat", id, text);
    if (status == 202)
        rs_header(sc, rs, "location", arena_f(sc->arena, "/v1/flows/%s/batches/%s", flow, text));
    return rs_json(sc, rs, status, &batch_wire, &view);
}

static enum err batches_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct batch_ask ask;
    struct flows_flow f;
    struct uuid id;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    TRY(sc, api_states_asked(sc, &ask.job_state, ask.state));
    TRY(sc, flows_batch_create(sc, &f,
                               &(struct flows_batch_ask){.action = ask.action,
                                                         .job_state = ask.job_state,
                                                         .reason = ask.reason,
                                                         .from_us = ask.from,
                                                         .to_us = ask.to,
                                                         .per_minute = (int32_t)ask.per_minute,
                                                         .dry_run = ask.dry_run,
                                                         .asked_by = api_actor_text(sc)},
                               &id));
    api_flow_note(
        sc, "flow.batch.create", &f,
        arena_f(sc->arena, "%s of jobs that are %s%s", ask.action, ask.job_state, ask.dry_run ? ", only told" : ""));
    return answer(sc, rs, 202, &f.flow_id, &id);
}

/* ---- looking and stopping ---- */

static enum err named(struct scope *sc, const struct rq *rq, struct flows_flow *f, struct flows_batch *out)
{
    struct uuid id;

    TRY(sc, api_flow_named(sc, rq, f));
    TRY(sc, rq_path_id(sc, rq, "batch_id", "bat", &id));
    return flows_batch_get(sc, &f->flow_id, &id, out);
}

static enum err batches_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_batch b;
    struct flows_flow f;

    TRY(sc, named(sc, rq, &f, &b));
    return answer(sc, rs, 200, &f.flow_id, &b.batch_id);
}

static enum err batches_cancel(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_batch b;
    struct flows_flow f;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, named(sc, rq, &f, &b));
    TRY(sc, flows_batch_cancel(sc, &b));
    api_flow_note(sc, "flow.batch.cancel", &f, NULL);
    return answer(sc, rs, 200, &f.flow_id, &b.batch_id);
}

static enum err batches_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct batch_view *views;
    struct flows_batch *rows;
    struct flows_flow f;
    struct uuid before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", FLOW_PAGE_DEFAULT, 1, FLOW_PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("flow-batches"), &before));
    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, flows_batch_list(sc, &f.flow_id, &before, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("flow-batches"), (struct bytes){rows[n - 1].batch_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct batch_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &batch_wire, views, n, cursor);
}

/* ---- what became of each ---- */

struct item_view {
    struct uuid job_id;
    const char *outcome, *job_state, *reason;
};

static const struct wire_field item_fields[] = {
    WIRE_ID(struct item_view, job_id, "job", "One of them."),
    WIRE_ENUM(struct item_view, outcome, outcomes,
              "What the batch did: retried, cancelled, matched (it was only told) or skipped."),
    WIRE_ENUM(struct item_view, job_state, api_job_states, "The state the job is in by now."),
    WIRE_TEXT(struct item_view, reason, 2000,
              "Why it was skipped, or else the job's reason by now; null when there is none."),
    {},
};
static const struct wire item_wire = {"FlowBatchItem", sizeof(struct item_view), item_fields};

static struct item_view item_of(const struct flows_batch_item *i)
{
    bool skipped = strcmp(i->outcome, "skipped") == 0;

    return (struct item_view){i->job_id, i->outcome, i->job_state,
                              skipped ? "it had left the state, or something else was done with it just then"
                                      : i->job_reason};
}

static enum err outcome_of(struct scope *sc, const struct rq *rq, const char **out)
{
    struct str said = rq_query(rq, "outcome");

    *out = "";
    if (said.n == 0)
        return OK;
    for (const char *const *o = outcomes; *o; o++)
        if (str_is(said, *o)) {
            *out = *o;
            return OK;
        }
    return FAIL(sc, ERR_INVALID, "an outcome is retried, cancelled, matched or skipped");
}

static enum err items_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL, *outcome;
    struct flows_batch_item *rows;
    struct item_view *views;
    struct flows_batch b;
    struct flows_flow f;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", FLOW_PAGE_DEFAULT, 1, FLOW_PAGE_MAX, &limit));
    TRY(sc, outcome_of(sc, rq, &outcome));
    TRY(sc, api_position(sc, rq, STR("flow-batch-items"), &after));
    TRY(sc, named(sc, rq, &f, &b));
    TRY(sc, flows_batch_items(sc, &b, outcome, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("flow-batch-items"), (struct bytes){rows[n - 1].job_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct item_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = item_of(&rows[i]);
    return rs_page(sc, rq, rs, &item_wire, views, n, cursor);
}

static const char *const list_query[] = {"limit", "cursor", NULL};
static const char *const items_query[] = {"limit", "cursor", "outcome", NULL};

#define BATCHES "/v1/flows/{flow_id}/batches"

const struct route api_flow_batch_routes[] = {
    {POST, BATCHES, batches_create, .may = PERMISSION_FLOWS_RUN, .takes = &ask_wire, .answers = &batch_wire,
     .idempotent = true, .status = 202, .name = "flows.batches.create",
     .summary = "Lets many jobs of a flow run once more, or ends them, in the background: up to 100,000."},
    {GET, BATCHES, batches_list, .may = PERMISSION_FLOWS_READ, .answers = &batch_wire, .query = list_query,
     .paged = true, .name = "flows.batches.list", .summary = "Lists a flow's batches, newest first."},
    {GET, BATCHES "/{batch_id}", batches_get, .may = PERMISSION_FLOWS_READ, .answers = &batch_wire,
     .name = "flows.batches.get", .summary = "How far a batch is."},
    {GET, BATCHES "/{batch_id}/items", items_list, .may = PERMISSION_FLOWS_READ, .answers = &item_wire,
     .query = items_query, .paged = true, .name = "flows.batches.items",
     .summary = "What became of each job of a batch, the oldest first; with outcome, those of one."},
    {POST, BATCHES "/{batch_id}/cancel", batches_cancel, .may = PERMISSION_FLOWS_RUN, .answers = &batch_wire,
     .idempotent = true, .name = "flows.batches.cancel", .summary = "Stops a batch; what was done stays done."},
    {},
};
