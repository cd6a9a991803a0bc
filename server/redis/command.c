#include "redis/redis_int.h"

#include <string.h>

#include "base/must.h"

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

static enum err may_ask(struct scope *sc, const struct redis *r)
{
    if (sc->cancelled)
        return FAIL(sc, ERR_CANCELLED, "the caller has gone");
    if (sc->deadline_us && sc->deadline_us <= loop_now_us())
        return FAIL(sc, ERR_TIMEOUT, "the time for this is over");
    if (r->state == REDIS_AWAY || r->failing)
        return FAIL(sc, ERR_UNAVAILABLE, "the platform's work list is away");
    if (r->in_flight >= REDIS_IN_FLIGHT_MAX)
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

static enum err exchange(struct scope *sc, struct redis *r, const struct str *argv, size_t argc, int64_t limit_us,
                         redisReply **out)
{
    struct redis_ask ask = {0};

    MUST_BE(fiber_self() && argc > 0);
    TRY(sc, may_ask(sc, r));
    if (!redis_out_add(r, argv, argc))
        return FAIL(sc, ERR_LIMIT, "the platform's work list is busy");
    ask.pending = redis_pending_add(r, &ask, limit_us);
    redis_flush_soon(r);
    return wait_reply(sc, &ask, out);
}

static bool error_starts(const redisReply *reply, const char *code)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, code, strlen(code)) == 0;
}

/* States of the server that pass, as against commands of ours that are wrong. */
static bool error_passes(const redisReply *reply)
{
    static const char *const codes[] = {"LOADING ", "BUSY ", "MASTERDOWN ", "READONLY ", "OOM ", "CLUSTERDOWN "};

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (error_starts(reply, codes[i]))
            return true;
    return false;
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
    if (error_passes(reply))
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
    redisReply *reply;

    TRY(sc, exchange(sc, r, argv, argc, REDIS_ANSWER_US + (int64_t)wait_ms * 1000, &reply));
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

    TRY(sc, exchange(sc, r, argv, argc, REDIS_ANSWER_US, &reply));
    if (error_starts(reply, "NOSCRIPT")) { /* restarted or flushed; EVAL also makes it known again */
        freeReplyObject(reply);
        argv[0] = STR("EVAL");
        argv[1] = str_of(script->text);
        TRY(sc, exchange(sc, r, argv, argc, REDIS_ANSWER_US, &reply));
    }
    return conclude(sc, reply, out);
}
