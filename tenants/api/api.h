#pragma once

#include <stdint.h>

#include "base/scope.h"
#include "http/http.h"

/* api: the HTTP door of the product: one file a resource, each a table of routes. The host names the partner, the
 * credentials name the caller, and both come before any handler.
 */
struct db;
struct intake;
struct intake_planned;
struct net;
struct queue;
struct redis;

/* Requests a minute, of each key and of all of a customer's; reads 0: no limit, as in tests. */
struct api_budgets {
    int64_t reads, writes, customer_reads, customer_writes;
    int64_t sharers; /* threads of this server among which a budget is shared while Redis is away */
};

/* What the handlers of one thread use. */
struct api_thread {
    struct db *db;
    struct intake *intake;
    struct redis *redis;
    struct net *net; /* to partners' identity providers */
    struct api_budgets budgets;
    /* Jobs that a request's transaction has committed; NULL: nobody is told. */
    void (*planned)(void *arg, const struct intake_planned *v, size_t n);
    void *arg;
};

extern const struct route *const api_routes[]; /* ends with NULL */
void api_app(struct api_thread *t, struct http_app *out);
void api_thread_end(void); /* forgets what this thread counted, once nothing is under way */

/* The files of pages are read once, before any thread serves. */
enum err api_pages_load(struct scope *sc, const char *web_dir);

struct buf;
/* The OpenAPI description of /v1, in the name of whoever it is for. */
void api_describe(struct scope *sc, const char *title, const char *server, struct buf *out);
void api_pages_unload(void);

/* The second listener: health, readiness, metrics, version. */
extern const struct route *const api_ops_routes[];
struct api_ops {
    struct db *db; /* a small pool of tenon_api */
    bool (*queue_is_up)(void *arg);
    void *arg;
    bool needs_edge, needs_connection; /* keys that this process's roles cannot do without */
    bool draining;
};
void api_ops_app(struct api_ops *o, struct http_app *out);
