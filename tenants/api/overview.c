#include "api/api_int.h"
#include "base/timefmt.h"
#include "connect/connect.h"
#include "order/order.h"
#include "review/review.h"

/* Is the business in order, and what must be done now: one answer of what the other resources say one by one. A part
 * that the caller may not ask for by itself is null here. */

#define HOUR_US          INT64_C(3600000000)
#define CAUSES_MOST      6
#define CONNECTIONS_MOST 12

struct tally_view {
    int64_t orders, delivered, late, held, waiting, arrived, helped, median_ms, p95_ms;
};

#define TALLY_FIELDS(type_)                                                                                            \
    WIRE_INT(type_, orders, 0, INT32_MAX, "Orders that came."),                                                        \
        WIRE_INT(type_, delivered, 0, INT32_MAX, "Those that the destination had within the promise."),                \
        WIRE_INT(type_, late, 0, INT32_MAX, "Those that it had later, or has not yet and the promise is over."),       \
        WIRE_INT(type_, held, 0, INT32_MAX, "Those that wait for a person."),                                          \
        WIRE_INT(type_, waiting, 0, INT32_MAX, "Those that are on their way, within the promise."),                    \
        WIRE_INT(type_, arrived, 0, INT32_MAX, "Those that the destination has, late or not."),                        \
        WIRE_INT(type_, helped, 0, INT32_MAX, "Those of the arrived ones that a person had to let go on."),            \
        WIRE_INT(type_, median_ms, -1, INT64_MAX,                                                                      \
                 "Milliseconds from their arrival here to the destination, of half of them; -1: none is there."),      \
        WIRE_INT(type_, p95_ms, -1, INT64_MAX, "Of 95 of a hundred; -1: none is there.")

static const struct wire_field tally_fields[] = {TALLY_FIELDS(struct tally_view), {}};
static const struct wire tally_wire = {"OverviewDay", sizeof(struct tally_view), tally_fields};

struct hour_view {
    int64_t from, orders, delivered, late, held, waiting, arrived, helped, median_ms, p95_ms;
};

static const struct wire_field hour_fields[] = {
    WIRE_TIME(struct hour_view, from, "When the hour began."),
    TALLY_FIELDS(struct hour_view),
    {},
};
static const struct wire hour_wire = {"OverviewHour", sizeof(struct hour_view), hour_fields};

static const char *const counted_states[] = {"all", "some", NULL};

struct orders_view {
    int64_t promise_s;
    const char *counted;
    const struct tally_view *day, *day_before;
    struct wire_list hours;
};

static const struct wire_field orders_fields[] = {
    WIRE_INT(struct orders_view, promise_s, 1, INT32_MAX, "Seconds within which an order is to be in its destination."),
    WIRE_ENUM(struct orders_view, counted, counted_states,
              "some: more came in the two days than are looked at, and the newest count."),
    WIRE_OBJECT(struct orders_view, day, &tally_wire, "The 24 hours until now."),
    WIRE_OBJECT(struct orders_view, day_before, &tally_wire, "The 24 hours before those."),
    WIRE_LIST(struct orders_view, hours, &hour_wire, ORDER_HOURS, "Both, hour by hour, the oldest first."),
    {},
};
static const struct wire orders_wire = {"OverviewOrders", sizeof(struct orders_view), orders_fields};

struct worth_view {
    struct money amount;
};

static const struct wire_field worth_fields[] = {
    WIRE_MONEY(struct worth_view, amount, "The sum of the orders' totals in one currency."),
    {},
};
static const struct wire worth_wire = {"OverviewWorth", sizeof(struct worth_view), worth_fields};

struct cause_view {
    const char *id, *code, *words, *system, *action, *permission, *trend, *assignee;
    int64_t jobs, stopped, customers, last_seen_at;
    struct wire_list at_stake;
};

static const struct wire_field cause_fields[] = {
    WIRE_TEXT(struct cause_view, id, 32, "The exception."),
    WIRE_TEXT(struct cause_view, code, 60, "What is in the way, as a why says it."),
    WIRE_TEXT(struct cause_view, words, 2000, "What was said of it last; null: nothing was."),
    WIRE_TEXT(struct cause_view, system, 120, "At which connection, when it is at one; or null."),
    WIRE_INT(struct cause_view, jobs, 1, INT32_MAX, "How many jobs it keeps."),
    WIRE_INT(struct cause_view, stopped, 0, INT32_MAX, "How many of them wait for somebody."),
    WIRE_INT(struct cause_view, customers, 1, INT32_MAX, "Of how many customers."),
    WIRE_LIST(struct cause_view, at_stake, &worth_wire, REVIEW_MONIES, "What their orders are worth, by currency."),
    WIRE_ENUM(struct cause_view, trend, review_trend_names, "An hour's number against the hours before."),
    WIRE_TEXT(struct cause_view, action, 500, "What to do; empty: nothing is known."),
    WIRE_TEXT(struct cause_view, permission, 60, "The permission that it takes here; null: it is done elsewhere."),
    WIRE_TEXT(struct cause_view, assignee, 200, "Who sees to it; null: nobody."),
    WIRE_TIME(struct cause_view, last_seen_at, "When the last of them failed last."),
    {},
};
static const struct wire cause_wire = {"OverviewCause", sizeof(struct cause_view), cause_fields};

struct attention_view {
    int64_t count, stopped;
    struct wire_list causes;
};

static const struct wire_field attention_fields[] = {
    WIRE_INT(struct attention_view, count, 0, INT32_MAX, "Causes that stop work or keep it waiting, none put away."),
    WIRE_INT(struct attention_view, stopped, 0, INT32_MAX, "Jobs that wait for somebody."),
    WIRE_LIST(struct attention_view, causes, &cause_wire, CAUSES_MOST,
              "Those that wait for somebody first, and of these what keeps most."),
    {},
};
static const struct wire attention_wire = {"OverviewAttention", sizeof(struct attention_view), attention_fields};

static const char *const statuses[] = {"active", "paused", "broken", "revoked", NULL};

struct pulse_view {
    struct uuid id, customer_id;
    const char *name, *connector, *status, *late_reason;
    int64_t reconnect_since, last_data_at;
};

static const struct wire_field pulse_fields[] = {
    WIRE_ID(struct pulse_view, id, "con", "The connection."),
    WIRE_ID(struct pulse_view, customer_id, "cus", "Whose it is."),
    WIRE_TEXT(struct pulse_view, name, 120, "What people call it."),
    WIRE_TEXT(struct pulse_view, connector, 40, "Which kind of system."),
    WIRE_ENUM(struct pulse_view, status, statuses, "Whether it works."),
    WIRE_TIME(struct pulse_view, reconnect_since, "Since when it waits for new credentials; null: it does not."),
    WIRE_TEXT(struct pulse_view, late_reason, 500, "What has gone quiet; null: nothing has."),
    WIRE_TIME(struct pulse_view, last_data_at,
              "When something last came from it, or a call to it last went well; null: never."),
    {},
};
static const struct wire pulse_wire = {"OverviewConnection", sizeof(struct pulse_view), pulse_fields};

struct pulses_view {
    int64_t count;
    struct wire_list connections;
};

static const struct wire_field pulses_fields[] = {
    WIRE_INT(struct pulses_view, count, 0, INT32_MAX, "How many there are."),
    WIRE_LIST(struct pulses_view, connections, &pulse_wire, CONNECTIONS_MOST,
              "Those that want something of a person first."),
    {},
};
static const struct wire pulses_wire = {"OverviewSystems", sizeof(struct pulses_view), pulses_fields};

struct overview_view {
    int64_t at;
    const struct orders_view *orders;
    const struct attention_view *attention;
    const struct pulses_view *systems;
};

static const struct wire_field overview_fields[] = {
    WIRE_TIME(struct overview_view, at, "When this was."),
    WIRE_OBJECT(struct overview_view, orders, &orders_wire,
                "Orders of two days, by when they came; null: the caller may not see orders."),
    WIRE_OBJECT(struct overview_view, attention, &attention_wire, "What needs attention."),
    WIRE_OBJECT(struct overview_view, systems, &pulses_wire, "The connections; null: the caller may not see them."),
    {},
};
static const struct wire overview_wire = {"Overview", sizeof(struct overview_view), overview_fields};

/* ---- the parts ---- */

static const struct tally_view *tally_of(struct scope *sc, const struct order_tally *t)
{
    struct tally_view *v = ARENA_NEW(sc->arena, struct tally_view);

    *v = (struct tally_view){t->orders,  t->delivered, t->late,      t->held,  t->waiting,
                             t->arrived, t->helped,    t->median_ms, t->p95_ms};
    return v;
}

static enum err orders_of(struct scope *sc, const struct uuid *customer_id, int64_t now_us,
                          const struct orders_view **out)
{
    struct orders_view *v = ARENA_NEW(sc->arena, struct orders_view);
    struct hour_view *hours = ARENA_ARRAY(sc->arena, struct hour_view, ORDER_HOURS);
    struct order_days *days = ARENA_NEW(sc->arena, struct order_days);

    TRY(sc, order_days(sc, customer_id, days));
    for (size_t i = 0; i < ORDER_HOURS; i++) {
        const struct order_tally *t = &days->hours[ORDER_HOURS - 1 - i];

        hours[i] = (struct hour_view){now_us - (int64_t)(ORDER_HOURS - i) * HOUR_US,
                                      t->orders,
                                      t->delivered,
                                      t->late,
                                      t->held,
                                      t->waiting,
                                      t->arrived,
                                      t->helped,
                                      t->median_ms,
                                      t->p95_ms};
    }
    *v = (struct orders_view){ORDER_PROMISE_S,
                              counted_states[days->all ? 0 : 1],
                              tally_of(sc, &days->day[0]),
                              tally_of(sc, &days->day[1]),
                              {hours, ORDER_HOURS}};
    *out = v;
    return OK;
}

static struct cause_view cause_of(struct scope *sc, const struct review_group *g)
{
    struct worth_view *worth = ARENA_ARRAY(sc->arena, struct worth_view, g->money_count);

    for (size_t i = 0; i < g->money_count; i++)
        worth[i] = (struct worth_view){g->monies[i]};
    return (struct cause_view){.id = g->id,
                               .code = g->cause.code,
                               .words = g->sample,
                               .system = g->system,
                               .action = g->cause.action,
                               .permission = g->cause.permission,
                               .trend = review_trend_names[g->trend],
                               .assignee = g->handled ? g->handling.assignee : NULL,
                               .jobs = g->jobs,
                               .stopped = g->stopped,
                               .customers = g->customers,
                               .last_seen_at = g->last_us,
                               .at_stake = {worth, g->money_count}};
}

/* What waits for somebody, then what comes back by itself; within each those with the most jobs, as they come. */
static enum err attention_of(struct scope *sc, const struct uuid *customer_id, const struct attention_view **out)
{
    struct attention_view *v = ARENA_NEW(sc->arena, struct attention_view);
    struct cause_view *causes = ARENA_ARRAY(sc->arena, struct cause_view, CAUSES_MOST);
    struct review_groups all;
    size_t n = 0;

    TRY(sc, review_causes(sc, customer_id, &all));
    for (int stopped = 1; stopped >= 0; stopped--)
        for (size_t i = 0; i < all.n; i++) {
            const struct review_group *g = &all.v[i];

            if (g->handling.archived || (g->stopped > 0) != stopped)
                continue;
            v->count++;
            v->stopped += g->stopped;
            if (n < CAUSES_MOST)
                causes[n++] = cause_of(sc, g);
        }
    v->causes = (struct wire_list){causes, n};
    *out = v;
    return OK;
}

static enum err systems_of(struct scope *sc, const struct uuid *customer_id, const struct pulses_view **out)
{
    struct pulses_view *v = ARENA_NEW(sc->arena, struct pulses_view);
    struct connection_pulse *rows;
    struct pulse_view *views;
    size_t n;

    TRY(sc, connection_pulses(sc, customer_id, CONNECTIONS_MOST, &rows, &n, &v->count));
    views = ARENA_ARRAY(sc->arena, struct pulse_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] =
            (struct pulse_view){rows[i].connection_id, rows[i].customer_id, rows[i].name,         rows[i].connector,
                                rows[i].status,        rows[i].late_reason, rows[i].reconnect_us, rows[i].heard_us};
    v->connections = (struct wire_list){views, n};
    *out = v;
    return OK;
}

static enum err overview_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct overview_view view = {.at = time_now_us()};
    struct uuid customer_id = sc->tenant.has_customer ? sc->tenant.customer_id : (struct uuid){{0}};

    (void)rq;
    if (caller_may(sc->caller, PERMISSION_ORDERS_READ))
        TRY(sc, orders_of(sc, &customer_id, view.at, &view.orders));
    TRY(sc, attention_of(sc, &customer_id, &view.attention));
    if (caller_may(sc->caller, PERMISSION_CONNECTIONS_READ))
        TRY(sc, systems_of(sc, &customer_id, &view.systems));
    return rs_json(sc, rs, 200, &overview_wire, &view);
}

static const char *const overview_query[] = {"customer", NULL};

const struct route api_overview_routes[] = {
    {GET, "/v1/overview", overview_get, .may = PERMISSION_FLOWS_READ, .answers = &overview_wire,

     .query = overview_query, .customer_in_query = true, .name = "overview.get", .cost = 10,
     .summary = "Says how two days of orders went, what needs attention, and how the connections do."},
    {},
};
