#include <openssl/ssl.h>
#include <poll.h>

#include "unit/server/http/frames.h"

/* What guard_attack_test.c does, through TLS. */
static struct served s;
static char dir[] = "/tmp/http-tls-XXXXXX";

struct client {
    int fd;
    SSL_CTX *ctx;
    SSL *ssl;
};

static void given_server(void)
{
    serve_defaults(&s);
    serve_certificate(&s, dir);
    s.sndbuf = 4096;
    s.conf.head_timeout_ms = 500;
    serve_start(&s);
}

static struct client dial_tls(int room)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s.port)};
    struct timeval limit = {5, 0};
    struct client c = {.fd = socket(AF_INET, SOCK_STREAM, 0), .ctx = SSL_CTX_new(TLS_client_method())};

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (room)
        setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    CHECK_INT(connect(c.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    c.ssl = SSL_new(c.ctx);
    SSL_set_fd(c.ssl, c.fd);
    SSL_set_alpn_protos(c.ssl, (const unsigned char *)"\2h2", 3);
    CHECK_INT(SSL_connect(c.ssl), 1);
    return c;
}

static void hang_up(struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    close(c->fd);
}

static void then_all_is_well(void)
{
    const char *reply = shell("curl -sSi --cacert %s https://localhost:%d/v1/hello 2>&1", s.cert, s.port);

    CHECK(has(reply, "HTTP/2 200"));
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
    shell("rm -r %s", dir);
}

TEST(over_tls_a_window_that_moves_under_a_blocked_write_aborts_nothing)
{
    static uint8_t octets[90 * 64];
    static char sink[16384];
    struct client c;
    size_t n;
    int heard = 0, k = 0;

    given_server();
    c = dial_tls(2048);
    n = (size_t)snprintf((char *)octets, sizeof(octets), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    n += put_frame(octets + n, 4, 0, 0, "\0\4\0\0\0\x1c", 6);
    for (uint32_t i = 0; i < 90; i++)
        n += put_get(octets + n, 2 * i + 1, "/v1/hello");
    CHECK_INT(SSL_write(c.ssl, octets, (int)n), (int)n);
    poll(NULL, 0, 50);
    n = 0;
    for (uint32_t i = 0; i < 90; i++)
        n += put_frame(octets + n, 8, 0, 2 * i + 1, "\0\0\0\1", 4);
    CHECK_INT(SSL_write(c.ssl, octets, (int)n), (int)n);
    poll(NULL, 0, 50);
    while (heard < 5000 && (k = SSL_read(c.ssl, sink, sizeof(sink))) > 0)
        heard += k;
    CHECK(heard >= 5000);
    hang_up(&c);
    then_all_is_well();
}

TEST(over_tls_a_flood_is_cut)
{
    static char sink[16384];
    uint8_t octets[100];
    struct client c;

    given_server();
    c = dial_tls(0);
    SSL_write(c.ssl, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
    for (int i = 0; i < 25000; i++)
        if (SSL_write(c.ssl, octets, (int)put_frame(octets, 2, 0, 1, "\0\0\0\0\1", 5)) <= 0)
            break;
    while (SSL_read(c.ssl, sink, sizeof(sink)) > 0) /* until the server has ended it */
        ;
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, "control_frames"), 1);
    hang_up(&c);
    then_all_is_well();
}

TEST(a_handshake_that_does_not_end_is_cut)
{
    char sink[100];
    int fd;

    given_server();
    fd = dial(&s);
    say(fd, "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11);
    CHECK(recv(fd, sink, sizeof(sink), 0) <= 0);
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, "head_time"), 1);
    close(fd);
    then_all_is_well();
}

/* Its good-bye is not answered, and junk comes instead. */
TEST(a_connection_of_tls_that_was_closed_takes_no_more_input)
{
    static char junk[16000];
    struct client c;
    int64_t sent = 0;

    given_server();
    c = dial_tls(0);
    SSL_write(c.ssl, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\1\1\5\0\0\0\1\xff", 34);
    while (sent < 64 << 20 && SSL_write(c.ssl, junk, sizeof(junk)) > 0)
        sent += (int64_t)sizeof(junk);
    CHECK(sent < 32 << 20);
    hang_up(&c);
    then_all_is_well();
}
