#pragma once

/* stack: a function run on a large stack of its own: for recursion over somebody's data, which a fiber's stack has no
 * room for. One a thread, mapped when first used, touched only as far as it is needed, unmapped when the thread ends.
 * The fact people get wrong: what runs there must not park, since the next one would find the stack in use.
 */
#define STACK_BYTES ((size_t)8 * 1024 * 1024)

/* fn must not let its frames go below floor. Called from within such a function, it runs where it is. */
void stack_call(void (*fn)(void *arg, const char *floor), void *arg);
