/* load: an HTTP/2 load client. Closed loop by default (every stream asks again when answered); with --rate an open
 * loop, where a request's time counts from when it was due, so that a stalled server cannot hide behind a patient
 * client.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "perf/load_int.h"

enum { BATCH = 256, STALL_US = 30 * 1000000 };

int64_t load_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void *load_alloc(size_t size)
{
    void *p = calloc(1, size);
    if (!p)
        abort();
    return p;
}

void load_die(const char *fmt, ...)
{
    va_list ap;

    fputs("load: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(2);
}

static void usage(void)
{
    fputs("usage: load --url http://127.0.0.1:PORT/path [--connections C] [--streams S] [--requests N] [--seconds T]\n"
          "            [--rate PER_SECOND] [--header 'name: value']... [--body-template FILE] [--base N]\n"
          "            [--hmac-key K] [--hmac-header NAME] [--unique-header NAME] [--expect 2xx,409] [--tls] [--json]\n"
          "            [--persist] [--targets FILE]\n"
          "In the template {{n}} is --base plus the request's number. Exit code 1: a request got no answer, or a\n"
          "status that --expect does not name. With --persist a connection that breaks or is refused is made again.\n"
          "Each line of --targets is a host and, behind a tab, an authorization: requests take them in turn.\n",
          stderr);
    exit(2);
}

/* http://host[:port]/path */
static void url_read(struct options *o, const char *url)
{
    bool secure = !strncmp(url, "https://", 8);
    if (!secure && strncmp(url, "http://", 7) != 0)
        load_die("%s is not a URL", url);
    const char *host = url + (secure ? 8 : 7);
    size_t len = strcspn(host, "/");
    o->tls = o->tls || secure;
    o->authority = strndup(host, len);
    o->path = strdup(host[len] ? host + len : "/");
    char *colon = o->authority ? strrchr(o->authority, ':') : NULL;
    o->port = colon ? (int)strtol(colon + 1, NULL, 10) : secure ? 443 : 80;
    o->host = strndup(host, colon ? (size_t)(colon - o->authority) : len);
    if (!o->host || !o->path || o->port <= 0 || o->port > 65535)
        load_die("%s is not a URL", url);
}

static void header_read(struct options *o, const char *line)
{
    if (o->header_count == HEADERS_MAX || !strchr(line, ':'))
        load_die("bad or too many headers: %s", line);
    char *own = strdup(line);
    for (char *p = own; *p && *p != ':'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a'); /* HTTP/2 has lower case only */
    o->headers[o->header_count++] = own;
}

static bool option_number(struct options *o, int letter, const char *value)
{
    switch (letter) {
    case 'c':
        o->connections = (int)strtol(value, NULL, 10);
        return true;
    case 's':
        o->streams = (int)strtol(value, NULL, 10);
        return true;
    case 'n':
        o->requests = strtoull(value, NULL, 10);
        return true;
    case 't':
        o->seconds = strtod(value, NULL);
        return true;
    case 'r':
        o->rate = strtod(value, NULL);
        return true;
    case 'b':
        o->base = strtoull(value, NULL, 10);
        return true;
    default:
        return false;
    }
}

static bool option_text(struct options *o, int letter, const char *value)
{
    switch (letter) {
    case 'u':
        url_read(o, value);
        return true;
    case 'h':
        header_read(o, value);
        return true;
    case 'f':
        o->body_template = value;
        return true;
    case 'k':
        o->hmac_key = value;
        return true;
    case 'm':
        o->hmac_header = value;
        return true;
    case 'q':
        o->unique_header = value;
        return true;
    case 'e':
        o->expect = value;
        return true;
    case 'g':
        o->targets = value;
        return true;
    default:
        return false;
    }
}

static void options_read(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        {"url", 1, NULL, 'u'},      {"connections", 1, NULL, 'c'},   {"streams", 1, NULL, 's'},
        {"requests", 1, NULL, 'n'}, {"seconds", 1, NULL, 't'},       {"rate", 1, NULL, 'r'},
        {"header", 1, NULL, 'h'},   {"body-template", 1, NULL, 'f'}, {"base", 1, NULL, 'b'},
        {"hmac-key", 1, NULL, 'k'}, {"hmac-header", 1, NULL, 'm'},   {"unique-header", 1, NULL, 'q'},
        {"expect", 1, NULL, 'e'},   {"tls", 0, NULL, 'T'},           {"json", 0, NULL, 'J'},
        {"persist", 0, NULL, 'P'},  {"targets", 1, NULL, 'g'},       {},
    };
    int letter;

    *o = (struct options){
        .connections = 1, .streams = 16, .base = 1, .expect = "2xx", .hmac_header = "x-shopify-hmac-sha256"};
    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (letter == 'T')
            o->tls = true;
        else if (letter == 'J')
            o->json = true;
        else if (letter == 'P')
            o->persist = true;
        else if (!option_number(o, letter, optarg) && !option_text(o, letter, optarg))
            usage();
    }
    if (optind != argc || !o->host || o->connections < 1 || o->streams < 1 || (!o->requests && o->seconds <= 0))
        usage();
}

bool load_more(const struct load *l, int64_t now_us)
{
    return now_us < l->deadline_us && (!l->o.requests || l->stats.started < l->o.requests);
}

int64_t load_due_us(const struct load *l)
{
    return l->stats.begin_us + (int64_t)((double)l->stats.started * 1e6 / l->o.rate);
}

/* "2xx,409": x stands for any digit. */
static bool status_expected(const char *expect, int status)
{
    char text[16];

    snprintf(text, sizeof text, "%03d", status);
    for (const char *p = expect; p && strlen(p) >= 3; p = strchr(p, ','), p += p != NULL) {
        bool same = true;
        for (int i = 0; i < 3; i++)
            same = same && (p[i] == 'x' || p[i] == text[i]);
        if (same)
            return true;
    }
    return false;
}

void stats_answer(struct load *l, const struct call *call)
{
    struct stats *s = &l->stats;

    if (call->status < 100 || call->status > 599)
        return; /* reset or refused: no answer */
    int64_t now = load_now_us();
    s->progress_us = now;
    s->answered++;
    if (!s->by_status[call->status]++ && !status_expected(l->o.expect, call->status))
        fprintf(stderr, "load: unexpected status %d\n", call->status);
    if (s->latency_count == s->latency_room) {
        s->latency_room = s->latency_room ? s->latency_room * 2 : 1 << 16;
        s->latency_us = realloc(s->latency_us, s->latency_room * sizeof *s->latency_us);
        if (!s->latency_us)
            abort();
    }
    int64_t took = now - call->due_us;
    s->latency_us[s->latency_count++] = took < 0 ? 0 : took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
}

static void revive(struct load *l, struct conn *c)
{
    l->failed = l->failed || (!c->answered && !l->o.persist);
    l->stats.broken += c->busy > 0;
    conn_close(c);
    if (!l->failed && load_more(l, load_now_us()))
        conn_start(l, c);
}

static int busy(const struct load *l)
{
    int n = 0;
    for (int i = 0; i < l->o.connections; i++)
        n += l->conns[i].fd >= 0 && !l->conns[i].broken ? l->conns[i].busy : 0;
    return n;
}

/* An open loop asks when it is time, not when someone answered. */
static void rate_fill(struct load *l)
{
    for (int i = 0; i < l->o.connections && load_due_us(l) <= load_now_us(); i++) {
        struct conn *c = &l->conns[l->turn++ % l->o.connections];
        conn_fill(c);
        conn_send(c);
    }
}

static struct timespec next_wait(const struct load *l)
{
    int64_t us = 100000;

    if (l->o.rate > 0 && load_more(l, load_now_us())) {
        us = load_due_us(l) - load_now_us();
        us = us < 100 ? 100 : us > 100000 ? 100000 : us; /* overdue means that all streams are taken */
    }
    return (struct timespec){.tv_nsec = us * 1000};
}

static bool loop_over(const struct load *l)
{
    int64_t now = load_now_us();
    bool more = load_more(l, now);

    if (l->failed || now - l->stats.progress_us > STALL_US)
        return true;
    return !more && !busy(l);
}

static void loop(struct load *l)
{
    struct epoll_event events[BATCH];

    l->stats.begin_us = l->stats.progress_us = load_now_us();
    l->deadline_us = l->o.seconds > 0 ? l->stats.begin_us + (int64_t)(l->o.seconds * 1e6) : INT64_MAX;
    for (int i = 0; i < l->o.connections; i++)
        conn_start(l, &l->conns[i]);
    while (!loop_over(l)) {
        struct timespec wait = next_wait(l);
        int n = epoll_pwait2(l->ep, events, BATCH, &wait, NULL);
        for (int i = 0; i < n; i++)
            conn_event(events[i].data.ptr, events[i].events);
        if (l->o.rate > 0)
            rate_fill(l);
        for (int i = 0; i < l->o.connections; i++)
            if (l->conns[i].broken)
                revive(l, &l->conns[i]);
    }
    l->stats.end_us = l->stats.answered ? l->stats.progress_us : load_now_us();
}

static int latency_cmp(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t percentile(const struct stats *s, double p)
{
    if (!s->latency_count)
        return 0;
    size_t at = (size_t)(p * (double)s->latency_count);
    return s->latency_us[at < s->latency_count ? at : s->latency_count - 1];
}

static void report_json(const struct stats *s, double seconds, uint64_t unanswered, uint64_t unexpected)
{
    const char *comma = "";

    printf("{\"requests\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"unanswered\":%" PRIu64 ",\"unexpected\":%" PRIu64
           ",\"connects\":%" PRIu64 ",\"broken\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"retried\":%" PRIu64
           ",\"seconds\":%.6f,\"per_second\":%.1f,\"statuses\":{",
           s->started, s->answered, unanswered, unexpected, s->connects, s->broken, s->refused, s->retried, seconds,
           (double)s->answered / seconds);
    for (int i = 100; i < 600; i++)
        if (s->by_status[i]) {
            printf("%s\"%d\":%" PRIu64, comma, i, s->by_status[i]);
            comma = ",";
        }
    printf("},\"p50_us\":%u,\"p90_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n", percentile(s, 0.5), percentile(s, 0.9),
           percentile(s, 0.99), percentile(s, 1));
}

static void report_text(const struct stats *s, double seconds, uint64_t unanswered, uint64_t unexpected)
{
    printf("requests    %" PRIu64 " (%" PRIu64 " unanswered, %" PRIu64 " unexpected), %" PRIu64 " connections made\n",
           s->started, unanswered, unexpected, s->connects);
    printf("seconds     %.3f\nper second  %.1f\n", seconds, (double)s->answered / seconds);
    for (int i = 100; i < 600; i++)
        if (s->by_status[i])
            printf("status %d  %" PRIu64 "\n", i, s->by_status[i]);
    printf("latency us  p50 %u  p90 %u  p99 %u  max %u\n", percentile(s, 0.5), percentile(s, 0.9), percentile(s, 0.99),
           percentile(s, 1));
}

static int report(struct load *l)
{
    struct stats *s = &l->stats;
    uint64_t unanswered = s->started - s->answered, unexpected = 0;
    double seconds = (double)(s->end_us - s->begin_us) / 1e6;

    if (s->latency_count)
        qsort(s->latency_us, s->latency_count, sizeof *s->latency_us, latency_cmp);
    for (int i = 100; i < 600; i++)
        unexpected += status_expected(l->o.expect, i) ? 0 : s->by_status[i];
    (l->o.json ? report_json : report_text)(s, seconds > 0 ? seconds : 1e-6, unanswered, unexpected);
    bool short_of = l->o.requests && l->o.seconds <= 0 && s->answered < l->o.requests;
    return l->failed || unanswered || unexpected || short_of || !s->answered;
}

static void load_dispose(struct load *l)
{
    for (int i = 0; i < l->o.connections; i++) {
        conn_close(&l->conns[i]);
        free(l->conns[i].out);
    }
    while (l->all_calls) {
        struct call *call = l->all_calls;
        l->all_calls = call->next_all;
        free(call->item);
        free(call);
    }
    nghttp2_session_callbacks_del(l->callbacks);
    SSL_CTX_free(l->tls);
    source_close(&l->source);
    close(l->ep);
    for (int i = 0; i < l->o.header_count; i++)
        free((char *)l->o.headers[i]);
    free(l->conns);
    free(l->stats.latency_us);
    free(l->o.host);
    free(l->o.authority);
    free(l->o.path);
}

int main(int argc, char **argv)
{
    static struct load l;

    options_read(argc, argv, &l.o);
    signal(SIGPIPE, SIG_IGN);
    load_callbacks(&l);
    load_headers(&l);
    load_targets(&l);
    source_open(&l.source, &l.o);
    source_fill(&l.source);
    if (l.o.tls) {
        l.tls = SSL_CTX_new(TLS_client_method());
        if (!l.tls || SSL_CTX_set_alpn_protos(l.tls, (const unsigned char *)"\x02h2", 3) != 0)
            load_die("no TLS");
        SSL_CTX_set_mode(l.tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    l.ep = epoll_create1(EPOLL_CLOEXEC);
    l.conns = load_alloc((size_t)l.o.connections * sizeof *l.conns);
    for (int i = 0; i < l.o.connections; i++)
        l.conns[i].fd = -1;
    loop(&l);
    int code = report(&l);
    load_dispose(&l);
    return code;
}
