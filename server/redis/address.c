#include "redis/redis_int.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

static bool unix_parse(const char *path, struct redis_address *out)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t n = strlen(path);

    if (n == 0 || n >= sizeof(un.sun_path))
        return false;
    memcpy(un.sun_path, path, n + 1);
    *out = (struct redis_address){.len = sizeof(un)};
    memcpy(&out->sa, &un, sizeof(un));
    return true;
}

static bool port_parse(struct str text, int64_t *out)
{
    int64_t port = 0;

    if (text.n == 0 || text.n > 5)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        port = port * 10 + (text.p[i] - '0');
    }
    *out = port;
    return true;
}

/* No TLS here, so nothing may leave the private network. */
static bool is_near4(const struct in_addr *a)
{
    uint32_t ip = ntohl(a->s_addr);

    return ip >> 24 == 127 || ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8;
}

static bool is_near6(const struct in6_addr *a)
{
    return IN6_IS_ADDR_LOOPBACK(a) || (a->s6_addr[0] & 0xfe) == 0xfc;
}

static bool host_put(struct str text, bool six, int64_t port, struct redis_address *out)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    char host[INET6_ADDRSTRLEN];

    if (text.n == 0 || text.n >= sizeof(host) || memchr(text.p, '\0', text.n) || port < 1 || port > 65535)
        return false;
    memcpy(host, text.p, text.n);
    host[text.n] = '\0';
    *out = (struct redis_address){0};
    if (six && inet_pton(AF_INET6, host, &in6.sin6_addr) == 1 && is_near6(&in6.sin6_addr)) {
        memcpy(&out->sa, &in6, sizeof(in6));
        out->len = sizeof(in6);
        return true;
    }
    if (six || inet_pton(AF_INET, host, &in.sin_addr) != 1 || !is_near4(&in.sin_addr))
        return false;
    memcpy(&out->sa, &in, sizeof(in));
    out->len = sizeof(in);
    return true;
}

static const char *last_colon(struct str text)
{
    return text.n ? memrchr(text.p, ':', text.n) : NULL;
}

bool redis_address_read(struct str text, bool told, struct redis_address *out)
{
    const char *colon = last_colon(text);
    struct str host = {text.p, colon ? (size_t)(colon - text.p) : 0};
    bool bracket = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    struct redis_address at;
    int64_t port;

    if (!colon || !port_parse((struct str){colon + 1, text.n - host.n - 1}, &port))
        return false;
    if (bracket)
        host = (struct str){host.p + 1, host.n - 2};
    if (!host_put(host, bracket || (told && last_colon(host)), port, &at))
        return false;
    *out = at;
    return true;
}

bool redis_address_parse(const char *url, struct redis_address *out)
{
    if (strncmp(url, "unix:", 5) == 0)
        return unix_parse(url + 5, out);
    if (strncmp(url, "tcp:", 4) == 0)
        return redis_address_read(str_of(url + 4), false, out);
    return false;
}

static bool port_of_teller(const struct redis_address *teller, int64_t port, struct redis_address *out)
{
    if (port < 1 || port > 65535)
        return false;
    *out = *teller;
    if (teller->sa.ss_family == AF_INET)
        ((struct sockaddr_in *)&out->sa)->sin_port = htons((uint16_t)port);
    else if (teller->sa.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&out->sa)->sin6_port = htons((uint16_t)port);
    else
        return false;
    return true;
}

bool redis_address_told(struct str host, int64_t port, const struct redis_address *teller, struct redis_address *out)
{
    struct redis_address at;
    bool ok = host.n == 0 || str_is(host, "?") ? port_of_teller(teller, port, &at)
                                               : host_put(host, last_colon(host) != NULL, port, &at);

    if (ok)
        *out = at;
    return ok;
}

bool redis_address_equal(const struct redis_address *a, const struct redis_address *b)
{
    return a->len == b->len && memcmp(&a->sa, &b->sa, a->len) == 0;
}
