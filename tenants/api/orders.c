#include "api/api_int.h"
#include "audit/audit.h"
#include "db/db.h"
#include "flow/flow.h"
#include "order/order.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

static const char *const order_states[] = {"received", "delivered", "held", NULL};
static const char *const effect_states[] = {"planned", "sent", "confirmed", "rejected", "unknown", "superseded", NULL};

/* What a list shows of an order; the members come first in the full answer, too. */
struct order_view {
    struct uuid id, customer_id, connection_id, message_id, mapping_id;
    const char *number, *source_id, *state, *held_reason;
    struct money total, external_total;
    int64_t placed_at, received_at, delivered_at, mapping_version;
    const char *external_number, *external_id;
    struct str document;
    struct wire_list timeline, effects;
};

struct hop_view {
    int64_t at, attempt;
    const char *hop, *detail;
};

struct effect_view {
    struct uuid id, connection_id;
    const char *operation, *key, *state, *external_ref, *reason, *request_hash;
    int64_t sends, probes, planned_at, sent_at, confirmed_at;
};

#define ORDER_FIELDS                                                                                                   \
    WIRE_ID(struct order_view, id, "ord", "This order, on this platform."),                                            \
        WIRE_ID(struct order_view, customer_id, "cus", "The customer whose order it is."),                             \
        WIRE_ID(struct order_view, connection_id, "con", "Where it came from."),                                       \
        WIRE_TEXT(struct order_view, number, 64, "The number the shopper was given."),                                 \
        WIRE_TEXT(struct order_view, source_id, 64, "The source's own id, exact."),                                    \
        WIRE_ENUM(struct order_view, state, order_states, "How far it has come."),                                     \
        WIRE_TEXT(struct order_view, held_reason, 500, "Why it waits for a person; null unless held."),                \
        WIRE_MONEY(struct order_view, total, "What the shopper owed, taxes included; null for an unknown currency."),  \
        WIRE_TIME(struct order_view, placed_at, "When the shopper placed it; null when that could not be read."),      \
        WIRE_TIME(struct order_view, received_at, "When it was received here."),                                       \
        WIRE_TIME(struct order_view, delivered_at, "When the destination had it; null before."),                       \
        WIRE_TEXT(struct order_view, external_number, 64, "The sale's number in the destination."),                    \
        WIRE_MONEY(struct order_view, external_total, "The sale's total in the destination.")

static const struct wire_field order_fields[] = {ORDER_FIELDS, {}};
static const struct wire order_wire = {"Order", sizeof(struct order_view), order_fields};

static const struct wire_field hop_fields[] = {
    WIRE_TIME(struct hop_view, at, "When."),
    WIRE_TEXT(struct hop_view, hop, 40, "What happened."),
    WIRE_TEXT(struct hop_view, detail, 500, "In words."),
    WIRE_INT(struct hop_view, attempt, 0, INT32_MAX, "The try it happened in; 0 before any."),
    {},
};
static const struct wire hop_wire = {"OrderHop", sizeof(struct hop_view), hop_fields};

static const struct wire_field effect_fields[] = {
    WIRE_ID(struct effect_view, id, "eff", "This change in an outside system."),
    WIRE_ID(struct effect_view, connection_id, "con", "Which system."),
    WIRE_TEXT(struct effect_view, operation, 60, "What was asked."),
    WIRE_TEXT(struct effect_view, key, 300, "The business fact; at most one change for each."),
    WIRE_ENUM(struct effect_view, state, effect_states, "What is known of it."),
    WIRE_TEXT(struct effect_view, external_ref, 200, "What the system calls the result."),
    WIRE_TEXT(struct effect_view, reason, 500, "Why it has not happened; null otherwise."),
    WIRE_TEXT(struct effect_view, request_hash, 64, "SHA-256 of the request's body, hex."),
    WIRE_INT(struct effect_view, sends, 0, INT32_MAX, "Times it was sent."),
    WIRE_INT(struct effect_view, probes, 0, INT32_MAX, "Times we looked whether it had happened."),
    WIRE_TIME(struct effect_view, planned_at, "When it was decided."),
    WIRE_TIME(struct effect_view, sent_at, "When it was last marked as sent, before its bytes left."),
    WIRE_TIME(struct effect_view, confirmed_at, "When it was known to have happened."),
    {},
};
static const struct wire effect_wire = {"Effect", sizeof(struct effect_view), effect_fields};

static const struct wire_field order_full_fields[] = {
    ORDER_FIELDS,
    WIRE_ID(struct order_view, message_id, "rec", "The delivery it was first read from."),
    WIRE_TEXT(struct order_view, external_id, 64, "The sale's id in the destination."),
    WIRE_RAW(struct order_view, document, "The canonical order; null when what was delivered could not be read."),
    WIRE_ID_OR_NULL(struct order_view, mapping_id, "map",
                    "The mapping that made the document; null: the one that comes with the product."),
    WIRE_INT(struct order_view, mapping_version, 0, INT32_MAX, "Its version that did; 0: that of the product."),
    WIRE_LIST(struct order_view, timeline, &hop_wire, 500, "What happened to it, oldest first; the newest 500."),
    WIRE_LIST(struct order_view, effects, &effect_wire, 500, "Changes made for it in outside systems; the newest 500."),
    {},
};
static const struct wire order_full_wire = {"OrderDetail", sizeof(struct order_view), order_full_fields};

static void view_of(const struct order_row *r, struct order_view *v)
{
    v->id = r->order_id;
    v->customer_id = r->customer_id;
    v->connection_id = r->connection_id;
    v->number = r->number;
    v->source_id = r->source_id;
    v->state = r->state;
    v->held_reason = r->held_reason;
    v->total = r->total;
    v->external_total = r->external_total;
    v->placed_at = r->placed_at_us;
    v->received_at = r->received_at_us;
    v->delivered_at = r->delivered_at_us;
    v->external_number = r->external_number;
}

static enum err orders_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct str called = rq_query(rq, "q");
    const char *cursor = NULL;
    struct order_row *rows;
    struct order_view *views;
    struct uuid before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("orders"), &before));
    TRY(sc, audit_read(sc, "orders.list", NULL, NULL));
    db_commit_next(sc);
    if (called.n)
        TRY(sc, order_search(sc, str_dup(sc->arena, called), (size_t)limit, &rows, &n));
    else
        TRY(sc, order_list(sc, &before, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("orders"), (struct bytes){rows[n - 1].order_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct order_view, n);
    for (size_t i = 0; i < n; i++)
        view_of(&rows[i], &views[i]);
    return rs_page(sc, rq, rs, &order_wire, views, n, cursor);
}

static void timeline_of(struct scope *sc, const struct order_full *o, struct order_view *v)
{
    struct hop_view *hops = ARENA_ARRAY(sc->arena, struct hop_view, o->hop_count);

    for (size_t i = 0; i < o->hop_count; i++)
        hops[i] = (struct hop_view){o->hops[i].at_us, o->hops[i].attempt, o->hops[i].hop, o->hops[i].detail};
    v->timeline = (struct wire_list){hops, o->hop_count};
}

static void effects_of(struct scope *sc, const struct order_full *o, struct order_view *v)
{
    struct effect_view *effects = ARENA_ARRAY(sc->arena, struct effect_view, o->effect_count);

    for (size_t i = 0; i < o->effect_count; i++) {
        const struct order_effect *e = &o->effects[i];

        effects[i] = (struct effect_view){e->effect_id,     e->connection_id, e->operation,      e->key,   e->state,
                                          e->external_ref,  e->reason,        e->request_hash,   e->sends, e->probes,
                                          e->planned_at_us, e->sent_at_us,    e->confirmed_at_us};
    }
    v->effects = (struct wire_list){effects, o->effect_count};
}

static enum err answer(struct scope *sc, struct rs *rs, const struct uuid *id)
{
    struct order_full full;
    struct order_view view = {0};

    TRY(sc, order_get(sc, id, &full));
    TRY(sc, audit_read_of(sc, &full.row.customer_id, "order.read", "ord", id));
    view_of(&full.row, &view);
    view.message_id = full.message_id;
    view.external_id = full.external_id;
    view.document = full.document;
    view.mapping_id = full.mapping_id;
    view.mapping_version = full.mapping_version;
    timeline_of(sc, &full, &view);
    effects_of(sc, &full, &view);
    return rs_json(sc, rs, 200, &order_full_wire, &view);
}

static enum err orders_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "order_id", "ord", &id));
    return answer(sc, rs, &id);
}

/* Of two at once one releases it; the other finds that it is not held. */
static enum err orders_release(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id, customer;
    const char *who;

    TRY(sc, rq_path_id(sc, rq, "order_id", "ord", &id));
    TRY(sc, access_actor_words(sc, &who));
    TRY(sc, flow_release(sc, &id, who, &customer));
    audit_note(sc, &(struct audit_act){.action = "order.release",
                                       .object_kind = "ord",
                                       .object_id = id,
                                       .has_customer = true,
                                       .customer_id = customer,
                                       .before = STR("{\"state\":\"held\"}"),
                                       .after = STR("{\"state\":\"received\"}")});
    return answer(sc, rs, &id);
}

static const char *const list_query[] = {"limit", "cursor", "q", NULL};

const struct route api_order_routes[] = {
    {GET, "/v1/orders", orders_list, .may = PERMISSION_ORDERS_READ, .answers = &order_wire, .query = list_query,
     .paged = true, .name = "orders.list",
     .summary = "Lists orders, newest first; with q, those that are called so by the shop or by the destination."},
    {GET, "/v1/orders/{order_id}", orders_get, .may = PERMISSION_ORDERS_READ, .answers = &order_full_wire,
     .name = "orders.get", .summary = "Shows an order with its timeline and what was done for it in outside systems."},
    {POST, "/v1/orders/{order_id}/release", orders_release, .may = PERMISSION_ORDERS_WRITE, .answers = &order_full_wire,
     .name = "orders.release", .summary = "Lets a held order go on."},
    {},
};
