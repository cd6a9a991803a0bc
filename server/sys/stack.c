#include <stddef.h>

#include "sys/stack.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "sys/fiber_int.h"
#include "sys/fiber_tools.h"

#if defined(FIBER_ASAN) || defined(FIBER_TSAN)
#define MARGIN ((size_t)512 * 1024) /* frames are several times as large, and the tools' own run here too */
#else
#define MARGIN ((size_t)128 * 1024)
#endif

struct side {
    struct fiber_context context, caller;
    struct fiber_tools tools, caller_tools;
    char *map;
    size_t map_size;
    const char *floor;
    void (*fn)(void *, const char *);
    void *arg;
    bool in_use;
};

static _Thread_local struct side *here;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void side_free(void *arg)
{
    struct side *s = arg;

    tools_end(&s->tools);
    tools_unmap(&s->tools);
    munmap(s->map, s->map_size);
    free(s);
    here = NULL;
}

static void main_thread_end(void)
{
    if (here)
        side_free(here);
}

static void make_key(void)
{
    MUST_BE(pthread_key_create(&key, side_free) == 0);
    atexit(main_thread_end);
}

static void side_main(void)
{
    struct side *s = here;

    for (;;) {
        tools_arrive(&s->tools, &s->caller_tools);
        s->fn(s->arg, s->floor);
        tools_leave(&s->tools, &s->caller_tools, false);
        fiber_context_switch(&s->context, &s->caller);
    }
}

static struct side *side_new(void)
{
    size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    struct side *s = calloc(1, sizeof(*s));

    if (!s)
        out_of_memory();
    s->map_size = guard + STACK_BYTES;
    s->map = mmap(NULL, s->map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (s->map == MAP_FAILED || mprotect(s->map + guard, STACK_BYTES, PROT_READ | PROT_WRITE) != 0)
        out_of_memory();
    s->floor = s->map + guard + MARGIN;
    tools_map(&s->tools, s->map + guard, STACK_BYTES);
    tools_begin(&s->tools);
    fiber_context_make(&s->context, s->map + guard, STACK_BYTES, side_main);
    pthread_once(&once, make_key);
    pthread_setspecific(key, s);
    return s;
}

void stack_call(void (*fn)(void *arg, const char *floor), void *arg)
{
    struct side *s = here;

    if (!s)
        s = here = side_new();
    if (s->in_use) {
        fn(arg, s->floor);
        return;
    }
    s->fn = fn;
    s->arg = arg;
    s->in_use = true;
    tools_thread(&s->caller_tools);
    tools_leave(&s->caller_tools, &s->tools, false);
    fiber_context_switch(&s->caller, &s->context);
    tools_arrive(&s->caller_tools, NULL);
    s->in_use = false;
}
