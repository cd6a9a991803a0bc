#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"

/* queue: which job is ready, and whose turn it is.
 *
 * Holds ids, never work: a job's row in PostgreSQL is the truth, and everything here is rebuilt from it. So an id may
 * come twice, or come for a job that has ended, and what was taken is gone from here: whoever takes it must claim the
 * row before touching the work. Putting an id that waits already changes nothing. Lanes and per-customer turns keep
 * one tenant's flood from starving another.
 * The fact people get wrong: ERR_UNAVAILABLE and ERR_TIMEOUT say nothing about whether it was done.
 */
struct queue; /* one per thread, never shared */
struct redis;

/* In order of precedence. One turn in QUEUE_SHARE belongs to the lower lanes, in rotation, so that none starves. */
enum lane { LANE_ORDERS, LANE_STOCK, LANE_FINANCE, LANE_CATALOGUE, LANE_BACKFILL, LANE_COUNT };
#define QUEUE_SHARE      16
#define QUEUE_TAKE_MAX   256
#define QUEUE_WEIGHT_MAX 16

struct ticket {
    struct uuid partner_id;
    struct uuid customer_id;
    struct uuid job_id;
    enum lane lane;
};

struct ticket_list {
    struct ticket *v;
    size_t n;
    bool left_out; /* there would have been more of those that were not asked for */
};

/* name tells queues on one server apart; it becomes the hash tag of every key. r stays the caller's. */
struct queue *queue_open(struct redis *r, const char *name);
void queue_close(struct queue *q);

enum err queue_put(struct scope *sc, struct queue *q, const struct ticket *v, size_t n);
/* Each not ready before its due_us (wall clock); a later call for the same ticket moves it. */
enum err queue_put_at(struct scope *sc, struct queue *q, const struct ticket *v, const int64_t *due_us, size_t n);

/* Moves what is due to the ready ones, then takes up to max (at most QUEUE_TAKE_MAX) in fair order; never waits.
 * None of the lanes of customers that but names, whose jobs stay for a later take. */
enum err queue_take(struct scope *sc, struct queue *q, size_t max, const struct ticket *but, size_t but_n,
                    struct ticket_list *out);
/* After a take that gave nothing: returns when something was put or became due, or after wait_ms. One fiber a thread
 * should wait. May return early for nothing. Without Redis it sleeps (at most 50 ms) before it fails, so that a
 * worker's loop never spins. */
enum err queue_wait(struct scope *sc, struct queue *q, int wait_ms);
/* Whoever is in queue_wait on this thread returns now: a worker that stops has no second to wait for. */
void queue_wake(struct queue *q);

/* How many ids a customer may give in one turn; 1 unless set. Lost with everything else, so set again on rebuilding. */
enum err queue_weight_set(struct scope *sc, struct queue *q, const struct uuid *partner_id,
                          const struct uuid *customer_id, int weight);

/* True when Redis forgot everything since queue_epoch_set, or is another process, or one that was promoted, and may
 * have forgotten the end of it. In a cluster this is about the node that holds the queue. Then: queue_epoch_set first,
 * and put every ready job afterwards; so a loss in between is seen too. */
enum err queue_epoch_check(struct scope *sc, struct queue *q, bool *out_lost);
enum err queue_epoch_set(struct scope *sc, struct queue *q);

/* Ready ids by lane; those not yet due are not counted. */
enum err queue_depth(struct scope *sc, struct queue *q, size_t depth[LANE_COUNT]);
