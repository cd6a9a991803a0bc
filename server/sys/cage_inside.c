#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/must.h"
#include "sys/cage_int.h"

/* The side of the process that is caged. */
#define NICE 2 /* whatever serves goes first; much lower, and it would come to no end on a busy machine */

/* ---- walls ---- */

static void limit(int what, rlim_t most)
{
    struct rlimit l = {most, most};

    (void)setrlimit(what, &l); /* a lower one that is set already holds as well */
}

static void limits_set(size_t memory_max, unsigned seconds_max)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, seconds_max);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* which map more than any process may have */
    limit(RLIMIT_AS, memory_max);
    prctl(PR_SET_DUMPABLE, 0);
#else
    (void)memory_max;
#endif
    (void)setpriority(PRIO_PROCESS, 0, NICE);
}

static const char *const outside[] = {"socket", "socketpair", "connect", "bind", "listen", "accept",
                                      "sendto", "sendmsg",    "open",    "exec", "clone",  NULL};

/* Tries one in a way that would do nothing if it were let through. */
static long try_it(size_t i)
{
    switch (i) {
    case 0:
        return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    case 1:
        return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, NULL);
    case 2:
        return syscall(SYS_connect, -1, NULL, 0);
    case 3:
        return syscall(SYS_bind, -1, NULL, 0);
    case 4:
        return syscall(SYS_listen, -1, 0);
    case 5:
        return syscall(SYS_accept4, -1, NULL, NULL, 0);
    case 6:
        return syscall(SYS_sendto, -1, NULL, 0, 0, NULL, 0);
    case 7:
        return syscall(SYS_sendmsg, -1, NULL, 0);
    case 8:
        return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY, 0);
    case 9:
        return syscall(SYS_execve, NULL, NULL, NULL);
    default:
        return syscall(SYS_clone, CLONE_THREAD, NULL, NULL, NULL, NULL);
    }
}

/* {"own_network":true,"refused":["socket",…],"open":[]} */
static bool walls_try(bool own_network, char *out, size_t room)
{
    char refused[256] = "", left[256] = "";

    for (size_t i = 0; outside[i]; i++) {
        bool held;
        char *to;

        errno = 0;
        held = try_it(i) == -1 && errno == EPERM;
        to = held ? refused : left;
        snprintf(to + strlen(to), sizeof(refused) - strlen(to), "%s\"%s\"", *to ? "," : "", outside[i]);
    }
    snprintf(out, room, "{\"own_network\":%s,\"refused\":[%s],\"open\":[%s]}", own_network ? "true" : "false", refused,
             left);
    return !*left;
}

bool cage_enter(size_t memory_max, unsigned seconds_max)
{
    char hello[640];
    bool own_network;

    if (close_range(CAGE_OUT + 1, ~0u, 0) != 0)
        return false;
    own_network = unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    prctl(PR_SET_NAME, "caged");      /* it was started as /proc/self/exe */
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it may be forgotten with a change of credentials */
    limits_set(memory_max, seconds_max);
    if (!cage_filter_set() || !walls_try(own_network, hello, sizeof(hello)))
        return false;
    return cage_write(CAGE_HELLO, str_of(hello));
}

/* ---- frames ---- */

void cage_head_write(uint8_t head[CAGE_HEAD], char kind, size_t n)
{
    for (int i = 0; i < 4; i++)
        head[i] = (uint8_t)(n >> 8 * i);
    head[4] = (uint8_t)kind;
}

size_t cage_head_length(const uint8_t head[CAGE_HEAD])
{
    size_t n = 0;

    for (int i = 0; i < 4; i++)
        n |= (size_t)head[i] << 8 * i;
    return n;
}

static bool read_all(void *out, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = read(CAGE_IN, (char *)out + at, n - at);

        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool write_all(const void *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t put = write(CAGE_OUT, (const char *)p + at, n - at);

        if (put < 0 && errno != EINTR)
            return false;
        at += put > 0 ? (size_t)put : 0;
    }
    return true;
}

bool cage_read(struct cage_frame *out)
{
    static char *octets;
    static size_t room;
    uint8_t head[CAGE_HEAD];
    size_t n;

    if (!read_all(head, sizeof(head)) || (n = cage_head_length(head)) > CAGE_FRAME_MAX)
        return false;
    if (n > room) {
        free(octets);
        octets = malloc(n);
        room = n;
        if (!octets)
            out_of_memory();
    }
    *out = (struct cage_frame){(char)head[4], {octets, n}};
    return read_all(octets, n);
}

bool cage_write(char kind, struct str octets)
{
    uint8_t head[CAGE_HEAD];

    cage_head_write(head, kind, octets.n);
    return octets.n <= CAGE_FRAME_MAX && write_all(head, sizeof(head)) && write_all(octets.p, octets.n);
}
