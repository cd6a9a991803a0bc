#include <string.h>

#include "canon/canon.h"
#include "connect/connect.h"
#include "live/live_int.h"
#include "q_live.h"

/* What the flow reads, by object. */
static const struct object {
    const char *name, *target;
} objects[] = {{"order", CANON_ORDER_SCHEMA}};

/* NULL: the flow of this system reads no such object. */
static const struct object *object_of(const struct connector *c, struct str name)
{
    for (size_t i = 0; c && (c->source || c->files) && i < ARRAY_LEN(objects); i++)
        if (str_is(name, objects[i].name))
            return &objects[i];
    return NULL;
}

static void fill(struct live_assigned *to, const struct q_live_list_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct q_live_list_row *r = &rows->v[i];

        if (strcmp(r->object, to->object) != 0)
            continue;
        to->own = r->has_mapping_id;
        to->changed_at_us = r->changed_at_us;
        if (!to->own)
            continue;
        to->mapping_id = r->mapping_id;
        to->name = r->name;
        to->current = r->has_current_version ? r->current_version : 0;
        to->rolling = r->has_rolling_version ? r->rolling_version : 0;
        to->share = r->has_share ? r->share : 0;
    }
}

enum err live_list(struct scope *sc, const struct connection *c, struct live_assigned **out, size_t *out_n)
{
    struct live_assigned *v = ARENA_ARRAY(sc->arena, struct live_assigned, ARRAY_LEN(objects));
    const struct connector *connector;
    struct q_live_list_rows rows;
    size_t n = 0;

    TRY(sc, connector_if_good(sc, c, &connector));
    TRY(sc, q_live_list(sc, &(struct q_live_list_in){.connection_id = c->connection_id}, &rows));
    for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
        if (!object_of(connector, str_of(objects[i].name)))
            continue;
        v[n] =
            (struct live_assigned){.object = objects[i].name, .target = objects[i].target, .changed_at_us = INT64_MIN};
        fill(&v[n++], &rows);
    }
    *out = v;
    *out_n = n;
    return OK;
}

static enum err wrong(struct scope *sc, const char *why)
{
    enum err e = FAIL(sc, ERR_INVALID, "%s", why);

    scope_item(sc, "/mapping_id", "not_for_this", "%s", why);
    scope_problem(sc, "validation", 422);
    return e;
}

static enum err fits(struct scope *sc, const struct connection *c, const struct object *o, const struct maps_mapping *m)
{
    enum err e;

    if (!uuid_equal(&m->customer_id, &c->customer_id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such mapping");
    if (strcmp(m->source_system, c->connector) != 0 || strcmp(m->source_object, o->name) != 0)
        return wrong(sc, arena_f(sc->arena, "the mapping reads %s of %s, and the connection brings %s of %s",
                                 m->source_object, m->source_system, o->name, c->connector));
    if (strcmp(m->target, o->target) != 0)
        return wrong(sc, arena_f(sc->arena, "the mapping makes %s, and what is needed is %s", m->target, o->target));
    if (m->current)
        return OK;
    e = FAIL(sc, ERR_CONFLICT, "no version of this mapping is published yet; publish one first");
    scope_problem(sc, "mapping-not-published", 409);
    return e;
}

enum err live_assign(struct scope *sc, const struct connection *c, struct str object, const struct maps_mapping *m)
{
    const struct connector *connector;
    const struct object *o;

    TRY(sc, connector_of(sc, c, &connector));
    o = object_of(connector, object);
    if (!o)
        return FAIL(sc, ERR_NOT_FOUND, "the flow of this connection reads no such object");
    if (m)
        TRY(sc, fits(sc, c, o, m));
    return q_live_assign(sc,
                         &(struct q_live_assign_in){.partner_id = sc->tenant.partner_id,
                                                    .customer_id = c->customer_id,
                                                    .connection_id = c->connection_id,
                                                    .object = o->name,
                                                    .has_mapping_id = m != NULL,
                                                    .mapping_id = m ? m->mapping_id : (struct uuid){{0}}},
                         NULL);
}
