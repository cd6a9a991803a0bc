#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* fiber: straight code that waits without holding its thread. A request, a job and a tick are each
 * one fiber; it stays on the thread that made it. Stacks are 256 KiB mapped with a guard page and
 * are pooled per thread; over the thread's cap fiber_start says no. Switching never nests: a wake-up
 * puts the fiber on its loop's ready list and the loop runs it.
 * The fact people get wrong: hold no mutex, and no pointer into something another fiber may free,
 * across a call that parks.
 */
#define FIBER_STACK_BYTES ((size_t)256 * 1024)

struct fiber;

/* Starts fn(arg) as a fiber of this thread's loop; it runs at the next turn. False when the cap is reached. */
bool fiber_start(void (*fn)(void *), void *arg);
struct fiber *fiber_self(void);   /* NULL outside any fiber */
void fiber_park(void);            /* parks until fiber_wake; never call it directly but in a wait primitive */
void fiber_wake(struct fiber *f); /* same thread only; waking a fiber that is not parked is a defect */
void fiber_yield(void);           /* lets others run; parks */
int64_t fiber_ran_us(void);       /* how long this fiber has had its thread, by a clock that others' work moves too */

/* Stops cleanly: how many live, and the cap (default 16,384 a thread). */
size_t fiber_count(void);
size_t fiber_total(void); /* of all threads */
void fiber_cap_set(size_t cap);

/* Told, on its thread, of every fiber that kept its loop for longer than this; set before threads start, or NULL. */
#define FIBER_SLOW_US 20000
extern void (*fiber_slow_hook)(void (*fn)(void *), int64_t took_us);

/* waitq: fibers waiting for one thing. */
struct waiter;
struct waitq {
    struct waiter *first;
    struct waiter *last;
};

struct scope;

enum wait_result { WAIT_WOKEN, WAIT_TIMEOUT, WAIT_CANCELLED };

/* Parks until woken or until due_us (loop_now_us clock; 0: no limit). */
enum wait_result waitq_wait(struct waitq *q, int64_t due_us);
/* The same for work whose caller may leave: waitq_cancel, or an earlier one, ends the wait. Only where the fiber can go
 * away without leaving anything half done; one that was woken has what it was woken for, whatever comes afterwards. */
enum wait_result waitq_wait_for(struct scope *sc, struct waitq *q, int64_t due_us);
void waitq_cancel(struct scope *sc);  /* sets sc->cancelled; on the scope's thread */
bool waitq_wake_one(struct waitq *q); /* false when nobody waits */
void waitq_wake_all(struct waitq *q);
bool waitq_is_empty(const struct waitq *q);

/* Sleeps the fiber; parks. */
void fiber_sleep_us(int64_t us);
