#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* arena: the memory of one unit of work. Nothing inside is freed by hand; clean-ups registered with
 * arena_defer run last first when it is freed. Allocation never fails (out of memory aborts) and is
 * aligned to 16. Under the address sanitizer every allocation is fenced by red zones.
 * Not for use by two threads.
 */
struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);
/* Runs the clean-ups and forgets everything, keeping the first block for the next unit of work. */
void arena_reset(struct arena *a);

void *arena_alloc(struct arena *a, size_t size);           /* not cleared; size 0 gives a unique pointer */
void *arena_zalloc(struct arena *a, size_t size);          /* cleared */
void *arena_array(struct arena *a, size_t n, size_t size); /* cleared; aborts on overflow of n * size */
/* A larger copy of old (or old itself where it could grow in place); old may be NULL with old_size 0. */
void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size);

void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n); /* adds the final NUL */
/* At most max octets of it; what is longer is cut between two characters of UTF-8. */
const char *arena_cut(struct arena *a, const char *s, size_t max);
char *arena_f(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vf(struct arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

void arena_defer(struct arena *a, void (*fn)(void *), void *arg);
size_t arena_used(const struct arena *a); /* octets handed out since new or reset */

/* Gives back what this thread keeps for its next unit of work. Runs by itself when a thread ends. */
void arena_thread_end(void);

#define ARENA_NEW(a, type)      ((type *)arena_zalloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))
