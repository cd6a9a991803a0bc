#include "unit/server/http/serve.h"

#define CLOSE "Connection: close\r\n\r\n"

TEST(a_get_over_http_1_is_answered_with_the_headers_we_promise)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    serve_start(&s);
    reply = ask(&s, "GET /v1/hello HTTP/1.1\r\nHost: Shop.Test:8443\r\n" CLOSE);
    CHECK_INT(status_of(reply), 200);
    CHECK_STR(body_of(reply), "hello shop.test from 127.0.0.1 tls=0");
    CHECK(has(reply, "content-length: 36\r\n"));
    CHECK(has(reply, "content-type: text/plain\r\n"));
    CHECK(has(reply, "cache-control: no-store\r\n"));
    CHECK(has(reply, "request-id: req_"));
    CHECK(has(reply, "x-content-type-options: nosniff\r\n"));
    CHECK(!has(reply, "server:"));
    CHECK(!has(reply, "h2o"));
    reply = ask(&s, "GET / HTTP/1.1\r\nHost: a\r\n" CLOSE);
    CHECK_INT(status_of(reply), 200);
    CHECK(!has(reply, "cache-control"));
    serve_stop(&s);
}

TEST(head_is_a_get_without_its_octets)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    serve_start(&s);
    reply = ask(&s, "HEAD /v1/hello HTTP/1.1\r\nHost: a\r\n" CLOSE);
    CHECK_INT(status_of(reply), 200);
    CHECK(has(reply, "content-length: 28\r\n"));
    CHECK_STR(body_of(reply), "");
    reply = ask(&s, "HEAD /v1/nothing HTTP/1.1\r\nHost: a\r\n" CLOSE);
    CHECK_INT(status_of(reply), 404);
    CHECK_STR(body_of(reply), "");
    serve_stop(&s);
}

TEST(an_empty_answer_has_no_length)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    serve_start(&s);
    reply = ask(&s, "DELETE /v1/orders/x HTTP/1.1\r\nHost: a\r\n" CLOSE);
    CHECK_INT(status_of(reply), 204);
    CHECK(!has(reply, "content-length"));
    CHECK(!has(reply, "transfer-encoding"));
    CHECK_STR(body_of(reply), "");
    serve_stop(&s);
}

/* Of the one the head arrives, of the other nothing; both end the connection, and the server goes on. */
TEST(an_answer_may_break_off_or_never_be_begun)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    serve_start(&s);
    reply = ask(&s, "GET /v1/lost HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_INT(status_of(reply), 200);
    CHECK_STR(body_of(reply), "");
    CHECK_STR(ask(&s, "GET /v1/dropped HTTP/1.1\r\nHost: a\r\n\r\n"), "");
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\nHost: a\r\n" CLOSE)), 200);
    serve_stop(&s);
}

TEST(a_post_is_decoded_and_its_connection_closed)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    serve_start(&s);
    reply = ask(&s, "POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
                    "{\"name\":\"fake\"}GET /v1/hello HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_INT(status_of(reply), 201);
    CHECK(has(reply, "connection: close"));
    CHECK_STR(body_of(reply), "{\"name\":\"fake\"}"); /* and no second answer */
    reply = ask(
        &s,
        "POST /v1/length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    CHECK_STR(body_of(reply), "5");
    serve_stop(&s);
}

TEST(two_requests_follow_each_other_on_one_connection)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    serve_start(&s);
    reply = ask(&s, "GET /v1/slow HTTP/1.1\r\nHost: one\r\n\r\nGET /v1/hello HTTP/1.1\r\nHost: two\r\n" CLOSE);
    CHECK(has(reply, "hello one"));
    CHECK(has(reply, "hello two"));
    CHECK(strstr(reply, "hello one") < strstr(reply, "hello two"));
    serve_stop(&s);
}

TEST(http_2_by_prior_knowledge_gets_and_posts)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    serve_start(&s);
    reply = shell("curl -sSi --http2-prior-knowledge http://localhost:%d/v1/hello", s.port);
    CHECK_INT(status_of(reply), 200);
    CHECK(has(reply, "HTTP/2 200"));
    CHECK(has(reply, "hello localhost from 127.0.0.1"));
    CHECK(!has(reply, "server:"));
    reply = shell("curl -sSi --http2-prior-knowledge -H 'content-type: application/json' -d '{\"name\":\"fake\"}' "
                  "http://localhost:%d/v1/echo",
                  s.port);
    CHECK(has(reply, "HTTP/2 201"));
    CHECK_STR(body_of(reply), "{\"name\":\"fake\"}");
    reply = shell("curl -sSiI --http2-prior-knowledge http://localhost:%d/v1/big", s.port);
    CHECK(has(reply, "content-length: 300000"));
    reply = shell("curl -sS --http2-prior-knowledge http://localhost:%d/v1/big | wc -c", s.port);
    CHECK_INT(strtol(reply, NULL, 10), 300000);
    serve_stop(&s);
}

TEST(tls_speaks_http_2_when_asked_by_alpn_and_http_1_otherwise)
{
    struct served s;
    const char *reply;
    char dir[] = "/tmp/http-test-XXXXXX";

    serve_defaults(&s);
    serve_certificate(&s, dir);
    serve_start(&s);
    reply = shell("curl -sSi --cacert %s https://localhost:%d/v1/hello 2>&1", s.cert, s.port);
    CHECK(has(reply, "HTTP/2 200"));
    CHECK(has(reply, "tls=1"));
    reply = shell("curl -sSi --http1.1 --cacert %s https://localhost:%d/v1/hello 2>&1", s.cert, s.port);
    CHECK(has(reply, "HTTP/1.1 200"));
    reply = shell("curl -sSi --tls-max 1.2 --cacert %s https://localhost:%d/v1/hello 2>&1", s.cert, s.port);
    CHECK(has(reply, "HTTP/2 200"));
    reply = shell("curl -sSi --tlsv1.1 --tls-max 1.1 --cacert %s https://localhost:%d/v1/hello 2>&1", s.cert, s.port);
    CHECK(has(reply, "curl: (35)"));
    reply =
        shell("openssl s_client -connect localhost:%d -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA </dev/null 2>&1", s.port);
    CHECK(has(reply, "Cipher is (NONE)"));
    reply = shell("openssl s_client -connect localhost:%d -tls1_2 -alpn h2 </dev/null 2>&1", s.port);
    CHECK(has(reply, "ALPN protocol: h2"));
    CHECK(has(reply, "Compression: NONE"));
    CHECK(has(reply, "ECDHE-ECDSA"));
    CHECK(!has(reply, "TLS session ticket:"));
    serve_stop(&s);
    shell("rm -r %s", dir);
}

TEST(a_certificate_that_is_not_there_is_an_error)
{
    struct scope *sc = test_scope();
    struct http_tls *tls = NULL;

    CHECK_ERR(http_tls_open(sc, "/nonexistent/cert.pem", "/nonexistent/key.pem", &tls), ERR_UNAVAILABLE);
    CHECK(tls == NULL);
}

TEST(an_answer_leaves_only_when_its_transaction_ended_well)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    serve_start(&s);
    reply = ask(&s, "GET /v1/uncommitted HTTP/1.1\r\nHost: a\r\n" CLOSE);
    CHECK_INT(status_of(reply), 503);
    CHECK(has(reply, "retry-after: "));
    CHECK(!has(reply, "hello"));
    ask(&s, "GET /v1/hello HTTP/1.1\r\nHost: a\r\n" CLOSE);
    ask(&s, "GET /v1/defect HTTP/1.1\r\nHost: a\r\n" CLOSE);
    serve_stop(&s);
    CHECK_INT(test_ends_ok, 1);
    CHECK_INT(test_ends_failed, 1);
}

TEST(over_the_limit_of_requests_the_rest_hear_later)
{
    struct served s;
    const char *reply;
    int fd;

    serve_defaults(&s);
    s.conf.requests_max = 1;
    serve_start(&s);
    fd = dial(&s);
    say_text(fd, "GET /v1/slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    usleep(50000);
    reply = ask(&s, "GET /v1/slow HTTP/1.1\r\nHost: a\r\n" CLOSE);
    CHECK_INT(status_of(reply), 503);
    CHECK(has(reply, "retry-after: 1\r\n"));
    CHECK_INT(status_of(hear(fd)), 200);
    close(fd);
    serve_stop(&s);
    CHECK_INT(test_handlers_started, 1);
}

TEST(requests_of_one_connection_wait_in_line_for_its_slots)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    s.conf.conn_requests = 2;
    serve_start(&s);
    reply = shell("h2load -n 6 -c 1 -m 6 http://127.0.0.1:%d/v1/slow 2>&1", s.port);
    CHECK(has(reply, "status codes: 6 2xx"));
    CHECK_INT(test_handlers_started, 6);
    test_handlers_started = 0;
    reply = shell("h2load -n 12 -c 2 -m 6 http://127.0.0.1:%d/v1/slow 2>&1", s.port);
    CHECK(has(reply, "status codes: 12 2xx"));
    serve_stop(&s);
}

TEST(who_waits_in_line_too_long_hears_later)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    s.conf.conn_requests = 1;
    s.conf.slot_wait_ms = 100;
    serve_start(&s);
    reply = shell("h2load -n 3 -c 1 -m 3 http://127.0.0.1:%d/v1/slow 2>&1", s.port);
    CHECK(has(reply, "status codes: 1 2xx, 0 3xx, 0 4xx, 2 5xx"));
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_TURNED_AWAY, "connection"), 2);
    CHECK_INT(test_handlers_started, 1);
}

TEST(one_owners_crowd_leaves_room_for_others)
{
    struct served s;
    const char *reply;
    int fds[8], taken = 0, later = 0;

    serve_defaults(&s);
    s.conf.owner_requests = 1;
    s.conf.slot_wait_ms = 1000;
    serve_start(&s);
    for (int i = 0; i < 8; i++) {
        fds[i] = dial(&s);
        say_text(fds[i], "GET /v1/slow HTTP/1.1\r\nHost: crowd.test\r\n" CLOSE);
    }
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\nHost: a\r\n" CLOSE)), 200);
    for (int i = 0; i < 8; i++) {
        reply = hear(fds[i]);
        taken += status_of(reply) == 200;
        later += status_of(reply) == 429 && has(reply, "retry-after: 1\r\n") && has(reply, "rate-limited");
        close(fds[i]);
    }
    CHECK_INT(taken + later, 8);
    CHECK(taken >= 2 && taken <= 5); /* 300 ms each, one after the other, and four in line for a second */
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_TURNED_AWAY, "owner"), later);
}

TEST(draining_answers_what_runs_and_takes_nothing_new)
{
    struct served s;
    int fd, probe = -1;

    serve_defaults(&s);
    serve_start(&s);
    fd = dial(&s);
    say_text(fd, "GET /v1/slow HTTP/1.1\r\nHost: a\r\n\r\n");
    usleep(50000);
    serve_drain(&s, 5000);
    usleep(50000);
    probe = dial(&s); /* the kernel's queue takes it, nobody accepts it */
    say_text(probe, "GET /v1/hello HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_INT(status_of(hear(fd)), 200);
    sem_wait(&s.drained);
    CHECK_INT(recv(probe, &(char){0}, 1, MSG_DONTWAIT), -1);
    close(fd);
    serve_stop(&s);
    close(probe);
}

TEST(an_http_2_client_is_told_to_go_away_and_still_answered)
{
    struct served s;
    FILE *f;
    char command[256], text[4096];
    size_t n;

    serve_defaults(&s);
    serve_start(&s);
    snprintf(command, sizeof(command), "nghttp -nv http://127.0.0.1:%d/v1/slow 2>&1", s.port);
    f = popen(command, "r");
    usleep(150000);
    serve_drain(&s, 5000);
    n = fread(text, 1, sizeof(text) - 1, f);
    text[n] = '\0';
    pclose(f);
    sem_wait(&s.drained);
    CHECK(has(text, "GOAWAY"));
    CHECK(has(text, ":status: 200"));
    serve_stop(&s);
}

TEST(a_unix_socket_serves_and_a_stale_one_is_replaced)
{
    struct scope *sc = test_scope();
    char dir[] = "/tmp/http-test-XXXXXX", address[64];
    int first, second, third;

    CHECK(mkdtemp(dir) != NULL);
    snprintf(address, sizeof(address), "unix:%s/s", dir);
    CHECK_OK(http_socket(sc, address, &first));
    CHECK_ERR(http_socket(sc, address, &second), ERR_UNAVAILABLE);
    close(first);
    CHECK_OK(http_socket(sc, address, &third));
    close(third);
    CHECK_OK(http_socket(sc, "[::1]:0", &first));
    close(first);
    CHECK_ERR(http_socket(sc, "localhost:1", &first), ERR_INVALID);
    CHECK_ERR(http_socket(sc, "127.0.0.1:70000", &first), ERR_INVALID);
    shell("rm -r %s", dir);
}

TEST(two_threads_share_a_port)
{
    struct served one, two;
    const char *reply;

    serve_defaults(&one);
    serve_start(&one);
    serve_defaults(&two);
    two.fd = one.fd;
    serve_start(&two);
    CHECK_INT(two.port, one.port);
    reply = shell("h2load -n 400 -c 40 -m 5 http://127.0.0.1:%d/v1/hello 2>&1", one.port);
    CHECK(has(reply, "status codes: 400 2xx"));
    serve_stop(&one);
    serve_stop(&two);
    CHECK_INT(test_ends_ok, 400);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
}
