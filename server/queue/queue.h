#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"

/* queue: which job is ready, and whose turn it is.
 *
 * Holds ids, never work: a job's row in PostgreSQL is the truth, and everything here is rebuilt from it. So an id may
 * come twice, or come for a job that has ended; whoever takes it must claim the row before touching the work. Lanes
 * and per-customer turns keep one tenant's flood from starving another. Every key carries one hash tag, so that a
 * cluster keeps them together.
 */
enum lane { LANE_ORDERS, LANE_STOCK, LANE_FINANCE, LANE_CATALOGUE, LANE_BACKFILL, LANE_COUNT };

#define QUEUE_TAKE_MAX 256

struct ticket {
    struct uuid partner_id, customer_id, job_id;
    enum lane lane;
};

struct ticket_list {
    struct ticket *v;
    size_t n;
};

struct redis;
struct queue; /* one per thread, never shared */

/* r outlives the queue. name is the hash tag of its keys. */
struct queue *queue_open(struct redis *r, const char *name);
void queue_close(struct queue *q);

/* All park, and answer ERR_UNAVAILABLE while Redis is away. */
enum err queue_put(struct scope *sc, struct queue *q, const struct ticket *v, size_t n);
enum err queue_put_at(struct scope *sc, struct queue *q, const struct ticket *v, size_t n, int64_t due_us /* wall */);
/* At most max (and QUEUE_TAKE_MAX) in fair order; what has become due joins first. Does not wait. */
enum err queue_take(struct scope *sc, struct queue *q, size_t max, struct ticket_list *out);
/* Lost: Redis does not know the mark that queue_epoch_set left, so it may have forgotten ids, too. */
enum err queue_epoch_check(struct scope *sc, struct queue *q, bool *out_lost);
enum err queue_epoch_set(struct scope *sc, struct queue *q);
enum err queue_depth(struct scope *sc, struct queue *q, size_t out[LANE_COUNT]);
