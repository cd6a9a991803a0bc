#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "flow/flow.h"
#include "jobs/jobs.h"
#include "queue/queue.h"
#include "redis/redis.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* Jobs that do nothing, by the way of all jobs: planned in batches with their input, announced to Redis, taken,
 * claimed, run and finished by the worker's own dispatchers. In the environment: WORKER_URL, DISPATCH_URL, REDIS_URL,
 * and TENANTS, a file of "partner customer flow" lines. jobs-perf round COUNT BATCH THREADS MOST KEYS   puts COUNT
 * jobs, then works them off: "put SECONDS", "work SECONDS" jobs-perf pace COUNT PER_SECOND THREADS MOST KEYS   one
 * after another while workers run: "p50 US", "p99 US"
 */
#define TENANTS_MAX 64
#define PUTTERS     2
#define OCTETS      200
#define DAY_US      (INT64_C(86400) * 1000000)
#define THREADS_MAX 8
#define KEY         "order:"

struct putter {
    size_t at;
    struct db *db;
    struct queue *queue;
};

static struct {
    bool pace;
    size_t count, batch, per_second, threads, most, keys;
    size_t tenants;
    struct uuid partner[TENANTS_MAX], customer[TENANTS_MAX], flow[TENANTS_MAX];
    size_t next;
    unsigned putting;
    struct putter putters[PUTTERS];
    atomic_size_t done;
    atomic_size_t up;
    int64_t *took_us;            /* of a pace: from before the insert to the start */
    char run[UUID_TEXT_LEN + 1]; /* one run's origins are not another's */
} perf;

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void given(struct scope *sc, enum err e, const char *what)
{
    if (e == OK)
        return;
    fprintf(stderr, "jobs-perf: %s: %s\n", what, scope_fault(sc)->message);
    exit(1);
}

static void tenants_read(void)
{
    FILE *f = fopen(getenv("TENANTS"), "r");
    char partner[64], customer[64], flow[64];

    MUST_BE(f);
    while (perf.tenants < TENANTS_MAX && fscanf(f, "%63s %63s %63s", partner, customer, flow) == 3) {
        MUST_BE(uuid_parse(partner, strlen(partner), &perf.partner[perf.tenants]));
        MUST_BE(uuid_parse(customer, strlen(customer), &perf.customer[perf.tenants]));
        MUST_BE(uuid_parse(flow, strlen(flow), &perf.flow[perf.tenants]));
        perf.tenants++;
    }
    fclose(f);
    MUST_BE(perf.tenants);
}

static struct db *pool(const char *url, const char *name, bool no_tenant)
{
    struct db_conf conf = {.url = getenv(url),
                           .name = name,
                           .connections = 4,
                           .waiters = 4096,
                           .statement_timeout_ms = 60000,
                           .no_tenant = no_tenant};

    MUST_BE(conf.url);
    return db_open(&conf);
}

/* ---- putting ---- */

static struct bytes body_of(struct scope *sc, size_t i)
{
    char *text = arena_alloc(sc->arena, OCTETS + 1);
    int n = snprintf(text, OCTETS, "{\"n\":%zu,\"at\":%lld,\"text\":\"", i, (long long)now_us());

    memset(text + n, 'x', (size_t)(OCTETS - n));
    memcpy(text + OCTETS - 2, "\"}", 3);
    return (struct bytes){(uint8_t *)text, OCTETS};
}

/* A batch is one tenant's, as each partner's is. */
static void put(struct putter *p, size_t from, size_t n)
{
    struct scope *sc = scope_new();
    struct flow_plan *v = ARENA_ARRAY(sc->arena, struct flow_plan, n);
    struct ticket *tickets = ARENA_ARRAY(sc->arena, struct ticket, n);
    struct flow_ticket *got;
    size_t got_n;
    size_t t = from / perf.batch % perf.tenants;
    int64_t now = time_now_us();

    sc->db = p->db;
    sc->tenant = (struct tenant){
        .has_partner = true, .has_customer = true, .partner_id = perf.partner[t], .customer_id = perf.customer[t]};
    for (size_t i = 0; i < n; i++)
        v[i] = (struct flow_plan){.customer_id = perf.customer[t],
                                  .job_id = uuid_new(),
                                  .flow_id = perf.flow[t],
                                  .version = 1,
                                  .origin_key = arena_f(sc->arena, "%s-%zu", perf.run, from + i),
                                  .kind = "flow",
                                  .business_key = arena_f(sc->arena, KEY "%zu", (from + i) % perf.keys),
                                  .keyed = perf.keys < perf.count,
                                  .run_at_us = now,
                                  .deadline_us = now + DAY_US,
                                  .body = body_of(sc, from + i),
                                  .given_by = "perf"};
    db_commit_next(sc);
    given(sc, ledger_plan(sc, v, n, &got, &got_n), "the jobs could not be planned");
    MUST_BE(got_n == n);
    for (size_t i = 0; i < n; i++)
        tickets[i] = (struct ticket){got[i].partner_id, got[i].customer_id, got[i].job_id, (enum lane)got[i].lane};
    given(sc, queue_put(sc, p->queue, tickets, n), "the jobs could not be announced");
    scope_free(sc);
}

static void put_fiber(void *arg)
{
    struct putter *p = arg;

    while (perf.next < perf.count) {
        size_t from = perf.next;
        size_t n = perf.count - from < perf.batch ? perf.count - from : perf.batch;

        perf.next += n;
        put(p, from, n);
    }
    if (--perf.putting == 0)
        loop_stop(loop_here());
}

static void pace_one(void *arg)
{
    size_t i = (size_t)(uintptr_t)arg;

    perf.took_us[i] = now_us();
    put(&perf.putters[0], i, 1);
    perf.putting--;
}

static void pace_fiber(void *arg)
{
    int64_t from = now_us();

    (void)arg;
    for (size_t i = 0; i < perf.count;) {
        for (; i < perf.count && from + (int64_t)(i * 1000000 / perf.per_second) <= now_us(); i++) {
            perf.putting++;
            MUST_BE(fiber_start(pace_one, (void *)(uintptr_t)i));
        }
        fiber_sleep_us(500);
    }
    while (perf.putting)
        fiber_sleep_us(1000);
    loop_stop(loop_here());
}

static void put_all(void)
{
    struct loop *l = loop_new();
    struct redis *r = redis_open(getenv("REDIS_URL"));
    struct db *db = pool("WORKER_URL", "worker", false);
    struct queue *q = queue_open(r, "tenon");

    for (size_t i = 0; i < PUTTERS; i++)
        perf.putters[i] = (struct putter){i, db, q};
    if (perf.pace)
        MUST_BE(fiber_start(pace_fiber, NULL));
    for (size_t i = 0; i < PUTTERS && !perf.pace; i++) {
        perf.putting++;
        MUST_BE(fiber_start(put_fiber, &perf.putters[i]));
    }
    loop_run(l);
    queue_close(q);
    redis_close(r);
    db_close(db);
    loop_free(l);
}

/* ---- working ---- */

/* Of a pace each job has a key of its own, which says which it is. */
static enum err run(struct scope *sc, struct flow_job *job)
{
    (void)sc;
    if (perf.pace) {
        int64_t *took = &perf.took_us[strtoul(job->business_key + strlen(KEY), NULL, 10)];

        *took = now_us() - *took;
    }
    atomic_fetch_add(&perf.done, 1);
    return OK;
}

static void work_fiber(void *arg)
{
    struct redis *r = redis_open(getenv("REDIS_URL"));
    struct jobs_conf conf = {.dispatch = pool("DISPATCH_URL", "dispatch", true),
                             .queue = queue_open(r, "tenon"),
                             .most = (unsigned)perf.most,
                             .lease_us = 10000000,
                             .run = run};
    struct jobs *j = jobs_open(&conf);

    (void)arg;
    atomic_fetch_add(&perf.up, 1);
    while (atomic_load(&perf.done) < perf.count)
        fiber_sleep_us(1000);
    jobs_stop(j);
    while (jobs_running(j))
        fiber_sleep_us(500);
    jobs_close(j);
    queue_close(conf.queue);
    redis_close(r);
    db_close(conf.dispatch);
    loop_stop(loop_here());
}

static void *work_thread(void *arg)
{
    struct loop *l = loop_new();

    MUST_BE(fiber_start(work_fiber, arg));
    loop_run(l);
    loop_free(l);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void took_print(void)
{
    qsort(perf.took_us, perf.count, sizeof(*perf.took_us), by_size);
    printf("p50 %lld\np99 %lld\n", (long long)perf.took_us[(perf.count - 1) / 2],
           (long long)perf.took_us[(perf.count - 1) * 99 / 100]);
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS_MAX];
    struct uuid run_id;
    int64_t from;

    MUST_BE(argc == 7);
    perf.pace = strcmp(argv[1], "pace") == 0;
    perf.count = strtoul(argv[2], NULL, 10);
    perf.batch = perf.per_second = strtoul(argv[3], NULL, 10);
    perf.threads = strtoul(argv[4], NULL, 10);
    perf.most = strtoul(argv[5], NULL, 10);
    perf.keys = strtoul(argv[6], NULL, 10);
    run_id = uuid_new();
    uuid_format(&run_id, perf.run);
    perf.took_us = calloc(perf.count, sizeof(*perf.took_us));
    MUST_BE(perf.threads <= THREADS_MAX && perf.took_us && (!perf.pace || perf.keys >= perf.count));
    tenants_read();
    from = now_us();
    if (!perf.pace) {
        put_all();
        printf("put %.4f\n", (double)(now_us() - from) / 1e6);
    }
    from = now_us();
    for (size_t i = 0; i < perf.threads; i++)
        MUST_BE(pthread_create(&threads[i], NULL, work_thread, NULL) == 0);
    if (perf.pace)
        put_all();
    for (size_t i = 0; i < perf.threads; i++)
        pthread_join(threads[i], NULL);
    printf("work %.4f\n", (double)(now_us() - from) / 1e6);
    if (perf.pace)
        took_print();
    return 0;
}
