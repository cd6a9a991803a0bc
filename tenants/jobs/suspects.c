#include <stdatomic.h>

#include "jobs/jobs_int.h"
#include "sys/loop.h"

/* Jobs that were under way when a process ended are tried again beside the others in groups, the customers in turn: so
 * many at once in a process, of those that met another crash as suspects fewer, and the third time each alone. So the
 * one that ends processes is found in as many crashes as it may cause, and hundreds of others are through in a moment.
 * A try that the process survives ends the suspicion, and it is a short one: another customer's is waiting. */
#define ROOM    64
#define LOOK_US 1000000 /* how often a dispatcher looks, when it saw none */

static atomic_int all_room = ROOM; /* of the process */

/* What one takes of that: with it are at most 63 others, 7, or none. */
static int room_for(int crashes)
{
    static const int room[JOBS_CRASHES_MAX] = {1, 8, ROOM};

    return crashes < JOBS_CRASHES_MAX ? room[crashes] : 1; /* it will not be run */
}

static bool room_take(int n)
{
    int left = atomic_load(&all_room);

    while (left >= n)
        if (atomic_compare_exchange_weak(&all_room, &left, left - n))
            return true;
    return false;
}

void suspects_begin(struct suspects *s, const struct flow_job *job)
{
    if (job->suspect)
        s->begun += room_for(job->crashes);
}

void suspects_end(const struct flow_job *job)
{
    if (job->suspect)
        atomic_fetch_add(&all_room, room_for(job->crashes));
}

/* As many of them, from the first, as there is room for. */
static size_t that_fit(struct suspects *s, const int *crashes, size_t n)
{
    size_t fit = 0;

    for (; fit < n && room_take(room_for(crashes[fit])); fit++)
        s->taken += room_for(crashes[fit]);
    return fit;
}

enum err suspects_look(struct scope *sc, struct suspects *s, size_t places, struct flow_ticket **out, size_t *out_n)
{
    int *crashes;
    size_t n;

    *out_n = 0;
    s->taken = s->begun = 0;
    if (loop_now_us() < s->look_us || atomic_load(&all_room) == 0)
        return OK;
    TRY(sc, ledger_suspects(sc, &s->last_of, places < ROOM ? places : ROOM, out, &crashes, &n));
    s->testing = n > 0;
    s->look_us = loop_now_us() + (s->testing ? SUSPECTS_TESTING_MS * 1000 : LOOK_US);
    *out_n = that_fit(s, crashes, n);
    if (*out_n)
        s->last_of = (*out)[*out_n - 1].customer_id;
    return OK;
}

void suspects_claimed(struct suspects *s)
{
    atomic_fetch_add(&all_room, s->taken - s->begun);
    s->taken = s->begun = 0;
}
