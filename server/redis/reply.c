#include "redis/redis_int.h"

#include <string.h>

static enum redis_kind kind_of(const redisReply *from)
{
    switch (from->type) {
    case REDIS_REPLY_INTEGER:
        return REDIS_INT;
    case REDIS_REPLY_STRING:
        return REDIS_TEXT;
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR: /* inside an array; one that stands alone is a failure */
        return REDIS_STATUS;
    case REDIS_REPLY_ARRAY:
        return REDIS_ARRAY;
    default:
        return REDIS_NIL;
    }
}

/* The reader refuses more than seven levels, so the recursion is bounded. */
void redis_reply_copy(struct arena *a, const redisReply *from, struct redis_reply *out)
{
    *out = (struct redis_reply){.kind = kind_of(from)};
    switch (out->kind) {
    case REDIS_INT:
        out->number = from->integer;
        break;
    case REDIS_TEXT:
    case REDIS_STATUS:
        out->text = (struct str){arena_strndup(a, from->str, from->len), from->len};
        break;
    case REDIS_ARRAY:
        out->n = from->elements;
        out->items = ARENA_ARRAY(a, struct redis_reply, out->n);
        for (size_t i = 0; i < out->n; i++)
            redis_reply_copy(a, from->element[i], &out->items[i]);
        break;
    case REDIS_NIL:
        break;
    }
}

bool redis_error_starts(const redisReply *reply, const char *code)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, code, strlen(code)) == 0;
}

bool redis_error_passes(const redisReply *reply)
{
    static const char *const codes[] = {"LOADING ", "BUSY ",        "MASTERDOWN ", "READONLY ",
                                        "OOM ",     "CLUSTERDOWN ", "UNBLOCKED ",  "NOREPLICAS "};

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (redis_error_starts(reply, codes[i]))
            return true;
    return false;
}
