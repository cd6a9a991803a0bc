#include "sys/fiber.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "sys/fiber_int.h"
#include "sys/fiber_tools.h"

#define FIBER_POOL_MAX    256
#define FIBER_CAP_DEFAULT 16384

enum fiber_state { FIBER_FREE, FIBER_READY, FIBER_RUNNING, FIBER_PARKED };

/* Lives at the top of its own stack, in the page that the first frames touch anyway. */
struct fiber {
    struct fiber_context context;
    struct fiber_tools tools;
    struct fiber_thread *home;
    struct fiber *next; /* in the ready list or the pool */
    struct fiber *older, *younger;
    void (*fn)(void *);
    void *arg;
    void *map;
    size_t map_size;
    enum fiber_state state;
    int64_t ran_us; /* before it was last entered */
};

struct fiber_thread {
    struct fiber_context context; /* of the thread's own stack, while a fiber runs */
    struct fiber_tools tools;
    struct fiber *current;
    struct fiber *ready_first, *ready_last;
    struct fiber *pool;
    struct fiber *youngest; /* of all that live */
    size_t pooled;
    size_t count;
    size_t cap;
    int64_t entered_us; /* when the current fiber was */
};

static atomic_size_t all_live; /* of all threads, for a figure */
static _Thread_local struct fiber_thread here = {.cap = FIBER_CAP_DEFAULT};

void (*fiber_slow_hook)(void (*fn)(void *), int64_t took_us);

static struct fiber *stack_map(void)
{
    size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = guard + FIBER_STACK_BYTES;
    char *map = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    struct fiber *f;

    if (map == MAP_FAILED)
        return NULL;
    if (mprotect(map + guard, FIBER_STACK_BYTES, PROT_READ | PROT_WRITE) != 0) {
        munmap(map, size);
        return NULL;
    }
    f = (struct fiber *)(((uintptr_t)map + size - sizeof(*f)) & ~(uintptr_t)63);
    f->map = map;
    f->map_size = size;
    tools_map(&f->tools, map + guard, (size_t)((char *)f - (map + guard)));
    return f;
}

static void stack_unmap(struct fiber *f)
{
    tools_unmap(&f->tools);
    munmap(f->map, f->map_size);
}

static struct fiber *stack_take(void)
{
    struct fiber *f = here.pool;

    if (!f)
        return stack_map();
    here.pool = f->next;
    here.pooled--;
    return f;
}

static void stack_give(struct fiber *f)
{
    f->state = FIBER_FREE;
    if (here.pooled == FIBER_POOL_MAX) {
        stack_unmap(f);
        return;
    }
    f->next = here.pool;
    here.pool = f;
    here.pooled++;
}

static void make_ready(struct fiber *f)
{
    f->state = FIBER_READY;
    f->next = NULL;
    if (here.ready_last)
        here.ready_last->next = f;
    else
        here.ready_first = f;
    here.ready_last = f;
}

/* From a fiber back to the thread's own stack. */
static void leave(struct fiber *f, bool forever)
{
    tools_leave(&f->tools, &here.tools, forever);
    fiber_context_switch(&f->context, &here.context);
    tools_arrive(&f->tools, &here.tools);
}

static void fiber_main(void)
{
    struct fiber *f = here.current;

    tools_arrive(&f->tools, &here.tools);
    f->fn(f->arg);
    f->state = FIBER_FREE;
    leave(f, true);
    __builtin_trap();
}

bool fiber_start(void (*fn)(void *), void *arg)
{
    struct fiber *f = here.count < here.cap ? stack_take() : NULL;

    if (!f)
        return false;
    f->home = &here;
    f->fn = fn;
    f->arg = arg;
    f->ran_us = 0;
    f->older = here.youngest;
    f->younger = NULL;
    if (here.youngest)
        here.youngest->younger = f;
    here.youngest = f;
    here.count++;
    atomic_fetch_add_explicit(&all_live, 1, memory_order_relaxed);
    tools_begin(&f->tools);
    fiber_context_make(&f->context, (void *)f->tools.bottom, (size_t)((char *)f - (char *)f->tools.bottom), fiber_main);
    make_ready(f);
    return true;
}

static void unlink_live(struct fiber *f)
{
    if (f->older)
        f->older->younger = f->younger;
    if (f->younger)
        f->younger->older = f->older;
    else
        here.youngest = f->older;
    here.count--;
    atomic_fetch_sub_explicit(&all_live, 1, memory_order_relaxed);
    tools_end(&f->tools);
}

/* False: it has ended, and its place may be gone. */
static bool enter(struct fiber *f)
{
    f->state = FIBER_RUNNING;
    here.current = f;
    tools_thread(&here.tools);
    tools_leave(&here.tools, &f->tools, false);
    fiber_context_switch(&here.context, &f->context);
    tools_arrive(&here.tools, NULL);
    here.current = NULL;
    if (f->state != FIBER_FREE)
        return true;
    unlink_live(f);
    stack_give(f);
    return false;
}

static int64_t clock_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void fiber_run_ready(void)
{
    struct fiber *f = here.ready_first;
    int64_t began = f ? clock_us() : 0;

    MUST_BE(!here.current);
    here.ready_first = here.ready_last = NULL;
    while (f) {
        struct fiber *next = f->next;
        void (*fn)(void *) = f->fn;

        here.entered_us = began;
        bool lives = enter(f);
        int64_t ended = clock_us();
        if (lives)
            f->ran_us += ended - began;
        if (ended - began > FIBER_SLOW_US && fiber_slow_hook)
            fiber_slow_hook(fn, ended - began);
        began = ended;
        f = next;
    }
}

void fiber_park(void)
{
    struct fiber *f = here.current;

    MUST_BE(f);
    f->state = FIBER_PARKED;
    leave(f, false);
}

void fiber_yield(void)
{
    struct fiber *f = here.current;

    MUST_BE(f);
    make_ready(f);
    leave(f, false);
}

void fiber_wake(struct fiber *f)
{
    MUST_BE(f->home == &here && f->state == FIBER_PARKED);
    make_ready(f);
}

int64_t fiber_ran_us(void)
{
    MUST_BE(here.current);
    return here.current->ran_us + clock_us() - here.entered_us;
}

struct fiber *fiber_self(void)
{
    return here.current;
}

bool fiber_any_ready(void)
{
    return here.ready_first != NULL;
}

size_t fiber_count(void)
{
    return here.count;
}

size_t fiber_total(void)
{
    return atomic_load_explicit(&all_live, memory_order_relaxed);
}

void fiber_cap_set(size_t cap)
{
    here.cap = cap;
}

void fiber_drop_all(void)
{
    MUST_BE(!here.current);
    here.ready_first = here.ready_last = NULL;
    while (here.youngest) {
        struct fiber *f = here.youngest;

        unlink_live(f);
        stack_unmap(f);
    }
    while (here.pool)
        stack_unmap(stack_take());
}
