#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/http_int.h"

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un un;
    } sa;
    socklen_t len;
};

static bool parse_port(const char *text, uint16_t *out)
{
    unsigned v = 0;

    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9' || v > 65535)
            return false;
        v = v * 10 + (unsigned)(*p - '0');
    }
    *out = htons((uint16_t)v);
    return *text && v <= 65535;
}

static bool parse_inet(const char *text, struct address *out)
{
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    bool v6 = n > 2 && text[0] == '[' && text[n - 1] == ']';
    char host[INET6_ADDRSTRLEN + 1];
    uint16_t port;

    if (!colon || !parse_port(colon + 1, &port) || n >= sizeof(host))
        return false;
    memcpy(host, text + (v6 ? 1 : 0), n - (v6 ? 2 : 0));
    host[n - (v6 ? 2 : 0)] = '\0';
    if (v6) {
        out->sa.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
        out->len = sizeof(out->sa.v6);
        return inet_pton(AF_INET6, host, &out->sa.v6.sin6_addr) == 1;
    }
    out->sa.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    out->len = sizeof(out->sa.v4);
    return inet_pton(AF_INET, host, &out->sa.v4.sin_addr) == 1;
}

static bool parse_unix(const char *path, struct address *out)
{
    size_t n = strlen(path);

    if (n == 0 || n >= sizeof(out->sa.un.sun_path))
        return false;
    out->sa.un = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->sa.un.sun_path, path, n + 1);
    out->len = sizeof(out->sa.un);
    return true;
}

/* A socket file that nobody listens on is left from a process that died; anything else there is not ours. */
static void remove_stale(const struct address *a)
{
    struct stat st;
    int fd;

    if (lstat(a->sa.un.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, &a->sa.any, a->len) != 0 && errno == ECONNREFUSED)
        unlink(a->sa.un.sun_path);
    if (fd >= 0)
        close(fd);
}

static bool listen_on(int fd, const struct address *a)
{
    int one = 1;

    if (a->sa.any.sa_family == AF_UNIX)
        remove_stale(a);
    else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0)
        return false;
    if (a->sa.any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) != 0)
        return false;
    return bind(fd, &a->sa.any, a->len) == 0 && listen(fd, HTTP_BACKLOG) == 0;
}

enum http_address http_address_of(const char *address)
{
    struct address a = {0};
    uint32_t v4;

    if (strncmp(address, "unix:", 5) == 0)
        return parse_unix(address + 5, &a) ? HTTP_ADDRESS_UNIX : HTTP_ADDRESS_NONE;
    if (!parse_inet(address, &a))
        return HTTP_ADDRESS_NONE;
    if (a.sa.any.sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&a.sa.v6.sin6_addr)      ? HTTP_ADDRESS_LOOPBACK
               : IN6_IS_ADDR_UNSPECIFIED(&a.sa.v6.sin6_addr) ? HTTP_ADDRESS_ALL
                                                             : HTTP_ADDRESS_ONE;
    v4 = ntohl(a.sa.v4.sin_addr.s_addr);
    return v4 >> 24 == 127 ? HTTP_ADDRESS_LOOPBACK : v4 == 0 ? HTTP_ADDRESS_ALL : HTTP_ADDRESS_ONE;
}

enum err http_socket(struct scope *sc, const char *address, int *out_fd)
{
    struct address a = {0};
    bool is_unix = strncmp(address, "unix:", 5) == 0;
    int fd;

    if (is_unix ? !parse_unix(address + 5, &a) : !parse_inet(address, &a))
        return FAIL(sc, ERR_INVALID, "%s is not an address to listen on", address);
    fd = socket(a.sa.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && listen_on(fd, &a)) {
        *out_fd = fd;
        return OK;
    }
    int why = errno;
    if (fd >= 0)
        close(fd);
    return FAIL(sc, ERR_UNAVAILABLE, "cannot listen on %s: %s", address, strerror(why));
}
