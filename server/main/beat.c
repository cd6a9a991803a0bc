#include "main/thread_int.h"
#include "obs/obs.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "sys/service.h"

#define BEAT_US INT64_C(1000000)

/* The heart beats only as long as every loop of the process turns. */
static struct {
    struct loop_timer timer;
    struct thread *threads;
    size_t count, answers;
    struct loop *home;
    bool stopped;
} beat;

static void beat_heard(void *arg)
{
    (void)arg;
    beat.answers++;
}

static void beat_answer(void *arg)
{
    (void)arg;
    loop_post(beat.home, beat_heard, NULL);
}

static void beat_due(struct loop_timer *t)
{
    if (beat.stopped)
        return;
    loop_timer_arm(t, loop_now_us() + BEAT_US, beat_due);
    if (beat.answers < beat.count)
        return;
    service_notify("WATCHDOG=1");
    metrics_process_note();
    metric_set(METRIC_FIBERS, (int64_t)fiber_total());
    beat.answers = 0;
    for (size_t i = 0; i < beat.count; i++)
        loop_post(beat.threads[i].loop, beat_answer, NULL);
}

void beat_start(struct thread *threads, size_t count)
{
    beat.threads = threads;
    beat.answers = beat.count = count;
    beat.home = loop_here();
    loop_timer_arm(&beat.timer, loop_now_us(), beat_due);
}

void beat_stop(void)
{
    beat.stopped = true;
    loop_timer_cancel(&beat.timer);
}
