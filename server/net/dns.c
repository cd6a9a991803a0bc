#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"
#include "net/dns_int.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* One question for text records (RFC 1035), by UDP from a port of its own, asked three times at most. Written by hand
 * because a library's resolver blocks its thread, and the side pool has better things to do than to wait for a name
 * server that somebody else has chosen. */
#define TRIES       3
#define TRY_US      INT64_C(1500000)
#define ANSWER_N    4096
#define TYPE_CNAME  5
#define TYPE_TXT    16
#define RECORDS_MAX 64
#define JUMPS_MAX   16

static struct sockaddr_storage resolver;
static socklen_t resolver_n;

static bool address_parse(const char *text, struct sockaddr_storage *out, socklen_t *out_n)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    const char *end = *text == '[' ? strchr(text, ']') : NULL, *colon = strchr(end ? end : text, ':');
    bool many = !end && colon && strchr(colon + 1, ':'); /* IPv6 without a port */
    char host[INET6_ADDRSTRLEN + 1];
    size_t n = end ? (size_t)(end - text) - 1 : colon && !many ? (size_t)(colon - text) : strlen(text);
    int port = colon && !many ? (int)strtol(colon + 1, NULL, 10) : 53;

    if (n == 0 || n > INET6_ADDRSTRLEN || port < 1 || port > 65535)
        return false;
    memcpy(host, text + (end != NULL), n);
    host[n] = '\0';
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *out_n = sizeof(*v4);
        return true;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    *out_n = sizeof(*v6);
    return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
}

/* The first name server of the machine; none is no fault until somebody asks. */
static void resolver_of_machine(void)
{
    FILE *f = fopen("/etc/resolv.conf", "re");
    char line[256], address[128];

    while (f && resolver_n == 0 && fgets(line, sizeof(line), f))
        if (sscanf(line, "nameserver %127s", address) == 1 && !address_parse(address, &resolver, &resolver_n))
            resolver_n = 0;
    if (f)
        fclose(f);
}

enum err net_resolver_set(struct scope *sc, const char *address)
{
    resolver_n = 0;
    if (!address || !*address)
        resolver_of_machine();
    else if (!address_parse(address, &resolver, &resolver_n)) {
        resolver_n = 0;
        return FAIL(sc, ERR_INVALID, "%s is not the address of a name server", address);
    }
    return OK;
}

/* ---- octets ---- */

static bool name_put(uint8_t *out, size_t cap, size_t *at, const char *name)
{
    while (*name) {
        size_t n = strcspn(name, ".");

        if (n == 0 || n > 63 || *at + n + 2 > cap)
            return false;
        out[(*at)++] = (uint8_t)n;
        memcpy(out + *at, name, n);
        *at += n;
        name += n + (name[n] == '.');
    }
    out[(*at)++] = 0;
    return *at <= 12 + 255;
}

bool dns_question(const char *name, uint16_t id, uint8_t out[DNS_QUESTION_MAX], size_t *out_n)
{
    size_t at = 12;

    memset(out, 0, DNS_QUESTION_MAX);
    out[0] = (uint8_t)(id >> 8);
    out[1] = (uint8_t)id;
    out[2] = 1; /* recursion is wanted */
    out[5] = 1;
    if (!name_put(out, DNS_QUESTION_MAX - 4, &at, name))
        return false;
    out[at + 1] = TYPE_TXT;
    out[at + 3] = 1;
    *out_n = at + 4;
    return true;
}

static unsigned be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* Steps over a name as it stands. */
static bool name_skip(const uint8_t *p, size_t n, size_t *at)
{
    while (*at < n) {
        uint8_t c = p[*at];

        if (c >= 0xc0) {
            *at += 2;
            return *at <= n;
        }
        if (c > 63)
            return false;
        *at += c + 1u;
        if (c == 0)
            return *at <= n;
    }
    return false;
}

/* The first label of a name, wherever it points. */
static const char *label_first(struct arena *a, const uint8_t *p, size_t n, size_t at)
{
    for (int jumps = 0; at < n && jumps < JUMPS_MAX; jumps++) {
        uint8_t c = p[at];

        if (c < 0xc0)
            return c > 0 && c <= 63 && at + 1 + c <= n ? arena_strndup(a, (const char *)p + at + 1, c) : NULL;
        if (at + 1 >= n)
            return NULL;
        at = (c & 0x3fu) << 8 | p[at + 1];
    }
    return NULL;
}

/* A text record is strings that belong together. */
static const char *text_of(struct arena *a, const uint8_t *p, size_t n)
{
    struct buf b;

    buf_init(&b, a, n + 1);
    for (size_t at = 0; at < n; at += p[at] + 1u) {
        if (at + 1 + p[at] > n)
            return NULL;
        buf_add(&b, p + at + 1, p[at]);
    }
    return buf_cstr(&b);
}

static bool record_take(struct arena *a, const uint8_t *p, size_t n, size_t *at, struct net_texts *out)
{
    const char *text = NULL;
    unsigned type, length;

    if (!name_skip(p, n, at) || *at + 10 > n)
        return false;
    type = be16(p + *at);
    length = be16(p + *at + 8);
    *at += 10;
    if (*at + length > n)
        return false;
    if (type == TYPE_TXT)
        text = text_of(a, p + *at, length);
    else if (type == TYPE_CNAME)
        text = label_first(a, p, n, *at);
    if (text && out->n < NET_TEXTS_MAX)
        out->v[out->n++] = text;
    *at += length;
    return true;
}

enum dns_told dns_answer(struct arena *a, const uint8_t *question, size_t question_n, const uint8_t *p, size_t n,
                         struct net_texts *out)
{
    size_t at = question_n, count;
    unsigned code;

    if (n < question_n || memcmp(p, question, 2) != 0 || !(p[2] & 0x80) || be16(p + 4) != 1 ||
        memcmp(p + 12, question + 12, question_n - 12) != 0)
        return DNS_OTHER;
    code = p[3] & 15u;
    out->n = 0;
    if (code == 3)
        return DNS_TOLD; /* there is no such name */
    if (code != 0)
        return DNS_FAILED;
    count = be16(p + 6);
    for (size_t i = 0; i < count && i < RECORDS_MAX; i++)
        if (!record_take(a, p, n, &at, out))
            return p[2] & 2 ? DNS_TOLD : DNS_FAILED; /* what was cut short is told as far as it goes */
    return DNS_TOLD;
}

/* ---- asking ---- */

struct asking {
    struct loop_fd watch;
    struct waitq q;
    bool ready;
};

static void on_answer(struct loop_fd *w, uint32_t events)
{
    struct asking *x = CONTAINER_OF(w, struct asking, watch);

    (void)events;
    x->ready = true;
    loop_fd_remove(w); /* until it is read */
    waitq_wake_all(&x->q);
}

/* False: nothing more came in time. */
static bool wait_readable(struct asking *x, int fd, int64_t due_us)
{
    x->ready = false;
    if (loop_now_us() >= due_us || loop_fd_add(&x->watch, fd, EPOLLIN, on_answer) != OK)
        return false;
    waitq_wait(&x->q, due_us);
    if (!x->ready)
        loop_fd_remove(&x->watch);
    return x->ready;
}

static enum dns_told ask_once(struct scope *sc, int fd, const char *name, struct net_texts *out)
{
    int64_t due = loop_now_us() + TRY_US;
    uint8_t question[DNS_QUESTION_MAX], answer[ANSWER_N];
    struct asking x = {0};
    size_t question_n;
    uint16_t id;

    MUST_BE(getrandom(&id, sizeof(id), 0) == (ssize_t)sizeof(id));
    if (!dns_question(name, id, question, &question_n) || send(fd, question, question_n, 0) != (ssize_t)question_n)
        return DNS_FAILED;
    while (wait_readable(&x, fd, due)) {
        ssize_t n = recv(fd, answer, sizeof(answer), 0);
        enum dns_told told = n < 12 ? DNS_OTHER : dns_answer(sc->arena, question, question_n, answer, (size_t)n, out);

        if (told != DNS_OTHER)
            return told;
        if (n < 0 && errno != EAGAIN)
            return DNS_FAILED;
    }
    return DNS_FAILED;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

enum err net_texts(struct scope *sc, const char *name, struct net_texts *out)
{
    struct net_texts found = {.n = 0};

    if (resolver_n == 0)
        return FAIL(sc, ERR_UNAVAILABLE, "no name server is set");
    for (int i = 0; i < TRIES; i++) {
        CLEANUP(close_fd) int fd = socket(resolver.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 || connect(fd, (const struct sockaddr *)&resolver, resolver_n) != 0)
            break;
        if (ask_once(sc, fd, name, &found) == DNS_TOLD) {
            *out = found;
            return OK;
        }
    }
    return FAIL(sc, ERR_UNAVAILABLE, "the name server does not answer; please try again later");
}
