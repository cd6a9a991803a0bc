#include "connect/connect_int.h"
#include "db/db.h"
#include "org/org.h"
#include "q_connect.h"

/* What deliveries are signed with, where the vendor tells it in its answer to what registers them: sealed to the edge
 * key, which a worker cannot open, and kept before that answer is used for anything else. */

enum err link_told_for(struct scope *sc, const struct link *l, const char **out)
{
    const struct q_hook_secret_of_row *row;

    TRY(sc, q_hook_secret_of(sc, &(struct q_hook_secret_of_in){.connection_id = l->connection.connection_id}, &row));
    *out = row && row->made_for ? row->made_for : "";
    return db_commit(sc);
}

enum err link_told_keep(struct scope *sc, struct link *l, struct str secret, const char *told_for, int64_t overlap_s)
{
    const struct uuid *customer_id = &l->connection.customer_id, *connection_id = &l->connection.connection_id;
    struct q_hook_secret_keep_in in = {
        .connection_id = *connection_id, .credential_id = uuid_new(), .made_for = told_for, .overlap_s = overlap_s};
    struct q_hook_secret_keep_row row;
    struct org_target to;

    TRY(sc, org_target_customer(sc, ORG_EDGE, customer_id, &to));
    in.customer_epoch = to.epoch;
    org_seal_to(sc, &to, credential_label(sc, customer_id, connection_id, &in.credential_id, to.epoch),
                (struct bytes){secret.p, secret.n}, &in.sealed);
    TRY(sc, q_hook_secret_keep(sc, &in, &row));
    TRY(sc, db_commit(sc));
    if (!row.kept)
        return FAIL(sc, ERR_HOLD, "nobody wants it kept any more");
    return OK;
}
