#pragma once

#include <stddef.h>

/* What the sanitizers and valgrind must be told about stacks that are not a thread's own. Each call is
 * nothing where its tool is absent.
 */
#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif

#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define FIBER_VALGRIND 1
#endif

struct fiber_tools {
    const void *bottom; /* of the stack, as the address sanitizer wants it */
    size_t size;
    void *fake; /* ASan's shadow frames of a stack that is left for a while */
    void *tsan; /* TSan's idea of this fiber */
    unsigned valgrind_id;
};

static inline void tools_map(struct fiber_tools *t, void *stack, size_t size)
{
    t->bottom = stack;
    t->size = size;
#ifdef FIBER_VALGRIND
    t->valgrind_id = VALGRIND_STACK_REGISTER(stack, (char *)stack + size);
#endif
}

static inline void tools_unmap(struct fiber_tools *t)
{
#ifdef FIBER_VALGRIND
    VALGRIND_STACK_DEREGISTER(t->valgrind_id);
#endif
    (void)t;
}

static inline void tools_begin(struct fiber_tools *t)
{
#ifdef FIBER_TSAN
    t->tsan = __tsan_create_fiber(0);
#endif
    t->fake = NULL;
}

/* The last frames of a fiber never return, so their red zones are still marked. */
static inline void tools_end(struct fiber_tools *t)
{
#ifdef FIBER_TSAN
    __tsan_destroy_fiber(t->tsan);
#endif
#ifdef FIBER_ASAN
    __asan_unpoison_memory_region(t->bottom, t->size);
#endif
    (void)t;
}

/* The thread's own stack, before its first switch. */
static inline void tools_thread(struct fiber_tools *t)
{
#ifdef FIBER_TSAN
    t->tsan = __tsan_get_current_fiber();
#endif
    (void)t;
}

/* forever: from is never entered again. */
static inline void tools_leave(struct fiber_tools *from, struct fiber_tools *to, int forever)
{
#ifdef FIBER_ASAN
    __sanitizer_start_switch_fiber(forever ? NULL : &from->fake, to->bottom, to->size);
#endif
#ifdef FIBER_TSAN
    __tsan_switch_to_fiber(to->tsan, 0);
#endif
    (void)from, (void)to, (void)forever;
}

/* came_from, when not NULL, learns the bounds of the stack that was left: how a thread's own are found. */
static inline void tools_arrive(struct fiber_tools *here, struct fiber_tools *came_from)
{
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(here->fake, came_from ? &came_from->bottom : NULL,
                                    came_from ? &came_from->size : NULL);
#endif
    (void)here, (void)came_from;
}
