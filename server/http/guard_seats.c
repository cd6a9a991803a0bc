#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/guard_int.h"
#include "http/http_int.h"
#include "obs/obs.h"

/* Shared by all threads of the process, because one client's connections are spread over them. */
#define BUCKETS 1024

struct place {
    struct place *next;
    uint8_t address[16];
    unsigned taken;
};

static pthread_mutex_t places_lock = PTHREAD_MUTEX_INITIALIZER;
static struct place *places[BUCKETS];
static unsigned places_taken;

/* Of whom a proxy told, if one did. A client has a /64 of IPv6 to itself. */
static bool address_of(int fd, const struct peer *peer, uint8_t out[16])
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } sa = {0};
    socklen_t n = sizeof(sa);

    memset(out, 0, 16);
    if (peer->len)
        sa.room = peer->sa;
    else if (getpeername(fd, &sa.any, &n) != 0)
        return false;
    if (sa.any.sa_family == AF_INET)
        memcpy(out + 12, &sa.v4.sin_addr, 4);
    else if (sa.any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&sa.v6.sin6_addr))
        memcpy(out + 12, sa.v6.sin6_addr.s6_addr + 12, 4); /* of a socket for both families */
    else if (sa.any.sa_family == AF_INET6)
        memcpy(out, &sa.v6.sin6_addr, 8);
    return sa.any.sa_family == AF_INET || sa.any.sa_family == AF_INET6;
}

static struct place **bucket_of(const uint8_t address[16])
{
    uint32_t hash = 2166136261u;

    for (int i = 0; i < 16; i++)
        hash = (hash ^ address[i]) * 16777619u;
    return &places[hash % BUCKETS];
}

static struct place **place_of(const uint8_t address[16])
{
    struct place **at = bucket_of(address);

    while (*at && memcmp((*at)->address, address, 16) != 0)
        at = &(*at)->next;
    return at;
}

static enum guard_cut take_at(const struct http_conf *conf, const struct guard_seat *seat)
{
    struct place **at = seat->counted ? place_of(seat->address) : NULL;

    if (conf->connections_max && places_taken >= conf->connections_max)
        return GUARD_CUT_PROCESS;
    if (at && *at && conf->connections_per_address && (*at)->taken >= conf->connections_per_address)
        return GUARD_CUT_ADDRESS;
    if (at && !*at) {
        *at = calloc(1, sizeof(**at));
        if (!*at)
            out_of_memory();
        memcpy((*at)->address, seat->address, 16);
    }
    if (at)
        (*at)->taken++;
    places_taken++;
    return GUARD_FIT;
}

bool guard_seat_take(const struct http_conf *conf, int fd, const struct peer *peer, struct guard_seat *out)
{
    struct guard_seat seat = {0};
    enum guard_cut why;

    seat.counted = address_of(fd, peer, seat.address);
    pthread_mutex_lock(&places_lock);
    why = take_at(conf, &seat);
    pthread_mutex_unlock(&places_lock);
    if (why != GUARD_FIT) {
        metric_add_label(METRIC_HTTP_CUTS, guard_cut_name(why), 1);
        return false;
    }
    *out = seat;
    return true;
}

void guard_seat_give(struct guard_seat *seat)
{
    struct place **at, *empty;

    pthread_mutex_lock(&places_lock);
    places_taken--;
    at = seat->counted ? place_of(seat->address) : NULL;
    if (at && *at && --(*at)->taken == 0) {
        empty = *at;
        *at = empty->next;
        free(empty);
    }
    pthread_mutex_unlock(&places_lock);
}
