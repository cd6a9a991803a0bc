#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/must.h"
#include "base/uuid.h"

/* scope: one unit of work: a request, a job, a tick.
 *
 * First parameter of everything that can fail. Carries the arena, the tenant and actor, the
 * deadline, the ids that tie logs together, the open transaction, and the failure with its trail.
 * Owned by the fiber that runs the work; never shared between fibers or threads.
 */
#define SCOPE_TRAIL_MAX 12
#define SCOPE_ITEMS_MAX 50

struct fault_item {
    struct fault_item *next;
    const char *pointer; /* RFC 6901, into the request body; or the parameter's name */
    const char *code;    /* "required", "too_long" … */
    const char *detail;
};

struct fault {
    enum err code;
    const char *problem; /* overrides err_info(code)->problem, or NULL */
    int http_status;     /* overrides err_info(code)->http_status, or 0 */
    const char *message; /* for the person who reads it in the portal */
    const char *detail;  /* for operators: only the log sees it */
    struct fault_item *items;
    unsigned item_count;
    int retry_after_s;   /* 0: not said */
    const char *members; /* further members of the problem, as JSON text without braces; NULL: none */
    unsigned trail_len;
    struct {
        const char *file;
        int line;
    } trail[SCOPE_TRAIL_MAX];
};

enum actor_kind {
    ACTOR_NONE,
    ACTOR_SYSTEM,
    ACTOR_API_KEY,
    ACTOR_USER,
    ACTOR_WEBHOOK,
    ACTOR_CLIENT,   /* an OAuth client, by an access token */
    ACTOR_EMBED,    /* a frame in the partner's own pages */
    ACTOR_OPERATOR, /* staff of whoever runs the installation */
    ACTOR_COUNT,
};
const char *actor_kind_name(enum actor_kind kind); /* "api_key" */

struct tenant {
    bool has_partner;
    bool has_customer; /* false: the whole partner */
    struct uuid partner_id;
    struct uuid customer_id;
    bool has_brand; /* bound to one store brand of the customer; false: all of them */
    struct uuid brand_id;
};

/* Of calls to outside systems. */
struct scope_calls {
    int32_t n;
    int64_t octets_sent, octets_received; /* bodies, as they were before they were packed */
};

struct db;
struct db_txn;
struct waiter;
struct audit_pending;
struct caller;

struct scope {
    struct arena *arena;
    struct tenant tenant;
    enum actor_kind actor;
    struct uuid actor_id;
    const char *actor_name;      /* what a person calls the actor; NULL: asked of the database where it matters */
    const struct caller *caller; /* owned by access: who asks and what it may; NULL outside a request */
    const char *address;         /* where the actor is, as text; NULL: not known */
    struct uuid request_id;
    struct uuid job_id;          /* nil: this is no job's work */
    const char *trace_id;        /* of the caller's trace (W3C), 32 hex digits; NULL: none */
    int64_t deadline_us;         /* monotonic (loop_now_us); 0: none */
    bool cancelled;              /* the caller has gone; a parked wait ends with ERR_CANCELLED */
    struct db *db;               /* the pool this work uses, or NULL */
    struct db_txn *txn;          /* owned by db */
    struct waiter *waiting;      /* owned by sys: the parked wait that the caller's leaving ends */
    bool commit_next;            /* owned by db: the next statement is the last one of its transaction */
    struct audit_pending *audit; /* owned by audit: entries to be written; a roll-back forgets them */
    enum err (*before_commit)(struct scope *sc); /* what a room writes last; db_commit calls it, once */
    struct scope_calls calls;                    /* written by net */
    struct fault fault;
};

struct scope *scope_new(void);
void scope_free(struct scope *sc); /* runs the arena's clean-ups; takes NULL */

/* Starts a failure. The message is for a person: lower case, no full stop, no internal name, no secret. */
enum err scope_fail(struct scope *sc, enum err code, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
enum err scope_pass(struct scope *sc, enum err code, const char *file, int line);
/* Adds what only the operator's log may see. */
void scope_detail(struct scope *sc, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Names one fault of the input; over SCOPE_ITEMS_MAX they are counted only. */
void scope_item(struct scope *sc, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void scope_problem(struct scope *sc, const char *problem, int http_status);
/* One member of a request does not do: "validation", 422, with this item alone. ERR_INVALID. */
enum err scope_wrong(struct scope *sc, const char *pointer, const char *code, const char *why);
void scope_retry_after(struct scope *sc, int seconds);
void scope_members(struct scope *sc, const char *json); /* kept, not copied */
const struct fault *scope_fault(const struct scope *sc);
/* Forgets the failure, for the rare caller that goes another way. */
void scope_clear(struct scope *sc);

/* clang-format off */
#define FAIL(sc, code, ...) scope_fail((sc), (code), __FILE__, __LINE__, __VA_ARGS__)
#define TRY(sc, call)                                                                                                  \
    do {                                                                                                               \
        enum err try_err_ = (call);                                                                                    \
        if (__builtin_expect(try_err_ != OK, 0))                                                                       \
            return scope_pass((sc), try_err_, __FILE__, __LINE__);                                                     \
    } while (0)
/* clang-format on */
