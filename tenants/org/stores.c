#include "db/db.h"
#include "org/org.h"
#include "q_org.h"

/* Store brands and legal entities. */

static enum err brands(struct scope *sc, const struct q_brand_page_in *in, struct org_brand **out, size_t *out_n)
{
    struct q_brand_page_rows rows;
    struct org_brand *v;

    TRY(sc, q_brand_page(sc, in, &rows));
    v = ARENA_ARRAY(sc->arena, struct org_brand, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct org_brand){.customer_id = rows.v[i].customer_id,
                                  .brand_id = rows.v[i].brand_id,
                                  .entity_id = rows.v[i].entity_id,
                                  .code = rows.v[i].code,
                                  .name = rows.v[i].name,
                                  .created_at_us = rows.v[i].created_at_us,
                                  .row_version = rows.v[i].row_version};
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err org_brand_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                        struct org_brand **out, size_t *out_n)
{
    struct q_brand_page_in in = {.after = *after, .most = (int32_t)most};

    if (customer_id)
        in.customer_id = *customer_id;
    return brands(sc, &in, out, out_n);
}

enum err org_brand_get(struct scope *sc, const struct uuid *id, struct org_brand *out)
{
    struct org_brand *v;
    size_t n;

    TRY(sc, brands(sc, &(struct q_brand_page_in){.brand_id = *id, .most = 1}, &v, &n));
    if (n == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such store brand");
    *out = v[0];
    return OK;
}

enum err org_brand_add(struct scope *sc, const struct org_brand *b)
{
    return q_brand_create(sc,
                          &(struct q_brand_create_in){.partner_id = sc->tenant.partner_id,
                                                      .customer_id = b->customer_id,
                                                      .brand_id = b->brand_id,
                                                      .code = b->code,
                                                      .name = b->name,
                                                      .has_entity_id = !uuid_is_nil(&b->entity_id),
                                                      .entity_id = b->entity_id},
                          NULL);
}

enum err org_brand_change(struct scope *sc, const struct org_brand *to, bool *out_changed)
{
    const struct q_brand_change_row *row;

    TRY(sc, q_brand_change(sc,
                           &(struct q_brand_change_in){.customer_id = to->customer_id,
                                                       .brand_id = to->brand_id,
                                                       .version = to->row_version,
                                                       .code = to->code,
                                                       .name = to->name,
                                                       .has_entity_id = !uuid_is_nil(&to->entity_id),
                                                       .entity_id = to->entity_id},
                           &row));
    *out_changed = row != NULL;
    return OK;
}

enum err org_brand_delete(struct scope *sc, const struct org_brand *b)
{
    struct q_brand_delete_row row;

    TRY(sc,
        q_brand_delete(sc, &(struct q_brand_delete_in){.customer_id = b->customer_id, .brand_id = b->brand_id}, &row));
    return row.deleted ? OK : FAIL(sc, ERR_NOT_FOUND, "there is no such store brand");
}

static enum err entities(struct scope *sc, const struct q_entity_page_in *in, struct org_entity **out, size_t *out_n)
{
    struct q_entity_page_rows rows;
    struct org_entity *v;

    TRY(sc, q_entity_page(sc, in, &rows));
    v = ARENA_ARRAY(sc->arena, struct org_entity, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct org_entity){.customer_id = rows.v[i].customer_id,
                                   .entity_id = rows.v[i].entity_id,
                                   .code = rows.v[i].code,
                                   .name = rows.v[i].name,
                                   .base_currency = rows.v[i].base_currency,
                                   .time_zone = rows.v[i].time_zone,
                                   .created_at_us = rows.v[i].created_at_us,
                                   .row_version = rows.v[i].row_version};
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err org_entity_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                         struct org_entity **out, size_t *out_n)
{
    struct q_entity_page_in in = {.after = *after, .most = (int32_t)most};

    if (customer_id)
        in.customer_id = *customer_id;
    return entities(sc, &in, out, out_n);
}

enum err org_entity_get(struct scope *sc, const struct uuid *id, struct org_entity *out)
{
    struct org_entity *v;
    size_t n;

    TRY(sc, entities(sc, &(struct q_entity_page_in){.entity_id = *id, .most = 1}, &v, &n));
    if (n == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such legal entity");
    *out = v[0];
    return OK;
}

enum err org_entity_add(struct scope *sc, const struct org_entity *e)
{
    return q_entity_create(sc,
                           &(struct q_entity_create_in){.partner_id = sc->tenant.partner_id,
                                                        .customer_id = e->customer_id,
                                                        .entity_id = e->entity_id,
                                                        .code = e->code,
                                                        .name = e->name,
                                                        .base_currency = e->base_currency,
                                                        .time_zone = e->time_zone},
                           NULL);
}

enum err org_entity_change(struct scope *sc, const struct org_entity *to, bool *out_changed)
{
    const struct q_entity_change_row *row;

    TRY(sc, q_entity_change(sc,
                            &(struct q_entity_change_in){.customer_id = to->customer_id,
                                                         .entity_id = to->entity_id,
                                                         .version = to->row_version,
                                                         .code = to->code,
                                                         .name = to->name,
                                                         .time_zone = to->time_zone},
                            &row));
    *out_changed = row != NULL;
    return OK;
}

enum err org_entity_delete(struct scope *sc, const struct org_entity *e)
{
    struct q_entity_delete_row row;

    TRY(sc, q_entity_delete(sc, &(struct q_entity_delete_in){.customer_id = e->customer_id, .entity_id = e->entity_id},
                            &row));
    return row.deleted ? OK : FAIL(sc, ERR_NOT_FOUND, "there is no such legal entity");
}

enum err org_time_zone_known(struct scope *sc, const char *name, bool *out)
{
    struct q_time_zone_known_row row;

    TRY(sc, q_time_zone_known(sc, &(struct q_time_zone_known_in){.name = name}, &row));
    *out = row.known;
    return OK;
}
