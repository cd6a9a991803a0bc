#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "api/api.h"
#include "db/db.h"
#include "http/http.h"
#include "main/main_int.h"
#include "main/thread_int.h"
#include "obs/obs.h"
#include "org/org.h"
#include "redis/redis.h"
#include "sys/config.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* tenond: the server. The main thread answers the operator's listener and waits for signals; the roles run in threads
 * of their own, each with its own loop. */
#define THREADS_MAX 32

struct program {
    struct thread threads[THREADS_MAX];
    size_t thread_count;
    struct http_tls *tls;
    struct loop *loop;
    struct loop_fd signal_watch;
    struct db *db;
    struct redis *redis;
    struct http *http;
    struct api_ops ops;
    int fds[THREAD_LISTENERS];
    size_t fd_count;
};

static bool redis_up(void *arg)
{
    const struct program *p = arg;

    return redis_is_up(p->redis);
}

/* "a,b": one listening socket each, for one thread; SO_REUSEPORT lets every thread have its own. */
static enum err listen_all(struct scope *sc, struct program *p, const char *addresses, bool tls,
                           struct thread_conf *conf)
{
    char *copy = arena_strdup(sc->arena, addresses ? addresses : "");
    char *rest = copy;

    for (char *one = strsep(&rest, ","); one; one = strsep(&rest, ",")) {
        int fd;

        if (!*one)
            continue;
        if (conf->listener_count == THREAD_LISTENERS || (tls && !p->tls))
            return FAIL(sc, ERR_INVALID, "%s cannot be served", one);
        TRY(sc, http_socket(sc, one, &fd));
        conf->listeners[conf->listener_count++] = (struct thread_listener){fd, tls};
    }
    return OK;
}

static enum err thread_add(struct scope *sc, struct program *p, const struct thread_conf *conf)
{
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
    TRY(sc, api_pages_load(sc, config_text("WEB_DIR"), config_text("BRANDING_DIR")));
    for (int64_t i = 0; i < config_int("API_THREADS"); i++) {
        struct thread_conf conf = {.api = true, .tls = p->tls};

        TRY(sc, listen_all(sc, p, config_text("HTTPS_LISTEN"), true, &conf));
        TRY(sc, listen_all(sc, p, config_text("HTTP_LISTEN"), false, &conf));
        TRY(sc, thread_add(sc, p, &conf));
    }
    return OK;
}

static enum err start_threads(struct scope *sc, struct program *p)
{
    bool clock = main_has_role("clock");

    if (main_has_role("api"))
        TRY(sc, api_threads(sc, p));
    if (main_has_role("worker"))
        for (int64_t i = 0; i < config_int("WORKER_THREADS"); i++)
            TRY(sc, thread_add(sc, p, &(struct thread_conf){.worker = true, .clock = clock && i == 0}));
    else if (clock)
        TRY(sc, thread_add(sc, p, &(struct thread_conf){.clock = true}));
    if (p->thread_count == 0)
        return FAIL(sc, ERR_INVALID, "TENON_ROLES names no role; it takes api, worker and clock");
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
        {api, "DATABASE_API_URL", "tenon_api"},
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

static enum err ops_open(struct scope *sc, struct program *p)
{
    struct db_conf db = {.url = config_text(main_has_role("api") ? "DATABASE_API_URL" : "DATABASE_WORKER_URL"),
                         .name = "ops",
                         .connections = 1,
                         .waiters = 64,
                         .statement_timeout_ms = 2000};
    struct http_conf conf = {.body_max = 1024,
                             .header_max = 8192,
                             .streams = 10,
                             .request_timeout_ms = 5000,
                             .idle_timeout_ms = 10000,
                             .requests_max = 64};
    struct http_app app;
    int fd;

    p->db = db_open(&db);
    p->redis = redis_open(config_text("REDIS_URL"));
    p->ops = (struct api_ops){.db = p->db,
                              .queue_is_up = redis_up,
                              .arg = p,
                              .needs_edge = main_has_role("api"),
                              .needs_connection = main_has_role("worker")};
    api_ops_app(&p->ops, &app);
    p->http = http_open(&conf, &app);
    TRY(sc, http_socket(sc, config_text("OPS_LISTEN"), &fd));
    p->fds[p->fd_count++] = fd;
    return http_listen(sc, p->http, fd, NULL);
}

static struct program program;

static void stop(void *arg)
{
    struct program *p = arg;

    p->ops.draining = true;
    for (size_t i = 0; i < p->thread_count; i++)
        thread_stop(&p->threads[i]);
    loop_stop(p->loop);
}

static void on_signal(struct loop_fd *w, uint32_t events)
{
    struct signalfd_siginfo info;

    (void)events;
    if (read(w->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        LOG(LOG_INFO, "main", NULL, "stopping", LOG_N("signal", info.ssi_signo));
        stop(&program);
    }
}

/* Before any thread is made, so that all of them inherit the mask. */
static int block_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void fiber_was_slow(void (*fn)(void *), int64_t took_us)
{
    (void)fn;
    metric_add(METRIC_LOOP_SLOW, 1);
    LOG(LOG_WARN, "main", NULL, "a fiber kept its loop", LOG_N("us", took_us));
}

static enum err serve(struct scope *sc, struct program *p)
{
    int signals = block_signals();

    TRY(sc, check_walls(sc));
    fiber_slow_hook = fiber_was_slow;
    TRY(sc, offload_start((unsigned)config_int("OFFLOAD_THREADS"), (unsigned)config_int("OFFLOAD_QUEUE")));
    p->loop = loop_new();
    TRY(sc, loop_fd_add(&p->signal_watch, signals, EPOLLIN, on_signal));
    TRY(sc, start_threads(sc, p));
    TRY(sc, ops_open(sc, p));
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
    main_forget();
}

int main(void)
{
    struct scope *sc = scope_new();
    enum err e = main_prepare(sc, environ);

    if (e == OK)
        e = serve(sc, &program);
    if (e != OK) {
        main_complain(sc, e);
        _exit(1); /* threads may be running: nothing of theirs is touched */
    }
    scope_free(sc);
    clean_up(&program);
    arena_thread_end();
    return 0;
}
