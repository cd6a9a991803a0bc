#pragma once

#include <h2o.h>
#include <h2o/http1.h>
#include <h2o/http2.h>

#include "http/guard_h1.h"
#include "http/http.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* Inside the room. The library is seen by server.c (set-up, connections), take.c (request in), rs.c (answer out),
 * late.c (answers the library makes itself), front.c (octets on their way to it), guard*.c and tls.c; the rest knows rq
 * and rs only.
 */
#define HTTP_ACCEPT_BURST    1 /* a turn: the rest is for whoever else listens; with 16 one process took all of 16 */
#define HTTP_BACKLOG         1024
#define HTTP_ANSWER_MAX      ((size_t)32 * 1024 * 1024)
#define HTTP_HEADERS_OUT_MAX 24
#define HTTP_ALLOW_MAX       48
#define HTTP_OWNER_BUCKETS   256
#define REQUEST_ID_PREFIX    "req"

struct list_node { /* of a ring whose head is one too */
    struct list_node *prev, *next;
};

void list_init(struct list_node *head);
void list_add(struct list_node *head, struct list_node *n);
void list_drop(struct list_node *n);
bool list_empty(const struct list_node *head);

/* One protocol's configuration and context. */
struct http_side {
    struct http *http;
    h2o_globalconf_t conf;
    h2o_context_t ctx;
};

struct listener {
    struct list_node node;
    struct http *http;
    struct loop_fd watch;
    struct loop_timer pause;
    SSL_CTX *ssl;
    bool watched;
};

struct peer { /* of a connection, when a proxy has told it */
    struct sockaddr_storage sa;
    socklen_t len; /* 0: the one that connected */
};

struct http {
    struct http_conf conf;
    struct http_app app;
    struct loop *loop;
    struct router *router;
    struct http_side h1, h2;
    struct list_node listeners;
    struct list_node conns;   /* struct guard */
    struct loop_timer sweep;  /* see guard_time.c */
    struct list_node calls;   /* with a fiber */
    struct list_node lingers; /* see late.c */
    struct list_node hellos;  /* connections whose client has not said which host it wants */
    struct list_node proxied; /* connections whose PROXY header is awaited */
    bool draining;
    size_t open;       /* connections */
    size_t crowd;      /* the most since memory was tidied, see guard_time.c */
    size_t running;    /* calls */
    size_t unanswered; /* requests of the library that have not ended */
    struct slots *owners[HTTP_OWNER_BUCKETS];
    h2o_req_t *sending; /* the one whose answer is ours, during h2o_start_response */
};

/* slots: how many calls of one connection, or of one owner, run at once on this thread. Counted references: calls
 * outlive their connection. */
struct slots {
    struct http *http;
    struct slots *chain; /* in the bucket of owners */
    struct uuid owner;
    bool owned;
    bool cools; /* see slots.c */
    unsigned refs;
    unsigned at_once, line_max;
    unsigned used, cooling, in_line;
    struct waitq line;
    struct loop_timer thaw;
};

struct slots *slots_of_conn(struct http *h);
struct slots *slots_of_owner(struct http *h, const struct uuid *owner);
struct slots *slots_ref(struct slots *s);
void slots_unref(struct slots *s);
enum err slots_take(struct scope *sc, struct slots *s); /* parks; ERR_CANCELLED when the client leaves meanwhile */
void slots_give(struct slots *s, bool abandoned);

/* bodies: how many octets of bodies the library keeps for us. */
#define BODY_CUTS_MAX 16

enum body_verdict { BODY_FITS, BODY_TOO_LARGE, BODY_CONNECTION_FULL, BODY_PROCESS_FULL };

struct body_cut { /* a stream of HTTP/2 whose body was ended early */
    uint32_t stream;
    enum body_verdict why;
    bool ended;    /* the client has ended it too, or was told to */
    bool answered; /* the library has closed it */
    size_t discarded;
};

struct front;
void bodies_reading(struct front *f); /* whose octets the library is about to look at */
enum body_verdict bodies_hold(struct front *f, size_t n);
void bodies_drop(struct front *f, size_t n);
bool bodies_tidy(void); /* now and then: gives memory back after many; false: while there are many */
enum body_verdict bodies_verdict(const h2o_req_t *req); /* HTTP/2; for the others all fits */
enum err bodies_fail(struct scope *sc, enum body_verdict v, size_t body_max);

/* front: one accepted socket, and what its octets pass before the library has them. The owner of the socket's on_close
 * embeds it and calls front_next and front_read where the library begins to read and where octets came. */
struct front {
    struct http *http;
    h2o_socket_t *sock;
    int fd;     /* the library's; open as long as the socket */
    bool is_h1; /* the library reads requests of HTTP/1 */
    struct guard_h1 h1;
    h2o_socket_cb read;    /* the library's */
    struct scope *refusal; /* its answer's octets, until they are written */
    struct lingerer *linger;
    struct slots *slots;
    size_t held; /* octets of bodies */
    struct body_cut cuts[BODY_CUTS_MAX];
    unsigned cut_next;
};

struct front *front_of(h2o_socket_t *sock); /* NULL: not one of ours */
void front_open(struct front *f, struct http *h, h2o_socket_t *sock, int fd);
void front_close(struct front *f); /* the library has closed the socket */
void front_http1(struct front *f); /* requests of HTTP/1 begin, perhaps with octets that have come already */
void front_http2(struct front *f);
bool front_next(struct front *f, h2o_socket_cb read); /* the library is about to read; false: refused, and answered */
bool front_read(struct front *f);                     /* octets came for it; false: likewise, nothing is passed on */

/* guard: connections, and what the room's other files tell of them. */
struct guard;

struct guard_request { /* of the library's, from whole to gone */
    struct list_node node;
    struct guard *guard; /* NULL: none, as in tests */
    h2o_req_t *req;
    bool answered;
    uint64_t sent;
    int64_t moved_us;
};

void guard_request_begin(struct guard_request *r, h2o_req_t *req);
void guard_request_answered(struct guard_request *r);
void guard_request_end(struct guard_request *r);
void guard_sweep_start(struct http *h);
void guard_sweep_stop(struct http *h);
void guard_shut_all(struct http *h); /* shows the library the end of every connection */

/* Places for connections, in the process and for each address. */
struct guard_seat {
    uint8_t address[16]; /* IPv6 by its first 64 bits */
    bool counted;        /* by address; Unix sockets are not */
};
bool guard_seat_take(const struct http_conf *conf, int fd, const struct peer *peer, struct guard_seat *out);
void guard_seat_give(struct guard_seat *seat);

/* rs: the answer to be, and the only way to the connection. The request's pool owns the link and clears both sides when
 * the library ends the request; the fiber clears it when it has answered. */
struct http_link {
    struct http *http;
    struct rs *rs;
    struct guard_request request;
};

struct rs {
    struct http *http;
    struct scope *sc;
    h2o_req_t *req; /* NULL: gone, or answered */
    struct http_link *link;
    bool head;     /* HEAD: length without octets */
    bool api;      /* under /v1: never cached */
    bool answered; /* the handler has */
    bool lost;     /* its answer breaks off */
    bool dropped;  /* none of it is sent */
    int status;
    const char *content_type; /* NULL: no body */
    struct str body;
    struct http_pair headers[HTTP_HEADERS_OUT_MAX];
    size_t header_count;
    const struct rq *rq;   /* NULL: none was taken */
    struct loaded *loaded; /* by `expand`, see shape.c */
    size_t kept;           /* the first so many stay when a problem takes the answer's place */
};

void rs_bind(struct rs *rs, struct http *h, struct scope *sc, h2o_req_t *req);
void rs_unbind(struct rs *rs);
bool rs_send(struct rs *rs);   /* false: the client has gone */
void rs_forget(struct rs *rs); /* what the handler answered; a problem takes its place */
const char *status_reason(int status);
void rs_condition(struct rs *rs, const struct rq *rq); /* 304 in the place of what the client has */
/* One object into the answer, as the request shapes it. n of them are `prepared` together before. */
enum err shape_prepare(struct scope *sc, struct rs *rs, const struct wire *w, const void *items, size_t n);
enum err shape_put(struct scope *sc, const struct rs *rs, struct buf *b, const struct wire *w, const void *item);
void count_answer(const struct rq *rq, int status); /* rq NULL: one that the library answered itself */

/* call: one request from arrival to answer. */
struct call {
    struct list_node node;
    struct http *http;
    struct scope *sc;
    struct rq rq;
    struct rs rs;
    struct slots *slots[2]; /* the connection's and the owner's */
    bool holds[2];
    char allow[HTTP_ALLOW_MAX]; /* for 405 */
};

int call_on_req(h2o_handler_t *self, h2o_req_t *req);
struct http_handler {
    h2o_handler_t super;
    struct http *http;
};

/* Copies the request into the scope and refuses what no handler should see. */
enum err take_request(struct call *c, h2o_req_t *req);
enum err take_method(struct scope *sc, struct str token, enum http_method *out);
enum err take_target(struct scope *sc, struct str target, struct rq *rq);
enum err take_authority(struct scope *sc, struct str authority, struct str *out_host, struct str *out_all);
enum err take_query(struct scope *sc, struct str raw, struct rq *rq);
enum err query_check(struct scope *sc, const struct rq *rq);
bool shape_is_parameter(const struct rq *rq, struct str name);
enum err shape_read(struct scope *sc, struct rq *rq);   /* after query_check */
enum err cursor_loose(struct scope *sc, struct rq *rq); /* takes a page's binding off the cursor */
void trace_read(struct scope *sc, const struct rq *rq); /* W3C trace context */
bool token_is_valid(struct str s);

/* problem: the RFC 9457 document of a failure. */
int problem_status(const struct scope *sc, enum err e);
struct str problem_body(struct scope *sc, enum err e, const char *request_id);
void problem_answer(struct rs *rs, enum err e, const char *allow);
enum err fail_parameter(struct scope *sc, const char *name, const char *code, const char *detail);

/* What every operation of the description shares, as members of its components. */
extern const char openapi_problem[], openapi_shared[];

struct router *router_new(const struct route *const *routes, const struct route *otherwise);
void router_free(struct router *r);
/* ERR_NOT_FOUND, or ERR_NOT_ALLOWED with what is allowed; fills rq->route and rq->params. */
enum err router_match(const struct router *r, struct scope *sc, struct rq *rq, char allow[HTTP_ALLOW_MAX]);

/* late: turns the library's own error answers into problem documents. */
void late_register(h2o_pathconf_t *path, struct http *h);
void late_close_all(struct http *h);
/* Reads on for a while after the library has closed; what the client has not yet sent would reset the connection. */
void linger_start(struct front *f);
void linger_closed(struct lingerer *l); /* the library has closed: the client may see the end */
/* Owns the descriptor: reads on and throws away, until the peer has closed too or it takes too long. */
void late_linger(struct http *h, int fd, int64_t most_us);

/* server: a connection with its peer known. */
void conn_start(struct http *h, SSL_CTX *ssl, int fd, const struct peer *peer);

/* drain */
void http_turn(struct http *h); /* a few milliseconds, in a fiber or outside */
void drain_conn_begins(struct guard *g);
void drain_conn_ends(struct guard *g);

/* proxy: one that must say whom it speaks for. */
bool proxy_is_trusted(const struct http_proxies *p, const struct sockaddr *sa);
void proxy_start(struct listener *l, int fd);
void proxy_close_all(struct http *h);

enum proxy_told { PROXY_BAD, PROXY_MORE, PROXY_DONE };
/* out_n: the header's length; out->len 0: it names nobody (a health check of the proxy's own). */
enum proxy_told proxy_parse(const uint8_t *p, size_t n, size_t *out_n, struct peer *out);

bool guard_is_reached(void); /* do the library's calls arrive at our functions? */

SSL_CTX *http_tls_context(struct http_tls *t);
