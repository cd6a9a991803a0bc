#include "sys/service.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"

/* Where notes go; set once, before there are threads. */
static int notify_fd = -1;
static struct sockaddr_un notify_to;
static socklen_t notify_len; /* 0: the descriptor is connected */

static bool number_read(const char *text, long most, long *out)
{
    char *end;
    long v = text ? strtol(text, &end, 10) : -1;

    if (!text || end == text || *end || v < 0 || v > most)
        return false;
    *out = v;
    return true;
}

bool service_names(const char *text, size_t count, struct service *out)
{
    if (count > SERVICE_FDS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        static const char unknown[] = "unknown";
        size_t n = text ? strcspn(text, ":") : 0;

        out->fds[i].fd = SERVICE_FD_FIRST + (int)i;
        if (!text) {
            memcpy(out->fds[i].name, unknown, sizeof(unknown));
            continue;
        }
        if (n == 0 || n >= SERVICE_NAME_MAX || (text[n] == 0) != (i + 1 == count))
            return false;
        memcpy(out->fds[i].name, text, n);
        out->fds[i].name[n] = 0;
        text += n + (text[n] == ':');
    }
    out->count = count;
    return true;
}

int service_fd(const struct service *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->fds[i].name, name) == 0)
            return s->fds[i].fd;
    return -1;
}

/* "@name" is an abstract address. */
static void notify_by_path(const char *path)
{
    size_t n = path ? strlen(path) : 0;

    if (n < 2 || n >= sizeof(notify_to.sun_path) || (path[0] != '/' && path[0] != '@'))
        return;
    notify_to.sun_family = AF_UNIX;
    memcpy(notify_to.sun_path, path, n);
    if (path[0] == '@')
        notify_to.sun_path[0] = 0;
    notify_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

enum err service_take(struct scope *sc, struct service *out)
{
    long pid, count;

    *out = (struct service){.count = 0};
    if (number_read(getenv("LISTEN_PID"), INT32_MAX, &pid) && pid == getpid()) {
        if (!number_read(getenv("LISTEN_FDS"), SERVICE_FDS_MAX, &count) ||
            !service_names(getenv("LISTEN_FDNAMES"), (size_t)count, out))
            return FAIL(sc, ERR_INVALID, "LISTEN_FDS and LISTEN_FDNAMES do not fit each other");
    }
    for (size_t i = 0; i < out->count; i++)
        if (fcntl(out->fds[i].fd, F_SETFD, FD_CLOEXEC) != 0)
            return FAIL(sc, ERR_INVALID, "a descriptor that LISTEN_FDS promises is not there");
    notify_fd = service_fd(out, "notify");
    if (notify_fd < 0)
        notify_by_path(getenv("NOTIFY_SOCKET"));
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    unsetenv("NOTIFY_SOCKET");
    return OK;
}

/* A note that does not fit now is dropped: the next beat says the same, and nobody may wait for a listener. */
void service_notify(const char *state)
{
    if (notify_fd >= 0)
        (void)sendto(notify_fd, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL,
                     notify_len ? (struct sockaddr *)&notify_to : NULL, notify_len);
}
