#include "unit/server/http/frames.h"
#include "unit/server/http/serve.h"

#define STREAMS  3000
#define RESETS   10000
#define PER_CONN 50

static int open_streams(const struct served *s)
{
    static uint8_t octets[PER_CONN * 64];
    int fd = dial_frames(s);
    size_t n = 0;

    for (uint32_t i = 0; i < PER_CONN; i++)
        n += put_get(octets + n, 2 * i + 1, "/v1/slow");
    say(fd, octets, n);
    return fd;
}

static void reset_streams(int fd)
{
    uint8_t octets[PER_CONN * 13];
    size_t n = 0;

    for (uint32_t i = 0; i < PER_CONN; i++)
        n += put_frame(octets + n, 3, 0, 2 * i + 1, "\0\0\0\x8", 4);
    say(fd, octets, n);
}

static void wait_for_handlers(int count)
{
    for (int i = 0; i < 2000 && test_handlers_started < count; i++)
        usleep(1000);
}

/* Connection by connection: of so few streams that the last handler waits when the first has not yet answered. */
static void abandon(const struct served *s, int streams, bool by_reset)
{
    int before = test_handlers_started;

    CHECK_INT(streams % PER_CONN, 0);
    for (int left = PER_CONN; left <= streams; left += PER_CONN) {
        int fd = open_streams(s);

        wait_for_handlers(before + left);
        if (by_reset)
            reset_streams(fd);
        else
            close(fd);
        usleep(400000); /* until the handlers come to their answer */
        if (by_reset)
            close(fd);
    }
}

TEST(three_thousand_abandoned_streams_leave_nothing_behind)
{
    struct served s;

    serve_defaults(&s);
    serve_start(&s);
    abandon(&s, STREAMS / 2, true);
    abandon(&s, STREAMS / 2, false);
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), 200);
    serve_stop(&s);
    CHECK_INT(test_handlers_started, STREAMS);
    CHECK(metric_get(METRIC_HTTP_ABANDONED, NULL) >= STREAMS * 9 / 10);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
    CHECK_INT(test_ends_ok + test_ends_failed, STREAMS + 1);
}

TEST(a_server_closed_over_running_handlers_waits_for_them)
{
    struct served s;
    int fd, plain;

    serve_defaults(&s);
    serve_start(&s);
    fd = open_streams(&s);
    plain = dial(&s);
    say_text(plain, "GET /v1/slow HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for_handlers(PER_CONN + 1);
    serve_stop(&s);
    close(fd);
    close(plain);
    CHECK_INT(test_ends_ok + test_ends_failed, PER_CONN + 1);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
}

TEST(clients_that_leave_an_http_1_request_do_no_harm)
{
    struct served s;
    int fds[100];

    serve_defaults(&s);
    serve_start(&s);
    for (int i = 0; i < 100; i++) {
        fds[i] = dial(&s);
        say_text(fds[i], "GET /v1/slow HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    wait_for_handlers(100);
    for (int i = 0; i < 100; i++)
        close(fds[i]);
    usleep(500000);
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), 200);
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
}

/* Opens a wave, lets its handlers begin, leaves it, and so on: what a limit on requests at once alone does not end. */
static void reset_in_waves(int fd, uint32_t pairs)
{
    static uint8_t octets[PER_CONN * 64];

    for (uint32_t id = 1; id < 2 * pairs;) {
        size_t n = 0;

        for (uint32_t i = 0; i < PER_CONN; i++)
            n += put_get(octets + n, id + 2 * i, "/v1/parked");
        say(fd, octets, n);
        if (id == 1)
            wait_for_handlers(PER_CONN); /* the first wave begins however slow the build; later ones may be refused */
        usleep(2000);
        n = 0;
        for (uint32_t i = 0; i < PER_CONN; i++)
            n += put_frame(octets + n, 3, 0, id + 2 * i, "\0\0\0\x8", 4);
        say(fd, octets, n);
        id += 2 * PER_CONN;
    }
}

TEST(ten_thousand_resets_start_few_handlers)
{
    struct served s;
    int fd;

    serve_defaults(&s);
    serve_start(&s);
    fd = dial_frames(&s);
    reset_in_waves(fd, RESETS);
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), 200);
    close(fd);
    serve_stop(&s);
    CHECK(test_handlers_started > 0);
    CHECK(test_handlers_started <= 2000);
    CHECK_INT(metric_get(METRIC_HTTP_STARTED, NULL), test_handlers_started + 1);
    CHECK(metric_get(METRIC_HTTP_ABANDONED, NULL) > 0);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
}

TEST(resets_in_one_breath_start_no_handler)
{
    static uint8_t octets[PER_CONN * 80];
    struct served s;
    size_t n = 0;
    int fd;

    serve_defaults(&s);
    serve_start(&s);
    fd = dial_frames(&s);
    usleep(20000);
    for (uint32_t i = 0; i < PER_CONN; i++) {
        n += put_get(octets + n, 2 * i + 1, "/v1/parked");
        n += put_frame(octets + n, 3, 0, 2 * i + 1, "\0\0\0\x8", 4);
    }
    say(fd, octets, n);
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), 200);
    close(fd);
    serve_stop(&s);
    CHECK_INT(test_handlers_started, 0);
}

TEST(a_reset_wakes_its_handler_at_once)
{
    struct served s;
    int fd;

    serve_defaults(&s);
    serve_start(&s);
    fd = dial_frames(&s);
    reset_in_waves(fd, PER_CONN);
    for (int i = 0; i < 500 && test_ends_failed < PER_CONN; i++)
        usleep(1000);
    CHECK_INT(test_ends_failed, PER_CONN); /* the handler's own wait is a second */
    close(fd);
    serve_stop(&s);
}
