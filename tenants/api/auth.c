#include <string.h>

#include "api/api_int.h"
#include "audit/audit.h"
#include "org/org.h"

/* Who asks, by one credential of three: an API key or an access token as a bearer, or the session of a signed-in person
 * in a cookie. Each is good on its own partner's hosts only, and says what its holder may. */
enum err api_refuse(struct scope *sc)
{
    return FAIL(sc, ERR_UNAUTHENTICATED, "send an API key as \"Authorization: Bearer sk_live_…\"");
}

static enum err by_key(struct scope *sc, const struct rq *rq, struct str key, struct caller *out)
{
    enum err e;

    if (!stranger_may_ask(rq->peer) && !access_key_is_known(key))
        return stranger_refuse(sc);
    e = access_key_find(sc, key, out);
    if (e == ERR_UNAUTHENTICATED)
        stranger_was_wrong(rq->peer);
    return e;
}

/* Staff of the operator, let in for a time: each of its requests is on the partner's record. */
static enum err by_grant(struct scope *sc, const struct rq *rq, struct str key, struct caller *out)
{
    enum err e;

    if (!stranger_may_ask(rq->peer) && !access_grant_is_known(key))
        return stranger_refuse(sc);
    e = access_grant_find(sc, key, out);
    if (e == ERR_UNAUTHENTICATED)
        stranger_was_wrong(rq->peer);
    return e;
}

static void note_operator(struct scope *sc, const struct rq *rq)
{
    if (sc->actor != ACTOR_OPERATOR)
        return;
    audit_note_spare(
        sc, &(struct audit_act){.action = "operator.request",
                                .detail = arena_f(sc->arena, "%s %s", http_method_name(rq->method), rq->route->path)});
}

static enum err by_bearer(struct scope *sc, const struct rq *rq, struct caller *out)
{
    struct str said = rq_header(rq, "authorization");

    if (rq_header_count(rq, "authorization") != 1 || said.n < 8 || !str_is_nocase((struct str){said.p, 7}, "bearer "))
        return api_refuse(sc);
    said = (struct str){said.p + 7, said.n - 7};
    return access_grant_is_key(said) ? by_grant(sc, rq, said, out) : by_key(sc, rq, said, out);
}

/* The customer that a caller of several speaks for, when it names one: what is another's answers like what is not. */
static enum err narrow(struct scope *sc, const struct rq *rq, struct caller *c, bool *out_named)
{
    struct str said = rq_header(rq, "customer");
    struct uuid id;

    *out_named = false;
    if (rq_header_count(rq, "customer") == 0)
        return OK;
    if (rq_header_count(rq, "customer") != 1 || !typeid_parse("cus", said.p, said.n, &id))
        return FAIL(sc, ERR_INVALID, "name one customer in the \"customer: cus_…\" header");
    if (c->has_customer && !uuid_equal(&id, &c->customer_id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    *out_named = !c->has_customer;
    c->has_customer = true;
    c->customer_id = id;
    return OK;
}

enum err api_auth(struct scope *sc, const struct rq *rq)
{
    const struct org_host *on = rq->host_data;
    struct caller *c = ARENA_NEW(sc->arena, struct caller);
    bool named;

    TRY(sc, by_bearer(sc, rq, c));
    if (!uuid_equal(&c->partner_id, &on->partner_id)) /* as for one that nobody has */
        return FAIL(sc, ERR_UNAUTHENTICATED, "this is not a valid API key");
    if (rq->route->may && (!caller_may(c, rq->route->may) ||
                           (c->has_customer && permission_level_of(rq->route->may) == PERMISSION_LEVEL_PARTNER)))
        return FAIL(sc, ERR_FORBIDDEN, "the key has no scope \"%s\"", permission_name(rq->route->may));
    TRY(sc, narrow(sc, rq, c, &named));
    sc->tenant = (struct tenant){true, c->has_customer, c->partner_id, c->customer_id, c->has_brand, c->brand_id};
    sc->actor = c->kind;
    sc->actor_id = c->actor_id;
    sc->caller = c;
    note_operator(sc, rq);
    /* Nothing is done or recorded in the name of a customer that is not there. */
    return named ? org_customer_check(sc, &c->customer_id) : OK;
}
