#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "kit/test.h"
#include "obs/obs.h"

static int board_fd = -1;

static const char *page(void)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    metrics_write(&b);
    CHECK(!b.full);
    return buf_cstr(&b);
}

/* Another process counts in a slot and dies without a word. */
static unsigned count_elsewhere(void)
{
    int slot = metrics_slot_take();
    pid_t pid;

    CHECK(slot > 1);
    pid = fork();
    if (pid == 0) {
        if (!metrics_board_open(board_fd, (unsigned)slot))
            _exit(1);
        metric_add(METRIC_INTAKE_STORED, 5);
        metric_add_label(METRIC_EFFECTS, "of a child", 2);
        metric_set(METRIC_HTTP_OPEN, 7);
        metric_observe_us(METRIC_JOB_SECONDS, NULL, 2000);
        metrics_process_note();
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    return (unsigned)slot;
}

static void once_on_a_board(void)
{
    if (board_fd < 0)
        board_fd = metrics_board_new();
    CHECK(board_fd >= 0);
}

TEST(counters_of_ended_processes_stay_and_their_gauges_go)
{
    unsigned a, b;

    once_on_a_board();
    a = count_elsewhere();
    b = count_elsewhere();
    CHECK(a != b);
    metric_add(METRIC_INTAKE_STORED, 1);
    metric_set(METRIC_HTTP_OPEN, 1);
    CHECK_INT(metric_total(METRIC_INTAKE_STORED), 11);
    CHECK_INT(metric_total(METRIC_HTTP_OPEN), 15);
    CHECK(strstr(page(), "\neffects_total{outcome=\"of a child\"} 4\n"));
    metrics_slot_end(a);
    CHECK_INT(metric_total(METRIC_INTAKE_STORED), 11);
    CHECK_INT(metric_total(METRIC_HTTP_OPEN), 8);
    metrics_slot_end(b);
    CHECK(strstr(page(), "\nintake_messages_total 11\n"));
    CHECK(strstr(page(), "\nhttp_connections_open 1\n"));
    CHECK(strstr(page(), "\neffects_total{outcome=\"of a child\"} 4\n"));
    CHECK(strstr(page(), "\njob_duration_seconds_bucket{le=\"0.0025\"} 2\n"));
    CHECK(strstr(page(), "\njob_duration_seconds_count 2\n"));
}

TEST(a_slot_that_is_used_again_begins_at_nothing)
{
    int64_t before;
    unsigned slot;

    once_on_a_board();
    slot = count_elsewhere();
    metrics_slot_end(slot);
    before = metric_total(METRIC_INTAKE_STORED);
    CHECK_INT(metrics_slot_take(), (int)slot);
    CHECK_INT(metric_total(METRIC_INTAKE_STORED), before);
    metrics_slot_end(slot);
}

TEST(there_are_only_so_many_slots)
{
    int taken[100], n = 0;

    once_on_a_board();
    while (n < 100 && (taken[n] = metrics_slot_take()) >= 0)
        n++;
    CHECK(n > 40 && n < 100);
    while (n > 0)
        metrics_slot_end((unsigned)taken[--n]);
}
