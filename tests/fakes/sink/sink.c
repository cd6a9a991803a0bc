/* fake-sink: a system that takes JSON over HTTP, in memory, fast, and able to misbehave on request. Like most it may do
 * the same thing twice when it is asked twice; only where a request brings a header idempotency-key does it know
 * repeats. Options: --listen HOST:PORT, --seed N.
 *
 * - POST /COLLECTION: makes one, 201 {"id": n}
 * - PUT /COLLECTION/KEY: makes or replaces one, 200 {"id": n}
 * - GET /COLLECTION?reference=R: those whose body had "reference": R, as [{"id": n}]
 * - GET /COLLECTION/KEY: one that was put, its body, or 404
 * - GET /_sink: {"acted", "repeats", "doubled", "things", "put", "disorder", "dropped", "hung", "lied"}
 * - POST /_faults: percentages drop_before, drop_after, error_after, hang, refuse (POST alone); delay_ms, hang_ms
 *
 * doubled: things (by their reference) that were made more than once. disorder: bodies whose "seq" was not larger than
 * the one before it of the same "of"; what is put again as it is is no news. dropped, hung, lied: answers that did not
 * come, came late, or said 500 of what was done.
 */
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/httpd.h"

struct sink {
    json_t *made;  /* COLLECTION/reference: {"n", "id"} */
    json_t *keys;  /* idempotency key: id */
    json_t *put;   /* COLLECTION/KEY: body */
    json_t *order; /* of: seq */
    int64_t acted, repeats, doubled, disorder, next_id;
    int64_t dropped, hung, lied;
    double drop_before, drop_after, error_after, hang, refuse;
    int64_t delay_ms, hang_ms;
    uint64_t random;
};

static volatile bool stopped;

static void on_signal(int sig)
{
    (void)sig;
    stopped = true;
}

/* splitmix64: the same seed gives the same faults. */
static bool chance(struct sink *s, double percent)
{
    uint64_t z = s->random += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return percent > 0 && (double)((z ^ z >> 31) >> 11) < percent / 100 * 9007199254740992.0;
}

static void answer(struct http_reply *rs, int status, json_t *body)
{
    rs->status = status;
    rs->type = "application/json";
    rs->body = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    rs->len = strlen(rs->body);
    json_decref(body);
}

/* Things of one order come in the order of their numbers. */
static void look_at_order(struct sink *s, const json_t *body)
{
    const char *of = json_string_value(json_object_get(body, "of"));
    json_int_t seq = json_integer_value(json_object_get(body, "seq"));

    if (!of)
        return;
    s->disorder += seq <= json_integer_value(json_object_get(s->order, of));
    json_object_set_new(s->order, of, json_integer(seq));
}

static int64_t make(struct sink *s, const struct http_request *rq, const json_t *body)
{
    const char *reference = json_string_value(json_object_get(body, "reference"));
    int64_t id = ++s->next_id;
    char name[1024];

    s->acted++;
    look_at_order(s, body);
    if (*rq->key)
        json_object_set_new(s->keys, rq->key, json_integer(id));
    if (!reference)
        return id;
    snprintf(name, sizeof(name), "%s/%s", rq->path, reference);
    s->doubled += json_object_get(s->made, name) != NULL;
    json_object_set_new(s->made, name, json_integer(id));
    return id;
}

static void post(struct sink *s, const struct http_request *rq, struct http_reply *rs)
{
    json_t *body = json_loadb(rq->body, rq->len, JSON_DECODE_ANY, NULL), *known;

    if (!body) {
        answer(rs, 400, json_pack("{ss}", "detail", "the body is no JSON"));
        return;
    }
    known = *rq->key ? json_object_get(s->keys, rq->key) : NULL;
    s->repeats += known != NULL;
    answer(rs, 201, json_pack("{sI}", "id", known ? json_integer_value(known) : (json_int_t)make(s, rq, body)));
    json_decref(body);
}

static void put(struct sink *s, const struct http_request *rq, struct http_reply *rs)
{
    json_t *body = json_loadb(rq->body, rq->len, JSON_DECODE_ANY, NULL), *known = json_object_get(s->put, rq->path);

    s->acted++;
    s->repeats += known != NULL;
    if (!known || !json_equal(known, body))
        look_at_order(s, body);
    json_object_set_new(s->put, rq->path, body ? body : json_null());
    answer(rs, 200, json_pack("{sI}", "id", (json_int_t)++s->next_id));
}

static void get(struct sink *s, const struct http_request *rq, struct http_reply *rs)
{
    json_t *found;
    char name[1024];

    if (!strcmp(rq->path, "/_sink")) {
        answer(rs, 200,
               json_pack("{sI sI sI sI sI sI sI sI sI}", "acted", (json_int_t)s->acted, "repeats",
                         (json_int_t)s->repeats, "doubled", (json_int_t)s->doubled, "things",
                         (json_int_t)json_object_size(s->made), "put", (json_int_t)json_object_size(s->put), "disorder",
                         (json_int_t)s->disorder, "dropped", (json_int_t)s->dropped, "hung", (json_int_t)s->hung,
                         "lied", (json_int_t)s->lied));
        return;
    }
    if (!strncmp(rq->query, "reference=", 10)) {
        snprintf(name, sizeof(name), "%s/%s", rq->path, rq->query + 10);
        found = json_object_get(s->made, name);
        answer(rs, 200, found ? json_pack("[{sO}]", "id", found) : json_array());
        return;
    }
    found = json_object_get(s->put, rq->path);
    if (found)
        answer(rs, 200, json_incref(found));
    else
        answer(rs, 404, json_pack("{ss}", "detail", "there is none"));
}

static void faults(struct sink *s, const struct http_request *rq, struct http_reply *rs)
{
    json_t *body = json_loadb(rq->body, rq->len, 0, NULL);

    s->drop_before = json_number_value(json_object_get(body, "drop_before"));
    s->drop_after = json_number_value(json_object_get(body, "drop_after"));
    s->error_after = json_number_value(json_object_get(body, "error_after"));
    s->hang = json_number_value(json_object_get(body, "hang"));
    s->refuse = json_number_value(json_object_get(body, "refuse"));
    s->delay_ms = json_integer_value(json_object_get(body, "delay_ms"));
    s->hang_ms = json_integer_value(json_object_get(body, "hang_ms"));
    json_decref(body);
    rs->status = 204;
}

static void act(struct sink *s, const struct http_request *rq, struct http_reply *rs)
{
    if (!strcmp(rq->method, "POST"))
        post(s, rq, rs);
    else if (!strcmp(rq->method, "PUT"))
        put(s, rq, rs);
    else if (!strcmp(rq->method, "GET"))
        get(s, rq, rs);
    else
        answer(rs, 405, json_pack("{ss}", "detail", "GET, POST and PUT"));
}

static void handle(void *arg, const struct http_request *rq, struct http_reply *rs)
{
    struct sink *s = arg;
    bool own = rq->path[1] == '_', asks = !strcmp(rq->method, "GET");

    if (!strcmp(rq->path, "/_faults")) {
        faults(s, rq, rs);
        return;
    }
    if (!own && !asks && chance(s, s->drop_before)) {
        rs->drop = true;
        s->dropped++;
        return;
    }
    if (!own && !strcmp(rq->method, "POST") && chance(s, s->refuse)) {
        answer(rs, 422, json_pack("{ss}", "detail", "it does not please"));
        return;
    }
    act(s, rq, rs);
    if (own)
        return;
    rs->delay_us = s->delay_ms * 1000;
    if (chance(s, s->hang)) {
        rs->delay_us = s->hang_ms * 1000;
        s->hung++;
    }
    rs->drop = !asks && chance(s, s->drop_after);
    s->dropped += rs->drop;
    if (!asks && chance(s, s->error_after)) {
        rs->status = 500;
        s->lied++;
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"listen", 1, NULL, 'l'}, {"seed", 1, NULL, 's'}, {}};
    struct sink s = {.made = json_object(), .keys = json_object(), .put = json_object(), .order = json_object()};
    const char *listen = "127.0.0.1:0";
    struct httpd *h;
    int port, c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (c == 'l')
            listen = optarg;
        else if (c == 's')
            s.random = strtoull(optarg, NULL, 10);
        else
            return 2;
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    signal(SIGPIPE, SIG_IGN);
    h = httpd_open(listen, &port);
    if (!h) {
        fprintf(stderr, "fake-sink: %s: cannot listen\n", listen);
        return 1;
    }
    printf("url=http://127.0.0.1:%d/\n", port);
    fflush(stdout);
    httpd_run(h, handle, &s, &stopped);
    httpd_close(h);
    json_decref(s.made);
    json_decref(s.keys);
    json_decref(s.put);
    json_decref(s.order);
    return 0;
}
