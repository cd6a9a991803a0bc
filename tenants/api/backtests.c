#include <string.h>

#include "access/access.h"
#include "api/customer_int.h"
#include "api/mapping_int.h"
#include "audit/audit.h"
#include "backtest/backtest.h"

/* Backtests of a version: asked for, looked at, cancelled, and what came of them. */

static const char *const states[] = {"queued", "running", "done", "failed", "cancelled", NULL};
static const char *const sides[] = {"version", "shipped", "nothing", NULL};

struct backtest_view {
    struct uuid id, mapping_id, connection_id;
    const char *state, *reason, *asked_by, *document_hash, *against, *against_hash, *cross_references_hash,
        *result_hash;
    int64_t version, against_version, last_days, last_messages;
    int64_t records, same, changed, newly_failing, newly_passing, still_failing;
    int64_t reached_at, created_at, started_at, ended_at;
    bool cancelling;
    struct str summary;
};

#define COUNT(name, meaning) WIRE_INT(struct backtest_view, name, 0, BACKTEST_RECORDS_MAX, meaning)

#define BACKTEST_FIELDS                                                                                                \
    WIRE_ID(struct backtest_view, id, "bkt", "This backtest."),                                                        \
        WIRE_ID(struct backtest_view, mapping_id, "map", "The mapping."),                                              \
        WIRE_INT(struct backtest_view, version, 1, MAPS_VERSIONS_MAX, "The version that is tried."),                   \
        WIRE_TEXT(struct backtest_view, document_hash, 64,                                                             \
                  "The hash of its document, as it was when this was asked."),                                         \
        WIRE_ENUM(struct backtest_view, against, sides,                                                                \
                  "What it is compared with: a version of the mapping, the document that ships for the system, or "    \
                  "nothing at all."),                                                                                  \
        WIRE_INT(struct backtest_view, against_version, 0, MAPS_VERSIONS_MAX, "That version; 0: none."),               \
        WIRE_TEXT(struct backtest_view, against_hash, 64, "The hash of that document; null: there is none."),          \
        {.name = "connection_id",                                                                                      \
         .kind = WIRE_KIND_ID,                                                                                         \
         .offset = offsetof(struct backtest_view, connection_id),                                                      \
         .prefix = "con",                                                                                              \
         .optional = true,                                                                                             \
         .meaning = "Whose messages; null: those of every connection that the mapping reads from."},                   \
        WIRE_INT(struct backtest_view, last_days, 0, BACKTEST_DAYS_MAX, "Messages of so many days; 0: not by days."),  \
        WIRE_INT(struct backtest_view, last_messages, 0, BACKTEST_RECORDS_MAX, "So many messages; 0: not by number."), \
        WIRE_TEXT(struct backtest_view, asked_by, 100, "Who asked for it."),                                           \
        WIRE_ENUM(struct backtest_view, state, states, "How far it is."),                                              \
        WIRE_BOOL(struct backtest_view, cancelling, "Whether somebody has asked for its end."),                        \
        WIRE_TEXT(struct backtest_view, reason, 500, "Why it failed, or why it is begun anew; null otherwise."),       \
        COUNT(records, "Messages looked at so far, newest first, at most 1,000,000; the sum of the five below."),      \
        COUNT(same, "Those that both sides make the same of."), COUNT(changed, "Those of which something differs."),   \
        COUNT(newly_failing, "Those that fail or are held now, and were not."),                                        \
        COUNT(newly_passing, "Those that failed or were held, and pass now."),                                         \
        COUNT(still_failing, "Those that fail or are held on both sides."),                                            \
        WIRE_TIME(struct backtest_view, reached_at, "When the message came that was looked at last; null: none yet."), \
        WIRE_TEXT(struct backtest_view, cross_references_hash, 64,                                                     \
                  "The hash of the cross references that both sides were given; null: not yet."),                      \
        WIRE_TEXT(struct backtest_view, result_hash, 64,                                                               \
                  "SHA-256 of the result; the same inputs give the same. Null: not yet."),                             \
        WIRE_TIME(struct backtest_view, created_at, "When it was asked for."),                                         \
        WIRE_TIME(struct backtest_view, started_at, "When it began; null: not yet."),                                  \
        WIRE_TIME(struct backtest_view, ended_at, "When it ended; null: not yet.")

static const struct wire_field brief_fields[] = {BACKTEST_FIELDS, {}};
static const struct wire brief_wire = {"BacktestBrief", sizeof(struct backtest_view), brief_fields};

static const struct wire_field backtest_fields[] = {
    BACKTEST_FIELDS,
    WIRE_RAW(
        struct backtest_view, summary,
        "What was found, without values: the difference of totals by currency, changed paths and reasons of failures, "
        "those of most records first; null: it is not done."),
    {},
};
static const struct wire backtest_wire = {"Backtest", sizeof(struct backtest_view), backtest_fields};

static const char *hex(struct scope *sc, struct bytes b)
{
    struct buf out;

    if (!b.p)
        return NULL;
    buf_init(&out, sc->arena, 2 * CRYPTO_HASH_BYTES + 1);
    buf_hex(&out, b.p, b.n);
    return buf_cstr(&out);
}

static struct backtest_view view_of(struct scope *sc, const struct backtest_row *b)
{
    return (struct backtest_view){.id = b->backtest_id,
                                  .mapping_id = b->mapping_id,
                                  .connection_id = b->connection_id,
                                  .state = b->state,
                                  .reason = b->reason,
                                  .asked_by = b->asked_by,
                                  .document_hash = hex(sc, b->document_hash),
                                  .against = b->against,
                                  .against_hash = hex(sc, b->against_hash),
                                  .cross_references_hash = b->xref_hash,
                                  .result_hash = hex(sc, b->result_hash),
                                  .version = b->number,
                                  .against_version = b->against_number,
                                  .last_days = b->last_days,
                                  .last_messages = b->last_messages,
                                  .records = b->counts.records,
                                  .same = b->counts.same,
                                  .changed = b->counts.changed,
                                  .newly_failing = b->counts.newly_failing,
                                  .newly_passing = b->counts.newly_passing,
                                  .still_failing = b->counts.still_failing,
                                  .reached_at = b->reached_at_us,
                                  .created_at = b->created_at_us,
                                  .started_at = b->started_at_us,
                                  .ended_at = b->ended_at_us,
                                  .cancelling = b->cancel_asked};
}

/* ---- which ---- */

/* Examples of all store brands stand in one. */
static enum err unbranded(struct scope *sc)
{
    return sc->tenant.has_brand ? FAIL(sc, ERR_FORBIDDEN, "a backtest looks at all store brands of the customer") : OK;
}

struct place {
    struct maps_mapping mapping;
    int32_t number;
};

static enum err place_of(struct scope *sc, const struct rq *rq, struct place *out)
{
    struct maps_version v;

    TRY(sc, unbranded(sc));
    TRY(sc, api_mapping_named(sc, rq, &out->mapping));
    TRY(sc, api_mapping_number(sc, rq, &out->number));
    return maps_version_get(sc, &out->mapping.mapping_id, out->number, &v);
}

static enum err named(struct scope *sc, const struct rq *rq, struct backtest_row *out)
{
    struct place at;
    struct uuid id;

    TRY(sc, place_of(sc, rq, &at));
    TRY(sc, rq_path_id(sc, rq, "backtest_id", "bkt", &id));
    return backtest_get(sc, &at.mapping.mapping_id, at.number, &id, out);
}

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct backtest_row *b)
{
    struct backtest_view view = view_of(sc, b);
    struct str result;

    if (strcmp(b->state, "done") == 0) {
        TRY(sc, backtest_whole(sc, b, &result));
        TRY(sc, backtest_summary(sc, result, &view.summary));
    }
    return rs_json(sc, rs, status, &backtest_wire, &view);
}

static void note(struct scope *sc, const char *action, const struct backtest_row *b, const char *detail)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "bkt",
                                       .object_id = b->backtest_id,
                                       .has_customer = true,
                                       .customer_id = b->customer_id,
                                       .detail = detail});
}

/* ---- asking ---- */

struct backtest_new {
    int64_t last_days, last_messages, against_version;
    struct uuid connection_id;
};

#define OPTIONAL_INT(member, least, most, meaning_)                                                                    \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_INT, .offset = offsetof(struct backtest_new, member), .min = (least),       \
        .max = (most), .optional = true, .meaning = (meaning_)                                                         \
    }

static const struct wire_field new_fields[] = {
    OPTIONAL_INT(last_days, 1, BACKTEST_DAYS_MAX, "The messages of so many days; this or last_messages."),
    OPTIONAL_INT(last_messages, 1, BACKTEST_RECORDS_MAX, "So many messages, the newest; this or last_days."),
    OPTIONAL_INT(against_version, 1, MAPS_VERSIONS_MAX,
                 "The version to compare with; absent: the one that works, or else the document that ships for the "
                 "system."),
    {.name = "connection_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct backtest_new, connection_id),
     .prefix = "con",
     .optional = true,
     .meaning = "Messages of this connection alone; absent: of every one that the mapping reads from."},
    {},
};
static const struct wire new_wire = {"BacktestNew", sizeof(struct backtest_new), new_fields};

static enum err backtests_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct backtest_new asked;
    struct backtest_row row;
    struct place at;
    struct uuid id;

    TRY(sc, place_of(sc, rq, &at));
    TRY(sc, rq_body(sc, rq, &new_wire, &asked));
    TRY(sc, backtest_ask(sc, &at.mapping,
                         &(struct backtest_ask){.number = at.number,
                                                .against = asked.against_version ? (int32_t)asked.against_version
                                                                                 : BACKTEST_AGAINST_WORKING,
                                                .last_days = (int32_t)asked.last_days,
                                                .last_messages = (int32_t)asked.last_messages,
                                                .connection_id = asked.connection_id},
                         &id));
    TRY(sc, backtest_get(sc, &at.mapping.mapping_id, at.number, &id, &row));
    note(sc, "mapping.backtest.create", &row, arena_f(sc->arena, "%s, version %d", at.mapping.name, at.number));
    return answer(sc, rs, 202, &row);
}

static enum err backtests_cancel(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct backtest_row row;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, named(sc, rq, &row));
    TRY(sc, backtest_cancel(sc, &row));
    note(sc, "mapping.backtest.cancel", &row, NULL);
    TRY(sc, backtest_get(sc, &row.mapping_id, row.number, &row.backtest_id, &row));
    return answer(sc, rs, 200, &row);
}

/* ---- looking ---- */

static enum err backtests_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct backtest_filter filter = {0};
    struct backtest_view *views;
    struct backtest_row *rows;
    const char *cursor = NULL;
    struct place at;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc,
        api_position(sc, rq, STR("backtests"), &filter.before)); /* first, so that all are told alike of another's */
    TRY(sc, place_of(sc, rq, &at));
    filter.mapping_id = at.mapping.mapping_id;
    filter.number = at.number;
    filter.most = (size_t)limit + 1;
    TRY(sc, backtest_list(sc, &filter, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("backtests"), (struct bytes){rows[n - 1].backtest_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct backtest_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(sc, &rows[i]);
    return rs_page(sc, rq, rs, &brief_wire, views, n, cursor);
}

static enum err backtests_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct backtest_row row;

    TRY(sc, named(sc, rq, &row));
    return answer(sc, rs, 200, &row);
}

/* Old and new values of orders stand in it, so that whoever may not see orders gets the summary alone. */
static enum err backtests_result(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct backtest_row row;
    struct str result;

    TRY(sc, named(sc, rq, &row));
    if (!caller_may(sc->caller, PERMISSION_ORDERS_READ))
        return FAIL(sc, ERR_FORBIDDEN, "the result tells values of orders: \"orders:read\" is needed as well");
    TRY(sc, backtest_whole(sc, &row, &result));
    TRY(sc, audit_read_of(sc, &row.customer_id, "mapping.backtest.read", "bkt", &row.backtest_id));
    rs_header(sc, rs, "content-disposition", "attachment; filename=\"backtest.json\"");
    return rs_bytes(sc, rs, 200, "application/json", result);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

#define BACKTESTS "/v1/mappings/{mapping_id}/versions/{number}/backtests"

const struct route api_backtest_routes[] = {
    {POST, BACKTESTS, backtests_create, .may = PERMISSION_MAPPINGS_WRITE, .takes = &new_wire, .answers = &backtest_wire,
     .idempotent = true, .status = 202, .name = "mappings.backtests.create",
     .summary = "Asks that a version be run over recorded messages beside what works now."},
    {GET, BACKTESTS, backtests_list, .may = PERMISSION_MAPPINGS_READ, .answers = &brief_wire, .query = list_query,
     .paged = true, .name = "mappings.backtests.list", .summary = "Lists a version's backtests, newest first."},
    {GET, BACKTESTS "/{backtest_id}", backtests_get, .may = PERMISSION_MAPPINGS_READ, .answers = &backtest_wire,
     .name = "mappings.backtests.get", .summary = "How far a backtest is, and in short what it found."},
    {GET, BACKTESTS "/{backtest_id}/result", backtests_result, .may = PERMISSION_MAPPINGS_READ,
     .name = "mappings.backtests.result", .summary = "All that a backtest found, with examples of old and new values."},
    {POST, BACKTESTS "/{backtest_id}/cancel", backtests_cancel, .may = PERMISSION_MAPPINGS_WRITE,
     .answers = &backtest_wire, .idempotent = true, .name = "mappings.backtests.cancel",
     .summary = "Ends a backtest that waits or runs."},
    {},
};
