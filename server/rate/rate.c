#include "rate/rate_int.h"

#include <stdlib.h>

#include "base/must.h"

struct rate *rate_open(struct redis *redis, unsigned sharers)
{
    struct rate *r = calloc(1, sizeof(*r));
    struct uuid id = uuid_new();

    if (!r)
        out_of_memory();
    r->redis = redis;
    r->sharers = sharers ? sharers : 1;
    uuid_format(&id, r->name);
    r->take.text = rate_take_lua;
    r->tell.text = rate_tell_lua;
    r->hold.text = rate_hold_lua;
    r->release.text = rate_release_lua;
    r->renew.text = rate_renew_lua;
    return r;
}

void rate_clock_set(struct rate *r, int64_t (*now_us)(void))
{
    r->now_us = now_us;
}

static void account_drop(struct rate *r, struct rate_account **at)
{
    struct rate_account *a = *at;

    *at = a->next;
    r->known--;
    free(a);
}

void rate_close(struct rate *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < RATE_ACCOUNTS; i++)
        while (r->accounts[i]) {
            MUST_BE(r->accounts[i]->refs == 0);
            account_drop(r, &r->accounts[i]);
        }
    free(r);
}

int64_t rate_now_us(const struct rate *r)
{
    return r->now_us ? r->now_us() : loop_now_us();
}

/* What is forgotten with an account is a bucket that has filled by now, unless there are too many of them. */
static void make_room(struct rate *r)
{
    int64_t now = loop_now_us(), idle_us = r->known < RATE_KNOWN_MAX ? RATE_IDLE_US : 0;

    if (r->known % 64 != 0 && idle_us)
        return;
    for (size_t i = 0; i < RATE_ACCOUNTS; i++)
        for (struct rate_account **at = &r->accounts[i]; *at;)
            if ((*at)->refs == 0 && now - (*at)->used_us >= idle_us)
                account_drop(r, at);
            else
                at = &(*at)->next;
}

struct rate_account *rate_account(struct rate *r, const struct uuid *id)
{
    struct rate_account **list = &r->accounts[id->b[15] % RATE_ACCOUNTS], *a;

    for (a = *list; a; a = a->next)
        if (uuid_equal(&a->id, id))
            break;
    if (!a) {
        make_room(r);
        a = calloc(1, sizeof(*a));
        if (!a)
            out_of_memory();
        a->id = *id;
        a->next = *list;
        *list = a;
        r->known++;
    }
    a->used_us = loop_now_us();
    return a;
}

int64_t rate_kept(int64_t burst, enum lane lane)
{
    static const int tenths[LANE_COUNT] = {0, 1, 2, 3, 5};

    return burst * tenths[lane] / 10;
}
