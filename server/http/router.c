#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http_int.h"

/* A tree of path segments. A literal child is tried before the parameter, and the parameter when the literal led
 * nowhere. */
struct node {
    struct node *next;  /* sibling */
    struct node *child; /* literals */
    struct node *param; /* "{name}" */
    struct str segment; /* points into the route's path */
    const struct route *routes[HTTP_METHOD_COUNT];
};

struct router {
    struct node root;
    const struct route *otherwise;
};

static const char *const method_names[HTTP_METHOD_COUNT] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

const char *http_method_name(enum http_method method)
{
    return method_names[method];
}

enum http_class route_class(const struct route *route)
{
    if (route->class != HTTP_CLASS_BY_METHOD)
        return route->class;
    return route->method == HTTP_GET ? HTTP_CLASS_READ : HTTP_CLASS_WRITE;
}

/* GET /v1/orders/{order_id} is "get.orders.order_id" until it is given a name. */
const char *route_name(struct arena *a, const struct route *route)
{
    struct buf b;

    if (route->name)
        return route->name;
    buf_init(&b, a, 256);
    for (const char *c = method_names[route->method]; *c; c++)
        buf_c(&b, (char)(*c | 0x20));
    for (const char *c = strncmp(route->path, "/v1/", 4) == 0 ? route->path + 3 : route->path; *c; c++)
        if (*c != '{' && *c != '}')
            buf_c(&b, *c == '/' ? '.' : *c);
    return buf_cstr(&b);
}

/* Cuts the next segment off a path that starts with '/'. False at the end. */
static bool next_segment(struct str *path, struct str *out)
{
    const char *end;

    if (path->n == 0)
        return false;
    path->p++;
    path->n--;
    end = path->n ? memchr(path->p, '/', path->n) : NULL;
    out->p = path->p;
    out->n = end ? (size_t)(end - path->p) : path->n;
    path->p += out->n;
    path->n -= out->n;
    return true;
}

static struct node *node_new(struct str segment)
{
    struct node *n = calloc(1, sizeof(*n));

    if (!n)
        out_of_memory();
    n->segment = segment;
    return n;
}

static struct node *node_under(struct node *parent, struct str segment)
{
    struct node **slot;

    if (segment.n > 2 && segment.p[0] == '{') {
        if (!parent->param)
            parent->param = node_new(segment);
        return parent->param;
    }
    for (slot = &parent->child; *slot; slot = &(*slot)->next)
        if (str_equal((*slot)->segment, segment))
            return *slot;
    return *slot = node_new(segment);
}

static void router_add(struct router *r, const struct route *route)
{
    struct node *n = &r->root;
    struct str path = str_of(route->path), segment;
    size_t params = 0;

    MUST_BE(path.n > 0 && path.p[0] == '/' && route->method != HTTP_HEAD && route->run);
    if (path.n > 1)
        while (next_segment(&path, &segment)) {
            n = node_under(n, segment);
            params += segment.n > 2 && segment.p[0] == '{';
        }
    MUST_BE(params <= HTTP_PATH_PARAMS_MAX);
    MUST_BE(!n->routes[route->method]); /* the same method and path twice */
    n->routes[route->method] = route;
}

struct router *router_new(const struct route *const *routes, const struct route *otherwise)
{
    struct router *r = calloc(1, sizeof(*r));

    if (!r)
        out_of_memory();
    r->otherwise = otherwise;
    for (; routes && *routes; routes++)
        for (const struct route *one = *routes; one->path; one++)
            router_add(r, one);
    return r;
}

static void node_clear(struct node *n)
{
    struct node *next;

    for (struct node *c = n->child; c; c = next) {
        next = c->next;
        node_clear(c);
        free(c);
    }
    if (n->param)
        node_clear(n->param);
    free(n->param);
}

void router_free(struct router *r)
{
    if (r)
        node_clear(&r->root);
    free(r);
}

static bool node_has_routes(const struct node *n)
{
    for (size_t m = 0; m < HTTP_METHOD_COUNT; m++)
        if (n->routes[m])
            return true;
    return false;
}

/* As deep as the table's longest path, whatever the request says. */
static const struct node *node_find(const struct node *n, struct str path, struct rq *rq, size_t depth)
{
    struct str segment;
    const struct node *found;

    if (!next_segment(&path, &segment))
        return node_has_routes(n) ? n : NULL;
    for (const struct node *c = n->child; c; c = c->next)
        if (str_equal(c->segment, segment) && (found = node_find(c, path, rq, depth)))
            return found;
    if (!n->param || segment.n == 0)
        return NULL;
    rq->params[depth].value = segment;
    rq->param_count = depth + 1;
    return node_find(n->param, path, rq, depth + 1);
}

static void name_params(struct rq *rq)
{
    struct str path = str_of(rq->route->path), segment;
    size_t i = 0;

    while (next_segment(&path, &segment))
        if (segment.n > 2 && segment.p[0] == '{')
            rq->params[i++].name = (struct str){segment.p + 1, segment.n - 2};
    rq->param_count = i;
}

static void list_allowed(const struct node *n, char allow[HTTP_ALLOW_MAX])
{
    size_t used = 0;

    allow[0] = '\0';
    for (size_t m = 0; m < HTTP_METHOD_COUNT; m++) {
        if (!n->routes[m == HTTP_HEAD ? HTTP_GET : m])
            continue;
        used += (size_t)snprintf(allow + used, HTTP_ALLOW_MAX - used, "%s%s", used ? ", " : "", method_names[m]);
        MUST_BE(used < HTTP_ALLOW_MAX);
    }
}

enum err router_match(const struct router *r, struct scope *sc, struct rq *rq, char allow[HTTP_ALLOW_MAX])
{
    struct str path = rq->path;
    const struct node *n;

    if (path.n == 1)
        path.n = 0; /* "/" has no segments */
    n = node_find(&r->root, path, rq, 0);
    if (r->otherwise && !(n && n->routes[rq->method == HTTP_HEAD ? HTTP_GET : rq->method])) {
        rq->route = r->otherwise;
        rq->param_count = 0;
        return OK;
    }
    if (!n)
        return FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
    rq->route = n->routes[rq->method == HTTP_HEAD ? HTTP_GET : rq->method];
    if (!rq->route) {
        list_allowed(n, allow);
        return FAIL(sc, ERR_NOT_ALLOWED, "this address does not take that method");
    }
    name_params(rq);
    return OK;
}
