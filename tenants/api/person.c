#include <string.h>

#include "access/people.h"
#include "api/api_int.h"
#include "org/org.h"

#define COOKIE "__Host-session"

/* A browser sends its cookies along with whatever a foreign page makes it ask. So a session changes something only for
 * a page of the same host: the browser says so in Sec-Fetch-Site, and in Origin where it does not know the other. */
static enum err foreign(struct scope *sc)
{
    enum err e = FAIL(sc, ERR_FORBIDDEN, "this can only be asked by a page of this host, or with this host as origin");

    scope_problem(sc, "csrf", 403);
    return e;
}

static bool origin_is_ours(const struct rq *rq)
{
    struct str said = rq_header(rq, "origin");

    return str_starts(said, "https://") && str_equal((struct str){said.p + 8, said.n - 8}, rq->authority);
}

static enum err same_origin(struct scope *sc, const struct rq *rq, bool must_say)
{
    size_t site = rq_header_count(rq, "sec-fetch-site"), origin = rq_header_count(rq, "origin");

    if (site > 1 || origin > 1 || (must_say && !site && !origin))
        return foreign(sc);
    if (site && !str_is(rq_header(rq, "sec-fetch-site"), "same-origin"))
        return foreign(sc);
    return origin && !origin_is_ours(rq) ? foreign(sc) : OK;
}

static bool cookie_name_is(struct str pair, struct str name)
{
    return pair.n > name.n + 1 && str_equal((struct str){pair.p, name.n}, name) && pair.p[name.n] == '=';
}

/* Of one field "a=1; b=2". How often ours is there: twice is somebody's trick. */
static unsigned cookie_look(struct str field, struct str name, struct str *out)
{
    unsigned found = 0;

    for (size_t at = 0, end; at < field.n; at = end + 1) {
        const char *semicolon = memchr(field.p + at, ';', field.n - at);
        struct str pair;

        end = semicolon ? (size_t)(semicolon - field.p) : field.n;
        while (at < end && field.p[at] == ' ')
            at++;
        pair = (struct str){field.p + at, end - at};
        if (!cookie_name_is(pair, name))
            continue;
        *out = (struct str){pair.p + name.n + 1, pair.n - name.n - 1};
        found++;
    }
    return found;
}

unsigned api_cookie_find(const struct rq *rq, const char *name, struct str *out)
{
    unsigned found = 0;

    for (size_t i = 0; i < rq->header_count; i++)
        if (str_is(rq->headers[i].name, "cookie"))
            found += cookie_look(rq->headers[i].value, str_of(name), out);
    return found;
}

bool api_has_session(const struct rq *rq)
{
    struct str value;

    return api_cookie_find(rq, COOKIE, &value) > 0;
}

size_t api_customer_said(const struct rq *rq, struct str *out)
{
    size_t n = rq_header_count(rq, "customer");

    *out = rq_header(rq, "customer");
    if (n || !rq->route->customer_in_query || !rq_query(rq, "customer").n)
        return n;
    *out = rq_query(rq, "customer");
    return 1;
}

static enum err named(struct scope *sc, const struct rq *rq, const char *header, const char *prefix,
                      const struct uuid **out)
{
    struct str said = rq_header(rq, header);
    size_t n = rq_header_count(rq, header);
    struct uuid *id;

    *out = NULL;
    if (strcmp(header, "customer") == 0)
        n = api_customer_said(rq, &said);
    if (n == 0)
        return OK;
    id = ARENA_NEW(sc->arena, struct uuid);
    if (n != 1 || !typeid_parse(prefix, said.p, said.n, id))
        return FAIL(sc, ERR_INVALID, "name one %s in the \"%s: %s_…\" header", header, header, prefix);
    *out = id;
    return OK;
}

static enum err may_here(struct scope *sc, const struct rq *rq, const struct caller *c)
{
    enum err e;

    if (!rq->route->may)
        return OK;
    if (c->second_factor_due) {
        e = FAIL(sc, ERR_FORBIDDEN, "set up a second factor first");
        scope_problem(sc, "second-factor-required", 403);
        return e;
    }
    if (c->must_choose)
        return FAIL(sc, ERR_INVALID,
                    "you work for several: name one in a \"customer: cus_…\" header, or a \"brand: brd_…\" as well");
    return OK;
}

enum err api_by_session(struct scope *sc, const struct rq *rq, struct caller *out, bool *out_has)
{
    const struct org_host *on = rq->host_data;
    const struct uuid *customer, *brand;
    struct session_look look;
    struct str token;
    unsigned cookies = api_cookie_find(rq, COOKIE, &token);
    enum err e;

    *out_has = cookies > 0;
    if (cookies == 0)
        return OK;
    if (cookies > 1)
        return FAIL(sc, ERR_UNAUTHENTICATED, "the cookie of the session came twice");
    if (rq->method != GET && rq->method != HTTP_HEAD)
        TRY(sc, same_origin(sc, rq, true));
    TRY(sc, named(sc, rq, "customer", "cus", &customer));
    TRY(sc, named(sc, rq, "brand", "brd", &brand));
    if (!stranger_may_ask(rq->peer))
        return stranger_refuse(sc);
    sc->tenant = (struct tenant){.has_partner = true, .partner_id = on->partner_id};
    e = session_find(sc, token, customer, brand, rq->route->unattended, &look);
    if (e == ERR_UNAUTHENTICATED)
        stranger_was_wrong(rq->peer);
    if (*look.renewed)
        api_session_cookie(sc, rq->rs, look.renewed);
    TRY(sc, e);
    *out = look.caller;
    if (brand && !out->has_brand) {
        out->has_brand = true;
        out->brand_id = *brand;
    }
    return may_here(sc, rq, out);
}

enum err api_visitor(struct scope *sc, const struct rq *rq)
{
    const struct org_host *on = rq->host_data;

    sc->tenant = (struct tenant){.has_partner = true, .partner_id = on->partner_id};
    return same_origin(sc, rq, false);
}

enum err api_person(struct scope *sc)
{
    if (!sc->caller || sc->caller->kind != ACTOR_USER)
        return FAIL(sc, ERR_FORBIDDEN, "this is for people who have signed in");
    return people_as_partner(sc);
}

void api_place(const struct scope *sc, struct place *out)
{
    *out = (struct place){sc->tenant.has_customer, sc->tenant.has_brand, sc->tenant.customer_id, sc->tenant.brand_id};
}

void api_session_cookie(struct scope *sc, struct rs *rs, const char *token)
{
    const char *value =
        arena_f(sc->arena, COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Lax%s", token, *token ? "" : "; Max-Age=0");

    rs_keep(sc, rs, "set-cookie", value);
}

const char *api_agent(struct scope *sc, const struct rq *rq)
{
    return str_dup(sc->arena, rq_header(rq, "user-agent"));
}

static void wipe(void *secret)
{
    explicit_bzero(secret, strlen(secret));
}

void api_wipe(struct scope *sc, const char *secret)
{
    if (secret)
        arena_defer(sc->arena, wipe, (void *)(uintptr_t)secret);
}
