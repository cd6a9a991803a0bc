#include "fakes/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 16 << 10, BATCH = 256 };

struct bytes {
    char *at;
    size_t len, room;
};

struct conn {
    int fd;
    struct bytes in, out;
    size_t sent;
    bool closing, watched_out, continued, dead;
    bool draining;          /* all is said: what still comes is read and dropped, for a close now would be a reset */
    struct http_reply late; /* when waiting */
    bool waiting;
    int64_t due_us;
    struct conn *prev, *next; /* of those waiting, by due time */
    struct conn *next_dead;
};

struct task {
    struct task *next; /* by due time */
    int64_t due_us;
    void (*fn)(void *arg);
    void (*drop)(void *arg);
    void *arg;
};

struct httpd {
    int listener, ep;
    struct conn *first, *last;
    struct task *tasks;
    struct conn *graveyard; /* freed after the batch of events that may still name them */
    void (*handle)(void *arg, const struct http_request *, struct http_reply *);
    void *arg;
};

int64_t httpd_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void bytes_reserve(struct bytes *b, size_t more)
{
    if (b->len + more <= b->room)
        return;
    size_t room = b->room ? b->room : 4096;
    while (room < b->len + more)
        room *= 2;
    b->at = realloc(b->at, room);
    if (!b->at)
        abort();
    b->room = room;
}

static void bytes_put(struct bytes *b, const void *data, size_t len)
{
    bytes_reserve(b, len);
    memcpy(b->at + b->len, data, len);
    b->len += len;
}

struct httpd *httpd_open(const char *host_port, int *port)
{
    char host[64];
    struct sockaddr_in addr = {.sin_family = AF_INET};
    const char *colon = strrchr(host_port, ':');
    if (!colon || (size_t)(colon - host_port) >= sizeof host)
        return NULL;
    snprintf(host, sizeof host, "%.*s", (int)(colon - host_port), host_port);
    addr.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (inet_pton(AF_INET, host, &addr.sin_addr) != 1)
        return NULL;

    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    socklen_t len = sizeof addr;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&addr, len) || listen(fd, 4096) ||
        getsockname(fd, (struct sockaddr *)&addr, &len)) {
        close(fd);
        return NULL;
    }
    *port = ntohs(addr.sin_port);

    struct httpd *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    h->listener = fd;
    h->ep = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(h->ep, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = NULL});
    return h;
}

static void late_remove(struct httpd *h, struct conn *c)
{
    *(c->prev ? &c->prev->next : &h->first) = c->next;
    *(c->next ? &c->next->prev : &h->last) = c->prev;
    c->prev = c->next = NULL;
    c->waiting = false;
}

/* From the back, because most delays are alike. */
static void late_add(struct httpd *h, struct conn *c, const struct http_reply *reply)
{
    c->late = *reply;
    c->waiting = true;
    c->due_us = httpd_now_us() + reply->delay_us;
    struct conn *after = h->last;
    while (after && after->due_us > c->due_us)
        after = after->prev;
    c->prev = after;
    c->next = after ? after->next : h->first;
    *(c->prev ? &c->prev->next : &h->first) = c;
    *(c->next ? &c->next->prev : &h->last) = c;
}

static void conn_close(struct httpd *h, struct conn *c)
{
    if (c->dead)
        return;
    if (c->waiting) {
        late_remove(h, c);
        free(c->late.body);
    }
    close(c->fd);
    c->dead = true;
    c->next_dead = h->graveyard;
    h->graveyard = c;
}

static void graveyard_clear(struct httpd *h)
{
    while (h->graveyard) {
        struct conn *c = h->graveyard;
        h->graveyard = c->next_dead;
        free(c->in.at);
        free(c->out.at);
        free(c);
    }
}

static const char *status_text(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 413:
        return "Request Entity Too Large";
    case 429:
        return "Too Many Requests";
    default:
        return "Internal Server Error";
    }
}

static void reply_put(struct httpd *h, struct conn *c, struct http_reply *r)
{
    if (r->drop) {
        free(r->body);
        conn_close(h, c);
        return;
    }
    char head[512];
    int n = snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s%s\r\n",
                     r->status, status_text(r->status), r->type ? r->type : "text/plain", r->len,
                     r->header ? r->header : "", c->closing ? "Connection: close\r\n" : "");
    bytes_put(&c->out, head, (size_t)n);
    if (r->len)
        bytes_put(&c->out, r->body, r->len);
    free(r->body);
}

/* True when all is out. */
static void conn_flush(struct httpd *h, struct conn *c)
{
    while (c->sent < c->out.len) {
        ssize_t n = send(c->fd, c->out.at + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN) {
            conn_close(h, c);
            return;
        }
        if (n < 0)
            break;
        c->sent += (size_t)n;
    }
    bool left = c->sent < c->out.len;
    if (!left)
        c->sent = c->out.len = 0;
    if (left != c->watched_out) {
        c->watched_out = left;
        struct epoll_event ev = {.events = EPOLLIN | (left ? EPOLLOUT : 0u), .data.ptr = c};
        epoll_ctl(h->ep, EPOLL_CTL_MOD, c->fd, &ev);
    }
    if (!left && c->closing && !c->waiting && !c->draining) {
        c->draining = true;
        shutdown(c->fd, SHUT_WR);
    }
}

struct head {
    struct http_request rq;
    long long length;
    bool close, chunked, expects;
};

static void head_field(struct head *hd, char *name, char *value)
{
    if (!strcasecmp(name, "content-length"))
        hd->length = strtoll(value, NULL, 10);
    else if (!strcasecmp(name, "content-type"))
        hd->rq.content_type = value;
    else if (!strcasecmp(name, "authorization"))
        hd->rq.authorization = value;
    else if (!strcasecmp(name, "x-shopify-access-token"))
        hd->rq.shop_token = value;
    else if (!strcasecmp(name, "idempotency-key"))
        hd->rq.key = value;
    else if (!strcasecmp(name, "transfer-encoding"))
        hd->chunked = true;
    else if (!strcasecmp(name, "expect"))
        hd->expects = true;
    else if (!strcasecmp(name, "connection"))
        hd->close = !strcasecmp(value, "close");
}

/* Cuts the head (ends with an empty line, replaced by NULs) into its parts. */
static bool head_parse(char *text, struct head *hd)
{
    *hd = (struct head){.rq = {.authorization = "", .content_type = "", .query = "", .key = "", .shop_token = ""}};
    char *save, *line = strtok_r(text, "\r\n", &save), *word;
    if (!line)
        return false;
    hd->rq.method = strtok_r(line, " ", &word);
    char *path = strtok_r(NULL, " ", &word), *version = strtok_r(NULL, " ", &word);
    if (!hd->rq.method || !path || !version)
        return false;
    char *query = strchr(path, '?');
    if (query) {
        *query = '\0';
        hd->rq.query = query + 1;
    }
    hd->rq.path = path;
    hd->close = !strcmp(version, "HTTP/1.0");
    while ((line = strtok_r(NULL, "\r\n", &save))) {
        char *value = strchr(line, ':');
        if (!value)
            return false;
        *value++ = '\0';
        head_field(hd, line, value + strspn(value, " \t"));
    }
    return !hd->chunked && hd->length >= 0;
}

static void conn_refuse(struct httpd *h, struct conn *c, int status)
{
    c->closing = true;
    c->in.len = 0;
    reply_put(h, c, &(struct http_reply){.status = status});
}

static void conn_answer(struct httpd *h, struct conn *c, const struct head *hd)
{
    struct http_reply reply = {.status = 200};

    c->closing = hd->close;
    h->handle(h->arg, &hd->rq, &reply);
    if (reply.delay_us > 0)
        late_add(h, c, &reply);
    else
        reply_put(h, c, &reply);
}

static void conn_continue(struct conn *c, const struct head *hd)
{
    if (hd->expects && !c->continued) {
        bytes_put(&c->out, "HTTP/1.1 100 Continue\r\n\r\n", 25);
        c->continued = true;
    }
}

/* Answers one whole request; false when there is none yet. */
static bool conn_step(struct httpd *h, struct conn *c)
{
    struct head hd;
    char text[HEAD_MAX + 1];
    char *end = c->in.len ? memmem(c->in.at, c->in.len, "\r\n\r\n", 4) : NULL;
    size_t head_len = end ? (size_t)(end - c->in.at) : 0;

    if (!end) {
        if (c->in.len > HEAD_MAX)
            conn_refuse(h, c, 400);
        return false;
    }
    if (head_len > HEAD_MAX) {
        conn_refuse(h, c, 400);
        return false;
    }
    memcpy(text, c->in.at, head_len);
    text[head_len] = '\0';
    if (!head_parse(text, &hd) || hd.length > HTTPD_BODY_MAX) {
        conn_refuse(h, c, hd.length > HTTPD_BODY_MAX ? 413 : 400);
        return false;
    }
    size_t total = head_len + 4 + (size_t)hd.length;
    if (c->in.len < total) {
        conn_continue(c, &hd);
        return false;
    }
    bytes_reserve(&c->in, 1);
    char *body = c->in.at + head_len + 4, kept = body[hd.length];
    body[hd.length] = '\0';
    hd.rq.body = body;
    hd.rq.len = (size_t)hd.length;
    conn_answer(h, c, &hd);
    if (c->dead)
        return false;
    body[hd.length] = kept;
    memmove(c->in.at, c->in.at + total, c->in.len - total);
    c->in.len -= total;
    c->continued = false;
    return !c->closing;
}

static void conn_work(struct httpd *h, struct conn *c)
{
    while (!c->dead && !c->waiting && conn_step(h, c))
        ;
    if (!c->dead && !c->waiting)
        conn_flush(h, c);
}

static void conn_drain(struct httpd *h, struct conn *c)
{
    char dropped[16 << 10];
    ssize_t n;

    while ((n = recv(c->fd, dropped, sizeof dropped, 0)) > 0)
        ;
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
        conn_close(h, c);
}

static void conn_read(struct httpd *h, struct conn *c)
{
    if (c->draining) {
        conn_drain(h, c);
        return;
    }
    for (;;) {
        bytes_reserve(&c->in, 16 << 10);
        size_t room = c->in.room - c->in.len;
        ssize_t n = recv(c->fd, c->in.at + c->in.len, room, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0 || c->in.len + (size_t)n > HTTPD_BODY_MAX + 2 * HEAD_MAX) {
            conn_close(h, c);
            return;
        }
        c->in.len += (size_t)n;
        if ((size_t)n < room)
            break;
    }
    conn_work(h, c);
}

static void accept_all(struct httpd *h)
{
    int fd, on = 1;

    while ((fd = accept4(h->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct conn *c = calloc(1, sizeof *c);
        if (!c)
            abort();
        c->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_ctl(h->ep, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
    }
}

static void late_answer(struct httpd *h)
{
    int64_t now = httpd_now_us();

    while (h->first && h->first->due_us <= now) {
        struct conn *c = h->first;
        late_remove(h, c);
        reply_put(h, c, &c->late);
        if (!c->dead)
            conn_work(h, c);
    }
}

void httpd_later(struct httpd *h, int64_t delay_us, void (*fn)(void *arg), void (*drop)(void *arg), void *arg)
{
    struct task *t = calloc(1, sizeof *t), **at = &h->tasks;
    if (!t)
        abort();
    *t = (struct task){.due_us = httpd_now_us() + delay_us, .fn = fn, .drop = drop, .arg = arg};
    while (*at && (*at)->due_us <= t->due_us)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
}

static void run_tasks(struct httpd *h)
{
    int64_t now = httpd_now_us();

    while (h->tasks && h->tasks->due_us <= now) {
        struct task *t = h->tasks;
        h->tasks = t->next;
        t->fn(t->arg);
        free(t);
    }
}

static int next_wait_ms(const struct httpd *h)
{
    int64_t due = httpd_now_us() + 200000;
    if (h->first && h->first->due_us < due)
        due = h->first->due_us;
    if (h->tasks && h->tasks->due_us < due)
        due = h->tasks->due_us;
    int64_t left = (due - httpd_now_us() + 999) / 1000;
    return left < 0 ? 0 : (int)left;
}

void httpd_run(struct httpd *h, void (*handle)(void *arg, const struct http_request *, struct http_reply *), void *arg,
               const volatile bool *stop)
{
    struct epoll_event events[BATCH];

    h->handle = handle;
    h->arg = arg;
    while (!*stop) {
        int n = epoll_wait(h->ep, events, BATCH, next_wait_ms(h));
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (!c)
                accept_all(h);
            else if (!c->dead && events[i].events & EPOLLOUT)
                conn_flush(h, c);
            else if (!c->dead)
                conn_read(h, c);
        }
        late_answer(h);
        run_tasks(h);
        graveyard_clear(h);
    }
}

void httpd_close(struct httpd *h)
{
    if (!h)
        return;
    while (h->tasks) {
        struct task *t = h->tasks;
        h->tasks = t->next;
        t->drop(t->arg);
        free(t);
    }
    close(h->listener);
    close(h->ep);
    free(h);
}
