/* abandon: sends requests over HTTP/2 by prior knowledge and walks away from them: on one connection the streams are
 * reset, from the next the client closes the socket. Two thirds are deliveries of orders, signed as the shop signs
 * them. abandon --port P --authority HOST --hook PATH --secret S --shop DOMAIN --key K --template FILE [--requests N]
 * Prints "sent N reset R closed C refused X". Frames are written by nghttp2; nothing of ours is in here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <nghttp2/nghttp2.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STREAMS = 20, BODY_MAX = 65536, PATIENCE_MS = 5000 };

static struct {
    int port, requests;
    const char *authority, *hook, *secret, *shop, *key, *template;
    char text[BODY_MAX];
} o = {.requests = 3000};

struct post {
    char body[BODY_MAX], signature[64], delivery[32];
    size_t len, sent;
};

struct conn {
    int fd;
    nghttp2_session *h2;
    struct post posts[STREAMS];
    int32_t streams[STREAMS];
    int count, answered;
};

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

_Noreturn static void die(const char *what)
{
    perror(what);
    exit(1);
}

static ssize_t on_send(nghttp2_session *h2, const uint8_t *p, size_t n, int flags, void *arg)
{
    struct conn *c = arg;
    ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

    (void)h2;
    (void)flags;
    if (sent >= 0)
        return sent;
    return errno == EAGAIN ? NGHTTP2_ERR_WOULDBLOCK : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_close(nghttp2_session *h2, int32_t stream, uint32_t code, void *arg)
{
    (void)h2;
    (void)stream;
    (void)code;
    ((struct conn *)arg)->answered++;
    return 0;
}

static ssize_t on_body(nghttp2_session *h2, int32_t stream, uint8_t *to, size_t room, uint32_t *flags,
                       nghttp2_data_source *from, void *arg)
{
    struct post *p = from->ptr;
    size_t n = p->len - p->sent < room ? p->len - p->sent : room;

    (void)h2;
    (void)stream;
    (void)arg;
    memcpy(to, p->body + p->sent, n);
    p->sent += n;
    if (p->sent == p->len)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

/* The template with the order's number in place of each {{n}}. */
static void post_make(struct post *p, int n)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const char *at = o.text, *hole;

    p->len = p->sent = 0;
    for (; (hole = strstr(at, "{{n}}")); at = hole + 5)
        p->len += (size_t)snprintf(p->body + p->len, BODY_MAX - p->len, "%.*s%d", (int)(hole - at), at, n);
    p->len += (size_t)snprintf(p->body + p->len, BODY_MAX - p->len, "%s", at);
    if (!HMAC(EVP_sha256(), o.secret, (int)strlen(o.secret), (unsigned char *)p->body, p->len, mac, &len))
        die("HMAC");
    EVP_EncodeBlock((unsigned char *)p->signature, mac, (int)len);
    snprintf(p->delivery, sizeof p->delivery, "abandoned-%d", n);
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), 0};
}

static int32_t deliver(struct conn *c, struct post *p, int n)
{
    nghttp2_data_provider body = {.source.ptr = p, .read_callback = on_body};
    nghttp2_nv fields[] = {pair(":method", "POST"),
                           pair(":scheme", "http"),
                           pair(":authority", o.authority),
                           pair(":path", o.hook),
                           pair("content-type", "application/json"),
                           pair("x-shopify-topic", "orders/create"),
                           pair("x-shopify-shop-domain", o.shop),
                           pair("x-shopify-webhook-id", p->delivery),
                           pair("x-shopify-hmac-sha256", p->signature)};

    post_make(p, n);
    fields[7] = pair("x-shopify-webhook-id", p->delivery);
    fields[8] = pair("x-shopify-hmac-sha256", p->signature);
    return nghttp2_submit_request(c->h2, NULL, fields, sizeof fields / sizeof *fields, &body, NULL);
}

static int32_t list(struct conn *c)
{
    char authorization[128] = "";
    nghttp2_nv fields[] = {pair(":method", "GET"), pair(":scheme", "http"), pair(":authority", o.authority),
                           pair(":path", "/v1/orders?limit=100"), pair("authorization", authorization)};

    snprintf(authorization, sizeof authorization, "Bearer %s", o.key);
    fields[4] = pair("authorization", authorization);
    return nghttp2_submit_request(c->h2, NULL, fields, sizeof fields / sizeof *fields, NULL, NULL);
}

static void conn_open(struct conn *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o.port)};
    nghttp2_session_callbacks *callbacks;

    *c = (struct conn){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        die("nghttp2");
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    if (nghttp2_session_client_new(&c->h2, callbacks, c) != 0 ||
        nghttp2_submit_settings(c->h2, NGHTTP2_FLAG_NONE, NULL, 0) != 0)
        die("nghttp2");
    nghttp2_session_callbacks_del(callbacks);
}

/* Sends what is to be sent; and reads for so long. False when the server has closed. */
static bool turn(struct conn *c, int64_t read_us)
{
    int64_t end = now_us() + PATIENCE_MS * 1000, until = now_us() + read_us;
    static uint8_t in[65536];

    do {
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        ssize_t n;

        if (nghttp2_session_send(c->h2) != 0)
            return false;
        p.events |= nghttp2_session_want_write(c->h2) ? POLLOUT : 0;
        poll(&p, 1, 1);
        n = recv(c->fd, in, sizeof in, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN) || (n > 0 && nghttp2_session_mem_recv(c->h2, in, (size_t)n) < 0))
            return false;
    } while (now_us() < end && (nghttp2_session_want_write(c->h2) || now_us() < until));
    return true;
}

static void requests_start(struct conn *c, int *n)
{
    for (; c->count < STREAMS && *n < o.requests; ++*n) {
        int32_t stream = *n % 3 ? deliver(c, &c->posts[c->count], *n) : list(c);

        if (stream < 0)
            die("a request");
        c->streams[c->count++] = stream;
    }
}

/* Those that have been answered already are not abandoned, and are not counted as such. */
static int reset_all(struct conn *c)
{
    int open = c->count - c->answered;

    for (int i = 0; i < c->count; i++)
        nghttp2_submit_rst_stream(c->h2, NGHTTP2_FLAG_NONE, c->streams[i], NGHTTP2_CANCEL);
    turn(c, 2000);
    return open;
}

static void options_read(int argc, char **argv)
{
    static const struct option known[] = {
        {"port", 1, NULL, 'p'},     {"authority", 1, NULL, 'a'}, {"hook", 1, NULL, 'h'},
        {"secret", 1, NULL, 's'},   {"shop", 1, NULL, 'd'},      {"key", 1, NULL, 'k'},
        {"template", 1, NULL, 't'}, {"requests", 1, NULL, 'n'},  {}};
    const char **texts[128] = {
        ['a'] = &o.authority, ['h'] = &o.hook, ['s'] = &o.secret, ['d'] = &o.shop, ['k'] = &o.key, ['t'] = &o.template};
    FILE *f;
    int letter;

    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (letter == 'p')
            o.port = (int)strtol(optarg, NULL, 10);
        else if (letter == 'n')
            o.requests = (int)strtol(optarg, NULL, 10);
        else if (letter > 0 && letter < 128 && texts[letter])
            *texts[letter] = optarg;
        else
            exit(2);
    }
    if (!o.port || !o.authority || !o.hook || !o.secret || !o.shop || !o.key || !o.template)
        exit(2);
    f = fopen(o.template, "re");
    if (!f || fread(o.text, 1, BODY_MAX - 1, f) == 0)
        die(o.template);
    fclose(f);
}

/* How long to stay before leaving: from not at all to about as long as an answer takes, so that requests are met at
 * every stage of their way. */
static int64_t stay_us(int turn_number)
{
    return (int64_t)(turn_number * 7919 % 40) * 500;
}

int main(int argc, char **argv)
{
    int sent = 0, reset = 0, closed = 0, refused = 0;
    struct conn *c = calloc(1, sizeof *c);

    options_read(argc, argv);
    for (int k = 0; sent < o.requests && c; k++) {
        bool there;

        conn_open(c);
        requests_start(c, &sent);
        there = turn(c, stay_us(k / 2));
        refused += !there;
        if (k % 2)
            closed += c->count - c->answered;
        else
            reset += reset_all(c);
        nghttp2_session_del(c->h2);
        close(c->fd);
    }
    printf("sent %d reset %d closed %d refused %d\n", sent, reset, closed, refused);
    free(c);
    return 0;
}
