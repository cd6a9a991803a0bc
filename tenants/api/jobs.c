#include "api/job_int.h"

#include <string.h>

#include "audit/audit.h"
#include "base/timefmt.h"
#include "intake/intake.h"

/* Jobs: what they are about, how their tries ended, what they changed elsewhere. */

const char *const api_job_states[] = {"ready", "leased", "held", "done", "dead", "cancelled", NULL};
static const char *const lanes[] = {"orders", "stock", "finance", "catalogue", "backfill", NULL};
static const char *const shadows[] = {"off", "on", NULL};
static const char *const effect_states[] = {"planned", "sent", "confirmed", "rejected", "unknown", "superseded", NULL};

struct job_view {
    struct uuid id, customer_id, flow_id, message_id, connection_id, waits_for;
    const char *kind, *key, *lane, *state, *reason, *shadow;
    int64_t flow_version, attempts, edits, run_at, deadline_at, created_at, ended_at;
    struct wire_list tries, effects;
};

#define JOB_FIELDS                                                                                                     \
    WIRE_ID(struct job_view, id, "job", "This job."), WIRE_ID(struct job_view, customer_id, "cus", "Whose it is."),    \
        WIRE_ID_OR_NULL(struct job_view, flow_id, "flw", "The flow it runs; null: what comes with the product."),      \
        WIRE_INT(struct job_view, flow_version, 0, FLOWS_VERSIONS_MAX, "The version it began with; 0: none."),         \
        WIRE_ID_OR_NULL(struct job_view, message_id, "rec", "The delivery it is about; null: none."),                  \
        WIRE_ID_OR_NULL(struct job_view, connection_id, "con", "Where that came from; null: nowhere."),                \
        WIRE_TEXT(struct job_view, kind, 40, "What kind of job: flow, order."),                                        \
        WIRE_TEXT(struct job_view, key, 300, "Jobs of one key run in order, one at a time."),                          \
        WIRE_ENUM(struct job_view, lane, lanes, "Which jobs it has its turn among."),                                  \
        WIRE_ENUM(struct job_view, state, api_job_states,                                                              \
                  "ready: it waits for its turn or its time; leased: it runs; held: a person must act; done; dead: "   \
                  "it was given up at its deadline; cancelled."),                                                      \
        WIRE_TEXT(struct job_view, reason, 2000, "Why it waits or stopped, or what there is to say of it; or null."),  \
        WIRE_ID_OR_NULL(struct job_view, waits_for, "job",                                                             \
                        "The earlier job of its key that is held, which it waits for; null: it waits for none."),      \
        WIRE_ENUM(struct job_view, shadow, shadows, "on: its effects were planned and nothing was sent."),             \
        WIRE_INT(struct job_view, attempts, 0, INT32_MAX, "How often it has begun."),                                  \
        WIRE_INT(struct job_view, edits, 0, FLOWS_EDITS_MAX, "How often what it is about was edited."),                \
        WIRE_TIME(struct job_view, run_at, "When it is or was due."),                                                  \
        WIRE_TIME(struct job_view, deadline_at, "When it is given up."),                                               \
        WIRE_TIME(struct job_view, created_at, "When it was planned."),                                                \
        WIRE_TIME(struct job_view, ended_at, "When it ended; null: it has not.")

static const struct wire_field brief_fields[] = {JOB_FIELDS, {}};
const struct wire api_job_wire = {"Job", sizeof(struct job_view), brief_fields};

struct try_view {
    int64_t n, started_at, ended_at;
    const char *outcome, *reason;
};

static const struct wire_field try_fields[] = {
    WIRE_INT(struct try_view, n, 1, INT32_MAX, "Which try."),
    WIRE_TIME(struct try_view, started_at, "When it began."),
    WIRE_TIME(struct try_view, ended_at, "When it ended."),
    WIRE_TEXT(struct try_view, outcome, 40, "How, in a word, as ok, hold or upstream_busy."),
    WIRE_TEXT(struct try_view, reason, 2000, "Why; null when it went well."),
    {},
};
static const struct wire try_wire = {"JobTry", sizeof(struct try_view), try_fields};

struct effect_view {
    struct uuid id, connection_id, made_by;
    const char *operation, *key, *state, *external_ref, *reason;
    int64_t sends, planned_at, confirmed_at;
};

static const struct wire_field effect_fields[] = {
    WIRE_ID(struct effect_view, id, "eff", "This change."),
    WIRE_ID(struct effect_view, connection_id, "con", "In whose system."),
    WIRE_TEXT(struct effect_view, operation, 64, "Which operation."),
    WIRE_TEXT(struct effect_view, key, 300, "The business fact it is of: for one key it happens once."),
    WIRE_ENUM(
        struct effect_view, state, effect_states,
        "planned, sent, confirmed, rejected, unknown (sent, and no answer told what became of it) or superseded."),
    WIRE_TEXT(struct effect_view, external_ref, 300, "What it is called there; null: not known."),
    WIRE_TEXT(struct effect_view, reason, 2000,
              "Why it is not confirmed, or that another job had made it already; or null."),
    WIRE_INT(struct effect_view, sends, 0, INT32_MAX, "How often it was sent."),
    WIRE_TIME(struct effect_view, planned_at, "When it was planned."),
    WIRE_TIME(struct effect_view, confirmed_at, "When it was confirmed; null: it is not."),
    WIRE_ID_OR_NULL(
        struct effect_view, made_by, "job",
        "The job that had made it already, at confirmed_at, when this one came to its key: this one did not "
        "send it. Null: it is this one's."),
    {},
};
static const struct wire effect_wire = {"JobEffect", sizeof(struct effect_view), effect_fields};

static const struct wire_field whole_fields[] = {
    JOB_FIELDS,
    WIRE_LIST(struct job_view, tries, &try_wire, FLOWS_TRIES_MAX, "Its last tries, the newest first."),
    WIRE_LIST(struct job_view, effects, &effect_wire, FLOWS_EFFECTS_MAX,
              "What it changed in outside systems, and what it found made already by others."),
    {},
};
static const struct wire whole_wire = {"JobWhole", sizeof(struct job_view), whole_fields};

static struct job_view view_of(const struct flows_job *j)
{
    return (struct job_view){.id = j->job_id,
                             .customer_id = j->customer_id,
                             .flow_id = j->flow_id,
                             .message_id = j->message_id,
                             .connection_id = j->connection_id,
                             .waits_for = j->waits_for,
                             .kind = j->kind,
                             .key = j->business_key,
                             .lane = lanes[j->lane],
                             .state = j->state,
                             .reason = j->reason,
                             .shadow = shadows[j->shadow],
                             .flow_version = j->flow_version,
                             .attempts = j->attempts,
                             .edits = j->edits,
                             .run_at = j->run_at_us,
                             .deadline_at = j->deadline_at_us,
                             .created_at = j->created_at_us,
                             .ended_at = j->ended_at_us};
}

enum err api_job_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id)
{
    struct job_view view;
    struct flows_job j;

    TRY(sc, flows_job_get(sc, id, &j));
    view = view_of(&j);
    if (status == 202) {
        char text[TYPEID_TEXT_MAX + 1];

        typeid_format("job", id, text);
        rs_header(sc, rs, "location", arena_f(sc->arena, "/v1/jobs/%s", text));
    }
    return rs_json(sc, rs, status, &api_job_wire, &view);
}

enum err api_jobs_page(struct scope *sc, const struct rq *rq, struct rs *rs, const struct flows_job *rows, size_t n,
                       const char *cursor)
{
    struct job_view *views = ARENA_ARRAY(sc->arena, struct job_view, n);

    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &api_job_wire, views, n, cursor);
}

enum err api_jobs_next(struct scope *sc, const struct rq *rq, const struct uuid *customer_id, const struct uuid *ended,
                       size_t n)
{
    struct flows_next *v;
    size_t next;

    TRY(sc, flows_next(sc, customer_id, ended, n, &v, &next));
    for (size_t i = 0; i < next; i++)
        api_job_soon(sc, rq, customer_id, &v[i].job_id, v[i].lane);
    return OK;
}

static enum err named(struct scope *sc, const struct rq *rq, struct flows_job *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "job_id", "job", &id));
    return flows_job_get(sc, &id, out);
}

static enum err tries_of(struct scope *sc, const struct flows_job *j, struct wire_list *out)
{
    struct flows_try *v;
    struct try_view *views;
    size_t n;

    TRY(sc, flows_tries(sc, j, &v, &n));
    views = ARENA_ARRAY(sc->arena, struct try_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct try_view){v[i].n, v[i].started_at_us, v[i].ended_at_us, v[i].outcome, v[i].reason};
    *out = (struct wire_list){views, n};
    return OK;
}

static const char *made_already(struct scope *sc, const struct flows_effect *e)
{
    char job[TYPEID_TEXT_MAX + 1], at[TIME_TEXT_MAX];

    if (uuid_is_nil(&e->made_by) || e->confirmed_at_us == INT64_MIN)
        return e->reason;
    typeid_format("job", &e->made_by, job);
    time_format(e->confirmed_at_us - e->confirmed_at_us % 1000000, at);
    return arena_f(sc->arena, "made already by %s at %s; this run did not send it", job, at);
}

static enum err effects_of(struct scope *sc, const struct flows_job *j, struct wire_list *out)
{
    struct flows_effect *v;
    struct effect_view *views;
    size_t n;

    TRY(sc, flows_effects(sc, j, &v, &n));
    views = ARENA_ARRAY(sc->arena, struct effect_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct effect_view){.id = v[i].effect_id,
                                        .connection_id = v[i].connection_id,
                                        .operation = v[i].operation,
                                        .key = v[i].key,
                                        .state = v[i].state,
                                        .external_ref = v[i].external_ref,
                                        .reason = made_already(sc, &v[i]),
                                        .made_by = v[i].made_by,
                                        .sends = v[i].sends,
                                        .planned_at = v[i].planned_at_us,
                                        .confirmed_at = v[i].confirmed_at_us};
    *out = (struct wire_list){views, n};
    return OK;
}

static enum err job_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct job_view view;
    struct flows_job j;

    TRY(sc, named(sc, rq, &j));
    view = view_of(&j);
    TRY(sc, tries_of(sc, &j, &view.tries));
    TRY(sc, effects_of(sc, &j, &view.effects));
    return rs_json(sc, rs, 200, &whole_wire, &view);
}

/* ---- what would have been sent ---- */

struct plan_view {
    struct uuid connection_id;
    const char *operation, *key, *request;
    int64_t planned_at;
};

static const struct wire_field plan_fields[] = {
    WIRE_ID(struct plan_view, connection_id, "con", "To whose system."),
    WIRE_TEXT(struct plan_view, operation, 64, "Which operation."),
    WIRE_TEXT(struct plan_view, key, 300, "The business fact it is of."),
    WIRE_TEXT(struct plan_view, request, 1100000,
              "The request: method and address, the key's header where there is one, an empty line, the body. Without "
              "what the sender proves itself by."),
    WIRE_TIME(struct plan_view, planned_at, "When it would have been sent."),
    {},
};
static const struct wire plan_wire = {"JobPlan", sizeof(struct plan_view), plan_fields};

struct plans_view {
    struct uuid job_id;
    struct wire_list plans;
};

static const struct wire_field plans_fields[] = {
    WIRE_ID(struct plans_view, job_id, "job", "The job in shadow."),
    WIRE_LIST(struct plans_view, plans, &plan_wire, FLOWS_EFFECTS_MAX, "In the order of planning."),
    {},
};
static const struct wire plans_wire = {"JobPlans", sizeof(struct plans_view), plans_fields};

static enum err plans_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct plans_view view;
    struct plan_view *views;
    struct flows_plan *v;
    struct flows_job j;
    size_t n;

    TRY(sc, named(sc, rq, &j));
    TRY(sc, flows_plans(sc, &j, &v, &n));
    TRY(sc, audit_read_of(sc, &j.customer_id, "job.plans.read", "job", &j.job_id));
    views = ARENA_ARRAY(sc->arena, struct plan_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct plan_view){v[i].connection_id, v[i].operation, v[i].key, v[i].request, v[i].planned_at_us};
    view = (struct plans_view){j.job_id, {views, n}};
    return rs_json(sc, rs, 200, &plans_wire, &view);
}

/* ---- acts ---- */

static enum err may_act(struct scope *sc)
{
    return sc->tenant.has_brand ? FAIL(sc, ERR_FORBIDDEN, "only who speaks for all store brands can do that") : OK;
}

static void note(struct scope *sc, const char *action, const struct flows_job *j)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "job",
                                       .object_id = j->job_id,
                                       .has_customer = true,
                                       .customer_id = j->customer_id});
}

static enum err job_cancel(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_job j;

    TRY(sc, may_act(sc));
    TRY(sc, named(sc, rq, &j));
    TRY(sc, flows_job_cancel(sc, &j, "cancelled by a person"));
    TRY(sc, api_jobs_next(sc, rq, &j.customer_id, &j.job_id, 1));
    note(sc, "job.cancel", &j);
    return api_job_answer(sc, rs, 200, &j.job_id);
}

static enum err job_retry(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_job j;

    TRY(sc, may_act(sc));
    TRY(sc, named(sc, rq, &j));
    TRY(sc, flows_job_retry(sc, &j));
    note(sc, "job.retry", &j);
    api_job_soon(sc, rq, &j.customer_id, &j.job_id, j.lane);
    return api_job_answer(sc, rs, 200, &j.job_id);
}

const struct route api_job_routes[] = {
    {GET, "/v1/jobs/{job_id}", job_get, .may = PERMISSION_FLOWS_READ, .answers = &whole_wire, .name = "jobs.get",
     .summary = "One job with its tries and what it changed in outside systems."},
    {GET, "/v1/jobs/{job_id}/plans", plans_get, .may = PERMISSION_FLOWS_READ, .answers = &plans_wire,
     .name = "jobs.plans", .summary = "What a job in shadow would have sent, as it would have been sent."},
    {POST, "/v1/jobs/{job_id}/cancel", job_cancel, .may = PERMISSION_FLOWS_RUN, .answers = &api_job_wire,
     .idempotent = true, .name = "jobs.cancel", .summary = "Ends a flow's job that waits, is held or was given up."},
    {POST, "/v1/jobs/{job_id}/retry", job_retry, .may = PERMISSION_FLOWS_RUN, .answers = &api_job_wire,
     .idempotent = true, .name = "jobs.retry",
     .summary = "Lets a flow's job that stopped, or waits for its time, run once more at once."},
    {},
};
