#include "net/net.h"

#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"
#include "kit/loop.h"
#include "kit/test.h"
#include "unit/server/net/peer.h"

static struct peer *peer;
static struct net *n;

static void in_loop(void (*fn)(void))
{
    peer = peer_start();
    test_in_loop(fn);
}

#define NET_TEST(name_)                                                                                                \
    static void fiber_##name_(void);                                                                                   \
    TEST(name_)                                                                                                        \
    {                                                                                                                  \
        in_loop(fiber_##name_);                                                                                        \
    }                                                                                                                  \
    static void fiber_##name_(void)

static void open_net(void)
{
    n = net_open(&(struct net_conf){.allow_private = true});
}

static const char *url_of(struct scope *sc, const char *path)
{
    return arena_f(sc->arena, "http://127.0.0.1:%d%s", peer->port, path);
}

static enum err ask(struct scope *sc, const char *method, const char *path, const char *body, struct net_answer *out)
{
    struct net_call call = {.method = method, .url = url_of(sc, path), .body = str_of(body)};

    return net_fetch(sc, n, &call, out);
}

NET_TEST(an_answer_comes_with_status_fields_and_body)
{
    struct scope *sc = test_scope();
    struct net_answer answer;

    open_net();
    CHECK_OK(ask(sc, "GET", "/hello", NULL, &answer));
    CHECK_INT(answer.status, 200);
    CHECK_STR(answer.body.p, "hello");
    CHECK_STR(net_header_get(&answer, "x-kind"), "plain");
    CHECK_STR(net_header_get(&answer, "Content-Length"), "5");
    CHECK(net_header_get(&answer, "X-None") == NULL);
    CHECK(answer.us > 0);
    net_close(n);
}

NET_TEST(a_body_travels_whole_both_ways)
{
    struct scope *sc = test_scope();
    size_t size = (size_t)3 << 20;
    char *body = arena_alloc(sc->arena, size);
    struct net_answer answer;

    for (size_t i = 0; i < size; i++)
        body[i] = (char)(i * 7 + i / 251);
    open_net();
    CHECK_OK(net_fetch(sc, n, &(struct net_call){.method = "PUT", .url = url_of(sc, "/echo"), .body = {body, size}},
                       &answer));
    CHECK(str_equal(answer.body, (struct str){body, size}));
    CHECK_OK(ask(sc, "GET", "/big", NULL, &answer));
    CHECK_INT(answer.body.n, 5 << 20);
    net_close(n);
}

NET_TEST(nothing_is_sent_that_was_not_asked_for)
{
    struct scope *sc = test_scope();
    struct net_header headers[] = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
    struct net_call call = {
        .method = "POST", .url = url_of(sc, "/head?a=1"), .headers = headers, .header_count = 2, .body = STR("{}")};
    struct net_answer answer;

    open_net();
    call.url = url_of(sc, "/head");
    CHECK_OK(net_fetch(sc, n, &call, &answer));
    CHECK_STR(answer.body.p, arena_f(sc->arena,
                                     "POST /head HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\n"
                                     "Accept-Encoding: gzip, deflate\r\nContent-Type: application/json\r\n"
                                     "X-Empty:\r\nContent-Length: 2\r\n\r\n",
                                     peer->port));
    CHECK_OK(ask(sc, "DELETE", "/head", NULL, &answer));
    CHECK(strstr(answer.body.p, "Content-") == NULL);
    CHECK_OK(ask(sc, "POST", "/head", NULL, &answer));
    CHECK(strstr(answer.body.p, "Content-Length: 0\r\n") && !strstr(answer.body.p, "Content-Type"));
    net_close(n);
}

NET_TEST(a_head_request_has_no_body)
{
    struct net_answer answer;

    open_net();
    CHECK_OK(ask(test_scope(), "HEAD", "/head", NULL, &answer));
    CHECK_INT(answer.body.n, 0);
    net_close(n);
}

NET_TEST(the_user_agent_is_the_one_of_the_configuration)
{
    struct net_answer answer;

    n = net_open(&(struct net_conf){.allow_private = true, .user_agent = "shop-sync/1"});
    CHECK_OK(ask(test_scope(), "GET", "/head", NULL, &answer));
    CHECK(strstr(answer.body.p, "\r\nUser-Agent: shop-sync/1\r\n") != NULL);
    net_close(n);
}

NET_TEST(a_connection_is_used_again_unless_asked_otherwise)
{
    struct scope *sc = test_scope();
    struct net_answer answer;
    struct net_call once = {.method = "GET", .url = url_of(sc, "/hello"), .fresh_connection = true};

    open_net();
    for (int i = 0; i < 3; i++)
        CHECK_OK(ask(sc, "GET", "/hello", NULL, &answer));
    CHECK_INT(peer->connections, 1);
    CHECK_OK(net_fetch(sc, n, &once, &answer));
    CHECK_OK(net_fetch(sc, n, &once, &answer));
    CHECK_INT(peer->connections, 3);
    net_close(n);
}

NET_TEST(a_redirect_is_an_answer_and_is_not_followed)
{
    struct net_answer answer;

    open_net();
    CHECK_OK(ask(test_scope(), "GET", "/redirect", NULL, &answer));
    CHECK_INT(answer.status, 302);
    CHECK_STR(net_header_get(&answer, "Location"), "/hello");
    CHECK_INT(peer->requests, 1);
    net_close(n);
}

NET_TEST(the_fields_of_an_interim_answer_are_not_the_answers)
{
    struct net_answer answer;

    open_net();
    CHECK_OK(ask(test_scope(), "GET", "/early", NULL, &answer));
    CHECK(!net_header_get(&answer, "X-Early") && net_header_get(&answer, "X-Late"));
    net_close(n);
}

NET_TEST(a_closed_port_is_unavailable)
{
    struct scope *sc = test_scope();
    struct net_answer answer;
    const char *url = arena_f(sc->arena, "http://127.0.0.1:%d/", peer_closed_port());

    open_net();
    CHECK_ERR(net_fetch(sc, n, &(struct net_call){.method = "POST", .url = url}, &answer), ERR_UNAVAILABLE);
    net_close(n);
}

NET_TEST(a_failed_handshake_is_unavailable_and_nothing_was_asked)
{
    struct scope *sc = test_scope();
    struct net_answer answer;
    const char *url = arena_f(sc->arena, "https://127.0.0.1:%d/nonsense", peer->port);
    struct net_call call = {.method = "POST", .url = url, .connect_ms = 300};

    open_net();
    CHECK_ERR(net_fetch(sc, n, &call, &answer), ERR_UNAVAILABLE);
    CHECK_INT(peer->requests, 0);
    net_close(n);
}

/* Of a server's own configuration: what the URL names is neither looked up nor asked, and no other call profits. */
NET_TEST(a_call_of_our_own_goes_where_it_is_told_whatever_its_address_says)
{
    struct scope *sc = test_scope();
    struct net_call call = {.method = "GET", .url = "http://nowhere.invalid/hello"};
    struct net_answer answer;

    n = net_open(&(struct net_conf){0});
    call.own = arena_f(sc->arena, "127.0.0.1:%d", peer->port);
    CHECK_OK(net_fetch(sc, n, &call, &answer));
    CHECK_STR(answer.body.p, "hello");
    call.url = "http://shop.localhost/hello";
    CHECK_OK(net_fetch(sc, n, &call, &answer));
    call.own = NULL;
    CHECK_ERR(net_fetch(sc, n, &call, &answer), ERR_INVALID);
    call.url = "http://nowhere.invalid/hello";
    CHECK_ERR(net_fetch(sc, n, &call, &answer), ERR_UNAVAILABLE);
    call.url = url_of(sc, "/hello");
    CHECK_ERR(net_fetch(sc, n, &call, &answer), ERR_INVALID);
    call.own = "192.0.2.1:80";
    CHECK_ERR(net_fetch(sc, n, &call, &answer), ERR_INVALID);
    net_close(n);
}

NET_TEST(an_answer_that_is_not_whole_leaves_the_outcome_unknown)
{
    static const char *const paths[] = {"/close", "/half", "/halfhead", "/nonsense"};
    struct scope *sc = test_scope();
    struct net_answer answer = {.status = -1};

    open_net();
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        CHECK_ERR(ask(sc, "POST", paths[i], "{}", &answer), ERR_UPSTREAM_UNKNOWN);
    CHECK_INT(answer.status, -1);
    CHECK_INT(peer->requests, 4);
    net_close(n);
}

/* The one that would make two orders of one. */
static void check_sent_once(const char *method, const char *body)
{
    struct scope *sc = test_scope();
    struct net_answer answer;
    int before = peer->closes;
    int connections;

    CHECK_OK(ask(sc, "GET", "/hello", NULL, &answer));
    connections = peer->connections;
    CHECK_ERR(ask(sc, method, "/close", body, &answer), ERR_UPSTREAM_UNKNOWN);
    fiber_sleep_us(30000); /* a second sending would come at once */
    CHECK_INT(peer->closes - before, 1);
    CHECK(peer->connections - connections <= 1); /* the library may connect again, and is stopped there */
}

NET_TEST(a_request_that_must_not_be_repeated_is_sent_once)
{
    open_net();
    check_sent_once("POST", "{\"order\":1}");
    check_sent_once("POST", NULL);
    check_sent_once("DELETE", NULL);
    check_sent_once("PUT", "x");
    check_sent_once("PATCH", "x");
    net_close(n);
}

NET_TEST(a_read_on_a_dead_connection_is_sent_again)
{
    struct scope *sc = test_scope();
    struct net_answer answer;

    open_net();
    CHECK_OK(ask(sc, "GET", "/hello", NULL, &answer));
    CHECK_ERR(ask(sc, "GET", "/close", NULL, &answer), ERR_UPSTREAM_UNKNOWN);
    CHECK_INT(peer->closes, 2); /* once on the used connection, once on a fresh one */
    net_close(n);
}

NET_TEST(time_runs_out_while_the_answer_is_awaited)
{
    struct scope *sc = test_scope();
    struct net_answer answer;
    int64_t start;

    open_net();
    start = loop_now_us();
    CHECK_ERR(
        net_fetch(sc, n, &(struct net_call){.method = "POST", .url = url_of(sc, "/never"), .total_ms = 150}, &answer),
        ERR_UPSTREAM_UNKNOWN);
    CHECK(loop_now_us() - start >= 150000 && loop_now_us() - start < 600000);
    sc->deadline_us = loop_now_us() + 100000;
    CHECK_ERR(ask(sc, "POST", "/never", NULL, &answer), ERR_UPSTREAM_UNKNOWN);
    CHECK_ERR(ask(sc, "POST", "/hello", NULL, &answer), ERR_TIMEOUT); /* too late to begin */
    CHECK_INT(peer->requests, 2);
    sc->deadline_us = 0;
    CHECK_OK(ask(sc, "GET", "/hello", NULL, &answer));
    net_close(n);
}

NET_TEST(an_answer_that_drips_is_cut_off)
{
    struct scope *sc = test_scope();
    struct net_answer answer;
    int64_t start;

    open_net();
    start = loop_now_us();
    CHECK_ERR(ask(sc, "GET", "/drip", NULL, &answer), ERR_UPSTREAM_UNKNOWN);
    CHECK_STR(scope_fault(sc)->message, "the outside system answered too slowly");
    CHECK(loop_now_us() - start > 9000000 && loop_now_us() - start < 15000000);
    net_close(n);
}

NET_TEST(an_answer_larger_than_agreed_is_cut_off)
{
    struct scope *sc = test_scope();
    struct net_answer answer;
    struct net_call call = {.method = "GET", .url = url_of(sc, "/big"), .answer_max = 100000};

    open_net();
    CHECK_ERR(net_fetch(sc, n, &call, &answer), ERR_UPSTREAM_UNKNOWN);
    CHECK_STR(scope_fault(sc)->message, "the answer of the outside system is larger than 100000 octets");
    call.url = url_of(sc, "/bomb"); /* 543 octets on the wire */
    CHECK_ERR(net_fetch(sc, n, &call, &answer), ERR_UPSTREAM_UNKNOWN);
    CHECK_STR(scope_fault(sc)->message, "the answer of the outside system is larger than 100000 octets");
    call.answer_max = 512 * 1024;
    CHECK_OK(net_fetch(sc, n, &call, &answer));
    CHECK_INT(answer.body.n, 512 * 1024);
    net_close(n);
}

NET_TEST(too_many_header_fields_are_cut_off)
{
    struct scope *sc = test_scope();
    struct net_answer answer;

    open_net();
    CHECK_ERR(ask(sc, "GET", "/fields", NULL, &answer), ERR_UPSTREAM_UNKNOWN);
    CHECK_ERR(ask(sc, "GET", "/wide", NULL, &answer), ERR_UPSTREAM_UNKNOWN);
    CHECK_STR(scope_fault(sc)->message, "the answer of the outside system has too many header fields");
    net_close(n);
}

static int ended, good;

static void one_of_many(void *arg)
{
    struct scope *sc = scope_new();
    struct net_answer answer;
    const char *body = arena_f(sc->arena, "body %d", (int)(intptr_t)arg);

    for (int i = 0; i < 5; i++)
        good += ask(sc, "POST", "/echo", body, &answer) == OK && str_is(answer.body, body);
    ended++;
    scope_free(sc);
}

static void all_end(int count)
{
    while (ended < count)
        fiber_sleep_us(1000);
}

NET_TEST(two_hundred_fibers_each_get_their_own_answer)
{
    n = net_open(&(struct net_conf){.allow_private = true, .connections = 64, .host_connections = 32});
    for (int i = 0; i < 200; i++)
        CHECK(fiber_start(one_of_many, (void *)(intptr_t)i));
    all_end(200);
    CHECK_INT(good, 1000);
    CHECK(peer->most <= 32);
    CHECK_INT(peer->requests, 1000);
    net_close(n);
}

static void one_slow(void *arg)
{
    struct scope *sc = scope_new();
    struct net_answer answer;

    (void)arg;
    good += ask(sc, "GET", "/slow", NULL, &answer) == OK;
    ended++;
    scope_free(sc);
}

NET_TEST(a_slow_host_does_not_hold_up_another)
{
    struct scope *sc = test_scope();
    struct peer *slow = peer;
    struct net_answer answer;

    n = net_open(&(struct net_conf){.allow_private = true, .connections = 8, .host_connections = 2});
    for (int i = 0; i < 20; i++)
        CHECK(fiber_start(one_slow, NULL));
    fiber_sleep_us(20000);
    CHECK_OK(net_fetch(
        sc, n, &(struct net_call){.method = "GET", .url = arena_f(sc->arena, "http://localhost:%d/hello", slow->port)},
        &answer));
    CHECK(ended < 10);
    all_end(20);
    CHECK_INT(good, 20);
    CHECK(peer->most <= 3);
    net_close(n);
}

NET_TEST(a_turn_that_does_not_come_in_time_is_unavailable)
{
    struct scope *sc = test_scope();
    struct net_answer answer;
    struct net_call call = {.method = "POST", .url = url_of(sc, "/echo"), .total_ms = 30};

    n = net_open(&(struct net_conf){.allow_private = true, .connections = 1, .host_connections = 1});
    CHECK(fiber_start(one_slow, NULL));
    fiber_sleep_us(10000);
    CHECK_ERR(net_fetch(sc, n, &call, &answer), ERR_UNAVAILABLE);
    all_end(1);
    CHECK_INT(peer->requests, 1);
    call.total_ms = 0;
    CHECK_OK(net_fetch(sc, n, &call, &answer));
    net_close(n);
}

static int limited;

static void one_quick(void *arg)
{
    struct scope *sc = scope_new();
    struct net_answer answer;
    struct net_call call = {.method = "GET", .url = url_of(sc, "/never"), .total_ms = 300};

    (void)arg;
    limited += net_fetch(sc, n, &call, &answer) == ERR_LIMIT;
    ended++;
    scope_free(sc);
}

NET_TEST(more_waiting_calls_than_the_limit_are_told_later)
{
    n = net_open(&(struct net_conf){.allow_private = true, .connections = 1, .host_connections = 1});
    for (int i = 0; i < NET_WAITING_MAX + 11; i++)
        CHECK(fiber_start(one_quick, NULL));
    all_end(NET_WAITING_MAX + 11);
    CHECK_INT(limited, 10);
    net_close(n);
}

NET_TEST(a_caller_who_has_gone_asks_nothing)
{
    struct scope *sc = test_scope();
    struct net_answer answer;

    open_net();
    sc->cancelled = true;
    CHECK_ERR(ask(sc, "GET", "/hello", NULL, &answer), ERR_CANCELLED);
    CHECK_INT(peer->connections, 0);
    net_close(n);
}

/* Asked of the clock when the request is about to be written, on a connection that stands already too. */
NET_TEST(what_should_have_left_by_now_does_not_leave)
{
    struct scope *sc = test_scope();
    struct net_call call = {.method = "POST", .url = url_of(sc, "/echo"), .body = str_of("an order")};
    struct net_answer answer;

    open_net();
    for (int i = 0; i < 2; i++) {
        call.leave_by_us = time_boot_us() - 1;
        CHECK_ERR(net_fetch(sc, n, &call, &answer), ERR_UNAVAILABLE);
        CHECK_STR(scope_fault(sc)->message, "its turn to be sent came too late");
        scope_clear(sc);
        CHECK_INT(peer->requests, i);
        call.leave_by_us = time_boot_us() + 20000000;
        CHECK_OK(net_fetch(sc, n, &call, &answer));
        CHECK_INT(peer->requests, i + 1);
    }
    net_close(n);
}
