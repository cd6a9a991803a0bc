#include "order/order_int.h"
#include "q_order.h"

static enum err add_unread(struct scope *sc, const struct order_unread *u, const char *reason)
{
    return q_order_add_unread(sc,
                              &(struct q_order_add_unread_in){.partner_id = sc->tenant.partner_id,
                                                              .customer_id = sc->tenant.customer_id,
                                                              .order_id = u->order_id,
                                                              .connection_id = u->connection_id,
                                                              .natural_key = u->natural_key,
                                                              .number = order_number_short(sc, u->number),
                                                              .held_reason = reason,
                                                              .source_version_us = u->version_us,
                                                              .message_id = u->message_id,
                                                              .job_id = u->job_id},
                              NULL);
}

enum err order_hold(struct scope *sc, const struct uuid *order_id, const char *reason)
{
    return q_order_state(sc, &(struct q_order_state_in){.order_id = *order_id, .state = "held", .held_reason = reason},
                         NULL);
}

enum err order_shelve(struct scope *sc, const struct order_unread *u, const char *reason, struct uuid *out_id)
{
    const struct q_order_find_row *now;

    TRY(sc, q_order_find(
                sc, &(struct q_order_find_in){.connection_id = u->connection_id, .natural_key = u->natural_key}, &now));
    *out_id = now ? now->order_id : u->order_id;
    if (!now)
        return add_unread(sc, u, reason);
    return q_order_shelve(
        sc,
        &(struct q_order_shelve_in){
            .order_id = now->order_id, .held_reason = reason, .source_version_us = u->version_us, .job_id = u->job_id},
        NULL);
}

enum err order_release(struct scope *sc, const struct uuid *order_id, struct uuid *out_customer)
{
    struct q_order_release_rows released;
    struct q_order_state_get_row now;

    TRY(sc, q_order_release(sc, &(struct q_order_release_in){.order_id = *order_id}, &released));
    if (released.n == 0) {
        TRY(sc, q_order_state_get(sc, &(struct q_order_state_get_in){.order_id = *order_id}, &now));
        return FAIL(sc, ERR_CONFLICT, "the order is %s; only a held order can be released", now.state);
    }
    *out_customer = released.v[0].customer_id;
    return OK;
}

enum err order_release_all(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids, size_t n)
{
    return q_order_release_all(
        sc, &(struct q_order_release_all_in){.customer_id = *customer_id, .order_ids = order_ids, .order_ids_n = n},
        NULL);
}

enum err order_held_for(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids,
                        const char *const *reasons, size_t n)
{
    struct uuid *ids = ARENA_ARRAY(sc->arena, struct uuid, n);

    for (size_t i = 0; i < n; i++)
        ids[i] = uuid_new();
    return q_order_held_for(sc,
                            &(struct q_order_held_for_in){.customer_id = *customer_id,
                                                          .order_ids = order_ids,
                                                          .order_ids_n = n,
                                                          .reasons = reasons,
                                                          .reasons_n = n,
                                                          .event_ids = ids,
                                                          .event_ids_n = n},
                            NULL);
}
