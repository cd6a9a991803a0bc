#include "unit/server/http/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

/* Hand-made frames against a server in this process: were the library to abort, the test would die with it. */
static struct served s;

static void given_server(void)
{
    serve_defaults(&s);
    s.sndbuf = 4096;
    serve_start(&s);
}

static void then_all_is_well(void)
{
    CHECK_INT(status_of(ask(&s, "GET /v1/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), 200);
    serve_stop(&s);
    CHECK_INT(metric_get(METRIC_HTTP_OPEN, NULL), 0);
}

static bool is_ended(int fd)
{
    char sink[65536];
    ssize_t n;

    while ((n = recv(fd, sink, sizeof(sink), MSG_DONTWAIT)) > 0)
        ;
    return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

/* Sends what `make` makes until the server ends the connection; the number of calls, at most `most`. */
static int flood(int fd, size_t (*make)(uint8_t *at, int i), int most)
{
    static uint8_t octets[600000];
    struct timeval limit = {5, 0};

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    for (int i = 0; i < most; i++) {
        size_t n = make(octets, i);

        if (send(fd, octets, n, MSG_NOSIGNAL) != (ssize_t)n || is_ended(fd))
            return i;
    }
    for (int i = 0; i < 500 && !is_ended(fd); i++)
        poll(NULL, 0, 10);
    return is_ended(fd) ? most - 1 : most;
}

static void check_flood(size_t (*make)(uint8_t *at, int i), int most, const char *reason)
{
    int64_t before = metric_get(METRIC_HTTP_CUTS, reason);
    int fd, sent;

    given_server();
    fd = dial_frames(&s);
    sent = flood(fd, make, most);
    CHECK(sent < most);
    CHECK_INT(metric_get(METRIC_HTTP_CUTS, reason), before + 1);
    close(fd);
    then_all_is_well();
}

static size_t get_and_reset(uint8_t *at, int i)
{
    size_t n = put_get(at, 2 * (uint32_t)i + 1, "/v1/slow");

    return n + put_frame(at + n, 3, 0, 2 * (uint32_t)i + 1, "\0\0\0\x8", 4);
}

TEST(a_client_that_resets_at_once_is_cut)
{
    check_flood(get_and_reset, 10000, "resets");
    CHECK(test_handlers_started <= 2000);
}

static size_t get_and_make_reset(uint8_t *at, int i)
{
    size_t n = put_get(at, 2 * (uint32_t)i + 1, "/v1/slow");

    return n + put_frame(at + n, 8, 0, 2 * (uint32_t)i + 1, "\0\0\0\0", 4);
}

TEST(a_client_that_makes_the_server_reset_is_cut)
{
    check_flood(get_and_make_reset, 10000, "resets");
    CHECK(test_handlers_started <= 2000);
}

static size_t many_pathless_requests(uint8_t *at, int i)
{
    size_t n = 0;

    for (uint32_t k = 0; k < 1000; k++)
        n += put_frame(at + n, 1, 5, 2 * ((uint32_t)i * 1000 + k) + 1, "\x82", 1);
    return n;
}

TEST(requests_without_a_path_are_cut_within_one_read)
{
    check_flood(many_pathless_requests, 10, "resets");
}

static size_t late_data(uint8_t *at, int i)
{
    size_t n = i ? 0 : put_get(at, 1, "/v1/hello");

    return n + put_frame(at + n, 0, 0, 1, "x", 1);
}

TEST(data_on_a_closed_stream_is_cut)
{
    check_flood(late_data, 10000, "resets");
}

static size_t ping(uint8_t *at, int i)
{
    return put_frame(at, 6, 0, 0, &(int64_t){i}, 8);
}

static size_t settings(uint8_t *at, int i)
{
    (void)i;
    return put_frame(at, 4, 0, 0, "", 0);
}

static size_t priority(uint8_t *at, int i)
{
    (void)i;
    return put_frame(at, 2, 0, 1, "\0\0\0\0\1", 5);
}

TEST(control_frames_have_a_budget)
{
    check_flood(ping, 25000, "control_frames");
    check_flood(settings, 25000, "control_frames");
    check_flood(priority, 25000, "control_frames");
}

static size_t empty_data(uint8_t *at, int i)
{
    static const uint8_t post[] = {0x83, 0x86, 0x84, 0x41, 1, 'a'};
    size_t n = i ? 0 : put_frame(at, 1, 4, 1, post, sizeof(post));

    return n + put_frame(at + n, 0, 0, 1, "", 0);
}

static size_t empty_continuation(uint8_t *at, int i)
{
    size_t n = i ? 0 : put_frame(at, 1, 1, 1, "\x82", 1);

    return n + put_frame(at + n, 9, 0, 1, "", 0);
}

static size_t unknown(uint8_t *at, int i)
{
    return put_frame(at, (uint8_t)(0x20 + i % 200), 0, 0, "x", 1);
}

static size_t push_promise(uint8_t *at, int i)
{
    (void)i;
    return put_frame(at, 5, 4, 1, "\0\0\0\2\x82", 5);
}

TEST(empty_unknown_and_forbidden_frames_are_cut)
{
    check_flood(empty_data, 25000, "empty_frames");
    check_flood(empty_continuation, 25000, "headers");
    check_flood(unknown, 10000, "unknown_frames");
    check_flood(push_promise, 10, "frame");
}

static size_t long_block(uint8_t *at, int i)
{
    static uint8_t part[16000];

    part[0] = 0;
    part[1] = 1;
    part[2] = 'x';
    part[3] = 0x7f;
    part[4] = 0xfd;
    part[5] = 0x7b;
    return put_frame(at, i ? 9 : 1, i ? 0 : 1, 1, part, 15878 + 6);
}

static size_t many_fields(uint8_t *at, int i)
{
    static uint8_t block[2000];

    memset(block, 0x82, sizeof(block));
    return put_frame(at, 1, 5, 2 * (uint32_t)i + 1, block, sizeof(block));
}

TEST(header_bombs_are_cut)
{
    check_flood(long_block, 4, "headers");
    check_flood(many_fields, 2, "headers");
}

/* As dial_frames, with few octets of room for what the client does not read, and streams whose windows end with their
 * answers. */
static int dial_tight(unsigned window)
{
    uint8_t octets[64] = {0, 4, 0, 0, (uint8_t)(window >> 8), (uint8_t)window};
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s.port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), room = 2048;

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)); /* before the first window is told */
    CHECK_INT(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    say(fd, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    say(fd, octets + 8, put_frame(octets + 8, 4, 0, 0, octets, 6));
    return fd;
}

#define TIGHT_STREAMS 90
#define HELLO         "hello a from 127.0.0.1 tls=0"

static void ask_all(int fd)
{
    static uint8_t octets[TIGHT_STREAMS * 64];
    size_t n = 0;

    for (uint32_t i = 0; i < TIGHT_STREAMS; i++)
        n += put_get(octets + n, 2 * i + 1, "/v1/hello");
    say(fd, octets, n);
}

static bool read_all(int fd, uint8_t *to, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t k = recv(fd, to + got, n - got, 0);

        if (k <= 0)
            return false;
        got += (size_t)k;
    }
    return true;
}

/* Reads frames until `streams` have ended; their number. */
static int ends(int fd, int streams)
{
    static uint8_t octets[20000];
    int seen = 0;

    while (seen < streams && read_all(fd, octets, 9)) {
        size_t n = (size_t)octets[0] << 16 | (size_t)octets[1] << 8 | octets[2];

        seen += octets[3] == 0 && octets[4] & 1;
        CHECK(octets[3] != 3 && octets[3] != 7);
        if (!read_all(fd, octets, n))
            break;
    }
    return seen;
}

static void wait_until_blocked(void)
{
    static const char hello[] = "GET /v1/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    for (int i = 0; i < 3; i++) /* turns of the server's loop */
        CHECK_INT(status_of(ask(&s, hello)), 200);
}

TEST(a_window_that_moves_under_a_blocked_write_aborts_nothing)
{
    uint8_t octets[TIGHT_STREAMS * 13];
    size_t n = 0;
    int fd;

    given_server();
    fd = dial_tight(sizeof(HELLO) - 1);
    ask_all(fd);
    wait_until_blocked();
    for (uint32_t i = 0; i < TIGHT_STREAMS; i++)
        n += put_frame(octets + n, 8, 0, 2 * i + 1, "\0\0\0\1", 4);
    say(fd, octets, n);
    wait_until_blocked();
    CHECK_INT(ends(fd, TIGHT_STREAMS), TIGHT_STREAMS);
    say(fd, octets, put_get(octets, 2 * TIGHT_STREAMS + 1, "/v1/hello"));
    CHECK_INT(ends(fd, 1), 1);
    close(fd);
    then_all_is_well();
}

TEST(settings_under_a_blocked_write_abort_nothing)
{
    uint8_t octets[32];
    int fd;

    given_server();
    fd = dial_tight(sizeof(HELLO) - 1);
    ask_all(fd);
    wait_until_blocked();
    say(fd, octets, put_frame(octets, 4, 0, 0, "\0\4\0\0\1\0", 6));
    wait_until_blocked();
    CHECK_INT(ends(fd, TIGHT_STREAMS), TIGHT_STREAMS);
    close(fd);
    then_all_is_well();
}

static long resident_kb(void)
{
    char line[200];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "re");

    while (f && fgets(line, sizeof(line), f))
        sscanf(line, "VmRSS: %ld", &kb);
    if (f)
        fclose(f);
    return kb;
}

/* After a frame that is an error of the connection, under a blocked write. */
TEST(a_connection_that_closes_takes_no_more_input)
{
    static uint8_t junk[65536], data[16375];
    struct timeval limit = {0, 300000};
    size_t taken = 0;
    long before;
    ssize_t k;
    int fd;

    given_server();
    fd = dial_tight(65535);
    say(fd, junk, put_get(junk, 1, "/v1/big"));
    wait_until_blocked();
    say(fd, junk, put_frame(junk, 8, 0, 0, "\0\0\0\0", 4));
    for (size_t at = 0; at < sizeof(junk); at += 9 + sizeof(data)) /* frames that no budget is for */
        put_frame(junk + at, 0, 0, 1, data, sizeof(data));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    before = resident_kb();
    while (taken < 64u << 20 && (k = send(fd, junk, sizeof(junk), MSG_NOSIGNAL)) > 0)
        taken += (size_t)k;
    CHECK(taken < 32u << 20);
    CHECK(resident_kb() - before < 32 * 1024);
    close(fd);
    then_all_is_well();
}

TEST(a_cut_is_told_with_a_goaway)
{
    uint8_t octets[65536];
    size_t n = 0;
    bool told = false;
    int fd;

    given_server();
    fd = dial_frames(&s);
    for (int i = 0; i < 21; i++)
        n += unknown(octets + n, i);
    say(fd, octets, n);
    while (!told && read_all(fd, octets, 9)) {
        size_t length = (size_t)octets[1] << 8 | octets[2];
        uint8_t type = octets[3];

        told = type == 7 && read_all(fd, octets, length) && octets[7] == 0xb;
        if (type != 7 && !read_all(fd, octets, length))
            break;
    }
    CHECK(told);
    close(fd);
    then_all_is_well();
}

/* However the octets of preface and request come. */
TEST(frames_in_pieces_are_answered)
{
    uint8_t octets[200];
    size_t n;

    given_server();
    memcpy(octets, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    n = 24 + put_frame(octets + 24, 4, 0, 0, "", 0);
    n += put_get(octets + n, 1, "/v1/hello");
    for (size_t at = 1; at < n; at++) {
        int fd = dial(&s);

        say(fd, octets, at);
        wait_until_blocked();
        say(fd, octets + at, n - at);
        CHECK_INT(ends(fd, 1), 1);
        close(fd);
    }
    then_all_is_well();
}

/* More frames than one slice in one segment, so that most wait for writes. */
TEST(many_requests_in_one_segment_are_all_answered)
{
    static uint8_t octets[400 * 64];
    size_t n = 0;
    int fd;

    given_server();
    fd = dial_frames(&s);
    for (uint32_t i = 0; i < 95; i++) {
        n += put_get(octets + n, 2 * i + 1, "/v1/hello");
        n += ping(octets + n, (int)i);
    }
    say(fd, octets, n);
    CHECK_INT(ends(fd, 95), 95);
    close(fd);
    then_all_is_well();
}

TEST(a_fast_client_with_an_update_for_each_answer_is_not_cut)
{
    static uint8_t octets[50 * 100];
    int fd;

    given_server();
    fd = dial_frames(&s);
    for (uint32_t round = 0; round < 100; round++) {
        size_t n = 0;

        for (uint32_t i = 0; i < 50; i++) {
            n += put_get(octets + n, 2 * (50 * round + i) + 1, "/v1/hello");
            n += put_frame(octets + n, 8, 0, 0, "\0\0\0\x1c", 4);
        }
        say(fd, octets, n);
        CHECK_INT(ends(fd, 50), 50);
    }
    close(fd);
    then_all_is_well();
}

static size_t put_random(uint8_t *at, uint32_t *next)
{
    static const uint8_t windows[][6] = {{0, 4, 0, 0, 0, 28}, {0, 4, 0, 0, 0, 29}, {0, 4, 0, 0, 0xff, 0xff}};
    uint32_t back = 2 * (uint32_t)(random() % 40), stream = *next > back + 2 ? *next - 2 - back : 1;

    switch (random() % 12) {
    case 0:
        return put_frame(at, 4, 0, 0, windows[random() % 3], 6);
    case 1:
    case 2:
    case 3:
        return put_frame(at, 8, 0, random() % 5 ? stream : 0, "\0\0\0\1", 4);
    case 4:
        return put_frame(at, 3, 0, stream, "\0\0\0\x8", 4);
    case 5:
        return ping(at, 1);
    case 6:
        return random() % 4 ? put_frame(at, 2, 0, stream, "\0\0\0\0\1", 5) : put_frame(at, 0, 0, stream, "x", 1);
    default:
        *next += 2;
        return put_get(at, *next - 2, random() % 8 ? "/v1/hello" : "/v1/big");
    }
}

static void talk_at_random(unsigned seed)
{
    static uint8_t octets[100 * 64];
    char sink[4096];
    uint32_t next = 1;
    int fd = dial_tight(sizeof(HELLO) - 1);

    srandom(seed);
    for (int part = 0; part < 20; part++) {
        size_t n = 0;

        for (int i = 0; i < 20; i++)
            n += put_random(octets + n, &next);
        if (send(fd, octets, n, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)n)
            break;
        poll(NULL, 0, (int)(random() % 3));
        if (random() % 3 == 0)
            (void)!recv(fd, sink, sizeof(sink), MSG_DONTWAIT);
    }
    close(fd);
}

TEST(frames_at_random_under_little_room_abort_nothing)
{
    given_server();
    for (unsigned seed = 0; seed < 100; seed++)
        talk_at_random(seed);
    then_all_is_well();
}
