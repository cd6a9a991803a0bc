#include <string.h>

#include "api/api_int.h"
#include "api/job_int.h"
#include "audit/audit.h"
#include "flow/flow.h"
#include "flows/jobs.h"
#include "review/review.h"

/* The jobs that one cause keeps, and letting many of them go on at once. */

#define PAGE_DEFAULT 50
#define PAGE_MAX     200
#define RETRY_MOST   100

static const char *const states[] = {"ready", "held", "dead", NULL};

struct job_view {
    struct uuid id, customer_id, order_id;
    const char *kind, *state, *reason, *number;
    int64_t attempts, created_at, run_at, failed_at;
};

static const struct wire_field job_fields[] = {
    WIRE_ID(struct job_view, id, "job", "The job."),
    WIRE_ID(struct job_view, customer_id, "cus", "Whose it is."),
    WIRE_TEXT(struct job_view, kind, 40, "What kind of job: flow, order."),
    {.name = "order_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct job_view, order_id),
     .prefix = "ord",
     .optional = true,
     .meaning = "The order that it is about; null: none that is known."},
    WIRE_TEXT(struct job_view, number, 64, "That order's number; null likewise."),
    WIRE_ENUM(struct job_view, state, states,
              "held: a person must act; dead: it was given up at its deadline; ready: it is tried again at run_at."),
    WIRE_TEXT(struct job_view, reason, 2000, "What was said last; null: nothing was."),
    WIRE_INT(struct job_view, attempts, 0, INT32_MAX, "How often it has begun."),
    WIRE_TIME(struct job_view, created_at, "When it was planned."),
    WIRE_TIME(struct job_view, run_at, "When it is or was due."),
    WIRE_TIME(struct job_view, failed_at, "When its last try ended."),
    {},
};
static const struct wire job_wire = {"ExceptionJob", sizeof(struct job_view), job_fields};

static enum err named(struct scope *sc, const struct rq *rq, const char **out)
{
    struct str id = rq_param(rq, "exception_id");

    if (!review_id_valid(id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such exception");
    *out = str_dup(sc->arena, id);
    return OK;
}

/* Of the caller's customer, or of all it sees. */
static struct uuid whose(const struct scope *sc)
{
    return sc->tenant.has_customer ? sc->tenant.customer_id : (struct uuid){{0}};
}

static struct job_view view_of(const struct scope *sc, const struct review_job *j)
{
    bool orders = caller_may(sc->caller, PERMISSION_ORDERS_READ);

    return (struct job_view){.id = j->job_id,
                             .customer_id = j->customer_id,
                             .order_id = orders ? j->order_id : (struct uuid){{0}},
                             .kind = j->kind,
                             .state = j->state,
                             .reason = j->reason,
                             .number = orders ? j->number : NULL,
                             .attempts = j->attempts,
                             .created_at = j->created_us,
                             .run_at = j->run_us,
                             .failed_at = j->failed_us};
}

static enum err jobs_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid after, customer_id = whose(sc);
    const char *id, *cursor = NULL;
    struct review_job *rows;
    struct job_view *views;
    int64_t limit, all;
    size_t n;

    TRY(sc, named(sc, rq, &id));
    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("exception_jobs"), &after));
    TRY(sc, review_jobs(sc, &customer_id, id, &after, (size_t)limit + 1, &rows, &n, &all));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("exception_jobs"), (struct bytes){rows[n - 1].job_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct job_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(sc, &rows[i]);
    return rs_page(sc, rq, rs, &job_wire, views, n, cursor);
}

/* ---- once more ---- */

struct retry_ask {
    int64_t most;
    const char *reason;
    bool dry_run;
};

static const struct wire_field retry_fields[] = {
    WIRE_INT(struct retry_ask, most, 1, RETRY_MOST, "How many at most, the oldest first."),
    WIRE_TEXT_OR_NULL(struct retry_ask, reason, 500, "Why, for the record; null: not said."),
    {.name = "dry_run",
     .kind = WIRE_KIND_BOOL,
     .offset = offsetof(struct retry_ask, dry_run),
     .optional = true,
     .meaning = "They are told, and nothing is done."},
    {},
};
static const struct wire retry_wire = {"ExceptionRetry", sizeof(struct retry_ask), retry_fields};

struct retried_view {
    bool dry_run;
    int64_t matched, retried, skipped, left;
};

static const struct wire_field retried_fields[] = {
    WIRE_BOOL(struct retried_view, dry_run, "Whether they were only told."),
    WIRE_INT(struct retried_view, matched, 0, INT32_MAX, "How many jobs the cause keeps."),
    WIRE_INT(struct retried_view, retried, 0, RETRY_MOST, "Those that go on, or would."),
    WIRE_INT(
        struct retried_view, skipped, 0, INT32_MAX,
        "Those that are tried again by themselves, of which nothing waits for a person, or that are orders when the "
        "caller has no orders:write."),
    WIRE_INT(struct retried_view, left, 0, INT32_MAX, "Those that wait for a person still: ask again."),
    {},
};
static const struct wire retried_wire = {"ExceptionRetried", sizeof(struct retried_view), retried_fields};

/* An order goes on only at the word of whoever may release it. */
static bool may_go_on(const struct scope *sc, const struct review_job *j)
{
    if (!uuid_is_nil(&j->order_id) && !caller_may(sc->caller, PERMISSION_ORDERS_WRITE))
        return false;
    return j->stopped && (strcmp(j->kind, "order") != 0 || !uuid_is_nil(&j->order_id));
}

/* The oldest `most` of them that can go on, customer by customer and within one in their order. */
static size_t pick(const struct scope *sc, const struct review_job *v, size_t n, size_t most, struct review_job *out,
                   int64_t *out_can)
{
    size_t picked = 0;

    *out_can = 0;
    for (size_t i = n; i-- > 0;) {
        if (!may_go_on(sc, &v[i]))
            continue;
        ++*out_can;
        if (picked < most)
            out[picked++] = v[i];
    }
    return picked;
}

static enum err orders_go_on(struct scope *sc, const struct review_job *v, size_t n, const struct uuid *customer_id,
                             const char *who)
{
    struct uuid *orders = ARENA_ARRAY(sc->arena, struct uuid, n);
    size_t count = 0, released;

    for (size_t i = 0; i < n; i++)
        if (uuid_equal(&v[i].customer_id, customer_id) && !uuid_is_nil(&v[i].order_id))
            orders[count++] = v[i].order_id;
    return count ? flow_release_all(sc, customer_id, orders, count, who, &released) : OK;
}

static enum err flows_go_on(struct scope *sc, const struct rq *rq, const struct review_job *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct flows_job j = {.job_id = v[i].job_id, .customer_id = v[i].customer_id};

        if (!uuid_is_nil(&v[i].order_id))
            continue;
        TRY(sc, flows_job_retry(sc, &j));
        api_job_soon(sc, rq, &v[i].customer_id, &v[i].job_id, v[i].lane);
    }
    return OK;
}

static void note(struct scope *sc, const char *id, const struct uuid *customer_id, size_t n, const char *reason)
{
    audit_note(sc, &(struct audit_act){.action = "exception.retry",
                                       .has_customer = true,
                                       .customer_id = *customer_id,
                                       .reason = reason,
                                       .detail = arena_f(sc->arena, "%s: %zu jobs", id, n)});
}

static enum err go_on(struct scope *sc, const struct rq *rq, const char *id, const char *reason,
                      const struct review_job *v, size_t n)
{
    const char *who;

    TRY(sc, access_actor_words(sc, &who));
    for (size_t i = 0; i < n; i++) {
        size_t of_it = 0;
        bool before = false;

        for (size_t k = 0; k < n; k++) {
            of_it += uuid_equal(&v[k].customer_id, &v[i].customer_id);
            before |= k < i && uuid_equal(&v[k].customer_id, &v[i].customer_id);
        }
        if (before)
            continue;
        TRY(sc, orders_go_on(sc, v, n, &v[i].customer_id, who));
        note(sc, id, &v[i].customer_id, of_it, reason);
    }
    return flows_go_on(sc, rq, v, n);
}

static enum err jobs_retry(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid nil = {{0}}, customer_id = whose(sc);
    struct review_job *rows, *picked;
    struct retried_view view;
    struct retry_ask ask;
    const char *id;
    int64_t all, can;
    size_t n, go;

    if (sc->tenant.has_brand)
        return FAIL(sc, ERR_FORBIDDEN, "only who speaks for all store brands can do that");
    TRY(sc, named(sc, rq, &id));
    TRY(sc, rq_body(sc, rq, &retry_wire, &ask));
    TRY(sc, review_jobs(sc, &customer_id, id, &nil, 2 * REVIEW_JOBS_MAX, &rows, &n, &all));
    if (n == 0)
        return FAIL(sc, ERR_NOT_FOUND, "nothing waits for this cause any more");
    picked = ARENA_ARRAY(sc->arena, struct review_job, RETRY_MOST);
    go = pick(sc, rows, n, (size_t)ask.most, picked, &can);
    if (!ask.dry_run)
        TRY(sc, go_on(sc, rq, id, ask.reason, picked, go));
    view = (struct retried_view){ask.dry_run, all, (int64_t)go, all - can, can - (int64_t)go};
    return rs_json(sc, rs, 200, &retried_wire, &view);
}

#define ONE "/v1/exceptions/{exception_id}"

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_exception_job_routes[] = {
    {GET, ONE "/jobs", jobs_list, .may = PERMISSION_FLOWS_READ, .answers = &job_wire, .query = list_query,
     .paged = true, .cost = 10, .name = "exceptions.jobs",
     .summary = "Lists the jobs that one cause keeps, newest first."},
    {POST, ONE "/retry", jobs_retry, .may = PERMISSION_FLOWS_RUN, .takes = &retry_wire, .answers = &retried_wire,
     .idempotent = true, .cost = 10, .name = "exceptions.retry",
     .summary = "Lets jobs of one cause that wait for a person go on, a hundred at most, the oldest first."},
    {},
};
