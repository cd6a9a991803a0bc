#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The processor's part of a fiber: what a switch saves and takes up again. Callee-saved registers
 * and the floating-point control words; everything else the compiler has saved around the call.
 */
#if defined(__x86_64__) && !defined(__ILP32__) && !defined(TENON_UCONTEXT)
#define FIBER_ASM_X86_64 1
#elif defined(__aarch64__) && !defined(TENON_UCONTEXT)
#define FIBER_ASM_AARCH64 1
#else
#define FIBER_UCONTEXT 1
#endif

#ifdef FIBER_UCONTEXT
#include <ucontext.h>
struct fiber_context {
    ucontext_t uc;
};
#else
struct fiber_context {
    void *sp; /* first: the assembly stores it through the pointer it is given */
};
#endif

/* Makes a context that runs entry, which must never return, on the given stack. */
void fiber_context_make(struct fiber_context *c, void *stack, size_t size, void (*entry)(void));
void fiber_context_switch(struct fiber_context *from, struct fiber_context *to);

/* What the loop drives. */
bool fiber_any_ready(void);
void fiber_run_ready(void); /* those ready now; what they wake runs in the next pass */
/* Unmaps this thread's stacks; fibers still parked are dropped with what they hold. */
void fiber_drop_all(void);
