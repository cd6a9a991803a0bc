#include "rate/rate_int.h"

#include <inttypes.h>

#include "base/must.h"
#include "obs/obs.h"

#define ANSWERS 15
#define ARGS    22

static struct str number(struct scope *sc, int64_t n)
{
    return str_of(arena_f(sc->arena, "%" PRId64, n));
}

static struct str key_of(struct scope *sc, const struct rate_account *a)
{
    char id[UUID_TEXT_LEN + 1];

    uuid_format(&a->id, id);
    return str_of(arena_f(sc->arena, "tenon:account:{%s}:rate", id));
}

/* The four that both scripts begin with. */
static void first_args(struct scope *sc, const struct rate *r, const struct rate_account *a,
                       const struct rate_limit *limit, struct str *args)
{
    int64_t fill_us = limit->burst * 1000000000 / limit->per_1000_s;
    bool was_there = a->answered_us && loop_now_us() - a->answered_us < fill_us;

    args[0] = number(sc, r->now_us ? r->now_us() : 0);
    args[1] = number(sc, limit->per_1000_s);
    args[2] = number(sc, limit->burst);
    args[3] = was_there ? STR("1") : STR("0");
}

enum err rate_eval(struct scope *sc, struct rate *r, struct rate_account *a, const struct rate_script *s,
                   struct redis_reply *out)
{
    enum err e;

    if (!r->redis || loop_now_us() < r->away_until_us)
        return FAIL(sc, ERR_UNAVAILABLE, "the platform's work list is away");
    sc->deadline_us = loop_now_us() + RATE_ASK_US;
    e = redis_eval(sc, r->redis, s->script, &s->key, 1, s->args, s->n, out);
    if (e != OK)
        r->away_until_us = loop_now_us() + RATE_ASK_AGAIN_US;
    else
        a->answered_us = loop_now_us();
    return e == OK ? OK : FAIL(sc, ERR_UNAVAILABLE, "the platform's work list is away");
}

static void answer_read(const struct redis_reply *reply, struct rate_account *a, struct rate_ask *ask)
{
    int64_t threads = reply->items[14].number;

    for (size_t l = 0; l < LANE_COUNT; l++) {
        int64_t got = reply->items[l].number, waiting = reply->items[9 + l].number;

        ask->got[l] = got < 0 ? 0 : (size_t)got < ask->want[l] ? (size_t)got : ask->want[l];
        ask->waiting[l] = waiting < 0 ? 0 : (size_t)waiting;
    }
    ask->next_us = reply->items[5].number;
    ask->millitokens = reply->items[6].number;
    ask->per_1000_s = reply->items[7].number;
    ask->pause_us = reply->items[8].number;
    a->threads = threads < 1 ? 1 : threads > RATE_THREADS_MAX ? RATE_THREADS_MAX : (unsigned)threads;
}

enum err rate_shared(struct scope *sc, struct rate *r, struct rate_account *a, const struct rate_limit *limit,
                     struct rate_ask *ask)
{
    struct str args[ARGS];
    struct redis_reply reply;

    first_args(sc, r, a, limit, args);
    args[4] = str_of(r->name);
    args[5] = number(sc, (int64_t)ask->most);
    args[6] = ask->looking ? STR("look") : ask->force ? STR("force") : STR("take");
    for (size_t l = 0; l < LANE_COUNT; l++) {
        args[7 + l] = number(sc, rate_kept(limit->burst, (enum lane)l));
        args[12 + l] = number(sc, (int64_t)ask->want[l]);
        args[17 + l] = number(sc, ask->cost[l] > 0 ? ask->cost[l] : 1);
    }
    TRY(sc, rate_eval(sc, r, a, &(struct rate_script){&r->take, key_of(sc, a), args, ARGS}, &reply));
    if (reply.kind != REDIS_ARRAY || reply.n != ANSWERS)
        return FAIL(sc, ERR_UNAVAILABLE, "the platform's work list answered nonsense");
    answer_read(&reply, a, ask);
    a->pause_until_us = ask->pause_us ? loop_now_us() + ask->pause_us : 0;
    return OK;
}

static enum err tell_shared(struct scope *sc, struct rate *r, struct rate_account *a, const struct rate_limit *limit,
                            const struct rate_news *news)
{
    struct redis_reply reply;
    struct str args[11];

    first_args(sc, r, a, limit, args);
    args[4] = number(sc, news->pause_us);
    args[5] = number(sc, news->remaining);
    args[6] = number(sc, news->per_1000_s);
    args[7] = number(sc, news->for_us);
    args[8] = number(sc, news->back);
    args[9] = number(sc, news->said_per_1000_s);
    args[10] = number(sc, news->said_burst);
    return rate_eval(sc, r, a, &(struct rate_script){&r->tell, key_of(sc, a), args, ARRAY_LEN(args)}, &reply);
}

/* An answer that only says that there is room is not worth a question to Redis. */
static bool matters(const struct rate_limit *limit, const struct rate_news *news)
{
    return news->pause_us > 0 || (news->remaining >= 0 && news->remaining < limit->burst) ||
           (news->for_us > 0 && news->per_1000_s < limit->per_1000_s) || news->back > 0;
}

/* What a bucket is said to be changes seldom, and is said with every answer. */
static bool says_anew(const struct rate *r, const struct rate_account *a, const struct rate_limit *limit,
                      const struct rate_news *news)
{
    const struct rate_bucket *b = &a->own;
    int64_t per_1000_s = b->said_until_us ? b->said_per_1000_s : limit->per_1000_s;
    int64_t burst = b->said_until_us ? b->said_burst : limit->burst;

    if (!news->said_per_1000_s && !news->said_burst)
        return false;
    return (news->said_per_1000_s && news->said_per_1000_s != per_1000_s) ||
           (news->said_burst && news->said_burst != burst) ||
           (b->said_until_us && rate_now_us(r) - a->told_us > RATE_SAY_AGAIN_US);
}

/* Tokens come back where they were taken: into the bucket here only while Redis is away. */
static void tell(struct rate *r, struct rate_account *a, const struct rate_limit *limit, const struct rate_news *news)
{
    struct rate_news here = *news;
    struct scope *sc = scope_new();

    here.back = 0;
    rate_local_tell(r, a, limit, &here); /* before this parks: a pause counts at once */
    if (!limit->per_1000_s || tell_shared(sc, r, a, limit, news) != OK)
        rate_local_tell(r, a, limit, &(struct rate_news){.remaining = news->remaining, .back = news->back});
    scope_free(sc);
}

void rate_tell(struct rate *r, const struct uuid *account, const struct rate_limit *limit, const struct rate_news *news)
{
    struct rate_account *a;

    a = rate_account(r, account);
    if (!matters(limit, news) && !says_anew(r, a, limit, news))
        return;
    if (news->said_per_1000_s || news->said_burst)
        a->told_us = rate_now_us(r);
    if (news->pause_us)
        metric_add(METRIC_RATE_PAUSES, 1);
    a->refs++;
    tell(r, a, limit, news);
    a->refs--;
}

void rate_charge(struct rate *r, const struct uuid *account, const struct rate_limit *limit)
{
    rate_charge_cost(r, account, limit, 1);
}

void rate_charge_cost(struct rate *r, const struct uuid *account, const struct rate_limit *limit, int64_t cost)
{
    struct rate_ask ask = {.force = true, .cost[0] = cost};
    struct rate_account *a;
    struct scope *sc;

    if (!limit->per_1000_s)
        return;
    a = rate_account(r, account);
    a->refs++;
    sc = scope_new();
    if (rate_shared(sc, r, a, limit, &ask) != OK)
        rate_local(r, a, limit, &ask);
    scope_free(sc);
    a->refs--;
}

void rate_look(struct rate *r, const struct uuid *account, const struct rate_limit *limit, struct rate_view *out)
{
    struct rate_account *a = rate_account(r, account);
    struct rate_ask ask = {.looking = true};
    struct scope *sc = scope_new();

    a->refs++;
    out->shared = limit->per_1000_s && rate_shared(sc, r, a, limit, &ask) == OK;
    scope_free(sc);
    if (!out->shared)
        rate_local(r, a, limit, &ask);
    a->refs--;
    out->per_1000_s = ask.per_1000_s;
    out->millitokens = ask.millitokens;
    out->pause_us = ask.pause_us;
    for (size_t l = 0; l < LANE_COUNT; l++) /* what this thread has not told Redis yet is seen as well */
        out->waiting[l] = ask.waiting[l] > a->waiting[l] ? ask.waiting[l] : a->waiting[l];
}
