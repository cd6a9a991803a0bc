#include "unit/server/http/frames.h"
#include "unit/server/http/serve.h"

#define END "Host: a\r\nConnection: close\r\n\r\n"

static struct served s;

static void given_server(void)
{
    serve_defaults(&s);
    serve_start(&s);
}

static void check_problem(const char *request, int status, const char *code)
{
    const char *reply = ask(&s, request);
    char part[100];

    if (status_of(reply) != status)
        test_failed(__FILE__, __LINE__, "%.60s… answered %.40s, not %d", request, reply, status);
    CHECK(has(reply, "content-type: application/problem+json\r\n"));
    CHECK(has(reply, "request-id: req_"));
    CHECK(has(reply, "cache-control: no-store\r\n"));
    snprintf(part, sizeof(part), "\"code\":\"%s\"", code);
    CHECK(has(body_of(reply), part));
    snprintf(part, sizeof(part), "\"type\":\"/docs/problems/%s\"", code);
    CHECK(has(body_of(reply), part));
    snprintf(part, sizeof(part), "\"status\":%d", status);
    CHECK(has(body_of(reply), part));
    CHECK(has(body_of(reply), "\"instance\":\"req_"));
    CHECK(!has(reply, "server:"));
}

TEST(unknown_addresses_and_methods_are_problems)
{
    given_server();
    check_problem("GET /v1/nothing HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1/orders/a/b HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1/orders/ HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1 HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1/orders/ord_01h455vb4pex5vsknk084sn02 HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("PATCH /v1/orders HTTP/1.1\r\n" END, 405, "method-not-allowed");
    CHECK(has(ask(&s, "PUT /v1/orders/x HTTP/1.1\r\n" END), "allow: GET, HEAD, DELETE\r\n"));
    check_problem("OPTIONS /v1/orders HTTP/1.1\r\n" END, 405, "method-not-allowed");
    check_problem("BREW /v1/orders HTTP/1.1\r\n" END, 501, "not-implemented");
    check_problem("GET /v1/hello HTTP/1.1\r\nHost: nobody.test\r\nConnection: close\r\n\r\n", 404, "not-found");
    serve_stop(&s);
}

TEST(paths_that_hide_another_are_absent)
{
    given_server();
    check_problem("GET /v1/../v1/hello HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1/./hello HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET //v1/hello HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1//hello HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1%2fhello HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1/orders/%00 HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1/orders/%2e%2e HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET /v1/orders/%zz HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET * HTTP/1.1\r\n" END, 400, "invalid");
    check_problem("GET http://b/v1/hello HTTP/1.1\r\n" END, 400, "invalid");
    serve_stop(&s);
}

TEST(query_parameters_are_known_and_come_once)
{
    const char *reply;

    given_server();
    check_problem("GET /v1/orders?limit=10&limit=20 HTTP/1.1\r\n" END, 400, "validation");
    check_problem("GET /v1/orders?__proto__[x]=1 HTTP/1.1\r\n" END, 400, "validation");
    check_problem("GET /v1/hello?a=1 HTTP/1.1\r\n" END, 400, "validation");
    check_problem("GET /v1/orders?limit=0 HTTP/1.1\r\n" END, 400, "validation");
    check_problem("GET /v1/orders?limit=101 HTTP/1.1\r\n" END, 400, "validation");
    check_problem("GET /v1/orders?limit=ten HTTP/1.1\r\n" END, 400, "validation");
    check_problem("GET /v1/orders?limit= HTTP/1.1\r\n" END, 400, "validation");
    check_problem("GET /v1/orders?limit=99999999999999999999 HTTP/1.1\r\n" END, 400, "validation");
    check_problem("GET /v1/orders?state=%f HTTP/1.1\r\n" END, 400, "invalid");
    check_problem("GET /v1/orders?state=%00 HTTP/1.1\r\n" END, 400, "invalid");
    check_problem("GET /v1/orders?state=%c0%af HTTP/1.1\r\n" END, 400, "invalid");
    reply = ask(&s, "GET /v1/orders?limit=10&bogus=1 HTTP/1.1\r\n" END);
    CHECK(has(reply, "\"errors\":[{\"pointer\":\"bogus\",\"code\":\"unknown_parameter\""));
    reply = ask(&s, "GET /v1/orders?limit=2&state=a%20b+c HTTP/1.1\r\n" END);
    CHECK_INT(status_of(reply), 200);
    CHECK(has(reply, "link: </v1/orders?limit=2&state=a%20b%20c&cursor="));
    CHECK(has(reply, "; rel=\"next\"\r\n"));
    reply = ask(&s, "GET /v1/orders HTTP/1.1\r\n" END);
    CHECK_STR(body_of(reply), "{\"data\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"next_cursor\":null}");
    serve_stop(&s);
}

TEST(a_page_that_strangers_lead_to_takes_any_parameter_once)
{
    given_server();
    CHECK_INT(status_of(ask(&s, "GET /v1/open?code=1&session_state=2&anything=3 HTTP/1.1\r\n" END)), 200);
    check_problem("GET /v1/open?code=1&code=2 HTTP/1.1\r\n" END, 400, "validation");
    serve_stop(&s);
}

TEST(a_host_is_named_once_and_well)
{
    given_server();
    check_problem("GET /v1/hello HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "invalid");
    check_problem("GET /v1/hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "invalid");
    check_problem("GET /v1/hello HTTP/1.1\r\nHost: \r\n\r\n", 400, "invalid");
    check_problem("GET /v1/hello HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, "invalid");
    check_problem("GET /v1/hello HTTP/1.1\r\nHost: a:x\r\n\r\n", 400, "invalid");
    check_problem("GET /v1/hello HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "invalid");
    serve_stop(&s);
}

TEST(ambiguous_framing_is_refused_and_the_connection_closed)
{
    const char *reply;

    given_server();
    check_problem("POST /v1/length HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400,
                  "invalid");
    check_problem(
        "POST /v1/length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
        "invalid");
    check_problem("POST /v1/length HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}", 400, "invalid");
    check_problem("POST /v1/length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n", 400, "invalid");
    check_problem("GET /v1/hello HTTP/1.1\nHost: a\n\n", 400, "invalid");
    check_problem("GET /v1/hello HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", 400, "invalid");
    reply = ask(&s, "POST /v1/length HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 50\r\n\r\n{}"
                    "GET /v1/hello HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_INT(status_of(reply), 400);
    CHECK(strstr(reply + 1, "HTTP/1.1") == NULL);
    serve_stop(&s);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *p = text; (p = strstr(p, part)); p++)
        n++;
    return n;
}

TEST(a_refused_request_behind_a_good_one_waits_for_its_turn)
{
    const char *reply;

    given_server();
    reply = ask(&s, "GET /v1/slow HTTP/1.1\r\nHost: one\r\n\r\nGET /v1/hello HTTP/1.1\r\nHost: two\r\nX : y\r\n\r\n"
                    "GET /v1/hello HTTP/1.1\r\nHost: three\r\n\r\n");
    CHECK_INT(status_of(reply), 200);
    CHECK(has(reply, "hello one"));
    CHECK(has(reply, "HTTP/1.1 400 Bad Request\r\n"));
    CHECK(strstr(reply, "hello one") < strstr(reply, "HTTP/1.1 400"));
    CHECK_INT(count_of(reply, "HTTP/1.1 "), 2);
    serve_stop(&s);
}

TEST(a_request_cut_anywhere_is_read_alike)
{
    static const char good[] = "GET /v1/hello HTTP/1.1\r\nHost: a\r\n\r\nGET /v1/hello HTTP/1.1\r\nHost: b\r\n"
                               "Connection: close\r\n\r\n";
    static const char bad[] =
        "POST /v1/length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n";
    int fd;

    given_server();
    for (size_t cut = 1; cut < sizeof(good) - 1; cut += 3) {
        fd = dial(&s);
        say(fd, good, cut);
        usleep(2000);
        say(fd, good + cut, sizeof(good) - 1 - cut);
        CHECK_INT(count_of(hear(fd), "hello"), 2);
        close(fd);
    }
    for (size_t cut = 1; cut < sizeof(bad) - 1; cut += 3) {
        fd = dial(&s);
        say(fd, bad, cut);
        usleep(2000);
        say(fd, bad + cut, sizeof(bad) - 1 - cut);
        CHECK_INT(status_of(hear(fd)), 400);
        close(fd);
    }
    serve_stop(&s);
}

TEST(nothing_but_the_host_field_names_the_host)
{
    given_server();
    CHECK(has(ask(&s, "GET /v1/hello HTTP/1.1\r\nX-Forwarded-Host: b\r\nForwarded: host=b\r\nX-Host: b\r\n" END),
              "hello a"));
    check_problem("GET //b/v1/hello HTTP/1.1\r\n" END, 404, "not-found");
    check_problem("GET http://b/v1/hello HTTP/1.1\r\n" END, 400, "invalid");
    CHECK(has(ask(&s, "GET /v1/hello HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"), "connection: close"));
    serve_stop(&s);
}

TEST(a_refusal_is_heard_whole_over_octets_still_under_way)
{
    const char *reply;

    given_server();
    reply = shell("head -c 9000000 /dev/zero | curl -sSi -H 'expect:' -H 'content-length: 9000000' --data-binary @- "
                  "http://127.0.0.1:%d/v1/length 2>&1",
                  s.port);
    CHECK_INT(status_of(reply), 413);
    CHECK(has(reply, "payload-too-large"));
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
}

TEST(credentials_are_asked_for_and_come_once)
{
    given_server();
    check_problem("GET /v1/private HTTP/1.1\r\n" END, 401, "unauthenticated");
    CHECK(has(ask(&s, "GET /v1/private HTTP/1.1\r\n" END), "www-authenticate: Bearer\r\n"));
    CHECK_INT(status_of(ask(&s, "GET /v1/private HTTP/1.1\r\nAuthorization: Bearer good\r\n" END)), 200);
    check_problem("GET /v1/private HTTP/1.1\r\nAuthorization: Bearer good\r\nAuthorization: Bearer good\r\n" END, 400,
                  "invalid");
    serve_stop(&s);
}

TEST(a_defect_says_nothing_about_itself)
{
    const char *reply;

    given_server();
    check_problem("GET /v1/defect HTTP/1.1\r\n" END, 500, "internal");
    reply = ask(&s, "GET /v1/defect HTTP/1.1\r\n" END);
    CHECK(!has(reply, "secret_things"));
    CHECK(!has(reply, "half done"));
    check_problem("GET /v1/silent HTTP/1.1\r\n" END, 500, "internal");
    check_problem("GET /v1/busy HTTP/1.1\r\n" END, 429, "rate-limited");
    CHECK(has(ask(&s, "GET /v1/busy HTTP/1.1\r\n" END), "retry-after: 7\r\n"));
    serve_stop(&s);
}

TEST(bodies_of_another_kind_are_not_taken)
{
    given_server();
    check_problem("POST /v1/echo HTTP/1.1\r\nContent-Length: 2\r\n" END "{}", 415, "unsupported-media-type");
    check_problem("POST /v1/echo HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n" END "{}", 415,
                  "unsupported-media-type");
    check_problem(
        "POST /v1/echo HTTP/1.1\r\nContent-Type: application/json; charset=utf-16\r\nContent-Length: 2\r\n" END "{}",
        415, "unsupported-media-type");
    check_problem(
        "POST /v1/echo HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: "
        "2\r\n" END "{}",
        415, "unsupported-media-type");
    CHECK_INT(status_of(ask(&s, "POST /v1/echo HTTP/1.1\r\nContent-Type: Application/JSON; charset=UTF-8\r\n"
                                "Content-Length: 15\r\n" END "{\"name\":\"fake\"}")),
              201);
    serve_stop(&s);
}

TEST(a_body_over_the_limit_is_refused_by_its_declared_length)
{
    const char *reply;

    given_server();
    check_problem("POST /v1/length HTTP/1.1\r\nContent-Length: 1048577\r\n" END, 413, "payload-too-large");
    check_problem("POST /v1/length HTTP/1.1\r\nContent-Length: 99999999999\r\n" END, 413, "payload-too-large");
    check_problem("POST /v1/small HTTP/1.1\r\nContent-Length: 17\r\n" END "12345678901234567", 413,
                  "payload-too-large");
    reply =
        shell("head -c 3000000 /dev/zero | curl -sSi -H 'expect:' --data-binary @- http://127.0.0.1:%d/v1/length 2>&1",
              s.port);
    CHECK_INT(status_of(reply), 413); /* the answer survives the octets still under way */
    CHECK(!has(reply, "curl:"));
    reply = shell("head -c 3000000 /dev/zero | curl -sSi -H 'transfer-encoding: chunked' -H 'expect:' --data-binary @- "
                  "http://127.0.0.1:%d/v1/length 2>&1",
                  s.port);
    CHECK_INT(status_of(reply), 413);
    reply = shell("head -c 1048576 /dev/zero | curl -sS --data-binary @- http://127.0.0.1:%d/v1/length 2>&1", s.port);
    CHECK_STR(reply, "1048576");
    serve_stop(&s);
}

TEST(a_body_that_waits_for_leave_and_is_too_large_does_no_harm)
{
    const char *reply;

    given_server();
    reply = shell("head -c 3000000 /dev/zero | curl -sSi -H 'expect: 100-continue' --data-binary @- "
                  "http://127.0.0.1:%d/v1/length 2>&1",
                  s.port);
    CHECK(has(reply, "HTTP/1.1 413"));
    reply = ask(&s, "POST /v1/length HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: gzip\r\n" END);
    CHECK(has(reply, "HTTP/1.1 400"));
    reply = ask(&s, "POST /v1/length HTTP/1.1\r\nExpect: 200-maybe\r\nContent-Length: 2\r\n" END);
    CHECK(has(reply, "HTTP/1.1 417"));
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\n" END)), 200);
    serve_stop(&s);
}

TEST(an_http_2_body_over_the_limit_is_refused)
{
    const char *reply;

    given_server();
    reply = shell("head -c 2000000 /dev/zero | curl -sSi --http2-prior-knowledge --data-binary @- "
                  "http://127.0.0.1:%d/v1/length 2>&1",
                  s.port);
    CHECK(has(reply, "HTTP/2 413"));
    CHECK(has(reply, "payload-too-large"));
    reply = shell("head -c 9000000 /dev/zero | curl -sSi --http2-prior-knowledge --data-binary @- "
                  "http://127.0.0.1:%d/v1/length 2>&1",
                  s.port);
    CHECK(has(reply, "HTTP/2 413"));
    CHECK(has(reply, "payload-too-large"));
    reply = shell("head -c 9000000 /dev/zero | curl -sSi --http2-prior-knowledge -T - "
                  "-X POST http://127.0.0.1:%d/v1/length 2>&1",
                  s.port);
    CHECK(has(reply, "HTTP/2 413"));
    reply = shell("head -c 1048576 /dev/zero | curl -sS --http2-prior-knowledge --data-binary @- "
                  "http://127.0.0.1:%d/v1/length 2>&1",
                  s.port);
    CHECK_STR(reply, "1048576");
    serve_stop(&s);
}

TEST(a_header_over_the_limit_is_refused)
{
    static char request[60000];
    int n;

    given_server();
    n = snprintf(request, sizeof(request), "GET /v1/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Long: ");
    memset(request + n, 'x', 40000);
    memcpy(request + n + 40000, "\r\n\r\n", 5);
    check_problem(request, 431, "header-too-large");
    serve_stop(&s);
}

TEST(a_value_from_the_client_cannot_split_the_answer)
{
    const char *reply;

    given_server();
    reply = ask(&s, "GET /v1/split?note=a%0d%0aset-cookie:%20b HTTP/1.1\r\n" END);
    CHECK_INT(status_of(reply), 200);
    CHECK(has(reply, "x-note: aset-cookie: b\r\n"));
    CHECK(!has(reply, "\r\nset-cookie"));
    serve_stop(&s);
}

TEST(what_is_no_http_ends_the_connection)
{
    given_server();
    check_problem("\x16\x03\x01\x02nonsense\r\n\r\n", 400, "invalid");
    check_problem("GET /v1/hello\r\n\r\n", 400, "invalid");
    check_problem("GET /v1/hello HTTP/1.2\r\n" END, 505, "version-not-supported");
    CHECK_INT(metric_get(METRIC_HTTP_REFUSED, "version"), 1);
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\n" END)), 200);
    serve_stop(&s);
}

static int status_with(const char *path, const char *name, const char *value, const char *name_2, const char *value_2)
{
    uint8_t block[400] = {0x82, 0x86};
    size_t n = 2;

    n += put_field(block + n, ":path", path);
    if (name)
        n += put_field(block + n, name, value);
    if (name_2)
        n += put_field(block + n, name_2, value_2);
    return status_of_fields(&s, block, n);
}

TEST(malformed_http_2_requests_meet_no_handler)
{
    given_server();
    CHECK_INT(status_with("/v1/hello", ":authority", "a", NULL, NULL), 200);
    CHECK_INT(status_with("/v1/hello", "host", "a", NULL, NULL), 400);
    CHECK_INT(status_with("/v1/hello", ":authority", "nobody.test", "host", "a"), 404);
    CHECK_INT(status_with("/v1/hello", NULL, NULL, NULL, NULL), 400);
    CHECK_INT(status_with("/v1/hello", ":authority", "", NULL, NULL), 400);
    CHECK_INT(status_with("/v1/hello", ":authority", "a b", NULL, NULL), 400);
    CHECK_INT(status_with("/v1/nothing", ":authority", "a", NULL, NULL), 404);
    CHECK(status_with("", ":authority", "a", NULL, NULL) <= 400);
    CHECK_INT(status_with("v1/hello", ":authority", "a", NULL, NULL), 400);
    CHECK_INT(status_with("/v1/he llo", ":authority", "a", NULL, NULL), 400);
    CHECK_INT(status_with("/v1/hello", ":authority", "a", "x-a", "b\rc"), 400);
    CHECK(status_with("/v1/hello", ":authority", "a", ":authority", "b") <= 400);
    CHECK(status_with("/v1/hello", ":authority", "a", ":path", "/v1/slow") <= 400);
    CHECK(status_with("/v1/hello", ":authority", "a", "X-A", "b") <= 400);
    CHECK(status_with("/v1/hello", ":authority", "a", "", "b") <= 400);
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\n" END)), 200);
    serve_stop(&s);
}

TEST(credentials_that_come_twice_over_http_2_are_refused)
{
    uint8_t block[400] = {0x82, 0x86};
    size_t n = 2;

    given_server();
    n += put_field(block + n, ":path", "/v1/private");
    n += put_field(block + n, ":authority", "a");
    n += put_field(block + n, "authorization", "Bearer good");
    CHECK_INT(status_of_fields(&s, block, n), 200);
    n += put_field(block + n, "authorization", "Bearer good");
    CHECK_INT(status_of_fields(&s, block, n), 400);
    serve_stop(&s);
}

TEST(an_idle_connection_is_closed)
{
    char text[64];
    int fd, h2;

    serve_defaults(&s);
    s.conf.idle_timeout_ms = 200;
    serve_start(&s);
    fd = dial(&s);
    h2 = dial_frames(&s);
    CHECK_INT(recv(fd, text, sizeof(text), 0), 0);
    while (recv(h2, text, sizeof(text), 0) > 0)
        ;
    CHECK_INT(recv(h2, text, sizeof(text), 0), 0);
    close(fd);
    close(h2);
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
}

static int64_t counted(const char *route, const char *method, const char *class)
{
    return metric_get(METRIC_HTTP_REQUESTS,
                      arena_f(test_scope()->arena, "%s" METRIC_BETWEEN "%s" METRIC_BETWEEN "%s", route, method, class));
}

TEST(answers_are_counted_by_route_method_and_class)
{
    given_server();
    ask(&s, "GET /v1/hello HTTP/1.1\r\n" END);
    ask(&s, "GET /v1/nothing HTTP/1.1\r\n" END);
    ask(&s, "GET /v1/nothing HTTP/1.1\r\n" END);
    ask(&s, "GET /v1/orders/x HTTP/1.1\r\n" END);
    ask(&s, "POST /v1/length HTTP/1.1\r\nContent-Length: 1048577\r\n" END);
    serve_stop(&s);
    CHECK_INT(counted("/v1/hello", "GET", "2xx"), 1);
    CHECK_INT(counted("/v1/orders/{order_id}", "GET", "4xx"), 1);
    CHECK_INT(counted("none", "none", "4xx"), 3); /* two that nothing answers to, and one that the library refused */
}
