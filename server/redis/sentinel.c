#include "redis/redis_int.h"

static bool is_text(const redisReply *r)
{
    return r->type == REDIS_REPLY_STRING || r->type == REDIS_REPLY_STATUS;
}

static bool number_read(const redisReply *r, int64_t *out)
{
    int64_t n = 0;

    if (!is_text(r) || r->len == 0 || r->len > 5)
        return false;
    for (size_t i = 0; i < r->len; i++) {
        if (r->str[i] < '0' || r->str[i] > '9')
            return false;
        n = n * 10 + (r->str[i] - '0');
    }
    *out = n;
    return true;
}

/* An array of host and port, both as texts; nil: no such name. A host must be there: a sentinel is no master. */
bool redis_sentinel_read(const redisReply *reply, struct redis_address *out)
{
    int64_t port;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || !is_text(reply->element[0]) ||
        !number_read(reply->element[1], &port) || reply->element[0]->len == 0)
        return false;
    return redis_address_told((struct str){reply->element[0]->str, reply->element[0]->len}, port,
                              &(struct redis_address){0}, out);
}

bool redis_role_is_master(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 && is_text(reply->element[0]) &&
           str_is((struct str){reply->element[0]->str, reply->element[0]->len}, "master");
}
