#include <string.h>

#include "api/flow_int.h"
#include "api/job_int.h"
#include "audit/audit.h"
#include "flows/jobs.h"
#include "walk/walk.h"

/* Runs of flows that somebody asks for, and the list of a flow's jobs. */

struct run_ask {
    struct str input;
};

static const struct wire_field run_fields[] = {
    WIRE_RAW(struct run_ask, input, "What the run is about: any JSON, at most 1 MiB; $ in the flow's expressions."),
    {},
};
static const struct wire run_wire = {"FlowRun", sizeof(struct run_ask), run_fields};

static enum err runnable(struct scope *sc, const struct flows_flow *f)
{
    enum err e;

    if (f->current)
        return OK;
    e = FAIL(sc, ERR_CONFLICT, "no version of this flow is published yet; publish one first");
    scope_problem(sc, "flow-not-published", 409);
    return e;
}

const char *api_actor_text(struct scope *sc)
{
    const char *prefix = audit_actor_prefix(actor_kind_name(sc->actor));
    char text[TYPEID_TEXT_MAX + 1];

    if (!prefix || uuid_is_nil(&sc->actor_id))
        return "system";
    typeid_format(prefix, &sc->actor_id, text);
    return arena_strdup(sc->arena, text);
}

static enum err run_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct walk_given g = {.lane = -1};
    struct run_ask ask;
    struct flows_flow f;
    struct uuid job_id;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, rq_body(sc, rq, &run_wire, &ask));
    TRY(sc, runnable(sc, &f));
    TRY(sc, doc_parse(sc, ask.input, &g.input));
    g.flow_id = f.flow_id;
    g.version = f.current;
    g.shadow = f.shadow;
    g.given_by = api_actor_text(sc);
    TRY(sc, walk_prepare(sc, &g));
    TRY(sc, walk_start(sc, &g, &job_id));
    api_flow_note(sc, "flow.run", &f, NULL);
    api_job_soon(sc, rq, &f.customer_id, &job_id, g.lane);
    return api_job_answer(sc, rs, 202, &job_id);
}

/* ---- lists ---- */

static enum err before_of(struct scope *sc, const struct rq *rq, struct uuid *out)
{
    TRY(sc, api_position(sc, rq, STR("flow-jobs"), out));
    if (uuid_is_nil(out))
        memset(out->b, 0xff, sizeof(out->b));
    return OK;
}

static enum err state_of(struct scope *sc, const struct rq *rq, const char **out)
{
    struct str state = rq_query(rq, "state");

    *out = "";
    if (state.n == 0)
        return OK;
    for (const char *const *s = api_job_states; *s; s++)
        if (str_is(state, *s)) {
            *out = *s;
            return OK;
        }
    return FAIL(sc, ERR_INVALID, "a state is ready, leased, held, done, dead or cancelled");
}

static enum err runs_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL, *state;
    struct flows_job *rows;
    struct flows_flow f;
    struct uuid before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", FLOW_PAGE_DEFAULT, 1, FLOW_PAGE_MAX, &limit));
    TRY(sc, state_of(sc, rq, &state));
    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, before_of(sc, rq, &before));
    TRY(sc, flows_jobs(sc, &f.flow_id, state, &before, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("flow-jobs"), (struct bytes){rows[n - 1].job_id.b, 16});
    }
    return api_jobs_page(sc, rq, rs, rows, n, cursor);
}

static const char *const list_query[] = {"limit", "cursor", "state", NULL};

#define RUNS "/v1/flows/{flow_id}/runs"

const struct route api_flow_run_routes[] = {
    {POST, RUNS, run_create, .may = PERMISSION_FLOWS_RUN, .takes = &run_wire, .answers = &api_job_wire,
     .idempotent = true, .status = 202, .name = "flows.run",
     .summary = "Runs a flow on what is given, by the version that works."},
    {GET, RUNS, runs_list, .may = PERMISSION_FLOWS_READ, .answers = &api_job_wire, .query = list_query, .paged = true,
     .name = "flows.runs", .summary = "Lists a flow's jobs, newest first; with state, those in it."},
    {},
};
