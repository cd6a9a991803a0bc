#pragma once

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* load: what the parts of the HTTP/2 load client share. One thread; everything a request carries is made before the
 * clock starts when the number of requests is known and fits, so that the client costs the measured machine little.
 */
enum { HEADERS_MAX = 16, SIGNATURE_MAX = 48, NUMBER_MAX = 24, EXPECT_MAX = 16 };

/* What one POST carries beside the headers that all share. */
struct item {
    size_t len;
    char signature[SIGNATURE_MAX];
    char number[NUMBER_MAX];
    char body[];
};

struct options {
    char *host, *authority, *path;
    int port;
    bool tls, json, persist;
    int connections, streams;
    uint64_t requests; /* 0: until the time is over */
    double seconds, rate;
    uint64_t base;
    const char *headers[HEADERS_MAX]; /* "name: value" */
    int header_count;
    const char *body_template, *hmac_key, *hmac_header, *unique_header;
    const char *expect;
    const char *targets;
};

struct target { /* whom one request is for */
    char *authority, *authorization;
};

struct part { /* of a template: text, then the number if another part follows */
    const char *at;
    size_t len;
};

struct source {
    const struct options *o;
    char *text;
    struct part *parts;
    size_t part_count;
    struct item **items;
    size_t item_room, item_count, item_next;
    uint64_t made;
};

struct stats {
    uint64_t started, answered, unexpected, connects;
    uint64_t broken, refused, retried; /* connections that broke under requests or were refused; requests asked again */
    uint64_t by_status[600];
    uint32_t *latency_us;
    size_t latency_count, latency_room;
    int64_t begin_us, end_us, progress_us;
};

/* One request under way. */
struct call {
    struct item *item;
    int64_t due_us;
    size_t sent;
    int status;
    struct call *next_free, *next_all;
};

struct conn {
    struct load *l;
    int fd;
    SSL *ssl;
    nghttp2_session *h2;
    char *out;
    size_t out_len, out_sent;
    int busy; /* streams under way */
    uint64_t answered;
    bool secure, broken;
    uint32_t watched;
};

struct load {
    struct options o;
    struct source source;
    struct stats stats;
    struct conn *conns;
    struct call *free_calls, *all_calls;
    nghttp2_session_callbacks *callbacks;
    SSL_CTX *tls;
    int ep, turn;
    bool failed;         /* a connection broke before it answered anything */
    int64_t deadline_us; /* no new request after this; INT64_MAX without --seconds */
    nghttp2_nv headers[HEADERS_MAX + 8];
    size_t header_count;
    struct target *targets;
    size_t target_count;
};

int64_t load_now_us(void);
void *load_alloc(size_t size);
void load_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

void source_open(struct source *s, const struct options *o);
/* Makes the next block of bodies: all of them, when their number is known and they fit. */
void source_fill(struct source *s);
/* The next body; the caller frees it. */
struct item *source_next(struct source *s);
void source_close(struct source *s);

void conn_start(struct load *l, struct conn *c);
void conn_event(struct conn *c, uint32_t events);
void conn_close(struct conn *c);
/* Starts as many requests as are due and fit. */
void conn_fill(struct conn *c);
/* After fills of several connections: sends what they hold. */
void conn_send(struct conn *c);
void load_headers(struct load *l);
void load_targets(struct load *l);
bool load_more(const struct load *l, int64_t now_us);
int64_t load_due_us(const struct load *l);
void load_callbacks(struct load *l);
void stats_answer(struct load *l, const struct call *call);
