#include "redis/redis_int.h"

#include "base/must.h"

#define PAUSE_US 100000 /* between two searches: a thousand redirections at once ask one question */
#define AGAIN_US 500000 /* while a cluster is not whole, it may be about to mend */

static void on_step(struct loop_timer *t);

static void step_at(struct redis_search *s, int64_t due_us)
{
    loop_timer_arm(&s->step, due_us, on_step);
}

void redis_search_soon(struct redis *r)
{
    struct redis_search *s = &r->search;
    int64_t due_us = s->ended_us ? s->ended_us + PAUSE_US : loop_now_us();

    if (r->closed || s->running)
        return;
    if (!s->step.slot || s->step.due_us > due_us)
        step_at(s, s->failing && s->step.slot ? s->step.due_us : due_us);
}

void redis_search_close(struct redis *r)
{
    struct redis_search *s = &r->search;

    loop_timer_cancel(&s->step);
    redis_ask_forget(&s->ask);
    redis_conn_free(s->conn);
    s->conn = NULL;
    s->running = false;
    waitq_wake_all(&s->wait);
}

/* The next turn goes on with it: this one is in the middle of a connection. */
static void on_told(struct redis_ask *ask)
{
    step_at(CONTAINER_OF(ask, struct redis_search, ask), loop_now_us());
}

static void ended(struct redis *r, bool found)
{
    struct redis_search *s = &r->search;

    s->running = s->role = false;
    s->failing = !found;
    s->ended_us = loop_now_us();
    s->begin++; /* another one is the first to be asked next time */
    waitq_wake_all(&s->wait);
    if (found)
        s->backoff_ms = REDIS_BACKOFF_FIRST_MS;
    if (found && r->map && !redis_map_is_whole(r->map))
        step_at(s, s->ended_us + AGAIN_US);
    if (found)
        return;
    step_at(s, s->ended_us + (int64_t)s->backoff_ms * 1000);
    s->backoff_ms = s->backoff_ms * 2 < REDIS_BACKOFF_MAX_MS ? s->backoff_ms * 2 : REDIS_BACKOFF_MAX_MS;
}

/* Those of the url, and of a cluster also the nodes that are known: all of the url's may be gone by now. */
static bool next_address(struct redis *r, struct redis_address *out)
{
    struct redis_search *s = &r->search;
    size_t nodes = r->map ? REDIS_NODES_MAX : 0, all = r->url.seed_count + nodes;

    while (s->tried < all) {
        size_t at = (s->begin + s->tried++) % all;

        if (at >= nodes) {
            *out = r->url.seeds[at - nodes];
            return true;
        }
        if (r->map->nodes[at].conn && r->map->nodes[at].owns) {
            *out = r->map->nodes[at].conn->at;
            return true;
        }
    }
    return false;
}

static void ask_next(struct redis *r)
{
    struct str master[] = {STR("SENTINEL"), STR("GET-MASTER-ADDR-BY-NAME"), str_of(r->url.name)};
    struct str slots[] = {STR("CLUSTER"), STR("SLOTS")};
    struct redis_search *s = &r->search;
    struct redis_address at;

    redis_conn_free(s->conn);
    s->conn = NULL;
    s->role = false;
    if (!next_address(r, &at)) {
        ended(r, false);
        return;
    }
    s->conn = redis_conn_new(&at, false);
    s->ask.told = on_told;
    redis_conn_connect(s->conn);
    if (r->map)
        redis_conn_post(s->conn, &s->ask, slots, ARRAY_LEN(slots));
    else
        redis_conn_post(s->conn, &s->ask, master, ARRAY_LEN(master));
}

static void on_master_lost(struct redis *r)
{
    r->is_master = false;
    r->search.failing = true; /* commands fail at once until there is one again */
    redis_search_soon(r);
}

void redis_master_doubted(struct redis *r)
{
    if (r->is_master)
        redis_conn_drop(r->main);
}

static void ask_role(struct redis *r, const struct redis_address *at)
{
    struct redis_search *s = &r->search;
    struct str role = STR("ROLE");

    redis_conn_free(s->conn);
    s->conn = NULL;
    redis_conn_free(r->main);
    r->main = redis_conn_new(at, false);
    r->main->lost = on_master_lost;
    r->main->owner = r;
    s->role = true;
    redis_conn_connect(r->main);
    redis_conn_post(r->main, &s->ask, &role, 1);
}

static void take_sentinel(struct redis *r, const redisReply *reply)
{
    struct redis_search *s = &r->search;
    struct redis_address at;

    if (s->role && reply && redis_role_is_master(reply) && r->main->state == REDIS_UP) {
        r->is_master = true;
        ended(r, true);
    } else if (!s->role && reply && redis_sentinel_read(reply, &at)) {
        ask_role(r, &at);
    } else {
        ask_next(r);
    }
}

static void take_map(struct redis *r, const redisReply *reply)
{
    struct redis_search *s = &r->search;

    if (!reply || !redis_map_read(r, reply, &s->conn->at)) {
        ask_next(r);
        return;
    }
    redis_conn_free(s->conn);
    s->conn = NULL;
    ended(r, true);
}

static void on_step(struct loop_timer *t)
{
    struct redis_search *s = CONTAINER_OF(t, struct redis_search, step);
    struct redis *r = CONTAINER_OF(s, struct redis, search);
    redisReply *reply = s->ask.reply;

    if (!s->running) {
        s->running = true;
        s->tried = 0;
        if (!s->backoff_ms)
            s->backoff_ms = REDIS_BACKOFF_FIRST_MS;
        ask_next(r);
        return;
    }
    if (!s->ask.ended)
        return;
    s->ask.reply = NULL;
    s->ask.pending = NULL;
    if (r->map)
        take_map(r, reply);
    else
        take_sentinel(r, reply);
    if (reply)
        freeReplyObject(reply);
}

static bool is_found(const struct redis *r)
{
    return r->map ? r->map->known : r->is_master;
}

enum err redis_search_wait(struct scope *sc, struct redis *r)
{
    int64_t due_us = loop_now_us() + REDIS_FIND_US;

    if (sc->deadline_us && sc->deadline_us < due_us)
        due_us = sc->deadline_us;
    while (!r->closed && !is_found(r) && !r->search.failing)
        if (waitq_wait(&r->search.wait, due_us) == WAIT_TIMEOUT)
            break;
    if (r->closed || !is_found(r))
        return FAIL(sc, ERR_UNAVAILABLE, "the platform's work list is away");
    return OK;
}
