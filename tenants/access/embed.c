#include "access/access_int.h"
#include "db/db.h"
#include "q_callers.h"

/* Pages that may stand inside a partner's own, and what each reads. */
static const struct {
    const char *name;
    uint64_t may;
} views[] = {
    {"orders", PERMISSION_BIT(PERMISSION_ORDERS_READ)},
    {"deliveries", PERMISSION_BIT(PERMISSION_ORDERS_READ) | PERMISSION_BIT(PERMISSION_MESSAGES_READ)},
    {"connections", PERMISSION_BIT(PERMISSION_CONNECTIONS_READ)},
};

uint64_t access_view_may(struct str view)
{
    for (size_t i = 0; i < ARRAY_LEN(views); i++)
        if (str_is(view, views[i].name))
            return views[i].may;
    return 0;
}

uint64_t access_views_may(void)
{
    uint64_t may = 0;

    for (size_t i = 0; i < ARRAY_LEN(views); i++)
        may |= views[i].may;
    return may;
}

enum err access_embed_create(struct scope *sc, const char *name, struct bytes point, const char *const *origins,
                             size_t origins_n, struct uuid *out_id)
{
    struct q_embed_key_create_in in = {.partner_id = sc->tenant.partner_id,
                                       .embed_key_id = uuid_new(),
                                       .name = name,
                                       .public_key = point,
                                       .origins = origins,
                                       .origins_n = origins_n};

    TRY(sc, q_embed_key_create(sc, &in, NULL));
    *out_id = in.embed_key_id;
    return OK;
}

#define EMBED_OF(row)                                                                                                  \
    {                                                                                                                  \
        .id = (row).embed_key_id, .name = (row).name, .origins = (row).origins, .point = (row).public_key,             \
        .created_at = (row).created_at_us                                                                              \
    }

enum err access_embed_get(struct scope *sc, const struct uuid *id, struct access_embed_key *out)
{
    const struct q_embed_key_get_row *row;

    TRY(sc, q_embed_key_get(sc, &(struct q_embed_key_get_in){.embed_key_id = *id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
    *out = (struct access_embed_key)EMBED_OF(*row);
    return OK;
}

enum err access_embed_list(struct scope *sc, const struct uuid *after, size_t most, struct access_embed_key **out,
                           size_t *out_n)
{
    struct q_embed_key_list_rows rows;
    struct access_embed_key *v;

    TRY(sc, q_embed_key_list(sc, &(struct q_embed_key_list_in){.after = *after, .most = (int32_t)most}, &rows));
    v = ARENA_ARRAY(sc->arena, struct access_embed_key, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct access_embed_key)EMBED_OF(rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err access_embed_revoke(struct scope *sc, const struct uuid *id)
{
    const struct q_embed_key_revoke_row *row;

    TRY(sc, q_embed_key_revoke(sc, &(struct q_embed_key_revoke_in){.embed_key_id = *id}, &row));
    return row ? OK : FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
}

enum err access_embed_find(struct scope *sc, const struct uuid *partner_id, const struct uuid *id,
                           struct bytes *out_point, const char **out_origins)
{
    const struct q_embed_key_find_row *row;

    TRY(sc, q_embed_key_find(sc, &(struct q_embed_key_find_in){.partner_id = *partner_id, .embed_key_id = *id}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return FAIL(sc, ERR_UNAUTHENTICATED, "this is not a valid token");
    *out_point = row->public_key;
    *out_origins = row->origins;
    return OK;
}
