#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* loop: one event loop per thread, on libh2o's evloop. Descriptors of other libraries are watched
 * through one epoll set of ours whose own descriptor the h2o loop watches, because h2o may close
 * what it owns. Timers are ours (a heap). Other threads reach a loop only by loop_post.
 * The outer library is visible to http alone, through loop_h2o().
 */
struct loop;

struct loop *loop_new(void);
void loop_free(struct loop *l);
struct loop *loop_here(void); /* the loop of this thread, or NULL */
/* Runs until loop_stop; must be called on the thread that made it. */
void loop_run(struct loop *l);
/* One turn: waits at most max_ms for something, runs what is ready. For tests. */
void loop_turn(struct loop *l, int max_ms);
void loop_stop(struct loop *l); /* any thread */

int64_t loop_now_us(void); /* monotonic, read once a turn (the clock itself outside a loop) */

/* Runs fn(arg) on the loop's thread soon; any thread. */
void loop_post(struct loop *l, void (*fn)(void *), void *arg);

/* Timers: storage owned by the caller, at most one due time each. */
struct loop_timer {
    int64_t due_us;
    void (*fn)(struct loop_timer *);
    unsigned slot; /* place in the heap + 1; 0: not armed */
};
void loop_timer_arm(struct loop_timer *t, int64_t due_us, void (*fn)(struct loop_timer *));
void loop_timer_cancel(struct loop_timer *t);

/* Descriptors: storage owned by the caller; events are EPOLLIN and EPOLLOUT, level-triggered. */
struct loop_fd {
    int fd;
    uint32_t events;
    void (*fn)(struct loop_fd *, uint32_t events);
};
enum err loop_fd_add(struct loop_fd *w, int fd, uint32_t events, void (*fn)(struct loop_fd *, uint32_t));
enum err loop_fd_change(struct loop_fd *w, uint32_t events);
void loop_fd_remove(struct loop_fd *w); /* before the descriptor is closed; takes a removed one */

/* Work that blocks or burns the CPU runs on the side pool; parks meanwhile. ERR_LIMIT when its queue is full. */
enum err offload(void (*fn)(void *), void *arg);
enum err offload_start(unsigned threads, unsigned queue_max); /* once a process */
void offload_stop(void);

struct st_h2o_evloop_t;
struct st_h2o_evloop_t *loop_h2o(struct loop *l);
