#include "queue/queue_int.h"

/* The epoch says which process this is and what it continues: the id of the server's run, and that of its history of
 * replication, which each promotion changes. So a restart from an old copy on disk, another server that took over, and
 * one that was a replica meanwhile, are seen as well as an empty one; a replica may lack the last writes.
 * Asked in a script, so that in a cluster it is the node that holds the queue who says it.
 */
#define WHO                                                                                                            \
    "local function said(section, name)\n"                                                                             \
    "  return redis.call('INFO', section):match(name .. ':(%w+)') or ''\n"                                             \
    "end\n"                                                                                                            \
    "local who = said('server', 'run_id') .. ' ' .. said('replication', 'master_replid')\n"

const char queue_epoch_check_lua[] = WHO "return redis.call('GET', KEYS[1]) == who and 0 or 1\n";
const char queue_epoch_set_lua[] = WHO "redis.call('SET', KEYS[1], who)\n"
                                       "return 0\n";

static enum err ask(struct scope *sc, struct queue *q, struct redis_script *script, int64_t *out)
{
    struct str key = str_of(arena_f(sc->arena, "%sepoch", q->prefix));
    struct redis_reply reply;

    TRY(sc, redis_eval(sc, q->redis, script, &key, 1, NULL, 0, &reply));
    if (reply.kind != REDIS_INT)
        return FAIL(sc, ERR_INTERNAL, "the platform's work list answered nonsense");
    *out = reply.number;
    return OK;
}

enum err queue_epoch_check(struct scope *sc, struct queue *q, bool *out_lost)
{
    int64_t lost;

    TRY(sc, ask(sc, q, &q->epoch_check, &lost));
    *out_lost = lost != 0;
    return OK;
}

enum err queue_epoch_set(struct scope *sc, struct queue *q)
{
    int64_t unused;

    TRY(sc, ask(sc, q, &q->epoch_set, &unused));
    return OK;
}
