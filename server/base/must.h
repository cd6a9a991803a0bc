#pragma once

#include "base/banned.h"

/* A broken invariant of our own ends the process in every build; bad input never does. */
#define MUST_BE(cond)                                                                                                  \
    do {                                                                                                               \
        if (__builtin_expect(!(cond), 0))                                                                              \
            must_be_failed(#cond, __FILE__, __LINE__);                                                                 \
    } while (0)

_Noreturn void must_be_failed(const char *what, const char *file, int line);
_Noreturn void out_of_memory(void);

/* Clean-up of a local variable at the end of its block: CLEANUP(fn) type x; fn takes a pointer to x. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a)                    (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
