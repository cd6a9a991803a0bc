#include "conform/conform_int.h"

#include "rate/rate.h"
#include "sys/loop.h"

/* How often the vendor lets itself be called: the stand-in keeps real buckets and refuses what is too much, and no call
 * of ours may be refused. Both sides go by a clock that the trial turns on whenever somebody is told to come again, so
 * that an hour's wait takes no time and a busy machine changes nothing. */

#define ASKS_MAX 4000
#define OVER     1.1 /* of what a full bucket holds: the rest has to be waited for */

static _Thread_local int64_t skipped_us;

static int64_t clock_us(void)
{
    return loop_now_us() + skipped_us;
}

/* What is tried: a bucket of the manifest's, or the account (NULL). */
static _Thread_local struct connector_cost tried;

static double enough(void)
{
    return (double)tried.rate.burst * OVER + 3;
}

static bool is_done(struct trial *t)
{
    return standin_limits_counted(t->s).taken >= enough();
}

/* Seconds that so many tokens need beyond a full bucket. */
static double needed_s(double taken)
{
    return (taken - (double)tried.rate.burst) * 1000 / (double)tried.rate.per_1000_s;
}

static void asked_in_time(struct trial *t)
{
    int64_t began_us = clock_us(), waited_s = 0, waits = 0;
    struct standin_counts n;
    double took_s;

    for (int i = 0; i < ASKS_MAX && !is_done(t); i++) {
        struct outcome o = conform_ask(t, conform_plan(t, "with"), NULL, false);

        if (o.e != ERR_LIMIT)
            continue;
        waited_s += o.again_s;
        waits++;
        skipped_us += (int64_t)o.again_s * 1000000;
    }
    n = standin_limits_counted(t->s);
    took_s = (double)(clock_us() - began_us) / 1e6;
    if (n.refused)
        conform_fails(t, "%lld of %lld calls were more than the vendor allows", (long long)n.refused,
                      (long long)n.calls);
    if (!is_done(t))
        conform_fails(t, "only %.0f of %.0f tokens were used in %d tries", n.taken, enough(), ASKS_MAX);
    /* Who is told to come again is told whole seconds, rounded up, and half as many more so that not all come at once.
     */
    if ((double)waited_s > 2 * needed_s(n.taken) + 3 * (double)waits + 1)
        conform_fails(t, "%lld s were waited for what needs %.0f", (long long)waited_s, needed_s(n.taken));
    if (took_s < 0.5 * needed_s(n.taken))
        conform_fails(t, "%.0f tokens in %.0f s are more than a bucket gives", n.taken, took_s);
}

static void paced(struct trial *t)
{
    struct rate *rate = rate_open(NULL, 1);

    rate_clock_set(rate, clock_us);
    connect_rate_set(rate);
    t->lane_orders = true;
    standin_limits(t->s, clock_us);
    asked_in_time(t);
    standin_limits(t->s, NULL);
    t->lane_orders = false;
    connect_rate_set(NULL);
    rate_close(rate);
}

/* That the stand-in would have refused: without it, the trial before says nothing. */
static void unpaced(struct trial *t)
{
    standin_limits(t->s, clock_us);
    for (int i = 0; i < ASKS_MAX && !standin_limits_counted(t->s).refused; i++)
        (void)conform_ask(t, conform_plan(t, "with"), NULL, false);
    if (!standin_limits_counted(t->s).refused)
        conform_fails(t, "%d calls at once were none too many", ASKS_MAX);
    standin_limits(t->s, NULL);
}

static bool same_bucket(const struct connector_cost *a, const struct connector_cost *b)
{
    return a->bucket && b->bucket ? strcmp(a->bucket, b->bucket) == 0 : !a->bucket && !b->bucket;
}

static struct connector_cost cost_of(const struct trial *t, const char *operation)
{
    struct erp_site site = {.connector = t->c, .settings = t->settings};
    struct connector_cost cost;

    t->c->named->cost(&site, &(struct ask){.operation = operation}, &cost);
    if (!cost.bucket)
        cost.rate = t->c->named->rate;
    return cost;
}

/* The first operation of each bucket that the plan says how to call. */
static bool is_first(const struct trial *t, size_t i, const struct connector_cost *cost)
{
    const struct doc *plans = doc_get(t->document, "operations");
    struct manifest_use use;

    for (size_t k = 0; k < i; k++) {
        struct connector_cost before;

        (void)manifest_uses(manifest_of(t->c), k, &use);
        before = cost_of(t, use.operation);
        if (same_bucket(&before, cost) && doc_get(plans, use.operation) &&
            !doc_get(doc_get(plans, use.operation), "skip"))
            return false;
    }
    return true;
}

void conform_limits(struct trial *t)
{
    struct manifest_use use;
    struct erp_site site = {.connector = t->c, .settings = t->settings};

    if (!standin_has_limits(t->s))
        return;
    for (size_t i = 0; i < manifest_uses(manifest_of(t->c), i, &use); i++) {
        t->plan = doc_get(doc_get(t->document, "operations"), use.operation);
        tried = cost_of(t, use.operation);
        if (!t->plan || conform_plan(t, "skip") || !tried.rate.per_1000_s || !is_first(t, i, &tried))
            continue;
        t->operation = use.operation;
        t->capability = tried.bucket ? arena_f(t->sc->arena, "limit %s", tried.bucket) : "limit";
        t->key = "conformance:1";
        (void)t->c->named->operation(&site, use.operation, &t->op);
        conform_scenario(t, "as often as the vendor allows, and never more", paced);
        conform_scenario(t, "the vendor refuses what is more", unpaced);
    }
}
