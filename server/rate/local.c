#include "rate/rate_int.h"

#include "base/must.h"

#define TOKEN INT64_C(1000000)

/* The bucket of a thread, by the same rules as the script's; nobody waits elsewhere. */

static unsigned sharers(const struct rate *r, const struct rate_account *a)
{
    return a->threads > r->sharers ? a->threads : r->sharers;
}

static struct rate_limit share_of(const struct rate *r, const struct rate_account *a, const struct rate_limit *limit)
{
    bool said = rate_now_us(r) < a->own.said_until_us;
    struct rate_limit share = {(said ? a->own.said_per_1000_s : limit->per_1000_s) / sharers(r, a),
                               (said ? a->own.said_burst : limit->burst) / sharers(r, a)};

    if (share.per_1000_s < 1 && limit->per_1000_s)
        share.per_1000_s = 1;
    if (share.burst < 1)
        share.burst = 1;
    return share;
}

static int64_t rate_of(const struct rate_bucket *b, const struct rate_limit *share, int64_t now)
{
    return now < b->slow_until_us && b->slow_per_1000_s < share->per_1000_s ? b->slow_per_1000_s : share->per_1000_s;
}

/* microtokens = microseconds * calls in 1,000 s / 1,000 */
static void fill(struct rate_bucket *b, const struct rate_limit *share, int64_t now)
{
    int64_t full = share->burst * TOKEN, rate = rate_of(b, share, now);
    int64_t for_us = now > b->at_us ? now - b->at_us : 0;

    if (!b->known) {
        b->known = true;
        b->microtokens = full;
        b->served = 0;
    } else if (for_us > RATE_PAUSE_MAX_US)
        b->microtokens = full;
    else /* an hour at the highest rate still fits */
        b->microtokens += for_us * (rate / 1000) + for_us * (rate % 1000) / 1000;
    if (b->microtokens > full)
        b->microtokens = full;
    b->at_us = now;
}

/* LANE_COUNT: nobody waits. */
static size_t next_lane(const struct rate_bucket *b, const size_t *want, int64_t burst, int64_t *out_kept)
{
    size_t high = 0;

    while (high < LANE_COUNT && want[high] == 0)
        high++;
    if (high == LANE_COUNT)
        return high;
    for (int64_t i = 0; b->served % RATE_SHARE == RATE_SHARE - 1 && i < LANE_COUNT - 1; i++) {
        size_t low = 1 + (size_t)((b->served / RATE_SHARE + i) % (LANE_COUNT - 1));

        if (low <= high || want[low] == 0)
            continue;
        *out_kept = 0;
        return low;
    }
    *out_kept = rate_kept(burst, (enum lane)high);
    return high;
}

/* What costs more than there ever is goes for all there is. */
static int64_t cost_of(const struct rate_ask *ask, const struct rate_limit *share, size_t lane)
{
    int64_t cost = ask->cost[lane] > 0 ? ask->cost[lane] : 1;

    return cost < share->burst ? cost : share->burst;
}

static void give(struct rate_bucket *b, const struct rate_limit *share, struct rate_ask *ask)
{
    size_t left[LANE_COUNT], given = 0, lane;
    int64_t kept = 0, need, rate = ask->per_1000_s;

    for (size_t l = 0; l < LANE_COUNT; l++)
        left[l] = ask->want[l];
    while (given < ask->most && (lane = next_lane(b, left, share->burst, &kept)) < LANE_COUNT) {
        int64_t cost = cost_of(ask, share, lane);

        kept = kept < share->burst - cost ? kept : share->burst - cost;
        need = (kept + cost) * TOKEN - b->microtokens;
        if (need > 0) {
            ask->next_us = need * 1000 / (rate ? rate : 1) + 1;
            return;
        }
        b->microtokens -= cost * TOKEN;
        b->served++;
        left[lane]--;
        ask->got[lane]++;
        given++;
    }
}

void rate_local(struct rate *r, struct rate_account *a, const struct rate_limit *limit, struct rate_ask *ask)
{
    struct rate_limit share = share_of(r, a, limit);
    int64_t now = rate_now_us(r);
    struct rate_bucket *b = &a->own;

    fill(b, &share, now);
    ask->per_1000_s = rate_of(b, &share, now);
    ask->pause_us = b->pause_until_us > now ? b->pause_until_us - now : 0;
    ask->next_us = ask->pause_us ? ask->pause_us : 1000;
    for (size_t l = 0; l < LANE_COUNT; l++)
        ask->waiting[l] = a->waiting[l];
    if (ask->force && b->microtokens > -share.burst * TOKEN)
        b->microtokens -= cost_of(ask, &share, 0) * TOKEN;
    if (!ask->force && !ask->looking && !ask->pause_us)
        give(b, &share, ask);
    ask->millitokens = b->microtokens / 1000;
}

void rate_local_tell(struct rate *r, struct rate_account *a, const struct rate_limit *limit,
                     const struct rate_news *news)
{
    struct rate_limit share = share_of(r, a, limit);
    int64_t now = rate_now_us(r);
    struct rate_bucket *b = &a->own;

    fill(b, &share, now);
    if (news->pause_us && b->pause_until_us < now + news->pause_us)
        b->pause_until_us = now + news->pause_us;
    if (news->said_per_1000_s || news->said_burst) {
        b->said_per_1000_s = news->said_per_1000_s ? news->said_per_1000_s : limit->per_1000_s;
        b->said_burst = news->said_burst ? news->said_burst : limit->burst;
        b->said_until_us = now + RATE_SAID_US;
        share = share_of(r, a, limit);
    }
    b->microtokens += news->back * TOKEN;
    if (b->microtokens > share.burst * TOKEN)
        b->microtokens = share.burst * TOKEN;
    if (news->remaining >= 0 && b->microtokens > news->remaining * TOKEN)
        b->microtokens = news->remaining * TOKEN;
    if (news->for_us) {
        b->slow_per_1000_s = news->per_1000_s / sharers(r, a);
        b->slow_until_us = now + news->for_us;
    }
}
