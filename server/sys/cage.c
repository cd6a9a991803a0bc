#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/must.h"
#include "sys/cage_int.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* The side of whoever opened it. */
#define FD_HIGH     64 /* out of the way of the places in the new process */
#define END_STEP_US 1000
#define PIPE_OCTETS (1 << 20) /* so that the process finds its next work there when it is done with the last */

struct cage {
    pid_t pid;
    int to, from;
    struct loop_fd watch;
    struct waitq ready; /* the one fiber that reads or writes */
    char *octets;       /* of the last frame */
    size_t room;
    char *hello;
};

/* ---- starting ---- */

/* Nothing of what this process knows: no setting, no secret. */
static char *const *environment(void)
{
#ifdef __SANITIZE_ADDRESS__
    static char *const env[] = {(char *)"ASAN_OPTIONS=detect_leaks=0", NULL};
#else
    static char *const env[] = {NULL};
#endif
    return env;
}

static bool is_socket(int fd)
{
    struct stat s;

    return fstat(fd, &s) != 0 || S_ISSOCK(s.st_mode);
}

static void actions_add(posix_spawn_file_actions_t *actions, int in, int out)
{
    posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (is_socket(STDERR_FILENO))
        posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(actions, in, CAGE_IN);
    posix_spawn_file_actions_adddup2(actions, out, CAGE_OUT);
    posix_spawn_file_actions_addclosefrom_np(actions, CAGE_OUT + 1);
}

static bool spawn(const char *role, int in, int out, pid_t *out_pid)
{
    char *argv[] = {program_invocation_short_name, (char *)role, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    bool started;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    actions_add(&actions, in, out);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    started = posix_spawn(out_pid, "/proc/self/exe", &actions, &attributes, argv, environment()) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return started;
}

static int moved(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);

    close(fd);
    return high;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Both ends of both pipes are closed in every other process that this one may start. */
static bool start(struct cage *c, const char *role)
{
    int down[2] = {-1, -1}, up[2] = {-1, -1};
    bool started = false;

    if (pipe2(down, O_CLOEXEC) == 0 && pipe2(up, O_CLOEXEC) == 0) {
        (void)fcntl(down[1], F_SETPIPE_SZ, PIPE_OCTETS);
        down[0] = moved(down[0]);
        up[1] = moved(up[1]);
        started = down[0] >= 0 && up[1] >= 0 && fcntl(down[1], F_SETFL, O_NONBLOCK) == 0 &&
                  fcntl(up[0], F_SETFL, O_NONBLOCK) == 0 && spawn(role, down[0], up[1], &c->pid);
    }
    close_fd(&down[0]);
    close_fd(&up[1]);
    c->to = down[1];
    c->from = up[0];
    return started;
}

/* ---- waiting ---- */

static void on_ready(struct loop_fd *w, uint32_t events)
{
    struct cage *c = CONTAINER_OF(w, struct cage, watch);

    (void)events;
    loop_fd_remove(w);
    waitq_wake_all(&c->ready);
}

static enum err watch(struct scope *sc, struct cage *c, int fd, uint32_t events, int64_t due_us, bool *out_ready)
{
    TRY(sc, loop_fd_add(&c->watch, fd, events, on_ready));
    *out_ready = waitq_wait(&c->ready, due_us) == WAIT_WOKEN;
    loop_fd_remove(&c->watch);
    return OK;
}

enum err cage_wait(struct scope *sc, struct cage *c, int64_t due_us, bool *out_ready)
{
    return watch(sc, c, c->from, EPOLLIN, due_us, out_ready);
}

static enum err wait_for(struct scope *sc, struct cage *c, int fd, uint32_t events, int64_t due_us)
{
    bool ready;

    TRY(sc, watch(sc, c, fd, events, due_us, &ready));
    return ready ? OK : FAIL(sc, ERR_TIMEOUT, "the separate process takes too long");
}

static enum err gone(struct scope *sc)
{
    return FAIL(sc, ERR_UNAVAILABLE, "the separate process has ended");
}

static enum err put_all(struct scope *sc, struct cage *c, struct str s, int64_t due_us)
{
    while (s.n) {
        ssize_t n = write(c->to, s.p, s.n);

        if (n < 0 && errno == EAGAIN)
            TRY(sc, wait_for(sc, c, c->to, EPOLLOUT, due_us));
        else if (n < 0 && errno != EINTR)
            return gone(sc);
        s.p += n > 0 ? n : 0;
        s.n -= n > 0 ? (size_t)n : 0;
    }
    return OK;
}

static enum err take_all(struct scope *sc, struct cage *c, void *out, size_t n, int64_t due_us)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = read(c->from, (char *)out + at, n - at);

        if (got < 0 && errno == EAGAIN)
            TRY(sc, wait_for(sc, c, c->from, EPOLLIN, due_us));
        else if (got == 0 || (got < 0 && errno != EINTR))
            return gone(sc);
        at += got > 0 ? (size_t)got : 0;
    }
    return OK;
}

enum err cage_send(struct scope *sc, struct cage *c, char kind, struct str octets, int64_t due_us)
{
    uint8_t head[CAGE_HEAD];

    if (octets.n > CAGE_FRAME_MAX)
        return FAIL(sc, ERR_TOO_LARGE, "this is more than a separate process is given at once");
    cage_head_write(head, kind, octets.n);
    TRY(sc, put_all(sc, c, (struct str){(const char *)head, sizeof(head)}, due_us));
    return put_all(sc, c, octets, due_us);
}

enum err cage_take(struct scope *sc, struct cage *c, int64_t due_us, struct cage_frame *out)
{
    uint8_t head[CAGE_HEAD];
    size_t n;

    TRY(sc, take_all(sc, c, head, sizeof(head), due_us));
    n = cage_head_length(head);
    if (n > CAGE_FRAME_MAX)
        return FAIL(sc, ERR_UNAVAILABLE, "the separate process does not keep to its word");
    if (n > c->room) {
        free(c->octets);
        c->octets = malloc(n);
        c->room = n;
        if (!c->octets)
            out_of_memory();
    }
    TRY(sc, take_all(sc, c, c->octets, n, due_us));
    *out = (struct cage_frame){(char)head[4], {c->octets, n}};
    return OK;
}

/* ---- life ---- */

/* A wall that does not hold is found by the process itself, which then ends without a word. */
static enum err greet(struct scope *sc, struct cage *c, int64_t due_us)
{
    struct cage_frame f;

    if (cage_take(sc, c, due_us, &f) != OK || f.kind != CAGE_HELLO)
        return FAIL(sc, ERR_UNAVAILABLE, "the separate process could not be closed off from the outside");
    c->hello = strndup(f.octets.p, f.octets.n);
    if (!c->hello)
        out_of_memory();
    return OK;
}

enum err cage_open(struct scope *sc, const char *role, int64_t due_us, struct cage **out)
{
    struct cage *c = calloc(1, sizeof(*c));
    enum err e;

    if (!c)
        out_of_memory();
    signal(SIGPIPE, SIG_IGN); /* as every server does: a process that has gone is an error like others */
    if (start(c, role))
        e = greet(sc, c, due_us);
    else
        e = FAIL(sc, ERR_UNAVAILABLE, "a separate process could not be started");
    if (e == OK)
        *out = c;
    else
        cage_close(c);
    return e;
}

const char *cage_hello(const struct cage *c)
{
    return c->hello;
}

pid_t cage_pid(const struct cage *c)
{
    return c->pid;
}

void cage_close(struct cage *c)
{
    if (!c)
        return;
    close_fd(&c->to);
    close_fd(&c->from);
    if (c->pid > 0) {
        kill(c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, WNOHANG) == 0)
            fiber_sleep_us(END_STEP_US);
    }
    free(c->octets);
    free(c->hello);
    free(c);
}
