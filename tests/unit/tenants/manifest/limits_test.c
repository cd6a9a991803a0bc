#include "unit/tenants/manifest/manifest_kit.h"

/* What a manifest says of limits, and what is read of answers. */

#define OP(more) "{\"x.get\":{\"title\":\"x\",\"request\":{\"method\":\"GET\",\"path\":\"x\"}" more "}}"

static const char *document(const char *limits, const char *operations)
{
    return arena_f(test_scope()->arena, "{" KIT_HEAD KIT_AUTH "\"limits\":%s,\"operations\":%s}", limits, operations);
}

static struct erp_site *site(const char *limits, const char *operations)
{
    return kit_site_of(document(limits, operations), "{\"shop\":\"acme.example\"}");
}

static const char *cost(const struct erp_site *s, const char *operation, bool probe)
{
    struct connector_cost c;

    s->connector->named->cost(s, &(struct ask){.operation = operation, .probe = probe}, &c);
    return arena_f(test_scope()->arena, "%s %lld/%lld %lld", c.bucket ? c.bucket : "-", (long long)c.rate.per_1000_s,
                   (long long)c.rate.burst, (long long)c.tokens);
}

static const char *said(const struct erp_site *s, const struct http_header *h, size_t n, const char *body)
{
    struct http_reply reply = {.status = 200, .body = str_of(body), .headers = h, .header_count = n};
    struct connector_said v;

    scope_clear(test_scope());
    if (!s->connector->named->said ||
        !s->connector->named->said(test_scope(), s, &(struct ask){.operation = "x.get"}, &reply, &v))
        return "nothing";
    return arena_f(test_scope()->arena, "%lld/%lld left %lld more %lld asked %lld spent %lld", (long long)v.per_1000_s,
                   (long long)v.burst, (long long)v.left, (long long)v.more_us, (long long)v.asked, (long long)v.spent);
}

TEST(an_operation_is_counted_in_its_bucket)
{
    const struct erp_site *s =
        site("{\"calls\":10,\"burst\":5,\"buckets\":{\"rare\":{\"calls\":1,\"seconds\":180,\"burst\":20}}}",
             "{\"x.get\":{\"title\":\"x\",\"limits\":{\"bucket\":\"rare\"},\"request\":{\"method\":\"GET\"}},"
             "\"y.make\":{\"title\":\"y\",\"request\":{\"method\":\"POST\"},"
             "\"again\":{\"kind\":\"probe\",\"operation\":\"x.get\",\"ref\":\"id\"}}}");

    CHECK_INT(s->connector->named->rate.per_1000_s, 10000);
    CHECK_INT(s->connector->named->rate.burst, 5);
    CHECK_STR(cost(s, "x.get", false), "rare 5/20 0");
    CHECK_STR(cost(s, "y.make", false), "- 0/0 0");
    CHECK_STR(cost(s, "y.make", true), "rare 5/20 0"); /* a probe is the operation that it asks */
}

TEST(each_operation_may_be_counted_by_itself)
{
    const struct erp_site *s =
        site("{\"each\":{\"calls\":3},\"buckets\":{\"feeds\":{\"calls\":10,\"seconds\":3600}}}",
             "{\"x.get\":{\"title\":\"x\",\"limits\":{\"bucket\":\"feeds\"},\"request\":{\"method\":\"GET\"}},"
             "\"y.get\":{\"title\":\"y\",\"request\":{\"method\":\"GET\"}}}");

    CHECK_STR(cost(s, "x.get", false), "feeds 2/10 0");
    CHECK_STR(cost(s, "y.get", false), "y.get 3000/3 0");
}

TEST(points_are_the_operation_s_or_the_usual)
{
    const struct erp_site *s =
        site("{\"points\":100,\"burst\":2000,\"usual\":50,\"at_once\":3,\"buckets\":{\"rest\":{\"calls\":2}}}",
             "{\"x.get\":{\"title\":\"x\",\"limits\":{\"points\":12},\"request\":{\"method\":\"GET\"}},"
             "\"y.get\":{\"title\":\"y\",\"request\":{\"method\":\"GET\"}},"
             "\"z.get\":{\"title\":\"z\",\"limits\":{\"bucket\":\"rest\"},\"request\":{\"method\":\"GET\"}}}");

    CHECK_INT(s->connector->named->rate.per_1000_s, 100000);
    CHECK_INT(s->connector->named->at_once, 3);
    CHECK_STR(cost(s, "x.get", false), "- 0/0 12");
    CHECK_STR(cost(s, "y.get", false), "- 0/0 50");
    CHECK_STR(cost(s, "z.get", false), "rest 2000/2 0"); /* which counts calls */
}

TEST(answers_tell_what_a_bucket_is_by_headers)
{
    const struct erp_site *s = site("{\"told\":{\"a_second\":\"$number($headers.`x-amzn-ratelimit-limit`)\","
                                    "\"left\":\"$number($headers.left)\",\"more_ms\":\"$number($headers.more)\"}}",
                                    OP(""));
    struct http_header h[] = {{"x-amzn-ratelimit-limit", "0.0056"}, {"left", "0"}, {"more", "1500"}};

    CHECK_STR(said(s, h, 1, "no JSON"), "5/0 left -1 more 0 asked -1 spent -1"); /* down: more would be refused */
    CHECK_STR(said(s, h, 3, ""), "5/0 left 0 more 1500000 asked -1 spent -1");
    h[0].value = "many";
    CHECK_STR(said(s, h, 1, ""), "nothing");
    CHECK_STR(said(s, h, 0, ""), "nothing");
}

TEST(a_time_since_1970_is_told_from_a_wait)
{
    struct erp_site *s = site("{\"told\":{\"left\":\"0\",\"more_ms\":\"$number($headers.at)\"}}", OP(""));
    struct http_header h[] = {{"at", "1796083200500"}};

    s->now_us = INT64_C(1796083200000000);
    CHECK_STR(said(s, h, 1, ""), "0/0 left 0 more 500000 asked -1 spent -1");
    s->now_us = INT64_C(1796083300000000); /* it is over */
    CHECK_STR(said(s, h, 1, ""), "0/0 left 0 more 0 asked -1 spent -1");
}

TEST(answers_tell_points_in_their_body)
{
    const struct erp_site *s =
        site("{\"points\":100,\"told\":{\"a_second\":\"cost.status.restoreRate\",\"most\":\"cost.status.most\","
             "\"left\":\"cost.status.left\",\"asked\":\"cost.asked\",\"spent\":\"cost.spent\"}}",
             OP(""));

    CHECK_STR(said(s, NULL, 0,
                   "{\"cost\":{\"asked\":102,\"spent\":46,\"status\":{\"most\":2000.0,\"left\":1954,"
                   "\"restoreRate\":100.0}}}"),
              "100000/2000 left 1954 more 0 asked 102 spent 46");
    CHECK_STR(said(s, NULL, 0, "{}"), "nothing");
    CHECK_STR(said(s, NULL, 0, "<html>"), "nothing");
    CHECK_STR(said(s, NULL, 0, "{\"cost\":{\"asked\":-1,\"spent\":\"?\"}}"), "nothing");
}

TEST(limits_that_cannot_be_are_named)
{
    CHECK_STR(kit_faults(document("{\"calls\":1,\"seconds\":2000}", OP(""))), "/limits/seconds out_of_range");
    CHECK_STR(kit_faults(document("{\"calls\":1,\"points\":1}", OP(""))), "/limits/calls contradiction");
    CHECK_STR(kit_faults(document("{\"calls\":1,\"usual\":3}", OP(""))), "/limits/usual not_allowed");
    CHECK_STR(kit_faults(document("{\"buckets\":{\"a\":{\"burst\":3}}}", OP(""))), "/limits/buckets/a/calls required");
    CHECK_STR(kit_faults(document("{}", OP(",\"limits\":{\"bucket\":\"b\"}"))),
              "/operations/x.get/limits/bucket not_found");
    CHECK_STR(kit_faults(document("{}", OP(",\"limits\":{\"points\":3}"))),
              "/operations/x.get/limits/points not_allowed");
    CHECK_STR(kit_faults(document("{\"told\":{\"leftt\":\"1\"}}", OP(""))), "/limits/told/leftt unknown_member");
}
