#include <string.h>

#include "crypto/crypto.h"
#include "order/order.h"
#include "q_order.h"

static struct money money_known(const char *currency, bool has, int64_t minor)
{
    struct money m = {0};

    if (has && strlen(currency) == 3) {
        m.minor = minor;
        memcpy(m.currency, currency, 4);
    }
    return m;
}

/* The four statements answer rows of the same members. */
#define ORDER_OF(r)                                                                                                    \
    {                                                                                                                  \
        .order_id = (r).order_id, .customer_id = (r).customer_id, .connection_id = (r).connection_id,                  \
        .number = (r).number, .source_id = (r).natural_key, .state = (r).state, .held_reason = (r).held_reason,        \
        .total = money_known((r).currency, (r).has_total_minor, (r).total_minor),                                      \
        .placed_at_us = (r).has_placed_at ? (r).placed_at_us : INT64_MIN, .received_at_us = (r).received_at_us,        \
        .delivered_at_us = (r).has_delivered_at ? (r).delivered_at_us : INT64_MIN,                                     \
        .external_number = (r).external_number,                                                                        \
        .external_total = money_known((r).currency, (r).has_external_total_minor, (r).external_total_minor)            \
    }

static enum err list_customer(struct scope *sc, const struct uuid *before, size_t most, struct order_row **out,
                              size_t *out_n)
{
    struct q_order_list_customer_rows rows;

    TRY(sc, q_order_list_customer(sc,
                                  &(struct q_order_list_customer_in){
                                      .customer_id = sc->tenant.customer_id, .before = *before, .most = (int32_t)most},
                                  &rows));
    *out = ARENA_ARRAY(sc->arena, struct order_row, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct order_row)ORDER_OF(rows.v[i]);
    *out_n = rows.n;
    return OK;
}

enum err order_list(struct scope *sc, const struct uuid *before, size_t most, struct order_row **out, size_t *out_n)
{
    struct q_order_list_rows rows;
    struct uuid from = *before;

    if (uuid_is_nil(before))
        memset(&from, 0xff, sizeof(from));
    if (sc->tenant.has_customer)
        return list_customer(sc, &from, most, out, out_n);
    TRY(sc, q_order_list(sc, &(struct q_order_list_in){.before = from, .most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct order_row, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct order_row)ORDER_OF(rows.v[i]);
    *out_n = rows.n;
    return OK;
}

enum err order_search(struct scope *sc, const char *called, size_t most, struct order_row **out, size_t *out_n)
{
    const char *words[] = {called, *called == '#' ? called + 1 : arena_f(sc->arena, "#%s", called)};
    struct q_order_search_rows rows;

    TRY(sc,
        q_order_search(sc, &(struct q_order_search_in){.words = words, .words_n = 2, .most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct order_row, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct order_row)ORDER_OF(rows.v[i]);
    *out_n = rows.n;
    return OK;
}

static const char *hex_of(struct scope *sc, struct bytes b)
{
    struct buf out;

    if (!b.p)
        return NULL;
    buf_init(&out, sc->arena, 200);
    buf_hex(&out, b.p, b.n);
    return buf_cstr(&out);
}

static enum err read_effects(struct scope *sc, struct order_full *out)
{
    struct q_order_effects_rows rows;

    TRY(sc, q_order_effects(sc, &(struct q_order_effects_in){out->row.customer_id, out->row.order_id}, &rows));
    out->effects = ARENA_ARRAY(sc->arena, struct order_effect, rows.n);
    out->effect_count = rows.n;
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_order_effects_row *r = &rows.v[i];

        out->effects[i] =
            (struct order_effect){.effect_id = r->effect_id,
                                  .connection_id = r->connection_id,
                                  .operation = r->operation,
                                  .key = r->effect_key,
                                  .state = r->state,
                                  .external_ref = r->external_ref,
                                  .reason = r->reason,
                                  .request_hash = hex_of(sc, r->payload_hash),
                                  .sends = r->sends,
                                  .probes = r->probes,
                                  .planned_at_us = r->planned_at_us,
                                  .sent_at_us = r->has_sent_at ? r->sent_at_us : INT64_MIN,
                                  .confirmed_at_us = r->has_confirmed_at ? r->confirmed_at_us : INT64_MIN};
    }
    return OK;
}

static enum err read_hops(struct scope *sc, struct order_full *out)
{
    struct q_order_events_rows rows;

    TRY(sc, q_order_events(sc, &(struct q_order_events_in){out->row.customer_id, out->row.order_id}, &rows));
    out->hops = ARENA_ARRAY(sc->arena, struct order_hop, rows.n);
    out->hop_count = rows.n;
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_order_events_row *r = &rows.v[i];

        out->hops[i] = (struct order_hop){.event_id = r->event_id,
                                          .effect_id = r->effect_id,
                                          .has_effect = r->has_effect_id,
                                          .at_us = r->at_us,
                                          .hop = r->hop,
                                          .detail = r->detail,
                                          .attempt = r->has_attempt ? r->attempt : 0};
    }
    return OK;
}

enum err order_get(struct scope *sc, const struct uuid *id, struct order_full *out)
{
    struct q_order_get_row r;

    TRY(sc, q_order_get(sc, &(struct q_order_get_in){.order_id = *id}, &r));
    *out = (struct order_full){.row = ORDER_OF(r),
                               .message_id = r.message_id,
                               .external_id = r.external_id,
                               .mapping_id = r.has_mapping_id ? r.mapping_id : (struct uuid){{0}},
                               .mapping_version = r.has_mapping_version ? r.mapping_version : 0,
                               .document = r.record_body ? str_of(r.record_body) : (struct str){NULL, 0}};
    TRY(sc, read_hops(sc, out));
    return read_effects(sc, out);
}
