#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "http/guard_conn_int.h"

/* drain: ending without losing a request. Over HTTP/2 the library says GOAWAY twice, a second apart, the second time
 * with the last request it took; but it does so once in a context's life, to those that speak HTTP/2 at that moment, so
 * it is made to do it again for whoever was still shaking hands. When a connection's last stream has ended it closes
 * the descriptor, and with octets unread (an acknowledgement is enough) the kernel would reset the connection and drop
 * answers on their way; so a twin of the descriptor reads on until the client has closed too. HTTP/1 has no word for
 * "no more": a connection ends with its next answer, and one that has been quiet for a while with an end of input shown
 * to the library, which still takes a request that has already come in. */
#define TURN_MS   5
#define QUIET_US  INT64_C(3000000)
#define LINGER_US INT64_C(2000000)

void http_turn(struct http *h)
{
    if (fiber_self())
        fiber_sleep_us(TURN_MS * 1000);
    else
        loop_turn(h->loop, TURN_MS);
}

void drain_conn_begins(struct guard *g)
{
    g->twin = fcntl(g->fd, F_DUPFD_CLOEXEC, 3);
}

void drain_conn_ends(struct guard *g)
{
    if (g->twin < 0)
        return;
    shutdown(g->twin, SHUT_WR);
    late_linger(g->http, g->twin, LINGER_US);
}

static void say_goaway(struct http_side *s)
{
    h2o_timeout_entry_t *round = &s->ctx.http2._graceful_shutdown_timeout;

    if (h2o_timeout_is_linked(round))
        return;
    round->cb = NULL;
    h2o_context_request_shutdown(&s->ctx);
}

static int64_t quiet_us(const struct guard *g, int64_t since_us)
{
    struct tcp_info info;
    socklen_t n = sizeof(info);

    if (getsockopt(g->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
        return loop_now_us() - since_us; /* a Unix socket */
    return (int64_t)info.tcpi_last_data_recv * 1000;
}

static void end_quiet(struct http *h, int64_t since_us)
{
    for (struct list_node *n = h->conns.next; n != &h->conns; n = n->next) {
        struct guard *g = CONTAINER_OF(n, struct guard, node);

        if (g->stage != GUARD_HTTP2 && g->sock->input->size == 0 && quiet_us(g, since_us) >= QUIET_US)
            shutdown(g->fd, SHUT_RD);
    }
}

void http_drain(struct http *h, int ms)
{
    int64_t begun = loop_now_us(), due = begun + (int64_t)ms * 1000;

    h->draining = true;
    for (struct list_node *n = h->conns.next; n != &h->conns; n = n->next)
        drain_conn_begins(CONTAINER_OF(n, struct guard, node));
    http_stop_listening(h);
    do {
        say_goaway(&h->h1);
        say_goaway(&h->h2);
        end_quiet(h, begun);
        http_turn(h);
    } while ((h->running || h->unanswered || h->open || !list_empty(&h->lingers) || !list_empty(&h->proxied) ||
              !list_empty(&h->hellos)) &&
             loop_now_us() < due);
}
