#pragma once

#include <h2o.h>
#include <h2o/http1.h>
#include <h2o/http2.h>

#include "http/http.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* Inside the room. The library is seen by server.c (set-up, connections), take.c (request in), rs.c (answer out),
 * late.c (answers the library makes itself), guard.c and tls.c; the rest knows rq and rs only.
 */
#define HTTP_ACCEPT_BURST    16
#define HTTP_ANSWER_MAX      ((size_t)32 * 1024 * 1024)
#define HTTP_HEADERS_OUT_MAX 24
#define HTTP_ALLOW_MAX       48
#define REQUEST_ID_PREFIX    "req"

struct list_node { /* of a ring whose head is one too */
    struct list_node *prev, *next;
};

void list_init(struct list_node *head);
void list_add(struct list_node *head, struct list_node *n);
void list_drop(struct list_node *n);
bool list_empty(const struct list_node *head);

/* One protocol's configuration: HTTP/1 refuses a body by its declared length, HTTP/2 only by what has arrived and then
 * with a reset, so it is given slack in which we can still answer. */
struct http_side {
    struct http *http;
    h2o_globalconf_t conf;
    h2o_context_t ctx;
};

struct http {
    struct http_conf conf;
    struct http_app app;
    struct loop *loop;
    struct router *router;
    struct http_side h1, h2;
    struct list_node listeners;
    struct list_node conns;
    struct list_node calls;   /* with a fiber */
    struct list_node lingers; /* see late.c */
    size_t open;              /* connections */
    size_t running;           /* calls */
    size_t unanswered;        /* requests of the library that have not ended */
    h2o_req_t *sending;       /* the one whose answer is ours, during h2o_start_response */
};

/* rs: the answer to be, and the only way to the connection. The request's pool owns the link and clears both sides when
 * the library ends the request; the fiber clears it when it has answered. */
struct http_link {
    struct http *http;
    struct rs *rs;
};

struct rs {
    struct http *http;
    struct scope *sc;
    h2o_req_t *req; /* NULL: gone, or answered */
    struct http_link *link;
    bool head;     /* HEAD: length without octets */
    bool api;      /* under /v1: never cached */
    bool answered; /* the handler has */
    int status;
    const char *content_type; /* NULL: no body */
    struct str body;
    struct http_pair headers[HTTP_HEADERS_OUT_MAX];
    size_t header_count;
};

void rs_bind(struct rs *rs, struct http *h, struct scope *sc, h2o_req_t *req);
void rs_unbind(struct rs *rs);
bool rs_send(struct rs *rs);   /* false: the client has gone */
void rs_forget(struct rs *rs); /* what the handler answered; a problem takes its place */
const char *status_reason(int status);
void count_answer(const struct rq *rq, int status); /* rq NULL: one that the library answered itself */

/* call: one request from arrival to answer. */
struct call {
    struct list_node node;
    struct http *http;
    struct scope *sc;
    struct rq rq;
    struct rs rs;
    char allow[HTTP_ALLOW_MAX]; /* for 405 */
};

int call_on_req(h2o_handler_t *self, h2o_req_t *req);
struct http_handler {
    h2o_handler_t super;
    struct http *http;
};

/* Copies the request into the scope and refuses what no handler should see. */
enum err take_request(struct call *c, h2o_req_t *req);
enum err take_head_check(struct scope *sc, h2o_req_t *req); /* HTTP/1: what the library's parser lets through */
enum err take_method(struct scope *sc, struct str token, enum http_method *out);
enum err take_target(struct scope *sc, struct str target, struct rq *rq);
enum err take_authority(struct scope *sc, struct str authority, struct str *out_host);
enum err take_query(struct scope *sc, struct str raw, struct rq *rq);
enum err query_check(struct scope *sc, const struct rq *rq);
bool text_is_utf8(struct str s);
bool token_is_valid(struct str s);

/* problem: the RFC 9457 document of a failure. */
int problem_status(const struct scope *sc, enum err e);
struct str problem_body(struct scope *sc, enum err e, const char *request_id);
void problem_answer(struct rs *rs, enum err e, const char *allow);
enum err fail_parameter(struct scope *sc, const char *name, const char *code, const char *detail);

struct router *router_new(const struct route *const *routes);
void router_free(struct router *r);
/* ERR_NOT_FOUND, or ERR_NOT_ALLOWED with what is allowed; fills rq->route and rq->params. */
enum err router_match(const struct router *r, struct scope *sc, struct rq *rq, char allow[HTTP_ALLOW_MAX]);

/* late: turns the library's own error answers into problem documents. */
void late_register(h2o_pathconf_t *path, struct http *h);
void late_close_all(struct http *h);

bool guard_is_reached(void); /* do the library's calls arrive at our functions? */

SSL_CTX *http_tls_context(struct http_tls *t);
