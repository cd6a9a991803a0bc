#pragma once

#include "flow/flow.h"
#include "jobs/jobs.h"
#include "queue/queue.h"

/* Tells Redis; a Redis that is away is no failure: the sweep finds the jobs later. */
void jobs_push(struct queue *q, const struct flow_ticket *v, size_t n);
void jobs_push_at(struct queue *q, const struct flow_ticket *v, const int64_t *due_us, size_t n);

/* How many places of a dispatcher the lanes of customers hold. */
#define SHARE_BUCKETS 256
#define SHARES_MAX    64 /* that one take leaves out */
struct shares {
    struct share *buckets[SHARE_BUCKETS];
};
void shares_add(struct shares *s, const struct flow_ticket *t);
void shares_drop(struct shares *s, const struct flow_ticket *t);
/* Those that hold as many or more; SHARES_MAX of them, whichever. */
size_t shares_of(const struct shares *s, size_t least, struct ticket out[SHARES_MAX]);

/* The most that any of those holds which hold fewer. */
size_t shares_top(const struct shares *s, size_t fewer_than);

/* What becomes of a try that ended so. */
void jobs_judge(const struct scope *sc, enum err e, const struct flow_job *job, struct flow_result *out);
