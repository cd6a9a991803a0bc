#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "base/scope.h"

/* One thread: a loop, and what the roles it carries need. */
#define THREAD_LISTENERS 8

struct thread_listener {
    int fd;
    bool tls;
};

struct thread_conf {
    bool api, worker, clock;
    struct thread_listener listeners[THREAD_LISTENERS];
    size_t listener_count;
    struct http_tls *tls;
};

struct thread {
    pthread_t id;
    struct thread_conf conf;
    struct loop *loop;
    int ready_fd; /* an eventfd: written once it serves */
    bool failed;
    struct parts *parts;
};

enum err thread_start(struct scope *sc, const struct thread_conf *conf, struct thread *out); /* waits until it serves */
void thread_stop(struct thread *t); /* asks; drains in its own time */
void thread_join(struct thread *t);
