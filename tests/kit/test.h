#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/scope.h"

/* test: a tiny harness. TEST(a_sentence_that_can_be_false) registers itself; the binary prints TAP, runs every
 * test in a forked process with a time limit, and ends with 1 if any failed. `binary NAME…` runs some.
 */
struct test {
    const char *name;
    void (*run)(void);
    int seconds;
    struct test *next;
};

void test_register(struct test *t);
void test_failed(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Ends the test, counted as skipped with its reason. */
_Noreturn void test_skip(const char *why);
/* A scope that lives until the test ends. */
struct scope *test_scope(void);

#define TEST(name_) TEST_LIMIT(name_, 240)
#define TEST_LIMIT(name_, seconds_)                                                                                    \
    static void test_##name_(void);                                                                                    \
    static struct test test_entry_##name_ = {#name_, test_##name_, (seconds_), NULL};                                  \
    __attribute__((constructor)) static void test_register_##name_(void)                                               \
    {                                                                                                                  \
        test_register(&test_entry_##name_);                                                                            \
    }                                                                                                                  \
    static void test_##name_(void)

#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        if (!(cond))                                                                                                   \
            test_failed(__FILE__, __LINE__, "%s", #cond);                                                              \
    } while (0)
#define CHECK_INT(got, want)                                                                                           \
    do {                                                                                                               \
        long long got_ = (long long)(got), want_ = (long long)(want);                                                  \
        if (got_ != want_)                                                                                             \
            test_failed(__FILE__, __LINE__, "%s is %lld, not %lld", #got, got_, want_);                                \
    } while (0)
#define CHECK_STR(got, want)                                                                                           \
    do {                                                                                                               \
        const char *got_ = (got), *want_ = (want);                                                                     \
        if (!got_ || !want_ ? got_ != want_ : strcmp(got_, want_) != 0)                                                \
            test_failed(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #got, got_ ? got_ : "(null)",                  \
                        want_ ? want_ : "(null)");                                                                     \
    } while (0)
#define CHECK_ERR(call, want)                                                                                          \
    do {                                                                                                               \
        enum err got_ = (call);                                                                                        \
        if (got_ != (want))                                                                                            \
            test_failed(__FILE__, __LINE__, "%s gave %s, not %s", #call, err_info(got_)->name, err_info(want)->name);  \
    } while (0)
#define CHECK_OK(call) CHECK_ERR(call, OK)
