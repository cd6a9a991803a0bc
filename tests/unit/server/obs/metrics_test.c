#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "kit/test.h"
#include "obs/obs.h"

static const char *page(void)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    metrics_write(&b);
    CHECK(!b.full);
    return buf_cstr(&b);
}

static bool has_line(const char *text, const char *line)
{
    size_t n = strlen(line);

    for (const char *at = strstr(text, line); at; at = strstr(at + 1, line))
        if ((at == text || at[-1] == '\n') && at[n] == '\n')
            return true;
    return false;
}

/* The value of a sample given by its name and labels. */
static double value_of(const char *text, const char *sample)
{
    for (const char *at = strstr(text, sample); at; at = strstr(at + 1, sample))
        if ((at == text || at[-1] == '\n') && at[strlen(sample)] == ' ')
            return strtod(at + strlen(sample) + 1, NULL);
    return -1;
}

TEST(counters_and_gauges_add_and_are_set)
{
    metric_add(METRIC_DB_WAITS, 2);
    metric_add(METRIC_DB_WAITS, 3);
    metric_set(METRIC_FIBERS, 9);
    metric_add(METRIC_FIBERS, -4);
    CHECK_INT(metric_get(METRIC_DB_WAITS, NULL), 5);
    CHECK_INT(metric_get(METRIC_FIBERS, NULL), 5);
    CHECK(has_line(page(), "# TYPE db_pool_waits_total counter"));
    CHECK(has_line(page(), "# HELP db_pool_waits_total Times a connection had to be waited for."));
    CHECK(has_line(page(), "db_pool_waits_total 5"));
    CHECK(has_line(page(), "# TYPE fibers_live gauge"));
    CHECK(has_line(page(), "fibers_live 5"));
}

TEST(labels_are_kept_apart_and_escaped)
{
    metric_add_label(METRIC_JOBS, "done", 2);
    metric_add_label(METRIC_JOBS, "dead", 1);
    metric_add_label(METRIC_JOBS, "done", 1);
    metric_add_label(METRIC_HOOK_REFUSED, "a\"b\\c\nd", 1);
    CHECK_INT(metric_get(METRIC_JOBS, "done"), 3);
    CHECK_INT(metric_get(METRIC_JOBS, "held"), 0);
    CHECK(has_line(page(), "jobs_total{outcome=\"done\"} 3"));
    CHECK(has_line(page(), "jobs_total{outcome=\"dead\"} 1"));
    CHECK(has_line(page(), "hook_refused_total{reason=\"a\\\"b\\\\c\\nd\"} 1"));
    CHECK(!strstr(page(), "\"other\""));
}

TEST(several_labels_are_told_apart)
{
    metric_add_label(METRIC_HTTP_REQUESTS, "/v1/orders" METRIC_BETWEEN "GET" METRIC_BETWEEN "2xx", 2);
    metric_add_label(METRIC_HTTP_REQUESTS, "/v1/orders" METRIC_BETWEEN "GET" METRIC_BETWEEN "4xx", 1);
    CHECK(has_line(page(), "http_requests_total{route=\"/v1/orders\",method=\"GET\",code=\"2xx\"} 2"));
    CHECK(has_line(page(), "http_requests_total{route=\"/v1/orders\",method=\"GET\",code=\"4xx\"} 1"));
    metric_add_label(METRIC_HTTP_REQUESTS, NULL, 1);
    CHECK(has_line(page(), "http_requests_total{route=\"other\",method=\"other\",code=\"other\"} 1"));
    metric_set_label(METRIC_JOBS_IN_STATE, "held", 7);
    metric_set_label(METRIC_JOBS_IN_STATE, "held", 4);
    CHECK(has_line(page(), "jobs_in_state{state=\"held\"} 4"));
}

TEST(the_sixty_fifth_label_and_none_at_all_count_as_other)
{
    for (int i = 0; i < 70; i++) {
        char label[16];

        snprintf(label, sizeof(label), "%d", i);
        metric_add_label(METRIC_JOBS, label, 1);
    }
    metric_add(METRIC_JOBS, 10);
    CHECK_INT(metric_get(METRIC_JOBS, "63"), 1);
    CHECK_INT(metric_get(METRIC_JOBS, "64"), 0);
    CHECK_INT(metric_get(METRIC_JOBS, "other"), 16);
    CHECK(has_line(page(), "jobs_total{outcome=\"other\"} 16"));
}

TEST(a_histogram_counts_each_time_into_every_bound_that_holds_it)
{
    metric_observe_us(METRIC_HTTP_SECONDS, NULL, 1000);
    metric_observe_us(METRIC_HTTP_SECONDS, NULL, 1001);
    metric_observe_us(METRIC_HTTP_SECONDS, NULL, 300000);
    metric_observe_us(METRIC_HTTP_SECONDS, NULL, 11000000);
    metric_observe_us(METRIC_HTTP_SECONDS, NULL, -5);
    const char *text = page();

    CHECK(has_line(text, "# TYPE http_request_duration_seconds histogram"));
    CHECK(has_line(text, "http_request_duration_seconds_bucket{le=\"0.001\"} 2"));
    CHECK(has_line(text, "http_request_duration_seconds_bucket{le=\"0.0025\"} 3"));
    CHECK(has_line(text, "http_request_duration_seconds_bucket{le=\"0.25\"} 3"));
    CHECK(has_line(text, "http_request_duration_seconds_bucket{le=\"0.5\"} 4"));
    CHECK(has_line(text, "http_request_duration_seconds_bucket{le=\"10\"} 4"));
    CHECK(has_line(text, "http_request_duration_seconds_bucket{le=\"+Inf\"} 5"));
    CHECK(has_line(text, "http_request_duration_seconds_sum 11.302001"));
    CHECK(has_line(text, "http_request_duration_seconds_count 5"));
    CHECK_INT(metric_get(METRIC_HTTP_SECONDS, NULL), 5);
}

TEST(every_metric_has_its_head_and_every_line_its_form)
{
    const char *text = page();
    size_t heads = 0;

    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        heads += strncmp(line, "# TYPE ", 7) == 0;
        if (*line == '#')
            continue;
        size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz_");

        CHECK(name > 0 && (line[name] == ' ' || line[name] == '{'));
    }
    CHECK_INT(heads, METRIC_COUNT + 4);
    CHECK(text[strlen(text) - 1] == '\n');
}

TEST(the_process_tells_of_itself)
{
    const char *text = page();
    double now = (double)time(NULL);

    CHECK(value_of(text, "process_resident_memory_bytes") > 100000);
    CHECK(value_of(text, "process_open_fds") >= 3);
    CHECK(value_of(text, "process_start_time_seconds") > now - 600);
    CHECK(value_of(text, "process_start_time_seconds") <= now + 2);
    CHECK(value_of(text, "process_cpu_seconds_total") >= 0);
}

static void *count_much(void *arg)
{
    for (int i = 0; i < 10000; i++) {
        metric_add(METRIC_INTAKE_STORED, 1);
        metric_add_label(METRIC_EFFECTS, i % 2 ? "confirmed" : "found", 1);
        metric_observe_us(METRIC_JOB_SECONDS, NULL, i);
    }
    return arg;
}

TEST(four_threads_lose_no_count)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, count_much, NULL) == 0);
    page();
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(metric_get(METRIC_INTAKE_STORED, NULL), 40000);
    CHECK_INT(metric_get(METRIC_EFFECTS, "confirmed"), 20000);
    CHECK_INT(metric_get(METRIC_EFFECTS, "found"), 20000);
    CHECK_INT(metric_get(METRIC_JOB_SECONDS, NULL), 40000);
}
