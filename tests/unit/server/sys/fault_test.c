#include "sys/fault.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/test.h"

/* How many passages a process survives that passes 5 times; 5: it lives. */
static int survives(const char *armed)
{
    int status = 0, passed[2];
    char c;
    int n = 0;

    CHECK(pipe(passed) == 0);
    if (fork() == 0) {
        if (!fault_arm(armed))
            _exit(9);
        for (int i = 0; i < 5; i++) {
            FAULT_POINT("a.point");
            FAULT_POINT("b.point");
            (void)!write(passed[1], "x", 1);
        }
        _exit(0);
    }
    close(passed[1]);
    while (read(passed[0], &c, 1) == 1)
        n++;
    close(passed[0]);
    CHECK(wait(&status) > 0);
    CHECK(n == 5 ? WIFEXITED(status) : WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return n;
}

TEST(a_process_dies_at_the_named_point_and_passage)
{
    CHECK_INT(survives("a.point"), 0);
    CHECK_INT(survives("a.point:1"), 0);
    CHECK_INT(survives("b.point:3"), 2);
    CHECK_INT(survives("b.point:6"), 5);
    CHECK_INT(survives("another.point"), 5);
    CHECK_INT(survives(""), 5);
}

TEST(what_is_not_a_point_is_refused)
{
    static const char *const bad[] = {"a.point:", "a.point:0", "a.point:-1", "a.point:x", "a.point:1x",
                                      ":2",       ":",         "stop@",      "stop@:1"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!fault_arm(bad[i]));
    CHECK(!fault_armed);
    CHECK(fault_arm(NULL));
}
