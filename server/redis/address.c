#include "redis/redis_int.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static bool unix_parse(const char *path, struct sockaddr_storage *out, socklen_t *out_len)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t n = strlen(path);

    if (n == 0 || n >= sizeof(un.sun_path))
        return false;
    memcpy(un.sun_path, path, n + 1);
    memcpy(out, &un, sizeof(un));
    *out_len = sizeof(un);
    return true;
}

static bool port_parse(const char *text, in_port_t *out)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || port == 0 || port > 65535)
        return false;
    *out = htons((uint16_t)port);
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

static bool tcp_parse(const char *text, struct sockaddr_storage *out, socklen_t *out_len)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    const char *colon = strrchr(text, ':');
    bool bracket = *text == '[' && colon && colon > text + 1 && colon[-1] == ']';
    char host[INET6_ADDRSTRLEN];
    size_t n = colon ? (size_t)(colon - text) - (bracket ? 2 : 0) : 0;

    if (!colon || n >= sizeof(host) || !port_parse(colon + 1, &in.sin_port))
        return false;
    memcpy(host, text + bracket, n);
    host[n] = '\0';
    in6.sin6_port = in.sin_port;
    if (bracket && inet_pton(AF_INET6, host, &in6.sin6_addr) == 1 && is_near6(&in6.sin6_addr)) {
        memcpy(out, &in6, sizeof(in6));
        *out_len = sizeof(in6);
        return true;
    }
    if (bracket || inet_pton(AF_INET, host, &in.sin_addr) != 1 || !is_near4(&in.sin_addr))
        return false;
    memcpy(out, &in, sizeof(in));
    *out_len = sizeof(in);
    return true;
}

bool redis_address_parse(const char *url, struct sockaddr_storage *out, socklen_t *out_len)
{
    memset(out, 0, sizeof(*out));
    if (strncmp(url, "unix:", 5) == 0)
        return unix_parse(url + 5, out, out_len);
    if (strncmp(url, "tcp:", 4) == 0)
        return tcp_parse(url + 4, out, out_len);
    return false;
}
