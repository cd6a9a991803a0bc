#include "flows/flows_int.h"
#include "q_flows.h"

/* Which flow a connection's messages go through. */

enum err flows_through_list(struct scope *sc, const struct uuid *connection_id, struct flows_through **out,
                            size_t *out_n)
{
    struct q_flow_through_rows rows;

    TRY(sc, q_flow_through(sc, &(struct q_flow_through_in){.connection_id = *connection_id}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_through, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct flows_through){rows.v[i].object, rows.v[i].name, rows.v[i].flow_id,
                                           rows.v[i].has_current_version ? rows.v[i].current_version : 0,
                                           rows.v[i].changed_at_us};
    *out_n = rows.n;
    return OK;
}

static enum err wrong(struct scope *sc, const char *why)
{
    scope_item(sc, "/flow_id", "not_for_this", "%s", why);
    return flows_problem(sc, ERR_INVALID, "validation", 422, why);
}

static enum err starts_by(struct scope *sc, const struct flows_flow *f, const char *system, const char *object)
{
    struct flowdef_faults faults;
    struct flows_version v;
    const struct doc *d;
    struct flowdef *def;

    TRY(sc, flows_version_get(sc, &f->flow_id, f->current, &v));
    TRY(sc, doc_parse(sc, str_of(v.document), &d));
    if (!flowdef_compile(sc->arena, d, &def, &faults))
        return wrong(sc, "the version that works has faults");
    if (flowdef_head(def)->trigger != FLOWDEF_MESSAGE)
        return wrong(sc, "no message starts this flow");
    if (strcmp(flowdef_head(def)->system, system) != 0 || strcmp(flowdef_head(def)->object, object) != 0)
        return wrong(sc, arena_f(sc->arena, "the flow is started by %s of %s, and the connection brings %s of %s",
                                 flowdef_head(def)->object, flowdef_head(def)->system, object, system));
    return OK;
}

enum err flows_through_put(struct scope *sc, const struct flows_flow *f, const struct uuid *connection_id,
                           const char *system, const char *object)
{
    struct flows_through *others;
    size_t n;

    if (!f->current)
        return flows_problem(sc, ERR_CONFLICT, "flow-not-published", 409,
                             "no version of this flow is published yet; publish one first");
    TRY(sc, starts_by(sc, f, system, object));
    TRY(sc, flows_through_list(sc, connection_id, &others, &n));
    if (n >= FLOWS_OBJECTS_MAX)
        return flows_problem(sc, ERR_CONFLICT, "conflict", 409, "a connection's messages go through 8 flows at most");
    TRY(sc, q_flow_through_put(sc,
                               &(struct q_flow_through_put_in){.partner_id = sc->tenant.partner_id,
                                                               .customer_id = f->customer_id,
                                                               .connection_id = *connection_id,
                                                               .object = object,
                                                               .flow_id = f->flow_id},
                               NULL));
    return flows_one_environment(sc, f);
}

enum err flows_through_delete(struct scope *sc, const struct uuid *connection_id, const char *object)
{
    return q_flow_through_delete(
        sc, &(struct q_flow_through_delete_in){.connection_id = *connection_id, .object = object}, NULL);
}
