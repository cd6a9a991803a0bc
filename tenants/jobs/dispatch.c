#include <stdlib.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "jobs/jobs_int.h"
#include "obs/obs.h"
#include "sys/fault.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define TAKE_MAX     128
#define FINISH_MAX   256
#define IDLE_MS      1000
#define POLL_US      250000
#define AGAIN_US     200000
#define JOB_LIMIT_US (INT64_C(180) * 1000000)
#define CRASHES_MAX  10

/* One job in progress; lives in its own scope until the ledger has been told how it ended. */
struct run {
    struct run *prev, *next; /* of jobs->runs */
    struct run *done_next;
    struct jobs *jobs;
    struct scope *sc;
    struct flow_job job;
    struct flow_result result;
    int64_t began_us;
};

struct jobs {
    struct jobs_conf conf;
    struct uuid id;
    struct run *runs;
    size_t count;
    struct run *done, **done_end;
    struct waitq done_wait; /* the finisher */
    struct waitq room_wait; /* the taker, when all places are taken */
    unsigned fibers;        /* taker, finisher, beater */
    bool stopping;
    bool lost_claim;    /* a claim's answer was lost: see what we hold */
    int64_t checked_us; /* when that was last seen to */
};

/* ---- running ---- */

static void run_unlink(struct run *r)
{
    if (r->prev)
        r->prev->next = r->next;
    else
        r->jobs->runs = r->next;
    if (r->next)
        r->next->prev = r->prev;
    r->jobs->count--;
    metric_add(METRIC_JOBS_RUNNING, -1);
}

static enum err run_try(struct run *r)
{
    if (r->job.crashes >= CRASHES_MAX)
        return FAIL(r->sc, ERR_HOLD, "set aside: the process ended %d times while working on it", r->job.crashes);
    return flow_run(r->sc, &r->job);
}

static void run_fiber(void *arg)
{
    struct run *r = arg;
    struct jobs *j = r->jobs;
    enum err e = run_try(r);

    if (e != OK && err_info(e)->fate != FATE_DROP)
        log_fault(e == ERR_INTERNAL ? LOG_ERROR : LOG_INFO, "jobs", r->sc, "a try ended");
    jobs_judge(r->sc, e, &r->job, &r->result);
    metric_add_label(METRIC_JOBS, err_info(e)->name, 1);
    metric_observe_us(METRIC_JOB_SECONDS, NULL, loop_now_us() - r->began_us);
    *j->done_end = r;
    j->done_end = &r->done_next;
    waitq_wake_all(&j->done_wait);
}

/* A copy of the claimed row: the claim's scope ends before the job does. */
static struct run *run_new(struct jobs *j, const struct flow_job *job)
{
    struct scope *sc = scope_new();
    struct run *r = ARENA_NEW(sc->arena, struct run);

    r->sc = sc;
    r->jobs = j;
    r->job = *job;
    r->job.kind = arena_strdup(sc->arena, job->kind);
    r->job.business_key = arena_strdup(sc->arena, job->business_key);
    r->began_us = loop_now_us();
    r->result.started_us = time_now_us();
    sc->db = j->conf.work;
    sc->deadline_us = r->began_us + JOB_LIMIT_US;
    sc->request_id = uuid_new();
    r->next = j->runs;
    if (r->next)
        r->next->prev = r;
    j->runs = r;
    j->count++;
    metric_add(METRIC_JOBS_RUNNING, 1);
    return r;
}

/* Without a fiber to run in, the job goes back as if it had been refused for lack of room. */
static void run_start(struct jobs *j, const struct flow_job *job)
{
    struct run *r = run_new(j, job);

    if (fiber_start(run_fiber, r))
        return;
    (void)FAIL(r->sc, ERR_LIMIT, "too much work at once");
    jobs_judge(r->sc, ERR_LIMIT, &r->job, &r->result);
    *j->done_end = r;
    j->done_end = &r->done_next;
    waitq_wake_all(&j->done_wait);
}

/* ---- taking ---- */

static void ticket_of(const struct ticket *from, struct flow_ticket *to)
{
    *to = (struct flow_ticket){from->partner_id, from->customer_id, from->job_id, (int)from->lane};
}

/* From Redis; from PostgreSQL when it is away. */
static enum err take(struct scope *sc, struct jobs *j, size_t most, struct flow_ticket **out, size_t *out_n)
{
    struct flow_position start = {0};
    struct ticket_list list = {0};
    enum err e = queue_take(sc, j->conf.queue, most, &list);

    if (e != OK) {
        scope_clear(sc);
        fiber_sleep_us(POLL_US);
        return ledger_due(sc, 0, most, &start, out, out_n);
    }
    *out = ARENA_ARRAY(sc->arena, struct flow_ticket, list.n);
    for (size_t i = 0; i < list.n; i++)
        ticket_of(&list.v[i], &(*out)[i]);
    *out_n = list.n;
    return OK;
}

static enum err release_lost(struct scope *sc, struct jobs *j)
{
    struct uuid *kept = ARENA_ARRAY(sc->arena, struct uuid, j->count);
    struct flow_ticket *given;
    size_t n = 0;

    for (struct run *r = j->runs; r; r = r->next)
        kept[n++] = r->job.job_id;
    TRY(sc, ledger_release(sc, &j->id, kept, n, &given, &n));
    j->lost_claim = false;
    j->checked_us = loop_now_us();
    jobs_push(j->conf.queue, given, n);
    return OK;
}

static enum err take_and_claim(struct scope *sc, struct jobs *j, size_t *out_n)
{
    size_t room = j->conf.most - j->count;
    struct flow_ticket *tickets;
    struct flow_job *claimed;
    size_t n = 0;
    enum err e;

    /* Now and then without a reason too: a claim whose answer was lost may be committed after we have looked, and while
     * this dispatcher beats nobody else gives its jobs back. */
    if (j->lost_claim || loop_now_us() - j->checked_us > j->conf.lease_us)
        TRY(sc, release_lost(sc, j));
    TRY(sc, take(sc, j, room < TAKE_MAX ? room : TAKE_MAX, &tickets, &n));
    *out_n = n;
    if (n == 0 || j->stopping)
        return OK;
    FAULT_POINT("job.before_claim");
    e = ledger_claim(sc, &j->id, tickets, n, &claimed, &n);
    FAULT_POINT("job.after_claim");
    j->lost_claim = e != OK;
    TRY(sc, e);
    for (size_t i = 0; i < n; i++)
        run_start(j, &claimed[i]);
    return OK;
}

static void taker(void *arg)
{
    struct jobs *j = arg;

    while (!j->stopping) {
        struct scope *sc;
        size_t n = 0;
        enum err e;

        if (j->count >= j->conf.most) {
            waitq_wait(&j->room_wait, loop_now_us() + POLL_US);
            continue;
        }
        sc = scope_new();
        sc->db = j->conf.dispatch;
        e = take_and_claim(sc, j, &n);
        if (e != OK)
            log_fault(LOG_WARN, "jobs", sc, "no work could be claimed");
        db_rollback(sc);
        if (e == OK && n == 0 && !j->stopping)
            (void)queue_wait(sc, j->conf.queue, IDLE_MS); /* away: it slept a little, and PostgreSQL is asked next */
        scope_free(sc);
        if (e != OK)
            fiber_sleep_us(AGAIN_US);
    }
    j->fibers--;
}

/* ---- ending ---- */

static size_t done_take(struct jobs *j, struct run *out[FINISH_MAX])
{
    size_t n = 0;

    while (j->done && n < FINISH_MAX) {
        out[n++] = j->done;
        j->done = j->done->done_next;
    }
    if (!j->done)
        j->done_end = &j->done;
    return n;
}

/* Until the ledger has it: this dispatcher beats, so nobody else would give the jobs back. A repeat is harmless. */
static void done_tell(struct jobs *j, struct run *const *runs, size_t n)
{
    for (;;) {
        struct scope *sc = scope_new();
        struct flow_result *v = ARENA_ARRAY(sc->arena, struct flow_result, n);
        struct flow_ticket *next;
        size_t next_n = 0;
        enum err e;

        for (size_t i = 0; i < n; i++)
            v[i] = runs[i]->result;
        sc->db = j->conf.dispatch;
        FAULT_POINT("job.before_finish");
        e = ledger_finish(sc, v, n, &next, &next_n);
        FAULT_POINT("job.after_finish");
        if (e == OK)
            jobs_push(j->conf.queue, next, next_n);
        else
            log_fault(LOG_WARN, "jobs", sc, "ended jobs could not be recorded yet");
        db_rollback(sc);
        scope_free(sc);
        if (e == OK)
            return;
        fiber_sleep_us(AGAIN_US);
    }
}

static void done_drop(struct jobs *j, struct run *const *runs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct run *r = runs[i];
        struct flow_ticket t = {r->job.partner_id, r->job.customer_id, r->job.job_id, r->job.lane};

        if (r->result.delay_us)
            jobs_push_at(j->conf.queue, &t, time_now_us() + r->result.delay_us);
        run_unlink(r);
        scope_free(r->sc);
    }
    waitq_wake_all(&j->room_wait);
}

static void finisher(void *arg)
{
    struct jobs *j = arg;
    struct run *runs[FINISH_MAX];

    while (!j->stopping || j->count > 0) {
        size_t n = done_take(j, runs);

        if (n == 0) {
            waitq_wait(&j->done_wait, loop_now_us() + POLL_US);
            continue;
        }
        done_tell(j, runs, n);
        done_drop(j, runs, n);
    }
    j->fibers--;
}

/* Nothing is held any more, so nobody has to wait for the beat to be missed. */
static void say_goodbye(struct jobs *j)
{
    struct scope *sc = scope_new();

    sc->db = j->conf.dispatch;
    if (ledger_gone(sc, &j->id) != OK)
        log_fault(LOG_INFO, "jobs", sc, "the dispatcher's row was left behind");
    db_rollback(sc);
    scope_free(sc);
}

static void beater(void *arg)
{
    struct jobs *j = arg;

    while (!j->stopping || j->count > 0) {
        struct scope *sc = scope_new();
        enum err e;

        sc->db = j->conf.dispatch;
        e = ledger_beat(sc, &j->id);
        if (e != OK)
            log_fault(LOG_WARN, "jobs", sc, "the dispatcher could not say that it lives");
        db_rollback(sc);
        scope_free(sc);
        fiber_sleep_us(e == OK ? j->conf.lease_us / 5 : AGAIN_US);
    }
    say_goodbye(j);
    j->fibers--;
}

struct jobs *jobs_open(const struct jobs_conf *conf)
{
    struct jobs *j = calloc(1, sizeof(*j));

    if (!j)
        out_of_memory();
    j->conf = *conf;
    j->id = uuid_new();
    j->done_end = &j->done;
    j->fibers = 3;
    MUST_BE(fiber_start(beater, j) && fiber_start(taker, j) && fiber_start(finisher, j));
    return j;
}

void jobs_stop(struct jobs *j)
{
    j->stopping = true;
    waitq_wake_all(&j->room_wait);
    waitq_wake_all(&j->done_wait);
}

size_t jobs_running(const struct jobs *j)
{
    return j->count + j->fibers;
}

void jobs_close(struct jobs *j)
{
    if (!j)
        return;
    MUST_BE(jobs_running(j) == 0);
    free(j);
}
