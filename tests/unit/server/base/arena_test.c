#include "kit/test.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

static char order[8];
static size_t order_n;

static void note(void *arg)
{
    order[order_n++] = *(const char *)arg;
}

static bool dies(void (*fn)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        close(STDERR_FILENO);
        fn();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status);
}

TEST(allocations_are_aligned_and_apart)
{
    struct arena *a = arena_new();
    char *last_end = NULL;

    for (size_t size = 0; size < 300; size++) {
        char *p = arena_alloc(a, size);

        CHECK_INT((uintptr_t)p % 16, 0);
        CHECK(!last_end || p >= last_end || p + size < last_end);
        memset(p, 0xa5, size);
        last_end = p + size;
    }
    arena_free(a);
}

TEST(what_was_written_survives_later_blocks)
{
    struct arena *a = arena_new();
    unsigned char *kept[400];

    for (size_t i = 0; i < 400; i++) {
        kept[i] = arena_alloc(a, i * 7 + 1);
        memset(kept[i], (int)(i & 255), i * 7 + 1);
        if (i % 50 == 0)
            memset(arena_alloc(a, 100000), 0xff, 100000);
    }
    for (size_t i = 0; i < 400; i++)
        CHECK(kept[i][0] == (i & 255) && kept[i][i * 7] == (i & 255));
    arena_free(a);
}

TEST(every_size_fits_its_block)
{
    for (size_t size = 1; size < 140000; size += 251) {
        struct arena *a = arena_new();

        arena_alloc(a, 3000);
        memset(arena_alloc(a, size), 1, size);
        memset(arena_alloc(a, size), 2, size);
        arena_free(a);
    }
}

TEST(size_zero_gives_a_pointer_of_its_own)
{
    struct arena *a = arena_new();
    void *one = arena_alloc(a, 0);
    void *two = arena_alloc(a, 0);

    CHECK(one && two && one != two);
    arena_free(a);
}

TEST(zalloc_clears_memory_that_was_used_before)
{
    struct arena *a = arena_new();

    memset(arena_alloc(a, 1000), 0xee, 1000);
    arena_reset(a);
    for (const char *p = arena_zalloc(a, 1000), *end = p + 1000; p < end; p++)
        CHECK(*p == 0);
    arena_free(a);
}

TEST(cleanups_run_last_first_and_once)
{
    struct arena *a = arena_new();

    arena_defer(a, note, "a");
    arena_defer(a, note, "b");
    arena_reset(a);
    arena_defer(a, note, "c");
    arena_free(a);
    CHECK_STR(order, "bac");
}

static void defer_more(void *arg)
{
    note("1");
    arena_defer(arg, note, "2");
    arena_alloc(arg, 50000);
}

TEST(a_cleanup_may_use_the_arena)
{
    struct arena *a = arena_new();

    arena_defer(a, note, "3");
    arena_defer(a, defer_more, a);
    arena_free(a);
    CHECK_STR(order, "123");
}

TEST(reset_forgets_what_was_used)
{
    struct arena *a = arena_new();

    arena_alloc(a, 10);
    arena_alloc(a, 200000);
    CHECK_INT(arena_used(a), 200010);
    arena_reset(a);
    CHECK_INT(arena_used(a), 0);
    memset(arena_alloc(a, 3000), 1, 3000);
    CHECK_INT(arena_used(a), 3000);
    arena_free(a);
}

TEST(growing_keeps_the_content)
{
    struct arena *a = arena_new();
    char *p = NULL;
    size_t n = 0;

    for (size_t want = 1; want < 300000; want *= 2) {
        p = arena_grow(a, p, n, want);
        memset(p + n, (int)(want & 127), want - n);
        n = want;
        if (want % 3 == 1)
            arena_alloc(a, 5); /* sometimes it is no longer the last one */
    }
    CHECK_INT(p[0], 1);
    CHECK_INT(p[1], 2);
    CHECK_INT(p[63], 64);
    arena_free(a);
}

TEST(the_last_allocation_grows_in_place)
{
    struct arena *a = arena_new();
    char *p = arena_alloc(a, 10);

    CHECK(arena_grow(a, p, 10, 500) == p);
    CHECK(arena_grow(a, p, 500, 20) == p);
    CHECK_INT(arena_used(a), 500);
    arena_alloc(a, 1);
    CHECK(arena_grow(a, p, 500, 501) != p);
    arena_free(a);
}

TEST(text_longer_than_a_block_is_formatted_whole)
{
    struct arena *a = arena_new();
    char *long_text = arena_alloc(a, 70001);

    memset(long_text, 'x', 70000);
    long_text[70000] = '\0';
    CHECK_STR(arena_f(a, "%d-%s", 7, "seven"), "7-seven");
    CHECK_INT(strlen(arena_f(a, "<%s>", long_text)), 70002);
    CHECK_INT(strlen(arena_f(a, "%255s", "")), 255);
    CHECK_INT(strlen(arena_f(a, "%256s", "")), 256);
    CHECK_STR(arena_strndup(a, "abcdef", 3), "abc");
    CHECK_STR(arena_strndup(a, NULL, 0), "");
    CHECK(memcmp(arena_memdup(a, "a\0b", 3), "a\0b", 3) == 0);
    arena_free(a);
}

static void overflowing_array(void)
{
    arena_array(arena_new(), SIZE_MAX / 8, 16);
}

static void absurd_size(void)
{
    arena_alloc(arena_new(), SIZE_MAX - 31);
}

TEST(sizes_that_overflow_end_the_process)
{
    CHECK(dies(overflowing_array));
    CHECK(dies(absurd_size));
}

TEST(freed_arenas_are_used_again)
{
    struct arena *many[100];
    struct arena *first = arena_new();

    arena_free(first);
    many[0] = arena_new();
    CHECK(many[0] == first);
    for (size_t i = 1; i < 100; i++)
        many[i] = arena_new();
    for (size_t i = 0; i < 100; i++)
        arena_free(many[i]);
    arena_free(NULL);
}

static void *use_arenas(void *unused)
{
    (void)unused;
    for (int i = 0; i < 10; i++)
        arena_free(arena_new());
    return NULL;
}

TEST(a_thread_that_ends_leaks_nothing) /* the leak sanitizer fails the test otherwise */
{
    pthread_t thread;

    CHECK_INT(pthread_create(&thread, NULL, use_arenas, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
}

#if defined(__SANITIZE_ADDRESS__)
TEST(red_zones_fence_every_allocation)
{
    struct arena *a = arena_new();

    for (size_t size = 1; size < 6000; size += 37) {
        char *p = arena_alloc(a, size);

        CHECK(!__asan_region_is_poisoned(p, size));
        CHECK(__asan_address_is_poisoned(p + size));
        CHECK(__asan_address_is_poisoned(p - 1));
    }
    char *big = arena_alloc(a, 90001);
    CHECK(!__asan_region_is_poisoned(big, 90001));
    CHECK(__asan_address_is_poisoned(big + 90001));
    arena_free(a);
}

TEST(memory_of_a_finished_unit_of_work_is_poisoned)
{
    struct arena *a = arena_new();
    char *p = arena_alloc(a, 100);

    arena_reset(a);
    CHECK(__asan_address_is_poisoned(p));
    p = arena_alloc(a, 100);
    CHECK(!__asan_address_is_poisoned(p));
    arena_free(a);
    CHECK(__asan_address_is_poisoned(p));
}
#endif

TEST(a_text_is_cut_between_two_characters)
{
    struct arena *a = test_scope()->arena;

    CHECK_STR(arena_cut(a, "Käse", 4), "Käs");
    CHECK_STR(arena_cut(a, "Käse", 3), "Kä");
    CHECK_STR(arena_cut(a, "Käse", 2), "K");
    CHECK_STR(arena_cut(a, "Käse", 5), "Käse");
    CHECK_STR(arena_cut(a, "\xf0\x9f\x9a\xb2", 3), "");
    CHECK_STR(arena_cut(a, "", 3), "");
}
