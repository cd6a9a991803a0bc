#include "http/http_int.h"
#include "kit/test.h"

static struct http_pair headers[4];

static struct rq with(const char *name, const char *value)
{
    headers[0] = (struct http_pair){str_of(name), str_of(value)};
    return (struct rq){.method = GET, .headers = headers, .header_count = 1};
}

/* The status of an answer with this etag to a GET with this if-none-match. */
static int conditioned(const char *etag, const char *known)
{
    struct scope *sc = test_scope();
    struct rs rs = {.sc = sc, .status = 200, .body = STR("x")};
    struct rq rq = with("if-none-match", known);

    rs_header(sc, &rs, "etag", etag);
    rs_condition(&rs, &rq);
    CHECK_INT(rs.body.n, rs.status == 200);
    return rs.status;
}

TEST(what_the_client_has_is_not_sent_again)
{
    CHECK_INT(conditioned("\"v15\"", "\"v15\""), 304);
    CHECK_INT(conditioned("\"v15\"", "W/\"v15\""), 304); /* of a copy any comparison is weak */
    CHECK_INT(conditioned("\"v15\"", "\"v1\", \"v15\" , \"x\""), 304);
    CHECK_INT(conditioned("\"v15\"", "*"), 304);
    CHECK_INT(conditioned("\"v15\"", "\"v1\""), 200);
    CHECK_INT(conditioned("\"v15\"", "v15"), 200);
    CHECK_INT(conditioned("\"v15\"", "\"v15"), 200);
    CHECK_INT(conditioned("\"v15\"", ""), 200);
    CHECK_INT(conditioned("\"a,b\"", "\"a\",\"a,b\""), 304);
}

TEST(only_a_good_answer_to_a_get_is_left_out)
{
    struct scope *sc = test_scope();
    struct rq rq = with("if-none-match", "*");
    struct rs rs = {.sc = sc, .status = 404};

    rs_header(sc, &rs, "etag", "\"v1\"");
    rs_condition(&rs, &rq);
    CHECK_INT(rs.status, 404);
    rs.status = 200;
    rq.method = POST;
    rs_condition(&rs, &rq);
    CHECK_INT(rs.status, 200);
    rs.header_count = 0;
    rq.method = GET;
    rs_condition(&rs, &rq); /* without an etag there is nothing to compare */
    CHECK_INT(rs.status, 200);
}

/* The version that an if-match names, or minus the status of the refusal. */
static int64_t matched(const char *said)
{
    struct rq rq = with("if-match", said);
    int64_t version;

    if (rq_if_match(test_scope(), &rq, &version) == OK)
        return version;
    return -problem_status(test_scope(), ERR_INVALID);
}

TEST(a_weak_tag_never_matches_strongly)
{
    CHECK_INT(matched("\"v15\""), 15);
    CHECK_INT(matched("W/\"v15\""), -412);
    CHECK_INT(matched("\"v1\", \"v2\""), -412);
    CHECK_INT(matched("*"), -412);
    CHECK_INT(matched("\"v99999999999999999999\""), -412);
}
