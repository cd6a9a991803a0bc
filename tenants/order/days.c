#include "base/timefmt.h"
#include "order/order.h"
#include "q_order.h"

/* Two days of orders in numbers. */

#define DAY_US INT64_C(86400000000)

static void tally(const struct q_order_days_row *r, struct order_tally *out)
{
    *out = (struct order_tally){.orders = r->orders,
                                .delivered = r->delivered,
                                .late = r->late,
                                .held = r->held,
                                .waiting = r->waiting,
                                .arrived = r->arrived,
                                .helped = r->helped,
                                .median_ms = r->has_median_ms ? r->median_ms : -1,
                                .p95_ms = r->has_p95_ms ? r->p95_ms : -1};
}

enum err order_days(struct scope *sc, const struct uuid *customer_id, struct order_days *out)
{
    const struct order_tally none = {.median_ms = -1, .p95_ms = -1};
    struct q_order_days_rows rows;

    *out = (struct order_days){.day = {none, none}};
    for (size_t i = 0; i < ORDER_HOURS; i++)
        out->hours[i] = none;
    TRY(sc, q_order_days(sc,
                         &(struct q_order_days_in){.customer_id = *customer_id,
                                                   .from_id = uuid_at(time_now_us() - 2 * DAY_US),
                                                   .promise_s = ORDER_PROMISE_S,
                                                   .most = ORDER_DAYS_MOST},
                         &rows));
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_order_days_row *r = &rows.v[i];

        if (r->day >= 0 && r->day < 2 && !r->has_hour)
            tally(r, &out->day[r->day]);
        else if (r->has_hour && r->hour >= 0 && r->hour < ORDER_HOURS)
            tally(r, &out->hours[r->hour]);
    }
    out->all = out->day[0].orders + out->day[1].orders < ORDER_DAYS_MOST;
    return OK;
}
