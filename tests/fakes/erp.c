/* fake-erp: the part of a Tryton 6.0 that a connector needs, in memory, fast, and able to misbehave on request.
 * It computes totals as the real one does and, like it, never minds a reference that comes twice: that is what
 * tests count. A journal keeps what it acted on, so that counts survive kill -9.
 */
#include "fakes/erp_int.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fakes/httpd.h"

static volatile bool stopped;

static void on_signal(int sig)
{
    (void)sig;
    stopped = true;
}

void *erp_alloc(size_t size)
{
    void *p = calloc(1, size);
    if (!p)
        abort();
    return p;
}

int64_t erp_clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* splitmix64: the same seed gives the same faults. */
uint64_t erp_random(struct erp *e)
{
    uint64_t z = e->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

bool erp_chance(struct erp *e, double percent)
{
    return percent > 0 && (double)(erp_random(e) >> 11) < percent / 100 * 9007199254740992.0;
}

static void control(struct erp *e, const struct http_request *rq, struct http_reply *rs)
{
    json_t *want = json_loadb(rq->body, rq->len, 0, NULL);
    const struct {
        const char *name;
        double *to;
    } rates[] = {{"drop_after", &e->faults.drop_after},
                 {"drop_before", &e->faults.drop_before},
                 {"lock", &e->faults.lock},
                 {"late", &e->faults.late},
                 {"error_after", &e->faults.error_after},
                 {"forget", &e->faults.forget}};
    const struct {
        const char *name;
        int64_t *to;
    } times[] = {{"delay_ms", &e->faults.delay_ms},
                 {"slow_per_sale_ms", &e->faults.slow_per_sale_ms},
                 {"late_ms", &e->faults.late_ms},
                 {"login_delay_ms", &e->login_delay_ms},
                 {"seed", (int64_t *)&e->random}};
    const char *key;
    json_t *v;

    rs->status = json_is_object(want) ? 200 : 400;
    json_object_foreach(want, key, v)
    {
        bool known = !strcmp(key, "forget_sessions") || !strcmp(key, "forget_attempts") || !strcmp(key, "refuse") ||
                     !strcmp(key, "refuse_once_confirmed");
        for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
            if (!strcmp(key, rates[i].name) && (known = true))
                *rates[i].to = json_number_value(v);
        for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
            if (!strcmp(key, times[i].name) && (known = true))
                *times[i].to = (int64_t)json_number_value(v);
        if (!strcmp(key, "forget_sessions"))
            json_object_clear(e->sessions);
        if (!strcmp(key, "refuse"))
            snprintf(e->faults.refuse, sizeof e->faults.refuse, "%s", json_string_value(v) ? json_string_value(v) : "");
        if (!strcmp(key, "refuse_once_confirmed"))
            snprintf(e->faults.refuse_once_confirmed, sizeof e->faults.refuse_once_confirmed, "%s",
                     json_string_value(v) ? json_string_value(v) : "");
        if (!strcmp(key, "forget_attempts"))
            memset(e->attempts, 0, sizeof e->attempts);
        rs->status = known ? rs->status : 400;
    }
    json_decref(want);
}

static void answer_view(struct http_reply *rs, json_t *view)
{
    rs->type = "application/json";
    rs->body = json_dumps(view, JSON_COMPACT | JSON_REAL_PRECISION(15));
    rs->len = rs->body ? strlen(rs->body) : 0;
    json_decref(view);
}

static void sink(struct erp *e, struct http_reply *rs)
{
    e->counts.sink++;
    rs->type = "application/json";
    rs->body = strdup("{\"ok\":true}");
    rs->len = 11;
    rs->delay_us = e->faults.delay_ms * 1000;
}

static void answer(void *arg, const struct http_request *rq, struct http_reply *rs)
{
    struct erp *e = arg;
    bool post = !strcmp(rq->method, "POST");

    if (post && (!strcmp(rq->path, "/erp/") || !strcmp(rq->path, "/")))
        rpc_answer(e, rq, rs);
    else if (post && e->shop && !strcmp(rq->path, "/sink"))
        sink(e, rs);
    else if (post && !strcmp(rq->path, "/__control"))
        control(e, rq, rs);
    else if (!strcmp(rq->path, "/__state"))
        answer_view(rs, view_state(e));
    else if (!strcmp(rq->path, "/__sales"))
        answer_view(rs, view_sales(e));
    else
        rs->status = 404;
}

static int usage(void)
{
    fputs("usage: fake-erp [--listen 127.0.0.1:PORT] [--journal FILE] [--drop-after PERCENT] [--drop-before PERCENT]\n"
          "                [--lock PERCENT] [--delay-ms N] [--slow-per-sale-ms N] [--login-delay-ms N] [--seed N] "
          "[--shop]\n"
          "                [--late PERCENT] [--late-ms N] [--error-after PERCENT] [--forget PERCENT]\n",
          stderr);
    return 2;
}

struct options {
    const char *listen, *journal;
};

static bool option(struct erp *e, struct options *o, int letter, const char *value)
{
    switch (letter) {
    case 'l':
        o->listen = value;
        return true;
    case 'j':
        o->journal = value;
        return true;
    case 'a':
        e->faults.drop_after = strtod(value, NULL);
        return true;
    case 'b':
        e->faults.drop_before = strtod(value, NULL);
        return true;
    case 'k':
        e->faults.lock = strtod(value, NULL);
        return true;
    case 'd':
        e->faults.delay_ms = strtoll(value, NULL, 10);
        return true;
    case 's':
        e->faults.slow_per_sale_ms = strtoll(value, NULL, 10);
        return true;
    case 'g':
        e->login_delay_ms = strtoll(value, NULL, 10);
        return true;
    case 'r':
        e->random = strtoull(value, NULL, 10);
        return true;
    case 'p':
        e->shop = true;
        return true;
    case 't':
        e->faults.late = strtod(value, NULL);
        return true;
    case 'm':
        e->faults.late_ms = strtoll(value, NULL, 10);
        return true;
    case 'e':
        e->faults.error_after = strtod(value, NULL);
        return true;
    case 'f':
        e->faults.forget = strtod(value, NULL);
        return true;
    default:
        return false;
    }
}

static bool options_read(int argc, char **argv, struct erp *e, struct options *o)
{
    static const struct option known[] = {
        {"listen", required_argument, NULL, 'l'},
        {"journal", required_argument, NULL, 'j'},
        {"drop-after", required_argument, NULL, 'a'},
        {"drop-before", required_argument, NULL, 'b'},
        {"lock", required_argument, NULL, 'k'},
        {"delay-ms", required_argument, NULL, 'd'},
        {"slow-per-sale-ms", required_argument, NULL, 's'},
        {"login-delay-ms", required_argument, NULL, 'g'},
        {"seed", required_argument, NULL, 'r'},
        {"shop", no_argument, NULL, 'p'},
        {"late", required_argument, NULL, 't'},
        {"late-ms", required_argument, NULL, 'm'},
        {"error-after", required_argument, NULL, 'e'},
        {"forget", required_argument, NULL, 'f'},
        {},
    };
    int letter;

    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1)
        if (!option(e, o, letter, optarg))
            return false;
    return optind == argc;
}

/* Everything goes at the end, so that a leak checker can tell a leak from a record. */
static void erp_dispose(struct erp *e)
{
    for (int i = 0; i < MODEL_COUNT; i++) {
        struct model *m = &e->models[i];
        for (int k = 0; k < m->count; k++) {
            for (int f = 0; m->records[k] && f < m->field_count; f++)
                json_decref(m->records[k]->v[f]);
            free(m->records[k]);
        }
        for (int f = 0; f < m->field_count; f++)
            json_decref(m->indexes[f]);
        free(m->indexes);
        free(m->records);
    }
    json_decref(e->sessions);
    free(e);
}

int main(int argc, char **argv)
{
    struct erp *e = erp_alloc(sizeof *e);
    struct options o = {.listen = "127.0.0.1:0"};
    int port;

    *e = (struct erp){.journal = -1, .random = 1, .login_delay_ms = 1000, .sessions = json_object()};
    if (!options_read(argc, argv, e, &o))
        return usage();
    schema_init(e);
    seed_all(e);
    if (o.journal && !journal_replay(e, o.journal)) {
        fprintf(stderr, "fake-erp: cannot replay or write %s\n", o.journal);
        return 1;
    }
    struct httpd *h = httpd_open(o.listen, &port);
    if (!h) {
        fprintf(stderr, "fake-erp: cannot listen on %s\n", o.listen);
        return 1;
    }
    e->httpd = h;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    printf("user=connector\npassword=Chan3l-Sync84\nurl=http://127.0.0.1:%d/erp/\n", port);
    fflush(stdout);
    httpd_run(h, answer, e, &stopped);
    httpd_close(h);
    erp_dispose(e);
    return 0;
}
