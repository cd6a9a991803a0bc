#include <string.h>

#include "api/api_int.h"
#include "base/timefmt.h"
#include "flows/flows.h"
#include "meter/meter.h"

/* What was used, summed; and what became of each message that was taken. */

#define DAY_US INT64_C(86400000000)

static const struct wire_field sum_fields[] = {
    {.name = "day",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct meter_sum, day),
     .min = 10,
     .max = 10,
     .optional = true,
     .meaning = "The day, in UTC, on which the tries ended; null: not asked by day."},
    {.name = "customer_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct meter_sum, customer_id),
     .prefix = "cus",
     .optional = true,
     .meaning = "Whose it is; null: not asked by customer."},
    {.name = "flow_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct meter_sum, flow_id),
     .prefix = "flw",
     .optional = true,
     .meaning = "The flow that ran; null: not asked by flow, or the way that comes with the program."},
    WIRE_TEXT(
        struct meter_sum, meter, 20,
        "runs: runs that came to their end, each once. tries: how often any run was begun, those that failed, too. "
        "calls: requests to outside systems, those that no answer came to, too. octets_sent and octets_received: "
        "of their bodies, without headers. cpu_us: processor time of the tries, in microseconds. items: what the "
        "runs that came to their end worked on, one each."),
    WIRE_INT(struct meter_sum, quantity, 0, INT64_MAX,
             "How much of it: a number of runs, tries, calls or items, octets, or microseconds."),
    {},
};
static const struct wire sum_wire = {"UsageSum", sizeof(struct meter_sum), sum_fields};

static const struct wire_field reason_fields[] = {
    WIRE_TEXT(struct meter_reason, reason, 20,
              "duplicate, superseded, sandbox, nothing_to_do, in_progress, held, dead, cancelled."),
    WIRE_INT(struct meter_reason, messages, 0, INT64_MAX, "How many messages."),
    {},
};
static const struct wire reason_wire = {"UsageExcluded", sizeof(struct meter_reason), reason_fields};

struct messages_view {
    int64_t accepted, rated, excluded;
    bool equal;
    struct wire_list reasons;
};

static const struct wire_field messages_fields[] = {
    WIRE_INT(struct messages_view, accepted, 0, INT64_MAX, "Messages that were taken in this time, repeats included."),
    WIRE_INT(struct messages_view, rated, 0, INT64_MAX, "Those that were worked on to their end."),
    WIRE_INT(struct messages_view, excluded, 0, INT64_MAX, "Those that are not charged, or not yet."),
    WIRE_BOOL(struct messages_view, equal, "Whether accepted is rated and excluded together; counted apart."),
    WIRE_LIST(struct messages_view, reasons, &reason_wire, 20, "Why those are excluded."),
    {},
};
static const struct wire messages_wire = {"UsageMessages", sizeof(struct messages_view), messages_fields};

struct usage_view {
    int64_t from, to;
    struct wire_list sums;
    struct messages_view *messages;
};

static const struct wire_field usage_fields[] = {
    WIRE_TIME(struct usage_view, from, "From here on,"),
    WIRE_TIME(struct usage_view, to, "and up to here, which is not in it."),
    WIRE_LIST(struct usage_view, sums, &sum_wire, METER_ROWS_MAX, "What was used; what is not here was not used."),
    WIRE_OBJECT(struct usage_view, messages, &messages_wire, "What became of each message taken in this time."),
    {},
};
static const struct wire usage_wire = {"Usage", sizeof(struct usage_view), usage_fields};

static enum err wrong(struct scope *sc, const char *name, const char *why)
{
    scope_item(sc, name, "invalid", "%s", why);
    return FAIL(sc, ERR_INVALID, "%s: %s", name, why);
}

static enum err date_of(struct scope *sc, const struct rq *rq, const char *name, int64_t fallback, int64_t *out)
{
    struct str said = rq_query(rq, name);
    const char *text;

    *out = fallback;
    if (said.n == 0)
        return OK;
    text = arena_f(sc->arena, "%.*sT00:00:00Z", (int)(said.n < 20 ? said.n : 20), said.p);
    if (said.n != 10 || !time_parse(str_of(text), out))
        return wrong(sc, name, "takes a date like 2026-11-30");
    return OK;
}

/* Both dates are in it; without them, the last 30 days up to today. */
static enum err span_of(struct scope *sc, const struct rq *rq, struct meter_question *q)
{
    int64_t today = time_now_us() / DAY_US * DAY_US;
    int64_t to;

    TRY(sc, date_of(sc, rq, "to", today, &to));
    TRY(sc, date_of(sc, rq, "from", to - 29 * DAY_US, &q->from_us));
    q->to_us = to + DAY_US;
    if (q->from_us >= q->to_us)
        return wrong(sc, "from", "is after the end");
    if (q->to_us - q->from_us > METER_DAYS_MAX * DAY_US)
        return wrong(sc, "from", "at most 366 days can be asked for at once");
    return OK;
}

static enum err id_of(struct scope *sc, const struct rq *rq, const char *name, const char *prefix, struct uuid *out)
{
    struct str said = rq_query(rq, name);

    if (said.n == 0 || typeid_parse(prefix, said.p, said.n, out))
        return OK;
    return wrong(sc, name, "takes an id");
}

static enum err meter_of(struct scope *sc, const struct rq *rq, const char **out)
{
    struct str said = rq_query(rq, "meter");

    *out = "";
    if (said.n == 0)
        return OK;
    for (const char *const *m = meter_names; *m; m++)
        if (str_is(said, *m)) {
            *out = *m;
            return OK;
        }
    return wrong(sc, "meter", "is runs, tries, calls, octets_sent, octets_received, cpu_us or items");
}

static enum err group_by(struct scope *sc, struct str word, struct meter_question *q)
{
    if (str_is(word, "day"))
        q->by_day = true;
    else if (str_is(word, "customer"))
        q->by_customer = true;
    else if (str_is(word, "flow"))
        q->by_flow = true;
    else
        return wrong(sc, "group", "takes day, customer and flow, with commas between them");
    return OK;
}

static enum err groups_of(struct scope *sc, const struct rq *rq, struct meter_question *q)
{
    struct str left = rq_query(rq, "group");

    while (left.n) {
        const char *comma = memchr(left.p, ',', left.n);
        struct str word = {left.p, comma ? (size_t)(comma - left.p) : left.n};

        TRY(sc, group_by(sc, word, q));
        left = comma ? (struct str){comma + 1, left.n - word.n - 1} : (struct str){0};
    }
    return OK;
}

static enum err usage_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct meter_question q = {0};
    struct meter_messages m;
    struct messages_view messages;
    struct usage_view view;
    struct meter_sum *sums;
    size_t n;

    TRY(sc, span_of(sc, rq, &q));
    TRY(sc, id_of(sc, rq, "customer", "cus", &q.customer_id));
    TRY(sc, id_of(sc, rq, "flow", "flw", &q.flow_id));
    if (!uuid_is_nil(&q.flow_id)) /* of one that is not there nothing would be told, as if nothing had been used */
        TRY(sc, flows_get(sc, &q.flow_id, &(struct flows_flow){0}));
    TRY(sc, meter_of(sc, rq, &q.meter));
    TRY(sc, groups_of(sc, rq, &q));
    TRY(sc, meter_sums(sc, &q, &sums, &n));
    TRY(sc, meter_messages(sc, &q, &m));
    messages =
        (struct messages_view){m.accepted, m.rated, m.excluded, m.accepted == m.rated + m.excluded, {m.reasons, m.n}};
    view = (struct usage_view){.from = q.from_us, .to = q.to_us, .sums = {sums, n}, .messages = &messages};
    return rs_json(sc, rs, 200, &usage_wire, &view);
}

static const char *const usage_query[] = {"from", "to", "customer", "flow", "meter", "group", NULL};

const struct route api_usage_routes[] = {
    {GET, "/v1/usage", usage_get, .may = PERMISSION_BILLING_READ, .answers = &usage_wire, .query = usage_query,
     .name = "usage.get",
     .summary = "Sums what was used, by customer, flow, meter and day, and what became of each message."},
    {},
};
