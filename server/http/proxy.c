#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_int.h"
#include "obs/obs.h"

/* proxy: the header by which a proxy tells whom it speaks for (haproxy.org's PROXY protocol, version 1 text and version
 * 2 binary). It is read here and not by the library, which knows version 1 only and would take it from anybody: exactly
 * the header's octets are taken from the socket, the rest is left to TLS or HTTP. */
#define V1_MAX    107
#define V2_HEAD   16
#define V2_MAX    1024
#define TELL_US   INT64_C(5000000)
#define PROXY_END "\r\n"

static const uint8_t v2_signature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

/* ---- who is a proxy ---- */

static bool net_parse(struct str text, struct http_net *out)
{
    const char *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
    size_t n = slash ? (size_t)(slash - text.p) : text.n;
    char address[INET6_ADDRSTRLEN + 1];
    uint8_t v4[4];
    unsigned bits = 0, most, shift;

    if (n == 0 || n >= sizeof(address))
        return false;
    memcpy(address, text.p, n);
    address[n] = 0;
    *out = (struct http_net){.address = {[10] = 0xff, [11] = 0xff}};
    if (inet_pton(AF_INET, address, v4) == 1)
        memcpy(out->address + 12, v4, 4);
    else if (inet_pton(AF_INET6, address, out->address) != 1)
        return false;
    shift = strchr(address, ':') ? 0 : 96;
    most = 128 - shift;
    for (size_t i = n + 1; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || bits > most)
            return false;
        bits = bits * 10 + (unsigned)(text.p[i] - '0');
    }
    out->bits = shift + (slash ? bits : most);
    return bits <= most && (!slash || n + 1 < text.n);
}

enum err http_proxies_parse(struct scope *sc, const char *text, struct http_proxies *out)
{
    char *rest = arena_strdup(sc->arena, text ? text : "");
    struct http_proxies p = {.count = 0};

    for (char *one = strsep(&rest, ","); one; one = strsep(&rest, ",")) {
        one += strspn(one, " ");
        if (!*one)
            continue;
        if (strcmp(one, "unix") == 0)
            p.unix_peers = true;
        else if (p.count == HTTP_PROXIES_MAX || !net_parse(str_of(one), &p.v[p.count++]))
            return FAIL(sc, ERR_INVALID, "%s is not an address or network of a proxy, or one too many", one);
    }
    *out = p;
    return OK;
}

static bool net_has(const struct http_net *net, const uint8_t address[16])
{
    unsigned whole = net->bits / 8, rest = net->bits % 8;

    if (memcmp(net->address, address, whole) != 0)
        return false;
    return rest == 0 || (net->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

bool proxy_is_trusted(const struct http_proxies *p, const struct sockaddr *sa)
{
    uint8_t address[16] = {[10] = 0xff, [11] = 0xff};

    if (sa->sa_family == AF_UNIX)
        return p->unix_peers;
    if (sa->sa_family == AF_INET)
        memcpy(address + 12, &((const struct sockaddr_in *)sa)->sin_addr, 4);
    else
        memcpy(address, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
    for (size_t i = 0; i < p->count; i++)
        if (net_has(&p->v[i], address))
            return true;
    return false;
}

/* ---- what it says ---- */

static void peer_v4(const uint8_t *address, uint16_t port, struct peer *out)
{
    struct sockaddr_in *sa = (struct sockaddr_in *)&out->sa;

    *sa = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&sa->sin_addr, address, 4);
    out->len = sizeof(*sa);
}

static void peer_v6(const uint8_t *address, uint16_t port, struct peer *out)
{
    struct sockaddr_in6 *sa = (struct sockaddr_in6 *)&out->sa;

    *sa = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&sa->sin6_addr, address, 16);
    out->len = sizeof(*sa);
}

static bool port_read(const char *text, uint16_t *out)
{
    unsigned v = 0;

    if (!text || !*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        v = v * 10 + (unsigned)(*text - '0');
        if (v > 65535)
            return false;
    }
    *out = (uint16_t)v;
    return true;
}

/* The words after "PROXY ": family, from, to, port from, port to. */
static bool v1_words(char *line, struct peer *out)
{
    char *family = strsep(&line, " "), *from = strsep(&line, " "), *to = strsep(&line, " ");
    char *from_port = strsep(&line, " "), *to_port = strsep(&line, " ");
    int af = strcmp(family, "TCP4") == 0 ? AF_INET : AF_INET6;
    uint8_t address[16], other[16];
    uint16_t port, other_port;

    out->len = 0;
    if (strcmp(family, "UNKNOWN") == 0)
        return true;
    if ((af == AF_INET6 && strcmp(family, "TCP6") != 0) || line || !to)
        return false;
    if (inet_pton(af, from, address) != 1 || inet_pton(af, to, other) != 1 || !port_read(from_port, &port) ||
        !port_read(to_port, &other_port))
        return false;
    if (af == AF_INET)
        peer_v4(address, port, out);
    else
        peer_v6(address, port, out);
    return true;
}

static enum proxy_told v1_parse(const uint8_t *p, size_t n, size_t *out_n, struct peer *out)
{
    const uint8_t *end = memmem(p, n < V1_MAX ? n : V1_MAX, PROXY_END, 2);
    char line[V1_MAX + 1];
    size_t len;

    if (memcmp(p, "PROXY ", n < 6 ? n : 6) != 0)
        return PROXY_BAD;
    if (!end)
        return n < V1_MAX ? PROXY_MORE : PROXY_BAD;
    len = (size_t)(end - p);
    if (len < 6 || memchr(p, 0, len))
        return PROXY_BAD;
    memcpy(line, p + 6, len - 6);
    line[len - 6] = 0;
    *out_n = len + 2;
    return v1_words(line, out) ? PROXY_DONE : PROXY_BAD;
}

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static enum proxy_told v2_parse(const uint8_t *p, size_t n, size_t *out_n, struct peer *out)
{
    size_t rest;

    if (n < V2_HEAD)
        return PROXY_MORE;
    rest = be16(p + 14);
    if ((p[12] != 0x20 && p[12] != 0x21) || rest > V2_MAX - V2_HEAD)
        return PROXY_BAD;
    if (n < V2_HEAD + rest)
        return PROXY_MORE;
    *out_n = V2_HEAD + rest;
    out->len = 0;
    if (p[12] == 0x20)
        return PROXY_DONE; /* the proxy itself */
    if (p[13] == 0x11 && rest >= 12)
        peer_v4(p + 16, be16(p + 24), out);
    else if (p[13] == 0x21 && rest >= 36)
        peer_v6(p + 16, be16(p + 48), out);
    else if (p[13] != 0x00 && p[13] != 0x31) /* neither unspecified nor a Unix socket */
        return PROXY_BAD;
    return PROXY_DONE;
}

enum proxy_told proxy_parse(const uint8_t *p, size_t n, size_t *out_n, struct peer *out)
{
    size_t same = n < sizeof(v2_signature) ? n : sizeof(v2_signature);

    if (n == 0)
        return PROXY_MORE;
    if (memcmp(p, v2_signature, same) == 0)
        return v2_parse(p, n, out_n, out);
    return v1_parse(p, n, out_n, out);
}

/* ---- reading it ---- */

struct proxied {
    struct list_node node;
    struct http *http;
    SSL_CTX *ssl;
    struct loop_fd watch;
    struct loop_timer timer;
    uint8_t head[V2_MAX];
    size_t n;
};

static void proxied_free(struct proxied *p)
{
    loop_timer_cancel(&p->timer);
    loop_fd_remove(&p->watch);
    list_drop(&p->node);
    free(p);
}

static void proxied_refuse(struct proxied *p, const char *why)
{
    LOG(LOG_WARN, "http", NULL, "a proxy's connection is refused", LOG_T("reason", why));
    close(p->watch.fd);
    proxied_free(p);
}

static void proxied_late(struct loop_timer *t)
{
    proxied_refuse(CONTAINER_OF(t, struct proxied, timer), "no PROXY header in time");
}

/* Takes no octet beyond the header. */
static enum proxy_told proxied_read(struct proxied *p, struct peer *peer)
{
    ssize_t n = recv(p->watch.fd, p->head + p->n, sizeof(p->head) - p->n, MSG_PEEK | MSG_DONTWAIT);
    size_t whole = 0;
    enum proxy_told told;

    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR) ? PROXY_MORE : PROXY_BAD;
    told = proxy_parse(p->head, p->n + (size_t)n, &whole, peer);
    if (told == PROXY_DONE)
        n = (ssize_t)(whole - p->n);
    if (recv(p->watch.fd, p->head + p->n, (size_t)n, MSG_DONTWAIT) != n)
        return PROXY_BAD;
    p->n += (size_t)n;
    return told;
}

static void on_proxied(struct loop_fd *w, uint32_t events)
{
    struct proxied *p = CONTAINER_OF(w, struct proxied, watch);
    struct peer peer = {.len = 0};
    struct http *h = p->http;
    SSL_CTX *ssl = p->ssl;
    int fd = w->fd;

    (void)events;
    switch (proxied_read(p, &peer)) {
    case PROXY_MORE:
        return;
    case PROXY_BAD:
        proxied_refuse(p, "no PROXY header");
        return;
    case PROXY_DONE:
        proxied_free(p);
        conn_start(h, ssl, fd, &peer);
    }
}

void proxy_start(struct listener *l, int fd)
{
    struct proxied *p = calloc(1, sizeof(*p));

    if (!p)
        out_of_memory();
    p->http = l->http;
    p->ssl = l->ssl; /* the listener may be gone by then */
    if (loop_fd_add(&p->watch, fd, EPOLLIN, on_proxied) != OK) {
        close(fd);
        free(p);
        return;
    }
    list_add(&l->http->proxied, &p->node);
    loop_timer_arm(&p->timer, loop_now_us() + TELL_US, proxied_late);
}

void proxy_close_all(struct http *h)
{
    while (!list_empty(&h->proxied)) {
        struct proxied *p = CONTAINER_OF(h->proxied.next, struct proxied, node);

        close(p->watch.fd);
        proxied_free(p);
    }
}
