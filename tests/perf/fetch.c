#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/must.h"
#include "connect/connect.h"
#include "connectors/http/http.h"
#include "net/net.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "json/doc.h"

/* Calls to many slow systems at once, by the way of all calls: links with places, pace and sessions, on one thread, as
 * a worker's thread makes them.
 *
 * fetch-perf serve DELAY_MS
 *     a system that answers so late: "port N"
 * fetch-perf run SLOW_PORT FAST_PORT COUNT SECONDS
 *     one customer's calls to the fast system, first alone, then beside COUNT calls to the slow one that are always
 * under way: "idle_p50 US idle_p99 US busy_p50 US busy_p99 US cpu_us US calls N kib KIB per_call_kib KIB failed N"
 */
#define FAST_MAX  200000
#define SPREAD_US 2000000

int fetch_serve(int delay_ms); /* fetch_late.c */

static struct {
    int slow, fast;
    size_t count, under_way, calls, failed;
    int64_t until_us;
    int64_t idle[FAST_MAX], busy[FAST_MAX];
    size_t idle_n, busy_n;
    struct loop *loop;
    int seconds;
    long kib_before, kib_most;
    int64_t cpu_before, cpu_after;
} perf;

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t cpu_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static long resident_kib(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;

    MUST_BE(f);
    while (fgets(line, sizeof(line), f))
        if (sscanf(line, "VmRSS: %ld", &kib) == 1)
            break;
    fclose(f);
    return kib;
}

/* ---- a call ---- */

static bool call(int port, size_t system)
{
    struct scope *sc = scope_new();
    const struct doc *settings, *none;
    struct ask ask = {.operation = "get"};
    struct told told;
    struct link *l;
    bool good =
        doc_parse(sc,
                  str_of(arena_f(sc->arena,
                                 "{\"url\":\"http://127.1.%zu.%zu:%d/\",\"operations\":{\"get\":{\"method\":\"GET\","
                                 "\"path\":\"thing\"}}}",
                                 system / 250 + 1, system % 250 + 1, port)),
                  &settings) == OK &&
        doc_parse(sc, STR("{}"), &none) == OK && link_open_bare(sc, &http_connector, settings, none, &l) == OK &&
        link_ask(sc, l, &ask, &told) == OK;

    scope_free(sc);
    return good;
}

static void slow_fiber(void *arg)
{
    size_t system = (size_t)(uintptr_t)arg;

    perf.under_way++;
    fiber_sleep_us(random() % SPREAD_US); /* systems do not answer in step */
    while (now_us() < perf.until_us) {
        if (call(perf.slow, system))
            perf.calls++;
        else
            perf.failed++;
    }
    perf.under_way--;
}

static void fast_for(int seconds, int64_t *v, size_t *n)
{
    int64_t until = now_us() + (int64_t)seconds * 1000000;

    while (now_us() < until && *n < FAST_MAX) {
        int64_t before = now_us();

        if (!call(perf.fast, 0))
            perf.failed++;
        v[(*n)++] = now_us() - before;
        fiber_sleep_us(2000);
    }
}

static void main_fiber(void *arg)
{
    (void)arg;
    fast_for(perf.seconds, perf.idle, &perf.idle_n);
    perf.idle_n = 0; /* the first was to get warm */
    fast_for(perf.seconds, perf.idle, &perf.idle_n);
    perf.kib_before = resident_kib();
    perf.until_us = now_us() + (int64_t)(perf.seconds + 6) * 1000000;
    for (size_t i = 0; i < perf.count; i++)
        MUST_BE(fiber_start(slow_fiber, (void *)(uintptr_t)i));
    fiber_sleep_us(SPREAD_US + 2500000);
    perf.cpu_before = cpu_us();
    perf.calls = 0;
    perf.kib_most = resident_kib();
    fast_for(perf.seconds, perf.busy, &perf.busy_n);
    perf.cpu_after = cpu_us();
    printf("calls %zu\n", perf.calls);
    while (perf.under_way)
        fiber_sleep_us(50000);
    loop_stop(perf.loop);
}

/* ---- the figures ---- */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static int64_t at(int64_t *v, size_t n, int percent)
{
    MUST_BE(n);
    qsort(v, n, sizeof(*v), by_size);
    return v[n * (size_t)percent / 100 < n ? n * (size_t)percent / 100 : n - 1];
}

static int run(int slow, int fast, size_t count, int seconds)
{
    size_t calls;
    struct net *net;

    perf.slow = slow;
    perf.fast = fast;
    perf.count = count;
    perf.seconds = seconds;
    perf.loop = loop_new();
    net = net_open(&(struct net_conf){
        .connections = (unsigned)count + 64, .host_connections = (unsigned)count + 64, .allow_private = true});
    MUST_BE(connect_thread_start(scope_new(), net) == OK);
    MUST_BE(fiber_start(main_fiber, NULL));
    loop_run(perf.loop);
    calls = perf.calls ? perf.calls : 1;
    printf("idle_p50 %" PRId64 "\nidle_p99 %" PRId64 "\nbusy_p50 %" PRId64 "\nbusy_p99 %" PRId64 "\n",
           at(perf.idle, perf.idle_n, 50), at(perf.idle, perf.idle_n, 99), at(perf.busy, perf.busy_n, 50),
           at(perf.busy, perf.busy_n, 99));
    printf("cpu_us %" PRId64 "\nkib %ld\nper_call_kib %ld\nfailed %zu\n",
           (perf.cpu_after - perf.cpu_before) / (int64_t)calls, perf.kib_most,
           (perf.kib_most - perf.kib_before) / (long)count, perf.failed);
    return 0;
}

static int number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    MUST_BE(*text && !*end && n >= 0 && n < 1000000);
    return (int)n;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return fetch_serve(number(argv[2]));
    if (argc == 6 && strcmp(argv[1], "run") == 0)
        return run(number(argv[2]), number(argv[3]), (size_t)number(argv[4]), number(argv[5]));
    fprintf(stderr, "usage: fetch-perf serve DELAY_MS | run SLOW_PORT FAST_PORT COUNT SECONDS\n");
    return 2;
}
