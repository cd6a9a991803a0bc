#include "net/net_int.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"
#include "base/timefmt.h"

#define CONNECT_MS        5000
#define LOW_SPEED_OCTETS  100
#define LOW_SPEED_SECONDS 10
#define LATE_MS           1000
#define UNACKED_MS        10000u /* then the system drops what it was to send, even of a call that was given up */
#define ANSWER_MAX        ((size_t)10 << 20)

/* Servers close idle connections; a request that crosses such a close is lost with its outcome unknown. So what must
 * not be repeated uses only connections that were idle for less than the shortest time in use (5 s). */
#define IDLE_SECONDS_SAFE   60L
#define IDLE_SECONDS_UNSAFE 4L

#define SET(easy, option, value) MUST_BE(curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    const unsigned unacked_ms = UNACKED_MS;
    struct net_run *run = arg;
    int fd;

    (void)purpose;
    if (run->call->own ? !net_address_is_loopback(&to->addr)
                       : !run->net->conf.allow_private && net_address_is_private(&to->addr)) {
        run->stop = NET_STOP_ADDRESS;
        return CURL_SOCKET_BAD;
    }
    fd = socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
    if (fd >= 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof(unacked_ms));
    return fd;
}

/* Called when the connection stands and before each sending of the request. The library sends again by itself when a
 * connection it used before ends without an answer; that would be a second order. */
static int on_send(void *arg, char *ip, char *local_ip, int port, int local_port)
{
    struct net_run *run = arg;

    (void)ip, (void)local_ip, (void)port, (void)local_port;
    if (run->sent && !run->may_repeat) {
        run->stop = NET_STOP_REPEAT;
        return CURL_PREREQFUNC_ABORT;
    }
    if (run->call->leave_by_us && time_boot_us() > run->call->leave_by_us) {
        run->stop = NET_STOP_LATE;
        return CURL_PREREQFUNC_ABORT;
    }
    run->sent = true;
    run->stop = NET_STOP_NONE; /* another address of the name was fit */
    return CURL_PREREQFUNC_OK;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct net_run *run = arg;

    buf_add(&run->body, p, size * n);
    if (!run->body.full)
        return size * n;
    run->stop = NET_STOP_BODY;
    return 0;
}

static struct str trimmed(const char *p, size_t n)
{
    while (n && (*p == ' ' || *p == '\t'))
        p++, n--;
    while (n && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r' || p[n - 1] == '\n'))
        n--;
    return (struct str){p, n};
}

static void header_keep(struct net_run *run, const char *p, size_t n)
{
    struct arena *a = run->scope->arena;
    const char *colon = memchr(p, ':', n);
    struct str name, value;

    if (!colon) {
        run->head_whole = trimmed(p, n).n == 0;
        return;
    }
    name = trimmed(p, (size_t)(colon - p));
    value = trimmed(colon + 1, n - (size_t)(colon + 1 - p));
    run->headers[run->header_count++] = (struct net_header){str_dup(a, name), str_dup(a, value)};
}

/* An interim answer (103) has fields too, which are not those of the answer. */
static void answer_begins(struct net_run *run)
{
    run->header_count = 0;
    run->head_whole = false;
    /* Only now: a vendor may think for a while before it answers, and the total limit holds for that. */
    SET(run->easy, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_OCTETS);
    SET(run->easy, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_SECONDS);
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct net_run *run = arg;

    n *= size;
    run->header_octets += n;
    if (run->header_octets > NET_HEADER_OCTETS_MAX || run->header_count == NET_HEADER_FIELDS_MAX) {
        run->stop = NET_STOP_HEADERS;
        return 0;
    }
    if (n >= 5 && memcmp(p, "HTTP/", 5) == 0)
        answer_begins(run);
    else
        header_keep(run, p, n);
    return n;
}

/* The nodes are in the arena, so the library's own list functions never see them. */
static void list_add(struct net_run *run, struct curl_slist ***end, const char *line)
{
    struct curl_slist *node = ARENA_NEW(run->scope->arena, struct curl_slist);

    node->data = arena_strdup(run->scope->arena, line);
    **end = node;
    *end = &node->next;
}

static bool gives(const struct net_call *call, const char *name)
{
    for (size_t i = 0; i < call->header_count; i++)
        if (strcasecmp(call->headers[i].name, name) == 0)
            return true;
    return false;
}

static struct curl_slist *header_list(struct net_run *run)
{
    const struct net_call *call = run->call;
    struct curl_slist *list = NULL;
    struct curl_slist **end = &list;

    for (size_t i = 0; i < call->header_count; i++) {
        const struct net_header *h = &call->headers[i];

        /* A semicolon instead of the colon is the library's way to an empty value. */
        list_add(run, &end, arena_f(run->scope->arena, *h->value ? "%s: %s" : "%s;", h->name, h->value));
    }
    list_add(run, &end, "Expect:"); /* an extra round trip, and a second way to send again */
    if (!gives(call, "Content-Type"))
        list_add(run, &end, "Content-Type:");
    return list;
}

/* One entry without a host and a port holds for whatever the URL names. The library keeps such connections apart from
 * those that were made to the host itself. */
static struct curl_slist *own_list(struct net_run *run)
{
    struct curl_slist *list = NULL;
    struct curl_slist **end = &list;

    if (run->call->own)
        list_add(run, &end, arena_f(run->scope->arena, "::%s", run->call->own));
    return list;
}

static void fill_method(struct net_run *run)
{
    const struct net_call *call = run->call;
    bool needs_length =
        strcmp(call->method, "POST") == 0 || strcmp(call->method, "PUT") == 0 || strcmp(call->method, "PATCH") == 0;

    run->may_repeat =
        strcmp(call->method, "GET") == 0 || strcmp(call->method, "HEAD") == 0 || strcmp(call->method, "OPTIONS") == 0;
    if (strcmp(call->method, "HEAD") == 0) {
        SET(run->easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (call->body.n || needs_length) {
        SET(run->easy, CURLOPT_POST, 1L);
        SET(run->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
        SET(run->easy, CURLOPT_POSTFIELDS, call->body.n ? call->body.p : "");
    }
    SET(run->easy, CURLOPT_CUSTOMREQUEST, call->method);
}

static void fill_limits(struct net_run *run)
{
    const struct net_call *call = run->call;
    CURL *easy = run->easy;

    /* The loop ends a call in time; this is for the turn after a stop, when a descriptor may be ready before the loop's
     * timers have run: the library looks at its clock before it writes the rest of a request. */
    SET(easy, CURLOPT_TIMEOUT_MS, (long)((run->due_us - loop_now_us()) / 1000 + LATE_MS));
    SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(call->connect_ms > 0 ? call->connect_ms : CONNECT_MS));
    /* A new connection's name is looked up anew: what was looked up before is stale, and the library walks through all
     * of it after each call. */
    SET(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    SET(easy, CURLOPT_MAXAGE_CONN, run->may_repeat ? IDLE_SECONDS_SAFE : IDLE_SECONDS_UNSAFE);
    SET(easy, CURLOPT_FRESH_CONNECT, call->fresh_connection ? 1L : 0L);
    SET(easy, CURLOPT_FORBID_REUSE, call->fresh_connection ? 1L : 0L);
    buf_init(&run->body, run->scope->arena, call->answer_max ? call->answer_max : ANSWER_MAX);
    run->headers = ARENA_ARRAY(run->scope->arena, struct net_header, NET_HEADER_FIELDS_MAX);
}

static void fill_callbacks(struct net_run *run)
{
    CURL *easy = run->easy;

    SET(easy, CURLOPT_PRIVATE, run);
    SET(easy, CURLOPT_ERRORBUFFER, run->fault);
    SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    SET(easy, CURLOPT_OPENSOCKETDATA, run);
    SET(easy, CURLOPT_PREREQFUNCTION, on_send);
    SET(easy, CURLOPT_PREREQDATA, run);
    SET(easy, CURLOPT_WRITEFUNCTION, on_body);
    SET(easy, CURLOPT_WRITEDATA, run);
    SET(easy, CURLOPT_HEADERFUNCTION, on_header);
    SET(easy, CURLOPT_HEADERDATA, run);
}

void net_easy_fill(struct net_run *run)
{
    CURL *easy = run->easy;

    SET(easy, CURLOPT_CURLU, run->url);
    SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
    SET(easy, CURLOPT_PROXY, "");
    SET(easy, CURLOPT_CONNECT_TO, own_list(run));
    SET(easy, CURLOPT_NOSIGNAL, 1L);
    SET(easy, CURLOPT_QUICK_EXIT, 1L); /* or giving up during a name look-up would block until it ends */
    SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    if (run->net->ca_file)
        SET(easy, CURLOPT_CAINFO, run->net->ca_file);
    if (run->net->user_agent)
        SET(easy, CURLOPT_USERAGENT, run->net->user_agent);
    SET(easy, CURLOPT_HTTPHEADER, header_list(run));
    fill_method(run);
    fill_callbacks(run);
    fill_limits(run);
}
