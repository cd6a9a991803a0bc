#include "http/http_int.h"
#include "kit/test.h"

static enum err target(const char *text, struct rq *rq)
{
    *rq = (struct rq){0};
    return take_target(test_scope(), str_of(text), rq);
}

TEST(a_query_is_decoded_into_pairs)
{
    struct rq rq;

    CHECK_OK(target("/a?x=1&y=%C3%A9+b&&z&=q&w=a=b", &rq));
    CHECK(str_is(rq.path, "/a"));
    CHECK_INT(rq.query_count, 5);
    CHECK(str_is(rq_query(&rq, "y"), "\xc3\xa9 b"));
    CHECK_INT(rq_query(&rq, "z").n, 0);
    CHECK(str_is(rq_query(&rq, ""), "q"));
    CHECK(str_is(rq_query(&rq, "w"), "a=b"));
    CHECK_OK(target("/a?", &rq));
    CHECK_INT(rq.query_count, 0);
    CHECK_OK(target("/a%20b", &rq));
    CHECK(str_is(rq.path, "/a%20b"));
}

TEST(a_query_that_is_no_text_is_refused)
{
    static const char *const bad[] = {"/?a=%",   "/?a=%4",        "/?a=%g0",          "/?a=%00",
                                      "/?%00=a", "/?a=%ed%a0%80", "/?a=%c3",          "/?a=%f4%90%80%80",
                                      "/?a=%80", "/?a=%e0%80%80", "/?a=%f0%80%80%80", "/?a#b"};
    struct rq rq;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (target(bad[i], &rq) != ERR_INVALID)
            test_failed(__FILE__, __LINE__, "%s was taken", bad[i]);
}

TEST(more_parameters_than_the_limit_are_refused)
{
    struct buf text;
    struct rq rq;

    buf_init(&text, test_scope()->arena, 400);
    buf_s(&text, "/?");
    for (int i = 0; i < HTTP_QUERY_PARAMS_MAX; i++)
        buf_s(&text, "a=1&");
    CHECK_OK(target(buf_cstr(&text), &rq));
    CHECK_INT(rq.query_count, HTTP_QUERY_PARAMS_MAX);
    buf_s(&text, "b=1");
    CHECK_ERR(target(buf_cstr(&text), &rq), ERR_INVALID);
}

static const char *host(const char *authority)
{
    struct scope *sc = test_scope();
    struct str out, all;

    return take_authority(sc, str_of(authority), &out, &all) == OK ? str_dup(sc->arena, out) : "refused";
}

TEST(a_host_loses_its_port_and_its_capitals)
{
    CHECK_STR(host("Acme.Example:443"), "acme.example");
    CHECK_STR(host("acme.example"), "acme.example");
    CHECK_STR(host("[::1]:8443"), "[::1]");
    CHECK_STR(host("[::1]"), "[::1]");
    CHECK_STR(host("127.0.0.1:1"), "127.0.0.1");
    CHECK_STR(host(""), "refused");
    CHECK_STR(host(":80"), "refused");
    CHECK_STR(host("a:b"), "refused");
    CHECK_STR(host("a:123456"), "refused");
    CHECK_STR(host("user@a"), "refused");
    CHECK_STR(host("a/b"), "refused");
    CHECK_STR(host("a b"), "refused");
}
