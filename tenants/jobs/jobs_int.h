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

/* Jobs that were under way when a process ended, as one dispatcher tries them; the room that they have is the
 * process's. */
#define JOBS_CRASHES_MAX    3  /* after so many a job is set aside */
#define SUSPECTS_TESTING_MS 20 /* how long a dispatcher sleeps while one is under way */
struct suspects {
    bool testing;        /* the last look saw some */
    int taken, begun;    /* room, since the last look */
    struct uuid last_of; /* the customer of the last one */
    int64_t look_us;
};
/* Those to be claimed next, at most so many, with room taken for them; suspects_claimed gives back that of those that
 * were not begun. */
enum err suspects_look(struct scope *sc, struct suspects *s, size_t places, struct flow_ticket **out, size_t *out_n);
void suspects_claimed(struct suspects *s);
/* A job that is begun or has ended; of one that is no suspect nothing follows. */
void suspects_begin(struct suspects *s, const struct flow_job *job);
void suspects_end(const struct flow_job *job);

/* What becomes of a try that ended so. */
void jobs_judge(const struct scope *sc, enum err e, const struct flow_job *job, struct flow_result *out);
