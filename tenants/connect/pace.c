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
                       .usual = limit_of(usual),
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

/* Longer than the name of a bucket may be, so that it is none's. */
#define POINTS "the vendor's points, beside the calls that people have set a rate for"

/* A rate that people set counts calls. Where the vendor counts points those are a bucket beside it, and the vendor's
 * own: nobody has said that it holds more. */
void pace_of(struct pace *p, const struct connector_cost *cost)
{
    bool points_apart = !cost->bucket && cost->tokens > 0 && p->by_people && p->usual.per_1000_s > 0;

    p->cost = cost->tokens > 1 ? cost->tokens : 1;
    p->counted_apart = cost->bucket || points_apart;
    p->aside = false;
    if (!p->counted_apart)
        return;
    p->bucket = bucket_id(&p->account, points_apart ? POINTS : cost->bucket);
    p->bucket_limit = points_apart ? p->usual : limit_of(&cost->rate);
}

/* ---- what is in hand ---- */

/* Exactly once: what is given back is in hand no more, whoever comes here meanwhile. */
static void give_back(struct pace_hand *h, int64_t keep)
{
    int64_t back = h->n - keep;

    if (back <= 0)
        return;
    h->n = keep;
    if (rate)
        rate_give_back(rate, &h->of, &h->limit, back);
}

/* So many of this one, and no more: what is too much goes back, as does what is in hand of another. Parks. */
static enum err in_hand(struct scope *sc, struct pace *p, struct pace_hand *h, const struct pace_hand *wanted)
{
    if (!uuid_equal(&h->of, &wanted->of))
        give_back(h, 0);
    give_back(h, wanted->n);
    h->of = wanted->of;
    h->limit = wanted->limit;
    if (h->n == wanted->n)
        return OK;
    TRY(sc, rate_take_cost(sc, rate, &h->of, &h->limit, p->lane, wanted->n - h->n));
    h->n = wanted->n;
    return OK;
}

/* A call was made: of what it cost the rest is charged that was not in hand. What it did not cost stays in hand for the
 * call that is still to come. */
static void spend(struct pace_hand *h, const struct pace_hand *spent)
{
    bool same = uuid_equal(&h->of, &spent->of);
    int64_t had = !same ? 0 : h->n < spent->n ? h->n : spent->n;

    if (same)
        h->n -= had;
    if (had < spent->n)
        rate_charge_cost(rate, &spent->of, &spent->limit, spent->n - had);
}

static struct pace_hand of_account(const struct pace *p)
{
    return (struct pace_hand){p->account, p->limit, p->aside || p->counted_apart ? 1 : p->cost};
}

static struct pace_hand of_bucket(const struct pace *p)
{
    return (struct pace_hand){p->bucket, p->bucket_limit, p->cost};
}

/* The rarer token first: one of the account that is taken and not used is missed by all others. */
enum err pace_wait(struct scope *sc, struct pace *p)
{
    struct pace_hand account = of_account(p), bucket = of_bucket(p);

    if (!rate)
        return OK;
    if (p->counted_apart && !p->aside)
        TRY(sc, in_hand(sc, p, &p->of_bucket, &bucket));
    return in_hand(sc, p, &p->of_account, &account);
}

void pace_put_down(struct pace *p)
{
    give_back(&p->of_bucket, 0);
}

void pace_end(struct pace *p)
{
    give_back(&p->of_account, 0);
    give_back(&p->of_bucket, 0);
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

bool connect_places_renew(void)
{
    return rate && rate_renew(rate);
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
    struct pace_hand account = of_account(p), bucket = of_bucket(p);

    p->charged = p->aside ? 1 : p->cost;
    spend(&p->of_account, &account);
    if (p->counted_apart && !p->aside)
        spend(&p->of_bucket, &bucket);
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
    if (said->spent >= 0 && said->spent < p->charged) {
        news.back = p->charged - said->spent;
        p->charged = said->spent; /* once */
    }
    if (said->left == 0 && said->more_us > 0)
        news.pause_us = said->more_us < RATE_PAUSE_MAX_US ? said->more_us : RATE_PAUSE_MAX_US;
    tell(p, &news);
}
