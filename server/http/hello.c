#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "http/guard_conn_int.h"
#include "http/hello_int.h"

/* hello: which host's certificate a connection wants, before the library has it. The library cannot wait in the middle
 * of a handshake while somebody looks a certificate up, so the client's first octets are looked at where they lie
 * (nothing is taken from the socket), the door is asked in a fiber, and only then the handshake begins, with that
 * host's certificate or with the listener's own. A name that is in the thread's short memory is not asked for again; a
 * certificate that was replaced is gone everywhere within a second. */
#define PLACES  256
#define LIFE_US INT64_C(1000000)
#define LOOK_US INT64_C(10000) /* until the rest of a hello is looked for */
#define ASK_US  INT64_C(3000000)
#define HELLO_N 8192

struct place {
    uint8_t key[CRYPTO_HASH_BYTES];
    int64_t until_us;
    SSL_CTX *ctx; /* NULL: the host has none */
};

static _Thread_local struct place places[PLACES];

struct hello {
    struct list_node node;
    struct http *http;
    SSL_CTX *fallback;
    struct loop_fd watch;
    struct loop_timer timer;
    int fd;
    int64_t due_us;
    struct peer peer;
    bool seated;
    struct guard_seat seat;
    char name[HELLO_NAME_MAX + 1];
};

/* ---- what it says ---- */

struct octets {
    const uint8_t *p;
    size_t n;
};

/* Cuts n octets off the front; false when there are fewer. */
static bool cut(struct octets *from, size_t n, struct octets *out)
{
    if (from->n < n)
        return false;
    *out = (struct octets){from->p, n};
    from->p += n;
    from->n -= n;
    return true;
}

/* Cuts off what a length of `width` octets stands before. */
static bool cut_sized(struct octets *from, size_t width, struct octets *out)
{
    struct octets length;
    size_t n = 0;

    if (!cut(from, width, &length))
        return false;
    for (size_t i = 0; i < width; i++)
        n = n << 8 | length.p[i];
    return cut(from, n, out);
}

static unsigned be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static bool name_take(struct octets list, char out[HELLO_NAME_MAX + 1])
{
    struct octets names, kind, name;

    if (!cut_sized(&list, 2, &names) || !cut(&names, 1, &kind) || kind.p[0] != 0 || !cut_sized(&names, 2, &name) ||
        name.n == 0 || name.n > HELLO_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = (char)name.p[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
            return false;
        out[i] = c;
    }
    out[name.n] = '\0';
    return true;
}

static bool extensions_take(struct octets all, char out[HELLO_NAME_MAX + 1])
{
    struct octets kind, data;

    while (cut(&all, 2, &kind) && cut_sized(&all, 2, &data))
        if (be16(kind.p) == 0)
            return name_take(data, out);
    return false;
}

enum hello_told hello_parse(const uint8_t *p, size_t n, char out[HELLO_NAME_MAX + 1])
{
    struct octets record = {p, n}, skipped, body, extensions;
    size_t whole;

    if (n > 0 && p[0] != 22)
        return HELLO_NAMELESS;
    if (n < 5)
        return HELLO_MORE;
    whole = 5 + (size_t)be16(p + 3);
    if (whole > HELLO_N)
        return HELLO_NAMELESS;
    if (n < whole)
        return HELLO_MORE;
    record = (struct octets){p + 5, whole - 5};
    if (record.n < 4 || record.p[0] != 1 || !cut(&record, 1, &skipped) || !cut_sized(&record, 3, &body) ||
        !cut(&body, 34, &skipped) || !cut_sized(&body, 1, &skipped) || !cut_sized(&body, 2, &skipped) ||
        !cut_sized(&body, 1, &skipped) || !cut_sized(&body, 2, &extensions))
        return HELLO_NAMELESS;
    return extensions_take(extensions, out) ? HELLO_NAMED : HELLO_NAMELESS;
}

/* ---- certificates ---- */

static struct place *place_of(const char *name, uint8_t key[CRYPTO_HASH_BYTES])
{
    crypto_hash(name, strlen(name), key);
    return &places[key[0] % PLACES];
}

static bool remembered(const char *name, SSL_CTX **out)
{
    uint8_t key[CRYPTO_HASH_BYTES];
    const struct place *p = place_of(name, key);

    if (p->until_us <= loop_now_us() || memcmp(p->key, key, sizeof(key)) != 0)
        return false;
    *out = p->ctx;
    return true;
}

static void remember(const char *name, SSL_CTX *ctx)
{
    uint8_t key[CRYPTO_HASH_BYTES];
    struct place *p = place_of(name, key);

    SSL_CTX_free(p->ctx);
    p->ctx = ctx;
    p->until_us = loop_now_us() + LIFE_US;
    memcpy(p->key, key, sizeof(key));
}

void hello_thread_end(void)
{
    for (size_t i = 0; i < PLACES; i++) {
        SSL_CTX_free(places[i].ctx);
        places[i] = (struct place){.until_us = 0};
    }
}

/* ---- waiting for it ---- */

static void hello_free(struct hello *x)
{
    loop_timer_cancel(&x->timer);
    loop_fd_remove(&x->watch);
    list_drop(&x->node);
    free(x);
}

static void hello_drop(struct hello *x)
{
    close(x->fd);
    if (x->seated)
        guard_seat_give(&x->seat);
    hello_free(x);
}

static void hello_go(struct hello *x, SSL_CTX *ctx)
{
    struct hello copy = *x;

    hello_free(x);
    if (list_empty(&copy.http->conns))
        guard_sweep_start(copy.http);
    guard_open(copy.http, copy.fd, ctx ? ctx : copy.fallback, &copy.peer, copy.seated ? &copy.seat : NULL);
}

/* Whose address it is, as requests have it. */
static const char *peer_text(struct scope *sc, const struct hello *x)
{
    struct sockaddr_storage sa = x->peer.sa;
    socklen_t n = sizeof(sa);
    char text[INET6_ADDRSTRLEN] = "";

    if (x->peer.len == 0 && getpeername(x->fd, (struct sockaddr *)&sa, &n) != 0)
        return "unknown";
    if (sa.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&sa)->sin_addr, text, sizeof(text));
    else if (sa.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&sa)->sin6_addr, text, sizeof(text));
    else
        return "unix";
    return arena_strdup(sc->arena, text);
}

/* What cannot be had is not missed: the listener's own certificate is for whoever has none. */
static void ask_fiber(void *arg)
{
    struct hello *x = arg;
    struct http *h = x->http;
    struct scope *sc = scope_new();
    struct http_certificate c = {.chain = NULL};
    SSL_CTX *ctx = NULL;

    sc->deadline_us = loop_now_us() + ASK_US;
    sc->address = peer_text(sc, x);
    if (h->app.begin)
        h->app.begin(sc, h->app.thread_data);
    if (h->app.certificate(sc, str_of(x->name), &c) == OK && c.chain && c.key)
        ctx = tls_for_host(c.chain, c.key);
    secret_free(c.key);
    scope_free(sc);
    remember(x->name, ctx);
    h->running--;
    hello_go(x, ctx);
}

static void hello_named(struct hello *x)
{
    SSL_CTX *ctx;

    if (remembered(x->name, &ctx)) {
        hello_go(x, ctx);
        return;
    }
    loop_timer_cancel(&x->timer);
    if (x->http->running >= x->http->conf.requests_max || !fiber_start(ask_fiber, x)) {
        hello_go(x, NULL);
        return;
    }
    x->http->running++; /* so that whoever closes waits for it */
    list_drop(&x->node);
    list_init(&x->node);
}

static void look(struct hello *x);

static void on_octets(struct loop_fd *w, uint32_t events)
{
    (void)events;
    look(CONTAINER_OF(w, struct hello, watch));
}

static void on_time(struct loop_timer *t)
{
    look(CONTAINER_OF(t, struct hello, timer));
}

/* Octets that were only looked at keep a descriptor ready, so for the rest of a hello a timer looks again. */
static void wait_on(struct hello *x, bool some)
{
    loop_fd_remove(&x->watch);
    if (some)
        loop_timer_arm(&x->timer, loop_now_us() + LOOK_US, on_time);
    else if (loop_fd_add(&x->watch, x->fd, EPOLLIN, on_octets) == OK)
        loop_timer_arm(&x->timer, x->due_us, on_time);
    else
        hello_drop(x);
}

static void look(struct hello *x)
{
    static _Thread_local uint8_t octets[HELLO_N];
    ssize_t n = recv(x->fd, octets, sizeof(octets), MSG_PEEK | MSG_DONTWAIT);

    if (loop_now_us() >= x->due_us || n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        hello_drop(x);
        return;
    }
    switch (n < 0 ? HELLO_MORE : hello_parse(octets, (size_t)n, x->name)) {
    case HELLO_MORE:
        wait_on(x, n > 0);
        return;
    case HELLO_NAMELESS:
        hello_go(x, NULL);
        return;
    case HELLO_NAMED:
        loop_fd_remove(&x->watch);
        hello_named(x);
    }
}

void hello_start(struct http *h, SSL_CTX *fallback, int fd, const struct peer *peer, const struct guard_seat *seat)
{
    struct hello *x = calloc(1, sizeof(*x));

    if (!x)
        out_of_memory();
    x->http = h;
    x->fallback = fallback;
    x->fd = fd;
    x->peer = *peer;
    x->seated = seat != NULL;
    if (seat)
        x->seat = *seat;
    x->due_us = loop_now_us() + (int64_t)h->conf.head_timeout_ms * 1000;
    list_add(&h->hellos, &x->node);
    look(x);
}

void hello_close_all(struct http *h)
{
    while (!list_empty(&h->hellos))
        hello_drop(CONTAINER_OF(h->hellos.next, struct hello, node));
}
