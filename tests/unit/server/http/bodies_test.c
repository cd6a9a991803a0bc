#include "unit/server/http/frames.h"
#include "unit/server/http/serve.h"

static struct served s;

static const char *upload(const char *how, size_t octets)
{
    return shell(
        "head -c %zu /dev/zero | curl -sSi -m 10 %s -H expect: --data-binary @- http://127.0.0.1:%d/v1/length 2>&1",
        octets, how, s.port);
}

static void check_full(const char *how)
{
    const char *reply = upload(how, 200000);

    CHECK_INT(status_of(reply), 503);
    CHECK(has(reply, "retry-after: 1\r\n"));
    CHECK(has(reply, "temporarily-unavailable"));
    reply = upload(how, 50000);
    CHECK_INT(status_of(reply), 200);
    CHECK_STR(body_of(reply), "50000");
}

TEST(bodies_over_a_connections_share_come_later)
{
    serve_defaults(&s);
    s.conf.conn_bodies_max = 100000;
    serve_start(&s);
    check_full("--http2-prior-knowledge");
    check_full("--http1.1");
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_BODIES_REFUSED, "connection"), 1);
    CHECK_INT(metric_get(METRIC_HTTP_REFUSED, "bodies"), 1);
    CHECK_INT(metric_get(METRIC_HTTP_BODIES, NULL), 0);
}

TEST(bodies_over_the_processes_share_come_later)
{
    serve_defaults(&s);
    s.conf.bodies_max = 100000;
    serve_start(&s);
    check_full("--http2-prior-knowledge");
    check_full("--http1.1");
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_BODIES_REFUSED, "process"), 1);
    CHECK_INT(metric_get(METRIC_HTTP_BODIES, NULL), 0);
}

static size_t put_post(uint8_t *at, uint32_t stream, size_t octets)
{
    static const uint8_t zeros[16384];
    uint8_t block[128] = {0x83, 0x86}; /* POST, http */
    size_t n = 2;

    n += put_field(block + n, ":authority", "a");
    n += put_field(block + n, ":path", "/v1/length");
    n = put_frame(at, 1, 0x4, stream, block, n);
    for (; octets; octets -= octets < sizeof(zeros) ? octets : sizeof(zeros))
        n += put_frame(at + n, 0, 0, stream, zeros, octets < sizeof(zeros) ? octets : sizeof(zeros));
    return n;
}

/* As answers are counted: before a route was looked for, and by the route that takes these bodies. */
#define REFUSED(class) ("none" METRIC_BETWEEN "none" METRIC_BETWEEN class)
#define TAKEN          ("/v1/length" METRIC_BETWEEN "POST" METRIC_BETWEEN "2xx")

static void wait_for(enum metric m, const char *label, int64_t want)
{
    for (int i = 0; i < 3000 && metric_get(m, label) != want; i++)
        usleep(1000);
    CHECK_INT(metric_get(m, label), want);
}

/* The sum of many requests that are never ended is bounded, and what a connection held goes with it. */
TEST(one_connection_pins_no_more_than_its_share)
{
    static uint8_t octets[210000];
    int fd;

    serve_defaults(&s);
    s.conf.conn_bodies_max = 1000000;
    serve_start(&s);
    fd = dial_frames(&s);
    for (uint32_t i = 0; i < 8; i++)
        say(fd, octets, put_post(octets, 2 * i + 1, 200000));
    wait_for(METRIC_HTTP_BODIES_REFUSED, "connection", 3);
    CHECK(metric_get(METRIC_HTTP_BODIES, NULL) <= 1000000);
    wait_for(METRIC_HTTP_REQUESTS, REFUSED("5xx"), 3); /* counted when answered */
    close(fd);
    wait_for(METRIC_HTTP_BODIES, NULL, 0);
    serve_stop(&s);
}

/*
 * What came in frames of a type on a stream: how many, and the sum of their four octets. It waits 20 ms for none, and
 * for more until as many are there, up to 10 s: a sanitizer's build reads megabytes slowly.
 */
static size_t frames_heard(int fd, uint8_t type, uint8_t stream, size_t want, size_t *sum)
{
    static uint8_t heard[1 << 16];
    size_t n = 0, at = 0, count = 0;

    for (int ms = 0; ms == 0 || (count < want && ms < 10000); ms += 20) {
        ssize_t k;

        usleep(20000);
        while (n < sizeof(heard) && (k = recv(fd, heard + n, sizeof(heard) - n, MSG_DONTWAIT)) > 0)
            n += (size_t)k;
        for (; at + 13 <= n; at += 9 + ((size_t)heard[at] << 16 | (size_t)heard[at + 1] << 8 | heard[at + 2]))
            if (heard[at + 3] == type && heard[at + 8] == stream) {
                count++;
                *sum += (size_t)heard[at + 9] << 24 | (size_t)heard[at + 10] << 16 | (size_t)heard[at + 11] << 8 |
                        heard[at + 12];
            }
    }
    return count;
}

static uint8_t octets[4 << 20];

TEST(what_is_thrown_away_does_not_use_up_the_connections_window)
{
    size_t window = 65535, sent = 0;
    int fd;

    serve_defaults(&s);
    serve_start(&s);
    fd = dial_frames(&s);
    for (uint32_t i = 0; i < 8; i++) {
        say(fd, octets, put_post(octets, 2 * i + 1, 3500000));
        sent += 3500000;
        wait_for(METRIC_HTTP_REQUESTS, REFUSED("4xx"), i + 1);
    }
    for (int i = 0; i < 500 && window <= sent; i++)
        frames_heard(fd, 8, 0, 0, &window);
    CHECK(window > sent);
    CHECK(window - sent <= 16 << 20);
    say(fd, octets, put_post(octets, 101, 10));
    say(fd, octets, put_frame(octets, 0, 1, 101, "", 0));
    wait_for(METRIC_HTTP_REQUESTS, TAKEN, 1);
    close(fd);
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_BODIES_REFUSED, "size"), 8);
}

TEST(a_sender_that_does_not_stop_is_told_to_and_keeps_its_connection)
{
    size_t codes = 0;
    int fd;

    serve_defaults(&s);
    serve_start(&s);
    fd = dial_frames(&s);
    say(fd, octets, put_post(octets, 1, 1200000));
    wait_for(METRIC_HTTP_REQUESTS, REFUSED("4xx"), 1);
    CHECK_INT(frames_heard(fd, 3, 1, 0, &codes), 0);
    for (int i = 0; i < 600; i++)
        say(fd, octets, put_frame(octets, 0, 0, 1, octets + 100000, 16000));
    CHECK_INT(frames_heard(fd, 3, 1, 1, &codes), 1);
    CHECK_INT(codes, 0);
    say(fd, octets, put_post(octets, 3, 10));
    say(fd, octets, put_frame(octets, 0, 1, 3, "", 0));
    wait_for(METRIC_HTTP_REQUESTS, TAKEN, 1);
    close(fd);
    serve_stop(&s);
}
