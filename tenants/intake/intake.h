#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* intake: makes what came in durable. One writer per thread commits many messages of many tenants in one transaction,
 * with a role that may insert and nothing else; whoever brought a message parks until it is on disk. The fact people
 * get wrong: an OK says "on disk", and not "new". A delivery seen before is recorded as such and starts nothing.
 */
#define INTAKE_BATCH_MAX   256
#define INTAKE_WAITING_MAX 8192
#define INTAKE_JOB_DAYS    7 /* how long a job may be tried */

struct intake_message {
    struct tenant tenant; /* partner and customer */
    struct uuid connection_id;
    const char *topic;
    const char *dedupe_key;
    const char *business_key;   /* NULL only when kind is */
    const char *kind;           /* NULL: stored, no job */
    const char *object_key;     /* of the object where that is another key; NULL: business_key says it */
    int64_t changed_us;         /* when the sender says that it last changed; 0: it does not say */
    const char *source_version; /* of the sender's interface; NULL: none was said */
    int lane;
    struct uuid flow_id; /* the customer's flow that the job is of, and which version of it; nil: none */
    int32_t flow_version;
    bool shadow;
    bool keyed;          /* the flow's document gives the business key */
    int64_t deadline_us; /* how long the job may be tried; 0: INTAKE_JOB_DAYS */
    struct str body;
};

struct intake;

/* Called after each commit with the ids of the jobs that were planned (some may be repeats and not exist). */
struct intake_planned {
    struct uuid partner_id, customer_id, job_id;
    int lane;
};
typedef void intake_notify(void *arg, const struct intake_planned *v, size_t n);

struct db;
struct intake *intake_open(struct db *db, intake_notify *notify, void *arg); /* on this thread's loop */
void intake_close(struct intake *in);                                        /* every intake_put must have ended */
/* Parks until committed. ERR_UNAVAILABLE with a time when PostgreSQL is away or too many wait. The message must live
 * until this returns. */
enum err intake_put(struct scope *sc, struct intake *in, const struct intake_message *m, struct uuid *out_id);
