#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "jobs/jobs_int.h"
#include "obs/obs.h"
#include "sys/fault.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "walk/walk.h"

#define TAKE_MAX         256
#define SHARE            3     /* times the free places: what a customer's lane may hold at most */
#define FULL_US          10000 /* until another look when only those are left that hold as much */
#define FINISH_MAX       256
#define IDLE_MS          1000
#define POLL_US          250000
#define AGAIN_US         200000
#define JOB_LIMIT_US     (INT64_C(180) * 1000000)
#define SUSPECT_LIMIT_US INT64_C(10000000)
#define GIVE_BACK_US     INT64_C(2000000)
#define WORD_US          (INT64_C(10) * 1000000) /* for the order to be told that its job has stopped */
#define DUE_PAGES        8                       /* looked at by one take without Redis */

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
    struct shares shares;
    struct run *done, **done_end;
    struct waitq done_wait; /* the finisher */
    struct waitq room_wait; /* the taker, when all places are taken */
    struct waitq beat_wait; /* the beater, until its next beat or the end */
    unsigned fibers;        /* taker, finisher, beater */
    bool stopping;
    bool taking;        /* until the taker has ended */
    bool lost_claim;    /* a claim's answer was lost: see what we hold */
    int64_t checked_us; /* when that was last seen to */
    struct flow_position due;
    struct suspects suspects;
    bool left_out; /* the last take left out who holds their share */
};

/* ---- running ---- */

static struct flow_ticket ticket_of_run(const struct run *r)
{
    return (struct flow_ticket){r->job.partner_id, r->job.customer_id, r->job.job_id, r->job.lane};
}

static void run_unlink(struct run *r)
{
    struct flow_ticket of = ticket_of_run(r);

    shares_drop(&r->jobs->shares, &of);
    suspects_end(&r->job);
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
    if (r->job.crashes >= JOBS_CRASHES_MAX)
        return FAIL(r->sc, ERR_HOLD, "set aside: the process ended %d times while working on it", r->job.crashes);
    if (r->jobs->conf.run)
        return r->jobs->conf.run(r->sc, &r->job);
    return strcmp(r->job.kind, WALK_KIND) == 0 ? walk_run(r->sc, &r->job) : flow_run(r->sc, &r->job);
}

/* Nothing stops silently: before a job is held or dead its order says so, or else it is tried again. */
static void run_tell(struct run *r)
{
    bool dead = strcmp(r->result.state, "dead") == 0;
    enum err e;

    if (!dead && strcmp(r->result.state, "held") != 0)
        return;
    scope_clear(r->sc);
    r->sc->deadline_us = loop_now_us() + WORD_US;
    e = flow_stopped(r->sc, &r->job, dead, r->result.reason);
    if (e == OK || e == ERR_FENCED)
        return;
    log_fault(LOG_ERROR, "jobs", r->sc, "an order could not be told that its job has stopped");
    if (err_info(e)->fate == FATE_REVIEW) /* it would end so every time: the job alone has the reason */
        return;
    r->result.state = "ready";
    r->result.delay_us = WORD_US;
}

static void run_done(struct run *r)
{
    *r->jobs->done_end = r;
    r->jobs->done_end = &r->done_next;
    waitq_wake_all(&r->jobs->done_wait);
}

/* A job that says nothing of it worked on one thing. */
static void used_of(struct run *r, enum err e)
{
    r->result.used = (struct flow_usage){.calls = r->sc->calls.n,
                                         .octets_sent = r->sc->calls.octets_sent,
                                         .octets_received = r->sc->calls.octets_received,
                                         .cpu_us = fiber_ran_us(),
                                         .items = e == OK && !r->job.items ? 1 : r->job.items};
}

static void run_fiber(void *arg)
{
    struct run *r = arg;
    enum err e = run_try(r);

    if (e != OK && err_info(e)->fate != FATE_DROP)
        log_fault(e == ERR_INTERNAL ? LOG_ERROR : LOG_INFO, "jobs", r->sc, "a try ended");
    jobs_judge(r->sc, e, &r->job, &r->result);
    run_tell(r);
    used_of(r, e);
    metric_add_label(METRIC_JOBS, err_info(e)->name, 1);
    metric_observe_us(METRIC_JOB_SECONDS, NULL, loop_now_us() - r->began_us);
    run_done(r);
}

/* A copy of the claimed row: the claim's scope ends before the job does. */
static struct run *run_new(struct jobs *j, const struct flow_job *job)
{
    struct scope *sc = scope_new();
    struct run *r = ARENA_NEW(sc->arena, struct run);
    struct flow_ticket of;

    r->sc = sc;
    r->jobs = j;
    r->job = *job;
    of = ticket_of_run(r);
    shares_add(&j->shares, &of);
    suspects_begin(&j->suspects, job);
    r->job.kind = arena_strdup(sc->arena, job->kind);
    r->job.business_key = arena_strdup(sc->arena, job->business_key);
    r->began_us = loop_now_us();
    r->result.started_us = time_now_us();
    sc->db = j->conf.work;
    sc->deadline_us = r->began_us + (job->suspect ? SUSPECT_LIMIT_US : JOB_LIMIT_US);
    sc->request_id = uuid_new();
    sc->job_id = job->job_id;
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
    run_done(r);
}

/* ---- taking ---- */

static void ticket_of(const struct ticket *from, struct flow_ticket *to)
{
    *to = (struct flow_ticket){from->partner_id, from->customer_id, from->job_id, (int)from->lane};
}

/* Page after page, so that what cannot be claimed keeps nothing behind it waiting; round again from the end. */
static enum err take_due(struct scope *sc, struct jobs *j, size_t most, struct flow_ticket **out, size_t *out_n)
{
    *out_n = 0;
    for (int i = 0; i < DUE_PAGES && *out_n == 0; i++) {
        TRY(sc, ledger_due(sc, 0, most, &j->due, out, out_n));
        if (j->due.end) {
            j->due = (struct flow_position){0};
            break;
        }
    }
    return OK;
}

/* From Redis; from PostgreSQL when it is away. A customer's lane holds at most SHARE times what is free, so that places
 * are left for others however much it has waiting: no take gives more than the fullest of the others may still have. */
static enum err take(struct scope *sc, struct jobs *j, size_t room, struct flow_ticket **out, size_t *out_n)
{
    size_t open = (SHARE * room - shares_top(&j->shares, SHARE * room) + SHARE) / (SHARE + 1);
    size_t most = open < TAKE_MAX ? open : TAKE_MAX;
    struct ticket_list list = {0};
    struct ticket full[SHARES_MAX];
    size_t full_n = shares_of(&j->shares, SHARE * room, full);
    enum err e = queue_take(sc, j->conf.queue, most, full, full_n, &list);

    j->left_out = list.left_out;
    if (e != OK) {
        scope_clear(sc);
        fiber_sleep_us(POLL_US);
        return take_due(sc, j, most, out, out_n);
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

/* A process that ends as it was told is no crash. What it still runs is fenced off by the next claim, and an effect
 * that it had under way is probed by whoever claims. Unreachable, its leases run out instead. */
void jobs_give_back(struct jobs *j)
{
    struct scope *sc = scope_new();
    struct flow_ticket *given;
    size_t n = 0;

    sc->db = j->conf.dispatch;
    sc->deadline_us = loop_now_us() + GIVE_BACK_US;
    if (ledger_release(sc, &j->id, NULL, 0, &given, &n) == OK)
        jobs_push(j->conf.queue, given, n);
    scope_free(sc);
}

/* Claims and starts; *n_: in tickets, out jobs. */
static enum err claim(struct scope *sc, struct jobs *j, const struct flow_ticket *tickets, bool suspects, size_t *n_)
{
    struct flow_job *claimed;
    enum err e;

    FAULT_POINT("job.before_claim");
    e = ledger_claim(sc, &j->id, tickets, *n_, suspects, &claimed, n_);
    FAULT_POINT("job.after_claim");
    j->lost_claim = e != OK;
    TRY(sc, e);
    for (size_t i = 0; i < *n_; i++)
        run_start(j, &claimed[i]);
    return OK;
}

static enum err suspects_take(struct scope *sc, struct jobs *j)
{
    struct flow_ticket *v;
    enum err e;
    size_t n;

    TRY(sc, suspects_look(sc, &j->suspects, j->conf.most - j->count, &v, &n));
    e = n ? claim(sc, j, v, true, &n) : OK;
    suspects_claimed(&j->suspects);
    return e;
}

static enum err take_and_claim(struct scope *sc, struct jobs *j, size_t *out_n)
{
    size_t room;
    struct flow_ticket *tickets;
    size_t n = 0;

    /* Now and then without a reason too: a claim whose answer was lost may be committed after we have looked, and while
     * this dispatcher beats nobody else gives its jobs back. */
    if (j->lost_claim || loop_now_us() - j->checked_us > j->conf.lease_us)
        TRY(sc, release_lost(sc, j));
    if (!j->stopping)
        TRY(sc, suspects_take(sc, j));
    room = j->conf.most - j->count;
    if (room == 0)
        return OK;
    TRY(sc, take(sc, j, room, &tickets, &n));
    *out_n = n;
    if (n == 0 || j->stopping)
        return OK;
    return claim(sc, j, tickets, false, &n);
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
        if (e == OK && n == 0 && !j->stopping && j->left_out) /* a place that becomes free may be for one of these */
            waitq_wait(&j->room_wait, loop_now_us() + FULL_US);
        else if (e == OK && n == 0 && !j->stopping) /* away: it slept a little, and PostgreSQL is asked next */
            (void)queue_wait(sc, j->conf.queue, j->suspects.testing ? SUSPECTS_TESTING_MS : IDLE_MS);
        scope_free(sc);
        if (e != OK)
            fiber_sleep_us(AGAIN_US);
    }
    j->taking = false;
    waitq_wake_all(&j->done_wait);
    j->fibers--;
}

/* By jobs that run, or by a claim on its way that may start some, whoever has said stop meanwhile. */
static bool is_needed(const struct jobs *j)
{
    return !j->stopping || j->taking || j->count > 0;
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

/* Jobs that others planned. */
static struct flow_ticket *begun_of(struct scope *sc, struct run *const *runs, size_t n, size_t *out_n)
{
    struct flow_ticket *v;
    size_t all = 0;

    for (size_t i = 0; i < n; i++)
        all += runs[i]->job.begun_n;
    v = ARENA_ARRAY(sc->arena, struct flow_ticket, all);
    *out_n = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < runs[i]->job.begun_n; k++)
            v[(*out_n)++] = runs[i]->job.begun[k];
    return v;
}

/* What is new and what comes back later is announced in one go, after the places are free: a Redis that hangs holds up
 * no job. */
static void done_drop(struct jobs *j, struct run *const *runs, size_t n)
{
    struct scope *sc = scope_new();
    size_t begun_n;
    struct flow_ticket *begun = begun_of(sc, runs, n, &begun_n);
    struct flow_ticket *later = ARENA_ARRAY(sc->arena, struct flow_ticket, n);
    int64_t *due_us = ARENA_ARRAY(sc->arena, int64_t, n);
    size_t later_n = 0;

    for (size_t i = 0; i < n; i++) {
        struct run *r = runs[i];

        if (r->result.delay_us) {
            later[later_n] = ticket_of_run(r);
            due_us[later_n++] = time_now_us() + r->result.delay_us;
        }
        run_unlink(r);
        scope_free(r->sc);
    }
    waitq_wake_all(&j->room_wait);
    jobs_push(j->conf.queue, begun, begun_n);
    jobs_push_at(j->conf.queue, later, due_us, later_n);
    scope_free(sc);
}

static void finisher(void *arg)
{
    struct jobs *j = arg;
    struct run *runs[FINISH_MAX];

    while (is_needed(j)) {
        size_t n = done_take(j, runs);

        if (n == 0) {
            waitq_wait(&j->done_wait, loop_now_us() + POLL_US);
            continue;
        }
        done_tell(j, runs, n);
        done_drop(j, runs, n);
    }
    waitq_wake_all(&j->beat_wait);
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

    while (is_needed(j)) {
        struct scope *sc = scope_new();
        enum err e;

        sc->db = j->conf.dispatch;
        e = ledger_beat(sc, &j->id);
        if (e != OK)
            log_fault(LOG_WARN, "jobs", sc, "the dispatcher could not say that it lives");
        db_rollback(sc);
        scope_free(sc);
        if (is_needed(j))
            waitq_wait(&j->beat_wait, loop_now_us() + (e == OK ? j->conf.lease_us / 5 : AGAIN_US));
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
    j->taking = true;
    j->fibers = 3;
    MUST_BE(fiber_start(beater, j) && fiber_start(taker, j) && fiber_start(finisher, j));
    return j;
}

void jobs_stop(struct jobs *j)
{
    j->stopping = true;
    waitq_wake_all(&j->room_wait);
    waitq_wake_all(&j->done_wait);
    queue_wake(j->conf.queue);
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
