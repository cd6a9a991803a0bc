#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "json/wire.h"

/* http: requests in, answers out, over libh2o. Every request is a fiber with a scope; the handler reads struct rq
 * (copied, valid as long as the scope) and answers through struct rs, which alone knows the connection.
 * struct rs has two owners, the handler's fiber and the h2o request, because under HTTP/2 a
 * reset frees the request under a waiting handler; when that happens scope->cancelled is set, waits that leave nothing
 * half done (a slot, a connection of the database) end at once with ERR_CANCELLED, a statement or a commit under way is
 * finished, and a late answer goes nowhere. Over HTTP/1 nobody reads while a handler runs, so its client is missed only
 * when the answer is written.
 * Between the network and the library stands the guard (guard*.c): one client with ordinary frames can abort the
 * library, so it sees only what is counted and fits, and a connection over its budgets of frames or time is cut. It
 * refuses to know tenants: who the host and the caller are is asked of the door (struct http_app).
 * The fact people get wrong: only the Host field (:authority in HTTP/2, where a host field decides nothing) names the
 * host.
 */
struct rs;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHOD_COUNT };
#define GET    HTTP_GET
#define POST   HTTP_POST
#define PUT    HTTP_PUT
#define PATCH  HTTP_PATCH
#define DELETE HTTP_DELETE

#define HTTP_PATH_PARAMS_MAX  6
#define HTTP_QUERY_PARAMS_MAX 32

const char *http_method_name(enum http_method method); /* "GET" */

struct http_pair {
    struct str name; /* lower case for headers; percent-decoded for query parameters */
    struct str value;
};

struct route;
struct http_app;
struct http_shape;

struct rq {
    enum http_method method;
    struct str host;      /* authority without port, lower case */
    struct str authority; /* with the port when one was said, lower case */
    struct str path;      /* without the query, not decoded */
    struct str body;
    struct str peer; /* client address as text */
    const struct http_pair *headers;
    size_t header_count;
    const struct http_pair *query;
    size_t query_count;
    struct http_pair params[HTTP_PATH_PARAMS_MAX]; /* of the route's path */
    size_t param_count;
    const struct route *route;
    int64_t received_us; /* monotonic */
    void *host_data;     /* what http_app.host found */
    struct uuid owner;   /* set by http_app.host: whose share of the requests at once this takes; nil: nobody's */
    struct rs *rs;       /* the answer to come, for rs_keep */
    bool tls;
    bool past;  /* set by http_app.admit: an older version of the API is spoken, see http_app.reword */
    void *door; /* what http_app.admit keeps for this request */
    const struct http_app *app;
    const struct http_shape *shape; /* what `fields` and `expand` ask for; NULL: the whole objects */
};

typedef enum err http_handler(struct scope *sc, const struct rq *rq, struct rs *rs);

/* Which budget of requests a route is paid from; by default its method says it. */
enum http_class { HTTP_CLASS_BY_METHOD, HTTP_CLASS_READ, HTTP_CLASS_WRITE, HTTP_CLASS_FREE };

/* A body that is no JSON of ours. */
struct http_body {
    const char *type;    /* "text/csv"; NULL ends a table */
    const char *meaning; /* what is in it, in sentences */
    const char *example;
};

struct route {
    enum http_method method;
    const char *path;               /* "/v1/orders/{order_id}"; segments are literal or one parameter */
    http_handler *run;              /* inside the request's transaction: OK commits, anything else rolls back */
    unsigned may;                   /* permission asked of http_app.auth; 0: nobody is asked */
    const struct wire *takes;       /* body; the door decodes it itself with rq_body */
    const struct http_body *bodies; /* in the place of takes: for the description, the door reads rq->body itself */
    const struct wire *answers;
    size_t body_max;          /* 0: http_conf.body_max */
    bool public_;             /* no authentication */
    bool customer_in_query;   /* `customer` may be there in the place of the header, for what cannot send any */
    bool unattended;          /* asked by a page by itself: nobody's session lives on by it */
    bool secret;              /* the body holds one: our copy is wiped when the request ends */
    bool raw;                 /* the handler wants no transaction of the door's (intake, pages) */
    const char *const *query; /* known query parameters, ends with NULL; unknown ones are refused. NULL: none. "*": any,
                                 for pages that strangers lead to */
    /* Of the description; every one may be left out. */
    const char *name;      /* of the operation, "orders.release"; NULL: made of method and path */
    const char *summary;   /* one sentence */
    bool idempotent;       /* an idempotency-key must be sent */
    bool etag;             /* answers bear one; a change needs if-match */
    bool paged;            /* a list of `answers`, with a cursor */
    int status;            /* of the good answer; 0: 200 */
    enum http_class class; /* see above */
    unsigned cost;         /* of the caller's budget; 0: one */
};

/* What an id in an answer stands for, put beside it on request (`expand`): the relation "customer" belongs to every
 * field "customer_id". */
struct http_relation {
    const char *name; /* NULL ends a table */
    const struct wire *wire;
    /* out[i] is what ids[i] names, or NULL; ids are distinct. Checks that the caller may see such things. Parks. */
    enum err (*load)(struct scope *sc, const struct uuid *ids, size_t n, const void **out);
};

/* A host's own certificate, as its owner brought it. */
struct secret;
struct http_certificate {
    const char *chain;  /* PEM; NULL: the host has none */
    struct secret *key; /* PEM; the asker frees it */
};

struct http_app {
    const struct route *const *routes; /* arrays, ends with NULL */
    /* The host names the partner; ERR_NOT_FOUND answers neutrally. Parks. */
    enum err (*host)(struct scope *sc, struct rq *rq);
    /* The certificate for a server name (lower case), before there is a request; what fails, or leaves chain NULL, is
     * served with the listener's own. sc->address is the client's. NULL: no host has one. Parks. */
    enum err (*certificate)(struct scope *sc, struct str name, struct http_certificate *out);
    /* Sets tenant and actor from the credentials, checks route->may. Parks. */
    enum err (*auth)(struct scope *sc, const struct rq *rq);
    /* Binds the scope to this thread's pool and so on, before anything else. */
    void (*begin)(struct scope *sc, void *thread_data);
    /* After the caller is known and the address is in order, before the handler, in whose place it may answer. Parks.
     */
    enum err (*admit)(struct scope *sc, struct rq *rq, struct rs *rs);
    /* Ends the request's transaction before the answer leaves; commit only when result is OK. Parks. */
    enum err (*end)(struct scope *sc, const struct rq *rq, struct rs *rs, enum err result);
    /* Adds what every answer of this door says, problems included. Never parks. */
    void (*dress)(struct scope *sc, const struct rq *rq, struct rs *rs);
    const struct http_relation *relations; /* NULL: none */
    const struct route *otherwise;         /* whatever has no route of its own, by any method; NULL: it is not found */
    /* Only when rq->past: one object as this version had it, and a body as the newest has it. */
    enum err (*reword)(struct scope *sc, const struct rq *rq, const struct wire *w, struct str now, struct str *out);
    enum err (*renew)(struct scope *sc, const struct rq *rq, const struct wire *w, struct str was, struct str *out);
    void *thread_data;
};

/* Proxies in front of us, by the address they connect from. Their connections must begin with a PROXY header (version 1
 * or 2), whose client address is the peer from then on; from anyone else such a header is no request. X-Forwarded-For
 * and its kin are never believed. */
#define HTTP_PROXIES_MAX 32

struct http_net {
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;
};

struct http_proxies {
    struct http_net v[HTTP_PROXIES_MAX];
    size_t count;
    bool unix_peers; /* whoever connects to a Unix socket of ours */
};

/* "10.1.0.0/16,::1,unix". */
enum err http_proxies_parse(struct scope *sc, const char *text, struct http_proxies *out);

struct http_conf {
    size_t body_max;         /* octets of one request body; 1 MiB */
    size_t header_max;       /* octets of a request's head; 32 KiB */
    size_t conn_bodies_max;  /* octets of bodies kept for one connection; 32 MiB. The rest 503 */
    size_t bodies_max;       /* and for all of the process; 256 MiB */
    unsigned streams;        /* concurrent HTTP/2 streams a connection; 100 */
    int request_timeout_ms;  /* a handler's deadline; 30,000 */
    int idle_timeout_ms;     /* a connection without a request; 30,000 */
    unsigned requests_max;   /* handlers at once on this thread; more get 503 with Retry-After */
    unsigned conn_requests;  /* of them of one connection; 64. The rest wait in line, then 503 */
    unsigned owner_requests; /* of them of one owner; 256. Four times as many wait in line, then 429 */
    int slot_wait_ms;        /* in line; 2,000 */
    struct http_proxies proxies;
    /* What the guard grants a client; 0 is the default, of the two numbers of connections: no limit. */
    int head_timeout_ms;              /* from accept, or a head's first octet, to its last; 10,000 */
    unsigned body_rate;               /* octets a second of a body, judged every ten seconds; 1,000 */
    int progress_timeout_ms;          /* an answer of which the client takes nothing; 30,000 */
    int life_ms;                      /* a connection; 3,600,000 */
    unsigned connections_per_address; /* in the process */
    unsigned connections_max;         /* in the process */
};

/* Proves that the library is a build this program knows (`builds`: further ids in hex, by commas, or NULL) and that its
 * calls reach the guard. Nothing may be served before. */
enum err http_prove(struct scope *sc, const char *builds);

/* TLS: the certificate of a listener, for hosts that have none of their own (http_app.certificate); PEM files. 1.2 with
 * ECDHE and AEAD, and 1.3; ALPN h2, http/1.1. */
struct http_tls;
enum err http_tls_open(struct scope *sc, const char *cert_file, const char *key_file, struct http_tls **out);
void http_tls_close(struct http_tls *t);

struct http;
struct http *http_open(const struct http_conf *conf, const struct http_app *app); /* on this thread's loop */
/* Starts accepting on a listening socket (owned by the caller, who may give it to several threads and processes). tls
 * NULL: plain, HTTP/1.1 and HTTP/2 by prior knowledge; an Upgrade to h2c is never taken. */
enum err http_listen(struct scope *sc, struct http *h, int fd, struct http_tls *tls);
/* A listening TCP or Unix socket: "127.0.0.1:8443", "[::1]:8443", "unix:/path". */
enum err http_socket(struct scope *sc, const char *address, int *out_fd);

/* Who reaches what listens on such an address, by the address alone. */
enum http_address {
    HTTP_ADDRESS_NONE,     /* it is none to listen on */
    HTTP_ADDRESS_LOOPBACK, /* with port: this machine */
    HTTP_ADDRESS_UNIX,     /* this machine */
    HTTP_ADDRESS_ALL,      /* whoever finds this machine; itself, too */
    HTTP_ADDRESS_ONE,      /* whoever finds that address */
};
enum http_address http_address_of(const char *address);
/* Takes what has already come in, then no more; what has been accepted is served on. */
void http_stop_listening(struct http *h);
/* Stops accepting, says GOAWAY and lets every connection end in its own time, at most `ms`: requests that have reached
 * us are answered, and clients know of which others they must ask elsewhere. Parks or turns the loop. */
void http_drain(struct http *h, int ms);
void http_close(struct http *h);
size_t http_running(const struct http *h);

/* Reading the request; what is missing or wrong becomes a fault with a pointer. */
struct str rq_header(const struct rq *rq, const char *lower_name); /* empty when absent; the first when repeated */
size_t rq_header_count(const struct rq *rq, const char *lower_name);
struct str rq_param(const struct rq *rq, const char *name);
/* ERR_INVALID for an id of another kind, ERR_NOT_FOUND for what is no id. */
enum err rq_path_id(struct scope *sc, const struct rq *rq, const char *param, const char *prefix, struct uuid *out);
struct str rq_query(const struct rq *rq, const char *name); /* empty when absent */
enum err rq_query_int(struct scope *sc, const struct rq *rq, const char *name, int64_t fallback, int64_t min,
                      int64_t max, int64_t *out);
/* For a handler that waits for something to happen: its places at its connection and its owner are given to others, and
 * it has none from then on. It limits by itself how many wait. */
void rq_rest(const struct rq *rq);
bool rq_is_last(const struct rq *rq); /* the server ends: who waits answers now */
/* Needs content-type application/json, no content-encoding. */
enum err rq_body(struct scope *sc, const struct rq *rq, const struct wire *w, void *out);

/* A body of application/x-www-form-urlencoded: at most HTTP_QUERY_PARAMS_MAX pairs, each name once. */
struct http_form {
    const struct http_pair *pairs;
    size_t n;
};
enum err rq_form(struct scope *sc, const struct rq *rq, struct http_form *out);
struct str http_form_get(const struct http_form *form, const char *name); /* empty when absent */

/* Answering: `fields` and `expand` shape answers of the route's own type. The bytes are kept until the transaction has
 * ended well, then they leave. One answer a request. */
enum err rs_json(struct scope *sc, struct rs *rs, int status, const struct wire *w, const void *value);
enum err rs_bytes(struct scope *sc, struct rs *rs, int status, const char *content_type, struct str body);
enum err rs_empty(struct scope *sc, struct rs *rs, int status);
void rs_header(struct scope *sc, struct rs *rs, const char *lower_name, const char *value);
/* The same for one that a problem carries as well. Before the handler answers. */
void rs_keep(struct scope *sc, struct rs *rs, const char *lower_name, const char *value);

/* The answer is made and never arrives: the connection, or under HTTP/2 its stream, breaks off. For stand-ins of
 * others' systems, which lose answers at times. */
void rs_lose(struct rs *rs);
/* The same without a word of it: the connection ends before the answer's first octet. */
void rs_drop(struct rs *rs);

/* What will be sent, for the door that keeps it. */
struct http_answer {
    int status;
    const char *content_type; /* NULL: no body */
    struct str body;
    const struct http_pair *headers;
    size_t header_count;
};
struct http_answer rs_answer(const struct rs *rs);

/* The OpenAPI 3.1 document of every route under /v1, from the tables alone. */
struct http_description {
    const char *title, *version;
    const char *server; /* "https://api.example.com" */
    const struct route *const *routes;
    const struct http_relation *relations;   /* NULL: none */
    const char *(*permission)(unsigned may); /* "orders:read" */
};
void http_describe(struct scope *sc, const struct http_description *d, struct buf *out);

/* "orders.release", or made of method and path. */
const char *route_name(struct arena *a, const struct route *route);
enum http_class route_class(const struct route *route);

/* A mutable object's version, as its strong ETag "v15" (RFC 9110 section 8.8.3). A GET that names it, or any other etag
 * that was set, in if-none-match is answered with 304. */
void rs_version(struct scope *sc, struct rs *rs, int64_t version);
/* The version that If-Match asks for, which a change of a mutable object needs: ERR_INVALID with status 428 without
 * one, 412 for a weak, an unreadable or several. Compare with the row's version in the statement that changes it, and
 * answer rq_stale when that met no row. */
enum err rq_if_match(struct scope *sc, const struct rq *rq, int64_t *out_version);
enum err rq_stale(struct scope *sc, int64_t current_version); /* ERR_INVALID with status 412 */

/* A page of a list: {"data":[…],"next_cursor":"…"|null} and a Link header. cursor NULL: the last page. */
enum err rs_page(struct scope *sc, const struct rq *rq, struct rs *rs, const struct wire *item, const void *items,
                 size_t n, const char *cursor);
/* Cursors are opaque and signed with a key of the process group (HMAC-SHA-256), for the scope's tenant; ERR_INVALID for
 * any other text. A page binds its cursor to the address and its filters besides. */
void http_cursor_key(const uint8_t key[32]);
const char *http_cursor_make(struct scope *sc, struct str list_name, struct bytes position);
enum err http_cursor_read(struct scope *sc, struct str list_name, struct str cursor, struct bytes *out_position);
