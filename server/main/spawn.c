#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "main/supervisor_int.h"

#define EXTRA   6
#define FD_HIGH 64

/* What is the supervisor's own, or said anew, or too much for the role. */
static bool is_dropped(const char *setting, const struct spawn *s)
{
    static const char *const always[] = {"LISTEN_",          "NOTIFY_SOCKET=",     "WATCHDOG_",
                                         "TENON_PROCESSES=", "TENON_CONFIG_FILE=", "TENON_ROLES="};
    static const char *const workers[] = {"TENON_CONNECTION_KEK", "TENON_DATABASE_WORKER_URL",
                                          "TENON_DATABASE_DISPATCH_URL", "TENON_DATABASE_O"};

    for (size_t i = 0; i < ARRAY_LEN(always); i++)
        if (strncmp(setting, always[i], strlen(always[i])) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_LEN(workers) && (strcmp(s->roles, "api") == 0 || strcmp(s->roles, "standins") == 0);
         i++)
        if (strncmp(setting, workers[i], strlen(workers[i])) == 0)
            return true;
    return s->cursor_key && strncmp(setting, "TENON_CURSOR_KEY_FILE=", 22) == 0;
}

static const char *names_of(struct scope *sc, const struct spawn *s)
{
    const char *names = "";

    for (size_t i = 0; i < s->count; i++)
        names = arena_f(sc->arena, "%s%s%s", names, i ? ":" : "", s->handed[i].name);
    return names;
}

static const char *cursor_setting(struct scope *sc, const struct spawn *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->handed[i].name, "cursor") == 0)
            return arena_f(sc->arena, "TENON_CURSOR_KEY_FILE=/proc/self/fd/%d", SERVICE_FD_FIRST + (int)i);
    return NULL;
}

/* out_pid: where the child writes its LISTEN_PID. */
static char **env_make(struct scope *sc, const struct spawn *s, char **out_pid)
{
    size_t n = 0, at = 0;
    char **env;

    while (s->env[n])
        n++;
    env = ARENA_ARRAY(sc->arena, char *, n + EXTRA + 1);
    for (size_t i = 0; i < n; i++)
        if (!is_dropped(s->env[i], s))
            env[at++] = s->env[i];
    env[at++] = (char *)arena_f(sc->arena, "TENON_ROLES=%s", s->roles);
    env[at++] = (char *)arena_f(sc->arena, "LISTEN_FDS=%zu", s->count);
    env[at++] = (char *)arena_f(sc->arena, "LISTEN_FDNAMES=%s", names_of(sc, s));
    env[at++] = *out_pid = (char *)arena_f(sc->arena, "LISTEN_PID=%020d", 0);
    if (s->cursor_key)
        env[at++] = (char *)cursor_setting(sc, s);
    env[at] = NULL;
    return env;
}

/* First out of the way, because the places they go to may be taken by one another. */
static bool hand_over(const struct spawn *s)
{
    int high[HANDED_MAX];

    for (size_t i = 0; i < s->count; i++)
        if ((high[i] = fcntl(s->handed[i].fd, F_DUPFD_CLOEXEC, FD_HIGH)) < 0)
            return false;
    for (size_t i = 0; i < s->count; i++)
        if (dup2(high[i], SERVICE_FD_FIRST + (int)i) < 0)
            return false;
    return true;
}

/* A process of its own address space, laid out anew: what a crash tells an attacker about one is no help with the next.
 * It is asked to stop when this process is gone, however that came about. */
static void become(const struct spawn *s, char **env, char *pid_text, pid_t parent)
{
    char *argv[] = {(char *)s->program, (char *)s->roles, NULL};
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    snprintf(pid_text, sizeof("LISTEN_PID=") + 20, "LISTEN_PID=%d", getpid());
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent || !hand_over(s))
        _exit(126);
    execve("/proc/self/exe", argv, env);
    _exit(127);
}

pid_t spawn_process(struct scope *sc, const struct spawn *s)
{
    char *pid_text;
    char **env = env_make(sc, s, &pid_text);
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0)
        become(s, env, pid_text, parent);
    return pid;
}
