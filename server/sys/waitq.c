#include "sys/fiber.h"

#include <stddef.h>

#include "base/must.h"
#include "base/scope.h"
#include "sys/loop.h"

/* On the waiting fiber's stack. */
struct waiter {
    struct waiter *prev, *next;
    struct waitq *queue;
    struct fiber *fiber;
    struct scope *scope; /* NULL: nobody ends it early */
    enum wait_result result;
    struct loop_timer timer;
};

static void join(struct waitq *q, struct waiter *w)
{
    w->prev = q->last;
    if (q->last)
        q->last->next = w;
    else
        q->first = w;
    q->last = w;
}

static void part(struct waiter *w)
{
    struct waitq *q = w->queue;

    if (w->prev)
        w->prev->next = w->next;
    else
        q->first = w->next;
    if (w->next)
        w->next->prev = w->prev;
    else
        q->last = w->prev;
}

static void end_wait(struct waiter *w, enum wait_result result)
{
    part(w);
    loop_timer_cancel(&w->timer);
    if (w->scope)
        w->scope->waiting = NULL;
    w->result = result;
    fiber_wake(w->fiber);
}

static void on_due(struct loop_timer *t)
{
    end_wait(CONTAINER_OF(t, struct waiter, timer), WAIT_TIMEOUT);
}

static enum wait_result wait(struct waiter *w, int64_t due_us)
{
    MUST_BE(w->fiber);
    join(w->queue, w);
    if (due_us)
        loop_timer_arm(&w->timer, due_us, on_due);
    fiber_park();
    return w->result;
}

enum wait_result waitq_wait(struct waitq *q, int64_t due_us)
{
    struct waiter w = {.queue = q, .fiber = fiber_self()};

    return wait(&w, due_us);
}

enum wait_result waitq_wait_for(struct scope *sc, struct waitq *q, int64_t due_us)
{
    struct waiter w = {.queue = q, .fiber = fiber_self(), .scope = sc};

    if (sc->cancelled)
        return WAIT_CANCELLED;
    MUST_BE(!sc->waiting);
    sc->waiting = &w;
    return wait(&w, due_us);
}

void waitq_cancel(struct scope *sc)
{
    sc->cancelled = true;
    if (sc->waiting)
        end_wait(sc->waiting, WAIT_CANCELLED);
}

bool waitq_wake_one(struct waitq *q)
{
    if (!q->first)
        return false;
    end_wait(q->first, WAIT_WOKEN);
    return true;
}

void waitq_wake_all(struct waitq *q)
{
    while (waitq_wake_one(q))
        ;
}

bool waitq_is_empty(const struct waitq *q)
{
    return q->first == NULL;
}

void fiber_sleep_us(int64_t us)
{
    struct waitq nobody_wakes = {0};

    waitq_wait(&nobody_wakes, loop_now_us() + (us > 0 ? us : 0));
}
