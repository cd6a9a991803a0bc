#include "crypto/crypto.h"
#include "flows/flows_int.h"
#include "flows/jobs.h"
#include "q_flows.h"

/* What stopped jobs are about, put right by people. */

enum err flows_input_get(struct scope *sc, const struct flows_job *j, struct flows_input *out)
{
    const struct q_job_about_row *row;

    TRY(sc, q_job_about(sc, &(struct q_job_about_in){.job_id = j->job_id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such job of a flow");
    *out = (struct flows_input){.original = row->original,
                                .original_hash = row->original_hash,
                                .current = row->body.p ? row->body : row->original,
                                .current_hash = row->body.p ? row->body_hash : row->original_hash,
                                .received_at_us = row->received_at_us,
                                .given_by = row->given_by};
    return OK;
}

enum err flows_edits(struct scope *sc, const struct flows_job *j, struct flows_edit **out, size_t *out_n)
{
    struct q_job_edits_rows rows;

    TRY(sc,
        q_job_edits(
            sc, &(struct q_job_edits_in){.customer_id = j->customer_id, .job_id = j->job_id, .most = FLOWS_EDITS_MAX},
            &rows));
    *out = ARENA_ARRAY(sc->arena, struct flows_edit, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct flows_edit){.number = rows.v[i].number,
                                        .hash = rows.v[i].body_hash,
                                        .edited_by = rows.v[i].edited_by,
                                        .note = rows.v[i].note,
                                        .edited_at_us = rows.v[i].edited_at_us};
    *out_n = rows.n;
    return OK;
}

static enum err refuse(struct scope *sc, const char *why)
{
    return flows_problem(sc, ERR_CONFLICT, "conflict", 409, why);
}

enum err flows_editable(struct scope *sc, const struct flows_job *j)
{
    if (uuid_is_nil(&j->flow_id) || (strcmp(j->state, "held") != 0 && strcmp(j->state, "dead") != 0))
        return refuse(sc, "only what a flow's job is about that is held or was given up can be edited");
    if (j->edits == FLOWS_EDITS_MAX)
        return refuse(sc, "it was edited a hundred times; end it, and start a run of what is right");
    return OK;
}

enum err flows_edit(struct scope *sc, const struct flows_job *j, const struct flows_edit_new *e, bool *out_changed)
{
    const struct q_job_edit_row *row;
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash(e->body.p, e->body.n, hash);
    TRY(sc, q_job_edit(sc,
                       &(struct q_job_edit_in){.customer_id = j->customer_id,
                                               .job_id = j->job_id,
                                               .edits = e->seen,
                                               .body = {e->body.p, e->body.n},
                                               .body_hash = {hash, sizeof(hash)},
                                               .edited_by = e->who,
                                               .note = e->note},
                       &row));
    *out_changed = row != NULL;
    return OK;
}
