#include <string.h>

#include "api/api_int.h"
#include "audit/audit.h"
#include "org/org.h"

/* Who asks, by one credential of three: an API key or an access token as a bearer, or the session of a signed-in person
 * in a cookie. Each is good on its own partner's hosts only, and says what its holder may. */
static void note_operator(struct scope *sc, const struct rq *rq)
{
    if (sc->actor != ACTOR_OPERATOR)
        return;
    audit_note_spare(
        sc, &(struct audit_act){.action = "operator.request",
                                .detail = arena_f(sc->arena, "%s %s", http_method_name(rq->method), rq->route->path)});
}

/* The customer that a caller of several speaks for, when it names one: what is another's answers like what is not. */
static enum err narrow(struct scope *sc, const struct rq *rq, struct caller *c, bool *out_named)
{
    struct str said;
    size_t n = api_customer_said(rq, &said);
    struct uuid id;

    *out_named = false;
    if (n == 0)
        return OK;
    if (n != 1 || !typeid_parse("cus", said.p, said.n, &id))
        return FAIL(sc, ERR_INVALID, "name one customer in the \"customer: cus_…\" header");
    if (c->has_customer && !uuid_equal(&id, &c->customer_id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    *out_named = !c->has_customer;
    c->has_customer = true;
    c->customer_id = id;
    return OK;
}

/* Whoever is bound to a customer has no right that holds for the whole partner, whatever its credential says. */
static bool is_permitted(const struct caller *c, enum permission p)
{
    return caller_may(c, p) && !(c->has_customer && permission_level_of(p) == PERMISSION_LEVEL_PARTNER);
}

enum err api_auth(struct scope *sc, const struct rq *rq)
{
    const struct org_host *on = rq->host_data;
    struct caller *c = ARENA_NEW(sc->arena, struct caller);
    bool in_session = false, named;

    if (rq_header_count(rq, "authorization") == 0)
        TRY(sc, api_by_session(sc, rq, c, &in_session));
    if (!in_session)
        TRY(sc, api_bearer(sc, rq, c));
    if (!uuid_equal(&c->partner_id, &on->partner_id)) /* as for one that nobody has */
        return in_session ? api_refuse(sc) : api_refuse_wrong(sc);
    if (rq->route->may && !is_permitted(c, rq->route->may))
        return FAIL(sc, ERR_FORBIDDEN, "%s \"%s\"", in_session ? "your role here has no" : "the key has no scope",
                    permission_name(rq->route->may));
    TRY(sc, narrow(sc, rq, c, &named));
    sc->tenant = (struct tenant){true, c->has_customer, c->partner_id, c->customer_id, c->has_brand, c->brand_id};
    sc->actor = c->kind;
    sc->actor_id = c->actor_id;
    sc->caller = c;
    note_operator(sc, rq);
    /* Nothing is done or recorded in the name of a customer that is not there. */
    return named ? org_customer_check(sc, &c->customer_id) : OK;
}
