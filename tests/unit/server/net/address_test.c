#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "kit/loop.h"
#include "kit/test.h"
#include "net/net.h"
#include "unit/server/net/peer.h"

static bool is_private(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return net_address_is_private((const struct sockaddr *)&in);
    MUST_BE(inet_pton(AF_INET6, text, &in6.sin6_addr) == 1);
    return net_address_is_private((const struct sockaddr *)&in6);
}

TEST(addresses_that_are_not_the_public_internets_are_refused)
{
    static const char *const refused[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:c0a8:1::1",
        "2001::1",
        "2001:db8::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "3fff::1",
        "4000::1",
        "100::1",
    };

    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (!is_private(refused[i]))
            test_failed(__FILE__, __LINE__, "%s passes", refused[i]);
}

TEST(addresses_of_the_public_internet_are_fit)
{
    static const char *const fit[] = {
        "1.1.1.1",     "9.255.255.255",   "11.0.0.0",       "100.63.255.255",   "100.128.0.0",  "126.255.255.255",
        "128.0.0.1",   "169.253.0.1",     "172.15.255.255", "172.32.0.0",       "192.0.1.1",    "192.167.255.255",
        "192.169.0.0", "198.17.255.255",  "198.20.0.0",     "223.255.255.255",  "2606:4700::1", "2a00:1450::1",
        "2001:200::1", "2002:808:808::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
    };

    for (size_t i = 0; i < ARRAY_LEN(fit); i++)
        if (is_private(fit[i]))
            test_failed(__FILE__, __LINE__, "%s is refused", fit[i]);
}

TEST(an_unknown_family_is_refused)
{
    CHECK(net_address_is_private(&(struct sockaddr){.sa_family = AF_UNIX}));
}

static struct peer *peer;

static void check_refused(struct net *n, const char *url)
{
    struct scope *sc = scope_new();
    struct net_answer answer;
    enum err e = net_fetch(sc, n, &(struct net_call){.method = "GET", .url = url}, &answer);
    const char *problem = scope_fault(sc)->problem;

    if (e != ERR_INVALID || !problem || strcmp(problem, "endpoint-forbidden") != 0)
        test_failed(__FILE__, __LINE__, "%s gave %s: %s", url, err_info(e)->name,
                    e == OK ? "" : scope_fault(sc)->message);
    CHECK_INT(scope_fault(sc)->http_status, e == ERR_INVALID ? 422 : scope_fault(sc)->http_status);
    scope_free(sc);
}

static void refuse_spellings(void)
{
    static const char *const hosts[] = {
        "127.0.0.1",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "shop.localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "127.000.000.001",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "255.255.255.255",
        "192.168.1.1",
        "224.0.0.1",
        "[2002:7f00:1::]",
        "%31%32%37.0.0.1",
        "user@127.0.0.1",
        "a:b@127.0.0.1",
        "example.test@127.0.0.1",
    };
    struct net *n = net_open(&(struct net_conf){0});

    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        check_refused(n, arena_f(test_scope()->arena, "http://%s:%d/hello", hosts[i], peer->port));
    CHECK_INT(peer->connections, 0);
    net_close(n);
}

TEST(every_spelling_of_a_near_address_is_refused_without_a_connection)
{
    peer = peer_start();
    test_in_loop(refuse_spellings);
}

static void refuse_urls(void)
{
    static const char *const urls[] = {
        "",
        "hello",
        "//127.0.0.1/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "ftp://example.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http:///",
        "http://127.0.0.1%2f@example.test/",
        "http://a b/",
        "http://127.0.0.1:99999/",
    };
    struct net *n = net_open(&(struct net_conf){.allow_private = true});

    for (size_t i = 0; i < ARRAY_LEN(urls); i++)
        check_refused(n, urls[i]);
    net_close(n);
}

TEST(what_is_not_a_plain_web_address_is_refused)
{
    test_in_loop(refuse_urls);
}

static enum err ask_with(struct net *n, const char *method, const char *name, const char *value)
{
    struct scope *sc = scope_new();
    struct net_header header = {name, value};
    struct net_answer answer;
    struct net_call call = {
        .method = method, .url = "http://127.0.0.1:1/", .headers = &header, .header_count = name ? 1 : 0};
    enum err e = net_fetch(sc, n, &call, &answer);

    scope_free(sc);
    return e;
}

static void refuse_fields(void)
{
    struct net *n = net_open(&(struct net_conf){.allow_private = true});

    CHECK_ERR(ask_with(n, "GET", "X-A", "b"), ERR_UNAVAILABLE); /* as far as the closed port */
    CHECK_ERR(ask_with(n, "GET", "X-A", "b\r\nX-B: c"), ERR_INVALID);
    CHECK_ERR(ask_with(n, "GET", "X-A", "b\nc"), ERR_INVALID);
    CHECK_ERR(ask_with(n, "GET", "X A", "b"), ERR_INVALID);
    CHECK_ERR(ask_with(n, "GET", "X-A:", "b"), ERR_INVALID);
    CHECK_ERR(ask_with(n, "GET", "", "b"), ERR_INVALID);
    CHECK_ERR(ask_with(n, "GET", "Content-Length", "5"), ERR_INVALID);
    CHECK_ERR(ask_with(n, "GET", "transfer-encoding", "chunked"), ERR_INVALID);
    CHECK_ERR(ask_with(n, "GET", "Host", "other.test"), ERR_INVALID);
    CHECK_ERR(ask_with(n, "GET / HTTP/1.1\r\nX:", NULL, NULL), ERR_INVALID);
    CHECK_ERR(ask_with(n, "", NULL, NULL), ERR_INVALID);
    CHECK_ERR(ask_with(n, "CONNECT", NULL, NULL), ERR_INVALID);
    net_close(n);
}

TEST(a_field_that_would_change_the_message_is_refused)
{
    test_in_loop(refuse_fields);
}
