#include "sys/cage.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit/loop.h"
#include "kit/test.h"

#define SOON 20000000

/* What is caged here says back what it is told. */
static int echo(void)
{
    struct cage_frame f;

    if (!cage_enter((size_t)1 << 30, 60))
        return 1;
    while (cage_read(&f))
        if (f.kind == '!')
            _exit(1);
        else if (f.kind == 'e')
            cage_write('e', str_of(getenv("TENON_SECRET") ? "knows it" : "knows nothing"));
        else if (f.kind == 's')
            cage_write('s', str_of(socket(AF_INET, SOCK_STREAM, 0) < 0 ? "refused" : "open"));
        else if (!cage_write(f.kind, f.octets))
            return 1;
    return 0;
}

__attribute__((constructor)) static void become_caged(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "cage-test") == 0)
        _exit(echo());
}

static struct cage *given_cage(void)
{
    struct cage *c = NULL;

    CHECK_OK(cage_open(test_scope(), "cage-test", loop_now_us() + SOON, &c));
    MUST_BE(c);
    return c;
}

static const char *said(struct cage *c, char kind, const char *text)
{
    struct cage_frame f = {0};

    CHECK_OK(cage_send(test_scope(), c, kind, str_of(text), loop_now_us() + SOON));
    CHECK_OK(cage_take(test_scope(), c, loop_now_us() + SOON, &f));
    CHECK_INT(f.kind, kind);
    return str_dup(test_scope()->arena, f.octets);
}

TEST_IN_LOOP(frames_go_both_ways_whole_however_long)
{
    struct cage *c = given_cage();
    struct cage_frame f = {0};
    struct str long_one = {arena_zalloc(test_scope()->arena, 3 << 20), 3 << 20};

    CHECK_STR(said(c, 'x', "hello"), "hello");
    CHECK_STR(said(c, 'y', ""), "");
    memset((char *)long_one.p, 'a', long_one.n);
    CHECK_OK(cage_send(test_scope(), c, 'l', long_one, loop_now_us() + SOON));
    CHECK_OK(cage_take(test_scope(), c, loop_now_us() + SOON, &f));
    CHECK(str_equal(f.octets, long_one));
    cage_close(c);
}

TEST_IN_LOOP(the_process_finds_every_wall_closed_and_knows_nothing)
{
    struct cage *c;

    setenv("TENON_SECRET", "secret", 1);
    c = given_cage();
    CHECK(strstr(cage_hello(c), "\"refused\":[\"socket\",\"socketpair\",\"connect\",\"bind\",\"listen\",\"accept\","
                                "\"sendto\",\"sendmsg\",\"open\",\"exec\",\"clone\"],\"open\":[]"));
    CHECK_STR(said(c, 's', ""), "refused");
    CHECK_STR(said(c, 'e', ""), "knows nothing");
    cage_close(c);
}

static const char *link_at(const char *folder, const char *name)
{
    char *to = arena_zalloc(test_scope()->arena, 256);

    return readlink(arena_f(test_scope()->arena, "%s/%s", folder, name), to, 255) < 0 ? "" : to;
}

/* As the system sees it from outside, with descriptors of this process that anybody could inherit. */
TEST_IN_LOOP(the_process_holds_no_socket_and_no_descriptor_but_its_pipes)
{
    int leaked = socket(AF_INET, SOCK_STREAM, 0), high = dup2(leaked, 70);
    struct cage *c = given_cage();
    const char *folder = arena_f(test_scope()->arena, "/proc/%d/fd", cage_pid(c));
    DIR *d = opendir(folder);
    unsigned pipes = 0, all = 0;

    MUST_BE(d && high == 70);
    for (struct dirent *e; (e = readdir(d));) {
        const char *to = link_at(folder, e->d_name);

        if (*e->d_name == '.')
            continue;
        all++;
        pipes += strcmp(e->d_name, "3") == 0 || strcmp(e->d_name, "4") == 0 ? strncmp(to, "pipe:", 5) == 0 : 0;
        CHECK(strncmp(to, "socket:", 7) != 0);
    }
    closedir(d);
    CHECK_INT(pipes, 2);
    CHECK_INT(all, 5);
    cage_close(c);
    close(leaked);
    close(high);
}

/* Where the system lets a process leave the network, there is no interface but one that leads nowhere. */
TEST_IN_LOOP(the_process_has_left_the_network)
{
    struct cage *c = given_cage();
    char line[256];
    unsigned lines = 0;
    FILE *f;

    if (!strstr(cage_hello(c), "\"own_network\":true")) {
        cage_close(c);
        test_skip("this system lets no process leave the network");
    }
    f = fopen(arena_f(test_scope()->arena, "/proc/%d/net/dev", cage_pid(c)), "r");
    MUST_BE(f);
    while (fgets(line, sizeof(line), f))
        lines += strchr(line, ':') && !strstr(line, "lo:");
    fclose(f);
    CHECK_INT(lines, 0);
    cage_close(c);
}

TEST_IN_LOOP(a_process_that_ends_or_is_slow_is_an_error)
{
    struct cage *c = given_cage();
    struct cage_frame f;

    CHECK_ERR(cage_take(test_scope(), c, loop_now_us() + 50000, &f), ERR_TIMEOUT);
    CHECK_OK(cage_send(test_scope(), c, '!', (struct str){0}, loop_now_us() + SOON));
    CHECK_ERR(cage_take(test_scope(), c, loop_now_us() + SOON, &f), ERR_UNAVAILABLE);
    cage_close(c);
    cage_close(NULL);
}

TEST_IN_LOOP(what_does_not_know_its_role_is_no_cage)
{
    struct cage *c = NULL;

    CHECK_ERR(cage_open(test_scope(), "no-such-test", loop_now_us() + SOON, &c), ERR_UNAVAILABLE);
    CHECK(!c);
}
