#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"
#include "queue/queue.h"

/* rate: how often one outside account is called, by all workers together, and whose turn it is.
 *
 * A call costs a token, or as many as its owner counts for it. An account's bucket fills with so many tokens a second
 * up to its burst, and lies in Redis; while Redis is away each thread has a bucket of its own with its share. What an
 * owner counts apart, as one kind of call, is an account of its own here. Knows no vendor and makes no call; who may
 * wait for a job's turn in the first place is queue's business.
 *
 * The rule of lanes (those of queue.h):
 * - of a bucket's burst a part is kept for the lanes above: stock leaves a tenth, finance two tenths, catalogue three
 *   tenths, backfill half of it. So an order that comes finds tokens, whatever flood has gone before;
 * - the next token goes to the highest lane in which anybody waits, in whatever process;
 * - but while several lanes wait, one token in sixteen goes to the lower ones in turn, so that none starves;
 * - within a lane and a thread first come is first served, and threads take turns.
 *
 * What the account's owner says goes above what we are set to: "too many" and Retry-After stop all calls until then,
 * and a remainder that is lower than ours slows them.
 * The fact people get wrong: nobody waits long here. A call that would not get its token within RATE_WAIT_US is
 * turned back with a time to come again, so that a flood of one account does not hold the places of all jobs.
 */
struct rate; /* one per thread, never shared */
struct redis;

#define RATE_WAIT_US      INT64_C(5000000)
#define RATE_BURST_MAX    100000
#define RATE_PER_1000_MAX INT64_C(1000000000)
#define RATE_PAUSE_MAX_US (INT64_C(3600) * 1000000)

struct rate_limit {
    int64_t per_1000_s; /* calls in a thousand seconds; 0: no limit but what the account's owner says to this thread */
    int64_t burst;      /* how many at once after a rest; at least 1 */
};

/* sharers: how many threads there are at least that call the same accounts; those that Redis saw are known besides.
 * redis stays the caller's; NULL: there is none. */
struct rate *rate_open(struct redis *redis, unsigned sharers);
/* Of trials, without Redis: by this clock buckets fill, and who finds no token does not wait but is turned back. */
void rate_clock_set(struct rate *r, int64_t (*now_us)(void));
void rate_close(struct rate *r); /* when nobody waits any more; takes NULL */

/* Waits for a token: ERR_LIMIT, with a time to come again, when it would take too long. Parks. */
enum err rate_take(struct scope *sc, struct rate *r, const struct uuid *account, const struct rate_limit *limit,
                   enum lane lane);
/* Tokens that no call needed go to those who wait for as many or fewer in this thread, of the highest lane first. What
 * nobody waits for here goes back into the bucket: of a slow one each is missed for minutes. Never fails; parks. */
void rate_give_back(struct rate *r, const struct uuid *account, const struct rate_limit *limit, int64_t tokens);
/* For a call that could not wait: its token is missing to those that follow. Never fails; parks. */
void rate_charge(struct rate *r, const struct uuid *account, const struct rate_limit *limit);
/* Both of a call that costs so many tokens, at least 1; more than the burst are as many as the burst. */
enum err rate_take_cost(struct scope *sc, struct rate *r, const struct uuid *account, const struct rate_limit *limit,
                        enum lane lane, int64_t cost);
void rate_charge_cost(struct rate *r, const struct uuid *account, const struct rate_limit *limit, int64_t cost);

/* Calls at once, of all workers together: one of so many places, until it is released. In Redis it counts for
 * RATE_HELD_US and is renewed for as long as it is held; so what a worker that died had under way, and what Redis was
 * not told the end of, is free soon after. ERR_LIMIT, with a time to come again, where none gets free in time. While
 * Redis is away each thread has its share, and at least one. All park. */
#define RATE_HELD_US INT64_C(15000000)
struct rate_account;
struct rate_held {
    struct rate_held *next;       /* of those of the account; it stays where it is until it is released */
    struct rate_account *account; /* NULL: it holds none */
    bool shared;
    char name[UUID_TEXT_LEN + 1];
};
enum err rate_hold(struct scope *sc, struct rate *r, const struct uuid *account, unsigned most, struct rate_held *out);
void rate_release(struct rate *r, struct rate_held *held); /* never fails; takes one that holds none */
/* To be called each second or so: keeps what this thread holds from ending by itself. False: it holds none. */
bool rate_renew(struct rate *r);

/* What an answer says about the account's own limits. */
struct rate_news {
    int64_t pause_us;   /* no calls for so long; 0: it says none */
    int64_t remaining;  /* calls; -1: it does not say */
    int64_t per_1000_s; /* no more than so many from now on … */
    int64_t for_us;     /* … for so long; 0: it does not say */
    int64_t back;       /* tokens of the call that it did not cost after all */
    /* What the bucket is said to be, for the next hour in the place of the limit's; 0: it does not say. */
    int64_t said_per_1000_s, said_burst;
};

/* Headers: Retry-After, RateLimit (both forms of the draft), RateLimit- and X-RateLimit-Remaining, -Limit and -Reset,
 * X-Shopify-Shop-Api-Call-Limit. get answers by lower-case name, NULL when absent. False: it says nothing of use. */
bool rate_read(int status, const char *(*get)(void *arg, const char *name), void *arg, int64_t wall_us,
               struct rate_news *out);
/* Never fails; parks. */
void rate_tell(struct rate *r, const struct uuid *account, const struct rate_limit *limit,
               const struct rate_news *news);

/* What room there is. */
struct rate_view {
    bool shared;                /* false: Redis is away, and this is about this thread */
    int64_t per_1000_s;         /* as it is now */
    int64_t millitokens;        /* may be below 0 */
    int64_t pause_us;           /* until calls go on */
    size_t waiting[LANE_COUNT]; /* of all workers, as of the last two seconds */
};
/* Parks. */
void rate_look(struct rate *r, const struct uuid *account, const struct rate_limit *limit, struct rate_view *out);
