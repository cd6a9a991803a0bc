#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kit/test.h"
#include "sys/service.h"

TEST(names_of_descriptors_are_read_in_order)
{
    struct service s;

    CHECK(service_names("https:ops:https", 3, &s));
    CHECK_INT(s.count, 3);
    CHECK_INT(service_fd(&s, "https"), 3);
    CHECK_INT(service_fd(&s, "ops"), 4);
    CHECK_STR(s.fds[2].name, "https");
    CHECK_INT(service_fd(&s, "http"), -1);
}

TEST(without_names_all_are_unknown)
{
    struct service s;

    CHECK(service_names(NULL, 2, &s));
    CHECK_STR(s.fds[1].name, "unknown");
}

TEST(names_and_count_that_differ_are_refused)
{
    char longer[SERVICE_NAME_MAX + 1];
    struct service s;

    memset(longer, 'x', SERVICE_NAME_MAX);
    longer[SERVICE_NAME_MAX] = 0;
    CHECK(!service_names("https", 2, &s));
    CHECK(!service_names("https:ops:http", 2, &s));
    CHECK(!service_names("https::ops", 3, &s));
    CHECK(!service_names("", 1, &s));
    CHECK(!service_names(longer, 1, &s));
    CHECK(!service_names("a", SERVICE_FDS_MAX + 1, &s));
}

TEST(descriptors_meant_for_another_process_are_left_alone)
{
    struct service s;

    setenv("LISTEN_PID", "1", 1);
    setenv("LISTEN_FDS", "2", 1);
    CHECK_OK(service_take(test_scope(), &s));
    CHECK_INT(s.count, 0);
    CHECK(!getenv("LISTEN_FDS"));
}

TEST(descriptors_that_are_promised_and_not_there_are_an_error)
{
    char pid[16];
    struct service s;

    snprintf(pid, sizeof(pid), "%d", getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "20", 1);
    CHECK_ERR(service_take(test_scope(), &s), ERR_INVALID);
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "-1", 1);
    CHECK_ERR(service_take(test_scope(), &s), ERR_INVALID);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
}

TEST(notes_reach_the_service_managers_socket)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int n = snprintf(sa.sun_path + 1, sizeof(sa.sun_path) - 1, "tenon-service-test-%d", getpid());
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char name[sizeof(sa.sun_path) + 1], note[32] = "";
    struct service s;

    CHECK(bind(fd, (struct sockaddr *)&sa, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) == 0);
    snprintf(name, sizeof(name), "@%s", sa.sun_path + 1);
    setenv("NOTIFY_SOCKET", name, 1);
    CHECK_OK(service_take(test_scope(), &s));
    service_notify("READY=1");
    CHECK_INT(recv(fd, note, sizeof(note) - 1, MSG_DONTWAIT), 7);
    CHECK_STR(note, "READY=1");
    close(fd);
}
