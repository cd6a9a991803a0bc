#pragma once

#include "flow/flow.h"
#include "jobs/jobs.h"
#include "queue/queue.h"

/* Tells Redis; a Redis that is away is no failure: the sweep finds the jobs later. */
void jobs_push(struct queue *q, const struct flow_ticket *v, size_t n);
void jobs_push_at(struct queue *q, const struct flow_ticket *v, const int64_t *due_us, size_t n);

/* What becomes of a try that ended so. */
void jobs_judge(const struct scope *sc, enum err e, const struct flow_job *job, struct flow_result *out);
