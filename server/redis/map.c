#include "redis/redis_int.h"

#include <stdlib.h>
#include <string.h>

struct range {
    unsigned from, to;
    struct redis_address at;
};

/* One entry of the answer: from, to, the node that owns them, then its replicas. A node: host, port, id and more. */
static bool range_read(const redisReply *entry, const struct redis_address *teller, struct range *out)
{
    const redisReply *node, *host;
    struct str name;

    if (entry->type != REDIS_REPLY_ARRAY || entry->elements < 3 || entry->element[0]->type != REDIS_REPLY_INTEGER ||
        entry->element[1]->type != REDIS_REPLY_INTEGER || entry->element[0]->integer < 0 ||
        entry->element[1]->integer >= REDIS_SLOTS || entry->element[0]->integer > entry->element[1]->integer)
        return false;
    node = entry->element[2];
    if (node->type != REDIS_REPLY_ARRAY || node->elements < 2 || node->element[1]->type != REDIS_REPLY_INTEGER)
        return false;
    host = node->element[0];
    if (host->type != REDIS_REPLY_STRING && host->type != REDIS_REPLY_NIL)
        return false;
    name = host->type == REDIS_REPLY_NIL ? (struct str){"", 0} : (struct str){host->str, host->len};
    out->from = (unsigned)entry->element[0]->integer;
    out->to = (unsigned)entry->element[1]->integer;
    return redis_address_told(name, node->element[1]->integer, teller, &out->at);
}

struct redis_conn *redis_map_node(struct redis *r, const struct redis_address *at, uint8_t *out_place)
{
    struct redis_node *free_one = NULL;

    for (size_t i = 0; i < REDIS_NODES_MAX; i++) {
        struct redis_node *n = &r->map->nodes[i];

        if (!n->conn && !free_one)
            free_one = n;
        if (!n->conn || !redis_address_equal(&n->conn->at, at))
            continue;
        *out_place = (uint8_t)(i + 1);
        return n->conn;
    }
    if (!free_one)
        return NULL;
    *free_one = (struct redis_node){.conn = redis_conn_new(at, true)};
    free_one->conn->lost = redis_search_soon;
    free_one->conn->owner = r;
    redis_conn_connect(free_one->conn);
    *out_place = (uint8_t)(free_one - r->map->nodes + 1);
    return free_one->conn;
}

/* Commands that a node without slots still has to answer end as if they had never been sent. */
static void forget_others(struct redis_map *map)
{
    for (size_t i = 0; i < REDIS_NODES_MAX; i++) {
        struct redis_conn *c = map->nodes[i].conn;

        if (!c || map->nodes[i].owns || (c->in_flight > 0 && !c->failing))
            continue;
        map->nodes[i].conn = NULL;
        redis_conn_free(c);
    }
}

static bool any_range(const redisReply *reply, const struct redis_address *teller)
{
    struct range range;

    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        if (range_read(reply->element[i], teller, &range))
            return true;
    return false;
}

bool redis_map_read(struct redis *r, const redisReply *reply, const struct redis_address *teller)
{
    struct redis_map *map = r->map;
    struct range range;
    uint8_t place;

    if (!any_range(reply, teller))
        return false;
    memset(map->owner, 0, sizeof(map->owner));
    for (size_t i = 0; i < REDIS_NODES_MAX; i++)
        map->nodes[i].owns = false;
    for (size_t i = 0; i < reply->elements && i < REDIS_SLOTS; i++) {
        if (!range_read(reply->element[i], teller, &range) || !redis_map_node(r, &range.at, &place))
            continue;
        map->nodes[place - 1].owns = true;
        memset(map->owner + range.from, place, range.to - range.from + 1);
    }
    map->known = true;
    forget_others(map);
    return true;
}

void redis_map_free(struct redis_map *map)
{
    for (size_t i = 0; map && i < REDIS_NODES_MAX; i++)
        redis_conn_free(map->nodes[i].conn);
    free(map);
}

bool redis_map_is_whole(const struct redis_map *map)
{
    if (!map->known || memchr(map->owner, 0, sizeof(map->owner)))
        return false;
    for (size_t i = 0; i < REDIS_NODES_MAX; i++)
        if (map->nodes[i].owns && map->nodes[i].conn->state != REDIS_UP)
            return false;
    return true;
}

struct redis_conn *redis_map_any(const struct redis_map *map)
{
    for (size_t i = 0; i < REDIS_NODES_MAX; i++)
        if (map->nodes[i].owns && !map->nodes[i].conn->failing)
            return map->nodes[i].conn;
    return NULL;
}
