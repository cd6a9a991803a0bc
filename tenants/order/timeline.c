#include "base/timefmt.h"
#include "order/order.h"
#include "q_order.h"

void order_note(struct order_events *list, const char *hop, const char *detail, const struct uuid *effect_id)
{
    static const struct uuid none;
    size_t at = list->n < ORDER_EVENTS_MAX ? list->n++ : ORDER_EVENTS_MAX - 1;

    list->v[at] = (struct order_event){time_now_us(), hop, detail, effect_id ? *effect_id : none};
}

enum err order_events_write(struct scope *sc, const struct uuid *order_id, const struct uuid *job_id, int32_t attempt,
                            const struct uuid *message_id, const struct order_events *list)
{
    size_t n = list->n;
    struct uuid *ids = ARENA_ARRAY(sc->arena, struct uuid, n);
    struct uuid *effects = ARENA_ARRAY(sc->arena, struct uuid, n);
    int64_t *ats = ARENA_ARRAY(sc->arena, int64_t, n);
    const char **hops = ARENA_ARRAY(sc->arena, const char *, n);
    const char **details = ARENA_ARRAY(sc->arena, const char *, n);

    if (n == 0)
        return OK;
    for (size_t i = 0; i < n; i++) {
        ids[i] = uuid_new();
        effects[i] = list->v[i].effect_id;
        ats[i] = list->v[i].at_us;
        hops[i] = list->v[i].hop;
        details[i] = list->v[i].detail;
    }
    return q_order_event_add(sc,
                             &(struct q_order_event_add_in){.partner_id = sc->tenant.partner_id,
                                                            .customer_id = sc->tenant.customer_id,
                                                            .event_ids = ids,
                                                            .event_ids_n = n,
                                                            .order_id = *order_id,
                                                            .ats_us = ats,
                                                            .ats_n = n,
                                                            .hops = hops,
                                                            .hops_n = n,
                                                            .details = details,
                                                            .details_n = n,
                                                            .has_job_id = true,
                                                            .job_id = *job_id,
                                                            .has_attempt = true,
                                                            .attempt = attempt,
                                                            .effect_ids = effects,
                                                            .effect_ids_n = n,
                                                            .has_message_id = true,
                                                            .message_id = *message_id},
                             NULL);
}
