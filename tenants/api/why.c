#include "why/why.h"

#include "api/api_int.h"
#include "api/customer_int.h"
#include "audit/audit.h"

/* Why is it not there? Of an order, of a job, and of an order that nobody here knows. */

#define CALLED_MAX 200 /* octets of a number or of a source's own id */

struct link_view {
    struct uuid job_id;
    const char *code, *sentence;
};

static const struct wire_field link_fields[] = {
    WIRE_ID(struct link_view, job_id, "job", "The job that it waits for."),
    WIRE_TEXT(struct link_view, code, 60, "What stands before that one, in a word."),
    WIRE_TEXT(struct link_view, sentence, 2000, "And in a sentence."),
    {},
};
static const struct wire link_wire = {"WhyLink", sizeof(struct link_view), link_fields};

struct check_view {
    const char *code, *sentence;
};

static const struct wire_field check_fields[] = {
    WIRE_TEXT(struct check_view, code, 60,
              "Which condition: received, served, flow, turn, time, worker, read, fit, route."),
    WIRE_TEXT(struct check_view, sentence, 500, "How it is met."),
    {},
};
static const struct wire check_wire = {"WhyCheck", sizeof(struct check_view), check_fields};

struct why_view {
    const char *state, *code, *sentence, *owner, *owner_name, *action, *permission, *reason;
    bool yours;
    int64_t since, again_at;
    struct uuid customer_id, connection_id, order_id, job_id, message_id, destination_id, flow_id, mapping_id,
        cross_reference_id, drift_case_id, effect_id;
    struct wire_list checked, behind;
};

static const struct wire_field why_fields[] = {
    WIRE_ENUM(struct why_view, state, why_state_names,
              "there; on_its_way: nobody has to do anything; waiting: it goes on by itself when what it waits for has "
              "come; stopped: somebody must act."),
    WIRE_TEXT(struct why_view, code, 60, "The first condition that is not met, in a word, as word_missing."),
    WIRE_TEXT(struct why_view, sentence, 2000, "The same in a sentence that names what it is about."),
    WIRE_ENUM(struct why_view, owner, why_owner_names,
              "Who can do something: admin (of the customer), partner, shop, system (the owner of the system it goes "
              "to), platform, nobody."),
    WIRE_TEXT(struct why_view, owner_name, 300, "The owner in words."),
    WIRE_BOOL(struct why_view, yours, "Whether the caller may do it here."),
    WIRE_TEXT(struct why_view, action, 500, "What to do."),
    WIRE_TEXT(struct why_view, permission, 60, "The permission that it takes here; null: it is done elsewhere."),
    WIRE_TEXT(struct why_view, reason, 2000, "As it was said when it happened; null: nothing was."),
    WIRE_TIME(struct why_view, since, "Since when; null: not known."),
    WIRE_TIME(struct why_view, again_at, "When it is tried next; null: not by itself."),
    WIRE_ID(struct why_view, customer_id, "cus", "Whose it is."),
    WIRE_ID_OR_NULL(struct why_view, connection_id, "con", "Where it comes from; null: from nowhere."),
    WIRE_ID_OR_NULL(struct why_view, order_id, "ord", "The order; null: none is known."),
    WIRE_ID_OR_NULL(struct why_view, job_id, "job", "The job that it depends on; null: there is none."),
    WIRE_ID_OR_NULL(struct why_view, message_id, "rec", "The delivery that it is about; null: none."),
    WIRE_ID_OR_NULL(struct why_view, destination_id, "con", "Where it goes; null: nowhere, or where its flow says."),
    WIRE_ID_OR_NULL(struct why_view, flow_id, "flw",
                    "The flow that it goes through; null: what comes with the product."),
    WIRE_ID_OR_NULL(struct why_view, mapping_id, "map",
                    "The customer's own mapping that its connection's orders go through; null: the product's."),
    WIRE_ID_OR_NULL(struct why_view, cross_reference_id, "xrf", "The cross reference that lacks a word; null: none."),
    WIRE_ID_OR_NULL(struct why_view, drift_case_id, "drf", "The case of drift that it waits for; null: none."),
    WIRE_ID_OR_NULL(struct why_view, effect_id, "eff",
                    "The change elsewhere that is not known to have happened; null: none."),
    WIRE_LIST(struct why_view, checked, &check_wire, WHY_CHECKS_MAX, "What was looked at before, and is met."),
    WIRE_LIST(struct why_view, behind, &link_wire, WHY_LINKS_MAX,
              "What it waits for in turn; owner and action are those of the last."),
    {},
};
static const struct wire why_wire = {"Why", sizeof(struct why_view), why_fields};

static bool yours(const struct scope *sc, const char *permission)
{
    enum permission p = permission ? permission_find(str_of(permission)) : PERMISSION_NONE;

    return p != PERMISSION_NONE && sc->caller && caller_may(sc->caller, p);
}

static struct wire_list checks_of(struct scope *sc, const struct why_answer *a)
{
    struct check_view *v = ARENA_ARRAY(sc->arena, struct check_view, a->check_count);

    for (size_t i = 0; i < a->check_count; i++)
        v[i] = (struct check_view){a->checked[i].code, a->checked[i].sentence};
    return (struct wire_list){v, a->check_count};
}

static struct wire_list links_of(struct scope *sc, const struct why_answer *a)
{
    struct link_view *v = ARENA_ARRAY(sc->arena, struct link_view, a->link_count);

    for (size_t i = 0; i < a->link_count; i++)
        v[i] = (struct link_view){a->links[i].job_id, a->links[i].code, a->links[i].sentence};
    return (struct wire_list){v, a->link_count};
}

static enum err answer(struct scope *sc, struct rs *rs, const struct why_answer *a)
{
    bool mine = yours(sc, a->permission);
    struct why_view view = {.state = why_state_names[a->state],
                            .code = a->code,
                            .sentence = a->sentence,
                            .owner = why_owner_names[a->owner],
                            .owner_name = mine ? arena_f(sc->arena, "you: %s", a->owner_words) : a->owner_words,
                            .action = a->action,
                            .permission = a->permission,
                            .reason = a->reason,
                            .yours = mine,
                            .since = a->since_us,
                            .again_at = a->again_us,
                            .customer_id = a->customer_id,
                            .connection_id = a->connection_id,
                            .order_id = a->order_id,
                            .job_id = a->job_id,
                            .message_id = a->message_id,
                            .destination_id = a->destination_id,
                            .flow_id = a->flow_id,
                            .mapping_id = a->mapping_id,
                            .cross_reference_id = a->table_id,
                            .drift_case_id = a->case_id,
                            .effect_id = a->effect_id,
                            .checked = checks_of(sc, a),
                            .behind = links_of(sc, a)};

    return rs_json(sc, rs, 200, &why_wire, &view);
}

static enum err order_why(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct why_answer a;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "order_id", "ord", &id));
    TRY(sc, why_order(sc, &id, &a));
    TRY(sc, audit_read_of(sc, &a.customer_id, "order.why.read", "ord", &id));
    return answer(sc, rs, &a);
}

static enum err job_why(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct why_answer a;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "job_id", "job", &id));
    TRY(sc, why_job(sc, &id, &a));
    TRY(sc, audit_read_of(sc, &a.customer_id, "job.why.read", "job", &id));
    return answer(sc, rs, &a);
}

/* One of the two, and where it should have come from; a connection that is not there is told before a number that is
 * missing. */
static enum err called(struct scope *sc, const struct rq *rq, struct uuid *out_connection, const char **out_number,
                       const char **out_source_key)
{
    struct str connection = rq_query(rq, "connection"), number = rq_query(rq, "order_number");
    struct str source_key = rq_query(rq, "source_key");

    if (!typeid_parse("con", connection.p ? connection.p : "", connection.n, out_connection))
        return scope_wrong(sc, "connection", "invalid", "this is not the id of a connection");
    if (number.n > CALLED_MAX)
        return scope_wrong(sc, "order_number", "too_long", "an order's number has at most 200 octets");
    if (source_key.n > CALLED_MAX)
        return scope_wrong(sc, "source_key", "too_long", "what a source calls an order has at most 200 octets");
    *out_number = str_dup(sc->arena, number);
    *out_source_key = str_dup(sc->arena, source_key);
    return OK;
}

static enum err any_why(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *number, *source_key;
    struct uuid connection_id;
    struct why_answer a;

    TRY(sc, called(sc, rq, &connection_id, &number, &source_key));
    TRY(sc, why_find(sc, &connection_id, number, source_key, &a));
    TRY(sc, audit_read_of(sc, &a.customer_id, "order.why.read", "con", &connection_id));
    return answer(sc, rs, &a);
}

static const char *const find_query[] = {"connection", "order_number", "source_key", NULL};

const struct route api_why_routes[] = {
    {GET, "/v1/orders/why", any_why, .may = PERMISSION_ORDERS_READ, .answers = &why_wire, .query = find_query,
     .name = "orders.why_any",
     .summary = "Says why an order of a connection is not there, also one of which nothing was received."},
    {GET, "/v1/orders/{order_id}/why", order_why, .may = PERMISSION_ORDERS_READ, .answers = &why_wire,
     .name = "orders.why",
     .summary = "Says why an order is not there: the first condition that is not met, whose it is, and what to do."},
    {GET, "/v1/jobs/{job_id}/why", job_why, .may = PERMISSION_FLOWS_READ, .answers = &why_wire, .name = "jobs.why",
     .summary = "Says why a job has not done what it is for."},
    {},
};
