#include <string.h>

#include "access/callers.h"
#include "api/api_int.h"
#include "obs/obs.h"
#include "sys/config.h"
#include "sys/loop.h"

/* A key or a host that nobody knows costs a question to the database, and whoever makes them up can ask without end. So
 * a network has a budget of wrong names a second; when it is used up, only names that this thread remembers are served
 * to it. Places are few: who is wrong takes the place of whom chance had there before. */
#define PLACES   4096
#define BURST_US (INT64_C(5) * 1000000)

struct stranger {
    uint64_t who;
    int64_t paid_until_us;
};

static _Thread_local struct stranger strangers[PLACES];

/* Of the network that the address shares with its household: who has one IPv6 address has 2^64. */
static uint64_t hash_of(struct str peer) /* FNV-1a */
{
    uint64_t hash = UINT64_C(14695981039346656037);
    uint8_t shared[16];
    size_t n = access_net_shared(peer, shared);
    const uint8_t *p = n ? shared : (const uint8_t *)peer.p;

    for (size_t i = 0; i < (n ? n : peer.n); i++)
        hash = (hash ^ p[i]) * UINT64_C(1099511628211);
    return hash;
}

static struct stranger *place_of(uint64_t hash)
{
    return &strangers[(hash ^ hash >> 32) % PLACES];
}

bool stranger_may_ask(struct str peer)
{
    uint64_t hash = hash_of(peer);
    const struct stranger *s = place_of(hash);

    return s->who != hash || s->paid_until_us - loop_now_us() <= BURST_US;
}

void stranger_was_wrong(struct str peer)
{
    int64_t rate = config_int("WRONG_NAMES_PER_SECOND"), now = loop_now_us();
    uint64_t hash = hash_of(peer);
    struct stranger *s = place_of(hash);

    if (rate == 0)
        return;
    if (s->who != hash || s->paid_until_us < now)
        *s = (struct stranger){hash, now};
    s->paid_until_us += 1000000 / rate;
}

enum err stranger_refuse(struct scope *sc)
{
    enum err e = FAIL(sc, ERR_LIMIT, "too many unknown keys or hosts were asked for from this address");

    metric_add_label(METRIC_HTTP_REFUSED, "strangers", 1);
    scope_retry_after(sc, 1);
    return e;
}
