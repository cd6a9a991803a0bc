#include "queue/queue_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"

struct queue *queue_open(struct redis *r, const char *name)
{
    struct arena *a = arena_new();
    struct queue *q = ARENA_NEW(a, struct queue);

    MUST_BE(*name && !strpbrk(name, "{}"));
    q->arena = a;
    q->redis = r;
    q->prefix = arena_f(a, "{%s}:", name);
    q->put.text = queue_put_lua;
    q->put_at.text = queue_put_at_lua;
    q->take.text = queue_take_lua;
    q->epoch_check.text = queue_epoch_check_lua;
    q->epoch_set.text = queue_epoch_set_lua;
    return q;
}

void queue_close(struct queue *q)
{
    if (!q)
        return;
    MUST_BE(!q->bell_busy && waitq_is_empty(&q->others));
    redis_close(q->bell);
    arena_free(q->arena);
}

void queue_tenant_encode(const struct uuid *partner_id, const struct uuid *customer_id, char out[QUEUE_TENANT_LEN])
{
    memcpy(out, partner_id->b, 16);
    memcpy(out + 16, customer_id->b, 16);
}

void queue_ticket_encode(const struct ticket *t, char out[QUEUE_TICKET_LEN])
{
    MUST_BE((unsigned)t->lane < LANE_COUNT);
    out[0] = (char)('0' + (int)t->lane);
    queue_tenant_encode(&t->partner_id, &t->customer_id, out + 1);
    memcpy(out + 1 + QUEUE_TENANT_LEN, t->job_id.b, 16);
}

bool queue_ticket_decode(struct str text, struct ticket *out)
{
    if (text.n != QUEUE_TICKET_LEN || text.p[0] < '0' || text.p[0] >= '0' + (int)LANE_COUNT)
        return false;
    out->lane = (enum lane)(text.p[0] - '0');
    memcpy(out->partner_id.b, text.p + 1, 16);
    memcpy(out->customer_id.b, text.p + 17, 16);
    memcpy(out->job_id.b, text.p + 33, 16);
    return true;
}

static enum err run(struct scope *sc, struct queue *q, struct redis_script *script, const struct str *args, size_t n,
                    struct redis_reply *out)
{
    struct str prefix = str_of(q->prefix);

    TRY(sc, redis_eval(sc, q->redis, script, &prefix, 1, args, n, out));
    return OK;
}

static bool same_turn(const struct ticket *a, const struct ticket *b)
{
    return a->lane == b->lane && uuid_equal(&a->customer_id, &b->customer_id) &&
           uuid_equal(&a->partner_id, &b->partner_id);
}

/* Neighbours of one lane and customer go as one group. */
static size_t put_args(struct scope *sc, const struct ticket *v, size_t n, struct str *args)
{
    size_t argc = 0;

    for (size_t i = 0, end; i < n; i = end) {
        char *head = arena_alloc(sc->arena, QUEUE_TICKET_LEN);
        char *ids;

        for (end = i + 1; end < n && same_turn(&v[i], &v[end]); end++)
            ;
        ids = arena_alloc(sc->arena, 16 * (end - i));
        for (size_t k = i; k < end; k++)
            memcpy(ids + 16 * (k - i), v[k].job_id.b, 16);
        queue_ticket_encode(&v[i], head);
        args[argc++] = (struct str){head, 1};
        args[argc++] = (struct str){head + 1, QUEUE_TENANT_LEN};
        args[argc++] = (struct str){ids, 16 * (end - i)};
    }
    return argc;
}

enum err queue_put(struct scope *sc, struct queue *q, const struct ticket *v, size_t n)
{
    for (size_t i = 0, part; i < n; i += part) {
        struct redis_reply reply;
        struct str *args;

        part = n - i < QUEUE_BATCH_MAX ? n - i : QUEUE_BATCH_MAX;
        args = ARENA_ARRAY(sc->arena, struct str, 3 * part);
        TRY(sc, run(sc, q, &q->put, args, put_args(sc, v + i, part, args), &reply));
    }
    return OK;
}

enum err queue_put_at(struct scope *sc, struct queue *q, const struct ticket *v, const int64_t *due_us, size_t n)
{
    for (size_t i = 0, part; i < n; i += part) {
        struct redis_reply reply;
        struct str *args;

        part = n - i < QUEUE_BATCH_MAX ? n - i : QUEUE_BATCH_MAX;
        args = ARENA_ARRAY(sc->arena, struct str, 2 * part);
        for (size_t k = 0; k < part; k++) {
            char *text = arena_alloc(sc->arena, QUEUE_TICKET_LEN);

            queue_ticket_encode(&v[i + k], text);
            args[2 * k] = str_of(arena_f(sc->arena, "%lld", (long long)due_us[i + k]));
            args[2 * k + 1] = (struct str){text, QUEUE_TICKET_LEN};
        }
        TRY(sc, run(sc, q, &q->put_at, args, 2 * part, &reply));
    }
    return OK;
}

static void take_read(struct scope *sc, struct queue *q, const struct redis_reply *reply, struct ticket_list *out)
{
    struct ticket_list list = {.v = ARENA_ARRAY(sc->arena, struct ticket, reply->n)};

    q->next_due_us = 0;
    list.left_out = reply->n && reply->items[0].kind == REDIS_TEXT && str_is(reply->items[0].text, "more");
    if (reply->n && reply->items[0].kind == REDIS_TEXT)
        q->next_due_us = (int64_t)strtod(reply->items[0].text.p, NULL);
    for (size_t i = 1; i < reply->n; i++)
        if (reply->items[i].kind == REDIS_TEXT && queue_ticket_decode(reply->items[i].text, &list.v[list.n]))
            list.n++;
    *out = list;
}

enum err queue_take(struct scope *sc, struct queue *q, size_t max, const struct ticket *but, size_t but_n,
                    struct ticket_list *out)
{
    struct str *args = ARENA_ARRAY(sc->arena, struct str, 2 + but_n);
    struct redis_reply reply;

    if (max > QUEUE_TAKE_MAX)
        max = QUEUE_TAKE_MAX;
    args[0] = str_of(arena_f(sc->arena, "%zu", max));
    args[1] = str_of(arena_f(sc->arena, "%lld", (long long)time_now_us()));
    for (size_t i = 0; i < but_n; i++) {
        char *text = arena_alloc(sc->arena, QUEUE_TICKET_LEN);

        queue_ticket_encode(&but[i], text);
        args[2 + i] = (struct str){text, 1 + QUEUE_TENANT_LEN};
    }
    TRY(sc, run(sc, q, &q->take, args, 2 + but_n, &reply));
    take_read(sc, q, &reply, out);
    return OK;
}

static const char *key_of(struct scope *sc, const struct queue *q, const char *name)
{
    return arena_f(sc->arena, "%s%s", q->prefix, name);
}

enum err queue_weight_set(struct scope *sc, struct queue *q, const struct uuid *partner_id,
                          const struct uuid *customer_id, int weight)
{
    char tenant[QUEUE_TENANT_LEN];
    struct redis_reply reply;

    if (weight < 1 || weight > QUEUE_WEIGHT_MAX)
        return FAIL(sc, ERR_INVALID, "a weight is 1 to %d", QUEUE_WEIGHT_MAX);
    queue_tenant_encode(partner_id, customer_id, tenant);
    struct str argv[] = {STR("HSET"),
                         str_of(key_of(sc, q, "weight")),
                         {tenant, sizeof(tenant)},
                         str_of(arena_f(sc->arena, "%d", weight))};
    TRY(sc, redis_command(sc, q->redis, argv, ARRAY_LEN(argv), &reply));
    return OK;
}

enum err queue_depth(struct scope *sc, struct queue *q, size_t depth[LANE_COUNT])
{
    struct str argv[] = {STR("HMGET"), str_of(key_of(sc, q, "depth")), STR("0"), STR("1"), STR("2"), STR("3"),
                         STR("4")};
    struct redis_reply reply;

    TRY(sc, redis_command(sc, q->redis, argv, ARRAY_LEN(argv), &reply));
    for (size_t i = 0; i < LANE_COUNT; i++) {
        const struct redis_reply *item = i < reply.n ? &reply.items[i] : NULL;
        long long n = item && item->kind == REDIS_TEXT ? strtoll(item->text.p, NULL, 10) : 0;

        depth[i] = n > 0 ? (size_t)n : 0;
    }
    return OK;
}
