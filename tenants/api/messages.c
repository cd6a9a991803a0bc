#include "api/api_int.h"
#include "audit/audit.h"
#include "q_intake.h"

static const char *const job_states[] = {"ready", "leased", "held", "done", "dead", "cancelled", NULL};

struct message_view {
    struct uuid id, customer_id, connection_id;
    const char *topic, *source_version, *delivery, *business_key, *body_hash, *job_state, *job_reason;
    int64_t received_at, changed_at, body_size, repeats, conflicts;
    bool recovered;
};

static const struct wire_field message_fields[] = {
    WIRE_ID(struct message_view, id, "rec", "This delivery."),
    WIRE_ID(struct message_view, customer_id, "cus", "Whose it is."),
    WIRE_ID(struct message_view, connection_id, "con", "Where it came from."),
    WIRE_TEXT(struct message_view, topic, 100, "What the sender says it is about."),
    WIRE_TEXT(struct message_view, source_version, 64,
              "The version of the sender's interface that it is written in; empty when it said none."),
    WIRE_TEXT(struct message_view, delivery, 300, "Topic and the sender's delivery id."),
    WIRE_TEXT(struct message_view, business_key, 200, "What it is about; null when nothing follows."),
    WIRE_TIME(struct message_view, received_at, "When it was received."),
    WIRE_TIME(struct message_view, changed_at,
              "When the sender says that what it is about had last changed; null when it does not say."),
    WIRE_BOOL(struct message_view, recovered,
              "It was not delivered: a sweep found it missing and fetched it from the sender."),
    WIRE_INT(struct message_view, body_size, 0, INT32_MAX, "Octets of the body."),
    WIRE_TEXT(struct message_view, body_hash, 64, "SHA-256 of the body, hex."),
    WIRE_INT(struct message_view, repeats, 0, INT64_MAX, "Times it was delivered again; each started nothing."),
    WIRE_INT(struct message_view, conflicts, 0, INT64_MAX,
             "Those of them whose body was another; the first one counts."),
    WIRE_ENUM(struct message_view, job_state, job_states, "What became of it; null when nothing follows."),
    WIRE_TEXT(struct message_view, job_reason, 500, "Why, when it waits."),
    {},
};
static const struct wire message_wire = {"Message", sizeof(struct message_view), message_fields};

static enum err messages_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct q_message_get_row row;
    struct message_view view;
    struct uuid id;
    struct buf hash;

    TRY(sc, rq_path_id(sc, rq, "message_id", "rec", &id));
    TRY(sc, q_message_get(sc, &(struct q_message_get_in){.message_id = id}, &row));
    TRY(sc, audit_read_of(sc, &row.customer_id, "message.read", "rec", &id));
    buf_init(&hash, sc->arena, 100);
    buf_hex(&hash, row.body_hash.p, row.body_hash.n);
    view = (struct message_view){.id = row.message_id,
                                 .customer_id = row.customer_id,
                                 .connection_id = row.connection_id,
                                 .topic = row.topic,
                                 .source_version = row.source_version,
                                 .delivery = row.dedupe_key,
                                 .business_key = row.business_key,
                                 .body_hash = buf_cstr(&hash),
                                 .job_state = row.job_state,
                                 .job_reason = row.job_reason,
                                 .received_at = row.received_at_us,
                                 .changed_at = row.has_changed_at ? row.changed_at_us : INT64_MIN,
                                 .recovered = row.recovered,
                                 .body_size = row.body_size,
                                 .repeats = row.repeats,
                                 .conflicts = row.conflicts};
    return rs_json(sc, rs, 200, &message_wire, &view);
}

const struct route api_message_routes[] = {
    {GET, "/v1/messages/{message_id}", messages_get, .may = PERMISSION_MESSAGES_READ, .answers = &message_wire,
     .name = "messages.get", .summary = "Shows a delivery as it came and what became of it."},
    {},
};
