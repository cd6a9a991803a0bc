#pragma once

#include <stdbool.h>

/* fault: places where a test may end the process as a crash would (SIGKILL: nothing is flushed, nothing said). Armed by
 * TENON_FAULT with the name of one point, "effect.after_mark", or of its nth passage, "effect.after_mark:2"; costs a
 * load and a branch otherwise.
 * "stop@" before it: the process is stopped there (SIGSTOP) until somebody lets it go on.
 */
#define FAULT_NAME_MAX 63

extern const char *fault_armed; /* NULL outside such tests */

bool fault_arm(const char *name); /* NULL or "" disarms; false: not of that form */
void fault_die(const char *name);

#define FAULT_POINT(name)                                                                                              \
    do {                                                                                                               \
        if (__builtin_expect(fault_armed != 0, 0))                                                                     \
            fault_die(name);                                                                                           \
    } while (0)
