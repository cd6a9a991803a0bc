#include "queue/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "redis/redis.h"

/* A ticket in Redis: a lane digit, then partner, customer and job as hex. */
#define TICKET_TEXT 97
#define PUT_MAX 256

/* KEYS[1] is the prefix with the hash tag; the others are made from it and share its slot. For each lane a ring of
 * customers who have something ready, and for each customer a list. */
#define LUA_ADD                                                                                                        \
    "local function add(t)\n"                                                                                          \
    "  local lane, who = string.sub(t, 1, 1), string.sub(t, 2, 65)\n"                                                  \
    "  if redis.call('RPUSH', KEYS[1] .. ':ready:' .. lane .. ':' .. who, t) == 1 then\n"                              \
    "    redis.call('RPUSH', KEYS[1] .. ':ring:' .. lane, who)\n"                                                      \
    "  end\n"                                                                                                          \
    "  redis.call('INCR', KEYS[1] .. ':depth:' .. lane)\n"                                                             \
    "end\n"

static const char put_text[] = LUA_ADD "for i = 1, #ARGV do add(ARGV[i]) end\n"
                                       "return #ARGV\n";

/* ARGV: most, now in milliseconds. One of sixteen places is kept for each lower lane that has something. */
static const char take_text[] = LUA_ADD
    "local most, out = tonumber(ARGV[1]), {}\n"
    "local due = redis.call('ZRANGEBYSCORE', KEYS[1] .. ':due', '-inf', ARGV[2], 'LIMIT', 0, 256)\n"
    "for i = 1, #due do redis.call('ZREM', KEYS[1] .. ':due', due[i]); add(due[i]) end\n"
    "local function take(lane, upto)\n"
    "  while #out < upto do\n"
    "    local who = redis.call('LPOP', KEYS[1] .. ':ring:' .. lane)\n"
    "    if not who then return end\n"
    "    local list = KEYS[1] .. ':ready:' .. lane .. ':' .. who\n"
    "    local t = redis.call('LPOP', list)\n"
    "    if t then out[#out + 1] = t; redis.call('DECR', KEYS[1] .. ':depth:' .. lane) end\n"
    "    if redis.call('EXISTS', list) == 1 then redis.call('RPUSH', KEYS[1] .. ':ring:' .. lane, who) end\n"
    "  end\n"
    "end\n"
    "local share = math.floor(most / 16)\n"
    "for lane = 4, 1, -1 do if share > 0 then take(lane, math.min(most, #out + share)) end end\n"
    "for lane = 0, 4 do take(lane, most) end\n"
    "return out\n";

struct queue {
    struct redis *redis;
    char prefix[64];
    struct redis_script put, take;
};

struct queue *queue_open(struct redis *r, const char *name)
{
    struct queue *q = calloc(1, sizeof(*q));

    if (!q)
        out_of_memory();
    MUST_BE(strlen(name) + 3 < sizeof(q->prefix));
    q->redis = r;
    q->prefix[0] = '{';
    memcpy(q->prefix + 1, name, strlen(name));
    q->prefix[strlen(name) + 1] = '}';
    q->put.text = put_text;
    q->take.text = take_text;
    return q;
}

void queue_close(struct queue *q)
{
    free(q);
}

static struct str ticket_write(struct scope *sc, const struct ticket *t)
{
    struct buf b;

    buf_init(&b, sc->arena, TICKET_TEXT);
    buf_c(&b, (char)('0' + t->lane));
    buf_hex(&b, t->partner_id.b, 16);
    buf_hex(&b, t->customer_id.b, 16);
    buf_hex(&b, t->job_id.b, 16);
    return buf_str(&b);
}

/* What is not a ticket is ignored: Redis promises nothing. */
static bool ticket_read(struct str text, struct ticket *out)
{
    size_t n;

    if (text.n != TICKET_TEXT || text.p[0] < '0' || text.p[0] >= '0' + LANE_COUNT)
        return false;
    out->lane = (enum lane)(text.p[0] - '0');
    return hex_decode((struct str){text.p + 1, 32}, out->partner_id.b, 16, &n) &&
           hex_decode((struct str){text.p + 33, 32}, out->customer_id.b, 16, &n) &&
           hex_decode((struct str){text.p + 65, 32}, out->job_id.b, 16, &n);
}

enum err queue_put(struct scope *sc, struct queue *q, const struct ticket *v, size_t n)
{
    struct str key = str_of(q->prefix);
    struct redis_reply reply;

    for (size_t at = 0; at < n; at += PUT_MAX) {
        size_t count = n - at < PUT_MAX ? n - at : PUT_MAX;
        struct str *args = ARENA_ARRAY(sc->arena, struct str, count);

        for (size_t i = 0; i < count; i++)
            args[i] = ticket_write(sc, &v[at + i]);
        TRY(sc, redis_eval(sc, q->redis, &q->put, &key, 1, args, count, &reply));
    }
    return OK;
}

static struct str key_of(struct scope *sc, const struct queue *q, const char *name)
{
    return str_of(arena_f(sc->arena, "%s:%s", q->prefix, name));
}

enum err queue_put_at(struct scope *sc, struct queue *q, const struct ticket *v, size_t n, int64_t due_us)
{
    struct str *argv = ARENA_ARRAY(sc->arena, struct str, 2 + 2 * n);
    struct str score = str_of(arena_f(sc->arena, "%lld", (long long)(due_us / 1000 + 1)));
    struct redis_reply reply;

    argv[0] = STR("ZADD");
    argv[1] = key_of(sc, q, "due");
    for (size_t i = 0; i < n; i++) {
        argv[2 + 2 * i] = score;
        argv[3 + 2 * i] = ticket_write(sc, &v[i]);
    }
    return n ? redis_command(sc, q->redis, argv, 2 + 2 * n, &reply) : OK;
}

enum err queue_take(struct scope *sc, struct queue *q, size_t max, struct ticket_list *out)
{
    struct str key = str_of(q->prefix);
    struct redis_reply reply;
    struct ticket_list list;
    struct str args[2];

    args[0] = str_of(arena_f(sc->arena, "%zu", max < QUEUE_TAKE_MAX ? max : QUEUE_TAKE_MAX));
    args[1] = str_of(arena_f(sc->arena, "%lld", (long long)(time_now_us() / 1000)));
    TRY(sc, redis_eval(sc, q->redis, &q->take, &key, 1, args, 2, &reply));
    if (reply.kind != REDIS_ARRAY)
        return FAIL(sc, ERR_UNAVAILABLE, "the queue gave an odd answer");
    list = (struct ticket_list){ARENA_ARRAY(sc->arena, struct ticket, reply.n), 0};
    for (size_t i = 0; i < reply.n; i++)
        if (ticket_read(reply.items[i].text, &list.v[list.n]))
            list.n++;
    *out = list;
    return OK;
}

enum err queue_epoch_check(struct scope *sc, struct queue *q, bool *out_lost)
{
    struct str argv[] = {STR("EXISTS"), key_of(sc, q, "epoch")};
    struct redis_reply reply;

    TRY(sc, redis_command(sc, q->redis, argv, 2, &reply));
    *out_lost = reply.kind == REDIS_INT && reply.number == 0;
    return OK;
}

enum err queue_epoch_set(struct scope *sc, struct queue *q)
{
    struct str argv[] = {STR("SET"), key_of(sc, q, "epoch"), STR("1")};
    struct redis_reply reply;

    return redis_command(sc, q->redis, argv, 3, &reply);
}

enum err queue_depth(struct scope *sc, struct queue *q, size_t out[LANE_COUNT])
{
    struct str argv[1 + LANE_COUNT] = {STR("MGET")};
    struct redis_reply reply;

    for (int i = 0; i < LANE_COUNT; i++)
        argv[1 + i] = str_of(arena_f(sc->arena, "%s:depth:%d", q->prefix, i));
    TRY(sc, redis_command(sc, q->redis, argv, 1 + LANE_COUNT, &reply));
    for (size_t i = 0; i < LANE_COUNT; i++) {
        struct str text = i < reply.n ? reply.items[i].text : (struct str){NULL, 0};

        out[i] = text.n ? strtoul(str_dup(sc->arena, text), NULL, 10) : 0;
    }
    return OK;
}
