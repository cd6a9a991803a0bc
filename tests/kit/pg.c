#include "kit/pg.h"

#include <fcntl.h>
#include <glob.h>
#include <libpq-fe.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/test.h"

extern char **environ;

/* Shared by the processes of one binary. A guard process holds the reading end of a pipe whose writing end all of them
 * hold: when the last has gone, it stops the server and removes the folder. */
struct server {
    bool made, running;
    char dir[64];
};
static struct server *server;
static int alive[2];
static char bin[256];

__attribute__((constructor)) static void share(void)
{
    server = mmap(NULL, sizeof(*server), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (server == MAP_FAILED || pipe2(alive, O_CLOEXEC) != 0)
        abort();
}

/* Runs a shell script with the folder as $1 and the programs' folder as $2; "$as" becomes the server's user. */
static pid_t run_start(const char *script, int in, int out, bool apart)
{
    char text[4096];
    char *argv[] = {"sh", "-c", text, "sh", server->dir, bin, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none;
    pid_t pid = -1;

    snprintf(text, sizeof(text), "as=; [ \"$(id -u)\" = 0 ] && %s\n%s",
             "as='setpriv --reuid=postgres --regid=postgres --init-groups'; cd /", script);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    if (apart)
        posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, (short)(POSIX_SPAWN_SETSIGMASK | (apart ? POSIX_SPAWN_SETSID : 0)));
    if (posix_spawn(&pid, "/bin/sh", &files, &attr, argv, environ) != 0)
        pid = -1;
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return pid;
}

static bool run(const char *script)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t pid = run_start(script, null, null, false);
    int status = 1;

    close(null);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void find_programs(void)
{
    glob_t found;

    if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0)
        snprintf(bin, sizeof(bin), "%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    if (!*bin)
        test_skip("PostgreSQL is not installed");
}

/* In memory where a gigabyte is free there: a schema is some thousand files, which a disk makes and forgets slowly. */
static const char *roomy(void)
{
    struct statvfs v;

    return statvfs("/dev/shm", &v) == 0 && v.f_bavail >= (1UL << 30) / v.f_frsize && access("/dev/shm", W_OK) == 0
               ? "/dev/shm"
               : "/tmp";
}

/* A place of its own for the server, which goes when the last process of this binary has gone. */
static void place_make(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    snprintf(server->dir, sizeof(server->dir), "%s/tenon-pg-XXXXXX", roomy());
    if (!mkdtemp(server->dir))
        abort();
    run_start("cat; $as \"$2/pg_ctl\" -D \"$1/data\" -m immediate -w stop; rm -rf \"$1\"", alive[0], null, true);
    close(null);
    if (!run("[ -z \"$as\" ] || chown postgres \"$1\""))
        abort();
}

static void make(void)
{
    if (!*server->dir)
        place_make();
    server->made = run("$as \"$2/initdb\" -D \"$1/data\" -N -A trust -U postgres -E UTF8 --locale=C");
    if (!server->made) {
        test_failed(__FILE__, __LINE__, "PostgreSQL cannot be set up in %s", server->dir);
        exit(1);
    }
}

void test_pg_start(void)
{
    if (!*bin)
        find_programs();
    if (!server->made)
        make();
    if (server->running)
        return;
    server->running = run("$as \"$2/pg_ctl\" -D \"$1/data\" -l \"$1/log\" -w -t 60 -o \"-k $1 -c listen_addresses= "
                          "-c fsync=off -c max_connections=60 -c shared_buffers=32MB\" start");
    if (!server->running) {
        test_failed(__FILE__, __LINE__, "PostgreSQL does not start in %s", server->dir);
        exit(1);
    }
}

/* On which this process asks. */
static PGconn *own;
static pid_t owner;

static void stop(const char *how)
{
    char script[128];

    if (own && owner == getpid()) {
        PQfinish(own);
        own = NULL;
    }
    snprintf(script, sizeof(script), "$as \"$2/pg_ctl\" -D \"$1/data\" -m %s -w stop", how);
    if (server->running)
        server->running = !run(script);
}

void test_pg_stop(void)
{
    stop("immediate");
}

/* ---- a server's data that other binaries have made ---- */

#define KEPT_AT                                                                                                        \
    "kept=$root/build/schema/unit-$({ cat \"$root/sql/roles.sql\" \"$root\"/sql/migrations/* "                         \
    "\"$root/server/db/migrate.c\" \"$root/tests/kit/pg.c\"; \"$2/postgres\" --version; id -u; }"                      \
    " | sha256sum | cut -c 1-16)\n"

static int keeping = -1; /* a lock: others wait until this process has made what is to be kept */

static bool run_at(const char *root, const char *script)
{
    char text[3000];

    snprintf(text, sizeof(text), "root='%s'\n" KEPT_AT "%s", root, script);
    return run(text);
}

void test_pg_begin(const char *root)
{
    char path[4200];

    if (!*bin)
        find_programs();
    if (server->made)
        return;
    place_make();
    snprintf(path, sizeof(path), "%s/build/schema/.unit-lock", root);
    if (run_at(root, "mkdir -p \"$root/build/schema\""))
        keeping = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (keeping < 0 || flock(keeping, LOCK_EX) != 0)
        return;
    if (run_at(root, "[ -d \"$kept\" ]")) {
        close(keeping);
        keeping = -1;
        server->made = run_at(root, "cp -a \"$kept\" \"$1/data\" || { rm -rf \"$1/data\"; false; }");
    }
}

void test_pg_keep(const char *root)
{
    if (keeping < 0)
        return;
    stop("fast");
    run_at(root, "find \"$root/build/schema\" -mindepth 1 -maxdepth 1 -name 'unit-*' -mmin +600 -exec rm -rf {} +\n"
                 "rm -rf \"$kept.new\"; cp -a \"$1/data\" \"$kept.new\" && mv -T \"$kept.new\" \"$kept\"");
    close(keeping);
    keeping = -1;
    test_pg_start();
}

const char *test_pg_url_as(const char *role)
{
    static char urls[8][160];
    static unsigned next;
    char *url = urls[next++ % 8];

    test_pg_start();
    snprintf(url, sizeof(urls[0]), "host=%s dbname=postgres user=%s", server->dir, role);
    return url;
}

const char *test_pg_url(void)
{
    return test_pg_url_as("postgres");
}

static void psql(const char *sql, int out)
{
    int in[2];
    int status = 1;
    pid_t pid;

    if (pipe2(in, O_CLOEXEC) != 0)
        abort();
    pid = run_start("PGOPTIONS='-c client_min_messages=warning' \"$2/psql\" -X -q -A -t -v ON_ERROR_STOP=1 -h \"$1\" "
                    "-U postgres -d postgres -f -",
                    in[0], out, false);
    close(in[0]);
    if (write(in[1], sql, strlen(sql)) != (ssize_t)strlen(sql))
        test_failed(__FILE__, __LINE__, "psql does not read: %s", sql);
    close(in[1]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        test_failed(__FILE__, __LINE__, "psql failed: %s", sql);
}

/* ---- asked on a connection of this process's own ---- */

static char answer[TEST_PG_TEXT_MAX];
static size_t answer_n;

/* What goes through one transaction as a whole cannot be this, and what psql alone understands neither. */
static bool is_for_psql(const char *sql)
{
    return strchr(sql, '\\') || strcasestr(sql, "vacuum") || strcasestr(sql, "create database") ||
           strcasestr(sql, "concurrently") || strcasestr(sql, "alter system");
}

static bool connected(void)
{
    if (own && owner == getpid() && PQstatus(own) == CONNECTION_OK)
        return true;
    if (own && owner == getpid())
        PQfinish(own);
    owner = getpid(); /* what a parent holds is not ours to end */
    own = PQconnectdb(test_pg_url());
    if (PQstatus(own) != CONNECTION_OK)
        return false;
    PQclear(PQexec(own, "set client_min_messages = warning"));
    return true;
}

static void put(const char *s, size_t n)
{
    if (n > sizeof(answer) - 1 - answer_n)
        n = sizeof(answer) - 1 - answer_n;
    memcpy(answer + answer_n, s, n);
    answer_n += n;
}

static void put_rows(const PGresult *rows)
{
    for (int i = 0; i < PQntuples(rows); i++) {
        for (int k = 0; k < PQnfields(rows); k++) {
            if (k)
                put("|", 1);
            put(PQgetvalue(rows, i, k), (size_t)PQgetlength(rows, i, k));
        }
        put("\n", 1);
    }
}

/* False: the connection broke on the way, and nothing is known. */
static bool asked(const char *sql)
{
    bool sent = connected() && PQsendQuery(own, sql);

    for (PGresult *r; sent && (r = PQgetResult(own)) != NULL; PQclear(r)) {
        if (PQresultStatus(r) == PGRES_FATAL_ERROR && PQresultErrorField(r, PG_DIAG_SQLSTATE)) { /* the server's word */
            fputs(PQresultErrorMessage(r), stderr);
            test_failed(__FILE__, __LINE__, "SQL failed: %s", sql);
        }
        put_rows(r);
    }
    if (!sent || PQstatus(own) != CONNECTION_OK)
        return false;
    if (PQtransactionStatus(own) != PQTRANS_IDLE)
        PQclear(PQexec(own, "rollback"));
    PQclear(PQexec(own, "discard all"));
    PQclear(PQexec(own, "set client_min_messages = warning"));
    return true;
}

static void asked_of_psql(const char *sql)
{
    FILE *out = tmpfile();
    ssize_t got;

    if (!out)
        abort();
    psql(sql, fileno(out));
    lseek(fileno(out), 0, SEEK_SET);
    while ((got = read(fileno(out), answer + answer_n, sizeof(answer) - 1 - answer_n)) > 0)
        answer_n += (size_t)got;
    fclose(out);
}

const char *test_pg_ask(const char *sql)
{
    test_pg_start();
    answer_n = 0;
    if (is_for_psql(sql))
        asked_of_psql(sql);
    else if (!asked(sql) && !asked(sql)) /* the server was started anew */
        test_failed(__FILE__, __LINE__, "no connection for: %s", sql);
    while (answer_n && answer[answer_n - 1] == '\n')
        answer_n--;
    answer[answer_n] = '\0';
    return answer;
}
