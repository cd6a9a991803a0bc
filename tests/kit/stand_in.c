#include "kit/stand_in.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/must.h"

#define ARGS_MAX 16

static void run(const char *const *argv, int out)
{
    char *args[ARGS_MAX + 1] = {0};
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);

    MUST_BE(n > 0);
    path[n] = '\0';
    snprintf(strrchr(path, '/') + 1, 64, "%s", argv[0]);
    args[0] = path;
    for (size_t i = 1; argv[i] && i < ARGS_MAX; i++)
        args[i] = (char *)(uintptr_t)argv[i];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    execv(path, args);
    _exit(127);
}

int test_stand_in(const char *const *argv)
{
    char line[128];
    int pipes[2], port = 0;
    FILE *in;

    MUST_BE(pipe(pipes) == 0);
    if (fork() == 0)
        run(argv, pipes[1]);
    close(pipes[1]);
    in = fdopen(pipes[0], "r");
    MUST_BE(in);
    while (!port && fgets(line, sizeof(line), in))
        (void)!sscanf(line, "url=http://127.0.0.1:%d/", &port);
    (void)fclose(in);
    return port;
}
