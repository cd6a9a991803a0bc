#include "http/guard_h1.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/test.h"
#include "json/doc.h"

#define BODY_MAX 1000
#define HEAD_MAX 2048
#define H        "Host: a\r\n"

static enum guard_verdict whole(const char *p, size_t n)
{
    struct guard_h1 g;

    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    return guard_h1_feed(&g, p, n);
}

/* At every octet boundary, and octet by octet. */
static void check_octets(const char *p, size_t n, enum guard_verdict want)
{
    enum guard_verdict v = whole(p, n);
    struct guard_h1 g;

    if (v != want)
        test_failed(__FILE__, __LINE__, "%.60s… is %s (%d), not %s (%d)", p, guard_h1_reason(v), v,
                    guard_h1_reason(want), want);
    for (size_t cut = 0; cut <= n; cut++) {
        guard_h1_init(&g, HEAD_MAX, BODY_MAX);
        (void)guard_h1_feed(&g, p, cut);
        if (guard_h1_feed(&g, p + cut, n - cut) != want)
            test_failed(__FILE__, __LINE__, "%.60s… cut at %zu differs", p, cut);
    }
    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    for (size_t i = 0; i < n; i++)
        (void)guard_h1_feed(&g, p + i, 1);
    CHECK_INT(g.verdict, want);
}

static void check(const char *text, enum guard_verdict want)
{
    check_octets(text, strlen(text), want);
}

#define CHECK_OCTETS(literal, want) check_octets((literal), sizeof(literal) - 1, (want))

TEST(what_a_sender_may_write_passes)
{
    check("GET / HTTP/1.1\r\n" H "\r\n", GUARD_H1_FINE);
    check("\r\nGET / HTTP/1.1\r\n" H "\r\n", GUARD_H1_FINE);
    check("GET / HTTP/1.0\r\n\r\n", GUARD_H1_FINE);
    check("OPTIONS * HTTP/1.1\r\n" H "\r\n", GUARD_H1_FINE);
    check("BREW /a?b=%20&c HTTP/1.1\r\n" H "X-A:\t b \xc3\xa4 \t\r\nX-B:\r\nX-B: 2\r\n\r\n", GUARD_H1_FINE);
    check("POST /a HTTP/1.1\r\ncontent-LENGTH:  1000 \r\n" H "\r\n{}", GUARD_H1_FINE);
    check("POST /a HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n", GUARD_H1_FINE);
    check("POST /a HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n", GUARD_H1_FINE);
    check("P", GUARD_H1_MORE);
    check("POST /a HTTP/1.1\r\n" H "\r", GUARD_H1_MORE);
    check("PRIME /a HTTP/1.1\r\n" H "\r\n", GUARD_H1_FINE);
}

TEST(the_preface_of_http_2_is_told_from_a_request)
{
    check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", GUARD_H1_HTTP2);
    check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nfurther octets\0", GUARD_H1_HTTP2);
    check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", GUARD_H1_MORE);
    check("PRI * HTTP/2.0\r\n" H, GUARD_H1_VERSION_OTHER);
    check("PRI * HTTP/1.1\r\n" H "\r\n", GUARD_H1_FINE);
}

TEST(a_request_line_of_another_shape_is_refused)
{
    check("GET /\r\n", GUARD_H1_VERSION);
    check("GET / \r\n", GUARD_H1_VERSION);
    check("GET  / HTTP/1.1\r\n", GUARD_H1_TARGET);
    check("GET / HTTP/1.1 \r\n", GUARD_H1_VERSION);
    check("GET / HTTP/1.1\n", GUARD_H1_VERSION);
    check("GET / http/1.1\r\n", GUARD_H1_VERSION);
    check("GET / HTTP/11\r\n", GUARD_H1_VERSION);
    check("GET / HTTP/1.10\r\n", GUARD_H1_VERSION);
    check("GET / HTTP/1.2\r\n", GUARD_H1_VERSION_OTHER);
    check("GET / HTTP/2.0\r\n", GUARD_H1_VERSION_OTHER);
    check("GET / HTTP/0.9\r\n", GUARD_H1_VERSION_OTHER);
    check("GET / HTTP/1.1\rX", GUARD_H1_LINE);
    check("\nGET / HTTP/1.1\r\n", GUARD_H1_LINE);
    check("\r\n\r\nGET / HTTP/1.1\r\n", GUARD_H1_LINE);
    check("G(T / HTTP/1.1\r\n", GUARD_H1_METHOD);
    check(" GET / HTTP/1.1\r\n", GUARD_H1_METHOD);
    check("GETGETGETGETGETGETGET / HTTP/1.1\r\n", GUARD_H1_METHOD);
    check("\x16\x03\x01\x02", GUARD_H1_METHOD);
    check("GET\r\n", GUARD_H1_LINE);
}

TEST(targets_that_name_a_host_or_hold_what_must_be_encoded_are_refused)
{
    check("GET http://b/v1 HTTP/1.1\r\n", GUARD_H1_TARGET);
    check("GET a HTTP/1.1\r\n", GUARD_H1_TARGET);
    check("CONNECT b:443 HTTP/1.1\r\n", GUARD_H1_TARGET);
    check("GET *a HTTP/1.1\r\n", GUARD_H1_TARGET);
    check("GET /a\tb HTTP/1.1\r\n", GUARD_H1_TARGET);
    check("GET /\xc3\xa4 HTTP/1.1\r\n", GUARD_H1_TARGET);
    check("GET /a#b HTTP/1.1\r\n", GUARD_H1_TARGET);
    check("GET /a\x7f HTTP/1.1\r\n", GUARD_H1_TARGET);
    CHECK_OCTETS("GET /a\0 HTTP/1.1\r\n", GUARD_H1_TARGET);
}

#define G "GET / HTTP/1.1\r\n"

TEST(fields_that_two_readers_could_take_differently_are_refused)
{
    check(G H "X-A : 1\r\n\r\n", GUARD_H1_FIELD);
    check(G H "X-A: b\r\n c\r\n\r\n", GUARD_H1_FIELD);
    check(G " X-A: b\r\n", GUARD_H1_FIELD);
    check(G H ": b\r\n", GUARD_H1_FIELD);
    check(G H "X-A\r\n", GUARD_H1_LINE);
    check(G H "X-A: b\n\r\n", GUARD_H1_LINE);
    check(G H "X-A: b\rX-B: c\r\n", GUARD_H1_LINE);
    check(G H "\n", GUARD_H1_LINE);
    check(G H "\rX", GUARD_H1_LINE);
    check(G H "X-A: \x01\r\n", GUARD_H1_FIELD);
    check(G H "X-A: \x7f\r\n", GUARD_H1_FIELD);
    CHECK_OCTETS(G H "X-A: a\0b\r\n", GUARD_H1_FIELD);
    CHECK_OCTETS(G H "X-\0A: b\r\n", GUARD_H1_FIELD);
}

TEST(what_may_come_once_comes_once)
{
    check(G H "host: a\r\n\r\n", GUARD_H1_REPEATED);
    check(G "X: y\r\n\r\n", GUARD_H1_HOST);
    check(G H "Authorization: a\r\nX: y\r\nauthorization: a\r\n\r\n", GUARD_H1_REPEATED);
    check(G H "Proxy-Authorization: a\r\nProxy-Authorization: b\r\n\r\n", GUARD_H1_REPEATED);
    check(G H "Cookie: a=1\r\nCookie: b=2\r\n\r\n", GUARD_H1_REPEATED);
    check(G H "Content-Length: 2\r\nContent-Length: 2\r\n\r\n", GUARD_H1_REPEATED);
    check(G H "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", GUARD_H1_REPEATED);
    check(G H "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", GUARD_H1_CODING);
    check(G H "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n", GUARD_H1_CODING);
}

TEST(a_length_is_digits_within_the_limit)
{
    check(G H "Content-Length: +2\r\n", GUARD_H1_LENGTH);
    check(G H "Content-Length: -2\r\n", GUARD_H1_LENGTH);
    check(G H "Content-Length: 2, 2\r\n", GUARD_H1_LENGTH);
    check(G H "Content-Length: 2 2\r\n", GUARD_H1_LENGTH);
    check(G H "Content-Length: 0x2\r\n", GUARD_H1_LENGTH);
    check(G H "Content-Length:\r\n", GUARD_H1_LENGTH);
    check(G H "Content-Length: 1001\r\n", GUARD_H1_BODY_LARGE);
    check(G H "Content-Length: 18446744073709551617\r\n", GUARD_H1_BODY_LARGE);
    check(G H "Content-Length: 99999999999999999999999999999999999\r\n", GUARD_H1_BODY_LARGE);
    check(G H "Content-Length: 000000000000000000000000001000\r\n\r\n", GUARD_H1_FINE);
}

TEST(a_coding_is_chunked_and_nothing_else)
{
    check(G H "Transfer-Encoding: gzip\r\n", GUARD_H1_CODING);
    check(G H "Transfer-Encoding: gzip, chunked\r\n", GUARD_H1_CODING);
    check(G H "Transfer-Encoding: chunked, identity\r\n", GUARD_H1_CODING);
    check(G H "Transfer-Encoding: chun ked\r\n", GUARD_H1_CODING);
    check(G H "Transfer-Encoding: chunkedchunkedchunkedchunked\r\n", GUARD_H1_CODING);
    check(G H "Transfer-Encoding:\r\n", GUARD_H1_CODING);
    check("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", GUARD_H1_CODING);
    check(G H "Expect: 200-maybe\r\n", GUARD_H1_EXPECT);
}

#define C "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"

TEST(chunks_are_sizes_within_the_limit_and_their_octets)
{
    check(C "3\r\nabc\r\n2;a=\"b\"\r\nde\r\n0\r\n\r\n", GUARD_H1_FINE);
    check(C "0\r\nX-Sum: 1\r\n\r\nGARBAGE\r", GUARD_H1_FINE);
    check(C "3E8\r\n", GUARD_H1_FINE);
    check(C "3e9\r\n", GUARD_H1_BODY_LARGE);
    check(C "ffffffffffffffff\r\n{}", GUARD_H1_BODY_LARGE);
    check(C "00000000000000002\r\n", GUARD_H1_CHUNK);
    check(C "\r\n", GUARD_H1_CHUNK);
    check(C "-1\r\n", GUARD_H1_CHUNK);
    check(C "0x2\r\n", GUARD_H1_CHUNK);
    check(C "2\n", GUARD_H1_CHUNK);
    check(C "2;a\nb\r\n", GUARD_H1_CHUNK);
    check(C "2\r\nabc\r\n", GUARD_H1_CHUNK);
    check(C "2\r\nab\n", GUARD_H1_CHUNK);
    check(C "2\rX", GUARD_H1_LINE);
    check(C "0\r\nX-A : 1\r\n\r\n", GUARD_H1_FIELD);
    check(C "0\r\nAuthorization: 1\r\n\r\n", GUARD_H1_FIELD);
    check(C "0\r\nContent-Length: 1\r\n\r\n", GUARD_H1_FIELD);
    check(C "0\r\n folded\r\n\r\n", GUARD_H1_FIELD);
}

TEST(small_chunks_add_up_to_the_limit_and_cost_no_head)
{
    static const char one[] = "1\r\na\r\n";
    struct guard_h1 g;

    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    CHECK_INT(guard_h1_feed(&g, C, strlen(C)), GUARD_H1_FINE);
    for (int i = 0; i < BODY_MAX; i++)
        CHECK_INT(guard_h1_feed(&g, one, strlen(one)), GUARD_H1_FINE);
    CHECK_INT(guard_h1_feed(&g, one, strlen(one)), GUARD_H1_BODY_LARGE);
    CHECK_INT(guard_h1_feed(&g, "0\r\n\r\n", 5), GUARD_H1_BODY_LARGE);
}

TEST(extensions_of_chunks_and_trailers_are_bounded)
{
    static char text[8192];
    struct guard_h1 g;

    memset(text, 'x', sizeof(text));
    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    CHECK_INT(guard_h1_feed(&g, C "2;", strlen(C) + 2), GUARD_H1_FINE);
    CHECK_INT(guard_h1_feed(&g, text, HEAD_MAX), GUARD_H1_HEAD_LARGE);
    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    CHECK_INT(guard_h1_feed(&g, C "0\r\n", strlen(C) + 3), GUARD_H1_FINE);
    CHECK_INT(guard_h1_feed(&g, text, HEAD_MAX), GUARD_H1_HEAD_LARGE);
}

static enum guard_verdict with_fields(unsigned n)
{
    struct guard_h1 g;

    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    (void)guard_h1_feed(&g, G H, strlen(G H));
    for (unsigned i = 0; i < n; i++)
        (void)guard_h1_feed(&g, "A: 1\r\n", 6);
    return guard_h1_feed(&g, "\r\n", 2);
}

TEST(fields_and_octets_of_a_head_are_bounded)
{
    char line[64];
    struct guard_h1 g;
    enum guard_verdict v = GUARD_H1_MORE;

    CHECK_INT(with_fields(GUARD_H1_FIELDS_MAX - 1), GUARD_H1_FINE);
    CHECK_INT(with_fields(GUARD_H1_FIELDS_MAX), GUARD_H1_HEAD_LARGE);
    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    memset(line, 'a', sizeof(line));
    (void)guard_h1_feed(&g, "GET /", 5);
    for (int i = 0; i < 40 && v == GUARD_H1_MORE; i++)
        v = guard_h1_feed(&g, line, sizeof(line));
    CHECK_INT(v, GUARD_H1_HEAD_LARGE);
    CHECK_INT(g.octets, HEAD_MAX + 1);
}

TEST(a_body_is_told_from_none)
{
    struct guard_h1 g;

    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    (void)guard_h1_feed(&g, G H "\r\n" G, strlen(G H "\r\n" G));
    CHECK(!guard_h1_has_body(&g));
    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    (void)guard_h1_feed(&g, C, strlen(C));
    CHECK(guard_h1_has_body(&g));
}

TEST(every_refusal_has_a_whole_answer)
{
    struct scope *sc = test_scope();

    for (enum guard_verdict v = GUARD_H1_LINE; v < GUARD_H1_VERDICTS; v++) {
        struct guard_h1 g = {.verdict = v};
        struct str text = guard_h1_answer(sc, &g);
        const char *end = strstr(text.p, "\r\n\r\n");
        const struct doc *doc;
        char line[40];

        snprintf(line, sizeof(line), "HTTP/1.1 %d ", guard_h1_status(v));
        CHECK(str_starts(text, line));
        CHECK(strstr(text.p, "\r\nconnection: close\r\n") != NULL);
        CHECK(strstr(text.p, "\r\ncontent-type: application/problem+json\r\n") != NULL);
        CHECK(strstr(text.p, "\r\nrequest-id: req_") != NULL);
        CHECK(strstr(text.p, " GMT\r\n") != NULL);
        CHECK(end != NULL);
        CHECK_INT(strtol(strstr(text.p, "content-length: ") + 16, NULL, 10), text.p + text.n - (end + 4));
        CHECK_OK(doc_parse(sc, (struct str){end + 4, (size_t)(text.p + text.n - (end + 4))}, &doc));
    }
}

TEST(a_refusal_of_head_has_no_body)
{
    struct scope *sc = test_scope();
    struct guard_h1 g;
    struct str text;

    guard_h1_init(&g, HEAD_MAX, BODY_MAX);
    (void)guard_h1_feed(&g, "HEAD / HTTP/1.1\r\nX : y", 22);
    text = guard_h1_answer(sc, &g);
    CHECK(memcmp(text.p + text.n - 4, "\r\n\r\n", 4) == 0);
}
