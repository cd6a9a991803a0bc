#include "maps/maps_int.h"

#include "audit/audit.h"
#include "q_maps.h"

/* Mappings as wholes: their names, their policy, and which versions work. */

/* Rows of two statements have the same members. */
#define MAPPING_OF(r)                                                                                                  \
    ((struct maps_mapping){.customer_id = (r)->customer_id,                                                            \
                           .mapping_id = (r)->mapping_id,                                                              \
                           .name = (r)->name,                                                                          \
                           .source_system = (r)->source_system,                                                        \
                           .source_object = (r)->source_object,                                                        \
                           .target = (r)->target,                                                                      \
                           .needs_review = (r)->needs_review,                                                          \
                           .needs_backtest = (r)->needs_backtest,                                                      \
                           .versions = (r)->versions,                                                                  \
                           .current = (r)->current_version,                                                            \
                           .rolling = (r)->rolling_version,                                                            \
                           .share = (r)->share,                                                                        \
                           .created_at_us = (r)->created_at_us,                                                        \
                           .changed_at_us = (r)->changed_at_us,                                                        \
                           .row_version = (r)->row_version})

const char *maps_actor(struct scope *sc)
{
    const char *prefix = audit_actor_prefix(actor_kind_name(sc->actor));
    char text[TYPEID_TEXT_MAX + 1];

    if (!prefix || uuid_is_nil(&sc->actor_id))
        return "system";
    typeid_format(prefix, &sc->actor_id, text);
    return arena_strdup(sc->arena, text);
}

enum err maps_problem(struct scope *sc, enum err code, const char *problem, int status, const char *message)
{
    enum err e = FAIL(sc, code, "%s", message);

    scope_problem(sc, problem, status);
    return e;
}

static enum err page(struct scope *sc, const struct q_mapping_page_in *in, struct maps_mapping **out, size_t *out_n)
{
    struct q_mapping_page_rows rows;
    struct maps_mapping *v;

    TRY(sc, q_mapping_page(sc, in, &rows));
    v = ARENA_ARRAY(sc->arena, struct maps_mapping, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = MAPPING_OF(&rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err maps_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                   struct maps_mapping **out, size_t *out_n)
{
    struct q_mapping_page_in in = {.after = *after, .most = (int32_t)most};

    if (customer_id)
        in.customer_id = *customer_id;
    return page(sc, &in, out, out_n);
}

static enum err absent(struct scope *sc)
{
    return FAIL(sc, ERR_NOT_FOUND, "there is no such mapping");
}

enum err maps_get(struct scope *sc, const struct uuid *mapping_id, struct maps_mapping *out)
{
    struct maps_mapping *v;
    size_t n;

    TRY(sc, page(sc, &(struct q_mapping_page_in){.mapping_id = *mapping_id, .most = 1}, &v, &n));
    if (n == 0)
        return absent(sc);
    *out = v[0];
    return OK;
}

enum err maps_lock(struct scope *sc, const struct uuid *mapping_id, struct maps_mapping *out)
{
    const struct q_mapping_lock_row *row;

    TRY(sc, q_mapping_lock(sc, &(struct q_mapping_lock_in){.mapping_id = *mapping_id}, &row));
    if (!row)
        return absent(sc);
    *out = MAPPING_OF(row);
    return OK;
}

enum err maps_create(struct scope *sc, const struct maps_mapping *m)
{
    struct q_mapping_count_row count;

    TRY(sc, q_mapping_count(sc, &(struct q_mapping_count_in){.customer_id = m->customer_id}, &count));
    if (count.mappings >= MAPS_MAX)
        return maps_problem(sc, ERR_CONFLICT, "conflict", 409, "the customer has 1,000 mappings, and may have no more");
    return q_mapping_create(sc,
                            &(struct q_mapping_create_in){.partner_id = sc->tenant.partner_id,
                                                          .customer_id = m->customer_id,
                                                          .mapping_id = m->mapping_id,
                                                          .name = m->name,
                                                          .source_system = m->source_system,
                                                          .source_object = m->source_object,
                                                          .target = m->target,
                                                          .needs_review = m->needs_review,
                                                          .needs_backtest = m->needs_backtest},
                            NULL);
}

enum err maps_change(struct scope *sc, const struct maps_mapping *to, bool *out_changed)
{
    const struct q_mapping_change_row *row;

    TRY(sc, q_mapping_change(sc,
                             &(struct q_mapping_change_in){.customer_id = to->customer_id,
                                                           .mapping_id = to->mapping_id,
                                                           .version = to->row_version,
                                                           .name = to->name,
                                                           .needs_review = to->needs_review,
                                                           .needs_backtest = to->needs_backtest},
                             &row));
    *out_changed = row != NULL;
    return OK;
}

enum err maps_delete(struct scope *sc, const struct maps_mapping *m)
{
    struct q_mapping_delete_row row;

    TRY(sc, q_mapping_delete(
                sc, &(struct q_mapping_delete_in){.customer_id = m->customer_id, .mapping_id = m->mapping_id}, &row));
    return row.deleted ? OK
                       : maps_problem(sc, ERR_CONFLICT, "mapping-in-use", 409,
                                      "a version of it was published, and records may name it");
}
