#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "main/main_int.h"
#include "main/supervisor_int.h"
#include "obs/obs.h"
#include "sys/config.h"

#define TICK_US       INT64_C(1000000)
#define STOP_SPARE_US INT64_C(5000000) /* beyond what a process gives itself to drain */

int64_t supervisor_now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* ---- generations ---- */

static enum err generation_read(struct scope *sc, char **environ_, const struct sockets *had, struct generation *out)
{
    const char *key;

    TRY(sc, main_configure(sc, environ_, &out->env));
    if (config_int("PROCESSES") == 0)
        return FAIL(sc, ERR_INVALID, "TENON_PROCESSES cannot become 0 while the server runs");
    if (!main_has_role("api") && !main_has_role("worker") && !main_has_role("clock") && !main_has_role("standins"))
        return FAIL(sc, ERR_INVALID, "TENON_ROLES names no role; it takes api, worker, clock and standins");
    TRY(sc, sockets_open(sc, had, &out->sockets));
    key = config_text("CURSOR_KEY_FILE");
    out->cursor_key = key && *key;
    out->start_us = config_int("START_MS") * 1000;
    out->hang_us = config_int("HANG_MS") * 1000;
    out->drain_us = config_int("DRAIN_MS") * 1000;
    return OK;
}

/* Of the configuration in force: those that answer requests, one that answers as systems of sandboxes, and one for
 * everything else, which holds other keys. */
static bool generation_start(struct supervisor *s, const struct generation *g)
{
    bool worker = main_has_role("worker"), clock = main_has_role("clock"), standins = main_has_role("standins");
    int64_t n = main_has_role("api") ? config_int("PROCESSES") : 0;
    struct child *c = NULL;

    for (int64_t i = 0; i < n + standins + (worker || clock); i++) {
        c = child_add(s, g,
                      i < n              ? "api"
                      : i < n + standins ? "standins"
                      : worker && clock  ? "worker,clock"
                      : worker           ? "worker"
                                         : "clock");
        if (!c)
            return false;
        child_start(s, c);
    }
    return true;
}

static void generation_free(struct generation *g)
{
    scope_free(g->sc);
    free(g);
}

static struct generation *generation_new(void)
{
    struct generation *g = calloc(1, sizeof(*g));

    if (!g)
        out_of_memory();
    g->sc = scope_new();
    return g;
}

static void generation_retire(struct supervisor *s, const struct generation *g, int signal_number)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (s->children[i].generation == g)
            child_retire(&s->children[i], signal_number);
}

/* ---- reload ---- */

static void reload_say(const char *outcome)
{
    char note[96];

    metric_add_label(METRIC_RELOADS, outcome, 1);
    snprintf(note, sizeof(note), "READY=1\nSTATUS=Last reload: %s", outcome);
    service_notify(note);
}

/* The old configuration comes back into force; it was good before, so only a file that has gone could refuse it. */
static void reload_fail(struct supervisor *s)
{
    struct generation *g = s->next;
    struct scope *sc = scope_new();

    s->next = NULL;
    LOG(LOG_ERROR, "main", NULL, "the reload failed; the old processes go on serving");
    generation_retire(s, g, SIGUSR1);
    sockets_close(&g->sockets, &s->now->sockets);
    generation_free(g);
    if (config_load(sc, s->now->env) != OK)
        log_fault(LOG_ERROR, "main", sc, "the old configuration cannot be read again");
    scope_free(sc);
    reload_say("failed");
}

static void reload_begin(struct supervisor *s, char **environ_)
{
    struct generation *g = generation_new();
    char note[96];

    snprintf(note, sizeof(note), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)supervisor_now_us());
    service_notify(note);
    LOG(LOG_INFO, "main", NULL, "reloading");
    s->next = g;
    if (generation_read(g->sc, environ_, &s->now->sockets, g) != OK) {
        log_fault(LOG_ERROR, "main", g->sc, "the new configuration is refused");
        reload_fail(s);
    } else if (!generation_start(s, g)) {
        LOG(LOG_ERROR, "main", NULL, "too many processes are still ending");
        reload_fail(s);
    }
}

static void reload_end(struct supervisor *s)
{
    struct generation *old = s->now;

    s->now = s->next;
    s->next = NULL;
    generation_retire(s, old, SIGUSR1);
    sockets_close(&old->sockets, &s->now->sockets);
    generation_free(old);
    LOG(LOG_INFO, "main", NULL, "reloaded");
    reload_say("done");
}

/* ---- what happens ---- */

static void stop(struct supervisor *s)
{
    if (s->stopping)
        return;
    s->stopping = true;
    service_notify("STOPPING=1");
    sockets_refuse(&s->now->sockets);
    if (s->next)
        sockets_refuse(&s->next->sockets);
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        child_retire(&s->children[i], SIGTERM);
    sockets_close(&s->now->sockets, NULL);
}

/* Everything is ready that should be. */
static void settle(struct supervisor *s)
{
    const struct generation *g = s->next ? s->next : s->now;

    if (s->stopping || children_count(s, g, CHILD_STARTING) || children_count(s, g, CHILD_WAITING))
        return;
    if (s->next) {
        reload_end(s);
    } else if (!s->served) {
        s->served = true;
        LOG(LOG_INFO, "main", NULL, "all processes serve");
        service_notify("READY=1");
    }
}

static void reap(struct supervisor *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < CHILDREN_MAX; i++) {
            struct child *c = &s->children[i];

            if (c->pid != pid)
                continue;
            child_ended(s, c, status);
            if (c->state == CHILD_WAITING && c->generation == s->next)
                reload_fail(s);
            if (c->state == CHILD_WAITING && !s->served) {
                s->failed = true; /* at the very start its own message says why, and nobody waits for us yet */
                stop(s);
            }
        }
    }
}

static void child_look(struct supervisor *s, struct child *c, int64_t now)
{
    const struct generation *g = s->now;

    if (c->state == CHILD_WAITING && now >= c->due_us)
        child_start(s, c);
    else if (c->state == CHILD_STARTING && now - c->since_us > g->start_us)
        child_kill(c, "start_timeout");
    else if (c->state == CHILD_READY && now - c->heard_us > g->hang_us)
        child_kill(c, "hung");
    else if (c->state == CHILD_RETIRING && now - c->since_us > g->drain_us + STOP_SPARE_US)
        child_kill(c, "stop_timeout");
}

static void alert_look(struct supervisor *s, int64_t now)
{
    bool on = backoff_alert_is_on(&s->alert, now);

    if (on && !s->alerted)
        LOG(LOG_ERROR, "main", NULL, "processes end again and again: look into it", LOG_N("ends", BACKOFF_ALERT_ENDS),
            LOG_N("within_s", BACKOFF_WINDOW_US / 1000000));
    if (!on && s->alerted)
        LOG(LOG_INFO, "main", NULL, "processes have been steady for a while");
    s->alerted = on;
    metric_set(METRIC_PROCESS_ALERT, on);
}

/* To the service manager: we turn. Processes that hang, or cannot start for now, are ours to see to. */
static void beat(struct supervisor *s, int64_t now)
{
    if (now - s->beat_us < TICK_US)
        return;
    s->beat_us = now;
    metrics_process_note();
    service_notify("WATCHDOG=1");
}

static void on_signal(struct supervisor *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            s->reload_asked = true;
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) {
            LOG(LOG_INFO, "main", NULL, "stopping", LOG_N("signal", info.ssi_signo));
            stop(s);
        }
    }
}

static int wait_ms(const struct supervisor *s, int64_t now)
{
    int64_t until = now + TICK_US;

    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (s->children[i].state == CHILD_WAITING && s->children[i].due_us < until)
            until = s->children[i].due_us;
    return until <= now ? 0 : (int)((until - now + 999) / 1000);
}

static void turn(struct supervisor *s, char **environ_)
{
    struct pollfd fds[CHILDREN_MAX + 1] = {{.fd = s->signals, .events = POLLIN}};
    int64_t now = supervisor_now_us();

    for (size_t i = 0; i < CHILDREN_MAX; i++)
        fds[i + 1] = (struct pollfd){.fd = s->children[i].pid ? s->children[i].notes : -1, .events = POLLIN};
    if (poll(fds, ARRAY_LEN(fds), wait_ms(s, now)) < 0 && errno != EINTR)
        abort();
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (fds[i + 1].revents & POLLIN)
            child_hear(s, &s->children[i]);
    on_signal(s);
    reap(s);
    now = supervisor_now_us();
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        child_look(s, &s->children[i], now);
    alert_look(s, now);
    beat(s, now);
    settle(s);
    if (s->reload_asked && s->served && !s->next && !s->stopping) {
        s->reload_asked = false;
        reload_begin(s, environ_);
    }
}

/* ---- start ---- */

static int signals_open(void)
{
    static const int known[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        sigaddset(&set, known[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* What pages of a list are signed with when no key is configured: all processes must know the same. */
static int cursor_make(void)
{
    uint8_t key[32];
    char text[2 * sizeof(key) + 1];
    int fd = memfd_create("cursor", MFD_CLOEXEC);

    if (fd < 0 || fchmod(fd, S_IRUSR) != 0 || getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
        return -1;
    for (size_t i = 0; i < sizeof(key); i++)
        snprintf(text + 2 * i, 3, "%02x", key[i]);
    return write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1 ? fd : -1;
}

static enum err open_all(struct scope *sc, struct supervisor *s, char **environ_, const struct sockets *lent)
{
    s->signals = signals_open();
    s->board = metrics_board_new();
    s->cursor = cursor_make();
    if (s->signals < 0 || s->board < 0 || s->cursor < 0)
        return FAIL(sc, ERR_INTERNAL, "the supervisor cannot be set up: %s", strerror(errno));
    s->now = generation_new();
    TRY(sc, generation_read(sc, environ_, lent, s->now));
    if (!generation_start(s, s->now))
        return FAIL(sc, ERR_INVALID, "TENON_PROCESSES is too large");
    return OK;
}

static struct supervisor supervisor;

enum err supervise(struct scope *sc, char **environ_, const struct sockets *lent, const char *program)
{
    struct supervisor *s = &supervisor;

    s->program = program;
    TRY(sc, open_all(sc, s, environ_, lent));
    while (!s->stopping || children_alive(s))
        turn(s, environ_);
    generation_free(s->now);
    if (s->failed)
        return FAIL(sc, ERR_INTERNAL, "the server's processes could not start");
    LOG(LOG_INFO, "main", NULL, "stopped");
    return OK;
}
