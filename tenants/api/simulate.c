#include <string.h>

#include "api/connection_int.h"
#include "audit/audit.h"
#include "db/db.h"
#include "net/net.h"
#include "json/doc.h"
#include "json/wire.h"

/* What happens at the systems of simulated connections: shoppers order, and faults come and go. It happens there: what
 * follows from it comes in by the connection's door, or is found by its sweep, as from any system. */

#define ORDERS_MAX  100
#define TIMES_MAX   10000
#define FOR_S_MAX   86400
#define MS_MAX      60000
#define MS_USUAL    2000
#define TOTAL_MS    15000
#define ANSWER_MAX  ((size_t)8 << 20)
#define OPERATION   120
#define FULL        507
#define RECORDS_MAX 200000

/* ---- asking the stand-in ---- */

static enum err simulated(struct scope *sc, const struct uuid *id, struct connection *out)
{
    enum err e;

    TRY(sc, connection_get(sc, id, out));
    if (out->simulated && !uuid_is_nil(&out->stand_in))
        return OK;
    if (out->simulated)
        return FAIL(sc, ERR_CONFLICT, "the simulated system of this connection is no longer there; connect a new one");
    e = FAIL(sc, ERR_CONFLICT, "the system of this connection is real; make a connection with \"simulated\": true");
    scope_problem(sc, "not-simulated", 409);
    return e;
}

static enum err busy(struct scope *sc, const char *detail)
{
    enum err e = FAIL(sc, ERR_LIMIT, "%s", detail ? detail : "too much is asked of simulated systems at once");

    scope_problem(sc, "simulation-busy", 429);
    scope_retry_after(sc, 1);
    return e;
}

static enum err fate(struct scope *sc, const struct net_answer *a)
{
    const struct doc *said = NULL;
    const char *detail;
    enum err e;

    if (a->status >= 200 && a->status < 300)
        return OK;
    if (a->status == FULL) {
        e = FAIL(sc, ERR_CONFLICT, "the simulated system holds as much as it may; reset it, and go on");
        scope_problem(sc, "simulation-full", 409);
        return e;
    }
    if (doc_parse(sc, a->body, &said) != OK)
        scope_clear(sc);
    detail = doc_cstr(sc->arena, doc_get(said, "detail"));
    if (doc_cstr(sc->arena, doc_get(said, "code")) &&
        str_equal(doc_text(doc_get(said, "code")), STR("simulation-busy")))
        return busy(sc, detail);
    if (a->status == 404 || a->status == 400 || a->status == 422 || a->status == 429)
        return FAIL(sc, ERR_CONFLICT, "%s", detail ? detail : "the simulated system does not do that");
    return FAIL(sc, ERR_UNAVAILABLE, "the simulated systems do not answer now; try again in a moment");
}

/* path: below the stand-in's own. *out (may be NULL) is what was answered. */
static enum err ask(struct scope *sc, const struct connection *c, const char *method, const char *path, struct str body,
                    const struct doc **out)
{
    struct net_header headers[] = {{CONNECT_UNTIL, connect_simulated_until(sc, TOTAL_MS)},
                                   {"content-type", "application/json"}};
    struct net_call call = {.method = method,
                            .url = connect_simulated_url(sc, &c->stand_in, 's', path),
                            .headers = headers,
                            .header_count = body.n ? 2 : 1,
                            .body = body,
                            .total_ms = TOTAL_MS,
                            .answer_max = ANSWER_MAX,
                            .own = connect_stand_ins_own()};
    struct net_answer answer;

    if (!call.own)
        return FAIL(sc, ERR_CONFLICT, "this server simulates no systems now; ask whoever runs it to turn them on");
    TRY(sc, db_commit(sc)); /* nothing is held open while somebody else thinks */
    if (net_fetch(sc, api_here()->net, &call, &answer) != OK) {
        scope_clear(sc);
        return FAIL(sc, ERR_UNAVAILABLE, "the simulated systems do not answer now; try again in a moment");
    }
    TRY(sc, fate(sc, &answer));
    return out ? doc_parse(sc, answer.body, out) : OK;
}

static void note(struct scope *sc, const char *action, const struct connection *c, const char *detail)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "con",
                                       .object_id = c->connection_id,
                                       .has_customer = true,
                                       .customer_id = c->customer_id,
                                       .detail = detail});
}

/* ---- orders ---- */

#define CONNECTION_OF(type) WIRE_ID(type, connection_id, "con", "A simulated connection of the sandbox.")
#define MAYBE_INT(type, member, min_, max_, meaning_)                                                                  \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_INT, .offset = offsetof(type, member), .min = (min_), .max = (max_),        \
        .optional = true, .meaning = (meaning_)                                                                        \
    }

struct orders_ask {
    struct uuid connection_id;
    int64_t count;
};

static const struct wire_field orders_ask_fields[] = {
    CONNECTION_OF(struct orders_ask),
    MAYBE_INT(struct orders_ask, count, 1, ORDERS_MAX, "How many shoppers order; one when not said."),
    {},
};
static const struct wire orders_ask_wire = {"SimulatedOrdersNew", sizeof(struct orders_ask), orders_ask_fields};

static const char *const ways[] = {"webhook", "sweep", NULL};

struct orders_view {
    struct uuid connection_id;
    struct wire_texts orders;
    const char *found_by;
};

static const struct wire_field orders_fields[] = {
    CONNECTION_OF(struct orders_view),
    WIRE_TEXTS(struct orders_view, orders, ORDERS_MAX, "The orders that were placed, as the system calls them."),
    WIRE_ENUM(struct orders_view, found_by, ways,
              "How they come in: the system delivers webhooks, or they are found when it is asked next."),
    {},
};
static const struct wire orders_wire = {"SimulatedOrders", sizeof(struct orders_view), orders_fields};

/* Who asks, under which key. A request whose answer was lost, and that comes again, is the same one to the stand-in,
 * which keeps it with the orders; what the API keeps is kept later, and not if it dies in between. */
static const char *once(struct scope *sc, const struct rq *rq)
{
    struct str key = rq_header(rq, "idempotency-key");
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    buf_init(&b, sc->arena, 1024);
    buf_f(&b, "%s ", actor_kind_name(sc->actor));
    buf_add(&b, sc->actor_id.b, sizeof(sc->actor_id.b));
    buf_add(&b, key.p, key.n);
    crypto_hash(b.p, b.n, hash);
    buf_init(&b, sc->arena, 100);
    buf_hex(&b, hash, sizeof(hash));
    return buf_cstr(&b);
}

static enum err orders_post(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct doc *said, *keys;
    struct orders_view view;
    struct orders_ask in;
    const char **names;
    struct connection c;
    bool sent = false;
    struct buf b;

    TRY(sc, rq_body(sc, rq, &orders_ask_wire, &in));
    TRY(sc, simulated(sc, &in.connection_id, &c));
    buf_init(&b, sc->arena, 1024);
    buf_f(&b, "{\"count\":%lld,\"once\":", (long long)(in.count ? in.count : 1));
    json_put_text(&b, str_of(once(sc, rq)));
    buf_c(&b, '}');
    TRY(sc, ask(sc, &c, "POST", "/orders", buf_str(&b), &said));
    keys = doc_get(said, "keys");
    names = ARENA_ARRAY(sc->arena, const char *, doc_count(keys) + 1);
    for (size_t i = 0; i < doc_count(keys); i++)
        names[i] = doc_cstr(sc->arena, doc_at(keys, i));
    (void)doc_bool(doc_get(said, "sent"), &sent);
    view = (struct orders_view){c.connection_id, {names, doc_count(keys)}, sent ? "webhook" : "sweep"};
    note(sc, "simulation.orders", &c, arena_f(sc->arena, "%zu", doc_count(keys)));
    return rs_json(sc, rs, 201, &orders_wire, &view);
}

/* ---- faults ---- */

static const char *const kinds[] = {
    "latency", "rate_limited", "server_error", "dropped_reply", "duplicate", "reorder", "drift", "expired_token", NULL};

struct fault_ask {
    struct uuid connection_id;
    const char *kind, *operation;
    int64_t times, for_s, percent, ms, status;
};

static const struct wire_field fault_fields[] = {
    CONNECTION_OF(struct fault_ask),
    WIRE_ENUM(
        struct fault_ask, kind, kinds,
        "latency: it is done, and answered late; rate_limited: 429, nothing is done; server_error: 5xx, nothing is "
        "done; dropped_reply: it is done, and the connection ends without an answer; expired_token: whoever asks is "
        "let in no more; drift: answers and deliveries have a member that nobody announced; duplicate: a delivery "
        "comes twice; reorder: deliveries come in the reverse order."),
    MAYBE_INT(struct fault_ask, times, 1, TIMES_MAX, "How often; once when neither this nor for_s is said."),
    MAYBE_INT(struct fault_ask, for_s, 1, FOR_S_MAX, "For how many seconds from now."),
    MAYBE_INT(struct fault_ask, percent, 1, 100, "Of how many in a hundred; of all when not said."),
    MAYBE_INT(struct fault_ask, ms, 1, MS_MAX, "How late, of latency; 2,000 when not said."),
    MAYBE_INT(struct fault_ask, status, 500, 599, "Which one, of server_error; 503 when not said."),
    {.name = "operation",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct fault_ask, operation),
     .min = 1,
     .max = OPERATION,
     .optional = true,
     .meaning = "Of one kind of request alone, by the name that the simulated system has for it, or of deliveries; all "
                "but signing in when not said."},
    {},
};
static const struct wire fault_wire = {"SimulatedFault", sizeof(struct fault_ask), fault_fields};

/* In the engine's own words. */
static const char *engine_kind(const char *kind)
{
    static const char *const names[][2] = {{"latency", "delay"},
                                           {"rate_limited", "status"},
                                           {"server_error", "status"},
                                           {"dropped_reply", "drop"},
                                           {"expired_token", "expired"}};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(kind, names[i][0]) == 0)
            return names[i][1];
    return kind;
}

#define RATE_LIMITED 429
#define SERVER_ERROR 503

static struct str fault_text(struct scope *sc, const struct fault_ask *in)
{
    bool limited = strcmp(in->kind, "rate_limited") == 0;
    int64_t times = in->times ? in->times : in->for_s ? -1 : 1;
    struct buf b;

    buf_init(&b, sc->arena, 4096);
    buf_f(&b, "{\"kind\":\"%s\",\"times\":%lld,\"for_s\":%lld", engine_kind(in->kind), (long long)times,
          (long long)in->for_s);
    if (in->percent)
        buf_f(&b, ",\"share\":%lld.%02lld", (long long)in->percent / 100, (long long)in->percent % 100);
    if (strcmp(in->kind, "latency") == 0)
        buf_f(&b, ",\"ms\":%lld", (long long)(in->ms ? in->ms : MS_USUAL));
    if (limited || strcmp(in->kind, "server_error") == 0)
        buf_f(&b, ",\"status\":%lld%s",
              limited      ? (long long)RATE_LIMITED
              : in->status ? (long long)in->status
                           : (long long)SERVER_ERROR,
              limited ? ",\"headers\":{\"retry-after\":\"1\"}" : "");
    buf_s(&b, ",\"route\":");
    json_put_text(&b, str_of(in->operation ? in->operation : "*"));
    buf_c(&b, '}');
    return buf_str(&b);
}

static enum err fault_post(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;
    struct fault_ask in;

    TRY(sc, rq_body(sc, rq, &fault_wire, &in));
    TRY(sc, simulated(sc, &in.connection_id, &c));
    TRY(sc, ask(sc, &c, "POST", "/faults", fault_text(sc, &in), NULL));
    note(sc, "simulation.fault", &c, in.kind);
    return rs_empty(sc, rs, 204);
}

static enum err named(struct scope *sc, const struct rq *rq, struct connection *out)
{
    struct uuid id;
    struct str text = rq_query(rq, "connection_id");

    if (!typeid_parse("con", text.p ? text.p : "", text.n, &id)) {
        scope_item(sc, "connection_id", "invalid", "the connection's id, as con_01…");
        return FAIL(sc, ERR_INVALID, "connection_id is missing, or no id of a connection");
    }
    return simulated(sc, &id, out);
}

static enum err faults_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;

    TRY(sc, named(sc, rq, &c));
    TRY(sc, ask(sc, &c, "DELETE", "/faults", (struct str){0}, NULL));
    note(sc, "simulation.faults_end", &c, NULL);
    return rs_empty(sc, rs, 204);
}

/* ---- the whole ---- */

struct reset_ask {
    struct uuid connection_id;
};

static const struct wire_field reset_fields[] = {CONNECTION_OF(struct reset_ask), {}};
static const struct wire reset_wire = {"SimulatedReset", sizeof(struct reset_ask), reset_fields};

static enum err reset_post(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection c;
    struct reset_ask in;

    TRY(sc, rq_body(sc, rq, &reset_wire, &in));
    TRY(sc, simulated(sc, &in.connection_id, &c));
    TRY(sc, ask(sc, &c, "POST", "/reset", STR("{}"), NULL));
    note(sc, "simulation.reset", &c, NULL);
    return rs_empty(sc, rs, 204);
}

struct records_view {
    int64_t total;
    struct str records;
};

static const struct wire_field records_fields[] = {
    WIRE_INT(struct records_view, total, 0, INT64_MAX, "How many it holds."),
    WIRE_RAW(struct records_view, records,
             "At most 200 of them from the one that `from` counts, in the form that the stand-in keeps them in."),
    {},
};
static const struct wire records_wire = {"SimulatedRecords", sizeof(struct records_view), records_fields};

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", s.p[i]))
            return false;
    return s.n >= 1 && s.n <= 60;
}

static enum err records_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct str of = rq_query(rq, "of");
    struct records_view view = {0};
    const struct doc *said;
    struct connection c;
    struct buf text;
    int64_t from;

    TRY(sc, rq_query_int(sc, rq, "from", 0, 0, RECORDS_MAX, &from));
    TRY(sc, named(sc, rq, &c));
    if (!is_name(of)) {
        scope_item(sc, "of", "invalid", "what it holds, by its name, as orders or sales");
        return FAIL(sc, ERR_INVALID, "\"of\" is missing, or no name");
    }
    TRY(sc, ask(sc, &c, "GET", arena_f(sc->arena, "/things/%.*s?from=%lld", (int)of.n, of.p, (long long)from),
                (struct str){0}, &said));
    (void)doc_int(doc_get(said, "total"), &view.total);
    buf_init(&text, sc->arena, ANSWER_MAX);
    doc_write(&text, doc_get(said, "things"));
    view.records = buf_str(&text);
    return rs_json(sc, rs, 200, &records_wire, &view);
}

static const char *const one_query[] = {"connection_id", NULL};
static const char *const records_query[] = {"connection_id", "of", "from", NULL};

const struct route api_simulate_routes[] = {
    {POST, "/v1/simulate/orders", orders_post, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &orders_ask_wire,
     .answers = &orders_wire, .idempotent = true, .status = 201, .name = "simulate.orders",
     .summary = "Has shoppers order at a simulated system, whose orders come in as its vendor sends them."},
    {POST, "/v1/simulate/faults", fault_post, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &fault_wire,
     .idempotent = true, .status = 204, .name = "simulate.fault",
     .summary = "Turns a fault of a simulated system on, for some times or some seconds."},
    {DELETE, "/v1/simulate/faults", faults_delete, .may = PERMISSION_CONNECTIONS_WRITE, .query = one_query,
     .status = 204, .name = "simulate.faults_end", .summary = "Ends all faults of a simulated system."},
    {POST, "/v1/simulate/reset", reset_post, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &reset_wire,
     .idempotent = true, .status = 204, .name = "simulate.reset",
     .summary = "Makes a simulated system as it was at its start, without faults."},
    {GET, "/v1/simulate/records", records_get, .may = PERMISSION_CONNECTIONS_READ, .answers = &records_wire,
     .query = records_query, .name = "simulate.records",
     .summary = "Shows what a simulated system holds, to compare with what should have come of it."},
    {},
};
