#include "base/money.h"
#include "base/timefmt.h"
#include "connect/connect_int.h"

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

void pace_begin(struct pace *p, const struct uuid *connection_id, const struct connector_rate *usual,
                const struct doc *settings)
{
    *p = (struct pace){*connection_id, {usual->per_1000_s, usual->burst > 0 ? usual->burst : 1}, LANE_BACKFILL, false};
    (void)rate_read_settings(settings, &p->limit); /* what is wrong was refused when it was saved */
}

enum err pace_wait(struct scope *sc, struct pace *p)
{
    if (!rate || p->in_hand)
        return OK;
    TRY(sc, rate_take(sc, rate, &p->account, &p->limit, p->lane));
    p->in_hand = true;
    return OK;
}

void pace_end(struct pace *p)
{
    if (rate && p->in_hand)
        rate_give_back(rate, &p->account);
    p->in_hand = false;
}

static const char *header_of(void *arg, const char *name)
{
    return net_header_get(arg, name);
}

void pace_called(struct pace *p, const struct net_answer *answer)
{
    struct rate_news news;

    if (!rate)
        return;
    if (!p->in_hand)
        rate_charge(rate, &p->account, &p->limit);
    p->in_hand = false;
    if (answer && rate_read(answer->status, header_of, (void *)(uintptr_t)answer, time_now_us(), &news))
        rate_tell(rate, &p->account, &p->limit, &news);
}
