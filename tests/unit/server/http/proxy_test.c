#include <arpa/inet.h>
#include <string.h>

#include "http/http_int.h"
#include "kit/test.h"
#include "unit/server/http/serve.h"

static enum proxy_told told(const void *p, size_t n, size_t *out_n, struct peer *out)
{
    return proxy_parse(p, n, out_n, out);
}

static const char *text_of(const struct peer *p)
{
    static char text[INET6_ADDRSTRLEN];
    const void *at = p->sa.ss_family == AF_INET ? (const void *)&((const struct sockaddr_in *)&p->sa)->sin_addr
                                                : (const void *)&((const struct sockaddr_in6 *)&p->sa)->sin6_addr;

    return p->len ? inet_ntop(p->sa.ss_family, at, text, sizeof(text)) : "nobody";
}

/* Every shorter beginning must ask for more, and nothing behind the header is taken. */
static void check_told(const char *head, size_t n, const char *whom)
{
    char more[512];
    struct peer peer;
    size_t taken = 0;

    for (size_t i = 0; i < n; i++)
        CHECK_INT(told(head, i, &taken, &peer), PROXY_MORE);
    memcpy(more, head, n);
    memcpy(more + n, "GET / HTTP/1.1\r\n", 16);
    CHECK_INT(told(more, n + 16, &taken, &peer), PROXY_DONE);
    CHECK_INT(taken, n);
    CHECK_STR(text_of(&peer), whom);
}

static void check_bad(const char *head, size_t n)
{
    struct peer peer;
    size_t taken;

    CHECK_INT(told(head, n, &taken, &peer), PROXY_BAD);
}

#define V1(text)  text, sizeof(text) - 1
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

TEST(version_one_names_the_client)
{
    check_told(V1("PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n"), "203.0.113.7");
    check_told(V1("PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n"), "2001:db8::7");
    check_told(V1("PROXY UNKNOWN\r\n"), "nobody");
    check_told(V1("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), "nobody");
}

TEST(version_one_that_is_malformed_is_refused)
{
    char endless[120];

    check_bad(V1("GET / HTTP/1.1\r\n"));
    check_bad(V1("PROXY TCP4 203.0.113.7 192.0.2.1 56324\r\n"));
    check_bad(V1("PROXY TCP4 203.0.113.7 192.0.2.1 56324 443 1\r\n"));
    check_bad(V1("PROXY TCP4 203.0.113.7 192.0.2.1 65536 443\r\n"));
    check_bad(V1("PROXY TCP4 203.0.113.7 192.0.2.1 -1 443\r\n"));
    check_bad(V1("PROXY TCP4 203.0.113.700 192.0.2.1 1 443\r\n"));
    check_bad(V1("PROXY TCP6 203.0.113.7 192.0.2.1 1 443\r\n"));
    check_bad(V1("PROXY TCP5 203.0.113.7 192.0.2.1 1 443\r\n"));
    check_bad(V1("PROXY TCP4  203.0.113.7 192.0.2.1 1 443\r\n"));
    check_bad(V1("PROXY TCP4\r\n"));
    check_bad(V1("PROXY \r\n"));
    check_bad(V1("proxy TCP4 203.0.113.7 192.0.2.1 1 443\r\n"));
    memset(endless, 'x', sizeof(endless));
    memcpy(endless, "PROXY ", 6);
    check_bad(endless, sizeof(endless));
}

TEST(version_two_names_the_client)
{
    check_told(V1(SIGNATURE "\x21\x11\x00\x0c\xcb\x00\x71\x07\xc0\x00\x02\x01\xdc\x04\x01\xbb"), "203.0.113.7");
    check_told(V1(SIGNATURE "\x21\x11\x00\x10\xcb\x00\x71\x07\xc0\x00\x02\x01\xdc\x04\x01\xbb\x04\x00\x01x"),
               "203.0.113.7");
    check_told(V1(SIGNATURE "\x21\x21\x00\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
                            "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\xdc\x04\x01\xbb"),
               "2001:db8::7");
    check_told(V1(SIGNATURE "\x20\x00\x00\x00"), "nobody");
    check_told(V1(SIGNATURE "\x21\x00\x00\x00"), "nobody");
}

TEST(version_two_that_is_malformed_is_refused)
{
    check_bad(V1(SIGNATURE "\x11\x11\x00\x0c\xcb\x00\x71\x07\xc0\x00\x02\x01\xdc\x04\x01\xbb"));
    check_bad(V1(SIGNATURE "\x22\x11\x00\x0c\xcb\x00\x71\x07\xc0\x00\x02\x01\xdc\x04\x01\xbb"));
    check_bad(V1(SIGNATURE "\x21\x11\x00\x0b\xcb\x00\x71\x07\xc0\x00\x02\x01\xdc\x04\x01"));
    check_bad(V1(SIGNATURE "\x21\x12\x00\x0c\xcb\x00\x71\x07\xc0\x00\x02\x01\xdc\x04\x01\xbb"));
    check_bad(V1(SIGNATURE "\x21\x11\xff\xff"));
    check_bad(V1("\r\n\r\n\0\r\nQUIX\n"));
}

static bool trusts(const char *proxies, const char *peer)
{
    struct http_proxies p;
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_in v4 = {.sin_family = AF_INET};

    CHECK_OK(http_proxies_parse(test_scope(), proxies, &p));
    if (inet_pton(AF_INET, peer, &v4.sin_addr) == 1)
        return proxy_is_trusted(&p, (struct sockaddr *)&v4);
    CHECK(inet_pton(AF_INET6, peer, &v6.sin6_addr) == 1);
    return proxy_is_trusted(&p, (struct sockaddr *)&v6);
}

TEST(only_configured_networks_are_proxies)
{
    const struct sockaddr unix_peer = {.sa_family = AF_UNIX};
    struct http_proxies p;

    CHECK(!trusts("", "127.0.0.1"));
    CHECK(trusts("127.0.0.1", "127.0.0.1"));
    CHECK(!trusts("127.0.0.1", "127.0.0.2"));
    CHECK(trusts("192.0.2.1, 10.1.0.0/16", "10.1.255.3"));
    CHECK(!trusts("10.1.0.0/16", "10.2.0.1"));
    CHECK(trusts("10.1.128.0/17", "10.1.128.1"));
    CHECK(!trusts("10.1.128.0/17", "10.1.127.1"));
    CHECK(trusts("10.1.0.0/16", "::ffff:10.1.2.3"));
    CHECK(trusts("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK(!trusts("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(!trusts("::1", "127.0.0.1"));
    CHECK_OK(http_proxies_parse(test_scope(), "unix", &p));
    CHECK(proxy_is_trusted(&p, &unix_peer));
    CHECK_OK(http_proxies_parse(test_scope(), "127.0.0.1", &p));
    CHECK(!proxy_is_trusted(&p, &unix_peer));
}

TEST(networks_that_are_none_are_refused)
{
    static const char *const bad[] = {"localhost", "10.0.0.0/33", "10.0.0.0/", "::1/129",
                                      "10.0.0",    "10.0.0.0/8x", "/8",        "unixx"};
    struct http_proxies p;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_ERR(http_proxies_parse(test_scope(), bad[i], &p), ERR_INVALID);
}

static const char *ask_hello(struct served *s, const char *head)
{
    return body_of(ask(s, arena_f(test_scope()->arena,
                                  "%sGET /v1/hello HTTP/1.1\r\nhost: a.localhost\r\nx-forwarded-for: 198.51.100.1\r\n"
                                  "forwarded: for=198.51.100.1\r\nconnection: close\r\n\r\n",
                                  head)));
}

TEST(a_trusted_proxys_word_is_the_peer_and_nobody_elses_is_and_x_forwarded_for_never)
{
    struct served s;

    serve_defaults(&s);
    serve_start(&s);
    CHECK(has(ask_hello(&s, ""), "from 127.0.0.1 "));
    CHECK(!has(ask_hello(&s, "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n"), "hello"));
    serve_stop(&s);

    serve_defaults(&s);
    CHECK_OK(http_proxies_parse(test_scope(), "127.0.0.0/8", &s.conf.proxies));
    serve_start(&s);
    CHECK(has(ask_hello(&s, "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n"), "from 203.0.113.7 "));
    CHECK(has(ask_hello(&s, "PROXY TCP6 2001:db8::7 2001:db8::1 1 443\r\n"), "from 2001:db8::7 "));
    CHECK(has(ask_hello(&s, "PROXY UNKNOWN\r\n"), "from 127.0.0.1 "));
    CHECK_STR(ask(&s, "GET /v1/hello HTTP/1.1\r\nhost: a.localhost\r\n\r\n"), "");
    serve_stop(&s);
}

TEST(a_header_that_comes_octet_by_octet_is_taken_and_nothing_of_the_request)
{
    const char *text = "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n"
                       "GET /v1/hello HTTP/1.1\r\nhost: a.localhost\r\nconnection: close\r\n\r\n";
    struct served s;
    int fd;

    serve_defaults(&s);
    CHECK_OK(http_proxies_parse(test_scope(), "127.0.0.1", &s.conf.proxies));
    serve_start(&s);
    fd = dial(&s);
    for (const char *p = text; *p; p++)
        say(fd, p, 1);
    CHECK(has(hear(fd), "from 203.0.113.7 "));
    close(fd);
    serve_stop(&s);
}
