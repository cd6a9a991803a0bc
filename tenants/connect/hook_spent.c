#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "connect/connect_int.h"

/* What of a processor the expressions take that connections' people or a partner wrote, while deliveries are read on
 * this thread. Each minute has its share, a connection's and a partner's, so that one that is slow costs itself.
 * Nothing is kept beyond the thread: a process that begins anew begins with a whole share. */

#define PLACES    4096
#define PROBES    8
#define MINUTE_US INT64_C(60000000)

struct spender {
    struct uuid id; /* of a connection, or a partner */
    int64_t until_us, spent_us;
    bool told;
};

static _Thread_local struct spender *spenders;

void hook_spent_end(void)
{
    free(spenders);
    spenders = NULL;
}

/* Its place, in its present minute. Where all are taken, of those the one that has spent least begins anew. */
static struct spender *spender_of(const struct uuid *id, int64_t now_us)
{
    struct spender *s, *least = NULL;
    size_t from;

    if (!spenders && !(spenders = calloc(PLACES, sizeof(*spenders))))
        out_of_memory();
    memcpy(&from, &id->b[sizeof(id->b) - sizeof(from)], sizeof(from)); /* the random end of a UUID */
    for (size_t i = 0; i < PROBES; i++) {
        s = &spenders[(from + i) % PLACES];
        if (s->until_us > now_us && uuid_equal(&s->id, id))
            return s;
        if (!least || (s->until_us <= now_us ? -1 : s->spent_us) < (least->until_us <= now_us ? -1 : least->spent_us))
            least = s;
    }
    *least = (struct spender){.id = *id, .until_us = now_us + MINUTE_US};
    return least;
}

int hook_spent_wait_s(const struct uuid *partner_id, const struct uuid *connection_id, int64_t now_us)
{
    const struct spender *of = spender_of(partner_id, now_us);

    if (of->spent_us < HOOK_SPENT_PARTNER_US)
        of = spender_of(connection_id, now_us);
    else
        return (int)((of->until_us - now_us) / 1000000) + 1;
    return of->spent_us < HOOK_SPENT_US ? 0 : (int)((of->until_us - now_us) / 1000000) + 1;
}

void hook_spend(const struct uuid *partner_id, const struct uuid *connection_id, int64_t us, int64_t now_us)
{
    spender_of(partner_id, now_us)->spent_us += us;
    spender_of(connection_id, now_us)->spent_us += us;
}

bool hook_spent_tells(const struct uuid *connection_id, int64_t now_us)
{
    struct spender *s = spender_of(connection_id, now_us);
    bool first = !s->told;

    s->told = true;
    return first;
}
