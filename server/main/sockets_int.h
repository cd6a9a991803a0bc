#pragma once

#include "sys/service.h"

/* The listening sockets of one server, opened once and shared by every process and thread that serves: whoever dies,
 * what waits to be accepted stays. */
#define SOCKETS_MAX 24

struct socket_one {
    int fd;
    bool lent; /* by the service manager or our supervisor: never closed to the outside by us */
    char kind[8];
    char address[160]; /* as configured; empty for a lent one */
};

struct sockets {
    struct socket_one v[SOCKETS_MAX];
    size_t count;
};

/* Those of handed that are named https, http or ops. */
enum err sockets_take(struct scope *sc, const struct service *handed, struct sockets *out);
/* What the configuration names, using what is there: a kind of which there are lent ones is served from these alone. */
enum err sockets_open(struct scope *sc, const struct sockets *had, struct sockets *out);
/* Closes those of s that are not in keep (NULL: all). */
void sockets_close(struct sockets *s, const struct sockets *keep);
/* From now on nobody new gets in, while what has already come in can be accepted: to be called before closing. */
void sockets_refuse(const struct sockets *s);
