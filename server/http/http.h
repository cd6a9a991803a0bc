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
 * reset frees the request under a waiting handler; when that happens scope->cancelled is set, parked waits end with
 * ERR_CANCELLED, and a late answer goes nowhere.
 * It refuses to know tenants: who the host and the caller are is asked of the door (struct http_app).
 */
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

struct rq {
    enum http_method method;
    struct str host; /* authority without port, lower case */
    struct str path; /* without the query, not decoded */
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
    bool tls;
};

struct rs;

typedef enum err http_handler(struct scope *sc, const struct rq *rq, struct rs *rs);

struct route {
    enum http_method method;
    const char *path;         /* "/v1/orders/{order_id}"; segments are literal or one parameter */
    http_handler *run;        /* inside the request's transaction: OK commits, anything else rolls back */
    unsigned may;             /* permission asked of http_app.auth; 0: nobody is asked */
    const struct wire *takes; /* body; the door decodes it itself with rq_body */
    const struct wire *answers;
    size_t body_max;          /* 0: http_conf.body_max */
    bool public_;             /* no authentication */
    bool secret;              /* the body holds one: our copy is wiped when the request ends */
    bool raw;                 /* the handler wants no transaction of the door's (intake, pages) */
    const char *const *query; /* known query parameters, ends with NULL; unknown ones are refused. NULL: none */
};

struct http_app {
    const struct route *const *routes; /* arrays, ends with NULL */
    /* The host names the partner; ERR_NOT_FOUND answers neutrally. Parks. */
    enum err (*host)(struct scope *sc, struct rq *rq);
    /* Sets tenant and actor from the credentials, checks route->may. Parks. */
    enum err (*auth)(struct scope *sc, const struct rq *rq);
    /* Binds the scope to this thread's pool and so on, before anything else. */
    void (*begin)(struct scope *sc, void *thread_data);
    /* Ends the request's transaction before the answer leaves; commit only when result is OK. */
    enum err (*end)(struct scope *sc, enum err result);
    void *thread_data;
};

struct http_conf {
    size_t body_max;        /* octets of one request body; 1 MiB */
    size_t header_max;      /* octets of a request's head; 32 KiB */
    unsigned streams;       /* concurrent HTTP/2 streams a connection; 100 */
    int request_timeout_ms; /* a handler's deadline; 30,000 */
    int idle_timeout_ms;
    unsigned requests_max; /* handlers at once on this thread; more get 503 with Retry-After */
};

/* TLS: one certificate for each listener for now; PEM files. 1.2 with ECDHE and AEAD, and 1.3; ALPN h2, http/1.1. */
struct http_tls;
enum err http_tls_open(struct scope *sc, const char *cert_file, const char *key_file, struct http_tls **out);
void http_tls_close(struct http_tls *t);

struct http;
struct http *http_open(const struct http_conf *conf, const struct http_app *app); /* on this thread's loop */
/* Starts accepting on a listening socket (owned by the caller; SO_REUSEPORT ones for several threads). tls NULL: plain,
 * HTTP/1.1 and HTTP/2 by prior knowledge; an Upgrade to h2c is never taken. */
enum err http_listen(struct scope *sc, struct http *h, int fd, struct http_tls *tls);
/* A listening TCP or Unix socket: "127.0.0.1:8443", "[::1]:8443", "unix:/path". SO_REUSEPORT for TCP. */
enum err http_socket(struct scope *sc, const char *address, int *out_fd);
/* Stops accepting, says GOAWAY, waits for running requests at most `ms`; parks or turns the loop. */
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
/* Needs content-type application/json, no content-encoding. */
enum err rq_body(struct scope *sc, const struct rq *rq, const struct wire *w, void *out);

/* Answering: the bytes are kept until the transaction has ended well, then they leave. One answer a request. */
enum err rs_json(struct scope *sc, struct rs *rs, int status, const struct wire *w, const void *value);
enum err rs_bytes(struct scope *sc, struct rs *rs, int status, const char *content_type, struct str body);
enum err rs_empty(struct scope *sc, struct rs *rs, int status);
void rs_header(struct scope *sc, struct rs *rs, const char *lower_name, const char *value);

/* A page of a list: {"data":[…],"next_cursor":"…"|null} and a Link header. cursor NULL: the last page. */
enum err rs_page(struct scope *sc, const struct rq *rq, struct rs *rs, const struct wire *item, const void *items,
                 size_t n, const char *cursor);
/* Cursors are opaque and signed with a key of the process group (HMAC-SHA-256); ERR_INVALID for any other text. */
void http_cursor_key(const uint8_t key[32]);
const char *http_cursor_make(struct scope *sc, struct str list_name, struct bytes position);
enum err http_cursor_read(struct scope *sc, struct str list_name, struct str cursor, struct bytes *out_position);
