#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"

/* A system that takes its time, the same for all: answers leave in the order in which they were asked for, so that a
 * queue is all it needs. One thread; a request is a head without a body. It answers at every address of the loopback
 * network, so that one process stands for as many systems.
 */
#define CONNECTIONS_MAX 65536
#define BATCH           512

int fetch_serve(int delay_ms);

static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 36\r\n\r\n"
                             "{\"id\":1,\"name\":\"thing\",\"stock\":  42}";

static struct {
    int64_t due_us[CONNECTIONS_MAX];
    int fd[CONNECTIONS_MAX];
    uint32_t first, next; /* of the queue, modulo its size */
} late;

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int listening(int *out_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_ANY)}}; /* of the loopback device */
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    MUST_BE(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) == 0);
    MUST_BE(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 16384) == 0);
    MUST_BE(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    *out_port = ntohs(at.sin_port);
    return fd;
}

static void accept_all(int epoll, int listener)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

        MUST_BE(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0);
    }
}

static void asked(int fd, int64_t delay_us)
{
    char head[4096];
    ssize_t n = read(fd, head, sizeof(head));

    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            close(fd);
        return;
    }
    MUST_BE(n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0); /* heads of our client are small and come whole */
    MUST_BE(late.next - late.first < CONNECTIONS_MAX);
    late.fd[late.next % CONNECTIONS_MAX] = fd;
    late.due_us[late.next++ % CONNECTIONS_MAX] = now_us() + delay_us;
}

static int send_due(void)
{
    int64_t left = -1;

    while (late.first != late.next) {
        uint32_t at = late.first % CONNECTIONS_MAX;

        left = late.due_us[at] - now_us();
        if (left > 0)
            return (int)(left / 1000) + 1;
        (void)!write(late.fd[at], answer, sizeof(answer) - 1);
        late.first++;
    }
    return -1;
}

int fetch_serve(int delay_ms)
{
    int port, listener = listening(&port), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, events[BATCH];

    MUST_BE(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e) == 0);
    printf("port %d\n", port);
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(epoll, events, BATCH, send_due());

        for (int i = 0; i < n; i++)
            if (events[i].data.fd == listener)
                accept_all(epoll, listener);
            else
                asked(events[i].data.fd, (int64_t)delay_ms * 1000);
    }
}
