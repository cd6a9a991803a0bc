#include "flows/approvals.h"

#include "flows/flows_int.h"
#include "flows/jobs.h"
#include "q_flows.h"

enum err flows_approvals(struct scope *sc, const char *state, const struct uuid *after, size_t most,
                         struct flows_approval **out, size_t *out_n)
{
    struct q_approval_page_rows rows;

    TRY(sc, q_approval_page(sc, &(struct q_approval_page_in){.state = state, .after = *after, .most = (int32_t)most},
                            &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_approval, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_approval_page_row *r = &rows.v[i];

        (*out)[i] = (struct flows_approval){.approval_id = r->approval_id,
                                            .customer_id = r->customer_id,
                                            .job_id = r->job_id,
                                            .flow_id = r->flow_id,
                                            .flow_name = r->flow_name,
                                            .question = r->question,
                                            .state = r->state,
                                            .assigned_to = r->assigned_to,
                                            .first_by = r->first_by,
                                            .decided_by = r->decided_by,
                                            .note = r->note,
                                            .four_eyes = r->four_eyes,
                                            .asked_at_us = r->asked_at_us,
                                            .due_at_us = r->has_due_at ? r->due_at_us : INT64_MIN,
                                            .decided_at_us = r->has_decided_at ? r->decided_at_us : INT64_MIN,
                                            .row_version = r->row_version};
    }
    *out_n = rows.n;
    return OK;
}

static enum err absent(struct scope *sc)
{
    return FAIL(sc, ERR_NOT_FOUND, "there is no such question");
}

/* The id before it: lists run on behind an id. */
static struct uuid just_before(const struct uuid *id)
{
    struct uuid before = *id;

    for (size_t i = sizeof(before.b); i-- > 0;)
        if (before.b[i]-- != 0)
            break;
    return before;
}

enum err flows_approval_get(struct scope *sc, const struct uuid *id, struct flows_approval *out)
{
    struct uuid before = just_before(id);
    struct flows_approval *v;
    size_t n;

    TRY(sc, flows_approvals(sc, "", &before, 1, &v, &n));
    if (n == 0 || !uuid_equal(&v->approval_id, id))
        return absent(sc);
    *out = *v;
    return OK;
}

static enum err lock(struct scope *sc, const struct uuid *id, const char *who, const struct q_approval_lock_row **out)
{
    TRY(sc, q_approval_lock(sc, &(struct q_approval_lock_in){.approval_id = *id, .who = who}, out));
    if (!*out)
        return absent(sc);
    if (strcmp((*out)->state, "open") != 0)
        return flows_problem(sc, ERR_CONFLICT, "conflict", 409, "the question is answered already");
    return OK;
}

static bool is_word_of(const char *known, const char *who)
{
    return known && strcmp(known, who) == 0;
}

/* Between the question and the end of the try that asked it lies a moment, in which an answer would be overrun. */
static enum err is_put_aside(struct scope *sc, const struct q_approval_lock_row *a, bool gone_on)
{
    struct flows_job j;
    enum err e;

    if (gone_on)
        return OK;
    TRY(sc, flows_job_get(sc, &a->job_id, &j));
    if (strcmp(j.state, "leased") != 0)
        return OK; /* somebody has ended it, or let it go on */
    e = FAIL(sc, ERR_CONFLICT, "the job is just being put aside; try again in a moment");
    scope_retry_after(sc, 1);
    return e;
}

static enum err decide(struct scope *sc, const struct q_approval_lock_row *a, const struct flows_word *w)
{
    const struct q_approval_goes_on_row *on;
    const struct q_approval_ends_row *ended;

    TRY(sc, q_approval_decide(sc,
                              &(struct q_approval_decide_in){.customer_id = a->customer_id,
                                                             .approval_id = a->approval_id,
                                                             .state = w->yes ? "approved" : "rejected",
                                                             .who = w->who,
                                                             .note = w->note},
                              NULL));
    if (w->yes) {
        TRY(sc, q_approval_goes_on(
                    sc, &(struct q_approval_goes_on_in){.customer_id = a->customer_id, .job_id = a->job_id}, &on));
        return is_put_aside(sc, a, on != NULL);
    }
    TRY(sc, q_approval_ends(sc,
                            &(struct q_approval_ends_in){.customer_id = a->customer_id,
                                                         .job_id = a->job_id,
                                                         .reason = w->note ? arena_f(sc->arena, "rejected: %s", w->note)
                                                                           : "rejected"},
                            &ended));
    return is_put_aside(sc, a, ended != NULL);
}

enum err flows_decide(struct scope *sc, const struct uuid *id, const struct flows_word *w, bool *out_waits)
{
    const struct q_approval_lock_row *a;

    *out_waits = false;
    TRY(sc, lock(sc, id, w->who, &a));
    if (!w->yes || !a->four_eyes)
        return decide(sc, a, w);
    if (a->edited)
        return flows_problem(sc, ERR_CONFLICT, "approval-self", 409,
                             "who edited what the run is about has no word in it: two others must approve it");
    if (is_word_of(a->given_by, w->who) || is_word_of(a->first_by, w->who))
        return flows_problem(sc, ERR_CONFLICT, "approval-self", 409,
                             a->first_by && is_word_of(a->first_by, w->who)
                                 ? "a second person must approve it"
                                 : "who began the run has no word in it: two others must approve it");
    if (a->first_by)
        return decide(sc, a, w);
    *out_waits = true;
    return q_approval_first(
        sc, &(struct q_approval_first_in){.customer_id = a->customer_id, .approval_id = a->approval_id, .who = w->who},
        NULL);
}

enum err flows_assign(struct scope *sc, const struct uuid *id, const char *who)
{
    const struct q_approval_lock_row *a;

    TRY(sc, lock(sc, id, "", &a));
    return q_approval_assign(
        sc, &(struct q_approval_assign_in){.customer_id = a->customer_id, .approval_id = *id, .who = who}, NULL);
}
