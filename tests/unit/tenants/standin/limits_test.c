#include "unit/tenants/standin/asking.h"

/* A vendor that lets itself be called twice at once and once in ten seconds, and counts points elsewhere. */
#define DOCUMENT                                                                                                       \
    "{\"format\":\"standin/1\",\"connector\":\"acme\",\"base\":\"/\",\"collections\":{\"x\":{\"key\":\"id\"}},"        \
    "\"seed\":\"{}\",\"limits\":{\"buckets\":{\"rare\":{\"a_second\":0.1,\"most\":2},\"points\":{\"a_second\":10,"     \
    "\"most\":100}},\"every\":\"points\",\"cost\":\"$query.cost ? $number($query.cost) : 1\","                         \
    "\"refuse\":\"{'status': 429, 'body': {'left': $limit.left, 'cost': $limit.cost}}\"},"                             \
    "\"routes\":[{\"name\":\"rare\",\"bucket\":\"rare\",\"method\":\"GET\",\"path\":\"rare\",\"answer\":"              \
    "\"{'left': $limit.left}\"},{\"method\":\"GET\",\"path\":\"x\",\"answer\":\"{'left': $limit.left}\"},"             \
    "{\"method\":\"GET\",\"path\":\"open\",\"open\":true,\"answer\":\"'open'\"}]}"

static int64_t now_us = 1000000;

static int64_t clock_now(void)
{
    return now_us;
}

TEST(a_bucket_lets_in_what_it_holds_and_fills_again)
{
    struct standin *s = opened(DOCUMENT);

    for (int i = 0; i < 5; i++) /* nobody counts before */
        CHECK_STR(get(s, "/rare"), "200 {}");
    standin_limits(s, clock_now);
    CHECK_STR(get(s, "/rare"), "200 {\"left\":1}");
    CHECK_STR(get(s, "/rare"), "200 {\"left\":0}");
    CHECK_STR(get(s, "/rare"), "429 {\"left\":0,\"cost\":1}");
    CHECK_STR(get(s, "/x"), "200 {\"left\":99}"); /* another bucket */
    CHECK_STR(get(s, "/open"), "200 open");
    now_us += 9900000;
    CHECK_STR(get(s, "/rare"), "429 {\"left\":0,\"cost\":1}");
    now_us += 200000;
    CHECK_STR(get(s, "/rare"), "200 {\"left\":0}");
    now_us += INT64_C(3600000000);
    CHECK_STR(get(s, "/rare"), "200 {\"left\":1}"); /* never more than it holds */
    CHECK_INT(standin_limits_counted(s).refused, 2);
    CHECK_INT(standin_limits_counted(s).calls, 7);
    standin_close(s);
}

TEST(a_call_may_cost_more_than_one)
{
    struct standin *s = opened(DOCUMENT);

    standin_limits(s, clock_now);
    CHECK_STR(ask(s, GET, "/x", "cost", "60", NULL, NULL), "200 {\"left\":40}");
    CHECK_STR(ask(s, GET, "/x", "cost", "60", NULL, NULL), "429 {\"left\":40,\"cost\":60}");
    now_us += 2000000;
    CHECK_STR(ask(s, GET, "/x", "cost", "60", NULL, NULL), "200 {\"left\":0}");
    CHECK_INT((int)standin_limits_counted(s).taken, 120);
    standin_close(s);
}

TEST(limits_are_turned_on_from_outside_and_a_reset_fills_the_buckets)
{
    struct standin *s = opened(DOCUMENT);

    CHECK_STR(ask(s, PUT, "/_standin/limits", NULL, NULL, NULL, "{\"on\":true}"), "204 ");
    CHECK_STR(get(s, "/rare"), "200 {\"left\":1}");
    CHECK_STR(get(s, "/rare"), "200 {\"left\":0}");
    CHECK_STR(get(s, "/rare"), "429 {\"left\":0,\"cost\":1}");
    CHECK_OK(standin_reset(test_scope(), s, 1));
    CHECK_STR(get(s, "/rare"), "200 {\"left\":1}");
    CHECK_STR(ask(s, PUT, "/_standin/limits", NULL, NULL, NULL, "{\"on\":false}"), "204 ");
    CHECK_STR(get(s, "/rare"), "200 {}");
    CHECK_STR(ask(s, PUT, "/_standin/limits", NULL, NULL, NULL, "{\"on\":1}"), "\"on\" is true or false");
    standin_close(s);
}

TEST(a_route_s_bucket_has_to_be_there)
{
    CHECK(
        opened("{\"format\":\"standin/1\",\"connector\":\"a\",\"base\":\"/\",\"collections\":{\"x\":{\"key\":\"id\"}},"
               "\"seed\":\"{}\",\"routes\":[{\"bucket\":\"b\",\"method\":\"GET\",\"path\":\"x\",\"answer\":\"1\"}]}") ==
        NULL);
    CHECK_STR(scope_fault(test_scope())->items->pointer, "/routes/0/bucket");
}
