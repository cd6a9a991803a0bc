#include <string.h>

#include "api/flow_int.h"
#include "api/job_int.h"
#include "audit/audit.h"
#include "flows/approvals.h"

/* What flows ask people. */

static const char *const states[] = {"open", "approved", "rejected", NULL};
static const char *const eyes[] = {"two", "four", NULL};

struct approval_view {
    struct uuid id, customer_id, job_id, flow_id;
    const char *flow_name, *question, *eyes, *state, *assigned_to, *first_by, *decided_by, *note;
    int64_t asked_at, due_at, decided_at;
};

static const struct wire_field approval_fields[] = {
    WIRE_ID(struct approval_view, id, "apr", "This question."),
    WIRE_ID(struct approval_view, customer_id, "cus", "Whose it is."),
    WIRE_ID(struct approval_view, job_id, "job", "The job that waits for the answer."),
    WIRE_ID(struct approval_view, flow_id, "flw", "Its flow."),
    WIRE_TEXT(struct approval_view, flow_name, FLOWS_NAME_MAX, "The flow's name."),
    WIRE_TEXT(struct approval_view, question, 2000, "What is to be approved."),
    WIRE_ENUM(struct approval_view, eyes, eyes,
              "four: two people must approve it, neither of whom began the run; two: one person."),
    WIRE_ENUM(struct approval_view, state, states, "open: nobody has answered, or one of two has."),
    WIRE_TEXT(struct approval_view, assigned_to, 100, "Whose task it is; null: nobody's."),
    WIRE_TEXT(struct approval_view, first_by, 100, "The first of two who approved it; null: nobody has."),
    WIRE_TEXT(struct approval_view, decided_by, 100, "Who decided; null: nobody has."),
    WIRE_TEXT(struct approval_view, note, 500, "What was said of it; or null."),
    WIRE_TIME(struct approval_view, asked_at, "When it was asked."),
    WIRE_TIME(struct approval_view, due_at, "When it is due; null: whenever."),
    WIRE_TIME(struct approval_view, decided_at, "When it was decided; null: it is not."),
    {},
};
static const struct wire approval_wire = {"Approval", sizeof(struct approval_view), approval_fields};

struct word_ask {
    const char *note;
};

static const struct wire_field word_fields[] = {
    WIRE_TEXT_OR_NULL(struct word_ask, note, 500, "What there is to be said of it."),
    {},
};
static const struct wire word_wire = {"ApprovalWord", sizeof(struct word_ask), word_fields};

struct assign_ask {
    const char *to;
};

static const struct wire_field assign_fields[] = {
    WIRE_TEXT_OR_NULL(struct assign_ask, to, 100, "Whose task it is from now on, as usr_…; null: nobody's."),
    {},
};
static const struct wire assign_wire = {"ApprovalAssignment", sizeof(struct assign_ask), assign_fields};

static struct approval_view view_of(const struct flows_approval *a)
{
    return (struct approval_view){.id = a->approval_id,
                                  .customer_id = a->customer_id,
                                  .job_id = a->job_id,
                                  .flow_id = a->flow_id,
                                  .flow_name = a->flow_name,
                                  .question = a->question,
                                  .eyes = eyes[a->four_eyes],
                                  .state = a->state,
                                  .assigned_to = a->assigned_to,
                                  .first_by = a->first_by,
                                  .decided_by = a->decided_by,
                                  .note = a->note,
                                  .asked_at = a->asked_at_us,
                                  .due_at = a->due_at_us,
                                  .decided_at = a->decided_at_us};
}

static enum err answer(struct scope *sc, struct rs *rs, const struct uuid *id)
{
    struct approval_view view;
    struct flows_approval a;

    TRY(sc, flows_approval_get(sc, id, &a));
    view = view_of(&a);
    return rs_json(sc, rs, 200, &approval_wire, &view);
}

static enum err state_of(struct scope *sc, const struct rq *rq, const char **out)
{
    struct str state = rq_query(rq, "state");

    *out = "";
    if (state.n == 0)
        return OK;
    for (const char *const *s = states; *s; s++)
        if (str_is(state, *s)) {
            *out = *s;
            return OK;
        }
    return FAIL(sc, ERR_INVALID, "a state is open, approved or rejected");
}

static enum err approvals_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL, *state;
    struct approval_view *views;
    struct flows_approval *rows;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", FLOW_PAGE_DEFAULT, 1, FLOW_PAGE_MAX, &limit));
    TRY(sc, state_of(sc, rq, &state));
    TRY(sc, api_position(sc, rq, STR("approvals"), &after));
    TRY(sc, flows_approvals(sc, state, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("approvals"), (struct bytes){rows[n - 1].approval_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct approval_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &approval_wire, views, n, cursor);
}

static enum err named(struct scope *sc, const struct rq *rq, struct uuid *out)
{
    TRY(sc, api_flow_writer(sc));
    return rq_path_id(sc, rq, "approval_id", "apr", out);
}

static enum err approval_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "approval_id", "apr", &id));
    return answer(sc, rs, &id);
}

static void note(struct scope *sc, const char *action, const struct uuid *id, const char *detail)
{
    struct flows_approval a;

    if (flows_approval_get(sc, id, &a) != OK)
        return;
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "apr",
                                       .object_id = *id,
                                       .has_customer = true,
                                       .customer_id = a.customer_id,
                                       .detail = detail});
}

/* The job is ready as soon as this request's transaction has committed. */
static enum err tell_queue(struct scope *sc, const struct rq *rq, const struct uuid *approval_id)
{
    struct flows_approval a;
    struct flows_job j;

    TRY(sc, flows_approval_get(sc, approval_id, &a));
    TRY(sc, flows_job_get(sc, &a.job_id, &j));
    if (strcmp(j.state, "ready") == 0)
        api_job_soon(sc, rq, &j.customer_id, &j.job_id, j.lane);
    return api_jobs_next(sc, rq, &j.customer_id, &j.job_id, 1);
}

static enum err decide(struct scope *sc, const struct rq *rq, struct rs *rs, bool yes)
{
    struct flows_word w = {.yes = yes};
    struct word_ask ask;
    struct uuid id;
    bool waits;

    TRY(sc, named(sc, rq, &id));
    TRY(sc, rq_body(sc, rq, &word_wire, &ask));
    w.note = ask.note;
    w.who = api_actor_text(sc);
    TRY(sc, flows_decide(sc, &id, &w, &waits));
    note(sc, yes ? "approval.approve" : "approval.reject", &id, waits ? "one of two" : ask.note);
    TRY(sc, tell_queue(sc, rq, &id));
    return answer(sc, rs, &id);
}

static enum err approval_approve(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return decide(sc, rq, rs, true);
}

static enum err approval_reject(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return decide(sc, rq, rs, false);
}

static enum err approval_assign(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct assign_ask ask;
    struct uuid id;

    TRY(sc, named(sc, rq, &id));
    TRY(sc, rq_body(sc, rq, &assign_wire, &ask));
    TRY(sc, flows_assign(sc, &id, ask.to));
    note(sc, "approval.assign", &id, ask.to);
    return answer(sc, rs, &id);
}

static const char *const list_query[] = {"limit", "cursor", "state", NULL};

#define ONE "/v1/approvals/{approval_id}"

const struct route api_approval_routes[] = {
    {GET, "/v1/approvals", approvals_list, .may = PERMISSION_FLOWS_READ, .answers = &approval_wire, .query = list_query,
     .paged = true, .name = "approvals.list", .summary = "Lists what flows ask people, oldest first."},
    {GET, ONE, approval_get, .may = PERMISSION_FLOWS_READ, .answers = &approval_wire, .name = "approvals.get",
     .summary = "One question and how it stands."},
    {POST, ONE "/approve", approval_approve, .may = PERMISSION_FLOWS_APPROVE, .takes = &word_wire,
     .answers = &approval_wire, .idempotent = true, .name = "approvals.approve",
     .summary = "Lets the job go on, or is the first of two who do."},
    {POST, ONE "/reject", approval_reject, .may = PERMISSION_FLOWS_APPROVE, .takes = &word_wire,
     .answers = &approval_wire, .idempotent = true, .name = "approvals.reject", .summary = "Ends the job."},
    {POST, ONE "/assign", approval_assign, .may = PERMISSION_FLOWS_APPROVE, .takes = &assign_wire,
     .answers = &approval_wire, .idempotent = true, .name = "approvals.assign", .summary = "Says whose task it is."},
    {},
};
