#include "sys/loop_int.h"

#include "base/must.h"

enum err loop_fd_add(struct loop_fd *w, int fd, uint32_t events, void (*fn)(struct loop_fd *, uint32_t))
{
    struct loop *l = loop_here();
    struct epoll_event e = {.events = events, .data.ptr = w};

    MUST_BE(l && fn);
    *w = (struct loop_fd){.fd = fd};
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0)
        return ERR_UNAVAILABLE;
    w->events = events;
    w->fn = fn;
    return OK;
}

enum err loop_fd_change(struct loop_fd *w, uint32_t events)
{
    struct loop *l = loop_here();
    struct epoll_event e = {.events = events, .data.ptr = w};

    MUST_BE(l && w->fn);
    if (w->events == events)
        return OK;
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &e) != 0)
        return ERR_UNAVAILABLE;
    w->events = events;
    return OK;
}

void loop_fd_remove(struct loop_fd *w)
{
    struct loop *l = loop_here();

    if (!w->fn)
        return;
    MUST_BE(l);
    epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
    w->fn = NULL;
    for (int i = l->event_next; i < l->event_count; i++) /* its storage may be gone before its event is told */
        if (l->events[i].data.ptr == w)
            l->events[i].data.ptr = NULL;
}

/* What does not fit keeps the gate readable, so it comes with the next turn. */
void loop_fds_run(struct loop *l)
{
    int n = epoll_wait(l->epoll_fd, l->events, LOOP_EVENTS_MAX, 0);

    l->gate_open = false;
    l->event_count = n > 0 ? n : 0;
    for (l->event_next = 0; l->event_next < l->event_count;) {
        struct epoll_event *e = &l->events[l->event_next++];
        struct loop_fd *w = e->data.ptr;

        if (w)
            w->fn(w, e->events);
    }
    l->event_count = 0;
}
