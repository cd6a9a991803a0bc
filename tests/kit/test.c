#include "kit/test.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77

static struct test *tests;
static struct test **last = &tests;
static bool failed;
static struct scope *scope;
static char *reason; /* of a skipped test; shared with the process that runs it */
#define REASON_MAX 256

void test_register(struct test *t)
{
    *last = t;
    last = &t->next;
}

void test_failed(const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    failed = true;
    printf("# %s:%d: ", file, line);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
    fflush(stdout);
}

void test_skip(const char *why)
{
    snprintf(reason, REASON_MAX, "%s", why);
    fflush(stdout);
    _exit(SKIPPED);
}

struct scope *test_scope(void)
{
    if (!scope)
        scope = scope_new();
    return scope;
}

/* A group of its own, so that whatever the test started ends with it. exit and not _exit: the leak sanitizer looks at
 * the end. */
static void run_here(const struct test *t)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm((unsigned)t->seconds);
    t->run();
    scope_free(scope);
    scope = NULL;
    arena_thread_end();
    fflush(stdout);
    exit(failed ? 1 : 0);
}

static int run_apart(const struct test *t)
{
    int status = 0;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid < 0)
        return 1;
    if (pid == 0)
        run_here(t);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    kill(-pid, SIGKILL);
    if (WIFSIGNALED(status))
        printf("# ended by signal %d%s\n", WTERMSIG(status),
               WTERMSIG(status) == SIGALRM ? ": took longer than its limit" : "");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool wanted(const struct test *t, int argc, char **argv)
{
    if (argc < 2)
        return true;
    for (int i = 1; i < argc; i++)
        if (strstr(t->name, argv[i]))
            return true;
    return false;
}

static void print_result(const struct test *t, int n, int result)
{
    printf("%sok %d - ", result && result != SKIPPED ? "not " : "", n);
    for (const char *c = t->name; *c; c++)
        putchar(*c == '_' ? ' ' : *c);
    if (result == SKIPPED)
        printf(" # SKIP %s", reason);
    putchar('\n');
}

int main(int argc, char **argv)
{
    int n = 0;
    int bad = 0;

    reason = mmap(NULL, REASON_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reason == MAP_FAILED)
        return 1;
    for (struct test *t = tests; t; t = t->next) {
        int result;

        if (!wanted(t, argc, argv))
            continue;
        result = run_apart(t);
        print_result(t, ++n, result);
        bad += result != 0 && result != SKIPPED;
    }
    printf("1..%d\n", n);
    return bad || n == 0;
}
