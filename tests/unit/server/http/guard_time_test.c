#include <errno.h>
#include <poll.h>
#include <time.h>

#include "unit/server/http/frames.h"

/* Limits of time and number, against a server whose limits are short. */
static struct served s;

static void given_server(void)
{
    serve_defaults(&s);
    s.conf.head_timeout_ms = 200;
    s.conf.progress_timeout_ms = 300;
    s.conf.idle_timeout_ms = 400;
    serve_start(&s);
}

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Says one octet of `text` again and again until the server ends the connection; the milliseconds that took. */
static int64_t trickle(int fd, const char *text, size_t n)
{
    int64_t from = now_ms();
    size_t at = 0;

    while (now_ms() - from < 15000) {
        struct pollfd p = {fd, POLLIN, 0};
        char sink[4096];

        if (at < n)
            send(fd, text + at++, 1, MSG_NOSIGNAL);
        if (poll(&p, 1, 20) > 0 && recv(fd, sink, sizeof(sink), MSG_DONTWAIT) <= 0 && errno != EAGAIN)
            break;
    }
    return now_ms() - from;
}

static void check_trickle(const char *text, size_t n, const char *reason)
{
    int64_t took;
    int fd;

    given_server();
    fd = dial(&s);
    took = trickle(fd, text, n);
    CHECK(took >= 150 && took < 3000);
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, reason), 1);
    close(fd);
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
}

TEST(a_head_of_http_1_that_trickles_is_cut)
{
    static char text[1000] = "GET / HTTP/1.1\r\nHost: a\r\nX-Long: ";

    memset(text + strlen(text), 'x', 900);
    check_trickle(text, sizeof(text) - 1, "head_time");
}

TEST(a_client_that_says_nothing_is_cut)
{
    check_trickle("", 0, "head_time");
}

TEST(a_preface_that_trickles_is_cut)
{
    check_trickle("PRI * HTTP/2.0\r\n\r\nS", 19, "head_time");
}

TEST(a_head_of_http_2_that_trickles_is_cut)
{
    uint8_t octets[1000] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    size_t n = 24 + put_frame(octets + 24, 4, 0, 0, "", 0);
    uint8_t block[200] = {0x82, 0x86, 0x84, 0, 1, 'x', 100};

    n += put_frame(octets + n, 1, 4, 1, block, 107);
    check_trickle((char *)octets, n - 1, "head_time");
}

TEST(pings_do_not_keep_an_idle_connection)
{
    uint8_t octets[1000];
    int64_t from;
    int fd;

    given_server();
    fd = dial_frames(&s);
    say(fd, octets, put_get(octets, 1, "/v1/hello"));
    from = now_ms();
    for (int i = 0; i < 100; i++) {
        char sink[4096];

        if (send(fd, octets, put_frame(octets, 6, 0, 0, "12345678", 8), MSG_NOSIGNAL) < 0)
            break;
        poll(NULL, 0, 20);
        if (recv(fd, sink, sizeof(sink), MSG_DONTWAIT) == 0)
            break;
    }
    CHECK(now_ms() - from >= 350 && now_ms() - from < 1500);
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, "idle"), 1);
    close(fd);
    serve_stop(&s);
}

static bool ends_within(int fd, int ms)
{
    struct timeval limit = {ms / 1000, ms % 1000 * 1000};
    char sink[65536];
    ssize_t n;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    while ((n = recv(fd, sink, sizeof(sink), 0)) > 0)
        ;
    return n == 0 || errno == ECONNRESET;
}

TEST(an_answer_behind_a_closed_window_is_cut)
{
    uint8_t octets[100];
    int fd;

    given_server();
    fd = dial_frames(&s);
    say(fd, octets, put_frame(octets, 4, 0, 0, "\0\4\0\0\0\0", 6));
    say(fd, octets, put_get(octets, 1, "/v1/big"));
    CHECK(ends_within(fd, 2000));
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, "progress"), 1);
    close(fd);
    serve_stop(&s);
}

TEST(an_answer_that_nobody_reads_is_cut)
{
    uint8_t octets[100];
    int fd, fd_1;

    serve_defaults(&s);
    s.sndbuf = 4096;
    s.conf.progress_timeout_ms = 300;
    serve_start(&s);
    fd = dial_frames(&s);
    say(fd, octets, put_frame(octets, 8, 0, 0, "\0\x10\0\0", 4));
    say(fd, octets, put_frame(octets, 4, 0, 0, "\0\4\0\x10\0\0", 6));
    for (uint32_t i = 0; i < 90; i++)
        say(fd, octets, put_get(octets, 2 * i + 1, "/v1/big"));
    fd_1 = dial(&s);
    for (int i = 0; i < 90; i++)
        say_text(fd_1, "GET /v1/big HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 1000 && metric_get(METRIC_HTTP_CUTS, "progress") < 2; i++)
        poll(NULL, 0, 10);
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, "progress"), 2);
    close(fd);
    close(fd_1);
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
}

TEST(a_body_that_trickles_is_cut)
{
    static const uint8_t post[] = {0x83, 0x86, 0x84, 0x41, 1, 'a'};
    uint8_t octets[200];
    int fd, fd_1;

    serve_defaults(&s);
    serve_start(&s);
    fd = dial_frames(&s);
    say(fd, octets, put_frame(octets, 1, 4, 1, post, sizeof(post)));
    fd_1 = dial(&s);
    say_text(fd_1, "POST /v1/length HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 240 && metric_get(METRIC_HTTP_CUTS, "body_rate") < 2; i++) {
        send(fd, octets, put_frame(octets, 0, 0, 1, "x", 1), MSG_NOSIGNAL);
        send(fd_1, "x", 1, MSG_NOSIGNAL);
        poll(NULL, 0, 100);
    }
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, "body_rate"), 2);
    close(fd);
    close(fd_1);
    serve_stop(&s);
}

TEST(a_connection_that_has_lived_is_told_and_ended)
{
    uint8_t octets[200];
    int fd, fd_1;

    serve_defaults(&s);
    s.conf.life_ms = 100;
    serve_start(&s);
    fd = dial_frames(&s);
    fd_1 = dial(&s);
    poll(NULL, 0, 20);
    say(fd, octets, put_get(octets, 1, "/v1/slow"));
    say_text(fd_1, "GET /v1/slow HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(has(hear(fd_1), "hello a")); /* and then the end */
    CHECK(ends_within(fd, 2000));
    CHECK(metric_get(METRIC_HTTP_CUTS, "life") >= 1);
    CHECK_INT(metric_get(METRIC_HTTP_ABANDONED, NULL), 0);
    close(fd);
    close(fd_1);
    serve_stop(&s);
}

/* Connects; false when the server ends it at once. */
static bool is_taken(int fd)
{
    char reply[100];

    say_text(fd, "GET /v1/hello HTTP/1.1\r\nHost: a\r\n\r\n");
    return recv(fd, reply, sizeof(reply), 0) > 0;
}

TEST(connections_of_one_address_are_numbered)
{
    int fds[4];

    serve_defaults(&s);
    s.conf.connections_per_address = 3;
    serve_start(&s);
    for (int i = 0; i < 4; i++) {
        fds[i] = dial(&s);
        CHECK_INT(is_taken(fds[i]), i < 3);
    }
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, "address"), 1);
    close(fds[0]);
    for (int i = 0; i < 300 && metric_get(METRIC_HTTP_OPEN, NULL) > 2; i++)
        poll(NULL, 0, 10);
    close(fds[3]);
    fds[3] = dial(&s);
    CHECK(is_taken(fds[3]));
    for (int i = 1; i < 4; i++)
        close(fds[i]);
    serve_stop(&s);
}

TEST(connections_of_the_process_are_numbered)
{
    int fds[3];

    serve_defaults(&s);
    s.conf.connections_max = 2;
    serve_start(&s);
    for (int i = 0; i < 3; i++) {
        fds[i] = dial(&s);
        CHECK_INT(is_taken(fds[i]), i < 2);
    }
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, "process"), 1);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    serve_stop(&s);
}
