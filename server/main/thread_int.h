#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "base/scope.h"

/* One thread: a loop, and what the roles it carries need. */
struct sockets;

struct thread_conf {
    bool api, worker, clock;
    bool standins;
    bool backtests; /* of a worker: apart, since pages of messages would keep the loop of its jobs */
    const struct sockets *sockets;
    struct loop *home;     /* where the two below are called */
    void (*on_deaf)(void); /* it listens no more */
    void (*on_end)(void);
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

/* Tells whoever started us, once a second, that all loops turn. On the loop of the main thread. */
void beat_start(struct thread *threads, size_t count);
void beat_stop(void);
