#include "redis/redis_int.h"

#include <string.h>

#include "base/must.h"

static enum err main_exchange(struct scope *sc, struct redis *r, const struct redis_command *cmd, redisReply **out)
{
    redisReply *reply;

    if (r->url.form == REDIS_SENTINEL)
        TRY(sc, redis_search_wait(sc, r));
    TRY(sc, redis_conn_exchange(sc, r->main, cmd, false, &reply));
    *out = reply;
    /* A server that is no master any more, or not yet: the sentinels know better. */
    if (r->url.form == REDIS_SENTINEL && !r->closed && redis_error_passes(reply) &&
        !redis_error_starts(reply, "BUSY ") && !redis_error_starts(reply, "OOM "))
        redis_master_doubted(r);
    return OK;
}

/* The connection may be closed meanwhile, by another fiber. */
static enum err exchange(struct scope *sc, struct redis *r, const struct redis_command *cmd, redisReply **out)
{
    enum err e;

    MUST_BE(fiber_self() && cmd->argc > 0);
    if (sc->cancelled)
        return FAIL(sc, ERR_CANCELLED, "the caller has gone");
    if (sc->deadline_us && sc->deadline_us <= loop_now_us())
        return FAIL(sc, ERR_TIMEOUT, "the time for this is over");
    r->users++;
    e = r->url.form == REDIS_CLUSTER ? redis_cluster_exchange(sc, r, cmd, out) : main_exchange(sc, r, cmd, out);
    redis_leave(r);
    return e;
}

/* Frees the reply. */
static enum err conclude(struct scope *sc, redisReply *reply, struct redis_reply *out)
{
    enum err e;

    if (reply->type != REDIS_REPLY_ERROR) {
        redis_reply_copy(sc->arena, reply, out);
        freeReplyObject(reply);
        return OK;
    }
    if (redis_error_passes(reply))
        e = FAIL(sc, ERR_UNAVAILABLE, "the platform's work list does not answer at the moment");
    else
        e = FAIL(sc, ERR_INTERNAL, "the platform's work list refused a command");
    scope_detail(sc, "redis: %s", reply->str);
    freeReplyObject(reply);
    return e;
}

enum err redis_command_wait(struct scope *sc, struct redis *r, const struct str *argv, size_t argc, int wait_ms,
                            struct redis_reply *out)
{
    struct redis_command cmd = {argv, argc, REDIS_ANSWER_US + (int64_t)wait_ms * 1000};
    redisReply *reply;

    TRY(sc, exchange(sc, r, &cmd, &reply));
    return conclude(sc, reply, out);
}

enum err redis_command(struct scope *sc, struct redis *r, const struct str *argv, size_t argc, struct redis_reply *out)
{
    return redis_command_wait(sc, r, argv, argc, 0, out);
}

static enum err script_load(struct scope *sc, struct redis *r, struct redis_script *script)
{
    struct str argv[] = {STR("SCRIPT"), STR("LOAD"), str_of(script->text)};
    struct redis_reply sha;

    TRY(sc, redis_command(sc, r, argv, ARRAY_LEN(argv), &sha));
    if (sha.kind != REDIS_TEXT || sha.text.n != sizeof(script->sha1) - 1)
        return FAIL(sc, ERR_INTERNAL, "the platform's work list answered nonsense");
    memcpy(script->sha1, sha.text.p, sizeof(script->sha1));
    return OK;
}

/* Two of its eight parameters only say how long a list is. NOLINTNEXTLINE(readability-function-size) */
enum err redis_eval(struct scope *sc, struct redis *r, struct redis_script *script, const struct str *keys,
                    size_t key_count, const struct str *args, size_t arg_count, struct redis_reply *out)
{
    size_t argc = 3 + key_count + arg_count;
    struct str *argv = ARENA_ARRAY(sc->arena, struct str, argc);
    struct redis_command cmd = {argv, argc, REDIS_ANSWER_US};
    redisReply *reply;

    if (!script->sha1[0])
        TRY(sc, script_load(sc, r, script));
    argv[0] = STR("EVALSHA");
    argv[1] = str_of(script->sha1);
    argv[2] = str_of(arena_f(sc->arena, "%zu", key_count));
    for (size_t i = 0; i < key_count; i++)
        argv[3 + i] = keys[i];
    for (size_t i = 0; i < arg_count; i++)
        argv[3 + key_count + i] = args[i];

    TRY(sc, exchange(sc, r, &cmd, &reply));
    if (redis_error_starts(reply, "NOSCRIPT")) { /* restarted or flushed; EVAL also makes it known again */
        freeReplyObject(reply);
        argv[0] = STR("EVAL");
        argv[1] = str_of(script->text);
        TRY(sc, exchange(sc, r, &cmd, &reply));
    }
    return conclude(sc, reply, out);
}
