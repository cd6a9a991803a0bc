#include "net/net_int.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/must.h"

#define LANE_IDLE 16

static void global_init(void)
{
    MUST_BE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

void net_library_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, global_init);
}

static void tell_ended(struct net_lane *lane)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(lane->multi, &left)) != NULL) {
        CURL *easy = msg->easy_handle;
        CURLcode result = msg->data.result;
        struct net_run *run;

        if (msg->msg != CURLMSG_DONE)
            continue;
        MUST_BE(curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&run) == CURLE_OK);
        MUST_BE(curl_multi_remove_handle(lane->multi, easy) == CURLM_OK);
        run->result = result;
        run->done = true;
        waitq_wake_one(&run->wait);
    }
}

static void act(struct net_lane *lane, curl_socket_t fd, int events)
{
    int running;

    MUST_BE(curl_multi_socket_action(lane->multi, fd, events, &running) == CURLM_OK);
    tell_ended(lane);
}

/* Its first steps are gone at once: the loop's next turn may be a long one. */
void net_lane_go(struct net_lane *lane)
{
    act(lane, CURL_SOCKET_TIMEOUT, 0);
}

static void on_timer(struct loop_timer *t)
{
    act(CONTAINER_OF(t, struct net_lane, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer_change(CURLM *multi, long ms, void *arg)
{
    struct net_lane *lane = arg;

    (void)multi;
    if (ms < 0)
        loop_timer_cancel(&lane->timer);
    else
        loop_timer_arm(&lane->timer, loop_now_us() + (int64_t)ms * 1000, on_timer);
    return 0;
}

static void on_ready(struct loop_fd *w, uint32_t events)
{
    struct net_sock *s = CONTAINER_OF(w, struct net_sock, watch);
    int mask = 0;

    mask |= events & EPOLLIN ? CURL_CSELECT_IN : 0;
    mask |= events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
    mask |= events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0;
    act(s->lane, w->fd, mask); /* may free s */
}

static void sock_free(struct net_sock *s)
{
    loop_fd_remove(&s->watch);
    if (s->prev)
        s->prev->next = s->next;
    else
        s->lane->net->socks = s->next;
    if (s->next)
        s->next->prev = s->prev;
    free(s);
}

static struct net_sock *sock_new(struct net_lane *lane, curl_socket_t fd)
{
    struct net_sock *s = calloc(1, sizeof(*s));
    struct net *n = lane->net;

    if (!s)
        out_of_memory();
    s->lane = lane;
    s->next = n->socks;
    if (s->next)
        s->next->prev = s;
    n->socks = s;
    curl_multi_assign(lane->multi, fd, s);
    return s;
}

/* A descriptor that cannot be watched is not told to the library, which would end every call: this one ends by time. */
static int on_socket_change(CURL *easy, curl_socket_t fd, int what, void *arg, void *sock)
{
    struct net_sock *s = sock;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s)
            sock_free(s);
        return 0;
    }
    if (!s)
        s = sock_new(arg, fd);
    if (s->watch.fn)
        (void)!loop_fd_change(&s->watch, events);
    else
        (void)!loop_fd_add(&s->watch, fd, events, on_ready);
    return 0;
}

static char *copied(const char *s)
{
    char *copy = s ? strdup(s) : NULL;

    if (s && !copy)
        out_of_memory();
    return copy;
}

struct net *net_open(const struct net_conf *conf)
{
    struct net *n = calloc(1, sizeof(*n));

    MUST_BE(loop_here());
    net_library_start();
    if (!n)
        out_of_memory();
    n->conf = *conf;
    n->conf.connections = conf->connections ? conf->connections : 256;
    n->conf.host_connections = conf->host_connections ? conf->host_connections : 16;
    n->ca_file = copied(conf->ca_file);
    n->user_agent = copied(conf->user_agent);
    return n;
}

/* What a lane keeps open without a call: all that one host may have, or its part of what all may have, and a little.
 * With less a busy host's connections would be closed between its calls. */
static long kept_open(const struct net *n)
{
    unsigned part = n->conf.connections / NET_LANES, host = n->conf.host_connections;

    return (long)(part > host ? part : host) + LANE_IDLE;
}

static void lane_open(struct net *n, struct net_lane *lane)
{
    CURLM *multi = curl_multi_init();

    if (!multi)
        out_of_memory();
    lane->net = n;
    lane->multi = multi;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket_change);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, lane);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_change);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, lane);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kept_open(n));
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)n->conf.connections);
}

struct net_lane *net_lane_of(struct net *n, unsigned bucket)
{
    struct net_lane *lane = &n->lanes[bucket % NET_LANES];

    if (!lane->multi)
        lane_open(n, lane);
    return lane;
}

void net_close(struct net *n)
{
    if (!n)
        return;
    MUST_BE(n->active == 0 && n->waiting_count == 0);
    while (n->easy_count)
        curl_easy_cleanup(n->easies[--n->easy_count]);
    for (size_t i = 0; i < NET_LANES; i++)
        if (n->lanes[i].multi)
            curl_multi_cleanup(n->lanes[i].multi);
    while (n->socks)
        sock_free(n->socks);
    for (size_t i = 0; i < NET_LANES; i++)
        loop_timer_cancel(&n->lanes[i].timer);
    free(n->ca_file);
    free(n->user_agent);
    free(n);
}

CURL *net_easy_take(struct net *n)
{
    CURL *easy = n->easy_count ? n->easies[--n->easy_count] : curl_easy_init();

    if (!easy)
        out_of_memory();
    return easy;
}

void net_easy_give(struct net *n, CURL *easy)
{
    if (n->easy_count == NET_EASIES_MAX) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    n->easies[n->easy_count++] = easy;
}
