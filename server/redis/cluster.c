#include "redis/redis_int.h"

#include <string.h>

#define AGAIN_US 20000 /* half of a script's keys have moved: the other half follows soon */

/* "MOVED 3999 127.0.0.1:6381" */
static bool target_read(const redisReply *reply, const struct redis_address *teller, struct redis_redirect *out)
{
    const char *at = strchr(reply->str, ' '), *end = reply->str + reply->len, *colon;
    unsigned slot = 0;
    int64_t port = 0;

    for (at++; at < end && *at >= '0' && *at <= '9' && slot < REDIS_SLOTS; at++)
        slot = slot * 10 + (unsigned)(*at - '0');
    if (at >= end || *at++ != ' ' || slot >= REDIS_SLOTS)
        return false;
    out->slot = slot;
    colon = memrchr(at, ':', (size_t)(end - at));
    for (const char *c = colon ? colon + 1 : end; c < end && *c >= '0' && *c <= '9' && port <= 65535; c++)
        port = port * 10 + (*c - '0');
    return colon && redis_address_told((struct str){at, (size_t)(colon - at)}, port, teller, &out->to);
}

bool redis_redirect_read(const redisReply *reply, const struct redis_address *teller, struct redis_redirect *out)
{
    *out = (struct redis_redirect){.turn = REDIS_STAYS};
    if (redis_error_starts(reply, "MOVED "))
        out->turn = REDIS_MOVED;
    else if (redis_error_starts(reply, "ASK "))
        out->turn = REDIS_ASKS;
    else if (redis_error_starts(reply, "TRYAGAIN "))
        out->turn = REDIS_AGAIN;
    if (out->turn == REDIS_STAYS || out->turn == REDIS_AGAIN)
        return true;
    return target_read(reply, teller, out);
}

static struct redis_conn *holder(const struct redis *r, const struct redis_command *cmd)
{
    size_t key = redis_key_at(cmd->argv, cmd->argc);
    uint8_t place;

    if (!key)
        return redis_map_any(r->map);
    place = r->map->owner[redis_slot(cmd->argv[key])];
    return place ? r->map->nodes[place - 1].conn : NULL;
}

/* What was told of the slot holds at once; of the others, the next map knows. */
static struct redis_conn *follow(struct redis *r, const struct redis_redirect *turn)
{
    uint8_t place;
    struct redis_conn *c = redis_map_node(r, &turn->to, &place);

    if (c && turn->turn == REDIS_MOVED) {
        r->map->owner[turn->slot] = place;
        r->map->nodes[place - 1].owns = true;
        redis_search_soon(r);
    }
    return c;
}

static enum err lost_way(struct scope *sc, struct redis *r)
{
    redis_search_soon(r);
    return FAIL(sc, ERR_UNAVAILABLE, "the platform's work list does not answer at the moment");
}

/* Where to go next; NULL for *to: to whoever holds it then. Frees the reply. turn NULL: nowhere we would go. */
static enum err hop(struct scope *sc, struct redis *r, redisReply *reply, const struct redis_redirect *turn,
                    struct redis_conn **to)
{
    freeReplyObject(reply);
    if (turn && turn->turn == REDIS_AGAIN)
        fiber_sleep_us(AGAIN_US);
    if (r->closed)
        return FAIL(sc, ERR_UNAVAILABLE, "the platform's work list went away");
    *to = NULL;
    if (turn && turn->turn == REDIS_AGAIN)
        return OK;
    *to = turn ? follow(r, turn) : NULL;
    return *to ? OK : lost_way(sc, r);
}

enum err redis_cluster_exchange(struct scope *sc, struct redis *r, const struct redis_command *cmd, redisReply **out)
{
    struct redis_redirect turn = {0};
    struct redis_conn *to = NULL;

    TRY(sc, redis_search_wait(sc, r));
    for (int i = 0; i <= REDIS_HOPS_MAX; i++) {
        struct redis_address teller;
        redisReply *reply;
        bool fit;

        to = to ? to : holder(r, cmd);
        if (!to)
            return lost_way(sc, r);
        teller = to->at;
        TRY(sc, redis_conn_exchange(sc, to, cmd, turn.turn == REDIS_ASKS, &reply));
        fit = redis_redirect_read(reply, &teller, &turn);
        if (fit && turn.turn == REDIS_STAYS) {
            if (redis_error_passes(reply) && !r->closed)
                redis_search_soon(r);
            *out = reply;
            return OK;
        }
        TRY(sc, hop(sc, r, reply, fit ? &turn : NULL, &to));
    }
    return lost_way(sc, r);
}
