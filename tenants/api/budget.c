#include <stdlib.h>
#include <string.h>

#include "api/manners_int.h"
#include "base/must.h"
#include "base/timefmt.h"
#include "obs/obs.h"
#include "redis/redis.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* How many requests a key and a customer may make in a minute. The count is Redis'; a thread takes a batch of it at a
 * time and spends that by itself, so that a request waits for nothing. It goes on credit of one batch while Redis is
 * asked: what that is worth is in decision record 0011. When Redis is away, or slower than that, each thread lets its
 * share of the budget through: never nothing, never all. */
#define WINDOW_US (INT64_C(60) * 1000000)
#define WINDOW_S  60
#define PLACES    65536 /* of a key and of a customer, for reads and for writes: 16,384 tenants in a minute */
#define PROBES    8
#define BATCHES   200 /* in a budget */
#define BATCH_MAX 1000
#define ASK_AGAIN 1000000
#define ASK_LIMIT 2000000

struct place {
    struct uuid who;
    enum http_class class;
    int64_t window;
    int64_t tokens; /* in hand; below zero: spent on credit */
    int64_t left;   /* in Redis, when it last answered */
    int64_t spent;  /* by this thread in this window */
    int64_t away_until_us;
    bool asking, full, away;
};

/* Made with the first request; pages of it that nobody is counted in cost nothing. */
static _Thread_local struct place *places;

/* KEYS: the count. ARGV: the budget, what is wanted, milliseconds to keep it. Gives what is granted and what is left.
 */
static _Thread_local struct redis_script grant_script = {
    .text = "local used = tonumber(redis.call('get', KEYS[1]) or '0')\n"
            "local left = tonumber(ARGV[1]) - used\n"
            "local grant = math.max(0, math.min(tonumber(ARGV[2]), left))\n"
            "if grant > 0 then\n"
            "  redis.call('incrby', KEYS[1], grant)\n"
            "  redis.call('pexpire', KEYS[1], ARGV[3])\n"
            "end\n"
            "return {grant, left - grant}",
};

static int64_t batch_of(int64_t quota)
{
    int64_t batch = quota / BATCHES;

    return batch < 1 ? 1 : batch > BATCH_MAX ? BATCH_MAX : batch;
}

static struct place *places_here(void)
{
    if (!places)
        places = calloc(PLACES, sizeof(*places));
    if (!places)
        out_of_memory();
    return places;
}

void api_thread_end(void)
{
    free(places);
    places = NULL;
}

/* An own place, or the one of somebody whose minute is over, or anybody's: what is lost with it is one batch. */
static struct place *place_of(const struct uuid *who, enum http_class class, int64_t window)
{
    size_t at = ((size_t)who->b[12] << 24 | (size_t)who->b[13] << 16 | (size_t)who->b[14] << 8 | who->b[15]) +
                (size_t) class * 7;
    struct place *all = places_here(), *free_one = &all[at % PLACES];

    for (size_t i = 0; i < PROBES; i++) {
        struct place *p = &all[(at + i) % PLACES];

        if (p->class == class && uuid_equal(&p->who, who))
            return p;
        if (p->window < window && free_one->window >= window)
            free_one = p;
    }
    *free_one = (struct place){.who = *who, .class = class, .window = -1};
    return free_one;
}

struct question {
    struct scope *sc;
    struct place *place;
    struct uuid who;
    enum http_class class;
    int64_t window, quota, want;
};

static enum err put_question(struct question *q, int64_t *grant, int64_t *left)
{
    struct scope *sc = q->sc;
    char id[UUID_TEXT_LEN + 1];
    struct redis_reply reply;
    struct str key, args[3];

    uuid_format(&q->who, id);
    key = str_of(arena_f(sc->arena, "tenon:rate:{%s}:%d:%lld", id, (int)q->class, (long long)q->window));
    args[0] = str_of(arena_f(sc->arena, "%lld", (long long)q->quota));
    args[1] = str_of(arena_f(sc->arena, "%lld", (long long)q->want));
    args[2] = str_of(arena_f(sc->arena, "%lld", (long long)(2 * WINDOW_US / 1000)));
    sc->deadline_us = loop_now_us() + ASK_LIMIT;
    TRY(sc, redis_eval(sc, api_here()->redis, &grant_script, &key, 1, args, 3, &reply));
    if (reply.kind != REDIS_ARRAY || reply.n != 2)
        return FAIL(sc, ERR_INTERNAL, "the platform's count of requests is damaged");
    *grant = reply.items[0].number;
    *left = reply.items[1].number;
    return OK;
}

/* The place may be another's, and the minute another one, when the answer comes. */
static void ask_fiber(void *arg)
{
    struct question *q = arg;
    struct place *p = q->place;
    int64_t grant = 0, left = 0;
    enum err e = put_question(q, &grant, &left);

    if (p->class == q->class && uuid_equal(&p->who, &q->who)) {
        p->asking = false;
        p->away = e != OK;
        p->away_until_us = loop_now_us() + ASK_AGAIN;
        if (e == OK && p->window == q->window) {
            p->tokens += grant;
            p->left = left;
            p->full = grant < q->want;
        }
    }
    if (e != OK)
        log_fault(LOG_DEBUG, "api", q->sc, "the count of requests could not be asked for");
    scope_free(q->sc);
}

static void ask(struct place *p, int64_t quota)
{
    struct scope *sc;
    struct question *q;

    if (!api_here()->redis || (p->away && loop_now_us() < p->away_until_us)) {
        p->away = true;
        return;
    }
    sc = scope_new();
    q = ARENA_NEW(sc->arena, struct question);
    *q = (struct question){sc, p, p->who, p->class, p->window, quota, batch_of(quota) - p->tokens};
    p->asking = true;
    if (fiber_start(ask_fiber, q))
        return;
    p->asking = false;
    scope_free(sc);
}

static bool within_share(const struct place *p, int64_t quota, int64_t cost)
{
    int64_t share = quota / api_here()->budgets.sharers;

    return p->spent + cost <= (share > cost ? share : cost);
}

static bool may_spend(struct place *p, int64_t quota, int64_t cost)
{
    int64_t batch = batch_of(quota);

    if (!p->asking && !p->full && p->tokens - cost <= batch / 2)
        ask(p, quota);
    if (p->tokens >= cost)
        return true;
    if (p->full)
        return false;
    if (p->away || p->tokens - cost < -(batch > cost ? batch : cost))
        return within_share(p, quota, cost);
    return true;
}

static bool spend(const struct uuid *who, enum http_class class, int64_t quota, int64_t cost, struct budget_view *v)
{
    int64_t now = time_now_us(), window = now / WINDOW_US;
    struct place *p = place_of(who, class, window);
    bool may;

    if (p->window != window) {
        p->window = window;
        p->tokens = p->spent = 0;
        p->left = quota;
        p->full = false;
    }
    may = may_spend(p, quota, cost);
    if (may) {
        p->tokens -= p->away && p->tokens < cost ? 0 : cost;
        p->spent += cost;
    }
    v->quota = quota;
    v->left = p->away ? quota / api_here()->budgets.sharers - p->spent : p->left + p->tokens;
    if (v->left < 0)
        v->left = 0;
    if (v->left > quota)
        v->left = quota;
    v->seconds = (int)((WINDOW_US - now % WINDOW_US + 999999) / 1000000);
    return may;
}

static enum err exceeded(struct scope *sc, const struct budget_view *v)
{
    enum err e = FAIL(sc, ERR_LIMIT, "more than %lld requests in a minute: come back in %d seconds",
                      (long long)v->quota, v->seconds);

    scope_problem(sc, "quota-exceeded", 429);
    scope_members(sc, arena_f(sc->arena, "\"violated-policies\":[\"%s\"]", v->name));
    scope_retry_after(sc, v->seconds);
    metric_add_label(METRIC_HTTP_REFUSED, "quota", 1);
    return e;
}

enum err budget_spend(struct scope *sc, const struct rq *rq, struct budget_view views[BUDGETS_MAX], size_t *out_n)
{
    const struct api_budgets *b = &api_here()->budgets;
    enum http_class class = route_class(rq->route);
    int64_t cost = rq->route->cost ? rq->route->cost : 1;
    bool write = class == HTTP_CLASS_WRITE;
    size_t n = 0;

    *out_n = 0;
    if (!sc->caller || class == HTTP_CLASS_FREE || b->reads == 0)
        return OK;
    views[n].name = write ? "write" : "read";
    *out_n = n + 1;
    if (!spend(&sc->actor_id, class, write ? b->writes : b->reads, cost, &views[n]))
        return exceeded(sc, &views[n]);
    if (!sc->tenant.has_customer)
        return OK;
    views[++n].name = write ? "customer-write" : "customer-read";
    *out_n = n + 1;
    if (!spend(&sc->tenant.customer_id, class, write ? b->customer_writes : b->customer_reads, cost, &views[n]))
        return exceeded(sc, &views[n]);
    return OK;
}

enum err api_spend(struct scope *sc)
{
    const struct api_budgets *b = &api_here()->budgets;
    struct budget_view view = {.name = "write"};

    if (b->reads == 0 || spend(&sc->actor_id, HTTP_CLASS_WRITE, b->writes, 1, &view))
        return OK;
    return exceeded(sc, &view);
}

/* draft-ietf-httpapi-ratelimit-headers: lists of structured fields. */
void budget_dress(struct scope *sc, struct rs *rs, const struct budget_view *views, size_t n)
{
    struct buf policy, now;

    if (n == 0)
        return;
    buf_init(&policy, sc->arena, 256);
    buf_init(&now, sc->arena, 256);
    for (size_t i = 0; i < n; i++) {
        buf_f(&policy, "%s\"%s\";q=%lld;w=%d", i ? ", " : "", views[i].name, (long long)views[i].quota, WINDOW_S);
        buf_f(&now, "%s\"%s\";r=%lld;t=%d", i ? ", " : "", views[i].name, (long long)views[i].left, views[i].seconds);
    }
    rs_header(sc, rs, "ratelimit-policy", buf_cstr(&policy));
    rs_header(sc, rs, "ratelimit", buf_cstr(&now));
}
