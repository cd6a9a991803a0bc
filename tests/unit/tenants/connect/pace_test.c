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
    CHECK(got && second.of_account.n && !first.of_account.n);
    pace_called(&second, NULL);
    pace_end(&second); /* used: there is none to give */
    CHECK(!second.of_account.n);
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

static const struct connector_rate none = {0};
static const struct connector_cost twice = {.bucket = "getOrder", .rate = {1, 2}},
                                   once = {.bucket = "searchOrders", .rate = {1, 1}};

static int calls_until_full(struct pace *p)
{
    int n = 0;

    while (n < 100 && pace_wait(test_scope(), p) == OK) {
        pace_called(p, NULL);
        n++;
    }
    scope_clear(test_scope());
    return n;
}

TEST_IN_LOOP(calls_that_are_counted_apart_do_not_use_up_the_others)
{
    struct pace p = paced(&none, "{}"), other = paced(&none, "{}");

    begin();
    p.lane = other.lane = LANE_ORDERS;
    pace_of(&p, &twice);
    CHECK_INT(calls_until_full(&p), 2);
    pace_of(&p, &once);
    CHECK_INT(calls_until_full(&p), 1);
    pace_of(&p, &twice);
    CHECK_INT(calls_until_full(&p), 0); /* as another link of the connection would find it, too */
    pace_of(&other, &twice);
    CHECK_INT(calls_until_full(&other), 0);
    other.account.b[0] = 8; /* another connection has buckets of its own */
    pace_of(&other, &twice);
    CHECK_INT(calls_until_full(&other), 2);
    end();
}

TEST_IN_LOOP(what_people_set_holds_beside_what_is_counted_apart)
{
    struct pace p = paced(&none, "{\"rate\":{\"per_second\":0.001,\"burst\":1}}");

    begin();
    p.lane = LANE_ORDERS;
    pace_of(&p, &twice);
    CHECK_INT(calls_until_full(&p), 1);
    end();
}

TEST_IN_LOOP(a_sign_in_takes_nothing_of_its_operation_s_bucket)
{
    struct pace p = paced(&none, "{}");

    begin();
    p.lane = LANE_ORDERS;
    pace_of(&p, &once);
    CHECK_OK(pace_wait(test_scope(), &p));
    p.aside = true;
    pace_called(&p, NULL); /* signed in */
    CHECK_OK(pace_wait(test_scope(), &p));
    pace_called(&p, NULL);
    CHECK_INT(calls_until_full(&p), 0);
    end();
}

TEST_IN_LOOP(what_answers_tell_of_points_is_heeded)
{
    static const struct connector_rate points = {1000, 100};
    static const struct connector_cost forty = {.tokens = 40};
    struct connector_said said = {.left = -1, .asked = 40, .spent = 10};
    struct pace p = paced(&points, "{}");

    begin();
    p.lane = LANE_ORDERS;
    pace_of(&p, &forty);
    CHECK_INT(calls_until_full(&p), 2);
    p = paced(&points, "{}");
    p.account.b[0] = 9;
    p.lane = LANE_ORDERS;
    pace_of(&p, &forty);
    for (int i = 0; i < 6; i++) { /* each gives thirty back */
        CHECK_OK(pace_wait(test_scope(), &p));
        pace_called(&p, NULL);
        pace_said(&p, &said);
    }
    said.left = 20;
    pace_said(&p, &said);
    CHECK_INT(calls_until_full(&p), 0);
    said = (struct connector_said){.per_1000_s = 1000000, .burst = 1000, .left = -1, .asked = -1, .spent = -1};
    pace_said(&p, &said);
    fiber_sleep_us(100000);
    CHECK(calls_until_full(&p) >= 2); /* a thousand a second */
    end();
}

TEST_IN_LOOP(what_is_told_raises_nothing_that_people_set)
{
    struct connector_said said = {.per_1000_s = 1000000, .burst = 1000, .left = -1, .asked = -1, .spent = -1};
    struct pace p = paced(&none, "{\"rate\":{\"per_second\":0.001,\"burst\":1}}");

    begin();
    p.lane = LANE_ORDERS;
    pace_of(&p, &(struct connector_cost){0});
    pace_said(&p, &said);
    fiber_sleep_us(20000);
    CHECK_INT(calls_until_full(&p), 1);
    end();
}

/* An answer may say anything: a bucket of more than there can be is as large as there can be. */
TEST_IN_LOOP(what_is_told_beyond_what_a_rate_can_be_is_cut_to_it)
{
    static const struct connector_rate usual = {1, 3};
    struct connector_said said = {.burst = INT64_MAX, .left = INT64_MAX, .asked = -1, .spent = -1};
    struct pace p = paced(&usual, "{}");

    begin();
    p.lane = LANE_ORDERS;
    pace_of(&p, &(struct connector_cost){0});
    CHECK_OK(pace_wait(test_scope(), &p));
    pace_called(&p, NULL);
    pace_said(&p, &said);
    CHECK_INT(calls_until_full(&p), 2);
    said = (struct connector_said){.per_1000_s = INT64_MAX, .left = -1, .asked = -1, .spent = -1};
    pace_said(&p, &said);
    fiber_sleep_us(20000);
    CHECK_OK(pace_wait(test_scope(), &p)); /* it is as fast as one can be */
    pace_called(&p, NULL);
    end();
}

TEST_IN_LOOP(a_token_of_a_slow_bucket_that_no_call_used_comes_back_once)
{
    struct pace p = paced(&none, "{}"), other = paced(&none, "{}");

    begin();
    p.lane = other.lane = LANE_ORDERS;
    pace_of(&p, &twice);
    pace_of(&other, &twice);
    CHECK_OK(pace_wait(test_scope(), &p));
    pace_put_down(&p); /* its change was found made */
    pace_end(&p);
    CHECK_OK(pace_wait(test_scope(), &p));
    CHECK_OK(pace_wait(test_scope(), &other));
    pace_called(&other, NULL);
    pace_end(&p);
    pace_end(&p);
    pace_put_down(&p);
    CHECK_INT(calls_until_full(&other), 1);
    end();
}

TEST_IN_LOOP(what_is_in_hand_of_one_bucket_goes_back_when_another_is_taken_of)
{
    struct pace p = paced(&none, "{}"), other = paced(&none, "{}");

    begin();
    p.lane = other.lane = LANE_ORDERS;
    pace_of(&p, &twice);
    CHECK_OK(pace_wait(test_scope(), &p));
    pace_of(&p, &once);
    CHECK_OK(pace_wait(test_scope(), &p));
    pace_called(&p, NULL);
    pace_of(&other, &twice);
    CHECK_INT(calls_until_full(&other), 2);
    pace_of(&other, &once);
    CHECK_INT(calls_until_full(&other), 0);
    end();
}

TEST_IN_LOOP(a_sign_in_takes_one_of_the_points_in_hand_and_the_call_the_others)
{
    static const struct connector_rate points = {1, 100};
    struct pace p = paced(&points, "{}"), other = paced(&points, "{}");

    begin();
    p.lane = other.lane = LANE_ORDERS;
    pace_of(&p, &(struct connector_cost){.tokens = 40});
    CHECK_OK(pace_wait(test_scope(), &p));
    p.aside = true;
    pace_called(&p, NULL);
    pace_called(&p, NULL);
    pace_end(&p);
    pace_of(&other, &(struct connector_cost){.tokens = 1});
    CHECK_INT(calls_until_full(&other), 59);
    end();
}

/* As Shopify's: points, of which people who set a rate know nothing. */
TEST_IN_LOOP(a_rate_that_people_set_counts_calls_and_points_are_counted_beside_it)
{
    static const struct connector_rate points = {1, 100};
    static const struct connector_cost forty = {.tokens = 40};
    struct connector_said said = {.left = -1, .asked = 40, .spent = 10};
    struct pace many = paced(&points, "{\"rate\":{\"per_second\":0.001,\"burst\":50}}"),
                few = paced(&points, "{\"rate\":{\"per_second\":0.001,\"burst\":1}}");

    begin();
    many.lane = few.lane = LANE_ORDERS;
    pace_of(&many, &forty);
    CHECK_INT(calls_until_full(&many), 2); /* the vendor's points are used up */
    pace_said(&many, &said);
    pace_said(&many, &said); /* what the last call did not cost comes back, once */
    CHECK_INT(calls_until_full(&many), 1);
    pace_of(&many, &(struct connector_cost){0}); /* which costs no points, as a sweep's */
    CHECK_INT(calls_until_full(&many), 47);
    few.account.b[0] = 8;
    pace_of(&few, &forty);
    CHECK_INT(calls_until_full(&few), 1); /* the call that people allow */
    end();
}
