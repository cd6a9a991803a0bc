/* fake-shop: a shop's Admin interface as far as sweeps ask it: orders in memory, listed by what changed and given one
 * by one. It sends nothing by itself. GET
 * /admin/api/V/orders.json?updated_at_min=&updated_at_max=&since_id=&limit=&fields=id,updated_at    by id GET
 * /admin/api/V/orders/ID.json PUT /_orders       {"orders": […]}: each is put in the place of the one with its id PUT
 * /_faults       {"refuse": N, "status": S}: so many answers are S (429 unless said) GET /_shop         {"orders",
 * "lists", "ones", "refused"}: how many it holds, and what it was asked Options: --listen HOST:PORT, --token TOKEN
 * (without it, or with another, it answers 401).
 */
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fakes/httpd.h"

struct shop {
    json_t *orders; /* by id, each with "_at": seconds */
    const char *token;
    int64_t lists, ones, refused, refuse, status;
};

static volatile bool stopped;

static void on_signal(int sig)
{
    (void)sig;
    stopped = true;
}

static void answer(struct http_reply *rs, int status, json_t *body)
{
    rs->status = status;
    rs->type = "application/json";
    rs->body = json_dumps(body, JSON_COMPACT);
    rs->len = strlen(rs->body);
    json_decref(body);
}

/* RFC 3339 with a zone, to the second; -1: it is none. */
static int64_t seconds(const char *text)
{
    int zone_h = 0, zone_m = 0;
    struct tm tm = {0};
    const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    int64_t sign;

    if (!end)
        return -1;
    sign = *end == '-' ? -1 : 1;
    if (*end != 'Z' && sscanf(end + 1, "%2d:%2d", &zone_h, &zone_m) != 2)
        return -1;
    return timegm(&tm) - sign * (zone_h * 3600 + zone_m * 60);
}

/* The value of one parameter; "" when absent. */
static const char *parameter(const char *query, const char *name, char out[64])
{
    size_t n = strlen(name);

    *out = '\0';
    for (const char *at = query; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL)
        if (!strncmp(at, name, n) && at[n] == '=')
            sscanf(at + n + 1, "%63[^&]", out);
    return out;
}

static int by_id(const void *a, const void *b)
{
    json_int_t x = json_integer_value(json_object_get(*(json_t *const *)a, "id"));
    json_int_t y = json_integer_value(json_object_get(*(json_t *const *)b, "id"));

    return x < y ? -1 : x > y;
}

static void list(struct shop *s, const char *query, struct http_reply *rs)
{
    char text[64];
    int64_t from = seconds(parameter(query, "updated_at_min", text));
    int64_t until = seconds(parameter(query, "updated_at_max", text));
    int64_t after = strtoll(parameter(query, "since_id", text), NULL, 10);
    size_t most = strtoul(parameter(query, "limit", text), NULL, 10), n = 0;
    json_t **v = calloc(json_object_size(s->orders) + 1, sizeof(json_t *)), *out = json_array(), *order;
    const char *key;

    s->lists++;
    json_object_foreach(s->orders, key, order)
    {
        int64_t at = json_integer_value(json_object_get(order, "_at"));

        if (at >= from && at <= until && json_integer_value(json_object_get(order, "id")) > after)
            v[n++] = order;
    }
    qsort(v, n, sizeof(*v), by_id);
    for (size_t i = 0; i < n && i < most; i++)
        json_array_append_new(out, json_pack("{sO sO}", "id", json_object_get(v[i], "id"), "updated_at",
                                             json_object_get(v[i], "updated_at")));
    free(v);
    answer(rs, 200, json_pack("{so}", "orders", out));
}

static void one(struct shop *s, const char *id, struct http_reply *rs)
{
    char key[64];
    json_t *order;

    s->ones++;
    snprintf(key, sizeof(key), "%.*s", (int)strcspn(id, "."), id);
    order = json_object_get(s->orders, key);
    if (!order) {
        answer(rs, 404, json_pack("{ss}", "errors", "Not Found"));
        return;
    }
    order = json_copy(order);
    json_object_del(order, "_at");
    answer(rs, 200, json_pack("{so}", "order", order));
}

static void put(struct shop *s, const struct http_request *rq, struct http_reply *rs)
{
    json_t *body = json_loadb(rq->body, rq->len, 0, NULL), *order;
    char key[64];
    size_t i;

    json_array_foreach(json_object_get(body, "orders"), i, order)
    {
        snprintf(key, sizeof(key), "%lld", (long long)json_integer_value(json_object_get(order, "id")));
        json_object_set_new(order, "_at",
                            json_integer(seconds(json_string_value(json_object_get(order, "updated_at")))));
        json_object_set(s->orders, key, order);
    }
    json_decref(body);
    rs->status = 204;
}

static void own(struct shop *s, const struct http_request *rq, struct http_reply *rs)
{
    if (!strcmp(rq->path, "/_orders")) {
        put(s, rq, rs);
    } else if (!strcmp(rq->path, "/_faults")) {
        json_t *body = json_loadb(rq->body, rq->len, 0, NULL), *status = json_object_get(body, "status");

        s->refuse = json_integer_value(json_object_get(body, "refuse"));
        s->status = status ? json_integer_value(status) : 429;
        json_decref(body);
        rs->status = 204;
    } else {
        answer(rs, 200,
               json_pack("{sI sI sI sI}", "orders", (json_int_t)json_object_size(s->orders), "lists",
                         (json_int_t)s->lists, "ones", (json_int_t)s->ones, "refused", (json_int_t)s->refused));
    }
}

static void handle(void *arg, const struct http_request *rq, struct http_reply *rs)
{
    const char *at = strstr(rq->path, "/orders");
    struct shop *s = arg;

    if (rq->path[1] == '_') {
        own(s, rq, rs);
        return;
    }
    if (strcmp(rq->shop_token, s->token) != 0) {
        s->refused++;
        answer(rs, 401, json_pack("{ss}", "errors", "Invalid API key or access token"));
        return;
    }
    if (s->refuse > 0) {
        s->refuse--;
        s->refused++;
        answer(rs, (int)s->status, json_pack("{ss}", "errors", "not now"));
        return;
    }
    if (at && !strcmp(at, "/orders.json"))
        list(s, rq->query, rs);
    else if (at && !strncmp(at, "/orders/", 8))
        one(s, at + 8, rs);
    else
        answer(rs, 404, json_pack("{ss}", "errors", "Not Found"));
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"listen", 1, NULL, 'l'}, {"token", 1, NULL, 't'}, {}};
    struct shop s = {.orders = json_object(), .token = "none"};
    const char *listen = "127.0.0.1:0";
    struct httpd *h;
    int port, c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (c == 'l')
            listen = optarg;
        else if (c == 't')
            s.token = optarg;
        else
            return 2;
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    signal(SIGPIPE, SIG_IGN);
    h = httpd_open(listen, &port);
    if (!h) {
        fprintf(stderr, "fake-shop: %s: cannot listen\n", listen);
        return 1;
    }
    printf("url=http://127.0.0.1:%d/\n", port);
    fflush(stdout);
    httpd_run(h, handle, &s, &stopped);
    httpd_close(h);
    json_decref(s.orders);
    return 0;
}
