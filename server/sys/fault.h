#pragma once

/* fault: places where a test may end the process as a crash would (SIGKILL: nothing is flushed, nothing said). Armed by
 * TENON_FAULT with the name of one point; costs a load and a branch otherwise.
 */
extern const char *fault_armed; /* NULL outside such tests */

void fault_arm(const char *name); /* NULL or "" disarms */
void fault_die(const char *name);

#define FAULT_POINT(name)                                                                                              \
    do {                                                                                                               \
        if (__builtin_expect(fault_armed != 0, 0))                                                                     \
            fault_die(name);                                                                                           \
    } while (0)
