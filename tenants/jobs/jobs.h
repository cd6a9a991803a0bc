#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"

/* jobs: the worker's and the clock's doors. A dispatcher per worker thread takes ids in fair order from Redis, claims
 * them in PostgreSQL, runs each in a fiber and ends them in batches. The clock gives back what dead dispatchers held
 * and tells Redis anew what it has forgotten. The fact people get wrong: Redis is only asked what is ready. While it is
 * away the dispatcher asks PostgreSQL.
 */
struct db;
struct net;
struct queue;
struct flow_job;

struct jobs_conf {
    struct db *dispatch; /* pool of tenon_dispatch */
    struct db *work;     /* pool of tenon_worker; unused by a clock */
    struct queue *queue;
    unsigned most;    /* jobs at once on this thread */
    int64_t lease_us; /* how long a dispatcher may be silent */
    struct net *net;  /* of this thread; only the witness calls out by itself */
    int64_t checkpoint_entries;
    int checkpoint_seconds;
    enum err (*run)(struct scope *sc, struct flow_job *job); /* a try; NULL: as its kind says */
};

struct jobs;
struct jobs *jobs_open(const struct jobs_conf *conf); /* on this thread's loop; starts its fibers */
void jobs_stop(struct jobs *j);                       /* takes no more; running ones go on */
size_t jobs_running(const struct jobs *j);            /* jobs and fibers of its own still alive */
void jobs_give_back(struct jobs *j);                  /* in a fiber, before the process ends under what still runs */
void jobs_close(struct jobs *j);                      /* when nothing runs */

/* Bundles of customers that were asked for; a worker's. */
struct jobs_exports;
struct jobs_exports *jobs_exports_open(const struct jobs_conf *conf);
void jobs_exports_stop(struct jobs_exports *x);
bool jobs_exports_running(const struct jobs_exports *x);
void jobs_exports_close(struct jobs_exports *x);

/* Backtests of mappings that were asked for; of a worker's process, one at a time. On a thread of their own: a page of
 * messages is large. Only dispatch and work are used of its conf. */
struct jobs_backtests;
struct jobs_backtests *jobs_backtests_open(const struct jobs_conf *conf);
void jobs_backtests_stop(struct jobs_backtests *b);
bool jobs_backtests_running(const struct jobs_backtests *b);
void jobs_backtests_close(struct jobs_backtests *b);

/* Writes what the orders of this thread have taught of their sources some seconds after, so that people see it of a
 * shop that sends few; and all of it at the end, when no job runs any more. Only work is used of its conf. */
struct jobs_learner;
struct jobs_learner *jobs_learner_open(const struct jobs_conf *conf, const struct jobs *of);
void jobs_learner_stop(struct jobs_learner *l);
bool jobs_learner_running(const struct jobs_learner *l);
void jobs_learner_close(struct jobs_learner *l);

/* Begins flows whose time has come; a worker's, beside its jobs. */
struct jobs_schedules;
struct jobs_schedules *jobs_schedules_open(const struct jobs_conf *conf);
void jobs_schedules_stop(struct jobs_schedules *s);
bool jobs_schedules_running(const struct jobs_schedules *s);
void jobs_schedules_close(struct jobs_schedules *s);

/* Goes through batches of flows' jobs that were asked for; a worker's, beside its jobs. */
struct jobs_batches;
struct jobs_batches *jobs_batches_open(const struct jobs_conf *conf);
void jobs_batches_stop(struct jobs_batches *b);
bool jobs_batches_running(const struct jobs_batches *b);
void jobs_batches_close(struct jobs_batches *b); /* takes NULL */

/* Looks whether feeds have gone quiet, and asks sources for what did not come; a worker's, beside its jobs. */
struct jobs_freshness;
struct jobs_freshness *jobs_freshness_open(const struct jobs_conf *conf);
void jobs_freshness_stop(struct jobs_freshness *f);
bool jobs_freshness_running(const struct jobs_freshness *f);
void jobs_freshness_close(struct jobs_freshness *f); /* takes NULL */

/* Reads the rows of files that came, and looks where files come to; a worker's, beside its jobs. */
struct jobs_files;
struct jobs_files *jobs_files_open(const struct jobs_conf *conf);
void jobs_files_stop(struct jobs_files *f); /* begins no more; what is being read goes on */
bool jobs_files_running(const struct jobs_files *f);
void jobs_files_close(struct jobs_files *f); /* takes NULL */
/* Looks after connections: what ends soon, and checks that were asked for; a worker's, beside its jobs. */
struct jobs_care;
struct jobs_care *jobs_care_open(const struct jobs_conf *conf);
void jobs_care_stop(struct jobs_care *c);
bool jobs_care_running(const struct jobs_care *c);
void jobs_care_close(struct jobs_care *c); /* takes NULL */

struct jobs_clock;
struct jobs_clock *jobs_clock_open(const struct jobs_conf *conf);
void jobs_clock_stop(struct jobs_clock *c);
bool jobs_clock_running(const struct jobs_clock *c);
void jobs_clock_close(struct jobs_clock *c);

/* Sends the mail that is due, beside the dispatcher. The relay's texts must outlive it. */
struct mail_relay;
struct jobs_mailer;
struct jobs_mailer *jobs_mailer_open(const struct jobs_conf *conf, const struct mail_relay *relay);
void jobs_mailer_stop(struct jobs_mailer *m); /* takes no more; what is on its way goes on */
bool jobs_mailer_running(const struct jobs_mailer *m);
void jobs_mailer_close(struct jobs_mailer *m);
/* Beside the jobs of a worker: signs checkpoints of audit records and sends them to partners who asked for them.
 * Several at once do no harm. */
struct jobs_witness;
struct jobs_witness *jobs_witness_open(const struct jobs_conf *conf);
void jobs_witness_stop(struct jobs_witness *w);
bool jobs_witness_running(const struct jobs_witness *w);
void jobs_witness_close(struct jobs_witness *w); /* takes NULL */
