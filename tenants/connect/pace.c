#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/timefmt.h"
#include "connect/connect_int.h"
#include "crypto/crypto.h"

static _Thread_local struct rate *rate;

void connect_rate_set(struct rate *of_thread)
{
    rate = of_thread;
}

void pace_thread_end(void)
{
    rate = NULL;
}

/* Calls in a second, of which thousandths count. */
static bool per_second_read(const struct doc *v, int64_t *out)
{
    struct decimal d, thousand = decimal_of(1000), product;

    if (!doc_decimal(v, &d) || doc_kind(v) == DOC_TEXT || !decimal_mul(d, thousand, &product))
        return false;
    product = decimal_trim(product);
    if (!decimal_is_integer(product) || decimal_compare(product, decimal_of(0)) < 0 ||
        decimal_compare(product, decimal_of(RATE_PER_1000_MAX)) > 0)
        return false;
    *out = (int64_t)product.digits;
    return true;
}

/* One of them without the other: what is usual for it, or a second's worth. */
static bool rate_read_settings(const struct doc *settings, struct rate_limit *out)
{
    const struct doc *v = doc_get(settings, "rate");
    const struct doc *per_second = doc_get(v, "per_second"), *burst = doc_get(v, "burst");
    struct rate_limit limit = *out;

    if (!v)
        return true;
    if (!per_second || !per_second_read(per_second, &limit.per_1000_s))
        return false;
    if (burst && (!doc_int(burst, &limit.burst) || limit.burst < 1 || limit.burst > RATE_BURST_MAX))
        return false;
    if (!burst)
        limit.burst = limit.per_1000_s / 1000;
    limit.burst = limit.burst < 1 ? 1 : limit.burst > RATE_BURST_MAX ? RATE_BURST_MAX : limit.burst;
    *out = limit;
    return true;
}

void connector_rate_check(struct scope *sc, const struct doc *settings)
{
    const struct doc *v = doc_get(settings, "rate");
    struct rate_limit unused = {0};

    for (size_t i = 0; v && i < doc_count(v); i++)
        if (doc_kind(v) == DOC_OBJECT && !str_is(doc_key(v, i), "per_second") && !str_is(doc_key(v, i), "burst"))
            scope_item(sc, "/settings/rate", "unknown_member", "it has the members per_second and burst");
    if (!rate_read_settings(settings, &unused))
        scope_item(sc, "/settings/rate", "out_of_range",
                   "per_second: calls in a second, 0 (no limit) to 1000000, with three decimals at most; "
                   "burst: calls at once after a rest, 1 to %d",
                   RATE_BURST_MAX);
}

static struct rate_limit limit_of(const struct connector_rate *r)
{
    return (struct rate_limit){r->per_1000_s, r->burst > 0 ? r->burst : 1};
}

void pace_begin(struct pace *p, const struct uuid *connection_id, const struct connector_rate *usual,
                const struct doc *settings)
{
    *p = (struct pace){.account = *connection_id,
                       .limit = limit_of(usual),
                       .lane = LANE_BACKFILL,
                       .by_people = doc_get(settings, "rate") != NULL,
                       .cost = 1};
    (void)rate_read_settings(settings, &p->limit); /* what is wrong was refused when it was saved */
}

/* An account of its own among the rates: made of the connection's id and the bucket's name. */
static struct uuid bucket_id(const struct uuid *account, const char *name)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[UUID_TEXT_LEN + 80];
    struct uuid id;

    uuid_format(account, text);
    snprintf(text + UUID_TEXT_LEN, sizeof(text) - UUID_TEXT_LEN, " %s", name);
    crypto_hash(text, strlen(text), hash);
    memcpy(id.b, hash, sizeof(id.b));
    return id;
}

void pace_of(struct pace *p, const struct connector_cost *cost)
{
    p->cost = cost->tokens > 1 ? cost->tokens : 1;
    p->counted_apart = cost->bucket != NULL;
    p->aside = false;
    if (!cost->bucket)
        return;
    p->bucket = bucket_id(&p->account, cost->bucket);
    p->bucket_limit = limit_of(&cost->rate);
}

static bool has_hand(const struct pace *p)
{
    return p->bucket_hand && uuid_equal(&p->hand, &p->bucket);
}

/* The rarer token first: one of the account that is taken and not used is missed by all others. */
enum err pace_wait(struct scope *sc, struct pace *p)
{
    if (!rate)
        return OK;
    if (p->counted_apart && !p->aside && !has_hand(p)) {
        TRY(sc, rate_take_cost(sc, rate, &p->bucket, &p->bucket_limit, p->lane, p->cost));
        p->bucket_hand = p->cost;
        p->hand = p->bucket;
    }
    if (p->in_hand)
        return OK;
    TRY(sc, rate_take_cost(sc, rate, &p->account, &p->limit, p->lane, p->counted_apart ? 1 : p->cost));
    p->in_hand = p->counted_apart ? 1 : p->cost;
    return OK;
}

void pace_end(struct pace *p)
{
    if (rate && p->in_hand)
        rate_give_back(rate, &p->account, p->in_hand);
    if (rate && p->bucket_hand)
        rate_give_back(rate, &p->hand, p->bucket_hand);
    p->in_hand = p->bucket_hand = 0;
}

enum err pace_hold(struct scope *sc, struct pace *p)
{
    return rate && p->at_once ? rate_hold(sc, rate, &p->account, p->at_once, &p->held) : OK;
}

void pace_release(struct pace *p)
{
    if (rate)
        rate_release(rate, &p->held);
}

static const char *header_of(void *arg, const char *name)
{
    return net_header_get(arg, name);
}

/* What an answer speaks of: the bucket of its operation, where it has one. */
static void tell(struct pace *p, struct rate_news *news)
{
    const struct rate_limit *limit = p->counted_apart ? &p->bucket_limit : &p->limit;

    if (!p->counted_apart && p->by_people) { /* theirs stays the highest */
        news->said_burst = news->said_burst < limit->burst ? news->said_burst : 0;
        news->said_per_1000_s = news->said_per_1000_s < limit->per_1000_s ? news->said_per_1000_s : 0;
    }
    rate_tell(rate, p->counted_apart ? &p->bucket : &p->account, limit, news);
}

static void charge(struct pace *p)
{
    int64_t whole = p->counted_apart ? 1 : p->cost;

    p->charged = p->aside ? 1 : p->cost;
    if (!p->in_hand)
        rate_charge_cost(rate, &p->account, &p->limit, p->aside ? 1 : whole);
    p->in_hand = 0;
    if (!p->counted_apart || p->aside)
        return;
    if (has_hand(p))
        p->bucket_hand = 0; /* of another bucket it is for the call that is still to come */
    else
        rate_charge_cost(rate, &p->bucket, &p->bucket_limit, p->cost);
}

void pace_called(struct pace *p, const struct net_answer *answer)
{
    struct rate_news news;

    if (!rate)
        return;
    charge(p);
    if (answer && !p->aside && rate_read(answer->status, header_of, (void *)(uintptr_t)answer, time_now_us(), &news))
        tell(p, &news);
    p->aside = false;
}

static int64_t at_most(int64_t n, int64_t most)
{
    return n < most ? n : most;
}

/* Whatever a document of somebody's makes of an answer, it stays within what a rate can be. */
void pace_said(struct pace *p, const struct connector_said *said)
{
    struct rate_news news = {.remaining = at_most(said->left, RATE_BURST_MAX),
                             .said_per_1000_s = at_most(said->per_1000_s, RATE_PER_1000_MAX),
                             .said_burst = at_most(said->burst, RATE_BURST_MAX)};

    if (!rate)
        return;
    if (said->spent >= 0 && said->spent < p->charged)
        news.back = p->charged - said->spent;
    if (said->left == 0 && said->more_us > 0)
        news.pause_us = said->more_us < RATE_PAUSE_MAX_US ? said->more_us : RATE_PAUSE_MAX_US;
    tell(p, &news);
}
