#pragma once

#include "rate/rate.h"
#include "redis/redis.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define RATE_ACCOUNTS     256 /* lists by hash */
#define RATE_KNOWN_MAX    4000
#define RATE_LINE_MAX     4096 /* calls that wait for one account in one lane of a thread */
#define RATE_GRANT_MAX    64   /* tokens of one question */
#define RATE_SHARE        16   /* one token in so many goes to a lower lane */
#define RATE_IDLE_US      (INT64_C(900) * 1000000)
#define RATE_ASK_US       500000  /* then Redis counts as away … */
#define RATE_ASK_AGAIN_US 1000000 /* … for so long */
#define RATE_SLEEP_MAX_US 1000000 /* between two questions, while somebody waits */
#define RATE_THREADS_MAX  10000
#define RATE_RENEW_US     (RATE_HELD_US / 4)
#define RATE_SAID_US      INT64_C(3600000000) /* how long what is said of a bucket counts */
#define RATE_SAY_AGAIN_US INT64_C(600000000)

/* A bucket, as Redis keeps one as well. */
struct rate_bucket {
    bool known;
    int64_t microtokens;
    int64_t at_us;
    int64_t served; /* tokens given */
    int64_t pause_until_us;
    int64_t slow_per_1000_s, slow_until_us;
    int64_t said_per_1000_s, said_burst, said_until_us;
};

/* On the waiting fiber's stack. */
struct rate_wait {
    struct rate_wait *next;
    struct waitq q;
    enum lane lane;
    int64_t cost; /* tokens */
    bool granted;
    int64_t due_us;  /* until when it waits */
    int64_t late_us; /* in so long its turn would come, which is too late; 0: as far as is known it comes in time */
};

struct rate_account {
    struct rate_account *next;
    struct uuid id;
    unsigned refs;
    int64_t used_us;
    struct rate_wait *first[LANE_COUNT];
    size_t waiting[LANE_COUNT];
    struct rate_wait *leader; /* who asks for all; NULL: nobody yet */
    bool joined;              /* somebody of a higher lane, while a question was under way */
    struct rate_bucket own;
    unsigned threads;        /* that called it, as Redis last knew; 0: it never said */
    int64_t answered_us;     /* when Redis last did; 0: never */
    int64_t told_us;         /* when it was last told what the bucket is said to be; 0: never */
    int64_t pause_until_us;  /* as Redis said */
    struct rate_held *holds; /* places of calls at once that this thread has … */
    unsigned held;           /* … so many */
    int64_t renewed_us;      /* when they were last kept from ending */
    struct waitq places;     /* who waits for one */
};

struct rate {
    struct redis *redis;
    unsigned sharers;
    char name[UUID_TEXT_LEN + 1]; /* of this thread, among those that wait */
    struct rate_account *accounts[RATE_ACCOUNTS];
    size_t known;
    int64_t away_until_us;
    struct redis_script take, tell, hold, release, renew;
    int64_t (*now_us)(void); /* of tests; NULL: Redis' own clock, and the loop's for the buckets here */
};

extern const char rate_take_lua[];
extern const char rate_tell_lua[];
extern const char rate_hold_lua[];
extern const char rate_release_lua[];
extern const char rate_renew_lua[];

/* A script and what it is given. ERR_UNAVAILABLE: Redis is away. */
struct rate_script {
    struct redis_script *script;
    struct str key;
    const struct str *args;
    size_t n;
};
enum err rate_eval(struct scope *sc, struct rate *r, struct rate_account *a, const struct rate_script *s,
                   struct redis_reply *out);

struct rate_account *rate_account(struct rate *r, const struct uuid *id);

/* One question: what is wanted by lane, and what came of it. */
struct rate_ask {
    size_t want[LANE_COUNT], most; /* calls */
    int64_t cost[LANE_COUNT];      /* tokens of each call of the lane; 0: one */
    bool force;                    /* the cost of the first lane, there or not */
    bool looking;                  /* changes nothing */
    /* The answer: */
    size_t got[LANE_COUNT], waiting[LANE_COUNT];
    int64_t next_us; /* when to ask again */
    int64_t millitokens, per_1000_s, pause_us;
};

/* Of the bucket in Redis; ERR_UNAVAILABLE: ask the one here. */
enum err rate_shared(struct scope *sc, struct rate *r, struct rate_account *a, const struct rate_limit *limit,
                     struct rate_ask *ask);
void rate_local(struct rate *r, struct rate_account *a, const struct rate_limit *limit, struct rate_ask *ask);
void rate_local_tell(struct rate *r, struct rate_account *a, const struct rate_limit *limit,
                     const struct rate_news *news);
int64_t rate_now_us(const struct rate *r);
int64_t rate_kept(int64_t burst, enum lane lane); /* tokens that this lane leaves */
