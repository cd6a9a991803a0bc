#include "sys/loop_int.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"

struct loop_posted {
    struct loop_posted *next;
    void (*fn)(void *);
    void *arg;
};

void loop_bell_ring(struct loop *l)
{
    uint64_t one = 1;
    ssize_t n = write(l->bell_fd, &one, sizeof(one)); /* fails only when rung so often that it rings anyway */

    (void)n;
}

void loop_post(struct loop *l, void (*fn)(void *), void *arg)
{
    struct loop_posted *p = malloc(sizeof(*p));
    struct loop_posted *head;
    bool first;

    if (!p)
        out_of_memory();
    *p = (struct loop_posted){.fn = fn, .arg = arg};
    head = atomic_load_explicit(&l->posted, memory_order_relaxed);
    do {
        p->next = head;
        first = head == NULL;
    } while (!atomic_compare_exchange_weak_explicit(&l->posted, &head, p, memory_order_release, memory_order_relaxed));
    if (first) /* whoever put the one before has rung */
        loop_bell_ring(l);
}

static struct loop_posted *take_in_order(struct loop *l)
{
    struct loop_posted *newest = atomic_exchange_explicit(&l->posted, NULL, memory_order_acquire);
    struct loop_posted *oldest = NULL;

    while (newest) {
        struct loop_posted *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

void loop_posted_run(struct loop *l)
{
    struct loop_posted *p = take_in_order(l);

    while (p) {
        struct loop_posted *next = p->next;

        p->fn(p->arg);
        free(p);
        p = next;
    }
}

void loop_posted_drop(struct loop *l)
{
    struct loop_posted *p = take_in_order(l);

    while (p) {
        struct loop_posted *next = p->next;

        free(p);
        p = next;
    }
}
