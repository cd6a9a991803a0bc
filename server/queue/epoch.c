#include "queue/queue_int.h"

#include <string.h>

#include "base/must.h"

/* The epoch is the id of the server's run, so that a restart from an old copy on disk, or another server that took
 * over, is seen as well as an empty one. */
static enum err run_id(struct scope *sc, struct queue *q, struct str *out)
{
    struct str argv[] = {STR("INFO"), STR("server")};
    struct redis_reply reply;
    const char *at;

    TRY(sc, redis_command(sc, q->redis, argv, ARRAY_LEN(argv), &reply));
    at = reply.kind == REDIS_TEXT ? strstr(reply.text.p, "\nrun_id:") : NULL;
    if (!at)
        return FAIL(sc, ERR_INTERNAL, "the platform's work list does not say who it is");
    at += strlen("\nrun_id:");
    *out = (struct str){at, strcspn(at, "\r\n")};
    return OK;
}

enum err queue_epoch_check(struct scope *sc, struct queue *q, bool *out_lost)
{
    struct str argv[] = {STR("GET"), str_of(arena_f(sc->arena, "%sepoch", q->prefix))};
    struct redis_reply epoch;
    struct str id;

    TRY(sc, run_id(sc, q, &id));
    TRY(sc, redis_command(sc, q->redis, argv, ARRAY_LEN(argv), &epoch));
    *out_lost = epoch.kind != REDIS_TEXT || !str_equal(epoch.text, id);
    return OK;
}

enum err queue_epoch_set(struct scope *sc, struct queue *q)
{
    struct redis_reply reply;
    struct str id;

    TRY(sc, run_id(sc, q, &id));
    struct str argv[] = {STR("SET"), str_of(arena_f(sc->arena, "%sepoch", q->prefix)), id};
    TRY(sc, redis_command(sc, q->redis, argv, ARRAY_LEN(argv), &reply));
    return OK;
}
