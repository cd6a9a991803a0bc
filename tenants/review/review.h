#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/money.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "why/why.h"

/* review: work that stopped or waits, grouped by cause: what failed, at which kind of system, doing what, for which
 * reason and about which field. Counts what the ledger says at this moment and keeps nothing: a group is over when its
 * last job has gone on. Knows no sentence of the worker's; why tells it what they are about.
 * The fact people get wrong: a group is not a connection's. Ten customers whose ERPs refuse the same thing are one.
 */
#define REVIEW_JOBS_MAX 5000 /* that are looked at, of those that stopped and of those that wait each */
#define REVIEW_MOST     200  /* groups */
#define REVIEW_MONIES   8    /* currencies of a group */
#define REVIEW_SCOPES   16   /* connections or flows of a group whose other jobs are looked at */
#define REVIEW_ID_MAX   33   /* 16 octets in hex, and a NUL */

/* configuration: nothing went well since it began; data: other work goes well meanwhile. */
enum review_verdict { REVIEW_UNCLEAR, REVIEW_CONFIGURATION, REVIEW_DATA };
extern const char *const review_verdict_names[]; /* ends with NULL */

enum review_trend { REVIEW_STEADY, REVIEW_RISING, REVIEW_FALLING };
extern const char *const review_trend_names[]; /* ends with NULL */

/* What people of one customer say about a cause. */
struct review_handling {
    const char *assignee, *note; /* NULL: none */
    bool archived;               /* until there are more jobs than when it was put away */
    const char *by;
    int64_t at_us;
};

struct review_scope {
    struct uuid customer_id, scope_id;
    int64_t since_us;
};

struct review_group {
    char id[REVIEW_ID_MAX];                           /* the same for the same cause, whenever it is asked */
    const char *class, *connector, *operation, *path; /* "": none */
    struct why_cause cause;
    const char *system; /* where it happens, when that is one connection; NULL */
    const char *sample; /* as it was said last */
    struct uuid job_id; /* the newest */
    int64_t jobs, stopped, customers;
    int64_t first_us, last_us, last_hour, last_day;
    int64_t went_well; /* since the first, of the same connections and flows */
    struct money monies[REVIEW_MONIES];
    size_t money_count;
    enum review_verdict verdict;
    const char *verdict_words;
    enum review_trend trend;
    bool handled; /* and how; of one customer's own only */
    struct review_handling handling;
    /* While it is made: */
    struct review_scope scopes[REVIEW_SCOPES];
    size_t scope_count;
    struct uuid last_customer;
};

struct review_groups {
    struct review_group *v; /* the most jobs first */
    size_t n;
    int64_t jobs;
    bool all; /* false: there are more jobs, or groups, than are looked at */
};

/* customer_id nil: of all that the caller sees. */
enum err review_groups(struct scope *sc, const struct uuid *customer_id, struct review_groups *out);
/* The same without what goes well beside them: went_well stays 0, and there is no verdict. */
enum err review_causes(struct scope *sc, const struct uuid *customer_id, struct review_groups *out);

/* One job of a cause. */
struct review_job {
    struct uuid job_id, customer_id, order_id;  /* order_id nil: it is of no order that is known */
    const char *kind, *state, *reason, *number; /* number: of the order; NULL */
    int lane;
    bool stopped;
    int64_t attempts, created_us, run_us, failed_us;
};
/* Of the cause with this id, the newest first, after `after` (nil: from the newest); *out_all: how many there are. */
enum err review_jobs(struct scope *sc, const struct uuid *customer_id, const char *id, const struct uuid *after,
                     size_t most, struct review_job **out, size_t *out_n, int64_t *out_all);

bool review_id_valid(struct str text);
/* Instead of what was said before; by and archived of `in` are written, at_us is now. The cause need not stop anything
 * at the moment. Asked by whoever speaks for all store brands. */
enum err review_handle(struct scope *sc, const struct uuid *customer_id, const char *id,
                       const struct review_handling *in);
/* One that is put away comes back when more stops for it, or when all that it was put away for is gone and it begins
 * anew. */
bool review_is_archived(bool has, int64_t archived_jobs, int64_t archived_us, int64_t jobs, int64_t first_us);

/* ---- pure ---- */

/* Of so many jobs of which so many stopped in the last hour, and so many in the day before that. */
enum review_trend review_trend_of(int64_t last_hour, int64_t last_day);
enum review_verdict review_verdict_of(int64_t jobs, int64_t went_well);
