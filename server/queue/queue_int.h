#pragma once

#include "queue/queue.h"
#include "redis/redis.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define QUEUE_BATCH_MAX  256 /* tickets of one script call: a script holds up the whole server */
#define QUEUE_TENANT_LEN 32  /* partner and customer */
#define QUEUE_TICKET_LEN 49  /* lane digit, tenant, job */

struct queue {
    struct redis *redis;
    struct redis *bell; /* a connection of its own, because waiting holds up all else on it */
    bool bell_busy;
    bool woken;          /* by queue_wake, while the bell was waited for */
    struct waitq others; /* fibers that wait while another holds the bell */
    int64_t next_due_us; /* wall clock, as of the last empty take; 0: nothing */
    const char *prefix;  /* "{name}:" */
    struct arena *arena; /* prefix and scripts */
    struct redis_script put, put_at, take, epoch_check, epoch_set;
};

extern const char queue_put_lua[];
extern const char queue_put_at_lua[];
extern const char queue_take_lua[];
extern const char queue_epoch_check_lua[];
extern const char queue_epoch_set_lua[];

void queue_tenant_encode(const struct uuid *partner_id, const struct uuid *customer_id, char out[QUEUE_TENANT_LEN]);
void queue_ticket_encode(const struct ticket *t, char out[QUEUE_TICKET_LEN]);
bool queue_ticket_decode(struct str text, struct ticket *out);
