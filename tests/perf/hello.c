#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "sys/loop.h"

/* hello ADDRESS: a server of one answer, so that what HTTP itself costs is all there is. Linked twice: with the guard,
 * and with hello_bare.c in its place. */
static enum err hello(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return rs_bytes(sc, rs, 200, "text/plain", STR("hello\n"));
}

static const struct route routes[] = {{GET, "/hello", hello, .public_ = true, .raw = true}, {}};
static const struct route *const tables[] = {routes, NULL};

static struct loop *loop;

static void on_term(int signal_)
{
    (void)signal_;
    _Exit(0);
}

int main(int argc, char **argv)
{
    struct http_conf conf = {.body_max = 1 << 20,
                             .header_max = 32 * 1024,
                             .streams = 100,
                             .request_timeout_ms = 30000,
                             .requests_max = 4096,
                             .conn_requests = 64,
                             .owner_requests = 256,
                             .slot_wait_ms = 2000,
                             .conn_bodies_max = (size_t)32 << 20,
                             .bodies_max = (size_t)256 << 20,
                             .connections_per_address = 100,
                             .connections_max = 4000};
    struct http_app app = {.routes = tables};
    struct scope *sc = scope_new();
    struct http *h;
    int fd;

    signal(SIGTERM, on_term);
    loop = loop_new();
    if (argc != 2 || http_prove(sc, NULL) != OK || http_socket(sc, argv[1], &fd) != OK) {
        fprintf(stderr, "hello: cannot start: %s\n", argc == 2 ? scope_fault(sc)->message : "usage: hello ADDRESS");
        return 1;
    }
    h = http_open(&conf, &app);
    if (http_listen(sc, h, fd, NULL) != OK)
        return 1;
    loop_run(loop);
    return 0;
}
