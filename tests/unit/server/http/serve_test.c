#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>

#include "crypto/crypto.h"
#include "unit/server/http/serve.h"

atomic_int test_handlers_started, test_ends_ok, test_ends_failed;

struct named {
    const char *name;
};

static const struct wire_field named_fields[] = {WIRE_TEXT(struct named, name, 20, "A name."), {}};
static const struct wire named_wire = {"Named", sizeof(struct named), named_fields};

static enum err hello(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    char *text = arena_f(sc->arena, "hello %.*s from %.*s tls=%d", (int)rq->host.n, rq->host.p, (int)rq->peer.n,
                         rq->peer.p, rq->tls);

    return rs_bytes(sc, rs, 200, "text/plain", str_of(text));
}

static enum err list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    static const struct named items[] = {{"a"}, {"b"}};
    int64_t limit;
    const char *cursor;

    TRY(sc, rq_query_int(sc, rq, "limit", 20, 1, 100, &limit));
    cursor = limit == 2 ? http_cursor_make(sc, STR("orders"), (struct bytes){"p1", 2}) : NULL;
    return rs_page(sc, rq, rs, &named_wire, items, 2, cursor);
}

static enum err one(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "order_id", "ord", &id));
    return rs_bytes(sc, rs, 200, "text/plain", rq_param(rq, "order_id"));
}

static enum err gone(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return rs_empty(sc, rs, 204);
}

static enum err echo(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct named in;

    TRY(sc, rq_body(sc, rq, &named_wire, &in));
    return rs_json(sc, rs, 201, &named_wire, &in);
}

static enum err length(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return rs_bytes(sc, rs, 200, "text/plain", str_of(arena_f(sc->arena, "%zu", rq->body.n)));
}

static enum err slow(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    test_handlers_started++;
    fiber_sleep_us(300000);
    return hello(sc, rq, rs);
}

/* Until the client leaves, or for a second. */
static enum err parked(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct waitq nobody_wakes = {0};

    test_handlers_started++;
    if (waitq_wait_for(sc, &nobody_wakes, loop_now_us() + 1000000) == WAIT_CANCELLED)
        return FAIL(sc, ERR_CANCELLED, "the caller has gone");
    return hello(sc, rq, rs);
}

static enum err defect(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    TRY(sc, rs_bytes(sc, rs, 200, "text/plain", STR("half done")));
    return FAIL(sc, ERR_INTERNAL, "table secret_things broke");
}

static enum err silent(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)sc;
    (void)rq;
    (void)rs;
    return OK;
}

static enum err busy(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    enum err e = FAIL(sc, ERR_LIMIT, "slow down");

    (void)rq;
    (void)rs;
    scope_retry_after(sc, 7);
    return e;
}

static enum err split(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    rs_header(sc, rs, "x-note", str_dup(sc->arena, rq_query(rq, "note")));
    return rs_bytes(sc, rs, 200, "text/plain", STR("ok"));
}

static enum err big(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    size_t n = 300000;

    (void)rq;
    return rs_bytes(sc, rs, 200, "text/plain", (struct str){memset(arena_alloc(sc->arena, n), 'x', n), n});
}

static enum err lost(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    rs_lose(rs);
    return hello(sc, rq, rs);
}

static enum err dropped(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    rs_drop(rs);
    return hello(sc, rq, rs);
}

static const char *const list_query[] = {"limit", "cursor", "state", NULL};
static const char *const split_query[] = {"note", NULL};
static const char *const any_query[] = {"*", NULL};

const struct route test_routes[] = {
    {GET, "/", hello, .public_ = true},
    {GET, "/v1/hello", hello, .public_ = true},
    {GET, "/v1/orders", list, .public_ = true, .query = list_query},
    {GET, "/v1/orders/{order_id}", one, .public_ = true},
    {DELETE, "/v1/orders/{order_id}", gone, .public_ = true},
    {POST, "/v1/echo", echo, .public_ = true, .takes = &named_wire},
    {POST, "/v1/length", length, .public_ = true},
    {POST, "/v1/small", length, .public_ = true, .body_max = 16},
    {GET, "/v1/slow", slow, .public_ = true},
    {GET, "/v1/parked", parked, .public_ = true},
    {GET, "/v1/defect", defect, .public_ = true},
    {GET, "/v1/silent", silent, .public_ = true},
    {GET, "/v1/busy", busy, .public_ = true},
    {GET, "/v1/big", big, .public_ = true},
    {GET, "/v1/lost", lost, .public_ = true},
    {GET, "/v1/dropped", dropped, .public_ = true},
    {GET, "/v1/split", split, .public_ = true, .query = split_query},
    {GET, "/v1/open", hello, .public_ = true, .query = any_query},
    {GET, "/v1/uncommitted", hello, .public_ = true},
    {GET, "/v1/private", hello},
    {},
};
const struct route *const test_route_tables[] = {test_routes, NULL};

static enum err find_host(struct scope *sc, struct rq *rq)
{
    return str_is(rq->host, "nobody.test") ? FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address") : OK;
}

static enum err ask_auth(struct scope *sc, const struct rq *rq)
{
    return str_is(rq_header(rq, "authorization"), "Bearer good") ? OK : FAIL(sc, ERR_UNAUTHENTICATED, "who are you");
}

static enum err end(struct scope *sc, const struct rq *rq, struct rs *rs, enum err result)
{
    (void)rq;
    (void)rs;
    if (sc->actor_id.b[0] == 1)
        return FAIL(sc, ERR_UNAVAILABLE, "the database went away");
    if (result == OK)
        test_ends_ok++;
    else
        test_ends_failed++;
    return OK;
}

static enum err mark_uncommitted(struct scope *sc, struct rq *rq)
{
    sc->actor_id.b[0] = str_is(rq->path, "/v1/uncommitted");
    rq->owner.b[0] = str_is(rq->host, "crowd.test");
    return find_host(sc, rq);
}

void serve_defaults(struct served *s)
{
    *s = (struct served){
        .conf = {.body_max = 1 << 20,
                 .conn_bodies_max = 32 << 20,
                 .bodies_max = 256 << 20,
                 .header_max = 32 * 1024,
                 .streams = 100,
                 .request_timeout_ms = 30000,
                 .idle_timeout_ms = 10000,
                 .requests_max = 1000,
                 .conn_requests = 64,
                 .owner_requests = 256,
                 .slot_wait_ms = 2000},
        .app = {.routes = test_route_tables, .host = mark_uncommitted, .auth = ask_auth, .end = end},
    };
}

static void open_on(struct served *s, struct scope *sc, struct http_tls *tls, int *fd)
{
    struct sockaddr_in sa;
    socklen_t n = sizeof(sa);

    s->http = http_open(&s->conf, &s->app);
    if (s->fd)
        *fd = dup(s->fd);
    else
        CHECK_OK(http_socket(sc, "127.0.0.1:0", fd));
    s->fd = *fd;
    if (s->sndbuf)
        setsockopt(*fd, SOL_SOCKET, SO_SNDBUF, &s->sndbuf, sizeof(s->sndbuf));
    getsockname(*fd, (struct sockaddr *)&sa, &n);
    s->port = ntohs(sa.sin_port);
    CHECK_OK(http_listen(sc, s->http, *fd, tls));
}

static void *serve(void *arg)
{
    struct served *s = arg;
    struct scope *sc = scope_new();
    struct http_tls *tls = NULL;
    uint8_t key[32] = {7};
    int fd = -1;

    s->loop = loop_new();
    CHECK_OK(crypto_start(sc));
    http_cursor_key(key);
    if (s->cert)
        CHECK_OK(http_tls_open(sc, s->cert, s->key, &tls));
    open_on(s, sc, tls, &fd);
    sem_post(&s->ready);
    loop_run(s->loop);
    http_close(s->http);
    http_tls_close(tls);
    close(fd);
    loop_free(s->loop);
    scope_free(sc);
    sem_post(&s->closed);
    for (;;)
        pause(); /* the library keeps chunks for its thread, which would be lost with it */
    return NULL;
}

void serve_start(struct served *s)
{
    sem_init(&s->ready, 0, 0);
    sem_init(&s->drained, 0, 0);
    sem_init(&s->closed, 0, 0);
    pthread_create(&s->thread, NULL, serve, s);
    sem_wait(&s->ready);
}

void serve_stop(struct served *s)
{
    loop_stop(s->loop);
    sem_wait(&s->closed);
}

static void drain_fiber(void *arg)
{
    struct served *s = arg;

    http_drain(s->http, s->drain_ms);
    sem_post(&s->drained);
}

static void drain_here(void *arg)
{
    fiber_start(drain_fiber, arg);
}

void serve_drain(struct served *s, int ms)
{
    s->drain_ms = ms;
    loop_post(s->loop, drain_here, s);
}

static int try_dial(const struct served *s)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port)};
    struct timeval tv = {20, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
        return fd;
    close(fd);
    return -1;
}

int dial(const struct served *s)
{
    int fd = try_dial(s);

    CHECK(fd >= 0);
    return fd;
}

void say(int fd, const void *p, size_t n)
{
    for (size_t sent = 0; sent < n;) {
        ssize_t k = send(fd, (const char *)p + sent, n - sent, MSG_NOSIGNAL);

        if (k <= 0)
            return;
        sent += (size_t)k;
    }
}

void say_text(int fd, const char *text)
{
    say(fd, text, strlen(text));
}

const char *hear(int fd)
{
    static char text[1 << 20];
    size_t n = 0;
    ssize_t k;

    while (n < sizeof(text) - 1 && (k = recv(fd, text + n, sizeof(text) - 1 - n, 0)) > 0)
        n += (size_t)k;
    text[n] = '\0';
    return text;
}

const char *ask(const struct served *s, const char *text)
{
    int fd = dial(s);
    const char *reply;

    say_text(fd, text);
    reply = hear(fd);
    close(fd);
    return reply;
}

int status_of(const char *reply)
{
    return strncmp(reply, "HTTP/1.1 ", 9) == 0 ? (int)strtol(reply + 9, NULL, 10)
           : strncmp(reply, "HTTP/2 ", 7) == 0 ? (int)strtol(reply + 7, NULL, 10)
                                               : 0;
}

const char *body_of(const char *reply)
{
    const char *end = strstr(reply, "\r\n\r\n");

    return end ? end + 4 : "";
}

bool has(const char *text, const char *part)
{
    return strcasestr(text, part) != NULL;
}

const char *shell(const char *fmt, ...)
{
    static char text[1 << 20];
    char command[2000];
    va_list ap;
    FILE *f;
    size_t n;

    va_start(ap, fmt);
    vsnprintf(command, sizeof(command), fmt, ap);
    va_end(ap);
    f = popen(command, "r");
    n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    text[n] = '\0';
    if (f)
        pclose(f);
    return text;
}

void serve_certificate(struct served *s, char dir[])
{
    static char cert[64], key[64];

    CHECK(mkdtemp(dir) != NULL);
    snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
    snprintf(key, sizeof(key), "%s/key.pem", dir);
    shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
          "-addext subjectAltName=DNS:localhost -keyout %s -out %s 2>&1",
          key, cert);
    s->cert = cert;
    s->key = key;
}
