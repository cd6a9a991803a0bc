#include "main/sockets_int.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"
#include "main/main_int.h"
#include "sys/config.h"

enum err sockets_take(struct scope *sc, const struct service *handed, struct sockets *out)
{
    *out = (struct sockets){.count = 0};
    for (size_t i = 0; i < handed->count; i++) {
        const struct service_fd *f = &handed->fds[i];
        bool known = strcmp(f->name, "https") == 0 || strcmp(f->name, "http") == 0 || strcmp(f->name, "ops") == 0;

        if (!known && !main_is_supervised(handed))
            return FAIL(sc, ERR_INVALID, "a socket named %s is handed over; https, http and ops are known", f->name);
        if (!known)
            continue;
        if (out->count == SOCKETS_MAX)
            return FAIL(sc, ERR_INVALID, "too many sockets are handed over");
        /* A service manager lends blocking ones, on which a process would wait for a connection that another has taken.
         */
        if (fcntl(f->fd, F_SETFL, O_NONBLOCK) != 0)
            return FAIL(sc, ERR_INVALID, "a socket that is handed over is none");
        out->v[out->count] = (struct socket_one){.fd = f->fd, .lent = true};
        memcpy(out->v[out->count++].kind, f->name, strlen(f->name) + 1);
    }
    return OK;
}

static const struct socket_one *socket_find(const struct sockets *s, const char *kind, const char *address)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->v[i].kind, kind) == 0 && strcmp(s->v[i].address, address) == 0)
            return &s->v[i];
    return NULL;
}

static enum err socket_add(struct scope *sc, const struct sockets *had, const char *kind, const char *address,
                           struct sockets *out)
{
    const struct socket_one *old = socket_find(had, kind, address);
    struct socket_one *one = &out->v[out->count];

    if (out->count == SOCKETS_MAX || strlen(address) >= sizeof(one->address))
        return FAIL(sc, ERR_INVALID, "%s is one address too many, or too long", address);
    *one = (struct socket_one){.fd = -1};
    memcpy(one->kind, kind, strlen(kind) + 1);
    memcpy(one->address, address, strlen(address) + 1);
    if (old)
        one->fd = old->fd;
    else
        TRY(sc, http_socket(sc, address, &one->fd));
    out->count++;
    return OK;
}

static enum err kind_open(struct scope *sc, const struct sockets *had, const char *kind, const char *addresses,
                          struct sockets *out)
{
    char *rest = arena_strdup(sc->arena, addresses ? addresses : "");
    bool lent = false;

    for (size_t i = 0; i < had->count; i++) {
        if (!had->v[i].lent || strcmp(had->v[i].kind, kind) != 0)
            continue;
        if (out->count == SOCKETS_MAX)
            return FAIL(sc, ERR_INVALID, "too many sockets");
        lent = true;
        out->v[out->count++] = had->v[i];
    }
    for (char *one = strsep(&rest, ","); one && !lent; one = strsep(&rest, ","))
        if (*one)
            TRY(sc, socket_add(sc, had, kind, one, out));
    return OK;
}

static enum err all_open(struct scope *sc, const struct sockets *had, struct sockets *out)
{
    if (main_has_role("api")) {
        TRY(sc, kind_open(sc, had, "https", config_text("HTTPS_LISTEN"), out));
        TRY(sc, kind_open(sc, had, "http", config_text("HTTP_LISTEN"), out));
    }
    return kind_open(sc, had, "ops", config_text("OPS_LISTEN"), out);
}

enum err sockets_open(struct scope *sc, const struct sockets *had, struct sockets *out)
{
    struct sockets fresh = {.count = 0};
    enum err e = all_open(sc, had, &fresh);

    if (e != OK)
        sockets_close(&fresh, had);
    else
        *out = fresh;
    return e;
}

static bool socket_is_in(const struct sockets *s, int fd)
{
    for (size_t i = 0; s && i < s->count; i++)
        if (s->v[i].fd == fd)
            return true;
    return false;
}

void sockets_close(struct sockets *s, const struct sockets *keep)
{
    for (size_t i = 0; i < s->count; i++)
        if (!socket_is_in(keep, s->v[i].fd))
            close(s->v[i].fd);
    s->count = 0;
}

/* A filter that takes nothing: the kernel drops what would begin a connection, and a client asks again until the socket
 * is closed and says so. Without it, a connection made between the last accept and the close is reset with its request.
 * The operators' listener goes on telling that we stop. */
void sockets_refuse(const struct sockets *s)
{
    struct sock_filter nothing = {.code = BPF_RET | BPF_K, .k = 0};
    struct sock_fprog program = {.len = 1, .filter = &nothing};

    for (size_t i = 0; i < s->count; i++)
        if (!s->v[i].lent && strcmp(s->v[i].kind, "ops") != 0)
            (void)setsockopt(s->v[i].fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}
