#include "connect/connect_int.h"
#include "db/db.h"
#include "org/org.h"
#include "q_connect.h"

static enum err reseal(struct scope *sc, enum org_class class, const struct q_credential_page_row *row,
                       const struct secret *plain)
{
    struct q_credential_reseal_in in = {
        .customer_id = row->customer_id, .credential_id = row->credential_id, .was = row->sealed};
    struct org_target to;

    TRY(sc, org_target_customer(sc, class, &row->customer_id, &to));
    in.customer_epoch = to.epoch;
    org_seal_to(sc, &to, credential_label(sc, &row->customer_id, &row->connection_id, &row->credential_id, to.epoch),
                (struct bytes){secret_bytes(plain), secret_size(plain)}, &in.sealed);
    return q_credential_reseal(sc, &in, NULL);
}

static enum err ring_reseal(struct scope *sc, struct org_ring_walk *w, const void *at)
{
    const struct q_credential_page_row *row = at;
    CLEANUP(secret_wipe) struct secret *plain = NULL;
    struct org_chain chain = CREDENTIAL_CHAIN(*row);
    enum err e;

    chain.class = w->class;
    e = org_unseal_customer(
        sc, &chain,
        credential_label(sc, &row->customer_id, &row->connection_id, &row->credential_id, CREDENTIAL_EPOCH(*row)),
        row->sealed, &plain);
    org_ring_seen(w, &(struct org_ring_item){"credential", row->credential_id, row->key_epoch, e});
    if (e != OK) {
        scope_clear(sc);
        return OK;
    }
    return w->renew ? reseal(sc, w->class, row, plain) : OK;
}

static enum err ring_fetch(struct scope *sc, const struct org_ring_walk *w, const struct uuid *after,
                           struct org_ring_page *out)
{
    struct q_credential_page_in in = {.class = org_class_name(w->class),
                                      .before_customers = w->renew,
                                      .below = w->below,
                                      .after = *after,
                                      .most = ORG_RING_PAGE};
    struct q_credential_page_rows rows;

    TRY(sc, q_credential_page(sc, &in, &rows));
    *out = ORG_RING_PAGE_OF(rows, credential_id);
    return OK;
}

enum err connect_ring_walk(struct scope *sc, struct org_ring_walk *w)
{
    return org_ring_pages(sc, w, ring_fetch, ring_reseal);
}
