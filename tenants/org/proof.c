#include "db/db.h"
#include "org/org.h"
#include "q_proof.h"

/* A secret sealed for this partner opens as this partner and as no other: the labels that it is bound to say whose it
 * is, so that a ciphertext put into another tenant's row is dead there. */
static enum err foreign_seal(struct scope *sc, struct org_proof *out)
{
    CLEANUP(secret_wipe) struct secret *own = NULL, *foreign = NULL;
    struct tenant tenant = sc->tenant;
    struct org_signing_key key;
    enum err e;

    TRY(sc, org_signing_current(sc, ORG_SIGN_PROOF, &key));
    TRY(sc, org_signing_open(sc, ORG_SIGN_PROOF, &key, &own));
    sc->tenant.partner_id = uuid_new();
    e = org_signing_open(sc, ORG_SIGN_PROOF, &key, &foreign);
    sc->tenant = tenant;
    scope_clear(sc);
    out->foreign_seal_closed = e == ERR_INVALID && !foreign;
    return OK;
}

static bool table_is_closed(const struct org_proof_table *t)
{
    return t->forced && t->refuses_unset && !t->sees_others && !t->sees_as_nobody;
}

static enum err tables(struct scope *sc, struct org_proof *out)
{
    struct q_proof_tables_rows rows;
    struct org_proof_table *list;

    TRY(sc, q_proof_tables(sc, &rows));
    list = ARENA_ARRAY(sc->arena, struct org_proof_table, rows.n);
    out->passed = rows.n > 0;
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_proof_tables_row *r = &rows.v[i];

        list[i] = (struct org_proof_table){.name = r->name,
                                           .forced = r->forced,
                                           .readable = r->readable,
                                           .others_exist = r->others_exist,
                                           .sees_own = r->sees_own,
                                           .sees_others = r->sees_others,
                                           .refuses_unset = r->refuses_unset,
                                           .sees_as_nobody = r->sees_as_nobody};
        list[i].passed = table_is_closed(&list[i]);
        out->passed &= list[i].passed;
    }
    out->tables = list;
    out->table_count = rows.n;
    return OK;
}

enum err org_proof_run(struct scope *sc, struct org_proof *out)
{
    uint8_t signature[CRYPTO_SIGNATURE_BYTES];
    struct q_proof_role_row role;
    struct uuid key_id;

    *out = (struct org_proof){0};
    TRY(sc, tables(sc, out));
    TRY(sc, q_proof_role(sc, &role));
    TRY(sc, org_sign(sc, ORG_SIGN_PROOF, STR("proof"), &key_id, signature)); /* so that there is a key */
    TRY(sc, foreign_seal(sc, out));
    out->role_is_ordinary = role.ordinary;
    out->role_owns_nothing = role.owns_nothing;
    out->role_is_no_other = role.member_of_none;
    out->row_security_is_on = role.row_security;
    out->passed &= role.ordinary && role.owns_nothing && role.member_of_none && role.row_security;
    out->passed &= out->foreign_seal_closed;
    return OK;
}

enum err org_signing_list(struct scope *sc, enum org_purpose p, struct org_public_key **out, size_t *out_n)
{
    struct q_signing_keys_public_rows rows;

    TRY(sc, q_signing_keys_public(sc, &(struct q_signing_keys_public_in){.purpose = org_purpose_name(p)}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct org_public_key, rows.n);
    *out_n = rows.n;
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] =
            (struct org_public_key){.key_id = rows.v[i].signing_key_id,
                                    .public_key = rows.v[i].public_key,
                                    .created_at_us = rows.v[i].created_at_us,
                                    .retired_at_us = rows.v[i].has_retired_at ? rows.v[i].retired_at_us : INT64_MIN};
    return OK;
}
