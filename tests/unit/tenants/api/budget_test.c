#include "access/access.h"
#include "api/manners_int.h"
#include "http/http_int.h"
#include "kit/loop.h"
#include "kit/redis.h"
#include "kit/test.h"
#include "redis/redis.h"

static enum err none(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return rs_empty(sc, rs, 204);
}

static const struct route reading = {GET, "/v1/things", none}, writing = {POST, "/v1/things", none},
                          costly = {GET, "/v1/things/export", none, .cost = 10},
                          free_one = {GET, "/v1/health", none, .class = HTTP_CLASS_FREE};

static struct api_thread thread;
static struct caller caller;
static struct test_redis server;

static struct scope *given_caller(int64_t reads)
{
    struct scope *sc = test_scope();
    struct http_app app;

    thread.budgets = (struct api_budgets){reads, 5, 1000, 1000, 2};
    api_app(&thread, &app);
    app.begin(sc, &thread);
    sc->caller = &caller;
    sc->actor_id = uuid_new();
    return sc;
}

static enum err asked(struct scope *sc, const struct route *r, struct budget_view views[BUDGETS_MAX])
{
    struct rq rq = {.method = r->method, .route = r};
    size_t n;
    enum err e = budget_spend(sc, &rq, views, &n);

    if (r->class == HTTP_CLASS_FREE)
        CHECK_INT(n, 0);
    fiber_yield(); /* what was asked of Redis is on its way */
    fiber_sleep_us(2000);
    return e;
}

/* How many of so many requests are let through; the minute may turn once meanwhile. */
static int let_through(struct scope *sc, const struct route *r, int n)
{
    struct budget_view views[BUDGETS_MAX];
    int good = 0;

    for (int i = 0; i < n; i++)
        good += asked(sc, r, views) == OK;
    return good;
}

static void within(int got, int least, int most)
{
    if (got < least || got > most)
        test_failed(__FILE__, __LINE__, "%d, not %d to %d", got, least, most);
}

static void with_redis(void)
{
    test_redis_start(&server);
    thread.redis = redis_open(server.url);
    fiber_sleep_us(50000);
}

static void done(void)
{
    fiber_sleep_us(20000);
    redis_close(thread.redis);
}

TEST_IN_LOOP(a_key_spends_its_budget_and_no_more)
{
    struct budget_view views[BUDGETS_MAX];
    struct scope *sc;

    with_redis();
    sc = given_caller(20);
    within(let_through(sc, &reading, 60), 20, 42);
    CHECK_ERR(asked(sc, &reading, views), ERR_LIMIT);
    CHECK_STR(scope_fault(sc)->problem, "quota-exceeded");
    CHECK_STR(scope_fault(sc)->members, "\"violated-policies\":[\"read\"]");
    CHECK(scope_fault(sc)->retry_after_s >= 1 && scope_fault(sc)->retry_after_s <= 60);
    CHECK_INT(views[0].left, 0);
    CHECK_OK(asked(sc, &writing, views)); /* which has a budget of its own */
    CHECK_STR(views[0].name, "write");
    sc->actor_id = uuid_new();
    CHECK_OK(asked(sc, &reading, views)); /* and so has another key */
    done();
}

TEST_IN_LOOP(a_costly_operation_counts_for_several_and_a_free_one_for_none)
{
    struct scope *sc;

    with_redis();
    sc = given_caller(40);
    within(let_through(sc, &costly, 12), 4, 9);
    CHECK_INT(let_through(sc, &free_one, 10), 10);
    done();
}

TEST_IN_LOOP(keys_of_one_customer_share_its_budget)
{
    struct budget_view views[BUDGETS_MAX];
    struct scope *sc;
    int good = 0;

    with_redis();
    sc = given_caller(1000);
    thread.budgets.customer_reads = 10;
    sc->tenant = (struct tenant){.has_partner = true, .has_customer = true, .customer_id = uuid_new()};
    for (int i = 0; i < 30; i++) {
        sc->actor_id = uuid_new();
        good += asked(sc, &reading, views) == OK;
    }
    within(good, 10, 22);
    CHECK_ERR(asked(sc, &reading, views), ERR_LIMIT);
    CHECK_STR(scope_fault(sc)->members, "\"violated-policies\":[\"customer-read\"]");
    done();
}

TEST_IN_LOOP(who_asks_without_a_callers_route_spends_writes)
{
    struct budget_view views[BUDGETS_MAX];
    struct scope *sc;
    int good = 0;

    with_redis();
    sc = given_caller(1000);
    sc->caller = NULL;
    for (int i = 0; i < 40; i++) {
        good += api_spend(sc) == OK;
        fiber_sleep_us(2000);
    }
    within(good, 5, 12);
    CHECK_ERR(api_spend(sc), ERR_LIMIT);
    CHECK_STR(scope_fault(sc)->members, "\"violated-policies\":[\"write\"]");
    sc->caller = &caller;
    CHECK_ERR(asked(sc, &writing, views), ERR_LIMIT); /* it is the same one */
    done();
}

/* Two threads share 20: each lets ten through. */
TEST_IN_LOOP(without_redis_a_thread_lets_its_share_through)
{
    struct scope *sc = given_caller(20);

    thread.redis = NULL;
    within(let_through(sc, &reading, 60), 10, 21);
    sc->actor_id = uuid_new();
    CHECK_INT(let_through(sc, &costly, 1), 1);
}

TEST_IN_LOOP(what_redis_does_when_it_comes_back_counts_again)
{
    struct scope *sc;

    with_redis();
    sc = given_caller(1000);
    test_redis_kill(&server);
    fiber_sleep_us(20000);
    within(let_through(sc, &reading, 20), 20, 20);
    test_redis_restart(&server);
    fiber_sleep_us(1500000);
    within(let_through(sc, &reading, 20), 20, 20);
    done();
}

TEST_IN_LOOP(budgets_are_told_as_structured_fields)
{
    static const struct budget_view views[] = {{"read", 600, 412, 23}, {"customer-read", 6000, 0, 23}};
    struct rs rs = {0};

    budget_dress(test_scope(), &rs, views, 0);
    CHECK_INT(rs.header_count, 0);
    budget_dress(test_scope(), &rs, views, 2);
    CHECK_INT(rs.header_count, 2);
    CHECK(str_is(rs.headers[0].value, "\"read\";q=600;w=60, \"customer-read\";q=6000;w=60"));
    CHECK(str_is(rs.headers[1].value, "\"read\";r=412;t=23, \"customer-read\";r=0;t=23"));
}
