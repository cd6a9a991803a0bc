#pragma once

#include <stddef.h>

#include "base/scope.h"

/* service: what whoever started this process hands to it and wants to hear, in systemd's words: descriptors from 3 on,
 * told by LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, and datagrams such as READY=1 to NOTIFY_SOCKET. tenond's
 * supervisor talks to its processes the same way, but hands them the other end of a socket named "notify". What is
 * taken is taken out of the environment, so that it is nobody else's.
 */
#define SERVICE_FDS_MAX  32
#define SERVICE_NAME_MAX 32
#define SERVICE_FD_FIRST 3

struct service_fd {
    int fd;
    char name[SERVICE_NAME_MAX];
};

struct service {
    struct service_fd fds[SERVICE_FDS_MAX];
    size_t count;
};

/* None is no failure. Descriptors become close-on-exec. */
enum err service_take(struct scope *sc, struct service *out);
/* "a:b" for two descriptors; without a text every name is "unknown". False when the counts differ or a name is long. */
bool service_names(const char *text, size_t count, struct service *out);
int service_fd(const struct service *s, const char *name); /* the first of that name, or -1 */
/* To the descriptor named "notify", else to NOTIFY_SOCKET; to nobody when there is neither. */
void service_notify(const char *state);
