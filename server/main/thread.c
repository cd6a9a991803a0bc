#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "access/access.h"
#include "access/callers.h"
#include "api/api.h"
#include "brand/brand.h"
#include "connect/connect.h"
#include "db/db.h"
#include "flow/flow.h"
#include "flows/flows.h"
#include "http/http.h"
#include "intake/intake.h"
#include "jobs/jobs.h"
#include "live/live.h"
#include "mail/mail.h"
#include "main/sockets_int.h"
#include "main/thread_int.h"
#include "net/net.h"
#include "obs/obs.h"
#include "oidc/oidc.h"
#include "org/org.h"
#include "own/own.h"
#include "queue/queue.h"
#include "rate/rate.h"
#include "redis/redis.h"
#include "sandbox/sandbox.h"
#include "sys/config.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "walk/walk.h"
#include "watch/watch.h"

#define WAITERS       4096
#define DRAIN_STEP_US 20000

struct parts {
    struct db *api, *intake_db, *work, *dispatch;
    struct redis *redis;
    struct queue *queue;
    struct net *net;
    struct rate *rate;
    struct intake *intake;
    struct http *http;
    struct api_thread api_thread;
    struct jobs *jobs;
    struct jobs_clock *clock;
    struct jobs_mailer *mailer;
    struct jobs_witness *witness;
    struct jobs_exports *exports;
    struct jobs_learner *learner;
    struct jobs_schedules *schedules;
    struct jobs_freshness *freshness;
    struct jobs_care *care;
    struct jobs_batches *batches;
    struct jobs_files *files;
    struct jobs_backtests *backtests;
    struct sandbox *sandbox;
    const char *hooks; /* our copy */
    bool draining, calls;
};

static struct db *pool(const char *setting, const char *name, unsigned connections, bool no_tenant)
{
    struct db_conf conf = {.url = config_text(setting),
                           .name = name,
                           .connections = connections,
                           .waiters = WAITERS,
                           .statement_timeout_ms = 10000,
                           .no_tenant = no_tenant};

    return db_open(&conf);
}

/* After a commit: a fiber tells Redis, so that whoever waits for the commit does not wait for this. */
struct announcement {
    struct queue *queue;
    size_t n;
    struct ticket v[INTAKE_BATCH_MAX];
};

static void announce(void *arg)
{
    struct announcement *a = arg;
    struct scope *sc = scope_new();

    if (queue_put(sc, a->queue, a->v, a->n) != OK)
        log_fault(LOG_DEBUG, "main", sc, "new jobs could not be announced");
    scope_free(sc);
    free(a);
}

static void planned(void *arg, const struct intake_planned *v, size_t n)
{
    struct parts *p = arg;
    struct announcement *a = malloc(sizeof(*a));

    if (!a)
        out_of_memory();
    a->queue = p->queue;
    a->n = n < INTAKE_BATCH_MAX ? n : INTAKE_BATCH_MAX;
    for (size_t i = 0; i < a->n; i++)
        a->v[i] = (struct ticket){v[i].partner_id, v[i].customer_id, v[i].job_id, (enum lane)v[i].lane};
    if (!fiber_start(announce, a))
        free(a); /* the sweep finds them */
}

static struct api_budgets budgets_configured(void)
{
    int64_t processes = config_int("PROCESSES");

    return (struct api_budgets){.reads = config_int("READS_PER_MINUTE"),
                                .writes = config_int("WRITES_PER_MINUTE"),
                                .customer_reads = config_int("CUSTOMER_READS_PER_MINUTE"),
                                .customer_writes = config_int("CUSTOMER_WRITES_PER_MINUTE"),
                                .sharers = (processes ? processes : 1) * config_int("API_THREADS")};
}

#define NET_CONNECTIONS 1024

/* One for the thread, whatever it does: a connection for each job that may be in progress, and some for the rest. */
static struct net *net_of(struct parts *p)
{
    unsigned jobs = (unsigned)config_int("JOBS_MAX");
    struct net_conf conf = {.connections = NET_CONNECTIONS + (jobs > NET_CONNECTIONS / 2 ? jobs : 0),
                            .host_connections = 256,
                            .allow_private = config_bool("ALLOW_PRIVATE_ADDRESSES"),
                            .ca_file = config_text("CA_FILE")};

    if (!p->net)
        p->net = net_open(&conf);
    return p->net;
}

/* Once, whatever the thread does: workers call, and so do requests that try a connection before it is made. */
static enum err calls_open(struct scope *sc, struct parts *p)
{
    if (p->calls)
        return OK;
    p->calls = true;
    return connect_thread_start(sc, net_of(p));
}

static enum err api_open(struct scope *sc, struct thread *t)
{
    struct http_conf conf = {.body_max = (size_t)config_int("BODY_MAX"),
                             .conn_bodies_max = (size_t)config_int("BODIES_PER_CONNECTION"),
                             .bodies_max = (size_t)config_int("BODIES_MAX"),
                             .header_max = (size_t)config_int("HEADER_MAX"),
                             .streams = (unsigned)config_int("STREAMS_MAX"),
                             .request_timeout_ms = (int)config_int("REQUEST_TIMEOUT_MS"),
                             .idle_timeout_ms = (int)config_int("IDLE_TIMEOUT_MS"),
                             .requests_max = (unsigned)config_int("REQUESTS_MAX"),
                             .conn_requests = (unsigned)config_int("REQUESTS_PER_CONNECTION"),
                             .owner_requests = (unsigned)config_int("REQUESTS_PER_PARTNER"),
                             .slot_wait_ms = (int)config_int("REQUEST_LINE_MS"),
                             .head_timeout_ms = (int)config_int("HEAD_TIMEOUT_MS"),
                             .body_rate = (unsigned)config_int("BODY_RATE"),
                             .progress_timeout_ms = (int)config_int("PROGRESS_TIMEOUT_MS"),
                             .life_ms = (int)config_int("CONNECTION_LIFE_MS"),
                             .connections_per_address = (unsigned)config_int("CONNECTIONS_PER_ADDRESS"),
                             .connections_max = (unsigned)config_int("CONNECTIONS_MAX")};
    struct parts *p = t->parts;
    struct http_app app;

    TRY(sc, http_proxies_parse(sc, config_text("PROXY_FROM"), &conf.proxies));
    p->api = pool("DATABASE_API_URL", "api", (unsigned)config_int("DB_CONNECTIONS"), false);
    p->intake_db = pool("DATABASE_INTAKE_URL", "intake", 2, true);
    p->intake = intake_open(p->intake_db, planned, p);
    p->api_thread = (struct api_thread){.db = p->api,
                                        .intake = p->intake,
                                        .redis = p->redis,
                                        .net = net_of(p),
                                        .budgets = budgets_configured(),
                                        .planned = planned,
                                        .arg = p};
    TRY(sc, calls_open(sc, p));
    api_app(&p->api_thread, &app);
    p->http = http_open(&conf, &app);
    for (size_t i = 0; i < t->conf.sockets->count; i++) {
        const struct socket_one *one = &t->conf.sockets->v[i];

        if (strcmp(one->kind, "ops") != 0)
            TRY(sc, http_listen(sc, p->http, one->fd, strcmp(one->kind, "https") == 0 ? t->conf.tls : NULL));
    }
    return OK;
}

/* Without a relay mail waits: it is another worker's, or the operator's to set up. */
static void mailer_open(struct parts *p, const struct jobs_conf *conf)
{
    const struct mail_relay relay = {.url = config_text("SMTP_URL"),
                                     .user = config_text("SMTP_USER"),
                                     .password = config_text("SMTP_PASSWORD"),
                                     .from = config_text("MAIL_FROM"),
                                     .ca_file = config_text("CA_FILE"),
                                     .clear = config_bool("SMTP_CLEAR")};

    if (relay.url && *relay.url)
        p->mailer = jobs_mailer_open(conf, &relay);
}

/* Threads that run jobs, as far as this server knows: what each calls while Redis is away is its share of that. */
static unsigned workers(void)
{
    int64_t processes = config_int("PROCESSES");

    return (unsigned)((processes ? processes : 1) * config_int("WORKER_THREADS"));
}

static enum err worker_open(struct scope *sc, struct thread *t)
{
    struct parts *p = t->parts;
    struct jobs_conf conf = {
        .queue = p->queue,
        .most = (unsigned)config_int("JOBS_MAX"),
        .lease_us = config_int("LEASE_MS") * 1000,
        .checkpoint_entries = config_int("AUDIT_CHECKPOINT_ENTRIES"),
        .checkpoint_seconds = (int)config_int("AUDIT_CHECKPOINT_SECONDS"),
    };

    p->dispatch = pool("DATABASE_DISPATCH_URL", "dispatch", 4, true);
    conf.dispatch = p->dispatch;
    if (t->conf.worker) {
        p->work = pool("DATABASE_WORKER_URL", "worker", (unsigned)config_int("DB_CONNECTIONS"), false);
        TRY(sc, calls_open(sc, p));
        p->rate = rate_open(p->redis, workers());
        connect_rate_set(p->rate);
        conf.work = p->work;
        conf.net = p->net;
        p->jobs = jobs_open(&conf);
        mailer_open(p, &conf);
        p->witness = jobs_witness_open(&conf);
        p->exports = jobs_exports_open(&conf);
        p->learner = jobs_learner_open(&conf, p->jobs);
        p->schedules = jobs_schedules_open(&conf);
        p->freshness = jobs_freshness_open(&conf);
        p->care = jobs_care_open(&conf);
        p->batches = jobs_batches_open(&conf);
        p->files = jobs_files_open(&conf);
    }
    if (t->conf.clock)
        p->clock = jobs_clock_open(&conf);
    return OK;
}

static void backtests_open(struct parts *p)
{
    struct jobs_conf conf = {0};

    conf.dispatch = p->dispatch = pool("DATABASE_DISPATCH_URL", "dispatch", 1, true);
    conf.work = p->work = pool("DATABASE_WORKER_URL", "worker", 2, false);
    p->backtests = jobs_backtests_open(&conf);
}

/* The first of a list of listeners that a call from this machine to itself finds, as it finds it; NULL: none. */
static const char *near_address(struct scope *sc, const char *list)
{
    for (const char *p = list ? list : ""; *p; p += strspn(p, ", ")) {
        const char *one = arena_strndup(sc->arena, p, strcspn(p, ", "));

        p += strlen(one);
        if (http_address_of(one) == HTTP_ADDRESS_LOOPBACK)
            return one;
        if (http_address_of(one) == HTTP_ADDRESS_ALL)
            return arena_f(sc->arena, "%s%s", *one == '[' ? "[::1]" : "127.0.0.1", strrchr(one, ':'));
    }
    return NULL;
}

/* Where the api takes webhooks, and whether with TLS. They are secrets' work: to another machine none is delivered. */
static enum err hooks_find(struct scope *sc, struct sandbox_conf *conf)
{
    const char *said = config_text("STANDINS_HOOKS"), *https = near_address(sc, config_text("HTTPS_LISTEN"));
    const char *http = near_address(sc, config_text("HTTP_LISTEN"));

    if (said && *said && http_address_of(said) != HTTP_ADDRESS_LOOPBACK)
        return FAIL(
            sc, ERR_INVALID,
            "TENON_STANDINS_HOOKS is \"%s\": simulated systems deliver to this machine alone; use an address of "
            "loopback with port where the api listens, as 127.0.0.1:8443",
            said);
    conf->tls = said && *said ? !http || strcmp(said, http) != 0 : https != NULL;
    conf->hooks = said && *said ? said : https ? https : http;
    if (!conf->hooks)
        LOG(LOG_WARN, "sandbox", sc,
            "simulated systems deliver nothing: no address of TENON_HTTPS_LISTEN or TENON_HTTP_LISTEN is one of "
            "loopback, or all of this machine; their orders are found by asking. TENON_STANDINS_HOOKS names another");
    return OK;
}

static enum err standins_open(struct scope *sc, struct thread *t)
{
    struct sandbox_conf conf = {.listen = config_text("STANDINS_LISTEN"),
                                .most = (unsigned)config_int("STANDINS_MAX"),
                                .state_max = (size_t)config_int("STANDINS_STATE_MAX")};

    TRY(sc, hooks_find(sc, &conf));
    conf.hooks = conf.hooks ? strdup(conf.hooks) : NULL; /* as long as the thread */
    t->parts->hooks = conf.hooks;
    t->parts->api = pool("DATABASE_API_URL", "standins", (unsigned)config_int("DB_CONNECTIONS"), false);
    conf.db = t->parts->api;
    conf.net = net_of(t->parts);
    return sandbox_open(sc, &conf, &t->parts->sandbox);
}

static void say_ready(struct thread *t)
{
    uint64_t one = 1;

    MUST_BE(write(t->ready_fd, &one, sizeof(one)) == (ssize_t)sizeof(one));
}

static void open_fiber(void *arg)
{
    struct thread *t = arg;
    struct scope *sc = scope_new();
    enum err e = OK;

    if (!t->conf.backtests && !t->conf.standins) {
        t->parts->redis = redis_open(config_text("REDIS_URL"));
        t->parts->queue = queue_open(t->parts->redis, "tenon");
    }
    if (t->conf.backtests)
        backtests_open(t->parts);
    if (t->conf.standins)
        e = standins_open(sc, t);
    if (t->conf.api)
        e = api_open(sc, t);
    if (e == OK && (t->conf.worker || t->conf.clock))
        e = worker_open(sc, t);
    if (e != OK)
        log_fault(LOG_ERROR, "main", sc, "a thread could not start");
    t->failed = e != OK;
    scope_free(sc);
    say_ready(t);
}

static void close_parts(struct parts *p)
{
    jobs_close(p->jobs);
    jobs_clock_close(p->clock);
    jobs_mailer_close(p->mailer);
    jobs_witness_close(p->witness);
    jobs_exports_close(p->exports);
    jobs_learner_close(p->learner);
    jobs_schedules_close(p->schedules);
    jobs_freshness_close(p->freshness);
    jobs_care_close(p->care);
    jobs_batches_close(p->batches);
    jobs_files_close(p->files);
    jobs_backtests_close(p->backtests);
    sandbox_close(p->sandbox);
    free((char *)(uintptr_t)p->hooks);
    if (p->http)
        http_close(p->http);
    intake_close(p->intake);
    live_thread_end();
    flows_thread_end();
    walk_thread_end();
    connect_thread_end();
    watch_thread_end();
    connect_hooks_end();
    own_thread_end(); /* after those who hold connectors of a partner's own */
    access_thread_end();
    oidc_thread_end();
    org_thread_end();
    brand_thread_end();
    rate_close(p->rate);
    net_close(p->net);
    queue_close(p->queue);
    redis_close(p->redis);
    api_thread_end();
    db_close(p->api);
    db_close(p->intake_db);
    db_close(p->work);
    db_close(p->dispatch);
}

static void thread_note(void *arg)
{
    void (*fn)(void) = arg;

    fn();
}

static void *thread_main(void *arg)
{
    struct thread *t = arg;

    t->loop = loop_new();
    MUST_BE(fiber_start(open_fiber, t));
    loop_run(t->loop);
    close_parts(t->parts);
    loop_free(t->loop);
    arena_thread_end();
    loop_post(t->conf.home, thread_note, t->conf.on_end);
    return NULL;
}

static bool is_busy(const struct parts *p)
{
    return (p->jobs && jobs_running(p->jobs)) || (p->clock && jobs_clock_running(p->clock)) ||
           (p->witness && jobs_witness_running(p->witness)) || (p->exports && jobs_exports_running(p->exports)) ||
           (p->learner && jobs_learner_running(p->learner)) || (p->schedules && jobs_schedules_running(p->schedules)) ||
           (p->freshness && jobs_freshness_running(p->freshness)) || (p->care && jobs_care_running(p->care)) ||
           (p->batches && jobs_batches_running(p->batches)) || (p->files && jobs_files_running(p->files)) ||
           (p->backtests && jobs_backtests_running(p->backtests)) || (p->sandbox && sandbox_running(p->sandbox)) ||
           (p->mailer && jobs_mailer_running(p->mailer)) || (p->http && http_running(p->http));
}

/* Listeners close first, then running requests and jobs end, at most until the limit; the rest is given back. */
static void drain_fiber(void *arg)
{
    struct thread *t = arg;
    struct parts *p = t->parts;
    int64_t until = loop_now_us() + config_int("DRAIN_MS") * 1000;

    if (p->jobs)
        jobs_stop(p->jobs);
    if (p->clock)
        jobs_clock_stop(p->clock);
    if (p->exports)
        jobs_exports_stop(p->exports);
    if (p->learner)
        jobs_learner_stop(p->learner);
    if (p->schedules)
        jobs_schedules_stop(p->schedules);
    if (p->freshness)
        jobs_freshness_stop(p->freshness);
    if (p->care)
        jobs_care_stop(p->care);
    if (p->batches)
        jobs_batches_stop(p->batches);
    if (p->files)
        jobs_files_stop(p->files);
    if (p->backtests)
        jobs_backtests_stop(p->backtests);
    if (p->sandbox)
        sandbox_stop(p->sandbox);
    if (p->mailer)
        jobs_mailer_stop(p->mailer);
    if (p->witness)
        jobs_witness_stop(p->witness);
    if (p->http)
        http_drain(p->http, (int)config_int("DRAIN_MS"));
    while (loop_now_us() < until && is_busy(p))
        fiber_sleep_us(DRAIN_STEP_US);
    if (is_busy(p)) {
        LOG(LOG_WARN, "main", NULL, "work was still running when the time to stop was over");
        if (p->jobs)
            jobs_give_back(p->jobs);
        _exit(0); /* another dispatcher goes on */
    }
    loop_stop(t->loop);
}

static void drain_post(void *arg)
{
    struct thread *t = arg;

    if (t->parts->http)
        http_stop_listening(t->parts->http);
    loop_post(t->conf.home, thread_note, t->conf.on_deaf);
    MUST_BE(fiber_start(drain_fiber, arg));
}

enum err thread_start(struct scope *sc, const struct thread_conf *conf, struct thread *out)
{
    uint64_t told;

    out->conf = *conf;
    out->parts = calloc(1, sizeof(*out->parts));
    out->ready_fd = eventfd(0, EFD_CLOEXEC);
    if (!out->parts || out->ready_fd < 0 || pthread_create(&out->id, NULL, thread_main, out) != 0)
        return FAIL(sc, ERR_INTERNAL, "a thread could not be made");
    MUST_BE(read(out->ready_fd, &told, sizeof(told)) == (ssize_t)sizeof(told));
    close(out->ready_fd);
    if (out->failed)
        return FAIL(sc, ERR_INTERNAL, "a thread could not start; see the log");
    return OK;
}

void thread_stop(struct thread *t)
{
    loop_post(t->loop, drain_post, t);
}

void thread_join(struct thread *t)
{
    pthread_join(t->id, NULL);
    free(t->parts);
}
