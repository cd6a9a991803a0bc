#include "unit/server/net/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "unit/server/net/bomb.inc"

#define REQUEST_MAX ((size_t)4 << 20)

static struct peer *peer;

struct request {
    char method[16];
    char path[64];
    char *head, *body;
    size_t head_n, body_n;
};

static void nap_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, (ms % 1000) * 1000000L}, NULL);
}

static bool put(int fd, const void *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t k = send(fd, (const char *)p + done, n - done, MSG_NOSIGNAL);

        if (k <= 0)
            return false;
        done += (size_t)k;
    }
    return true;
}

static bool put_s(int fd, const char *s)
{
    return put(fd, s, strlen(s));
}

static bool answer(int fd, const char *extra, const void *body, size_t n)
{
    char head[512];

    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", n, extra);
    return put_s(fd, head) && put(fd, body, n);
}

static size_t length_of(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");

    return at ? strtoul(at + 17, NULL, 10) : 0;
}

static bool read_request(int fd, char *buf, struct request *out)
{
    size_t n = 0;
    char *end;

    for (;;) {
        ssize_t k = recv(fd, buf + n, REQUEST_MAX - 1 - n, 0);

        if (k <= 0)
            return false;
        n += (size_t)k;
        buf[n] = '\0';
        end = strstr(buf, "\r\n\r\n");
        if (end && n - (size_t)(end + 4 - buf) >= length_of(buf))
            break;
    }
    *out = (struct request){.head = buf, .head_n = (size_t)(end + 4 - buf), .body = end + 4};
    out->body_n = length_of(buf);
    return sscanf(buf, "%15s %63s", out->method, out->path) == 2;
}

static bool answer_bytes(int fd, size_t n)
{
    char *p = malloc(n);
    bool ok;

    memset(p, 'x', n);
    ok = answer(fd, "", p, n);
    free(p);
    return ok;
}

static bool answer_headers(int fd, int count, size_t size)
{
    char line[8192];

    put_s(fd, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < count; i++) {
        int n = snprintf(line, sizeof(line), "X-%d: %0*d\r\n", i, (int)size, i);

        if (!put(fd, line, (size_t)n))
            return false;
    }
    return put_s(fd, "Content-Length: 2\r\n\r\nok");
}

static bool answer_drip(int fd)
{
    if (!put_s(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"))
        return false;
    for (int i = 0; i < 1000 && put_s(fd, "x"); i++)
        nap_ms(20);
    return false;
}

static bool answer_odd(int fd, const struct request *rq)
{
    if (strcmp(rq->path, "/half") == 0)
        return put_s(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") && false;
    if (strcmp(rq->path, "/halfhead") == 0)
        return put_s(fd, "HTTP/1.1 200 OK\r\nContent-Le") && false;
    if (strcmp(rq->path, "/nonsense") == 0)
        return put_s(fd, "SSH-2.0-OpenSSH_9.2\r\n") && false;
    if (strcmp(rq->path, "/drip") == 0)
        return answer_drip(fd);
    if (strcmp(rq->path, "/never") == 0)
        nap_ms(20000);
    if (strcmp(rq->path, "/redirect") == 0)
        return put_s(fd, "HTTP/1.1 302 Found\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n");
    if (strcmp(rq->path, "/early") == 0)
        return put_s(fd, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n") && answer(fd, "X-Late: 1\r\n", "ok", 2);
    return false;
}

static bool answer_request(int fd, const struct request *rq)
{
    if (strcmp(rq->path, "/hello") == 0)
        return answer(fd, "X-Kind:  plain \r\n", "hello", 5);
    if (strcmp(rq->path, "/echo") == 0)
        return answer(fd, "", rq->body, rq->body_n);
    if (strcmp(rq->path, "/head") == 0)
        return answer(fd, "", rq->head, strcmp(rq->method, "HEAD") == 0 ? 0 : rq->head_n);
    if (strcmp(rq->path, "/big") == 0)
        return answer_bytes(fd, (size_t)5 << 20);
    if (strcmp(rq->path, "/slow") == 0) {
        nap_ms(100);
        return answer(fd, "", "slow", 4);
    }
    if (strcmp(rq->path, "/close") == 0) {
        atomic_fetch_add(&peer->closes, 1);
        return false;
    }
    if (strcmp(rq->path, "/bomb") == 0)
        return answer(fd, "Content-Encoding: gzip\r\n", bomb, sizeof(bomb));
    if (strcmp(rq->path, "/fields") == 0)
        return answer_headers(fd, 150, 1);
    if (strcmp(rq->path, "/wide") == 0)
        return answer_headers(fd, 50, 2000);
    return answer_odd(fd, rq);
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    int now = atomic_fetch_add(&peer->now, 1) + 1;
    int most = atomic_load(&peer->most);
    char *buf = malloc(REQUEST_MAX);
    struct request rq;

    while (now > most && !atomic_compare_exchange_weak(&peer->most, &most, now))
        ;
    while (read_request(fd, buf, &rq)) {
        atomic_fetch_add(&peer->requests, 1);
        if (!answer_request(fd, &rq))
            break;
    }
    free(buf);
    close(fd);
    atomic_fetch_sub(&peer->now, 1);
    return NULL;
}

static int listen_here(int *out_port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    MUST_BE(bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 && listen(fd, 512) == 0);
    MUST_BE(getsockname(fd, (struct sockaddr *)&in, &len) == 0);
    *out_port = ntohs(in.sin_port);
    return fd;
}

static _Noreturn void serve_all(int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        int one = accept(fd, NULL, NULL);
        int on = 1;
        pthread_t thread;

        if (one < 0)
            continue;
        setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        atomic_fetch_add(&peer->connections, 1);
        MUST_BE(pthread_create(&thread, NULL, serve, (void *)(intptr_t)one) == 0);
        pthread_detach(thread);
    }
}

struct peer *peer_start(void)
{
    int fd;

    peer = mmap(NULL, sizeof(*peer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST_BE(peer != MAP_FAILED);
    fd = listen_here(&peer->port);
    if (fork() == 0)
        serve_all(fd);
    close(fd);
    return peer;
}

int peer_closed_port(void)
{
    int port;

    close(listen_here(&port));
    return port;
}
