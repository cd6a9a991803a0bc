#include "connect/connect_int.h"

#include "kit/loop.h"
#include "kit/test.h"

static struct uuid account = {.b = {7}};
static struct rate *rate;

static struct pace paced(const struct connector_rate *usual, const char *settings)
{
    const struct doc *d = NULL;
    struct pace p;

    CHECK_OK(doc_parse(test_scope(), str_of(settings), &d));
    pace_begin(&p, &account, usual, d);
    return p;
}

static void begin(void)
{
    rate = rate_open(NULL, 1);
    connect_rate_set(rate);
}

static void end(void)
{
    pace_thread_end();
    rate_close(rate);
}

TEST(a_connection_may_have_another_rate_than_is_usual)
{
    static const struct connector_rate usual = {2000, 40}, none = {0};

    CHECK_INT(paced(&usual, "{}").limit.per_1000_s, 2000);
    CHECK_INT(paced(&usual, "{}").limit.burst, 40);
    CHECK_INT(paced(&usual, "{\"rate\":{\"per_second\":4,\"burst\":80}}").limit.per_1000_s, 4000);
    CHECK_INT(paced(&usual, "{\"rate\":{\"per_second\":4,\"burst\":80}}").limit.burst, 80);
    CHECK_INT(paced(&usual, "{\"rate\":{\"per_second\":4}}").limit.burst, 4);
    CHECK_INT(paced(&usual, "{\"rate\":{\"per_second\":0.0167}}").limit.per_1000_s, 2000); /* refused when saved */
    CHECK_INT(paced(&usual, "{\"rate\":{\"per_second\":0.017}}").limit.per_1000_s, 17);
    CHECK_INT(paced(&usual, "{\"rate\":{\"per_second\":0.017}}").limit.burst, 1);
    CHECK_INT(paced(&usual, "{\"rate\":{\"per_second\":0}}").limit.per_1000_s, 0);
    CHECK_INT(paced(&none, "{}").limit.per_1000_s, 0);
    CHECK_INT(paced(&none, "{}").lane, LANE_BACKFILL); /* whoever forgets to say goes last */
}

TEST_IN_LOOP(a_token_is_for_one_call)
{
    static const struct connector_rate rare = {1, 2};
    struct pace p = paced(&rare, "{}");

    begin();
    p.lane = LANE_ORDERS;
    CHECK_OK(pace_wait(test_scope(), &p));
    CHECK_OK(pace_wait(test_scope(), &p)); /* the one in hand */
    pace_called(&p, NULL);
    CHECK_OK(pace_wait(test_scope(), &p));
    pace_called(&p, NULL);
    CHECK_ERR(pace_wait(test_scope(), &p), ERR_LIMIT);
    end();
}

static bool got;

static void wait_for_one(void *arg)
{
    struct scope *sc = scope_new();

    got = pace_wait(sc, arg) == OK;
    scope_free(sc);
}

TEST_IN_LOOP(a_token_that_no_call_used_is_anothers)
{
    static const struct connector_rate slow = {250, 1}; /* a token in four seconds */
    struct pace first = paced(&slow, "{}"), second = paced(&slow, "{}");

    begin();
    first.lane = second.lane = LANE_ORDERS;
    CHECK_OK(pace_wait(test_scope(), &first));
    CHECK(fiber_start(wait_for_one, &second));
    fiber_sleep_us(50000);
    CHECK(!got);
    pace_end(&first);
    fiber_sleep_us(10000);
    CHECK(got && second.in_hand && !first.in_hand);
    pace_called(&second, NULL);
    pace_end(&second); /* used: there is none to give */
    CHECK(!second.in_hand);
    end();
}

TEST_IN_LOOP(a_call_that_did_not_wait_is_charged)
{
    static const struct connector_rate rare = {1, 2};
    struct pace p = paced(&rare, "{}");

    begin();
    p.lane = LANE_ORDERS;
    pace_called(&p, NULL);
    pace_called(&p, NULL);
    CHECK_ERR(pace_wait(test_scope(), &p), ERR_LIMIT);
    end();
}

TEST_IN_LOOP(too_many_stops_an_account_even_without_a_limit)
{
    static const struct connector_rate none = {0};
    static const struct net_header headers[] = {{"Retry-After", "30"}};
    struct net_answer answer = {.status = 429, .headers = headers, .header_count = 1};
    struct pace p = paced(&none, "{}"), another = paced(&none, "{}");

    begin();
    another.account.b[0] = 8;
    CHECK_OK(pace_wait(test_scope(), &p));
    pace_called(&p, &answer);
    CHECK_ERR(pace_wait(test_scope(), &p), ERR_LIMIT);
    CHECK(scope_fault(test_scope())->retry_after_s >= 30);
    CHECK_OK(pace_wait(test_scope(), &another));
    end();
}

TEST_IN_LOOP(without_a_rate_nobody_waits)
{
    static const struct connector_rate rare = {1, 1};
    struct pace p = paced(&rare, "{}");

    for (int i = 0; i < 10; i++) {
        CHECK_OK(pace_wait(test_scope(), &p));
        pace_called(&p, NULL);
    }
}
