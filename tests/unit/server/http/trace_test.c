#include "http/http_int.h"
#include "kit/test.h"

static const char *traced(const char *said)
{
    struct http_pair header = {STR("traceparent"), str_of(said)};
    struct rq rq = {.headers = &header, .header_count = 1};
    struct scope *sc = test_scope();

    sc->trace_id = NULL;
    trace_read(sc, &rq);
    return sc->trace_id;
}

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define GOOD  "00-" TRACE "-00f067aa0ba902b7-01"

TEST(a_trace_of_the_caller_is_kept)
{
    CHECK_STR(traced(GOOD), TRACE);
    CHECK_STR(traced("00-" TRACE "-00f067aa0ba902b7-00"), TRACE);
    CHECK_STR(traced("cc-" TRACE "-00f067aa0ba902b7-01-what-comes-later"), TRACE);
}

TEST(what_is_no_trace_is_none)
{
    CHECK_STR(traced(""), NULL);
    CHECK_STR(traced(GOOD "0"), NULL);
    CHECK_STR(traced(GOOD "-more"), NULL);
    CHECK_STR(traced("ff-" TRACE "-00f067aa0ba902b7-01"), NULL);
    CHECK_STR(traced("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), NULL);
    CHECK_STR(traced("00-" TRACE "-0000000000000000-01"), NULL);
    CHECK_STR(traced("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), NULL);
    CHECK_STR(traced("00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01"), NULL);
}

TEST(two_traces_are_none)
{
    struct http_pair headers[] = {{STR("traceparent"), STR(GOOD)}, {STR("traceparent"), STR(GOOD)}};
    struct rq rq = {.headers = headers, .header_count = 2};

    trace_read(test_scope(), &rq);
    CHECK_STR(test_scope()->trace_id, NULL);
}
