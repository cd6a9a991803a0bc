#include "sys/loop_int.h"

#include <stdlib.h>

#include "base/must.h"

static void place(struct loop_timers *h, unsigned at, struct loop_timer *t)
{
    h->heap[at] = t;
    t->slot = at + 1;
}

static void sift_up(struct loop_timers *h, unsigned at, struct loop_timer *t)
{
    while (at > 0 && t->due_us < h->heap[(at - 1) / 2]->due_us) {
        place(h, at, h->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(h, at, t);
}

static void sift_down(struct loop_timers *h, unsigned at, struct loop_timer *t)
{
    for (;;) {
        unsigned child = 2 * at + 1;

        if (child >= h->n)
            break;
        if (child + 1 < h->n && h->heap[child + 1]->due_us < h->heap[child]->due_us)
            child++;
        if (t->due_us <= h->heap[child]->due_us)
            break;
        place(h, at, h->heap[child]);
        at = child;
    }
    place(h, at, t);
}

static void take_out(struct loop_timers *h, struct loop_timer *t)
{
    unsigned at = t->slot - 1;
    struct loop_timer *last = h->heap[--h->n];

    t->slot = 0;
    if (last == t)
        return;
    if (last->due_us < t->due_us)
        sift_up(h, at, last);
    else
        sift_down(h, at, last);
}

static void make_room(struct loop_timers *h)
{
    if (h->n < h->cap)
        return;
    h->cap = h->cap ? h->cap * 2 : 64;
    h->heap = realloc(h->heap, h->cap * sizeof(struct loop_timer *));
    if (!h->heap)
        out_of_memory();
}

void loop_timer_arm(struct loop_timer *t, int64_t due_us, void (*fn)(struct loop_timer *))
{
    struct loop *l = loop_here();

    MUST_BE(l && fn);
    loop_timer_cancel(t);
    t->due_us = due_us;
    t->fn = fn;
    make_room(&l->timers);
    sift_up(&l->timers, l->timers.n++, t);
}

void loop_timer_cancel(struct loop_timer *t)
{
    struct loop *l = loop_here();

    if (!t->slot)
        return;
    MUST_BE(l && t->slot <= l->timers.n && l->timers.heap[t->slot - 1] == t);
    take_out(&l->timers, t);
}

int64_t loop_timers_next(const struct loop *l)
{
    return l->timers.n ? l->timers.heap[0]->due_us : INT64_MAX;
}

/* A timer that arms itself for the past must not keep the turn: no more run than were armed at its start. */
void loop_timers_run(struct loop *l)
{
    struct loop_timers *h = &l->timers;

    for (unsigned most = h->n; most > 0 && h->n && h->heap[0]->due_us <= l->now_us; most--) {
        struct loop_timer *t = h->heap[0];

        take_out(h, t);
        t->fn(t);
    }
}
