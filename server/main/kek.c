#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "main/kek_int.h"
#include "sys/config.h"

#define COMMAND_MS 10000
#define OUTPUT_MAX 256

extern char **environ;

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Its standard output is the pipe; what it says on standard error is nobody's, since it may repeat the key. */
static bool start(const char *command, int out_fd, pid_t *out)
{
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    bool started;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    started = posix_spawn(out, "/bin/sh", &actions, &attributes, argv, environ) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return started;
}

/* All it says until the end, at most OUTPUT_MAX octets and until due_ms. False when it says more or takes longer. */
static bool listen_to(int fd, int64_t due_ms, uint8_t *out, size_t *out_n)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = due_ms - now_ms();
        ssize_t n;

        if (left <= 0 || *out_n == OUTPUT_MAX)
            return false;
        if (poll(&p, 1, (int)left) <= 0)
            continue;
        n = read(fd, out + *out_n, OUTPUT_MAX - *out_n);
        if (n < 0 && errno != EINTR)
            return false;
        if (n == 0)
            return true;
        *out_n += n > 0 ? (size_t)n : 0;
    }
}

/* Whether it ended well by due_ms; one that goes on is ended, with all it started. */
static bool end(pid_t pid, bool good, int64_t due_ms)
{
    int status = 0;

    while (good && waitpid(pid, &status, WNOHANG) == 0) {
        good = now_ms() < due_ms;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        if (!good)
            break;
    }
    if (good)
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    return false;
}

static enum err by_command(struct scope *sc, const char *setting, const char *command, struct secret **out)
{
    CLEANUP(secret_wipe) struct secret *text = secret_new(OUTPUT_MAX);
    int64_t due_ms = now_ms() + COMMAND_MS;
    size_t n = 0;
    bool good;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return FAIL(sc, ERR_UNAVAILABLE, "the command of TENON_%s cannot be started", setting);
    good = start(command, ends[1], &pid);
    close(ends[1]);
    if (good)
        good = end(pid, listen_to(ends[0], due_ms, secret_fill(text), &n), due_ms);
    close(ends[0]);
    if (!good)
        return FAIL(sc, ERR_UNAVAILABLE, "the command of TENON_%s did not end well within %d seconds", setting,
                    COMMAND_MS / 1000);
    if (!crypto_key_text(secret_bytes(text), n, out))
        return FAIL(sc, ERR_INVALID, "the command of TENON_%s must print 64 hexadecimal digits and nothing else",
                    setting);
    return OK;
}

/* The value is wiped where the system shows it to whoever may look at this process. */
static void environment_wipe(const char *setting)
{
    char name[80];
    int n = snprintf(name, sizeof(name), "TENON_%s=", setting);

    for (char **e = environ; *e; e++)
        if (strncmp(*e, name, (size_t)n) == 0)
            explicit_bzero(*e + n, strlen(*e + n));
}

static enum err by_text(struct scope *sc, const char *setting, const char *text, struct secret **out)
{
    bool good = crypto_key_text(text, strlen(text), out);

    config_forget(setting);
    environment_wipe(setting);
    return good ? OK : FAIL(sc, ERR_INVALID, "TENON_%s must be 64 hexadecimal digits", setting);
}

enum err kek_load(struct scope *sc, const char *name, struct secret **out)
{
    const char *by_file = arena_f(sc->arena, "%s_FILE", name);
    const char *by_run = arena_f(sc->arena, "%s_COMMAND", name);
    const char *file = config_text(by_file), *text = config_text(name), *command = config_text(by_run);

    if ((file != NULL) + (text != NULL) + (command != NULL) > 1)
        return FAIL(sc, ERR_INVALID, "set one of TENON_%s, TENON_%s and TENON_%s", name, by_file, by_run);
    if (file)
        return crypto_key_file(sc, file, out);
    if (text)
        return by_text(sc, name, text, out);
    return command ? by_command(sc, by_run, command, out) : OK;
}
