#include "rate/rate_int.h"

#include "base/must.h"
#include "obs/obs.h"

/* Of those that wait for one account in a thread one asks for all: the leader. Whoever goes hands the lead on. */

static const char *const lane_names[LANE_COUNT] = {"orders", "stock", "finance", "catalogue", "backfill"};

static void join(struct rate_account *a, struct rate_wait *w)
{
    struct rate_wait **end = &a->first[w->lane];
    bool higher = true;

    for (size_t l = 0; l <= w->lane; l++)
        higher = higher && a->waiting[l] == 0;
    while (*end)
        end = &(*end)->next;
    *end = w;
    a->waiting[w->lane]++;
    if (!higher || !a->leader)
        return;
    a->joined = true; /* what the leader knows is when a lower lane's turn may come */
    waitq_wake_one(&a->leader->q);
}

static void part(struct rate_account *a, struct rate_wait *w)
{
    struct rate_wait **at = &a->first[w->lane];

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    a->waiting[w->lane]--;
}

static void hand_over(struct rate_account *a, struct rate_wait *w)
{
    if (a->leader != w)
        return;
    a->leader = NULL;
    for (size_t l = 0; l < LANE_COUNT && !a->leader; l++)
        a->leader = a->first[l];
    if (a->leader)
        waitq_wake_one(&a->leader->q);
}

static int64_t pause_of(const struct rate *r, const struct rate_account *a)
{
    int64_t own_us = a->own.pause_until_us - rate_now_us(r), said_us = a->pause_until_us - loop_now_us();
    int64_t us = own_us > said_us ? own_us : said_us;

    return us > 0 ? us : 0;
}

static void grant(struct rate_account *a, struct rate_wait *w)
{
    part(a, w);
    w->granted = true;
    waitq_wake_one(&w->q);
}

/* Answers the tokens of those that have left meanwhile. */
static int64_t give(struct rate_account *a, const struct rate_ask *ask)
{
    int64_t left = 0;

    for (size_t l = 0; l < LANE_COUNT; l++)
        for (size_t i = 0; i < ask->got[l]; i++)
            if (a->first[l] && a->first[l]->cost <= ask->cost[l]) {
                metric_add_label(METRIC_RATE_TOKENS, lane_names[l], 1);
                grant(a, a->first[l]);
            } else
                left += ask->cost[l];
    return left;
}

/* Counted once, when they were given first. During a pause of the account nobody gets them. Answers what is left. */
static int64_t hand_on(const struct rate *r, struct rate_account *a, int64_t tokens)
{
    if (pause_of(r, a))
        return tokens;
    for (size_t l = 0; l < LANE_COUNT; l++)
        while (a->first[l] && a->first[l]->cost <= tokens) {
            tokens -= a->first[l]->cost;
            grant(a, a->first[l]);
        }
    return tokens;
}

void rate_give_back(struct rate *r, const struct uuid *account, const struct rate_limit *limit, int64_t tokens)
{
    int64_t left = hand_on(r, rate_account(r, account), tokens);

    if (left > 0 && limit->per_1000_s)
        rate_tell(r, account, limit, &(struct rate_news){.remaining = -1, .back = left});
}

/* How many of a lane are asked for: those at its head that cost the same. */
static void wants(const struct rate_wait *w, size_t *out_n, int64_t *out_cost)
{
    *out_n = 0;
    *out_cost = w ? w->cost : 1;
    for (; w && w->cost == *out_cost; w = w->next)
        ++*out_n;
}

/* Of a trial's clock nobody knows when it is later. */
static bool nobody_waits(const struct rate *r)
{
    return r->now_us && !r->redis;
}

/* Whose turn cannot come in time, be the tokens given as soon as they are there, goes now: of a slow bucket all but one
 * would wait for nothing, each in the place of a job of another. again_us: until the first of them is served. */
static void give_up_early(struct rate_account *a, const struct rate_ask *ask)
{
    int64_t rate = ask->per_1000_s > 0 ? ask->per_1000_s : 1, now = loop_now_us(), ahead = 0;
    bool first = true;

    for (size_t l = 0; l < LANE_COUNT; l++)
        for (struct rate_wait *w = a->first[l]; w; w = w->next) {
            int64_t with = first ? 0 : ahead + w->cost;

            first = false;
            w->late_us = ask->next_us + with * 1000000000 / rate;
            if (now + w->late_us < w->due_us) {
                w->late_us = 0;
                ahead = with; /* who goes takes nothing */
            } else if (w != a->leader)
                waitq_wake_one(&w->q);
        }
}

/* Microseconds until it is worth asking again. A token for somebody who has left meanwhile goes back. */
static int64_t ask_for_all(struct rate *r, struct rate_account *a, const struct rate_limit *limit)
{
    struct rate_ask ask = {.most = RATE_GRANT_MAX};
    struct scope *sc = scope_new();
    int64_t left;

    for (size_t l = 0; l < LANE_COUNT; l++)
        wants(a->first[l], &ask.want[l], &ask.cost[l]);
    a->joined = false;
    if (rate_shared(sc, r, a, limit, &ask) != OK)
        rate_local(r, a, limit, &ask);
    scope_free(sc);
    left = give(a, &ask);
    if (!a->joined && !nobody_waits(r))
        give_up_early(a, &ask);
    if (left > 0)
        rate_give_back(r, &a->id, limit, left);
    return a->joined ? 0 : ask.next_us;
}

/* What those take together that wait here in the lane and above, but for one of them (NULL: all). */
static int64_t ahead_us(const struct rate_account *a, const struct rate_limit *limit, enum lane lane,
                        const struct rate_wait *but)
{
    int64_t ahead = 0;

    for (size_t l = 0; l <= lane; l++)
        for (const struct rate_wait *w = a->first[l]; w; w = w->next)
            ahead += w == but ? 0 : w->cost;
    return limit->per_1000_s ? ahead * 1000000000 / limit->per_1000_s : 0;
}

static int64_t wait_guess_us(const struct rate *r, const struct rate_account *a, const struct rate_limit *limit,
                             enum lane lane)
{
    return pause_of(r, a) + ahead_us(a, limit, lane, NULL) + (limit->per_1000_s ? 1000000000 / limit->per_1000_s : 0);
}

/* Of one that waits. What the leader was told (again_us) has its own tokens and a pause in it already. */
static int64_t comes_us(const struct rate *r, const struct rate_account *a, const struct rate_limit *limit,
                        const struct rate_wait *w, int64_t again_us)
{
    int64_t pause_us = pause_of(r, a);

    if (again_us <= 0)
        return wait_guess_us(r, a, limit, w->lane);
    return (again_us > pause_us ? again_us : pause_us) + ahead_us(a, limit, w->lane, w);
}

/* Rounded up; those that are turned back together come again at different times. */
static enum err turned_back(struct scope *sc, int64_t us, enum lane lane)
{
    enum err e = FAIL(sc, ERR_LIMIT, "the outside system's calls are used up for now");
    struct uuid random = uuid_new();
    int64_t s = us / 1000000 + 1;

    s = s > 3600 ? 3600 : s;
    metric_add_label(METRIC_RATE_TURNED_BACK, lane_names[lane], 1);
    scope_retry_after(sc, (int)(s + s * random.b[15] / 512));
    return e;
}

/* Sleeps until it is worth asking again, or until somebody of a higher lane comes. */
static void lead_on(struct rate_wait *w, int64_t again_us)
{
    if (again_us > 0)
        waitq_wait(&w->q, loop_now_us() + (again_us < RATE_SLEEP_MAX_US ? again_us : RATE_SLEEP_MAX_US));
}

static int64_t patience_us(const struct scope *sc)
{
    int64_t due_us = loop_now_us() + RATE_WAIT_US;

    return sc->deadline_us && sc->deadline_us < due_us ? sc->deadline_us : due_us;
}

static enum err wait_turn(struct scope *sc, struct rate *r, struct rate_account *a, const struct rate_limit *limit,
                          struct rate_wait *w)
{
    int64_t due_us = nobody_waits(r) ? loop_now_us() : patience_us(sc), again_us;

    w->due_us = due_us;
    for (;;) {
        again_us = 0;
        if (!a->leader)
            a->leader = w;
        if (a->leader == w)
            again_us = ask_for_all(r, a, limit);
        if (w->granted)
            return OK;
        if (loop_now_us() + again_us >= due_us) /* no token of any lane comes before that */
            return turned_back(sc, comes_us(r, a, limit, w, again_us), w->lane);
        if (a->leader == w)
            lead_on(w, again_us);
        else
            waitq_wait(&w->q, due_us);
        if (w->granted)
            return OK;
        if (w->late_us && a->leader != w)
            return turned_back(sc, w->late_us, w->lane);
    }
}

enum err rate_take(struct scope *sc, struct rate *r, const struct uuid *account, const struct rate_limit *limit,
                   enum lane lane)
{
    return rate_take_cost(sc, r, account, limit, lane, 1);
}

enum err rate_take_cost(struct scope *sc, struct rate *r, const struct uuid *account, const struct rate_limit *limit,
                        enum lane lane, int64_t cost)
{
    struct rate_account *a = rate_account(r, account);
    struct rate_wait w = {.lane = lane, .cost = cost > 1 ? cost : 1};
    int64_t guess_us;
    enum err e;

    MUST_BE((unsigned)lane < LANE_COUNT);
    guess_us = wait_guess_us(r, a, limit, lane);
    if (a->waiting[lane] >= RATE_LINE_MAX || pause_of(r, a) > RATE_WAIT_US ||
        (a->waiting[lane] >= (size_t)limit->burst && guess_us > 2 * RATE_WAIT_US))
        return turned_back(sc, guess_us, lane);
    if (!limit->per_1000_s) {
        if (pause_of(r, a))
            fiber_sleep_us(pause_of(r, a));
        return OK;
    }
    a->refs++;
    join(a, &w);
    e = wait_turn(sc, r, a, limit, &w);
    if (!w.granted)
        part(a, &w);
    hand_over(a, &w);
    a->refs--;
    return e;
}
