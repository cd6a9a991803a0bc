#include "rate/rate.h"

#include <string.h>

#include "kit/test.h"

/* Wed, 14 Nov 2023 22:13:20 GMT */
#define NOW INT64_C(1700000000000000)

struct header {
    const char *name, *value;
};

static const char *get(void *arg, const char *name)
{
    for (const struct header *h = arg; h->name; h++)
        if (strcmp(h->name, name) == 0)
            return h->value;
    return NULL;
}

/* "pause remaining rate for", in seconds but the second. */
static const char *read_as(int status, struct header a, struct header b, struct header c)
{
    struct header all[] = {a, b, c, {0}};
    struct rate_news n;

    if (!rate_read(status, get, all, NOW, &n))
        return "nothing";
    return arena_f(test_scope()->arena, "%lld %lld %lld %lld", (long long)(n.pause_us / 1000000),
                   (long long)n.remaining, (long long)n.per_1000_s, (long long)(n.for_us / 1000000));
}

#define NONE             ((struct header){0})
#define H(name_, value_) ((struct header){name_, value_})

TEST(an_answer_without_a_word_of_limits_says_nothing)
{
    CHECK_STR(read_as(200, NONE, NONE, NONE), "nothing");
    CHECK_STR(read_as(503, NONE, NONE, NONE), "nothing");
    CHECK_STR(read_as(200, H("retry-after", "120"), NONE, NONE), "nothing");
    CHECK_STR(read_as(200, H("x-ratelimit-remaining", "many"), NONE, NONE), "nothing");
}

TEST(too_many_stops_for_as_long_as_it_says)
{
    CHECK_STR(read_as(429, H("retry-after", "30"), NONE, NONE), "30 0 0 0");
    CHECK_STR(read_as(429, H("retry-after", "2.0"), NONE, NONE), "2 0 0 0"); /* as Shopify writes it */
    CHECK_STR(read_as(429, H("retry-after", "2.5"), NONE, NONE), "3 0 0 0");
    CHECK_STR(read_as(503, H("retry-after", "7"), NONE, NONE), "7 0 0 0");
    CHECK_STR(read_as(429, H("retry-after", "Tue, 14 Nov 2023 22:14:20 GMT"), NONE, NONE), "60 0 0 0");
    CHECK_STR(read_as(429, NONE, NONE, NONE), "2 0 0 0");
    CHECK_STR(read_as(429, H("retry-after", "soon"), NONE, NONE), "2 0 0 0");
    CHECK_STR(read_as(429, H("retry-after", "Tue, 14 Nov 1999 22:14:20 GMT"), NONE, NONE), "2 0 0 0");
}

TEST(no_pause_is_longer_than_an_hour)
{
    CHECK_STR(read_as(429, H("retry-after", "999999999999"), NONE, NONE), "3600 0 0 0");
    CHECK_STR(read_as(429, H("retry-after", "Tue, 14 Nov 2028 22:14:20 GMT"), NONE, NONE), "3600 0 0 0");
    CHECK_STR(read_as(200, H("x-ratelimit-remaining", "0"), H("x-ratelimit-reset", "9999999999"), NONE),
              "3600 0 1 3600");
}

TEST(what_remains_is_spread_until_there_is_more)
{
    CHECK_STR(
        read_as(200, H("x-ratelimit-limit", "100"), H("x-ratelimit-remaining", "20"), H("x-ratelimit-reset", "10")),
        "0 20 2000 10");
    CHECK_STR(read_as(200, H("x-ratelimit-remaining", "20"), H("x-ratelimit-reset", "1700000010"), NONE),
              "0 20 2000 10"); /* a time since 1970 */
    CHECK_STR(read_as(200, H("ratelimit", "\"default\";r=50;t=30"), NONE, NONE), "0 50 1666 30");
    CHECK_STR(read_as(200, H("ratelimit", "limit=100, remaining=50, reset=5"), NONE, NONE), "0 50 10000 5");
    CHECK_STR(read_as(200, H("ratelimit-remaining", "0"), H("ratelimit-reset", "5"), NONE), "5 0 1 5");
    CHECK_STR(read_as(200, H("x-ratelimit-remaining", "5"), NONE, NONE), "0 5 0 0");
}

TEST(shopify_counts_what_is_used)
{
    CHECK_STR(read_as(200, H("x-shopify-shop-api-call-limit", "32/40"), NONE, NONE), "0 8 0 0");
    CHECK_STR(read_as(200, H("x-shopify-shop-api-call-limit", "41/40"), NONE, NONE), "0 0 0 0");
    CHECK_STR(read_as(200, H("x-shopify-shop-api-call-limit", "32"), NONE, NONE), "nothing");
    CHECK_STR(read_as(200, H("x-shopify-shop-api-call-limit", "/"), NONE, NONE), "nothing");
    CHECK_STR(read_as(429, H("x-shopify-shop-api-call-limit", "40/40"), H("retry-after", "2.0"), NONE), "2 0 0 0");
}

TEST(nonsense_is_passed_over)
{
    static const char *const bad[] = {"", ";", ",", "r=", ";;;;r", "\"", "r=x;t=y", "=;=,="};

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK_STR(read_as(200, H("ratelimit", bad[i]), NONE, NONE), "nothing");
}
