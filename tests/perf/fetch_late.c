#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "fakes/httpd.h"

/* A system that takes its time. */

int fetch_serve(int delay_ms);

static int64_t delay_us;

static void late(void *arg, const struct http_request *request, struct http_reply *reply)
{
    (void)arg, (void)request;
    reply->status = 200;
    reply->type = "application/json";
    reply->body = strdup("{\"id\":1,\"name\":\"thing\",\"stock\":4}");
    reply->len = strlen(reply->body);
    reply->delay_us = delay_us;
}

int fetch_serve(int delay_ms)
{
    static const volatile bool never = false;
    int port = 0;
    struct httpd *h = httpd_open("127.0.0.1:0", &port);

    MUST_BE(h);
    delay_us = (int64_t)delay_ms * 1000;
    printf("port %d\n", port);
    fflush(stdout);
    httpd_run(h, late, NULL, &never);
    httpd_close(h);
    return 0;
}
