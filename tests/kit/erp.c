#include "kit/erp.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/must.h"
#include "kit/test.h"

/* Lies beside the test's own binary. */
static void run(int out)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 16);

    MUST_BE(n > 0);
    path[n] = '\0';
    memcpy(strrchr(path, '/') + 1, "fake-erp", sizeof("fake-erp"));
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    execl(path, path, "--listen", "127.0.0.1:0", "--login-delay-ms", "0", (char *)NULL);
    _exit(127);
}

void test_erp_start(struct test_erp *t)
{
    char line[128];
    int pipes[2];
    FILE *in;

    MUST_BE(pipe(pipes) == 0);
    if (fork() == 0)
        run(pipes[1]);
    close(pipes[1]);
    in = fdopen(pipes[0], "r");
    MUST_BE(in);
    t->port = 0;
    while (!t->port && fgets(line, sizeof(line), in))
        (void)!sscanf(line, "url=http://127.0.0.1:%d/erp/", &t->port);
    (void)fclose(in);
    if (!t->port)
        test_skip("the stand-in ERP is not built");
    snprintf(t->url, sizeof(t->url), "http://127.0.0.1:%d/erp/", t->port);
    snprintf(t->base, sizeof(t->base), "http://127.0.0.1:%d", t->port);
}
