#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/supervisor_int.h"
#include "obs/obs.h"

#define NOTE_MAX 128

struct child *child_add(struct supervisor *s, const struct generation *g, const char *roles)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct child *c = &s->children[i];

        if (c->state != CHILD_NONE)
            continue;
        *c = (struct child){.state = CHILD_WAITING, .generation = g, .roles = roles, .notes = -1, .slot = -1};
        return c;
    }
    return NULL;
}

unsigned children_count(const struct supervisor *s, const struct generation *g, enum child_state state)
{
    unsigned n = 0;

    for (size_t i = 0; i < CHILDREN_MAX; i++)
        n += s->children[i].state == state && (!g || s->children[i].generation == g);
    return n;
}

unsigned children_alive(const struct supervisor *s)
{
    return children_count(s, NULL, CHILD_STARTING) + children_count(s, NULL, CHILD_READY) +
           children_count(s, NULL, CHILD_RETIRING);
}

static void hand(struct spawn *w, int fd, const char *name)
{
    w->handed[w->count].fd = fd;
    snprintf(w->handed[w->count++].name, SERVICE_NAME_MAX, "%s", name);
}

static void hand_all(const struct supervisor *s, const struct child *c, int notes, struct spawn *out)
{
    const struct generation *g = c->generation;
    bool api = strcmp(c->roles, "api") == 0;
    char board[SERVICE_NAME_MAX];

    snprintf(board, sizeof(board), "board.%d", c->slot);
    hand(out, notes, "notify");
    hand(out, s->board, board);
    if (api && !g->cursor_key) {
        hand(out, s->cursor, "cursor");
        out->cursor_key = true;
    }
    for (size_t i = 0; i < g->sockets.count; i++)
        if (api || strcmp(g->sockets.v[i].kind, "ops") == 0)
            hand(out, g->sockets.v[i].fd, g->sockets.v[i].kind);
}

/* Tries once; what keeps it from starting (no process, no descriptor to be had) is treated as a process that never came
 * up. */
static bool start(struct supervisor *s, struct child *c)
{
    struct spawn w = {.program = s->program, .roles = c->roles, .env = c->generation->env};
    struct scope *sc;
    int ends[2];

    c->slot = metrics_slot_take();
    if (c->slot < 0 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return false;
    hand_all(s, c, ends[1], &w);
    sc = scope_new();
    c->pid = spawn_process(sc, &w);
    scope_free(sc);
    close(ends[1]);
    c->notes = ends[0];
    return c->pid > 0;
}

static void child_forget(struct child *c)
{
    if (c->notes >= 0)
        close(c->notes);
    if (c->slot >= 0)
        metrics_slot_end((unsigned)c->slot);
    c->notes = c->slot = -1;
    c->pid = 0;
}

void child_start(struct supervisor *s, struct child *c)
{
    int64_t now = supervisor_now_us();

    c->state = CHILD_STARTING;
    c->since_us = c->heard_us = now;
    c->served = false;
    c->killed = NULL;
    if (start(s, c))
        return;
    LOG(LOG_ERROR, "main", NULL, "a process could not be started", LOG_T("reason", strerror(errno)));
    child_forget(c);
    c->state = CHILD_WAITING;
    c->due_us = now + backoff_delay_us(&c->backoff, now, false);
}

void child_retire(struct child *c, int signal_number)
{
    if (c->state == CHILD_WAITING)
        c->state = CHILD_NONE;
    if (c->state != CHILD_STARTING && c->state != CHILD_READY)
        return;
    c->state = CHILD_RETIRING;
    c->since_us = supervisor_now_us();
    kill(c->pid, signal_number);
}

void child_kill(struct child *c, const char *why)
{
    if (c->killed)
        return;
    c->killed = why;
    kill(c->pid, SIGKILL);
}

void child_hear(struct supervisor *s, struct child *c)
{
    char note[NOTE_MAX];
    ssize_t n;

    while ((n = recv(c->notes, note, sizeof(note) - 1, MSG_DONTWAIT)) > 0) {
        note[n] = 0;
        c->heard_us = supervisor_now_us();
        if (strcmp(note, "READY=1") != 0 || c->state != CHILD_STARTING)
            continue;
        c->state = CHILD_READY;
        c->served = true;
        metric_set(METRIC_PROCESSES, children_count(s, NULL, CHILD_READY));
        LOG(LOG_INFO, "main", NULL, "a process serves", LOG_T("roles", c->roles), LOG_N("pid", c->pid),
            LOG_N("us", c->heard_us - c->since_us));
    }
}

static const char *reason_of(const struct child *c, int status)
{
    if (c->killed)
        return c->killed;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL ? "killed" : "aborted";
    return c->served ? "exited" : "not_started";
}

static void end_log(const struct child *c, int status, const char *reason, int64_t delay_us)
{
    LOG(LOG_ERROR, "main", NULL, "a process ended", LOG_T("reason", reason), LOG_T("roles", c->roles),
        LOG_N("pid", c->pid), LOG_N("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
        LOG_N("status", WIFEXITED(status) ? WEXITSTATUS(status) : 0), LOG_N("again_in_us", delay_us));
}

/* Nobody else serves these roles: what has served before does not wait. */
static bool is_last(const struct supervisor *s, const struct child *gone)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (s->children[i].state == CHILD_READY && strcmp(s->children[i].roles, gone->roles) == 0)
            return false;
    return true;
}

static void count_end(struct supervisor *s, const char *reason, int64_t now)
{
    metric_add_label(METRIC_PROCESS_ENDS, reason, 1);
    backoff_alert_note(&s->alert, now);
}

/* What was asked before it knew the signal dies of it. */
static bool ends_by_asking(int signal_number)
{
    return signal_number == SIGTERM || signal_number == SIGUSR1;
}

void child_ended(struct supervisor *s, struct child *c, int status)
{
    bool asked = c->state == CHILD_RETIRING;
    bool clean = WIFEXITED(status) ? WEXITSTATUS(status) == 0 : ends_by_asking(WTERMSIG(status));
    const char *reason = reason_of(c, status);
    int64_t now = supervisor_now_us(), delay = 0;

    c->state = asked ? CHILD_NONE : CHILD_WAITING;
    metric_set(METRIC_PROCESSES, children_count(s, NULL, CHILD_READY));
    if (!asked) {
        delay = backoff_delay_us(&c->backoff, now, c->served);
        delay = c->served && is_last(s, c) ? 0 : delay;
        c->due_us = now + delay;
    }
    if (!asked || !clean) {
        end_log(c, status, reason, delay);
        count_end(s, reason, now);
    }
    child_forget(c);
}
