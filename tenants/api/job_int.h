#pragma once

#include "api/api_int.h"
#include "flows/jobs.h"

/* What the files about jobs share. */
extern const char *const api_job_states[]; /* ends with NULL */
extern const struct wire api_job_wire;
enum err api_job_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id);
enum err api_jobs_page(struct scope *sc, const struct rq *rq, struct rs *rs, const struct flows_job *rows, size_t n,
                       const char *cursor);
/* Which jobs are meant, where a request may call that by either of two names, and says it by one. */
#define API_STATE_ASKED(type_, member_, states_, meaning_)                                                             \
    {                                                                                                                  \
        .name = #member_, .kind = WIRE_KIND_ENUM, .offset = offsetof(type_, member_), .names = (states_),              \
        .optional = true, .meaning = (meaning_)                                                                        \
    }
#define API_STATES_ASKED(type_, states_, meaning_)                                                                     \
    API_STATE_ASKED(type_, job_state, states_, meaning_ " One of job_state and state is needed."),                     \
        API_STATE_ASKED(type_, state, states_, "Another name of job_state, which is the one to use.")
enum err api_states_asked(struct scope *sc, const char **io_job_state, const char *state);
/* The queue is told of the job when this request's transaction has committed; one that it is not told of is found by
 * the clock. */
void api_job_soon(struct scope *sc, const struct rq *rq, const struct uuid *customer_id, const struct uuid *job_id,
                  int lane);
/* Likewise of those whose turn it is when others have ended that stood in their way. */
enum err api_jobs_next(struct scope *sc, const struct rq *rq, const struct uuid *customer_id, const struct uuid *ended,
                       size_t n);
