#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/must.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define OFFLOAD_THREADS_MAX 64

/* On the stack of the fiber that waits for it. */
struct work {
    struct work *next;
    void (*fn)(void *);
    void *arg;
    struct loop *loop;
    struct fiber *fiber;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct work *first, *last;
    unsigned queued, queue_max;
    bool stopping;
    unsigned thread_count;
    pthread_t threads[OFFLOAD_THREADS_MAX];
} side = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void work_done(void *arg)
{
    fiber_wake(((struct work *)arg)->fiber);
}

/* NULL: the pool stops and nothing is left. */
static struct work *take(void)
{
    struct work *w;

    pthread_mutex_lock(&side.lock);
    while (!side.first && !side.stopping)
        pthread_cond_wait(&side.more, &side.lock);
    w = side.first;
    if (w) {
        side.first = w->next;
        if (!side.first)
            side.last = NULL;
        side.queued--;
    }
    pthread_mutex_unlock(&side.lock);
    return w;
}

static void *run_side(void *unused)
{
    struct work *w;

    (void)unused;
    while ((w = take())) {
        w->fn(w->arg);
        loop_post(w->loop, work_done, w);
    }
    return NULL;
}

static enum err put(struct work *w)
{
    enum err e = OK;

    pthread_mutex_lock(&side.lock);
    if (side.stopping || !side.thread_count) {
        e = ERR_UNAVAILABLE;
    } else if (side.queued >= side.queue_max) {
        e = ERR_LIMIT;
    } else {
        if (side.last)
            side.last->next = w;
        else
            side.first = w;
        side.last = w;
        side.queued++;
        pthread_cond_signal(&side.more);
    }
    pthread_mutex_unlock(&side.lock);
    return e;
}

enum err offload(void (*fn)(void *), void *arg)
{
    struct work w = {.fn = fn, .arg = arg, .loop = loop_here(), .fiber = fiber_self()};
    enum err e;

    if (!w.loop) { /* a plain thread may block */
        fn(arg);
        return OK;
    }
    MUST_BE(w.fiber);
    e = put(&w);
    if (e == OK)
        fiber_park();
    return e;
}

/* Signals are for the threads that run loops. */
static int thread_start(pthread_t *out)
{
    sigset_t all, before;
    int e;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e = pthread_create(out, NULL, run_side, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}

enum err offload_start(unsigned threads, unsigned queue_max)
{
    unsigned made = 0;

    MUST_BE(threads > 0 && threads <= OFFLOAD_THREADS_MAX && !side.thread_count);
    side.stopping = false;
    side.queue_max = queue_max;
    while (made < threads && thread_start(&side.threads[made]) == 0)
        made++;
    pthread_mutex_lock(&side.lock);
    side.thread_count = made;
    pthread_mutex_unlock(&side.lock);
    if (made == threads)
        return OK;
    offload_stop();
    return ERR_UNAVAILABLE;
}

/* What is queued is still done. */
void offload_stop(void)
{
    pthread_mutex_lock(&side.lock);
    side.stopping = true;
    pthread_cond_broadcast(&side.more);
    pthread_mutex_unlock(&side.lock);
    for (unsigned i = 0; i < side.thread_count; i++)
        pthread_join(side.threads[i], NULL);
    side.thread_count = 0;
}
