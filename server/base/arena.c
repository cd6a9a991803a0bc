#include "base/arena.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define RED_ZONE       16
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define RED_ZONE       0
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define FIRST_BLOCK   ((size_t)4096)
#define LARGEST_BLOCK 65536
#define CACHE_MAX     64

struct block {
    struct block *next;
    size_t size; /* octets after the header */
    _Alignas(16) char data[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *arg;
};

struct arena {
    struct block *blocks; /* newest first; the last one holds the arena itself */
    char *at;
    char *end;
    struct deferred *deferred;
    size_t used;
    size_t next_size;
};

/* First blocks of finished work, kept for the next; each thread its own, poisoned while they rest. */
static _Thread_local struct block *cache;
static _Thread_local unsigned cached;
static _Thread_local bool watched;

static pthread_key_t thread_key;
static pthread_once_t thread_key_once = PTHREAD_ONCE_INIT;

static size_t aligned(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static struct block *block_new(size_t size)
{
    struct block *b = malloc(sizeof(*b) + size);

    if (!b)
        out_of_memory();
    b->size = size;
    b->next = NULL;
    return b;
}

static void block_use(struct arena *a, struct block *b)
{
    b->next = a->blocks;
    a->blocks = b;
    a->at = b->data + RED_ZONE;
    a->end = b->data + b->size;
    POISON(b->data, b->size);
}

struct arena *arena_new(void)
{
    struct block *b = cache;
    struct arena *a;

    if (b) {
        cache = b->next;
        cached--;
        b->next = NULL;
    } else {
        b = block_new(FIRST_BLOCK - sizeof(struct block));
    }
    UNPOISON(b->data, b->size);
    a = (struct arena *)(void *)b->data;
    memset(a, 0, sizeof(*a));
    a->blocks = b;
    a->at = b->data + aligned(sizeof(*a)) + RED_ZONE;
    a->end = b->data + b->size;
    a->next_size = FIRST_BLOCK * 2;
    POISON(b->data + sizeof(*a), b->size - sizeof(*a));
    return a;
}

static void thread_ended(void *unused)
{
    (void)unused;
    arena_thread_end();
}

static void thread_key_make(void)
{
    MUST_BE(pthread_key_create(&thread_key, thread_ended) == 0);
}

/* The key's value only has to be non-NULL for its destructor to run when the thread ends. */
static void watch_thread(void)
{
    pthread_once(&thread_key_once, thread_key_make);
    MUST_BE(pthread_setspecific(thread_key, &thread_key) == 0);
    watched = true;
}

static void run_deferred(struct arena *a)
{
    while (a->deferred) {
        struct deferred *d = a->deferred;

        a->deferred = d->next;
        d->fn(d->arg);
    }
}

/* Frees all blocks but the first one, which it gives back. */
static struct block *drop_blocks(struct arena *a)
{
    struct block *b = a->blocks;

    while (b->next) {
        struct block *next = b->next;

        UNPOISON(b->data, b->size);
        free(b);
        b = next;
    }
    return b;
}

void arena_free(struct arena *a)
{
    struct block *first;

    if (!a)
        return;
    run_deferred(a);
    first = drop_blocks(a);
    if (cached == CACHE_MAX) {
        UNPOISON(first->data, first->size);
        free(first);
        return;
    }
    if (!watched)
        watch_thread();
    POISON(first->data, first->size);
    first->next = cache;
    cache = first;
    cached++;
}

void arena_reset(struct arena *a)
{
    struct block *first;

    run_deferred(a);
    first = drop_blocks(a);
    a->blocks = first;
    a->at = first->data + aligned(sizeof(*a)) + RED_ZONE;
    a->end = first->data + first->size;
    a->used = 0;
    a->next_size = FIRST_BLOCK * 2;
    POISON(first->data + sizeof(*a), first->size - sizeof(*a));
}

void arena_thread_end(void)
{
    while (cache) {
        struct block *b = cache;

        cache = b->next;
        UNPOISON(b->data, b->size);
        free(b);
    }
    cached = 0;
    watched = false;
}

/* A block of its own for something large; the current block stays in use. */
static void *alloc_apart(struct arena *a, size_t need, size_t size)
{
    struct block *b = block_new(RED_ZONE + need);
    char *p = b->data + RED_ZONE;

    b->next = a->blocks->next;
    a->blocks->next = b;
    if (!b->next) { /* the first block must stay last: it holds the arena */
        struct block *first = a->blocks;

        first->next = NULL;
        b->next = first;
        a->blocks = b;
    }
    POISON(b->data, RED_ZONE);
    POISON(p + size, need - size);
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t need = aligned(size ? size : 1) + RED_ZONE;
    void *p;

    MUST_BE(size < PTRDIFF_MAX / 2);
    a->used += size;
    if ((size_t)(a->end - a->at) < need) {
        if (need > a->next_size / 4)
            return alloc_apart(a, need, size);
        block_use(a, block_new(a->next_size));
        if (a->next_size < LARGEST_BLOCK)
            a->next_size *= 2;
    }
    p = a->at;
    a->at += need;
    UNPOISON(p, size ? size : 1);
    return p;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    return memset(arena_alloc(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    size_t total;

    MUST_BE(!__builtin_mul_overflow(n, size, &total));
    return arena_zalloc(a, total);
}

void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size)
{
    char *tail = old ? (char *)old + aligned(old_size ? old_size : 1) + RED_ZONE : NULL;
    size_t extra = aligned(new_size ? new_size : 1) - aligned(old_size ? old_size : 1);
    void *p;

    if (new_size <= old_size && old)
        return old;
    if (old && tail == a->at && (size_t)(a->end - a->at) >= extra) {
        a->at += extra;
        a->used += new_size - old_size;
        UNPOISON(old, new_size);
        return old;
    }
    p = arena_alloc(a, new_size);
    if (old && old_size)
        memcpy(p, old, old_size);
    return p;
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
    void *copy = arena_alloc(a, n);

    if (n)
        memcpy(copy, p, n);
    return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *copy = arena_alloc(a, n + 1);

    if (n)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

const char *arena_cut(struct arena *a, const char *s, size_t max)
{
    size_t n = strnlen(s, max + 1);

    if (n > max)
        for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
            n--;
    return arena_strndup(a, s, n);
}

char *arena_vf(struct arena *a, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    char *text;
    int n;

    va_copy(again, ap);
    n = vsnprintf(small, sizeof(small), fmt, ap);
    MUST_BE(n >= 0);
    if ((size_t)n < sizeof(small)) {
        va_end(again);
        return arena_strndup(a, small, (size_t)n);
    }
    text = arena_alloc(a, (size_t)n + 1);
    MUST_BE(vsnprintf(text, (size_t)n + 1, fmt, again) == n);
    va_end(again);
    return text;
}

char *arena_f(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = arena_vf(a, fmt, ap);
    va_end(ap);
    return text;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
    struct deferred *d = ARENA_NEW(a, struct deferred);

    d->fn = fn;
    d->arg = arg;
    d->next = a->deferred;
    a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
