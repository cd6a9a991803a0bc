#include "kit/redis_set.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kit/test.h"

static struct test_redis_set *started;

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void stop_at_exit(void)
{
    char command[128];
    FILE *f;

    for (size_t i = 0; i < started->n; i++)
        test_redis_set_kill(started, i);
    snprintf(command, sizeof(command), "rm -rf -- %s", started->dir);
    f = popen(command, "r");
    if (f)
        pclose(f);
}

/* A port that is free now; it is taken again at once. */
static int free_port(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = bind(fd, (struct sockaddr *)&in, len) == 0 && getsockname(fd, (struct sockaddr *)&in, &len) == 0;

    close(fd);
    if (!ok)
        test_skip("no free port");
    return ntohs(in.sin_port);
}

static void conf_path(const struct test_redis_set *t, size_t i, char out[96])
{
    snprintf(out, 96, "%s/%zu.conf", t->dir, i);
}

static void run_server(const struct test_redis_set *t, size_t i, bool sentinel)
{
    char path[96];
    int null;

    conf_path(t, i, path);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    null = open("/dev/null", O_WRONLY);
    dup2(null, 1);
    execlp("redis-server", "redis-server", path, sentinel ? "--sentinel" : NULL, (char *)NULL);
    _exit(127);
}

static bool is_sentinel(const struct test_redis_set *t, size_t i)
{
    char path[96], line[32] = "";
    FILE *f;

    conf_path(t, i, path);
    f = fopen(path, "r");
    if (!f)
        return false;
    if (!fgets(line, sizeof(line), f))
        line[0] = '\0';
    fclose(f);
    return strncmp(line, "# sentinel", 10) == 0;
}

static bool answers(const struct test_redis_set *t, size_t i)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((in_port_t)t->port[i])};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (const struct sockaddr *)&in, sizeof(in)) == 0;

    close(fd);
    return ok;
}

void test_redis_set_restart(struct test_redis_set *t, size_t i)
{
    bool sentinel = is_sentinel(t, i);

    t->pid[i] = fork();
    if (t->pid[i] == 0)
        run_server(t, i, sentinel);
    for (int k = 0; k < 1000; k++) {
        if (answers(t, i))
            return;
        if (waitpid(t->pid[i], NULL, WNOHANG) == t->pid[i])
            break;
        pause_ms(10);
    }
    t->pid[i] = 0;
    test_skip("redis-server does not start here");
}

static size_t add(struct test_redis_set *t, const char *first, const char *more)
{
    char path[96];
    size_t i = t->n++;
    FILE *f;

    t->port[i] = free_port();
    t->bus[i] = free_port();
    conf_path(t, i, path);
    f = fopen(path, "w");
    if (!f)
        test_skip("no folder for redis-server");
    fprintf(f, "%s\nbind 127.0.0.1\nport %d\nprotected-mode no\ndir %s\nsave \"\"\n", first, t->port[i], t->dir);
    if (strcmp(first, "# cluster") == 0)
        fprintf(f, "cluster-enabled yes\ncluster-port %d\ncluster-config-file nodes-%zu.conf\n", t->bus[i], i);
    fprintf(f, "%s\n", more);
    fclose(f);
    test_redis_set_restart(t, i);
    return i;
}

static void begin(struct test_redis_set *t)
{
    *t = (struct test_redis_set){.dir = "/tmp/tenon-redis-XXXXXX"};
    if (!mkdtemp(t->dir))
        test_skip("no folder for redis-server");
    started = t;
    atexit(stop_at_exit);
}

const char *test_redis_set_ask(struct test_redis_set *t, size_t i, const char *command)
{
    static char said[4096];
    char line[512];
    size_t n;
    FILE *f;

    snprintf(line, sizeof(line), "timeout 5 redis-cli -p %d %s 2>&1", t->port[i], command);
    f = popen(line, "r");
    if (!f)
        return "";
    n = fread(said, 1, sizeof(said) - 1, f);
    said[n] = '\0';
    pclose(f);
    return said;
}

void test_redis_set_until(struct test_redis_set *t, size_t i, const char *command, const char *text)
{
    for (int k = 0; k < 200; k++) {
        if (strstr(test_redis_set_ask(t, i, command), text))
            return;
        pause_ms(100);
    }
    test_failed(__FILE__, __LINE__, "%s never said %s", command, text);
}

size_t test_redis_set_add(struct test_redis_set *t)
{
    char command[64];
    size_t i = add(t, "# cluster", "cluster-node-timeout 2000");

    snprintf(command, sizeof(command), "cluster meet 127.0.0.1 %d %d", t->port[i], t->bus[i]);
    if (i > 0)
        test_redis_set_ask(t, 0, command);
    return i;
}

void test_redis_cluster_start(struct test_redis_set *t, size_t masters)
{
    char command[64];

    begin(t);
    for (size_t i = 0; i < masters; i++) {
        test_redis_set_add(t);
        snprintf(command, sizeof(command), "cluster addslotsrange %zu %zu", 16384 * i / masters,
                 16384 * (i + 1) / masters - 1);
        test_redis_set_ask(t, i, command);
        snprintf(command, sizeof(command), "cluster set-config-epoch %zu", i + 1);
        test_redis_set_ask(t, i, command);
    }
    snprintf(command, sizeof(command), "cluster_known_nodes:%zu", masters);
    for (size_t i = 0; i < masters; i++) {
        test_redis_set_until(t, i, "cluster info", "cluster_state:ok");
        test_redis_set_until(t, i, "cluster info", command);
    }
    snprintf(t->url, sizeof(t->url), "cluster:127.0.0.1:%d,127.0.0.1:%d", t->port[0], t->port[masters - 1]);
}

void test_redis_sentinel_start(struct test_redis_set *t)
{
    char more[256];

    begin(t);
    add(t, "# master", "repl-diskless-sync-delay 0");
    snprintf(more, sizeof(more), "repl-diskless-sync-delay 0\nreplicaof 127.0.0.1 %d", t->port[0]);
    add(t, "# replica", more);
    test_redis_set_until(t, 0, "info replication", "state=online");
    snprintf(more, sizeof(more),
             "sentinel monitor tenon 127.0.0.1 %d 2\nsentinel down-after-milliseconds tenon 500\n"
             "sentinel failover-timeout tenon 3000",
             t->port[0]);
    for (int i = 0; i < 3; i++)
        add(t, "# sentinel", more);
    for (size_t i = TEST_REDIS_SENTINEL; i < t->n; i++) {
        test_redis_set_until(t, i, "info sentinel", "slaves=1,sentinels=3");
    }
    snprintf(t->url, sizeof(t->url), "sentinel:tenon@127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d", t->port[2], t->port[3],
             t->port[4]);
}

void test_redis_set_signal(struct test_redis_set *t, size_t i, int sig)
{
    if (t->pid[i] > 0)
        kill(t->pid[i], sig);
}

void test_redis_set_kill(struct test_redis_set *t, size_t i)
{
    if (t->pid[i] <= 0)
        return;
    kill(t->pid[i], SIGKILL);
    waitpid(t->pid[i], NULL, 0);
    t->pid[i] = 0;
}
