#include <sys/socket.h>
#include <unistd.h>

#include "unit/server/http/frames.h"

enum { HEADERS = 1, SETTINGS = 4, GOAWAY = 7 };

struct heard {
    unsigned answers, goaways;
    uint32_t last[4]; /* of each GOAWAY */
    bool closed;      /* in order, not reset */
};

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static struct heard hear_frames(int fd)
{
    struct heard h = {0};
    uint8_t in[16384];
    size_t have = 0;
    ssize_t n;

    while ((n = recv(fd, in + have, sizeof(in) - have, 0)) > 0)
        have += (size_t)n;
    h.closed = n == 0;
    for (size_t at = 0; at + 9 <= have; at += 9 + (be32(in + at) >> 8)) {
        h.answers += in[at + 3] == HEADERS;
        if (in[at + 3] == GOAWAY && h.goaways < 4)
            h.last[h.goaways++] = be32(in + at + 9);
    }
    return h;
}

static size_t put_start(uint8_t *at)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    memcpy(at, preface, sizeof(preface) - 1);
    return sizeof(preface) - 1 + put_frame(at + sizeof(preface) - 1, SETTINGS, 0, 0, "", 0);
}

TEST(a_connection_that_speaks_up_while_draining_is_answered_and_told_to_go)
{
    uint8_t out[1024];
    struct served s;
    struct heard h;
    size_t n;
    int fd;

    serve_defaults(&s);
    serve_start(&s);
    fd = dial(&s);
    usleep(50000); /* accepted, and silent: nobody knows yet what it speaks */
    serve_drain(&s, 10000);
    usleep(1300000); /* the library has said its two GOAWAYs by then, to nobody */
    n = put_start(out);
    n += put_get(out + n, 1, "/v1/hello");
    say(fd, out, n);
    h = hear_frames(fd);
    CHECK_INT(h.answers, 1);
    CHECK_INT(h.goaways, 1); /* that another round is under way spares it the first */
    CHECK_INT(h.last[0], 1);
    CHECK(h.closed);
    close(fd);
    sem_wait(&s.drained);
    serve_stop(&s);
}

TEST(a_client_that_goes_on_talking_over_the_end_has_its_answer)
{
    uint8_t out[1024];
    struct served s;
    struct heard h;
    size_t n;
    int fd;

    serve_defaults(&s);
    serve_start(&s);
    fd = dial(&s);
    n = put_start(out);
    say(fd, out, n + put_get(out + n, 1, "/v1/hello"));
    usleep(50000);
    serve_drain(&s, 10000);
    for (int i = 0; i < 150; i++) { /* across the second GOAWAY, which closes it */
        n = put_frame(out, SETTINGS, 1, 0, "", 0);
        if (send(fd, out, n, MSG_NOSIGNAL) < 0)
            break;
        usleep(10000);
    }
    h = hear_frames(fd);
    CHECK_INT(h.answers, 1);
    CHECK_INT(h.goaways, 2);
    CHECK(h.closed);
    close(fd);
    sem_wait(&s.drained);
    serve_stop(&s);
}

TEST(a_kept_connection_ends_with_its_next_answer_or_when_it_stays_quiet)
{
    struct served s;
    int busy, quiet;

    serve_defaults(&s);
    serve_start(&s);
    busy = dial(&s);
    quiet = dial(&s);
    usleep(50000);
    serve_drain(&s, 20000);
    usleep(50000);
    say_text(busy, "GET /v1/hello HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(has(hear(busy), "connection: close"));
    CHECK_STR(hear(quiet), "");
    close(busy);
    close(quiet);
    sem_wait(&s.drained);
    serve_stop(&s);
}
