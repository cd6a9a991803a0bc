#include "net/net_int.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/must.h"

struct range4 {
    uint32_t first;
    unsigned bits;
};

/* IANA's special-purpose registry, and multicast. */
static const struct range4 refused4[] = {
    {0x00000000, 8},  /* this network */
    {0x0a000000, 8},  /* private */
    {0x64400000, 10}, /* shared with the carrier */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* link-local, cloud metadata */
    {0xac100000, 12}, /* private */
    {0xc0000000, 24}, /* protocol assignments */
    {0xc0000200, 24}, /* documentation */
    {0xc0586300, 24}, /* 6to4 relays */
    {0xc0a80000, 16}, /* private */
    {0xc6120000, 15}, /* benchmarks */
    {0xc6336400, 24}, /* documentation */
    {0xcb007100, 24}, /* documentation */
    {0xe0000000, 4},  /* multicast */
    {0xf0000000, 4},  /* reserved, broadcast */
};

static bool is_refused4(uint32_t ip)
{
    for (size_t i = 0; i < ARRAY_LEN(refused4); i++)
        if ((ip ^ refused4[i].first) >> (32 - refused4[i].bits) == 0)
            return true;
    return false;
}

static uint32_t embedded4(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool starts6(const struct in6_addr *a, const uint8_t *prefix, size_t n)
{
    return memcmp(a->s6_addr, prefix, n) == 0;
}

/* Only global unicast is fit, and of that not what tunnels to somewhere else or is for documents. */
static bool is_refused6(const struct in6_addr *a)
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    const uint8_t *b = a->s6_addr;

    if (IN6_IS_ADDR_V4MAPPED(a) || starts6(a, nat64, sizeof(nat64)))
        return is_refused4(embedded4(b + 12));
    if (b[0] >> 5 != 1)
        return true;
    if (b[0] == 0x20 && b[1] == 0x02) /* 6to4 */
        return is_refused4(embedded4(b + 2));
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] < 0x02) /* 2001::/23: Teredo, ORCHID and the like */
        return true;
    if (starts6(a, (const uint8_t[]){0x20, 0x01, 0x0d, 0xb8}, 4))
        return true;
    return b[0] == 0x3f && b[1] == 0xff && b[2] < 0x10;
}

bool net_address_is_private(const struct sockaddr *sa)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    switch (sa->sa_family) {
    case AF_INET:
        memcpy(&in, sa, sizeof(in));
        return is_refused4(ntohl(in.sin_addr.s_addr));
    case AF_INET6:
        memcpy(&in6, sa, sizeof(in6));
        return is_refused6(&in6.sin6_addr);
    default:
        return true;
    }
}

bool net_address_is_loopback(const struct sockaddr *sa)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (sa->sa_family == AF_INET) {
        memcpy(&in, sa, sizeof(in));
        return ntohl(in.sin_addr.s_addr) >> 24 == 127;
    }
    if (sa->sa_family != AF_INET6)
        return false;
    memcpy(&in6, sa, sizeof(in6));
    return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}
