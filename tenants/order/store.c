#include <string.h>

#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "order/order_int.h"
#include "q_order.h"

#define DOCUMENT_MAX ((size_t)4 << 20)

#define OBJECT "sales_order"

static enum err version_add(struct scope *sc, const struct q_record_add_in *in, struct order_version *out)
{
    struct order_waiting *waiting;
    struct q_record_add_rows rows;

    TRY(sc, q_record_add(sc, in, &rows));
    waiting = ARENA_ARRAY(sc->arena, struct order_waiting, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        waiting[i] =
            (struct order_waiting){rows.v[i].flow_id, rows.v[i].flow_version, rows.v[i].shadow, rows.v[i].name};
    out->number = in->version_no;
    out->document = str_of(in->body);
    out->waiting = waiting;
    out->waiting_count = rows.n;
    return OK;
}

static enum err version_next(struct scope *sc, const struct order_source *src, const struct canon_order *order,
                             struct buf *body, struct q_record_add_in *in, struct order_version *out)
{
    in->partner_id = sc->tenant.partner_id;
    in->customer_id = sc->tenant.customer_id;
    in->connection_id = src->connection_id;
    in->object = OBJECT;
    in->natural_key = order->natural_key;
    in->schema = CANON_ORDER_SCHEMA;
    in->body = buf_cstr(body);
    in->message_id = src->message_id;
    in->has_mapping_id = in->has_mapping_version = src->mapping_id != NULL;
    if (src->mapping_id)
        in->mapping_id = *src->mapping_id;
    in->mapping_version = src->mapping_version;
    in->mapping_hash = src->mapping_hash;
    in->occurred_at_us = order->updated_at_us;
    in->received_at_us = src->received_at_us;
    return version_add(sc, in, out);
}

/* The canonical version of this content: the newest one when nothing changed, the next one otherwise. */
static enum err version_keep(struct scope *sc, const struct order_source *src, const struct canon_order *order,
                             struct uuid *out_record, struct order_version *out)
{
    const struct q_record_find_row *last;
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct q_record_add_in in;
    struct buf body;

    buf_init(&body, sc->arena, DOCUMENT_MAX);
    canon_order_write(&body, order);
    if (body.full)
        return FAIL(sc, ERR_HOLD, "the order is too large to keep");
    crypto_hash(body.p, body.n, hash);
    TRY(sc, q_record_find(sc,
                          &(struct q_record_find_in){
                              .connection_id = src->connection_id, .object = OBJECT, .natural_key = order->natural_key},
                          &last));
    if (last && last->body_hash.n == sizeof(hash) && memcmp(last->body_hash.p, hash, sizeof(hash)) == 0) {
        *out_record = last->record_id;
        return OK;
    }
    *out_record = uuid_new();
    in = (struct q_record_add_in){
        .record_id = *out_record, .version_no = last ? last->version_no + 1 : 1, .body_hash = {hash, sizeof(hash)}};
    if (last)
        out->former_id = last->record_id;
    return version_next(sc, src, order, &body, &in, out);
}

enum err order_version_body(struct scope *sc, const struct uuid *record_id, struct str *out)
{
    struct q_record_body_row row;

    TRY(sc, q_record_body(sc, &(struct q_record_body_in){.record_id = *record_id}, &row));
    *out = str_of(row.body);
    return OK;
}

static bool total_minor(const struct canon_order *order, int64_t *out)
{
    struct currency currency;
    struct money total;

    if (!currency_find(str_of(order->currency), &currency) || !money_of(order->total, &currency, &total))
        return false;
    *out = total.minor;
    return true;
}

const char *order_number_short(struct scope *sc, const char *number)
{
    return arena_strndup(sc->arena, number, canon_text_head(number, CANON_NUMBER_MAX));
}

static enum err order_insert(struct scope *sc, const struct order_source *src, const struct canon_order *order,
                             const char *held, struct order_stored *out)
{
    struct q_order_add_in in = {.partner_id = sc->tenant.partner_id,
                                .customer_id = sc->tenant.customer_id,
                                .order_id = uuid_new(),
                                .connection_id = src->connection_id,
                                .natural_key = order->natural_key,
                                .number = order_number_short(sc, order->number),
                                .state = held ? "held" : "received",
                                .held_reason = held,
                                .currency = order->currency,
                                .placed_at_us = order->placed_at_us,
                                .received_at_us = src->received_at_us,
                                .source_version_us = order->updated_at_us,
                                .message_id = src->message_id,
                                .has_destination_id = src->has_destination,
                                .destination_id = src->destination_id,
                                .job_id = src->job_id};
    struct order_version version = {0};

    TRY(sc, version_keep(sc, src, order, &in.record_id, &version));
    in.has_total_minor = total_minor(order, &in.total_minor);
    TRY(sc, q_order_add(sc, &in, NULL));
    *out = (struct order_stored){.order_id = in.order_id, .fresh = true, .changed = true, .version = version};
    return OK;
}

static enum err order_revise(struct scope *sc, const struct order_source *src, const struct canon_order *order,
                             const char *held, const struct q_order_find_row *now, struct order_stored *out)
{
    struct q_order_revise_in in = {.order_id = now->order_id,
                                   .number = order_number_short(sc, order->number),
                                   .state = now->state,
                                   .currency = order->currency,
                                   .placed_at_us = order->placed_at_us,
                                   .source_version_us = order->updated_at_us,
                                   .job_id = src->job_id};
    int64_t changed = 0;

    TRY(sc, version_keep(sc, src, order, &in.record_id, &out->version));
    in.has_total_minor = total_minor(order, &in.total_minor);
    if (strcmp(now->state, "delivered") != 0) {
        in.state = held ? "held" : "received";
        in.held_reason = held;
    }
    TRY(sc, q_order_revise(sc, &in, &changed));
    out->changed = changed != 0;
    return OK;
}

enum err order_store(struct scope *sc, const struct order_source *src, const struct canon_order *order,
                     const char *held, struct order_stored *out)
{
    const struct q_order_find_row *now;

    TRY(sc, q_order_find(
                sc, &(struct q_order_find_in){.connection_id = src->connection_id, .natural_key = order->natural_key},
                &now));
    if (!now)
        return order_insert(sc, src, order, held, out);
    *out = (struct order_stored){.order_id = now->order_id,
                                 .delivered = strcmp(now->state, "delivered") == 0,
                                 .superseded = order->updated_at_us < now->source_version_us};
    return out->superseded ? OK : order_revise(sc, src, order, held, now, out);
}

enum err order_delivered(struct scope *sc, const struct uuid *order_id, const char *external_id,
                         const char *external_number, const struct money *external_total)
{
    return q_order_delivered(
        sc,
        &(struct q_order_delivered_in){.order_id = *order_id,
                                       .external_id = external_id,
                                       .external_number = external_number,
                                       .has_external_total_minor = external_total != NULL,
                                       .external_total_minor = external_total ? external_total->minor : 0},
        NULL);
}
