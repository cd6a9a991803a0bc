#pragma once

#include <sys/types.h>

#include "main/sockets_int.h"
#include "sys/backoff.h"

/* Inside the supervisor. It reads configuration and notes of its own processes, nothing else: no network, no key, no
 * database. supervisor.c waits and decides, children.c knows one process after the other, spawn.c makes them.
 */
#define CHILDREN_MAX 48
#define HANDED_MAX   (SOCKETS_MAX + 3)

/* One reading of the configuration; its processes are replaced together. */
struct generation {
    struct scope *sc; /* owns env */
    char **env;
    struct sockets sockets;
    int64_t start_us, hang_us, drain_us;
    bool cursor_key; /* the configuration names one */
};

enum child_state {
    CHILD_NONE,
    CHILD_STARTING,
    CHILD_READY,
    CHILD_RETIRING, /* asked to end */
    CHILD_WAITING,  /* ended, and starts again when due */
};

struct child { /* a place: the process in it may change */
    enum child_state state;
    const struct generation *generation;
    const char *roles;
    pid_t pid;
    int notes; /* our end of its socket for notes; -1: none */
    int slot;  /* on the board */
    bool served;
    const char *killed; /* why we ended it; NULL: we did not */
    int64_t since_us;   /* it was started, or asked to end */
    int64_t heard_us, due_us;
    struct backoff backoff;
};

struct supervisor {
    const char *program;
    struct generation *now, *next; /* next: a reload is under way */
    struct child children[CHILDREN_MAX];
    struct backoff_alert alert;
    int signals, board, cursor;
    bool alerted, served, stopping, reload_asked, failed;
    int64_t beat_us;
};

/* What a new process gets: descriptors from SERVICE_FD_FIRST on under these names. */
struct spawn {
    const char *program; /* argv[0] */
    const char *roles;
    char **env;
    bool cursor_key; /* one is among the descriptors */
    struct service_fd handed[HANDED_MAX];
    size_t count;
};

pid_t spawn_process(struct scope *sc, const struct spawn *s); /* -1 with errno */

int64_t supervisor_now_us(void);
struct child *child_add(struct supervisor *s, const struct generation *g, const char *roles); /* NULL: no place */
void child_start(struct supervisor *s, struct child *c);
void child_retire(struct child *c, int signal_number);
void child_kill(struct child *c, const char *why);
void child_hear(struct supervisor *s, struct child *c); /* reads its notes */
/* It has been waited for; the place is CHILD_NONE or, when it ended unasked, CHILD_WAITING. */
void child_ended(struct supervisor *s, struct child *c, int status);
unsigned children_count(const struct supervisor *s, const struct generation *g, enum child_state state);
unsigned children_alive(const struct supervisor *s);
