#include <string.h>

#include "base/timefmt.h"
#include "order/order.h"
#include "q_order.h"

static void grow(struct order_events *list)
{
    size_t room = list->room ? 2 * list->room : 16;
    struct order_event *v = ARENA_ARRAY(list->arena, struct order_event, room);

    if (list->n)
        memcpy(v, list->v, list->n * sizeof(*v));
    list->v = v;
    list->room = room;
}

void order_note(struct order_events *list, const char *hop, const char *detail, const struct uuid *effect_id)
{
    static const struct uuid none;
    size_t at;

    if (list->n == list->room && list->n < ORDER_EVENTS_MAX)
        grow(list);
    at = list->n < ORDER_EVENTS_MAX ? list->n++ : ORDER_EVENTS_MAX - 1;
    list->v[at] = (struct order_event){time_now_us(), hop, detail, effect_id ? *effect_id : none};
}

static bool same_event(const struct q_order_events_last_row *was, const struct uuid *job_id,
                       const struct order_event *e)
{
    bool same_effect = was->has_effect_id ? uuid_equal(&was->effect_id, &e->effect_id) : uuid_is_nil(&e->effect_id);

    return same_effect && was->has_job_id && uuid_equal(&was->job_id, job_id) && strcmp(was->hop, e->hop) == 0 &&
           strcmp(was->detail, e->detail) == 0;
}

enum err order_events_repeat(struct scope *sc, const struct uuid *order_id, const struct uuid *job_id,
                             const struct order_events *list, bool *out)
{
    struct q_order_events_last_rows last;
    bool same;

    TRY(sc, q_order_events_last(sc, &(struct q_order_events_last_in){.order_id = *order_id, .most = (int32_t)list->n},
                                &last));
    same = last.n == list->n;
    for (size_t i = 0; same && i < list->n; i++)
        same = same_event(&last.v[last.n - 1 - i], job_id, &list->v[i]);
    *out = same;
    return OK;
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

enum err order_event_by(struct scope *sc, const struct uuid *order_id, const struct uuid *customer_id, const char *hop,
                        const char *detail)
{
    static const struct uuid none;
    struct uuid id = uuid_new();
    int64_t now = time_now_us();

    return q_order_event_add(sc,
                             &(struct q_order_event_add_in){.partner_id = sc->tenant.partner_id,
                                                            .customer_id = *customer_id,
                                                            .event_ids = &id,
                                                            .event_ids_n = 1,
                                                            .order_id = *order_id,
                                                            .ats_us = &now,
                                                            .ats_n = 1,
                                                            .hops = &hop,
                                                            .hops_n = 1,
                                                            .details = &detail,
                                                            .details_n = 1,
                                                            .effect_ids = &none,
                                                            .effect_ids_n = 1},
                             NULL);
}

enum err order_events_by(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids, size_t n,
                         const char *hop, const char *detail)
{
    struct uuid *ids = ARENA_ARRAY(sc->arena, struct uuid, n);

    for (size_t i = 0; i < n; i++)
        ids[i] = uuid_new();
    return q_order_events_by(sc,
                             &(struct q_order_events_by_in){.partner_id = sc->tenant.partner_id,
                                                            .customer_id = *customer_id,
                                                            .event_ids = ids,
                                                            .event_ids_n = n,
                                                            .order_ids = order_ids,
                                                            .order_ids_n = n,
                                                            .hop = hop,
                                                            .detail = detail},
                             NULL);
}
