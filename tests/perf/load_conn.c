#include "perf/load_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OUT_MAX = 64 << 10, IN_MAX = 64 << 10 };

static struct call *call_take(struct load *l)
{
    struct call *call = l->free_calls;
    if (call) {
        l->free_calls = call->next_free;
    } else {
        call = load_alloc(sizeof *call);
        call->next_all = l->all_calls;
        l->all_calls = call;
    }
    *call = (struct call){.next_all = call->next_all};
    return call;
}

static void call_drop(struct load *l, struct call *call)
{
    free(call->item);
    call->item = NULL;
    call->next_free = l->free_calls;
    l->free_calls = call;
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t value_len, uint8_t flags, void *arg)
{
    (void)flags;
    (void)arg;
    if (name_len != 7 || value_len != 3 || memcmp(name, ":status", 7) != 0)
        return 0;
    struct call *call = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    if (call)
        call->status = (value[0] - '0') * 100 + (value[1] - '0') * 10 + value[2] - '0';
    return 0;
}

static int on_stream_close(nghttp2_session *h2, int32_t stream, uint32_t code, void *arg)
{
    struct conn *c = arg;
    struct call *call = nghttp2_session_get_stream_user_data(h2, stream);

    if (!call)
        return 0;
    if (code == NGHTTP2_REFUSED_STREAM) { /* the server did not take it, and says so: it is asked again elsewhere */
        c->l->stats.retried++;
        c->l->stats.started--;
        call_drop(c->l, call);
        c->busy--;
        return 0;
    }
    if (code != NGHTTP2_NO_ERROR)
        call->status = 0;
    c->answered += call->status != 0;
    stats_answer(c->l, call);
    call_drop(c->l, call);
    c->busy--;
    return 0;
}

static ssize_t read_body(nghttp2_session *h2, int32_t stream, uint8_t *to, size_t room, uint32_t *flags,
                         nghttp2_data_source *from, void *arg)
{
    struct call *call = from->ptr;
    size_t left = call->item->len - call->sent, n = left < room ? left : room;

    (void)h2;
    (void)stream;
    (void)arg;
    memcpy(to, call->item->body + call->sent, n);
    call->sent += n;
    if (n == left)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

void load_callbacks(struct load *l)
{
    if (nghttp2_session_callbacks_new(&l->callbacks) != 0)
        abort();
    nghttp2_session_callbacks_set_on_header_callback(l->callbacks, on_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(l->callbacks, on_stream_close);
}

static nghttp2_nv header(const char *name, size_t name_len, const char *value, size_t value_len)
{
    return (nghttp2_nv){.name = (uint8_t *)name,
                        .namelen = name_len,
                        .value = (uint8_t *)value,
                        .valuelen = value_len,
                        .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

static void header_add(struct load *l, const char *name, const char *value)
{
    l->headers[l->header_count++] = header(name, strlen(name), value, strlen(value));
}

/* The headers that all requests share. */
void load_headers(struct load *l)
{
    bool typed = false;

    header_add(l, ":method", l->o.body_template ? "POST" : "GET");
    header_add(l, ":scheme", l->o.tls ? "https" : "http");
    header_add(l, ":authority", l->o.authority);
    header_add(l, ":path", l->o.path);
    for (int i = 0; i < l->o.header_count; i++) {
        const char *line = l->o.headers[i];
        size_t len = strcspn(line, ":");
        const char *value = line + len + strspn(line + len, ": ");
        typed = typed || (len == 12 && !strncmp(line, "content-type", len));
        l->headers[l->header_count++] = header(line, len, value, strlen(value));
    }
    if (l->o.body_template && !typed)
        header_add(l, "content-type", "application/json");
}

/* One line each: "host TAB authorization". */
void load_targets(struct load *l)
{
    char line[1024];
    size_t room = 0;
    FILE *f = l->o.targets ? fopen(l->o.targets, "r") : NULL;

    if (l->o.targets && !f)
        load_die("cannot read %s", l->o.targets);
    while (f && fgets(line, sizeof line, f)) {
        char *tab = strchr(line, '\t');

        line[strcspn(line, "\n")] = '\0';
        if (!tab)
            load_die("a line of %s has no tab", l->o.targets);
        *tab = '\0';
        if (l->target_count == room) {
            room = room ? room * 2 : 1024;
            l->targets = realloc(l->targets, room * sizeof *l->targets);
        }
        if (!l->targets)
            abort();
        l->targets[l->target_count++] = (struct target){strdup(line), strdup(tab + 1)};
    }
    if (f)
        fclose(f);
}

/* :authority is the third of the shared headers. */
static size_t target_put(struct load *l, nghttp2_nv *headers, size_t n)
{
    const struct target *t = &l->targets[l->stats.started % l->target_count];

    headers[2] = header(":authority", 10, t->authority, strlen(t->authority));
    headers[n] = header("authorization", 13, t->authorization, strlen(t->authorization));
    headers[n].flags |= NGHTTP2_NV_FLAG_NO_INDEX; /* each once: the table would only churn */
    return n + 1;
}

static bool call_start(struct conn *c, int64_t due_us)
{
    struct load *l = c->l;
    nghttp2_nv headers[HEADERS_MAX + 8];
    size_t n = l->header_count;
    struct call *call = call_take(l);
    nghttp2_data_provider body = {.source.ptr = call, .read_callback = read_body};

    call->due_us = due_us;
    call->item = source_next(&l->source);
    memcpy(headers, l->headers, n * sizeof headers[0]);
    if (l->target_count)
        n = target_put(l, headers, n);
    if (l->o.hmac_key)
        headers[n++] =
            header(l->o.hmac_header, strlen(l->o.hmac_header), call->item->signature, strlen(call->item->signature));
    if (l->o.unique_header)
        headers[n++] =
            header(l->o.unique_header, strlen(l->o.unique_header), call->item->number, strlen(call->item->number));
    if (nghttp2_submit_request(c->h2, NULL, headers, n, l->o.body_template ? &body : NULL, call) < 0) {
        l->stats.started++;
        stats_answer(l, call);
        call_drop(l, call);
        return false;
    }
    l->stats.started++;
    c->busy++;
    return true;
}

void conn_fill(struct conn *c)
{
    struct load *l = c->l;

    if (!c->h2 || c->broken || !nghttp2_session_check_request_allowed(c->h2))
        return;
    int64_t now = load_now_us();
    while (c->busy < l->o.streams && load_more(l, now)) {
        int64_t due = l->o.rate > 0 ? load_due_us(l) : now;
        if (due > now || !call_start(c, due))
            return;
    }
}

static void conn_watch(struct conn *c, bool out)
{
    uint32_t events = EPOLLIN | (out ? EPOLLOUT : 0u);
    if (events == c->watched)
        return;
    c->watched = events;
    epoll_ctl(c->l->ep, EPOLL_CTL_MOD, c->fd, &(struct epoll_event){.events = events, .data.ptr = c});
}

/* Bytes moved, 0 for "later", -1 for an end. */
static ssize_t conn_write(struct conn *c)
{
    size_t len = c->out_len - c->out_sent;

    if (c->ssl) {
        int n = SSL_write(c->ssl, c->out + c->out_sent, (int)len);
        int why = n > 0 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, n);
        return n > 0 ? n : why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    ssize_t n = send(c->fd, c->out + c->out_sent, len, MSG_NOSIGNAL);
    return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static ssize_t conn_read(struct conn *c, uint8_t *to, size_t room)
{
    if (c->ssl) {
        int n = SSL_read(c->ssl, to, (int)room);
        int why = n > 0 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, n);
        return n > 0 ? n : why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    ssize_t n = recv(c->fd, to, room, 0);
    return n > 0 ? n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* Gathers frames until there is enough for one write. */
static void conn_gather(struct conn *c)
{
    const uint8_t *data;
    ssize_t n;

    if (c->out_sent == c->out_len)
        c->out_sent = c->out_len = 0;
    while (c->out_len < OUT_MAX && (n = nghttp2_session_mem_send(c->h2, &data)) > 0) {
        memcpy(c->out + c->out_len, data, (size_t)n); /* a frame is at most 16 KiB and its head */
        c->out_len += (size_t)n;
    }
}

void conn_send(struct conn *c)
{
    if (!c->h2 || c->broken)
        return;
    for (;;) {
        if (c->out_sent == c->out_len)
            conn_gather(c);
        if (c->out_sent == c->out_len)
            break;
        ssize_t n = conn_write(c);
        if (n < 0)
            c->broken = true;
        if (n <= 0)
            break;
        c->out_sent += (size_t)n;
    }
    if (!c->broken)
        conn_watch(c, c->out_sent < c->out_len);
}

static void conn_receive(struct conn *c)
{
    static uint8_t in[IN_MAX];
    ssize_t n;

    do {
        n = conn_read(c, in, sizeof in);
        if (n < 0 || (n > 0 && nghttp2_session_mem_recv(c->h2, in, (size_t)n) < 0)) {
            c->broken = true;
            return;
        }
    } while (n == (ssize_t)sizeof in || (c->ssl && n > 0));
    if (!nghttp2_session_want_read(c->h2) && !nghttp2_session_want_write(c->h2))
        c->broken = true;
}

static void conn_session(struct conn *c)
{
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                         {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}};

    if (nghttp2_session_client_new(&c->h2, c->l->callbacks, c) != 0)
        abort();
    nghttp2_submit_settings(c->h2, NGHTTP2_FLAG_NONE, settings, 2);
    nghttp2_session_set_local_window_size(c->h2, NGHTTP2_FLAG_NONE, 0, 1 << 28);
}

static void conn_handshake(struct conn *c)
{
    const unsigned char *proto;
    unsigned len;
    int done = SSL_do_handshake(c->ssl);
    int why = done == 1 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, done);

    if (why != SSL_ERROR_NONE) {
        conn_watch(c, why == SSL_ERROR_WANT_WRITE);
        c->broken = why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
        return;
    }
    SSL_get0_alpn_selected(c->ssl, &proto, &len);
    if (len != 2 || memcmp(proto, "h2", 2) != 0)
        load_die("the server does not speak HTTP/2");
    c->secure = true;
    conn_session(c);
}

/* A certificate made on the spot is as good as any here: this client measures, it protects nothing. */
static void conn_tls(struct conn *c)
{
    c->ssl = SSL_new(c->l->tls);
    if (!c->ssl || !SSL_set_fd(c->ssl, c->fd))
        abort();
    SSL_set_tlsext_host_name(c->ssl, c->l->o.host);
    SSL_set_connect_state(c->ssl);
}

void conn_start(struct load *l, struct conn *c)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)l->o.port)};
    size_t len = strlen(l->o.host);
    bool local = !strcmp(l->o.host, "localhost") || (len > 10 && !strcmp(l->o.host + len - 10, ".localhost"));
    int on = 1;

    *c = (struct conn){.l = l, .out = c->out ? c->out : load_alloc(OUT_MAX + (32 << 10))};
    if (inet_pton(AF_INET, local ? "127.0.0.1" : l->o.host, &addr.sin_addr) != 1)
        load_die("%s is neither an IPv4 address nor a name under .localhost", l->o.host);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
        c->broken = true;
        l->stats.refused++;
        return;
    }
    l->stats.connects++;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0)
        abort();
    c->watched = EPOLLIN | EPOLLOUT;
    epoll_ctl(l->ep, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){.events = c->watched, .data.ptr = c});
    if (l->o.tls)
        conn_tls(c);
    else
        conn_session(c);
}

void conn_event(struct conn *c, uint32_t events)
{
    if (c->broken)
        return;
    if (c->ssl && !c->secure) {
        conn_handshake(c);
        if (c->broken || !c->secure)
            return;
    }
    if (c->ssl || events & (EPOLLIN | EPOLLERR | EPOLLHUP)) /* TLS may hold bytes that epoll knows nothing of */
        conn_receive(c);
    if (!c->broken)
        conn_fill(c);
    conn_send(c);
}

/* What was under way ends without an answer, and stays counted as started. */
void conn_close(struct conn *c)
{
    nghttp2_session_del(c->h2);
    if (c->ssl)
        SSL_free(c->ssl);
    if (c->fd >= 0)
        close(c->fd);
    c->h2 = NULL;
    c->ssl = NULL;
    c->fd = -1;
}
