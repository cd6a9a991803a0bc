#include "access/people.h"
#include "api/job_int.h"
#include "api/manners_int.h"
#include "db/db.h"
#include "intake/intake.h"

/* What a request carries from the time it is let in to its answer. */
struct visit {
    const struct api_version *version;
    struct repeatable repeatable;
    struct budget_view budgets[BUDGETS_MAX];
    size_t budget_count;
    struct planned *planned;
};

/* Jobs that the request has planned, for the queue to be told of once they are there. */
struct planned {
    struct planned *next;
    size_t n;
    struct intake_planned v[INTAKE_BATCH_MAX];
};

void api_job_soon(struct scope *sc, const struct rq *rq, const struct uuid *customer_id, const struct uuid *job_id,
                  int lane)
{
    struct visit *v = rq->door;

    if (!v->planned || v->planned->n == INTAKE_BATCH_MAX) {
        struct planned *more = ARENA_NEW(sc->arena, struct planned);

        more->next = v->planned;
        v->planned = more;
    }
    v->planned->v[v->planned->n++] = (struct intake_planned){sc->tenant.partner_id, *customer_id, *job_id, lane};
}

static void tell_queue(const struct visit *v)
{
    const struct api_thread *t = api_here();

    for (const struct planned *p = v ? v->planned : NULL; p && t->planned; p = p->next)
        t->planned(t->arg, p->v, p->n);
}

static bool is_api(const struct rq *rq)
{
    return rq->route && str_starts(str_of(rq->route->path), "/v1/");
}

enum err api_admit(struct scope *sc, struct rq *rq, struct rs *rs)
{
    struct visit *v;

    if (!is_api(rq))
        return OK;
    v = ARENA_NEW(sc->arena, struct visit);
    v->version = version_newest(&api_versions);
    rq->door = v;
    TRY(sc, budget_spend(sc, rq, v->budgets, &v->budget_count));
    TRY(sc, version_find(sc, &api_versions, rq, &v->version));
    rq->past = v->version != version_newest(&api_versions);
    return repeat_begin(sc, rq, rs, &v->repeatable);
}

/* Where the caller will look for it: a handler may have gone on as the whole partner. */
static enum err keep_as_caller(struct scope *sc, struct rs *rs, const struct repeatable *r)
{
    const struct caller *c = sc->caller;
    struct tenant now = sc->tenant;

    if (now.has_customer == c->has_customer && now.has_brand == c->has_brand)
        return repeat_keep(sc, rs, r);
    TRY(sc, people_as(
                sc, &(struct tenant){true, c->has_customer, c->partner_id, c->customer_id, c->has_brand, c->brand_id}));
    TRY(sc, repeat_keep(sc, rs, r));
    return people_as(sc, &now);
}

enum err api_end(struct scope *sc, const struct rq *rq, struct rs *rs, enum err result)
{
    const struct visit *v = rq->door;
    enum err e = result;
    struct fault fault;

    if (e == OK && v && v->repeatable.begun)
        e = keep_as_caller(sc, rs, &v->repeatable);
    if (e == OK) {
        TRY(sc, db_commit(sc));
        tell_queue(v);
        return OK;
    }
    fault = sc->fault;
    db_rollback(sc);
    sc->fault = fault;
    return result == OK ? e : OK;
}

void api_dress(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct visit *v = rq->door;

    if (!is_api(rq))
        return;
    version_dress(sc, rs, v ? v->version : version_newest(&api_versions));
    if (v)
        budget_dress(sc, rs, v->budgets, v->budget_count);
}

enum err api_reword(struct scope *sc, const struct rq *rq, const struct wire *w, struct str now, struct str *out)
{
    const struct visit *v = rq->door;

    return version_back(sc, &api_versions, v->version, w, now, out);
}

enum err api_renew(struct scope *sc, const struct rq *rq, const struct wire *w, struct str was, struct str *out)
{
    const struct visit *v = rq->door;

    return version_forth(sc, &api_versions, v->version, w, was, out);
}
