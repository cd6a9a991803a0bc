#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "api/api.h"
#include "backtest/backtest.h"
#include "brand/brand.h"
#include "db/db.h"
#include "http/http.h"
#include "main/main_int.h"
#include "main/sockets_int.h"
#include "main/thread_int.h"
#include "net/net.h"
#include "obs/obs.h"
#include "org/org.h"
#include "redis/redis.h"
#include "sys/config.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* tenond: the server. With TENON_PROCESSES above 0 this process is the supervisor, and what follows is what each of its
 * processes does: the main thread answers the operators' listener, beats and waits for signals; the roles run in
 * threads of their own, each with its own loop. */
#define THREADS_MAX 32
/* Octets from which a block is the system's own and goes back to it when freed. Left alone the C library raises this to
 * 32 MiB, and keeps what many bodies at once have taken: 324 MiB of it were held half a minute later. */
#define BIG_BLOCK (128 * 1024)

struct program {
    struct service handed;
    struct sockets sockets;
    struct thread threads[THREADS_MAX];
    size_t thread_count, deaf, ended;
    struct http_tls *tls;
    struct loop *loop;
    struct loop_fd signal_watch;
    struct db *db;
    struct redis *redis;
    struct http *http;
    struct api_ops ops;
};

static struct program program;

static bool redis_up(void *arg)
{
    const struct program *p = arg;

    return redis_is_up(p->redis);
}

/* The sockets of this process are of no use to anyone once all threads have stopped listening. */
static void on_thread_deaf(void)
{
    struct program *p = &program;

    if (++p->deaf < p->thread_count)
        return;
    for (size_t i = 0; i < p->sockets.count; i++) {
        if (strcmp(p->sockets.v[i].kind, "ops") == 0)
            continue;
        close(p->sockets.v[i].fd);
        p->sockets.v[i] = p->sockets.v[--p->sockets.count];
        i--;
    }
}

static void on_thread_end(void)
{
    if (++program.ended == program.thread_count)
        loop_stop(program.loop);
}

static enum err thread_add(struct scope *sc, struct program *p, struct thread_conf *conf)
{
    conf->home = p->loop;
    conf->on_deaf = on_thread_deaf;
    conf->on_end = on_thread_end;
    if (p->thread_count == THREADS_MAX)
        return FAIL(sc, ERR_INVALID, "too many threads");
    TRY(sc, thread_start(sc, conf, &p->threads[p->thread_count]));
    p->thread_count++;
    return OK;
}

static enum err api_threads(struct scope *sc, struct program *p)
{
    const char *cert = config_text("TLS_CERT_FILE");

    if (cert && *cert)
        TRY(sc, http_tls_open(sc, cert, config_text("TLS_KEY_FILE"), &p->tls));
    TRY(sc, api_pages_load(sc, config_text("WEB_DIR")));
    TRY(sc, net_resolver_set(sc, config_text("DNS_RESOLVER")));
    for (size_t i = 0; i < p->sockets.count && !p->tls; i++)
        if (strcmp(p->sockets.v[i].kind, "https") == 0)
            return FAIL(sc, ERR_INVALID, "HTTPS cannot be served: TENON_TLS_CERT_FILE is not set");
    for (int64_t i = 0; i < config_int("API_THREADS"); i++)
        TRY(sc, thread_add(sc, p, &(struct thread_conf){.api = true, .tls = p->tls, .sockets = &p->sockets}));
    return OK;
}

/* Who serves pages must have them; a worker that has none writes in plain words. */
static enum err load_packs(struct scope *sc)
{
    enum err e = brand_packs_load(sc, config_text("BRANDING_DIR"));

    if (e != ERR_NOT_FOUND || main_has_role("api"))
        return e;
    LOG(LOG_WARN, "main", NULL, "there are no brands", LOG_T("folder", config_text("BRANDING_DIR")));
    scope_clear(sc);
    return OK;
}

static enum err worker_threads(struct scope *sc, struct program *p)
{
    bool clock = main_has_role("clock");

    for (int64_t i = 0; i < config_int("WORKER_THREADS"); i++)
        TRY(sc, thread_add(sc, p, &(struct thread_conf){.worker = true, .clock = clock && i == 0}));
    return thread_add(sc, p, &(struct thread_conf){.backtests = true});
}

static enum err start_threads(struct scope *sc, struct program *p)
{
    bool clock = main_has_role("clock");

    TRY(sc, load_packs(sc));
    if (main_has_role("api"))
        TRY(sc, api_threads(sc, p));
    if (main_has_role("worker"))
        TRY(sc, worker_threads(sc, p));
    else if (clock)
        TRY(sc, thread_add(sc, p, &(struct thread_conf){.clock = true}));
    if (main_has_role("standins"))
        TRY(sc, thread_add(sc, p, &(struct thread_conf){.standins = true}));
    if (p->thread_count == 0)
        return FAIL(sc, ERR_INVALID, "TENON_ROLES names no role; it takes api, worker, clock and standins");
    return OK;
}

/* A database whose walls are not up is not served from, nor one in which we are somebody else than we should be. */
static enum err check_walls(struct scope *sc)
{
    bool api = main_has_role("api"), worker = main_has_role("worker");
    const struct {
        bool needed;
        const char *setting, *role;
    } served[] = {
        {api || main_has_role("standins"), "DATABASE_API_URL", "tenon_api"},
        {api, "DATABASE_INTAKE_URL", "tenon_intake"},
        {worker, "DATABASE_WORKER_URL", "tenon_worker"},
        {worker || main_has_role("clock"), "DATABASE_DISPATCH_URL", "tenon_dispatch"},
    };

    for (size_t i = 0; i < ARRAY_LEN(served); i++) {
        if (!served[i].needed)
            continue;
        if (!config_text(served[i].setting))
            return FAIL(sc, ERR_INVALID, "TENON_%s is not set", served[i].setting);
        TRY(sc, db_check_isolation(sc, config_text(served[i].setting), served[i].role));
    }
    return OK;
}

static enum err check_redis(struct scope *sc)
{
    const char *url = config_text("REDIS_URL");

    if (!url)
        return FAIL(sc, ERR_INVALID, "TENON_REDIS_URL is not set");
    if (!redis_url_is_fit(url))
        return FAIL(sc, ERR_INVALID,
                    "TENON_REDIS_URL is unix:PATH, tcp:HOST:PORT, sentinel:NAME@HOST:PORT,... or cluster:HOST:PORT,... "
                    "with loopback or private addresses");
    return OK;
}

static enum err ops_open(struct scope *sc, struct program *p)
{
    bool api = main_has_role("api") || (main_has_role("standins") && !main_has_role("worker"));
    struct db_conf db = {.url = config_text(api ? "DATABASE_API_URL" : "DATABASE_WORKER_URL"),
                         .name = "ops",
                         .connections = 1,
                         .waiters = 64,
                         .statement_timeout_ms = 2000};
    struct http_conf conf = {.body_max = 1024,
                             .conn_bodies_max = 65536,
                             .bodies_max = 268435456,
                             .header_max = 8192,
                             .streams = 10,
                             .request_timeout_ms = 5000,
                             .idle_timeout_ms = 10000,
                             .requests_max = 64,
                             .conn_requests = 10,
                             .owner_requests = 64,
                             .slot_wait_ms = 1000};
    struct http_app app;

    p->db = db_open(&db);
    p->redis = redis_open(config_text("REDIS_URL"));
    p->ops = (struct api_ops){.db = p->db,
                              .queue_is_up = redis_up,
                              .arg = p,
                              .needs_edge = main_has_role("api") || main_has_role("standins"),
                              .needs_connection = main_has_role("worker")};
    api_ops_app(&p->ops, &app);
    p->http = http_open(&conf, &app);
    for (size_t i = 0; i < p->sockets.count; i++)
        if (strcmp(p->sockets.v[i].kind, "ops") == 0)
            TRY(sc, http_listen(sc, p->http, p->sockets.v[i].fd, NULL));
    return OK;
}

/* Retiring: others serve in our place, so the operators' listener is theirs. Stopping: it tells so to the end. */
static void stop(struct program *p, bool retiring)
{
    if (p->ops.draining)
        return;
    p->ops.draining = true;
    service_notify("STOPPING=1");
    beat_stop();
    if (retiring)
        http_stop_listening(p->http);
    else
        sockets_refuse(&p->sockets);
    for (size_t i = 0; i < p->thread_count; i++)
        thread_stop(&p->threads[i]);
}

static void on_signal(struct loop_fd *w, uint32_t events)
{
    struct signalfd_siginfo info;

    (void)events;
    if (read(w->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    if (info.ssi_signo == SIGHUP) {
        LOG(LOG_WARN, "main", NULL, "only a supervisor reloads");
        return;
    }
    LOG(LOG_INFO, "main", NULL, "stopping", LOG_N("signal", info.ssi_signo));
    stop(&program, info.ssi_signo == SIGUSR1);
}

/* Before any thread is made, so that all of them inherit the mask. */
static int block_signals(void)
{
    static const int known[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        sigaddset(&set, known[i]);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void fiber_was_slow(void (*fn)(void *), int64_t took_us)
{
    (void)fn;
    metric_add(METRIC_LOOP_SLOW, 1);
    LOG(LOG_WARN, "main", NULL, "a fiber kept its loop", LOG_N("us", took_us));
}

/* A process of a supervisor counts on its board. */
static void join_board(const struct service *handed)
{
    for (size_t i = 0; i < handed->count; i++)
        if (strncmp(handed->fds[i].name, "board.", 6) == 0) {
            MUST_BE(metrics_board_open(handed->fds[i].fd, (unsigned)strtoul(handed->fds[i].name + 6, NULL, 10)));
            close(handed->fds[i].fd);
        }
}

static enum err serve(struct scope *sc, struct program *p)
{
    int signals = block_signals();
    struct sockets lent = p->sockets;

    mallopt(M_MMAP_THRESHOLD, BIG_BLOCK);
    TRY(sc, http_prove(sc, config_text("H2O_BUILDS")));
    TRY(sc, main_prepare(sc, main_has_role("worker"), false));
    TRY(sc, sockets_open(sc, &lent, &p->sockets));
    TRY(sc, check_walls(sc));
    TRY(sc, check_redis(sc));
    main_warn();
    fiber_slow_hook = fiber_was_slow;
    TRY(sc, offload_start((unsigned)config_int("OFFLOAD_THREADS"), (unsigned)config_int("OFFLOAD_QUEUE")));
    p->loop = loop_new();
    TRY(sc, loop_fd_add(&p->signal_watch, signals, EPOLLIN, on_signal));
    TRY(sc, start_threads(sc, p));
    TRY(sc, ops_open(sc, p));
    beat_start(p->threads, p->thread_count);
    service_notify("READY=1");
    LOG(LOG_INFO, "main", NULL, "ready", LOG_T("roles", config_text("ROLES")));
    loop_run(p->loop);
    for (size_t i = 0; i < p->thread_count; i++)
        thread_join(&p->threads[i]);
    return OK;
}

static void clean_up(struct program *p)
{
    http_close(p->http);
    redis_close(p->redis);
    db_close(p->db);
    loop_fd_remove(&p->signal_watch);
    loop_free(p->loop);
    offload_stop();
    http_tls_close(p->tls);
    api_pages_unload();
    brand_packs_unload();
    main_forget();
}

static enum err run(struct scope *sc, const char *name)
{
    struct program *p = &program;

    TRY(sc, service_take(sc, &p->handed));
    TRY(sc, sockets_take(sc, &p->handed, &p->sockets));
    TRY(sc, main_configure(sc, environ, NULL));
    if (!main_is_supervised(&p->handed) && config_int("PROCESSES") > 0)
        return supervise(sc, environ, &p->sockets, name);
    if (main_is_supervised(&p->handed))
        prctl(PR_SET_NAME, "tenond"); /* it was started as /proc/self/exe */
    join_board(&p->handed);
    return serve(sc, p);
}

/* What a process holds is read neither by another of the same user nor from a core. The leak sanitizer must read it. */
static void close_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

int main(int argc, char **argv)
{
    struct scope *sc;
    enum err e;

    if (backtest_is_caged(argc, argv))
        return backtest_caged();
    sc = scope_new();
    close_memory();
    e = run(sc, argc > 0 ? argv[0] : "tenond");

    if (e != OK) {
        main_complain(sc, e);
        _exit(1); /* threads may be running: nothing of theirs is touched */
    }
    scope_free(sc);
    if (program.loop)
        clean_up(&program);
    arena_thread_end();
    return 0;
}
