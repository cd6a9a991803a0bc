#include "flows/flows_int.h"
#include "q_flows.h"

/* Flows as wholes: their names, whether they run, and which version works. */

/* Rows of two statements have the same members. */
#define FLOW_OF(r)                                                                                                     \
    ((struct flows_flow){.customer_id = (r)->customer_id,                                                              \
                         .flow_id = (r)->flow_id,                                                                      \
                         .name = (r)->name,                                                                            \
                         .state = (r)->state,                                                                          \
                         .shadow = (r)->shadow,                                                                        \
                         .versions = (r)->versions,                                                                    \
                         .current = (r)->current_version,                                                              \
                         .created_at_us = (r)->created_at_us,                                                          \
                         .changed_at_us = (r)->changed_at_us,                                                          \
                         .row_version = (r)->row_version})

enum err flows_problem(struct scope *sc, enum err code, const char *problem, int status, const char *message)
{
    enum err e = FAIL(sc, code, "%s", message);

    scope_problem(sc, problem, status);
    return e;
}

static enum err page(struct scope *sc, const struct q_flow_page_in *in, struct flows_flow **out, size_t *out_n)
{
    struct q_flow_page_rows rows;
    struct flows_flow *v;

    TRY(sc, q_flow_page(sc, in, &rows));
    v = ARENA_ARRAY(sc->arena, struct flows_flow, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = FLOW_OF(&rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err flows_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                    struct flows_flow **out, size_t *out_n)
{
    struct q_flow_page_in in = {.after = *after, .most = (int32_t)most};

    if (customer_id)
        in.customer_id = *customer_id;
    return page(sc, &in, out, out_n);
}

static enum err absent(struct scope *sc)
{
    return FAIL(sc, ERR_NOT_FOUND, "there is no such flow");
}

enum err flows_get(struct scope *sc, const struct uuid *flow_id, struct flows_flow *out)
{
    struct flows_flow *v;
    size_t n;

    TRY(sc, page(sc, &(struct q_flow_page_in){.flow_id = *flow_id, .most = 1}, &v, &n));
    if (n == 0)
        return absent(sc);
    *out = v[0];
    return OK;
}

enum err flows_lock(struct scope *sc, const struct uuid *flow_id, struct flows_flow *out)
{
    const struct q_flow_lock_row *row;

    TRY(sc, q_flow_lock(sc, &(struct q_flow_lock_in){.flow_id = *flow_id}, &row));
    if (!row)
        return absent(sc);
    *out = FLOW_OF(row);
    return OK;
}

enum err flows_create(struct scope *sc, const struct flows_flow *f)
{
    struct q_flow_count_row count;

    TRY(sc, q_flow_count(sc, &(struct q_flow_count_in){.customer_id = f->customer_id}, &count));
    if (count.flows >= FLOWS_MAX)
        return flows_problem(sc, ERR_CONFLICT, "conflict", 409, "the customer has 1,000 flows, and may have no more");
    return q_flow_create(
        sc,
        &(struct q_flow_create_in){
            .partner_id = sc->tenant.partner_id, .customer_id = f->customer_id, .flow_id = f->flow_id, .name = f->name},
        NULL);
}

enum err flows_change(struct scope *sc, const struct flows_flow *to, bool *out_changed)
{
    const struct q_flow_change_row *row;

    TRY(sc, q_flow_change(sc,
                          &(struct q_flow_change_in){.customer_id = to->customer_id,
                                                     .flow_id = to->flow_id,
                                                     .version = to->row_version,
                                                     .name = to->name,
                                                     .state = to->state,
                                                     .shadow = to->shadow},
                          &row));
    *out_changed = row != NULL;
    return OK;
}

enum err flows_delete(struct scope *sc, const struct flows_flow *f)
{
    struct q_flow_delete_row row;

    TRY(sc, q_flow_delete(sc, &(struct q_flow_delete_in){.customer_id = f->customer_id, .flow_id = f->flow_id}, &row));
    return row.deleted ? OK
                       : flows_problem(sc, ERR_CONFLICT, "flow-in-use", 409,
                                       "a version of it was published, and jobs may name it");
}

enum err flows_roles(struct scope *sc, const struct uuid *flow_id, struct flows_role **out, size_t *out_n)
{
    struct q_flow_roles_rows rows;
    struct flows_flow f;

    TRY(sc, flows_get(sc, flow_id, &f));
    TRY(sc, q_flow_roles(sc, &(struct q_flow_roles_in){.customer_id = f.customer_id, .flow_id = f.flow_id}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_role, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct flows_role){rows.v[i].role, rows.v[i].connection_id, rows.v[i].changed_at_us};
    *out_n = rows.n;
    return OK;
}

enum err flows_role_put(struct scope *sc, const struct flows_flow *f, const char *role,
                        const struct uuid *connection_id)
{
    TRY(sc, q_flow_role_put(sc,
                            &(struct q_flow_role_put_in){.partner_id = sc->tenant.partner_id,
                                                         .customer_id = f->customer_id,
                                                         .flow_id = f->flow_id,
                                                         .role = role,
                                                         .connection_id = *connection_id},
                            NULL));
    return flows_one_environment(sc, f);
}

/* Asked when it has been written: what fails here undoes it. A flow that is paused may go over from one environment to
 * the other, one name after another. */
enum err flows_one_environment(struct scope *sc, const struct flows_flow *f)
{
    const struct q_flow_mixed_row *row;

    if (strcmp(f->state, "paused") == 0)
        return OK;
    TRY(sc, q_flow_mixed(sc, &(struct q_flow_mixed_in){.customer_id = f->customer_id, .flow_id = f->flow_id}, &row));
    if (!row)
        return OK;
    return flows_problem(
        sc, ERR_CONFLICT, "other-environment", 409,
        arena_f(sc->arena,
                "\"%s\" and \"%s\" work in different environments, and a flow works in one: what is live and what is a "
                "try stay apart. To move the flow, pause it, set each connection, and let it go on",
                row->name, row->other));
}
