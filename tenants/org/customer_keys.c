#include <string.h>

#include "db/db.h"
#include "org/org_int.h"
#include "q_org.h"

/* A customer's key pairs. Only public halves are needed to make one, so any process can; the private half leaves it
 * sealed to the partner's key, and once that row is gone nobody opens what was sealed to the pair. */
static struct str label(struct scope *sc, enum org_class c, const struct uuid *customer_id, int32_t epoch,
                        int32_t partner_epoch)
{
    char partner[UUID_TEXT_LEN + 1], customer[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    uuid_format(customer_id, customer);
    return str_of(
        arena_f(sc->arena, "customer-key/%s/%s/%s/%d/%d", partner, customer, org_class_name(c), epoch, partner_epoch));
}

static enum err make(struct scope *sc, enum org_class c, const struct uuid *customer_id)
{
    CLEANUP(secret_wipe) struct secret *private_key = NULL;
    uint8_t public_key[CRYPTO_KEY_BYTES];
    struct org_target partner;
    struct bytes sealed;

    TRY(sc, org_target_partner(sc, c, &partner));
    crypto_pair_new(public_key, &private_key);
    org_seal_to(sc, &partner, label(sc, c, customer_id, 1, partner.epoch),
                (struct bytes){secret_bytes(private_key), secret_size(private_key)}, &sealed);
    return q_customer_key_create(sc,
                                 &(struct q_customer_key_create_in){.partner_id = sc->tenant.partner_id,
                                                                    .customer_id = *customer_id,
                                                                    .class = org_class_name(c),
                                                                    .public_key = {public_key, sizeof(public_key)},
                                                                    .partner_epoch = partner.epoch,
                                                                    .sealed = sealed},
                                 NULL);
}

static enum err newest(struct scope *sc, enum org_class c, const struct uuid *customer_id,
                       const struct q_customer_key_newest_row **out)
{
    return q_customer_key_newest(
        sc, &(struct q_customer_key_newest_in){.customer_id = *customer_id, .class = org_class_name(c)}, out);
}

enum err org_target_customer(struct scope *sc, enum org_class c, const struct uuid *customer_id, struct org_target *out)
{
    const struct q_customer_key_newest_row *row;

    TRY(sc, newest(sc, c, customer_id, &row));
    if (!row) {
        TRY(sc, make(sc, c, customer_id));
        TRY(sc, newest(sc, c, customer_id, &row));
    }
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    if (row->public_key.n != sizeof(out->public_key))
        return FAIL(sc, ERR_INTERNAL, "the public key is damaged");
    out->epoch = row->epoch;
    memcpy(out->public_key, row->public_key.p, sizeof(out->public_key));
    return OK;
}

enum err org_unseal_customer(struct scope *sc, const struct org_chain *chain, struct str associated,
                             struct bytes sealed, struct secret **out)
{
    CLEANUP(secret_wipe) struct secret *private_key = NULL;

    if (!chain->customer_id)
        return org_unseal(sc, chain->class, chain->partner_epoch, chain->wrapped, associated, sealed, out);
    TRY(sc, org_unseal(sc, chain->class, chain->partner_epoch, chain->wrapped,
                       label(sc, chain->class, chain->customer_id, chain->customer_epoch, chain->partner_epoch),
                       chain->customer_sealed, &private_key));
    if (secret_size(private_key) != CRYPTO_KEY_BYTES)
        return FAIL(sc, ERR_INVALID, "the customer's key is damaged");
    return crypto_open(sc, private_key, associated, sealed, out);
}

/* ---- on the ring ---- */

static enum err reseal(struct scope *sc, struct org_ring_walk *w, const struct q_customer_private_page_row *row,
                       const struct secret *private_key)
{
    struct q_customer_private_reseal_in in = {
        .customer_id = row->customer_id, .class = org_class_name(w->class), .epoch = row->epoch, .was = row->sealed};
    struct org_target to;

    TRY(sc, org_target_partner(sc, w->class, &to));
    in.partner_epoch = to.epoch;
    org_seal_to(sc, &to, label(sc, w->class, &row->customer_id, row->epoch, to.epoch),
                (struct bytes){secret_bytes(private_key), secret_size(private_key)}, &in.sealed);
    return q_customer_private_reseal(sc, &in, NULL);
}

static enum err ring_reseal(struct scope *sc, struct org_ring_walk *w, const void *at)
{
    const struct q_customer_private_page_row *row = at;
    CLEANUP(secret_wipe) struct secret *private_key = NULL;
    enum err e =
        org_unseal(sc, w->class, row->partner_epoch, row->wrapped,
                   label(sc, w->class, &row->customer_id, row->epoch, row->partner_epoch), row->sealed, &private_key);

    org_ring_seen(w, &(struct org_ring_item){"customer key", row->customer_id, row->partner_epoch, e});
    if (e != OK) {
        scope_clear(sc);
        return OK;
    }
    return w->renew ? reseal(sc, w, row, private_key) : OK;
}

static enum err ring_fetch(struct scope *sc, const struct org_ring_walk *w, const struct uuid *after,
                           struct org_ring_page *out)
{
    struct q_customer_private_page_in in = {
        .class = org_class_name(w->class), .below = w->below, .after = *after, .most = ORG_RING_PAGE};
    struct q_customer_private_page_rows rows;

    TRY(sc, q_customer_private_page(sc, &in, &rows));
    *out = ORG_RING_PAGE_OF(rows, customer_id);
    return OK;
}

enum err org_walk_customer_keys(struct scope *sc, struct org_ring_walk *w)
{
    return org_ring_pages(sc, w, ring_fetch, ring_reseal);
}
