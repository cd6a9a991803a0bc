#include "kit/redis.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kit/test.h"

static struct test_redis *started;

static void stop_at_exit(void)
{
    char path[96];

    test_redis_kill(started);
    snprintf(path, sizeof(path), "%s/redis.sock", started->dir);
    unlink(path);
    rmdir(started->dir);
}

static bool answers(const struct test_redis *t)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok;

    snprintf(un.sun_path, sizeof(un.sun_path), "%s/redis.sock", t->dir);
    ok = connect(fd, (const struct sockaddr *)&un, sizeof(un)) == 0;
    close(fd);
    return ok;
}

static void run_server(const struct test_redis *t)
{
    char sock[96];

    snprintf(sock, sizeof(sock), "%s/redis.sock", t->dir);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!freopen("/dev/null", "w", stdout) || chdir(t->dir) != 0)
        _exit(127);
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", sock, "--save", "", "--appendonly", "no",
           "--dir", t->dir, (char *)NULL);
    _exit(127);
}

void test_redis_restart(struct test_redis *t)
{
    t->pid = fork();
    if (t->pid == 0)
        run_server(t);
    for (int i = 0; i < 1000; i++) {
        if (answers(t))
            return;
        if (waitpid(t->pid, NULL, WNOHANG) == t->pid)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    t->pid = 0;
    test_skip("redis-server does not start here");
}

void test_redis_start(struct test_redis *t)
{
    *t = (struct test_redis){.dir = "/tmp/tenon-redis-XXXXXX"};
    if (!mkdtemp(t->dir))
        test_skip("no folder for redis-server");
    snprintf(t->url, sizeof(t->url), "unix:%s/redis.sock", t->dir);
    started = t;
    atexit(stop_at_exit);
    test_redis_restart(t);
}

void test_redis_signal(struct test_redis *t, int sig)
{
    if (t->pid > 0)
        kill(t->pid, sig);
}

void test_redis_kill(struct test_redis *t)
{
    if (t->pid <= 0)
        return;
    kill(t->pid, SIGKILL);
    waitpid(t->pid, NULL, 0);
    t->pid = 0;
}
