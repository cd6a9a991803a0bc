#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* httpd: a small HTTP/1.1 server for stand-ins. One thread, epoll, keep-alive, Content-Length bodies up to 2 MiB.
 * It can do what a decent server never does: forget to answer, answer late, or act when the caller has long gone.
 */
struct httpd;

struct http_request {
    const char *method;
    const char *path;          /* without the query */
    const char *query;         /* "" when absent */
    const char *key;           /* of the header idempotency-key; "" when absent */
    const char *authorization; /* "" when absent */
    const char *shop_token;    /* of the header x-shopify-access-token; "" when absent */
    const char *content_type;
    const char *body; /* ends with a NUL that len does not count */
    size_t len;
};

struct http_reply {
    int status;
    const char *type;
    const char *header; /* one more header line with its end, or NULL */
    char *body;         /* malloc'ed, freed by the server */
    size_t len;
    int64_t delay_us;
    bool drop; /* close without a byte */
};

enum { HTTPD_BODY_MAX = 2 << 20 };

struct httpd *httpd_open(const char *host_port, int *port);
/* Serves until stop becomes true. */
void httpd_run(struct httpd *h, void (*handle)(void *arg, const struct http_request *, struct http_reply *), void *arg,
               const volatile bool *stop);
/* Runs fn(arg) after so long; what has not run at httpd_close is handed to drop. */
void httpd_later(struct httpd *h, int64_t delay_us, void (*fn)(void *arg), void (*drop)(void *arg), void *arg);
void httpd_close(struct httpd *h);
int64_t httpd_now_us(void);
