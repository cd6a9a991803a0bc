#include "crypto/crypto.h"
#include "db/db.h"
#include "files/files_int.h"
#include "q_files.h"

/* Files as rows of the database. */

static enum err come_again(struct scope *sc, const struct files_new *in, struct bytes hash, struct uuid *out_id)
{
    const struct q_file_again_row *row;

    TRY(sc, q_file_again(sc,
                         &(struct q_file_again_in){.connection_id = in->connection->connection_id,
                                                   .content_hash = hash,
                                                   .origin_key = in->origin_key},
                         &row));
    if (!row) {
        enum err e = FAIL(sc, ERR_UNAVAILABLE, "the file is being taken at this moment; ask again");

        scope_retry_after(sc, 1);
        return e;
    }
    *out_id = row->file_id;
    return OK;
}

enum err files_add(struct scope *sc, const struct files_new *in, struct uuid *out_id, bool *out_again)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    const struct q_file_add_row *row;
    struct uuid id = uuid_new();

    if (in->refused) /* its content was not looked at: it is known by its name and size alone */
        crypto_hash(in->origin_key ? in->origin_key : in->name, strlen(in->origin_key ? in->origin_key : in->name),
                    hash);
    else
        crypto_hash(in->body.p, in->body.n, hash);
    TRY(sc, q_file_add(sc,
                       &(struct q_file_add_in){.partner_id = sc->tenant.partner_id,
                                               .customer_id = in->connection->customer_id,
                                               .file_id = id,
                                               .connection_id = in->connection->connection_id,
                                               .name = in->name,
                                               .origin = in->origin,
                                               .origin_key = in->origin_key,
                                               .place = in->place,
                                               .octets = (int64_t)in->octets,
                                               .content_hash = {hash, sizeof(hash)},
                                               .body = {in->refused ? NULL : in->body.p, in->body.n},
                                               .reason = in->refused},
                       &row));
    *out_again = row == NULL;
    if (!row)
        return come_again(sc, in, (struct bytes){hash, sizeof(hash)}, out_id);
    *out_id = id;
    return OK;
}

/* ---- for people ---- */

#define FILE_OF(row)                                                                                                   \
    {                                                                                                                  \
        .file_id = (row).file_id, .customer_id = (row).customer_id, .connection_id = (row).connection_id,              \
        .name = (row).name, .origin = (row).origin, .state = (row).state, .reason = (row).reason,                      \
        .content_hash = (row).content_hash, .octets = (row).octets, .taken = (row).taken, .repeated = (row).repeated,  \
        .refused = (row).refused, .came = (row).came, .received_at_us = (row).received_at_us,                          \
        .ended_at_us = (row).has_ended_at ? (row).ended_at_us : INT64_MIN                                              \
    }

enum err files_list(struct scope *sc, const struct uuid *connection_id, const struct uuid *before, size_t most,
                    struct files_file **out, size_t *out_n)
{
    static const struct uuid newest = {
        {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}};
    struct q_file_list_rows rows;

    TRY(sc, q_file_list(sc,
                        &(struct q_file_list_in){.connection_id = *connection_id,
                                                 .before = uuid_is_nil(before) ? newest : *before,
                                                 .most = (int32_t)most},
                        &rows));
    *out = ARENA_ARRAY(sc->arena, struct files_file, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct files_file)FILE_OF(rows.v[i]);
    *out_n = rows.n;
    return OK;
}

enum err files_get(struct scope *sc, const struct uuid *connection_id, const struct uuid *file_id,
                   struct files_file *out)
{
    const struct q_file_get_row *row;

    TRY(sc, q_file_get(sc, &(struct q_file_get_in){.connection_id = *connection_id, .file_id = *file_id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such file");
    *out = (struct files_file)FILE_OF(*row);
    return OK;
}

enum err files_refused_list(struct scope *sc, const struct uuid *file_id, int64_t after, size_t most,
                            struct files_refused **out, size_t *out_n)
{
    struct q_file_rows_rows rows;

    TRY(sc,
        q_file_rows(sc, &(struct q_file_rows_in){.file_id = *file_id, .after = after, .most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct files_refused, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct files_refused){rows.v[i].number, rows.v[i].line, rows.v[i].field, rows.v[i].reason};
    *out_n = rows.n;
    return OK;
}

/* ---- what is due ---- */

enum err files_due(struct scope *sc, size_t most, struct files_due **out, size_t *out_n)
{
    struct q_files_due_rows rows;

    TRY(sc, q_files_due(sc, &(struct q_files_due_in){.most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct files_due, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] =
            (struct files_due){rows.v[i].partner_id, rows.v[i].customer_id, rows.v[i].connection_id, rows.v[i].file_id};
    *out_n = rows.n;
    return OK;
}

enum err files_watches_due(struct scope *sc, size_t most, struct files_due **out, size_t *out_n)
{
    struct q_file_watches_due_rows rows;

    TRY(sc, q_file_watches_due(sc, &(struct q_file_watches_due_in){.most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct files_due, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct files_due){.partner_id = rows.v[i].partner_id,
                                       .customer_id = rows.v[i].customer_id,
                                       .connection_id = rows.v[i].connection_id};
    *out_n = rows.n;
    return OK;
}
