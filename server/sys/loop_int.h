#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

#include "sys/loop.h"

#define LOOP_EVENTS_MAX 128

struct loop_timers {
    struct loop_timer **heap;
    unsigned n, cap;
};

struct loop_posted;

struct loop {
    struct st_h2o_evloop_t *h2o;
    struct st_h2o_socket_t *gate; /* how the h2o loop sees our epoll set; owns its descriptor */
    int epoll_fd;
    int bell_fd; /* eventfd: other threads ring it */
    bool gate_open;
    bool in_turn;
    int64_t now_us;
    struct loop_timers timers;
    struct loop_fd bell;
    struct epoll_event events[LOOP_EVENTS_MAX];
    int event_next, event_count; /* the part of events still to be told */
    _Atomic(struct loop_posted *) posted;
    atomic_bool stop;
};

void loop_fds_run(struct loop *l);
/* Those due at l->now_us. */
void loop_timers_run(struct loop *l);
/* INT64_MAX when none is armed. */
int64_t loop_timers_next(const struct loop *l);
void loop_bell_ring(struct loop *l);
/* Runs or, when the loop goes away, only frees what was posted. */
void loop_posted_run(struct loop *l);
void loop_posted_drop(struct loop *l);
