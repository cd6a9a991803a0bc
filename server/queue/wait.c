#include "queue/queue_int.h"

#include "base/must.h"
#include "base/timefmt.h"

#define AWAY_SLEEP_MS 50

static int until_due(const struct queue *q, int wait_ms)
{
    int64_t left_us = q->next_due_us - time_now_us();

    if (!q->next_due_us || left_us >= (int64_t)wait_ms * 1000)
        return wait_ms;
    return left_us > 0 ? (int)((left_us + 999) / 1000) : 0;
}

static enum err ring_wait(struct scope *sc, struct queue *q, int wait_ms)
{
    struct str argv[] = {STR("BLPOP"), str_of(arena_f(sc->arena, "%swake", q->prefix)),
                         str_of(arena_f(sc->arena, "%d.%03d", wait_ms / 1000, wait_ms % 1000))};
    struct redis_reply reply;
    enum err e;

    if (!q->bell)
        q->bell = redis_open(redis_url(q->redis));
    q->bell_busy = true;
    q->woken = false;
    e = redis_command_wait(sc, q->bell, argv, ARRAY_LEN(argv), wait_ms, &reply);
    q->bell_busy = false;
    waitq_wake_all(&q->others);
    if (q->woken) {
        scope_clear(sc);
        return OK;
    }
    return e;
}

/* A command that waits in Redis can only be ended with its connection. */
void queue_wake(struct queue *q)
{
    q->woken = true;
    if (q->bell_busy) {
        redis_close(q->bell);
        q->bell = NULL;
    }
    waitq_wake_all(&q->others);
}

enum err queue_wait(struct scope *sc, struct queue *q, int wait_ms)
{
    enum err e;

    wait_ms = until_due(q, wait_ms);
    if (wait_ms <= 0)
        return OK;
    if (q->bell_busy) {
        waitq_wait(&q->others, loop_now_us() + (int64_t)wait_ms * 1000);
        return OK;
    }
    e = ring_wait(sc, q, wait_ms);
    if (e == ERR_UNAVAILABLE || e == ERR_INTERNAL)
        fiber_sleep_us((int64_t)(wait_ms < AWAY_SLEEP_MS ? wait_ms : AWAY_SLEEP_MS) * 1000);
    TRY(sc, e);
    return OK;
}
