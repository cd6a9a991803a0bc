#include "http/http_int.h"
#include "kit/test.h"

static enum err run(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return rs_empty(sc, rs, 204);
}

static const struct route routes[] = {
    {GET, "/", run},
    {GET, "/v1/orders", run},
    {POST, "/v1/orders", run},
    {GET, "/v1/orders/count", run},
    {GET, "/v1/orders/{order_id}", run},
    {PUT, "/v1/orders/{order_id}/lines/{line_id}", run},
    {GET, "/v1/orders/count/never", run},
    {},
};
static const struct route more[] = {{POST, "/hooks/{token}", run}, {}};
static const struct route *const tables[] = {routes, more, NULL};

static struct router *router;
static char allow[HTTP_ALLOW_MAX];

static const char *match(enum http_method method, const char *path, struct rq *rq)
{
    if (!router)
        router = router_new(tables, NULL);
    *rq = (struct rq){.method = method, .path = str_of(path)};
    enum err e = router_match(router, test_scope(), rq, allow);
    return e == OK ? rq->route->path : err_info(e)->name;
}

static void done(void)
{
    router_free(router);
    router = NULL;
}

TEST(a_route_is_found_by_its_segments)
{
    struct rq rq;

    CHECK_STR(match(GET, "/", &rq), "/");
    CHECK_STR(match(GET, "/v1/orders", &rq), "/v1/orders");
    CHECK_INT(rq.param_count, 0);
    CHECK_STR(match(POST, "/hooks/abc", &rq), "/hooks/{token}");
    CHECK(str_is(rq_param(&rq, "token"), "abc"));
    CHECK_STR(match(GET, "/v1", &rq), "not_found");
    CHECK_STR(match(GET, "/v1/orders/", &rq), "not_found");
    CHECK_STR(match(GET, "/v1/orders/a/lines", &rq), "not_found");
    done();
}

TEST(a_literal_goes_before_a_parameter_and_the_parameter_still_serves)
{
    struct rq rq;

    CHECK_STR(match(GET, "/v1/orders/count", &rq), "/v1/orders/count");
    CHECK_INT(rq.param_count, 0);
    CHECK_STR(match(GET, "/v1/orders/counts", &rq), "/v1/orders/{order_id}");
    CHECK(str_is(rq_param(&rq, "order_id"), "counts"));
    CHECK_STR(match(PUT, "/v1/orders/count/lines/7", &rq), "/v1/orders/{order_id}/lines/{line_id}");
    CHECK(str_is(rq_param(&rq, "order_id"), "count"));
    CHECK(str_is(rq_param(&rq, "line_id"), "7"));
    CHECK(rq_param(&rq, "other").n == 0);
    done();
}

TEST(a_known_path_with_another_method_says_what_is_allowed)
{
    struct rq rq;

    CHECK_STR(match(DELETE, "/v1/orders", &rq), "not_allowed");
    CHECK_STR(allow, "GET, HEAD, POST");
    CHECK_STR(match(GET, "/hooks/abc", &rq), "not_allowed");
    CHECK_STR(allow, "POST");
    CHECK_STR(match(HTTP_HEAD, "/hooks/abc", &rq), "not_allowed");
    CHECK_STR(match(HTTP_HEAD, "/v1/orders", &rq), "/v1/orders");
    done();
}
