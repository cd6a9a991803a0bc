#include "redis/redis_int.h"

#include "base/must.h"

static enum err may_ask(struct scope *sc, const struct redis_conn *c)
{
    if (c->state == REDIS_AWAY || c->failing)
        return FAIL(sc, ERR_UNAVAILABLE, "the platform's work list is away");
    if (c->in_flight >= REDIS_IN_FLIGHT_MAX)
        return FAIL(sc, ERR_LIMIT, "the platform's work list is busy");
    return OK;
}

static enum err wait_reply(struct scope *sc, struct redis_ask *ask, redisReply **out)
{
    waitq_wait(&ask->wait, sc->deadline_us);
    if (!ask->ended) { /* the reply may still come and is thrown away then */
        ask->pending->ask = NULL;
        return FAIL(sc, ERR_TIMEOUT, "the time for this is over");
    }
    if (!ask->reply)
        return FAIL(sc, ERR_UNAVAILABLE, "the platform's work list went away");
    *out = ask->reply;
    return OK;
}

enum err redis_conn_exchange(struct scope *sc, struct redis_conn *c, const struct redis_command *cmd, bool asking,
                             redisReply **out)
{
    static const struct str word = STR("ASKING");
    struct redis_ask ask = {0};

    TRY(sc, may_ask(sc, c));
    if (asking && !redis_out_add(c, &word, 1))
        return FAIL(sc, ERR_LIMIT, "the platform's work list is busy");
    if (asking)
        redis_pending_add(c, NULL, cmd->limit_us);
    if (!redis_out_add(c, cmd->argv, cmd->argc))
        return FAIL(sc, ERR_LIMIT, "the platform's work list is busy");
    ask.pending = redis_pending_add(c, &ask, cmd->limit_us);
    redis_flush_soon(c);
    return wait_reply(sc, &ask, out);
}

void redis_conn_post(struct redis_conn *c, struct redis_ask *ask, const struct str *argv, size_t argc)
{
    ask->ended = false;
    ask->reply = NULL;
    ask->pending = NULL;
    if (c->state == REDIS_AWAY || !redis_out_add(c, argv, argc)) {
        ask->ended = true;
        ask->told(ask);
        return;
    }
    ask->pending = redis_pending_add(c, ask, REDIS_ANSWER_US);
    redis_flush_soon(c);
}

void redis_ask_forget(struct redis_ask *ask)
{
    if (ask->pending && !ask->ended)
        ask->pending->ask = NULL;
    if (ask->reply)
        freeReplyObject(ask->reply);
    ask->pending = NULL;
    ask->reply = NULL;
    ask->ended = true;
}
