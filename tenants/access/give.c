#include <string.h>

#include "access/people_int.h"

/* Who may what is changed by one at a time of a partner, and judged while nobody else changes it. */
enum err people_lock(struct scope *sc)
{
    struct q_people_lock_row row;

    return q_people_lock(sc, &row);
}

static bool covers(const struct caller *c, const struct place *p)
{
    if (c->has_customer && !(p->has_customer && uuid_equal(&c->customer_id, &p->customer_id)))
        return false;
    return !c->has_brand || (p->has_brand && uuid_equal(&c->brand_id, &p->brand_id));
}

/* What the caller holds over all of the place, now. */
static enum err held(struct scope *sc, const struct place *p, uint64_t *out)
{
    struct q_user_permissions_row row;

    *out = 0;
    if (!sc->caller) { /* the operator's own command */
        *out = sc->actor == ACTOR_SYSTEM ? UINT64_MAX : 0;
        return OK;
    }
    if (!covers(sc->caller, p))
        return OK;
    if (sc->actor != ACTOR_USER) {
        *out = sc->caller->may;
        return OK;
    }
    TRY(sc, q_user_permissions(sc,
                               &(struct q_user_permissions_in){.user_id = sc->actor_id,
                                                               .has_customer_id = p->has_customer,
                                                               .customer_id = p->customer_id,
                                                               .has_brand_id = p->has_brand,
                                                               .brand_id = p->brand_id},
                               &row));
    *out = permission_set(row.permissions);
    return OK;
}

static enum err fits(struct scope *sc, const char *role, const char *level, const struct place *p)
{
    bool of_partner = strcmp(level, "partner") == 0;
    enum err e;

    if (of_partner != p->has_customer)
        return OK;
    scope_clear(sc);
    scope_item(sc, "/role", "wrong_place",
               of_partner ? "%s is a role of the whole partner: no customer is named with it"
                          : "%s is a role of one customer: name it in a \"customer: cus_…\" header",
               role);
    e = FAIL(sc, ERR_INVALID, "the role and the place do not fit");
    scope_problem(sc, "validation", 422);
    return e;
}

static enum err unknown_role(struct scope *sc)
{
    enum err e;

    scope_clear(sc);
    scope_item(sc, "/role", "unknown", "must be one of those that GET /v1/roles lists");
    e = FAIL(sc, ERR_INVALID, "there is no such role");
    scope_problem(sc, "validation", 422);
    return e;
}

/* The place is looked at last: who may not act there does not learn whether it is there. */
static enum err is_there(struct scope *sc, const struct place *p)
{
    struct q_place_there_row row;

    if (!p->has_customer)
        return OK;
    TRY(sc, q_place_there(sc,
                          &(struct q_place_there_in){
                              .customer_id = p->customer_id, .has_brand_id = p->has_brand, .brand_id = p->brand_id},
                          &row));
    return row.there ? OK : FAIL(sc, ERR_NOT_FOUND, "there is no such customer or store brand");
}

enum err people_may_give(struct scope *sc, const char *role, const struct place *place)
{
    const struct q_role_get_row *row;
    uint64_t mine;

    TRY(sc, q_role_get(sc, &(struct q_role_get_in){.role = role}, &row));
    if (!row)
        return unknown_role(sc);
    TRY(sc, fits(sc, role, row->level, place));
    if (sc->caller && sc->caller->has_customer && place->has_customer &&
        !uuid_equal(&sc->caller->customer_id, &place->customer_id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer or store brand");
    TRY(sc, is_there(sc, place));
    TRY(sc, held(sc, place, &mine));
    if (!(mine & PERMISSION_BIT(PERMISSION_USERS_WRITE)) || (permission_set(row->permissions) & ~mine))
        return FAIL(sc, ERR_FORBIDDEN, "nobody gives or takes what they do not hold there themselves");
    return OK;
}

struct administrators {
    struct q_administrators_rows found;
};

enum err administrators_before(struct scope *sc, struct administrators **out)
{
    struct administrators *a = ARENA_NEW(sc->arena, struct administrators);

    TRY(sc, q_administrators(sc, &a->found));
    *out = a;
    return OK;
}

static bool same_place(const struct q_administrators_row *a, const struct q_administrators_row *b)
{
    return a->has_customer_id == b->has_customer_id &&
           (!a->has_customer_id || uuid_equal(&a->customer_id, &b->customer_id));
}

enum err administrators_after(struct scope *sc, const struct administrators *before)
{
    struct q_administrators_rows now;
    size_t k;
    enum err e;

    TRY(sc, q_administrators(sc, &now));
    for (size_t i = 0; i < before->found.n; i++) {
        for (k = 0; k < now.n && !same_place(&before->found.v[i], &now.v[k]);)
            k++;
        if (k < now.n)
            continue;
        e = FAIL(sc, ERR_CONFLICT, "this is the last administrator of %s: let another one in first",
                 before->found.v[i].has_customer_id ? "the customer" : "the partner");
        scope_problem(sc, "last-administrator", 409);
        return e;
    }
    return OK;
}
