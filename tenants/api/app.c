#include <string.h>

#include "api/api_int.h"
#include "db/db.h"
#include "org/org.h"

const struct route *const api_routes[] = {
    api_hook_routes, api_order_routes, api_connection_routes, api_message_routes, api_page_routes, NULL,
};

static _Thread_local struct api_thread *here;

struct api_thread *api_here(void)
{
    return here;
}

enum err api_position(struct scope *sc, const struct rq *rq, struct str list_name, struct uuid *out)
{
    struct str cursor = rq_query(rq, "cursor");
    struct bytes at;

    *out = (struct uuid){0};
    if (cursor.n == 0)
        return OK;
    TRY(sc, http_cursor_read(sc, list_name, cursor, &at));
    if (at.n != sizeof(out->b))
        return FAIL(sc, ERR_INVALID, "the cursor is not one of this list");
    memcpy(out->b, at.p, sizeof(out->b));
    return OK;
}

static void begin(struct scope *sc, void *thread_data)
{
    here = thread_data;
    sc->db = here->db;
}

static enum err host(struct scope *sc, struct rq *rq)
{
    struct org_host *found = ARENA_NEW(sc->arena, struct org_host);
    enum err e;

    if (!stranger_may_ask(rq->peer) && !org_host_is_known(rq->host))
        return stranger_refuse(sc);
    e = org_host_find(sc, rq->host, found);
    if (e == ERR_NOT_FOUND)
        stranger_was_wrong(rq->peer);
    TRY(sc, e);
    rq->host_data = found;
    rq->owner = found->partner_id;
    return OK;
}

static enum err refuse(struct scope *sc)
{
    return FAIL(sc, ERR_UNAUTHENTICATED, "send an API key as \"Authorization: Bearer sk_live_…\"");
}

static const char *const scope_of[] = {
    [MAY_ORDER_READ] = "orders:read",           [MAY_ORDER_WRITE] = "orders:write",
    [MAY_CONNECTION_READ] = "connections:read", [MAY_CONNECTION_WRITE] = "connections:write",
    [MAY_MESSAGE_READ] = "messages:read",
};

/* A key is good on its own partner's hosts only. */
static enum err auth(struct scope *sc, const struct rq *rq)
{
    const struct org_host *on = rq->host_data;
    struct str said = rq_header(rq, "authorization");
    struct org_caller caller;
    struct str key;
    enum err e;

    if (rq_header_count(rq, "authorization") != 1 || said.n < 8 || !str_is_nocase((struct str){said.p, 7}, "bearer "))
        return refuse(sc);
    key = (struct str){said.p + 7, said.n - 7};
    if (!stranger_may_ask(rq->peer) && !org_key_is_known(key))
        return stranger_refuse(sc);
    e = org_key_find(sc, key, &caller);
    if (e == ERR_UNAUTHENTICATED)
        stranger_was_wrong(rq->peer);
    TRY(sc, e);
    if (!uuid_equal(&caller.partner_id, &on->partner_id))
        return refuse(sc);
    if (rq->route->may && !org_caller_may(&caller, scope_of[rq->route->may]))
        return FAIL(sc, ERR_FORBIDDEN, "the key has no scope \"%s\"", scope_of[rq->route->may]);
    sc->tenant = (struct tenant){true, caller.has_customer, caller.partner_id, caller.customer_id};
    sc->actor = ACTOR_API_KEY;
    sc->actor_id = caller.api_key_id;
    return OK;
}

static enum err end(struct scope *sc, enum err result)
{
    if (result == OK)
        return db_commit(sc);
    db_rollback(sc);
    return OK;
}

void api_app(struct api_thread *t, struct http_app *out)
{
    *out = (struct http_app){
        .routes = api_routes, .host = host, .auth = auth, .begin = begin, .end = end, .thread_data = t};
}
